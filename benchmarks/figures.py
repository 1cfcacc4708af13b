"""What a benchmark prints, kept for the site's page: the machine, and the tables as they are."""

from __future__ import annotations

import json
import os
import platform
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text


class Report:
    """Print tables, and keep them.

    Args:
        console: where they are printed.
    """

    def __init__(self, console: Console) -> None:
        self.console = console
        self.tables: list[dict[str, Any]] = []

    def show(self, table: Table) -> None:
        """Print a table, and keep it."""
        self.console.print(table)
        columns = [[_plain(cell) for cell in column.cells] for column in table.columns]
        self.tables.append(
            {
                "title": _plain(table.title),
                "columns": [_plain(column.header) for column in table.columns],
                "rows": [list(row) for row in zip(*columns, strict=True)],
            }
        )

    def write(self, path: Path | None, **more: Any) -> None:
        """Write what was printed as JSON, if there is a file for it."""
        if path is not None:
            script, *arguments = sys.argv
            command = " ".join(["python", f"benchmarks/{Path(script).name}", *arguments])
            told = {"command": command, "machine": machine(), "tables": self.tables, **more}
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", "utf-8")


def _plain(cell: Any) -> str:
    """Return what a person reads of a cell, on one line."""
    return " ".join(Text.from_markup(str(cell or "")).plain.split())


def machine() -> str:
    """Return what the figures were measured on."""
    cpu = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        models = [
            line
            for line in cpuinfo.read_text("utf-8").splitlines()
            if line.startswith("model name")
        ]
        cpu = models[0].partition(": ")[2] if models else cpu
    python = f"{platform.python_implementation()} {platform.python_version()}"
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"{python}, {platform.system()}, {cpu}, {os.cpu_count()} cores{load}"
