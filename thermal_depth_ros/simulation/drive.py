# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A synthetic drive: frames of both cameras with their truth, in order of time."""

import dataclasses
from collections.abc import Iterator

import numpy as np

from thermal_depth_ros.base.contract import RGB, THERMAL
from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.simulation.arrays import Arrays
from thermal_depth_ros.simulation.config import SimulationConfig
from thermal_depth_ros.simulation.looks import make_looks
from thermal_depth_ros.simulation.renderer import Moment, Renderer, moment
from thermal_depth_ros.simulation.rgb_camera import make_rgb_sensor
from thermal_depth_ros.simulation.rig import Mounted, make_rig
from thermal_depth_ros.simulation.seeds import stream
from thermal_depth_ros.simulation.textures import make_atlas, shared_tiles
from thermal_depth_ros.simulation.thermal_camera import make_sensor
from thermal_depth_ros.simulation.variation import varied
from thermal_depth_ros.simulation.wheel import WheelTrack, wheel_track
from thermal_depth_ros.simulation.world import World, draw_world

# Depth keeps 13 bits behind the point: half a part in 16384, 0.6 mm at 10 m.
_KEPT_MASK = np.uint32(0xFFFFFFFF ^ ((1 << 10) - 1))
_HALF_STEP = np.uint32(1 << 9)
_SUN_IN_LENS = 0.25  # power from which the sun dazzles


@dataclasses.dataclass(frozen=True, eq=False)
class SimulatedFrame:
    """One image of one camera, and the truth at its time."""

    kind: str
    index: int
    time_s: float
    image: np.ndarray  # (H, W) uint16 counts, or (H, W, 3) uint8 R, G, B
    depth_m: np.ndarray  # (H, W) float32 along the optical axis, Inf for the sky
    labels: np.ndarray  # (H, W) uint8 Cityscapes train ids
    shutter: bool  # the thermal image is not of this time: the shutter is closed


class Drive:
    """A drive determined by seed and settings.

    Raises:
        DeviceError: The device is not there.
    """

    def __init__(self, config: SimulationConfig) -> None:
        self.config = config = varied(config)
        self.arrays = Arrays(config.device)
        self.world: World = draw_world(config)
        self.cameras: list[Mounted] = make_rig(config, self.world.cart, stream(config.seed, 'rig'))
        self._renderers = self._make_renderers()
        self._thermal = make_sensor(config, self.world.climate.rain)
        self._rgb = make_rgb_sensor(config, self.world.climate)
        self._moment: tuple[float, Moment] | None = None
        self._last_counts: np.ndarray | None = None

    def _make_renderers(self) -> dict[str, Renderer]:
        seed, world = self.config.seed, self.world
        tiles = shared_tiles(stream(seed, 'tiles'), self.config.textures)
        still = len(world.ground) + len(world.static)
        rng = stream(seed, 'temperatures')
        looks = make_looks(world.rows(), still, world.climate, self.arrays, rng)
        rng = stream(seed, 'night')
        powers = (
            float(rng.uniform(15.0, 50.0)),
            float(rng.uniform(30.0, 90.0)),
            float(rng.uniform(0.008, 0.03)),
            float(rng.uniform(0.05, 0.45)),
        )
        renderers = {}
        for mounted in self.cameras:
            atlas = make_atlas(stream(seed, f'{mounted.kind} atlas'), self.arrays, tiles)
            renderers[mounted.kind] = Renderer(world, mounted, looks, atlas, powers)
        return renderers

    def camera(self, kind: str) -> Mounted:
        """Return one of the cameras."""
        return next(mounted for mounted in self.cameras if mounted.kind == kind)

    def schedule(self) -> list[tuple[float, str, int]]:
        """Return time, camera and index of all frames, in order of time."""
        entries = []
        for mounted in self.cameras:
            count = int(np.ceil(self.config.duration_s * mounted.rate_hz - 1e-9))
            entries += [(index / mounted.rate_hz, mounted.kind, index) for index in range(count)]
        return sorted(entries, key=lambda entry: (entry[0], entry[1] != THERMAL))

    def frames(self) -> Iterator[SimulatedFrame]:
        """Yield all frames, in order of time."""
        for time_s, kind, index in self.schedule():
            yield self.frame(kind, index, time_s)

    def frame(self, kind: str, index: int, time_s: float) -> SimulatedFrame:
        """Make one frame. Thermal frames must be asked for in order where the shutter closes."""
        picture = self._renderers[kind].draw(self._at(time_s))
        shutter = False
        if kind == RGB:
            sun_px = self._sun_px(time_s, picture.depth_m)
            image = self._rgb.read(picture.channels, index, sun_px)
        else:
            shutter = self._thermal.closed_since(time_s) is not None
            image = self._counts(picture.channels[0], time_s, index, shutter)
        depth = rounded_depth(picture.depth_m)
        return SimulatedFrame(kind, index, time_s, image, depth, picture.labels, shutter)

    def _counts(self, celsius: np.ndarray, t: float, index: int, shutter: bool) -> np.ndarray:
        if shutter and self._thermal.shutter == 'flat':
            return self._thermal.read_shutter(t, index)
        if not shutter or self._last_counts is None:
            self._last_counts = self._thermal.read(celsius, t, index)
        return self._last_counts

    def _sun_px(self, time_s: float, depth_m: np.ndarray) -> tuple[float, float] | None:
        """Return where the sun shines into the RGB camera: free sky, or just outside the image."""
        climate, mounted = self.world.climate, self.camera(RGB)
        if climate.sun_power < _SUN_IN_LENS:
            return None
        T = self._at(time_s).T_world_base @ mounted.T_base_optical
        x, y, z = (T[:3, :3].T @ climate.sun).tolist()
        if z <= 0:
            return None
        camera = mounted.camera
        u, v = camera.fx * x / z + camera.cx, camera.fy * y / z + camera.cy
        near = abs(u - camera.cx) < camera.width and abs(v - camera.cy) < camera.height
        if not near:
            return None
        row = int(np.clip(v, 0, camera.height - 1))
        return (u, v) if np.isinf(depth_m[row, int(np.clip(u, 0, camera.width - 1))]) else None

    def _at(self, time_s: float) -> Moment:
        """Return the moment, kept for the other camera, which sees the same."""
        if self._moment is None or self._moment[0] != time_s:
            self._moment = time_s, moment(self.world, time_s)
        return self._moment[1]

    def T_odom_base(self, time_s: float) -> np.ndarray:
        """Return the true pose (4, 4) of the base; the drive begins at the origin, level."""
        motion = self.world.motion
        return rigid.invert(motion.start()) @ motion.pose(time_s)

    def wheel(self) -> WheelTrack:
        """Return the measurement of the wheels."""
        count = int(np.ceil(self.config.duration_s * self.config.wheel_rate_hz - 1e-9)) + 1
        times = np.arange(max(count, 2)) / self.config.wheel_rate_hz
        return wheel_track(self.world.motion, times, stream(self.config.seed, 'wheel'))


def rounded_depth(depth_m: np.ndarray) -> np.ndarray:
    """Round depth to 13 bits behind the point, which lets it be packed small; Inf stays."""
    bits = depth_m.astype(np.float32).view(np.uint32)
    rounded = ((bits + _HALF_STEP) & _KEPT_MASK).view(np.float32)
    return np.where(np.isfinite(depth_m), rounded, depth_m)
