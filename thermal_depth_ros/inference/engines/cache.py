# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Where exported and compiled networks are kept between runs."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

CACHE_VARIABLE = 'THERMAL_DEPTH_CACHE'
_MOST_BUNDLES = 40  # exported ones; the least recently used go first
_MOST_COMPILED = 120  # files of one engine


def cache_folder() -> Path:
    """Return the folder: $THERMAL_DEPTH_CACHE, or thermal_depth_ros/engines in the user's cache."""
    if chosen := os.environ.get(CACHE_VARIABLE):
        return Path(chosen).expanduser()
    user = os.environ.get('XDG_CACHE_HOME') or Path.home() / '.cache'
    return Path(user) / 'thermal_depth_ros' / 'engines'


def onnx_file(
    identity: str, stage: str, shapes: tuple[tuple[int, ...], ...], dynamic_batch: bool = False
) -> Path:
    """Return where the ONNX file of a stage is kept, whether it is there or not."""
    sizes = '_'.join('x'.join(map(str, shape[1:])) for shape in shapes[:1])
    batch = '_batch' if dynamic_batch else ''
    return cache_folder() / 'onnx' / identity / f'{stage}_{sizes}{batch}.onnx'


def mixed_file(identity: str, stages: Sequence[str], size: Sequence[int]) -> Path:
    """Return where the precisions of stages that are checked together are kept."""
    name = '_'.join([*stages, 'x'.join(map(str, size))])
    return cache_folder() / 'onnx' / identity / f'{name}.precision.json'


def writable_folder(engine: str) -> Path | None:
    """Return the folder for what an engine has compiled; None where there can be none."""
    folder = cache_folder() / engine
    try:
        folder.mkdir(parents=True, exist_ok=True)
        files = list(folder.iterdir())
        files.sort(key=_last_use)
    except OSError:  # compiled again next time
        return None
    for file in files[:-_MOST_COMPILED]:
        file.unlink(missing_ok=True)
    return folder


def _last_use(file: Path) -> float:
    times = file.stat()
    return max(times.st_atime, times.st_mtime)


def used(file: Path) -> None:
    """Note that a file of the cache is in use, and remove the bundles not used for longest."""
    folder = file.parent
    try:
        os.utime(folder)
        others = list(folder.parent.iterdir())
        others.sort(key=lambda path: path.stat().st_mtime)
    except OSError:  # another process tidies up, or the disk is read-only
        return
    for path in others[:-_MOST_BUNDLES]:
        shutil.rmtree(path, ignore_errors=True)
