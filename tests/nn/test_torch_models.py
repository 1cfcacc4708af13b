"""Models of PyTorch, made of Values: the outputs, loss and gradients are PyTorch's own."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from torch import nn as tnn  # noqa: E402
from torch.nn import functional  # noqa: E402

import autograd  # noqa: E402
import nn  # noqa: E402
import viz  # noqa: E402
from autograd import Value  # noqa: E402
from autograd.structures import leaves_of  # noqa: E402


class Residual(tnn.Module):  # type: ignore[misc, unused-ignore]
    """What torch.fx traces: arithmetic, functions, methods, concatenation, a part used twice."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = tnn.LayerNorm(4)
        self.first = tnn.Linear(4, 4)
        self.last = tnn.Linear(8, 3, bias=False)
        self.scale = tnn.Parameter(torch.tensor(1.5))

    def forward(self, x: Any) -> Any:
        h = functional.gelu(self.first(x))
        h = self.norm(x + h * self.scale)
        h = torch.cat([h, self.first(h).tanh()], dim=-1)
        return functional.log_softmax(self.last(h), dim=-1)


class Embedded(tnn.Module):  # type: ignore[misc, unused-ignore]
    """A language model of three letters of context."""

    def __init__(self) -> None:
        super().__init__()
        self.letters = tnn.Embedding(5, 2)
        self.flat = tnn.Flatten()
        self.hidden = tnn.Linear(6, 4)
        self.output = tnn.Linear(4, 5)

    def forward(self, x: Any) -> Any:
        return self.output(torch.relu(self.hidden(self.flat(self.letters(x)))))


ACTIVATIONS = [
    tnn.ReLU(), tnn.Tanh(), tnn.Sigmoid(), tnn.GELU(), tnn.SiLU(), tnn.SELU(), tnn.Mish(),
    tnn.Softplus(), tnn.LogSigmoid(), tnn.LeakyReLU(0.2), tnn.ELU(0.7), tnn.Tanhshrink(),
    tnn.Identity(), tnn.Dropout(0.5), tnn.Softmax(dim=1), tnn.LogSoftmax(dim=-1), tnn.LayerNorm(3),
]  # fmt: skip
MODELS: list[tuple[Callable[[], Any], Any]] = [
    *[
        (lambda act=act: tnn.Sequential(tnn.Linear(4, 3), act, tnn.Linear(3, 2)),
         [0.3, -1.2, 0.8, 2.0])
        for act in ACTIVATIONS
    ],
    (lambda: tnn.Linear(4, 3), [0.3, -1.2, 0.8, 2.0]),  # a layer by itself
    (lambda: tnn.LayerNorm(3), [0.3, -1.2, 0.8]),
    (Residual, [0.3, -1.2, 0.8, 2.0]),
    (Embedded, [0, 3, 1]),
]  # fmt: skip


@pytest.mark.parametrize(("make", "x"), MODELS)
def test_outputs_and_all_gradients_are_those_of_torch(make: Callable[[], Any], x: Any) -> None:
    torch.manual_seed(3)
    model = make().double().eval()
    ours = nn.from_torch(model)
    assert [*ours.tensors] == [name for name, _ in model.named_parameters()]
    theirs = model(torch.tensor([x], dtype=torch.float64 if isinstance(x[0], float) else None))[0]
    found = list(leaves_of(ours(x)))
    assert [v.data for v in found] == pytest.approx(theirs.tolist(), rel=1e-12, abs=1e-14)
    weights = [math.cos(i) for i in range(len(found))]
    (theirs * torch.tensor(weights, dtype=torch.float64)).sum().backward()
    autograd.dot(found, weights).backward()
    for name, parameter in model.named_parameters():
        gradients = [v.grad for v in leaves_of(ours.tensors[name])]
        expected = parameter.grad.flatten().tolist()
        assert gradients == pytest.approx(expected, rel=1e-12, abs=1e-13), name


def test_what_is_made_of_a_model_is_explained_drawn_checked_and_trained() -> None:
    torch.manual_seed(0)
    ours = nn.from_torch(tnn.Sequential(tnn.Linear(2, 2), tnn.Tanh(), tnn.Linear(2, 1)))
    [output] = ours([0.5, -1.0])
    loss = (output - 1.0) ** 2
    loss.label = "L"
    assert "0.weight[1,0]" in viz.to_mermaid(loss)
    loss.backward()
    w = ours.tensors["0.weight"][1][0]
    assert autograd.check_derivation(loss, {w: w.grad})
    assert "sum of 1 path" in str(autograd.explanation(loss, "0.weight[1,0]"))
    history = nn.fit(
        ours, [[0.0, 1.0], [1.0, 0.0]], [0.0, 1.0], loss="squared_error", epochs=200, progress=False
    )
    assert history.loss[-1] < 0.01


def test_a_parameter_that_stands_in_two_places_is_one() -> None:
    model = tnn.Sequential(tnn.Linear(2, 2), tnn.Tanh(), tnn.Linear(2, 2))
    model[2].weight = model[0].weight
    ours = nn.from_torch(model)
    assert len(ours.parameters()) == 8


class Sliced(tnn.Module):  # type: ignore[misc, unused-ignore]
    def forward(self, x: Any) -> Any:
        return x[0]


class Chooses(tnn.Module):  # type: ignore[misc, unused-ignore]
    def forward(self, x: Any) -> Any:
        return x if x.sum() > 0 else -x


class Approximate(tnn.Module):  # type: ignore[misc, unused-ignore]
    def forward(self, x: Any) -> Any:
        return functional.gelu(x, approximate="tanh")


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (tnn.Sequential(tnn.Conv1d(1, 1, 3)), "0: the module Conv1d"),
        (tnn.Conv1d(1, 1, 3), "^the module Conv1d"),
        (tnn.Sequential(tnn.Linear(2, 2), tnn.BatchNorm1d(2)), "1: the module BatchNorm1d"),
        (tnn.Sequential(tnn.Softmax(dim=0)), "dim=0, the axis of the batch"),
        (tnn.Sequential(tnn.GELU("tanh")), "GELU with approximate='tanh'"),
        (tnn.Sequential(tnn.Softplus(beta=2.0)), "Softplus with beta=2"),
        (Approximate(), "gelu with approximate"),
        (Chooses(), "torch.fx can't trace Chooses"),
    ],
)
def test_what_is_not_supported_is_named(model: Any, words: str) -> None:
    with pytest.raises(nn.ConfigurationError, match=words):
        nn.from_torch(model)


def test_an_index_into_the_batch_is_not_supported() -> None:
    with pytest.raises(nn.ConfigurationError, match="the index 0 into the axis of the batch"):
        nn.from_torch(Sliced())([1.0])


@pytest.mark.parametrize("activation", ["relu", "tanh", "gelu", "softmax", "linear", "leaky_relu"])
def test_a_network_goes_to_torch_and_back(activation: str) -> None:
    model = nn.MLP(3, [4, 2], activation="tanh", output=activation, seed=1)
    theirs = nn.to_torch(model)
    x = [0.2, -0.7, 1.1]
    outputs = [v.data for v in model(x)]
    assert theirs(torch.tensor(x, dtype=torch.float64)).tolist() == pytest.approx(outputs)
    other = nn.MLP(3, [4, 2], activation="tanh", output=activation, seed=2)
    other.load_state_dict(theirs.state_dict())
    assert list(other.state_dict().values()) == list(model.state_dict().values())


def test_a_state_of_other_shapes_changes_nothing() -> None:
    model = nn.MLP(3, [4, 2], seed=1)
    before = model.state_dict()
    for other in (tnn.Linear(3, 4), tnn.Sequential(tnn.Linear(3, 4), tnn.Linear(4, 3))):
        with pytest.raises(nn.StateError, match="takes a matrix of 2 × 4 and a vector of 2 numb"):
            model.load_state_dict(other.state_dict())
    deeper = tnn.Sequential(tnn.Linear(3, 4), tnn.Linear(4, 2), tnn.Linear(2, 1))
    with pytest.raises(nn.StateError, match=r"no place for '2\.weight', '2\.bias'"):
        model.load_state_dict(deeper.state_dict())
    assert model.state_dict() == before


def test_an_activation_that_torch_has_no_module_for() -> None:
    with pytest.raises(nn.ConfigurationError, match="'sin' has no module in PyTorch"):
        nn.to_torch(nn.MLP(2, [2, 1], activation="sin"))


def test_values_may_be_inputs() -> None:
    ours = nn.from_torch(tnn.Sequential(tnn.Linear(2, 1)))
    x = [Value(0.5), Value(2.0)]
    [y] = ours(x)
    y.backward()
    assert [v.grad for v in x] == [w.data for w in ours.tensors["0.weight"][0]]
