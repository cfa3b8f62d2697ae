"""Measuring whether films are what their plans said, and whether the measuring can be trusted."""

from evals.assertion import assert_adheres

__all__ = ["assert_adheres"]
