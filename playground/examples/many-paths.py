# Many paths: each is a product of local derivatives,
# and the gradient is the sum of these products.
from autograd import Value, count_paths, exp, explain, name_values

p, q = Value(2.0), Value(-1.0)
s = p * q
t = exp(p)
r = s * t
L = r + q
name_values(globals())
L.backward()

explain(L, p, formulas=True)
print(count_paths(L, q), "paths lead from L to q")
