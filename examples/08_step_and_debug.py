"""Steps and debugging: watch the chain rule at work edge by edge, and stop it where you like.

A step of the backward pass is one line, contribution = upstream · local derivative, added to the
gradient of a parent. Steps can be listed, walked in both directions, and stopped in a debugger; and
every node can say which line of source it came from.
"""

import sys

from autograd import (
    AnomalyError,
    Tape,
    Value,
    breakpoint_on,
    detect_anomaly,
    name_values,
    record_origins,
    steps,
)
from autograd.explanations.encodings import adapt_output

adapt_output()  # a plain terminal or pipe gets d for ∂

w, x, b, y = Value(-3.0), Value(2.0), Value(7.0), Value(0.5)
with record_origins():  # every node remembers the expression that made it
    wx = w * x
    a = wx + b
    h = a.tanh()
    L = (h - y) ** 2
name_values(locals())

print("All steps of the backward pass:\n")
taken = list(steps(L))  # draining it is L.backward()
for step in taken:
    print(step)

# A tape is the same pass, to be walked step by step, forwards and backwards.
w.grad = x.grad = b.grad = y.grad = 0.0
tape = Tape(L)
stop = tape.until(lambda step: step.parent is w)
print(f"\nStep {tape.position} of {len(tape)}: {stop}")
tape.back()
print(f"One step back, ∂L/∂w is {w.grad:.4f};", end=" ")
tape.goto(-1)
print(f"at the end of the tape, {w.grad:.4f}.")

print(f"\nh was made in line {h.origin.line}:\n{h.origin.excerpt()}")

# breakpoint_on enters the debugger, here when w has its whole gradient. To show it without a
# terminal, a function stands in for pdb; it looks at the local names of the frame that it is in.
found: dict = {}


def debugger() -> None:
    found.update(sys._getframe(1).f_locals)


sys.breakpointhook = debugger
try:
    with breakpoint_on(w, when="complete"):
        L.backward()
finally:
    sys.breakpointhook = sys.__breakpointhook__
print("\nThe debugger stopped in a frame with these names:")
for name in ("upstream", "local", "contribution"):
    print(f"  {name:12} = {found[name]:.4f}")

# detect_anomaly stops at the first number that is not finite, and says where it came from.
try:
    with detect_anomaly():
        zero = Value(0.0)
        root = zero.sqrt()
        loss = 3 * root
        name_values(locals())
        loss.backward()
except AnomalyError as error:
    message = str(error)
print(f"\nThe slope of √ at 0 is infinite:\n\n{message}")
