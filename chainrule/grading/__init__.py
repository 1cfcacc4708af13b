"""Marking many students' derivatives against a teacher's graph: ``chainrule grade``.

Students' files are data: numbers, formulas and matrices, of which nothing is run as Python. What is
wrong with one file, row or answer is said beside it, and stops no other.
"""

from chainrule.grading.keys import Key, Question, read_key
from chainrule.grading.marking import Grade, Mark, grade
from chainrule.grading.outputs import FORMATS, as_csv, as_gradescope, as_json, as_table
from chainrule.grading.submissions import MOST_BYTES, Submission, read_answers

__all__ = [
    "FORMATS",
    "MOST_BYTES",
    "Grade",
    "Key",
    "Mark",
    "Question",
    "Submission",
    "as_csv",
    "as_gradescope",
    "as_json",
    "as_table",
    "grade",
    "read_answers",
    "read_key",
]
