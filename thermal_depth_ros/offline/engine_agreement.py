# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""How well an engine agrees with PyTorch on recorded frames, as messages would carry them."""

import contextlib
import dataclasses
from collections.abc import Sequence, Set
from pathlib import Path
from typing import Any

import numpy as np

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.frames.frame import CameraFrame
from thermal_depth_ros.frames.plan import CameraOutput
from thermal_depth_ros.geometry.frames import FrameError
from thermal_depth_ros.inference.description import PipelineDescription
from thermal_depth_ros.inference.engines.agreement import (
    LEAST_CLASS_AGREEMENT,
    MOST_DEPTH_ERROR,
)
from thermal_depth_ros.inference.network_pipeline import NetworkPipeline
from thermal_depth_ros.inference.pipeline import CONFIGS, CameraPipeline, open_pipeline
from thermal_depth_ros.offline.cameras import CameraOptions, chosen_cameras
from thermal_depth_ros.offline.processing import CameraProcessor

_WANTED = {'thermal': frozenset({'depth'}), 'rgb': frozenset({'depth', 'semantic'})}


@dataclasses.dataclass(frozen=True)
class RecordedAgreement:
    """Differences over recorded frames; the worst frame counts.

    Attributes:
        engine: What was compared with PyTorch in fp32.
        frames: Number of frames.
        depth_error: Largest 99th percentile of |z - z_torch| / z_torch of a frame.
        class_agreement: Least fraction of pixels of a frame with the same class; None without.
    """

    engine: str
    frames: int
    depth_error: float | None
    class_agreement: float | None

    @property
    def problems(self) -> tuple[str, ...]:
        """What is beyond the limits of the check at start-up."""
        found = []
        if self.depth_error is not None and not self.depth_error <= MOST_DEPTH_ERROR:
            found.append(f'depth differs by {self.depth_error:.2%}')
        if self.class_agreement is not None and self.class_agreement < LEAST_CLASS_AGREEMENT:
            found.append(f'{self.class_agreement:.2%} of the classes agree')
        return tuple(found)

    def __str__(self) -> str:
        """Return the figures in words."""
        said = []
        if self.depth_error is not None:
            said.append(f'depth differs by {self.depth_error:.2g} (p99 of the worst frame)')
        if self.class_agreement is not None:
            said.append(f'at least {self.class_agreement:.2%} of the classes of a frame agree')
        return f'{self.frames} recorded frames in {self.engine}: {", ".join(said) or "nothing"}'


class _Paired:
    """Runs two pipelines on every frame and keeps how far they are apart."""

    def __init__(self, plain: CameraPipeline, other: CameraPipeline) -> None:
        self._plain, self._other = plain, other
        self.depth_errors: list[float] = []
        self.class_agreements: list[float] = []

    def process(
        self,
        frame: CameraFrame,
        wanted: Set[str],
        T_base_optical: np.ndarray | None = None,
        extrinsics_problem: str = '',
    ) -> CameraOutput:
        expected, found = (
            pipeline.process(frame, wanted, T_base_optical, extrinsics_problem)
            for pipeline in (self._plain, self._other)
        )
        if expected.depth is not None and found.depth is not None:
            self._compare_depth(expected.depth.depth_m, found.depth.depth_m)
        if expected.semantics is not None and found.semantics is not None:
            same = expected.semantics.labels == found.semantics.labels
            self.class_agreements.append(float(same.mean()))
        return found

    def _compare_depth(self, expected: np.ndarray, found: np.ndarray) -> None:
        """Compare where both have a distance, and count a pixel with one of them as wrong."""
        both = np.isfinite(expected) & np.isfinite(found)
        errors = np.where(np.isfinite(expected) == np.isfinite(found), 0.0, np.inf)
        errors[both] = np.abs(found[both] - expected[both]) / expected[both]
        # Without interpolation, which makes NaN of two infinities.
        self.depth_errors.append(float(np.percentile(errors, 99.0, method='lower')))

    @property
    def description(self) -> PipelineDescription:
        return self._other.description

    def update(self, config: Any) -> None:
        for pipeline in (self._plain, self._other):
            pipeline.update(config)

    def reset(self) -> None:
        for pipeline in (self._plain, self._other):
            pipeline.reset()

    def close(self) -> None:
        for pipeline in (self._plain, self._other):
            pipeline.close()


def recorded_inputs(
    bundle: Path, kind: str, bags: Sequence[Path], frames: int
) -> dict[str, list[tuple[np.ndarray, ...]]]:
    """Return what every stage of a bundle is fed on the first frames of recordings, by its name.

    Raises:
        BagError: A recording cannot be read, or has no camera of this kind.
    """
    config = CONFIGS[kind](bundle=str(bundle), device='cpu', engine='torch', precision='fp32')
    pipeline = open_pipeline(kind, config)
    assert isinstance(pipeline, NetworkPipeline)
    found: dict[str, list[tuple[np.ndarray, ...]]] = {}

    def keep(stage: str, inputs: Sequence[Any]) -> None:
        found.setdefault(stage, []).append(tuple(tensor.numpy().copy() for tensor in inputs))

    with contextlib.closing(pipeline):
        pipeline.observe(keep)
        left = frames
        for bag in bags:
            with Recording([bag]) as recording:
                left -= _run(recording, kind, pipeline, config, left)
    return found


def recorded_agreement(
    bundle: Path, kind: str, engine: str, precision: str, bags: Sequence[Path], frames: int
) -> RecordedAgreement:
    """Compare an engine with PyTorch in fp32 on the first frames of recordings.

    Args:
        bundle: Folder of the bundle.
        kind: Its camera.
        engine: Engine to compare.
        precision: Its precision.
        bags: Recordings with cameras of this kind.
        frames: Most frames to compare.

    Raises:
        BagError: A recording cannot be read, or has no camera of this kind.
    """
    config = CONFIGS[kind](bundle=str(bundle), device='cpu')
    plain = dataclasses.replace(config, engine='torch', precision='fp32')
    other = dataclasses.replace(config, engine=engine, precision=precision, engine_check='mark')
    pair = _Paired(open_pipeline(kind, plain), open_pipeline(kind, other))
    with contextlib.closing(pair):
        used = pair.description.engine.summary
        left = frames
        for bag in bags:
            with Recording([bag]) as recording:
                left -= _run(recording, kind, pair, other, left)
    return RecordedAgreement(
        used,
        frames - left,
        max(pair.depth_errors) if pair.depth_errors else None,
        min(pair.class_agreements) if pair.class_agreements else None,
    )


def _run(
    recording: Recording, kind: str, pipeline: CameraPipeline, config: Any, frames: int
) -> int:
    """Process up to so many frames of the first camera; return how many were used."""
    options = CameraOptions(
        {one: config if one == kind else CONFIGS[one]() for one in CONFIGS}, _none(), _none(), ''
    )
    streams = [one for one in chosen_cameras(recording, options, _ignore) if one.kind == kind]
    if not streams:
        raise BagError(f'{recording.paths[0]}: no {kind} camera;{recording.listing()}')
    stream = streams[0]
    pipeline.reset()
    processor = CameraProcessor(stream, pipeline, config, _WANTED[kind], _unmounted)
    for record in recording.read([stream.image_topic]):
        if processor.tally.frames_out >= frames:
            break
        processor.handle(record)
    return processor.tally.frames_out


def _none() -> dict[str, list[str]]:
    return {kind: [] for kind in CONFIGS}


def _ignore(line: str) -> None:
    pass


def _unmounted(frame: str) -> np.ndarray:
    raise FrameError(f'{frame}: where the camera is mounted does not matter here')
