"""The site in a browser: it is built by ``make site``, and else these tests are skipped."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.served import served, wait
from tests.viz.page.browser import open_browser

BUILT = Path(__file__).parent.parent.parent / "build" / "site"

pytestmark = [
    pytest.mark.xdist_group("site"),
    pytest.mark.skipif(not BUILT.is_dir(), reason="these tests need the site: make site"),
]


@pytest.fixture(scope="module")
def address():
    with served(BUILT) as found:
        yield found


@pytest.fixture(scope="module")
def browser():
    with open_browser() as window:
        yield window


def test_search_finds_check_derivation(browser, address):
    browser.open(f"{address}index.html")
    browser.run("document.querySelector('label[for=__search]').click()")
    wait(browser, "return document.querySelector('.md-search__input')")
    browser.run("document.querySelector('.md-search__input').focus()")
    browser.press("check_derivation")
    results = "return [...document.querySelectorAll('.md-search-result__link')].map(a => a.href)"
    found = wait(browser, f"const f = (() => {{ {results} }})(); return f.length && f")
    assert any("derivations.html" in link or "reference/autograd" in link for link in found)


LOOKED_AT = [
    "index.html", "learn/network.html", "reference/ops.html", "guide/pictures.html",
    "benchmarks.html",
]  # fmt: skip


@pytest.mark.parametrize("page", LOOKED_AT)
def test_a_page_asks_nobody_else_and_complains_of_nothing(browser, address, page):
    browser.open(f"{address}{page}")
    wait(browser, "return document.readyState === 'complete'")
    names = browser.run("return performance.getEntriesByType('resource').map(e => e.name)")
    assert all(name.startswith((address, "data:")) for name in names), names
    assert browser.complaints() == []


def test_mathematics_is_rendered(browser, address):
    browser.open(f"{address}reference/ops.html")
    wait(browser, "return document.querySelectorAll('.katex').length > 100")
    assert not browser.run("return document.querySelectorAll('.katex-error').length")
    assert "\\(" not in browser.text("article")
    assert "$" not in browser.text("article")


@pytest.mark.parametrize("page", ["autograd", "nn"])
def test_the_reference_has_the_mathematics_of_what_it_tells_of(browser, address, page):
    browser.open(f"{address}reference/{page}.html")
    wait(browser, "return document.querySelectorAll('.katex-display').length > 20")
    assert not browser.run("return document.querySelectorAll('.katex-error').length")
    assert not browser.run("return document.querySelector('article').textContent.includes('$$')")


def test_what_scrolls_can_be_reached_by_the_keyboard(browser, address):
    browser.open(f"{address}learn/one-path.html", size=(390, 844))
    scrolls = (
        "[...document.querySelectorAll('pre > code, .picture')]"
        ".filter(e => e.scrollWidth > e.clientWidth)"
    )
    assert wait(browser, f"return {scrolls}.length && {scrolls}.every(e => e.tabIndex === 0)")


@pytest.mark.parametrize("page", LOOKED_AT)
def test_a_page_fits_a_narrow_window_and_tells_of_its_images(browser, address, page):
    browser.open(f"{address}{page}", size=(390, 844))
    assert browser.run("return document.documentElement.scrollWidth") <= 390
    assert browser.run("return [...document.images].every(image => image.alt)")


def test_every_learning_page_has_a_picture_a_stepper_and_two_exercises(browser, address):
    for path in sorted((BUILT / "learn").glob("*.html")):
        browser.open(f"{address}learn/{path.name}")
        assert browser.run("return document.querySelectorAll('.picture svg').length") >= 3, path
        assert browser.run("return document.querySelectorAll('.exercise').length") == 2, path
        frame = wait(browser, "return document.querySelector('iframe.stepper')?.src")
        assert (BUILT / frame.removeprefix(address)).is_file(), frame


def test_dark_mode_is_that_of_the_system_and_can_be_chosen(browser, address):
    scheme = "return document.body.dataset.mdColorScheme"
    for dark, expected in [(False, "default"), (True, "slate")]:
        browser.open(f"{address}index.html", dark=dark)
        browser.run("localStorage.clear()")
        browser.open(f"{address}index.html", dark=dark)
        wait(browser, f"{scheme} === '{expected}'")
