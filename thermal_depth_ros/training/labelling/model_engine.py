# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Models of transformers in the engines of the nodes, where they can be exported and agree."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from torch import nn

from thermal_depth_ros.inference.device import cpu_threads
from thermal_depth_ros.inference.engines import cache
from thermal_depth_ros.inference.engines.agreement import compare
from thermal_depth_ros.inference.engines.candidates import candidates
from thermal_depth_ros.inference.engines.file_runner import file_runner
from thermal_depth_ros.inference.engines.onnx_files import (
    FORMAT,
    ExportError,
    Shapes,
    read_metadata,
    write_described,
)
from thermal_depth_ros.inference.engines.report import Candidate, EngineReport
from thermal_depth_ros.inference.engines.runner import EngineError, Runner, Tensors, TorchRunner
from thermal_depth_ros.inference.engines.stages import Stage
from thermal_depth_ros.inference.engines.workshop import slower
from thermal_depth_ros.training.teacher_engine import IN_TORCH

_PIXELS, _IDENTITY = 'pixels', 'identity'
Compared = Callable[[Tensors], Mapping[str, torch.Tensor]]


class NamedOutputs(nn.Module):
    """Some outputs of a model as a tuple.

    Args:
        model: The model.
        names: Attributes of its result.
        task: Token ids (1, T) of what OneFormer is asked for; None for all others.
    """

    task: torch.Tensor | None

    def __init__(self, model: Any, names: Sequence[str], task: torch.Tensor | None = None) -> None:
        super().__init__()
        self.model, self.names = model, tuple(names)
        self.register_buffer('task', task, persistent=False)

    def forward(self, pixels: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Return the outputs for images (B, 3, h, w), normalised."""
        options = {} if self.task is None else {'task_inputs': self.task.expand(len(pixels), -1)}
        result = self.model(pixel_values=pixels, **options)
        return tuple(getattr(result, name) for name in self.names)


class ModelEngine:
    """Runs a model; images of a new size are run in every engine that is tried, and compared.

    Args:
        identity: Text that identifies model and weights.
        what: Its network in words, such as 'depth'.
        module: The model.
        device: Compute device.
        engine: Setting of that name.
        compared: Turns outputs into what `agreement.compare` knows.

    Attributes:
        report: What ran the latest new size of images, and what was not taken.

    Raises:
        SettingsError: The engine cannot run here.
    """

    def __init__(
        self,
        identity: str,
        what: str,
        module: NamedOutputs,
        device: torch.device,
        engine: str,
        compared: Compared,
    ) -> None:
        # In fp32, as all teachers; see `open_engine`.
        self._wanted = candidates(engine, 'fp32', device)
        self._what, self._device, self._compared = what, device, compared
        described = f'{FORMAT} {identity} torch {torch.__version__} {version("transformers")}'
        self._identity = hashlib.sha256(described.encode()).hexdigest()[:32]
        outputs = dict.fromkeys(module.names, 'as its family defines it')
        meaning = {_PIXELS: 'images (N, 3, H, W), normalised'}
        self._stage = Stage(what, module.to(device).eval(), meaning, outputs)
        self._plain = TorchRunner(self._stage.module, device, 'fp32')
        self._runners: dict[tuple[int, ...], Runner] = {}
        self.report = EngineReport({what: IN_TORCH})

    @torch.inference_mode()
    def __call__(self, pixels: torch.Tensor) -> Tensors:
        """Return the outputs for images (B, 3, h, w), normalised."""
        size = tuple(pixels.shape[1:])
        if size not in self._runners:
            self._runners[size] = self._chosen(pixels)
        return self._runners[size]([pixels])

    def _chosen(self, pixels: torch.Tensor) -> Runner:
        """Return the first runner that computes what PyTorch computes."""
        failures: dict[Candidate, str] = {}
        expected = self._compared(self._plain([pixels])) if self._wanted else {}
        for candidate in self._wanted:
            try:
                runner = self._runner(candidate, tuple(pixels.shape[1:]))
                agreement = compare(expected, self._compared(runner([pixels])))
            except (EngineError, ExportError) as error:
                failures[candidate] = str(error)
                continue
            if not agreement.problems:
                self._report(candidate, {self._what: str(agreement)}, failures)
                return runner
            failures[candidate] = f'{candidate}: {", ".join(agreement.problems)}'
        self._report(IN_TORCH, {}, failures)
        return self._plain

    def _report(
        self, taken: Candidate, checks: Mapping[str, str], failures: Mapping[Candidate, str]
    ) -> None:
        notes = tuple(f'{self._what}: {text}' for text in failures.values())
        warnings = tuple(slower(self._what, taken.engine, self._wanted, failures))
        self.report = EngineReport({self._what: taken}, checks, notes, warnings)

    def _runner(self, candidate: Candidate, size: tuple[int, ...]) -> Runner:
        """Raise EngineError or ExportError where an engine cannot run the model."""
        shapes = Shapes(((1, *size),), dynamic_batch=True)
        inputs = dict(zip((_PIXELS,), shapes.fed, strict=True))
        compiled = cache.writable_folder(candidate.engine)
        file = self._file(shapes)
        return file_runner(candidate, file, self._device, cpu_threads(), inputs, compiled)

    def _file(self, shapes: Shapes) -> Path:
        """Return the exported file, which is made where it is not there."""
        file = cache.onnx_file(self._identity, self._what, shapes.inputs, dynamic_batch=True)
        if not self._is_whole(file):
            try:
                described = {_IDENTITY: self._identity}
                write_described(self._stage, shapes, described, file, self._device)
            except OSError as error:
                raise EngineError(f'{file}: {error.strerror or error}') from error
        cache.used(file)
        return file

    def _is_whole(self, file: Path) -> bool:
        try:
            return read_metadata(file).get(_IDENTITY) == self._identity
        except ExportError:
            return False
