"""Signs that are wrong, paths left out, and terms too many."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import combinations

from autograd import ops
from autograd.derivations.cases import Case, Edge
from autograd.derivations.mistakes.guesses import (
    Guess,
    changed,
    is_square,
    parameter_of,
)
from autograd.explanations.path_sums import Path
from autograd.ops import record_of
from autograd.value import Value

# Of more paths than this, no sets are looked at; nor more uses of a node than that one by one.
MOST_PATHS_IN_SUBSETS = 12


MOST_USES = 100


def wrong_sign(case: Case) -> Iterator[Guess]:
    places = [
        edge
        for edge in reversed(case.edges)
        if edge.local < 0 and math.isclose(edge.local * case.around(edge), case.gradient)
    ]
    where = "; a minus comes from {}" if places else ""
    yield Guess(-case.gradient, f"the sign is wrong{where}", *places[:1])


def sign_of_a_part(case: Case) -> Iterator[Guess]:
    # Of edges on the same paths, one with a minus is the likeliest, one with a bare 1 the least.
    edges = case.edges[::-1]
    edges.sort(key=lambda edge: (edge.local > 0, edge.local == 1.0))
    for edge in edges:
        yield changed(case, {edge: -edge.local}, "the sign of {} is wrong", edge)
    for op, edges in case.by_op.items():
        if len(edges) > 1:
            turned = {edge: -edge.local for edge in edges}
            words = "the sign of all local derivatives of {} is wrong"
            yield changed(case, turned, words, op.name)
    for path in case.paths[:MOST_PATHS_IN_SUBSETS]:
        number = case.gradient - 2 * case.product(path)
        yield Guess(number, "the sign of one path is wrong: {}", path)


def own_logits_only(case: Case) -> Iterator[Guess]:
    """Each softmax output followed to its own logit alone: the mistake of the lecture notes."""

    def crosses(node: Value, position: int) -> bool:
        op = record_of(node.primitive)
        return op in (ops.softmax, ops.log_softmax) and position != parameter_of(node)

    crossing = {edge: 0.0 for edge in case.edges if crosses(edge.node, edge.position)}
    if crossing:
        yield changed(
            case,
            crossing,
            "each softmax output was followed to its own logit alone, but it depends on every one "
            "(the cross terms ∂ŷᵢ/∂aⱼ = -ŷᵢŷⱼ, i ≠ j)",
            follows=lambda path: not any(map(crosses, path.nodes[:-1], path.positions)),
        )


def overwritten(case: Case) -> Iterator[Guess]:
    if len(case.uses) > 1:
        for use in case.uses[:MOST_USES]:
            yield changed(
                case,
                {other: 0.0 for other in case.uses if other is not use},
                "{} is used {} times, but only its use in {} was counted",
                *(case.node, len(case.uses), use.node),
                follows=_along(use),
                number=use.local * case.upstream[use.node],
            )


def paths_left_out(case: Case) -> Iterator[Guess]:
    if case.gradient:
        words = "{} does depend on {}"
        yield Guess(0.0, words, case.loss, case.node, follows=lambda path: False)
    for node in case.between:
        words, follows = "only those through {}", _through(node)
        yield Guess(case.through(node), words, node, follows=follows)
    for node in case.between:
        words, follows = "those through {} are missing", _except(_through(node))
        left_out = dict.fromkeys(case.by_node[node], 0.0)
        number = case.gradient - case.through(node)
        yield changed(case, left_out, words, node, follows=follows, number=number)
    for edge in reversed(case.edges):
        words, follows = "those along {} → {} are missing", _except(_along(edge))
        yield changed(case, {edge: 0.0}, words, edge.node, edge.parent, follows=follows)


def one_path(case: Case) -> Iterator[Guess]:
    for path in case.paths[:MOST_PATHS_IN_SUBSETS]:
        yield Guess(case.product(path), "{} alone", path, follows={path}.__contains__)


def _through(node: Value) -> Callable[[Path], bool]:
    return lambda path: node in path.nodes


def _along(edge: Edge) -> Callable[[Path], bool]:
    return lambda path: (edge.node, edge.position) in zip(path.nodes, path.positions, strict=False)


def _except(follows: Callable[[Path], bool]) -> Callable[[Path], bool]:
    return lambda path: not follows(path)


def sets_of_paths(case: Case) -> Iterator[Guess]:
    """Any set of paths: those with one followed first, then those with one missing, and so on."""
    n = len(case.paths)
    if n > MOST_PATHS_IN_SUBSETS:
        return
    products = {path: case.product(path) for path in case.paths}
    for size in sorted(range(1, n), key=lambda size: (min(size, n - size), size)):
        for chosen in combinations(case.paths, size):
            yield Guess(
                math.fsum(map(products.__getitem__, chosen)),
                "the others are missing",
                follows=frozenset(chosen).__contains__,
            )


def terms_too_many(case: Case) -> Iterator[Guess]:
    if len(case.uses) > 1:
        for use in case.uses[:MOST_USES]:
            twice = {use: 2 * use.local}
            yield changed(
                case,
                twice,
                "the use of {} in {} was counted twice",
                case.node,
                use.node,
            )
    if case.count > 1:
        for path in case.paths[:MOST_PATHS_IN_SUBSETS]:
            number = case.gradient + case.product(path)
            yield Guess(number, "a path was counted twice: {}", path)
    for penalty, weight in _penalties(case):
        for factor in (2, 1):
            extra = factor * case.upstream[penalty] * case.number(case.node)
            words = "a penalty such as that on {} was added, but {} has none"
            yield Guess(case.gradient + extra, words, weight, case.node)


def _penalties(case: Case) -> Iterator[tuple[Value, Value]]:
    """Yield the squares of leaves in the graph, and the leaves, if the node is not one of them."""
    squares = [
        (node, node.parents[0])
        for node in case.point.order
        if is_square(node) and not node.parents[0].parents and case.upstream.get(node)
    ]
    if all(leaf is not case.node for _, leaf in squares):
        yield from squares
