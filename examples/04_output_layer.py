"""The output layer: for softmax and cross entropy, ∇a = -(y - ŷ).

The loss is -log ŷ of the true class, and by softmax every output depends on every pre-activation:
∂ŷᵢ/∂aⱼ is ŷᵢ(1 - ŷᵢ) for i = j, and -ŷᵢŷⱼ otherwise. Multiplied by -1/ŷ of the true class, most of
it cancels. What remains is the difference between the prediction and the truth.
"""

import autograd
from autograd import Value, check_derivation, explain, local_derivative_formula, name_values
from autograd.explanations.encodings import adapt_output

adapt_output()  # a plain terminal or pipe gets d for ∂

# Four classes, of which the second is the true one.
y = [0.0, 1.0, 0.0, 0.0]
a1, a2, a3, a4 = a = [Value(number) for number in (1.0, 0.5, -1.0, 0.25)]
ŷ1, ŷ2, ŷ3, ŷ4 = ŷ = autograd.softmax(a)
log_ŷ2 = autograd.log(ŷ2)
L = -log_ŷ2
name_values(locals())

print("An output depends on every pre-activation:\n")
for position in range(4):
    print(local_derivative_formula(ŷ2, position, numbers=True))

print("\nThe loss looks at one output only, so one path leads to each of them, by ŷ2:\n")
explain(L, a1)
print()
explain(L, a2)

L.backward()
nabla_a = [node.grad for node in a]
difference = [-(target - output.data) for target, output in zip(y, ŷ, strict=True)]

# So much cancels that the whole loss can be one node; no logarithm of a tiny ŷ is ever taken. The
# outputs are no nodes of its graph then, so the formula gets them as names.
one_node = autograd.cross_entropy(a, 1)
one_node.label = "cross_entropy(a, 1)"
formulas = {f"a{i + 1}": f"-(y[{i}] - ŷ{i + 1})" for i in range(4)}
check = check_derivation(one_node, formulas, names=locals())


def show(name: str, numbers: list[float]) -> None:
    print(f"{name:30}{', '.join(f'{number:9.6f}' for number in numbers)}")


print("\nAll four, by the paths, by the formula, and in the one node cross_entropy(a, 1):\n")
show("∇a, summed over paths", nabla_a)
show("-(y - ŷ)", difference)
show("local derivatives of the node", list(one_node.local_derivatives))
print(f"\n{check}")
