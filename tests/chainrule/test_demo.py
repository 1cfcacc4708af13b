import io
import sys

import pytest
from rich.console import Console

import nn
from chainrule import demo
from viz import VizError


@pytest.mark.parametrize("package", ["matplotlib", "sklearn"])
def test_what_the_digits_need_is_told_before_anything_is_drawn(tmp_path, monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(VizError, match=rf"{package}, .*: pip install matplotlib scikit-learn$"):
        demo.run(tmp_path / "demo")
    assert not (tmp_path / "demo").exists()


def test_the_loss_of_the_notes_is_explained(tmp_path):
    printed = io.StringIO()
    demo._show_worked_network(Console(file=printed, width=100), tmp_path)
    text = " ".join(printed.getvalue().split())
    assert "0.1058 (rounded)" in text
    assert "rounded to two digits: (1 - 0.77)² + (0 - 0.23)² = 0.1058." in text
    assert "Of the outputs as they are, it is 0.1055." in text
    nodes = demo.worked_network()
    assert [round(nodes[name].data, 2) for name in ("ŷ1", "ŷ2")] == [0.77, 0.23]
    assert round((1 - 0.77) ** 2 + (0 - 0.23) ** 2, 4) == 0.1058


def test_the_picture_of_the_training_has_a_panel_for_each_kind_of_number(tmp_path):
    pytest.importorskip("matplotlib")
    model, data = nn.MLP(1, [2], seed=0), ([[0.0], [1.0]], [0, 1])
    history = nn.fit(model, *data, loss="cross_entropy", epochs=2, validation=data, progress=False)
    picture = demo._plot_history(history, tmp_path / "loss.svg").read_text("utf-8")
    for title in ("Loss", "Accuracy", "Gradient norms", "training", "validation", "layers.0"):
        assert f"<!-- {title} -->" in picture
