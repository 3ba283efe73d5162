# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The two stages of Fan et al. 2024 and the rows of its Table IV."""

from torch import nn

from thermal_depth_ros.base.settings import SettingsError
from thermal_depth_ros.networks.hybrid import HybridBackbone
from thermal_depth_ros.networks.stage_two import add_stage_two
from thermal_depth_ros.networks.trainable import Policy, freeze_normalisation, set_trainable
from thermal_depth_ros.training.engine.task import Stage
from thermal_depth_ros.training.thermal.config import (
    FINETUNE,
    FROZEN_STEM,
    NO_ADAPTERS,
    NO_STAGE2,
    TRAINED,
    ThermalTrainingConfig,
)
from thermal_depth_ros.training.thermal.start import BACKBONE, HEAD, POSE, ThermalStart

STAGE_ONE, STAGE_TWO, MOTION = 'stage1', 'stage2', 'motion'


def stages_of(method: ThermalTrainingConfig) -> tuple[Stage, ...]:
    """Return the stages of a variant, without those that have no epochs.

    Raises:
        SettingsError: None is left.
    """
    wanted = [Stage(STAGE_ONE, method.stage1_epochs)]
    if method.variant != NO_STAGE2:
        wanted.append(Stage(STAGE_TWO, method.stage2_epochs))
    wanted.append(Stage(MOTION, method.motion_epochs))
    stages = tuple(stage for stage in wanted if stage.epochs > 0)
    if not stages:
        raise SettingsError('stage1_epochs and stage2_epochs: both are 0, nothing is trained')
    return stages


def enter_stage(
    stage: Stage, start: ThermalStart, method: ThermalTrainingConfig, seed: int
) -> None:
    """Freeze, unfreeze and extend the depth network in place for a stage.

    Stage one trains the head, and the backbone only if it has random weights, with or without
    its stem. Stage two adds LoRA and convolutional adapters, which initially do not change the
    outputs, and trains them with the head; its variants train only the head, or the whole
    backbone. If only the pose network is trained, the whole depth network is frozen.

    Raises:
        SettingsError: The backbone does not support adapters, or has no stem.
    """
    if stage.name == MOTION:
        start.depth.requires_grad_(False)
        return
    policy = policy_of(stage, method)
    if policy == 'adapters':
        try:
            add_stage_two(
                start.depth, method.lora_rank, method.lora_alpha, method.adapter_channels, seed
            )
        except ValueError as error:
            raise SettingsError(f'stage two: {error}') from error
        start.architecture['adapter_channels'] = method.adapter_channels
    try:
        set_trainable(start.depth, policy)
    except ValueError as error:
        raise SettingsError(f'stage1_backbone: {error}') from error
    if slow_stem(stage, start, method) is not None:
        freeze_normalisation(start.depth.backbone)


def slow_stem(stage: Stage, start: ThermalStart, method: ThermalTrainingConfig) -> nn.Module | None:
    """Return the pre-trained stem in a stage that trains it after it was frozen; else None."""
    backbone = start.depth.backbone
    late = method.stage1_backbone == FROZEN_STEM and stage.name != MOTION
    if not late or policy_of(stage, method) != 'full':
        return None
    if not isinstance(backbone, HybridBackbone):
        return None
    stem: nn.Module = backbone.stem
    return stem


def policy_of(stage: Stage, method: ThermalTrainingConfig) -> Policy:
    """Return which weights of the depth network are trained: head, adapters (with head) or full."""
    if stage.name == STAGE_ONE:
        policies_one: dict[str, Policy] = {TRAINED: 'full', FROZEN_STEM: 'transformer'}
        return policies_one.get(method.stage1_backbone, 'head')
    policies: dict[str, Policy] = {NO_ADAPTERS: 'head', FINETUNE: 'full'}
    return policies.get(method.variant, 'adapters')


def trained_parts(stage: Stage, method: ThermalTrainingConfig) -> set[str]:
    """Return the parts that a stage trains completely."""
    if stage.name == MOTION:
        return {POSE}
    parts = {HEAD} | ({POSE} if method.trains_pose else set())
    whole = policy_of(stage, method) in ('full', 'transformer')
    return parts | ({BACKBONE} if whole else set())
