"""The training loop: initialise, iterate over the data, until satisfied.

Start with random weights. For each example compute the output and the loss, and move every
parameter against its gradient, W ← W - η∇W. Go over the data again and again, until the loss is
below ε or a number of epochs is reached. First by hand, then by nn.fit, which is the same loop and
gives the same numbers; it also has batches, better optimisers, validation and progress.
"""

from random import Random

from autograd import Value, dot, sigmoid, tanh
from autograd.explanations.encodings import adapt_output
from nn import MLP, SGD, accuracy, binary_cross_entropy, fit

adapt_output()  # a plain terminal or pipe gets d for ∂

# Exclusive or: true where exactly one of the inputs is. No single neuron can learn it.
inputs, targets = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
η, ε, most_epochs = 0.5, 0.01, 1000

# Initialise: three tanh neurons and one output, each with two or three weights and a bias.
generator = Random(2)
hidden = [([Value(generator.uniform(-1, 1)) for _ in range(2)], Value(0.0)) for _ in range(3)]
output = ([Value(generator.uniform(-1, 1)) for _ in range(3)], Value(0.0))
parameters = [p for weights, bias in (*hidden, output) for p in (*weights, bias)]
initial = [p.data for p in parameters]


def logit(x: list[float]) -> Value:
    h = [tanh(dot(weights, x, bias)) for weights, bias in hidden]
    return dot(output[0], h, output[1])


# Iterate over the data, until satisfied.
losses: list[float] = []
while len(losses) < most_epochs and not (losses and losses[-1] < ε):
    total = 0.0
    for x, y in zip(inputs, targets, strict=True):
        loss = binary_cross_entropy(logit(x), y)
        loss.backward()
        for p in parameters:
            p.data -= η * p.grad
            p.grad = 0.0  # otherwise the next gradient is added to this one
        total += loss.data
    losses.append(total / len(inputs))
print(f"By hand: the loss falls from {losses[0]:.4f} to {losses[-1]:.4f} in {len(losses)} epochs.")
answers = [sigmoid(logit(x)).data for x in inputs]
for x, y, answer in zip(inputs, targets, answers, strict=True):
    print(f"  {x} → {answer:.3f}, should be {y}")

# The same with nn, from the same weights.
model = MLP(2, [3, 1], activation="tanh")
for p, number in zip(model.parameters(), initial, strict=True):
    p.data = number
history = fit(
    model,
    inputs,
    targets,
    loss="binary_cross_entropy",
    optimiser=SGD(model.parameters(), learning_rate=η),
    batch_size=1,
    shuffle=False,
    epochs=most_epochs,
    until=ε,
    engine="eager",  # the same to the last bit; the compiled engine rounds in another order
    progress=False,
)
same = history.loss == losses
print(f"nn.fit: {len(history.loss)} epochs, the same loss in each: {same}.", end=" ")
print(f"{accuracy(model, inputs, targets):.0%} of the answers are right.")
