# The network of many a lecture: four inputs, four sigmoid units, a softmax of two.
# Each softmax output depends on both logits: who follows only one has half of the gradient.
from autograd import Value, dot, explain, name_values, sigmoid, softmax, squared_error

x = [Value(v) for v in (2, 5, 3, 3)]
y = [1, 0]
W1 = [
    [Value(w) for w in row]
    for row in (
        (0.1, 0.3, 0.8, -0.4),
        (-0.3, -0.2, 0.5, 0.5),
        (-0.3, 0.0, 0.5, 0.4),
        (0.2, 0.5, -0.9, 0.7),
    )
]
W2 = [[Value(w) for w in row] for row in ((0.5, 0.8, 0.2, 0.4), (0.5, 0.2, 0.3, -0.5))]

a1 = [dot(row, x) for row in W1]
h1 = [sigmoid(a) for a in a1]
a2 = [dot(row, h1) for row in W2]
ŷ = softmax(a2)
L = squared_error(ŷ, y)
name_values(globals())
L.backward()

explain(L, W2[0][1])
explain(L, W1[2][0])
