import sys

import pytest

from viz import VizError, demo


@pytest.mark.parametrize("package", ["matplotlib", "sklearn"])
def test_what_the_digits_need_is_told_before_anything_is_drawn(tmp_path, monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(VizError, match=rf"{package}, .*: pip install matplotlib scikit-learn$"):
        demo.run(tmp_path / "demo")
    assert not (tmp_path / "demo").exists()
