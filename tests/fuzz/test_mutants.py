"""The table of mutations fits the code as it is now; ``make mutants`` runs it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from tests.fuzz.mutants import ROOT, TableError, mutant
from tests.fuzz.mutations import MUTATIONS, Mutation


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_mutation_fits_one_place_and_makes_python(mutation: Mutation) -> None:
    made = mutant(mutation)
    assert made.text != made.path.read_text(encoding="utf-8")
    for test in mutation.tests:
        path, _, name = test.partition("::")
        assert f"def {name}" in (ROOT / path).read_text(encoding="utf-8")


def test_mutations_have_names_of_their_own() -> None:
    assert max(Counter(mutation.name for mutation in MUTATIONS).values()) == 1


@pytest.mark.parametrize(
    "change",
    [{"old": "no such text"}, {"old": "return"}, {"within": "no_such_name"}, {"new": "def"}],
)
def test_a_table_that_does_not_fit_is_an_error(change: dict[str, str]) -> None:
    with pytest.raises(TableError, match=MUTATIONS[0].name):
        mutant(replace(MUTATIONS[0], **change))
