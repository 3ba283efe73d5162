# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The scenarios of the demo: recordings played into the camera nodes in turn."""

import dataclasses
import hashlib
from collections.abc import Callable
from pathlib import Path

import thermal_depth_ros.simulation
from thermal_depth_ros.base import contract
from thermal_depth_ros.base.listing import list_files
from thermal_depth_ros.base.text_output import write_text
from thermal_depth_ros.demo.source import DEFAULT, Source, demo_folder, find_source
from thermal_depth_ros.simulation.config import SimulationConfig

# No training of this repository uses the seeds 3021 and 3047. Of the others from 3000 to 3999, the
# recipe that learns from images alone uses 3000 to 3065, the shipped models none.
DRIVE = SimulationConfig(
    seed=3021,
    duration_s=14.0,
    scene='street',
    light='day',
    shutter='none',
    rgb_rate_hz=1.0,  # leaves the processor to the thermal camera
)
# Only the light differs; the street, the route and all moving objects are the same.
BY_DAY = SimulationConfig(
    seed=3047,
    duration_s=7.0,
    scene='street',
    light='day',
    shutter='none',
    rgb_width=320,
    rgb_height=192,
    rgb_rate_hz=5.0,
    # The thermal camera is not played; its images only take time to simulate.
    thermal_width=32,
    thermal_height=24,
    thermal_rate_hz=1.0,
)
BY_NIGHT = dataclasses.replace(BY_DAY, light='night')
# Names of the two scenarios compared in the report.
COMPARED = ('day', 'night')


@dataclasses.dataclass(frozen=True)
class Scenario:
    """One recording to play, with its description in the report.

    Attributes:
        name: Name of the folder and of the report section.
        recording: A recording, the name of a shipped one, or a drive to simulate.
        title: Heading.
        description: A few sentences below it.
        kinds: Cameras to play; empty plays all.
    """

    name: str
    recording: Path | str | SimulationConfig
    title: str
    description: str
    kinds: tuple[str, ...] = ()


SCENARIOS = (
    Scenario(
        'street',
        'recording_street',
        'A real street',
        'Three cameras of a car, front, front left and front right, played one after the other as '
        'one camera: three moments each, 0.1 s apart. Points of its LiDAR up to 65 m are the '
        'ground truth. Next to each figure is that of a fixed map, made from the other eight '
        'frames, which never looks at the image.',
        (contract.RGB,),
    ),
    Scenario(
        'real',
        DEFAULT,
        'Real recordings without ground truth',
        'Thermal images from a drone and RGB images from a walk through an office, played as if '
        'both cameras were mounted on one vehicle. There is no ground truth for these scenes. '
        'Nothing that thermal_default has learned from looks like the view of the drone; '
        'rgb_default has learned from images of this office.',
    ),
    Scenario(
        'synthetic',
        DRIVE,
        'A synthetic drive with turns',
        f'A simulated street (seed {DRIVE.seed}, not used in any training of this package). Its '
        'depth and motion are known exactly; the published outputs are compared with them by the '
        'protocols of thermal-depth evaluate.',
    ),
    Scenario(
        'day',
        BY_DAY,
        'The RGB camera by day',
        f'Another simulated street, for the RGB camera alone (seed {BY_DAY.seed}, not used in any '
        'training of this package either).',
        (contract.RGB,),
    ),
    Scenario(
        'night',
        BY_NIGHT,
        'The RGB camera by night',
        'The same street and the same drive as by day, lit by street lamps and windows.',
        (contract.RGB,),
    ),
)


def own_scenario(recording: Path) -> Scenario:
    """Return the scenario that plays a recording of the user."""
    return Scenario('own', recording, recording.name, 'A recording given with --recording.')


def prepare(scenario: Scenario, folder: Path, say: Callable[[str], None]) -> Source:
    """Return the recording of a scenario, simulating a drive if necessary.

    Raises:
        DemoError: There is no shipped recording, or no camera to play in the recording.
        BagError: A recording cannot be read or written.
    """
    if isinstance(scenario.recording, SimulationConfig):
        return find_source(cached_drive(scenario.recording, folder / 'drive', say), scenario.kinds)
    if isinstance(scenario.recording, str):
        return find_source(demo_folder() / scenario.recording, scenario.kinds)
    return find_source(scenario.recording, scenario.kinds)


def cached_drive(config: SimulationConfig, path: Path, say: Callable[[str], None]) -> Path:
    """Return a recording of a drive, simulating it unless the same one exists.

    Args:
        config: Seed and settings.
        path: Folder of the recording; a file next to it records its settings.
        say: Called with messages for the user.

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
    """Return the inputs that determine a drive: its settings and the simulator source."""
    digest = hashlib.sha256(repr(sorted(dataclasses.asdict(config).items())).encode())
    for folder in thermal_depth_ros.simulation.__path__:
        for source in list_files(Path(folder), ('.py',)):
            digest.update(source.read_bytes())
    return digest.hexdigest()
