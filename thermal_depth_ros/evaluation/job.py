# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What an evaluation does, and its result for one camera of one recording."""

import dataclasses
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from thermal_depth_ros.bags.trajectory_files import TUM
from thermal_depth_ros.evaluation.open_comparison import EvaluationOptions
from thermal_depth_ros.evaluation.truth.topics import TruthNames
from thermal_depth_ros.metrics.camera import CameraAccumulator, CameraResult
from thermal_depth_ros.metrics.depth import PROTOCOLS, Resize
from thermal_depth_ros.offline.cameras import CameraOptions


@dataclasses.dataclass(frozen=True, eq=False)
class RecordingResult:
    """Result of one camera of one recording."""

    recording: str
    topic: str
    kind: str
    scores: CameraAccumulator
    dropped: Counter[str]
    odometry_lost: Counter[str]  # frames, by kind of loss; unknown of recorded predictions
    truth: dict[str, str]  # what is compared -> topic or folder
    depth_remark: str = ''  # how good the true depth is
    summary: CameraResult | None = None  # the metrics of `scores` alone


@dataclasses.dataclass(frozen=True)
class EvaluationJob:
    """What to evaluate and where to write the results.

    Attributes:
        recordings: Recordings with ground truth.
        predictions: Recorded outputs of each recording, or trajectory files; empty to run
            pipelines.
        kinds: Kinds of cameras to evaluate.
        cameras: Cameras and their job.
        truth: Ground truth topics by camera kind.
        options: Options by camera kind.
        frames: Frames of each camera to evaluate.
        listed: Classes over which mIoU is averaged.
        pictures: Number of best and of worst frames in the report.
        conditions: Conditions on metrics.
        output: Folder of the results.
        trajectory_frame: Frame whose poses trajectory files hold; '' for that of the camera.
        trajectory_format: Format of the trajectories written.
        arguments: Arguments of the command, kept with the results.
        stamps: Image topic -> stamps of the only frames to compare; None for all frames.
    """

    recordings: Sequence[Path]
    predictions: Sequence[Path]
    kinds: Sequence[str]
    cameras: CameraOptions
    truth: Mapping[str, TruthNames]
    options: Mapping[str, EvaluationOptions]
    frames: slice
    listed: str | tuple[str, ...]
    pictures: int
    conditions: Sequence[str]
    output: Path
    trajectory_frame: str = ''
    trajectory_format: str = TUM
    arguments: Sequence[str] = ()
    stamps: Mapping[str, Collection[int]] | None = None

    @property
    def pairs(self) -> list[tuple[Path, Path | None]]:
        """Recordings with their recorded outputs, None where pipelines are run."""
        predictions: Sequence[Path | None] = self.predictions or [None] * len(self.recordings)
        return list(zip(self.recordings, predictions, strict=True))


def at_network_size(job: EvaluationJob) -> list[str]:
    """Return the kinds whose protocol resizes depth itself, from the size of the network."""
    protocols = {kind: PROTOCOLS[options.protocol] for kind, options in job.options.items()}
    return [kind for kind, protocol in protocols.items() if protocol.resize is Resize.DEPTH]
