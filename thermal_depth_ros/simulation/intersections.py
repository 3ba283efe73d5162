# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Intersections of rays with the three canonical shapes of which all objects are built.

A part of the world is an affine image of the cube [-1, 1]^3, of the unit ball, or of the cylinder
x^2 + y^2 <= 1, |z| <= 1. Rays are brought into that frame as o + t d. Affine maps keep t, and with
a third component of one in the camera frame t is the depth along the optical axis.
"""

import math
from collections.abc import Sequence

from thermal_depth_ros.simulation.arrays import Array, Arrays

BOX, BALL, CYLINDER = 0, 1, 2
# Keeps divisions finite where a ray is parallel to a face, without changing any other ray.
_TINY = 1e-12


def enter_box(o: Sequence[float], d: Sequence[Array], arrays: Arrays) -> Array:
    """Return t where each ray enters the cube, Inf where it misses or starts inside.

    Args:
        o: Start of all rays, three numbers.
        d: Directions, three arrays of one shape.
        arrays: The library of d.
    """
    xp = arrays.xp
    near, far = _slab(o[0], d[0])
    for axis in (1, 2):
        enter, leave = _slab(o[axis], d[axis])
        near, far = xp.maximum(near, enter), xp.minimum(far, leave)
    return _entry(near, far, arrays)


def enter_ball(o: Sequence[float], d: Sequence[Array], arrays: Arrays) -> Array:
    """Return t where each ray enters the unit ball, Inf where it misses or starts inside."""
    near, far = _round(o, d, (0, 1, 2), arrays)
    return _entry(near, far, arrays)


def enter_cylinder(o: Sequence[float], d: Sequence[Array], arrays: Arrays) -> Array:
    """Return t where each ray enters the closed cylinder, Inf where it misses or starts inside."""
    xp = arrays.xp
    near, far = _round(o, d, (0, 1), arrays)
    enter, leave = _slab(o[2], d[2])
    return _entry(xp.maximum(near, enter), xp.minimum(far, leave), arrays)


ENTER = {BOX: enter_box, BALL: enter_ball, CYLINDER: enter_cylinder}


def _slab(o: float, d: Array) -> tuple[Array, Array]:
    inverse = 1.0 / (d + _TINY)
    middle, reach = inverse * -o, abs(inverse)
    return middle - reach, middle + reach


def _round(
    o: Sequence[float], d: Sequence[Array], axes: Sequence[int], arrays: Arrays
) -> tuple[Array, Array]:
    """Solve |o + t d| = 1 over the given axes; t is NaN where there is no solution.

    The discriminant is written with the cross product, |d|^2 - |o x d|^2: the usual b^2 - a c
    loses small far things in single precision.
    """
    x, y = d[axes[0]], d[axes[1]]
    ox, oy = o[axes[0]], o[axes[1]]
    square, along, part = x * x + y * y + _TINY, x * ox + y * oy, y * ox - x * oy
    cross = part * part
    if len(axes) > 2:
        z, oz = d[axes[2]], o[axes[2]]
        square, along = square + z * z, along + z * oz
        part, other = z * ox - x * oz, z * oy - y * oz
        cross = cross + part * part + other * other
    root, inverse = arrays.xp.sqrt(square - cross), 1.0 / square
    return (-along - root) * inverse, (root - along) * inverse


def _entry(near: Array, far: Array, arrays: Arrays) -> Array:
    return arrays.xp.where((near <= far) & (near > 0), near, math.inf)
