# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What there is to say about a bundle without loading its networks."""

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath
from typing import Any

from thermal_depth_ros.base.listing import list_folders
from thermal_depth_ros.bundles.errors import BundleError
from thermal_depth_ros.bundles.find import find_bundle, list_bundles
from thermal_depth_ros.bundles.spec import SPEC_FILE, BundleSpec, read_spec

METRES, RELATIVE, UNKNOWN_SCALE = 'metres', 'relative', 'unknown scale'
_POSE = 'pose'  # name of the network, and of its untrained part


@dataclasses.dataclass(frozen=True)
class BundleFacts:
    """Facts about one bundle; those that only `bundle.yaml` has are None if it cannot be read.

    Attributes:
        name: Name of its folder, by which it is found if that is in a folder of models.
        path: Folder of the bundle.
        problem: Why `bundle.yaml` cannot be read; '' if it can.
        kind: Kind of camera, or translation.
        description: Description in words.
        trained_on: What the networks learned from, in words.
        trained: Whether no weights are random.
        depth: Unit of depth: METRES, RELATIVE (inverse depth) or UNKNOWN_SCALE; None without depth.
        odometry: Whether motion is estimated.
        classes: Number of classes.
        input_size: Height and width of the network input, pixels.
        size_mb: Size of the folder, 10^6 bytes.
        licence: Licence of the weights.
    """

    name: str
    path: Path
    problem: str = ''
    kind: str | None = None
    description: str = ''
    trained_on: str = ''
    trained: bool | None = None
    depth: str | None = None
    odometry: bool | None = None
    classes: int | None = None
    input_size: tuple[int, int] | None = None
    size_mb: float = 0.0
    licence: str | None = None


def catalog(places: Sequence[str | Path] = ()) -> list[BundleFacts]:
    """Return the facts about bundles.

    Args:
        places: Bundles, by name or path, and folders of bundles; empty for all bundles that can be
            given by name.

    Raises:
        BundleError: There is no bundle at a place.
    """
    if not places:
        return [bundle_facts(path) for path in list_bundles().values()]
    paths = [path for place in places for path in _bundles_at(place)]
    return [bundle_facts(path) for path in dict.fromkeys(paths)]


def bundle_facts(path: Path) -> BundleFacts:
    """Return the facts about the bundle in a folder."""
    size_mb = sum(file.stat().st_size for file in path.iterdir() if file.is_file()) / 1e6
    facts = BundleFacts(path.name, path, size_mb=size_mb)
    try:
        spec = read_spec(path)
    except BundleError as error:
        return dataclasses.replace(facts, problem='; '.join(error.problems))
    makes_images = spec.kind == 'translation'
    return dataclasses.replace(
        facts,
        kind=spec.kind,
        description=spec.description,
        trained_on=learned_from(spec),
        trained=spec.trained,
        depth=None if makes_images else _unit(spec),
        odometry=spec.odometry and not _untrained(spec, _POSE),
        classes=0 if spec.labels is None else len(spec.labels),
        input_size=spec.input_size,
        licence=spec.licence,
    )


def learned_from(spec: BundleSpec) -> str:
    """Return a sentence about the data that the networks learned from."""
    if spec.untrained_parts == ('all',):
        return 'Nothing: all weights are random.'
    if spec.trained_on:
        return spec.trained_on.rstrip('.') + '.'
    settings: Any = spec.training.get('settings')
    bags = settings.get('bags', ()) if isinstance(settings, dict) else ()
    names = [PurePath(str(bag)).name for bag in bags] if isinstance(bags, (list, tuple)) else []
    if not names:
        return 'The bundle does not say what it was trained on.'
    if len(names) <= 3:
        return f'Recording{"s" * (len(names) > 1)} {" and ".join(names)}.'
    return f'{len(names)} recordings, {min(names)} to {max(names)}.'


def _bundles_at(place: str | Path) -> Iterator[Path]:
    folder = Path(place).expanduser()
    inside = [path for path in list_folders(folder) if (path / SPEC_FILE).is_file()]
    if inside and not (folder / SPEC_FILE).is_file():
        yield from inside
    else:
        yield find_bundle(place)


def _unit(spec: BundleSpec) -> str:
    if spec.scale.metric:
        return METRES
    return RELATIVE if spec.relative else UNKNOWN_SCALE


def _untrained(spec: BundleSpec, network: str) -> bool:
    return any(part == 'all' or part.split('.')[0] == network for part in spec.untrained_parts)
