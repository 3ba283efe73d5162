# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Runs an ONNX file that others have exported, as the stage of a bundle."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import torch

from thermal_depth_ros.base.settings import SettingsError
from thermal_depth_ros.bundles.errors import BundleError
from thermal_depth_ros.bundles.spec import BundleSpec
from thermal_depth_ros.inference.device import cpu_threads
from thermal_depth_ros.inference.engines import cache, mixed
from thermal_depth_ros.inference.engines.agreement import check_images, compare
from thermal_depth_ros.inference.engines.file_runner import file_runner
from thermal_depth_ros.inference.engines.onnx_files import bundle_identity
from thermal_depth_ros.inference.engines.report import Candidate, EngineReport
from thermal_depth_ros.inference.engines.runner import (
    MIXED,
    ONNXRUNTIME,
    EngineError,
    Runner,
    Tensors,
)
from thermal_depth_ros.inference.engines.stages import DEPTH, DISPARITY, LOGITS, SEMANTICS
from thermal_depth_ros.inference.engines.workshop import MARK, Prepared
from thermal_depth_ros.networks.architecture import (
    INVERSE_DEPTH,
    MODEL_DEPTH_M,
    MODEL_DISPARITY,
    MODEL_LOGITS,
    OnnxArchitecture,
)

_ASPECT_TOLERANCE = 0.15  # of an output against its image: grids of patches are rounded
_POSITIVE = 0.5  # least share of positive depth or disparity on the check view
_FARTHEST = 1e-6  # smallest disparity, as that of our own networks
_PLAIN = Candidate(ONNXRUNTIME, 'fp32')


def stage_name(architecture: OnnxArchitecture) -> str:
    """Return the only stage of such a bundle: 'depth' or 'semantics'."""
    return SEMANTICS if architecture.model_output == MODEL_LOGITS else DEPTH


class ModelRunner:
    """Feeds a model as it was trained, and returns disparity or logits as our stages do."""

    def __init__(self, inner: Runner, architecture: OnnxArchitecture) -> None:
        self.engine, self.precision = inner.engine, inner.precision
        self._inner, self._architecture = inner, architecture

    def __call__(self, inputs: Sequence[torch.Tensor]) -> Tensors:
        """Return disparity (1, 1, h, w) or logits (1, C, h, w) of an image (1, C, H, W)."""
        return (model_result(self.raw(inputs[0]), self._architecture),)

    def raw(self, image: torch.Tensor) -> torch.Tensor:
        """Return the output as the model gives it."""
        (output,) = self._inner([model_input(image, self._architecture)])
        return output


def implausible(output: torch.Tensor, image: torch.Tensor, architecture: OnnxArchitecture) -> str:
    """Return why an output of a model cannot be what is said of it, or ''."""
    sides = model_result(output, architecture).shape[2:]
    height, width = image.shape[2:]
    if abs(sides[1] * height / (sides[0] * width) - 1) > _ASPECT_TOLERANCE:
        return (
            f'{architecture.output_name}: a map of {sides[1]}x{sides[0]} has another aspect ratio '
            f'than the image of {width}x{height}'
        )
    positive = float((output > 0).float().mean())
    if architecture.model_output in (MODEL_DEPTH_M, MODEL_DISPARITY) and positive < _POSITIVE:
        return (
            f'{architecture.output_name}: {100 * (1 - positive):.0f} % of its values are not '
            f'positive, which is no {architecture.model_output}'
        )
    return ''


def model_input(image: torch.Tensor, architecture: OnnxArchitecture) -> torch.Tensor:
    """Return what a model is fed for an image (1, 1 or 3, H, W) in [0, 1]."""
    x = image.expand(-1, architecture.channels, -1, -1)
    if architecture.channel_order == 'bgr' and architecture.channels == 3:
        x = x.flip(1)
    x = x * architecture.value_range
    if architecture.mean:
        x = x - x.new_tensor(architecture.mean).view(1, -1, 1, 1)
    if architecture.deviation:
        x = x / x.new_tensor(architecture.deviation).view(1, -1, 1, 1)
    return x.permute(0, 2, 3, 1) if architecture.layout == 'nhwc' else x


def model_result(output: torch.Tensor, architecture: OnnxArchitecture) -> torch.Tensor:
    """Return disparity (1, 1, h, w) or logits (1, C, h, w), float32, of the output of a model.

    Raises:
        EngineError: The output has another shape than described.
    """
    y = output.float()
    if architecture.model_output == MODEL_LOGITS:
        if y.ndim == 4 and architecture.layout == 'nhwc':
            y = y.permute(0, 3, 1, 2)
        if y.ndim != 4 or y.shape[:2] != (1, architecture.n_classes):
            wanted = f'(1, {architecture.n_classes}, h, w)'
            raise EngineError(f'{architecture.output_name}: {tuple(output.shape)} is not {wanted}')
        return y
    height, width = _plane(y, architecture.output_name)
    y = y.reshape(1, 1, height, width)
    if architecture.model_output == INVERSE_DEPTH:
        y = architecture.output_scale * y.relu() + architecture.output_shift
    elif architecture.model_output == MODEL_DEPTH_M:
        y = 1.0 / y.clamp_min(_FARTHEST)
    return y.clamp_min(_FARTHEST)


def _plane(y: torch.Tensor, name: str) -> tuple[int, int]:
    """Return height and width of a map that has them among dimensions of one."""
    sides = [side for side in y.shape if side != 1]
    if len(sides) != 2:
        raise EngineError(f'{name}: {tuple(y.shape)} is not one map, such as (1, 1, h, w)')
    return sides[0], sides[1]


@torch.inference_mode()
def prepare_model(
    spec: BundleSpec,
    file: Path,
    device: torch.device,
    wanted: Sequence[Candidate],
    policy: str,
) -> Prepared:
    """Compile a model in the first engine that agrees with ONNX Runtime.

    Args:
        spec: Description of its bundle.
        file: The model.
        device: Compute device.
        wanted: Engines to try.
        policy: 'refuse' what disagrees, or 'mark' it with a warning.

    Raises:
        SettingsError: The engine of the settings runs networks of PyTorch alone.
        BundleError: No engine can run it, or its output is of another shape or not finite.
    """
    architecture = spec.networks_architecture
    assert isinstance(architecture, OnnxArchitecture)
    if not wanted:
        raise SettingsError(
            f'engine: {file} is an ONNX model, which PyTorch does not run: take onnxruntime or '
            'openvino'
        )
    name = stage_name(architecture)
    _, image = check_images(1 if spec.kind == 'thermal' else 3, spec.input_size)
    tensor = torch.from_numpy(image).permute(2, 0, 1)[None].to(device)
    output = LOGITS if name == SEMANTICS else DISPARITY

    def made(
        candidate: Candidate, bf16_share: float = 0.0, keep: bool = True
    ) -> tuple[Runner, dict[str, torch.Tensor]]:
        """Return a runner and its outputs; raises EngineError."""
        runner = _runner(spec, file, device, candidate, bf16_share, keep)
        raw = runner.raw(tensor).clone()
        found = {output: model_result(raw, architecture)}
        if problems := compare(found, found).problems:
            raise EngineError(f'{candidate}: {problems[0]}')
        if problem := implausible(raw, tensor, architecture):
            raise EngineError(problem)
        return runner, found

    failures: dict[Candidate, str] = {}
    plain: tuple[Runner, dict[str, torch.Tensor]] | None = None
    try:
        plain = made(_PLAIN)
    except EngineError as error:
        failures[_PLAIN] = str(error)
    for candidate in wanted:
        if plain is None and (candidate == _PLAIN or candidate.precision == MIXED):
            continue  # without ONNX Runtime there is nothing to search for parts against
        try:
            share = 0.0
            if plain and candidate.precision == MIXED:
                share = _share(spec, name, candidate, plain[1], made)
                candidate = dataclasses.replace(candidate, detail=mixed.words({name: share}))
            runner, found = plain if plain and candidate == _PLAIN else made(candidate, share)
        except EngineError as error:
            failures[candidate] = str(error)
            continue
        agreement = compare(plain[1] if plain else found, found)
        if not agreement.problems or policy == MARK:
            check = f'{agreement} from ONNX Runtime' if plain and candidate != _PLAIN else ''
            warnings = [f'{name} in {candidate}: {problem}' for problem in agreement.problems]
            return _prepared(name, runner, candidate, check, failures, warnings)
        failures[candidate] = f'{candidate}: {", ".join(agreement.problems)}'
    if plain is None:
        raise BundleError(file, list(failures.values()))
    warnings = [f'{name} runs in {_PLAIN.engine}: {text}' for text in failures.values()]
    return _prepared(name, plain[0], _PLAIN, '', failures, warnings)


def _share(
    spec: BundleSpec,
    name: str,
    candidate: Candidate,
    reference: Mapping[str, torch.Tensor],
    made: Callable[..., tuple[Runner, dict[str, torch.Tensor]]],
) -> float:
    """Return the share of a model that computes in bf16, as found now or at an earlier start.

    Args:
        spec: Description of its bundle.
        name: Its stage.
        candidate: The engine.
        reference: What ONNX Runtime computes.
        made: Makes a runner of a share, and runs it.

    Raises:
        EngineError: No part of it computes the same in bf16.
    """
    from thermal_depth_ros.inference.engines.openvino_runner import machine

    def passes(tried: Mapping[str, float]) -> bool:
        try:
            return not compare(reference, made(candidate, tried[name], False)[1]).problems
        except EngineError:  # it has no kernel for these layers in bf16
            return False

    file = cache.mixed_file(bundle_identity(spec), [name], spec.input_size)
    share = mixed.kept_or_found(file, [name], machine(), passes)[name]
    if not share:
        raise EngineError(f'{candidate}: no part of it computes the same in bf16')
    return share


def _prepared(
    name: str,
    runner: Runner,
    candidate: Candidate,
    check: str,
    failures: Mapping[Candidate, str],
    warnings: Sequence[str],
) -> Prepared:
    notes = tuple(f'{name}: {text}' for text in failures.values())
    checks = {name: check} if check else {}
    report = EngineReport({name: candidate}, checks, notes, tuple(warnings))
    return Prepared({name: runner}, report)


def _runner(
    spec: BundleSpec,
    file: Path,
    device: torch.device,
    candidate: Candidate,
    bf16_share: float,
    keep: bool,
) -> ModelRunner:
    architecture = spec.networks_architecture
    assert isinstance(architecture, OnnxArchitecture)
    height, width = spec.input_size
    shape = (1, architecture.channels, height, width)
    if architecture.layout == 'nhwc':
        shape = (1, height, width, architecture.channels)
    inner = file_runner(
        candidate,
        file,
        device,
        cpu_threads(),
        {architecture.input_name: shape},
        cache.writable_folder(candidate.engine) if keep else None,
        outputs=(architecture.output_name,),
        bf16_share=bf16_share,
    )
    return ModelRunner(inner, architecture)
