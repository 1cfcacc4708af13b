"""The backward pass of an array program, from its operations in reverse."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from autograd import ops
from autograd.compiler.array_terms import (
    Contract,
    Fill,
    NewAxes,
    OfRows,
    Reduce,
    Reshape,
    Select,
    SumsAt,
    Zeros,
    product,
    transposed,
)
from autograd.compiler.program import Array, Operation, Program, View
from autograd.compiler.recording import DETACH
from autograd.compiler.reductions import REDUCTIONS
from autograd.compiler.scalars import LOOKUP
from autograd.compiler.statements import AddAt, Assign, Statement, is_own
from autograd.compiler.symbols import DIVIDE, MULTIPLY, Index, Method, Over, Range, Shape
from autograd.compiler.terms import (
    Apply,
    Number,
    Term,
    Variable,
    Whole,
    is_applied,
    multiply,
    vocabulary,
)

BATCH_SIZE = Variable("B")
MEAN = Apply(DIVIDE, Number(1.0), BATCH_SIZE)  # what the loss of an example adds to the mean

# Ops whose value lies within ±1, and so do the factors of their derivative: in which order the
# gradient is multiplied by these changes no more than the last bits.
BOUNDED = {ops.sigmoid}

# So many contributions are added in one line.
MOST_TERMS = 8

# How a derivative is computed that is too long to stand in a line: see functions.
Shortened = Callable[[Operation, Sequence[Term], Sequence[Term]], Sequence[Term]]


class Backward:
    """Collect what each array's gradient is the sum of, and write it when it is complete."""

    def __init__(
        self, program: Program, shorten: Shortened, sources: Collection[Array] | None = None
    ) -> None:
        """Begin; ``sources`` are the arrays that gradients go to, if not those that are wanted."""
        self.program, self.shorten = program, shorten
        self.statements: list[Statement] = []
        self.contributions: dict[Array, list[tuple[View | None, Term]]] = {}
        self.has_transposes = any(
            view.transposed for operation in program.operations for view in operation.operands
        )
        self.needed = set(program.wanted if sources is None else sources)
        self.of_example: Term = Number(1.0)  # what the gradients of inputs are multiplied by
        self.uses: dict[Array, int] = {}
        for operation in program.operations:
            if operation.primitive is DETACH:
                continue
            if any(view.array in self.needed for view in operation.operands):
                self.needed.update(operation.targets)
                for view in operation.operands:
                    if view.array is not None:
                        self.uses[view.array] = self.uses.get(view.array, 0) + 1
        for view in program.losses:
            if view.array is not None:
                self.uses[view.array] = self.uses.get(view.array, 0) + 1

    def run(self) -> list[Statement]:
        """Return the statements for the gradient of every array that a wanted one leads to."""
        program, loss = self.program, self.program.loss
        assert loss is not None
        # The gradient of a parameter is that of the mean, that of an input is of each example.
        is_of_mean = loss.batched and any(array.kind == "parameter" for array in program.wanted)
        if is_of_mean:
            self.of_example = BATCH_SIZE
        self.add(loss, MEAN if is_of_mean else Number(1.0), loss.full)
        for view in program.penalties:
            self.add(view, Number(1.0), ((), False))
        for view in program.losses:
            self._used(view)
        self.propagate()
        for array in program.wanted:
            if array not in self.uses:  # the loss depends on none of its elements
                self._write(array)
        return self.statements

    def propagate(self) -> None:
        """Go through the operations in reverse, with what is known of the gradients."""
        for operation in reversed(self.program.operations):
            if self.needed.isdisjoint(operation.targets):
                continue
            if not self.contributions.keys().isdisjoint(operation.targets):
                # Else it is used as a number alone.
                self.operation(operation)
            for view in operation.operands:
                self._used(view)

    def operation(self, operation: Operation) -> None:
        """Give the operands of an operation their part of the gradient of its target."""
        upstream = self.gradient(operation.target)
        _RULES[operation.kind](self, operation, upstream)

    def _assign(self, target: Variable, term: Term) -> None:
        self.statements.append(Assign(target, term))

    # Adding up.

    def _used(self, view: View) -> None:
        """Write the gradient of a wanted array as soon as its last contribution is there."""
        array = view.array
        if array is None:
            return
        self.uses[array] -= 1
        if not self.uses[array] and array in self.program.wanted:
            self._write(array)

    def _write(self, wanted: Array) -> None:
        gradient, term = gradient_of(wanted), self.gradient(wanted, full=True)
        if wanted.kind == "input":
            term = multiply(term, self.of_example)
        if not gradient.is_name_of(term):
            self._assign(gradient, term)

    def add(self, view: View, term: Term, of: Full) -> None:
        """Add a contribution to what a view reads, which stands for an array of a shape."""
        array = view.array
        if array is None or array not in self.needed:
            return
        term, left = reduce_to(term, of, view.full)
        if not term.is_number_at_run_time and left != view.full:
            term = Reshape(filled(term, left), view.shape)
        found = self.contributions.setdefault(array, [])
        if view.is_whole:
            found.append((None, term))
        elif array.size == 1 and not view.shape:  # its only element
            is_one = term.is_number_at_run_time
            found.append((None, term if is_one else NewAxes(term, len(array.shape))))
        elif view.transposed:
            found.append((None, transposed(filled(term, view.full))))
        elif view.reshaped:
            found.append((None, Reshape(filled(term, view.full), array.shape)))
        else:
            found.append((view, term))

    def gradient(self, array: Array, full: bool = False) -> Term:
        """Return the gradient of an array, under its name where it has to be computed."""
        found = self.contributions.pop(array, [])
        wholes = [term for view, term in found if view is None]
        parts = [(view, term) for view, term in found if view is not None]
        if not parts:
            return self._total(array, wholes or [Number(0.0)], full)
        gradient, start = gradient_of(array), _sum(wholes) if wholes else Number(0.0)
        # Positions count the elements in rows, and next to a transpose they may lie in columns.
        is_in_rows = isinstance(start, Contract) or not self.has_transposes
        if not (is_own(start) and is_in_rows and start.full == array.full):
            zeros = Zeros(*array.full)
            start = zeros + start if wholes else zeros
        self._assign(gradient, start)
        self.statements += [added_at(gradient, view, term) for view, term in parts]
        return gradient

    def _total(self, array: Array, terms: Sequence[Term], full: bool) -> Term:
        """Write the sum of contributions to all elements of an array, some at a time."""
        if len(terms) == 1:
            [total] = terms
            if not full and (isinstance(total, (Variable, Number)) or total is MEAN):
                return total
        else:
            total = _sum(terms[:MOST_TERMS])
            for first in range(MOST_TERMS, len(terms), MOST_TERMS):
                so_far = gradient_of(array, total.full)
                self._assign(so_far, total)
                total = _sum([so_far, *terms[first : first + MOST_TERMS]])
        total = filled(total, array.full) if full else total
        gradient = gradient_of(array, total.full)
        self._assign(gradient, total)
        return gradient

    # The rules of operations.

    def _elementwise(self, operation: Operation, upstream: Term) -> None:
        target, op = operation.target, operation.primitive
        assert op is not None
        assert op.derivatives is not None
        terms = [view.read() for view in operation.operands]
        wanted = [view.array in self.needed for view in operation.operands]
        if not any(wanted):
            return
        locals_ = op.derivatives(vocabulary, target.term, *terms, *op.parameters)
        locals_ = self.shorten(operation, terms, [_term(local) for local in locals_])
        for view, local, is_wanted in zip(operation.operands, locals_, wanted, strict=True):
            if is_wanted:
                contribution = _times(upstream, local, op.record in BOUNDED)
                self.add(view, contribution, target.full)

    def _affine(self, operation: Operation, upstream: Term) -> None:
        x, w, *bias = operation.operands
        target = operation.target
        x_shape, w_shape = operation.shapes
        g = filled(upstream, target.full)
        for b in bias:
            self.add(b, g, target.full)
        if target.batched and not x.batched:  # it is the bias that differs between examples
            g = Reduce(Method.SUM, g, (), of_batch=True)
        inputs, weights = filled_view(x, x_shape), filled_view(w, w_shape)
        if w.batched:
            self.add(w, product(transposed(g), inputs), (w_shape, True))
        else:
            self.add(w, Contract(Over.ALL_BUT_LAST, g, inputs), (w_shape, False))
        self.add(x, product(g, weights), (x_shape, x.batched))

    def _rows(self, operation: Operation, upstream: Term) -> None:
        target, op = operation.target, operation.primitive
        assert op is not None
        [shape] = operation.shapes
        of = (shape, target.batched)
        first, *others = operation.operands[:2]
        operands = [filled_view(first, shape)]
        operands += [
            operands[0] if same(first, view) else filled_view(view, shape) for view in others
        ]
        if op is ops.dot and len(operation.operands) > 2:
            self.add(operation.operands[2], upstream, target.full)
        g = upstream
        is_complete = op is not ops.dot and REDUCTIONS[op.record].gradient is not None
        if not g.is_number_at_run_time and not is_complete:
            g = NewAxes(g, len(shape) - len(target.shape))  # those that the reduction took away
        if op is ops.dot and operands[0] is operands[1]:
            square = _times(multiply(Number(2.0), g), operands[0])
            self.add(first, square, of)
            return
        locals_ = self._row_derivatives(operation, upstream, operands)
        for view, local in zip(operation.operands, locals_, strict=False):
            self.add(view, local if is_complete else _times(g, local), of)

    def _row_derivatives(
        self, operation: Operation, upstream: Term, operands: Sequence[Term]
    ) -> Sequence[Term]:
        op, y = operation.primitive, operation.target.term
        assert op is not None
        if op is ops.dot:
            return [operands[1], operands[0]]
        if op.record is ops.cross_entropy:
            return [difference(operation)]
        reduction = REDUCTIONS[op.record]
        [shape] = operation.shapes
        if reduction.derivatives is not None:
            return reduction.derivatives(y, operands, shape)
        assert reduction.gradient is not None
        if op.record is LOOKUP:
            assert operation.index is not None
            rows = filled(operands[0], (shape, operation.target.batched))
            return [OfRows(reduction.gradient, rows, chosen(operation.index), upstream)]
        first = operands[0] if reduction.of_operand else y
        return [OfRows(reduction.gradient, first, filled(upstream, operation.target.full))]

    def _lookup(self, operation: Operation, upstream: Term) -> None:
        [table], [shape] = operation.operands, operation.shapes
        assert operation.index is not None
        g, positions = filled(upstream, operation.target.full), chosen(operation.index)
        self.add(table, SumsAt(g, positions, shape[0]), (shape, False))

    def _concatenate(self, operation: Operation, upstream: Term) -> None:
        target = operation.target
        g = filled(upstream, target.full)
        start = 0
        for view, shape in zip(operation.operands, operation.shapes, strict=True):
            stop = start + shape[-1]
            if view.reshaped and view.array is not None and not view.array.shape:
                only = (*[0 for _ in shape[1:]], start)
                self.add(View(view.array, ()), Select(g, only), ((), target.batched))
            else:
                self.add(view, Select(g, _last(g.shape, start, stop)), (shape, target.batched))
            start = stop


_RULES: dict[str, Callable[[Backward, Operation, Term], None]] = {
    "elementwise": Backward._elementwise,
    "affine": Backward._affine,
    "rows": Backward._rows,
    "lookup": Backward._lookup,
    "concatenate": Backward._concatenate,
}


Full = tuple[Shape, bool]  # the shape of one example, and whether examples differ


def gradient_of(array: Array, full: Full | None = None) -> Variable:
    """Return the variable for an array's gradient, or for one that broadcasts to it."""
    shape, batched = full or array.full
    return Variable(f"d{array.name}", shape, batched, array.is_nameless)


def added_at(target: Variable, view: View, term: Term) -> AddAt:
    """Return the statement that adds a term to the elements of an array that a view reads."""
    positions = None if view.positions is None else view.positions.term
    if view.repeated:
        term = filled(term, view.full)
    return AddAt(target, term, view.index, positions, view.repeated)


def same(a: View, b: View) -> bool:
    """Say whether two views are of the same elements."""
    return a.array is b.array is not None and (
        a.index, a.positions, a.shape, a.reshaped, a.transposed,
    ) == (b.index, b.positions, b.shape, b.reshaped, b.transposed)  # fmt: skip


def difference(operation: Operation) -> Variable:
    """The softmax less the onehot of the class, which a cross entropy computes on the way."""
    [shape] = operation.shapes
    return Variable(operation.difference, shape, operation.target.batched)


def chosen(index: View) -> Term:
    """The classes of the rows."""
    return Whole(int(index.number)) if index.array is None else index.read()


def filled(term: Term, full: Full) -> Term:
    """Return the term with all its elements, where it was one number for many."""
    return term if term.full == full else Fill(term, *full)


def filled_view(view: View, shape: Shape) -> Term:
    """Return the elements of a view as an array of exactly this shape (of one example)."""
    return filled(view.read(), (shape, view.batched))


def _last(shape: Shape, start: int, stop: int) -> Index:
    """Return the index of some columns."""
    return (*[Range(0, length) for length in shape[:-1]], Range(start, stop))


def reduce_to(term: Term, of: Full, wanted: Full) -> tuple[Term, Full]:
    """Sum a term, which stands for an array of a shape, over the axes that are not wanted.

    Return the sum, and the shape of the array that it stands for.
    """
    shape, batched = of
    if wanted == of == term.full:
        return term, of
    rank, present = len(shape), len(term.shape)
    want = (1,) * (rank - len(wanted[0])) + wanted[0]
    has = (1,) * (rank - present) + term.shape
    axes, count = list[int](), 1
    for axis, length in enumerate(shape):
        if want[axis] == 1 and length != 1:
            count *= length if has[axis] == 1 else 1  # the same number for all
            if axis >= rank - present:
                axes.append(axis - rank + present)
    left = tuple([n for n, wanted_n in zip(shape, want, strict=True) if wanted_n != 1 or n == 1])
    of_batch = batched and not wanted[1]
    has_batch = term.batched
    if axes or (of_batch and has_batch):
        term = Reduce(Method.SUM, term, axes, of_batch=of_batch and has_batch)
    if count > 1:
        term = multiply(term, Number(count))
    if of_batch and not has_batch:  # as often as there are examples
        term = Number(1.0) if term is MEAN else multiply(term, BATCH_SIZE)
    return term, (left, wanted[1])


def _times(upstream: Term, local: Term, is_bounded: bool = False) -> Term:
    """Return the contribution, upstream times local derivative."""
    if upstream is MEAN and not isinstance(local, Number):
        return local / BATCH_SIZE
    if is_bounded and is_applied(local, MULTIPLY):
        left, right = local.operands
        return upstream * left * right
    return upstream * local


def _sum(terms: Sequence[Term]) -> Term:
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


def _term(local: object) -> Term:
    return local if isinstance(local, Term) else Number(float(local))  # type: ignore[arg-type]
