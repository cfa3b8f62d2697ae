"""Whom the work at hand is for. Guests share a home with its owner, but neither the library nor the habits in it."""

from __future__ import annotations

from contextvars import ContextVar

for_guest: ContextVar[bool] = ContextVar("for_guest", default=False)
"""Set where somebody's request or job comes in, and followed into every thread that works on it: the library then is
empty, and no habit is known or learned."""
