"""Clips longer than the network makes at once, clips that go on, and clips that are played while they are made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice, pairwise
from typing import Any

import pytest
import torch
from torch.nn.functional import interpolate

from models.codec import Canvas
from models.conditions import TIMELESS, Segment
from models.hearing import is_sounding, wave_of, with_sound
from models.latents import to_bytes
from models.layers.moves import path_of
from models.layers.parts import POSE
from models.layers.plate import PlateCodec
from models.layers.strip import Strip, decoded, ended, joined, posed, strip_of
from models.length import extended, following, is_long, long_clip, made_of, strips
from models.reel import Ask, Made, Reel, recalled
from models.shapes import TIME_STRIDE
from models.sound.codec import SoundCodec
from models.sound.network import SoundNetwork, SoundParams
from models.sound.tokens import ClipSound
from models.streaming import Playing, streamed
from models.transformer import Transformer, TransformerParams
from models.windows import AT_ONCE, SPAN, Later, Sliding, paced
from tests.models.tiny_reel import QUICK, TOKENIZER, stir, tiny_codec, tiny_reel

CANVAS = Canvas(97, 32, 48)
WALK = "A red fox stands in a meadow."


class Counting(Reel):
    """Remembers how many tokens every window had, what it was told, and what it was given."""

    def inpaint(self, made: Made, masks: Any, *rest: Any, **more: Any) -> Made:
        self.sizes.append(sum(map(len, made.parts)))
        self.given.append([part.masked(mask) for part, mask in zip(made.parts, masks, strict=True)])
        self.told.append(made.ask)
        return super().inpaint(made, masks, *rest, **more)

    sizes: list[int]
    told: list[Ask]
    given: list[list[Segment]]


def held(codec: Any) -> Any:
    """The codec with tokens that hold what they say: of rows what four frames have in common, and little of it, for
    untrained rows are all jumps; of plates what is smooth."""
    for rows in (codec.network.pose, codec.network.camera):
        common_CP = torch.eye(rows.channels, rows.row).repeat(1, TIME_STRIDE) / TIME_STRIDE**0.5
        rows.direction_CP.copy_(common_CP)
        rows.mean_P.zero_()
    codec.network.pose.deviation_C.fill_(0.1)
    codec.network.plate = PlateCodec(codec.network.params.plate).eval()
    few = torch.rand(64, 4, 5, 8, generator=torch.Generator().manual_seed(1))
    codec.network.plate.start(interpolate(few, (64, 112), mode="bilinear"))
    codec.network.pose.mean_P.view(TIME_STRIDE, -1)[:, 4] = 1.0
    codec.network.pose.mean_P.view(TIME_STRIDE, -1)[:, 2] = -1.0
    return codec


@pytest.fixture(scope="module")
def reel() -> Counting:
    tiny = tiny_reel("layers")
    counting = Counting(tiny.network, tiny.tokenizer, held(tiny.codec), QUICK)
    counting.sizes, counting.told, counting.given = [], [], []
    return counting


@pytest.fixture(scope="module")
def sounding() -> Reel:
    """A tiny generator that hears, too."""
    torch.manual_seed(0)
    network = SoundNetwork(SoundParams.tiny())
    stir(network, 3)
    codec: Any = tiny_codec("layers")
    heard = type(codec)(codec.network, sound=ClipSound(SoundCodec(network)))
    made = Transformer(TransformerParams.tiny(tuple(heard.specs), TOKENIZER.size))
    stir(made, 1)
    return Reel(made, TOKENIZER, heard, QUICK)


def ask(frames: int = 97, move: str = "pan left", **more: Any) -> Ask:
    canvas = replace(CANVAS, frames=frames)
    return replace(Ask(WALK, canvas, 1, path_of(move, canvas)), **more)


def timeless(made: Made) -> list[Segment]:
    return [part for part in made.parts if bool((part.frame_L == TIMELESS).all())]


def test_a_long_clip_is_an_ordinary_clip(reel: Counting) -> None:
    made = long_clip(reel, ask(), 3)
    assert made.ask.canvas == CANVAS
    assert [len(part) for part in made.parts if part.role == "pose"] == [25]
    assert len(torch.cat(list(reel.pieces(made, 32, 48, 24)))) == 194
    again = recalled(to_bytes(made.shown, {}), made.ask, 3)
    assert all(torch.equal(a.clean_LC, b.clean_LC) for a, b in zip(made.parts, again.parts, strict=True))
    same, other = long_clip(reel, ask(), 3), long_clip(reel, ask(), 4)
    assert torch.equal(made.parts[-1].clean_LC, same.parts[-1].clean_LC)
    assert not torch.equal(made.parts[-1].clean_LC, other.parts[-1].clean_LC)
    retaken = reel.retake(made, 4.0, 6.0, 9)
    assert not torch.equal(retaken.parts[-1].clean_LC, made.parts[-1].clean_LC)


def test_what_the_network_makes_at_once_is_made_at_once(reel: Counting) -> None:
    short = ask(AT_ONCE)
    assert not is_long(reel, AT_ONCE)
    assert is_long(reel, AT_ONCE + 4)
    made, plain = long_clip(reel, short, 3), reel.clip(short, 3)
    assert all(torch.equal(a.clean_LC, b.clean_LC) for a, b in zip(timeless(made), timeless(plain), strict=True))
    films = [torch.cat(list(reel.pieces(each, 32, 48, 12))).float() for each in (made, plain)]
    assert float((films[0] - films[1]).abs().mean()) < 3.0


def test_every_window_costs_the_same_and_is_told_what_happens_in_it(reel: Counting) -> None:
    reel.sizes.clear(), reel.told.clear()
    said = []

    def told(start_s: float, end_s: float) -> str:
        said.append((start_s, end_s))
        return f"A red fox stands in a meadow at {start_s:g}."

    *_, strip = strips(reel, ask(241, "static"), 3, told)
    assert strip.frames == 241
    assert len(reel.sizes) == len(said) == 7
    assert len(set(reel.sizes)) == 1
    assert [each.caption for each in reel.told] == [f"A red fox stands in a meadow at {start:g}." for start, _ in said]
    assert all(end - start == pytest.approx(SPAN / 12) for start, end in said)
    assert said[-1][1] == pytest.approx(241 / 12)


def test_looks_and_place_are_those_of_the_first_window(reel: Counting) -> None:
    with_sink = list(strips(reel, ask(), 3))
    assert all(torch.equal(with_sink[0].sheets[0].clean_LC, each.sheets[0].clean_LC) for each in with_sink)
    assert all(torch.equal(with_sink[0].plate.clean_LC, each.plate.clean_LC) for each in with_sink)
    without = list(strips(reel, ask(), 3, sliding=Sliding(sink=False)))
    assert not torch.equal(without[0].sheets[0].clean_LC, without[-1].sheets[0].clean_LC)
    assert not torch.equal(without[0].plate.clean_LC, without[-1].plate.clean_LC)


def test_what_is_made_is_never_changed_again(reel: Counting) -> None:
    grown = list(strips(reel, ask(133), 3))
    assert len(grown) == 4
    for one, other in pairwise(grown):
        assert torch.equal(one.rows_KFR, other.rows_KFR[:, : one.frames])


def test_windows_are_given_what_was_before_and_where_the_course_is_at_their_end(reel: Counting) -> None:
    reel.given.clear()
    *_, strip = strips(reel, ask(133, "static"), 3)
    codec: Any = reel.codec
    canvas = replace(CANVAS, frames=SPAN)
    course = strip_of(codec, reel.clip(Ask(WALK, canvas, 1), 3).shown, canvas)
    goal, starts = paced(course.rows_KFR, 133), (0, 36, 72, 84)
    for start, parts, known in zip(starts, reel.given, (1, 4, 4, 10), strict=True):
        (pose,) = (part for part in parts if part.role == "pose")
        assert pose.mask_L.tolist() == [0.0] * known + [1.0] * (12 - known) + [0.0]
        (wanted,) = posed(codec, goal[:, start : start + SPAN], canvas)
        assert torch.allclose(pose.clean_LC[-1], wanted.clean_LC[-1], atol=1e-5)
        (before,) = posed(codec, strip.rows_KFR[:, start : start + SPAN], canvas)
        assert torch.allclose(pose.clean_LC[:known], before.clean_LC[:known], atol=1e-5)
        assert all(not bool(part.mask_L.any()) for part in parts if part.role != "pose")


def test_a_course_is_walked_evenly_with_limbs_at_their_own_pace() -> None:
    frames = torch.arange(49.0)
    course = torch.zeros(1, 49, len(POSE) + 1)
    course[0, :, 0], course[0, :, -1] = frames, frames
    slow = paced(course, 97)
    assert torch.allclose(slow[0, :, 0], torch.arange(97) / 2)
    assert slow[0, [0, 4, 8, 96], -1].tolist() == [0.0, 2.0, 4.0, 48.0]
    assert slow[0, [5, 6, 7], -1].tolist() == [1.0, 2.0, 3.0]
    assert torch.allclose(paced(course, 49), course)


def test_an_extension_keeps_what_was_there(reel: Counting) -> None:
    made = long_clip(reel, ask(SPAN, "static"), 3)
    longer = extended(
        reel, made, 48, 5, caption="A blue owl stands in the meadow.", path=path_of("pan left", Canvas(49))
    )
    assert longer.ask.canvas.frames == 97
    before, after = (torch.cat(list(reel.pieces(each, 32, 48, 12))).float() for each in (made, longer))
    assert float((before - after[:SPAN]).abs().mean()) < 1.5
    assert len(longer.parts[0]) > len(made.parts[0]), "the place grew"
    plate = {
        tuple(at): row for at, row in zip(longer.parts[0].position_L3.tolist(), longer.parts[0].clean_LC, strict=True)
    }
    own = zip(made.parts[0].position_L3.tolist(), made.parts[0].clean_LC, strict=True)
    assert all(torch.equal(plate[tuple(at)], row) for at, row in own)
    assert torch.equal(longer.parts[1].clean_LC, made.parts[1].clean_LC)
    assert longer.ask.caption == "A blue owl stands in the meadow."
    with pytest.raises(ValueError, match="grows by 4k frames, got 6"):
        extended(reel, made, 6)
    with pytest.raises(ValueError, match="13 × 9"):
        extended(reel, made, 12, path=path_of("pan left", Canvas(49)))


def test_a_clip_begins_with_what_another_shows_at_a_moment(reel: Counting) -> None:
    before = strip_of(reel.codec, reel.clip(ask(SPAN, "static"), 3).shown, replace(CANVAS, frames=SPAN))  # type: ignore[arg-type]
    at = ask(SPAN, "dolly in")
    *_, strip = following(reel, before, 3.5, at, 8)
    made = made_of(reel, strip, at, 8)
    assert made.ask.canvas.frames == SPAN
    assert float(strip.path_F9[0, :6].abs().max()) < 1e-6, "it is told from its own first frame"
    first = reel.decode(made, 32, 48, 12)[0].float()
    last = reel.decode(made_of(reel, before, ask(SPAN), 0), 32, 48, 12)[42].float()
    assert float((first - last).abs().mean()) < 12.0
    other = reel.decode(long_clip(reel, at, 8), 32, 48, 12)[0].float()
    assert float((other - last).abs().mean()) > 1.5 * float((first - last).abs().mean())


def test_snow_goes_on_falling(reel: Counting) -> None:
    """A place of one colour in the snow: what moves between two frames is the snow alone."""
    at = ask(SPAN, "pan left")
    before = strip_of(reel.codec, reel.clip(replace(at, subjects=0), 3).shown, at.canvas)  # type: ignore[arg-type]
    codec: Any = reel.codec
    white, snow = codec.network.look.mean_C.clone(), torch.zeros(15)
    snow[2], snow[4:7] = 1.0, 1.0
    codec.network.look.mean_C.copy_(snow)
    plain = before.plate.filled(torch.zeros_like(before.plate.clean_LC))
    before = replace(before, plate=plain, picture=decoded(codec, plain, before.canvas))
    asked = replace(ask(SPAN, "pan left"), subjects=0)

    def last_and_first(strip: Strip) -> float:
        shown = [list(Playing(codec, 64, 96, 12).pieces(each, True)) for each in (before, strip)]
        last, first = shown[0][0].frames[42].float(), shown[1][0].frames[0].float()
        return float((last - first).abs().mean())

    *_, strip = following(reel, before, 3.5, asked, 8)
    assert strip.fallen_s == 3.5
    fresh = replace(strip, fallen_s=0.0, origin_9=None)
    assert last_and_first(strip) < 0.4 * last_and_first(fresh)
    codec.network.look.mean_C.copy_(white)


def test_who_is_new_in_a_following_clip_comes_in(reel: Counting) -> None:
    before = strip_of(reel.codec, reel.clip(ask(SPAN), 3).shown, replace(CANVAS, frames=SPAN))  # type: ignore[arg-type]
    blank = reel.codec.blank(before.canvas, 2, before.path_F9)
    sheets = [part for part in blank if part.role == "sheet"]
    mixed = (sheets[0], sheets[1].filled(before.sheets[0].clean_LC))
    rows = torch.cat([torch.zeros_like(before.rows_KFR), before.rows_KFR])
    two = replace(before, sheets=mixed, rows_KFR=rows, unseen=frozenset({0}))
    at = replace(ask(25, "static"), subjects=2)
    *_, strip = following(reel, two, 4.0, at, 8)
    assert strip.frames == 25
    assert float(strip.sheets[0].clean_LC.abs().max()) > 0
    assert torch.equal(strip.sheets[1].clean_LC, before.sheets[0].clean_LC)


def test_history_ends_at_its_moment() -> None:
    path = torch.zeros(49, 9)
    path[:, 0] = torch.arange(49.0)
    reel = tiny_reel("layers")
    strip = strip_of(reel.codec, reel.clip(ask(SPAN), 3).shown, replace(CANVAS, frames=SPAN))  # type: ignore[arg-type]
    strip = replace(strip, path_F9=path)
    history = ended(strip, 3.46, 13)
    assert history.frames == 13
    assert history.path_F9[:, 0].tolist() == pytest.approx([3.46 * 12 - 12 + n for n in range(13)], abs=1e-4)
    assert ended(strip, 0.2, 13).frames == 1
    with pytest.raises(ValueError, match=r"9\.00 s is not within a clip of 4\.08 s"):
        ended(strip, 9.0, 13)


def test_rows_are_joined_without_a_jump() -> None:
    row, made = torch.zeros(13, 2), torch.full((49, 2), 1.0)
    whole = joined(row, made, 13)
    assert whole.shape == (49, 2)
    assert torch.equal(whole[:13], row)
    assert float(whole.diff(dim=0).max()) < 0.2
    assert torch.equal(whole[-20:], made[-20:])


def test_a_film_is_played_while_it_is_made_and_is_the_film(reel: Counting) -> None:
    pieces = streamed(reel, ask(133, "static"), 32, 48, 24, 3)
    begun = list(islice(pieces, 1))
    assert len(begun[0].frames) == 2 * (SPAN - 1 - 4) + 1, "before the second window is made"
    film = torch.cat([piece.frames for piece in (*begun, *pieces)])
    whole = torch.cat(list(reel.pieces(long_clip(reel, ask(133, "static"), 3), 32, 48, 24)))
    assert film.shape == whole.shape
    # The whole is what its tokens say, and they are rows but for what no token can hold.
    assert float((film.float() - whole.float()).abs().mean()) < 4.0


def test_a_plate_is_decoded_once_while_it_stays(reel: Counting) -> None:
    playing = Playing(reel.codec, 32, 48, 12)  # type: ignore[arg-type]
    screens = set()
    for strip in strips(reel, ask(133), 3):
        list(playing.pieces(strip, strip.frames == 133))
        screens.add(id(playing._screen))
    assert playing.shown == 133
    assert len(screens) == 1


def footsteps() -> tuple[Later, ...]:
    return tuple(Later("footstep", 0.25 + n, 0.0, 0.0, "sand") for n in range(8))


def test_sound_goes_on_across_windows(sounding: Reel) -> None:
    heard = ask(sounding=True, events=footsteps())
    made = long_clip(sounding, heard, 3)
    assert is_sounding(made)
    wave = wave_of(sounding, made)
    assert len(wave) == 97 * 2000
    pieces = list(streamed(sounding, heard, 32, 48, 24, 3))
    assert sum(len(piece.wave) for piece in pieces if piece.wave is not None) == len(wave)
    level = [each.square().mean().sqrt() for each in (torch.cat([p.wave for p in pieces if p.wave is not None]), wave)]
    assert 0.7 < float(level[0] / level[1]) < 1.4
    quiet = long_clip(sounding, replace(heard, events=()), 3)
    assert not torch.equal(quiet.parts[-1].clean_LC, made.parts[-1].clean_LC)


def test_a_long_clip_is_given_its_sound_and_keeps_its_picture(sounding: Reel) -> None:
    made = long_clip(sounding, ask(), 3)
    heard = with_sound(sounding, made, footsteps(), 4)
    assert len(heard.parts[-1]) == 97
    assert all(torch.equal(a.clean_LC, b.clean_LC) for a, b in zip(made.parts, heard.parts[:-1], strict=True))
    assert float(heard.parts[-1].clean_LC[-10:].abs().max()) > 0


def pairs() -> Iterator[tuple[Reel, Ask, str]]:
    yield tiny_reel("grid"), ask(), "clips of the grid codec cannot be made longer"
    yield tiny_reel("layers"), ask(canvas=replace(CANVAS, fps=8)), "made longer at 12 frames a second, got 8"


def test_other_codecs_and_rates_are_refused() -> None:
    for reel, asked, why in pairs():
        with pytest.raises(ValueError, match=why):
            long_clip(reel, asked)


def test_an_empty_place_goes_on_too(reel: Counting) -> None:
    empty = replace(ask(97, "truck right"), subjects=0)
    made = long_clip(reel, empty, 3)
    assert len(torch.cat(list(reel.pieces(made, 32, 48, 12)))) == 97
    assert extended(reel, made, 12, 4).ask.canvas.frames == 109
    film = torch.cat([piece.frames for piece in streamed(reel, empty, 32, 48, 12, 3)])
    assert len(film) == 97
