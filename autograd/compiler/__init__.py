"""Compile a loss over Values into a program over arrays, which runs thousands of times as fast.

The scalar graph of one example goes through stages. Each hands on what the next may rely on:

=============  =====================  =======================================================
stage          in → out               what holds afterwards
=============  =====================  =======================================================
recording      loss, example → graph  every number is an input, a parameter or a constant; a
                                      second call makes the same graph; nobody saw a number;
                                      what an index looks up is a node that chooses
scalars        graph → nodes          numbered, operands before users, labels kept; sums of
                                      products are dots; a row of weights that is used as a whole
                                      is one leaf
repetition,    nodes → nodes          rounds that each need the one before are one node, a loop,
rolling                               and the graph of one round; nothing else is changed
lifting        nodes → operations     each element is in one place: an array of at most two
                                      axes, elements in rows; a group has one op and one
                                      pattern of operands; an array has the shape of *one*
                                      example, and whether examples differ in it
forward,       operations →           a gradient is complete when its producer's turn comes;
differentiate  statements             slopes come from the op's own record; the batch is summed
                                      exactly once on the way to a parameter
simplify       statements →           what is used once stands where it is used, what is shared
               statements             has a name; the same numbers, to the bit
verifier       statements →           shapes and batches follow from structure alone; names are
               themselves, or error   known and given once; indices are within their arrays
writing        statements → text      a dialect for NumPy, one for numba, one for tensors: the
                                      only place with positions of axes, brackets and names of
                                      libraries
step           program, graph →       equal to the eager engine on the first rows of the batch;
               step                   what the loss requires of numbers is checked in every row
=============  =====================  =======================================================

Meaning is in structure. A term (:mod:`~autograd.compiler.terms`) knows its op by record, its
operands, its shape and whether it differs between examples; the batch is no axis among the others,
so no axis can pass for it, whatever their lengths. Text is made once, at the end, and never read
again: the rules of ops are read in a vocabulary of terms, and the functions that a program brings
along (:mod:`~autograd.compiler.rows`, :mod:`~autograd.compiler.pure` for tensors,
:mod:`~autograd.compiler.loops` for numba) are copied or called as they stand. What must not be
called as they are is reserved in one place, :mod:`~autograd.compiler.names`.
"""
