"""Where a node was made: file, line and columns."""

import textwrap
import threading

import autograd
import nn
from autograd import Value, record_origins


def test_origin_is_the_expression_that_made_the_node() -> None:
    x = Value(2.0)
    with record_origins():
        y = x * x + 1
    assert y.origin is not None
    assert y.origin.filename == __file__
    assert y.origin.function.endswith("is_the_expression_that_made_the_node")
    assert y.origin.excerpt() == "    y = x * x + 1\n        ^^^^^^^^^"
    assert y.parents[0].origin is not None
    assert y.parents[0].origin.excerpt() == "    y = x * x + 1\n        ^^^^^"


def test_functions_methods_and_networks_lead_to_the_line_that_called_them() -> None:
    x = [Value(1.0), Value(2.0)]
    model = nn.MLP(2, [2, 1], seed=0)
    with record_origins():
        made = [autograd.dot(x, x), autograd.softmax(x)[1], x[0].tanh(), 2 ** x[1], model(x)]
    for node in made:
        assert node.origin is not None
        assert node.origin.filename == __file__
        assert "made = [" in node.origin.excerpt()
    assert made[0].origin.excerpt().count("^") == len("autograd.dot(x, x)")


def test_columns_count_characters_not_bytes() -> None:
    ŷ = Value(2.0)
    with record_origins():
        σ = (ŷ, ŷ * ŷ)[1]
    assert σ.origin is not None
    text, carets = σ.origin.excerpt().split("\n")
    assert text[carets.index("^") : carets.rindex("^") + 1] == "ŷ * ŷ"


def test_an_expression_over_several_lines_points_at_the_first() -> None:
    x = Value(2.0)
    with record_origins():
        y = (x *
             x)  # fmt: skip
    assert y.origin is not None
    assert y.origin.excerpt() == "    y = (x *\n         ^^^"


def test_source_that_can_not_be_read_has_no_excerpt() -> None:
    names = {"Value": Value}
    with record_origins():
        exec(compile("y = Value(2.0) * 3", "<typed in>", "exec"), names)
    y = names["y"]
    assert str(y.origin) == "<typed in>:1"
    assert y.origin.excerpt() == ""


def test_nothing_is_recorded_outside_the_block_or_in_another_thread() -> None:
    made = []
    x = Value(2.0)
    with record_origins():
        thread = threading.Thread(target=lambda: made.append(x * x))
        thread.start()
        thread.join()
    made.append(x * x)
    assert [node.origin for node in made] == [None, None]


def test_leaves_have_no_origin() -> None:
    with record_origins():
        assert Value(1.0).origin is None


def test_the_excerpt_of_a_script(tmp_path) -> None:
    script = tmp_path / "lesson.py"
    script.write_text(
        textwrap.dedent(
            """
            from autograd import Value, record_origins

            def f(x):
                return x ** 2

            with record_origins():
                y = f(Value(3.0))
            """
        )
    )
    names: dict = {}
    exec(compile(script.read_text("utf-8"), str(script), "exec"), names)
    assert str(names["y"].origin) == f"{script}:5"
    assert names["y"].origin.excerpt() == "    return x ** 2\n           ^^^^^^"
