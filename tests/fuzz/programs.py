"""Random programs: losses as people write them, which a compiled step must compute as they are.

A program is Python that runs by itself: parameters (numbers, vectors and matrices, with labels or
without), a batch, and a loss whose body repeats itself with small irregularities. It is written
line by line, and each line runs for every example at once: one that leaves the domain of an op, or
whose numbers grow too large to compare, is left out. Hypothesis draws it all, and so shrinks what
fails.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from hypothesis import strategies as st

import autograd
from autograd import Value, topological_order
from autograd.ops import TABLE
from autograd.ops.record import Binary, OfSequence, Unary

LARGEST = 100.0  # of the numbers of a program
STEEPEST = 1000.0  # of its local derivatives
LONGEST = 5  # vector, and batch
MOST_LINES = 6
FEWEST_ROUNDS, MOST_ROUNDS = 14, 20  # of a loop over time
N_CLASSES = 3

NUMBERS = (1.0, 2.0, 0.5, -1.0, 0.0, 0.25, -0.5, 1.5, 3.0, -2.0, 0.3, 0.7, -1.3, 0.9, 2.2)

# How an op is written that isn't name(operands), or has no value everywhere.
_WRITTEN: dict[str, tuple[str, ...]] = {
    "acos": ("autograd.acos(autograd.sin({0}))",),
    "acosh": ("autograd.acosh(1.5 + {0} ** 2)",),
    "asin": ("autograd.asin(autograd.sin({0}))",),
    "atan2": ("autograd.atan2({0}, 2.0 + {1} ** 2)",),
    "atanh": ("autograd.atanh(autograd.sin({0}))",),
    "clip": ("autograd.clip({0}, -0.6, 0.9)",),
    "elu": ("autograd.elu({0}, 0.5)",),
    "gamma": ("autograd.gamma(0.5 + {0} ** 2)",),
    "hypot": ("autograd.hypot({0}, {1})",),
    "leaky_relu": ("autograd.leaky_relu({0}, 0.1)",),
    "lgamma": ("autograd.lgamma(0.5 + {0} ** 2)",),
    "log": ("autograd.log(0.5 + {0} ** 2)",),
    "log10": ("autograd.log10(0.5 + {0} ** 2)",),
    "log1mexp": ("autograd.log1mexp(0.5 + {0} ** 2)",),
    "log1p": ("autograd.log1p({0} ** 2)",),
    "log2": ("autograd.log2(0.5 + {0} ** 2)",),
    "neg": ("(-{0})",),
    "polygamma": ("autograd.grad(autograd.lgamma)(0.5 + {0} ** 2)",),
    "sqrt": ("autograd.sqrt(0.5 + {0} ** 2)",),
    "where": ("autograd.where({0}, {1}, {0} * {1})",),
    "+": ("({0} + {1})",),
    "-": ("({0} - {1})",),
    "*": ("{0} * {1}",),
    "/": ("{0} / (1.5 + {1} ** 2)",),
    "**": ("(0.5 + {0} ** 2) ** {1}",),
    "**n": ("{0} ** 2", "{0} ** 3", "(0.5 + {0} ** 2) ** -1.5"),
}
# Identity is what an argument is when its gradient is taken within a loss.
OF_NUMBERS = [
    template
    for name, op in TABLE.items()
    for template in _WRITTEN.get(name)
    or ([f"autograd.{name}({{0}})"] if isinstance(op, Unary) else [])
    or ([f"autograd.{name}({{0}}, {{1}})"] if isinstance(op, Binary) else [])
]
OF_SEQUENCE = [
    f"autograd.{name}({{0}})" for name, op in TABLE.items() if isinstance(op, OfSequence)
] + ["sum({0})", "autograd.softmax({0})[-1]", "autograd.log_softmax({0})[0]"]
OF_SEQUENCES = [
    "autograd.dot({0}, {1})",
    "autograd.squared_error({0}, {1})",
    "autograd.cross_entropy({0}, {1})",
]
OF_A_CLASS = "autograd.cross_entropy({0}, {1})"

_OF_ONE = [template for template in [*OF_NUMBERS, "{0}.detach()"] if "{1}" not in template]
_OF_TWO = [template for template in OF_NUMBERS if "{1}" in template]
_COMMON = ["{0} * {1}", "({0} + {1})", "({0} - {1})"]  # drawn as often as all others


@dataclass(frozen=True)
class Program:
    """A loss, its parameters and its batch, as Python text and as what that text makes."""

    parameters: Mapping[str, str]
    batch: Mapping[str, str]
    lines: Sequence[str]
    terms: Sequence[str]  # of the sum that the loss returns
    outputs: Sequence[str] = ()  # what it returns besides
    wrt: Sequence[str] = ()  # the arrays whose gradients are wanted; none for all parameters

    @property
    def definitions(self) -> str:
        """The text without the call."""
        returned = f"return {' + '.join(self.terms)}"
        if self.outputs:
            returned += f", ({', '.join(self.outputs)},)"
        body = "".join(f"    {line}\n" for line in [*self.lines, returned])
        return (
            "import numpy as np\n\nimport autograd\nfrom autograd import Value\n\n"
            + "".join(f"{name} = {made}\n" for name, made in self.parameters.items())
            + "".join(f"{name} = np.array({numbers})\n" for name, numbers in self.batch.items())
            + f"\n\ndef loss({', '.join(self.batch)}):\n{body}"
        )

    def text(self, backend: str = "numpy") -> str:
        """Return the program as it can be run: it prints the eager and the compiled results."""
        names = tuple(self.batch)
        options = f"batch={names!r}, backend={backend!r}, check=False"
        if self.wrt:
            options += f", wrt={tuple(self.wrt)!r}"
        return (
            f"{self.definitions}\n\n"
            f"step = autograd.compile(loss, {options})\n"
            f"value, gradient, *outputs = step({', '.join(names)})\n"
            "print(value, dict(gradient), *outputs)\n"
        )

    def __str__(self) -> str:
        return self.text()

    def made(self) -> dict[str, Any]:
        """Run the definitions, and return what they define."""
        namespace: dict[str, Any] = {}
        exec(compile(self.definitions, "<program>", "exec"), namespace)
        return namespace


@dataclass
class _Writer:
    """A program while it is written, and the numbers of each example so far."""

    draw: Callable[..., Any]
    examples: list[dict[str, Any]]
    numbers: list[str] = field(default_factory=list)
    vectors: dict[str, int] = field(default_factory=dict)
    matrices: dict[str, tuple[int, int]] = field(default_factory=dict)
    computed: list[str] = field(default_factory=list)  # vectors whose elements may be replaced
    carried: list[str] = field(default_factory=list)  # numbers that a loop may go on from
    constants: list[str] = field(default_factory=list)  # what is a plain number in each example
    classes: list[str] = field(default_factory=list)
    n_positions: int = 0  # of each example that have a class
    looks_up: bool = False  # by a class; then on what a gradient depends may depend on it
    lines: list[str] = field(default_factory=list)

    def one_of(self, *choices: Any) -> Any:
        return self.draw(st.sampled_from(choices))

    def up_to(self, most: int, least: int = 0) -> int:
        return int(self.draw(st.integers(least, most)))

    # Numbers: elements of what there is. Within a comprehension over i, of n, also its i-th.

    def atom(self, index: str = "", n: int = 1) -> str:
        """Write a Value that there is."""
        kinds = ["number"] * bool(self.numbers)
        kinds += ["vector"] * bool(self.vectors) + ["matrix"] * bool(self.matrices)
        kind = self.one_of(*kinds)
        if kind == "number":
            return str(self.one_of(*self.numbers))
        if kind == "vector":
            name = self.one_of(*self.vectors)
            if self.is_looked_up(name, self.vectors[name]):
                return f"{name}[:{N_CLASSES}][{self.one_of(*self.classes)}]"
            return f"{name}[{self.place(self.vectors[name], index, n)}]"
        name = self.one_of(*self.matrices)
        rows, columns = self.matrices[name]
        if self.is_looked_up(name, rows):
            row = f"{name}[:{N_CLASSES}][{self.one_of(*self.classes)}]"
            return f"{row}[{self.place(columns, index, n)}]"
        is_by_row = self.draw(st.booleans())
        row = self.place(rows, index if is_by_row else "", n)
        return f"{name}[{row}][{self.place(columns, '' if is_by_row else index, n)}]"

    def is_looked_up(self, name: str, length: int) -> bool:
        """Say whether the next element is one that a class chooses."""
        is_given = not name.startswith("v") and length >= N_CLASSES
        return self.looks_up and is_given and not self.up_to(3)

    def place(self, length: int, index: str, n: int) -> str:
        """Write an index of a vector: a fixed one, or one that depends on that of the loop."""
        if not index or self.up_to(7) == 7:
            return str(self.up_to(length - 1))
        kinds = ["each", "gather"] if length < n else ["each", "each", "shifted", "back", "gather"]
        kind = self.one_of(*kinds)
        if kind == "gather":
            return f"{[self.up_to(length - 1) for _ in range(n)]}[{index}]"
        if length < n:
            return f"{index} % {length}"
        if kind == "back":
            return f"-1 - {index}"
        shift = self.up_to(length - n) if kind == "shifted" else 0
        return f"{index} + {shift}" if shift else index

    def constant(self, index: str = "", n: int = 1) -> str:
        if self.constants and self.draw(st.booleans()):
            return str(self.one_of(*self.constants))
        if index and self.draw(st.booleans()):
            return f"{[self.one_of(*NUMBERS) for _ in range(n)]}[{index}]"
        return repr(self.one_of(*NUMBERS)) if self.up_to(3) else f"Value({self.one_of(*NUMBERS)})"

    def element(self, index: str = "", n: int = 1, depth: int = 2) -> str:
        """Write a computed number."""
        kind = self.up_to(5)
        if depth and kind == 5:
            return self.reduced(index, n, depth - 1)
        first = self.operand(index, n, depth)
        if kind < 2:
            return str(self.one_of(*_OF_ONE)).format(first)
        second = self.operand(index, n, depth) if self.up_to(2) else self.constant(index, n)
        template = str(self.one_of(*(_COMMON if kind < 4 else _OF_TWO)))
        return template.format(*([second, first] if self.draw(st.booleans()) else [first, second]))

    def operand(self, index: str, n: int, depth: int) -> str:
        if not depth or self.up_to(2) < 2:
            return self.atom(index, n)
        return f"({self.element(index, n, depth - 1)})"

    # Sequences, and the numbers that they are reduced to.

    def sequence(self, index: str = "", n: int = 1, depth: int = 1, length: int = 0) -> str:
        """Write a sequence of Values, of this length if there is one."""
        names = [name for name, size in self.vectors.items() if size >= length]
        rows = [name for name, (_, size) in self.matrices.items() if size >= length]
        columns = [name for name, (size, _) in self.matrices.items() if size >= length]
        kinds = ["listed", "computed"] + ["vector"] * 2 * bool(names)
        kinds += ["row"] * bool(rows) + ["column"] * bool(columns)
        kind = self.one_of(*kinds)
        if kind == "listed":
            size = length or self.up_to(4, least=1)
            return f"[{', '.join([self.element(index, n, 0) for _ in range(size)])}]"
        if kind == "computed":
            size = length or self.up_to(LONGEST, least=1)
            other = "j" if index == "i" else "i"
            inner = self.element(other, size, depth)
            return f"[{inner} for {other} in range({size})]"
        if kind == "vector":
            name = self.one_of(*names)
            return self.part(name, self.vectors[name], index, n, length)
        if kind == "row":
            name = self.one_of(*rows)
            size, width = self.matrices[name]
            return self.part(f"{name}[{self.place(size, index, n)}]", width, "", 1, length)
        name = self.one_of(*columns)
        size, width = self.matrices[name]
        column = self.place(width, index, n)
        return self.part(f"[row[{column}] for row in {name}]", size, "", 1, length)

    def part(self, vector: str, size: int, index: str, n: int, length: int) -> str:
        """Write a vector or a slice of it: in a loop, a window that moves."""
        if index and size >= n + max(length, 1) - 1 and self.draw(st.booleans()):
            width = length or self.up_to(size - n + 1, least=1)
            return f"{vector}[{index}:{index} + {width}]"
        if not length and self.draw(st.booleans()):
            return vector
        length = length or self.up_to(size, least=1)
        start = self.up_to(size - length)
        return vector if length == size else f"{vector}[{start}:{start + length}]"

    def reduced(self, index: str = "", n: int = 1, depth: int = 1) -> str:
        """Write what a sequence, or two, are reduced to."""
        if self.up_to(2):
            return str(self.one_of(*OF_SEQUENCE)).format(self.sequence(index, n, depth))
        if not self.up_to(3):
            logits = self.sequence(index, n, depth, N_CLASSES)
            targets = [*self.classes, *range(N_CLASSES)]
            if index and n <= self.n_positions:
                targets += [f"t[{index}]"] * 2
            return OF_A_CLASS.format(logits, self.one_of(*targets))
        length = self.up_to(4, least=1)
        first, second = [self.sequence(index, n, depth, length) for _ in range(2)]
        template = str(self.one_of(*OF_SEQUENCES))
        if "dot" in template and self.draw(st.booleans()):
            second += f", {self.atom(index, n)}"
        return template.format(first, second)

    # Lines.

    def line(self) -> None:
        """Write a line, unless its numbers are no good."""
        kind = self.one_of(
            *("vector", "number", "number", "matrix", "softmax", "replaced", "carried", "gradient"),
            *("rounds", "path"),
        )
        name, n = f"v{len(self.lines)}", self.up_to(LONGEST, least=1)
        if kind == "number":
            if self.written(f"{name} = {self.element()}"):
                self.numbers.append(name)
                self.carried.append(name)
        elif kind == "vector":
            if self.written(f"{name} = [{self.element('i', n)} for i in range({n})]"):
                self.vectors[name] = n
                self.computed.append(name)
        elif kind == "matrix":
            m = self.up_to(3, least=1)
            row = f"[{self.element('j', n, 1)} for j in range({n})]"
            if self.written(f"{name} = [{row} for i in range({m})]"):
                self.matrices[name] = m, n
        elif kind == "softmax":
            function = self.one_of("softmax", "log_softmax")
            if self.written(f"{name} = autograd.{function}({self.sequence(length=n)})"):
                self.vectors[name] = n
        elif kind == "gradient" and self.carried and not self.looks_up:
            of = f"{self.one_of(*self.carried)}, [{self.atom()}]"
            if self.written(f"{name} = autograd.gradients({of}, create_graph=True)[0]"):
                self.numbers.append(name)
        elif kind == "replaced" and self.computed:
            name = self.one_of(*self.computed)
            self.written(f"{name}[{self.up_to(self.vectors[name] - 1)}] = {self.element()}")
        elif kind == "carried" and self.carried:
            name = self.one_of(*self.carried)
            self.written(f"for i in range({n}): {name} = {self.element('i', n)}")
        elif kind == "rounds" and self.carried:
            states = [self.one_of(*self.carried) for _ in range(self.up_to(3, least=1))]
            states = [*dict.fromkeys(states)]
            n = self.up_to(MOST_ROUNDS, least=FEWEST_ROUNDS)
            terms = [self.of_round(n) for _ in states]
            self.written(f"for i in range({n}): {', '.join(states)} = {', '.join(terms)}")
        elif kind == "path":
            n = self.up_to(MOST_ROUNDS, least=FEWEST_ROUNDS)
            if self.written(f"{name} = [{self.element()}]"):
                self.computed.append(name)
                self.numbers.append(f"{name}[-1]")
                if self.written(f"for i in range({n}): {name}.append({self.of_round(n)})"):
                    self.vectors[name] = n + 1
                self.numbers.remove(f"{name}[-1]")
                self.vectors.setdefault(name, 1)

    def of_round(self, n: int) -> str:
        """Write what a round of many computes; a few may compute something else."""
        term = str(self.one_of("autograd.sin({0})", "autograd.tanh({0})", "{0} * 0.5", "{0}"))
        term = term.format(f"({self.element('i', n)})")
        if self.up_to(3):
            return term
        places = sorted({self.one_of(0, 1, n // 2, n - 1) for _ in range(self.up_to(3, least=1))})
        return f"({self.element('i', n)} if i in {places} else {term})"

    def written(self, line: str) -> bool:
        """Write a line if it gives numbers that can be compared, for all examples."""
        code = compile(line, "<line>", "exec")
        found = [dict(example) for example in self.examples]
        for example in found:
            for name in self.computed:
                example[name] = [*example[name]]
            try:
                exec(code, example)
            except ArithmeticError:
                return False
            if not all(map(_is_moderate, _values_of(example))):
                return False
        self.examples[:] = found
        self.lines.append(line)
        return True


def _values_of(example: Mapping[str, Any]) -> list[Value]:
    found: list[Value] = []
    pending = [made for name, made in example.items() if name.startswith("v")]
    while pending:
        made = pending.pop()
        if isinstance(made, Value):
            found.append(made)
        elif isinstance(made, list):
            pending += made
    return found


def _is_moderate(value: Value) -> bool:
    """Say whether all numbers behind a Value are of a size that can be compared."""
    for node in topological_order(value):
        if not abs(node.data) <= LARGEST:
            return False
        if not all(abs(local) <= STEEPEST for local in node.local_derivatives):
            return False
    return True


@st.composite
def programs(draw: Callable[..., Any], most_lines: int = MOST_LINES) -> Program:
    """Draw a program."""
    parameters: dict[str, str] = {}
    batch: dict[str, str] = {}
    n_rows = draw(st.integers(1, LONGEST))
    writer = _Writer(draw, [{"autograd": autograd, "Value": Value} for _ in range(n_rows)])

    def numbers(*shape: int) -> Any:
        if not shape:
            return draw(st.sampled_from(NUMBERS))
        return [numbers(*shape[1:]) for _ in range(shape[0])]

    def enter(name: str, shape: tuple[int, ...]) -> None:
        if len(shape) == 2:
            writer.matrices[name] = shape
        elif shape:
            writer.vectors[name] = shape[0]
        else:
            writer.numbers.append(name)

    def shape_of(kind: int) -> tuple[int, ...]:
        return tuple([draw(st.integers(1, 4)) for _ in range(kind)])

    for name, kind in [*zip("abc", (0, 0, 0), strict=True), ("u", 1), ("w", 1), ("W", 2)]:
        if name != "a" and not draw(st.booleans()):
            continue
        shape = shape_of(kind)
        parameters[name] = _parameter(name, shape, numbers(*shape), draw(st.booleans()))
        enter(name, shape)
    for name in ("x", "z"):
        if draw(st.booleans()):
            shape = shape_of(draw(st.sampled_from((1, 0, 1, 2))))
            batch[name] = repr(numbers(n_rows, *shape))
            enter(name, shape)
    if draw(st.booleans()):
        batch["y"] = repr([draw(st.integers(0, N_CLASSES - 1)) for _ in range(n_rows)])
        writer.classes.append("y")
        if draw(st.booleans()):
            writer.constants.append("y")
    if draw(st.booleans()):
        n = draw(st.integers(1, 4))
        batch["t"] = repr(
            [[draw(st.integers(0, N_CLASSES - 1)) for _ in range(n)] for _ in range(n_rows)]
        )
        writer.classes += [f"t[{i}]" for i in range(n)]
        writer.n_positions = n
    writer.looks_up = bool(writer.classes) and draw(st.booleans())
    start = Program(parameters, batch, [], ["a"]).made()
    for row, example in enumerate(writer.examples):
        example.update({name: start[name] for name in parameters})
        example.update({name: values_of(start[name][row]) for name in batch})
    while len(writer.lines) < most_lines and draw(st.integers(0, 15)):
        writer.line()
    computed = [
        name for name in [*writer.vectors, *writer.matrices, *writer.numbers] if name[0] == "v"
    ]
    outputs = draw(st.lists(st.sampled_from(computed), max_size=2)) if computed else []
    real = [name for name in batch if name in ("x", "z")]
    wrt = draw(st.lists(st.sampled_from(real), max_size=2, unique=True)) if real else []
    return Program(parameters, batch, writer.lines, _terms(writer), outputs, wrt)


def _parameter(name: str, shape: tuple[int, ...], numbers: Any, is_labelled: bool) -> str:
    """Write a parameter: a Value, or lists of them."""
    if not shape:
        return f"Value({numbers}, label={name!r})" if is_labelled else f"Value({numbers})"
    if not is_labelled:
        made = "Value(p)" if len(shape) == 1 else "[Value(p) for p in row]"
        return f"[{made} for {'p' if len(shape) == 1 else 'row'} in {numbers}]"
    if len(shape) == 1:
        return f'[Value(p, label=f"{name}[{{i}}]") for i, p in enumerate({numbers})]'
    row = f'[Value(p, label=f"{name}[{{i}},{{j}}]") for j, p in enumerate(row)]'
    return f"[{row} for i, row in enumerate({numbers})]"


def _terms(writer: _Writer) -> list[str]:
    """Write all that no line has used as numbers."""
    text = "\n".join(line.partition("=")[2] for line in writer.lines)
    unused = [name for name in writer.numbers if name.startswith("v") and name not in text]
    for name in [*writer.vectors, *writer.matrices]:
        if name.startswith("v") and name not in text:
            elements = name if name in writer.vectors else f"[p for row in {name} for p in row]"
            unused.append(str(writer.one_of(*OF_SEQUENCE)).format(elements))
    return unused or ["a * a"]


def values_of(row: Any) -> Any:
    """Return an example of a batch as the loss gets it: Values, in lists, or a class."""
    if isinstance(row, np.integer):
        return int(row)
    if isinstance(row, np.ndarray):
        return [values_of(each) for each in row]
    return Value(float(row))
