"""Programs that a person wrote, to break what compiles them: each stands for a kind."""

from __future__ import annotations

from tests.fuzz.programs import Program

_A = {"a": "Value(1.25)"}
_AB = {**_A, "b": "Value(-0.5)"}
_TWO_ROWS, _FOUR_CLASSES = {"x": "[[0.5, 1.5], [2.0, -1.0]]"}, {"y": "[0, 1, 2, 0]"}
_THREE = {"x": "[1.0, 2.0, 0.5]"}
_WEIGHTS = {"w": "[Value(0.1), Value(0.2), Value(-0.4)]"}
_INF = "float('inf')"

# What was wrong once, as it was found.
_FOUND = {
    "an input with the name of a counter": Program(  # which was that of a shared term then
        {"a": "Value(1.0)"},
        {"t": "[[0], [0], [0]]"},
        [
            "v = [autograd.relu(a)]",
            "for i in range(17): v.append(a * 1.0 if i in [0] else autograd.sin(v[-1] * 1.0))",
        ],
        ["autograd.logsumexp(v)"],
        ["v"],
    ),
    "a round's slope in a loop": Program(  # it was checked as if it were outside of the loop
        {"a": "Value(1.0)"},
        {},
        ["v = [a]", "for i in range(16): v.append(autograd.sin(autograd.relu(v[-1])))"],
        ["autograd.logsumexp(v)"],
    ),
    "an upstream without a batch axis was taken for one with it": Program(
        {"a": "Value(0.3)", "C": "[0.5, -2.0, 1.5, 0.7, 3.0]"},
        {"x": "[[0.1 * i * j - 0.7 for i in range(6)] for j in range(5)]"},
        [],
        ["sum(c * autograd.norm([a*x[k], a*x[k + 1]]) for k, c in enumerate(C))"],
    ),
    "a shared (B, n, 1) array was read as a row": Program(
        {"k0": "Value(0.3)", "k1": "Value(-0.5)", "a": "Value(0.8)"},
        {"x": "[[0.1, 0.7, -1.0, 0.4], [0.3, -0.2, 0.9, 1.2]]"},
        [
            "h = [autograd.sigmoid(k0*x[i] + k1*x[i + 1]) for i in range(2)]",
            "u = [autograd.tanh(a * v) for v in x]",
        ],
        ["autograd.dot(u[:2], h) * autograd.dot(u[2:4], h)"],
    ),
    "the derivative of a batch of targets had the shape of the batch, and no batch": Program(
        {**_A, "u": "[Value(1.0), Value(0.5)]"},
        _FOUR_CLASSES,
        [],
        ["autograd.cross_entropy(u, [a * y, autograd.relu(a)])"],
    ),
    "targets of each example, logits of all": Program(
        _A,
        _TWO_ROWS,
        ["v = [a * (a * x[[0, 0][i]]) for i in range(2)]"],
        ["autograd.cross_entropy([a, a * a], v)"],
    ),
    "equal losses of logits without a batch, and of classes with one": Program(
        _A,
        _FOUR_CLASSES,
        ["v = [autograd.cross_entropy([autograd.relu(a)] * 3, y) for i in range(2)]"],
        ["autograd.logsumexp(v)"],
    ),
    "one class of an example for all of its rows was taken for one class of each row": Program(
        _A,
        {"x": "[[[0.5, 1.5], [2.0, -1.0]], [[1.0, 0.0], [0.3, 0.7]]]", "y": "[0, 1]"},
        ["v = [a * autograd.cross_entropy(row, y) for row in x]"],
        ["autograd.dot(v, [1.0, 3.0])"],
    ),
    "four dot products of two weights and two inputs, of which two were equal": Program(
        {**_A, "w": "[Value(0.5), Value(2.0)]"},
        _FOUR_CLASSES,
        [
            "p = autograd.softmax([autograd.relu(a), autograd.sin(a)])",
            "v = [w[[0, 0, 0, 1][i]] * y for i in range(4)]",
            "u = [autograd.dot([v[i]], [autograd.relu(p[i % 2])]) for i in range(4)]",
        ],
        ["autograd.logsumexp(u)"],
    ),
    "nodes that are alike by chance were taken for a loop without a start": Program(
        {"a": "Value(1.0)"},
        {},
        [
            "v = autograd.selu(a)",
            "u = [[autograd.selu(v * Value(1.0)) for j in range(3)] for i in range(3)]",
        ],
        ["autograd.logsumexp([p for row in u for p in row])"],
    ),
    "JAX computed the largest element anew, rounded otherwise, and then no element was it": Program(
        {
            "a": "Value(0.9, label='a')",
            "W": "[[Value(p) for p in row] for row in [[2.2, -1.3, 1.0], [1.0, 0.9, -2.0]]]",
        },
        {},
        [],
        ["autograd.max(autograd.log_softmax([W[i][2] * a for i in range(2)]))"],
    ),
}

_REDUCTIONS = [
    f"autograd.{name}({{0}})" for name in ("logsumexp", "norm", "sum", "mean", "prod", "max", "min")
] + ["autograd.hypot(*{0})"]

_OF_CONSTANTS = {
    "reductions of computed constants": Program(
        _A,
        {},
        ["c = [-Value(0.0), Value(2.0) * 1.5, Value(3.0)]"],
        [f"{reduce.format('c')} * a" for reduce in _REDUCTIONS],
    ),
    "reductions of one computed constant, and of constants beside what is none": Program(
        _A,
        _TWO_ROWS,
        ["c = [-Value(0.0)]"],
        [f"{reduce.format('c')} + a" for reduce in _REDUCTIONS]
        + [reduce.format("[a * x[0], Value(2.0) * 0.5]") for reduce in _REDUCTIONS],
    ),
    "distributions and dot products of computed constants": Program(
        _A,
        _TWO_ROWS,
        ["c = [Value(0.5) * 1.0, Value(1.0) + 2.0]"],
        [
            "autograd.softmax(c)[0] * a",
            "autograd.log_softmax(c)[1] * x[0]",
            "autograd.softmax([-Value(0.0)])[0] * a",
            "autograd.dot(c, c) * a",
            "autograd.dot(c, x)",
            "autograd.squared_error(c, c) + a",
            "autograd.squared_error(c, x)",
            "autograd.cross_entropy(c, 1) * a",
            "autograd.cross_entropy(c, c) * a",
        ],
    ),
    "a class of each example for constant logits": Program(
        _A, {"y": "[0, 1, 1]"}, [], ["autograd.cross_entropy([Value(0.5) * 1.0, 3.0], y) * a"]
    ),
    "a reduction of numbers that are each computed otherwise": Program(
        _WEIGHTS,
        {},
        [],
        ["autograd.logsumexp([w[0] + 1.0, autograd.sin(w[1]), autograd.exp(w[2])])"],
    ),
    "soft dynamic time warping, which starts from infinite costs": Program(
        {"w": "Value(0.7)"},
        {"x": "[[0.1, 0.5, -0.3], [1.0, 0.2, 0.4]]", "z": "[[0.3, 0.1], [-0.5, 0.9]]"},
        [
            f"R = [[Value(0.0)] + [Value({_INF})] * 2]",
            f"for i in range(3): R.append([Value({_INF})]); [R[-1].append((w*x[i] - z[j]) ** 2 - "
            "autograd.logsumexp([-R[-2][j + 1], -R[-1][j], -R[-2][j]])) for j in range(2)]",
        ],
        ["R[3][2]"],
    ),
}

_DETACHED = {
    "a parameter beside its own detached self": Program(
        _AB,
        _TWO_ROWS,
        [],
        ["a * b.detach() * x[0]", "(a * b).detach() * x[1]", "x[0].detach() * a"],
    ),
    "a parameter that only detach() leads to": Program(
        _AB, {}, [], ["a * 2.0", "b.detach() * 3.0"]
    ),
    "an infinite slope behind detach()": Program(
        {**_A, "z": "Value(0.0)"}, _TWO_ROWS, [], ["a * x[0]", "autograd.sqrt(z).detach() * x[1]"]
    ),
    "a parameter that the loss never reaches": Program(_AB, _TWO_ROWS, [], ["a * x[0]"]),
    "what is recorded in no_grad()": Program(
        _AB, _TWO_ROWS, ["with autograd.no_grad(): v = a * x[0] * b"], ["v * a"]
    ),
}

_INFINITE = {
    "infinite constants": Program(
        _A,
        _TWO_ROWS,
        [f"inf = {_INF}"],
        [
            "autograd.minimum(a * x[1], inf)",
            "autograd.maximum(-inf, a)",
            "autograd.logsumexp([a * x[0], Value(-inf)])",
            "autograd.logsumexp([a, -inf, x[1]])",
        ],
    ),
    "nothing but minus infinity": Program(
        _A, _TWO_ROWS, [], [f"autograd.logsumexp([a * 0.0 - {_INF}, -{_INF}])"]
    ),
    "an infinite parameter": Program(
        {"a": f"Value({_INF})", "b": "Value(2.0)"},
        _TWO_ROWS,
        [],
        ["autograd.tanh(a * x[0]) * b", "autograd.sigmoid(a) * x[1]", "autograd.exp(-a) * b"],
    ),
    "infinite inputs of some rows": Program(
        _A,
        {"x": f"[[1.0, {_INF}], [2.0, -{_INF}], [0.5, 0.0]]"},
        [],
        ["autograd.tanh(x[1]) * a", "autograd.atan(x[1] * a)", "autograd.softplus(x[0] * a)"],
    ),
    "no number where another is chosen": Program(
        _A,
        {"x": "[[1.0, float('nan')], [float('nan'), 1.0], [0.5, 0.0]]"},
        [],
        ["autograd.max([x[0] * a, x[1]])", "autograd.relu(x[0]) * a"],
    ),
    "0 times infinity": Program(_A, {"x": "[0.0, 1.0]"}, [], [f"a * x * {_INF}"]),
    "slopes at 0": Program(
        {"z": "Value(0.0)"},
        _THREE,
        [],
        ["autograd.log(z) * x", "x / z", "autograd.sqrt(z)", "(z * x) ** 0.5", "(z * 1.0) ** -1.0"],
    ),
    "0 divided by 0 in one row": Program({"z": "Value(0.0)"}, {"x": "[0.0, 2.0]"}, [], ["x / z"]),
    "a division by -0": Program({"z": "Value(-0.0)"}, _THREE, [], ["x / (z * 1.0)"]),
    "0 to the power 0": Program(
        {"z": "Value(0.0)"}, {"x": "[0.0, 0.0]"}, [], ["(z * 1.0) ** (x * 1.0)"]
    ),
    "equal nodes with infinite slopes": Program(
        {"z": "Value(0.0)"}, {}, [], ["autograd.sqrt(z) * 1.0", "autograd.sqrt(z) * 2.0"]
    ),
    "the length of a vector of zeros": Program(
        {"a": "Value(0.0)", "b": "Value(0.0)"},
        _THREE,
        [],
        ["autograd.norm([a * x, b * x])", "autograd.hypot(a, b)"],
    ),
    "the length of vectors whose squares overflow, or vanish": Program(
        {"a": "Value(1e200)", "b": "Value(1e-200)"},
        _THREE,
        [],
        ["autograd.norm([a * x, a])", "autograd.norm([b * x, b])", "autograd.hypot(a, a)"],
    ),
    "what overflows": Program({"a": "Value(800.0)"}, _THREE, [], ["autograd.exp(a * x)"]),
    "what overflows on the way alone": Program(
        {"a": "Value(800.0)"},
        _THREE,
        [],
        ["autograd.logsumexp([a * x, a, x])", "autograd.softplus(a * x)", "autograd.sigmoid(-a*x)"],
    ),
    "an infinite logit of another class": Program(
        {"a": f"Value(-{_INF})", "b": "Value(1.0)"},
        {"y": "[1, 2]"},
        [],
        [
            "autograd.cross_entropy([a, b, b * 2.0], 1)",
            "autograd.cross_entropy([a, b, b + 1.0], y)",
        ],
    ),
    "an infinite logit of the class": Program(
        {"a": f"Value(-{_INF})", "b": "Value(1.0)"},
        {"y": "[0, 1]"},
        [],
        ["autograd.cross_entropy([a, b], y)"],
    ),
    "targets of probability 0": Program(
        {"a": f"Value(-{_INF})", "b": "Value(1.0)"},
        {"x": "[[0.0, 1.0], [0.5, 0.5]]"},
        [],
        ["autograd.cross_entropy([a, b], [0.0, x[1]])", "autograd.cross_entropy([b, b + 1.0], x)"],
    ),
    "a softmax of infinite logits": Program(
        {"a": f"Value(-{_INF})", "b": "Value(1.0)"},
        {"x": "[1.0, 2.0]"},
        [],
        ["autograd.softmax([a, b])[0] * x", "autograd.softmax([a * x, b])[1] * b"],
    ),
    "products of zeros": Program(
        {"a": "Value(0.0)", "b": "Value(0.0)", "c": "Value(2.0)"},
        {"x": "[1.0, 0.0]"},
        [],
        ["autograd.prod([a, b, c])", "autograd.prod([a, c, x])"],
    ),
    "what ties for the largest": Program(
        {"a": "Value(1.0)", "b": "Value(1.0)"},
        {"x": "[1.0, 0.0]"},
        [],
        ["autograd.max([a, b, x]) * 2.0", "autograd.min([a, b, x])", "autograd.maximum(a, b)"],
    ),
    "one row of one element": Program(
        _A,
        {"x": "[[1.0]]"},
        [],
        [
            "autograd.norm([a * x[0]])",
            "autograd.softmax([a * x[0]])[0]",
            "autograd.cross_entropy([a], 0)",
        ],
    ),
}

_OF_INPUTS = {
    "a class that is a number too": Program(
        {**_WEIGHTS, "a": "Value(0.123456789)"},
        {**_THREE, "y": "[0, 2, 1]"},
        [],
        ["autograd.cross_entropy([v * x for v in w], y)", "autograd.sin(a * y) * y / 3", "y * 0.1"],
    ),
    "a class that is an index": Program(
        _WEIGHTS, {**_THREE, "y": "[0, 2, 1]"}, [], ["w[y] * x", "w[y] ** 2 * y"]
    ),
    "a class for each position": Program(
        _WEIGHTS,
        {**_THREE, "t": "[[0, 2], [1, 1], [2, 0]]"},
        [],
        ["sum([autograd.cross_entropy([v*x*(i + 1) for v in w], t[i]) for i in range(2)])"],
    ),
    "truth values": Program(_A, {"x": "[True, False, True]"}, [], ["a * x + x"]),
    "the gradient of infinite inputs": Program(
        _A,
        {"x": f"[[1.0, {_INF}], [2.0, 0.0]]"},
        [],
        ["autograd.tanh(a * x[1]) * x[0]"],
        wrt=["x"],
    ),
    "outputs besides, with an infinite slope": Program(
        _A,
        {"x": "[[1.0, -0.0], [2.0, 0.0]]"},
        ["v = [a * x[0], x[1] + 0.0]", "u = autograd.sqrt(abs(x[1]))"],
        ["autograd.tanh(a * x[1]) * x[0]"],
        ["v", "u"],
    ),
    "gradients in a loss": Program(
        _A,
        {"x": "[[1.0, -0.3], [2.0, 0.0]]"},
        [
            "u = autograd.tanh(a * x[0]) * x[1]",
            "g = autograd.gradients(u, [a, x[0]], create_graph=True)",
        ],
        ["u", "g[0] ** 2", "g[1] * x[1]"],
    ),
}

BY_HAND = {**_FOUND, **_OF_CONSTANTS, **_DETACHED, **_INFINITE, **_OF_INPUTS}
