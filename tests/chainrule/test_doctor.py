import pathlib
import re
import sys

from chainrule import doctor, installation


def broken(findings):
    return [finding for finding in findings if finding.is_broken]


def renderer_findings():
    return [f for f in doctor.examine() if f.subject not in ("Python", *installation.PACKAGES)]


def test_what_works_needs_no_remedy(without_dot):
    findings = renderer_findings()
    assert [finding for finding in findings if finding.remedy] == []
    assert any("graphviz-pure" in finding.state for finding in findings)
    assert any("svg" in finding.state.split() for finding in findings)


def test_a_broken_dot_is_a_warning_as_long_as_another_works(fake_dot):
    program = fake_dot('echo "libgvc missing" >&2; exit 127')
    warnings = [finding for finding in renderer_findings() if finding.remedy]
    assert [finding.is_broken for finding in warnings] == [False]
    assert str(program) in warnings[0].state
    assert "libgvc missing" in warnings[0].state


def test_no_renderer_at_all_is_broken(monkeypatch):
    monkeypatch.setattr("viz.formats.render._programs", lambda: iter([]))
    assert "pip install" in broken(renderer_findings())[-1].remedy


def test_a_renderer_that_fails_at_the_test_graph_is_broken(fake_dot):
    fake_dot('case "$1" in\n-V) ;;\n-T?) echo "Use one of: svg" >&2; exit 1;;\n*) echo no;;\nesac')
    assert "writes no SVG" in broken(renderer_findings())[0].state


def test_a_dot_without_plugins_draws_nothing_and_is_not_said_to(fake_dot):
    """So it is before ``dot -c`` was run: dot starts, and knows no format at all."""
    program = fake_dot(
        'case "$1" in\n-V) echo "dot - graphviz version 2.43.0" >&2; exit 0;;\nesac\n'
        'echo "Format: \\"$1\\" not recognized. Use one of:" >&2; exit 1'
    )
    findings = renderer_findings()
    [told] = [finding for finding in findings if str(program) in finding.state]
    assert "no plugins" in told.state
    assert "dot -c" in told.state
    assert told.warning
    assert not broken(findings)
    assert "graphviz-pure" in next(f for f in findings if f.subject == "picture").state


def test_a_dot_that_writes_no_svg_leaves_that_to_the_next(fake_dot):
    fake_dot(
        'case "$1" in\n-V) echo version >&2; exit 0;;\n-T?) echo "Use one of: canon" >&2;;\nesac\n'
        "exit 1"
    )
    findings = renderer_findings()
    assert not broken(findings)
    assert any("writes no SVG" in finding.state and finding.warning for finding in findings)
    assert "graphviz-pure" in next(f for f in findings if f.subject == "picture").state


def test_what_is_broken_is_not_said_to_draw(fake_dot):
    fake_dot('case "$1" in\n-V) ;;\n-T?) echo "Use one of: svg" >&2; exit 1;;\n*) echo no;;\nesac')
    findings = renderer_findings()
    assert broken(findings)
    assert not any(f.subject == "picture" and "dot" in f.state for f in findings)


def test_no_advice_is_to_install_us_from_the_package_index():
    for path in pathlib.Path(doctor.__file__).parent.glob("*.py"):
        assert not re.search(r"pip install[^\n]*chainrule", path.read_text("utf-8")), path


def test_an_old_python_is_told(monkeypatch):
    monkeypatch.setattr(doctor, "OLDEST_PYTHON", (99, 0))
    assert "99.0" in broken(doctor.examine())[0].remedy


def test_what_an_earlier_build_left_in_a_checkout_is_not_the_version(tmp_path, monkeypatch):
    for folder, version, files in (
        ("chainrule.egg-info", "0.0.1", ["PKG-INFO"]),
        ("site/chainrule-2.0.dist-info", "2.0", ["METADATA", "RECORD"]),
    ):
        (tmp_path / folder).mkdir(parents=True)
        for name in files:
            metadata = f"Metadata-Version: 2.1\nName: chainrule\nVersion: {version}\n"
            (tmp_path / folder / name).write_text(metadata, "utf-8")
    monkeypatch.setattr(sys, "path", [str(tmp_path), str(tmp_path / "site")])
    assert doctor.version() == "2.0"
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    assert doctor.version() == "0.0.1"
    monkeypatch.setattr(sys, "path", [])
    assert doctor.version() == "(not installed)"
