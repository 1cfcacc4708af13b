"""Exercises for the chain rule: small graphs with nice numbers, quizzes, sheets and keys.

Each is made by its kind, its level and a seed, the same again whenever these are the same.
"""

from chainrule.exercises.exercise import Exercise, make
from chainrule.exercises.kinds import KINDS, LEVELS
from chainrule.exercises.practice import practise
from chainrule.exercises.sheets import on_screen, sheet, solutions

__all__ = [
    "KINDS",
    "LEVELS",
    "Exercise",
    "make",
    "on_screen",
    "practise",
    "sheet",
    "solutions",
]
