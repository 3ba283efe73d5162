# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Makes the stages of a bundle ready to run: export, compile, check, and fall back."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import torch

from thermal_depth_ros.bundles.spec import BundleSpec
from thermal_depth_ros.inference.device import INT8, cpu_threads
from thermal_depth_ros.inference.engines import cache, mixed
from thermal_depth_ros.inference.engines.agreement import (
    COMPARED,
    Agreement,
    check_images,
    compare,
)
from thermal_depth_ros.inference.engines.file_runner import file_runner
from thermal_depth_ros.inference.engines.int8 import int8_file
from thermal_depth_ros.inference.engines.onnx_files import (
    ExportError,
    Shapes,
    bundle_identity,
    shapes_of,
    staleness,
    write_stage,
)
from thermal_depth_ros.inference.engines.references import NetworksNeededError, NotLoaded
from thermal_depth_ros.inference.engines.report import Candidate, EngineReport
from thermal_depth_ros.inference.engines.runner import (
    MIXED,
    TORCH,
    EngineError,
    Runner,
    TorchRunner,
)
from thermal_depth_ros.inference.engines.stages import (
    DEPTH,
    ENCODER,
    IMAGE,
    POSE,
    PREVIOUS,
    SEMANTICS,
    Stage,
)

MARK, REFUSE = 'mark', 'refuse'


@dataclasses.dataclass(frozen=True, eq=False)
class Prepared:
    """Runners of all stages, by name, and how they were found."""

    runners: Mapping[str, Runner]
    report: EngineReport


@dataclasses.dataclass(frozen=True, eq=False)
class _Choice:
    candidate: Candidate
    agreement: Agreement | None  # None for PyTorch, with which others are compared
    runners: Mapping[str, Runner]


class Workshop:
    """Makes runners for the stages of one bundle on one device."""

    def __init__(
        self,
        spec: BundleSpec,
        folder: Path,
        stages: Mapping[str, Stage],
        device: torch.device,
        references: Mapping[str, torch.Tensor] | None = None,
        *,
        batches: bool = False,
    ) -> None:
        """Keep what the stages are; nothing is made yet.

        Args:
            spec: Description of the bundle.
            folder: Its folder, which may hold exported files.
            stages: Its stages on the device, in the order of their names' use.
            device: Compute device.
            references: What PyTorch computes on the check images, by name of the output, if known:
                the stages then need no networks as long as no network has to run in PyTorch.
            batches: Whether the runners take any number of images at once, instead of one.
        """
        self._known, self._batches = references, batches
        self.references: dict[str, torch.Tensor] = {}  # what PyTorch has computed on them
        self._spec, self._folder, self._stages, self._device = spec, folder, stages, device
        self._identity = bundle_identity(spec)
        self._shares: dict[str, float] = {}  # in bf16 with mixed precision, by stage
        self.notes: list[str] = []

    def runner(self, stage: Stage, candidate: Candidate, shapes: Shapes) -> Runner:
        """Make what runs a stage on inputs of these shapes.

        Raises:
            EngineError: The engine cannot run it.
            ExportError: It cannot be exported.
        """
        if candidate.engine == TORCH:
            return TorchRunner(stage.module, self._device, candidate.precision)
        compiled = cache.writable_folder(candidate.engine)
        share = self._shares.get(stage.name, mixed.NOTHING)
        return self._compiled(stage, candidate, shapes, share, compiled)

    def _compiled(
        self,
        stage: Stage,
        candidate: Candidate,
        shapes: Shapes,
        share: float,
        compiled: Path | None,
    ) -> Runner:
        return file_runner(
            candidate,
            self._file(stage, candidate.precision, shapes),
            self._device,
            cpu_threads(),
            dict(zip(stage.inputs, shapes.fed, strict=True)),
            compiled,
            reuse_outputs=stage.name == ENCODER,  # not used beyond the frame
            bf16_share=share,
        )

    def _file(self, stage: Stage, precision: str, shapes: Shapes) -> Path:
        if precision == INT8:
            return self._int8_file(stage, shapes)
        return self._onnx_file(stage, shapes)

    def _int8_file(self, stage: Stage, shapes: Shapes) -> Path:
        """Return the quantised file of a stage, which only a recording can give."""
        file = int8_file(self._folder, stage.name)
        reason = staleness(file, stage, shapes, self._spec)
        if reason:
            raise EngineError(
                f'{reason}; `thermal-depth export {self._folder} --int8 BAG` makes it'
            )
        return file

    def _onnx_file(self, stage: Stage, shapes: Shapes) -> Path:
        """Return the exported file of a stage: beside the weights, from the cache, or made now."""
        beside = self._folder / f'{stage.name}.onnx'
        if beside.is_file():
            reason = staleness(beside, stage, shapes, self._spec)
            if not reason:
                return beside
            self.notes.append(f'not used, export it again: {reason}')
        kept = cache.onnx_file(self._identity, stage.name, shapes.inputs, shapes.dynamic_batch)
        if not kept.is_file() or staleness(kept, stage, shapes, self._spec):
            _need_networks([stage])
            try:
                write_stage(stage, shapes, self._spec, kept, self._device)
            except OSError as error:
                raise EngineError(f'{kept}: {error.strerror or error}') from error
        cache.used(kept)
        return kept

    @torch.inference_mode()
    def prepare(
        self, wanted: Sequence[Candidate], last: Candidate, policy: str, size: tuple[int, int]
    ) -> Prepared:
        """Choose an engine for each network, and make and check its runners.

        Args:
            wanted: What to try, in this order.
            last: PyTorch in the precision of the settings, where nothing else will do.
            policy: 'refuse' what disagrees with PyTorch, or 'mark' it with a warning.
            size: Height and width of the images.

        Raises:
            NetworksNeededError: The networks are not loaded, but have to be exported or run.
        """
        runners: dict[str, Runner] = {}
        engines, checks, warnings = {}, {}, []
        images = self._check_inputs(size)
        for name, stages in self._networks().items():
            fit = _for_motion(wanted) if name == POSE else wanted
            choice, failures = self._choose(stages, fit, policy, images)
            if choice is None:
                _need_networks(stages)
                plain = {
                    s.name: TorchRunner(s.module, self._device, last.precision) for s in stages
                }
                choice = _Choice(last, None, plain)
            engines[name] = choice.candidate
            runners |= choice.runners
            if choice.agreement is not None:
                checks[name] = str(choice.agreement)
                warnings += [
                    f'{name} in {choice.candidate}: {p}' for p in choice.agreement.problems
                ]
            self.notes += [f'{name}: {failure}' for failure in failures.values()]
            warnings += slower(name, choice.candidate.engine, fit, failures)
        report = EngineReport(engines, checks, tuple(self.notes), tuple(warnings))
        return Prepared(runners, report)

    @torch.inference_mode()
    def shapes(self, size: tuple[int, int]) -> dict[str, Shapes]:
        """Return the shapes of the inputs of every stage for images of a height and width."""
        values = self._check_inputs(size)
        found = {}
        for stage in self._stages.values():
            inputs = [values[name] for name in stage.inputs]
            found[stage.name] = shapes_of(inputs)
            values |= dict(zip(stage.outputs, stage.module(*inputs), strict=True))
        return found

    def _in_torch(self, stages: Sequence[Stage], precision: str) -> dict[str, Runner]:
        return {stage.name: TorchRunner(stage.module, self._device, precision) for stage in stages}

    def _networks(self) -> dict[str, list[Stage]]:
        """Return the stages that are checked together, by the name of their network."""
        listed = list(self._stages.values())
        if ENCODER not in self._stages:
            return {stage.name: [stage] for stage in listed}
        together = [stage for stage in listed if stage.name != POSE]
        name = ' and '.join(s.name for s in together if s.name in (DEPTH, SEMANTICS))
        alone = {stage.name: [stage] for stage in listed if stage.name == POSE}
        return {name: together, **alone}

    def _check_inputs(self, size: tuple[int, int]) -> dict[str, torch.Tensor]:
        meaning = next(iter(self._stages.values())).inputs[IMAGE]
        channels = 1 if '(N, 1,' in meaning else 3
        tensors = (
            torch.from_numpy(image).permute(2, 0, 1)[None].contiguous().to(self._device)
            for image in check_images(channels, size)
        )
        return dict(zip((PREVIOUS, IMAGE), tensors, strict=True))

    def _choose(
        self,
        stages: Sequence[Stage],
        wanted: Sequence[Candidate],
        policy: str,
        images: Mapping[str, torch.Tensor],
    ) -> tuple[_Choice | None, dict[Candidate, str]]:
        """Return the first candidate that will do, and why those before it will not."""
        failures: dict[Candidate, str] = {}
        reference = self._reference(stages, images) if wanted else {}
        for candidate in wanted:
            try:
                if candidate.precision == MIXED:
                    candidate = self._mixed(stages, candidate, images, reference)
                runners, found = self._try(stages, candidate, images)
            except (EngineError, ExportError) as error:
                failures[candidate] = str(error)
                continue
            agreement = compare(reference, found)
            if not agreement.problems or (agreement.finite and policy == MARK):
                return _Choice(candidate, agreement, runners), failures
            failures[candidate] = f'{candidate}: {", ".join(agreement.problems)}'
        return None, failures

    def _reference(
        self, stages: Sequence[Stage], images: Mapping[str, torch.Tensor]
    ) -> Mapping[str, torch.Tensor]:
        """Return what PyTorch computes in fp32."""
        if self._known is not None:
            return self._known
        _, found = self._try(stages, Candidate(TORCH, 'fp32'), images)
        self.references |= {name: found[name] for name in COMPARED if name in found}
        return found

    def _try(
        self, stages: Sequence[Stage], candidate: Candidate, images: Mapping[str, torch.Tensor]
    ) -> tuple[dict[str, Runner], dict[str, torch.Tensor]]:
        """Make the runners of a network and run them once, which warms them up as well."""
        return self._run(stages, lambda s, shapes: self.runner(s, candidate, shapes), images)

    def _mixed(
        self,
        stages: Sequence[Stage],
        candidate: Candidate,
        images: Mapping[str, torch.Tensor],
        reference: Mapping[str, torch.Tensor],
    ) -> Candidate:
        """Set which parts of a network compute in bf16, as found now or at an earlier start.

        Raises:
            EngineError: None of them computes the same in bf16.
            ExportError: It cannot be exported.
        """
        from thermal_depth_ros.inference.engines.openvino_runner import machine

        names = [stage.name for stage in stages]
        made: dict[tuple[str, float], Runner] = {}

        def passes(tried: Mapping[str, float]) -> bool:
            """Whether the network computes the same; what it takes is kept for other tries."""

            def make(stage: Stage, shapes: Shapes) -> Runner:
                key = stage.name, tried[stage.name]
                if key not in made:
                    made[key] = self._compiled(stage, candidate, shapes, key[1], None)
                return made[key]

            try:
                return not compare(reference, self._run(stages, make, images)[1]).problems
            except EngineError:  # it has no kernel for these layers in bf16
                return False

        file = cache.mixed_file(self._identity, names, images[IMAGE].shape[-2:])
        shares = mixed.kept_or_found(file, names, machine(), passes)
        if not any(shares.values()):
            raise EngineError(f'{candidate}: no part of it computes the same in bf16')
        self._shares |= shares
        return dataclasses.replace(candidate, detail=mixed.words(shares))

    def _run(
        self,
        stages: Sequence[Stage],
        make: Callable[[Stage, Shapes], Runner],
        images: Mapping[str, torch.Tensor],
    ) -> tuple[dict[str, Runner], dict[str, torch.Tensor]]:
        """Make the runners of stages and return their outputs by name as well."""
        values = dict(images)
        runners: dict[str, Runner] = {}
        for stage in stages:
            inputs = [values[name] for name in stage.inputs]
            runner = make(stage, shapes_of(inputs, self._batches))
            outputs = runner(inputs)
            values |= dict(zip(stage.outputs, (one.clone() for one in outputs), strict=True))
            runners[stage.name] = runner
        return runners, {name: tensor for name, tensor in values.items() if name not in images}


def _need_networks(stages: Sequence[Stage]) -> None:
    for stage in stages:
        if isinstance(stage.module, NotLoaded):
            raise NetworksNeededError(f'{stage.name}: its network is not loaded')


def _for_motion(wanted: Sequence[Candidate]) -> list[Candidate]:
    """Leave out what is less exact where there is a choice: odometry adds up every motion."""
    wanted = [
        dataclasses.replace(one, precision='fp32') if one.precision == INT8 else one
        for one in wanted
    ]
    exact = {one.engine for one in wanted if one.precision == 'fp32'}
    return [one for one in wanted if one.precision == 'fp32' or one.engine not in exact]


def slower(
    name: str, taken: str, wanted: Sequence[Candidate], failures: Mapping[Candidate, str]
) -> list[str]:
    """Say which faster engine failed; that it takes another precision is no news."""
    last = {one.engine: failures[one] for one in wanted if one in failures and one.engine != taken}
    return [f'{name} runs in {taken}, not in {engine}: {text}' for engine, text in last.items()]
