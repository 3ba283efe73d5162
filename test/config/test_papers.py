# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The configurations of both papers give their networks, splits and schedules at full size."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from torch import nn

from thermal_depth_ros.networks.build import blueprint_networks
from thermal_depth_ros.networks.stage_two import add_stage_two
from thermal_depth_ros.networks.trainable import set_trainable
from thermal_depth_ros.training.engine.sampler import BatchSampler
from thermal_depth_ros.training.engine.task import Stage
from thermal_depth_ros.training.registry import task_kind
from thermal_depth_ros.training.rgb.config import RgbTrainingConfig
from thermal_depth_ros.training.rgb.monocular_config import DepthTeacherConfig
from thermal_depth_ros.training.thermal.config import ThermalTrainingConfig
from thermal_depth_ros.training.thermal.stages import policy_of, stages_of
from thermal_depth_ros.training.thermal.start import PRESETS
from thermal_depth_ros.training.translation.config import (
    TranslationDataConfig,
    TranslationTrainingConfig,
)

FOLDER = Path(__file__).parents[2] / 'config' / 'papers'
DATA_SETS = ('robotcar', 'nuscenes')
CITYSCAPES_CLASSES = 19


def configs(name: str) -> tuple[Any, ...]:
    """Return data, method and run of a file, exactly as it stands."""
    values = yaml.safe_load((FOLDER / f'{name}.yaml').read_text('utf-8'))
    built = task_kind(values['task']).build(values)
    said = {key: value for config in built for key, value in vars(config).items()}
    for key, value in values.items():
        assert said[key] == (tuple(value) if isinstance(value, list) else value), key
    return built


def parameters(*modules: nn.Module) -> int:
    return sum(p.numel() for module in modules for p in module.parameters())


def trainable(*modules: nn.Module) -> int:
    return sum(p.numel() for module in modules for p in module.parameters() if p.requires_grad)


def test_the_files_are_those_that_the_documentation_names() -> None:
    parts = [f'depthsegnet24_{data}{part}' for data in DATA_SETS for part in PARTS]
    assert {path.stem for path in FOLDER.iterdir()} == {'fan2024_vivid', *parts}


PARTS = ('', '_teacher', '_translation')


def test_dpt_depth_has_the_sizes_of_the_paper() -> None:
    data, method, run = configs('fan2024_vivid')
    assert isinstance(method, ThermalTrainingConfig)
    assert (data.width, data.height) == (320, 256) and data.frame_interval == 5
    assert method.start_parts == 'backbone' and not any(method.strengths)
    networks = blueprint_networks('thermal', PRESETS['paper'])
    depth, pose = networks['depth'], networks['pose']
    assert all(p.is_meta for network in networks.values() for p in network.parameters())
    assert parameters(depth) == 86_580_480 + 24_193_921
    assert parameters(pose) == 12_486_406
    first, second = stages_of(method)
    assert policy_of(first, method) == 'head'
    set_trainable(depth, 'head')
    assert trainable(depth, pose) == 36_680_327
    assert policy_of(second, method) == 'adapters'
    add_stage_two(depth, method.lora_rank, method.lora_alpha, method.adapter_channels, run.seed)
    set_trainable(depth, 'adapters')
    # LoRA 147,456 and convolutional adapters 672,816.
    assert trainable(depth, pose) == 36_680_327 + 147_456 + 672_816


def test_dpt_depth_has_the_schedule_of_the_paper() -> None:
    data, method, run = configs('fan2024_vivid')
    assert stages_of(method) == (Stage('stage1', 400), Stage('stage2', 400))
    assert len(data.bags) == 2 and data.validation_bags and method.validation_limit == 0
    # 2225 images of two drives, without the five at each end that have no neighbour.
    sampler = BatchSampler(stages_of(method), 2225 - 2 * 2 * 5, run.batch_size, run.seed)
    assert sampler.steps_per_epoch == 551
    assert sampler.total_steps == 800 * 551
    assert sampler.first_step(1) == 400 * 551
    assert method.learning_rate == 1e-4 and method.stage2_learning_rate == 0
    assert {method.rate_factor(step, 551, 400) for step in (0, 1000, 400 * 551 - 1)} == {1.0}
    assert (method.smoothness_weight, method.geometry_weight, method.alpha) == (0.1, 0.5, 0.85)


@pytest.mark.parametrize('name', DATA_SETS)
def test_day_and_night_have_the_sizes_of_the_paper(name: str) -> None:
    data, method, run = configs(f'depthsegnet24_{name}')
    assert isinstance(method, RgbTrainingConfig)
    assert (data.width, data.height, run.batch_size) == (576, 320, 4)
    networks = blueprint_networks('rgb', method.architecture(CITYSCAPES_CLASSES))
    network, pose = networks['depthseg'], networks['pose']
    assert all(p.is_meta for p in network.parameters())
    # Table 4 prints 0.167, 11.177, 3.153 and 3.192 million.
    sizes = [166_787, 11_176_512, 3_152_724, 3_191_676]
    parts = (network.light, network.encoder, network.depth_decoder, network.seg_decoder)
    assert [parameters(part) for part in parts] == sizes
    assert parameters(network) == 17_687_699
    assert parameters(pose) == 11_185_920 + 1_314_572


@pytest.mark.parametrize('name', DATA_SETS)
@pytest.mark.parametrize('part', ['', '_teacher'])
def test_day_and_night_have_the_schedule_of_the_paper(name: str, part: str) -> None:
    data, method, run = configs(f'depthsegnet24_{name}{part}')
    assert method.epochs == 40 and method.learning_rate == 2.5e-4
    assert method.validation_limit == 0 and data.validation_bags and data.frame_interval == 1
    rates = [method.learning_rate * method.rate_factor(e * 100, 100, 40) for e in (0, 14, 15, 30)]
    assert rates == pytest.approx([2.5e-4, 2.5e-4, 2.5e-5, 2.5e-6])
    assert not any(method.strengths)
    if name == 'robotcar':
        assert data.crop_top == data.crop_bottom == 160  # rows 160 to 799 of 960
        targets = 21_932 if part else 22_811  # an epoch is one pass through the larger set
        sampler = BatchSampler((Stage('train', method.epochs),), targets, run.batch_size, run.seed)
        assert sampler.total_steps == 40 * (5_483 if part else 5_702)


@pytest.mark.parametrize('name', DATA_SETS)
def test_the_teacher_is_monodepth2_at_the_same_size(name: str) -> None:
    data, method, _ = configs(f'depthsegnet24_{name}_teacher')
    assert isinstance(method, DepthTeacherConfig)
    joint = configs(f'depthsegnet24_{name}')[0]
    same = ('bags', 'width', 'height', 'crop_top', 'crop_bottom', 'min_travel_m')
    assert all(getattr(data, key) == getattr(joint, key) for key in same)
    network = blueprint_networks('rgb', method.architecture(0))['depthseg']
    assert parameters(network) == 11_176_512 + 3_152_724


@pytest.mark.parametrize('name', DATA_SETS)
def test_the_translation_is_cyclegan_at_the_same_size(name: str) -> None:
    data, method, run = configs(f'depthsegnet24_{name}_translation')
    assert isinstance(data, TranslationDataConfig)
    assert isinstance(method, TranslationTrainingConfig)
    joint = configs(f'depthsegnet24_{name}')[0]
    same = ('bags', 'night_bags', 'width', 'height', 'crop_top', 'crop_bottom')
    assert all(getattr(data, key) == getattr(joint, key) for key in same)
    assert (run.batch_size, method.learning_rate, method.adam_beta1) == (1, 2e-4, 0.5)
    assert method.enlarged(data) == (358, 644)  # 286 / 256 times 320x576
    assert method.crop(data) == (320, 576)
    factors = [method.rate_factor(epoch) for epoch in (0, 98, 99, 150, 199)]
    assert factors == pytest.approx([1, 1, 1, 1 - 51 / 101, 1 / 101])
