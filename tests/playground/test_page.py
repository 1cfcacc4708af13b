"""The page in a browser: it is built by ``make playground``, and else these tests are skipped."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

import playground
from tests.served import served, wait
from tests.systems import needs_links
from tests.viz.page.browser import open_browser
from tests.viz.page.test_sliders import MOVE

ROOT = Path(__file__).parent.parent.parent
BUILT = ROOT / "build" / "playground"

pytestmark = pytest.mark.xdist_group("playground")


@pytest.fixture(scope="module")
def built():
    """The folder of the page."""
    if not runpy.run_path(str(ROOT / "playground" / "build.py"))["is_fresh"](BUILT):
        pytest.skip("these tests need the page as it is now: make playground, with Node.js")
    return BUILT


@pytest.fixture(scope="module")
def address(built):
    with served(built) as found:
        yield found


@pytest.fixture(scope="module")
def window():
    with open_browser() as browser:
        yield browser


class Page:
    """The page as somebody uses it."""

    def __init__(self, browser, address):
        self.browser, self.address = browser, address

    def open(self, fragment="", **options):
        # With a query, the page is loaded anew though the address differs in its fragment alone.
        self.browser.open(f"{self.address}index.html", fragment, **options)
        self.wait("return document.getElementById('status')?.textContent === 'Ready'")

    def wait(self, condition, *arguments):
        return wait(self.browser, condition, *arguments, seen=lambda: (self.status, self.output))

    def choose(self, example):
        self.set("#example", example)

    def set(self, selector, value):
        self.browser.run(
            "const e = document.querySelector(arguments[0]); e.value = arguments[1];"
            "e.dispatchEvent(new Event('change', { bubbles: true }))",
            selector, value,
        )  # fmt: skip

    def write(self, code):
        """Put code into the editor, as a link does."""
        self.browser.run(
            "const content = document.querySelector('.cm-content'); content.focus();"
            "getSelection().selectAllChildren(content);"
            "document.execCommand('insertText', false, arguments[0])",
            code,
        )

    def run(self):
        self.click("#run")
        self.wait("return !document.getElementById('run').disabled")

    def click(self, selector):
        self.browser.run("document.querySelector(arguments[0]).click()", selector)

    def tab(self, name):
        self.click(f"#tab-{name}")
        self.wait("return !document.getElementById(arguments[0]).classList.contains('stale')", name)

    @property
    def status(self):
        return self.browser.text("#status")

    @property
    def output(self):
        return self.browser.text("#output")

    def picture(self):
        """Look at the picture, and return its texts once it is there."""
        self.click("#tab-picture")
        return self.wait(
            "const r = document.querySelector('#picture .shown').shadowRoot;"
            "return r?.querySelector('svg') && [...r.querySelectorAll('text')].map("
            "  (text) => text.textContent)"
        )


@pytest.fixture(scope="module")
def loaded(window, address):
    page = Page(window, address)
    page.open()
    return page


@pytest.fixture
def page(loaded):
    yield loaded
    assert loaded.browser.complaints() == []


def test_it_runs_an_example_and_draws_it(page):
    page.choose("worked-network")
    page.run()
    assert page.status.startswith("Done")
    assert "gradient ∂L/∂W2[0][1] = -0.1304" in page.output
    assert any("W2[0][1]" in text for text in page.picture())
    page.set("#paths-to", "W1[2][0]")
    page.wait(
        "return document.querySelector('#picture .shown').shadowRoot.querySelector('.legend')"
    )
    page.set("#collapse", "layer")
    boxes = "return document.querySelector('#picture .shown').shadowRoot.textContent"
    page.wait(f"{boxes}.includes('h1 = σ(a1)')")
    page.set("#collapse", "")


@pytest.mark.parametrize("example", ["one-path", "many-paths", "derivation"])
def test_examples_run(page, example):
    page.choose(example)
    page.run()
    assert page.status.startswith("Done"), page.output
    assert page.picture()


def test_it_explains_and_checks_answers(page):
    page.choose("many-paths")
    page.run()
    page.tab("explain")
    page.set("#explained", "p")
    page.wait(
        "return document.querySelector('#explain .shown').textContent.includes('∂L/∂p = -22.17')"
    )
    page.tab("check")
    for answer, kind in [("q·t + s·t", "right"), ("q·t", "wrong")]:
        page.browser.run("document.getElementById('checked').value = 'p'")
        page.browser.run("document.getElementById('answer').value = arguments[0]", answer)
        page.click("#check button")
        page.wait(
            "return document.querySelector('#check .shown pre')?.className === arguments[0]", kind
        )
    assert "1 of 2 paths was followed" in page.browser.text("#check .shown pre")


def test_it_steps_and_slides(page):
    page.choose("many-paths")
    page.run()
    page.tab("stepper")
    driver = page.browser.driver
    page.wait("return document.querySelector('#stepper iframe')")
    driver.switch_to.frame(page.browser.find("#stepper iframe"))
    try:
        page.wait("return document.getElementById('slider')?.max > 5")
        page.browser.run("document.getElementById('last').click()")
        assert "-22.17" in page.browser.text("#gradients")
        page.browser.run(
            "const s = document.getElementById('slider'); s.value = 1;"
            "s.dispatchEvent(new Event('input', { bubbles: true }))"
        )
        assert page.browser.text("#link").startswith("step 1 of")
        page.browser.run("document.getElementById('last').click()")
        page.browser.run(MOVE, "p", 1)  # L = p q eᵖ + q = -e - 1
        assert "-3.718" in page.browser.text("#gradients")
    finally:
        driver.switch_to.default_content()


def test_xor_is_trained_with_a_live_picture(page):
    page.choose("xor")
    page.click("#run")
    seen = set()
    while page.browser.run("return document.getElementById('run').disabled"):
        seen.add("".join(page.picture() or []))
    assert len(seen) > 3  # while it was trained
    assert page.status.startswith("Done"), page.output
    assert "trained by the eager engine: compiled programs run on NumPy" in page.output
    assert page.output.count("epoch") == 1
    assert "accuracy 100%" in page.output


def test_a_derivation_in_the_code_is_checked(page):
    page.choose("derivation")
    page.run()
    assert "Derivation of L: 1 of 4 right" in page.output
    page.tab("check")
    assert "1 of 4 right" in page.browser.text("#derivations")


def test_an_error_is_shown_with_the_line(page):
    page.write("from autograd import Value\nx = Value(3.0)\nL = x + '1'\n")
    page.run()
    assert page.status == "An error in line 3"
    assert "the operand is the str '1'" in page.output
    assert "'1'" in page.browser.text(".wrong-line")


CHAIN = "from autograd import Value\nL = x = Value(1.0)\nfor _ in range({}): L = L + x\n"


def test_a_deep_graph_does_not_end_python_and_too_many_nodes_are_refused(page):
    page.write(CHAIN.format(2 * playground.MOST_NODES))
    page.run()
    assert "this run keeps 500,000 nodes" in page.output
    for end in ("L = None\nprint('it lives')\n", "print('it lives')\n"):
        page.write(CHAIN.format(50_000) + f"L.backward()\n{end}")
        page.run()
        assert "it lives" in page.output


def test_a_long_run_is_stopped_and_never_freezes_the_page(page):
    page.write("print('begun')\nwhile True: pass\n")
    page.click("#run")
    page.wait("return document.getElementById('output').textContent.includes('begun')")
    assert page.browser.run("return 1 + 1") == 2
    page.click("#stop")
    page.wait("return document.getElementById('status').textContent === 'Ready'")
    page.write("print('again')\n")
    page.run()
    assert "again" in page.output


def test_an_end_of_python_itself_is_told_and_mended(loaded):
    """Plain objects are freed in calls within calls, too many for the stack of a worker."""
    loaded.write("last = None\nfor _ in range(20_000): last = {0: last}.items()\nlast = None\n")
    loaded.click("#run")
    loaded.wait("return document.getElementById('output').textContent.includes('Python has ended')")
    loaded.wait("return document.getElementById('status').textContent === 'Ready'")
    loaded.write("print('again')\n")
    loaded.run()
    assert "again" in loaded.output
    loaded.browser.complaints()


def test_a_question_that_takes_long_is_stopped(page):
    """With the code of a method that never returns, for no graph of ours takes so long."""
    code = "from autograd import Value\nimport viz\nL = x = Value(1.0) * 2\n"
    page.write(f"{code}def forever(*_, **__):\n    while True: pass\nviz.stepper = forever\n")
    page.run()
    page.click("#tab-stepper")
    page.wait("return !document.getElementById('stop').disabled")
    page.click("#stop")
    page.wait("return document.getElementById('status').textContent === 'Ready'")
    page.click("#tab-picture")
    page.write(f"{code}print('again')\n")
    page.run()
    assert "again" in page.output


def test_what_can_not_be_had_in_a_browser_is_not_said_to_be_installable(page):
    for code in ("import autograd; autograd.compile", "import viz; viz.save(L, 'a.pdf')",
                 "import nn; nn.MLPClassifier", "import viz; viz.plot_history(None)"):  # fmt: skip
        page.write(f"from autograd import Value\nL = Value(1.0) * 2\n{code}\n")
        page.run()
        assert page.status == "An error in line 3", code
        assert "pip install" not in page.output, page.output
        assert "graphviz.org" not in page.output, page.output


def test_opened_from_a_folder_it_says_what_to_do(window, built):
    window.open(built / "index.html")
    assert "python -m http.server" in window.text("#status")
    window.complaints()


@needs_links
def test_it_works_in_a_folder_of_any_name(window, built, tmp_path):
    (tmp_path / "ein Ördner" / "#1").mkdir(parents=True)
    (tmp_path / "ein Ördner" / "#1" / "page").symlink_to(built)
    with served(tmp_path) as address:
        page = Page(window, f"{address}ein%20%C3%96rdner/%231/page/")
        page.open()
        page.run()
        assert page.status.startswith("Done")
        assert page.picture()
        assert window.complaints() == []


def test_a_link_carries_the_code(page):
    code = "print('ŷ & <b>' + 'c')\n"
    page.write(code)
    page.click("#link")
    fragment = page.wait("return location.hash.startsWith('#code=') && location.hash")
    page.open(fragment)
    page.run()
    assert page.output == "ŷ & <b>c\n"
    page.browser.open(f"{page.address}index.html", fragment[:-6])
    page.wait("return document.querySelector('.cm-content')?.textContent.includes('L.backward()')")
    page.wait("return document.getElementById('status').textContent === 'Ready'")


def test_nothing_is_asked_of_another_host_and_nothing_after_loading(page):
    page.open()
    hosts = "return performance.getEntriesByType('resource').map(e => e.name)"
    before = page.browser.run(hosts)
    assert before
    assert all(name.startswith(page.address) for name in before)
    page.choose("xor")
    page.run()
    page.tab("stepper")
    after = [name for name in page.browser.run(hosts) if name not in before]
    assert [name.removeprefix(page.address) for name in after] in ([], ["frame.html"])


def test_it_fits_windows_of_all_sizes(page):
    page.choose("worked-network")
    page.run()
    page.picture()
    for size in [(390, 844), (800, 600), (1400, 900)]:
        for dark in (True, False):
            page.browser.look(size=size, dark=dark)
            assert page.browser.run("return document.documentElement.scrollWidth") <= size[0]
            run = page.browser.run("return document.getElementById('run').getBoundingClientRect()")
            assert 0 <= run["left"] < run["right"] <= size[0]
            colour = page.browser.run("return getComputedStyle(document.body).backgroundColor")
            assert (colour == "rgb(20, 24, 31)") == dark
