"""A loss of Values as a function of JAX, for `jax.grad` and `jax.jit`.

A spring law with friction, written for one example with the functions of autograd and compiled, is
called from code of JAX, which differentiates through it: here with respect to the logarithms of the
parameters, which keep them positive.
"""

import jax
import jax.numpy as jnp
import numpy as np

import autograd
from autograd import Value
from autograd.explanations.encodings import adapt_output

adapt_output()  # a plain terminal or pipe gets d for ∂
jax.config.update("jax_enable_x64", True)

times = np.linspace(0.0, 4.0, 25)
positions = np.exp(-0.3 * times) * np.cos(2.0 * times)  # friction 0.3, frequency 2

friction, frequency = Value(1.0, label="friction"), Value(1.8, label="frequency")


def error(t: Value, position: Value) -> Value:
    return (autograd.exp(-friction * t) * autograd.cos(frequency * t) - position) ** 2


step = autograd.compile(error, batch=("t", "position"))
step(times, positions)  # made for arrays of these shapes
loss_of = autograd.to_jax(step.program)


def loss(logarithms: dict[str, jax.Array]) -> jax.Array:
    return loss_of({name: jnp.exp(each) for name, each in logarithms.items()}, times, positions)


logarithms = {name: jnp.log(each) for name, each in step.parameters.items()}
descend = jax.jit(lambda at: {n: at[n] - 0.3 * slope for n, slope in jax.grad(loss)(at).items()})
for _ in range(700):
    logarithms = descend(logarithms)
found = {name: float(jnp.exp(each)) for name, each in logarithms.items()}
print(", ".join(f"{name} {number:.4f}" for name, number in found.items()))
