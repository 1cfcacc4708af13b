"""The mutations that :mod:`tests.fuzz.mutants` applies: where, what, and which tests should notice.

A mutation is found by its text, in whatever file of its package that stands, so code may move. A
text that is no longer there, or there twice, is an error: mend the table with the code.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutation:
    """A change of the code that makes it wrong.

    Args:
        name: what is wrong then.
        package: the folder of the code, such as "autograd".
        old: the text that is replaced; a space in it stands for any space, also between lines.
        new: the text in its place.
        tests: the test files, or tests of them, that should fail.
        within: the function, class or variable around the text, where the package has it twice.
        equivalent: why it is no fault, if it is none: then the tests should pass.
    """

    name: str
    package: str
    old: str
    new: str
    tests: tuple[str, ...]
    within: str = ""
    equivalent: str = ""


CONTEXTS = ("tests/autograd/test_contexts.py",)
INTERRUPTS = ("tests/fuzz/test_interrupts.py",)
DERIVATIONS = ("tests/autograd/test_derivations.py",)
FUNCTIONS = ("tests/autograd/test_functions.py",)
LOSSES = ("tests/nn/test_losses.py",)
OPTIMISERS = ("tests/nn/test_optimisers.py",)
TRAINING = ("tests/nn/test_training.py",)

_LOSSES = (
    Mutation(
        "max_margin has half a slope at its kink", "nn",
        "autograd.relu(1.0 - target * s)", "autograd.maximum(1.0 - target * s, 0.0)", LOSSES,
    ),
    Mutation(
        "a target that is a Value of 0 or 1 gets no gradient", "nn",
        "if target is y and y in (0, 1)", "if y in (0, 1)", LOSSES,
    ),
    Mutation(
        "an infinite logit that is right costs nan", "nn",
        "target is y and y in (0, 1)", "target is y and y == 1", LOSSES,
    ),
    Mutation(
        "probabilities of 1 are refused", "nn",
        "0 <= y <= 1", "0 <= y < 1", LOSSES, within="binary_cross_entropy",
    ),
    Mutation(
        "a loss of one output takes none", "nn", "len(vector) != 1", "len(vector) > 1", LOSSES,
    ),
    Mutation(
        "the hinge takes no Value as its target", "nn",
        "not isinstance(target, Value) and target not in (-1, 1)", "target not in (-1, 1)", LOSSES,
    ),
)  # fmt: skip

_TRAINING = (
    Mutation(
        "of equal epochs the last is kept", "nn",
        "record.score < best.score", "record.score <= best.score", TRAINING,
    ),
    Mutation(
        "a loss that is as large as the limit is below it", "nn",
        "record.loss < until", "record.loss <= until", TRAINING,
    ),
    Mutation(
        "the best epoch is that of the smallest loss on the way", "nn",
        "self.loss if self.final_loss is None else self.final_loss", "self.loss", TRAINING,
    ),
    Mutation(
        "whatever a callback returns ends the training", "nn",
        "callback(record) is True", "callback(record)", TRAINING,
    ),
    Mutation(
        "an interrupt keeps the latest parameters", "nn",
        "if not history.records:", "if True:", TRAINING,
    ),
    Mutation(
        "the order is shuffled although it should stay", "nn",
        "generator if shuffle else None", "generator", TRAINING,
    ),
    Mutation(
        "gradients are left behind by a training", "nn",
        "self.training.optimiser.zero_grad()", "pass", TRAINING, within="_Course.end",
    ),
    Mutation(
        "an output of 0 says yes", "nn",
        "(numbers > 0) == (target > 0)", "(numbers >= 0) == (target > 0)", TRAINING,
    ),
    Mutation(
        "the compiled engine counts an output of 0 as a yes", "nn",
        "autograd.sign(autograd.sign(output) - ahead)",
        "autograd.sign(autograd.sign(output) + ahead)",
        (*TRAINING, "tests/nn/test_engines.py"),
    ),
    Mutation(
        "of equal outputs the last is the class", "nn",
        "np.where(every < classes, 0.5, -0.5)", "np.where(every < classes, -0.5, 0.5)",
        ("tests/nn/test_engines.py",),
    ),
    Mutation(
        "a shard that fails now and then ends the use of workers", "nn",
        "self._failures = 0 return result", "return result", ("tests/nn/test_sharding.py",),
    ),
)  # fmt: skip

_OPTIMISERS = (
    Mutation(
        "the norm of tiny gradients is 0", "nn",
        "1e-200 < squares < math.inf", "squares < math.inf", OPTIMISERS,
    ),
    Mutation(
        "the norm of huge gradients is inf", "nn",
        "1e-200 < squares < math.inf", "1e-200 < squares", OPTIMISERS,
    ),
    Mutation(
        "a gradient of just the largest norm is written again", "nn",
        "if norm > max_norm", "if norm >= max_norm", OPTIMISERS, within="clip_gradients",
        equivalent="the gradients that are written are those that are there",
    ),
    Mutation(
        "weight decay lets weights grow", "nn",
        "gradient + decay * p", "gradient - decay * p", OPTIMISERS,
    ),
    Mutation(
        "Adam's ε is scaled with the root", "nn",
        "(r / scale + epsilon)", "((r + epsilon) / scale)", OPTIMISERS,
    ),
    Mutation(
        "Adam's means are not corrected by their number", "nn",
        "rate / (1.0 - beta1**t)", "rate", OPTIMISERS,
    ),
    Mutation(
        "a momentum of 1 is allowed", "nn",
        "0.0 <= converted < below", "0.0 <= converted <= below", OPTIMISERS,
    ),
    Mutation(
        "True is a number of steps", "nn",
        "or isinstance(steps, bool)", "", OPTIMISERS, within="Optimiser.load_state_dict",
    ),
    Mutation(
        "the state of an optimiser that took no step is refused", "nn",
        "if numbers and len(numbers)", "if len(numbers)", OPTIMISERS,
    ),
    Mutation(
        "looking at the next step takes it", "nn",
        "object.__new__(type(self)) # this", "self # this", OPTIMISERS,
    ),
    Mutation(
        "the compiled engine passes over a step of the user's own", "nn",
        "kind.step is Optimiser.step and", "", ("tests/nn/test_engines.py",),
    ),
)  # fmt: skip

_BLOCKS = (
    Mutation(
        "a block that is over is told of nodes, as long as somebody keeps its exit", "autograd",
        "if run.is_open:", "if True:", CONTEXTS, within="tell_of_node",
    ),
    Mutation(
        "a block that is over is said to be open, as long as somebody keeps its exit", "autograd",
        "for run in runs if run.is_open", "for run in runs", CONTEXTS,
    ),
    Mutation(
        "a block that was left stays open, as long as somebody keeps its exit", "autograd",
        "self.is_open = False self.block.closed(self)", "self.block.closed(self)", CONTEXTS,
    ),
    Mutation(
        "what was left still stands behind the gates", "autograd",
        "gate.discard(note)", "pass", CONTEXTS, within="Run.stand_nowhere",
    ),
    Mutation(
        "blocks are told in the order in which they were entered", "autograd",
        "here.sort(key=_stage)", "pass", CONTEXTS,
    ),
    Mutation(
        "blocks that are over pile up in a context", "autograd",
        "[*filter(_is_open, _here.get()), hold]", "[*_here.get(), hold]", CONTEXTS,
    ),
    Mutation(
        "a block entered by hand within itself is entered once", "autograd",
        "self._begun.pop(get_ident(), None)", "self._begun.get(get_ident())", CONTEXTS,
    ),
    Mutation(
        "one thread enters what another has begun", "autograd",
        "self._begun.pop(get_ident(), None)", "self._begun.popitem()[1] if self._begun else None",
        CONTEXTS,
    ),
    Mutation(
        "the collector is switched on with the first of several blocks", "autograd",
        "if not self and self.restores", "if self.restores", CONTEXTS,
    ),
    Mutation(
        "pausing switches on a collector that was off", "autograd",
        "_pauses.restores or gc.isenabled()", "True", CONTEXTS,
    ),
    Mutation(
        "a decorated generator runs outside of its block when it is closed", "autograd",
        "with self: generator.close()", "generator.close()", CONTEXTS,
    ),
    Mutation(
        "what is recorded within no_grad() has no way back to its inputs", "autograd",
        "node.detach() if watching_leaves else leaf(node._data, node.label)",
        "leaf(node._data, node.label)",
        ("tests/autograd/compiler/test_laws.py::test_what_is_detached_gets_no_gradient",),
    ),
    Mutation(
        "an interrupt while something is restored leaves it as it is", "autograd",
        "finally: # an interrupt may have come in the line above, or before it was reached"
        " restore()", "finally:\n        pass", INTERRUPTS,
    ),
    Mutation(
        "a gradient that overflows only as a sum is no anomaly", "autograd",
        "isfinite(step.after)", "isfinite(step.contribution)",
        ("tests/autograd/test_anomaly.py",),
    ),
)  # fmt: skip

_FILES = (
    Mutation(
        "a file is renamed before its content is on the disk", "autograd",
        "os.fsync(file.fileno())", "pass", ("tests/autograd/test_files.py",),
    ),
    Mutation(
        "a file is renamed before its content is written", "autograd",
        "file.flush()", "pass", ("tests/autograd/test_files.py",),
    ),
    Mutation(
        "a saver goes on with a file that another has removed", "autograd",
        "st_nlink > 0", "st_nlink >= 0", ("tests/autograd/test_files.py",),
    ),
    Mutation(
        "others may read a secret file while it is being written", "autograd",
        "& 0o600", "& 0o666", ("tests/autograd/test_files.py",),
    ),
    Mutation(
        "true is the version 1", "nn",
        "or isinstance(version, bool)", "", ("tests/nn/test_saving.py",),
    ),
    Mutation(
        "a name that comes twice is taken for the last", "nn",
        "len(content) != len(pairs)", "False", ("tests/nn/test_saving.py",),
    ),
)  # fmt: skip

_MISTAKES = (
    Mutation(
        "the wrong rule 2√x is √x", "autograd", "lambda y, x, z: 2 * y", "lambda y, x, z: y",
        DERIVATIONS,
    ),
    Mutation(
        "the wrong rule xⁿ/n is n·xⁿ", "autograd", "lambda y, x, z: y / z", "lambda y, x, z: y * z",
        DERIVATIONS,
    ),
    Mutation(
        "the gradient of a transposed weight is likelier than a factor of the rule", "autograd",
        "(Verdict.SCALE, _scale), (Verdict.TRANSPOSED, _transposed)",
        "(Verdict.TRANSPOSED, _transposed), (Verdict.SCALE, _scale)", DERIVATIONS,
    ),
    Mutation(
        "the cross terms of softmax are its own", "autograd",
        "position != _parameter(node)", "position == _parameter(node)", DERIVATIONS,
    ),
    Mutation(
        "a factor of -1 can be forgotten", "autograd",
        "if abs(edge.local) != 1.0", "if edge.local != 1.0", DERIVATIONS, within="_factors",
    ),
    Mutation(
        "a bias has another operand", "autograd",
        "edge.position >= len(operands) // 2 * 2", "edge.position > len(operands)", DERIVATIONS,
    ),
    Mutation(
        "a single use may be all that was counted", "autograd",
        "if len(case.uses) > 1", "if case.uses", DERIVATIONS,
        equivalent="what a single use contributes is the gradient, and that is no mistake",
    ),
    Mutation(
        "labels of two digits are not transposed", "autograd",
        "len(numbers[-1][0]) > 1", "len(numbers[-1][0]) > 2", DERIVATIONS,
    ),
    Mutation(
        "the exponent in front of a power is the 2 of a square", "autograd",
        "exponent in (0.0, 2.0)", "exponent in (0.0, 2.0, 3.0)", DERIVATIONS,
    ),
    Mutation(
        "rounding on the way is that of the last number alone", "autograd",
        "+ abs(number) * _unit(factor, digits)", "", DERIVATIONS,
    ),
    Mutation(
        "a zero local derivative makes the largest of paths", "autograd",
        "return -1e6", "return 1e6", ("tests/autograd/test_paths.py",), within="_log_magnitude",
    ),
    Mutation(
        "a step of no gradient says (0)", "autograd",
        "if number < 0", "if number <= 0", ("tests/autograd/test_steps.py",), within="_factor",
    ),
)  # fmt: skip

_LAWS = "tests/autograd/compiler/test_laws.py"
_STEP = "tests/autograd/compiler/test_step.py"
_RECORDING = ("tests/autograd/compiler/test_recording.py",)
_COMPILER = (
    Mutation(
        "the softmax of rows loses digits next to 1", "autograd",
        "at = np.expand_dims(y.argmax(-1), -1)", "at = np.expand_dims(y.argmin(-1), -1)",
        (f"{_LAWS}::test_slopes_of_a_softmax_that_is_sure_are_exact",), within="softmax_gradient",
    ),
    Mutation(
        "a row with an infinite number has no softmax", "autograd",
        "np.where(np.abs(largest) < np.inf, largest, 0.0)", "largest",
        (f"{_LAWS}::test_every_op_of_a_batch_at_special_numbers",), within="softmax",
    ),
    Mutation(
        "classes and numbers of one shape share a program", "autograd",
        "(array.shape[1:], array.dtype) for array in arrays", "array.shape[1:] for array in arrays",
        _RECORDING, within="CompiledLoss._choose_program",
    ),
    Mutation(
        "a class may be one of the largest of several cross entropies", "autograd",
        "min(n, found.get(array, n))", "n", _RECORDING,
    ),
    Mutation(
        "parameters may stand elsewhere for other shapes", "autograd",
        "if not _is_laid_out(lifted, leaves, laid_out)", "if False", (_STEP,),
    ),
    Mutation(
        "all but eight contributions to a gradient are lost", "autograd",
        "range(MOST_TERMS, len(terms), MOST_TERMS)", "range(MOST_TERMS, MOST_TERMS)",
        (_STEP, "tests/autograd/compiler/test_lifting.py"), within="Backward._total",
    ),
    Mutation(
        "what is detached leads to a gradient", "autograd",
        "if operation.primitive is DETACH: continue", "",
        (f"{_LAWS}::test_what_is_detached_gets_no_gradient",
         f"{_LAWS}::test_a_detached_infinity_does_not_reach_the_gradient"),
    ),
    Mutation(
        "a number for many elements is counted once in its gradient", "autograd",
        "count *= 1 if length == BATCH else length", "count *= 1", (_STEP, _LAWS),
        within="reduce_to",
    ),
    Mutation(
        "an element that is used several times gets one of its contributions", "autograd",
        "repeated=len(set(positions)) < len(positions)", "repeated=False", (_STEP, _LAWS),
    ),
    Mutation(
        "a loss that counts its calls is compiled", "autograd",
        "if not _equal(a._data, b._data):", "if False:", _RECORDING,
    ),
    Mutation(
        "a comparison with a number goes unnoticed while a loss is recorded", "autograd",
        "if not isinstance(other, (int, float)): return", "return", _RECORDING,
    ),
    Mutation(
        "a parameter in a backward pass within a loss goes unnoticed", "autograd",
        "is_free and each not in self.made", "is_free and each in self.made", _RECORDING,
    ),
    Mutation(
        "whole numbers of several axes are classes", "autograd",
        'array.dtype.kind in "iu" and array.ndim == 1', 'array.dtype.kind in "iu"', _RECORDING,
    ),
    Mutation(
        "two uses of one vector in a dot product are written twice", "autograd",
        'op.name == "dot" and operands[0] is operands[1]', "False",
        (f"{_LAWS}::test_every_op_of_arrays",),
        equivalent="g·x + g·x is 2·g·x, to the bit; it makes the shorter program",
    ),
)  # fmt: skip

# Last, for this code changes most.
_CORE = (
    Mutation(
        "the operands of a wide node come in reverse", "autograd",
        "for parent in reversed(first)", "for parent in first",
        ("tests/autograd/test_graph.py", "tests/autograd/test_steps.py"),
    ),
    Mutation(
        "a wide node's leaf may have a gradient that is no float", "autograd",
        "else parent.grad.__class__ is not float", "else False",
        ("tests/autograd/test_graph.py",),
    ),
    Mutation(
        "a wide node visits its operands again", "autograd",
        "parent not in visited if parent._first is not None",
        "True if parent._first is not None",
        ("tests/autograd/test_graph.py",),
        equivalent="what was visited is passed over when it comes from the stack; only slower",
    ),
    Mutation(
        "a leaf that is the loss forgets its gradient", "autograd",
        "loss.grad += 1.0", "loss.grad = 1.0", ("tests/autograd/test_backward.py",),
    ),
    Mutation(
        "clip refuses an interval of one number", "autograd",
        "if low > high", "if low >= high", FUNCTIONS,
    ),
    Mutation(
        "local derivatives are stored as a rule returns them", "autograd",
        "return {*map(type, locals_)} == {float}", "return True", FUNCTIONS,
    ),
    Mutation(
        "the truth values of NumPy before 2 are no numbers", "autograd",
        '("bool", "bool_")', '("bool",)', ("tests/autograd/test_value.py",),
    ),
    Mutation(
        "the slope of acosh vanishes where x² overflows", "autograd",
        "m.sqrt(x - 1) * m.sqrt(x + 1)", "m.sqrt(x * x - 1)",
        ("tests/autograd/test_functions.py", "tests/autograd/test_ops.py"),
    ),
    Mutation(
        "nan / 0 is inf", "autograd",
        "if a == 0.0 or a != a", "if a == 0.0",
        ("tests/autograd/test_arithmetic.py", "tests/autograd/test_ops.py"), within="divide",
    ),
    Mutation(
        "a negative number to a huge odd power is inf", "autograd",
        "return -inf if base < 0.0 and math.fmod(exponent, 2.0) != 0.0 else inf", "return inf",
        ("tests/autograd/test_arithmetic.py", "tests/autograd/test_ops.py"),
    ),
    Mutation(
        "a copy of a leaf has no gradient", "autograd",
        "(self._data, self.label, self.grad)", "(self._data, self.label)",
        ("tests/autograd/test_value.py",),
    ),
    Mutation(
        "nan equals everything in a derivative of second order", "autograd",
        "a <= b and a >= b", "not a < b and not a > b",
        ("tests/autograd/test_ops.py", "tests/autograd/test_transforms.py"),
    ),
    Mutation(
        "the exponent of a negative base has a derivative", "autograd",
        "m.equal(x, 0.0) & (n >= 0)", "m.equal(x, 0.0)",
        ("tests/autograd/test_functions.py", "tests/autograd/test_ops.py"),
    ),
    Mutation(
        "softmax of a logit that is inf is nan for all", "autograd",
        "m.where(m.abs(largest) < math.inf, largest, 0.0)", "largest",
        ("tests/autograd/test_functions.py", "tests/autograd/test_ops.py"),
    ),
    Mutation(
        "what ties for the maximum has the whole gradient", "autograd",
        "m.where(difference < 0, 0.0, 0.5)", "m.where(difference < 0, 0.0, 1.0)",
        ("tests/autograd/test_functions.py",),
    ),
    Mutation(
        "a product of zeros loses its derivatives", "autograd",
        "for x in operands[:0:-1]", "for x in operands[:1:-1]",
        ("tests/autograd/test_ops.py",),
    ),
)  # fmt: skip

MUTATIONS = (
    *_LOSSES, *_TRAINING, *_OPTIMISERS, *_BLOCKS, *_FILES, *_MISTAKES, *_COMPILER, *_CORE,
)  # fmt: skip
