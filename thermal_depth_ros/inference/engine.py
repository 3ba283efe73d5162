# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The networks of one bundle on one device, in the fastest engine that computes the same."""

import contextlib
import threading
import weakref
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn

from thermal_depth_ros.base.errors import ThermalDepthError
from thermal_depth_ros.bundles.errors import BundleError
from thermal_depth_ros.bundles.find import find_bundle
from thermal_depth_ros.bundles.sections import Calibration, StoredModel, StoredWeights
from thermal_depth_ros.bundles.spec import SPEC_FILE, BundleSpec, read_spec
from thermal_depth_ros.bundles.store import Bundle, check_kind, check_model, load_bundle
from thermal_depth_ros.frames.config import CameraConfig
from thermal_depth_ros.frames.frame import CameraFrame, MetricScale
from thermal_depth_ros.geometry.focal import mean_focal_px
from thermal_depth_ros.inference.device import select_device, select_precision, use_threads
from thermal_depth_ros.inference.engines import references
from thermal_depth_ros.inference.engines.borrowed_pose import BorrowedPose
from thermal_depth_ros.inference.engines.candidates import candidates
from thermal_depth_ros.inference.engines.model import prepare_model
from thermal_depth_ros.inference.engines.onnx_files import Shapes, shapes_of
from thermal_depth_ros.inference.engines.references import NetworksNeededError, References
from thermal_depth_ros.inference.engines.report import Candidate
from thermal_depth_ros.inference.engines.runner import TORCH, Runner
from thermal_depth_ros.inference.engines.stages import POSE, Stage, stages_of
from thermal_depth_ros.inference.engines.workshop import MARK, Prepared, Workshop
from thermal_depth_ros.networks.architecture import (
    EXACT,
    LOWER_BOUND,
    DptArchitecture,
    OnnxArchitecture,
    OutputArchitecture,
    TranslationArchitecture,
)
from thermal_depth_ros.networks.dpt_depth import DptDepthNet
from thermal_depth_ros.networks.padding import lower_bound_size, upper_bound_size

Observer = Callable[[str, tuple[torch.Tensor, ...]], None]

# Several cameras of one kind share one copy of the networks.
_Key = tuple[Path, str, str, int]
_in_use: 'weakref.WeakValueDictionary[_Key, Bundle]' = weakref.WeakValueDictionary()
_loading = threading.Lock()


def shared_bundle(name_or_path: str, device: torch.device, kind: str) -> Bundle:
    """Load a bundle onto a device, or return a copy that is still in use.

    A bundle that was replaced on disk is reloaded, as its modification time has changed.

    Raises:
        BundleError: See `load_bundle`.
    """
    path = find_bundle(name_or_path).resolve()
    key = (path, str(device), kind, (path / SPEC_FILE).stat().st_mtime_ns)
    with _loading:
        bundle = _in_use.get(key)
        if bundle is None:
            bundle = load_bundle(path, device, kind)
            # Convolutions run about a third faster on the CPU with the channels innermost.
            for network in bundle.networks.values():
                network.to(memory_format=torch.channels_last)
            _in_use[key] = bundle
        return bundle


class Engine:
    """Device, precision and networks, independent of their purpose."""

    _bundle: Bundle | None  # keeps the networks, as long as PyTorch may have to run them
    _stages: Mapping[str, Stage]
    observer: Observer | None = None  # is told the inputs of every stage that is run

    def __init__(
        self,
        kind: str,
        config: CameraConfig,
        *,
        only: Collection[str] = (),
        batches: bool = False,
    ) -> None:
        """Load the bundle of a configuration onto its device, and compile and check its networks.

        Args:
            kind: Required kind of bundle.
            config: Bundle, device, engine, precision and threads.
            only: Names of the stages that will be run; all of them without any.
            batches: Whether any number of images is run at once, instead of one.

        Raises:
            SettingsError: The device, engine or precision is not available.
            BundleError: The bundle cannot be found or loaded, or is for another kind of camera.
        """
        self.device = select_device(config.device)
        self.precision = select_precision(config.precision, self.device)
        use_threads(config.threads)
        wanted = candidates(config.engine, config.precision, self.device)
        path = find_bundle(config.bundle).resolve()
        self.spec = read_spec(path)
        self._architecture = self.spec.networks_architecture
        self._focal_px = self.spec.focal_px
        self._only, self._batches = frozenset(only), batches
        # Whether images are of any size, instead of that of the bundle.
        self._any_size = takes_any_aspect(self.spec) or isinstance(
            self._architecture, TranslationArchitecture
        )
        self.estimates_motion = False
        self._patch_size = 1
        self._kind, self._path = kind, path
        self._runners_by_shapes: dict[tuple[str, Shapes], Runner] = {}
        self._forget_networks()
        policy = config.engine_check
        if config.precision not in ('auto', 'fp32'):
            policy = MARK  # it is what was asked for
        if isinstance(self._architecture, OnnxArchitecture):
            prepared = self._open_model(kind, path, wanted, policy)
        else:
            prepared = self._open_networks(wanted, policy)
        self._runners = dict(prepared.runners)
        self.report = prepared.report
        if all(one.engine != TORCH for one in self._runners.values()):
            self._forget_networks()

    def _open_networks(self, wanted: Sequence[Candidate], policy: str) -> Prepared:
        known = self._open_known(wanted, policy)
        if known is not None:
            return known
        self._load_networks()
        plain = Candidate(TORCH, self.precision)
        size = self.fitted_size(self.input_size)
        prepared = self._workshop.prepare(wanted, plain, policy, size)
        if self._keeps_references and not self._only and self._workshop.references:
            kept = References(self._stages, self._workshop.references, self._patch_size)
            references.write(self.spec, self.input_size, kept)
        return prepared

    def _load_networks(self) -> None:
        bundle = shared_bundle(str(self._path), self.device, self._kind)
        self.spec = bundle.spec
        self.estimates_motion = 'pose' in bundle.networks
        self._patch_size = patch_size(bundle.networks)
        self._stages = self._chosen(stages_of(self.spec, bundle.networks))
        self._workshop = Workshop(
            self.spec, bundle.path, self._stages, self.device, batches=self._batches
        )
        self._bundle = bundle

    def _chosen(self, stages: Mapping[str, Stage]) -> dict[str, Stage]:
        return {
            name: stage for name, stage in stages.items() if not self._only or name in self._only
        }

    @property
    def _keeps_references(self) -> bool:
        return isinstance(self.spec.weights, StoredWeights) and self.device.type == 'cpu'

    def _open_known(self, wanted: Sequence[Candidate], policy: str) -> Prepared | None:
        """Prepare without building the networks; None where they are needed."""
        keeps = wanted and self._keeps_references
        known = references.read(self.spec, self.input_size) if keeps else None
        if known is None or self.spec.kind != self._kind:
            return None
        assert isinstance(self.spec.weights, StoredWeights)
        check_model(self._path, self.spec.weights)
        self._patch_size = known.patch_size
        workshop = Workshop(
            self.spec,
            self._path,
            self._chosen(known.stages),
            self.device,
            known.outputs,
            batches=self._batches,
        )
        plain = Candidate(TORCH, self.precision)
        try:
            prepared = workshop.prepare(wanted, plain, policy, self.fitted_size(self.input_size))
        except NetworksNeededError:
            return None
        self.estimates_motion = POSE in known.stages
        return prepared

    def _open_model(
        self, kind: str, path: Path, wanted: Sequence[Candidate], policy: str
    ) -> Prepared:
        check_kind(path, self.spec, kind)
        assert isinstance(self.spec.weights, StoredModel)
        check_model(path, self.spec.weights)
        file = path / self.spec.weights.file
        prepared = prepare_model(self.spec, file, self.device, wanted, policy)
        assert isinstance(self._architecture, OnnxArchitecture)
        if not self._architecture.pose_bundle:
            return prepared
        self.estimates_motion = True
        return self._with_pose(prepared, self._architecture.pose_bundle, wanted, policy)

    def _with_pose(
        self, model: Prepared, lender: str, wanted: Sequence[Candidate], policy: str
    ) -> Prepared:
        """Add the pose network of another bundle."""
        bundle = shared_bundle(lender, self.device, self.spec.kind)
        stages = stages_of(bundle.spec, bundle.networks)
        if POSE not in stages:
            raise BundleError(bundle.path, ['it has no pose network to borrow'])
        shop = Workshop(bundle.spec, bundle.path, {POSE: stages[POSE]}, self.device)
        plain = Candidate(TORCH, self.precision)
        pose = shop.prepare(wanted, plain, policy, bundle.spec.input_size)
        runner = BorrowedPose(pose.runners[POSE], bundle.spec, self.spec)
        return Prepared({**model.runners, POSE: runner}, model.report.joined(pose.report))

    @property
    def input_size(self) -> tuple[int, int]:
        """Input height and width of the networks."""
        height, width = self.spec.input_size
        return height, width

    @property
    def input_fit(self) -> str:
        """How an image is made to fit the input size, one of INPUT_FITS."""
        architecture = self._architecture
        return architecture.input_fit if isinstance(architecture, DptArchitecture) else EXACT

    def fitted_size(self, size: tuple[int, int]) -> tuple[int, int]:
        """Return height and width of what the networks are fed for an image of this size."""
        return fitted_size(self.spec, self._patch_size, size) if self._any_size else self.input_size

    @property
    def scale(self) -> MetricScale:
        """Metric scale of the bundle."""
        scale = self.spec.scale
        return MetricScale(scale.factor, scale.metric, f'bundle ({scale.source})')

    def focal_ratio(self, frame: CameraFrame, size: tuple[int, int]) -> float:
        """Return the focal length of a camera relative to that of the canonical camera.

        It is 1 where either is not known; see `geometry.focal`.

        Args:
            frame: Image with its camera.
            size: Height and width of what the networks are fed.
        """
        camera, canonical_px = frame.camera, self._focal_px
        if camera is None or canonical_px is None or frame.calibration_problem:
            return 1.0
        height, width = size
        return mean_focal_px(camera.resized(width, height).K) / canonical_px

    @property
    def calibration(self) -> Calibration:
        """Corrections of probabilities and covariances; empty if the bundle has none."""
        return self.spec.calibration or Calibration()

    @property
    def relative(self) -> str:
        """Formula of depth if the networks give it up to scale and shift alone, otherwise ''."""
        architecture = self._architecture
        if not isinstance(architecture, OutputArchitecture) or not self.spec.relative:
            return ''
        return f'1 / ({architecture.output_scale:g} x + {architecture.output_shift:g})'

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Disable gradients within the context."""
        with torch.inference_mode():
            yield

    def run(self, stage: str, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Return the outputs of a stage, float32; see `stages_of`.

        Those of the stage 'encoder' are valid until it is run again.
        """
        if self.observer is not None:
            self.observer(stage, inputs)
        runner = self._runners[stage]
        if self._any_size and runner.engine != TORCH:
            runner = self._runner_for(stage, inputs)
        return runner(inputs)

    def _runner_for(self, stage: str, inputs: tuple[torch.Tensor, ...]) -> Runner:
        """Return the runner for inputs of these shapes, which is made at the first of them."""
        checked = self.fitted_size(self.input_size)
        if all(one.shape[-2:] == checked for one in inputs):
            return self._runners[stage]
        shapes = shapes_of([one[:1] for one in inputs] if self._batches else inputs, self._batches)
        known = self._runners_by_shapes.get((stage, shapes))
        if known is None:
            if stage not in self._stages:  # it was known without them
                self._load_networks()
            prepared = self._runners[stage]
            candidate = Candidate(prepared.engine, prepared.precision)
            try:
                known = self._workshop.runner(self._stages[stage], candidate, shapes)
            except ThermalDepthError:  # it could run another size: PyTorch runs all
                plain = Candidate(TORCH, self.precision)
                known = self._workshop.runner(self._stages[stage], plain, shapes)
            self._runners_by_shapes[stage, shapes] = known
        return known

    def tensor(self, array: np.ndarray) -> torch.Tensor:
        """Return an image (H, W) or (H, W, C) as a tensor (1, C, H, W) on the device."""
        planes = array[..., None] if array.ndim == 2 else array
        return torch.from_numpy(planes).to(self.device).permute(2, 0, 1)[None]

    def synchronise(self) -> None:
        """Wait until the device has finished."""
        if self.device.type == 'cuda':
            torch.cuda.synchronize(self.device)

    def close(self) -> None:
        """Release the networks; the last user frees their memory."""
        self._runners, self._runners_by_shapes = {}, {}
        self._forget_networks()
        if self.device.type == 'cuda':
            torch.cuda.empty_cache()

    def _forget_networks(self) -> None:
        self._bundle = None
        self._stages = {}
        self._workshop = Workshop(self.spec, Path(), {}, self.device)


def patch_size(networks: Mapping[str, nn.Module]) -> int:
    """Return the sides of the patches of a vision transformer, pixels; 1 where there is none."""
    depth = networks.get('depth')
    return depth.backbone.patch_size if isinstance(depth, DptDepthNet) else 1


def takes_any_aspect(spec: BundleSpec) -> bool:
    """Whether the networks of a bundle are fed images of any aspect ratio."""
    architecture = spec.networks_architecture
    return isinstance(architecture, DptArchitecture) and architecture.input_fit != EXACT


def fitted_size(spec: BundleSpec, patch: int, size: Sequence[int]) -> tuple[int, int]:
    """Return height and width of what networks are fed for an image.

    Args:
        spec: Description of their bundle.
        patch: See `patch_size`.
        size: Height and width of the image.
    """
    if not takes_any_aspect(spec):
        height, width = spec.input_size
        return height, width
    architecture = spec.networks_architecture
    assert isinstance(architecture, DptArchitecture)
    scaled = lower_bound_size if architecture.input_fit == LOWER_BOUND else upper_bound_size
    return scaled(size, spec.input_size, patch)
