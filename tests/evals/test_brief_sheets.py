import numpy as np

from evals.brief_sheets import row_of, stills_of
from storyboards.storyboard import read_storyboard


def test_every_shot_gives_one_still_of_its_place():
    shots = [{"id": f"s{n}", "duration_s": 1, "setting": place} for n, place in enumerate(("snowfield", "space"))]
    board = read_storyboard({"title": "t", "rate": "24", "width": 320, "height": 180, "shots": shots})
    snow, space = stills_of(board, 36)
    assert snow.shape == space.shape == (36, 64, 3)
    assert snow.mean() > 2 * space.mean()


def test_stills_stand_in_lines_on_white():
    red = np.zeros((10, 16, 3), np.uint8)
    row = row_of([red, red, red], 2, 16)
    assert row.shape == (28, 40, 3)
    assert (row[:10, :16] == 0).all()
    assert (row[14:24, :16] == 0).all()
    assert (row[14:24, 20:36] == 255).all()
