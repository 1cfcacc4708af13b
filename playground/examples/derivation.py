# A derivation to correct: three of these four answers
# are wrong. Change them and run again.
from autograd import Value, tanh

x, w, b = Value(2.0), Value(-0.5), Value(0.2)
a = w * x + b
h = tanh(a)
u = h * w
L = (u - 1) ** 2
L.backward()

derivation = {
    u: "2(u - 1)",
    h: "2(u - 1)",
    a: "2(u - 1) w (1 - h)²",
    w: "2(u - 1) w (1 - h²) x",
}
