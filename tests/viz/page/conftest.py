"""One browser for all tests of pages."""

from __future__ import annotations

import pytest

from tests.viz.page.browser import open_browser
from viz.page.page import stepper


@pytest.fixture(scope="session")
def browser():
    with open_browser() as opened:
        yield opened


@pytest.fixture
def show(browser, tmp_path):
    """Return a function that opens the page of a loss; afterwards the console must be empty."""

    def opened(loss, fragment="", constants="fold", epochs=None, **options):
        path = stepper(loss, tmp_path / "page.html", constants=constants, epochs=epochs)
        browser.open(path, fragment, **options)
        return browser

    yield opened
    assert browser.complaints() == []
