"""Pictures: a neuron, a network whose layers are boxes, and a training in three figures.

Here the pictures are text, for terminals and logs; viz.save writes the same graphs as SVG, PNG and
Mermaid, and viz.stepper a web page that walks through the pass. From the shell:

    chainrule draw examples/09_pictures.py:loss -o neuron.svg
    chainrule draw examples/09_pictures.py:error --collapse layer -o layers.svg
    chainrule draw examples/03_worked_network.py:L --paths-to w131 -o paths.svg
    chainrule stepper examples/09_pictures.py:loss -o backprop.html
"""

import math
from random import Random

import nn
import viz
from autograd import Value, name_values
from autograd.explanations.encodings import adapt_output

adapt_output()  # a plain terminal or pipe gets d for ∂

# A neuron, its loss, and the chain rule through both.
x, w, b = Value(2.0), Value(-3.0), Value(7.0)
h = (w * x + b).tanh()
loss = (h - 0.5) ** 2
name_values({"x": x, "w": w, "b": b, "h": h, "loss": loss})
loss.backward()
print(viz.to_text(loss))

# All paths from a weight: their products, and their sum, which is the gradient.
print(viz.to_text(loss, paths_to=w))

# A network for pictures of 8 by 8 has 2,500 nodes, and seven boxes.
generator = Random(0)
digit = [generator.random() for _ in range(64)]
network = nn.MLP(64, [32], 10, seed=0)
error = nn.cross_entropy(network(digit), 3)
error.label = "error"
error.backward()
layers = viz.to_text(error, collapse="layer")
print(layers)

# Two moons, learned; what can be plotted of it is in viz.plot_history, viz.decision_boundary and
# viz.activations.
moons = []
for i in range(120):
    angle, is_upper = math.pi * generator.random(), i % 2
    place = (math.cos(angle), math.sin(angle))
    place = place if is_upper else (1.0 - place[0], 0.5 - place[1])
    moons.append([z + generator.gauss(0.0, 0.12) for z in place])
labels = [i % 2 for i in range(120)]
model = nn.MLP(2, [16, 16, 1], activation="tanh", seed=1)
history = nn.fit(
    model,
    moons[:80],
    labels[:80],
    loss="binary_cross_entropy",
    optimiser=nn.Adam(model.parameters(), 0.01),
    validation=(moons[80:], labels[80:]),
    epochs=60,
    batch_size=16,
    seed=0,
    progress=False,
)
for layer in viz.layer_activations(model, moons):
    print(layer)
