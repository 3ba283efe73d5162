# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What trainings are compared on: the recipes of the default bundles, and drives made for them."""

import contextlib
import os
import sys
from pathlib import Path
from typing import Any

from thermal_depth_ros.base import contract
from thermal_depth_ros.base.yaml_text import read_yaml
from thermal_depth_ros.bench.processes import BenchError
from thermal_depth_ros.simulation.config import SimulationConfig
from thermal_depth_ros.simulation.drive import Drive
from thermal_depth_ros.simulation.drive_writer import write_drive
from thermal_depth_ros.training.engine.callbacks import NeverStop

LABELS = 'truth'
VALIDATION_DRIVES = 2
_ENCODER = 'tf_efficientnet_lite0'
_SIZES = {contract.THERMAL: (256, 320), contract.RGB: (192, 320)}  # height, width
_SEEDS = {'thermal': 8000, 'day': 8200, 'night': 8400}
_DURATION_S = 8.0
_RATE_HZ = 1.5  # images of many cameras, which need not be consecutive
_UNUSED_PX = 16  # sides of the images of the camera that is not used
# The recipe compares views of a real recording, which is not here; for that, auto is fp32.
_LABELS_ALONE = {
    'compare_within_m': 0.0,
    'day_weight': 0.0,
    'spacing': 'frames',
    'spacing_max_m': 0.0,
    'pose_topic': 'none',
}
_SHARE = Path('share', 'thermal_depth_ros', 'config')


def recipe(kind: str) -> dict[str, Any]:
    """Return the settings that trained the default bundle of a kind of camera.

    Raises:
        BenchError: There is no such file.
    """
    prefixes = [*os.environ.get('AMENT_PREFIX_PATH', '').split(os.pathsep), sys.prefix]
    folders = [Path(__file__).resolve().parents[2] / 'config']
    folders += [Path(prefix) / _SHARE for prefix in prefixes if prefix]
    for folder in folders:
        path = folder / 'training' / f'{kind}_default.yaml'
        if path.is_file():
            values: dict[str, Any] = read_yaml(path)
            return values
    raise BenchError(f'{kind}_default.yaml is in none of {", ".join(map(str, folders))}')


def data_settings(kind: str, folder: Path, drives: int) -> dict[str, Any]:
    """Write drives with their true depth and classes; return the settings that train on them.

    Args:
        kind: Camera.
        folder: Folder for the drives, for decoded images and for the weights of the encoder.
        drives: Number of drives for training, for each of day and night; two more validate.
    """
    cache = {'cache_dir': str(folder / 'cache'), 'encoder_weights': str(_encoder_file(folder))}
    if kind == contract.THERMAL:
        bags = _drives(kind, 'thermal', folder, drives)
        return {'bags': bags[:drives], 'validation_bags': bags[drives:], **cache}
    day, night = (_drives(kind, light, folder, drives) for light in ('day', 'night'))
    _label([*day, *night], folder)
    return {
        'bags': day[:drives],
        'validation_bags': day[drives:],
        'night_bags': night[:drives],
        'night_validation_bags': night[drives:],
        **_LABELS_ALONE,
        **cache,
    }


def _encoder_file(folder: Path) -> Path:
    """Write the ImageNet features that rgb_default holds, as a weight file of timm."""
    import torch

    from thermal_depth_ros.bundles import load_bundle

    path = folder / f'{_ENCODER}.pth'
    if not path.exists():
        network: Any = load_bundle('rgb_default', kind=contract.RGB).networks['depthseg']
        torch.save(network.encoder.net.state_dict(), path)
    return path


def _drives(kind: str, name: str, folder: Path, count: int) -> list[str]:
    """Write drives by other cameras each, and return their folders."""
    height, width = _SIZES[kind]
    other = contract.RGB if kind == contract.THERMAL else contract.THERMAL
    values: dict[str, Any] = {
        f'{kind}_height': height,
        f'{kind}_width': width,
        f'{kind}_rate_hz': _RATE_HZ,
        f'{other}_height': _UNUSED_PX,
        f'{other}_width': _UNUSED_PX,
        f'{other}_rate_hz': 1.0,
        'duration_s': _DURATION_S,
        'randomise': 1.0,
    }
    if kind == contract.RGB:
        values['light'] = name
    paths = []
    for seed in range(_SEEDS[name], _SEEDS[name] + count + VALIDATION_DRIVES):
        path = folder / name / f'seed_{seed}'
        write_drive(Drive(SimulationConfig(seed=seed, **values)), path)
        paths.append(str(path))
    return paths


def _label(bags: list[str], folder: Path) -> None:
    """Store the true classes where the recipe looks for them."""
    from thermal_depth_ros.samples.config import ImagesConfig
    from thermal_depth_ros.training.labelling.config import CorruptionConfig, LabelConfig
    from thermal_depth_ros.training.labelling.label import label_recordings

    height, width = _SIZES[contract.RGB]
    images = ImagesConfig(
        bags=tuple(bags),
        image_topic='/rgb/image_raw',
        width=width,
        height=height,
        cache_dir=str(folder / 'cache'),
    )
    config = LabelConfig(
        teacher=LABELS,
        label_topic='/ground_truth/rgb/labels',
        name=LABELS,
        sheet=str(folder / 'labels.png'),
    )
    exact = CorruptionConfig(boundary_px=0.0, confusion=0.0, confidence_noise=0.0)
    with contextlib.redirect_stdout(sys.stderr):  # its notes are no measurements
        label_recordings(config, images, exact, NeverStop())
