# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Speed profile of the vehicle: curves, stops, starts and standing, with smooth changes."""

import dataclasses

import cv2
import numpy as np

from thermal_depth_ros.simulation.route import Route

RATE_HZ = 100.0
_STEP_M = 0.1
_CREEP = 0.12  # m/s below which a vehicle that wants to stop stands


@dataclasses.dataclass(frozen=True)
class Handling:
    """Limits of a vehicle and its driver."""

    cruise: float  # m/s
    accelerate: float  # m/s^2
    brake: float
    lateral: float  # m/s^2 in curves
    softness_s: float  # how slowly forces change


@dataclasses.dataclass(frozen=True)
class Stop:
    """A place where the vehicle waits."""

    s: float  # m along the route
    wait_s: float


def drive_along(
    route: Route, handling: Handling, stops: list[Stop], duration_s: float
) -> tuple[np.ndarray, np.ndarray]:
    """Drive a route.

    Returns:
        Length driven (n,) in m and speed (n,) in m/s, at RATE_HZ from 0 to duration_s.
    """
    allowed = _braking(_limits(route, handling), handling, None)
    count = int(np.ceil(duration_s * RATE_HZ)) + 2
    speed = np.zeros(count)
    waiting = sorted(stops, key=lambda stop: stop.s)
    pause = waiting.pop(0).wait_s if waiting and waiting[0].s <= 0 else 0.0
    target = _braking(allowed, handling, waiting[0] if waiting else None)
    s = v = 0.0
    for step in range(count):
        speed[step] = v
        if pause > 0:
            pause -= 1 / RATE_HZ
            v = 0.0
            continue
        aim = target[min(int(s / _STEP_M), len(target) - 1)]
        change = np.clip((aim - v) * 5.0, -handling.brake * 1.5, handling.accelerate)
        v = max(v + change / RATE_HZ, 0.0)
        s += v / RATE_HZ
        if waiting and v < _CREEP and s > waiting[0].s - 1.0:
            pause = waiting.pop(0).wait_s
            target = _braking(allowed, handling, waiting[0] if waiting else None)
    return _softened(speed, handling.softness_s)


def _limits(route: Route, handling: Handling) -> np.ndarray:
    s = np.arange(0.0, route.length_m, _STEP_M)
    bend = np.maximum(np.interp(s, route.s, np.abs(route.curvature)), 1e-6)
    limit = np.minimum(handling.cruise, np.sqrt(handling.lateral / bend))
    limit[s > route.length_m - 3.0] = 0.0
    return limit


def _braking(limit: np.ndarray, handling: Handling, stop: Stop | None) -> np.ndarray:
    """Lower speeds so far ahead of slow places that braking is enough."""
    limit = limit.copy()
    if stop is not None:
        limit[int(stop.s / _STEP_M) :] = 0.0
    # v^2 may fall by 2 b per metre: a running minimum of v^2 + 2 b s from the end backwards.
    work = 2 * handling.brake * _STEP_M * np.arange(len(limit))
    energy = np.minimum.accumulate((limit**2 + work)[::-1])[::-1]
    return np.sqrt(np.maximum(energy - work, 0.0))


def _softened(speed: np.ndarray, softness_s: float) -> tuple[np.ndarray, np.ndarray]:
    """Smooth the speed; where it stood still for long it stands still afterwards too."""
    size = 2 * int(3 * softness_s * RATE_HZ) + 1
    smooth = cv2.GaussianBlur(
        speed[None], (size, 1), softness_s * RATE_HZ, borderType=cv2.BORDER_REPLICATE
    )[0]
    smooth[smooth < 1e-4] = 0.0
    s = np.concatenate([[0.0], np.cumsum(0.5 * (smooth[1:] + smooth[:-1]) / RATE_HZ)])
    return s, smooth
