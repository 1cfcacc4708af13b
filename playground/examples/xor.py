# XOR, with a picture of the network while it learns.
# Wide lines are large numbers, blue ones are positive.
import nn
import viz
from playground import show

inputs = [[0, 0], [0, 1], [1, 0], [1, 1]]
targets = [0, 1, 1, 0]
model = nn.MLP(2, [3, 1], activation="tanh", seed=2)


def look(record):
    if record.epoch % 5 == 0:
        told = f"epoch {record.epoch}: loss {record.loss:.3f}"
        example = nn.binary_cross_entropy(model([1, 0]), 1)
        example.backward()
        show(told, place="epoch")
        show(viz.draw(example), place="picture")


history = nn.fit(
    model,
    inputs,
    targets,
    loss="binary_cross_entropy",
    optimiser=nn.Adam(model.parameters(), learning_rate=0.05),
    epochs=200,
    until=0.02,
    callback=look,
)

print("trained by the", history.engine, "engine")
print(f"accuracy {nn.accuracy(model, inputs, targets):.0%}")
L = nn.binary_cross_entropy(model([1, 0]), 1)
