"""The plan as a language model writes it: flat, forgiving, in seconds; and its conversion into a storyboard."""

from __future__ import annotations

import re

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.dialogue import laid_out
from agent.rulebook.audience import audience_in
from agent.rulebook.coverage import share_of_frames
from agent.rulebook.performing import nearest_action
from agent.rulebook.phrasing import prompt_of
from agent.rulebook.story import Notes, article
from agent.vocabulary import nearest_word
from storyboards.brief import ASPECTS, MAX_SHOTS, Brief
from storyboards.errors import BadStoryboard
from storyboards.shot import Action, CameraWork, Element, Line, Part, Shot, SoundCue, Transition, Wear
from storyboards.storyboard import MusicPlan, Storyboard, Substitution, describe_validation, digest_of
from tools.vocabulary import SUBJECTS, WEATHERLESS
from tools.voices import VOICES, emotion_called


class _Reply(BaseModel):
    model_config = ConfigDict(extra="ignore")


class PlannedWear(_Reply):
    name: str
    colour: str


class PlannedElement(_Reply):
    id: str
    subject: str
    colour: str = ""
    size: str = "medium"
    wears: list[PlannedWear] = []
    name: str = ""
    described_as: str = ""
    voice: str = ""


class PlannedAction(_Reply):
    verb: str
    direction: str = ""
    target: str = ""
    thing: str = ""


class PlannedPart(_Reply):
    element: str
    side: str = "centre"
    actions: list[PlannedAction] = []


class PlannedSound(_Reply):
    sound: str
    at_s: float = 0.5


class PlannedLine(_Reply):
    """Spoken words. ``speaker`` is ``narrator`` or an element id, ``emotion`` a mood in a word, empty for none."""

    text: str
    speaker: str = "narrator"
    emotion: str = ""


class PlannedShot(_Reply):
    seconds: float = Field(gt=0)
    setting: str
    time: str = "day"
    weather: str = "clear"
    framing: str = "wide"
    camera: str = "static"
    parts: list[PlannedPart] = []
    sounds: list[PlannedSound] = []
    lines: list[PlannedLine] = []
    title: str = ""
    transition: str = "cut"
    source: str = ""


class PlannedSubstitution(_Reply):
    asked: str
    drawn: str
    why: str


class FilmPlan(_Reply):
    """What the model is asked for."""

    title: str
    logline: str = ""
    language: str = "en"
    aspect: str = "16:9"
    style: str = "storybook"
    music_mood: str = "calm"
    elements: list[PlannedElement]
    shots: list[PlannedShot] = Field(min_length=1)
    substitutions: list[PlannedSubstitution] = []


class UnusablePlan(Exception):
    """A plan that breaks rules; ``problems`` are sentences for the model to mend."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class _Fitting:
    """Words of a plan fitted to the vocabulary. Near words are noted, unknown ones are problems."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.notes = Notes()

    def word(self, kind: str, asked: str, where: str) -> str:
        found = nearest_word(kind, asked)
        if found is None:
            self.problems.append(f"{where}: {kind} {asked!r} is not in the vocabulary.")
            return ""
        if found != asked.strip().lower():
            self.notes.add(f"{kind} {asked}", found, "not known, the nearest word")
        return found


def to_storyboard(plan: FilmPlan, brief: Brief, seconds: float | None, planner: str) -> Storyboard:
    """A storyboard that keeps every rule.

    ``seconds`` is the length that was asked for, met to the frame; None takes the plan's own.

    Raises:
        UnusablePlan: with one sentence for each problem.
    """
    fit = _Fitting()
    if len(plan.shots) > MAX_SHOTS:
        raise UnusablePlan([f"{len(plan.shots)} shots are too many, the limit is {MAX_SHOTS}."])
    ids = _ids(plan)
    elements = {ids[planned.id]: _element(planned, ids[planned.id], brief.seed, fit) for planned in plan.elements}
    style = fit.word("style", plan.style, "style") if brief.style is None else brief.style
    total = brief.rate.frames(
        seconds if seconds is not None else min(600.0, max(1.0, sum(s.seconds for s in plan.shots)))
    )
    if total < 4 * len(plan.shots):
        raise UnusablePlan([f"{len(plan.shots)} shots do not fit in {total} frames; use fewer."])
    frames = share_of_frames([shot.seconds for shot in plan.shots], total)
    fit.problems += [
        f"shot {i + 1} lasts {brief.rate.seconds(f):.0f} s, at most 59; split it."
        for i, f in enumerate(frames)
        if brief.rate.seconds(f) > 59
    ]
    shots = [_shot(i, planned, frames, ids, elements, fit, brief) for i, planned in enumerate(plan.shots)]
    music = None if plan.music_mood.strip().lower() in ("none", "") else fit.word("mood", plan.music_mood, "music_mood")
    if fit.problems:
        raise UnusablePlan(fit.problems[:12])
    shots = [shot.model_copy(update={"prompt": prompt_of(shot, elements, style)}) for shot in shots]
    width, height = brief.size or ASPECTS[brief.aspect or (plan.aspect if plan.aspect in ASPECTS else "16:9")]
    told = tuple(Substitution(asked=s.asked, drawn=s.drawn, why=s.why) for s in plan.substitutions)
    used = {part.element for shot in shots for part in shot.parts} | {
        line.speaker for shot in shots for line in shot.lines
    }
    try:
        return Storyboard(
            title=plan.title[:200],
            logline=plan.logline[:400],
            rate=brief.rate,
            width=width,
            height=height,
            style=style,
            seed=brief.seed,
            language=plan.language[:8] or "en",
            music=MusicPlan(mood=music) if music else None,
            elements=tuple(e for name, e in elements.items() if name in used),
            shots=tuple(shots),
            substitutions=(*told, *fit.notes.all()),
            planner=planner,
            audience=brief.audience or audience_in(brief.text),
        )
    except (ValidationError, BadStoryboard) as error:
        said = describe_validation(error) if isinstance(error, ValidationError) else str(error)
        raise UnusablePlan([said]) from error


def _ids(plan: FilmPlan) -> dict[str, str]:
    """The model's ids as ids of the schema; two that become the same are told apart by a number."""
    made: dict[str, str] = {}
    for planned in plan.elements:
        stem = re.sub(r"[^a-z0-9]+", "-", planned.id.lower()).strip("-")[:36] or "element"
        name, turn = stem, 2
        while name in made.values() or name == "narrator":
            name, turn = f"{stem}-{turn}", turn + 1
        made[planned.id] = name
    return made


def _element(planned: PlannedElement, name: str, seed: int, fit: _Fitting) -> Element:
    where = f"element {planned.id}"
    subject = fit.word("subject", planned.subject, where) or "child"
    colour = fit.word("colour", planned.colour, where) if planned.colour else SUBJECTS[subject].natural
    worn = {}
    for wear in planned.wears:
        known = fit.word("worn", wear.name, where)
        if known:
            worn[known] = fit.word("colour", wear.colour or "red", where)
    kind = SUBJECTS[subject]
    return Element(
        id=name, kind="prop" if kind.group == "thing" and subject != "robot" else "character", subject=subject,
        colour=colour or kind.natural, size=fit.word("size", planned.size or "medium", where) or "medium",
        wears=tuple(Wear(name=n, colour=c or "red") for n, c in worn.items()), name=planned.name[:60],
        described_as=planned.described_as[:120], identity=int(digest_of([seed, name])[:7], 16),
        voice=planned.voice.strip().lower() if planned.voice.strip().lower() in VOICES else "",
    )  # fmt: skip


def _shot(
    position: int, planned: PlannedShot, frames: list[int], ids: dict[str, str], elements: dict[str, Element],
    fit: _Fitting, brief: Brief,
) -> Shot:  # fmt: skip
    where = f"shot {position + 1}"
    length = frames[position]
    seconds = brief.rate.seconds(length)
    unknown = [part.element for part in planned.parts if part.element not in ids]
    fit.problems += [f"{where}: element {name!r} is not in the cast." for name in unknown]
    if len(planned.parts) > 3:
        fit.problems.append(f"{where}: {len(planned.parts)} elements, a shot holds three at most.")
    present = [ids[part.element] for part in planned.parts if part.element in ids]
    setting = fit.word("setting", planned.setting, where) or "meadow"
    weather = fit.word("weather", planned.weather or "clear", where) or "clear"
    if setting in WEATHERLESS and weather != "clear":
        fit.notes.add(f"{weather} in {setting}", "no weather", "no weather can be seen there")
        weather = "clear"
    move = fit.word("camera move", planned.camera or "static", where) or "static"
    framing = fit.word("framing", planned.framing or "wide", where) or "wide"
    parts = tuple(_part(part, ids, elements, present, fit, where) for part in planned.parts[:3] if part.element in ids)
    sounds = [
        (min(max(0.0, s.at_s), max(0.0, seconds - 0.1)), fit.word("sound", s.sound, where)) for s in planned.sounds
    ]
    return Shot(
        id=f"s{position + 1}",
        frames=length,
        parts=parts,
        setting=setting,
        time=fit.word("time", planned.time or "day", where) or "day",
        weather=weather,
        camera=CameraWork(move=move, framing=framing),
        sounds=tuple(SoundCue(sound=sound, at_s=round(at_s, 2)) for at_s, sound in sorted(sounds) if sound),
        lines=laid_out([_line(line, ids, fit, where) for line in planned.lines if line.text.strip()], seconds),
        title=planned.title[:120],
        transition=_transition(planned.transition, position, frames, brief),
        source=planned.source[:400],
    )


def _part(
    planned: PlannedPart,
    ids: dict[str, str],
    elements: dict[str, Element],
    present: list[str],
    fit: _Fitting,
    where: str,
) -> Part:
    name = ids[planned.element]
    subject = elements[name].subject
    side = planned.side.strip().lower() if planned.side.strip().lower() in ("left", "centre", "right") else "centre"
    if side != planned.side.strip().lower() and planned.side.strip().lower() not in ("center", "middle", ""):
        fit.notes.add(f"side {planned.side}", side, "not known, the nearest word")
    actions, count = [], max(1, len(planned.actions))
    for turn, asked in enumerate(planned.actions or [PlannedAction(verb="stand")]):
        verb = fit.word("action verb", asked.verb, where) or "stand"
        target = ids.get(asked.target, asked.target)
        if verb in ("chase", "meet") and (target not in present or target == name):
            fit.problems.append(
                f"{where}: {planned.element} needs a target in the shot to {verb}; got {asked.target!r}."
            )
            target = ""
        thing = fit.word("carried thing", asked.thing, where) if verb == "carry" and asked.thing else ""
        shown = nearest_action(subject, verb)
        if shown != verb:
            fit.notes.add(f"{article(subject)} that can {verb}", f"it does: {shown}", f"a {subject} cannot {verb} here")
        actions.append(Action.model_validate({
            "verb": shown, "direction": asked.direction if asked.direction in ("left", "right", "up", "down") else "",
            "target": target if shown in ("chase", "meet") else "", "thing": thing if shown == "carry" else "",
            "start": round(turn / count, 3), "end": 1.0 if turn == count - 1 else round((turn + 1) / count, 3),
        }))  # fmt: skip
    return Part.model_validate(
        {"element": name, "side": side, "depth": 0.15 * min(2, present.index(name)), "actions": tuple(actions)}
    )


def _line(planned: PlannedLine, ids: dict[str, str], fit: _Fitting, where: str) -> Line:
    asked = planned.speaker.strip()
    if asked not in ids and asked.lower() != "narrator":
        fit.problems.append(f"{where}: the speaker {asked[:60]!r} is neither narrator nor in the cast.")
    mood = emotion_called(planned.emotion)
    if planned.emotion.strip() and not mood:
        fit.notes.add(f"a line said {planned.emotion}", "said plainly", "not known as a mood")
    return Line(text=planned.text.strip()[:400], speaker=ids.get(asked, "narrator"), emotion=mood)


def _transition(asked: str, position: int, frames: list[int], brief: Brief) -> Transition:
    kind = asked.strip().lower()
    room = min(frames[position], frames[position - 1] if position else frames[position]) // 2
    length = min(max(12, brief.rate.frames(0.5)), room)
    if kind == "dissolve" and position and length >= 4:
        return Transition(kind="dissolve", frames=length)
    if "fade" in kind and length >= 4:
        return Transition(kind="fade", frames=length)
    return Transition()
