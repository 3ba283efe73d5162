# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The comparison of training steps: equal starts and batches, figures, and the generated page."""

import pytest

from helpers.drives import record_drive
from thermal_depth_ros.bench import training, training_data, training_page
from thermal_depth_ros.bench.comparison import read_measurements
from thermal_depth_ros.bench.measurement import Measurement
from thermal_depth_ros.bench.training import Contestant, compared

TINY = {
    'architecture': 'tiny',
    'width': 80,
    'height': 64,
    'batch_size': 2,
    'stage1_epochs': 1,
    'freeze_random_backbone': True,
    'min_valid_elements': 0,
    'pose_topic': 'none',
    'pose_source': 'odometry',
    'pose_weight': 0.0,
    'depth_topic': '/ground_truth/thermal/depth',
    'depth_weight': 1.0,
    'reconstruction_weight': 0.0,
    'smoothness_weight': 0.0,
    'geometry_weight': 0.0,
    'skip_stationary': False,
    'spacing': 'frames',
    'frame_interval': 1,
    'device': 'cpu',
}


def test_both_trainings_have_the_same_start_and_the_same_batches(tmp_path, monkeypatch):
    """With one precision for both, every loss is the same."""
    monkeypatch.setitem(training._PRECISIONS, 'auto', training._PRECISIONS['fp32'])
    drive = record_drive(tmp_path / 'drive', thermal=(64, 80), duration_s=1.2)
    values = {**TINY, 'bags': [str(drive)], 'cache_dir': str(tmp_path / 'cache')}
    found = {row.name: row for row in compared('thermal', values, 4, curves=True)}
    plain, other = found['loss, fp32'], found['loss, auto']
    assert len(set(plain.series)) == 4, 'it learns, from other samples in every step'
    assert other.series == plain.series and other.value == plain.value
    assert plain.value == pytest.approx(plain.series[-1], rel=1e-4)
    assert found['abs_rel, fp32'].value == found['abs_rel, auto'].value > 0
    assert found['step, fp32'].detail == 'median of 2 steps of 2; fp32'


def test_the_ratio_is_that_of_each_step_after_the_first_ones():
    slow = Contestant('fp32', None, 'fp32', [9.0, 9.0, 3.0, 8.0, 4.0], [1.0, 1.0, 2.0, 2.0, 2.0])
    fast = Contestant('auto', None, 'bf16', [1.0, 1.0, 2.0, 2.0, 2.0], [1.0] * 5)
    found = training._ratio('training, rgb', slow, fast)
    assert (found.value, found.met) == (2.0, True)
    assert found.detail == 'median of 3 steps; of processor time 2.00'


def test_the_recipe_of_rgb_trains_on_the_drives_that_are_made(tmp_path, monkeypatch):
    monkeypatch.setitem(training_data._SIZES, 'rgb', (64, 96))
    monkeypatch.setattr(training_data, '_DURATION_S', 2.0)
    monkeypatch.setattr(training_data, 'VALIDATION_DRIVES', 1)
    values = {**training_data.recipe('rgb'), **training_data.data_settings('rgb', tmp_path, 1)}
    small = {'width': 96, 'height': 64, 'batch_size': 1, 'device': 'cpu'}
    found = {row.name: row for row in compared('rgb', values | small, 3, curves=False)}
    assert set(found) == {'step, fp32', 'step, auto', 'step, fp32 to auto'}
    assert all(row.value > 0 for row in found.values())


ROWS = [
    Measurement('training, rgb', 'step, fp32 to auto', 1.4, '', 1.5, at_least=True).as_plain(),
    *(
        Measurement('training, rgb', f'loss, {name}', 2.0, '', series=losses).as_plain()
        for name, losses in (('fp32', (4.0, 3.0, 2.0)), ('auto', (4.0, float('nan'), 2.0)))
    ),
    Measurement('engines, rgb', 'something else', 1.0, 'ms').as_plain(),
]


def test_the_page_shows_the_figures_and_the_curves():
    text = training_page.section(ROWS)
    assert '| step, fp32 to auto | 1.4 | at least 1.5: **missed** |' in text
    assert training_page.PLOT in text and 'something else' not in text
    assert training_page.PLOT not in training_page.section(ROWS[:1])
    assert 'unmeasured' in training_page.section([])
    assert list(training_page.curves(ROWS)) == ['rgb, fp32', 'rgb, auto']
    assert 'rgb, auto' in training_page.plot(ROWS)


def test_a_smoothed_loss_is_the_mean_of_the_steps_before_it():
    steps, losses = training_page.smoothed([float(n) for n in range(40)])  # windows of two
    assert (steps[0], losses[0]) == (2, 0.5) and (steps[-1], losses[-1]) == (40, 38.5)
    steps, losses = training_page.smoothed([1.0] * 4000)
    assert len(steps) == 200 and losses == pytest.approx(1.0)


def test_the_page_is_the_one_generated_from_the_measurements(repository):
    page = repository / 'docs' / 'performance.md'
    file = page.parent / training_page.FILE
    rows = read_measurements(file) if file.exists() else []
    assert training_page.updated(page.read_text(), rows) == page.read_text()
