# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Recording played by the demo, its cameras and attribution."""

import dataclasses
import os
import sys
from collections.abc import Collection
from pathlib import Path

from thermal_depth_ros.bags.cameras import CameraStream, find_cameras
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.base import contract
from thermal_depth_ros.base.errors import ThermalDepthError
from thermal_depth_ros.base.yaml_text import YamlError, read_yaml
from thermal_depth_ros.evaluation.reports.run_report import Attribution

DEFAULT = 'recording'
_SHARE = Path('share', 'thermal_depth_ros', 'demo')


class DemoError(ThermalDepthError, ValueError):
    """The demo failed; the message names the failed part and its log."""


@dataclasses.dataclass(frozen=True)
class Source:
    """A recording to play: at most one camera of each kind, in order of the contract."""

    path: Path
    cameras: tuple[CameraStream, ...]
    duration_s: float
    end_ns: int
    static_transforms: bool
    attribution: tuple[Attribution, ...]

    @property
    def kinds(self) -> tuple[str, ...]:
        """Camera kinds, which are the names of the required nodes."""
        return tuple(camera.kind for camera in self.cameras)


def demo_folder() -> Path:
    """Return the folder of the shipped recordings, in the checkout or installed.

    Raises:
        DemoError: There is none; the message lists where it was looked for.
    """
    prefixes = [*os.environ.get('AMENT_PREFIX_PATH', '').split(os.pathsep), sys.prefix]
    places = [Path(__file__).resolve().parents[2] / 'demo']
    places += [Path(prefix) / _SHARE for prefix in prefixes if prefix]
    for place in places:
        if (place / DEFAULT).is_dir():
            return place
    listing = ', '.join(str(place) for place in places)
    raise DemoError(f'the recording of the demo is in none of {listing}; name one with --recording')


def find_source(path: Path | None, kinds: Collection[str] = ()) -> Source:
    """Inspect a recording, by default the shipped one.

    Args:
        path: Path of the recording.
        kinds: Kinds of cameras to play; empty plays all.

    Raises:
        DemoError: There is no such camera in it, or the list of its sources is damaged.
        BagError: It cannot be read.
    """
    path = path or demo_folder() / DEFAULT
    with Recording(path) as recording:
        duration_s = (recording.end_ns - recording.start_ns) / 1e9
        streams = find_cameras(recording)
        end_ns, static_transforms = recording.end_ns, contract.TF_STATIC_TOPIC in recording.topics
        topics = ', '.join(recording.topics) or 'none'
    first = {camera.kind: camera for camera in reversed(streams)}
    wanted = [kind for kind in contract.OUTPUTS if not kinds or kind in kinds]
    cameras = tuple(first[kind] for kind in wanted if kind in first)
    if not cameras:
        which = ' or '.join(kinds) + ' camera' if kinds else 'camera'
        raise DemoError(f'{path}: no {which} in it; its topics are: {topics}')
    return Source(path, cameras, duration_s, end_ns, static_transforms, attribution_of(path))


def attribution_of(path: Path) -> tuple[Attribution, ...]:
    """Return the sources of a recording from `attribution.yaml` next to it, if present.

    Raises:
        DemoError: The file has another form.
    """
    listing = path.resolve().parent / 'attribution.yaml'
    if not listing.is_file():
        return ()
    names = [field.name for field in dataclasses.fields(Attribution)]
    try:
        entries = read_yaml(listing).get(path.name, ())
        return tuple(Attribution(**{name: entry[name] for name in names}) for entry in entries)
    except (YamlError, AttributeError, KeyError, TypeError) as error:
        reason = str(error).splitlines()[0]
        raise DemoError(f'{listing}: not the sources of recordings by name: {reason}') from error
