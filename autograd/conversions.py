"""Graphs for NetworkX and SymPy, and expressions of SymPy as Values; each is loaded when asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from autograd import arithmetic, ops
from autograd.arguments import require_value
from autograd.errors import ArgumentError, NotDifferentiableError
from autograd.graph import topological_order
from autograd.ops import TABLE
from autograd.value import Value

if TYPE_CHECKING:
    import networkx
    import sympy


def to_networkx(loss: Value) -> networkx.MultiDiGraph:
    """Return the graph of a loss for NetworkX, whose edges run from a parent to what it computes.

    Nodes are numbers, in an order in which parents come first, and have ``label``, ``op``, ``data``
    and ``grad``; an edge has its ``position`` among the parents and its ``local_derivative``. So
    ``x * x`` has two edges.

    >>> import networkx
    >>> x = Value(3.0, label="x")
    >>> graph = to_networkx(x * x)
    >>> sorted(graph.edges(data="local_derivative"))
    [(0, 1, 3.0), (0, 1, 3.0)]
    >>> networkx.is_directed_acyclic_graph(graph)
    True
    """
    import networkx

    require_value(loss, "the loss")
    order = topological_order(loss)
    numbers = {node: number for number, node in enumerate(order)}
    graph = networkx.MultiDiGraph()
    for node, number in numbers.items():
        graph.add_node(number, label=node.label, op=node.op, data=node.data, grad=node.grad)
        edges = zip(node.parents, node.local_derivatives, strict=True)
        for position, (parent, local) in enumerate(edges):
            graph.add_edge(numbers[parent], number, position=position, local_derivative=local)
    return graph


def to_sympy(loss: Value) -> sympy.Expr:
    """Return what a loss is computed by, as an expression of SymPy.

    A leaf with a label is the symbol of that name, real, and any other leaf the number in it.
    Leaves of one name are one symbol.

    Raises:
        NotDifferentiableError: if a node was made by hand, or its op has no expression.

    >>> import sympy
    >>> w = Value(3.0, label="w")
    >>> expression = to_sympy((2 * w - 1) ** 2)
    >>> sympy.expand(expression.diff(sympy.Symbol("w", real=True)))
    8*w - 4
    """
    import sympy

    require_value(loss, "the loss")
    vocabulary = _Vocabulary()
    found: dict[Value, Any] = {}
    for node in topological_order(loss):  # parents first
        if node.parents:
            found[node] = _expression(node, [found[parent] for parent in node.parents], vocabulary)
        elif node.label:
            found[node] = sympy.Symbol(node.label, real=True)
        else:
            found[node] = _number(node.data)
    return found[loss]


def from_sympy(expression: sympy.Expr, values: Mapping[str, Value | float]) -> Value:
    """Return the value of an expression of SymPy, recorded as a graph of Values.

    Raises:
        ArgumentError: if a symbol has no value, or a function has no counterpart here.

    >>> import sympy
    >>> x = Value(2.0, label="x")
    >>> y = from_sympy(sympy.Symbol("x") ** 3, {"x": x})
    >>> y.backward()
    >>> y.data, x.grad
    (8.0, 12.0)
    """
    import sympy

    symbols = sorted(expression.free_symbols, key=str)
    missing = [str(symbol) for symbol in symbols if str(symbol) not in values]
    if missing:
        raise ArgumentError(
            f"there is no value for {', '.join(missing)}: write {{{missing[0]!r}: Value(…)}}"
        )
    known = {op.name: op for op in TABLE.values()} | {
        "Abs": ops.abs,
        "Max": lambda *xs: ops.max(xs),
        "Min": lambda *xs: ops.min(xs),
        "ceiling": ops.ceil,
        "loggamma": ops.lgamma,
    }
    compute = sympy.lambdify(symbols, expression, modules=[known])
    try:
        found = compute(*[values[str(symbol)] for symbol in symbols])
    except NameError as error:
        raise ArgumentError(f"autograd has no function {error.name!r}") from None
    return found if isinstance(found, Value) else Value(found)


def _expression(node: Value, operands: list[Any], vocabulary: _Vocabulary) -> Any:
    op = node.primitive
    if op is None or op.value is None:
        raise NotDifferentiableError(f"{node!r} was made from numbers: it has no expression")
    try:
        return op.value(vocabulary, *operands, *map(_number, op.parameters))
    except (TypeError, AttributeError) as error:
        raise NotDifferentiableError(f"{op.name!r} has no expression in SymPy ({error})") from error


def _number(number: float) -> Any:
    """Return a number for SymPy; the index of an operand stays what it is."""
    import sympy

    if isinstance(number, int):
        return number
    return sympy.Integer(int(number)) if number.is_integer() else sympy.Float(number, 17)


def _where(condition: Any, a: Any, b: Any) -> Any:
    import sympy

    if isinstance(condition, sympy.Expr):  # a number, and no comparison
        condition = sympy.Ne(condition, 0)
    return sympy.Piecewise((a, condition), (b, True))


class _Vocabulary:
    """The functions that rules of ops are written in, for expressions of SymPy."""

    def __init__(self) -> None:
        import sympy

        self.pi = sympy.pi
        self.abs, self.maximum, self.minimum = sympy.Abs, sympy.Max, sympy.Min
        self.ceil, self.lgamma = sympy.ceiling, lambda x: sympy.log(sympy.Abs(sympy.gamma(x)))
        self.divide = lambda a, b: sympy.sympify(a) / b
        self.power = lambda a, b: sympy.sympify(a) ** b
        self.hypot = lambda *xs: sympy.sqrt(sympy.Add(*[x**2 for x in xs]))
        self.expm1, self.log1p = lambda x: sympy.exp(x) - 1, lambda x: sympy.log(1 + x)
        self.exp2, self.log2 = lambda x: sympy.Integer(2) ** x, lambda x: sympy.log(x, 2)
        self.log10 = lambda x: sympy.log(x, 10)
        self.cbrt = lambda x: sympy.sign(x) * sympy.cbrt(sympy.Abs(x))
        self.copysign = lambda a, b: sympy.Abs(a) * sympy.sign(b)
        self.equal = sympy.Eq
        self.where = _where
        self.sigmoid = lambda x: 1 / (1 + sympy.exp(-x))
        self.softplus = lambda x: sympy.log(1 + sympy.exp(x))

    def __getattr__(self, name: str) -> Any:
        import sympy

        if hasattr(sympy, name):
            return getattr(sympy, name)
        if hasattr(arithmetic, name) or name not in TABLE:  # it has no rule in simpler functions
            raise AttributeError(f"there is no function {name} there")
        op = TABLE[name]
        return lambda *operands: op.value(self, *operands)
