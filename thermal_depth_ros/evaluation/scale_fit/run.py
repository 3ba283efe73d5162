# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Fits the scale of a bundle, and the shift of relative inverse depth, and stores them."""

import contextlib
import dataclasses
import functools
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from thermal_depth_ros.bags.cameras import CameraStream
from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.bags.transforms import RecordedTransforms
from thermal_depth_ros.base import contract
from thermal_depth_ros.base.screen import Begin
from thermal_depth_ros.base.stopping import StopRequest
from thermal_depth_ros.bundles.errors import BundleError
from thermal_depth_ros.bundles.find import find_bundle
from thermal_depth_ros.bundles.sections import Scale, ScaleFit
from thermal_depth_ros.bundles.spec import SPEC_FILE, BundleSpec, read_spec
from thermal_depth_ros.bundles.store import copy_bundle
from thermal_depth_ros.evaluation.scale_fit.collected import Collected
from thermal_depth_ros.evaluation.scale_fit.estimate import FittedScale
from thermal_depth_ros.evaluation.scale_fit.opening import (
    AUTO,
    GROUND,
    MOTION,
    Finder,
    Knowledge,
    SourceChoice,
    described,
)
from thermal_depth_ros.evaluation.scale_fit.parallax import Parallax
from thermal_depth_ros.evaluation.scale_fit.sampling import (
    MotionFeed,
    MotionProcessor,
    NoSink,
    SamplingProcessor,
    first_info,
)
from thermal_depth_ros.frames.config import CameraConfig, RgbConfig
from thermal_depth_ros.inference.metric_scale import WheelScale
from thermal_depth_ros.inference.pipeline import CameraPipeline, open_pipeline
from thermal_depth_ros.metrics.verdicts import A_MAP, beats
from thermal_depth_ros.networks.architecture import RgbArchitecture, ThermalArchitecture
from thermal_depth_ros.offline.cameras import CameraOptions, camera_pose, chosen_cameras
from thermal_depth_ros.offline.processing import CameraProcessor
from thermal_depth_ros.offline.run import OfflineRun

_MOST_MOTION_FRAMES = 3000  # of one camera
_EVERY_RATIO = 100_000
_MOST_NAMED = 3  # recordings in a sentence
_MOST_STORED = 64  # recordings in the bundle


@dataclasses.dataclass(frozen=True)
class ScaleFitJob:
    """What to fit, from what, and where to write it.

    Attributes:
        bundle: Name or path of the bundle.
        recordings: Recordings, one by one.
        output: Folder of the new bundle; None changes the bundle in place.
        cameras: Cameras and their settings.
        choice: Source of depth.
        frames: Frames of each camera and recording that the network processes, at most.
        force: Whether to fit a bundle that is metric already, or to replace a folder.
    """

    bundle: str
    recordings: Sequence[Path]
    output: Path | None
    cameras: CameraOptions
    choice: SourceChoice
    frames: int
    force: bool


def fit_bundle(
    job: ScaleFitJob, stop: StopRequest, notify: Callable[[str], None], progress: Begin
) -> BundleSpec:
    """Fit and store scale and shift.

    Args:
        job: The job.
        stop: Asked before every message.
        notify: Called with every line for the user.
        progress: Given a name and a number of steps, returns what to call after each.

    Returns:
        The new description of the bundle.

    Raises:
        BundleError: The bundle is none with depth, is metric already, or cannot be written.
        BagError: A recording cannot be read.
        EvaluationError: The recordings do not determine the scale.
        KeyboardInterrupt: Stopped on request.
    """
    path = find_bundle(job.bundle)
    spec = read_spec(path)
    _check(job, path, spec)
    with _probe(path, spec) as bundle:
        collected = _Fitting(job, spec, bundle, stop, notify, progress).collect()
    fitted = collected.fitted(with_shift=spec.has_affine_output)
    fit = ScaleFit(
        source=collected.source,
        topics=tuple(dict.fromkeys(collected.topics)),
        recordings=tuple(str(path) for path in job.recordings)[:_MOST_STORED],
        frames=fitted.frames,
        pixels=fitted.pixels,
        scale=fitted.scale,
        shift=fitted.shift,
        scale_error=fitted.scale_error,
        shift_error=fitted.shift_error,
        relative_error=fitted.relative_error,
    )
    new = fitted_spec(spec, fit)
    target = job.output or path
    copy_bundle(path, new, target, overwrite=job.force or job.output is None)
    for line in _lines(fitted, fit, spec, target):
        notify(line)
    return new


def _check(job: ScaleFitJob, path: Path, spec: BundleSpec) -> None:
    """Refuse a bundle before anything is read."""
    if spec.kind not in contract.OUTPUTS:
        raise BundleError(path / SPEC_FILE, [f'a {spec.kind} bundle gives no depth to fit'])
    if spec.scale.metric and not job.force:
        raise BundleError(
            path / SPEC_FILE,
            [f'is metric already ({spec.scale.source}); --force fits its scale again'],
        )
    if job.output is not None and job.output.exists() and not job.force:
        raise BundleError(job.output, ['exists already; --force replaces it'])


@contextlib.contextmanager
def _probe(path: Path, spec: BundleSpec) -> Iterator[Path]:
    """Yield a bundle with the same weights whose depth tells the output of the network."""
    if not spec.has_affine_output:
        yield path
        return
    # Depth 1 / (x + 1) is finite for every output from 0 on.
    plain = {**spec.architecture, 'output_scale': 1.0, 'output_shift': 1.0}
    # Scale and shift are fitted for the camera at hand, whatever it was trained on.
    bare = dataclasses.replace(
        spec,
        architecture=plain,
        scale=Scale(False, 1.0, 'none'),
        intrinsics=None,
        canonical_focal_px=None,
    )
    with tempfile.TemporaryDirectory(prefix='fit-scale-') as folder:
        probe = Path(folder) / path.name
        copy_bundle(path, bare, probe, symbolic=True)
        yield probe


def fitted_spec(spec: BundleSpec, fit: ScaleFit) -> BundleSpec:
    """Return the description of a bundle with a fitted scale."""
    names = [Path(recording).name for recording in fit.recordings]
    shown = ', '.join(names[:_MOST_NAMED]) + (' ...' if len(names) > _MOST_NAMED else '')
    unit = 'frames' if fit.pixels else 'stretches'
    source = f'fitted to {described(fit.source, fit.topics)}: {fit.frames} {unit} of {shown}'
    if spec.has_affine_output:
        constants = {'output_scale': fit.scale, 'output_shift': fit.shift}
        architecture = {**spec.architecture, **constants}
        scale = Scale(True, 1.0, source)
        return dataclasses.replace(
            spec,
            architecture=architecture,
            scale=scale,
            scale_fit=fit,
            intrinsics=None,
            canonical_focal_px=None,
        )
    return dataclasses.replace(spec, scale=Scale(True, 1.0 / fit.scale, source), scale_fit=fit)


def _lines(fitted: FittedScale, fit: ScaleFit, spec: BundleSpec, target: Path) -> Iterator[str]:
    if spec.has_affine_output:
        yield f'depth_m = 1 / ({fit.scale:.4g} x + {fit.shift:.4g})'
        yield f'scale {fit.scale:.4g} +- {fit.scale_error:.2g} per unit and metre'
        yield f'shift {fit.shift:.4g} +- {fit.shift_error:.2g} per metre'
    else:
        factor = 1.0 / fit.scale
        yield f'scale {factor:.4g} +- {factor * fit.scale_error / fit.scale:.2g} m per unit'
    yield f'rests on {described(fit.source, fit.topics)}: {fitted.frames} ' + (
        f'frames, {fitted.pixels} pixels' if fitted.pixels else 'stretches of motion'
    )
    if fitted.relative_error is not None and fitted.constant_error is not None:
        blind = {'a constant depth': fitted.constant_error}
        if fit.source != GROUND and fitted.fixed_map_error is not None:  # the ground is such a map
            blind[A_MAP] = fitted.fixed_map_error
        others = ' and '.join(f'{name} has {error:.1%}' for name, error in blind.items())
        yield (
            f'median error of the depth there: {fitted.relative_error:.1%}; without looking at '
            f'the image, {others}'
        )
        best = min(blind, key=lambda name: blind[name])
        if not beats(fitted.relative_error, blind[best], higher=False):
            yield f'warning: on these recordings the network is no better than {best}'
    yield f'written to {target}'


class _Fitting:
    """Goes through the recordings."""

    def __init__(
        self,
        job: ScaleFitJob,
        spec: BundleSpec,
        bundle: Path,
        stop: StopRequest,
        notify: Callable[[str], None],
        progress: Begin,
    ) -> None:
        self._job, self._spec = job, spec
        self._stop, self._notify, self._progress = stop, notify, progress
        self._config = _unlimited(job.cameras.configs[spec.kind], bundle)
        self._to_output: Callable[[np.ndarray], np.ndarray]
        factor = 1.0 if spec.has_affine_output else spec.scale.factor
        self._to_output = functools.partial(_output_of, factor, spec.has_affine_output)
        self._wheel = WheelScale(_EVERY_RATIO)

    def collect(self) -> Collected:
        """Return the samples of all recordings, which have one source."""
        collected = Collected(self._job.choice.source)
        pipeline: CameraPipeline | None = None
        try:
            for path in self._job.recordings:
                with Recording(path) as recording:
                    for stream, knowledge in self._cameras(recording, collected):
                        if pipeline is None:
                            pipeline = self._open(knowledge)
                        pipeline.reset()
                        self._take(recording, stream, knowledge, pipeline, collected)
                    for problem in recording.problems:
                        self._notify(f'{path.name}: {problem}')
        finally:
            if pipeline is not None:
                pipeline.close()
        for reason, count in collected.dropped.items():
            self._notify(f'{count} frames dropped: {reason}')
        collected.ratios += self._wheel.ratios
        return collected

    def _cameras(
        self, recording: Recording, collected: Collected
    ) -> Iterator[tuple[CameraStream, Knowledge]]:
        """Yield the cameras of the kind of the bundle and what is known of their depth."""
        kind = self._spec.kind
        streams = chosen_cameras(recording, self._job.cameras, lambda line: None)
        streams = [stream for stream in streams if stream.kind == kind]
        if not streams:
            raise BagError(
                f'{recording.paths[0]}: no {kind} camera; name one by --{kind}; the topics '
                f'are:{recording.listing()}'
            )
        transforms = RecordedTransforms(recording, self._job.cameras.tf_topics)
        for stream in streams:
            finder = Finder(
                recording,
                stream,
                transforms.of(stream.image_topic),
                self._job.cameras,
                self._job.choice,
                alone=len(streams) == 1,
                with_shift=self._spec.has_affine_output,
                has_pose_network=_has_pose_network(self._spec),
            )
            knowledge = finder.find(collected.source)
            if collected.source == AUTO:
                self._notify(f'from {described(knowledge.source, knowledge.topics)}')
            collected.source = knowledge.source
            collected.topics += knowledge.topics
            yield stream, knowledge

    def _open(self, knowledge: Knowledge) -> CameraPipeline:
        config = self._config
        if knowledge.source == MOTION:
            config = dataclasses.replace(config, scale_source='wheel')
        with self._stop.interrupting():
            return open_pipeline(self._spec.kind, config, self._wheel)

    def _take(
        self,
        recording: Recording,
        stream: CameraStream,
        knowledge: Knowledge,
        pipeline: CameraPipeline,
        collected: Collected,
    ) -> None:
        processor = self._processor(recording, stream, knowledge, pipeline)
        count = recording.topics[stream.image_topic].count
        advance = self._progress(f'{recording.paths[0].name} {stream.image_topic}', count)
        run = OfflineRun(recording, [processor], NoSink(), frame_guard=self._stop.interrupting)
        if not run.run(None, lambda: self._stop.asked, lambda topic: advance()):
            raise KeyboardInterrupt
        collected.dropped.update(processor.tally.dropped)
        if isinstance(processor, SamplingProcessor):
            collected.frames += processor.samples
        if isinstance(knowledge.depth, Parallax):
            collected.parallaxes.append(knowledge.depth)

    def _processor(
        self,
        recording: Recording,
        stream: CameraStream,
        knowledge: Knowledge,
        pipeline: CameraPipeline,
    ) -> CameraProcessor:
        info = first_info(recording, stream)
        if knowledge.depth is not None:
            count = recording.topics[stream.image_topic].count
            return SamplingProcessor(
                stream,
                pipeline,
                self._config,
                info,
                knowledge.depth,
                self._to_output,
                max(1.0, count / self._job.frames),
            )
        assert knowledge.poses is not None, 'motion has them'
        tree = RecordedTransforms(recording, self._job.cameras.tf_topics).of(stream.image_topic)
        place = functools.partial(camera_pose, tree, knowledge.poses.frame, assume_forward=True)
        wanted = frozenset({'odometry' if self._spec.kind == contract.THERMAL else 'depth'})
        return MotionProcessor(
            stream,
            pipeline,
            self._config,
            wanted,
            lambda frame: place(frame),
            info,
            feed=MotionFeed(knowledge.poses, self._wheel),
            most=_MOST_MOTION_FRAMES,
        )


def _has_pose_network(spec: BundleSpec) -> bool:
    """Whether a bundle has a pose network that was trained with its depth."""
    architecture = spec.networks_architecture
    has = isinstance(architecture, RgbArchitecture)
    has |= isinstance(architecture, ThermalArchitecture) and architecture.pose_channels > 0
    random = [part for part in spec.untrained_parts if part == 'all' or part.startswith('pose')]
    return has and not random


def _unlimited(config: CameraConfig, bundle: Path) -> CameraConfig:
    """Return the settings of a camera with which depth is what the network says."""
    config = dataclasses.replace(
        config,
        bundle=str(bundle),
        network='bundle',
        scale_source='bundle',
        min_depth_m=0.0,
        max_depth_m=10000.0,
        min_confidence=0.0,
    )
    return (
        dataclasses.replace(config, sky_is_far=False) if isinstance(config, RgbConfig) else config
    )


def _output_of(factor: float, affine: bool, depth_m: np.ndarray) -> np.ndarray:
    """Return the output of the network for the depth of its probe, NaN where there is none."""
    with np.errstate(divide='ignore', invalid='ignore'):
        output = factor / depth_m - (1.0 if affine else 0.0)
    return np.where(np.isfinite(depth_m) & np.isfinite(output), output, np.nan)
