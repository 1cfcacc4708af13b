"""The proof of a program: it computes what the loss does, for the first rows of a batch."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from autograd.compiler.agreement import Numbers, OfBatch, Places, disagreement, numbers_of
from autograd.compiler.arrays import Layout, layout
from autograd.compiler.checks import COMPUTED, checks_of
from autograd.compiler.errors import CompileError
from autograd.compiler.examples import Recorded, example_of
from autograd.compiler.parameters import Parameters, numbers_in
from autograd.compiler.portable import CompiledProgram
from autograd.compiler.results import Results, shapes_of
from autograd.contexts import pause_gc
from autograd.value import Value

PROVEN_ROWS = 3  # so many that no axis of a single row or of two passes for the batch

_FAULT = (
    "This is a fault of autograd.compile, or of an op whose rules differ for arrays: compute with "
    "the Values themselves, and report it if the op is the library's; check=False leaves the "
    "comparison out"
)


def prove(
    program: CompiledProgram,
    parameters: Parameters,
    rows: Iterable[Recorded],
    run: Callable[[Any, int], tuple[float, Any, list[Any]]],
    dtype: str,
) -> None:
    """Compare a program with the loss, for some rows and the numbers in the Values.

    Args:
        program: the program.
        parameters: those of the step, which may have more than the program.
        rows: what the loss returns for the first rows.
        run: what the program gives for these numbers of all parameters, and so many rows.
        dtype: in which it computes.

    Raises:
        CompileError: if they disagree.
    """
    numbers = numbers_in(parameters.leaves)
    wanted = Places(parameters.leaves_of(program.returns.parameters))
    of_inputs = dict(zip(program.batch, program.shapes, strict=True))
    shapes = [of_inputs[name] for name in program.returns.inputs]
    if program.structure is not None:
        shapes += shapes_of(program.structure)
    shapes += [()] * sum(check.argument == COMPUTED for check in program.checks)
    found = OfBatch(program.returns, [math.prod(shape) for shape in shapes])
    with pause_gc():
        for each in rows:
            found.add(_numbers_of(wanted, program.returns.inputs, each))
    if not found or not np.array_equal(numbers, numbers_in(parameters.leaves), equal_nan=True):
        return  # another thread has changed the Values meanwhile
    expected = found.numbers()
    where = f" for {_first_rows(len(found))} of the batch" if program.batch else ""
    try:
        with np.errstate(all="ignore"):
            value, flat, outputs = run(numbers, len(found))
    except CompileError:
        raise
    except Exception as error:
        raise CompileError(
            f"the program fails{where}, where the loss has a value: {error}. {_FAULT}"
        ) from error
    computed = np.concatenate([np.zeros(0), *outputs], axis=None)
    difference = disagreement(value, flat, expected, dtype, computed)
    if difference is not None:
        place, wrong, right = difference
        what = "the value"
        if place is not None and place < len(flat):
            places = program.places(len(found) if program.batch else None)
            what = f"the gradient of {_named_place(places, place)}"
        elif place is not None:
            what = f"a further output (number {place - len(flat)} of all)"
        raise CompileError(
            f"the program disagrees with the loss{where}: {what} is {wrong!r} and should be "
            f"{right!r}. {_FAULT}"
        )


def rows_of(
    evaluated: Callable[[Sequence[Any]], Results],
    batch: Sequence[str],
    arrays: Sequence[Any],
    n_rows: int,
    first: Recorded | None,
) -> Iterator[Recorded]:
    """Yield what the loss returns for the first rows of a batch, as long as it has a number.

    Args:
        evaluated: the loss, of the arguments of an example.
        batch: the names of the arrays.
        arrays: the arrays.
        n_rows: how many rows are wanted.
        first: what the first row gives, if that is known.
    """
    for row in range(n_rows):
        if first is not None and not row:
            yield first
            continue
        example = example_of(batch, [array[row] for array in arrays], arrays)
        try:
            results = evaluated(example.arguments)
        except CompileError:
            raise
        except Exception:  # the loss has no number for this row
            return
        yield Recorded(example, results)


def _numbers_of(parameters: Places, inputs: Collection[str], recorded: Recorded) -> Numbers:
    """Return what the eager engine has for an example, in the order of the program.

    The gradients are those of parameters and of some inputs.
    """
    example, results = recorded
    leaves: list[Value] = []
    for name, place in layout(dict(example.shapes)).items():
        if name in inputs:
            leaves += example.inputs[place.start : place.stop]
    _, checked = checks_of(results.required, example.inputs, example.shapes)
    return numbers_of(results.loss, leaves, results.outputs + checked, parameters)


def _named_place(layout: Layout, position: int) -> str:
    """Return a number of the flat vector as an element of its array: ``W[0, 3]``."""
    for name, (start, stop, shape) in layout.items():
        if start <= position < stop:
            index = np.unravel_index(position - start, shape) if shape else ()
            return f"{name}[{', '.join(map(str, map(int, index)))}]" if shape else name
    raise IndexError(position)


def _first_rows(n: int) -> str:
    return "the first row" if n == 1 else f"the first {n} rows"
