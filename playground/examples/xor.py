# XOR, with a picture of the network while it learns: wide lines are large numbers.
import nn
import viz
from playground import show

inputs, targets = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
model = nn.MLP(2, [3, 1], activation="tanh", seed=2)


def look(record):
    if record.epoch % 20 == 0:
        loss = nn.binary_cross_entropy(model([1, 0]), 1)
        loss.backward()
        show(viz.draw(loss), place="network")
        show(
            f"epoch {record.epoch}: loss {record.loss:.4f}, accuracy {record.accuracy:.0%}",
            place="loss",
        )


optimiser = nn.Adam(model.parameters(), learning_rate=0.05)
history = nn.fit(
    model,
    inputs,
    targets,
    loss="binary_cross_entropy",
    optimiser=optimiser,
    epochs=200,
    until=0.02,
    callback=look,
)

print("trained by the", history.engine, "engine")
print([round(score) for score in nn.predict(model, inputs)], "scores of", inputs)
L = nn.binary_cross_entropy(model([1, 0]), 1)
