"""Edits of single shots: light, length, camera, framing, place, time, weather, sounds, titles, lines, transitions."""

from __future__ import annotations

import re

from agent.cuts import longer_shot, retimed_shot
from agent.edit_camera import camera, framing, still
from agent.edit_language import Clause, elements_in, find
from agent.edit_order import mended
from agent.edits import Draft
from agent.rulebook.lexicon import Sense
from agent.rulebook.narration import fitted, word_room
from storyboards.cutting import cut_shot
from storyboards.errors import BadEdit
from storyboards.shot import Line, Shot, SoundCue, Transition
from tools.vocabulary import WEATHERLESS

STOPS = 0.7
_MUCH, _LITTLE = r"much|a lot|far|way|very|significantly|really", r"a bit|a little|slightly|somewhat|a touch|a tad"
_PACE = r"slower|slow motion|slow down|quicker|snappier|speed up|speeded up|retimed?"
_SECONDS = re.compile(r"(\d+(?:\.\d+)?)\s*(?:-\s*)?(s|secs?|seconds?|frames?)\b", re.IGNORECASE)


def _degree(clause: Clause) -> float:
    return 1.7 if clause.has(_MUCH) else 0.5 if clause.has(_LITTLE) else 1.0


def light(draft: Draft, clause: Clause) -> bool:
    down, up = (
        clause.has("darker|darken|dimmer|dim|less bright|too bright"),
        clause.has("brighter|brighten|lighter|lighten|less dark|too dark|more light"),
    )
    if not (down or up):
        return False
    step = STOPS * _degree(clause) * (-1 if down else 1)
    for shot in draft.meant(clause):
        level = round(min(2.0, max(-2.0, shot.exposure + step)), 2)
        draft.change(shot, f"exposure {shot.exposure:g} → {level:g} stops", exposure=level)
    return True


# -- length ------------------------------------------------------------------------------------------------------------


def length(draft: Draft, clause: Clause) -> bool:
    """ "Shot 2 longer", "shot 2 3 seconds". The film as a whole is edited in ``edit_film``."""
    if not clause.shots or clause.has("bell|sound|title|music|says?|bark|thunder"):
        return False
    frames = _wanted(draft, clause)
    if frames is None:
        return False
    retimes = clause.has(_PACE) and not clause.has("camera|pans?|zooms?")
    for shot, wanted in frames:
        if retimes:
            shot = paced(draft, shot, wanted)
        elif wanted < shot.frames:
            shot = trimmed(draft, shot, wanted)
        resize(draft, shot, wanted, "retimed" if retimes else "")
    draft.board = draft.board.model_copy(update={"shots": mended(list(draft.board.shots))})
    return True


def _wanted(draft: Draft, clause: Clause) -> list[tuple[Shot, int]] | None:
    said = _SECONDS.search(clause.text)
    rate = draft.board.rate
    factor = _factor(clause)
    if said is None and factor is None:
        return None
    chosen = draft.meant(clause)
    if said is None and factor is not None:
        return [(shot, round(shot.frames * factor)) for shot in chosen]
    assert said is not None
    amount = int(float(said.group(1))) if said.group(2).startswith("f") else rate.frames(float(said.group(1)))
    if clause.has("longer|more|extra|lengthen") and not clause.has("to"):
        return [(shot, shot.frames + amount) for shot in chosen]
    if clause.has("shorter|less|fewer|trim|cut") and not clause.has("to"):
        return [(shot, shot.frames - amount) for shot in chosen]
    return [(shot, amount) for shot in chosen]


def _factor(clause: Clause) -> float | None:
    degree = _degree(clause)
    if clause.has("twice as long|double|doubled"):
        return 2.0
    if clause.has("half as long|halve|half the length|half its length"):
        return 0.5
    if clause.has("longer|lengthen|extend|more time|slower|slow motion|slow down|linger"):
        return 1 + 0.35 * degree
    if clause.has("shorter|shorten|trim|tighten|quicker|snappier|speed up|speeded up"):
        return 1 / (1 + 0.35 * degree)
    return None


def trimmed(draft: Draft, shot: Shot, frames: int) -> Shot:
    """The shot as its own beginning, for :func:`resize` to say and to check: its take is cut, not filmed again."""
    if frames < 4:
        return shot
    fresh = cut_shot(shot, 0, frames, frames)
    return shot.model_copy(update={"parts": fresh.parts, "cut": fresh.cut})


def paced(draft: Draft, shot: Shot, frames: int) -> Shot:
    """The shot as the whole of itself, slower or faster, for :func:`resize`."""
    fresh = retimed_shot(shot, max(4, frames))
    return fresh.model_copy(update={"frames": shot.frames})


def resize(draft: Draft, shot: Shot, frames: int, how: str = "") -> None:
    """A new length: cues and lines that no longer fit are brought inside. A longer one shows more of what it is cut
    from, where there is more, or its take goes on.

    Raises:
        BadEdit: it would be too short or the film too long.
    """
    rate = draft.board.rate
    if frames < 4:
        raise BadEdit(
            f"shot {draft.number(shot)} would last {max(0, frames)} frames; a shot lasts at least 4.",
            next_step="Remove it instead.",
        )
    if rate.seconds(frames) > 59:
        raise BadEdit(
            f"shot {draft.number(shot)} would last {rate.seconds(frames):g} s; a shot lasts 59 s at most.",
            next_step="Add a shot instead.",
        )
    if rate.seconds(draft.board.frames - shot.frames + frames) > 600:
        raise BadEdit("the film would be longer than 600 seconds.", next_step="Ask for less.")
    seconds = rate.seconds(frames)
    sounds = tuple(
        cue if cue.at_s < seconds - 0.05 else cue.model_copy(update={"at_s": round(max(0.0, seconds - 0.25), 2)})
        for cue in shot.sounds
    )
    shorter = frames < shot.frames and not how
    lines = _lines_within(shot, frames, float(rate.fraction), draft.board.language) if shorter else shot.lines
    said = f"{how + ', ' if how else ''}{rate.seconds(shot.frames):.2f} → {seconds:.2f} s"
    if frames > shot.frames and not how:
        shot = longer_shot(shot, frames)
    if lines != shot.lines:
        said += ", narration shortened to fit"
    draft.change(shot, said, frames=frames, sounds=sounds, lines=lines)


def _lines_within(shot: Shot, frames: int, rate: float, language: str) -> tuple[Line, ...]:
    kept = []
    for line in shot.lines:
        if line.at_s >= frames / rate:
            line = line.model_copy(update={"at_s": 0.25 if frames / rate > 0.5 else 0.0})
        if line.speaker == "narrator" and len(line.text.split()) > word_room(frames, rate):
            shorter = fitted(line.text, word_room(frames, rate), language)
            if shorter:
                kept.append(line.model_copy(update={"text": shorter}))
            continue
        kept.append(line)
    return tuple(kept)


# -- place, time, weather ----------------------------------------------------------------------------------------------


def place(draft: Draft, clause: Clause) -> bool:
    if clause.has("music|title|camera|narrat\\w+|say|says|colou?r"):
        return False
    changes = _asked_place(clause)
    asks = re.match(
        r"\s*(?:please\s+)?(?:set|make|it|change|move|in|at|put|let|use|have|no|without|there|the (?:setting|"
        r"weather|time|place|sky)|switch|turn)\b",
        clause.low,
    )
    if not changes or not (clause.shots or clause.every or asks or len(clause.text.split()) <= 3):
        return False
    if elements_in(clause.text, draft.board) and not clause.has(
        "set|setting|move|happens?|takes? place|plays?|put|in|at|on"
    ):
        return False
    for shot in draft.meant(clause):
        fields = {name: value for name, value in changes.items() if getattr(shot, name) != value}
        setting = changes.get("setting", shot.setting)
        weather = changes.get("weather", shot.weather)
        if setting in WEATHERLESS and weather != "clear":
            if "weather" in changes and "setting" not in changes:
                raise BadEdit(
                    f"no weather can be seen in shot {draft.number(shot)}, which plays in: {setting}.",
                    next_step="Change its setting too.",
                )
            fields["weather"] = "clear"
        if fields:
            said = ", ".join(f"{name} {getattr(shot, name)} → {value}" for name, value in fields.items())
            draft.change(shot, said, **fields)
    if not draft.changes:
        draft.changes.append("nothing had to change there")
    return True


def _asked_place(clause: Clause) -> dict[str, str]:
    changes: dict[str, str] = {}
    denied = clause.has("no|without|stop|remove|not|doesn't|don't|shouldn't")
    text = re.sub(r"\b(?:shot|scene)s?\b", " ", clause.text)
    weather, season = find("weather", text), find("season", text)
    if weather and not _is_scenery(weather):
        changes["weather"] = "clear" if denied else weather[0].value
    time = find("time", text)
    light = find("light", text)
    if time and not denied:
        changes["time"] = time[0].value
    elif light and not denied and clause.has("under|by|with"):
        changes["time"] = light[0].value
    elif clause.has("(?:at|by|during the|make it|in the|be|to) day(?:time|light)?") and not denied:
        changes["time"] = "day"
    setting = find("setting", text)
    if (
        setting
        and not denied
        and clause.has("in|on|at|to|into|set|setting|place|location|through|under|over|underwater|indoors|with|for")
    ) and not (time and time[1] == setting[1]):
        changes["setting"] = setting[0].value
    if season and not denied and clause.has("in|during|set|season|make it|be") and not changes:
        changes["weather"] = season[0].says("weather")
        changes["setting"] = season[0].value
    return changes


def _is_scenery(found: tuple[Sense, str]) -> bool:
    return found[1] in ("dark", "gloomy", "clear", "light")


# -- sounds, titles, lines, transitions --------------------------------------------------------------------------------


def sounds(draft: Draft, clause: Clause) -> bool:
    if clause.has("music"):
        return False
    if clause.has("mute|silence") and clause.shots and not clause.has("narrat\\w+|voice|speech"):
        for shot in draft.meant(clause):
            draft.change(shot, "muted: no sounds, ambience or words", sounds=(), ambience=False, lines=())
        return True
    if clause.has("no|without|remove|mute") and clause.has("sounds?|ambience|noise|sound effects?|effects"):
        for shot in draft.meant(clause):
            draft.change(shot, "sounds and ambience removed", sounds=(), ambience=False)
        return True
    found = find("sound", clause.text) or find("call", clause.text)
    if not found or not clause.has("add|hear|heard|sound|ring|rings|barks?|should|with|let|remove|without|no|play"):
        return False
    if found[0].kind == "call" and not found[0].value:
        return False
    verb = find("verb", clause.text)
    if verb and found[0].kind == "call" and verb[1] == found[1] and not clause.has("sound|hear"):
        return False
    if not clause.shots and not clause.every:
        raise BadEdit(
            f"in which shot is the {found[0].value} to be heard?",
            next_step=f"For example “add a {found[0].value} in shot 2”.",
        )
    at = _SECONDS.search(clause.text)
    for shot in draft.meant(clause):
        seconds = draft.board.rate.seconds(shot.frames)
        if clause.has("remove|without|no"):
            draft.change(
                shot, f"{found[0].value} removed", sounds=tuple(c for c in shot.sounds if c.sound != found[0].value)
            )
            continue
        at_s = float(at.group(1)) if at else round(seconds / 2, 2)
        if at_s >= seconds:
            raise BadEdit(
                f"shot {draft.number(shot)} lasts {seconds:.2f} s; {at_s:g} s is after its end.",
                next_step="Name an earlier time.",
            )
        cues = sorted((*shot.sounds, SoundCue(sound=found[0].value, at_s=at_s)), key=lambda c: c.at_s)
        draft.change(shot, f"{found[0].value} at {at_s:.2f} s", sounds=tuple(cues))
    return True


def title(draft: Draft, clause: Clause) -> bool:
    if not clause.has("title|caption|text on screen|words on screen|headline"):
        return False
    quoted = re.search(r"\x01(\d+)\x01", clause.text)
    if clause.has("remove|no|without|delete"):
        for shot in draft.meant(clause):
            if shot.title:
                draft.change(shot, f"title “{shot.title}” removed", title="")
        return True
    if not quoted:
        raise BadEdit("what should the title say?", next_step="For example: title “Home” on the last shot.")
    words = clause.quotes[int(quoted.group(1))][:120]
    clause.shots = clause.shots or [0]
    for shot in draft.meant(clause):
        draft.change(shot, f"title “{words}”", title=words)
    return True


def lines(draft: Draft, clause: Clause) -> bool:
    quoted = re.search(r"\x01(\d+)\x01", clause.text)
    about = clause.has(
        "narration|narrator|narrate|voice[- ]?over|voice|says?|said|line|lines|speaks?|spoken|dialogue|tells?|asks?"
    )
    if not about:
        return False
    if clause.has("no|without|remove|mute|delete|silence"):
        for shot in draft.meant(clause):
            if shot.lines:
                draft.change(shot, "spoken words removed", lines=())
        return True
    if not quoted:
        return False
    if not clause.shots:
        raise BadEdit(
            "in which shot is that to be said?", next_step="For example: in shot 2 the narrator says “Home at last.”"
        )
    words = clause.quotes[int(quoted.group(1))]
    for shot in draft.meant(clause):
        who = elements_in(re.sub(r"\x01\d+\x01", " ", clause.text), draft.board, [p.element for p in shot.parts])
        speaker = who[0].id if who and not clause.has("narrat\\w+|voice[- ]?over") else "narrator"
        draft.change(shot, f"{speaker} says “{words}”", lines=(Line(text=words, speaker=speaker),))
    return True


def entering(draft: Draft, clause: Clause) -> bool:
    found = clause.has("dissolves?|cross-?fade|fades?(?: in| out)?|hard cut|straight cut|cut to")
    if not found or not clause.shots:
        return False
    word = found.group().lower()
    kind = "dissolve" if "diss" in word or "cross" in word else "fade" if "fade" in word else "cut"
    for shot in draft.meant(clause):
        at = draft.number(shot) - 1
        room = min(shot.frames, draft.board.shots[at - 1].frames if at else shot.frames) // 2
        if kind == "dissolve" and at == 0:
            raise BadEdit("the first shot has nothing to dissolve from.", next_step="Ask for a fade.")
        frames = min(max(12, draft.board.rate.frames(0.5)), room)
        fresh = (
            Transition()
            if kind == "cut"
            else Transition(kind="dissolve" if kind == "dissolve" else "fade", frames=frames)
        )
        joined = {} if kind == "cut" else {"continues": False}
        draft.change(shot, f"enters with a {kind}", transition=fresh, **joined)
    return True


SHOT_OPERATIONS = (light, length, camera, framing, place, sounds, title, lines, entering, still)
