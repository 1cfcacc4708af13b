"""What things are called here, for those who come from micrograd, PyTorch or Keras."""

from __future__ import annotations

OF_VIZ = {
    "draw_dot": "write viz.draw(loss)",
    "make_dot": "write viz.draw(loss)",
    "plot_model": "write viz.draw(loss), where the loss is computed with the model",
    "trace": "nodes and edges are autograd.topological_order(loss) and autograd.edges(loss)",
}
