"""Saved parameters come back bit by bit, and a bad file changes nothing."""

import json
import math
import os
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Value
from nn import MLP, Module, StateError, saving
from tests.systems import needs_links


class Numbers(Module):
    def __init__(self, *numbers):
        self.numbers = [Value(number) for number in numbers]

    @property
    def data(self):
        return [value.data for value in self.numbers]


AWKWARD = [0.1, -0.0, 5e-324, 1.7976931348623157e308, 1 / 3, -2.2250738585072014e-308, 1e22, 123.0]


def test_floats_come_back_bit_by_bit(tmp_path):
    model, other = Numbers(*AWKWARD), Numbers(*[0.0] * len(AWKWARD))
    model.save(tmp_path / "model.json")
    other.load(str(tmp_path / "model.json"))
    assert struct.pack("8d", *other.data) == struct.pack("8d", *model.data)


def test_the_file_is_readable_json(tmp_path):
    path = tmp_path / "made" / "on the way" / "модель.json"
    Numbers(1.5).save(path)
    content = json.loads(path.read_text(encoding="utf-8"))
    assert content.pop("checksum").startswith("sha256:")
    assert content == {
        "format": "chainrule parameters",
        "version": 1,
        "parameters": {"numbers.0": 1.5},
    }


def test_a_network_round_trips(tmp_path):
    model, other = MLP(3, [4, 2], seed=1), MLP(3, [4, 2], seed=2)
    model.save(tmp_path / "m.json")
    other.load(tmp_path / "m.json")
    assert other.state_dict() == model.state_dict()


def test_saving_replaces_the_file_and_leaves_nothing_beside_it(tmp_path):
    path = tmp_path / "m.json"
    Numbers(1.0).save(path)
    Numbers(2.0).save(path)
    assert saving.read(path) == {"numbers.0": 2.0}
    assert os.listdir(tmp_path) == ["m.json"]


@needs_links
def test_saving_through_a_link_keeps_the_link(tmp_path):
    target, link = tmp_path / "target.json", tmp_path / "link.json"
    Numbers(1.0).save(target)
    link.symlink_to(target)
    Numbers(2.0).save(link)
    assert link.is_symlink()
    assert saving.read(target) == {"numbers.0": 2.0}


def test_parameters_that_diverged_are_not_saved(tmp_path):
    path = tmp_path / "m.json"
    Numbers(1.0).save(path)
    with pytest.raises(StateError, match=r"'numbers\.0' must be a finite number, not nan"):
        Numbers(math.nan).save(path)
    assert saving.read(path) == {"numbers.0": 1.0}


def test_a_failure_while_writing_keeps_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "m.json"
    Numbers(1.0).save(path)

    def full(descriptor):
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space left"):
        Numbers(2.0).save(path)
    assert saving.read(path) == {"numbers.0": 1.0}
    assert os.listdir(tmp_path) == ["m.json"]


def file_of(parameters, version="1"):
    return f'{{"format": "chainrule parameters", "version": {version}, "parameters": {parameters}}}'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not a file of saved parameters"),
        ("{", "not a file of saved parameters"),
        ("\x80pickle", "not a file of saved parameters"),
        ("[" * 100_000, "not a file of saved parameters"),
        ("[1, 2]", r"no \"format\": \"chainrule parameters\"; model.save"),
        ('{"numbers.0": 1.0}', r"no \"format\""),
        (file_of("{}", "2"), "version 2, and this release reads version 1 only"),
        (file_of("{}", "true"), "version True"),
        (file_of("{}", "null"), "version None"),
        (file_of("[1.0]"), 'no object of "parameters"'),
        (file_of('{"numbers.0": 1.0}, "checksun": "sha256:00"'), "'checksun'"),
        (file_of('{"numbers.0": 1.0}, "checksum": "sha256:00"'), "changed or damaged"),
        (file_of('{"numbers.0": 1.0}, "checksum": "sha256:"'), "changed or damaged"),
        (file_of('{"numbers.0": 1.0}, "checksum": ""'), "changed or damaged"),
        (file_of('{"numbers.0": 1.0}, "checksum": null'), "changed or damaged"),
        (file_of('{"numbers.0": NaN}'), "NaN is not a finite number"),
        (file_of('{"numbers.0": -Infinity}'), "-Infinity is not a finite number"),
        (file_of('{"numbers.0": 1e999}'), "finite number, not inf"),
        (file_of('{"numbers.0": true}'), "must be a number, not the bool"),
        (file_of('{"numbers.0": "1.0"}'), "must be a number, not the str"),
        (file_of('{"numbers.0": 1.0, "numbers.0": 2.0}'), "'numbers.0' occurs twice"),
        (file_of('{"number.0": 1.0}'), r"did you mean 'numbers\.0'\?"),
        (file_of("{}"), "missing 'numbers.0'"),
        (file_of('{"numbers.0": 1.0}')[:-5], "not a file of saved parameters"),
    ],
)
def test_a_broken_or_foreign_file_changes_nothing(tmp_path, text, message):
    path = tmp_path / "m.json"
    path.write_text(text, encoding="utf-8")
    model = Numbers(7.0)
    with pytest.raises(StateError, match=message) as caught:
        model.load(path)
    assert str(path) in str(caught.value)
    assert model.data == [7.0]


def test_bytes_that_are_not_text_are_rejected(tmp_path):
    (tmp_path / "m.json").write_bytes(b"\x80\x04\x95\xff")
    with pytest.raises(StateError, match="not a file of saved parameters"):
        Numbers(1.0).load(tmp_path / "m.json")


def test_a_missing_file_is_the_usual_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        Numbers(1.0).load(tmp_path / "none.json")


def test_whole_numbers_written_by_hand_are_accepted(tmp_path):
    (tmp_path / "m.json").write_text(file_of('{"numbers.0": 3}'), encoding="utf-8")
    model = Numbers(1.0)
    model.load(tmp_path / "m.json")
    assert model.data == [3.0]
    assert isinstance(model.data[0], float)


# Damage.


def assert_refused(path, damaged, what):
    path.write_bytes(damaged)
    model = Numbers(7.0, 8.0)
    try:
        model.load(path)
        loaded = f"{what} loads"
    except StateError as error:
        loaded, message = "", str(error)
    assert not loaded
    assert str(path) in message
    assert model.data == [7.0, 8.0]


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_no_flipped_bit_loads(tmp_path, line_end):
    path = tmp_path / "m.json"
    Numbers(-1.5, 2e-300).save(path)
    content = path.read_bytes().replace(b"\n", line_end)
    for bit in range(8 * len(content)):
        damaged = bytearray(content)
        damaged[bit // 8] ^= 1 << bit % 8
        assert_refused(path, damaged, f"bit {bit % 8} of byte {bit // 8} flipped")


def test_no_part_of_a_file_loads(tmp_path):
    path = tmp_path / "m.json"
    Numbers(-1.5, 2e-300).save(path)
    content = path.read_bytes()
    for length in range(len(content)):
        assert_refused(path, content[:length], f"the first {length} bytes")


LARGE = [(i - 500) / 7 * 10.0 ** (i % 40 - 20) for i in range(1000)]


@given(flips=st.sets(st.integers(min_value=0, max_value=2**32), min_size=1, max_size=4))
def test_no_flipped_bits_of_a_large_file_load(tmp_path_factory, flips):
    path = tmp_path_factory.mktemp("large") / "m.json"
    Numbers(*LARGE).save(path)
    damaged = bytearray(path.read_bytes())
    for bit in {flip % (8 * len(damaged)) for flip in flips}:
        damaged[bit // 8] ^= 1 << bit % 8
    path.write_bytes(damaged)
    model = Numbers(*[7.0] * len(LARGE))
    with pytest.raises(StateError):
        model.load(path)
    assert model.data == [7.0] * len(LARGE)


def test_a_file_of_an_older_release_loads(tmp_path):
    path = tmp_path / "m.json"
    text = json.dumps(json.loads(file_of('{"numbers.0": 0.1, "numbers.1": -0.0}')), indent=1) + "\n"
    path.write_text(text, encoding="utf-8")
    assert saving.read(path) == {"numbers.0": 0.1, "numbers.1": -0.0}


def test_a_file_with_other_line_ends_loads(tmp_path):
    path = tmp_path / "m.json"
    Numbers(1.5).save(path)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert saving.read(path) == {"numbers.0": 1.5}


def test_a_file_edited_on_purpose_says_what_to_delete_and_then_loads(tmp_path):
    path = tmp_path / "m.json"
    Numbers(1.5).save(path)
    edited = path.read_text(encoding="utf-8").replace("1.5", "2.5")
    path.write_text(edited, encoding="utf-8")
    with pytest.raises(StateError, match=r'changed or damaged.* delete the line of "checksum"'):
        saving.read(path)
    lines = [line for line in edited.splitlines() if '"checksum"' not in line]
    path.write_text("\n".join(lines), encoding="utf-8")
    assert saving.read(path) == {"numbers.0": 2.5}


@pytest.mark.parametrize("name", ["sha256:", '"checksum": "sha256:', "\ud800", "\u202e", "a\r\nb"])
def test_any_name_of_a_parameter_comes_back(tmp_path, name):
    saving.write(tmp_path / "m.json", {name: 1.5})
    assert saving.read(tmp_path / "m.json") == {name: 1.5}
