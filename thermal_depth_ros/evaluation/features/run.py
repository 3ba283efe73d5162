# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Compares the features of paired images of recordings, and writes the result."""

import dataclasses
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from thermal_depth_ros import __version__
from thermal_depth_ros.base import screen
from thermal_depth_ros.base.text_output import write_text
from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.evaluation.features.extract import FeatureExtractor
from thermal_depth_ros.evaluation.features.pairs import ImagePair, read_image_pairs
from thermal_depth_ros.evaluation.features.report import (
    BundleFeatures,
    choose_shown,
    render_features,
    similarity_table,
)
from thermal_depth_ros.evaluation.features.similarity import compare_pairs, cosine_matrix
from thermal_depth_ros.inference.device import select_device, use_threads

FORMAT = 1


@dataclasses.dataclass(frozen=True)
class FeatureJob:
    """What to compare, and where to write it.

    Attributes:
        recordings: Recordings with an RGB and a thermal camera.
        bundles: Names or paths of bundles, whose backbones are compared.
        topics: Image topics by kind of camera; '' for the only one.
        pairs: Largest number of pairs of each recording.
        tolerance_s: Largest time between the images of a pair.
        device: Compute device.
        threads: CPU threads; 0 leaves the choice to PyTorch.
        output: Folder of the results.
    """

    recordings: Sequence[Path]
    bundles: Sequence[str]
    topics: Mapping[str, str]
    pairs: int
    tolerance_s: float
    device: str
    threads: int
    output: Path


def compare_features(job: FeatureJob, stopped: Callable[[], bool]) -> None:
    """Compare the features, show and write the result.

    Raises:
        EvaluationError: There are too few pairs, or a bundle has no backbone.
        BagError: A recording cannot be read.
        BundleError: A bundle cannot be loaded.
        SettingsError: The device is not available.
        KeyboardInterrupt: Stopped on request.
    """
    notes: list[str] = []
    pairs: list[ImagePair] = []
    for path in job.recordings:
        _check(stopped)
        pairs += read_image_pairs(path, job.topics, job.pairs, job.tolerance_s, notes.append)
    if len(pairs) < 2:
        raise EvaluationError(f'{len(pairs)} pairs of images: unpaired ones take at least two')
    use_threads(job.threads)
    device = select_device(job.device)
    found = []
    for bundle in job.bundles:
        _check(stopped)
        found.append(_features(FeatureExtractor(bundle, device), pairs))
    provenance = {
        'recordings': ', '.join(map(str, job.recordings)),
        'pairs': str(len(pairs)),
        'device': str(device),
        'thermal_depth_ros': __version__,
    }
    _show_and_write(job.output, found, pairs, notes, provenance)


def _features(extractor: FeatureExtractor, pairs: Sequence[ImagePair]) -> BundleFeatures:
    """Return the features of all pairs; maps are kept only of those that are shown."""
    rgb = np.stack([extractor.maps([pair.rgb])[0].mean((0, 1)) for pair in pairs])
    thermal = np.stack([extractor.maps([pair.thermal])[0].mean((0, 1)) for pair in pairs])
    shown = choose_shown(rgb, thermal)
    maps = []
    for pair, other in shown:
        images = [pairs[pair].rgb, pairs[pair].thermal, pairs[other].thermal]
        first, second, third = extractor.maps(images)
        maps.append((first, second, third))
    return BundleFeatures(
        name=extractor.name,
        untrained=extractor.untrained,
        rgb=rgb,
        thermal=thermal,
        shown=shown,
        maps=maps,
        plain=compare_pairs(cosine_matrix(rgb, thermal)),
        centred=compare_pairs(cosine_matrix(rgb, thermal, centred=True)),
    )


def _show_and_write(
    folder: Path,
    found: Sequence[BundleFeatures],
    pairs: Sequence[ImagePair],
    notes: Sequence[str],
    provenance: Mapping[str, str],
) -> None:
    shown, table = screen.output_screen(), similarity_table(found)
    for one in found:
        if one.untrained:
            shown.print(f'note: {one.name} is untrained')
    for note in notes:
        shown.print(f'note: {note}')
    shown.print(screen.table(table.title, table.columns, table.texts()))
    content = {
        'format': FORMAT,
        'pairs': len(pairs),
        'bundles': {one.name: one.figures() for one in found},
        'notes': list(notes),
        'provenance': dict(provenance),
    }
    folder.mkdir(parents=True, exist_ok=True)
    write_text(folder / 'features.json', json.dumps(content, indent=2, allow_nan=False) + '\n')
    write_text(folder / 'report.html', render_features(found, pairs, notes, provenance))
    shown.print(f'{folder / "features.json"}\n{folder / "report.html"}')


def _check(stopped: Callable[[], bool]) -> None:
    if stopped():
        raise KeyboardInterrupt
