import pytest

from storyboards.storyboard import Storyboard, read_storyboard


@pytest.fixture
def document() -> dict:
    """A valid two-shot storyboard as a plain document."""
    return {
        "title": "Fox and owl",
        "rate": "24",
        "width": 320,
        "height": 180,
        "elements": [
            {"id": "fox", "subject": "fox", "colour": "orange", "wears": [{"name": "scarf", "colour": "red"}]},
            {"id": "owl", "subject": "owl", "colour": "brown"},
        ],
        "shots": [
            {
                "id": "s1", "duration_s": 4, "setting": "forest", "time": "dusk",
                "parts": [
                    {"element": "fox", "side": "left", "actions": [{"verb": "walk", "direction": "right"}]},
                    {"element": "owl", "side": "right"},
                ],
                "sounds": [{"sound": "hoot", "at_s": 1.0, "by": "owl"}],
            },
            {
                "id": "s2", "duration_s": 3.5, "setting": "forest", "time": "dusk", "parts": [{"element": "fox"}],
                "transition": {"kind": "dissolve", "frames": 12}, "lines": [{"text": "The fox sits down."}],
                "camera": {"move": "dolly in", "framing": "close"}, "exposure": -0.5,
            },
        ],
        "music": {"mood": "calm", "tempo_bpm": 72},
    }  # fmt: skip


@pytest.fixture
def board(document: dict) -> Storyboard:
    return read_storyboard(document)
