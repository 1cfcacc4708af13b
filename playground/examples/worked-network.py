# The network of many a lecture, worked out by hand there.
# Each softmax output depends on both logits: who follows
# only one of them has half of the gradient.
from autograd import Value, dot, explain, name_values, sigmoid, softmax, squared_error

x = [Value(2), Value(5), Value(3), Value(3)]
y = [1, 0]
W1 = [
    [Value(0.1), Value(0.3), Value(0.8), Value(-0.4)],
    [Value(-0.3), Value(-0.2), Value(0.5), Value(0.5)],
    [Value(-0.3), Value(0.0), Value(0.5), Value(0.4)],
    [Value(0.2), Value(0.5), Value(-0.9), Value(0.7)],
]
W2 = [
    [Value(0.5), Value(0.8), Value(0.2), Value(0.4)],
    [Value(0.5), Value(0.2), Value(0.3), Value(-0.5)],
]

a1 = [dot(row, x) for row in W1]
h1 = [sigmoid(a) for a in a1]
a2 = [dot(row, h1) for row in W2]
ŷ = softmax(a2)
L = squared_error(ŷ, y)
name_values(globals())
L.backward()

explain(L, W2[0][1])
explain(L, W1[2][0])
