"""Compiled losses as functions of PyTorch and JAX: the gradients are those libraries' own."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import CompileError, Value
from autograd.compiler.step import CompiledLoss

RNG = np.random.default_rng(7)
X, Y = RNG.normal(size=(5, 3)), np.array([0, 1, 1, 0, 1])
MODEL = nn.MLP(3, [4, 2], activation="tanh", seed=1)


def loss(x: list[Value], y: Value) -> Value:
    return nn.cross_entropy(MODEL(x), y)


def step_of(function: Callable[..., Any] = loss, **options: Any) -> CompiledLoss:
    step = autograd.compile(function, batch=("x", "y"), **options)
    step(X, Y)
    return step


def library(name: str) -> Any:
    return pytest.importorskip(name)


def by_torch(parameters: Any, x: Any, y: Any) -> Any:
    torch = library("torch")
    h = torch.tanh(x @ parameters["W1"].T + parameters["b1"])
    logits = h @ parameters["W2"].T + parameters["b2"]
    return torch.nn.functional.cross_entropy(logits, y)


def by_jax(parameters: Any, x: Any, y: Any) -> Any:
    jax = library("jax")
    h = jax.numpy.tanh(x @ parameters["W1"].T + parameters["b1"])
    logits = h @ parameters["W2"].T + parameters["b2"]
    chosen = jax.nn.log_softmax(logits)[jax.numpy.arange(len(y)), y]
    return -chosen.mean()


def in_torch(step: CompiledLoss, dtype: str = "float64") -> tuple[Any, Any, Any, Any]:
    torch = library("torch")
    parameters = {
        name: torch.tensor(array, dtype=getattr(torch, dtype), requires_grad=True)
        for name, array in step.parameters.items()
    }
    x = torch.tensor(X, dtype=getattr(torch, dtype), requires_grad=True)
    return autograd.to_torch(step.program), parameters, x, torch.tensor(Y)


def test_torch_goes_on_with_the_gradients_of_the_program() -> None:
    """Before it and behind it: of 3 L(2 x) with respect to x."""
    function, parameters, x, y = in_torch(step_of(wrt=["x", MODEL]))
    found = {}
    for name, each in (("ours", function), ("torch", by_torch)):
        result = 3 * each(parameters, 2 * x, y)
        leaves = [x, *parameters.values()]
        found[name] = [result, *library("torch").autograd.grad(result, leaves)]
    for ours, theirs in zip(found["ours"], found["torch"], strict=True):
        assert ours.detach().numpy() == pytest.approx(theirs.detach().numpy(), rel=1e-12, abs=1e-15)


def test_torch_gets_gradients_of_the_type_of_its_tensors() -> None:
    function, parameters, x, y = in_torch(step_of(), "float32")
    function(parameters, x.detach(), y).backward()
    for name, parameter in parameters.items():
        assert parameter.grad.dtype == parameter.dtype == library("torch").float32, name


@pytest.mark.parametrize("jitted", [False, True])
def test_jax_goes_on_with_the_gradients_of_the_program(jitted: bool) -> None:
    jax = library("jax")
    step = step_of(wrt=["x", MODEL])
    parameters, function = dict(step.parameters), autograd.to_jax(step.program)

    def scaled(each: Any) -> Any:
        both = jax.value_and_grad(lambda p, x: 3 * each(p, 2 * x, Y), (0, 1))
        return (jax.jit(both) if jitted else both)(parameters, X)

    with jax.enable_x64(True):
        ours, theirs = jax.tree.leaves(scaled(function)), jax.tree.leaves(scaled(by_jax))
    assert len(ours) == 6
    for one, other in zip(ours, theirs, strict=True):
        assert one.dtype == np.float64
        assert np.asarray(one) == pytest.approx(np.asarray(other), rel=1e-12, abs=1e-15)


def test_jax_maps_over_batches_and_has_single_precision_by_itself() -> None:
    jax = library("jax")
    step = step_of()
    function, parameters = autograd.to_jax(step.program), dict(step.parameters)
    mapped = jax.vmap(function, in_axes=(None, 0, None))(parameters, np.stack([X, -X]), Y)
    assert mapped.dtype == np.float32
    assert mapped.tolist() == pytest.approx([step(X, Y)[0], step(-X, Y)[0]], rel=1e-6)


def slopes_of(name: str, step: CompiledLoss, of: str) -> Any:
    """∂L/∂x or ∂L/∂(all parameters), by the library."""
    if name == "torch":
        function, parameters, x, y = in_torch(step)
        if of == "x":
            parameters = {n: each.detach() for n, each in parameters.items()}
        else:
            x = x.detach()
        leaves = [x] if of == "x" else [*parameters.values()]
        return library("torch").autograd.grad(function(parameters, x, y), leaves)
    argument = 1 if of == "x" else 0
    return library("jax").grad(autograd.to_jax(step.program), argument)(dict(step.parameters), X, Y)


@pytest.mark.parametrize("name", ["torch", "jax"])
def test_what_the_program_has_no_gradient_of_is_named(name: str) -> None:
    library(name)
    step, frozen = step_of(), step_of(wrt=MODEL.layers[1])
    with pytest.raises(CompileError, match=r"no gradient of x: name it in autograd\.compile"):
        slopes_of(name, step, "x")
    with pytest.raises(CompileError, match="no gradient of W1"):
        slopes_of(name, frozen, "parameters")


def test_a_second_derivative_is_an_error_of_torch() -> None:
    torch = library("torch")
    function, parameters, x, y = in_torch(step_of())
    value = function(parameters, x.detach(), y)
    with pytest.raises(CompileError, match="can't be differentiated by PyTorch"):
        torch.autograd.grad(value, parameters["W1"], create_graph=True)


def test_a_second_derivative_is_an_error_of_jax() -> None:
    jax, step = library("jax"), step_of()
    with pytest.raises(ValueError, match="do not support JVP"):
        jax.hessian(autograd.to_jax(step.program))(dict(step.parameters), X, Y)


@pytest.mark.parametrize("name", ["torch", "jax"])
def test_what_is_no_loss_alone_or_called_otherwise(name: str) -> None:
    library(name)
    adapt = getattr(autograd, f"to_{name}")
    with pytest.raises(CompileError, match=r"it takes step\.program, the program of a step, not"):
        adapt(step_of())
    further = step_of(lambda x, y: (loss(x, y), {"logits": MODEL(x)}))
    with pytest.raises(CompileError, match="this one returns further outputs"):
        adapt(further.program)
    outputs = autograd.compile(MODEL, batch="inputs", gradient=False)
    outputs(X)
    with pytest.raises(CompileError, match="this one returns outputs alone"):
        adapt(outputs.program)
    step = step_of()
    with pytest.raises(CompileError, match="a mapping with W1, b1, W2, b2"):
        adapt(step.program)(step.parameters.flat, X, Y)
    with pytest.raises(CompileError, match=r"2 arrays of the batch \(x, y\), not 1"):
        adapt(step.program)(step.parameters, X)


@pytest.mark.parametrize("name", ["torch", "jax"])
def test_the_library_is_asked_for_when_it_is_needed(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    importlib.import_module("autograd.compiler.adapters")  # which needs neither
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(
        CompileError, match=rf"^to_{name} needs {name}, which is not installed: pip"
    ):
        getattr(autograd, f"to_{name}")(step_of().program)
