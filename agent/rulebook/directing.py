"""From what was understood to a storyboard: coverage, staging, camera, sound and words, in that order."""

from __future__ import annotations

from agent.rulebook import narration, phrasing, sound
from agent.rulebook.coverage import LONG_FOR_ONE_DAY, Slot, cover, length_and_count, pass_the_day, share_frames
from agent.rulebook.grammar import Cinematographer, transition
from agent.rulebook.staging import Stage
from agent.rulebook.titling import film_title, shortened
from agent.rulebook.understanding import Understanding, understand
from storyboards.brief import ASPECTS, Brief
from storyboards.errors import BadBrief
from storyboards.shot import Element, Line, Shot
from storyboards.storyboard import Storyboard
from tools.vocabulary import STYLES


def plan_storyboard(brief: Brief) -> Storyboard:
    """The whole plan of a brief.

    Raises:
        BadBrief: nothing in the brief can be filmed, or its style is unknown.
    """
    read = understand(brief)
    told = read.directives
    seconds, count = length_and_count(
        read.beats, brief.duration_s or told.duration_s, told.shots, read.notes, read.manner.pace
    )
    frames = max(4, brief.rate.frames(seconds))
    count = min(count, max(1, frames // 4))
    rate = float(brief.rate.fraction)
    slots = cover(read.beats, count, read.notes)
    share_frames(slots, frames, rate)
    if read.timeless and len(slots) >= LONG_FOR_ONE_DAY and len(read.beats) * 2 <= len(slots):
        pass_the_day(slots)
    style = _style(brief, told.style)
    shots = _shots(slots, read, rate, style, brief)
    used = {part.element for shot in shots for part in shot.parts} | {
        line.speaker for shot in shots for line in shot.lines
    }
    elements = tuple(read.cast.element(who) for who in read.cast.members if who in used)
    width, height = _size(brief, told.aspect)
    return Storyboard(
        title=film_title(read, elements, shots),
        logline=shortened(brief.text, 200),
        rate=brief.rate,
        width=width,
        height=height,
        style=style,
        seed=brief.seed,
        language=read.language,
        music=sound.music(told, slots, read.cast, read.manner.mood),
        audience=read.audience,
        elements=elements,
        shots=tuple(shots),
        substitutions=read.notes.all(),
        planner="rulebook",
    )


def shots_of(read: Understanding, frames: int, count: int, rate: float, style: str, brief: Brief) -> list[Shot]:
    """``count`` shots of ``frames`` in all, of what was read."""
    slots = cover(read.beats, count, read.notes)
    share_frames(slots, frames, rate)
    return _shots(slots, read, rate, style, brief)


def _shots(slots: list[Slot], read: Understanding, rate: float, style: str, brief: Brief) -> list[Shot]:
    stage, camera = Stage(read.cast, read.notes), Cinematographer(read.manner)
    placed = sound.timed_elsewhere(slots, rate)
    shots: list[Shot] = []
    cast = {who: read.cast.element(who) for who in read.cast.members}
    mood = read.directives.mood
    for position, slot in enumerate(slots):
        parts = stage.parts(slot)
        present = {part.element for part in parts}
        subjects = [cast[part.element].subject for part in parts]
        before = slots[position - 1].frames if position else slot.frames
        lead = slot.lead
        shot = Shot(
            id=f"s{position + 1}",
            frames=slot.frames,
            parts=parts,
            setting=lead.setting,
            time=slot.time or lead.time,
            weather=lead.weather,
            camera=camera.camera(slot, parts, subjects, mood),
            exposure=lead.exposure if slot.purpose == "main" else 0.0,
            sounds=sound.cues(slot, slot.frames / rate, present, placed.get(position, [])),
            ambience=read.directives.ambience,
            lines=narration.dialogue(slot, set(cast), rate) if slot.purpose == "main" else (),
            title=_on_screen(slot, position, len(slots), read),
            transition=transition(slot, position, before, rate),
            source=" ".join(dict.fromkeys(" ".join(beat.source.split()) for beat in slot.beats))[:400],
        )
        shots.append(shot.model_copy(update={"prompt": phrasing.prompt_of(shot, cast, style)}))
    return _narrated(shots, slots, read, rate, cast)


def _narrated(
    shots: list[Shot], slots: list[Slot], read: Understanding, rate: float, cast: dict[str, Element]
) -> list[Shot]:
    if not read.directives.narration:
        return shots
    talking = {position for position, shot in enumerate(shots) if shot.lines}
    fallback = [phrasing.told(shot, cast) if read.language == "en" else "" for shot in shots]
    if read.directives.brand and read.directives.is_ad:
        first = next((i for i, slot in enumerate(slots) if slot.purpose == "main"), 0)
        if slots[first].lead.sentence == 1 and not slots[first].lead.deeds:
            slots[first].lead.narration = f"Meet {read.directives.brand}."
    lines: dict[int, Line] = narration.narrate(
        slots,
        rate,
        talking,
        fallback,
        read.language,
        1.0 if read.directives.is_explainer else narration.MOST_NARRATED,
        read.manner.words,
    )
    return [
        shot.model_copy(update={"lines": (lines[position],)}) if position in lines else shot
        for position, shot in enumerate(shots)
    ]


def _on_screen(slot: Slot, position: int, count: int, read: Understanding) -> str:
    titles = [beat.title for beat in slot.beats if beat.title and slot.purpose == "main"]
    if titles:
        return titles[0][:120]
    if position == 0 and read.directives.title:
        return read.directives.title
    return read.directives.end_title if position == count - 1 else ""


def _style(brief: Brief, told: str) -> str:
    if brief.style is not None and brief.style not in STYLES:
        raise BadBrief(f"style {brief.style!r} is not known.", next_step=f"Choose one of {', '.join(STYLES)}.")
    return brief.style or told or "storybook"


def _size(brief: Brief, told: str) -> tuple[int, int]:
    return brief.size or ASPECTS[brief.aspect or told or "16:9"]
