"""Bad input is refused before anything is spent, with a message that says what to do and exit code 2."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from app.bringing import by_shot, read_material
from app.cli import app
from app.settings import read_settings
from storyboards.errors import BadInput
from tools.media import png_bytes

runner = CliRunner()


def _refused(tmp_path: Path, *words: str) -> dict:
    result = runner.invoke(app, [*words, "--home", str(tmp_path / "home"), "--json"])
    assert result.exit_code == 2, result.output
    assert not (tmp_path / "home").exists(), "a refused call must leave nothing behind"
    return json.loads(result.stdout)["error"]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["   "], "no words"),
        (["1234 !!"], "no words"),
        (["a fox", "--duration", "0"], "1 to 600 seconds"),
        (["a fox", "--duration", "-5"], "1 to 600 seconds"),
        (["a fox", "--duration", "100000"], "1 to 600 seconds"),
        (["a fox", "--aspect", "5:7"], "aspect '5:7'"),
        (["a fox", "--size", "huge"], "size 'huge'"),
        (["a fox", "--size", "33x33"], "33x33"),
        (["a fox", "--fps", "0"], "frame rate"),
        (["a fox", "--captions", "maybe"], "maybe"),
        (["a fox", "--max-takes", "0"], "takes_per_shot"),
        (["a fox", "--out", "film.avi"], "does not end in .mp4"),
        (["a fox", "--out", "/proc/nowhere/film.mp4"], "cannot be written"),
        (["@/no/such/brief.txt"], "cannot be read"),
        (["a fox", "--backend", "kodak"], "no backend 'kodak'"),
    ],
)
def test_make_refuses(tmp_path, options, complaint):
    assert complaint in _refused(tmp_path, "make", *options)["message"]


def test_a_brief_of_fifty_thousand_words_is_refused(tmp_path):
    (tmp_path / "long.txt").write_text("fox " * 50_000)
    assert "50,000 words" in _refused(tmp_path, "make", f"@{tmp_path / 'long.txt'}")["message"]


def test_a_brief_that_is_no_text_is_refused(tmp_path):
    (tmp_path / "film.txt").write_bytes(b"\xff\xfe\x00\x01")
    assert "UTF-8" in _refused(tmp_path, "make", f"@{tmp_path / 'film.txt'}")["message"]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--first-frame", "fox.png"], "a picture is SHOT=FILE, got 'fox.png'"),
        (["--backdrop", "1="], "a picture is SHOT=FILE, got '1='"),
        (["--clip", "=beach.mp4"], "a clip is SHOT=FILE, got '=beach.mp4'"),
        (["--first-frame", "1=a.png", "--first-frame", "1=b.png"], "two pictures are given for shot '1'"),
        (["--clip", "2=a.mp4", "--clip", "2 =b.mp4"], "two clips are given for shot '2'"),
        (["--first-frame", "last=a.png", "--backdrop", "last=b.png"], "the last shot has a first frame and a backdrop"),
        (["--clip", "2=a.mp4", "--first-frame", "shot 2=a.png"], "shot 2 has a clip and a first frame"),
    ],
)
def test_what_is_brought_for_a_shot_is_named_by_it_and_once(tmp_path, options, complaint):
    assert complaint in _refused(tmp_path, "make", "a fox", *options)["message"]
    assert complaint in _refused(tmp_path, "edit", "fox", "darker", *options)["message"]


def test_what_is_brought_is_read_by_its_shot():
    assert by_shot([" 1 =a=b.png", "last=~/c.png"], "picture", "") == {
        "1": Path("a=b.png"), "last": Path.home() / "c.png",
    }  # fmt: skip
    material = read_material(["2=beach.mp4"], ["1=fox.png"], ["3=wood.jpg"], None, "")
    assert (material.clips, material.first_frames, material.backdrops) == (
        {"2": Path("beach.mp4")}, {"1": Path("fox.png")}, {"3": Path("wood.jpg")},
    )  # fmt: skip


def test_a_picture_to_begin_with_is_refused_where_it_is_none_or_who_films_cannot(tmp_path):
    (tmp_path / "words.png").write_text("a fox")
    (tmp_path / "fox.png").write_bytes(png_bytes(np.full((96, 128, 3), 60, np.uint8)))
    for option, file, complaint in (
        ("--first-frame", "none.png", "none.png"),
        ("--backdrop", "words.png", "words.png"),
        ("--first-frame", "fox.png", "animatic cannot begin with a picture, which shot 1 does"),
    ):
        words = ["make", "a fox", "--duration", "2", "--size", "128x72", "--backend", "animatic"]
        result = runner.invoke(
            app, [*words, option, f"1={tmp_path / file}", "--home", str(tmp_path / "home"), "--json"]
        )
        assert result.exit_code == 2, result.output
        assert complaint in json.loads(result.stdout)["error"]["message"]


def test_people_get_the_same_message_on_standard_error(tmp_path):
    result = runner.invoke(app, ["make", "a fox", "--duration", "0", "--home", str(tmp_path)])
    assert result.exit_code == 2
    assert "1 to 600 seconds" in result.stderr
    assert result.stdout == ""


def test_settings_name_the_variable_that_is_wrong(tmp_path):
    with pytest.raises(BadInput, match="STORYREEL_WORKERS"):
        read_settings({"STORYREEL_WORKERS": "many"}, tmp_path)
    with pytest.raises(BadInput, match="STORYREEL_LLM_MODEL"):
        read_settings({"STORYREEL_LLM_BASE_URL": "http://127.0.0.1:1/v1"}, tmp_path)


def test_a_key_is_not_shown_when_settings_are_printed(tmp_path):
    variables = {f"STORYREEL_LLM_{name}": value for name, value in
                 {"BASE_URL": "http://127.0.0.1:1/v1", "MODEL": "m", "API_KEY": "sk-secret"}.items()}  # fmt: skip
    assert "sk-secret" not in repr(read_settings(variables, tmp_path))


def test_a_judge_is_set_up_as_the_variables_say(tmp_path):
    from app.bootstrap import choose_judges

    assert [judge.name for judge in choose_judges(read_settings({}, tmp_path))] == ["measure", "critic"]
    alone = choose_judges(read_settings({"STORYREEL_CRITIC": "0"}, tmp_path))
    assert [judge.name for judge in alone] == ["measure"]
    variables = {f"STORYREEL_JUDGE_{name}": value for name, value in
                 {"BASE_URL": "http://127.0.0.1:1/v1", "MODEL": "m", "FRAMES": "4", "WIDTH": "256", "LAYOUT": "sheet",
                  "USD_PER_MTOK_IN": "2.5", "SECOND_OPINIONS": "1"}.items()}  # fmt: skip
    measure, critic, reader = choose_judges(read_settings(variables, tmp_path))
    assert critic.name == "critic"
    assert (measure.name, reader.name, reader.second_opinions) == ("measure", "vlm", True)
    assert "4x256-sheet" in reader.version
    with pytest.raises(BadInput, match="STORYREEL_JUDGE_FRAMES"):
        read_settings(variables | {"STORYREEL_JUDGE_FRAMES": "0"}, tmp_path)
    with pytest.raises(BadInput, match="STORYREEL_JUDGE_MODEL"):
        read_settings({"STORYREEL_JUDGE_BASE_URL": "http://127.0.0.1:1/v1"}, tmp_path)


@pytest.mark.parametrize(("option", "value"), [("--policy", "wild"), ("--takes-at-once", "0")])
def test_a_policy_that_is_none_is_refused(option, value, tmp_path):
    result = runner.invoke(app, ["make", "a fox", option, value, "--home", str(tmp_path)])
    assert result.exit_code == 2
    assert option.strip("-").replace("-", "_") in result.stderr
