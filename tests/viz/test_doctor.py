import pathlib
import re

import pytest

from viz import doctor
from viz.errors import ForeignPackageError


def broken(findings):
    return [finding for finding in findings if finding.is_broken]


def renderer_findings():
    return [f for f in doctor.examine() if f.subject not in ("Python", *doctor.PACKAGES)]


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


def test_the_engine_is_ours():
    doctor.require_ours()


def test_another_package_of_the_same_name_is_told(tmp_path, monkeypatch):
    (tmp_path / "autograd").mkdir()
    (tmp_path / "autograd" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(__import__("sys").modules, "autograd")
    with pytest.raises(ForeignPackageError, match="is another package of the same name"):
        doctor.require_ours()


def test_another_distribution_in_the_same_folder_is_told(monkeypatch):
    monkeypatch.setattr(doctor, "_distributions", lambda name: ["autograd", "chainrule"])
    found = {finding.subject: finding for finding in doctor.examine()}["autograd"]
    assert found.is_broken
    assert "pip uninstall autograd" in found.remedy
    assert found.remedy.endswith("pip install --force-reinstall .")


def test_a_missing_package_is_reinstalled_from_the_checkout(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    remedy = doctor.examine()[1].remedy
    assert remedy == "reinstall from your checkout: pip install --force-reinstall ."


def test_no_advice_is_to_install_us_from_the_package_index():
    for path in pathlib.Path(doctor.__file__).parent.glob("*.py"):
        assert not re.search(r"pip install[^\n]*chainrule", path.read_text("utf-8")), path


def test_an_old_python_is_told(monkeypatch):
    monkeypatch.setattr(doctor, "OLDEST_PYTHON", (99, 0))
    assert "99.0" in broken(doctor.examine())[0].remedy
