"""What may be the matter with an answer."""

from __future__ import annotations

from enum import Enum


class Verdict(Enum):
    """What is the matter with an answer; ``RIGHT``, ``ROUNDED`` and ``CLOSE`` are the good ones.

    >>> Verdict.RIGHT.is_right, Verdict.WRONG_SIGN.is_right
    (True, False)
    """

    RIGHT = "right"
    ROUNDED = "right, rounded"
    CLOSE = "close, rounded on the way"
    TOO_FEW_DIGITS = "too few digits to tell"
    ONLY_HERE = "right only at these numbers"
    UNREADABLE = "can't be read"
    WRONG_SIGN = "wrong sign"
    MISSING_PATHS = "missing paths"
    OVERWRITTEN = "overwritten, not accumulated"
    EXTRA_TERM = "a term too many"
    SCALE = "a factor of the mean or the square"
    CHAIN = "a factor that does not belong in the chain"
    FACTOR = "a factor forgotten or used twice"
    PRODUCT_RULE = "the rule of the product or quotient"
    WRONG_OPERAND = "the wrong operand of a rule"
    WRONG_POINT = "taken at the wrong point"
    NEIGHBOUR = "the wrong neighbour or index"
    WRONG_BRANCH = "the wrong branch of a choice"
    OTHER_LOSS = "the gradient of another loss"
    TRANSPOSED = "transposed"
    VALUE = "a value, not a derivative"
    STEP = "a step of the update, not the gradient"
    SLIP = "a slip of the pen"
    OTHER_NODE = "the gradient of another node"
    SHAPE = "shapes that do not fit"
    NOT_THE_VALUE = "not the right number"
    TWO_MISTAKES = "two mistakes at once"
    NOT_THE_GRADIENT = "not the gradient"

    @property
    def is_right(self) -> bool:
        """Whether the answer is the gradient, at least rounded, at the end or on the way."""
        return self in (Verdict.RIGHT, Verdict.ROUNDED, Verdict.CLOSE)

    @property
    def names_cause(self) -> bool:
        """Whether it says what went wrong, and not only that something did."""
        return not self.is_right and self not in (
            Verdict.TOO_FEW_DIGITS, Verdict.ONLY_HERE, Verdict.UNREADABLE, Verdict.NOT_THE_VALUE,
            Verdict.NOT_THE_GRADIENT,
        )  # fmt: skip
