"""Names of arrays: those of the graph's labels, else those of the lecture notes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from autograd import ops
from autograd.compiler.elements import Elements
from autograd.compiler.names import Names, stem_of
from autograd.compiler.program import Array, Operation, Output, View
from autograd.compiler.rounds import LoopOperation, name_loop
from autograd.ops import record_of


class ArrayNames(Elements):
    """Name what has been lifted."""

    def _name(self, loss: View | None, outputs: Sequence[Output]) -> None:
        names = Names()
        for array in self.inputs:
            array.name = names.new(stem_of(array.name) or "x")
        for array in self.arrays:
            if array.kind == "parameter" and array.name:
                names.take(array.name)
        self.name_operations(names, loss)
        for array in self.arrays:
            if array.kind == "parameter" and not array.name:
                self.name_parameter(names, array)
        inputs = [o.operands[0].array for o in self.operations if o.kind == "affine"]
        for array in self.constants.arrays:
            array.name = names.new(array.name or ("x" if array in inputs else "constants"))
        for output in outputs:
            output.name = self._name_of_whole(output) or names.new("output")

    def name_parameter(self, names: Names, array: Array) -> None:
        """Name an array of parameters after their label."""
        stem = stem_of(self.labels[array])
        array.name = names.new(stem) if stem else names.numbered("p")

    def name_operations(self, names: Names, loss: View | None, layer: int = 0) -> int:
        """Name what the operations compute, and the weights of layers; return how many these are.

        The layers are counted on from those before.
        """
        affine: set[Array] = set()
        for operation in self.operations:
            if isinstance(operation, LoopOperation):
                layer = name_loop(self, operation, names, layer)
                continue
            target = operation.target
            stem = stem_of(self.labels[target])
            if weights := _weights_and_bias(operation):
                numbered = re.fullmatch(r"a(\d+)", stem)
                layer = int(numbered[1]) if numbered else layer + 1
                affine.add(target)
                stem = stem or f"a{layer}"
                for view, letter in zip(weights, "Wb", strict=False):
                    found = view.array
                    if found is not None and found.kind == "parameter" and not found.name:
                        by_label = found in self.called_by_label and stem_of(self.labels[found])
                        found.name = names.new(by_label or f"{letter}{layer}")
            elif not stem and operation.operands[0].array in affine and len(operation.operands) < 2:
                is_function = operation.kind == "elementwise"
                is_function &= operation.primitive is not ops.negative
                stem = f"h{layer}" if is_function else ""
            if operation.has_difference:
                operation.difference = names.new("yhat_minus_y")
            elif not stem and record_of(operation.primitive) is ops.softmax:
                stem = "yhat"
            is_loss = loss is not None and target is loss.array
            if is_loss and target.batched and operation.kind != "affine":
                stem = "losses"
            target.name = names.new(stem) if stem else names.numbered("v")
            target.is_nameless = not stem
        return layer

    def _name_of_whole(self, output: Output) -> str:
        """Return the name of the computed array that an output is; empty if it is none."""
        view, array = output.view, output.view.array
        if array is None or array.kind != "computed" or array.batched != bool(self.inputs):
            return ""
        return array.name if view.is_whole and array.shape == output.shape else ""


def _weights_and_bias(operation: Operation) -> list[View]:
    """Return the weights of a layer, and its bias if it has one; nothing if it is no layer."""
    if operation.kind == "affine":  # or a product in which examples differ in both
        return [] if operation.operands[1].batched else operation.operands[1:]
    if operation.kind != "rows" or operation.primitive is not ops.dot:
        return []
    weights, inputs, *bias = operation.operands
    kinds = [array and array.kind for array in (weights.array, inputs.array)]
    is_layer = len(operation.target.shape) > 0 and kinds[0] == "parameter" != kinds[1]
    return [weights, *bias] if is_layer else []
