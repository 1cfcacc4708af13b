"""Derivations done by hand: answers are read, judged, diagnosed, and marked."""
