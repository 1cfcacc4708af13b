"""Explanations of gradients: paths, formulas, the factored form, and how they are written."""
