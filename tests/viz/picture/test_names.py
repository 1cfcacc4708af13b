import pytest

from autograd import Value
from tests.counting import lines_run
from tests.viz.graphs import chain
from viz import ScriptError
from viz.picture.names import NodeNames, suggestion


def test_a_name_is_a_variable_or_a_label_or_an_op():
    x = Value(2.0, label="the x")
    y = x.exp()
    z = y.sin()
    names = NodeNames(z, {"y": y, "z": 3, "_y": z})
    assert names.find("y") is names.find("exp") is y
    assert names.find("the x") is x
    assert names.find("sin") is z
    with pytest.raises(ScriptError):
        names.find("_y")


def test_a_variable_goes_before_a_label_and_need_not_be_in_the_graph():
    a, b = Value(1.0, label="b"), Value(2.0)
    names = NodeNames(a.exp(), {"b": b})
    assert names.find("b") is b
    assert names.of(b) == "2"


def test_what_several_are_called_is_numbered():
    a, b = Value(0.0, label="w"), Value(0.0, label="w")
    names = NodeNames(a * b)
    assert list(names) == ["w#1", "w#2", "*"]
    assert (names.find("w#1"), names.find("w#2")) == (a, b)
    assert names.of(b) == "w#2"
    with pytest.raises(ScriptError, match="2 nodes are called 'w': write w#1 to w#2, or label"):
        names.find("w")


def test_other_ways_to_write_the_same_characters_are_understood():
    y = Value(2.0, label="ŷ₁")
    names = NodeNames(y.exp())
    assert names.find("y\N{COMBINING CIRCUMFLEX ACCENT}1") is y
    assert "ŷ1" in names


def test_an_unknown_name_gets_a_suggestion():
    names = NodeNames(Value(2.0, label="w") * Value(3.0, label="x"))
    with pytest.raises(ScriptError, match="'ww'; did you mean 'w'"):
        names.find("ww")
    with pytest.raises(ScriptError, match=r"'abc'; it must be one of 'w', 'x', '\*'$"):
        names.find("abc")
    assert suggestion("x", map(str, range(99))).endswith("'7', …")


def test_a_graph_ten_times_as_large_is_ten_times_the_work():
    def find(root, count):
        names = NodeNames(root)
        assert names.find(f"{root.name}#{count}") is root
        with pytest.raises(ScriptError):
            names.find("nothing like it")

    find(chain(100_000), 100_000)
    small, large = (lines_run(find, chain(count), count) for count in (1000, 10_000))
    assert large < 12 * small
