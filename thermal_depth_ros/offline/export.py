# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Exports a bundle as ONNX, and compares what was written with PyTorch."""

import contextlib
import dataclasses
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import torch

from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.base import contract
from thermal_depth_ros.base.screen import output_screen
from thermal_depth_ros.bundles.spec import BundleSpec
from thermal_depth_ros.bundles.store import Bundle, copy_bundle, load_bundle
from thermal_depth_ros.inference.device import INT8
from thermal_depth_ros.inference.engine import fitted_size, patch_size
from thermal_depth_ros.inference.engines.int8 import int8_file, write_int8
from thermal_depth_ros.inference.engines.onnx_files import OPSET, ExportError, write_stage
from thermal_depth_ros.inference.engines.report import Candidate, EngineReport
from thermal_depth_ros.inference.engines.runner import ONNXRUNTIME, TORCH
from thermal_depth_ros.inference.engines.stages import POSE, Stage, stages_of
from thermal_depth_ros.inference.engines.workshop import REFUSE, Workshop
from thermal_depth_ros.offline.engine_agreement import recorded_agreement, recorded_inputs

_CPU = torch.device('cpu')


@dataclasses.dataclass(frozen=True)
class ExportJob:
    """What to export.

    Attributes:
        bundle: Name or folder of the bundle.
        output: Folder of the files; None for that of the bundle.
        dynamic_batch: Whether the files take any number of images.
        image_size: Height and width of the camera images; None for those of the network input.
        bags: Recordings with frames to compare.
        frames: Most frames to compare, and to quantise with.
        int8_bags: Recordings to quantise with; none for no files in int8.
    """

    bundle: str
    output: Path | None
    dynamic_batch: bool
    image_size: tuple[int, int] | None
    bags: tuple[Path, ...]
    frames: int
    int8_bags: tuple[Path, ...] = ()


def export_bundle(job: ExportJob) -> bool:
    """Write the files and print what was compared; return whether all agree with PyTorch.

    Raises:
        BundleError: The bundle cannot be found or loaded.
        ExportError: A network cannot be written as ONNX.
        BagError: A recording cannot be read, or has no camera of the bundle.
        OSError: A file cannot be written.
    """
    screen = output_screen()
    for path in (*job.bags, *job.int8_bags):  # before the long part
        with Recording(path):
            pass
    bundle = load_bundle(job.bundle)
    stages = stages_of(bundle.spec, bundle.networks)
    image_size = job.image_size or bundle.spec.input_size
    size = fitted_size(bundle.spec, patch_size(bundle.networks), image_size)
    folder = job.output or bundle.path
    files = _write(stages, bundle.spec, folder, size, job.dynamic_batch)
    for file in files.values():
        screen.print(f'{file}: {file.stat().st_size / 1e6:.1f} MB, opset {OPSET}')
    shop = Workshop(bundle.spec, folder, stages, _CPU)
    wanted = [Candidate(ONNXRUNTIME, 'fp32')]
    report = shop.prepare(wanted, Candidate(TORCH, 'fp32'), REFUSE, size).report
    for line in _lines(report):
        screen.print(line)
    agrees = not report.warnings
    if job.bags and bundle.spec.kind in contract.OUTPUTS:
        agrees &= _check_frames(bundle, files, job, screen.print)
    if job.int8_bags:
        _quantise(bundle, stages, files, folder, job, screen.print)
    return agrees


def _quantise(
    bundle: Bundle,
    stages: Mapping[str, Stage],
    files: Mapping[str, Path],
    folder: Path,
    job: ExportJob,
    tell: Callable[[str], None],
) -> None:
    """Write the files in int8 and tell how much accuracy is lost on the recorded frames."""
    kind = bundle.spec.kind
    if kind not in contract.OUTPUTS or job.dynamic_batch:
        what = 'dynamic batches' if job.dynamic_batch else f'{kind} bundles'
        raise ExportError(f'--int8: {what} are not quantised')
    recorded = recorded_inputs(bundle.path, kind, job.int8_bags, job.frames)
    made = dict(files)
    for name, inputs in recorded.items():
        if name == POSE:
            continue  # odometry adds up every error
        target = int8_file(folder, name)
        samples = [dict(zip(stages[name].inputs, one, strict=True)) for one in inputs]
        write_int8(files[name], target, samples)
        tell(f'{target}: {target.stat().st_size / 1e6:.1f} MB, from {len(samples)} frames')
        made[f'{name} in int8'] = target
    with _beside_weights(bundle, made) as copy:
        found = recorded_agreement(copy, kind, ONNXRUNTIME, INT8, job.int8_bags, job.frames)
    tell(f'loss of accuracy: {found}')


def _write(
    stages: Mapping[str, Stage], spec: BundleSpec, folder: Path, size: tuple[int, int], any_n: bool
) -> dict[str, Path]:
    shop = Workshop(spec, folder, stages, _CPU)
    files = {}
    for name, shapes in shop.shapes(size).items():
        files[name] = folder / f'{name}.onnx'
        batched = dataclasses.replace(shapes, dynamic_batch=any_n)
        write_stage(stages[name], batched, spec, files[name])
    return files


def _lines(report: EngineReport) -> list[str]:
    lines = [f'{name}: {text} from PyTorch' for name, text in report.checks.items()]
    return [*lines, *(f'DISAGREES: {warning}' for warning in report.warnings)]


def _check_frames(
    bundle: Bundle, files: Mapping[str, Path], job: ExportJob, tell: Callable[[str], None]
) -> bool:
    """Compare on recorded frames, through the pipeline of the camera node."""
    with _beside_weights(bundle, files) as copy:
        kind = bundle.spec.kind
        found = recorded_agreement(copy, kind, ONNXRUNTIME, 'fp32', job.bags, job.frames)
    tell(str(found))
    return not found.problems


@contextlib.contextmanager
def _beside_weights(bundle: Bundle, files: Mapping[str, Path]) -> Iterator[Path]:
    """Yield a bundle with these files beside its weights, wherever they were written to."""
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / bundle.path.name
        copy_bundle(bundle.path, bundle.spec, copy, symbolic=True)
        for file in files.values():
            link = copy / file.name
            link.unlink(missing_ok=True)
            link.symlink_to(file.resolve())
        yield copy
