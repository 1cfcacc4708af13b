"""Statements to statements: what is used once goes where it is used, what is shared gets a name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from itertools import count

from autograd.compiler.statements import AddAt, Assign, Statement
from autograd.compiler.terms import (
    INDICATOR,
    NEGATIVE,
    Number,
    Term,
    Variable,
    Whole,
    Zeros,
    is_applied,
    subterms,
)

# A number of no name that is used once is written where it is used, up to this many operations.
LONGEST_INLINED = 14


def inlined(results: Collection[str], *sections: Sequence[Statement]) -> list[list[Statement]]:
    """Return the sections with statements for nameless intermediate results put into others.

    Args:
        results: names of what the program returns, which are kept.
        sections: the passes; nothing goes from one into another.
    """
    names = [[_names_in(statement.term) for statement in section] for section in sections]
    counts = [Counter(name for each in section for name in each) for section in names]
    # What is added to is one of its own, used or not.
    uses = Counter({name: 2 for section in sections for name in _changed(section)})
    for each in counts:
        uses.update(each)
    result = []
    for section, names_of, here in zip(sections, names, counts, strict=True):
        waiting: dict[str, Term] = {}
        kept: list[Statement] = []
        for statement, used in zip(section, names_of, strict=True):
            if waiting and not waiting.keys().isdisjoint(used):
                statement = _of(statement, _replaced(statement.term, waiting))
            target = statement.target
            if (
                isinstance(statement, Assign)
                and statement.also is None
                and target.is_nameless
                and uses[target.name] == here[target.name] == 1
                and statement.term.size <= LONGEST_INLINED
                and target.name not in results
            ):
                waiting[target.name] = statement.term
            else:
                kept.append(statement)
        result.append(kept)
    return result


def _names_in(root: Term) -> list[str]:
    return [term.name for term in subterms(root) if isinstance(term, Variable)]


def _changed(statements: Sequence[Statement]) -> set[str]:
    """The names of the arrays that statements add to."""
    return {each.target.name for each in statements if isinstance(each, AddAt)}


def _of(statement: Statement, term: Term) -> Statement:
    """Return the statement with another term."""
    if isinstance(statement, Assign):
        return Assign(statement.target, term, statement.also)
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


def with_shared_terms(sections: Sequence[Sequence[Statement]]) -> list[list[Statement]]:
    """Return the sections with what several statements compute put before the first of them."""
    sharing = _Sharing([statement for section in sections for statement in section])
    return [sharing.section(section) for section in sections]


class _Sharing:
    """Which terms compute the same, which of them are used more than once, and their names."""

    def __init__(self, statements: Sequence[Statement]) -> None:
        self.changed = _changed(statements)
        self.number_of: dict[Term, int] = {}  # equal ones of terms that compute the same
        self.shareable: set[int] = set()  # what several terms or statements use
        self.shared: dict[int, Variable] = {}
        self.assigned = self._number(statements)
        names = {name for statement in statements for name in _names_in(statement.term)}
        names |= {statement.target.name for statement in statements}
        self.temporaries = (name for name in map("t{}".format, count(1)) if name not in names)

    def _number(self, statements: Sequence[Statement]) -> Counter[str]:
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

    def section(self, statements: Sequence[Statement]) -> list[Statement]:
        """Return the statements of a section, and before each what it is the first to share."""
        result: list[Statement] = []
        for statement in statements:
            root = statement.term
            name = statement.target.name
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
