"""Run a program as machine code: its source under ``numba.njit``, kept on disk between runs."""

from __future__ import annotations

import ast
import hashlib
import inspect
import linecache
import re
import sys
from collections.abc import Callable, Collection, Sequence
from types import ModuleType
from typing import Any

import numpy as np

from autograd.compiler import loops, rows
from autograd.compiler.arrays import Layout, checked_classes
from autograd.compiler.arrays import layout as layout_of
from autograd.compiler.errors import CompileError, missing
from autograd.compiler.numba_cache import KeptCode, cache_folder, keep
from autograd.compiler.results import Returns
from autograd.compiler.source import untyped

_ROOTS = ("loss_and_gradient", "of_flat")  # what is called, and so what is kept
_OF_ARRAYS = '@numba.njit(error_model="numpy")\n'
_REORDERED = _OF_ARRAYS.replace(")", ', fastmath={"contract", "reassoc"})')
_OF_ELEMENTS = "@numba.vectorize()\n"


def load(source: str) -> Callable[..., Any]:
    """Return the function of a program as machine code, which is made when it is first called.

    Its text and, from that call on, its code are kept in the folder ``chainrule`` in the user's
    cache, or in the folder that the environment variable ``CHAINRULE_CACHE`` names. What is found
    there is checked before it is used, and where nothing can be kept, it is compiled in each run.

    Raises:
        CompileError: if numba is not installed; at the first call, if numba can't compile it.
    """
    function = _machine_code(source).loss_and_gradient

    def run(*arrays: Any) -> Any:
        try:
            return function(*arrays)
        except _errors() as error:
            raise _in_clear_words(error) from error

    return run


def load_flat(
    source: str, layout: Layout, classes: Sequence[int], returns: Returns
) -> Callable[..., Any]:
    """Return the same for all parameters in one vector, which takes less time to pass.

    ``function(parameters, x, y)`` returns the loss, all gradients in one vector, and the outputs.

    Args:
        source: the program.
        layout: where the parameters are in the vector.
        classes: for each input how many classes it chooses from, 0 if it holds numbers.
        returns: what the program returns.

    Raises:
        CompileError: as above; when it is called, if an input holds what is no class.
    """
    # Machine code that returns more arrays can't return early: its classes are checked before.
    is_checked_before = bool(returns.inputs or returns.n_outputs)
    checked = [0 if is_checked_before else n for n in classes]
    function = _machine_code(source, layout, checked, returns).of_flat
    chosen = [(position, n) for position, n in enumerate(classes) if n]
    whole = np.dtype(np.int64)
    n_inputs = len(returns.inputs)

    def run(flat: Any, *arrays: Any) -> Any:
        for array in arrays:
            if not array.flags.carray:  # for which numba would make other code
                arrays = tuple([np.require(each, requirements=["C", "A", "W"]) for each in arrays])
        for position, n_classes in chosen:
            if arrays[position].dtype != whole or is_checked_before:
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


def _machine_code(source: str, *flat: Any) -> Any:
    """Return the module of a program, of which numba compiles what is called."""
    try:
        import numba  # noqa: F401
    except ImportError as error:
        raise missing("numba") from error
    return _imported(for_numba(source, *flat))


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


# The text.


def for_numba(
    source: str,
    layout: Layout | None = None,
    classes: Sequence[int] = (),
    returns: Returns | None = None,
) -> str:
    """Return the source of a program with loops in place of what numba lacks of NumPy.

    With a layout there is ``of_flat`` too, for parameters in one vector.
    """
    module = ast.parse(source)
    positions = {
        statement.targets[0].id
        for statement in module.body
        if isinstance(statement, ast.Assign)
        and isinstance(statement.targets[0], ast.Name)
        and "np.intp" in ast.unparse(statement.value)[-30:]
    }
    head, functions, constants = list[str](), dict[str, str](), list[str]()
    translator = _Translator(positions)
    for statement in module.body:
        if isinstance(statement, ast.FunctionDef):
            functions[statement.name] = ast.unparse(translator.visit(statement))
        elif isinstance(statement, ast.Assign) and "np.vectorize(" in ast.unparse(statement.value):
            [target] = statement.targets
            functions[ast.unparse(target)] = _of_elements(statement)
        else:
            is_head = isinstance(statement, ast.Expr | ast.Import | ast.ImportFrom)
            (head if is_head else constants).append(ast.unparse(statement))
    if layout is not None:
        returns = returns or Returns(True, tuple(layout), ())
        functions["of_flat"] = _of_flat(module, layout, classes, returns)
        del functions[returns.function]
    own = "|".join(_OWN)
    for name, function in _OWN.items():
        text = untyped(inspect.getsource(function))
        functions[f"_{name}"] = re.sub(rf"(?<![\w.])({own})\(", r"_\1(", text)
    needed = _needed(functions, _ROOTS)
    texts = [_decorator(name, text) + text for name, text in functions.items() if name in needed]
    imports = [line for line in head if not line.startswith("import ")]
    imports += ["import math", "import numba", "import numpy as np"]
    return "\n\n\n".join(["\n".join(imports), *constants, *texts]) + "\n"


def _decorator(name: str, text: str) -> str:
    name = name.removeprefix("_")
    if text.startswith("@"):
        return ""
    if name in loops.ELEMENTWISE:
        return _OF_ELEMENTS
    return _REORDERED if name in loops.REORDERED else _OF_ARRAYS


_OWN = dict(inspect.getmembers(loops, inspect.isfunction))
_REPLACED = {name for name, _ in inspect.getmembers(rows, inspect.isfunction)}
_REPLACED |= {"gamma", "lgamma", "scalar_power", "scalar_divide"}
_REDUCTIONS = {
    "sum": "row_sums", "mean": "row_means", "prod": "row_products", "max": "row_maxima",
    "min": "row_minima",
}  # fmt: skip
_DOTS = {"'...i,...i->...'": "row_dots", "'...ij,...ij->...'": "matrix_dots"}


_OF_MATH = {"math.factorial": "scalar_factorial", "math.remainder": "remainder"}


class _Translator(ast.NodeTransformer):
    """Translate a function of the module: to calls of loops, where numba lacks what it calls."""

    def __init__(self, positions: Collection[str]) -> None:
        self.positions = positions  # names of arrays of positions

    def visit_FunctionDef(self, node: ast.FunctionDef) -> Any:
        node.decorator_list = []  # np.errstate: machine code warns of nothing
        return self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> Any:
        self.generic_visit(node)
        name, arguments = ast.unparse(node.func), node.args
        if name == "np.einsum":
            return _call(_DOTS[ast.unparse(arguments[0])], *arguments[1:])
        if name == "np.add.at":
            return self._addition(*arguments)
        if name in ("math.factorial", "math.remainder"):
            return _call(_OF_MATH[name], *arguments)
        if name == "reversed":
            return _index(arguments[0], "::-1")
        if name == "enumerate":  # numba takes the start as the second argument only
            return _call(name, *arguments, *[keyword.value for keyword in node.keywords])
        if name.removeprefix("np.") in _OWN and (name.startswith("np.") or name in _REPLACED):
            return _call(name.removeprefix("np."), *arguments)
        # A method of an array, such as np.sin(x).reshape, and no function of a module.
        is_of_module = re.fullmatch(r"(np|math)\.\w+", name) is not None
        if not isinstance(node.func, ast.Attribute) or is_of_module:
            return node
        array, method = node.func.value, node.func.attr
        if method == "reshape":  # which numba has for arrays without gaps
            node.func.value = _call("np.ascontiguousarray", array)
        if method in _REDUCTIONS:
            return _reduction(array, method, node)
        return node

    def visit_BinOp(self, node: ast.BinOp) -> Any:
        self.generic_visit(node)
        if not isinstance(node.op, ast.MatMult):
            return node
        left, right = node.left, node.right
        if isinstance(left, ast.Attribute):  # the only one of matrices is ".T"
            return _call("transposed_product", left.value, right)
        if isinstance(right, ast.Attribute):
            return _call("product_with_transposed", left, right.value)
        return _call("product", left, right)

    def visit_Subscript(self, node: ast.Subscript) -> Any:
        self.generic_visit(node)
        *before, last = _parts(node.slice)
        if ast.unparse(last) not in self.positions:
            return node
        if not before:
            return _call("take", node.value, last)
        found = _call("take_columns", node.value, last)
        new_axes = [ast.unparse(part) for part in before[1:]]
        return _index(found, ", ".join([":", *new_axes])) if new_axes else found

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        node.value = self.visit(node.value)
        target = node.target
        if not isinstance(target, ast.Subscript):
            return node
        if ast.unparse(_parts(target.slice)[-1]) not in self.positions:
            return node
        return ast.Expr(self._addition(self.visit(target.value), target.slice, node.value))

    def _addition(self, array: ast.expr, at: ast.expr, terms: ast.expr) -> ast.Call:
        name = "add_at_columns" if len(_parts(at)) > 1 else "add_at"
        return _call(name, array, _parts(at)[-1], terms)


def _parts(index: ast.expr) -> list[ast.expr]:
    """Return what stands between the commas of an index."""
    return index.elts if isinstance(index, ast.Tuple) and index.elts else [index]


def _index(array: ast.expr, index: str) -> ast.expr:
    found: Any = ast.parse(f"x[{index}]", mode="eval").body
    found.value = array
    return found  # type: ignore[no-any-return]


def _call(name: str, *arguments: ast.expr) -> ast.Call:
    """Return a call; our own functions have names that no array or op of the program has."""
    name = f"_{name}" if name in _OWN else name
    return ast.Call(ast.parse(name, mode="eval").body, list(arguments), [])


def _reduction(array: ast.expr, method: str, node: ast.Call) -> ast.expr:
    """Return a call for ``array.sum(axes)`` and the like."""
    axes = ast.literal_eval(node.args[0]) if node.args else None
    if axes == (-2, -1) and method == "sum":
        return _call("matrix_sums", array)
    if axes == -1:
        return _call(_REDUCTIONS[method] + "_kept" * bool(node.keywords), array)
    if method != "sum":  # of all elements, or of matrices
        rows = _call("matrices_as_rows", array) if axes else _method(array, "ravel")
        return _call(_REDUCTIONS[method], rows)
    if axes is None:
        return node
    for axis in sorted([axes] if isinstance(axes, int) else axes, reverse=True):
        array = _method(array, "sum", ast.Constant(axis)) if axis else _call("column_sums", array)
    return array


def _method(array: ast.expr, name: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(ast.Attribute(array, name, ast.Load()), list(arguments), [])


def _of_elements(statement: ast.Assign) -> str:
    """Return a function of elements for ``name = np.vectorize(function, …)``."""
    assert isinstance(statement.value, ast.Call)
    name, function = ast.unparse(statement.targets[0]), ast.unparse(statement.value.args[0])
    arguments = "order, x" if name == "polygamma" else "x"
    return f"{_OF_ELEMENTS}def {name}({arguments}):\n    return {function}({arguments})"


def _of_flat(module: ast.Module, layout: Layout, classes: Sequence[int], returns: Returns) -> str:
    """Return the program, with the parameters that it takes and their gradients in one vector.

    Behind these it returns gradients of inputs, and outputs.

    The program is in it and not called by it: LLVM would compile all of it once more.
    """
    [program] = [
        statement
        for statement in module.body
        if isinstance(statement, ast.FunctionDef) and statement.name == returns.function
    ]
    names = [argument.arg for argument in program.args.args]
    inputs = names[: len(names) - len(layout)]
    lines = [f"def of_flat({', '.join(['_flat', *inputs])}):"]
    places = layout_of({name: layout[name].shape for name in returns.parameters})
    size = sum([stop - start for start, stop, _ in places.values()])
    lines.append(f"_value, _gradient = np.full(1, np.nan), np.empty({size}, _flat.dtype)")
    for name, n_classes in zip(inputs, classes, strict=True):
        if n_classes:
            lines += [f"for _class in {name}.flat:", f"    if _class < 0 or _class >= {n_classes}:"]
            lines.append("        return _value[0], _gradient, False")
    for name, (start, stop, shape) in layout.items():
        where = f"[{start}:{stop}].reshape({shape})" if shape else f"[{start}]"
        lines.append(f"{name} = _flat{where}")
    *body, last = program.body
    for statement in body:
        lines += ast.unparse(statement).split("\n")
    assert isinstance(last, ast.Return)
    assert isinstance(last.value, ast.Tuple)
    loss, found, outputs = returns.split([ast.unparse(result) for result in last.value.elts])
    gradients, of_inputs = found[: len(places)], found[len(places) :]
    if loss is not None:
        lines.append(f"_value[:] = {loss}")
    for (start, stop, shape), gradient in zip(places.values(), gradients, strict=True):
        lines.append(f"_gradient[{start}:{stop}] = {gradient}" + (".ravel()" if shape else ""))
    lines.append(f"return {', '.join(['_value[0]', '_gradient', 'True', *of_inputs, *outputs])}")
    return "\n    ".join(lines)


def _needed(functions: dict[str, str], roots: Sequence[str]) -> set[str]:
    """The functions that the program calls, and those that these call."""
    found, waiting = set[str](), list(roots)
    while waiting:
        name = waiting.pop()
        if name in functions and name not in found:
            found.add(name)
            waiting += re.findall(r"(?<![\w.])(\w+)\(", functions[name])
    return found


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
        linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
        module = ModuleType(qualified)
        exec(compile(source, filename, "exec"), vars(module))
        for root in _ROOTS:
            function: Any = getattr(module, root, None)
            if folder is not None and hasattr(function, "py_func"):  # one of numba's
                function._cache = KeptCode(folder, digest, root)
        sys.modules.setdefault(qualified, module)  # where numba looks for it; another thread may
    return sys.modules[qualified]
