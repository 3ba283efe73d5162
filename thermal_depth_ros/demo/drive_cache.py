# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A synthetic drive that is simulated once and kept."""

import dataclasses
import hashlib
from collections.abc import Callable
from pathlib import Path

import thermal_depth_ros.simulation
from thermal_depth_ros.listing import list_files
from thermal_depth_ros.simulation.config import SimulationConfig
from thermal_depth_ros.text_output import write_text


def cached_drive(config: SimulationConfig, path: Path, say: Callable[[str], None]) -> Path:
    """Return a recording of a drive, simulated unless the very same is there.

    Args:
        config: Seed and settings.
        path: Folder of the recording; a file beside it says what it was made from.
        say: Takes a line for the user.

    Raises:
        BagError: It cannot be written.
    """
    note = path.with_name(f'{path.name}.key')
    key = drive_key(config)
    if path.is_dir() and note.is_file() and note.read_text('utf-8') == key:
        return path
    from thermal_depth_ros.simulation.drive import Drive
    from thermal_depth_ros.simulation.drive_writer import write_drive

    say(f'simulating a drive of {config.duration_s:g} s; it is kept in {path}')
    path.parent.mkdir(parents=True, exist_ok=True)
    note.unlink(missing_ok=True)
    write_drive(Drive(config), path, overwrite=True)
    write_text(note, key)
    return path


def drive_key(config: SimulationConfig) -> str:
    """Return what a drive follows from: its settings and the source of the simulator."""
    digest = hashlib.sha256(repr(sorted(dataclasses.asdict(config).items())).encode())
    for folder in thermal_depth_ros.simulation.__path__:
        for source in list_files(Path(folder), ('.py',)):
            digest.update(source.read_bytes())
    return digest.hexdigest()
