# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Checks for settings of thermal training that fail with any recording."""

from thermal_depth_ros.base.settings import SettingsError
from thermal_depth_ros.networks.architecture import OnnxArchitecture
from thermal_depth_ros.samples.config import NONE, DataConfig
from thermal_depth_ros.training.engine.config import RunConfig
from thermal_depth_ros.training.thermal.config import (
    ALL_PARTS,
    FROZEN,
    FROZEN_STEM,
    NO_PRETRAIN,
    ThermalTrainingConfig,
)
from thermal_depth_ros.training.video.config import data_problems

TINY = 'tiny'  # networks for tests only
_FROZEN = (
    '{what}, and stage one does not train it, so that nothing useful is learned; use trained '
    'weights (--start-bundle, as import-weights makes of DINOv2), or train it '
    '(--stage1-backbone trained, or frozen_stem after --encoder-weights), or ask for it '
    '(--freeze-random-backbone)'
)


def contradictions(data: DataConfig, method: ThermalTrainingConfig, run: RunConfig) -> list[str]:
    """Name contradictions between settings of the data, the method and the run."""
    problems = []
    if not method.start_bundle and method.architecture != TINY and _freezes(method):
        what = f'architecture: the backbone of {method.architecture} has random weights'
        problems.append(_FROZEN.format(what=what))
    given = method.start_bundle or method.encoder_weights or method.freeze_random_backbone
    if method.stage1_backbone == FROZEN_STEM and not given:
        problems.append(
            'stage1_backbone: frozen_stem needs a trained stem; give encoder_weights or '
            'start_bundle'
        )
    if problem := too_few_pixels(method, run, data.width, data.height):
        problems.append(problem)
    problems += data_problems(data, method)
    if method.velocity_weight > 0 and data.twist_topic == NONE:
        problems.append('velocity_weight: needs a twist for every image, but twist_topic is none')
    return problems


def too_few_pixels(method: ThermalTrainingConfig, run: RunConfig, width: int, height: int) -> str:
    """Report that no batch can have enough valid pixels for a loss; '' otherwise."""
    pixels = run.batch_size * height * width
    if method.min_valid_elements < pixels:
        return ''
    return (
        f'min_valid_elements: {method.min_valid_elements} is not below the {pixels} pixels of '
        'a batch, so that nothing would be learned'
    )


def check_start(method: ThermalTrainingConfig) -> None:
    """Check the initial networks, without their weights.

    Raises:
        SettingsError: The architecture is invalid or an ONNX model, a random backbone would be
            frozen, or metres would be learned from depth whose scale is a guess.
        BundleError: The bundle cannot be found, or its description is bad.
    """
    from thermal_depth_ros.bundles import find_bundle, read_spec
    from thermal_depth_ros.training.thermal.start import BACKBONE, check_architecture, untrained_in

    if not method.start_bundle:
        check_architecture(method.architecture, method.encoder_weights)
        return
    spec = read_spec(find_bundle(method.start_bundle))
    if spec.kind != 'thermal':
        raise SettingsError(
            f'start_bundle: {method.start_bundle} is of kind {spec.kind}, not thermal'
        )
    if isinstance(spec.networks_architecture, OnnxArchitecture):
        raise SettingsError(
            f'start_bundle: {method.start_bundle} is an ONNX model, which can be run and '
            'evaluated, but not trained'
        )
    if BACKBONE in untrained_in(spec) and _freezes(method):
        what = f'start_bundle: the backbone of {method.start_bundle} is untrained'
        raise SettingsError(_FROZEN.format(what=what))
    if spec.relative and method.start_parts == ALL_PARTS and _learns_from_poses_alone(method):
        raise SettingsError(
            f'start_bundle: {relative_problem(method.start_bundle)}; or start a new head '
            '(--start-parts backbone), or leave the scale unknown (--pose-source network)'
        )


def relative_problem(bundle: str) -> str:
    """Say that a bundle of relative depth cannot learn metres yet, and which command helps."""
    return (
        f'the depth of {bundle} is relative: its scale and shift are guesses, from which poses '
        f'in metres cannot be learned. Find both first: thermal-depth fit-scale {bundle} --bags '
        'BAG ... -o FITTED'
    )


def _learns_from_poses_alone(method: ThermalTrainingConfig) -> bool:
    """Whether recorded poses, and no true depth, tell the network what a metre is."""
    return method.uses_poses and method.depth_weight == 0


def _freezes(method: ThermalTrainingConfig) -> bool:
    """Whether stage one freezes the backbone without freeze_random_backbone."""
    wanted = method.freeze_random_backbone or method.variant == NO_PRETRAIN
    return method.stage1_epochs > 0 and method.stage1_backbone == FROZEN and not wanted
