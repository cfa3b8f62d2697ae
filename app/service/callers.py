"""Who is asking, and what they may."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from storyboards.errors import NotAllowed

Scope = Literal["read", "make"]
"""``read`` sees what there is; ``make`` starts, changes, cancels and deletes it."""


class KeyLimits(BaseModel):
    """What one key may have made; None is without a limit.

    Attributes:
        jobs_at_once: waiting or running.
        seconds_a_day: of film asked for within 24 hours.
        usd_a_day: spent within 24 hours by what the key asked for.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    jobs_at_once: int | None = Field(8, ge=0)
    seconds_a_day: float | None = Field(3600.0, ge=0)
    usd_a_day: float | None = Field(10.0, ge=0)

    @classmethod
    def none(cls) -> KeyLimits:
        return cls(jobs_at_once=None, seconds_a_day=None, usd_a_day=None)


class Caller(BaseModel):
    """Somebody who asks. ``tenant`` is empty for the person at this machine, who sees everything of the home."""

    model_config = ConfigDict(frozen=True)
    tenant: str = ""
    key_id: str = ""
    scopes: frozenset[Scope] = frozenset({"read", "make"})
    limits: KeyLimits = KeyLimits.none()

    @property
    def is_local(self) -> bool:
        return not self.tenant

    def sees(self, tenant: str) -> bool:
        """Whether what belongs to ``tenant`` exists for this caller."""
        return self.is_local or tenant == self.tenant

    def must_have(self, scope: Scope) -> None:
        """Raises NotAllowed: the key lacks the scope."""
        if scope not in self.scopes:
            raise NotAllowed(f"this key has no scope {scope!r}.", next_step="Use a key that was made with it.")


LOCAL = Caller()
"""The person at this machine."""
