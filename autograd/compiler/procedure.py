"""From the operations of an array program to its statements: both passes, simplified."""

from __future__ import annotations

from autograd.compiler.differentiate import Backward, gradient_of
from autograd.compiler.forward import LOSS, forward
from autograd.compiler.functions import OwnFunctions
from autograd.compiler.program import Program
from autograd.compiler.simplify import inlined, with_shared_terms
from autograd.compiler.statements import Procedure
from autograd.compiler.terms import Variable
from autograd.compiler.verifier import verify


def procedure_of(program: Program) -> Procedure:
    """Return the statements of a program: its loss and gradients, and its outputs.

    Raises:
        CompileError: if an op's rule can't be written for arrays, or what comes out is not sound.
    """
    functions = OwnFunctions(_names_in(program))
    passes = [forward(program, functions)]
    results = [Variable(each.name, each.shape, bool(program.inputs)) for each in program.outputs]
    if program.loss is not None:
        passes.append(Backward(program, functions.of_derivatives).run())
        results = [LOSS, *[gradient_of(array) for array in program.wanted], *results]
    passes = inlined({variable.name for variable in results}, *passes)
    procedure = Procedure(
        program.returns.function,
        program.inputs,
        program.parameters,
        program.constants,
        with_shared_terms(passes),
        results,
        functions.all,
    )
    verify(procedure)
    return procedure


def _names_in(program: Program) -> set[str]:
    """Return the names of all arrays, and those of their gradients."""
    arrays = (*program.inputs, *program.parameters, *program.constants)
    named = [array.name for array in (*arrays, *(each.target for each in program.operations))]
    differences = [each.difference for each in program.operations if each.difference]
    outputs = [output.name for output in program.outputs]
    return {*named, *(f"d{each}" for each in named), *differences, *outputs}
