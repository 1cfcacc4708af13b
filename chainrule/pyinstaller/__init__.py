"""How PyInstaller packs our packages: as files, as they are where pip installs them.

PyInstaller finds this folder by an entry point, and runs the ``hook-NAME.py`` in it for each of our
packages that a program imports. Modules stay files with their source, because compiled programs
bring along the source of the functions that they call.
"""

from __future__ import annotations

import contextlib
import shutil
import sysconfig
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PyInstaller.depend.imphookapi import PostGraphAPI

HERE = Path(__file__).parent


def hook_folders() -> list[str]:
    """Return the folders of our hooks."""
    return [str(HERE)]


def hook(packing: PostGraphAPI) -> None:
    """Add what PyInstaller can't see: modules loaded late, data files, our metadata, Graphviz."""
    from PyInstaller.utils.hooks import collect_data_files, collect_submodules, copy_metadata

    package = packing.__name__
    packing.set_module_collection_mode(package, "py")
    packing.add_imports(*collect_submodules(package, filter=lambda name: name != __name__))
    packing.add_datas(collect_data_files(package))
    with contextlib.suppress(PackageNotFoundError):  # run from a checkout
        packing.add_datas(copy_metadata("chainrule"))
    if package == "viz":
        packing.add_binaries(_graphviz())


def _graphviz() -> list[tuple[str, str]]:
    """Return the program of graphviz-pure, and its folder, which is looked into for it."""
    scripts = sysconfig.get_path("scripts")
    program = shutil.which("graphviz-pure", path=scripts)
    return [(program, Path(scripts).name)] if program else []
