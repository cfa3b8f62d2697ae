"""Measurements of how well a cut keeps its plan."""
