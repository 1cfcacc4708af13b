"""Compile a loss over Values into a program over arrays, which runs thousands of times as fast."""

from autograd.compiler.arrays import Arrays
from autograd.compiler.errors import CompileError, TracingError
from autograd.compiler.portable import CompiledProgram
from autograd.compiler.step import CompiledFunction, CompiledLoss, compile

__all__ = [
    "Arrays",
    "CompileError",
    "CompiledFunction",
    "CompiledLoss",
    "CompiledProgram",
    "TracingError",
    "compile",
]
