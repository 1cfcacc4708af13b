"""The functions of :mod:`autograd.compiler.rows` as loops: programs for numba call them.

Numba compiles loops into machine code, and lacks most of what NumPy does with rows at once. Here
are also functions of elements: those of numba call the C library once for each, and these are
machine code for several at a time. Each is compiled when a program first calls it.
"""

from __future__ import annotations

from autograd.compiler.loops import (
    elements,
    matrix_products,
    positions,
    probabilities,
    reductions,
)
from autograd.compiler.loops.elements import (
    chosen,
    erf,
    erfc,
    exp,
    expm1,
    gamma,
    lgamma,
    of_one,
    polygamma,
    polygamma_of_one,
    power_of_half,
    power_of_half_of_one,
    power_of_two,
    reduced_exponential,
    remainder,
    remainder_of_one,
    scalar_exp,
    scalar_expm1,
    tanh,
    where,
)
from autograd.compiler.loops.matrix_products import (
    product,
    product_with_transposed,
    products,
    products_with_transposed,
    transposed,
    transposed_of_each,
    transposed_product,
)
from autograd.compiler.loops.positions import (
    add_at,
    add_at_columns,
    element_at,
    looked_up,
    only_at,
    sums_at,
    take,
    take_columns,
)
from autograd.compiler.loops.probabilities import (
    classes_of,
    cross_entropy,
    cross_entropy_of_distribution,
    exponentials,
    far_cross_entropy,
    jacobian_product,
    log_softmax,
    log_softmax_gradient,
    log_totals,
    logsumexp,
    shifts,
    softmax,
    softmax_gradient,
    sum_of_others,
)
from autograd.compiler.loops.reductions import (
    column_sums,
    direction,
    matrices_as_rows,
    matrix_dots,
    matrix_sums,
    norm,
    per_row,
    products_of_others,
    row_dots,
    row_maxima,
    row_means,
    row_minima,
    row_products,
    row_sums,
    row_sums_kept,
    rows_of,
    share_of_extreme,
    vdot,
)

# Where they are written.
MODULES = (elements, matrix_products, positions, probabilities, reductions)

# fmt: off
__all__ = [
    "add_at", "add_at_columns", "chosen", "classes_of", "column_sums", "cross_entropy",
    "cross_entropy_of_distribution", "direction", "element_at", "erf", "erfc", "exp", "expm1",
    "exponentials", "far_cross_entropy", "gamma", "jacobian_product", "lgamma", "log_softmax",
    "log_softmax_gradient", "log_totals", "logsumexp", "looked_up", "matrices_as_rows",
    "matrix_dots", "matrix_sums", "norm", "of_one", "only_at", "per_row", "polygamma",
    "polygamma_of_one", "power_of_half", "power_of_half_of_one", "power_of_two", "product",
    "product_with_transposed", "products", "products_of_others", "products_with_transposed",
    "reduced_exponential", "remainder", "remainder_of_one", "row_dots", "row_maxima",
    "row_means", "row_minima", "row_products", "row_sums", "row_sums_kept", "rows_of",
    "scalar_exp", "scalar_expm1", "share_of_extreme", "shifts", "softmax", "softmax_gradient",
    "sum_of_others", "sums_at", "take", "take_columns", "tanh", "transposed",
    "transposed_of_each", "transposed_product", "vdot", "where",
]
# fmt: on
