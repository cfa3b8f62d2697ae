"""The words that captions are made of: plurals, verb forms, phrases, synonyms.

``SYNONYMS`` lists, for every word of the vocabulary that a caption may say differently, everything that counts as
saying it; the first phrase is the plain one. Tests and readers of captions use it to tell what a caption claims.
"""

from __future__ import annotations

PLURALS: dict[str, str] = {
    "child": "children", "woman": "women", "man": "men", "fox": "foxes", "deer": "deer", "fish": "fish",
}  # fmt: skip

VERBS: dict[str, tuple[str, ...]] = {
    "stand": ("stands", "stands still"), "walk": ("walks", "strolls"), "run": ("runs", "sprints"),
    "jump": ("jumps", "leaps"), "fly": ("flies", "soars"), "swim": ("swims", "glides through the water"),
    "sleep": ("sleeps", "is asleep"), "wake": ("wakes up", "awakens"), "spin": ("spins", "twirls"),
    "bounce": ("bounces", "bobs up and down"), "wave": ("waves", "waves hello"),
    "look around": ("looks around", "glances around"), "land": ("lands", "touches down"),
    "rise": ("rises", "ascends"), "carry": ("carries", "holds"), "chase": ("chases", "runs after"),
    "meet": ("meets", "comes face to face with"), "ride": ("rides on", "is carried by"),
}  # fmt: skip
INSIDE: frozenset[str] = frozenset({"boat", "car", "train", "rocket", "balloon"})
"""What one rides in; on everything else one rides on."""
BOARDED: tuple[str, ...] = ("rides in", "is carried in")
"""How riding in something is said."""
ROLLING: dict[str, tuple[str, ...]] = {"walk": ("rolls along",), "run": ("speeds",)}
"""What the verbs of legs become for wheels and balls."""
SAILING: dict[str, tuple[str, ...]] = {"walk": ("drifts along",), "run": ("speeds",), "swim": ("sails",)}
"""What they become for a boat."""

GERUNDS: dict[str, str] = {
    "stand": "standing", "walk": "walking", "run": "running", "jump": "jumping", "fly": "flying", "swim": "swimming",
    "sleep": "sleeping", "wake": "waking up", "spin": "spinning", "bounce": "bouncing", "wave": "waving",
    "look around": "looking around", "land": "landing", "rise": "rising", "carry": "carrying", "chase": "chasing",
    "meet": "meeting", "ride": "riding",
}  # fmt: skip
DIRECTIONS: dict[str, tuple[str, ...]] = {
    "left": ("to the left", "leftwards"), "right": ("to the right", "rightwards"), "up": ("upwards", "up"),
    "down": ("downwards", "down"),
}  # fmt: skip

SETTING_PHRASES: dict[str, tuple[str, ...]] = {
    "forest": ("in a forest", "in the woods"), "beach": ("on a beach", "on the seashore"),
    "city": ("in a city", "in a city street"), "desert": ("in a desert", "among desert dunes"),
    "snowfield": ("on a snowfield", "on a field of snow"), "mountain": ("on a mountain", "high in the mountains"),
    "meadow": ("in a meadow", "in a grassy field"), "underwater": ("underwater", "under the sea"),
    "space": ("in space", "in outer space"), "moon": ("on the moon", "on the surface of the moon"),
    "room": ("in a room", "indoors"), "cave": ("in a cave", "inside a cavern"),
    "harbour": ("in a harbour", "at the docks"), "village": ("in a village", "in a small hamlet"),
    "river": ("by a river", "at the riverside"), "sky": ("in the sky", "among the clouds of the sky"),
}  # fmt: skip
TIME_PHRASES: dict[str, tuple[str, ...]] = {
    "dawn": ("at dawn", "at sunrise"), "day": ("by day", "in daylight"), "dusk": ("at dusk", "at sunset"),
    "night": ("at night", "in the dark of night"),
}  # fmt: skip
WEATHER_PHRASES: dict[str, tuple[str, ...]] = {
    "clear": ("in clear weather", "in fine weather"), "cloudy": ("under a cloudy sky", "in overcast weather"),
    "rain": ("in the rain", "in rainy weather"), "snow": ("as snow falls", "in snowfall"),
    "fog": ("in fog", "in the mist"), "storm": ("in a storm", "in stormy weather"),
}  # fmt: skip
CAMERA_PHRASES: dict[str, tuple[str, ...]] = {
    "static": ("the camera is static", "the camera stays still"),
    "pan left": ("the camera pans left", "panning to the left"),
    "pan right": ("the camera pans right", "panning to the right"),
    "tilt up": ("the camera tilts up", "tilting upwards"),
    "tilt down": ("the camera tilts down", "tilting downwards"),
    "dolly in": ("the camera dollies in", "the camera moves closer"),
    "dolly out": ("the camera dollies out", "the camera moves away"),
    "truck left": ("the camera trucks left", "the camera slides to the left"),
    "truck right": ("the camera trucks right", "the camera slides to the right"),
    "crane up": ("the camera cranes up", "the camera is lifted up"),
    "crane down": ("the camera cranes down", "the camera is lowered"),
    "roll": ("the camera rolls", "the horizon rotates"),
    "handheld": ("a handheld camera", "the camera shakes in the hand"),
    "whip pan": ("a whip pan", "the camera whips round"),
    "crash zoom": ("a crash zoom", "a sudden fast zoom"),
    "bolt": ("a bolt camera move", "a fast robotic camera arm"),
}  # fmt: skip
FRAMING_PHRASES: dict[str, tuple[str, ...]] = {
    "wide": ("wide shot", "long shot"), "medium": ("medium shot", "mid shot"), "close": ("close shot", "close-up"),
}  # fmt: skip
STYLE_PHRASES: dict[str, tuple[str, ...]] = {
    "storybook": ("storybook illustration", "picture book drawing"),
    "watercolour": ("watercolour painting", "painted in watercolours"),
    "ink": ("ink drawing", "pen and ink sketch"), "papercut": ("papercut collage", "cut-out paper scene"),
    "pixel": ("pixel art", "pixelated retro game art"),
}  # fmt: skip
SIZE_WORDS: dict[str, tuple[str, ...]] = {
    "small": ("small", "little", "tiny"), "medium": ("medium-sized",), "large": ("large", "big"),
}  # fmt: skip
SIDE_PHRASES: dict[str, tuple[str, ...]] = {
    "left": ("on the left", "at the left side"), "centre": ("in the centre", "in the middle"),
    "right": ("on the right", "at the right side"),
}  # fmt: skip
SUBJECT_WORDS: dict[str, tuple[str, ...]] = {
    "child": ("child", "kid"), "rabbit": ("rabbit", "bunny"), "car": ("car", "automobile"), "man": ("man",),
    "cat": ("cat", "kitty"), "boat": ("boat", "ship"), "rocket": ("rocket", "rocket ship"),
}  # fmt: skip

SOUND_PHRASES: dict[str, str] = {
    "footstep": "a footstep", "splash": "a splash", "bounce": "a bounce", "whoosh": "a whoosh",
    "engine": "an engine", "thunder": "thunder", "bell": "a bell", "flap": "the flap of wings", "thud": "a thud",
    "rustle": "a rustle of leaves", "laugh": "a laugh", "hello": "a called hello", "clank": "the clank of metal",
    "radio": "a radio", "beep": "a beep", "yip": "a yip", "meow": "a meow", "bark": "a bark", "squeak": "a squeak",
    "growl": "a growl", "snort": "a snort", "neigh": "a neigh", "chirp": "a chirp", "hoot": "a hoot",
    "honk": "a honk", "bubble": "a bubble", "whale song": "whale song", "roar": "a roar", "horn": "a horn",
    "whistle": "a whistle", "chime": "a chime", "knock": "a knock",
}  # fmt: skip
AMBIENCE_PHRASES: dict[str, str] = {
    "wind": "wind", "rain": "falling rain", "waves": "waves", "forest by day": "forest birds",
    "crickets by night": "crickets", "city": "city traffic", "underwater": "the hum of deep water",
    "space hum": "a space hum", "stream": "a stream", "room tone": "a quiet room tone", "cave drip": "cave drips",
    "storm": "a storm", "birds": "birdsong",
}  # fmt: skip

_TABLES: tuple[dict[str, tuple[str, ...]], ...] = (
    VERBS, ROLLING, SAILING, {word: (form,) for word, form in GERUNDS.items()}, DIRECTIONS, SIDE_PHRASES, SIZE_WORDS,
    FRAMING_PHRASES, SETTING_PHRASES, TIME_PHRASES, WEATHER_PHRASES, CAMERA_PHRASES, STYLE_PHRASES, SUBJECT_WORDS,
    {word: (phrase,) for word, phrase in SOUND_PHRASES.items()},
    {word: (phrase,) for word, phrase in AMBIENCE_PHRASES.items()},
)  # fmt: skip
SYNONYMS: dict[str, tuple[str, ...]] = {
    word: tuple(phrase for table in _TABLES for phrase in table.get(word, ())) + (BOARDED if word == "ride" else ())
    for word in dict.fromkeys(word for table in _TABLES for word in table)
}
"""Every phrase that says a word, for any word whose caption form is not always the word itself."""

COUNTS: tuple[str, ...] = ("no", "one", "two", "three")
ORDINALS: tuple[str, ...] = ("first", "second", "third")


def plural(subject: str) -> str:
    """Return the plural of a subject or its synonym."""
    return PLURALS.get(subject, subject + "s")


def article(words: str) -> str:
    """Return the words with "a" or "an" by their first letter."""
    return f"an {words}" if words[0] in "aeiou" else f"a {words}"


def listed(parts: list[str], last: str = "and") -> str:
    """Return "a", "a and b", or "a, b and c"."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {last} {parts[-1]}"
