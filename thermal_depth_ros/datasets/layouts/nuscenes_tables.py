# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The tables of nuScenes, read record by record: those of all sensors have millions."""

import dataclasses
import functools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from thermal_depth_ros.datasets.errors import DatasetError, missing
from thermal_depth_ros.geometry import rigid

LIDAR = 'LIDAR_TOP'
_CHUNK = 1 << 20
_BETWEEN = re.compile(r'[\s,]*')
_LONGEST_RECORD = 16 << 20
_CALIBRATION = 'token sensor_token translation rotation camera_intrinsic'
_SHOT = 'token sample_token ego_pose_token calibrated_sensor_token filename timestamp is_key_frame'


@dataclasses.dataclass(frozen=True)
class Scene:
    """One scene."""

    token: str
    name: str
    description: str


@dataclasses.dataclass(frozen=True)
class SensorData:
    """One image or sweep."""

    sample: str
    channel: str
    timestamp_us: int
    filename: str
    key_frame: bool
    token: str
    calibration: str
    pose: str


@dataclasses.dataclass(frozen=True, eq=False)
class Sensor:
    """Calibration of a sensor; K is that of a camera."""

    channel: str
    T_base_sensor: np.ndarray  # (4, 4)
    K: np.ndarray  # (3, 3), zeros of a LiDAR


class Tables:
    """Tables of one version; large ones are read when they are first needed."""

    def __init__(self, source: Path, version: str, cameras: Sequence[str]) -> None:
        """Set the channels of the cameras; no other images are kept."""
        self._folder = source / version
        self._channels = {*cameras, LIDAR}

    @functools.cached_property
    def scenes(self) -> list[Scene]:
        """Scenes in the order of their names.

        Raises:
            DatasetError: A table is missing or damaged.
        """
        found = [
            Scene(row['token'], row['name'], row['description'])
            for row in self._rows('scene', 'token name description')
        ]
        return sorted(found, key=lambda scene: scene.name)

    def shots(self, scene: Scene, channel: str) -> list[SensorData]:
        """Return the images or sweeps of a scene in order of time.

        Raises:
            DatasetError: The channel is unknown, or a table is damaged.
        """
        known = {sensor.channel for sensor in self._sensors.values()}
        if channel not in known:
            raise DatasetError(
                f'{self._folder}: no channel {channel}; there are {", ".join(sorted(known))}'
            )
        return self._shots.get((scene.token, channel), [])

    def sensor(self, shot: SensorData) -> Sensor:
        """Return the calibration that an image or sweep was taken with."""
        return self._sensors[shot.calibration]

    def T_world_base(self, shot: SensorData) -> np.ndarray:  # noqa: N802 - a transform
        """Return the pose (4, 4) of the vehicle at an image or sweep.

        Raises:
            DatasetError: The table has none.
        """
        if shot.pose not in self._poses:
            raise DatasetError(f'{self._folder / "ego_pose.json"}: no pose of {shot.filename}')
        return self._poses[shot.pose]

    @property
    def has_labels(self) -> bool:
        """Whether there is lidarseg."""
        return (self._folder / 'lidarseg.json').is_file()

    def label_file(self, sweep: SensorData) -> str | None:
        """Return the file of the classes of a sweep, relative to the data set."""
        return self._label_files.get(sweep.token)

    @functools.cached_property
    def label_names(self) -> tuple[str, ...]:
        """Names of the classes of lidarseg by id; empty where the table has no ids."""
        names = {
            row['index']: row['name'] for row in self._rows('category', 'name') if 'index' in row
        }
        whole = sorted(names) == list(range(len(names)))
        return tuple(names[number] for number in sorted(names)) if whole else ()

    @functools.cached_property
    def _label_files(self) -> dict[str, str]:
        return {
            row['sample_data_token']: row['filename']
            for row in self._rows('lidarseg', 'sample_data_token filename')
        }

    @functools.cached_property
    def _sensors(self) -> dict[str, Sensor]:
        channels = {row['token']: row['channel'] for row in self._rows('sensor', 'token channel')}
        return {
            row['token']: Sensor(
                channels[row['sensor_token']],
                self._motion(row, 'calibrated_sensor'),
                np.array(row['camera_intrinsic'] or np.zeros((3, 3)), np.float64),
            )
            for row in self._rows('calibrated_sensor', _CALIBRATION)
        }

    @functools.cached_property
    def _shots(self) -> dict[tuple[str, str], list[SensorData]]:
        scene_of = {
            row['token']: row['scene_token'] for row in self._rows('sample', 'token scene_token')
        }
        found: dict[tuple[str, str], list[SensorData]] = {}
        for row in self._rows('sample_data', _SHOT):
            channel = self._sensors[row['calibrated_sensor_token']].channel
            if channel not in self._channels or (channel == LIDAR and not row['is_key_frame']):
                continue
            shot = SensorData(
                row['sample_token'],
                channel,
                int(row['timestamp']),
                row['filename'],
                bool(row['is_key_frame']),
                row['token'],
                row['calibrated_sensor_token'],
                row['ego_pose_token'],
            )
            found.setdefault((scene_of[shot.sample], channel), []).append(shot)
        for shots in found.values():
            shots.sort(key=lambda shot: shot.timestamp_us)
        return found

    @functools.cached_property
    def _poses(self) -> dict[str, np.ndarray]:
        wanted = {shot.pose for shots in self._shots.values() for shot in shots}
        return {
            row['token']: self._motion(row, 'ego_pose')
            for row in self._rows('ego_pose', 'token translation rotation')
            if row['token'] in wanted
        }

    def _motion(self, row: Mapping[str, Any], table: str) -> np.ndarray:
        w, x, y, z = row['rotation']
        try:
            return rigid.compose(np.array([x, y, z, w]), np.array(row['translation'], np.float64))
        except ValueError as error:
            path = self._folder / f'{table}.json'
            raise DatasetError(f'{path}: {row["token"]}: {error}') from error

    def _rows(self, table: str, fields: str) -> Iterator[dict[str, Any]]:
        """Yield the records of a table, which must have some fields."""
        path, wanted = self._folder / f'{table}.json', frozenset(fields.split())
        for row in _records(path):
            if not wanted <= row.keys():
                absent = ', '.join(sorted(wanted - row.keys()))
                raise DatasetError(f'{path}: record {row.get("token")!r} has no {absent}')
            yield row


def _records(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of a JSON list, with a few in memory.

    Raises:
        DatasetError: It is missing, or no list of objects.
    """
    if not path.is_file():
        raise missing(path, 'a table of nuScenes')
    decoder = json.JSONDecoder()
    try:
        with path.open(encoding='utf-8') as file:
            text, at = file.read(_CHUNK).lstrip(), 1
            if not text.startswith('['):
                raise DatasetError(f'{path}: not a list of records')
            while True:
                at = _BETWEEN.match(text, at).end()  # type: ignore[union-attr]  # may be empty
                if text.startswith(']', at):
                    return
                try:
                    record, at = decoder.raw_decode(text, at)
                except json.JSONDecodeError as error:
                    rest = text[at:]
                    more = file.read(_CHUNK) if len(rest) <= _LONGEST_RECORD else ''
                    if not more:
                        raise DatasetError(f'{path}: damaged or cut: {error}') from error
                    text, at = rest + more, 0
                    continue
                if not isinstance(record, dict):
                    raise DatasetError(f'{path}: {str(record)[:40]} is no record')
                yield record
    except UnicodeDecodeError as error:
        raise DatasetError(f'{path}: {error}') from error
