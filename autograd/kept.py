"""What was made for a key, kept for the next who asks."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class Kept(dict["Any", "Any"]):
    """What was made for keys, made when it is first asked for; it is emptied when it is full.

    >>> squares = Kept(lambda x: x * x, 100)
    >>> squares[3], squares
    (9, {3: 9})
    """

    def __init__(self, make: Callable[[Any], Any], size: int) -> None:
        super().__init__()
        self.make, self.size = make, size

    def __missing__(self, key: Any) -> Any:
        if len(self) >= self.size:
            self.clear()
        self[key] = found = self.make(key)
        return found
