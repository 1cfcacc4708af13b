"""Saved parameters come back bit by bit, and a bad file changes nothing."""

import json
import math
import os
import struct

import pytest

from autograd import Value
from nn import MLP, Module, StateError, saving


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
    assert json.loads(path.read_text(encoding="utf-8")) == {
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
