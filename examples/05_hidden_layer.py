"""A hidden layer: ∇h = Wᵀ∇a, and ∇a = ∇h ⊙ g'(a).

A hidden neuron reaches the loss by every neuron of the next layer: ∂L/∂hⱼ = Σᵢ ∂L/∂aᵢ Wᵢⱼ, the sum
over those paths. That is column j of W times ∇a, so the whole layer at once is Wᵀ∇a. From h back to
its own a there is one edge, with the slope g'(a) of the activation.
"""

import autograd
from autograd import Value, dot, explain, name_values
from autograd.explanations.encodings import adapt_output

adapt_output()  # a plain terminal or pipe gets d for ∂

# The worked network again, now with cross entropy.
x, y = [2.0, 5.0, 3.0, 3.0], [1.0, 0.0]
W1 = [[0.1, 0.3, 0.8, -0.4], [-0.3, -0.2, 0.5, 0.5], [-0.3, 0, 0.5, 0.4], [0.2, 0.5, -0.9, 0.7]]
W2 = [[0.5, 0.8, 0.2, 0.4], [0.5, 0.2, 0.3, -0.5]]
w1 = [[Value(w) for w in row] for row in W1]
w2 = [[Value(w) for w in row] for row in W2]
a1 = [dot(row, x) for row in w1]
h1 = [autograd.sigmoid(a) for a in a1]
a2 = [dot(row, h1) for row in w2]
L = autograd.cross_entropy(a2, 0)
for name, nodes in (("a1", a1), ("h1", h1), ("a2", a2)):
    name_values({f"{name}{i}": node for i, node in enumerate(nodes, start=1)})
name_values({"L": L})
L.backward()

print("Hidden neuron 3 reaches the loss by both neurons of the next layer:\n")
explain(L, h1[2])

# The same in vectors, from the loss backwards.
nabla_a2 = [p - t for p, t in zip(autograd.softmax([a.data for a in a2]), y, strict=True)]
nabla_h1 = [dot(column, nabla_a2) for column in zip(*W2, strict=True)]
slopes = [h.data * (1 - h.data) for h in h1]  # g'(a) of the sigmoid is h(1 - h)
nabla_a1 = [nabla * slope for nabla, slope in zip(nabla_h1, slopes, strict=True)]


def show(name: str, equation: list[float], nodes: list[Value]) -> None:
    print(f"{name:20}{', '.join(f'{number:9.6f}' for number in equation)}")
    print(f"{'  in the graph':20}{', '.join(f'{node.grad:9.6f}' for node in nodes)}")


print("\nThe vectors, and the gradients that backward() left in the graph:\n")
show("∇a2 = -(y - ŷ)", nabla_a2, a2)
show("∇h1 = W2ᵀ ∇a2", nabla_h1, h1)
show("∇a1 = ∇h1 ⊙ g'(a1)", nabla_a1, a1)

# One more factor leads to a weight: what stands beside it in the dot product.
w212, w131 = w2[0][1], w1[2][0]
print(f"\n∂L/∂w212 = ∇a21 · h12 = {nabla_a2[0] * h1[1].data:.6f}; in the graph {w212.grad:.6f}")
print(f"∂L/∂w131 = ∇a13 · x1  = {nabla_a1[2] * x[0]:.6f}; in the graph {w131.grad:.6f}")
