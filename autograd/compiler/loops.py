"""The functions of :mod:`autograd.compiler.rows` as loops: programs for numba call them.

Numba compiles loops into machine code, and lacks most of what NumPy does with rows at once. Here
are also functions of elements: those of numba call the C library once for each, and these are
machine code for several at a time. Each is compiled when a program first calls it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any, TypeVar

import numpy as np

from autograd.compiler import rows

try:
    import numba
except ImportError:  # said when it is asked for; until then they are Python
    numba = None

F = TypeVar("F", bound=Callable[..., Any])


def machine_code(function: F) -> F:
    """Compile a function of arrays; dividing by 0 is inf or nan."""
    return function if numba is None else numba.njit(error_model="numpy")(function)


def of_elements(function: F) -> F:
    """Compile a function of numbers, and apply it to each element of arrays."""
    return function if numba is None else numba.vectorize()(function)


# Functions of elements.


@of_elements
def where(condition: Any, a: Any, b: Any) -> Any:
    """Return a where the condition holds, and b elsewhere."""
    return a if condition else b


@machine_code
def reduced_exponential(x: Any) -> Any:
    """Return e^r - 1 and n for x = n log 2 + r with |r| ≤ log(2) / 2, by Taylor's series.

    Log 2 is taken off in two parts, of which the first has so few digits that n times it is exact.
    """
    n = np.rint(x * 1.4426950408889634)
    r = (x - n * 0.6931471803691238) - n * 1.9082149292705877e-10
    p = 1.6059043836821613e-10
    p = p * r + 2.08767569878681e-09
    p = p * r + 2.505210838544172e-08
    p = p * r + 2.755731922398589e-07
    p = p * r + 2.7557319223985893e-06
    p = p * r + 2.48015873015873e-05
    p = p * r + 0.0001984126984126984
    p = p * r + 0.001388888888888889
    p = p * r + 0.008333333333333333
    p = p * r + 0.041666666666666664
    p = p * r + 0.16666666666666666
    p = p * r + 0.5
    return p * r * r + r, np.int64(n)


@machine_code
def power_of_two(n: Any) -> Any:
    """Return 2ⁿ for -1022 ≤ n ≤ 1023, from its bits."""
    return np.int64((n + 1023) << 52).view(np.float64)


@machine_code
def scalar_exp(x: Any) -> Any:
    """Return e^x to the last bit or the one before it; 2ⁿ is two factors, as n may be 1024."""
    p, n = reduced_exponential(x if -746.0 < x < 710.0 else 0.0)
    y = (1.0 + p) * power_of_two(n >> 1) * power_of_two(n - (n >> 1))
    y = 0.0 if x <= -746.0 else y
    y = np.inf if x >= 710.0 else y
    return y if x == x else np.nan


@machine_code
def scalar_expm1(x: Any) -> Any:
    """Return e^x - 1, also next to 0, where e^x is almost 1."""
    p, n = reduced_exponential(x if -60.0 < x < 60.0 else 0.0)
    s = power_of_two(n)
    y = p * s + (s - 1.0) if -60.0 < x < 60.0 else scalar_exp(x) - 1.0
    return x if x == 0.0 else y  # which keeps its sign


@of_elements
def exp(x: Any) -> Any:
    """Return e^x."""
    return scalar_exp(x)


@of_elements
def expm1(x: Any) -> Any:
    """Return e^x - 1."""
    return scalar_expm1(x)


@of_elements
def tanh(x: Any) -> Any:
    """Return (1 - e⁻²ˣ) / (1 + e⁻²ˣ), of |x| first: the exponential can't overflow."""
    e = scalar_expm1(-2.0 * abs(x))
    return math.copysign(-e / (2.0 + e), x) if x == x else np.nan


@of_elements
def erf(x: Any) -> Any:
    """Return the error function."""
    return math.erf(x)


@of_elements
def erfc(x: Any) -> Any:
    """Return 1 - erf, exact for large x."""
    return math.erfc(x)


@of_elements
def gamma(x: Any) -> Any:
    """Return Γ(x)."""
    return math.gamma(x)


@of_elements
def lgamma(x: Any) -> Any:
    """Return log |Γ(x)|."""
    return math.lgamma(x)


@of_elements
def power_of_half(x: Any) -> Any:
    """Return x ** 0.5."""
    return power_of_half_of_one(x)


@of_elements
def remainder(a: Any, b: Any) -> Any:
    """Return the IEEE 754 remainder; nan where there is none."""
    return remainder_of_one(a, b)


@of_elements
def polygamma(order: Any, x: Any) -> Any:
    """Return the polygamma function of an order."""
    return polygamma_of_one(order, x)


@machine_code
def chosen(condition: Any, a: Any, b: Any) -> Any:
    """Return a if the condition holds, else b: numbers, of which numba's where makes arrays."""
    return a if condition else b


# NumPy for functions of one number at a time.
_of_numbers = ModuleType("numpy_of_numbers")
vars(_of_numbers).update(vars(np) | {"where": chosen})


def of_one(function: Any) -> Any:
    """Compile a function of elements, which stands once for all dialects, for one number."""
    names = function.__globals__ | {"np": _of_numbers}
    return machine_code(FunctionType(function.__code__, names))


power_of_half_of_one = of_one(rows.power_of_half)
remainder_of_one = of_one(rows.remainder)
polygamma_of_one = of_one(rows.polygamma)


# Sums and other reductions.


@machine_code
def vdot(a: Any, b: Any) -> Any:
    """Return Σ ab over all elements."""
    total = 0.0
    for x, y in zip(a.flat, b.flat):  # noqa: B905 - numba's zip has no strict
        total += x * y
    return total


@machine_code
def row_dots(a: Any, b: Any) -> Any:
    """Return Σ ab of each row."""
    return row_sums(a * b)


@machine_code
def matrix_dots(a: Any, b: Any) -> Any:
    """Return Σ ab of each matrix."""
    return matrix_sums(a * b)


@machine_code
def matrix_sums(x: Any) -> Any:
    """Return the sum of each matrix."""
    return row_sums(row_sums(x))


@machine_code
def rows_of(x: Any) -> Any:
    """Return an array as a matrix of its rows."""
    return np.ascontiguousarray(x).reshape(-1, x.shape[-1])


@machine_code
def per_row(found: Any, x: Any) -> Any:
    """Return what was found for each row in the shape of the array; for one row a number."""
    if x.ndim == 1:
        return found[0]
    return found.reshape(x.shape[:-1])


@machine_code
def matrices_as_rows(x: Any) -> Any:
    """Return an array of matrices as a matrix with a row for each."""
    return np.ascontiguousarray(x).reshape(len(x), -1)


# Products of matrices.


@machine_code
def product(a: Any, b: Any) -> Any:
    """Return ab, for one row or for the rows of an array."""
    if a.ndim == 1:
        return np.ascontiguousarray(a) @ np.ascontiguousarray(b)
    found = rows_of(a) @ np.ascontiguousarray(b)
    return found.reshape(a.shape[:-1] + found.shape[1:])


@machine_code
def products(a: Any, b: Any) -> Any:
    """Return ab of each example."""
    found = np.empty((len(a), a.shape[1], b.shape[2]), a.dtype)
    for i in range(len(a)):
        found[i] = np.ascontiguousarray(a[i]) @ np.ascontiguousarray(b[i])
    return found


@machine_code
def products_with_transposed(a: Any, b: Any) -> Any:
    """Return abᵀ of each example."""
    return products(a, transposed_of_each(b))


@machine_code
def transposed(x: Any) -> Any:
    """Return xᵀ, laid out in rows: numba reshapes no other."""
    return np.ascontiguousarray(x.T)


@machine_code
def transposed_of_each(x: Any) -> Any:
    """Return xᵀ of each example, laid out in rows."""
    return np.ascontiguousarray(x.transpose(0, 2, 1))


@machine_code
def product_with_transposed(x: Any, w: Any) -> Any:
    """Return xwᵀ, what a layer computes, for the rows of an array."""
    found = rows_of(x) @ np.ascontiguousarray(w).T
    return found.reshape(x.shape[:-1] + (len(w),))  # noqa: RUF005 - numba lacks it


@machine_code
def transposed_product(g: Any, x: Any) -> Any:
    """Return gᵀx, the gradient of weights, from the rows of arrays."""
    return rows_of(g).T @ rows_of(x)


@machine_code
def column_sums(a: Any) -> Any:
    """Return the sum over the first axis."""
    if a.ndim == 1:
        return a.sum()
    rows = np.ascontiguousarray(a).reshape(len(a), -1)
    total = np.zeros(rows.shape[1], a.dtype)
    for i in range(len(rows)):
        for j in range(rows.shape[1]):
            total[j] += rows[i, j]
    return total.reshape(a.shape[1:])


@machine_code
def row_sums(x: Any) -> Any:
    """Return the sum of each row."""
    rows = rows_of(x)
    found = np.zeros(len(rows), x.dtype)
    for i in range(len(rows)):
        for j in range(rows.shape[1]):
            found[i] += rows[i, j]
    return per_row(found, x)


@machine_code
def row_sums_kept(x: Any) -> Any:
    """Return the sum of each row, as a row of one element."""
    return np.asarray(row_sums(x)).reshape(x.shape[:-1] + (1,))  # noqa: RUF005 - numba lacks it


@machine_code
def row_means(x: Any) -> Any:
    """Return the mean of each row."""
    return row_sums(x) / x.shape[-1]


@machine_code
def row_products(x: Any) -> Any:
    """Return the product of each row."""
    rows = rows_of(x)
    found = np.ones(len(rows), x.dtype)
    for i in range(len(rows)):
        for j in range(rows.shape[1]):
            found[i] *= rows[i, j]
    return per_row(found, x)


@machine_code
def row_maxima(x: Any) -> Any:
    """Return the largest element of each row; nan if there is one."""
    rows = rows_of(x)
    found = rows[:, 0].copy()
    for i in range(len(rows)):
        for j in range(1, rows.shape[1]):
            found[i] = np.maximum(found[i], rows[i, j])
    return per_row(found, x)


@machine_code
def row_minima(x: Any) -> Any:
    """Return the smallest element of each row; nan if there is one."""
    rows = rows_of(x)
    found = rows[:, 0].copy()
    for i in range(len(rows)):
        for j in range(1, rows.shape[1]):
            found[i] = np.minimum(found[i], rows[i, j])
    return per_row(found, x)


# Elements at positions that no slice says.


@machine_code
def take(a: Any, at: Any) -> Any:
    """Return the elements of a vector at some positions, in the shape of the positions."""
    found = np.empty(at.size, a.dtype)
    places = at.ravel()
    for i in range(len(places)):
        found[i] = a[places[i]]
    return found.reshape(at.shape)


@machine_code
def take_columns(a: Any, at: Any) -> Any:
    """Return the elements of each row at some positions, in the shape of the positions."""
    found = np.empty((len(a), at.size), a.dtype)
    places = at.ravel()
    for i in range(len(a)):
        for j in range(len(places)):
            found[i, j] = a[i, places[j]]
    return found.reshape((len(a),) + at.shape)  # noqa: RUF005 - numba lacks it


@machine_code
def add_at(a: Any, at: Any, terms: Any) -> None:
    """Add to the elements of a vector at some positions, which may come more than once."""
    places, numbers = at.ravel(), (np.zeros(at.shape, a.dtype) + terms).ravel()
    for i in range(len(places)):
        a[places[i]] += numbers[i]


@machine_code
def add_at_columns(a: Any, at: Any, terms: Any) -> None:
    """Add to the elements of each row at some positions, which may come more than once."""
    all_terms = np.zeros((len(a),) + at.shape, a.dtype) + terms  # noqa: RUF005 - numba lacks it
    places, numbers = at.ravel(), all_terms.reshape(len(a), -1)
    for i in range(len(a)):
        for j in range(len(places)):
            a[i, places[j]] += numbers[i, j]


# Rows of a table, and elements of rows, at positions that each example has of its own.


@machine_code
def looked_up(table: Any, y: Any) -> Any:
    """Return rows of a table, in the shape of their positions."""
    rows, places = np.ascontiguousarray(table).reshape(len(table), -1), y.ravel()
    found = np.empty((len(places), rows.shape[1]), table.dtype)
    for i in range(len(places)):
        found[i] = rows[places[i]]
    return found.reshape(y.shape + table.shape[1:])


@machine_code
def sums_at(terms: Any, y: Any, n: Any) -> Any:
    """Return a table of n rows, each the sum of the terms that have its position y."""
    places = y.ravel()
    rows = np.ascontiguousarray(terms).reshape(len(places), -1)
    found = np.zeros((n, rows.shape[1]), terms.dtype)
    for i in range(len(places)):
        for j in range(rows.shape[1]):
            found[places[i], j] += rows[i, j]
    return found.reshape((n,) + terms.shape[y.ndim :])  # noqa: RUF005 - numba lacks it


@machine_code
def element_at(x: Any, y: Any) -> Any:
    """Return the element of each row at a position."""
    rows, places = rows_of(x), classes_of(y, x)
    found = np.empty(len(rows), x.dtype)
    for i in range(len(rows)):
        found[i] = rows[i, places[i]]
    return per_row(found, x)


@machine_code
def only_at(x: Any, y: Any, dy: Any) -> Any:
    """Return rows as long as those of x, with dy at the position y, and else 0."""
    places = classes_of(y, x)
    terms = (np.zeros(x.shape[:-1], x.dtype) + dy).ravel()
    found = np.zeros((len(places), x.shape[-1]), x.dtype)
    for i in range(len(places)):
        found[i, places[i]] = terms[i]
    return found.reshape(x.shape)


# Functions of rows.


@machine_code
def shifts(rows: Any) -> Any:
    """Return the largest element of each row; 0 where it is infinite or nan."""
    largest = row_maxima(rows)
    for i in range(len(largest)):
        if not abs(largest[i]) < np.inf:
            largest[i] = 0.0
    return largest


@machine_code
def exponentials(rows: Any, shift: Any) -> Any:
    """Return e^(z - shift) with the shift of each row."""
    e = np.empty_like(rows)
    for i in range(len(rows)):
        for j in range(rows.shape[1]):
            e[i, j] = rows[i, j] - shift[i]
    flat = e.ravel()
    for i in range(len(flat)):
        flat[i] = scalar_exp(flat[i])
    return e


@machine_code
def softmax(z: Any) -> Any:
    """Return e^z / Σ e^z in each row."""
    rows = rows_of(z)
    p = exponentials(rows, shifts(rows))
    for i in range(len(p)):
        total = 0.0
        for j in range(p.shape[1]):
            total += p[i, j]
        for j in range(p.shape[1]):
            p[i, j] /= total
    return p.reshape(z.shape)


@machine_code
def jacobian_product(own: Any, factor: Any, y: Any, dy: Any) -> Any:
    """Return Σᵢ dyᵢ Jᵢⱼ with Jᵢᵢ = own and Jᵢⱼ = factorᵢ yⱼ, where dyᵢ = 0 takes no part."""
    dz = np.zeros_like(y)
    for i in range(len(y)):
        for j in range(len(y)):
            if dy[i] != 0.0:
                dz[j] += dy[i] * (own[i] if i == j else factor[i] * y[j])
    return dz


@machine_code
def sum_of_others(y: Any) -> Any:
    """Return for each element the sum of all others."""
    found = np.zeros_like(y)
    for i in range(len(y)):
        for j in range(len(y)):
            found[i] += 0.0 if i == j else y[j]
    return found


@machine_code
def softmax_gradient(y: Any, dy: Any) -> Any:
    """Return y (dy - Σ y dy) in each row, as a difference to dy of the largest y: so exact."""
    p, g = rows_of(y), rows_of(dy)
    dz = np.zeros_like(p)
    for i in range(len(p)):
        base = g[i, p[i].argmax()]
        total, size = 0.0, 0.0
        for j in range(p.shape[1]):
            total += p[i, j] * (g[i, j] - base)
        for j in range(p.shape[1]):
            dz[i, j] = p[i, j] * ((g[i, j] - base) - total)
            size += abs(dz[i, j])
        if not size < np.inf:
            dz[i] = jacobian_product(p[i] * sum_of_others(p[i]), -p[i], p[i], g[i])
    return dz.reshape(y.shape)


@machine_code
def log_totals(rows: Any) -> Any:
    """Return the shift of each row and log Σ e^(z - shift), exact when one z is far above."""
    shift = shifts(rows)
    e = exponentials(rows, shift)
    totals = np.empty_like(shift)
    for i in range(len(e)):
        ones, others = 0.0, 0.0
        for j in range(e.shape[1]):
            if e[i, j] == 1.0:
                ones += 1.0
            else:
                others += e[i, j]
        totals[i] = np.log1p(others + (ones - 1.0))
    return shift, totals


@machine_code
def logsumexp(z: Any) -> Any:
    """Return log Σ e^z of each row."""
    shift, total = log_totals(rows_of(z))
    return per_row(shift + total, z)


@machine_code
def log_softmax(z: Any) -> Any:
    """Return log softmax(z) in each row."""
    rows = rows_of(z)
    shift, total = log_totals(rows)
    return ((rows - shift.reshape(-1, 1)) - total.reshape(-1, 1)).reshape(z.shape)


@machine_code
def log_softmax_gradient(z: Any, dy: Any) -> Any:
    """Return dy - softmax(z) Σ dy in each row, with 1 - softmax as the sum of the others."""
    p, g = softmax(rows_of(z)), rows_of(dy)
    dz = np.zeros_like(p)
    for i in range(len(p)):
        largest = p[i].argmax()
        rest, total, size = 0.0, 0.0, 0.0
        for j in range(p.shape[1]):
            total += g[i, j]
            rest += 0.0 if j == largest else p[i, j]
        for j in range(p.shape[1]):
            others = rest if j == largest else 1.0 - p[i, j]
            dz[i, j] = g[i, j] * others - p[i, j] * (total - g[i, j])
            size += abs(dz[i, j])
        if not size < np.inf:
            dz[i] = jacobian_product(sum_of_others(p[i]), -np.ones_like(p[i]), p[i], g[i])
    return dz.reshape(z.shape)


@machine_code
def classes_of(y: Any, z: Any) -> Any:
    """Return the class of each row; where there is one for all, as often."""
    if z.ndim == 1:
        return np.full(1, y)
    return (np.zeros(z.shape[:-1], np.int64) + y).ravel()


@machine_code
def cross_entropy(z: Any, y: Any) -> Any:
    """Return -log softmax(z)[y] of each row, and softmax(z) - onehot(y).

    All is relative to the chosen z: log1p of the sum of the others is exact when they are tiny.
    """
    rows, chosen = rows_of(z), classes_of(y, z)
    losses, shift = np.empty(len(rows), z.dtype), np.empty(len(rows), z.dtype)
    for i in range(len(rows)):
        shift[i] = rows[i, chosen[i]]
    d = exponentials(rows, shift)
    for i in range(len(rows)):
        d[i, chosen[i]] = 0.0
        others = 0.0
        for j in range(rows.shape[1]):
            others += d[i, j]
        d[i, chosen[i]] = -others
        factor = 1.0 / (1.0 + others)
        for j in range(rows.shape[1]):
            d[i, j] *= factor
        losses[i] = np.log1p(others)
        if not losses[i] < np.inf or rows[i, chosen[i]] == np.inf:
            losses[i] = far_cross_entropy(rows[i], chosen[i], d[i])
    return per_row(losses, z), d.reshape(z.shape)


@machine_code
def far_cross_entropy(z: Any, y: Any, d: Any) -> Any:
    """Return the same for one row, relative to the largest z, where e^z would overflow else.

    It is rarely called, so it is short machine code and calls no other of these functions.
    """
    shift = z[z.argmax()]
    shift = shift if abs(shift) < np.inf else 0.0
    ones, others = 0.0, 0.0
    for j in range(len(z)):
        d[j] = np.exp(z[j] - shift)
        if d[j] == 1.0:
            ones += 1.0
        else:
            others += d[j]
    total = ones + others
    rest = 0.0
    for j in range(len(z)):
        d[j] /= total
        rest += 0.0 if j == y else d[j]
    d[y] = -rest
    return np.log1p(others + (ones - 1.0)) - (z[y] - shift)


@machine_code
def cross_entropy_of_distribution(z: Any, p: Any) -> Any:
    """Return -Σ p log softmax(z) of each row."""
    return row_sums(-p * log_softmax(z))


@machine_code
def norm(x: Any) -> Any:
    """Return √Σ x² of each row, without overflow on the way."""
    rows = rows_of(x)
    found = np.zeros(len(rows), x.dtype)
    for i in range(len(rows)):
        largest = np.abs(rows[i]).max()
        if np.isinf(rows[i]).any():
            found[i] = np.inf
        elif largest != 0.0:  # nan too
            for j in range(rows.shape[1]):
                found[i] += (rows[i, j] / largest) ** 2
            found[i] = largest * np.sqrt(found[i])
    return per_row(found, x)


@machine_code
def direction(y: Any, x: Any) -> Any:
    """Return x / ‖x‖ of each row for the norms y, and 0 where the norm is 0."""
    norms = np.asarray(y).reshape(x.shape[:-1] + (1,))  # noqa: RUF005 - numba lacks it
    return where(norms == 0.0, 0.0, x / norms)


@machine_code
def share_of_extreme(y: Any, x: Any) -> Any:
    """Return 1/k for each of the k elements of a row that equal its extreme y, else 0."""
    hits = where(x == np.asarray(y).reshape(x.shape[:-1] + (1,)), 1.0, 0.0)  # noqa: RUF005
    return hits / row_sums_kept(hits)


@machine_code
def products_of_others(x: Any) -> Any:
    """Return for each element of a row the product of all others, without a division."""
    rows = rows_of(x)
    found = np.ones_like(rows)
    for i in range(len(rows)):
        before, after = 1.0, 1.0
        for j in range(rows.shape[1]):
            found[i, j] *= before
            before *= rows[i, j]
        for j in range(rows.shape[1] - 1, -1, -1):
            found[i, j] *= after
            after *= rows[i, j]
    return found.reshape(x.shape)
