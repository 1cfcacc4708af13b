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
DERIVATIONS = ("tests/autograd/derivations/test_derivations.py",)
NAMED = ("tests/autograd/derivations/test_named_derivatives.py",)
QUANTITIES = ("tests/autograd/derivations/test_quantities.py",)
READING = ("tests/autograd/reading/test_sums.py", "tests/autograd/reading/test_round_trip.py")
LOSSES = ("tests/nn/test_losses.py",)
OPTIMISERS = ("tests/nn/test_optimisers.py",)
PROOF = ("tests/autograd/compiler/test_proof.py",)
RECORDING = ("tests/autograd/compiler/test_recording.py",)

# Of files that take their time, a mutation names the tests.
_ARITHMETIC = "tests/autograd/test_arithmetic.py"
_ENGINES = "tests/nn/engines/test_engines.py"
_FILES = "tests/autograd/test_files.py"
_FUNCTIONS = "tests/autograd/test_functions.py"
_GRAPH = "tests/autograd/test_graph.py"
_EQUAL_PARAMETERS = (
    "tests/autograd/test_ops.py::test_parameters_that_are_equal_are_not_taken_for_each_other"
)
_LAWS = "tests/autograd/compiler/test_laws.py"
_STEP = "tests/autograd/compiler/test_step.py"
_TRAINING = "tests/nn/test_training.py"

_OF_LOSSES = (
    Mutation(
        "max_margin has half a slope at its kink", "nn",
        "autograd.relu(1.0 - target * s)", "autograd.maximum(1.0 - target * s, 0.0)", LOSSES,
    ),
    Mutation(
        "a target that is a Value of 0 or 1 gets no gradient", "nn",
        "if not isinstance(target, Value) and target in (0, 1)",
        "if getattr(target, 'data', target) in (0, 1)", LOSSES,
    ),
    Mutation(
        "an infinite logit that is right costs nan", "nn",
        "target in (0, 1)", "target == 1", LOSSES,
    ),
    Mutation(
        "probabilities of 1 are refused", "nn",
        "high=1.0", "high=0.999", LOSSES,
    ),
    Mutation(
        "a loss of one output takes none", "nn", "len(vector) != 1", "len(vector) > 1", LOSSES,
    ),
    Mutation(
        "the hinge takes no target of -1", "nn",
        "among=(-1.0, 1.0)", "among=(1.0,)", LOSSES,
    ),
)  # fmt: skip

_OF_TRAINING = (
    Mutation(
        "of equal epochs the last is kept", "nn",
        "record.score < best.score", "record.score <= best.score",
        (f"{_TRAINING}::test_the_first_of_equally_good_epochs_is_kept",),
    ),
    Mutation(
        "a loss that is as large as the limit is below it", "nn",
        "record.loss < until", "record.loss <= until",
        (f"{_TRAINING}::test_until_is_a_loss_to_get_below",),
    ),
    Mutation(
        "the best epoch is that of the smallest loss on the way", "nn",
        "self.loss if self.final_loss is None else self.final_loss", "self.loss",
        (f"{_TRAINING}::test_the_best_epoch_by_validation_is_kept",),
    ),
    Mutation(
        "whatever a callback returns ends the training", "nn",
        "callback(record) is True", "callback(record)", (f"{_TRAINING}::test_only_true_ends_it",),
    ),
    Mutation(
        "an interrupt keeps the latest parameters", "nn",
        "if not history.records:", "if True:", (f"{_TRAINING}::test_ctrl_c_keeps_the_best_so_far",),
    ),
    Mutation(
        "the order is shuffled although it should stay", "nn",
        "generator if shuffle else None", "generator", (f"{_TRAINING}::test_it_is_the_notes_loop",),
    ),
    Mutation(
        "gradients are left behind by a training", "nn",
        "self.training.optimiser.zero_grad()", "pass",
        (f"{_TRAINING}::test_ctrl_c_keeps_the_best_so_far",), within="_Course.end",
    ),
    Mutation(
        "an output of 0 says yes", "nn",
        "(numbers > 0) == (target > 0)", "(numbers >= 0) == (target > 0)",
        (f"{_TRAINING}::test_accuracy_of_classes_and_of_yes_and_no",),
    ),
    Mutation(
        "the compiled engine counts an output of 0 as a yes", "nn",
        "outputs > 0 if outputs.ndim == 1", "outputs >= 0 if outputs.ndim == 1",
        (f"{_TRAINING}::test_records_hold_what_was_measured",),
    ),
    Mutation(
        "of equal outputs the last is the class", "nn",
        "outputs.argmax(1)", "outputs.shape[1] - 1 - outputs[:, ::-1].argmax(1)",
        (f"{_ENGINES}::test_equal_outputs_name_the_first_class",),
    ),
    Mutation(
        "a shard that fails now and then ends the use of workers", "nn",
        "self._failures = 0 return result", "return result", ("tests/nn/engines/test_sharded.py",),
    ),
)  # fmt: skip

_OF_OPTIMISERS = (
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
        "kind.step is Optimiser.step and", "",
        (f"{_ENGINES}::test_a_step_of_ones_own_is_taken_by_both",),
    ),
)  # fmt: skip

_OF_BLOCKS = (
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
        "holds.sort(key=_stage)", "pass", CONTEXTS,
    ),
    Mutation(
        "blocks that are over pile up in a context", "autograd",
        "[*filter(_is_open, here.get()), hold]", "[*here.get(), hold]", CONTEXTS,
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
        "a program that disagrees with the loss gives its numbers",
        "autograd",
        "if difference is not None:",
        "if False:",
        PROOF,
    ),
    Mutation(
        "a program that was refused is taken at the next call",
        "autograd",
        "self._prove(program, [array[:n_rows] for array in arrays], n_rows, recorded) "
        "program.n_proven = n_rows",
        "program.n_proven = n_rows\n"
        "            self._prove(program, [array[:n_rows] for array in arrays], n_rows, recorded)",
        PROOF,
    ),
    Mutation(
        "a program is proven on one row alone",
        "autograd",
        "PROVEN_ROWS = 3",
        "PROVEN_ROWS = 1",
        PROOF,
    ),
    Mutation(
        "a gradient is not compared",
        "autograd",
        "wrong = np.flatnonzero(~_agree(found[part], expected[part], scales[part], dtype))",
        "wrong = np.flatnonzero(_agree(found[part], expected[part], scales[part], dtype) & False)",
        PROOF,
    ),
    Mutation(
        "an interrupt while something is restored leaves it as it is", "autograd",
        "finally: # an interrupt may have come in the line above, or before it was reached"
        " restore()", "finally:\n        pass",
        ("tests/fuzz/test_interrupts.py::test_nothing_is_left_broken",),
    ),
    Mutation(
        "a gradient that overflows only as a sum is no anomaly", "autograd",
        "isfinite(step.after)", "isfinite(step.contribution)",
        ("tests/autograd/test_anomaly.py",),
    ),
)  # fmt: skip

_OF_FILES = (
    Mutation(
        "a file is renamed before its content is on the disk", "autograd",
        "os.fsync(file.fileno())", "pass",
        (f"{_FILES}::test_a_failure_leaves_the_old_file_and_nothing_else",),
    ),
    Mutation(
        "a file is renamed before its content is written", "autograd",
        "file.flush()", "pass",
        (f"{_FILES}::test_an_interrupt_at_any_line_leaves_a_whole_file_and_nothing_for_the_next_save",),
    ),
    Mutation(
        "a saver goes on with a file that another has removed", "autograd",
        "st_nlink > 0", "st_nlink >= 0",
        (f"{_FILES}::test_a_saver_whose_new_file_was_taken_for_abandoned_starts_again",),
    ),
    Mutation(
        "others may read a secret file while it is being written", "autograd",
        "& 0o600", "& 0o666",
        (f"{_FILES}::test_while_it_is_written_the_temporary_file_is_for_its_owner_alone",),
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

_OF_MISTAKES = (
    Mutation(
        "the wrong rule 2√x is √x", "autograd",
        "m.divide(1, 2 * x), 2 * y", "m.divide(1, 2 * x), y", DERIVATIONS,
    ),
    Mutation(
        "the wrong rule xⁿ/n is n·xⁿ", "autograd",
        "n * x, y, m.divide(y, n)", "n * x, y, n * y", DERIVATIONS,
    ),
    Mutation(
        "the gradient of a transposed weight is likelier than a factor of the rule", "autograd",
        "(Verdict.SCALE, scale), (Verdict.TRANSPOSED, transposed)",
        "(Verdict.TRANSPOSED, transposed), (Verdict.SCALE, scale)", DERIVATIONS,
    ),
    Mutation(
        "the cross terms of softmax are its own", "autograd",
        "position != parameter_of(node)", "position == parameter_of(node)", DERIVATIONS,
    ),
    Mutation(
        "a factor of -1 can be forgotten", "autograd",
        "if abs(edge.local) != 1.0", "if edge.local != 1.0", DERIVATIONS, within="wrong_factors",
    ),
    Mutation(
        "a bias has another operand", "autograd",
        "op is ops.dot and position < 2 * n", "op is ops.dot and position <= 2 * n", DERIVATIONS,
    ),
    Mutation(
        "a single use may be all that was counted", "autograd",
        "if len(case.uses) > 1", "if case.uses",
        ("tests/autograd/derivations/test_derivations.py::test_diagnoses",),
        within="overwritten",
        equivalent="what a single use contributes is the gradient, and that is no mistake",
    ),
    Mutation(
        "labels of two digits are not transposed", "autograd",
        "len(numbers[-1][0]) > 1", "len(numbers[-1][0]) > 2", DERIVATIONS,
    ),
    Mutation(
        "the exponent in front of a power is the 2 of a square", "autograd",
        "op is ops.squared_error or is_square(node)",
        "op in (ops.squared_error, ops.power_of.record) or is_square(node)", DERIVATIONS,
    ),
    Mutation(
        "rounding on the way is that of the last number alone", "autograd",
        "+ abs(number) * unit(factor, digits)", "", DERIVATIONS,
    ),
    Mutation(
        "an answer may repeat the question", "autograd",
        "return node not in labels.loss.parents or", "return False and", NAMED,
    ),
    Mutation(
        "a factor upside down is right where all is 0", "autograd",
        "if not link.depends and _depends(link.by, link.of):", "if False:", NAMED,
        within="upside_down",
    ),
    Mutation(
        "only the first side of an equation is judged", "autograd",
        "return max(judged, key=lambda each: _SEVERITY[each[1][0]])", "return judged[0]", NAMED,
    ),
    Mutation(
        "a partial derivative between neighbours is the sum over all paths", "autograd",
        "if is_partial else None\n        return derivative_at(top, bottom, numbers) if local",
        "if False else None\n        return derivative_at(top, bottom, numbers) if local", NAMED,
    ),
    Mutation(
        "a formula of matrices is right if its numbers are", "autograd",
        "only_here = read.at and _only_here(read.at, quantity)", 'only_here = ""', QUANTITIES,
    ),
    Mutation(
        "a matrix of another shape is cut to the entries that there are", "autograd",
        "if read.shape != right.shape:", "if False:", QUANTITIES,
    ),
    Mutation(
        "a sum over an index leaves out its last term", "autograd",
        "range(token.bounds[0], token.bounds[1] + 1)", "range(token.bounds[0], token.bounds[1])",
        READING,
    ),
    Mutation(
        "a letter above the line is not read", "autograd",
        "name = name[: raised.start()]", "pass", READING,
    ),
    Mutation(
        "a zero local derivative makes the largest of paths", "autograd",
        "return -1e6", "return 1e6", ("tests/autograd/explanations/test_path_sums.py",),
        within="_log_magnitude",
    ),
    Mutation(
        "a step of no gradient says (0)", "autograd",
        "if number < 0", "if number <= 0", ("tests/autograd/test_steps.py",), within="_factor",
    ),
)  # fmt: skip

_OF_COMPILER = (
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
        RECORDING, within="CompiledFunction._choose_program",
    ),
    Mutation(
        "a class may be one of the largest of several cross entropies", "autograd",
        "min(n, found.get(index, n))", "n", RECORDING,
    ),
    Mutation(
        "parameters may stand elsewhere for other shapes", "autograd",
        "if not is_laid_out(lifted, leaves, laid_out)", "if False",
        (f"{_STEP}::test_shapes_that_use_the_parameters_in_another_order",),
    ),
    Mutation(
        "all but eight contributions to a gradient are lost", "autograd",
        "range(MOST_TERMS, len(terms), MOST_TERMS)", "range(MOST_TERMS, MOST_TERMS)",
        (f"{_STEP}::test_a_long_thin_graph_is_straight_line_code",), within="Backward._total",
    ),
    Mutation(
        "what is detached leads to a gradient", "autograd",
        "if operation.primitive is DETACH: continue", "",
        (f"{_LAWS}::test_what_is_detached_gets_no_gradient",
         f"{_LAWS}::test_a_detached_infinity_does_not_reach_the_gradient"),
    ),
    Mutation(
        "a number for many elements is counted once in its gradient", "autograd",
        "count *= length if has[axis] == 1 else 1", "count *= 1",
        (f"{_STEP}::test_what_is_added_to_every_element_has_the_sum_of_their_gradients",),
    ),
    Mutation(
        "an element that is used several times gets one of its contributions", "autograd",
        "repeated=len(set(positions)) < len(positions)", "repeated=False",
        (f"{_STEP}::test_shapes_that_use_the_parameters_in_another_order",),
    ),
    Mutation(
        "a loss that counts its calls is compiled", "autograd",
        "if not _equal(a._data, b._data):", "if False:", RECORDING,
    ),
    Mutation(
        "a comparison with a number goes unnoticed while a loss is recorded", "autograd",
        "if not isinstance(other, (int, float)): return", "return", RECORDING,
    ),
    Mutation(
        "a parameter in a backward pass within a loss goes unnoticed", "autograd",
        "is_free and each not in self.made", "is_free and each in self.made", RECORDING,
    ),
    Mutation(
        "ops of one name are one op", "autograd",
        "return op.record, parameters, len(operands), places, flags",
        "return op.name, parameters, len(operands), places, flags",
        ("tests/autograd/compiler/test_lifting.py",),
    ),
    Mutation(
        "an op at the root that is called + is a penalty apart", "autograd",
        "not self.batched[root] or op not in (ops.add, ops.sum)",
        "not self.batched[root] or op is None or op.name not in ('+', 'sum')",
        ("tests/autograd/compiler/test_lifting.py",),
    ),
    Mutation(
        "0 and -0 are one constant", "autograd",
        "(repr(value._data), value.label)", "(value._data, value.label)",
        ("tests/autograd/compiler/test_lifting.py",), within="Graph.add_constant",
    ),
    Mutation(
        "constants that are 0 and -0 are one number for all", "autograd",
        "len(set(map(repr, numbers))) == 1", "len(set(numbers)) == 1",
        ("tests/autograd/compiler/test_lifting.py",),
    ),
    Mutation(
        "arrays of constants that differ in the sign of a zero are one", "autograd",
        "(tuple(map(repr, numbers)), shape, stem)", "(numbers, shape, stem)",
        ("tests/autograd/compiler/test_lifting.py",),
    ),
    Mutation(
        "two parts of one sum keep a bias of their own each", "autograd",
        "is_dot and uses[dot] == 1 and graph.kinds[bias]", "is_dot and graph.kinds[bias]",
        (f"{_STEP}::test_a_penalty_is_computed_once_and_not_for_each_example", _LAWS),
        equivalent="a dot product that is used elsewhere too is then computed twice, to the same",
    ),
    Mutation(
        "a loss that is inf goes unnoticed where its gradient is finite", "nn",
        "if math.isfinite(value) and np.isfinite(gradient).all()",
        "if np.isfinite(gradient).all()",
        (f"{_ENGINES}::test_a_loss_that_is_not_finite_is_named_although_its_gradient_is",),
    ),
    Mutation(
        "what was recorded is compared with the first example alone", "nn",
        "self._check(self._checks % len(order))", "self._check(0)",
        (f"{_ENGINES}::test_a_change_that_shows_in_some_examples_only_is_not_frozen",),
    ),
    Mutation(
        "a shard is sent with the parameters of the next step", "nn",
        "self.step.parameters.flat.copy()", "self.step.parameters.flat",
        ("tests/nn/engines/test_sharded.py",),
        equivalent="a step is taken when all of its shards are there; only an executor that gives "
        "a shard up and goes on with it could see the next, and what it then finds is not used",
    ),
    Mutation(
        "shards count as equally large", "nn",
        "gradient += part_gradient * (len(part) / n)", "gradient += part_gradient / len(parts)",
        ("tests/nn/engines/test_sharded.py",),
    ),
    Mutation(
        "two uses of one vector in a dot product are written twice", "autograd",
        'op is ops.dot and operands[0] is operands[1]', "False",
        (f"{_LAWS}::test_every_op_of_arrays",),
        equivalent="g·x + g·x is 2·g·x, to the bit; it makes the shorter program",
    ),
)  # fmt: skip

_ROWS = ("tests/autograd/compiler/test_weight_rows.py",)
_SET = ("tests/autograd/compiler/test_arguments.py::test_what_can_not_be_set_changes_nothing",)
_OF_ARRAYS = (
    Mutation(
        "a weight may be in two rows of weights", "autograd",
        "if (elements[1:] == elements[:-1]).any(): return False", "", _ROWS,
    ),
    Mutation(
        "a weight in a row may be used elsewhere too", "autograd",
        "return not (elements[places] == outside).any()", "return True", _ROWS,
    ),
    Mutation(
        "what multiplies a row of weights may be a parameter", "autograd",
        "if are_inputs[id(inputs)] and are_weights[weights]", "if are_weights[weights]", _ROWS,
    ),
    Mutation(
        "a masked number is a parameter", "autograd",
        "given = numbers if is_own else read_array(name, numbers)",
        "given = numbers if is_own else np.asarray(numbers)", _SET,
    ),
    Mutation(
        "a complex number is a parameter", "autograd",
        "check_real(name, given)", "pass", _SET, within="Arrays._set",
    ),
    Mutation(
        "a program by itself takes complex parameters", "autograd",
        "check_real(name, array)", "pass",
        ("tests/autograd/compiler/test_portable.py::test_arguments_that_do_not_fit",),
        within="real_array",
    ),
)  # fmt: skip

_TRANSFORMS = ("tests/autograd/test_transforms.py",)
_OF_TRANSFORMS = (
    Mutation(
        "an argument of an outer function is taken for one of the inner", "autograd",
        "return apply(ops.identity, argument)", "return argument", _TRANSFORMS,
    ),
    Mutation(
        "an inner gradient is a number although the outer depends on it", "autograd",
        "nested or any(isinstance(argument, Value)", "nested and any(isinstance(argument, Value)",
        _TRANSFORMS,
    ),
    Mutation(
        "an input that the output does not depend on has no gradient", "autograd",
        'as_value(0.0, "gradients") if grad is zero else grad', "grad", _TRANSFORMS,
    ),
    Mutation(
        "a negative number of an argument is none", "autograd",
        "-len(arguments) <= number", "0 <= number", _TRANSFORMS,
    ),
    Mutation(
        "the last position of a tape is one before its end", "autograd",
        "len(self) + 1 + position", "len(self) + position", ("tests/autograd/test_steps.py",),
    ),
    Mutation(
        "gradcheck leaves inputs where it tried them last", "autograd",
        "lambda: make(of_data(values, data))", "lambda: None",
        ("tests/autograd/test_finite_differences.py::test_data_is_restored_though_the_function_fails",),
    ),
    Mutation(
        "at a kink gradcheck takes one side only", "autograd",
        "min(left.slope, right.slope) <= gradient <= max(left.slope, right.slope)",
        "gradient == left.slope",
        ("tests/autograd/test_finite_differences.py::test_at_a_kink_any_slope_between_those_of_its_sides",),
    ),
    Mutation(
        "a path to the node itself is counted on", "autograd",
        "later is not node and (total :=", "(total :=",
        ("tests/autograd/explanations/test_path_sums.py::test_a_path_may_end_at_a_computed_node",),
        equivalent="what a node was computed from does not depend on it, so that sum is 0",
    ),
    Mutation(
        "two parallel edges are one path", "autograd",
        "given_away + less, next(age), parent, (position, track)",
        "given_away + less, next(age), parent, (last.parents.index(parent), track)",
        ("tests/autograd/explanations/test_path_sums.py::test_the_largest_paths_are_those_of_the_sorted_enumeration",),
    ),
    Mutation(
        "a parameter that is used twice has two names", "nn",
        "found.setdefault(parameter, path)", "found[parameter] = path",
        ("tests/nn/test_module.py",), within="_distinct",
    ),
    Mutation(
        "a label that a user gave is replaced", "nn",
        'if not parameter.label or label.endswith(f".{parameter.label}")', "if True",
        ("tests/nn/test_module.py",),
    ),
    Mutation(
        "a state is loaded although a name is missing", "nn",
        "if problem := _difference(parameters, state)", "if problem := None",
        ("tests/nn/test_module.py", "tests/nn/test_saving.py"),
    ),
    Mutation(
        "a linear decay goes on below its end", "nn",
        "(end - start) * min(step / steps, 1.0)", "(end - start) * (step / steps)",
        ("tests/nn/test_schedules.py",),
    ),
    Mutation(
        "a cosine decay rises again after its end", "nn",
        "math.cos(math.pi * min(step / steps, 1.0))", "math.cos(math.pi * step / steps)",
        ("tests/nn/test_schedules.py",),
    ),
    Mutation(
        "Glorot's weights are He's", "nn",
        "math.sqrt(6 / (n_inputs + n_outputs))", "math.sqrt(6 / n_inputs)",
        ("tests/nn/test_initialisation.py",),
    ),
    Mutation(
        "a compiled loss gives the Values their numbers and no gradients", "autograd",
        "if gradient is not None: changes.append", "if gradient is None: changes.append",
        (f"{_STEP}::test_load_and_store",), within="CompiledLoss.store",
    ),
)  # fmt: skip

# Last, for this code changes most.
_OF_CORE = (
    Mutation(
        "the operands of a wide node come in reverse", "autograd",
        "for parent in reversed(parents)", "for parent in parents",
        (f"{_GRAPH}::test_the_operands_of_a_wide_node_come_in_order_as_those_of_others",),
    ),
    Mutation(
        "a gradient may be set to what is no float", "autograd",
        "number.__class__ is float or self._grad.__class__ is not float", "True",
        (f"{_GRAPH}::test_a_gradient_set_by_the_user_becomes_a_float",
         f"{_GRAPH}::test_a_gradient_that_is_no_number_names_the_leaf"),
    ),
    Mutation(
        "a wide node visits its operands again", "autograd",
        "if parent._first is not None and parent not in visited:", "if parent._first is not None:",
        (f"{_GRAPH}::test_a_node_comes_after_everything_that_it_was_computed_from",),
        equivalent="what was visited is passed over when it comes from the stack; only slower",
    ),
    Mutation(
        "a leaf that is the loss forgets its gradient", "autograd",
        "loss._grad += 1.0", "loss._grad = 1.0",
        ("tests/autograd/test_chain_rule.py::test_a_root_that_is_a_leaf",),
    ),
    Mutation(
        "clip refuses an interval of one number", "autograd",
        "if low > high", "if low >= high", (f"{_FUNCTIONS}::test_local_derivatives_at_kinks",),
    ),
    Mutation(
        "an op bound to 1.0 is the one bound to 1", "autograd",
        "key = (self, parameters, *map(type, parameters))", "key = (self, parameters)",
        (_EQUAL_PARAMETERS,),
    ),
    Mutation(
        "an op bound to -0.0 is the one bound to 0.0", "autograd",
        "if 0.0 in parameters: key +=", "if False: key +=", (_EQUAL_PARAMETERS,),
        within="Primitive.bind",
    ),
    Mutation(
        "the first of two parents is left out of the order", "autograd",
        "node = first # which would be the next from the stack", "break",
        (f"{_GRAPH}::test_a_node_comes_after_everything_that_it_was_computed_from",),
    ),
    Mutation(
        "local derivatives are stored as a rule returns them", "autograd",
        "[*map(type, locals_)] == [float] * count", "True",
        (f"{_FUNCTIONS}::test_what_rules_return_is_stored_as_floats",),
    ),
    Mutation(
        "the truth values of NumPy are no numbers", "autograd",
        '"kind", "f") in "biuf"', '"kind", "f") in "iuf"', ("tests/autograd/test_value.py",),
    ),
    Mutation(
        "the slope of acosh vanishes where x² overflows", "autograd",
        "m.sqrt(x - 1) * m.sqrt(x + 1)", "m.sqrt(x * x - 1)",
        (f"{_FUNCTIONS}::test_slopes_that_fall_like_one_over_x_do_so_to_the_end",),
    ),
    Mutation(
        "nan / 0 is inf", "autograd",
        "if a == 0.0 or a != a", "if a == 0.0",
        (f"{_ARITHMETIC}::test_binary_functions_at_special_numbers",), within="divide",
    ),
    Mutation(
        "a negative number to a huge odd power is inf", "autograd",
        "return -inf if base < 0.0 and math.fmod(exponent, 2.0) != 0.0 else inf", "return inf",
        (f"{_ARITHMETIC}::test_power_equals_numpy_at_special_numbers",),
    ),
    Mutation(
        "a copy of a leaf has no gradient", "autograd",
        "(self._data, self.label, self._grad)", "(self._data, self.label)",
        ("tests/autograd/test_value.py",),
    ),
    Mutation(
        "nan equals everything in a derivative of second order", "autograd",
        "a <= b and a >= b", "not a < b and not a > b",
        ("tests/autograd/test_ops.py::test_ieee_754_at_special_numbers",),
    ),
    Mutation(
        "the exponent of 0 to a negative power has gradient 0", "autograd",
        "m.equal(x, 0.0) & (n >= 0)", "m.equal(x, 0.0)",
        (f"{_FUNCTIONS}::test_local_derivatives_at_kinks",),
    ),
    Mutation(
        "softmax of a logit that is inf is nan for all", "autograd",
        "m.where(m.abs(largest) < math.inf, largest, 0.0)", "largest",
        (f"{_FUNCTIONS}::test_ieee_754",),
    ),
    Mutation(
        "what ties for the maximum has the whole gradient", "autograd",
        "m.where(difference < 0, 0.0, 0.5)", "m.where(difference < 0, 0.0, 1.0)",
        (f"{_FUNCTIONS}::test_local_derivatives_at_kinks",),
    ),
    Mutation(
        "a product of zeros loses its derivatives", "autograd",
        "for x in operands[:0:-1]", "for x in operands[:1:-1]",
        (f"{_FUNCTIONS}::test_local_derivatives_at_kinks",),
    ),
)  # fmt: skip

_OF_TEACHING = (
    Mutation(
        "a gradient that two need is computed twice", "autograd",
        "is_shared = self.needed[node] > 1", "is_shared = self.needed[node] > 2",
        ("tests/autograd/explanations/test_factored.py::test_what_is_common_is_computed_once",),
    ),
    Mutation(
        "a symbol that stands for more ways is one of its factors", "autograd",
        "if other is parent: return True", "if other is parent: return False",
        ("tests/autograd/explanations/test_factored.py",), within="_Factoring",
    ),
    Mutation(
        "the minus of a difference is no factor", "autograd",
        "return position == 0", "return True",
        ("tests/autograd/explanations/test_factored.py::test_it_comes_to_the_gradient",),
        within="is_one_by_rule",
    ),
    Mutation(
        "outputs that share a hidden unit are examples of a batch", "autograd",
        "if not nodes or not found.keys().isdisjoint(nodes)", "if not nodes",
        ("tests/autograd/explanations/test_batches.py",),
    ),
    Mutation(
        "HTML reads what a label says", "autograd",
        "return html.escape(text)", "return text", ("tests/autograd/explanations/test_styled.py",),
    ),
    Mutation(
        "a choice of a quiz is right, rounded", "chainrule",
        "if not finding.is_right and", "if", ("tests/chainrule/test_exercises.py",),
    ),
    Mutation(
        "what is right after a hint is right at once", "chainrule",
        "return is_first", "return True",
        ("tests/chainrule/test_exercises.py",),
    ),
    Mutation(
        "the value of a node is asked for under the name of its derivative", "chainrule",
        "called.setdefault(normal(name), question)", "called[normal(name)] = question",
        ("tests/chainrule/test_grading.py",),
    ),
    Mutation(
        "the picture of an exercise says its local derivatives", "chainrule",
        ", local_derivative=None", "", ("tests/chainrule/test_exercises.py",),
    ),
)  # fmt: skip


MUTATIONS = (
    *_OF_LOSSES, *_OF_TRAINING, *_OF_OPTIMISERS, *_OF_BLOCKS, *_OF_FILES, *_OF_MISTAKES,
    *_OF_COMPILER, *_OF_ARRAYS, *_OF_TRANSFORMS, *_OF_CORE, *_OF_TEACHING,
)  # fmt: skip
