"""A debugger as VS Code starts it: debugpy, spoken to in the Debug Adapter Protocol."""

import itertools
import json
import os
import queue
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.processes import PATIENCE


class Debugger:
    """Run a program in debugpy, with breakpoints and otherwise the settings that VS Code has.

    ``stop`` is where it stands, and None when it has ended; ``resume`` goes on to the next stop.
    """

    def __init__(self, program: Path, lines: list[int], path: list[Path], **configuration):
        pytest.importorskip("debugpy", reason="these tests need debugpy: pip install debugpy")
        self._numbers = itertools.count(1)
        self._messages: queue.Queue[dict] = queue.Queue()
        self._events: list[dict] = []
        self.output = ""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "debugpy.adapter"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.request("initialize", adapterID="debugpy", pathFormat="path", linesStartAt1=True)
        self._send(
            "launch",
            program=str(program),
            cwd=str(program.parent),
            python=[sys.executable],
            console="internalConsole",
            env={"PYTHONPATH": os.pathsep.join(map(str, path))},
            **configuration,
        )
        self._await("initialized")
        self.request(
            "setBreakpoints",
            source={"path": str(program)},
            breakpoints=[{"line": line} for line in lines],
        )
        self.request("configurationDone")
        self.stop = self._next_stop()

    def __enter__(self):
        return self

    def __exit__(self, *exception: object) -> None:
        self.request("disconnect", terminateDebuggee=True)
        self.process.stdin.close()
        self.process.wait(PATIENCE)
        self._reader.join()
        self.process.stdout.close()

    def resume(self, how: str = "continue"):
        """Go on: ``"continue"``, ``"next"``, ``"stepIn"`` or ``"stepOut"``."""
        assert self.stop is not None, self.output
        self.request(how, threadId=self.stop.thread)
        self.stop = self._next_stop()
        return self.stop

    def request(self, command: str, **arguments):
        number = self._send(command, **arguments)
        while True:
            message = self._messages.get(timeout=PATIENCE)
            if message["type"] == "response" and message["request_seq"] == number:
                assert message["success"], message
                return message.get("body", {})
            self._events.append(message)

    def _send(self, command: str, **arguments) -> int:
        number = next(self._numbers)
        content = {"seq": number, "type": "request", "command": command, "arguments": arguments}
        text = json.dumps(content).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(text), text))
        self.process.stdin.flush()
        return number

    def _read(self) -> None:
        stream = self.process.stdout
        while header := stream.readline():
            stream.readline()
            self._messages.put(json.loads(stream.read(int(header.partition(b":")[2]))))

    def _await(self, *names: str) -> dict:
        while True:
            while self._events:
                message = self._events.pop(0)
                if message.get("event") in names:
                    return message
                if message.get("event") == "output":
                    self.output += message["body"]["output"]
            self._events.append(self._messages.get(timeout=PATIENCE))

    def _next_stop(self):
        event = self._await("stopped", "terminated")
        return Stop(self, event["body"]["threadId"]) if event["event"] == "stopped" else None


class Stop:
    """Where a program stands: its frames that are shown, the innermost first."""

    def __init__(self, debugger: Debugger, thread: int) -> None:
        self.thread = thread
        self._debugger = debugger
        self._frames = debugger.request("stackTrace", threadId=thread)["stackFrames"]
        self.functions = [frame["name"] for frame in self._frames]
        self.files = [Path(frame["source"]["path"]).name for frame in self._frames]
        self.lines = [self._line(frame) for frame in self._frames]

    def _line(self, frame: dict) -> str:
        """Return the line of a frame, as an editor gets it to show it."""
        source = frame["source"]
        if source["sourceReference"]:
            text = self._debugger.request("source", source=source, **source)["content"]
        else:
            text = Path(source["path"]).read_text("utf-8")
        return text.splitlines()[frame["line"] - 1].strip()

    def variables(self, *path: str) -> dict[str, str]:
        """Return what the pane shows of the innermost frame, or of a variable in it."""
        [scope, *_] = self._debugger.request("scopes", frameId=self._frames[0]["id"])["scopes"]
        found = self._children(scope)
        for name in path:
            found = self._children(found[name])
        return {name: variable["value"] for name, variable in found.items()}

    def _children(self, of: dict) -> dict[str, dict]:
        reference = of["variablesReference"]
        body = self._debugger.request("variables", variablesReference=reference)
        return {variable["name"]: variable for variable in body["variables"]}
