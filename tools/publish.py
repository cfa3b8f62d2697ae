"""The edit of a film for other programs: OpenTimelineIO, its bundle, EDL, Final Cut XML, and captions."""

from __future__ import annotations

import contextlib
import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from storyboards.claims import Claim
from storyboards.critique import Verdict
from storyboards.errors import BadOutput, ContentMissing, MediaFailed, UnknownName
from storyboards.shot import Take
from storyboards.timeline import Timeline, to_srt, to_vtt
from tools.captions import paged
from tools.edit import landing
from tools.otio_timeline import from_otio, to_otio
from tools.store import Store

if TYPE_CHECKING:
    import opentimelineio as otio

__all__ = ["FORMATS", "PACKED", "Cutting", "export", "from_otio", "otio_text", "to_otio"]

Locate = Callable[[str], str]
"""The address of a file by its sha256, as the export names it."""


@dataclass(frozen=True)
class Cutting:
    """What is exported: the edit, every take of its shots, and what was found about them."""

    timeline: Timeline
    takes_by_shot: Mapping[str, Sequence[Take]]
    claims: Sequence[Claim] = ()
    verdicts: Sequence[Verdict] = ()


def otio_text(
    timeline: Timeline,
    takes_by_shot: Mapping[str, Sequence[Take]],
    claims: Sequence[Claim],
    verdicts: Sequence[Verdict],
    store: Store,
) -> str:
    """The whole edit as .otio JSON, its media in the store."""
    import opentimelineio as otio

    film = to_otio(timeline, takes_by_shot, claims, verdicts, _file_url(store))
    return str(otio.adapters.write_to_string(film, "otio_json"))


def export(cutting: Cutting, to: str, store: Store, out: Path, *, away: bool = False) -> tuple[str, ...]:
    """Write the edit to ``out`` in the format ``to``; the file appears whole or not at all.

    Args:
        away: it leaves this machine. Media is named by its place in ``media/`` beside the file, as in the packed
            formats, and not by where it lies here.

    Returns:
        what the format cannot say, a sentence each.

    Raises:
        UnknownName: no such format. BadOutput: ``out`` cannot be written, or the format knows no such frame rate.
        ContentMissing: a bundle needs a take that is gone.
    """
    if to not in FORMATS and to not in PACKED:
        known = ", ".join((*FORMATS, *PACKED))
        raise UnknownName(f"there is no format {to!r}.", next_step=f"Choose one of: {known}.")
    with landing(out) as draft:
        draft.unlink()  # some writers refuse to write over a file
        if to in PACKED:
            name = out.name.removesuffix(".zip").removesuffix(f".{to}").removesuffix(f".{PACKED[to]}")
            return _write_packed(cutting, PACKED[to], store, draft, name)
        if not away or to == "otioz":
            return FORMATS[to](cutting, _file_url(store), draft)
        notes = FORMATS[to](cutting, lambda sha256: _beside(store, sha256), draft)
        return notes if to in ("srt", "vtt") else (*notes, NOT_PACKED)


def _write_otio(cutting: Cutting, locate: Locate, out: Path) -> tuple[str, ...]:
    import opentimelineio as otio

    film = to_otio(cutting.timeline, cutting.takes_by_shot, cutting.claims, cutting.verdicts, locate)
    out.write_text(str(otio.adapters.write_to_string(film, "otio_json")), encoding="utf-8")
    return ()


def _write_bundle(cutting: Cutting, locate: Locate, out: Path) -> tuple[str, ...]:
    """A zip of the edit and the media that play; alternates stay named in it but their files do not come along."""
    import opentimelineio as otio
    from opentimelineio.adapters.file_bundle_utils import MediaReferencePolicy, NotAFileOnDisk

    film = to_otio(cutting.timeline, cutting.takes_by_shot, cutting.claims, cutting.verdicts, locate)
    spare = 0
    for clip in film.find_clips():
        for key, media in clip.media_references().items():
            if key != clip.active_media_reference_key and isinstance(media, otio.schema.ExternalReference):
                # It names no file of this machine: the bundle is opened on another one.
                media.target_url = f"media/{PurePosixPath(media.target_url).name}"
                spare += 1
    try:
        otio.adapters.write_to_file(film, str(out), "otioz", media_policy=MediaReferencePolicy.ErrorIfNotFile)
    except NotAFileOnDisk as error:
        raise ContentMissing(f"a file of the edit is gone: {error}.", next_step="Run `storyreel resume`.") from error
    return (f"{spare} takes that do not play are named in the bundle but not packed.",) if spare else ()


def _write_edl(cutting: Cutting, locate: Locate, out: Path) -> tuple[str, ...]:
    film = _plain_film(cutting, locate)
    notes = ["An EDL has one picture track: sounds, titles and other takes are left out.", *_fade_notes(cutting)]
    for track in list(film.audio_tracks()):
        film.tracks.remove(track)
    for number, clip in enumerate(film.find_clips(), start=1):
        clip.metadata["cmx_3600"] = {"reel": f"SHOT{number:03d}"}  # eight letters without a space is all there is
    _write_with("cmx_3600", film, out, rate=float(cutting.timeline.rate.fraction))
    return tuple(notes)


def _write_fcp7(cutting: Cutting, locate: Locate, out: Path) -> tuple[str, ...]:
    _write_with("fcp_xml", _plain_film(cutting, locate), out)
    notes = ["Final Cut 7 XML has one take per clip and no room for titles; levels and fades of sounds are left out."]
    return tuple(notes + _fade_notes(cutting))


def _write_fcpx(cutting: Cutting, locate: Locate, out: Path) -> tuple[str, ...]:
    film = _plain_film(cutting, locate)
    dissolves = _without_dissolves(film)
    _write_with("fcpx_xml", film, out)
    notes = ["FCPXML has one take per clip and no room for titles; levels and fades of sounds are left out."]
    if dissolves:
        notes.append(f"{dissolves} dissolves became cuts: the FCPXML writer has none.")
    return tuple(notes + _fade_notes(cutting))


def _write_srt(cutting: Cutting, locate: Locate, out: Path) -> tuple[str, ...]:
    out.write_text(to_srt(paged(cutting.timeline.captions, cutting.timeline.duration_s)), encoding="utf-8")
    return _caption_notes(cutting)


def _write_vtt(cutting: Cutting, locate: Locate, out: Path) -> tuple[str, ...]:
    out.write_text(to_vtt(paged(cutting.timeline.captions, cutting.timeline.duration_s)), encoding="utf-8")
    return _caption_notes(cutting)


def _write_packed(cutting: Cutting, to: str, store: Store, out: Path, name: str) -> tuple[str, ...]:
    """A zip of the edit and, in ``media/`` beside it, the files that it names by that place."""
    named: set[str] = set()

    def beside(sha256: str) -> str:
        named.add(sha256)
        return _beside(store, sha256)

    with store.scratch(f".{to}") as edit, zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as bundle:
        notes = FORMATS[to](cutting, beside, edit)
        bundle.write(edit, f"{name}.{to}")
        text = edit.read_text(encoding="utf-8")
        for sha256 in sorted(named):
            if _beside(store, sha256) in text:
                bundle.write(store.path(sha256), _beside(store, sha256))
    return notes


FORMATS: dict[str, Callable[[Cutting, Locate, Path], tuple[str, ...]]] = {
    "otio": _write_otio, "otioz": _write_bundle, "edl": _write_edl, "xml": _write_fcp7, "fcpxml": _write_fcpx,
    "srt": _write_srt, "vtt": _write_vtt,
}  # fmt: skip
"""What can be exported, by the word the command takes."""
NOT_PACKED = "The media is named as media/… beside the file and does not come along; otioz and the zips bring it."
PACKED = {"edlz": "edl", "xmlz": "xml", "fcpxmlz": "fcpxml"}
"""The same in a zip with the media that they name, to be opened on another machine."""


def _plain_film(cutting: Cutting, locate: Locate) -> otio.schema.Timeline:
    """The edit with the kept takes only and sounds on whole frames, as programs that count frames want it."""
    import opentimelineio as otio

    rate = float(cutting.timeline.rate.fraction)
    if not otio.opentime.RationalTime.is_smpte_timecode_rate(rate):
        raise BadOutput(
            f"these formats count frames by timecode, which knows no {cutting.timeline.rate} frames a second.",
            next_step="Export to otio or otioz, which hold any rate, or film it at 24, 25 or 30.",
        )
    film = to_otio(cutting.timeline, cutting.takes_by_shot, cutting.claims, cutting.verdicts, locate, sound_rate=rate)
    for clip in film.find_clips():
        active = clip.active_media_reference_key
        clip.set_media_references({active: clip.media_reference}, active)
    return film


def _without_dissolves(film: otio.schema.Timeline) -> int:
    import opentimelineio as otio

    removed = 0
    for track in film.tracks:
        for part in [part for part in track if isinstance(part, otio.schema.Transition)]:
            track.remove(part)
            removed += 1
    return removed


def _write_with(adapter: str, film: otio.schema.Timeline, out: Path, **options: object) -> None:
    """Write with one of OpenTimelineIO's plugins, whose failures are of any kind."""
    import opentimelineio as otio

    try:
        # Plugins print warnings that mean nothing to the caller; what matters is in our notes.
        with contextlib.redirect_stdout(io.StringIO()):
            text = otio.adapters.write_to_string(film, adapter, **options)
    except (otio.exceptions.OTIOError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise MediaFailed(
            f"the {adapter} writer refused the edit: {error}.", next_step="Export to otio, which holds everything."
        ) from error
    out.write_text(str(text), encoding="utf-8")


def _fade_notes(cutting: Cutting) -> list[str]:
    fades = sum(clip.transition.kind == "fade" for clip in cutting.timeline.picture)
    return [f"{fades} fades from black became cuts."] if fades else []


def _caption_notes(cutting: Cutting) -> tuple[str, ...]:
    return () if cutting.timeline.captions else ("The film has no captions; the file is empty.",)


def _beside(store: Store, sha256: str) -> str:
    """Where a file lies beside the edit that names it; one that is gone has no ending."""
    suffix = store.path(sha256).suffix if store.holds(sha256) else ""
    return f"media/{sha256[:16]}{suffix}"


def _file_url(store: Store) -> Locate:
    def locate(sha256: str) -> str:
        """The file's URL; for one that is gone, where it would be."""
        try:
            return store.path(sha256).as_uri()
        except ContentMissing:
            return (store.root / "objects" / sha256[:2] / sha256[2:]).as_uri()

    return locate
