# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
import itertools

import numpy as np
import pytest

from thermal_depth_ros.bench import messages as bench
from thermal_depth_ros.bench.message_inputs import cloud_frames, image_messages, thermal_and_rgb
from thermal_depth_ros.messages.bag_types import bag_types
from thermal_depth_ros.messages.cloud import depth_cloud
from thermal_depth_ros.messages.cloud_reader import cloud_to_xyz
from thermal_depth_ros.messages.image import image_to_array


def test_what_is_measured_is_the_same_image_in_every_layout():
    for encoding, pixels in thermal_and_rgb():
        variants = dict(image_messages(bag_types(), encoding, pixels, 2))
        assert set(variants) == {'native', 'padded'} | (
            {'swapped'} if encoding == 'mono16' else set()
        )
        for message in itertools.chain(*variants.values()):
            np.testing.assert_array_equal(image_to_array(message), pixels)
        assert variants['padded'][0].step > variants['native'][0].step


def test_the_finished_cloud_is_what_is_built():
    (frame,) = cloud_frames(bag_types(), 1)
    made = depth_cloud(bag_types(), frame.depth_m, frame.rays, 1, '')
    np.testing.assert_array_equal(made.data, frame.octets)
    np.testing.assert_array_equal(cloud_to_xyz(made).reshape(-1, 3), frame.points)
    assert np.isinf(frame.depth_m).any()
    assert np.isnan(frame.depth_m).any()


def test_both_sides_of_a_pair_are_timed_in_turn(monkeypatch):
    now = itertools.count()
    monkeypatch.setattr(bench.time, 'perf_counter', lambda: float(next(now)))
    calls = []
    regime = bench.Regime('test', frames=2, kept=1, runs=3)
    pair = bench.paired(
        lambda x: calls.append(('ours', x)),
        'ab',
        lambda x: calls.append(('plain', x)),
        'cd',
        regime,
    )
    assert calls == [
        *[('ours', 'a'), ('plain', 'c'), ('ours', 'b'), ('plain', 'd')] * 2,
        ('ours', 'a'),
        ('plain', 'c'),
    ]
    assert pair.ratio == 1.0


def test_every_figure_of_the_messages_is_there(monkeypatch):
    for name in ('STREAM', 'HOT'):
        regime = getattr(bench, name)
        monkeypatch.setattr(bench, name, bench.dataclasses.replace(regime, runs=3))
    found = bench.run_messages()
    with_target = [m for m in found if m.target is not None]
    assert {m.group.split(',')[0] for m in with_target} == {
        '640x512 mono16',
        '640x480 rgb8',
        '640x512 depth',
    }
    assert all(m.value > 0 for m in found)
    assert all(m.met for m in found if 'view' in m.name)
    ratios = [m for m in with_target if m.unit == 'times' and 'create_cloud' not in m.name]
    assert sorted(m.target for m in ratios) == pytest.approx([2, 2, 2, 3, 3, 3, 3, 3])
