"""What runs in the browser's Python: a session of code, and the questions that the page asks it.

Code in the editor may import :func:`show`, to show pictures while it runs. Outside of a page that
function prints, so the examples are programs for any Python.
"""

from __future__ import annotations

import ast
import gc
import json
import linecache
import logging
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from contextvars import ContextVar
from io import TextIOBase
from sys import getrefcount
from types import CodeType, TracebackType
from typing import Any, Literal

import autograd
from autograd import AutogradError, Value
from autograd.contexts import RecordOrigins
from autograd.explanations.explanation import Form

FILE = "playground.py"  # what the code in the editor is called
MOST_NODES = 500_000  # that a run may keep
FEW = 10_000  # nodes that it is not worth while to look through
MOST_OUTPUT = 200_000  # characters that a run may print
LOSSES = ("loss", "L")  # the names of the value that is looked at, the first of these that there is

Post = Callable[[str], object]  # takes a message to the page, as JSON


class TooManyNodesError(AutogradError, MemoryError):
    """A run keeps more nodes than this page shall hold."""


class Nodes(RecordOrigins):
    """Hold all nodes that are made, with their places, and free them one by one.

    Python frees a node and what only that node refers to in calls within calls. Installed, it
    notices when the stack runs out and goes on later; compiled for the browser it measures another
    stack than the one that runs out, and all of it ends, in a worker after some 2,000 nodes. What
    is held here nobody else frees. Of what nobody else refers to the newest node goes first, and
    with it the last reference to those that it was computed from.

    >>> nodes = Nodes()
    >>> with nodes:
    ...     y = Value(1.0) * 2 + 1
    >>> y.origin.line, len(nodes)
    (2, 2)
    >>> del y
    >>> nodes.free()
    >>> len(nodes)
    0
    """

    def __init__(self) -> None:
        super().__init__()
        self._held: list[Value] = []
        self._enough = FEW

    def __len__(self) -> int:
        return len(self._held)

    def node_made(self, node: Value) -> Value:
        """Hold a node, and free what is not needed when there are twice as many as were needed.

        Raises:
            TooManyNodesError: if too many are needed.
        """
        made = super().node_made(node)
        self._held.append(made)
        if len(self._held) > self._enough:
            self.free()
            self._enough = min(max(FEW, 2 * len(self)), MOST_NODES)
            if len(self) >= MOST_NODES:
                raise TooManyNodesError(
                    f"this run keeps {MOST_NODES:,} nodes, which is as many as this page holds; "
                    "installed on a computer there may be millions. autograd.sum and autograd.dot "
                    "are one node each, and a loss is freed once no name refers to it"
                )
        return made

    def free(self) -> None:
        """Free the nodes that nobody else refers to."""
        kept = []
        while self._held:
            node, references = _last(self._held)
            if references > UNSHARED:
                kept.append(node)
            del node
        kept.reverse()
        self._held = kept


def _last(held: list[Any]) -> tuple[Any, int]:
    """Take the last of a list, and return it with the number of references to it."""
    last = held.pop()
    return last, getrefcount(last)


UNSHARED = _last([object()])[1]


class _Output(TextIOBase):
    """A stream whose text goes to the page, up to a limit."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.left = MOST_OUTPUT

    def write(self, text: str) -> int:
        if text and self.left > 0:
            self.session.tell("text", text=text[: self.left])
            self.left -= len(text)
            if self.left <= 0:
                self.session.tell("text", text="\n… and no more of it: that was much output\n")
        return len(text)


class Session:
    """The names of the code that ran last, and what the page asks about them.

    Args:
        post: takes messages to the page.
    """

    def __init__(self, post: Post) -> None:
        self.post = post
        self.names: dict[str, Any] = {}
        self.loss: Value | None = None
        self.nodes = Nodes()

    def tell(self, kind: str, **message: Any) -> None:
        """Send a message to the page."""
        self.post(json.dumps({"kind": kind, **message}))

    def answer(self, question: str) -> str:
        """Return the answer to a question of the page, both as JSON; an error is an answer too.

        >>> session = Session(print)
        >>> session.answer('{"ask": "run", "code": "from autograd import Value; L = Value(3.0)"}')
        '{"loss": "L", "value": "3", "nodes": [{"name": "L", "leaf": true}], "checks": []}'
        """
        asked = json.loads(question)
        questions: dict[str, Callable[..., dict[str, Any]]] = {
            "run": self.run,
            "picture": self.picture,
            "stepper": self.stepper,
            "explain": self.explain,
            "check": self.check,
        }
        try:
            return json.dumps(questions[asked.pop("ask")](**asked))
        except AutogradError as error:
            return json.dumps({"error": str(error)})
        except Exception as error:  # the page lives on, whatever it is
            return json.dumps({"error": f"{type(error).__name__}: {error}"})

    def run(self, code: str) -> dict[str, Any]:
        """Run code, show what its last line comes to, and say what there is to look at."""
        self.names, self.loss = {"__name__": "__main__"}, None
        gc.collect()  # functions refer to the names in a cycle
        self.nodes.free()
        # So that tracebacks, and the places where nodes were made, have their lines.
        linecache.cache[FILE] = len(code), None, code.splitlines(keepends=True), FILE
        try:
            with _shown_by(self):
                last = _run(code, self.names, self.nodes)
                if last is not None:
                    show(last)
            return self._found(last)
        except BaseException as error:
            return {"error": _told(error), "line": _line(error)}

    def _found(self, last: object) -> dict[str, Any]:
        """Say which value is looked at, which of its nodes have names, and what was checked."""
        values = {name: v for name, v in self.names.items() if isinstance(v, Value)}
        name = next((name for name in LOSSES if name in values), "")
        loss = values.get(name, last if isinstance(last, Value) else None)
        if loss is None:
            return {"loss": None}
        autograd.name_values({name: loss, **self.names} if name else self.names)
        self.loss = loss
        nodes: dict[str, bool] = {}
        for node in reversed(autograd.topological_order(loss)):
            if node.label:
                nodes.setdefault(node.label, not node.parents)
        return {
            "loss": name or loss.label or loss.name,
            "value": f"{loss:.6g}",
            "nodes": [{"name": name, "leaf": is_leaf} for name, is_leaf in nodes.items()],
            "checks": [str(check) for check in autograd.find_derivations(self.names).values()],
        }

    def picture(
        self, paths_to: str = "", collapse: Literal["", "neuron", "layer"] = ""
    ) -> dict[str, Any]:
        """Return the graph, or the paths to a node; each node on its own, or neurons or layers."""
        import viz

        drawn = viz.draw(self._loss(), paths_to=paths_to or None, collapse=collapse or None)
        return {"html": _as_html(drawn)}

    def stepper(self) -> dict[str, Any]:
        """Return the page that walks through the passes."""
        import viz

        return {"page": viz.stepper(self._loss()).html}

    def explain(self, node: str, form: Form = "expanded") -> dict[str, Any]:
        """Return the gradient with respect to a node, as a sum over paths."""
        formulas = form == "expanded"
        explained = autograd.explanation(self._loss(), node, form=form, formulas=formulas)
        return {"text": str(explained)}

    def check(self, node: str, answer: str) -> dict[str, Any]:
        """Return whether an answer is the gradient, and if not, which mistake it comes from."""
        check = autograd.check_derivation(self._loss(), {node: answer}, names=self.names)
        return {"text": str(check), "right": bool(check)}

    def _loss(self) -> Value:
        if self.loss is None:
            raise AutogradError("call the value to look at loss or L, and run the code")
        return self.loss


_running: ContextVar[Session | None] = ContextVar("session", default=None)


@contextmanager
def _shown_by(session: Session) -> Iterator[None]:
    """Let what code prints and shows, and what nn says of a training, go to the page."""
    logger, notices = logging.getLogger("nn"), _Notices(session)
    level, output, token = logger.level, _Output(session), _running.set(session)
    logger.addHandler(notices)
    logger.setLevel(logging.INFO)
    try:
        with redirect_stdout(output), redirect_stderr(output):
            yield
    finally:
        logger.setLevel(level)
        logger.removeHandler(notices)
        _running.reset(token)


def show(thing: object, place: str = "") -> None:
    """Show something: a picture as a picture, anything else as a notebook would, or as text.

    Args:
        thing: what is shown.
        place: a name; what was shown under this name before is replaced, so a picture can change
            while a training goes on. "picture" is the place of pictures beside the editor.

    >>> show(Value(3.0, label="x"))
    Value(data=3.0, grad=0.0, label='x')
    """
    session = _running.get()
    if session is None:
        print(thing)
        return
    rich = _as_html(thing)
    if rich:
        session.tell("html", html=rich, place=place)
    else:
        text = thing if isinstance(thing, str) else repr(thing)
        session.tell("text", text=f"{text}\n", place=place)


def _as_html(thing: object) -> str:
    """Return what a notebook would show; nothing if that is text."""
    bundle = getattr(thing, "_repr_mimebundle_", None)
    if bundle is not None and not isinstance(thing, Value):
        found: str = bundle().get("text/html", "")
        return found
    as_html: Callable[[], str] | None = getattr(thing, "_repr_html_", None)
    return as_html() if as_html is not None else ""


class _Notices(logging.Handler):
    """What nn says of a training, such as that it is not compiled, as output."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session

    def emit(self, record: logging.LogRecord) -> None:
        self.session.tell("notice", text=f"{record.getMessage()}\n")


def _run(code: str, names: dict[str, Any], nodes: Nodes) -> object:
    """Run code, and return what its last line comes to if that is an expression."""
    tree = ast.parse(code, FILE)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    with nodes:
        exec(compile(tree, FILE, "exec"), names)
        if not isinstance(last, ast.Expr):
            return None
        return eval(compile(ast.Expression(last.value), FILE, "eval"), names)


def _line(error: BaseException) -> int | None:
    """Return the line of the code in the editor that raised an error."""
    if isinstance(error, SyntaxError) and error.filename == FILE:
        return error.lineno
    lines = [n for frame, n in traceback.walk_tb(error.__traceback__) if _is_ours(frame.f_code)]
    return lines[-1] if lines else None


def _is_ours(code: CodeType) -> bool:
    return code.co_filename == FILE


def _told(error: BaseException) -> str:
    """Return the lines of the code that led to an error, and the error."""
    steps = [] if isinstance(error, SyntaxError) else _steps(error.__traceback__)
    return "".join([*steps, *traceback.format_exception_only(error)]).rstrip()


def _steps(trace: TracebackType | None) -> list[str]:
    found = traceback.StackSummary.extract(
        (frame, line) for frame, line in traceback.walk_tb(trace) if _is_ours(frame.f_code)
    )
    return found.format()
