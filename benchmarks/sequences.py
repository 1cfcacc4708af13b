"""Programs that repeat themselves over time: in scalars, and in NumPy by hand as a loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from programs import Program, uniform, values

import autograd
from autograd import Value


def recurrent(n: int) -> Program:
    """Predict a number from each of a sequence of 250, with eight hidden units."""
    length, width, hidden = 250, 3, 8
    x, y = uniform(n, length, width), uniform(n, length, seed=2)
    wx, wh = values(uniform(hidden, width), "Wx"), values(uniform(hidden, hidden, seed=2), "Wh")
    b, v = values(uniform(hidden), "b"), values(uniform(hidden, seed=3), "v")

    def loss(x: Any, y: Any) -> Any:
        h, total = [Value(0.0)] * hidden, 0.0
        for row, target in zip(x, y, strict=True):
            h = [
                autograd.tanh(autograd.dot(of_x, row) + autograd.dot(of_h, h) + bias)
                for of_x, of_h, bias in zip(wx, wh, b, strict=True)
            ]
            total = total + (autograd.dot(v, h) - target) ** 2
        return total / length

    def by_hand(wx: Any, wh: Any, b: Any, v: Any, x: Any, y: Any) -> Any:
        h = np.zeros((length + 1, len(x), hidden))
        error = np.empty((length, len(x)))
        for t in range(length):
            h[t + 1] = np.tanh(x[:, t] @ wx.T + h[t] @ wh.T + b)
            error[t] = h[t + 1] @ v - y[:, t]
        slope = 2 / error.size * error
        of_wx, of_wh, of_b, of_v = np.zeros_like(wx), np.zeros_like(wh), np.zeros_like(b), 0.0
        from_after = np.zeros((len(x), hidden))
        for t in reversed(range(length)):
            of_v = of_v + slope[t] @ h[t + 1]
            of_a = (from_after + np.outer(slope[t], v)) * (1 - h[t + 1] ** 2)
            of_wx += of_a.T @ x[:, t]
            of_wh += of_a.T @ h[t]
            of_b += of_a.sum(0)
            from_after = of_a @ wh
        return (error**2).mean(), [of_wx, of_wh, of_b, of_v]

    return Program(loss, [wx, wh, b, v], by_hand, {"x": x, "y": y})


def pendulum(n: int) -> Program:
    """Where a pendulum is after so many steps of Runge and Kutta's method, by how it began."""
    angle, speed, gravity = Value(0.5, label="θ"), Value(0.0, label="ω"), Value(9.8, label="g")
    dt = 0.01

    def slopes(x: Any, v: Any) -> Any:
        return v, -gravity * autograd.sin(x)

    def loss() -> Any:
        x, v = angle, speed
        for _ in range(n):
            x1, v1 = slopes(x, v)
            x2, v2 = slopes(x + dt / 2 * x1, v + dt / 2 * v1)
            x3, v3 = slopes(x + dt / 2 * x2, v + dt / 2 * v2)
            x4, v4 = slopes(x + dt * x3, v + dt * v3)
            x = x + dt / 6 * (x1 + 2 * x2 + 2 * x3 + x4)
            v = v + dt / 6 * (v1 + 2 * v2 + 2 * v3 + v4)
        return (x - 1) ** 2 + v**2

    def by_hand(x: Any, v: Any, g: Any) -> Any:
        kept = []
        for _ in range(n):
            v1 = -g * np.sin(x)
            xa, va = x + dt / 2 * v, v + dt / 2 * v1
            v2 = -g * np.sin(xa)
            xb, vb = x + dt / 2 * va, v + dt / 2 * v2
            v3 = -g * np.sin(xb)
            xc, vc = x + dt * vb, v + dt * v3
            v4 = -g * np.sin(xc)
            kept.append((x, xa, xb, xc))
            x = x + dt / 6 * (v + 2 * va + 2 * vb + vc)
            v = v + dt / 6 * (v1 + 2 * v2 + 2 * v3 + v4)
        value, dx, dv, dg = (x - 1) ** 2 + v**2, 2 * (x - 1), 2 * v, 0.0
        for x, xa, xb, xc in reversed(kept):
            d4, d3, d2, d1 = dt / 6 * dv, dt / 3 * dv, dt / 3 * dv, dt / 6 * dv
            of_c, of_b, of_a = dt / 6 * dx, dt / 3 * dx, dt / 3 * dx
            below_x, below_v = dx, dv + dt / 6 * dx + of_c + of_b + of_a
            at_c = -g * np.cos(xc) * d4
            d3 = d3 + dt * of_c
            of_b, below_x, below_v = of_b + dt * at_c, below_x + at_c, below_v + dt * at_c
            at_b = -g * np.cos(xb) * d3
            d2 = d2 + dt / 2 * of_b
            of_a, below_x = of_a + dt / 2 * at_b, below_x + at_b
            below_v = below_v + dt / 2 * at_b
            at_a = -g * np.cos(xa) * d2
            d1 = d1 + dt / 2 * of_a
            below_x, below_v = below_x + at_a, below_v + dt / 2 * at_a
            dg = dg - d4 * np.sin(xc) - d3 * np.sin(xb) - d2 * np.sin(xa) - d1 * np.sin(x)
            dx, dv = below_x - g * np.cos(x) * d1, below_v
        return value, [dx, dv, dg]

    return Program(loss, [angle, speed, gravity], by_hand)


# Each kind, with the number of examples, or of steps, that is timed.
SEQUENCES: dict[str, tuple[Callable[[int], Program], int]] = {
    "recurrent network": (recurrent, 32),
    "pendulum": (pendulum, 1000),
}
