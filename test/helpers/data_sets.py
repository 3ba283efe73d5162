# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Miniature data sets: what their files say, and `evaluate` fed with it as a prediction."""

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from thermal_depth_ros.bags.poses import read_pose_track
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.bags.transforms import RecordedTransforms
from thermal_depth_ros.bags.writer import RecordingWriter
from thermal_depth_ros.base import contract
from thermal_depth_ros.bundles.labels import CITYSCAPES_19
from thermal_depth_ros.cli.main import main
from thermal_depth_ros.frames.frame import OdometryResult
from thermal_depth_ros.geometry.trajectory import Trajectory
from thermal_depth_ros.messages.bag_types import bag_types
from thermal_depth_ros.messages.image import array_to_image
from thermal_depth_ros.messages.labels import label_info
from thermal_depth_ros.messages.odometry import odometry_message
from thermal_depth_ros.messages.stamps import stamp_ns

WIDTH, HEIGHT, FRAMES = 24, 16, 6
TYPES = bag_types()
_TRACKED = np.eye(6) * 0.01


@dataclasses.dataclass
class Truth:
    """What the files of a camera say, in the order of its images."""

    depth_m: list[np.ndarray] = dataclasses.field(default_factory=list)
    labels: list[np.ndarray] = dataclasses.field(default_factory=list)  # (H, W) of Cityscapes
    T_world_camera: list[np.ndarray] = dataclasses.field(default_factory=list)


def convert(*arguments: object, code: int = 0) -> None:
    """Run `thermal-depth convert`."""
    assert main(['convert', *map(str, arguments)]) == code


def refused(capsys, *arguments: object) -> str:
    """Run a conversion that must fail, and return what it says."""
    convert(*arguments, code=1)
    return capsys.readouterr().err


def depth_of(number: int, width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
    """Return true depth (H, W) in metres that 16 bits hold exactly at 256 or 1000 to the metre."""
    rows, columns = np.mgrid[:height, :width]
    return (4.0 + 0.5 * columns + 0.25 * ((rows * 7 + number * 5) % 16)).astype(np.float64)


def rgb_of(number: int, width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
    """Return an image (H, W, 3) uint8."""
    return np.random.default_rng(number).integers(0, 255, (height, width, 3), np.uint8)


def thermal_of(number: int, width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
    """Return counts (H, W) uint16 of 14 bits."""
    rng = np.random.default_rng(100 + number)
    return rng.integers(2000, 4000, (height, width), np.uint16)


def pose_of(number: int) -> np.ndarray:
    """Return T_world_camera (4, 4) of a camera that drives forward through a bend."""
    angle = 0.03 * number
    T = np.eye(4)
    T[:3, :3] = cv2.Rodrigues(np.array([0.0, angle, 0.0]))[0]
    T[:3, 3] = [0.1 * number**2, 0.02 * number, 0.9 * number]
    return T


def write_image(path: Path, array: np.ndarray) -> None:
    """Write an image file, R, G, B where it has colours."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if array.ndim == 3:
        array = cv2.cvtColor(array, cv2.COLOR_RGB2BGR)
    assert cv2.imwrite(str(path), array)


def write_depth(path: Path, depth_m: np.ndarray, units_per_metre: float = 256.0) -> None:
    """Write depth as a PNG of 16 bits, with a hole."""
    units = np.rint(depth_m * units_per_metre).astype(np.uint16)
    units[0, 0] = 0
    write_image(path, units)


def write_lines(path: Path, lines: Sequence[object]) -> None:
    """Write a text file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(''.join(f'{line}\n' for line in lines))


def numbers(values: np.ndarray) -> str:
    """Return numbers as a line of text."""
    return ' '.join(repr(float(value)) for value in np.asarray(values).reshape(-1))


def messages(recording: Path, topic: str) -> list:
    """Return the messages of a topic."""
    with Recording(recording) as opened:
        return [record.message for record in opened.read([topic])]


def topics(recording: Path) -> dict[str, int]:
    """Return the number of messages of each topic."""
    with Recording(recording) as opened:
        return {name: info.count for name, info in opened.topics.items()}


def true_poses(recording: Path, kind: str) -> np.ndarray:
    """Return T_world_camera (N, 4, 4) of the ground truth at the stamps of the images."""
    image = image_topic(recording, kind)
    with Recording(recording) as opened:
        tree = RecordedTransforms(opened).of(image)
        sources = [name for name, i in opened.topics.items() if i.type == contract.ODOMETRY]
        own = [name for name in sources if f'/{kind}/' in name] or sources
        track = read_pose_track(opened, own[0])
        T = tree.lookup(track.frame, opened.frame_of(image))
        stamps = [stamp_ns(record.message.header) for record in opened.read([image])]
    trajectory = Trajectory(track.stamps_ns, track.T_world_frame)
    poses = [trajectory.at(stamp, 0.5) for stamp in stamps]
    return np.stack([pose @ T for pose in poses if pose is not None])


def image_topic(recording: Path, kind: str) -> str:
    """Return the topic of the images of a camera."""
    return next(name for name in topics(recording) if name.startswith(f'/{kind}/image_raw'))


def score(
    recording: Path, kind: str, truth: Truth, folder: Path, shift: bool = False, options=()
) -> dict:
    """Evaluate the truth of the files as a prediction; shifted by one pixel and one frame.

    Returns:
        Metrics of the kind of camera.
    """
    image = image_topic(recording, kind)
    stamps = [stamp_ns(message.header) for message in messages(recording, image)]
    with Recording(recording) as opened:
        tree = RecordedTransforms(opened).of(image)
        T_camera_base = tree.lookup(f'{kind}_optical_frame', 'base_link')
    with RecordingWriter(folder / 'predictions') as writer:
        for stamp, depth_m in zip(stamps, truth.depth_m, strict=False):
            depth = depth_m.astype(np.float32)
            depth = np.roll(depth, 1, axis=1) if shift else depth
            made = array_to_image(TYPES, depth, '32FC1', stamp, f'{kind}_optical_frame')
            writer.write(f'/{kind}/depth/image', contract.IMAGE, made, stamp)
        names = label_info(TYPES, CITYSCAPES_19, 0)
        writer.write('/rgb/semantic/label_info', contract.LABEL_INFO, names, 1, latched=True)
        for stamp, labels in zip(stamps, truth.labels, strict=False):
            labels = np.roll(labels, 1, axis=1) if shift else labels
            made = array_to_image(TYPES, labels, 'mono8', stamp, f'{kind}_optical_frame')
            writer.write('/rgb/semantic/image', contract.IMAGE, made, stamp)
        poses = truth.T_world_camera[int(shift) :]
        for stamp, T in zip(stamps, poses, strict=False):
            result = OdometryResult(T @ T_camera_base, np.zeros(6), _TRACKED, _TRACKED, 'tracking')
            made = odometry_message(TYPES, result, stamp, 'odom', 'base_link')
            writer.write('/odometry', contract.ODOMETRY, made, stamp)
    arguments = ['evaluate', recording, '--predictions', folder / 'predictions', '-o', folder]
    arguments += [f'--{kind}', image]
    assert main([*map(str, [*arguments, *options]), '--pictures', '0']) == 0
    return json.loads((folder / 'metrics.json').read_text())['cameras'][kind]


def check_truth(recording: Path, kind: str, truth: Truth, folder: Path) -> None:
    """Check that the truth as a prediction has no error, and that a shifted one has.

    Only a thermal camera has odometry; for others the poses themselves are compared.
    """
    exact = score(recording, kind, truth, folder / 'exact')
    shifted = score(recording, kind, truth, folder / 'shifted', shift=True)
    assert exact['depth']['images'] == len(truth.depth_m)
    assert exact['depth']['metric']['abs_rel'] < 1e-6
    assert shifted['depth']['metric']['abs_rel'] > 1e-3
    if truth.T_world_camera and kind == contract.THERMAL:
        assert exact['pose']['score']['snippets'] == len(truth.T_world_camera) - 4
        assert exact['pose']['score']['ate_mean'] < 1e-5
        assert exact['pose']['score']['re_mean_rad'] < 1e-5
        assert shifted['pose']['score']['ate_mean'] > 1e-4
    elif truth.T_world_camera:
        check_poses(recording, kind, truth)


def check_poses(recording: Path, kind: str, truth: Truth) -> None:
    """Check the motion of a camera relative to its first image, and that it is not that of others.

    The frame of the world is the converter's choice.
    """
    found, true = (relative(T) for T in (true_poses(recording, kind), truth.T_world_camera))
    assert len(found) == len(true)
    assert np.abs(found - true).max() < 1e-6
    assert np.abs(found[:-1] - relative(truth.T_world_camera[1:])).max() > 1e-2


def relative(T_world_camera: Sequence[np.ndarray]) -> np.ndarray:
    """Return the poses (N, 4, 4) in the frame of the first."""
    return np.stack([np.linalg.inv(T_world_camera[0]) @ T for T in T_world_camera])
