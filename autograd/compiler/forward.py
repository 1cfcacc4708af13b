"""The forward pass of an array program, from its operations."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from autograd import ops
from autograd.compiler.array_terms import (
    Concatenate,
    Dot,
    Fill,
    Lookup,
    OfRows,
    Reduce,
    Zeros,
    product,
    transposed,
)
from autograd.compiler.differentiate import (
    BATCH_SIZE,
    chosen,
    difference,
    filled,
    filled_view,
)
from autograd.compiler.errors import CompileError
from autograd.compiler.functions import OwnFunctions
from autograd.compiler.program import Operation, Program, View
from autograd.compiler.reductions import CROSS_ENTROPY, REDUCTIONS
from autograd.compiler.rounds import LoopOperation, State, of_rounds
from autograd.compiler.scalars import LOOKUP
from autograd.compiler.statements import Assign, Loop, PutAt, Statement
from autograd.compiler.symbols import Method, RowFunction
from autograd.compiler.terms import Number, Term, Variable, vocabulary

LOSS = Variable("loss")


def forward(program: Program, functions: OwnFunctions) -> list[Statement]:
    """Return the statements that compute the arrays of a program and its loss."""
    statements = _statements(program.operations, functions)
    for output in program.outputs:
        full = (output.shape, bool(program.inputs))  # maybe the same for all examples
        term = filled(filled_view(output.view, output.shape), full)
        target = Variable(output.name, *full)
        if not target.is_name_of(term):
            statements.append(Assign(target, term))
    if program.loss is not None:
        statements.append(Assign(LOSS, _loss(program.loss, program)))
    return statements


def _statements(operations: Sequence[Operation], functions: OwnFunctions) -> list[Statement]:
    statements: list[Statement] = []
    for operation in operations:
        if isinstance(operation, LoopOperation):
            statements += _loop(operation, functions)
            continue
        term = _RULES[operation.kind](operation, functions)
        also = difference(operation) if operation.has_difference else None
        if operation.kind == "elementwise":
            term = filled(term, operation.target.full)
        statements.append(Assign(operation.target.term, term, also))
    return statements


def _loop(loop: LoopOperation, functions: OwnFunctions) -> list[Statement]:
    """Return what stands before a loop, and the loop."""
    statements: list[Statement] = []
    for given in loop.given:
        if not given.is_alias:
            term = filled(given.view.read(), given.array.full)
            statements.append(Assign(given.array.term, term))
    for stack in loop.stacked:
        if stack.whole is not stack.view.array:
            term = filled(stack.view.read(), stack.whole.full)
            statements.append(Assign(stack.whole.term, term))
    for state in loop.states:
        statements.append(Assign(state.array.term, first_of(state)))
    for each in loop.collected:
        statements.append(Assign(each.result.term, Zeros(*each.result.full)))
    body: list[Statement] = [*of_rounds(loop), *_statements(loop.body, functions)]
    for each in loop.collected:
        full = each.result.shape[1:], each.result.batched
        body.append(PutAt(each.result.term, filled(each.view.read(), full), loop.counter))
    carried = [(s.array.term, filled(s.following.read(), s.array.full)) for s in loop.states]
    statements.append(Loop(loop.counter, loop.count, body, carried, loop.tape))
    for state in loop.states:
        if state.result is not None:
            statements.append(Assign(state.result.term, state.array.term))
    return statements


def first_of(state: State) -> Term:
    """Return what a state is in the first round, as an array even where it is one number."""
    first, full = state.first.read(), state.array.full
    if isinstance(first, Number):
        return Zeros(*full) if repr(first.value) == "0.0" else Fill(first, *full)
    return filled(first, full)


def _loss(of_example: View, program: Program) -> Term:
    loss = of_example.read()
    if of_example.batched:
        loss = Reduce(Method.SUM, loss, (), of_batch=True) / BATCH_SIZE
    for penalty in program.penalties:
        loss = loss + penalty.read()
    return loss


def _elementwise(operation: Operation, functions: OwnFunctions) -> Term:
    op = operation.primitive
    assert op is not None
    assert op.value is not None
    terms = [view.read() for view in operation.operands]
    try:
        value = op.value(vocabulary, *terms, *op.parameters)
    except (TypeError, AttributeError) as error:
        raise CompileError(
            f"the rule of the op {op.name!r} can't be written for arrays: {error}"
        ) from error
    value = value if isinstance(value, Term) else Number(float(value))
    return functions.of_value(op, terms, value)


def _affine(operation: Operation, functions: OwnFunctions) -> Term:
    x, w, *bias = operation.operands
    x_shape, w_shape = operation.shapes
    found = product(filled_view(x, x_shape), transposed(filled_view(w, w_shape)))
    for b in bias:
        found = found + b.read()
    return found


def _rows(operation: Operation, functions: OwnFunctions) -> Term:
    op, target = operation.primitive, operation.target
    assert op is not None
    [shape] = operation.shapes
    operands = [filled_view(view, shape) for view in operation.operands[:2]]
    axes = range(len(target.shape), len(shape))
    x = operands[0]
    if op is ops.dot:
        return _dot(operation)
    if op is ops.squared_error:
        difference = operands[1] - x
        return Reduce(Method.SUM, difference * difference, axes)
    if op.record is ops.cross_entropy:
        assert operation.index is not None
        # The examples may differ in their class alone.
        rows = filled(x, (shape, target.batched))
        return OfRows(CROSS_ENTROPY, rows, chosen(operation.index))
    reduction = REDUCTIONS[op.record].value
    if op.record is LOOKUP:
        assert operation.index is not None
        assert isinstance(reduction, RowFunction)
        rows = filled(x, (shape, target.batched))
        return OfRows(reduction, rows, chosen(operation.index))
    if isinstance(reduction, Method):
        return Reduce(reduction, x, axes)
    assert reduction is not None
    return OfRows(reduction, *operands)


def _dot(operation: Operation) -> Term:
    """Σ ab of rows, or of whole matrices, and the bias."""
    target = operation.target
    [shape] = operation.shapes
    a, b = [view.read() for view in operation.operands[:2]]
    n_axes, every = len(shape) - len(target.shape), (shape, target.batched)
    found: Term
    if target.full != ((), False) and a.full != b.full and every in (a.full, b.full):
        # A number for many: einsum would add first and multiply then, which is not the same where
        # it is infinite.
        found = Reduce(Method.SUM, a * b, range(len(target.shape), len(shape)))
    else:
        a, b = [filled_view(view, shape) for view in operation.operands[:2]]
        found = Dot(a, b, n_axes)
    for bias in operation.operands[2:]:
        found = found + bias.read()
    return found


def _lookup(operation: Operation, functions: OwnFunctions) -> Term:
    [table], [shape] = operation.operands, operation.shapes
    assert operation.index is not None
    return Lookup(filled_view(table, shape), chosen(operation.index))


def _concatenate(operation: Operation, functions: OwnFunctions) -> Term:
    batched = operation.target.batched
    pairs = zip(operation.operands, operation.shapes, strict=True)
    return Concatenate(*[filled(view.read(), (shape, batched)) for view, shape in pairs])


_RULES: dict[str, Callable[[Operation, OwnFunctions], Term]] = {
    "elementwise": _elementwise,
    "affine": _affine,
    "rows": _rows,
    "lookup": _lookup,
    "concatenate": _concatenate,
}
