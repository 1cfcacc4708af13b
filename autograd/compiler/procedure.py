"""From the operations of an array program to its statements: both passes, simplified."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from autograd.compiler.differentiate import gradient_of
from autograd.compiler.forward import LOSS, forward
from autograd.compiler.functions import OwnFunctions
from autograd.compiler.loop_backward import BackwardWithLoops
from autograd.compiler.program import Operation, Program
from autograd.compiler.rounds import LoopOperation
from autograd.compiler.simplify import inlined, with_shared_terms
from autograd.compiler.statements import Procedure, with_tapes
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
        passes.append(BackwardWithLoops(program, functions.of_derivatives).run())
        results = [LOSS, *[gradient_of(array) for array in program.wanted], *results]
    passes = inlined({variable.name for variable in results}, *passes)
    passes = with_shared_terms(passes)
    with_tapes(passes)
    procedure = Procedure(
        program.returns.function,
        program.inputs,
        program.parameters,
        program.constants,
        passes,
        results,
        functions.all,
    )
    verify(procedure)
    return procedure


def _names_in(program: Program) -> set[str]:
    """Return the names of all arrays, and those of their gradients."""
    arrays = (*program.inputs, *program.parameters, *program.constants)
    named = [*[array.name for array in arrays], *_names_of(program.operations)]
    outputs = [output.name for output in program.outputs]
    return {*named, *(f"d{each}" for each in named), *outputs}


def _names_of(operations: Sequence[Operation]) -> Iterator[str]:
    for operation in operations:
        yield from [array.name for array in operation.targets]
        if operation.difference:
            yield operation.difference
        if isinstance(operation, LoopOperation):
            yield from operation.names
            yield from _names_of(operation.body)
