"""Marking many students: each gets their points, whatever the others hand in."""

import csv
import io
import json
import math
import pathlib

import pytest

from chainrule import cli
from chainrule.grading import FORMATS, MOST_BYTES

KEY = """\
from autograd import Value, sigmoid
x, w, v = Value(0.5, label="x"), Value(-1.2, label="w"), Value(0.8, label="v")
a = w * x
h = sigmoid(a)
L = (h * v - 1) ** 2
print("noise")
secret = 3.0
questions = {h: (2, "a"), a: (2, "a"), w: 3, "v": 1}
"""
# sigmoid(-0.6) is 0.354344, so h·v - 1 is -0.716525
RIGHT = {"h": "2*(h*v-1)*v", "a": "2*(h*v-1)*v*h*(1-h)", "w": "-0.13114", "v": "2*h*(h*v-1)"}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pathlib.Path("key.py").write_text(KEY, "utf-8")


def run(capsys, *argv):
    status = cli.main(["grade", "key.py", *argv])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def marked(capsys, *argv):
    status, out, _ = run(capsys, *argv, "--format", "json")
    return status, {each["student"]: each for each in json.loads(out)}


def write_json(name, answers):
    pathlib.Path(name).write_text(json.dumps(answers), "utf-8")


def test_numbers_and_formulas_get_their_points(capsys):
    write_json("all.json", {"ann": RIGHT, "bob": {**RIGHT, "v": "7", "w": ""}})
    status, found = marked(capsys, "all.json")
    assert status == 0
    assert (found["ann"]["points"], found["bob"]["points"], found["ann"]["of"]) == (8.0, 4.0, 8.0)
    assert found["ann"]["parts"] == {"a": 4.0, "": 4.0}
    assert [mark["verdict"] for mark in found["bob"]["marks"]][2] == "no answer"


def test_every_form_of_file_says_the_same(capsys):
    names = list(RIGHT)
    write_json("one.json", RIGHT)
    pathlib.Path("two.csv").write_text(
        f"who,{','.join(names)}\ntwo,{','.join(RIGHT.values())}\n", "utf-8-sig"
    )
    pathlib.Path("three.csv").write_text(
        f"who;{';'.join(names)}\r\nthree;{';'.join(RIGHT.values())}\r\n", "utf-16"
    )
    lines = [f"{name} = {answer}" for name, answer in RIGHT.items()]
    pathlib.Path("four.txt").write_text("# mine\n\n" + "\n".join(lines), "utf-8")
    lines = [f"∂L/∂{name}: {answer}" for name, answer in RIGHT.items()]
    pathlib.Path("five.txt").write_text("\n".join(lines), "utf-8")
    status, found = marked(capsys, *["one.json", "two.csv", "three.csv", "four.txt", "five.txt"])
    assert status == 0
    assert {student: each["points"] for student, each in found.items()} == dict.fromkeys(
        ["one", "two", "three", "four", "five"], 8.0
    )


def test_json_keeps_the_digits_of_a_number(capsys):
    pathlib.Path("ann.json").write_text('{"w": -0.13114, "v": -0.5077938}', "utf-8")
    _, found = marked(capsys, "ann.json")
    assert [mark["answer"] for mark in found["ann"]["marks"]][2:] == ["-0.13114", "-0.5077938"]


@pytest.mark.parametrize("share", ["1", "0.5", "0"])
def test_a_slip_costs_its_points_once(capsys, share):
    slip = {"h": "-5", "a": repr(-5 * 0.3543436937742045 * 0.6456563062257955), "v": RIGHT["v"]}
    slip["w"] = repr(float(slip["a"]) * 0.5)
    write_json("ann.json", slip)
    _, found = marked(capsys, "ann.json", "--follow-through", share)
    verdicts = [mark["verdict"] for mark in found["ann"]["marks"]]
    assert verdicts[1:3] == ["follows", "follows"]
    assert found["ann"]["points"] == 1 + 5 * float(share)


BAD = {
    "latin.txt": "w = 2·x²".encode("latin-1"),
    "binary.csv": b"\x89PNG\r\n\0\0\0",
    "nul.txt": b"w = 1\0",
    "empty.csv": b"",
    "twice.json": b'{"w": 1, "w": 2}',
    "twice.txt": b"w = 1\nw = 2",
    "twice.csv": b"who,w,w\na,1,2\n",
    "short.csv": b"who,w,v\na,1\n",
    "quote.csv": b'who,w\na,"1\n',
    "wide.csv": b"who,w\na," + b"1" * 200_000 + b"\n",
    "deep.json": b"[" * 100_000,
    "deep_objects.json": b'{"w":' * 100_000,
    "list.json": b"[1, 2]",
    "nested.json": b'{"w": [{"x": 1}]}',
    "mixed.json": b'{"ann": {"w": 1}, "w": 2}',
    "huge.txt": b"w" * (MOST_BYTES + 1),
    "words.txt": b"I was ill",
    "missing.txt": None,
}


@pytest.mark.parametrize("name", BAD)
def test_nobodys_file_stops_anothers(capsys, name):
    if (content := BAD[name]) is not None:
        pathlib.Path(name).write_bytes(content)
    write_json("ann.json", RIGHT)
    status, found = marked(capsys, name, "ann.json")
    assert status == 1
    assert found.pop("ann")["points"] == 8.0
    ((_, bad),) = found.items()
    assert bad["points"] is None
    assert bad["problem"]
    assert bad["marks"] == []


@pytest.mark.parametrize(
    "answer",
    [
        "2*(",
        "__import__('os').system('touch run')",
        "secret",
        "[[1",
        "nan?",
        "1" * 3000,
        "(" * 1900,
    ],
)
def test_an_unreadable_answer_costs_only_itself(capsys, answer):
    write_json("ann.json", {**RIGHT, "w": answer})
    status, found = marked(capsys, "ann.json")
    assert (status, found["ann"]["points"]) == (0, 5.0)
    assert found["ann"]["marks"][2]["verdict"] == "unreadable"
    assert not pathlib.Path("run").exists()


@pytest.mark.parametrize("answers", [{"w": ""}, {"w": "1" * 3000}])
def test_who_answers_nothing_that_can_be_read_is_marked_with_no_points(capsys, answers):
    write_json("ann.json", answers)
    status, found = marked(capsys, "ann.json")
    assert (status, found["ann"]["points"], found["ann"]["problem"]) == (0, 0.0, "")
    assert len(found["ann"]["marks"]) == 4


def test_what_is_asked_by_nobody_is_said(capsys):
    write_json("ann.json", {**RIGHT, "q": "1"})
    _, found = marked(capsys, "ann.json")
    assert found["ann"]["notes"] == ["there is no question 'q'"]
    assert found["ann"]["points"] == 8.0


def test_two_answers_to_one_question_are_not_chosen_from(capsys):
    write_json("ann.json", {**RIGHT, "dL/dw": "1"})
    status, found = marked(capsys, "ann.json")
    assert (status, found["ann"]["points"]) == (1, None)


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "＝1"])
def test_no_cell_is_a_formula(capsys, name):
    write_json("all.json", {name: {**RIGHT, "=cmd()": "1"}})
    _, out, _ = run(capsys, "all.json", "--format", "csv")
    header, row = csv.reader(io.StringIO(out))
    assert row[0].startswith("'") or not row[0].lstrip().startswith(("=", "+", "-", "@", "＝"))
    assert dict(zip(header, row, strict=True))["points"] == "8.0"
    assert dict(zip(header, row, strict=True))["part a"] == "4.0"


def test_gradescope_gets_the_results_of_one_student(capsys):
    write_json("ann.json", {**RIGHT, "v": "7"})
    assert run(capsys, "ann.json", "--format", "gradescope", "-o", "results.json")[0] == 0
    results = json.loads(pathlib.Path("results.json").read_text("utf-8"))
    assert results["score"] == sum(test["score"] for test in results["tests"]) == 7.0
    assert [test["status"] for test in results["tests"]] == ["passed"] * 3 + ["failed"]
    assert sum(test["max_score"] for test in results["tests"]) == 8.0
    write_json("all.json", {"ann": RIGHT, "bob": RIGHT})
    status, _, err = run(capsys, "all.json", "--format", "gradescope")
    assert status == 2
    assert "one student" in err


# What Gradescope's documentation of autograders lets results.json have, and of which type.
OF_RESULTS = {"score": (int, float), "output": str, "tests": list}
OF_TESTS = {
    "score": (int, float), "max_score": (int, float), "name": str, "output": str, "tags": list,
    "status": str,
}  # fmt: skip


@pytest.mark.parametrize("answers", [RIGHT, {}, {"w": "2*("}, [1, 2]])
def test_gradescope_gets_what_it_knows(capsys, answers):
    write_json("ann.json", answers)
    _, out, _ = run(capsys, "ann.json", "--format", "gradescope")
    results = json.loads(out)
    for found, types in [(results, OF_RESULTS), *((test, OF_TESTS) for test in results["tests"])]:
        assert found.keys() <= types.keys()
        assert all(isinstance(value, types[name]) for name, value in found.items())
    assert {test["status"] for test in results["tests"]} <= {"passed", "failed"}
    assert results["score"] == sum(test["score"] for test in results["tests"])


def test_a_table_has_a_line_for_each_and_says_what_was_wrong(capsys):
    write_json("all.json", {"ann": RIGHT, "bob": {**RIGHT, "v": "7\x1b[2J"}})
    status, out, _ = run(capsys, "all.json", "--details")
    lines = out.splitlines()
    assert status == 0
    assert [lines[0].split(), lines[1].split()] == [
        ["student", "h", "a", "w", "v", "of", "8"],
        ["ann", "2", "2", "3", "1", "8"],
    ]
    assert "\x1b" not in out
    assert len(lines) > 3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("del questions", "needs a dict of its questions"),
        ("del L", "needs a Value called loss or L"),
        ("questions = {'nobody': 1}", "'nobody'"),
        ("questions = {w: -1}", "0 or more"),
        ("questions = {w: 'x'}", "0 or more"),
        ("questions = {w: float('nan')}", "0 or more"),
        ("questions = {w: 1, 'w': 2}", "two questions of the key are called 'w'"),
        ("questions = [w]", "questions must be a dict"),
        ("questions = {3: 1}", "not for 3"),
        ("values = {h * 2: 1}", "a labelled Value"),
        ("values = {'q': 1}", "'q'"),
        ("updates = {w: 1}", "learning_rate"),
        ("updates = {w: 1}; learning_rate = -1", "learning_rate"),
        ("names = 3", "must be a dict"),
    ],
)
def test_a_key_that_is_none_marks_nobody(capsys, change, message):
    pathlib.Path("key.py").write_text(f"{KEY}\n{change}\n", "utf-8")
    write_json("ann.json", RIGHT)
    status, out, err = run(capsys, "ann.json")
    assert (status, out) == (2, "")
    assert message in err


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_is_written_to_a_file_as_to_the_terminal(capsys, form):
    write_json("ann.json", RIGHT)
    _, out, _ = run(capsys, "ann.json", "--format", form)
    assert run(capsys, "ann.json", "--format", form, "-o", "new/out")[1] == ""
    assert pathlib.Path("new/out").read_bytes() == out.encode()  # with no line ends of the system


MATRICES_KEY = """\
from autograd import Value, dot, sigmoid
x = [Value(2.0, label="x1"), Value(-1.0, label="x2")]
W = [[Value(0.5, label="W11"), Value(0.2, label="W12")],
     [Value(-0.3, label="W21"), Value(0.4, label="W22")]]
a = [dot(row, x) for row in W]
for i, each in enumerate(a, 1):
    each.label = f"a{i}"
h = [sigmoid(each) for each in a]
L = (h[0] - 1) ** 2 + h[1] ** 2
questions = {"W": (4, "b"), "a": 2, "W12": 1}
values = {"a": (1, "a"), "L": (1, "a")}
updates = {"W21": 1}
learning_rate = 0.5
"""
H1, H2 = 1 / (1 + math.exp(-0.8)), 1 / (1 + math.exp(1.0))
A1, A2 = 2 * (H1 - 1) * H1 * (1 - H1), 2 * H2 * H2 * (1 - H2)
MATRICES = {
    "∇W": [[2 * A1, -A1], [2 * A2, -A2]],
    "∂L/∂a": f"[{A1:.5f}, {A2:.5f}]",
    "dL/dW12": f"{-A1:.5f}",
    "value of a": "[0.8, -1]",
    "value of L": "0.16845",
    "new W21": f"{-0.3 - 0.5 * 2 * A2:.5f}",
}


def write_matrices_key():
    pathlib.Path("key.py").write_text(MATRICES_KEY, "utf-8")


def test_matrices_values_and_updates_are_marked(capsys):
    write_matrices_key()
    rounded = [[f"{number:.5f}" for number in row] for row in MATRICES["∇W"]]
    as_text = "[" + ", ".join(f"[{', '.join(row)}]" for row in rounded) + "]"
    lines = "\n".join(f"{name}: {answer}" for name, answer in {**MATRICES, "∇W": as_text}.items())
    pathlib.Path("bob.txt").write_text(lines, "utf-8")
    formula = {**MATRICES, "∇W": "∇a xᵀ", "new W21": "W21 - η ∂L/∂W21"}
    write_json("all.json", {"ann": {**MATRICES, "∇W": rounded}, "eve": formula})
    status, found = marked(capsys, "all.json", "bob.txt")
    assert status == 0
    for each in found.values():
        assert [mark["verdict"] for mark in each["marks"] if mark["points"] < mark["of"]] == []
        assert (each["points"], each["parts"]) == (10.0, {"a": 2.0, "b": 4.0, "": 4.0})


def test_a_matrix_that_is_transposed_gets_no_points_and_is_told_so(capsys):
    write_matrices_key()
    write_json("ann.json", {**MATRICES, "∇W": [*zip(*MATRICES["∇W"], strict=True)]})
    _, found = marked(capsys, "ann.json")
    mark = found["ann"]["marks"][0]
    assert (mark["verdict"], mark["points"]) == ("transposed", 0.0)


@pytest.mark.parametrize(
    "answer", ["[[1, 2], [3]]", "[[]]", "[]", "[1, 'x']", "[[", "∇a x", "W ∇a"]
)
def test_a_matrix_that_is_none_costs_only_itself(capsys, answer):
    write_matrices_key()
    write_json("ann.json", {**MATRICES, "∇W": answer})
    status, found = marked(capsys, "ann.json")
    assert (status, found["ann"]["points"]) == (0, 6.0)


def test_a_bare_name_is_the_derivative_and_else_the_value(capsys):
    write_matrices_key()
    write_json("ann.json", {"a": MATRICES["∂L/∂a"], "L": "0.16845"})
    _, found = marked(capsys, "ann.json")
    verdicts = {mark["question"]: mark["points"] for mark in found["ann"]["marks"]}
    assert verdicts == {"W": 0, "a": 2, "W12": 0, "value of a": 0, "value of L": 1, "new W21": 0}
