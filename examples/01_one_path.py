"""One path: where each step uses only the step before, the derivative is one product.

To differentiate e^(x²), name the steps, h = x² and y = e^h. One path leads from y back to x, with
one local derivative for each step, and the chain rule multiplies them: ∂y/∂x = ∂y/∂h · ∂h/∂x.
However long the chain is, there are only more factors.
"""

import autograd
from autograd import Value, check_derivation, explain, name_values
from autograd.explanations.encodings import adapt_output

adapt_output()  # a plain terminal or pipe gets d for ∂


def exp_of_square(x: Value) -> Value:
    h = x**2
    y = autograd.exp(h)
    name_values(locals())
    return y


def exp_of_exp_of_square(x: Value) -> Value:
    h1 = x**2
    h2 = autograd.exp(h1)
    y = autograd.exp(h2)
    name_values(locals())
    return y


def one_over_exp_of_square(x: Value) -> Value:
    h1 = x**2
    h2 = autograd.exp(h1)
    y = 1 / h2
    name_values(locals())
    return y


# Each with its derivative worked out by hand, factor by factor.
chains = {
    "e^(x²)": (exp_of_square, "exp(x²) · 2x"),
    "e^(e^(x²))": (exp_of_exp_of_square, "exp(exp(x²)) · exp(x²) · 2x"),
    "1/e^(x²)": (one_over_exp_of_square, "-1/exp(x²)² · exp(x²) · 2x"),
}

slopes = {}
checks = {}
for title, (function, by_hand) in chains.items():
    x = Value(0.8)
    y = function(x)
    y.backward()
    slopes[title] = x.grad
    checks[title] = check_derivation(y, {x: by_hand})
    print(f"y = {title} at x = {x.data}\n")
    explain(y, x, formulas=True)
    print(f"\n{checks[title]}\n")
