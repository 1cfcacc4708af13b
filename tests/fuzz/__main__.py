"""Compare compiled steps with the losses they were made from, for programs by hand and random ones.

``python -m tests.fuzz --programs 20000 --backend numpy --seed 1``
"""

from __future__ import annotations

import argparse
import time
from functools import partial

from tests.fuzz.by_hand import BY_HAND
from tests.fuzz.comparison import Options, fault
from tests.fuzz.programs import MOST_LINES, programs
from tests.fuzz.search import search


def main() -> int:
    """Try programs, and print the smallest that a compiled step computes otherwise."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.fuzz", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("--programs", type=int, default=1000, help="how many to try")
    parser.add_argument("--backend", choices=("numpy", "numba", "torch", "jax"), default="numpy")
    parser.add_argument("--dtype", choices=("float64", "float32"), default="float64")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--lines", type=int, default=MOST_LINES, help="of the longest; machine code takes its time"
    )
    parser.add_argument("--check", action="store_true", help="let each step prove itself too")
    given = parser.parse_args()
    started = time.monotonic()

    def tell(n: int) -> None:
        if n % max(given.programs // 10, 1) == 0:
            print(f"{n} programs, {time.monotonic() - started:.0f} s", flush=True)

    options = Options(given.backend, given.dtype, given.check)
    for name, program in BY_HAND.items():
        if (wrong := fault(program, options)) is not None:
            print(f"{name}, with {given.backend}: {wrong.text}\n")
            print(program.text(given.backend))
            return 1
    print(f"{len(BY_HAND)} programs by hand agree, {time.monotonic() - started:.0f} s", flush=True)
    strategy = programs(most_lines=given.lines)
    found = search(partial(fault, options=options), given.programs, given.seed, tell, strategy)
    if found.program is None or found.fault is None:
        print(f"{found.n_programs} programs with {given.backend}: all agree")
        return 0
    print(f"program {found.n_programs} with {given.backend}: {found.fault.text}\n")
    print(found.program.text(given.backend))
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
