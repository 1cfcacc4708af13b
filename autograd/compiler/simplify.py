"""Statements to statements: what is used once goes where it is used, what is shared gets a name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import count

from autograd.compiler.array_terms import Zeros
from autograd.compiler.statements import (
    AddAt,
    AddTo,
    Assign,
    Loop,
    PutAt,
    SimpleStatement,
    Statement,
    body_of,
    changed,
    names_read,
    of_body,
    sections,
    simple,
)
from autograd.compiler.symbols import INDICATOR, NEGATIVE
from autograd.compiler.terms import Number, Term, Variable, Whole, is_applied, subterms

# A number of no name that is used once is written where it is used, up to this many operations.
LONGEST_INLINED = 14


def inlined(results: Collection[str], *passes: Sequence[Statement]) -> list[list[Statement]]:
    """Return the passes with statements for nameless intermediate results put into others.

    Args:
        results: names of what the program returns, which are kept.
        passes: nothing goes from one into another, nor into a loop or out of it.
    """
    return _Inlining(results, passes).passes()


class _Inlining:
    """Which names are used once, where they are made."""

    def __init__(self, results: Collection[str], passes: Sequence[Sequence[Statement]]) -> None:
        self.results, self.outermost = results, passes
        # What is added to is one of its own, used or not.
        self.uses = Counter({name: 2 for section in passes for name in changed(section)})
        for section in passes:
            for each in sections(section):
                self.uses.update(names_read(each))

    def passes(self) -> list[list[Statement]]:
        return [self._section(each) for each in self.outermost]

    def _section(self, section: Sequence[Statement]) -> list[Statement]:
        here = names_read(section)  # of a loop, with what it hands on
        waiting: dict[str, Term] = {}
        kept: list[Statement] = []
        for statement in section:
            if isinstance(statement, Loop):
                kept.append(of_body(statement, self._section(body_of(statement))))
                continue
            if waiting and not waiting.keys().isdisjoint(_names_in(statement.term)):
                statement = _of(statement, _replaced(statement.term, waiting))
            target = statement.target
            if (
                isinstance(statement, Assign)
                and statement.also is None
                and target.is_nameless
                and self.uses[target.name] == here[target.name] == 1
                and statement.term.size <= LONGEST_INLINED
                and target.name not in self.results
            ):
                waiting[target.name] = statement.term
            else:
                kept.append(statement)
        return kept


def _names_in(root: Term) -> list[str]:
    return [term.name for term in subterms(root) if isinstance(term, Variable)]


def _of(statement: SimpleStatement, term: Term) -> SimpleStatement:
    """Return the statement with another term."""
    if isinstance(statement, Assign):
        return Assign(statement.target, term, statement.also)
    if isinstance(statement, PutAt):
        return PutAt(statement.target, term, statement.counter)
    if isinstance(statement, AddTo):
        return AddTo(statement.target, term)
    return AddAt(statement.target, term, statement.index, statement.positions, statement.repeated)


def _replaced(root: Term, replacements: Mapping[str, Term]) -> Term:
    """Return the term with other terms in place of variables."""
    found: dict[Term, Term] = {}
    for term in subterms(root):
        if isinstance(term, Variable):
            found[term] = replacements.get(term.name, term)
        else:
            found[term] = term.with_operands(tuple([found[each] for each in term.operands]))
    return found[root]


def with_shared_terms(passes: Sequence[Sequence[Statement]]) -> list[list[Statement]]:
    """Return the passes with what several statements compute put before the first of them.

    What a loop computes is shared within a round alone.
    """
    every = [each for section in passes for each in sections(section)]
    names = {name for section in every for name in names_read(section)}
    names |= {each.target.name for section in every for each in simple(section)}
    loops = [each for section in every for each in section if isinstance(each, Loop)]
    names |= {name for loop in loops for name in (loop.counter, loop.tape)}
    temporaries = (name for name in map("t{}".format, count(1)) if name not in names)
    is_changed = {name for section in passes for name in changed(section)}
    return _shared(passes, is_changed, temporaries)


def _shared(
    passes: Sequence[Sequence[Statement]], is_changed: set[str], temporaries: Iterator[str]
) -> list[list[Statement]]:
    statements = [each for section in passes for each in simple(section)]
    sharing = _Sharing(statements, is_changed, temporaries)
    found: list[list[Statement]] = []
    for section in passes:
        found.append([])
        for statement in section:
            if isinstance(statement, Loop):
                [body] = _shared([body_of(statement)], is_changed, temporaries)
                found[-1].append(of_body(statement, body))
            else:
                found[-1] += sharing.statements_of(statement)
    return found


class _Sharing:
    """Which terms compute the same, which of them are used more than once, and their names."""

    def __init__(
        self,
        statements: Sequence[SimpleStatement],
        is_changed: set[str],
        temporaries: Iterator[str],
    ) -> None:
        self.changed = is_changed
        self.number_of: dict[Term, int] = {}  # equal ones of terms that compute the same
        self.shareable: set[int] = set()  # what several terms or statements use
        self.shared: dict[int, Variable] = {}
        self.assigned = self._number(statements)
        self.temporaries = temporaries

    def _number(self, statements: Sequence[SimpleStatement]) -> Counter[str]:
        """Number the terms, and return how often each name gets a value: a long sum in parts."""
        numbers: dict[object, int] = {}
        first_user: dict[int, int] = {}
        assigned: Counter[str] = Counter()

        def used(found: int, user: int) -> None:
            if first_user.setdefault(found, user) != user:
                self.shareable.add(found)

        for place, statement in enumerate(statements):
            for term in subterms(statement.term):
                found = self.number_of.get(term)
                if found is None:
                    below = tuple([self.number_of[operand] for operand in term.operands])
                    version = assigned[term.name] if isinstance(term, Variable) else 0
                    key = *term.structure, version, below
                    self.number_of[term] = found = numbers.setdefault(key, len(numbers))
                for operand in term.operands:
                    used(self.number_of[operand], found)
            used(self.number_of[statement.term], -1 - place)
            if isinstance(statement, Assign) and statement.also is None:
                assigned[statement.target.name] += 1
        return assigned

    def statements_of(self, statement: SimpleStatement) -> list[Statement]:
        """Return a statement, and before it what it is the first to share."""
        result: list[Statement] = []
        root, name = statement.term, statement.target.name
        # An array that will be added to is one of its own.
        is_own = isinstance(statement, Assign) and name in self.changed
        term = self._written(root, is_own, result)
        result.append(_of(statement, term))
        if self.assigned[name] == 1 and name not in self.changed and root.operands:
            self.shared[self.number_of[root]] = statement.target
        return result

    def _written(self, root: Term, is_own: bool, before: list[Statement]) -> Term:
        """Return the term with variables in place of what is shared."""
        found: dict[Term, Term] = {}
        for term in subterms(root):
            if term in found:
                continue
            number = self.number_of[term]
            if number in self.shared and not (term is root and is_own):
                found[term] = self.shared[number]
                continue
            found[term] = rewritten = term.with_operands(
                tuple([found[operand] for operand in term.operands])
            )
            if term is not root and number in self.shareable and _is_worth_a_name(term):
                shared = Variable(next(self.temporaries), term.shape, term.batched)
                before.append(Assign(shared, rewritten))
                found[term] = self.shared[number] = shared
        return found[root]


def _is_worth_a_name(term: Term) -> bool:
    is_short = is_applied(term, NEGATIVE) or is_applied(term, INDICATOR)
    return not (is_short or isinstance(term, (Variable, Number, Whole, Zeros)))
