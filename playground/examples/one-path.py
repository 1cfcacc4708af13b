# One path: each step uses only the step before,
# so the gradient is one product.
from autograd import Value, exp, explain, name_values

x = Value(0.8)
h = x**2
y = exp(h)
L = exp(y)
name_values(globals())
L.backward()

explain(L, x, formulas=True)
