"""Found stretches go to the planned shots they are."""

from itertools import pairwise

import numpy as np
import pytest

from evals.alignment import Planned, align, reordered
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


def test_swapped_shots_are_told_by_their_looks():
    likes = np.array([[0.2, 0.9, 0.1], [0.8, 0.1, 0.2], [0.1, 0.2, 0.9]])
    places = reordered(planned(2, 2, 2), found(2, 2, 2), likes)
    assert places is not None
    assert spans(places) == [(48, 96), (0, 48), (96, 144)]
    assert places[2].note == ""


@pytest.mark.parametrize("likes", [np.full((2, 2), 0.5), np.array([[0.50, 0.55], [0.55, 0.50]])])
def test_a_doubtful_swap_is_none(likes):
    assert reordered(planned(2, 2), found(2, 2), likes) is None
