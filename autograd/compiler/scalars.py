"""The recorded graph in numbered nodes, and sums of products found in it.

micrograd writes a neuron as a chain: ``sum(w * x for …) + b`` is two nodes per weight. Such trees
of + and × become one ``dot`` here, as if it had been written so, and other long sums one ``sum``.
Which nodes compute the same is asked only then: in a regression, ``w * 0.5`` is part of many sums.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from autograd import ops
from autograd.compiler.errors import CompileError
from autograd.compiler.weight_rows import Row, rows_of_weights
from autograd.graph import computed_nodes
from autograd.ops import CONSTANT, Primitive
from autograd.value import Value


class Choosing(Primitive):
    """An op with an index that each example has of its own: a leaf of the graph, not a number."""

    index: Value

    @classmethod
    def of(cls, op: Primitive, index: Value) -> Choosing:
        chosen = op.bound(cls, (int(index._data),))
        chosen.index = index
        return chosen


# One of some operands: what an index of the example has looked up in a list.
LOOKUP = Primitive(
    "lookup",
    lambda m, *operands: operands[operands[-1]],
    lambda m, y, *operands: [float(i == operands[-1]) for i in range(len(operands) - 1)],
    vectors=1,
    chooses=True,
)


# Numbers as one operand: what a row of weights is multiplied by.
VECTOR = Primitive("vector")

# A loop, and what a loop computes; both are bound to a number.
LOOP, RESULT = Primitive("loop"), Primitive("result")


def without_rows(graph: Graph) -> Graph:
    """Return the graph with a leaf for each weight, and all numbers for operands."""
    result = Graph(is_shown=graph.is_shown)
    numbers: list[Sequence[int]] = []
    for node, op in enumerate(graph.ops):
        if op is None and node in graph.rows:
            numbers.append(result.add_leaves(graph.rows[node], "parameter"))
        elif op is None:
            numbers.append(result.add_copies(graph, range(node, node + 1)))
        else:
            operands = tuple([x for operand in graph.operands[node] for x in numbers[operand]])
            if op is VECTOR:
                numbers.append(operands)
                continue
            numbers.append([result.add(op, operands, graph.values[node])])
            if node in graph.choices:
                [result.choices[numbers[node][0]]] = numbers[graph.choices[node]]
    result.root = None if graph.root is None else numbers[graph.root][0]
    result.outputs = [numbers[output][0] for output in graph.outputs]
    return result


def same_op(a: Primitive | None, b: Primitive | None) -> bool:
    """Say whether two nodes of two recordings have one op."""
    if a is b:
        return True
    assert a is not None
    assert b is not None
    if isinstance(a, Choosing) or isinstance(b, Choosing):
        is_same_index = getattr(a, "index", None) is getattr(b, "index", None)
        return is_same_index and a.record is b.record
    # The rules may be functions that the loss defines anew each time.
    return repr(a.parameters) == repr(b.parameters) and (
        a.record is b.record or (a.name, *_codes(a)) == (b.name, *_codes(b))
    )


def _codes(op: Primitive) -> tuple[Any, Any]:
    """What the rules of an op are as text; of one that is no function, what kind it is."""
    rules = (op.value, op.derivatives)
    first, second = [getattr(rule, "__code__", type(rule)) for rule in rules]
    return first, second


@dataclass(eq=False, slots=True)
class Rounds:
    """A loop: the graph of one round, and what its leaves are in each round.

    The leaves that are not named here are constants, the same in each round.
    """

    body: Graph
    count: int
    parameters: dict[int, int] = field(default_factory=dict)  # leaf → node outside
    fixed: dict[int, int] = field(default_factory=dict)  # leaf → node outside, in all rounds
    stacked: dict[int, list[int]] = field(default_factory=dict)  # leaf → node outside, by round
    first: dict[int, int] = field(default_factory=dict)  # leaf → node outside, in the first round
    following: dict[int, int] = field(default_factory=dict)  # … → what it is in the next round
    results: dict[int, tuple[int, int]] = field(default_factory=dict)  # node outside → round, node


@dataclass(slots=True)
class Graph:
    """Nodes by number: operands come before what uses them, and leaves have no op."""

    ops: list[Primitive | None] = field(default_factory=list)
    operands: list[tuple[int, ...]] = field(default_factory=list)
    data: list[float] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)  # "constant", "parameter", "input", "computed"
    values: list[Value | None] = field(default_factory=list)
    choices: dict[int, int] = field(default_factory=dict)  # node → the input that chooses its class
    root: int | None = 0  # the loss, if there is one
    outputs: list[int] = field(default_factory=list)  # what is wanted besides
    rows: dict[int, Row] = field(default_factory=dict)  # leaves that are a neuron's weights
    loops: dict[int, Rounds] = field(default_factory=dict)  # node that stands for all rounds → them
    is_shown: bool = False  # it is for people, who see every node that they wrote
    _constants: dict[tuple[str, str], int] = field(default_factory=dict)  # equal ones are one

    def add(self, op: Primitive, operands: tuple[int, ...], value: Value | None = None) -> int:
        """Add a computed node and return its number."""
        label = "" if value is None else value.label
        return self._append(op, operands, 0.0, label, "computed", value)

    def _append(
        self,
        op: Primitive | None,
        operands: tuple[int, ...],
        data: float,
        label: str,
        kind: str,
        value: Value | None,
    ) -> int:
        self.ops.append(op)
        self.operands.append(operands)
        self.data.append(data)
        self.labels.append(label)
        self.kinds.append(kind)
        self.values.append(value)
        return len(self.ops) - 1

    def add_leaves(self, values: Sequence[Value], kind: str) -> range:
        """Add leaves, each as one of its own, and return their numbers."""
        first, n = len(self.ops), len(values)
        self.ops += [None] * n
        self.operands += [()] * n
        self.data += [value._data for value in values]
        self.labels += [value.label for value in values]
        self.kinds += [kind] * n
        self.values += values
        return range(first, first + n)

    def add_row(self, row: Row) -> int:
        """Add the weights of a neuron as one leaf, and return its number."""
        node = self._append(None, (), 0.0, row[0].label, "parameter", None)
        self.rows[node] = row
        return node

    def leaves_of(self, node: int) -> Sequence[Value | None]:
        """Return the Values that a leaf stands for."""
        return self.rows.get(node) or (self.values[node],)

    def add_leaf(self, label: str) -> int:
        """Add a leaf that is given from outside, and return its number."""
        return self._append(None, (), 0.0, label, "input", None)

    def add_copies(self, graph: Graph, nodes: range) -> range:
        """Add leaves of another graph and return their numbers."""
        first, here = len(self.ops), slice(nodes.start, nodes.stop)
        self.ops += graph.ops[here]
        self.operands += graph.operands[here]
        self.data += graph.data[here]
        self.labels += graph.labels[here]
        self.kinds += graph.kinds[here]
        self.values += graph.values[here]
        return range(first, len(self.ops))

    def add_constant(self, value: Value) -> int:
        """Add a number that is fixed, and return the node's; that of an equal one if there is."""
        key = (repr(value._data), value.label)
        if key not in self._constants:
            self._constants[key] = self.add_leaves([value], "constant").start
        return self._constants[key]

    @property
    def roots(self) -> list[int]:
        """The loss, if there is one, and the other outputs."""
        return ([] if self.root is None else [self.root]) + self.outputs

    def is_number(self, node: int, number: float) -> bool:
        return self.kinds[node] == "constant" and self.data[node] == number


def read_graph(
    loss: Value | None,
    inputs: Sequence[Value],
    constants: Collection[Value] = (),
    *,
    outputs: Sequence[Value] = (),
    is_shown: bool = False,
    with_rows: bool = False,
) -> Graph:
    """Return the graph of a loss and other outputs in numbered nodes. O(nodes + edges).

    Leaves that are neither inputs nor constants nor made from numbers are parameters. What is
    computed from constants alone is one, unless the graph is shown and not run; such a graph may
    have nodes made by hand. With rows, the weights of a neuron are one leaf where that can be, and
    what they are multiplied by one operand.

    Raises:
        CompileError: if there is a node made by hand from numbers, which has no rule.
    """
    graph = Graph(is_shown=is_shown)
    numbers = dict(zip(inputs, graph.add_leaves(inputs, "input"), strict=True))

    def numbers_of(values: Sequence[Value]) -> tuple[int, ...]:
        """Return the numbers of operands or roots; those that have none yet are leaves."""
        if new := [*dict.fromkeys([value for value in values if value not in numbers])]:
            free = [v for v in new if v.primitive is not CONSTANT and v not in constants]
            numbers.update(zip(free, graph.add_leaves(free, "parameter"), strict=True))
            if len(free) < len(new):
                fixed = [value for value in new if value not in numbers]
                numbers.update((value, graph.add_constant(value)) for value in fixed)
        return tuple(map(numbers.__getitem__, values))

    roots = [*([] if loss is None else [loss]), *outputs]
    nodes = computed_nodes(*roots)
    of_weights: Mapping[Value, Row] = {}
    if with_rows:
        inputs_and_constants = {*inputs, *constants}

        def is_parameter(value: Value) -> bool:
            is_leaf = value._first is None and value.primitive is not CONSTANT
            return is_leaf and value not in inputs_and_constants

        of_weights = rows_of_weights(nodes, roots, is_parameter)
    rows: dict[Row, int] = {}
    vectors: dict[tuple[Value, ...], int] = {}
    for node in nodes:
        op = node.primitive
        assert op is not None
        if not is_shown and (op.value is None or op.derivatives is None):
            raise CompileError(
                f"{node!r} was made by hand from numbers, so there is no rule to compile; make its "
                "op with autograd.primitive(name, value, derivatives)"
            )
        if (row := of_weights.get(node)) is not None:
            vector = node._second
            if row not in rows:
                rows[row] = graph.add_row(row)
            if vector not in vectors:
                vectors[vector] = graph.add(VECTOR, numbers_of(vector))
            bias = numbers_of(node._first[len(row) :])
            numbers[node] = graph.add(op, (rows[row], vectors[vector], *bias), node)
            continue
        operands = numbers_of(node.parents)
        is_constant = all(graph.kinds[operand] == "constant" for operand in operands)
        if is_constant and not isinstance(op, Choosing) and not is_shown:
            numbers[node] = graph.add_constant(node)
        elif isinstance(op, Choosing):
            numbers[node] = graph.add(op.record, operands, node)
            graph.choices[numbers[node]] = numbers[op.index]
        else:
            numbers[node] = graph.add(op, operands, node)
    graph.root = None if loss is None else numbers_of([loss])[0]
    graph.outputs = [*numbers_of(outputs)]
    return graph


def find_sums_of_products(graph: Graph) -> Graph:
    """Return the graph with trees of + and × as ``dot`` and ``sum`` nodes. O(nodes + edges)."""
    uses = [0] * len(graph.ops)
    for operands in graph.operands:
        for operand in operands:
            uses[operand] += 1
    for output in graph.outputs:
        uses[output] += 1
    absorbed = _absorbed(graph, uses)
    result = Graph(root=graph.root, is_shown=graph.is_shown)
    numbers = [-1] * len(graph.ops)
    first = 0
    for is_leaf, run in groupby([op is None for op in graph.ops]):
        nodes = range(first, first := first + len([*run]))
        if is_leaf:
            numbers[nodes.start : nodes.stop] = result.add_copies(graph, nodes)
            continue
        for node in nodes:
            op = graph.ops[node]
            assert op is not None
            if node in absorbed:
                continue
            if is_sum(op):
                terms = _terms(graph, node, absorbed)
                numbers[node] = _add_sum(graph, result, node, terms, numbers, uses)
            elif op is ops.identity and not graph.is_shown:
                numbers[node] = numbers[graph.operands[node][0]]
            else:
                operands = tuple(map(numbers.__getitem__, graph.operands[node]))
                numbers[node] = result.add(op, operands, graph.values[node])
                if node in graph.choices:
                    result.choices[numbers[node]] = numbers[graph.choices[node]]
    result.root = None if graph.root is None else numbers[graph.root]
    result.outputs = [numbers[output] for output in graph.outputs]
    result.rows = {numbers[node]: row for node, row in graph.rows.items()}
    return _without_unused(result)


def is_sum(op: Primitive | None) -> bool:
    """Say whether an op is the table's own + or sum; a user's of that name may compute anything."""
    return op is ops.add or op is ops.sum


def _absorbed(graph: Graph, uses: Sequence[int]) -> set[int]:
    """The nodes that are no more than a part of one sum: sums, and products in sums of many."""
    found: set[int] = set()
    for node, op in enumerate(graph.ops):
        if not is_sum(op):
            continue
        for operand in graph.operands[node]:
            if is_sum(graph.ops[operand]) and uses[operand] == 1:
                found.add(operand)
    return found


def _terms(graph: Graph, node: int, absorbed: set[int]) -> list[int]:
    """Return what a tree of sums adds up, from left to right."""
    terms: list[int] = []
    zeros: list[int] = []
    stack = [node]
    while stack:
        term = stack.pop()
        if term == node or term in absorbed:
            stack.extend(reversed(graph.operands[term]))
        else:
            (zeros if graph.is_number(term, 0.0) else terms).append(term)
    return terms or zeros[:1]


def _add_sum(
    graph: Graph,
    result: Graph,
    node: int,
    terms: Sequence[int],
    numbers: Sequence[int],
    uses: Sequence[int],
) -> int:
    """Add a sum of terms as what it is: a dot product with a bias or without, a sum, or a + b."""
    products: list[int] = []
    others: list[int] = []
    for term in terms:
        is_product = graph.ops[term] is ops.multiply and uses[term] == 1
        (products if is_product else others).append(term)
    value = graph.values[node]
    if len(products) < 2:
        if len(others) == 2 and not products and (dot := _with_bias(graph, others, uses)):
            return result.add(ops.dot, tuple([numbers[operand] for operand in dot]), value)
        all_terms = tuple([numbers[term] for term in terms])
        if len(all_terms) == 1 and not graph.is_shown:
            return all_terms[0]
        return result.add(ops.add if len(all_terms) == 2 else ops.sum, all_terms, value)
    weights, inputs = [], []
    for product in products:
        a, b = graph.operands[product]
        if graph.kinds[b] == "parameter" and graph.kinds[a] != "parameter":
            a, b = b, a
        weights.append(numbers[a])
        inputs.append(numbers[b])
    bias = [numbers[other] for other in others] if len(others) == 1 else []
    dot_node = result.add(ops.dot, (*weights, *inputs, *bias), None if others[1:] else value)
    if len(others) < 2:
        return dot_node
    return result.add(ops.sum, (dot_node, *[numbers[other] for other in others]), value)


def _with_bias(graph: Graph, terms: Sequence[int], uses: Sequence[int]) -> tuple[int, ...] | None:
    """Return the operands of a dot product with the parameter that is added to it as its bias."""
    for dot, bias in (terms, reversed(terms)):
        op, operands = graph.ops[dot], graph.operands[dot]
        is_dot = op is ops.dot and len(operands) % 2 == 0
        if is_dot and uses[dot] == 1 and graph.kinds[bias] == "parameter":
            return (*operands, bias)
    return None


def _without_unused(graph: Graph) -> Graph:
    """Return the graph without the nodes that no root depends on; inputs stay."""
    used = [kind == "input" for kind in graph.kinds]
    for root in graph.roots:
        used[root] = True
    for node in range(len(graph.ops) - 1, -1, -1):
        if used[node]:
            for operand in graph.operands[node]:
                used[operand] = True
    if all(used):
        return graph
    numbers: dict[int, int] = {}
    result = Graph(is_shown=graph.is_shown)
    for node, is_used in enumerate(used):
        if is_used:
            numbers[node] = result._append(
                graph.ops[node],
                tuple([numbers[operand] for operand in graph.operands[node]]),
                graph.data[node],
                graph.labels[node],
                graph.kinds[node],
                graph.values[node],
            )
    result.choices = {
        numbers[node]: numbers[index] for node, index in graph.choices.items() if used[node]
    }
    result.rows = {numbers[node]: row for node, row in graph.rows.items() if used[node]}
    result.root = None if graph.root is None else numbers[graph.root]
    result.outputs = [numbers[output] for output in graph.outputs]
    return result


def equal_nodes(graph: Graph) -> list[int]:
    """Return for each node the first that computes the same: one op of equal operands."""
    found: list[int] = []
    first: dict[object, int] = {}
    for node, op in enumerate(graph.ops):
        if op is None:
            found.append(node)
            continue
        operands = tuple([found[operand] for operand in graph.operands[node]])
        key = op.record, repr(op.parameters), operands, graph.choices.get(node)
        found.append(first.setdefault(key, node))
    return found
