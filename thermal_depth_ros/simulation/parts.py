# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Parts: the boxes, ellipsoids and cylinders that the world is built of."""

import dataclasses
import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from thermal_depth_ros.simulation import materials, sieves
from thermal_depth_ros.simulation.intersections import BALL, BOX, CYLINDER

Vector = Sequence[float] | np.ndarray
Colour = tuple[float, float, float]


def shaded(colour: Colour, factor: float) -> Colour:
    """Return a colour made darker or lighter."""
    r, g, b = (min(channel * factor, 0.95) for channel in colour)
    return r, g, b


@dataclasses.dataclass(frozen=True)
class Part:
    """One convex body, in the frame of the object it belongs to (x forward, y left, z up)."""

    shape: int  # BOX, BALL or CYLINDER (along its z axis)
    centre: Vector  # m
    half: Vector  # half of its size along its own axes, m
    label: int  # Cityscapes train id
    material: str  # key of materials.MATERIALS
    colour: Colour  # R, G, B linear reflectance
    second: Colour  # reflectance where the texture is high
    rotation: np.ndarray | None = None  # (3, 3), own axes in the frame of the object
    warmth: float = 0.0  # K above what the material has
    engine: float = 0.0  # K more at the front end
    glow: float = 0.0  # light it gives off at night, times its colour
    swing: float = 0.0  # amplitude of walking, rad, about the upper end
    sieve: str = ''  # name in sieves.NAMES of the holes through which one sees, if any
    detail_m: float = np.inf  # depth beyond which this detail is not drawn


def box(
    low: tuple[float, float, float],
    high: tuple[float, float, float],
    label: int,
    material: str,
    colour: Colour,
    **more: Any,
) -> Part:
    """Return an upright box between two corners; its pattern darkens the colour."""
    centre = tuple((a + b) / 2 for a, b in zip(low, high, strict=True))
    half = tuple((b - a) / 2 for a, b in zip(low, high, strict=True))
    return Part(BOX, centre, half, label, material, colour, shaded(colour, 0.55), **more)


def rod(
    start: Vector,
    end: Vector,
    radius: float,
    label: int,
    material: str,
    colour: Colour,
    **more: Any,
) -> Part:
    """Return a round bar between two points; its pattern darkens the colour."""
    a, b = np.asarray(start, float), np.asarray(end, float)
    axis = (b - a) / (np.linalg.norm(b - a) + 1e-9)
    x, y, z = axis.tolist()
    side = np.array([0.0, z, -y]) if abs(x) < 0.8 else np.array([-z, 0.0, x])
    side /= np.sqrt((side**2).sum())
    u, v, w = side.tolist()
    third = [y * w - z * v, z * u - x * w, x * v - y * u]
    rotation = np.array([[u, third[0], x], [v, third[1], y], [w, third[2], z]])
    half = (radius, radius, float(np.linalg.norm(b - a)) / 2)
    centre = tuple(((a + b) / 2).tolist())
    dark = shaded(colour, 0.55)
    return Part(CYLINDER, centre, half, label, material, colour, dark, rotation, **more)


def turned(parts: Sequence[Part], yaw: float, place: Vector = (0.0, 0.0, 0.0)) -> list[Part]:
    """Return the parts of an object that is turned by yaw and moved to a place of another one."""
    turn, to = yaw_matrix(yaw), np.asarray(place, float)
    return [
        dataclasses.replace(
            part,
            centre=turn @ np.asarray(part.centre, float) + to,
            rotation=turn if part.rotation is None else turn @ part.rotation,
        )
        for part in parts
    ]


@dataclasses.dataclass(frozen=True, eq=False)
class PartTable:
    """Many parts as arrays with one row each."""

    shape: np.ndarray  # (n,) int
    centre: np.ndarray  # (n, 3)
    rotation: np.ndarray  # (n, 3, 3) own axes as columns
    half: np.ndarray  # (n, 3)
    label: np.ndarray  # (n,) uint8
    material: np.ndarray  # (n,) int, place in materials.NAMES
    colour: np.ndarray  # (n, 3)
    second: np.ndarray  # (n, 3)
    warmth: np.ndarray  # (n,)
    engine: np.ndarray  # (n,)
    glow: np.ndarray  # (n,)
    swing: np.ndarray  # (n,)
    sieve: np.ndarray  # (n,) int, place in sieves.NAMES, -1 for solid bodies
    detail_m: np.ndarray  # (n,)
    phase: np.ndarray  # (n, 2) where in the texture the part begins, tiles

    def __len__(self) -> int:
        """Return the number of parts."""
        return len(self.shape)


def table(parts: Sequence[Part], names: Sequence[str], rng: np.random.Generator) -> PartTable:
    """Make arrays of parts.

    Args:
        parts: Parts, possibly none.
        names: The materials, in the order of their numbers.
        rng: Draws where each part begins in its texture.
    """

    def column(values: list[Any], kind: type, *shape: int) -> np.ndarray:
        return np.array(values, kind).reshape(len(parts), *shape)

    identity = np.eye(3)
    turned = [identity if part.rotation is None else part.rotation for part in parts]
    return PartTable(
        shape=column([part.shape for part in parts], np.int64),
        centre=column([part.centre for part in parts], np.float64, 3),
        rotation=column(turned, np.float64, 3, 3),
        half=column([part.half for part in parts], np.float64, 3),
        label=column([part.label for part in parts], np.uint8),
        material=column([names.index(part.material) for part in parts], np.int64),
        colour=column([part.colour for part in parts], np.float64, 3),
        second=column([part.second for part in parts], np.float64, 3),
        warmth=column([part.warmth for part in parts], np.float64),
        engine=column([part.engine for part in parts], np.float64),
        glow=column([part.glow for part in parts], np.float64),
        swing=column([part.swing for part in parts], np.float64),
        sieve=column([sieves.number(part.sieve) for part in parts], np.int64),
        detail_m=column([part.detail_m for part in parts], np.float64),
        phase=_phases(parts, rng),
    )


def _phases(parts: Sequence[Part], rng: np.random.Generator) -> np.ndarray:
    """Draw where parts begin in their texture; storeys and shops begin at the foot of a part."""
    phase = rng.uniform(0.0, 1.0, (len(parts), 2))
    for row, part in enumerate(parts):
        material = materials.MATERIALS[part.material]
        if material.upright:
            phase[row] = part.half[0] / material.tile_m, part.half[2] / material.tile_m
    return phase


def joined(tables: Sequence[PartTable]) -> PartTable:
    """Return the rows of several tables, in order."""
    names = [field.name for field in dataclasses.fields(PartTable)]
    return PartTable(*(np.concatenate([getattr(one, name) for one in tables]) for name in names))


def rows(parts: PartTable, chosen: np.ndarray) -> PartTable:
    """Return some rows of a table, by index or by mask."""
    names = [field.name for field in dataclasses.fields(PartTable)]
    return PartTable(*(getattr(parts, name)[chosen] for name in names))


def placed(parts: PartTable, x: float, y: float, yaw: float, z: float = 0.0) -> PartTable:
    """Return the parts of an object that stands at (x, y, z), turned by yaw."""
    turn = yaw_matrix(yaw)
    return dataclasses.replace(
        parts,
        centre=parts.centre @ turn.T + np.array([x, y, z]),
        rotation=turn @ parts.rotation,
    )


def yaw_matrix(yaw: float) -> np.ndarray:
    """Rotation (3, 3) about the vertical."""
    c, s = np.cos(yaw), np.sin(yaw)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


def pitch_matrix(angle: float) -> np.ndarray:
    """Rotation (3, 3) about the y axis, nose down for positive angles."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, 0.0, s], [0.0, 1.0, 0.0], [-s, 0.0, c]])


def roll_matrix(angle: float) -> np.ndarray:
    """Rotation (3, 3) about the x axis."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[1.0, 0.0, 0.0], [0.0, c, -s], [0.0, s, c]])


@functools.cache
def surface_points(shape: int) -> np.ndarray:
    """Points (m, 3) whose convex hull is the canonical shape, nearly so where it is round."""
    corners = np.array(np.meshgrid([-1, 1], [-1, 1], [-1, 1])).reshape(3, -1).T.astype(float)
    if shape == BOX:
        return corners
    angle = np.linspace(0.0, 2 * np.pi, 12, endpoint=False)
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    if shape == CYLINDER:
        return np.concatenate([np.c_[circle, np.full(12, z)] for z in (-1.0, 1.0)])
    if shape != BALL:
        raise ValueError(f'shape {shape} is none of {BOX}, {BALL}, {CYLINDER}')
    heights = np.sin(np.linspace(-1.3, 1.3, 5))
    rings = [np.c_[circle * np.sqrt(1 - z * z), np.full(12, z)] for z in heights]
    return np.concatenate([*rings, [[0.0, 0.0, -1.0], [0.0, 0.0, 1.0]]])
