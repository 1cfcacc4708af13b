"""Derivatives as functions: gradients of any order, grad, jacobian, hessian, vjp, jvp."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Literal, NoReturn, Protocol, overload

from autograd import arithmetic, ops
from autograd.arrays import is_array
from autograd.blocks import Block
from autograd.chain_rule import accumulate, propagate
from autograd.changes import make, of_gradients, restoring
from autograd.contexts import is_recording
from autograd.debuggers import in_sight
from autograd.elsewhere import OF_BACKWARD, refuse_arguments
from autograd.errors import ArgumentError, NotDifferentiableError, OperandError
from autograd.gates import blocks_here
from autograd.graph import computed_nodes, dependents
from autograd.ops.record import apply
from autograd.structures import leaves_of, map_leaves, stacked
from autograd.value import Value, as_value

if TYPE_CHECKING:
    from autograd.operands import Operand, RealNumber

# The vocabulary of the rules in ops for Values. A condition is settled when a rule runs, so `where`
# picks one side: a nan in the other can't spoil the next derivative.
_VALUES: Any = SimpleNamespace(
    **{name: ops.TABLE[name] for name in vars(arithmetic) if name in ops.TABLE}
    | {
        "divide": lambda a, b: apply(ops.divide, a, b),
        "power": lambda x, n: (
            x**n if isinstance(x, Value) and not isinstance(n, Value) else apply(ops.power, x, n)
        ),
        "polygamma": lambda order, x: apply(ops.polygamma.bind(order), x),
        "equal": lambda a, b: a <= b and a >= b,  # so nan equals nothing
        "where": lambda condition, a, b: a if condition else b,
    }
)


class _Nothing:
    """The sum of no contributions yet: adding to it makes no node."""

    def __add__(self, contribution: Value) -> Value:
        return contribution

    def __repr__(self) -> str:
        return "0"


class _One:
    """The local derivative 1 of a sum: multiplying by it makes no node."""

    def __rmul__(self, upstream: Value) -> Value:
        return upstream


@overload
def gradients(
    output: Value, inputs: Iterable[Value], create_graph: Literal[False] = False
) -> list[float]: ...
@overload
def gradients(
    output: Value, inputs: Iterable[Value], create_graph: Literal[True]
) -> list[Value]: ...
def gradients(
    output: Value, inputs: Iterable[Value], create_graph: bool = False
) -> list[float] | list[Value]:
    """Return ∂output/∂input for each input, and leave every ``.grad`` as it is.

    An input may be any node of the graph; one that the output does not depend on has gradient 0.
    With ``create_graph`` the gradients are Values that can be differentiated again; they are exact
    at the data that the nodes hold now.

    Args:
        output: a Value.
        inputs: any number of Values; the result has one gradient for each.
        create_graph: whether the gradients are Values, with a graph.

    Raises:
        NotDifferentiableError: if ``create_graph`` meets a node without a rule (made by hand from
            numbers).

    >>> x = Value(3.0)
    >>> [slope] = gradients(x**3, [x], create_graph=True)
    >>> slope.data, gradients(slope, [x])
    (27.0, [18.0])
    """
    if isinstance(inputs, Value):
        raise OperandError("gradients takes a list of inputs: write gradients(output, [x])")
    inputs = list(inputs)
    for value in [output, *inputs]:
        if not isinstance(value, Value):
            raise OperandError(
                f"gradients are those of Values with respect to Values, not {value!r}"
            )
    order, needed = dependents(computed_nodes(output), inputs)
    touched = dict.fromkeys([output, *inputs])
    for node in order:
        touched.update(dict.fromkeys(node.parents))
    nodes = list(touched)
    before = [node._grad for node in nodes]
    # While the loop runs, `grad` holds the gradient of this output, a Value if it makes a graph.
    zero: Any = _Nothing() if create_graph else 0.0
    one: Any = as_value(1.0, "gradients") if create_graph else 1.0

    def edges_of(node: Value) -> Iterator[tuple[Value, Any]]:
        edges = zip(node.parents, _differentiable(node), strict=True)
        return (
            (parent, _One() if isinstance(local, float) and local == 1.0 else local)
            for parent, local in edges
            if parent in needed
        )

    def run() -> list[Any]:
        for node in nodes:
            node._grad = zero
        output._grad = one
        if create_graph:
            in_sight(accumulate)(output, order, edges_of)
        else:
            propagate(output, order)
        return [value._grad for value in inputs]

    found = restoring(lambda: make(of_gradients(nodes, before)), run)
    if create_graph:
        return [as_value(0.0, "gradients") if grad is zero else grad for grad in found]
    return found


def _differentiable(node: Value) -> Sequence[Any]:
    """Return the local derivatives of a node as Values, by the rule of its op."""
    op = node.primitive
    if op is None or op.derivatives is None:
        raise NotDifferentiableError(
            f"{node!r} was made from numbers, which have no derivative of their own; make its op "
            "with autograd.primitive(name, value, derivatives)"
        )
    try:
        found: Sequence[Any] | None
        for block in blocks_here():
            if (found := block.local_derivatives(node)) is not None:
                return found
        found = op.derivatives(_VALUES, node, *node.parents, *op.parameters)
        return found
    except (OperandError, AttributeError) as error:
        raise NotDifferentiableError(
            f"the rule for the local derivatives of {op.name!r} can't be differentiated again; "
            f"it must use the functions of m alone, such as m.exp ({error})"
        ) from error


def _variable(argument: Any) -> Value:
    """Return a node of its own for an argument: derivatives with respect to it see only its use.

    If the caller's Value itself were the variable, a function that also reaches it by another way
    (an outer derivative's argument, captured) would have its derivative there counted too.
    """
    if isinstance(argument, Value):
        return apply(ops.identity, argument)
    return Value(argument)


class RowByRow:
    """A function of arrays with a row for each example, and that is differentiated row by row."""

    def mapped(
        self, transform: Callable[[Callable[..., Any]], Callable[..., Any]]
    ) -> Callable[..., Any]:
        """Return the function of arrays that does with each row what the transformed one does."""
        raise NotImplementedError


class _Differentiating(Block):
    """Within it a function is being differentiated.

    An inner gradient may depend on the variables of the outer function, so it stays a Value.
    """


def _check_function(function: Any, argnums: Any = ()) -> None:
    """Refuse a loss in the place of a function, and arguments in the place of their positions."""
    if isinstance(function, Value):
        raise OperandError(
            "functions are differentiated here, not a Value that was computed: its gradients are "
            "autograd.gradients(loss, [w]), or those that loss.backward() leaves in w.grad"
        )
    if not callable(function):
        raise OperandError(f"functions are differentiated here, not {function!r}")
    if not (isinstance(argnums, Sequence) and all(isinstance(n, int) for n in argnums)):
        raise OperandError(
            f"argnums are positions of arguments, not {argnums!r}; the arguments themselves are "
            "for the function that is returned: grad(f)(x)"
        )


def _differentiate(
    function: Callable[..., Any], arguments: tuple[Any, ...], argnums: Sequence[int]
) -> tuple[Any, list[Any], list[Value], bool]:
    """Call the function on variables; return its result, the variables, and whether to go on."""
    _check_function(function)
    if not is_recording():
        raise OperandError("within no_grad() there is no graph to differentiate a function by")
    variables: list[Any] = list(arguments)
    for number in argnums:
        if not -len(arguments) <= number < len(arguments):
            raise ArgumentError(
                f"argnums={number}, but the function was called with {len(arguments)} arguments"
            )
        variables[number] = map_leaves(_variable, arguments[number])
    chosen = [variables[number] for number in argnums]
    nested = any(isinstance(block, _Differentiating) for block in blocks_here())
    with _Differentiating():
        result = function(*variables)
    for value in leaves_of(result):
        if not isinstance(value, Value):
            raise OperandError(
                f"the function returned {value!r}, which is not a Value, so its gradient is lost; "
                "use the functions of autograd and no .data inside it"
            )
    nested = nested or any(isinstance(argument, Value) for argument in leaves_of(arguments))
    return result, chosen, list(leaves_of(chosen)), nested


def _gradients_like(output: Value, chosen: Any, leaves: list[Value], nested: bool) -> Any:
    """Return the gradients of an output in the shape of the arguments."""
    found = iter(gradients(output, leaves, create_graph=nested))  # type: ignore[call-overload]
    return map_leaves(lambda _: next(found), chosen)


class Gradient(Protocol):
    """What :func:`grad` returns: floats for numbers, a Value if there is one among them."""

    @overload
    def __call__(self, *arguments: RealNumber) -> float: ...  # type: ignore[overload-overlap]
    @overload
    def __call__(self, *arguments: Operand) -> Value: ...
    @overload
    def __call__(self, *arguments: Any) -> Any: ...


class ValueAndGradient(Protocol):
    """What :func:`value_and_grad` returns: of each the types are those of :class:`Gradient`."""

    @overload
    def __call__(  # type: ignore[overload-overlap]
        self, *arguments: RealNumber
    ) -> tuple[float, float]: ...
    @overload
    def __call__(self, *arguments: Operand) -> tuple[Value, Value]: ...
    @overload
    def __call__(self, *arguments: Any) -> tuple[Any, Any]: ...


@overload
def value_and_grad(function: Callable[..., Any], argnums: int = 0) -> ValueAndGradient: ...
@overload
def value_and_grad(
    function: Callable[..., Any], argnums: Sequence[int]
) -> Callable[..., tuple[Any, list[Any]]]: ...
def value_and_grad(function: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Any:
    """Return a function that returns the value and the gradient of a function of numbers.

    The gradient has the form of the argument that ``argnums`` says, or is a list of such if it says
    several. An argument is a number, or numbers in nested lists, tuples and dicts; a NumPy array
    comes to the function as an array of Values, and its gradient is an array of floats, as SciPy's
    optimisers want it (``minimize(value_and_grad(f), x0, jac=True)``). Called with Values, or
    within a function that is itself being differentiated, it returns Values: so it can be nested.

    Args:
        function: returns one Value.
        argnums: which argument to differentiate by, from 0, or several.

    Raises:
        OperandError: if the function does not return one Value.
        ArgumentError: if the function has no such argument.

    >>> value_and_grad(lambda x, y: x * y)(3.0, 4.0)
    (12.0, 4.0)
    """
    several = not isinstance(argnums, int)
    numbers: Sequence[int] = [argnums] if isinstance(argnums, int) else argnums
    _check_function(function, numbers)

    def differentiated(*arguments: Any) -> tuple[Any, Any]:
        result, chosen, leaves, nested = _differentiate(function, arguments, numbers)
        if not isinstance(result, Value):
            raise OperandError(
                f"grad needs a function that returns one Value, not a {type(result).__name__}; "
                "for several outputs use autograd.jacobian"
            )
        found = _gradients_like(result, chosen, leaves, nested)
        return result if nested else result.data, found if several else found[0]

    return differentiated


@overload
def grad(function: Callable[..., Any], argnums: int = 0) -> Gradient: ...
@overload
def grad(function: Callable[..., Any], argnums: Sequence[int]) -> Callable[..., list[Any]]: ...
def grad(
    function: Callable[..., Any], argnums: int | Sequence[int] = 0, **of_others: NoReturn
) -> Any:
    """Return a function that returns the gradient: see :func:`value_and_grad`.

    >>> grad(grad(lambda x: x**3))(2.0)
    12.0
    >>> grad(lambda w: w[0] * w[1])([3.0, 4.0])
    [4.0, 3.0]
    """
    both: Any = value_and_grad(function, argnums)
    refuse_arguments("grad", of_others, OF_BACKWARD)
    return lambda *arguments: both(*arguments)[1]


def jacobian(function: Callable[..., Any], argnums: int = 0) -> Callable[..., Any]:
    """Return a function that returns ∂outputᵢ/∂inputⱼ, as a list with a row for each output.

    The function may return a Value or a structure of Values, and each entry of the result has the
    form of the argument. For an array of shape (n,) and m outputs it is an array of shape (m, n).
    One backward pass for each output. For a function that :func:`autograd.compile` made, it is
    compiled, and has the matrix of each row of its arguments.

    Args:
        function: takes numbers in any structure, and returns Values in any.
        argnums: which argument to differentiate by, from 0, or several.

    >>> jacobian(lambda x: [x[0] * x[1], x[0] + x[1]])([3.0, 4.0])
    [[4.0, 3.0], [1.0, 1.0]]
    """
    _check_function(function, [argnums])
    if isinstance(function, RowByRow):
        return function.mapped(lambda function: jacobian(function, argnums))

    def differentiated(*arguments: Any) -> Any:
        result, [chosen], leaves, nested = _differentiate(function, arguments, [argnums])
        rows = map_leaves(lambda output: _gradients_like(output, chosen, leaves, nested), result)
        return stacked(rows) if is_array(chosen) else rows

    return differentiated


def hessian(function: Callable[..., Any], argnums: int = 0) -> Callable[..., Any]:
    """Return a function that returns ∂²f/∂xᵢ∂xⱼ, as a list of rows; a number for a number.

    For a function that :func:`autograd.compile` made, it is compiled, as in :func:`jacobian`.

    Args:
        function: returns one Value.
        argnums: which argument to differentiate by, from 0, or several.

    >>> hessian(lambda x: x[0] ** 2 * x[1])([3.0, 4.0])
    [[8.0, 6.0], [6.0, 0.0]]
    """
    if isinstance(function, RowByRow):
        return function.mapped(lambda function: hessian(function, argnums))
    return jacobian(grad(function, argnums), argnums)


def vjp(function: Callable[..., Any], *arguments: Any) -> tuple[Any, Callable[[Any], list[Any]]]:
    """Return the function's result, and a function from ∂L/∂result to the list of ∂L/∂argument.

    The product of a vector and the Jacobian matrix, vᵀJ: one backward pass, however many outputs
    there are.

    Args:
        function: takes as many arguments as there are.
        arguments: where to differentiate.

    Raises:
        ArgumentError: from the second function, if v has not a number for each output.

    >>> result, pull_back = vjp(lambda x, y: [x * y, x + y], 3.0, 4.0)
    >>> result, pull_back([1.0, 10.0])
    ([12.0, 7.0], [14.0, 13.0])
    """
    result, chosen, leaves, nested = _differentiate(function, arguments, range(len(arguments)))
    outputs = list(leaves_of(result))

    def pull_back(upstream: Any) -> list[Any]:
        weights = _directions(upstream, outputs, "outputs")
        found: list[Any] = _gradients_like(ops.dot(outputs, weights), chosen, leaves, nested)
        return found

    return _data_of(result, nested), pull_back


def jvp(
    function: Callable[..., Any], arguments: Sequence[Any], directions: Sequence[Any]
) -> tuple[Any, Any]:
    """Return the function's result and its derivative along a direction of its arguments.

    The product of the Jacobian matrix and a vector, Jv: one pass from the leaves to the outputs
    with the chain rule ẏ = Σ ∂y/∂parent · parent˙ (forward mode), however many arguments there are.

    Args:
        function: takes as many arguments as there are.
        arguments: where to differentiate.
        directions: v: a number for each number of the arguments, in their form.

    Raises:
        ArgumentError: if the directions have not a number for each number of the arguments.

    >>> jvp(lambda x, y: [x * y, x + y], [3.0, 4.0], [1.0, 10.0])
    ([12.0, 7.0], [34.0, 11.0])
    """
    result, _, leaves, nested = _differentiate(function, tuple(arguments), range(len(arguments)))
    slopes: dict[Value, Any] = dict(
        zip(leaves, _directions(directions, leaves, "arguments"), strict=True)
    )

    def slope_of(output: Value) -> Any:
        for node in computed_nodes(output):  # each after those that it was computed from
            if node not in slopes:
                locals_ = _differentiable(node) if nested else node.local_derivatives
                products = [
                    local * slopes[parent]
                    for parent, local in zip(node.parents, locals_, strict=True)
                    if parent in slopes
                ]
                if products:
                    slopes[node] = ops.sum(products)
        return slopes.get(output, 0.0)

    return _data_of(result, nested), map_leaves(slope_of, result)


def _directions(structure: Any, leaves: Sequence[Any], what: str) -> list[Any]:
    found = list(leaves_of(structure))
    if len(found) != len(leaves):
        raise ArgumentError(
            f"a direction needs one number for each of the {len(leaves)} numbers of the {what}, "
            f"but it has {len(found)}"
        )
    return found


def _data_of(result: Any, nested: bool) -> Any:
    return result if nested else map_leaves(lambda value: value.data, result)
