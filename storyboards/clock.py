"""Time as (value, rate): integers are frames, spans are half-open, seconds exist only at the edges."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from pydantic import BaseModel, ConfigDict, model_serializer, model_validator


class FrameRate(BaseModel):
    """Frames per second as an exact fraction. Reads ``24``, ``"24"``, ``"30000/1001"``; writes ``"24"``."""

    model_config = ConfigDict(frozen=True)
    numerator: int
    denominator: int = 1

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: Any) -> Any:
        if isinstance(value, (int, str, Fraction)):
            try:
                fraction = Fraction(value)
            except (ValueError, ZeroDivisionError) as error:
                raise ValueError(f"a frame rate looks like 24 or 30000/1001, got {value!r}") from error
            return {"numerator": fraction.numerator, "denominator": fraction.denominator}
        return value

    @model_validator(mode="after")
    def _check(self) -> FrameRate:
        if not (self.denominator > 0 and 1 <= Fraction(self.numerator, self.denominator) <= 120):
            raise ValueError(f"a frame rate is 1 to 120 frames a second, got {self.numerator}/{self.denominator}")
        return self

    @model_serializer
    def _write(self) -> str:
        return str(self.fraction)

    @property
    def fraction(self) -> Fraction:
        return Fraction(self.numerator, self.denominator)

    def frames(self, seconds: float | Fraction) -> int:
        """Nearest whole number of frames in ``seconds``; halves round up, so that equal parts stay equal."""
        return int(Fraction(seconds).limit_denominator(1_000_000) * self.fraction + Fraction(1, 2))

    def seconds(self, frames: int) -> float:
        return float(frames / self.fraction)

    def __str__(self) -> str:
        return self._write()


class FrameSpan(BaseModel):
    """Frames ``start`` up to but not including ``end``."""

    model_config = ConfigDict(frozen=True)
    start: int
    end: int

    @model_validator(mode="after")
    def _check(self) -> FrameSpan:
        if self.end < self.start:
            raise ValueError(f"a span ends at or after its start, got [{self.start}, {self.end})")
        return self

    @property
    def length(self) -> int:
        return self.end - self.start

    def shifted(self, frames: int) -> FrameSpan:
        return FrameSpan(start=self.start + frames, end=self.end + frames)

    def overlap(self, other: FrameSpan) -> FrameSpan | None:
        """The frames both spans hold, or None."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return FrameSpan(start=start, end=end) if start < end else None

    def __contains__(self, frame: int) -> bool:
        return self.start <= frame < self.end


def timecode(seconds: float, separator: str = ",") -> str:
    """``HH:MM:SS,mmm`` (SubRip) or with ``.`` (WebVTT)."""
    total_ms = max(0, round(seconds * 1000))
    hours, rest = divmod(total_ms, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    whole, ms = divmod(rest, 1000)
    return f"{hours:02d}:{minutes:02d}:{whole:02d}{separator}{ms:03d}"
