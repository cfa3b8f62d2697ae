"""From what is known to HTML. Everything is escaped by the templates; no page needs a script or style inside it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from markupsafe import Markup

if TYPE_CHECKING:
    from jinja2 import Environment

FOLDER = Path(__file__).parent

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""The page's Content-Security-Policy: nothing from elsewhere, nothing inline."""

HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}

TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".woff2": "font/woff2",
         ".jpg": "image/jpeg", ".txt": "text/plain"}  # fmt: skip

STATES = {
    "current": "filmed",
    "stale": "to be filmed anew",
    "missing": "not filmed yet",
    "failed": "could not be filmed",
}
OUTCOMES = {
    "pass": "kept",
    "fail": "broken",
    "unmeasurable": "could not be measured",
    "doubtful": "likely not as planned",
    "open": "not looked at yet",
}
BACKENDS = {
    "animatic": "animatic, a preview", "reel": "reel, the generator", "openai-videos": "a video server",
    "diffusers": "diffusers, on this machine",
}  # fmt: skip
"""Who films, in words; a page offers those that its studio has."""
EXPORTS = (
    ("mp4", "Film", "mp4, −14 LUFS"), ("otio", "OpenTimelineIO", "the edit, every take named"),
    ("otioz", "OTIO bundle", "with its media"), ("fcpxmlz", "Final Cut Pro", "fcpxml and media, zip"),
    ("xmlz", "Premiere, Resolve", "Final Cut 7 xml and media, zip"), ("edlz", "EDL", "CMX 3600 and media, zip"),
    ("srt", "Captions", "srt"), ("vtt", "Captions", "WebVTT"), ("storyboard", "Storyboard", "JSON"),
    ("claims", "Promises and verdicts", "JSON lines"),
)  # fmt: skip


TAKEN = (
    "image/png,image/jpeg,video/mp4,video/quicktime,video/webm,.mkv,audio/wav,audio/mpeg,audio/mp4,audio/ogg,"
    "audio/flac,.m4a,.txt,.md,.fountain,.json,.yaml,.yml"
)
"""What may be attached, as a browser's file chooser reads it."""


@dataclass(frozen=True)
class Asset:
    """A file of the page, small enough to be kept in memory."""

    content: bytes
    media_type: str


def read_assets() -> dict[str, Asset]:
    """Every file below ``static``, by its path there."""
    root = FOLDER / "static"
    return {
        path.relative_to(root).as_posix(): Asset(path.read_bytes(), TYPES[path.suffix])
        for path in sorted(root.rglob("*"))
        if path.suffix in TYPES
    }


class Renderer:
    """The templates with their vocabulary.

    Args:
        prefix: where the page is mounted, such as ``/studio``; empty for the root.
    """

    def __init__(self, prefix: str = "") -> None:
        self.prefix = prefix.rstrip("/")
        self.assets = read_assets()
        digest = hashlib.sha256()
        for name, asset in self.assets.items():
            digest.update(name.encode() + asset.content)
        self.version = digest.hexdigest()[:12]
        self._environment = self._made()

    def url(self, *parts: str) -> str:
        """The address of a place of the page; each part is quoted."""
        return f"{self.prefix}/" + "/".join(quote(str(part), safe="") for part in parts)

    def asset(self, name: str) -> str:
        """The address of a static file, which changes when any of them does."""
        if name not in self.assets:
            raise LookupError(f"there is no static file {name!r}")
        return f"{self.prefix}/static/{self.version}/{name}"

    def still_url(self, project: str, video_sha256: str, frame: int, width: int) -> str:
        return self.url("films", project, "stills", video_sha256, str(frame), f"{width}.jpg")

    def page(self, template: str, **content: Any) -> str:
        """A template filled in."""
        return self._environment.get_template(f"{template}.html.j2").render(**content)

    def film_regions(self, content: Mapping[str, Any]) -> dict[str, str]:
        """The parts of a film's page that change on their own, by their id; cards come as ``shot-…``."""
        page = content["page"]
        cards = {card.shot.id: Markup(self.page("card", card=card, **content)) for card in page.cards}
        parts = {
            name: self.page(name, cards=cards, **content) for name in ("bar", "log", "screen", "board", "cast", "said")
        }
        return parts | {f"shot-{shot_id}": str(html) for shot_id, html in cards.items()}

    def film_page(self, content: Mapping[str, Any]) -> str:
        """The whole page of a film."""
        regions = {name: Markup(html) for name, html in self.film_regions(content).items()}
        return self.page("film", regions=regions, **content)

    def _made(self) -> Environment:
        from jinja2 import Environment, PackageLoader, StrictUndefined

        made = Environment(
            loader=PackageLoader("app.web", "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
            lstrip_blocks=True,
        )  # fmt: skip
        made.globals |= {
            "url": self.url, "asset": self.asset, "still_url": self.still_url, "states": STATES, "outcomes": OUTCOMES,
            "taken": TAKEN,
            "percent": lambda part, whole: f"{100 * part / max(whole, 1e-9):.3f}",
        }  # fmt: skip
        return made
