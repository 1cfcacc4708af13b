"""Whether another distribution, such as HIPS autograd, has its files where ours are."""

from __future__ import annotations

import os

_NAMES = ("autograd-", "nn-", "viz-")  # how the folders of pip begin that tell of such ones


def look_around() -> None:
    """Warn of distributions with the names of our packages: a look into one folder.

    It raises nothing, and loads nothing where there is none, for every first import does it.
    """
    folder = os.path.dirname(os.path.dirname(__file__))
    try:
        found = [name for name in os.listdir(folder) if name.startswith(_NAMES)]
    except OSError:  # in a zip file there are no neighbours
        return
    if any(name.endswith(".dist-info") for name in found):
        from chainrule.installation import warn_of_others

        warn_of_others()
