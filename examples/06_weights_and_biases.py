"""Weights and biases: ∇W = ∇a hᵀ and ∇b = ∇a, so a whole network in a handful of equations.

One edge leads from aᵢ to the weight Wᵢⱼ, and its local derivative is the input hⱼ that the weight
multiplies: ∂L/∂Wᵢⱼ = ∂L/∂aᵢ · hⱼ. All of them are the outer product of ∇a and the input of the
layer. The local derivative of a bias is 1. check_vectorised holds these equations, or matrices that
you worked out by hand, against the scalar graph, entry by entry.
"""

from autograd.explanations.encodings import adapt_output
from nn import MLP, check_vectorised, cross_entropy, vectorised

adapt_output()  # a plain terminal or pipe gets d for ∂

# The worked network as a model: sigmoid hidden layer, logits for the cross entropy.
x = [2.0, 5.0, 3.0, 3.0]
W1 = [[0.1, 0.3, 0.8, -0.4], [-0.3, -0.2, 0.5, 0.5], [-0.3, 0, 0.5, 0.4], [0.2, 0.5, -0.9, 0.7]]
W2 = [[0.5, 0.8, 0.2, 0.4], [0.5, 0.2, 0.3, -0.5]]
model = MLP(4, [4], 2, activation="sigmoid")
for layer, W in zip(model.layers, (W1, W2), strict=True):
    for neuron, row in zip(layer.neurons, W, strict=True):
        for weight, number in zip(neuron.weights, row, strict=True):
            weight.data = number
loss = cross_entropy(model(x), 0)

print("Every equation, against the scalar graph:\n")
equations = check_vectorised(model, loss)
print(equations)

first, second = vectorised(model, loss)
print("\n∇W2 = ∇a2 h1ᵀ has a row for each neuron and a column for each input:\n")
for row in second.dW:
    print("  ".join(f"{number:9.6f}" for number in row))

# By hand, with three mistakes that are easily made.
h1, [nabla_a2], [nabla_h1] = second.x[0], second.da, first.dh
answers = {
    "W2": [[h * nabla for nabla in nabla_a2] for h in h1],  # h1 ∇a2ᵀ in place of ∇a2 h1ᵀ
    "W1": [[nabla * x_j for x_j in x] for nabla in nabla_h1],  # ∇h1 in place of ∇a1
    "b2": [-0.23, 0.23],  # two digits, but right
    "b1": [-nabla for nabla in first.db],
}
by_hand = check_vectorised(model, loss, answers)
print(f"\n{by_hand}")

# Weights and biases all go against their gradients: W ← W - η∇W, b ← b - η∇b.
η = 1.0
loss.backward()
for parameter in model.parameters():
    parameter.data -= η * parameter.grad
after = cross_entropy(model(x), 0)
print(f"\nOne step with η = {η:g}: the loss falls from {loss:.4f} to {after:.4f}.")
