"""The backward pass of an array program, from its operations in reverse."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from autograd import ops
from autograd.compiler.program import Array, Operation, Program, View
from autograd.compiler.recording import DETACH
from autograd.compiler.reductions import REDUCTIONS
from autograd.compiler.terms import (
    BATCH,
    Shape,
    Term,
    after,
    call,
    matmul,
    multiply,
    name,
    number,
    vocabulary,
)

BATCH_SIZE = name("B")
MEAN = Term(
    "binary", (number(1.0), BATCH_SIZE), "/"
)  # what the loss of an example adds to the mean

# Ops whose value lies within ±1, and so do the factors of their derivative: in which order the
# gradient is multiplied by these changes no more than the last bits.
BOUNDED = {ops.sigmoid}

# So many contributions are added in one line.
MOST_TERMS = 8

# How a derivative is written that is too long to stand in a line: see Source.derivative.
Shortened = Callable[[Operation, Sequence[Term], Sequence[Term]], Sequence[Term]]


class Backward:
    """Collect what each array's gradient is the sum of, and write it when it is complete."""

    def __init__(self, program: Program, emit: Callable[[str, Term], None],
                 add_to: Callable[[str, Term], None], shorten: Shortened) -> None:  # fmt: skip
        self.program = program
        self.emit, self.add_to, self.shorten = emit, add_to, shorten
        self.contributions: dict[Array, list[tuple[View | None, Term]]] = {}
        self.needed = set(program.wanted)
        self.uses: dict[Array, int] = {}
        for operation in program.operations:
            if operation.primitive is DETACH:
                continue
            if any(view.array in self.needed for view in operation.operands):
                self.needed.add(operation.target)
                for view in operation.operands:
                    if view.array is not None:
                        self.uses[view.array] = self.uses.get(view.array, 0) + 1
        for view in program.losses:
            if view.array is not None:
                self.uses[view.array] = self.uses.get(view.array, 0) + 1

    def run(self) -> None:
        """Write the gradient of every array that a wanted one leads to."""
        program, loss = self.program, self.program.loss
        assert loss is not None
        # The gradient of a parameter is that of the mean, that of an input is of each example.
        is_of_mean = loss.batched and any(array.kind == "parameter" for array in program.wanted)
        self.of_example = BATCH_SIZE if is_of_mean else number(1.0)
        self._add(loss, MEAN if is_of_mean else number(1.0), (BATCH,) * loss.batched)
        for view in program.penalties:
            self._add(view, number(1.0), ())
        for view in program.losses:
            self._used(view)
        for operation in reversed(program.operations):
            if operation.target in self.needed:
                if operation.target in self.contributions:  # else it is used as a number alone
                    upstream = self._gradient(operation.target)
                    _RULES[operation.kind](self, operation, upstream)
                for view in operation.operands:
                    self._used(view)
        for array in program.wanted:
            if array not in self.uses:  # the loss depends on none of its elements
                self._write(array)

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
        term = self._gradient(wanted, full=True)
        if wanted.kind == "input":
            term = multiply(term, self.of_example)
        if term.kind != "name" or term.text != f"d{wanted.name}":
            self.emit(f"d{wanted.name}", term)

    def _add(self, view: View, term: Term, shape: Shape, rank: int = 0) -> None:
        """Add a contribution to what a view reads, which an operation of a shape has broadcast."""
        if view.array is None or view.array not in self.needed:
            return
        term, left = reduce_to(term, shape, view.read(rank).shape)
        if term.shape and left != view.full_shape:
            reshape = f".reshape({_text(view.full_shape)})"
            term = after(self._filled(term, left), reshape, view.full_shape)
        found = self.contributions.setdefault(view.array, [])
        if view.is_whole:
            found.append((None, term))
        elif view.array.size == 1 and not view.shape:  # its only element
            full = view.array.full_shape
            index = ", ".join([":"] * view.batched + ["None"] * len(view.array.shape))
            found.append((None, after(term, f"[{index}]", full) if term.shape else term))
        elif view.reshaped and not view.index:
            shaped = self._filled(term, view.full_shape)
            full = view.array.full_shape
            found.append((None, after(shaped, f".reshape({_text(full)})", full)))
        else:
            found.append((view, term))

    def _gradient(self, array: Array, full: bool = False) -> Term:
        """Return the gradient of an array, under its name where it has to be computed."""
        found = self.contributions.pop(array, [])
        wholes = [term for view, term in found if view is None]
        parts = [(view, term) for view, term in found if view is not None]
        gradient = name(f"d{array.name}", array.full_shape)
        if not parts:
            return self._total(gradient.text, wholes or [number(0.0)], array.full_shape, full)
        start = _sum(wholes) if wholes else number(0.0)
        is_own = start.shape == array.full_shape and start.kind == "binary"
        if not is_own:  # what is added to must be no other array, nor a view of one
            zeros = call("np.zeros", name(_tuple(array.full_shape)), shape=array.full_shape)
            start = zeros + start if wholes else zeros
        self.emit(gradient.text, start)
        for view, term in parts:
            if view.repeated:
                into, at = gradient.text, view.subscript()
                if len(array.shape) > 1:
                    flat = f"len({into}), -1" if array.batched else "-1"
                    into = f"{into}.reshape({flat})"
                if array.batched:
                    at = f"(slice(None), {at[3:]})"
                self.add_to(f"np.add.at({into}, {at}, ", self._filled(term, view.full_shape))
            elif view.positions is not None and len(array.shape) > 1:
                flat = f"len({gradient.text}), -1" if array.batched else "-1"
                self.add_to(f"{gradient.text}.reshape({flat})[{view.subscript()}] += ", term)
            else:
                self.add_to(f"{gradient.text}[{view.subscript()}] += ", term)
        return gradient

    def _total(self, gradient: str, terms: Sequence[Term], shape: Shape, full: bool) -> Term:
        """Write the sum of contributions to all elements of an array, some at a time."""
        if len(terms) == 1:
            [total] = terms
            if not full and (total.kind in ("name", "number") or total is MEAN):
                return total
        else:
            total = _sum(terms[:MOST_TERMS])
            for first in range(MOST_TERMS, len(terms), MOST_TERMS):
                self.emit(gradient, total)
                so_far = name(gradient, total.shape)
                total = _sum([so_far, *terms[first : first + MOST_TERMS]])
        total = self._filled(total, shape) if full else total
        self.emit(gradient, total)
        return name(gradient, total.shape)

    def _filled(self, term: Term, shape: Shape) -> Term:
        """Return the term with all its elements, where it was one number for many."""
        if term.shape == shape:
            return term
        if not term.shape and term.kind in ("number", "name", "binary"):
            return call("np.full", name(_tuple(shape)), term, shape=shape)
        return call("np.broadcast_to", term, name(_tuple(shape)), shape=shape)

    # The rules of operations.

    def _elementwise(self, operation: Operation, upstream: Term) -> None:
        target, op = operation.target, operation.primitive
        assert op is not None
        assert op.derivatives is not None
        rank = len(target.shape)
        terms = [view.read(rank) for view in operation.operands]
        wanted = [view.array in self.needed for view in operation.operands]
        if not any(wanted):
            return
        locals_ = op.derivatives(vocabulary, target.term, *terms, *op.parameters)
        locals_ = self.shorten(operation, terms, [_term(local) for local in locals_])
        for view, local, is_wanted in zip(operation.operands, locals_, wanted, strict=True):
            if is_wanted:
                contribution = _times(upstream, local, op.record in BOUNDED)
                self._add(view, contribution, target.full_shape, rank)

    def _affine(self, operation: Operation, upstream: Term) -> None:
        x, w, *bias = operation.operands
        target = operation.target
        x_shape, w_shape = operation.shapes
        x_full = (BATCH, *x_shape) if x.batched else x_shape
        g = self._filled(upstream, target.full_shape)
        for b in bias:
            self._add(b, g, target.full_shape, len(target.shape))
        if target.batched and not x.batched:  # it is the bias that differs between examples
            g = after(g, ".sum(0)", target.shape)
        inputs, weights = filled(x, x_shape), filled(w, w_shape)
        rows, columns = w_shape
        if w.array in self.needed:
            if len(x_full) == 1:
                found = call("np.outer", g, inputs, shape=w_shape)
            else:
                g2, x2 = g, inputs
                if len(x_full) == 3:
                    g2 = after(g, f".reshape(-1, {rows})", (BATCH, rows))
                    x2 = after(inputs, f".reshape(-1, {columns})", (BATCH, columns))
                found = matmul(after(g2, ".T", (rows, BATCH)), x2, w_shape)
            self._add(w, found, w_shape, 2)
        if x.array in self.needed:
            self._add(x, matmul(g, weights, x_full), x_full, len(x_shape))

    def _rows(self, operation: Operation, upstream: Term) -> None:
        target, op = operation.target, operation.primitive
        assert op is not None
        [shape] = operation.shapes
        full = (BATCH, *shape) if target.batched else shape
        first, *others = operation.operands[:2]
        operands = [filled(first, shape)]
        operands += [operands[0] if same(first, view) else filled(view, shape) for view in others]
        if op is ops.dot and len(operation.operands) > 2:
            self._add(operation.operands[2], upstream, target.full_shape, len(target.shape))
        g = upstream
        is_complete = op is not ops.dot and REDUCTIONS[op.record].gradient != ""
        if g.shape and not is_complete:
            missing = len(shape) - len(target.shape)  # axes that the reduction has taken away
            g = after(
                g,
                "[..., None]" if missing == 1 else f"[:{', None' * missing}]",
                (*g.shape, *(1,) * missing),
            )
        y = target.term
        if op is ops.dot and operands[0] is operands[1]:
            self._add(
                operation.operands[0],
                _times(multiply(number(2.0), g), operands[0]),
                full,
                len(shape),
            )
            return
        for view, local in zip(
            operation.operands,
            self._row_derivatives(operation, upstream, operands, y, full),
            strict=False,
        ):
            self._add(view, local if is_complete else _times(g, local), full, len(shape))

    def _row_derivatives(
        self, operation: Operation, upstream: Term, operands: Sequence[Term], y: Term, full: Shape
    ) -> Sequence[Term]:
        op = operation.primitive
        assert op is not None
        if op is ops.dot:
            return [operands[1], operands[0]]
        if op.record is ops.cross_entropy:
            return [difference(operation)]
        reduction = REDUCTIONS[op.record]
        if reduction.derivatives is not None:
            return reduction.derivatives(y, operands, full)
        first = operands[0] if reduction.of_operand else y
        return [call(reduction.gradient, first, self._filled(upstream, full), shape=full)]

    def _concatenate(self, operation: Operation, upstream: Term) -> None:
        target = operation.target
        g = self._filled(upstream, target.full_shape)
        start = 0
        for view, shape in zip(operation.operands, operation.shapes, strict=True):
            stop = start + shape[-1]
            full = (BATCH, *shape) if target.batched else shape
            self._add(view, after(g, f"[..., {start}:{stop}]", full), full, len(shape))
            start = stop


_RULES: dict[str, Callable[[Backward, Operation, Term], None]] = {
    "elementwise": Backward._elementwise,
    "affine": Backward._affine,
    "rows": Backward._rows,
    "concatenate": Backward._concatenate,
}


def same(a: View, b: View) -> bool:
    """Say whether two views are of the same elements."""
    return a.array is b.array is not None and (a.index, a.positions, a.shape, a.reshaped) == (
        b.index, b.positions, b.shape, b.reshaped)  # fmt: skip


def difference(operation: Operation) -> Term:
    """The softmax less the onehot of the class, which a cross entropy computes on the way."""
    target = operation.target
    return name(operation.difference, (*target.full_shape, operation.shapes[0][-1]))


def chosen(index: View, rank: int) -> Term:
    """The classes of the rows, so that they broadcast to an element shape of a rank."""
    return name(str(int(index.number))) if index.array is None else index.read(rank)


def filled(view: View, shape: Shape) -> Term:
    """Return the elements of a view as an array of exactly this shape (of one example)."""
    term = view.read(len(shape))
    full = (BATCH, *shape) if view.batched else shape
    if term.shape == full:
        return term
    if view.array is None:
        return call("np.full", name(_tuple(shape)), term, shape=full)
    return call("np.broadcast_to", term, name(_tuple(full)), shape=full)


def reduce_to(term: Term, shape: Shape, wanted: Shape) -> tuple[Term, Shape]:
    """Sum a term, which stands for an array of a shape, over the axes that are not wanted.

    Return the sum, and the shape of the array that it stands for.
    """
    if wanted == shape == term.shape:
        return term, shape
    rank = len(shape)
    wanted = (1,) * (rank - len(wanted)) + wanted
    has = (1,) * (rank - len(term.shape)) + term.shape
    factor, axes = term, list[int]()
    left_over = tuple(n for n, want in zip(shape, wanted, strict=True) if want != 1 or n == 1)
    count, batch = 1, False
    for axis, (length, want, there) in enumerate(zip(shape, wanted, has, strict=True)):
        if want == 1 and length != 1:
            if there == 1:  # the same number for all: as often as there are elements
                batch = batch or length == BATCH
                count *= 1 if length == BATCH else length
            if axis >= rank - len(term.shape):
                axes.append(axis - rank + len(term.shape))
    if axes:
        left = tuple(n for axis, n in enumerate(term.shape) if axis not in axes)
        text = (
            "" if len(axes) == len(term.shape) else str(axes[0] if len(axes) == 1 else tuple(axes))
        )
        factor = after(term, f".sum({text})", left)
    if count > 1:
        factor = multiply(factor, number(count))
    if batch:
        factor = number(1.0) if factor is MEAN else multiply(factor, BATCH_SIZE)
    return factor, left_over


def _times(upstream: Term, local: Term, is_bounded: bool = False) -> Term:
    """Return the contribution, upstream times local derivative."""
    if upstream is MEAN and not local.is_number:
        return local / BATCH_SIZE
    if is_bounded and local.kind == "binary" and local.text == "*":
        left, right = local.operands
        return upstream * left * right
    return upstream * local


def _sum(terms: Sequence[Term]) -> Term:
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


def _term(local: object) -> Term:
    return local if isinstance(local, Term) else number(float(local))  # type: ignore[arg-type]


def _text(shape: Shape) -> str:
    return ", ".join(map(str, shape)) or "()"


def _tuple(shape: Shape) -> str:
    lengths = ["B" if length == BATCH else str(length) for length in shape]
    return f"({', '.join(lengths)}{',' if len(lengths) == 1 else ''})"
