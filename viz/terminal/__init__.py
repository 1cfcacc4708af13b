"""The walk through the backward pass at a prompt."""
