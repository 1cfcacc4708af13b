"""Plots of a training and of a model, on matplotlib Axes."""
