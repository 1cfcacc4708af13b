"""A loss of Values as a part of a model of PyTorch: compiled, it is a function of tensors.

PyTorch computes the features, the compiled loss what comes of them. PyTorch's `backward()` goes
through both: the gradient of the loss with respect to the features, asked for by `wrt=`, is what it
needs for its own weights.
"""

import torch

import autograd
import nn
from autograd.explanations.encodings import adapt_output

adapt_output()  # a plain terminal or pipe gets d for ∂
torch.manual_seed(1)

inputs = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
targets = torch.tensor([0.0, 1.0, 1.0, 0.0])

# The first layer is PyTorch's, the output is a neuron of Values, and so is the loss.
features = torch.nn.Sequential(torch.nn.Linear(2, 4), torch.nn.Tanh())
output = nn.Neuron(4, "linear", seed=1)
step = autograd.compile(
    lambda h, y: nn.binary_cross_entropy(output(h), y), batch=("h", "y"), wrt=["h", output]
)
step(features(inputs).detach().numpy(), targets.numpy())  # made for arrays of these shapes
loss_of = autograd.to_torch(step.program)

weights = {name: torch.tensor(w, requires_grad=True) for name, w in step.parameters.items()}
parameters = [*features.parameters(), *weights.values()]
losses = []
for _ in range(500):
    loss = loss_of(weights, features(inputs), targets)
    slopes = torch.autograd.grad(loss, parameters)
    with torch.no_grad():
        for parameter, slope in zip(parameters, slopes, strict=True):
            parameter -= 1.0 * slope
    losses.append(loss.item())
print(f"loss {losses[0]:.3f} → {losses[-1]:.3f}")

# The same loss by PyTorch alone, and its gradient of the first layer.
first = features[0].weight
by_ours = torch.autograd.grad(loss_of(weights, features(inputs), targets), first)[0]
w, b = weights.values()
logits = features(inputs).double() @ w.ravel() + b
by_torch = torch.autograd.grad(
    torch.nn.functional.binary_cross_entropy_with_logits(logits, targets.double()), first
)[0]
print(f"∂L/∂W₁ differs by at most {(by_ours - by_torch).abs().max():.0e} from PyTorch's own")
