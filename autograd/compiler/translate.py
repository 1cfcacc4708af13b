"""The source of a program for arrays that are not NumPy's: in other words, but the same program."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Collection
from typing import Any

from autograd.compiler import pure
from autograd.compiler.source import untyped

_AS_FUNCTIONS = {"max", "min", "prod"}  # methods that mean something else in torch


def translated(source: str, own: Collection[str]) -> str:
    """Return the source of a program without changes of arrays in place.

    ``np`` stands for the vocabulary of a backend, in which ``np.add_at(a, index, b)`` gives the
    array with b added to some elements, and that again ``repeated`` where they may come twice.

    Args:
        source: the module for NumPy.
        own: names of functions that the backend brings along, and which are left out.
    """
    functions = dict(inspect.getmembers(pure, inspect.isfunction))
    body: list[ast.stmt] = []
    for statement in ast.parse(source).body:
        name = getattr(statement, "name", "")
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            name = statement.targets[0].id
        if name in own or (
            isinstance(statement, ast.Import) and statement.names[0].name == "numpy"
        ):
            continue
        if name in functions:
            [statement] = ast.parse(untyped(inspect.getsource(functions[name]))).body
        body.append(_Translator().visit(statement))
    return ast.unparse(ast.fix_missing_locations(ast.Module(body, []))) + "\n"


class _Translator(ast.NodeTransformer):
    """Translate a statement of the module."""

    def __init__(self) -> None:
        self.truths: set[str] = set()  # names of arrays of truth values

    def visit_FunctionDef(self, node: ast.FunctionDef) -> Any:
        node.decorator_list = []  # np.errstate: the others warn of nothing
        return self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> Any:
        self.generic_visit(node)
        if isinstance(node.targets[0], ast.Name) and self._is_truth(node.value):
            self.truths.add(node.targets[0].id)
        return node

    def visit_BinOp(self, node: ast.BinOp) -> Any:
        """Write truth values as numbers where they are multiplied: torch would take float32."""
        self.generic_visit(node)
        if isinstance(node.op, ast.Mult | ast.Div):
            node.left, node.right = self._as_number(node.left), self._as_number(node.right)
        return node

    def visit_Call(self, node: ast.Call) -> Any:
        self.generic_visit(node)
        method = node.func
        if (
            isinstance(method, ast.Attribute)
            and method.attr in _AS_FUNCTIONS
            and ast.unparse(method.value) != "np"
        ):
            return ast.Call(_np(method.attr), [method.value, *node.args], node.keywords)
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        self.generic_visit(node)
        if not isinstance(node.target, ast.Subscript):
            return node
        return _addition(node.target.value, node.target.slice, node.value)

    def visit_Expr(self, node: ast.Expr) -> Any:
        self.generic_visit(node)
        if isinstance(node.value, ast.Call) and ast.unparse(node.value.func) == "np.add.at":
            into, at, term = node.value.args
            return _addition(into, at, term, repeated=True)
        return node

    def _is_truth(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Name):
            return node.id in self.truths
        is_and = isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitAnd)
        return is_and or isinstance(node, ast.Compare)

    def _as_number(self, node: ast.expr) -> ast.expr:
        if not self._is_truth(node):
            return node
        return ast.Call(_np("where"), [node, ast.Constant(1.0), ast.Constant(0.0)], [])


def _np(name: str) -> ast.expr:
    return ast.Attribute(ast.Name("np", ast.Load()), name, ast.Load())


def _addition(into: ast.expr, at: ast.expr, term: ast.expr, repeated: bool = False) -> ast.stmt:
    """Return ``a = np.add_at(a, index, term)``, which goes through ``a.reshape()`` where asked."""
    array = ast.unparse(into).partition(".reshape(")[0]
    index = ast.unparse(at if repeated else ast.Subscript(_np("s_"), at))
    back = "" if array == ast.unparse(into) else f".reshape({array}.shape)"
    how = ", repeated=True" if repeated else ""
    text = f"{array} = np.add_at({ast.unparse(into)}, {index}, {ast.unparse(term)}{how}){back}"
    return ast.parse(text).body[0]
