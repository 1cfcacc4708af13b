"""Many paths: a gradient is the sum over all paths of the products along them.

A weight early in a network reaches the loss by every neuron behind it. Each way is a path with a
product of its own, and the gradient is their sum: leave one out, and it is wrong. Backpropagation
gets the same sum without walking the paths one by one, which matters, for there may be 2⁶⁰ of them.
"""

from autograd import (
    Value,
    count_paths,
    dot,
    explain,
    naive_backward,
    name_values,
    squared_error,
    tanh,
)
from autograd.explanations.encodings import adapt_output

adapt_output()  # a plain terminal or pipe gets d for ∂

# Two inputs, layers of two and three neurons, one output. The weight w121 (layer 1, to neuron 2,
# from input 1) changes h12, which all three neurons of the next layer use: three paths.
x1, x2, y = Value(1.0), Value(-2.0), Value(1.0)
w111, w112, w121, w122 = Value(0.5), Value(0.25), Value(-0.5), Value(-0.75)
a11, a12 = dot([w111, w112], [x1, x2]), dot([w121, w122], [x1, x2])
h11, h12 = tanh(a11), tanh(a12)
a21, a22, a23 = (dot(w, [h11, h12]) for w in ([0.5, -0.5], [0.25, 1.0], [-0.5, 0.75]))
h21, h22, h23 = tanh(a21), tanh(a22), tanh(a23)
ŷ = dot([0.5, 0.75, 0.25], [h21, h22, h23])
L = squared_error([ŷ], [y])
name_values(locals())
L.backward()
print("Three paths lead from the loss to w121:\n")
explain(L, w121)
w121_paths = count_paths(L, w121)

# Two edges between the same two nodes are two paths.
v = Value(3.0)
square = v * v
name_values(locals())
square.backward()
print("\nv * v uses v twice, once on each side:\n")
explain(square, v)
v_paths = count_paths(square, v)

# Sixty doublings: nobody can walk 2⁶⁰ paths, but counting and differentiating take no time.
start = Value(1.0)
end = start
for _ in range(60):
    end = end + end
end.backward()
many = count_paths(end, start)
print(f"\n60 doublings: {many:,} paths, and the gradient, their sum, is {start.grad:,.0f}.\n")

# A first attempt at backpropagation walks depth first, and passes contributions on too early.
a = Value(1.0)
b = a + a
c = b + b
name_values(locals())
mistake = naive_backward(c)
print(f"b = a + a and c = b + b, so c = 4a.\n{mistake}")
