# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""First and last pictures of a run on disk, for the report."""

import dataclasses
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import cv2
import numpy as np

from thermal_depth_ros.base.listing import list_files

FIRST, LAST = 'first', 'last'
_FILE = re.compile(r'(\d+)-(.+)\.png')


@dataclasses.dataclass(frozen=True)
class KeptPictures:
    """Pictures of one step, by name, as RGB."""

    step: int
    pictures: dict[str, np.ndarray]


def keep_pictures(
    folder: Path, step: int, pictures: Mapping[str, np.ndarray], note: Callable[[str], None]
) -> None:
    """Write pictures as the last ones, and as the first ones if there are none yet.

    Args:
        folder: Folder of the pictures.
        step: Training step of the pictures.
        pictures: (H, W, 3) uint8 RGB by name.
        note: Called with a message if they cannot be written.
    """
    if not pictures:
        return
    try:
        for part in (FIRST, LAST):
            if part == FIRST and list_files(folder / FIRST, ('.png',)):
                continue
            shutil.rmtree(folder / part, ignore_errors=True)
            (folder / part).mkdir(parents=True)
            for index, (name, picture) in enumerate(pictures.items()):
                file = f'{step}-{index:02}-{re.sub("[^A-Za-z0-9_.-]+", "_", name)}.png'
                _, data = cv2.imencode('.png', cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
                (folder / part / file).write_bytes(data.tobytes())
    except OSError as error:
        note(f'pictures cannot be written: {error}')


def kept_pictures(folder: Path) -> list[KeptPictures]:
    """Return the first and the last pictures; one entry if they are the same."""
    found: dict[int, KeptPictures] = {}
    for part in (FIRST, LAST):
        pictures: dict[int, dict[str, np.ndarray]] = {}
        for path in list_files(folder / part, ('.png',)):
            match = _FILE.fullmatch(path.name)
            picture = cv2.imread(str(path))
            if match is not None and picture is not None:
                name = match[2].partition('-')[2]
                rgb = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
                pictures.setdefault(int(match[1]), {})[name] = rgb
        found |= {step: KeptPictures(step, shown) for step, shown in pictures.items()}
    return list(found.values())
