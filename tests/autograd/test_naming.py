"""Labels from the names of variables."""

from autograd import Value, name_values


def test_values_get_the_names_of_their_variables() -> None:
    x, W, layers = Value(1.0), [[Value(1.0), Value(2.0)]], {"out": (Value(3.0),)}
    name_values(locals())
    assert [x.label, W[0][1].label, layers["out"][0].label] == ["x", "W[0][1]", "layers['out'][0]"]


def test_labels_given_by_hand_stay_and_the_first_name_counts() -> None:
    first = Value(1.0)
    second = first
    labelled = Value(2.0, label="mine")
    name_values({"labelled": labelled, "first": first, "second": second, "_hidden": Value(3.0)})
    assert [labelled.label, first.label] == ["mine", "first"]


def test_lists_that_contain_themselves_and_deep_ones_end() -> None:
    x = Value(1.0)
    loop: list = []
    loop += [loop, x]
    deep: list = [Value(2.0)]
    for _ in range(10_000):
        deep = [deep]
    name_values({"loop": loop, "deep": deep})
    assert x.label == "loop[1]"
