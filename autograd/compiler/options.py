"""What a step can be asked to run on."""

from __future__ import annotations

from typing import Literal, TypeAlias

Backend: TypeAlias = Literal["numpy", "numba", "torch", "jax"]
OfFloats: TypeAlias = Literal["numpy", "numba"]  # the value is a float, and the rest NumPy's arrays
Precision: TypeAlias = Literal["float64", "float32"]

# The backends of tensors: their packages are loaded when they are asked for.
TENSORS = {"torch", "jax"}
