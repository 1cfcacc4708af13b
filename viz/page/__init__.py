"""The web page that walks through the forward and the backward pass."""
