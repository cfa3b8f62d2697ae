"""The edit leaves whole and comes back the same; formats that cannot say something say so."""

from __future__ import annotations

import hashlib
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import opentimelineio as otio
import pytest

from storyboards.claims import Claim
from storyboards.clock import FrameRate, FrameSpan
from storyboards.critique import Evidence, Verdict
from storyboards.errors import BadEdit, BadOutput, BadStoryboard, UnknownName
from storyboards.shot import Shot, Take, Transition
from storyboards.storyboard import Storyboard
from storyboards.timeline import Caption, Clip, SoundClip, Timeline
from tests.tools.conftest import MakeFilm, MakeTone
from tools.documents import read_document, write_document
from tools.publish import FORMATS, PACKED, Cutting, export, from_otio, otio_text, to_otio
from tools.store import Store

RATE = FrameRate(numerator=24)
CLAIMS = (
    Claim(id="s2.colour.fox", kind="colour", text="The fox is orange.", shot_id="s2"),
    Claim(id="s1.camera", kind="camera", text="The camera pans left.", shot_id="s1"),
    Claim(id="film.loudness", kind="loudness", text="Loudness is -14 LUFS."),
)
VERDICTS = (
    Verdict(claim_id="s2.colour.fox", outcome="fail", tier="T1", measured="purple", evidence=Evidence(frame=5)),
    Verdict(claim_id="s1.camera", outcome="pass", tier="T1"),
    Verdict(claim_id="film.loudness", outcome="fail", tier="T0", measured="-20 LUFS"),
)


def take_of(shot_id: str, ordinal: int, sha256: str) -> Take:
    return Take(
        key=f"{shot_id}-{ordinal}", shot_id=shot_id, ordinal=ordinal, backend="painter", recipe_digest="r",
        video_sha256=sha256, frames=48, handle_frames=12, rate=RATE, width=96, height=64, seed=ordinal,
    )  # fmt: skip


@pytest.fixture
def cutting(make_film: MakeFilm, make_tone: MakeTone) -> Cutting:
    """Three shots of 48 frames, two takes each, the second kept; a fade, a dissolve, overlapping ambiences."""
    takes = {
        f"s{n}": tuple(
            take_of(f"s{n}", o, make_film(lambda _, c=(n, o): (c[0] * 60, c[1] * 90, 30), 60)) for o in (1, 2)
        )
        for n in (1, 2, 3)
    }
    entries = (Transition(kind="fade", frames=6), Transition(), Transition(kind="dissolve", frames=10))
    clips = tuple(
        Clip(
            shot_id=shot_id, take_key=kept.key, video_sha256=kept.video_sha256,
            source=FrameSpan(start=0, end=48), record=FrameSpan(start=48 * n, end=48 * n + 48),
            transition=entries[n], title="The Fox" if n == 0 else "",
        )
        for n, (shot_id, (_, kept)) in enumerate(takes.items())
    )  # fmt: skip
    tone = make_tone(440, 6)
    sound = (
        SoundClip(track="music", sha256=tone, at_s=0, length_s=6, gain_db=-8, fade_out_s=2),
        SoundClip(track="ambience", sha256=tone, at_s=0, length_s=2.31, fade_out_s=0.5, shot_id="s1"),
        SoundClip(track="ambience", sha256=tone, at_s=1.75, length_s=3.0, fade_in_s=0.5, shot_id="s2"),
        SoundClip(track="dialogue", sha256=tone, at_s=2.123456, length_s=1.7, offset_s=0.25, shot_id="s2"),
        SoundClip(track="foley", sha256=tone, at_s=4.0, length_s=0.5, shot_id="s3"),
    )
    captions = (Caption(start_s=2.1, end_s=3.8, text="Come & see.", speaker="fox", shot_id="s2"),)
    film = Timeline(title="The Fox", rate=RATE, width=96, height=64, picture=clips, sound=sound, captions=captions)
    return Cutting(timeline=film, takes_by_shot=takes, claims=CLAIMS, verdicts=VERDICTS)


def written(cutting: Cutting, store: Store) -> otio.schema.Timeline:
    """The edit after a trip through its text."""
    text = otio_text(cutting.timeline, cutting.takes_by_shot, cutting.claims, cutting.verdicts, store)
    return otio.adapters.read_from_string(text, "otio_json")


def clips_of(film: otio.schema.Timeline) -> list[otio.schema.Clip]:
    return [part for part in film.video_tracks()[0] if isinstance(part, otio.schema.Clip)]


def test_a_timeline_comes_back_the_same(cutting: Cutting, store: Store) -> None:
    assert from_otio(written(cutting, store)) == cutting.timeline


def test_every_take_is_there_and_the_kept_one_plays(cutting: Cutting, store: Store) -> None:
    film = written(cutting, store)
    for clip in clips_of(film):
        references = clip.media_references()
        assert sorted(references) == [f"{clip.name}-1", f"{clip.name}-2"]
        assert clip.active_media_reference_key == f"{clip.name}-2"
        for key, reference in references.items():
            ordinal = int(key[-1]) - 1
            sha256 = cutting.takes_by_shot[clip.name][ordinal].video_sha256
            assert reference.target_url == store.path(sha256).as_uri()
            assert reference.available_range.duration.value == 60


def test_the_spans_are_what_an_editor_s_program_would_play(cutting: Cutting, store: Store) -> None:
    film = written(cutting, store)
    assert film.duration() == otio.opentime.RationalTime(144, 24)
    starts = [clip.range_in_parent().start_time.value for clip in clips_of(film)]
    assert starts == [0, 48, 96]
    (dissolve,) = [part for part in film.video_tracks()[0] if isinstance(part, otio.schema.Transition)]
    assert (dissolve.in_offset.value, dissolve.out_offset.value) == (0, 10)
    assert [track.name for track in film.audio_tracks()] == ["dialogue", "foley", "ambience", "ambience 2", "music"]
    speech = film.audio_tracks()[0][1]
    assert speech.range_in_parent().start_time.to_seconds() == pytest.approx(2.123456, abs=1 / 48_000)


def test_failed_claims_are_markers_and_others_are_not(cutting: Cutting, store: Store) -> None:
    film = written(cutting, store)
    marked = {clip.name: clip.markers for clip in clips_of(film)}
    assert [len(marked[name]) for name in ("s1", "s2", "s3")] == [0, 1, 0]
    (marker,) = marked["s2"]
    assert marker.name == "failed: The fox is orange."
    assert marker.metadata["storyreel"]["measured"] == "purple"
    assert marker.marked_range.start_time.value == 5
    assert [marker.name for marker in film.video_tracks()[0].markers] == ["failed: Loudness is -14 LUFS."]


def test_a_change_in_another_program_is_read_back(cutting: Cutting, store: Store) -> None:
    film = written(cutting, store)
    first, second, _ = clips_of(film)
    first.active_media_reference_key = "s1-1"
    first.source_range = otio.opentime.TimeRange(otio.opentime.RationalTime(8, 24), otio.opentime.RationalTime(24, 24))
    film.video_tracks()[0].remove(second)
    back = from_otio(film)
    assert [clip.shot_id for clip in back.picture] == ["s1", "s3"]
    assert back.picture[0].video_sha256 == cutting.takes_by_shot["s1"][0].video_sha256
    assert back.picture[0].source == FrameSpan(start=8, end=32)
    assert back.picture[1].record == FrameSpan(start=24, end=72)
    assert back.picture[1].transition == Transition(kind="dissolve", frames=10)


def test_a_moved_sound_is_read_back(cutting: Cutting, store: Store) -> None:
    film = written(cutting, store)
    gap = film.audio_tracks()[0][0]
    gap.source_range = otio.opentime.TimeRange(gap.source_range.start_time, otio.opentime.RationalTime(24_000, 48_000))
    moved = next(sound for sound in from_otio(film).sound if sound.track == "dialogue")
    assert moved.at_s == pytest.approx(0.5)
    assert (moved.length_s, moved.offset_s) == (1.7, 0.25)


def test_a_gap_in_the_picture_or_a_stranger_s_timeline_is_refused(cutting: Cutting, store: Store) -> None:
    film = written(cutting, store)
    film.video_tracks()[0].insert(1, otio.schema.Gap(duration=otio.opentime.RationalTime(5, 24)))
    with pytest.raises(BadEdit, match="gap at frame 48"):
        from_otio(film)
    with pytest.raises(BadEdit, match="not made by storyreel"):
        from_otio(otio.schema.Timeline("theirs"))


def test_a_take_that_is_not_listed_still_plays(cutting: Cutting) -> None:
    film = to_otio(cutting.timeline, {})
    assert from_otio(film) == cutting.timeline


def test_an_edl_has_the_cuts_and_the_dissolve(cutting: Cutting, store: Store, tmp_path: Path) -> None:
    notes = export(cutting, "edl", store, tmp_path / "film.edl")
    film = otio.adapters.read_from_file(str(tmp_path / "film.edl"), "cmx_3600", rate=24)
    assert [clip.range_in_parent().start_time.value for clip in clips_of(film)] == [0, 48, 96]
    (dissolve,) = [part for part in film.tracks[0] if isinstance(part, otio.schema.Transition)]
    assert dissolve.duration().value == 10
    assert any("sounds" in note for note in notes)
    assert any("fades from black became cuts" in note for note in notes)


def test_final_cut_xml_has_picture_and_sound(cutting: Cutting, store: Store, tmp_path: Path) -> None:
    notes = export(cutting, "xml", store, tmp_path / "film.xml")
    film = otio.adapters.read_from_file(str(tmp_path / "film.xml"), "fcp_xml")
    assert [(clip.name, clip.range_in_parent().start_time.value) for clip in clips_of(film)] == [
        ("s1", 0), ("s2", 48), ("s3", 96),
    ]  # fmt: skip
    assert len(film.audio_tracks()) == 5
    assert film.duration().to_seconds() == pytest.approx(6.0)
    assert any("one take per clip" in note for note in notes)


def test_fcpxml_has_every_shot_and_says_what_it_lacks(cutting: Cutting, store: Store, tmp_path: Path) -> None:
    notes = export(cutting, "fcpxml", store, tmp_path / "film.fcpxml")
    film = otio.adapters.read_from_file(str(tmp_path / "film.fcpxml"), "fcpx_xml")
    assert [clip.name for clip in clips_of(film)] == ["s1", "s2", "s3"]
    assert film.duration().to_seconds() == pytest.approx(6.0)
    assert any("1 dissolves became cuts" in note for note in notes)


def test_a_bundle_brings_its_media(cutting: Cutting, store: Store, tmp_path: Path) -> None:
    notes = export(cutting, "otioz", store, tmp_path / "film.otioz")
    packed = zipfile.ZipFile(tmp_path / "film.otioz").namelist()
    for clip in cutting.timeline.picture:
        assert f"media/{store.path(clip.video_sha256).name}" in packed
    film = otio.adapters.read_from_file(str(tmp_path / "film.otioz"), "otioz")
    assert from_otio(film) == cutting.timeline
    assert notes == ("3 takes that do not play are named in the bundle but not packed.",)


@pytest.mark.parametrize("to", sorted(PACKED))
def test_a_packed_edit_brings_what_it_names(cutting: Cutting, store: Store, tmp_path: Path, to: str) -> None:
    export(cutting, to, store, tmp_path / f"film.v2.{PACKED[to]}.zip")
    with zipfile.ZipFile(tmp_path / f"film.v2.{PACKED[to]}.zip") as bundle:
        edit, packed = bundle.read(f"film.v2.{PACKED[to]}").decode(), bundle.namelist()
        named = set(re.findall(r"media/[0-9a-f]{16}\.[a-z0-9]+", edit))
        assert named == set(packed) - {f"film.v2.{PACKED[to]}"}
        for clip in cutting.timeline.picture:
            (place,) = [name for name in named if name.startswith(f"media/{clip.video_sha256[:16]}")]
            assert hashlib.sha256(bundle.read(place)).hexdigest() == clip.video_sha256
    assert str(tmp_path) not in edit, "no path of this machine is in it"
    assert "file:" not in edit


@pytest.mark.parametrize("to", ["otio", "otioz", "edl", "xml", "fcpxml"])
def test_what_leaves_names_no_path_of_this_machine(cutting: Cutting, store: Store, tmp_path: Path, to: str) -> None:
    out = tmp_path / f"film.{to}"
    notes = export(cutting, to, store, out, away=True)
    edit = zipfile.ZipFile(out).read("content.otio").decode() if to == "otioz" else out.read_text()
    assert str(store.root) not in edit
    assert "file:" not in edit
    if to == "otioz":
        assert from_otio(otio.adapters.read_from_file(str(out), "otioz")) == cutting.timeline
        return
    assert any("does not come along" in note for note in notes)
    for clip in cutting.timeline.picture:
        assert f"media/{clip.video_sha256[:16]}.mp4" in edit
    export(cutting, to, store, out)
    assert to == "edl" or str(store.root) in out.read_text(), "here it names the files where they lie"


def test_captions_are_numbered_and_escaped(cutting: Cutting, store: Store, tmp_path: Path) -> None:
    assert export(cutting, "srt", store, tmp_path / "film.srt") == ()
    assert (tmp_path / "film.srt").read_text() == "1\n00:00:02,100 --> 00:00:03,800\nCome & see.\n\n"
    export(cutting, "vtt", store, tmp_path / "film.vtt")
    text = (tmp_path / "film.vtt").read_text()
    assert text == "WEBVTT\n\n00:00:02.100 --> 00:00:03.800\n<v fox>Come &amp; see.\n\n"


def test_formats_and_places_that_do_not_exist_are_said(cutting: Cutting, store: Store, tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="otio, otioz, edl"):
        export(cutting, "aaf", store, tmp_path / "film.aaf")
    (tmp_path / "file").write_text("in the way")
    for to in FORMATS:
        with pytest.raises(BadOutput):
            export(cutting, to, store, tmp_path / "file" / f"film.{to}")


def test_an_export_replaces_the_one_before(cutting: Cutting, store: Store, tmp_path: Path) -> None:
    for to in FORMATS:
        out = tmp_path / f"film.{to}"
        out.write_text("the old one")
        export(cutting, to, store, out)
        assert out.stat().st_size > 20
    assert not list(tmp_path.glob(".*"))


BOARD = Storyboard(title="Füchse", rate=RATE, width=96, height=64, shots=(Shot(id="s1", frames=48, setting="forest"),))


@pytest.mark.parametrize("ending", [".yaml", ".yml", ".json"])
def test_a_storyboard_file_comes_back_the_same(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"board{ending}"
    write_document(BOARD, path)
    assert read_document(path) == BOARD
    assert "Füchse" in path.read_text(encoding="utf-8")


BOMB = "a: &a [x, x]\n" + "".join(f"b{n}: &b{n} [*{'a' if not n else f'b{n - 1}'}, *a]\n" for n in range(20))


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("b.yaml", BOMB.encode(), "YAML alias"),
        ("b.yaml", b"title: [unclosed", "line 1"),
        ("b.yaml", b"title: !!python/object/apply:os.system ['true']", "not YAML"),
        ("b.yaml", b"[" * 5000, "nested deeper"),
        ("b.yaml", b"just words", "a storyboard is a mapping"),
        ("b.json", b'{"title": "x",}', "not JSON"),
        ("b.json", b'{"title": "x", "title": "y"}', "'title' is given twice"),
        ("b.json", b"[" * 100_000, "nested too deeply"),
        ("b.json", b'{"title": "x"}', "shots"),
        ("b.json", b"\xff\xfe{}", "not UTF-8"),
        ("b.toml", b"title = 'x'", "is .yaml, .yml or .json"),
        ("b.json", b" " * (5 * 1024**2 + 1), "at most"),
    ],
)
def test_a_bad_storyboard_file_says_what_is_wrong(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadStoryboard, match=says):
        read_document(tmp_path / name)


def test_a_storyboard_file_that_is_missing_says_so(tmp_path: Path) -> None:
    with pytest.raises(BadStoryboard, match="cannot be read"):
        read_document(tmp_path / "none.yaml")


@pytest.mark.parametrize("to", ["edl", "xml", "fcpxml", "edlz"])
def test_a_rate_that_no_timecode_knows_is_refused_in_words(
    cutting: Cutting, store: Store, tmp_path: Path, to: str
) -> None:  # fmt: skip
    slow = replace(cutting, timeline=cutting.timeline.model_copy(update={"rate": FrameRate(numerator=8)}))
    with pytest.raises(BadOutput, match="no 8 frames a second") as refused:
        export(slow, to, store, tmp_path / f"film.{to}")
    assert "otio" in refused.value.next_step
    assert not (tmp_path / f"film.{to}").exists()
