"""Write an array program as Python: a function of arrays that needs nothing but NumPy."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import count

import numpy as np

from autograd import arithmetic, ops, polygammas
from autograd.compiler import rows
from autograd.compiler.arrays import ConstantArray
from autograd.compiler.differentiate import (
    BATCH_SIZE,
    Backward,
    chosen,
    difference,
    filled,
)
from autograd.compiler.errors import CompileError
from autograd.compiler.names import function_name
from autograd.compiler.program import Array, Operation, Program, View
from autograd.compiler.reductions import REDUCTIONS
from autograd.compiler.terms import (
    BATCH,
    Term,
    Writer,
    after,
    call,
    matmul,
    name,
    number,
    replaced,
    subterms,
    vocabulary,
    write_number,
)
from autograd.ops import Primitive

# A value or a derivative of more operations than this is a function of its own.
LONGEST_VALUE, LONGEST_DERIVATIVE = 4, 8

_WRITTEN_OUT = {ops.sum, ops.dot, ops.mean}  # of few operands

Statement = tuple[str, Term]  # what stands before the term, and the term


def write(program: Program, title: str, dtype: str = "float64") -> str:
    """Return the source of a module with the function of a program, ``program.returns.function``.

    All but the constant arrays, which :func:`with_constants` writes behind it.
    """
    text = _Source(program).write(title.replace("\\", "\\\\").replace('"', '\\"'))
    if dtype != "float64":  # which NumPy makes its arrays of when nothing else is said
        text = re.sub(r"(np\.zeros\(\([^()]*\))\)", rf"\1, np.{dtype})", text)
    return text


def with_constants(source: str, constants: Sequence[ConstantArray], dtype: str) -> str:
    """Return the source of a module with its constant arrays at its end."""
    texts = [_constant(constant, dtype) for constant in constants]
    return "\n\n\n".join([source.rstrip("\n"), *texts]) + "\n"


def constant_array(array: Array) -> ConstantArray:
    """Return a constant of a program as plain data."""
    first = next(iter(_flat(array.numbers)))
    kind = "<i8" if isinstance(first, int) else "<f8"
    return ConstantArray(array.name, kind, array.shape, np.array(array.numbers, kind).tobytes())


class _Source:
    def __init__(self, program: Program) -> None:
        self.program = program
        self.helpers: dict[str, str] = {}  # functions in the module, in the order of their use
        self._helper_of: dict[object, str] = {}
        operations = program.operations
        arrays = (*program.inputs, *program.parameters, *program.constants)
        named = [array.name for array in (*arrays, *(each.target for each in operations))]
        differences = [each.difference for each in operations if each.difference]
        outputs = [output.name for output in program.outputs]
        self._taken = {*named, *(f"d{each}" for each in named), *differences, *outputs}
        self.statements: list[Statement] = []

    def write(self, title: str) -> str:
        program = self.program
        for operation in program.operations:
            self._forward(operation)
        self._outputs()
        results = [output.name for output in program.outputs]
        sections = [self.statements]
        if program.loss is not None:
            self._loss(program.loss)
            self.statements = []
            Backward(program, self._emit, self._add_to, self._shorten).run()
            results = ["loss", *(f"d{array.name}" for array in program.wanted), *results]
            sections.append(self.statements)
        sections = _inlined(results, *sections)
        if len(sections) > 1:
            headings = [("# forward", number(0.0)), ("# backward", number(0.0))]
            sections = [[head, *each] for head, each in zip(headings, sections, strict=True)]
        lines = _with_shared_terms(sections)
        returned = ", ".join(results) if len(results) > 1 else f"({', '.join(results)},)"
        arguments = ", ".join(array.name for array in (*program.inputs, *program.parameters))
        body = [f"B = len({program.inputs[0].name})"] if program.inputs else []
        body += [f"{x.name} = {x.name}.reshape(B, -1)" for x in program.inputs if x.flattened]
        body += [*lines, f"return {returned if results else ()}"]
        function = [
            '@np.errstate(all="ignore")',
            f"def {program.returns.function}({arguments}):",
            *textwrap.indent("\n".join(body), "    ").split("\n"),
        ]
        text = "\n".join(function)
        self._find_helpers(text)
        helpers = "\n\n\n".join(self.helpers.values())
        code = re.sub(r'""".*?"""|#[^\n]*', "", helpers, flags=re.DOTALL)
        imports = ["import math\n"] if "math." in code else []
        if re.search(r"(?<![\w.])(copysign|inf|nan)\b", code):
            imports.append("from math import copysign, inf, nan\n")
        head = f'"""{title}"""\n\n' + "\n".join([*imports, "import numpy as np"])
        # What the function uses need not stand above it: it comes first, and long tables last.
        return "\n\n\n".join([head, text, *self.helpers.values()]) + "\n"

    def _emit(self, target: str, term: Term) -> None:
        self.statements.append((f"{target} = ", term))

    def _add_to(self, start: str, term: Term) -> None:
        self.statements.append((start, term))

    # The forward pass.

    def _forward(self, operation: Operation) -> None:
        term = getattr(self, f"_{operation.kind}")(operation)
        target = operation.target
        if operation.index is not None:
            self._emit(f"{target.name}, {difference(operation).text}", term)
            return
        if term.shape != target.full_shape and operation.kind == "elementwise":
            lengths = ", ".join("B" if n == BATCH else str(n) for n in target.full_shape)
            term = call("np.broadcast_to", term, name(f"({lengths},)"), shape=target.full_shape)
        self._emit(target.name, term)

    def _outputs(self) -> None:
        program = self.program
        for output in program.outputs:
            term = filled(output.view, output.shape)
            full = (BATCH, *output.shape) if program.inputs else output.shape
            if term.shape != full:  # the same for all examples
                lengths = ", ".join("B" if n == BATCH else str(n) for n in full)
                term = call("np.broadcast_to", term, name(f"({lengths},)"), shape=full)
            if output.name != term.text:
                self._emit(output.name, term)

    def _loss(self, of_example: View) -> None:
        loss = of_example.read()
        if of_example.batched:
            loss = after(loss, ".sum()", ()) / BATCH_SIZE
        for penalty in self.program.penalties:
            loss = loss + penalty.read()
        self._emit("loss", loss)

    def _elementwise(self, operation: Operation) -> Term:
        op = operation.primitive
        assert op is not None
        assert op.value is not None
        terms = [view.read(len(operation.target.shape)) for view in operation.operands]
        try:
            value = op.value(vocabulary, *terms, *op.parameters)
        except (TypeError, AttributeError) as error:
            raise CompileError(
                f"the rule of the op {op.name!r} can't be written for arrays: {error}"
            ) from error
        value = value if isinstance(value, Term) else number(float(value))
        n_operations = value.size - sum([term.size for term in terms])
        if n_operations <= LONGEST_VALUE or op.record in _WRITTEN_OUT:
            return value
        rule = op.value

        def body(*symbols: Term) -> Term:
            result: Term = rule(vocabulary, *symbols, *op.parameters)
            return result

        function = self._helper(op, "", body, len(terms), ["x"])
        return call(function, *terms, shape=value.shape)

    def _affine(self, operation: Operation) -> Term:
        x, w, *bias = operation.operands
        x_shape, w_shape = operation.shapes
        inputs, weights = filled(x, x_shape), filled(w, w_shape)
        shape = operation.target.full_shape
        if len(inputs.shape) == 1:
            product = matmul(weights, inputs, shape)
        else:
            product = matmul(inputs, after(weights, ".T", w_shape[::-1]), shape)
        for b in bias:
            product = product + b.read(len(operation.target.shape))
        return product

    def _rows(self, operation: Operation) -> Term:
        op, target = operation.primitive, operation.target
        assert op is not None
        [shape] = operation.shapes
        operands = [filled(view, shape) for view in operation.operands[:2]]
        x, full = operands[0], target.full_shape
        if op is not ops.dot and (method := REDUCTIONS[op.record].value).startswith("."):
            axes = ""
            if len(shape) > len(target.shape) + 1:  # a whole matrix
                axes = "(1, 2)" if target.batched else ""
            elif len(x.shape) > 1:
                axes = "-1"
            return after(x, f"{method}({axes})", full)
        if op is ops.dot:
            is_matrix = len(shape) > len(target.shape) + 1
            letters = "...ij,...ij->..." if is_matrix else "...i,...i->..."
            every = (BATCH, *shape) if target.batched else shape
            plain = [view.read(len(shape)) for view in operation.operands[:2]]
            if full and plain[0].shape != plain[1].shape and every in [t.shape for t in plain]:
                # A number for many: einsum would add first and multiply then, which is not the same
                # where it is infinite.
                product = after(
                    plain[0] * plain[1], ".sum((-2, -1))" if is_matrix else ".sum(-1)", full
                )
            elif full:
                product = call("np.einsum", name(f'"{letters}"'), *operands, shape=full)
            else:
                product = call("np.vdot", *operands, shape=())
            for bias in operation.operands[2:]:
                product = product + bias.read(len(target.shape))
            return product
        if op.record is ops.cross_entropy:
            assert operation.index is not None
            if target.batched and x.shape == shape:  # the examples differ in their class alone
                lengths = ", ".join(map(str, shape))
                x = call("np.broadcast_to", x, name(f"(B, {lengths})"), shape=(BATCH, *shape))
            classes = chosen(operation.index, len(target.shape))
            return call("cross_entropy", x, classes, shape=full)
        if op is ops.squared_error:
            difference = operands[1] - x
            return after(difference * difference, ".sum(-1)", full)
        return call(REDUCTIONS[op.record].value, *operands, shape=full)

    def _concatenate(self, operation: Operation) -> Term:
        parts = []
        for view, shape in zip(operation.operands, operation.shapes, strict=True):
            part = filled(view, shape)
            full = (BATCH, *shape) if operation.target.batched else shape
            if part.shape != full:
                lengths = ", ".join("B" if n == BATCH else str(n) for n in full)
                part = call("np.broadcast_to", part, name(f"({lengths},)"), shape=full)
            parts.append(part)
        listed = Term("call", tuple(parts), "(", ())
        return call("np.concatenate", listed, name("-1"), shape=operation.target.full_shape)

    # Functions of the module.

    def _shorten(
        self, operation: Operation, terms: Sequence[Term], locals_: Sequence[Term]
    ) -> list[Term]:
        """Replace long derivatives by calls of functions that compute them."""
        op, y = operation.primitive, operation.target.term
        assert op is not None
        short = []
        for position, local in enumerate(locals_):
            n_operations = local.size - sum([term.size for term in terms])
            if n_operations <= LONGEST_DERIVATIVE or op.record in _WRITTEN_OUT:
                short.append(local)
                continue
            rule = op.derivatives
            assert rule is not None

            def body(
                y: Term,
                *symbols: Term,
                position: int = position,
                rule: Callable[..., Sequence[Term]] = rule,
            ) -> Term:
                return rule(vocabulary, y, *symbols, *op.parameters)[position]

            suffix = "_derivative" + (f"_{position + 1}" if len(terms) > 1 else "")
            function = self._helper(op, suffix, body, len(terms) + 1, ["y", "x"])
            short.append(call(function, y, *terms, shape=local.shape))
        return short

    def _helper(
        self, op: Primitive, suffix: str, body: Callable[..., Term], n: int, names: Sequence[str]
    ) -> str:
        key = op.record, repr(op.parameters), suffix
        if key not in self._helper_of:
            function = function_name(op.name, suffix, self._taken | self.helpers.keys())
            if len(names) < n:
                names = [*names[:-1], *(f"x{i + 1}" for i in range(n - len(names) + 1))]
            symbols = [name(symbol) for symbol in names]
            lines = _with_shared_terms([[("return ", body(*symbols))]])
            text = textwrap.indent("\n".join(lines), "    ")
            self.helpers[function] = f"def {function}({', '.join(names)}):\n{text}"
            self._helper_of[key] = function
        return self._helper_of[key]

    def _find_helpers(self, text: str) -> None:
        """Add the functions of rows and numbers that the text calls, and those they call."""
        own = self.helpers
        self.helpers = {}
        queue = [text, *own.values()]
        found: dict[str, str] = {}
        while queue:
            for function in dict.fromkeys(re.findall(r"(?<![\w.])(\w+)\(", queue.pop(0))):
                if function in found or function in own:
                    continue
                if function in _SPECIAL:
                    found[function] = _special(function)
                elif inspect.isfunction(getattr(rows, function, None)):
                    found[function] = untyped(inspect.getsource(getattr(rows, function)))
                    queue.append(found[function].partition("\n")[2])
        self.helpers = {**found, **own}


# A number of no name that is used once is written where it is used, up to this many operations.
LONGEST_INLINED = 14


def _inlined(results: Collection[str], *sections: list[Statement]) -> list[list[Statement]]:
    """Return the sections with statements for nameless intermediate results put into others."""
    names = [[_names_in(root) for _, root in section] for section in sections]
    counts = [Counter(name for each in section for name in each) for section in names]
    uses = Counter(_changed(start) for section in sections for start, _ in section)
    uses += uses  # what is added to is one of its own, used or not
    for each in counts:
        uses.update(each)
    result = []
    for section, names_of, here in zip(sections, names, counts, strict=True):
        waiting: dict[str, Term] = {}
        kept: list[Statement] = []
        for (start, root), used in zip(section, names_of, strict=True):
            if waiting and not waiting.keys().isdisjoint(used):
                root = replaced(root, waiting)
            target = start.removesuffix(" = ")
            is_used_once = uses[target] == here[target] == 1 and root.size <= LONGEST_INLINED
            if is_used_once and re.fullmatch(r"d?v\d+", target) and target not in results:
                waiting[target] = root
            else:
                kept.append((start, root))
        result.append(kept)
    return result


def _names_in(root: Term) -> list[str]:
    return [term.text for term in subterms(root) if term.kind == "name"]


def _changed(start: str) -> str:
    """Return the name of the array that a statement adds to; empty if it makes a new one."""
    return "" if start.endswith(" = ") else re.split(r"\W", start.removeprefix("np.add.at("))[0]


def _with_shared_terms(sections: Sequence[Sequence[Statement]]) -> list[str]:
    """Write statements, and what several of them compute only once, before the first."""
    numbers: dict[object, int] = {}
    number_of: dict[Term, int] = {}
    first_user: dict[int, int] = {}
    shareable: set[int] = set()  # what several terms or statements use

    def used(found: int, user: int) -> None:
        if first_user.setdefault(found, user) != user:
            shareable.add(found)

    statements = [statement for section in sections for statement in section]
    assigned: Counter[str] = Counter()  # how often a name has got a value: a long sum does in parts
    for place, (start, root) in enumerate(statements):
        for term in subterms(root):
            operands = term.operands
            found = number_of.get(term)
            if found is None:
                below = tuple([number_of[operand] for operand in operands])
                value = repr(term.number) if term.kind == "number" else ""
                key = term.kind, term.text, value, assigned[term.text], below
                number_of[term] = found = numbers.setdefault(key, len(numbers))
            for operand in operands:
                used(number_of[operand], found)
        used(number_of[root], -1 - place)
        if (target := start.removesuffix(" = ")).isidentifier():
            assigned[target] += 1
    writer, lines, shared = Writer(), list[str](), dict[int, str]()
    changed = {_changed(start) for start, _ in statements}
    names = {term.text for _, root in statements for term in subterms(root) if term.kind == "name"}
    temporaries = (name for name in map("t{}".format, count(1)) if name not in names)
    for start, root in statements:
        if start.startswith("# "):
            lines += ["", start] if lines else [start]
            continue
        target = start.removesuffix(" = ")
        for term in subterms(root):
            found = number_of[term]
            if term is root and target in changed:
                continue  # an array that will be added to is one of its own
            if found in shared:
                writer.names[term] = shared[found]
            elif term is not root and found in shareable and _is_worth_a_name(term):
                temporary = next(temporaries)
                lines.append(f"{temporary} = {writer.write(term)}")
                writer.names[term] = shared[found] = temporary
        lines.append(start + writer.write(root) + ")" * (start.count("(") - start.count(")")))
        if assigned[target] == 1 and target not in changed and root.operands:
            shared[number_of[root]] = target
    return lines


def _is_worth_a_name(term: Term) -> bool:
    if term.kind == "call":
        return term.text not in ("(", "np.zeros")
    return term.kind == "binary" or (term.kind == "after" and term.text != ".T")


def _constant(constant: ConstantArray, dtype: str) -> str:
    name, kind, shape, _ = constant
    numbers = constant.array().tolist()
    said = ", dtype=np.intp" if kind == "<i8" else f", dtype=np.{dtype}"
    said = "" if said == ", dtype=np.float64" else said
    if len(shape) == 2:
        rows_ = ",\n    ".join(_listed(row) for row in numbers)
        return f"{name} = np.array([\n    {rows_},\n]{said})"
    text = f"{name} = np.array({_listed(numbers)}{said})"
    return "\n".join(textwrap.wrap(text, 96, subsequent_indent="    ", break_long_words=False))


def _flat(numbers: Sequence[object]) -> Iterable[object]:
    for each in numbers:
        if isinstance(each, list):
            yield from each
        else:
            yield each


def _listed(numbers: Sequence[float]) -> str:
    return f"[{', '.join(str(n) if isinstance(n, int) else write_number(n) for n in numbers)}]"


def untyped(source: str) -> str:
    """Return the source of a function without annotations, for they would need imports."""
    source = re.sub(r": (Any|float|int)(?=[,)])", "", source)
    return re.sub(r"\) -> \w+:", "):", source).rstrip()


# Functions of numbers that arrays go through one by one: they are copied from arithmetic.
_SPECIAL: dict[str, tuple[Callable[..., float], ...]] = {
    "gamma": (arithmetic.gamma,),
    "lgamma": (arithmetic.lgamma,),
    "polygamma": (polygammas._power, polygammas._cotangent_derivative, polygammas.polygamma),
}


def _special(function: str) -> str:
    texts = []
    if function == "polygamma":
        listed = ",\n    ".join(map(repr, polygammas._BERNOULLI))
        texts.append(f"_BERNOULLI = (\n    {listed},\n)")
    for each in _SPECIAL[function]:
        source = untyped(inspect.getsource(each))
        for other in _SPECIAL[function]:
            name = other.__name__
            source = re.sub(rf"(?<![\w.]){name}\(", f"scalar_{name.strip('_')}(", source)
        texts.append(source.rstrip())
    texts.append(f"{function} = np.vectorize(scalar_{function}, otypes=[float])")
    return "\n\n\n".join(texts)
