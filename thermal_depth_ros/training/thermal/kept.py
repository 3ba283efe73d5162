# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Whether a thermal training keeps the features of its frozen backbone, and those of a stage."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import nn

from thermal_depth_ros.base.settings import SettingsError
from thermal_depth_ros.networks.dpt_depth import DptDepthNet
from thermal_depth_ros.networks.thermal_input import depth_input
from thermal_depth_ros.networks.vit import Tap
from thermal_depth_ros.training.engine.config import ON, RunConfig
from thermal_depth_ros.training.engine.launch import local_process_count
from thermal_depth_ros.training.engine.task import Stage
from thermal_depth_ros.training.thermal.config import ThermalTrainingConfig
from thermal_depth_ros.training.thermal.stages import MOTION, policy_of
from thermal_depth_ros.training.video.kept_features import KeptFeatures, row_bytes, why_too_large

_VIEWS = 2  # of an image: as it is, and mirrored


def is_frozen(stage: Stage, method: ThermalTrainingConfig) -> bool:
    """Whether a stage runs a backbone that it does not train."""
    return stage.name != MOTION and policy_of(stage, method) == 'head'


@dataclasses.dataclass(frozen=True)
class FeaturePlan:
    """What is decided before the training.

    Attributes:
        kept: Whether stages with a frozen backbone keep its features.
        note: Why, in words; '' if no stage has a frozen backbone.
        entries: Number of images, each as it is and mirrored.
        taps: Taps of one image.
    """

    kept: bool
    note: str
    entries: int = 0
    taps: tuple[Tap, ...] = ()

    @classmethod
    def make(
        cls,
        method: ThermalTrainingConfig,
        run: RunConfig,
        stages: Sequence[Stage],
        depth: DptDepthNet,
        size: tuple[int, int],
        frames: int,
    ) -> 'FeaturePlan':
        """Decide for a training.

        Args:
            method: Method settings.
            run: Settings of the run, in whose output folder the file is.
            stages: Stages of the training.
            depth: Depth network.
            size: Height and width of the samples.
            frames: Number of images of the samples.
        """
        frozen = [stage for stage in stages if is_frozen(stage, method)]
        if not frozen:
            return cls(False, '')
        reason = _why_not(method, run, max(stage.epochs for stage in frozen))
        if not reason and _is_random(depth.backbone):
            reason = 'the backbone leaves out some of them at random'
        if not reason:
            taps = _taps_of_one(depth, size)
            entries = _VIEWS * frames
            needed = entries * row_bytes(taps) * local_process_count()  # each has a file
            reason = why_too_large(_existing(run), needed, method.keep_features_gb)
            if not reason:
                note = f'features of the frozen backbone are kept: {needed / 1e9:.3g} GB'
                return cls(
                    True, f'{note} for {frames} images, each as it is and mirrored', entries, taps
                )
        return cls(False, f'features of the frozen backbone are not kept: {reason}')

    def features(
        self, stage: Stage, method: ThermalTrainingConfig, run: RunConfig
    ) -> KeptFeatures | None:
        """Return an empty store for a stage; None where nothing is kept.

        Raises:
            SettingsError: The file cannot be made.
        """
        if not self.kept or not is_frozen(stage, method):
            return None
        try:
            Path(run.output).mkdir(parents=True, exist_ok=True)
            return KeptFeatures(Path(run.output), self.entries, self.taps)
        except OSError as error:
            raise SettingsError(
                f'keep_features_gb: {run.output}: {error.strerror or error}; 0 keeps no features'
            ) from error


def _why_not(method: ThermalTrainingConfig, run: RunConfig, epochs: int) -> str:
    """Return which setting is in the way, in words; '' for none."""
    from thermal_depth_ros.inference.device import select_device

    reasons = {
        'keep_features_gb is 0': method.keep_features_gb == 0,
        f'max_zoom is {method.max_zoom:g}': method.max_zoom > 1,
        'the backbone sees random cameras': any(method.strengths),
        'each image is seen once': epochs < 2,
        'a GPU computes them sooner than a file is read': select_device(run.device).type != 'cpu',
        'the step is compiled': run.compile == ON,
    }
    return next((reason for reason, there in reasons.items() if there), '')


def _existing(run: RunConfig) -> Path:
    """Return the output folder, or the first folder above it that exists."""
    folder = Path(run.output).absolute()
    return next(path for path in (folder, *folder.parents) if path.is_dir())


def _is_random(backbone: nn.Module) -> bool:
    """Whether a backbone gives other features of the same image in every step of training."""
    shares = ('p', 'drop_prob', 'prob')  # of Dropout, and of DropPath and PatchDropout of timm
    return any(
        'Drop' in type(module).__name__ and any(getattr(module, name, 0) for name in shares)
        for module in backbone.modules()
    )


@torch.no_grad()
def _taps_of_one(depth: DptDepthNet, size: tuple[int, int]) -> tuple[Tap, ...]:
    """Return the taps of one image of this size."""
    found: list[Tap] = []

    def features(image: torch.Tensor) -> list[Tap]:
        found[:] = depth.backbone(image)
        return found

    depth.eval()(depth_input(torch.zeros(1, 1, *size)), features)
    return tuple(found)
