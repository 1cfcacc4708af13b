"""The worked network: two gradients that the notes work out on paper, held against the graph.

4 inputs, 4 sigmoid neurons, 2 softmax outputs, squared error. check_derivation says of each answer
whether it is the gradient, and if not, which paths are missing or what else went wrong. From the
shell:

    chainrule check examples/03_worked_network.py
    chainrule step examples/03_worked_network.py:L
"""

from collections.abc import Iterable

import autograd
from autograd import Value, check_derivation, dot, explain, name_values
from autograd.explanations.encodings import adapt_output

adapt_output()  # a plain terminal or pipe gets d for ∂

X, Y = [2.0, 5.0, 3.0, 3.0], [1.0, 0.0]
W1 = [[0.1, 0.3, 0.8, -0.4], [-0.3, -0.2, 0.5, 0.5], [-0.3, 0, 0.5, 0.4], [0.2, 0.5, -0.9, 0.7]]
W2 = [[0.5, 0.8, 0.2, 0.4], [0.5, 0.2, 0.3, -0.5]]


def vector(name: str, values: Iterable[Value]) -> list[Value]:
    """Label the values as the notes do, from 1: h1 has h11, h12, …"""
    values = list(values)
    name_values({f"{name}{i}": value for i, value in enumerate(values, start=1)})
    return values


x, y, b2 = vector("x", map(Value, X)), vector("y", map(Value, Y)), vector("b2", map(Value, [0, 0]))
w1 = [vector(f"w1{i}", map(Value, row)) for i, row in enumerate(W1, start=1)]
w2 = [vector(f"w2{i}", map(Value, row)) for i, row in enumerate(W2, start=1)]
a1 = vector("a1", [dot(row, x) for row in w1])
h1 = vector("h1", map(autograd.sigmoid, a1))
a2 = vector("a2", [dot(row, h1, bias) for row, bias in zip(w2, b2, strict=True)])
ŷ = vector("ŷ", autograd.softmax(a2))
L = autograd.squared_error(ŷ, y)
w212, w131 = w2[0][1], w1[2][0]
name_values({"L": L})
L.backward()

# The answers on paper, as numbers; then, with all paths followed, as formulas.
derivation = {"w212": -0.065, "w131": 0.001595}
derivation_over_all_paths = {
    "ŷ1": "-2(y1 - ŷ1)",  # not the loss itself, as one line of the notes has it
    "a21": "-2(y1 - ŷ1)·ŷ1(1 - ŷ1) + 2(y2 - ŷ2)·ŷ2·ŷ1",
    "w212": "(-2(y1 - ŷ1)·ŷ1(1 - ŷ1) + 2(y2 - ŷ2)·ŷ2·ŷ1) · h12",
}

# One step against the gradient.
η = 1.0
updates = {w.label: w.data - η * w.grad for w in (w212, w131)}


def loss_with_biases(sign: float) -> float:
    """Return the loss after b2 ← b2 + sign η ∇b2."""
    biases = [b.data + sign * η * b.grad for b in b2]
    h = [node.data for node in h1]
    a = [dot(row, h, bias) for row, bias in zip(W2, biases, strict=True)]
    return autograd.squared_error(autograd.softmax(a), Y)


down, up = loss_with_biases(-1), loss_with_biases(+1)

if __name__ == "__main__":  # chainrule runs the file for what is above, and prints its own
    print("The forward pass, and on the right what the notes print:")
    rows = [(a1, "2.9, 1.4, 2.1, 2.3"), (h1, "0.95, 0.80, 0.89, 0.91"), (a2, "1.66, 0.45")]
    for nodes, printed in [*rows, (ŷ, "0.77, 0.23"), ([L], "0.1058")]:
        print(f"  {nodes[0].label:5}{', '.join(f'{v:.6f}' for v in nodes):42}{printed}")
    print("0.1058 is (1 - 0.77)² + (0 - 0.23)². The notes write 1 - 0.23, which makes it 0.6458.")
    print(f"And b is 0: with the 0.5 that they announce, a11 would be {dot(W1[0], X, 0.5):.1f}.")

    print("\nWhat the notes find for two weights, and what is the matter with it:\n")
    print(check_derivation(L, derivation))
    print("\nOver all paths:\n")
    explain(L, w212)
    print()
    explain(L, w131)
    print(f"\n{check_derivation(L, derivation_over_all_paths)}\n")

    print(f"One step, η = 1: w212 = 0.8 - (1)({w212.grad:.6f}) = {updates['w212']:.6f}, not 0.865,")
    print(f"and w131 = -0.3 - (1)({w131.grad:.6f}) = {updates['w131']:.6f}, not -0.301595.")
    print(f"Biases too go against it: b - η∇b takes the loss from {L:.4f} to {down:.4f},")
    print(f"and b + η∇b, which the notes have in one place, to {up:.4f}.")
