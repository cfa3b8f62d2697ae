"""Found stretches go to the planned shots they are."""

from itertools import pairwise

import numpy as np
import pytest

from evals.alignment import Planned, align, relative, reordered
from evals.shot_finding import Segment

RATE_HZ = 24.0


def planned(*lengths: float, soft: int = -1) -> list[Planned]:
    return [Planned(f"s{k + 1}", length, k == soft) for k, length in enumerate(lengths)]


def found(*lengths: float) -> list[Segment]:
    edges = np.cumsum([0, *lengths])
    return [Segment(round(a * RATE_HZ), round(b * RATE_HZ)) for a, b in pairwise(edges)]


def spans(places) -> list[tuple[int, int]]:
    return [(place.start, place.stop) for place in places]


def test_equal_counts_go_one_to_one():
    places = align(planned(2, 3, 1), found(2, 3, 1), RATE_HZ)
    assert spans(places) == [(0, 48), (48, 120), (120, 144)]


def test_a_false_cut_is_healed():
    places = align(planned(2, 3, 1), found(2, 1.5, 1.5, 1), RATE_HZ)
    assert spans(places) == [(0, 48), (48, 120), (120, 144)]
    assert "taken together" in places[1].note


def test_a_missing_shot_is_missing_and_says_so():
    likes = np.array([[0.9, 0.2], [0.1, 0.1], [0.2, 0.9]])
    places = align(planned(2, 2, 2), found(2, 2), RATE_HZ, likes)
    assert [place.found for place in places] == [True, False, True]
    assert "no stretch" in places[1].why_not


def test_a_stretch_that_is_not_planned_is_left_out():
    likes = np.array([[0.9, 0.1, 0.1], [0.1, 0.1, 0.9]])
    places = align(planned(2, 2), found(2, 4, 2), RATE_HZ, likes)
    assert spans(places) == [(0, 48), (144, 192)]


def test_an_unseen_dissolve_is_split_where_the_plan_has_it():
    places = align(planned(2, 1, 3, soft=1), found(3, 3), RATE_HZ)
    assert spans(places) == [(0, 48), (48, 72), (72, 144)]
    assert places[1].edge == "planned"


def out_of_order(shots, stretches, likes):
    return reordered(shots, stretches, RATE_HZ, likes, align(shots, stretches, RATE_HZ, likes))


def test_swapped_shots_are_told_by_their_looks():
    likes = np.array([[0.2, 0.9, 0.1], [0.8, 0.1, 0.2], [0.1, 0.2, 0.9]])
    places = out_of_order(planned(2, 2, 2), found(2, 2, 2), likes)
    assert spans(places) == [(48, 96), (0, 48), (96, 144)]
    assert [place.note for place in places] == ["out of the planned order", "out of the planned order", ""]


def test_a_false_cut_does_not_hide_a_swap():
    likes = np.array([[0.2, 1.0, 0.5, 0.5], [1.0, 0.2, 0.2, 0.2], [0.2, 0.9, 0.5, 0.5]])
    places = out_of_order(planned(2, 3, 3), found(3, 2, 2, 1), likes)
    assert spans(places) == [(72, 120), (0, 72), (120, 192)]


@pytest.mark.parametrize("likes", [np.full((2, 2), 0.5), np.array([[0.50, 0.55], [0.55, 0.50]])])
def test_a_doubtful_swap_is_none(likes):
    assert out_of_order(planned(2, 2), found(2, 2), likes) is None


def test_a_film_in_a_strange_style_is_not_missing_altogether():
    likes = relative(np.full((3, 3), 0.02))
    assert likes.min() == pytest.approx(1.0)
    assert spans(align(planned(1.5, 1, 1), found(1.5, 1, 2), RATE_HZ, likes)) == [(0, 36), (36, 60), (60, 108)]
