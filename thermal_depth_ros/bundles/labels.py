# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Semantic classes: names and display colours, by class id."""

import colorsys
import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from thermal_depth_ros.base import rules, settings
from thermal_depth_ros.base.contract import UNLABELLED
from thermal_depth_ros.base.yaml_text import YamlError, read_yaml
from thermal_depth_ros.bundles.errors import BundleError
from thermal_depth_ros.frames.labels import LabelSet


@dataclasses.dataclass(frozen=True)
class _Label:
    name: str = settings.checked(rules.text(100))
    colour: tuple[int, ...] = settings.checked(rules.items(rules.integer(0, 255), (3,)))


def label_problems(entries: Any, where: str = 'labels') -> list[str]:
    """Return everything that is wrong with a list of classes."""
    if not isinstance(entries, list) or not 0 < len(entries) <= UNLABELLED:
        return [f'{where}: {rules.short(entries)} is not a list of 1 to {UNLABELLED} classes']
    problems = []
    for index, entry in enumerate(entries):
        problems += settings.problems(_Label, entry, f'{where}[{index}]')
    if not problems:
        names = [entry['name'] for entry in entries]
        twice = sorted({name for name in names if names.count(name) > 1})
        problems += [f'{where}: class {name!r} is there more than once' for name in twice]
    return problems


def read_label_set(path: Path) -> LabelSet:
    """Read a YAML file with a list of classes, each with name and colour.

    Raises:
        BundleError: It cannot be read or is no such list.
    """
    try:
        entries = read_yaml(path)
    except YamlError as error:
        raise BundleError(path, [str(error)]) from error
    if problems := label_problems(entries):
        raise BundleError(path, problems)
    return LabelSet.from_list(entries)


CITYSCAPES_19 = LabelSet(
    (
        'road',
        'sidewalk',
        'building',
        'wall',
        'fence',
        'pole',
        'traffic light',
        'traffic sign',
        'vegetation',
        'terrain',
        'sky',
        'person',
        'rider',
        'car',
        'truck',
        'bus',
        'train',
        'motorcycle',
        'bicycle',
    ),
    (
        (128, 64, 128),
        (244, 35, 232),
        (70, 70, 70),
        (102, 102, 156),
        (190, 153, 153),
        (153, 153, 153),
        (250, 170, 30),
        (220, 220, 0),
        (107, 142, 35),
        (152, 251, 152),
        (70, 130, 180),
        (220, 20, 60),
        (255, 0, 0),
        (0, 0, 142),
        (0, 0, 70),
        (0, 60, 100),
        (0, 80, 100),
        (0, 0, 230),
        (119, 11, 32),
    ),
)


def coloured_labels(names: Sequence[str]) -> LabelSet:
    """Return classes of these names: with the colours of Cityscapes where it has them all."""
    known = dict(zip(CITYSCAPES_19.names, CITYSCAPES_19.colours, strict=True))
    if all(name in known for name in names):
        return LabelSet(tuple(names), tuple(known[name] for name in names))
    hues = [colorsys.hsv_to_rgb(place / len(names), 0.7, 0.9) for place in range(len(names))]
    colours = tuple((round(255 * r), round(255 * g), round(255 * b)) for r, g, b in hues)
    return LabelSet(tuple(names), colours)
