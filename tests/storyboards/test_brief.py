import pytest

from storyboards.brief import MAX_BRIEF_WORDS, Brief
from storyboards.errors import BadBrief


@pytest.mark.parametrize("text", ["", "   \n", "123 !!! ...", "\x00\x00"])
def test_a_brief_without_words_is_refused(text):
    with pytest.raises(BadBrief, match="no words"):
        Brief(text=text)


@pytest.mark.parametrize("seconds", [0, -3, 0.2, 601, 1e9])
def test_absurd_durations_are_refused_with_the_bounds(seconds):
    with pytest.raises(BadBrief, match="1 to 600 seconds"):
        Brief(text="a fox", duration_s=seconds)


def test_a_brief_may_be_long_but_not_endless():
    assert Brief(text="fox " * MAX_BRIEF_WORDS).text
    with pytest.raises(BadBrief, match="50,000 words"):
        Brief(text="fox " * 50_000)


@pytest.mark.parametrize(("field", "value"), [("aspect", "4:4"), ("size", (1281, 720)), ("size", (8, 8))])
def test_formats_that_cannot_be_filmed_are_refused(field, value):
    with pytest.raises(BadBrief):
        Brief(text="a fox", **{field: value})


def test_not_a_number_is_no_duration():
    with pytest.raises(BadBrief):
        Brief(text="a fox", duration_s=float("nan"))
