"""The articulation channels: what a pose says about a body, whatever the body is.

Zero in every channel is the standing figure. Angles are radians, counter-clockwise in the plane of a figure that faces
right; lengths are shares of the figure's standing height.
"""

from __future__ import annotations

LEGS = 4
"""Feet that a pose places: near front, far front, near hind, far hind; a biped uses the first two."""

CHANNELS: tuple[str, ...] = (
    "yaw",  # turn about the upright axis: 0 faces right, pi faces left, pi/2 faces the viewer
    "look",  # the head's yaw beyond the body's
    "nod",  # the head's pitch, up is positive
    "pitch",  # the body's pitch
    "bob",  # how much the body is raised over its feet
    "sway",  # how much the body is shifted forwards over its feet
    "breathe",
    "blink",  # 0 open to 1 closed
    "tail",
    "tail_tip",
    "ear",
    "mouth",  # 0 closed to 1 open
    "wing_open",  # 0 folded along the body, 1 spread
    "wing",
    "wing_tip",  # elevation of the inner and outer part of a spread wing
    "arm_near",
    "elbow_near",
    "arm_far",
    "elbow_far",
    "foot0_x",
    "foot0_y",
    "toe0",
    "foot1_x",
    "foot1_y",
    "toe1",
    "foot2_x",
    "foot2_y",
    "toe2",
    "foot3_x",
    "foot3_y",
    "toe3",
    "roll",  # rotation of wheels, of a ball
    "squash",  # stretch of the height; negative flattens
    "effort",  # 0 at rest to 1 at full power (flame, smoke, streaming ribbons)
    "curl",  # 0 upright to 1 lying asleep
    "sit",
    "drift",  # 0 on the feet to 1 with legs hanging free or tucked
    "carry",
    "carry_next",  # 0 to 1: how much the first, the second carried thing is there
    "ground",  # 1 where there is a ground to throw a shadow on
)

INDEX: dict[str, int] = {name: index for index, name in enumerate(CHANNELS)}
