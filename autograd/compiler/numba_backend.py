"""Run a program as machine code: its source under ``numba.njit``, kept on disk between runs."""

from __future__ import annotations

import hashlib
import inspect
import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

import numpy as np

from autograd.compiler import loops, rows
from autograd.compiler.arrays import checked_classes
from autograd.compiler.errors import CompileError, missing_backend
from autograd.compiler.numba_cache import KeptCode, cache_folder, keep
from autograd.compiler.numba_dialect import checks_classes
from autograd.compiler.results import Returns
from autograd.debuggers import register

_ROOTS = ("loss_and_gradient", "outputs")  # what is called, and so what is kept


def load(source: str, classes: Sequence[int], returns: Returns) -> Callable[..., Any]:
    """Return a program as machine code, which is made when it is first called.

    ``function(parameters, x, y)`` returns the loss, all gradients in one vector, and the outputs,
    for all parameters in one vector: it takes less time to pass. The text and, from that call on,
    the code are kept in the folder ``chainrule`` in the user's cache, or in the folder that the
    environment variable ``CHAINRULE_CACHE`` names. What is found there is checked before it is
    used, and where nothing can be kept, it is compiled in each run.

    Args:
        source: the program as :func:`autograd.compiler.numba_dialect.write` writes it.
        classes: for each input how many classes it chooses from, 0 if it holds numbers.
        returns: what the program returns.

    Raises:
        CompileError: if numba is not installed; when it is called, if numba can't compile it or an
            input holds what is no class.
    """
    try:
        import numba  # noqa: F401
    except ImportError as error:
        raise missing_backend("numba") from error
    called = "".join(map(inspect.getsource, (*loops.MODULES, rows)))
    version = hashlib.sha256(called.encode()).hexdigest()[:16]
    module = _imported(f"{source}\n\n# With the loops of {version}.\n")
    function = module.loss_and_gradient if returns.has_loss else module.outputs
    n_inputs, is_checked = len(returns.inputs), checks_classes(returns)
    chosen = [(position, n) for position, n in enumerate(classes) if n]
    whole = np.dtype(np.int64)

    def run(flat: Any, *arrays: Any) -> Any:
        for array in arrays:
            if not array.flags.carray:  # for which numba would make other code
                arrays = tuple([np.require(each, requirements=["C", "A", "W"]) for each in arrays])
        for position, n_classes in chosen:
            if arrays[position].dtype != whole or not is_checked:
                classes = checked_classes(n_classes, arrays[position])
                arrays = (*arrays[:position], classes, *arrays[position + 1 :])
        try:
            value, gradient, are_classes, *others = function(flat, *arrays)
        except _errors() as error:
            raise _in_clear_words(error) from error
        if not are_classes:
            for position, n_classes in chosen:
                checked_classes(n_classes, arrays[position])  # says which is none
        if n_inputs:
            gradient = np.concatenate([gradient, *others[:n_inputs]], axis=None)
        if returns.frozen:
            gradient[[*returns.frozen]] = 0.0
        return value, gradient, [np.array(output, flat.dtype) for output in others[n_inputs:]]

    return run


def _errors() -> tuple[type[Exception], ...]:
    """What numba raises where it can't compile a function."""
    import numba

    numba_error: type[Exception] = numba.core.errors.NumbaError
    return (numba_error, ImportError, NameError, NotImplementedError, TypeError)


def _in_clear_words(error: Exception) -> CompileError:
    """Return the error for a program that numba can't compile."""
    if isinstance(error, ImportError):  # of SciPy, by whose BLAS it multiplies matrices
        return CompileError(
            "numba needs SciPy to multiply matrices: pip install scipy, or leave the backend out "
            f"for NumPy. It says: {error}"
        )
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    reasons = [line for line in lines if "nopython" not in line] or lines
    return CompileError(
        "numba can't compile this program; leave the backend out for NumPy. It says: "
        + " ".join(reasons[:3])
    )


def _imported(source: str) -> Any:
    """Return the module of a text, which is kept in a file that is named by its contents.

    What runs is the text, never the file: that is for people and their debuggers, and may be
    damaged or missing. Nor is it Python's import, which would run bytecode that lies beside it.
    """
    digest = hashlib.sha256(source.encode()).hexdigest()
    name = f"program_{digest[:16]}"
    qualified = f"autograd.compiled.{name}"
    folder = cache_folder()
    if folder is not None:
        keep(folder / f"{name}.py", source.encode())
    if qualified not in sys.modules:
        filename = f"<{qualified}>" if folder is None else str(folder / f"{name}.py")
        register(filename, source)
        module = ModuleType(qualified)
        exec(compile(source, filename, "exec"), vars(module))
        for root in _ROOTS:
            function: Any = getattr(module, root, None)
            if folder is not None and hasattr(function, "py_func"):  # one of numba's
                function._cache = KeptCode(folder, digest, root)
        sys.modules.setdefault(qualified, module)  # where numba looks for it; another thread may
    return sys.modules[qualified]
