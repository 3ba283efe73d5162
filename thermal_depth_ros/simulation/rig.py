# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The two cameras on the vehicle: lenses, and where they look from."""

import dataclasses

import numpy as np

from thermal_depth_ros.base.contract import RGB, THERMAL
from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.simulation.config import SimulationConfig
from thermal_depth_ros.simulation.parts import pitch_matrix, roll_matrix, yaw_matrix
from thermal_depth_ros.simulation.variation import draw_mounting

# Optical axes (x right, y down, z forward) in a body that looks along x, with y left, z up.
_OPTICAL = np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])


@dataclasses.dataclass(frozen=True, eq=False)
class Mounted:
    """One camera on the vehicle."""

    kind: str
    camera: PinholeCamera
    T_base_optical: np.ndarray  # (4, 4)
    rate_hz: float

    @property
    def frame_id(self) -> str:
        """Return the name of the optical frame."""
        return f'{self.kind}_optical_frame'


def lens(
    width: int,
    height: int,
    fov_deg: float,
    distortion: float,
    shift: tuple[float, float] = (0.0, 0.0),
    stretch: float = 1.0,
) -> PinholeCamera:
    """Return a camera.

    Args:
        width: Image width, pixels.
        height: Image height, pixels.
        fov_deg: Horizontal field of view.
        distortion: Radial coefficient k1.
        shift: Of the principal point from the middle of the image, shares of width and height.
        stretch: fy / fx.
    """
    focal = width / 2 / np.tan(np.radians(fov_deg) / 2)
    model = 'plumb_bob' if distortion else ''
    coefficients = (distortion, 0.0, 0.0, 0.0, 0.0) if distortion else ()
    middle = (width - 1) / 2 + shift[0] * width, (height - 1) / 2 + shift[1] * height
    return PinholeCamera(width, height, focal, focal * stretch, *middle, model, coefficients)


def make_rig(config: SimulationConfig, cart: bool, rng: np.random.Generator) -> list[Mounted]:
    """Mount both cameras side by side at the front, looking forward and a little down."""
    height = float(rng.uniform(0.7, 1.2) if cart else rng.uniform(1.3, 1.9))
    x = 0.35 if cart else float(rng.uniform(1.2, 1.7))
    down, apart = np.radians(rng.uniform(0.0, 5.0)), float(rng.uniform(0.08, 0.25))
    mounted = []
    for kind, side in ((THERMAL, 1), (RGB, -1)):
        mounting = draw_mounting(config, kind, cart)
        off = np.radians(rng.normal(0.0, 0.4, 3)) + mounting.turn_rad
        T = np.eye(4)
        pitch = down + off[1] + mounting.down_rad
        turn = yaw_matrix(off[0]) @ pitch_matrix(pitch) @ roll_matrix(off[2])
        T[:3, :3] = turn @ _OPTICAL
        height_m = config.camera_height_m or height + mounting.height_m
        T[:3, 3] = x, side * apart / 2, height_m
        size = getattr(config, f'{kind}_width'), getattr(config, f'{kind}_height')
        fov = getattr(config, f'{kind}_fov_deg')
        camera = lens(*size, fov, config.distortion, mounting.middle, mounting.stretch)
        mounted.append(Mounted(kind, camera, T, getattr(config, f'{kind}_rate_hz')))
    return mounted
