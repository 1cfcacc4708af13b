"""Engines: what computes the losses and gradients of a training, and takes its steps.

``fit`` says which examples come next and keeps the records; an engine does the rest. The eager
engine runs the model once for each example, as it stands; the compiled one runs each batch as one
array program, the sharded one on the workers of an executor; the choice takes what fits.
"""
