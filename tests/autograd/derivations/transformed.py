"""Random graphs, their derivatives as formulas, and the same formulas written in other ways.

A formula is a tree of tuples: ``("+", a, b)``, ``("name", "h")``, ``("call", "tanh", a)`` and so
on. The rules of calculus and algebra here are written down anew, and share nothing with what judges
the answers.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import mpmath

import autograd as ag
from autograd import Value

Tree = tuple[Any, ...]

ZERO: Tree = ("number", "0")
ONE: Tree = ("number", "1")
TWO: Tree = ("number", "2")


def call(function: str, a: Tree) -> Tree:
    return ("call", function, a)


# The derivative of f at a, where h is f(a), in several right forms.
SLOPES: dict[str, Callable[[Tree, Tree], list[Tree]]] = {
    "tanh": lambda a, h: [
        ("-", ONE, ("^", h, "2")), ("slope", "tanh", a), ("^", call("sech", a), "2"),
        ("-", ONE, ("*", h, h)), ("/", ONE, ("^", call("cosh", a), "2")),
    ],
    "sigmoid": lambda a, h: [
        ("*", h, ("-", ONE, h)), ("slope", "σ", a), ("-", h, ("^", h, "2")),
        ("/", call("exp", ("neg", a)), ("^", ("+", ONE, call("exp", ("neg", a))), "2")),
    ],
    "exp": lambda a, h: [h, call("exp", a)],
    "sin": lambda a, h: [call("cos", a), ("slope", "sin", a)],
    "cos": lambda a, h: [("neg", call("sin", a)), ("slope", "cos", a)],
    "log": lambda a, h: [("/", ONE, a), ("^", a, "-1")],
    "relu": lambda a, h: [("step", a)],
    "softplus": lambda a, h: [call("sigmoid", a), ("-", ONE, call("exp", ("neg", h)))],
}  # fmt: skip
FUNCTIONS: dict[str, Callable[[float], float]] = {
    "tanh": math.tanh, "sigmoid": lambda x: 1 / (1 + math.exp(-x)), "exp": math.exp,
    "sin": math.sin, "cos": math.cos, "log": math.log, "cosh": math.cosh,
    "sech": lambda x: 1 / math.cosh(x), "relu": lambda x: max(x, 0.0),
    "softplus": lambda x: math.log1p(math.exp(x)),
}  # fmt: skip
OF_ANY_PRECISION: dict[str, Callable[[Any], Any]] = {
    "tanh": mpmath.tanh, "σ": lambda x: 1 / (1 + mpmath.exp(-x)), "sin": mpmath.sin,
    "cos": mpmath.cos,
}  # fmt: skip


@dataclass
class Node:
    """A node of a graph: what it is computed as, and the derivatives by what it is computed from.

    Of each derivative there are several forms, all of them right.
    """

    name: str
    value: Value
    definition: Tree | None = None
    locals: list[tuple[str, list[Tree]]] = field(default_factory=list)


@dataclass
class Graph:
    """A graph of labelled nodes, in the order in which they were computed; the last is the loss."""

    nodes: dict[str, Node]

    @property
    def loss(self) -> Node:
        return list(self.nodes.values())[-1]

    def users(self, name: str) -> Iterator[tuple[Node, list[Tree]]]:
        """Yield the nodes computed from one, with the forms of the local derivative."""
        for node in self.nodes.values():
            for operand, forms in node.locals:
                if operand == name:
                    yield node, forms

    def leading(self) -> list[str]:
        """Return the names of the nodes that the loss depends on, in order, as draws need them."""
        found = {self.loss.name}
        for node in reversed(self.nodes.values()):
            if node.name in found:
                found.update(operand for operand, _ in node.locals)
        return [name for name in self.nodes if name in found]

    def depending(self, name: str) -> set[str]:
        """Return the names of the nodes that depend on one, and that one."""
        found = {name}
        for node in self.nodes.values():
            if any(operand in found for operand, _ in node.locals):
                found.add(node.name)
        return found

    def derivative(
        self, name: str, chosen: Callable[[str, str, list[Tree]], Tree], by_name: Iterable[str] = ()
    ) -> Tree:
        """Return the derivative of the loss by a node; a choice is made of each local one.

        Those by some of the nodes on the way are called ∂L/∂h, and not worked out.
        """
        leading, loss = self.leading(), self.loss
        found: dict[str, Tree] = {loss.name: ONE}

        def upstream(of: str) -> Tree:
            if of in by_name:
                [number] = ag.gradients(loss.value, [self.nodes[of].value])
                found[of] = ("partial", loss.name, of, str(number))
            if of not in found:
                terms = [
                    _times(upstream(user.name), chosen(user.name, of, forms))
                    for user, forms in self.users(of)
                    if user.name in leading
                ]
                found[of] = _sum(terms)
            return found[of]

        return upstream(name)


def _times(a: Tree, b: Tree) -> Tree:
    return b if a == ONE else a if b == ONE else ("*", a, b)


def _sum(terms: list[Tree]) -> Tree:
    found = terms[0]
    for term in terms[1:]:
        found = ("+", found, term)
    return found


def random_graph(draws: random.Random) -> Graph:
    """Return a small graph; no two nodes have numbers that are equal by chance."""
    nodes = {
        name: Node(name, Value(draws.choice((-1, 1)) * draws.randint(31, 189) / 100, label=name))
        for name in ("x", "y", "w1", "w2", "b")
    }
    for name in ("a", "h", "u", "v1", "v2", "s", "L")[draws.randint(0, 3) :]:
        recent = list(nodes.values())
        first = recent[-1] if draws.random() < 0.7 else draws.choice(recent)
        second = draws.choice([each for each in recent if each is not first])
        nodes[name] = _computed(name, first, second, draws)
    return Graph(nodes)


def _computed(name: str, a: Node, b: Node, draws: random.Random) -> Node:
    p, q = ("name", a.name), ("name", b.name)
    rule = draws.choice(("+", "-", "*", "*", "/", "square", "affine", *SLOPES))
    if (rule == "/" and abs(b.value.data) < 0.2) or (rule == "exp" and a.value.data > 2):
        rule = "*"
    if rule == "log" and a.value.data < 0.1:
        rule = "tanh"
    if rule == "relu" and abs(a.value.data) < 0.05:  # a kink is near
        rule = "sin"
    minus: Tree = ("neg", ONE)
    match rule:
        case "+":
            made, tree, local = a.value + b.value, ("+", p, q), [[ONE], [ONE]]
        case "-":
            made, tree, local = a.value - b.value, ("-", p, q), [[ONE], [minus]]
        case "*":
            made, tree, local = a.value * b.value, ("*", p, q), [[q], [p]]
        case "/":
            below: Tree = ("^", q, "2")
            forms = [("neg", ("/", p, below)), ("/", ("neg", p), below)]
            forms.append(("neg", ("/", ("name", name), q)))
            made, tree = a.value / b.value, ("/", p, q)
            local = [[("/", ONE, q), ("^", q, "-1")], forms]
        case "square":
            made, tree, local = a.value**2, ("^", p, "2"), [[("*", TWO, p), ("+", p, p)]]
        case "affine":
            made, tree = 0.5 * a.value + 3, ("+", ("/", p, TWO), ("number", "3"))
            local = [[("number", "0.5"), ("/", ONE, TWO)]]
        case _:
            made, tree = getattr(ag, rule)(a.value), call(rule, p)
            local = [SLOPES[rule](p, ("name", name))]
    made.label = name
    operands = (a.name, b.name)
    return Node(name, made, tree, list(zip(operands, local, strict=False)))


def number_of(tree: Tree, graph: Graph) -> float:
    """Return the number of a tree without derivatives by name."""
    match tree:
        case ("number", digits):
            return float(digits)
        case ("name", name):
            return graph.nodes[name].value.data
        case ("neg", a):
            return -number_of(a, graph)
        case ("call", function, a):
            return FUNCTIONS[function](number_of(a, graph))
        case ("slope", function, a):
            return float(mpmath.diff(OF_ANY_PRECISION[function], number_of(a, graph)))
        case ("step", a):
            return float(number_of(a, graph) > 0)
        case ("partial", _, _, number):
            return float(number)
        case ("^", a, exponent):
            return number_of(a, graph) ** int(exponent)
        case (sign, a, b):
            one, other = number_of(a, graph), number_of(b, graph)
            return {"+": one + other, "-": one - other, "*": one * other}.get(
                sign, one / other if other else math.nan
            )
    raise NotImplementedError(tree)


# Algebra.


def rewritten(tree: Tree, graph: Graph, draws: random.Random, often: float = 0.3) -> Tree:
    """Return a tree that is the same function of the leaves, written in another way."""
    tree = tuple(
        rewritten(each, graph, draws, often) if isinstance(each, tuple) else each for each in tree
    )
    for _ in range(2):
        if draws.random() < often:
            rules = [each for each in _RULES if each(tree, graph) is not None]
            found = draws.choice(rules)(tree, graph) if rules else None
            tree = found or tree
    return tree


def _commute(tree: Tree, graph: Graph) -> Tree | None:
    return (tree[0], tree[2], tree[1]) if tree[0] in "+*" else None


def _expand(tree: Tree, graph: Graph) -> Tree | None:
    match tree:
        case ("*", a, ("+" | "-" as sign, b, c)):
            return (sign, ("*", a, b), ("*", a, c))
        case ("*", ("+" | "-" as sign, b, c), a):
            return (sign, ("*", b, a), ("*", c, a))
        case ("/", ("+" | "-" as sign, b, c), a):
            return (sign, ("/", b, a), ("/", c, a))
    return None


def _factor_out(tree: Tree, graph: Graph) -> Tree | None:
    match tree:
        case ("+" | "-" as sign, ("*", a, b), ("*", c, d)) if a == c:
            return ("*", a, (sign, b, d))
        case ("+" | "-" as sign, ("*", a, b), ("*", c, d)) if b == d:
            return ("*", (sign, a, c), b)
        case ("+" | "-" as sign, ("*", a, b), ("*", c, d)) if a == d:
            return ("*", (sign, b, c), a)
    return None


def _regroup(tree: Tree, graph: Graph) -> Tree | None:
    match tree:
        case ("+" | "*" as sign, a, (other, b, c)) if sign == other:
            return (sign, (sign, a, b), c)
        case ("*", ("neg", a), b):
            return ("neg", ("*", a, b))
        case ("-", a, b):
            return ("+", a, ("neg", b))
        case ("*", a, ("/", b, c)):
            return ("/", ("*", a, b), c)
        case ("/", a, b) if b != TWO:
            return ("*", a, ("/", ONE, b))
        case ("^", a, "2"):
            return ("*", a, a)
    return None


def _substitute(tree: Tree, graph: Graph) -> Tree | None:
    return graph.nodes[tree[1]].definition if tree[0] == "name" else None


def _write_out(tree: Tree, graph: Graph) -> Tree | None:
    match tree:
        case ("call", "sigmoid", a):
            return ("/", ONE, ("+", ONE, call("exp", ("neg", a))))
        case ("call", "tanh", a):
            return ("-", ONE, ("/", TWO, ("+", call("exp", ("*", TWO, a)), ONE)))
    return None


_RULES = (_commute, _expand, _factor_out, _regroup, _substitute, _write_out)


# Notations.


def python(tree: Tree) -> str:
    """Write a tree as Python would have it."""
    match tree:
        case ("number" | "name", text):
            return str(text)
        case ("neg", a):
            return f"(-{python(a)})"
        case ("call", function, a):
            return f"{function}({python(a)})"
        case ("slope", function, a):
            return f"{function}'({python(a)})"
        case ("^", a, exponent):
            return f"({python(a)})**{exponent}" if exponent[0] != "-" else f"({python(a)})**(-1)"
        case ("step", a):
            return f"({python(a)} > 0)"
        case ("partial", of, by, _):
            return f"d{of}/d{by}"
        case (sign, a, b):
            return f"({python(a)} {sign} {python(b)})"
    raise NotImplementedError(tree)


_BINDING = {"+": 1, "-": 1, "neg": 2, "*": 3, "/": 3, "^": 5}


def by_hand(tree: Tree) -> str:
    """Write a tree as people do: products without a sign, superscripts, and few brackets."""
    return _by_hand(tree, 0)


def _by_hand(tree: Tree, least: int) -> str:
    match tree:
        case ("number" | "name", text):
            return str(text)
        case ("neg", a):
            text = f"-{_by_hand(a, 3)}"
        case ("call", function, a):
            return f"{'σ' if function == 'sigmoid' else function}({_by_hand(a, 0)})"
        case ("slope", function, a):
            return f"{function}'({_by_hand(a, 0)})"
        case ("^", ("^", _, _) as a, exponent):
            return f"({by_hand(a)})^({exponent})"
        case ("^", a, exponent):
            raised = "²" if exponent == "2" else f"^({exponent})"
            return f"{_by_hand(a, 6)}{raised}"
        case ("step", a):
            return f"1[{_by_hand(a, 0)} > 0]"
        case ("partial", of, by, _):
            return f"∂{of}/∂{by}"
        case ("*", a, b):
            right = _by_hand(b, 4)
            sign = "" if right.startswith("(") and a[0] in ("*", "+", "-") else "·"
            text = f"{_by_hand(a, 3)}{sign}{right}"
        case ("/", a, b):
            text = f"{_by_hand(a, 3)}/{_by_hand(b, 4)}"
        case (sign, a, b):
            text = f"{_by_hand(a, 1)} {sign} {_by_hand(b, 2)}"
    return f"({text})" if _BINDING[tree[0]] < least else text


def latex(tree: Tree) -> str:
    """Write a tree in LaTeX."""
    match tree:
        case ("number", digits):
            return str(digits)
        case ("name", name):
            return f"{name[0]}_{{{name[1:]}}}" if len(name) > 1 else str(name)
        case ("neg", a):
            return rf"\left(-{latex(a)}\right)"
        case ("call", ("sech" | "softplus" | "relu") as function, a):
            return rf"\operatorname{{{function}}}\left({latex(a)}\right)"
        case ("call", "sigmoid", a):
            return rf"\sigma\left({latex(a)}\right)"
        case ("call", function, a):
            return rf"\{function}\left({latex(a)}\right)"
        case ("slope", function, a):
            return rf"{chr(92) + 'sigma' if function == 'σ' else chr(92) + function}'({latex(a)})"
        case ("^", a, exponent):
            return rf"\left({latex(a)}\right)^{{{exponent}}}"
        case ("step", a):
            return rf"\mathbb{{1}}\left[{latex(a)} > 0\right]"
        case ("partial", of, by, _):
            above, below = latex(("name", of)), latex(("name", by))
            return rf"\frac{{\partial {above}}}{{\partial {below}}}"
        case ("/", a, b):
            return rf"\frac{{{latex(a)}}}{{{latex(b)}}}"
        case ("*", a, b):
            return (
                rf"{latex(a)} \cdot {latex(b)}"
                if {a[0], b[0]}.isdisjoint("+-")
                else (rf"\left({latex(a)}\right)\left({latex(b)}\right)")
            )
        case (sign, a, b):
            return rf"\left({latex(a)} {sign} {latex(b)}\right)"
    raise NotImplementedError(tree)


NOTATIONS: Mapping[str, Callable[[Tree], str]] = {
    "python": python,
    "by hand": by_hand,
    "latex": latex,
}


@dataclass(frozen=True)
class Made:
    """A formula for the derivative of a loss by a node, whose number is known."""

    loss: Value
    name: str
    text: str
    number: float
    gradient: float


def answers(draws: random.Random, *, wrong: bool) -> Iterator[Made]:
    """Yield a formula for a derivative of a random graph in each notation.

    A wrong one has one local derivative that is another.
    """
    graph = random_graph(draws)
    asked = draws.choice([name for name in graph.leading() if name != graph.loss.name])
    on_the_way = {*graph.leading()} & graph.depending(asked)
    edges = [
        (node.name, operand)
        for node in graph.nodes.values()
        for operand, _ in node.locals
        if {node.name, operand} <= on_the_way
    ]
    broken = draws.choice(edges) if wrong else None
    by_name = [
        name for name in graph.leading() if not wrong and name != asked and draws.random() < 0.2
    ]

    def chosen(of: str, by: str, forms: list[Tree]) -> Tree:
        right = draws.choice(forms)
        return draws.choice(_mistaken(right)) if (of, by) == broken else right

    tree = graph.derivative(asked, chosen, by_name)
    number = number_of(tree, graph)
    [gradient] = ag.gradients(graph.loss.value, [graph.nodes[asked].value])
    for write in NOTATIONS.values():
        text = write(rewritten(tree, graph, draws))
        yield Made(graph.loss.value, asked, text, number, gradient)


def _mistaken(right: Tree) -> list[Tree]:
    return [
        ("neg", right),
        ("*", TWO, right),
        ("+", right, ONE),
        ("*", right, right),
        ("name", "b"),
    ]
