# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The thermal pipeline on a tiny bundle: depth, bad images, what is not computed, settings."""

import dataclasses
import math

import cv2
import numpy as np
import pytest
import torch

from helpers.running_networks import moving, running_networks
from thermal_depth_ros.base.settings import SettingsError
from thermal_depth_ros.bundles import load_bundle
from thermal_depth_ros.frames.frame import InferenceError
from thermal_depth_ros.inference.metric_scale import WheelScale

DEPTH = frozenset({'depth'})
CONFIDENCE = frozenset({'depth', 'confidence'})
ODOMETRY = frozenset({'odometry', 'tf'})
ALL = CONFIDENCE | ODOMETRY | {'points', 'colour', 'camera_info'}


def documented_input(counts: np.ndarray) -> np.ndarray:
    """Derive the input of the networks again: percentile window, ImageNet statistics."""
    ordered = np.sort(counts.ravel())
    low, high = ordered[round(0.01 * counts.size)], ordered[round(0.99 * counts.size) - 1]
    x = np.clip((counts.astype(float) - low) / (float(high) - low), 0, 1)
    mean, deviation = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    return (x[None] - mean[:, None, None]) / deviation[:, None, None]


class TestOutput:
    @pytest.mark.parametrize(
        ('size', 'dtype'),
        [
            ((512, 640), np.uint16),
            ((120, 160), np.uint16),
            ((37, 53), np.uint8),
            ((256, 640), np.uint8),
            ((4, 5), np.uint16),
        ],
    )
    def test_any_size_comes_back_at_that_size(self, thermal, counts_frame, level, size, dtype):
        pipeline = thermal(max_depth_m=1000.0)
        for k in (1, 2):
            output = pipeline.process(counts_frame(k, size, dtype), ALL, level)
        depth = output.depth
        assert depth.depth_m.shape == depth.confidence.shape == size
        assert depth.depth_m.dtype == depth.confidence.dtype == np.float32
        assert np.isfinite(depth.depth_m).all() and (depth.depth_m > 0.09).all()
        assert ((depth.confidence >= 0) & (depth.confidence <= 1)).all()
        assert output.semantics is None and not output.plan.withheld
        assert output.odometry.state == 'tracking'
        assert {'prepare', 'motion', 'depth', 'confidence', 'finish'} == output.timings_ms.keys()

    def test_depth_is_that_of_the_network_on_the_documented_input(
        self, thermal, counts_frame, tiny_thermal_bundle
    ):
        frame = counts_frame(size=(64, 80))
        planes = documented_input(frame.image)
        net = load_bundle(tiny_thermal_bundle).networks['depth']
        with torch.no_grad():
            expected = 1 / net(torch.tensor(planes[None], dtype=torch.float32))[0, 0].numpy()
        depth = thermal().process(frame, DEPTH).depth.depth_m
        np.testing.assert_allclose(depth, expected, rtol=1e-3)

    def test_hybrid_networks_at_their_size_give_every_output(
        self, hybrid, counts_frame, level, tiny_hybrid_bundle
    ):
        pipeline = hybrid(max_depth_m=1000.0)
        for k in (1, 2):
            output = pipeline.process(counts_frame(k, (256, 320)), ALL, level)
        assert output.depth.depth_m.shape == output.depth.confidence.shape == (256, 320)
        assert np.isfinite(output.depth.depth_m).all() and not output.plan.withheld
        assert output.odometry.state == 'tracking'
        frame = counts_frame(size=(128, 160))
        planes = documented_input(frame.image)
        net = load_bundle(tiny_hybrid_bundle).networks['depth']
        with torch.no_grad():
            expected = 1 / net(torch.tensor(planes[None], dtype=torch.float32))[0, 0].numpy()
        np.testing.assert_allclose(
            pipeline.process(frame, DEPTH).depth.depth_m, expected, rtol=1e-3
        )

    def test_disparity_not_depth_is_interpolated(self, thermal, counts_frame, answer):
        pipeline = thermal(max_depth_m=1000.0)
        halves = torch.full((1, 1, 64, 80), 2.0)
        halves[..., 40:] = 0.01  # 0.5 m to the left, 100 m to the right
        answer(running_networks(pipeline)['depth'], lambda _out: halves)
        depth = pipeline.process(counts_frame(size=(128, 160)), DEPTH).depth.depth_m
        assert depth[0, 79] == pytest.approx(1 / (0.75 * 2.0 + 0.25 * 0.01))
        assert depth[0, 80] == pytest.approx(1 / (0.25 * 2.0 + 0.75 * 0.01))

    def test_counts_are_resized_like_opencv_does(self, thermal, counts_frame):
        frame = counts_frame(size=(128, 160))
        small = cv2.resize(frame.image, (80, 64), interpolation=cv2.INTER_LINEAR)
        resized = dataclasses.replace(frame, image=small, camera=None)
        big = thermal().process(frame, DEPTH).depth.depth_m
        little = thermal().process(resized, DEPTH).depth.depth_m
        np.testing.assert_allclose(big.mean(), little.mean(), rtol=0.02)

    def test_two_runs_are_identical_to_the_bit(self, thermal, counts_frame, level):
        runs = []
        for _ in range(2):
            pipeline = thermal()
            runs.append([pipeline.process(counts_frame(k), ALL, level) for k in (1, 2, 3)])
        for first, second in zip(*runs, strict=True):
            assert first.depth.depth_m.tobytes() == second.depth.depth_m.tobytes()
            assert first.depth.confidence.tobytes() == second.depth.confidence.tobytes()
            for field in ('T_odom_base', 'twist_base', 'pose_covariance'):
                one, two = getattr(first.odometry, field), getattr(second.odometry, field)
                assert one.tobytes() == two.tobytes()

    def test_results_are_not_overwritten_by_later_frames(self, thermal, counts_frame):
        pipeline = thermal()
        first = pipeline.process(counts_frame(1, (64, 80)), CONFIDENCE).depth
        copies = first.depth_m.copy(), first.confidence.copy()
        first.depth_m[0] = np.nan  # nor does a reader disturb the pipeline
        pipeline.process(counts_frame(2, (64, 80)), CONFIDENCE)
        assert (first.depth_m[1:] == copies[0][1:]).all()
        assert (first.confidence == copies[1]).all()

    def test_bfloat16_is_close_to_float32(self, thermal, counts_frame):
        exact = thermal(precision='fp32').process(counts_frame(), DEPTH).depth.depth_m
        low = thermal(precision='bf16')
        assert low.description.precision == 'bf16'
        depth = low.process(counts_frame(), DEPTH).depth.depth_m
        np.testing.assert_allclose(depth, exact, rtol=0.08)
        assert depth.dtype == np.float32 and not (depth == exact).all()


class TestBadImages:
    @pytest.mark.parametrize('value', [0, 1, 3000, 65535])
    def test_a_constant_image_has_no_confidence_and_no_motion(
        self, thermal, counts_frame, level, value
    ):
        pipeline = thermal()
        flat = np.full((120, 160), value, np.uint16)
        for k in (1, 2):
            output = pipeline.process(counts_frame(k, image=flat), ALL, level)
        assert (output.depth.confidence == 0).all()
        assert np.isfinite(output.depth.depth_m).all()
        assert (output.odometry.state, output.odometry.reason) == ('lost', 'constant image')

    def test_it_is_nan_where_confidence_is_asked_for(self, thermal, counts_frame):
        pipeline = thermal(min_confidence=0.1)
        flat = np.zeros((120, 160), np.uint8)
        depth = pipeline.process(counts_frame(image=flat), DEPTH).depth.depth_m
        assert np.isnan(depth).all()

    def test_one_hot_pixel_makes_no_picture(self, thermal, counts_frame):
        image = np.full((64, 80), 3000, np.uint16)
        image[5, 5] = 16383
        output = thermal().process(counts_frame(image=image, camera=None), CONFIDENCE)
        assert (output.depth.confidence == 0).all()

    def test_a_shutter_event_loses_no_travel(self, thermal, counts_frame, level, answer):
        pipeline = thermal()
        answer(*moving(pipeline, 0.5))
        pipeline.process(counts_frame(1), ODOMETRY, level)
        flat = np.full((120, 160), 3000, np.uint16)
        assert pipeline.process(counts_frame(2, image=flat), ODOMETRY, level).odometry.reason
        after = pipeline.process(counts_frame(3), ODOMETRY, level).odometry
        assert after.state == 'tracking' and after.T_odom_base[0, 3] == pytest.approx(0.5)
        assert after.twist_base[0] == pytest.approx(0.5 / 0.066)

    def test_a_network_that_says_nan_gives_quiet_nan_and_no_confidence(
        self, thermal, counts_frame, level, answer
    ):
        pipeline = thermal()
        answer(running_networks(pipeline)['depth'], lambda out: out * math.nan)
        answer(running_networks(pipeline)['pose'], lambda out: out * math.nan)
        for k in (1, 2):
            output = pipeline.process(counts_frame(k), ALL, level)
        assert np.isnan(output.depth.depth_m).all()
        assert np.isfinite(output.depth.confidence).all()
        assert output.odometry.reason == 'motion is not finite'
        assert np.isfinite(output.odometry.T_odom_base).all()

    def test_an_image_of_another_kind_is_refused(self, thermal, counts_frame):
        with pytest.raises(InferenceError, match='thermal image: shape'):
            thermal().process(counts_frame(image=np.zeros((4, 4, 3), np.uint8)), DEPTH)


class TestWork:
    def test_nothing_wanted_runs_nothing(self, thermal, counts_frame, count_runs):
        pipeline = thermal()
        runs = count_runs(**running_networks(pipeline))
        for wanted in (frozenset(), frozenset({'camera_info'})):
            output = pipeline.process(counts_frame(1), wanted)
            assert output.depth is None and output.odometry is None
        assert runs == {'depth': 0, 'pose': 0}

    def test_odometry_alone_runs_no_depth(self, thermal, counts_frame, level, count_runs):
        pipeline = thermal(min_confidence=0.5)
        runs = count_runs(**running_networks(pipeline))
        for k in (1, 2, 3):
            assert pipeline.process(counts_frame(k), ODOMETRY, level).depth is None
        assert runs == {'depth': 0, 'pose': 2}

    def test_depth_alone_runs_no_pose_and_no_confidence(self, thermal, counts_frame, count_runs):
        pipeline = thermal()
        runs = count_runs(**running_networks(pipeline))
        for k in (1, 2):
            assert pipeline.process(counts_frame(k), DEPTH).depth.confidence is None
        assert runs == {'depth': 2, 'pose': 0}

    def test_odometry_and_confidence_share_one_motion(
        self, thermal, counts_frame, level, count_runs
    ):
        pipeline = thermal(wheel=WheelScale(), scale_source='wheel')
        runs = count_runs(**running_networks(pipeline))
        for k in (1, 2, 3):
            pipeline.process(counts_frame(k), ALL, level)
        assert runs == {'depth': 3, 'pose': 2}

    def test_memory_is_flat(self, thermal, counts_frame, level, live_tensors):
        pipeline = thermal()
        for k in range(1, 4):
            pipeline.process(counts_frame(k), ALL, level)
        early = live_tensors()
        for k in range(4, 10):
            pipeline.process(counts_frame(k), ALL, level)
        assert live_tensors() == early


class TestSettings:
    def test_the_range_changes_while_running(self, thermal, thermal_config, counts_frame, answer):
        pipeline = thermal()
        answer(running_networks(pipeline)['depth'], lambda out: torch.full_like(out, 0.1))  # 10 m
        depth_m = pipeline.process(counts_frame(1), DEPTH).depth.depth_m
        np.testing.assert_allclose(depth_m, 10.0, rtol=1e-6)  # resized: not exact on all processors
        pipeline.update(thermal_config(max_depth_m=5.0))
        assert (pipeline.process(counts_frame(2), DEPTH).depth.depth_m == math.inf).all()
        pipeline.update(thermal_config(min_depth_m=20.0, max_depth_m=50.0))
        assert (pipeline.process(counts_frame(3), DEPTH).depth.depth_m == -math.inf).all()

    def test_what_is_fixed_at_start_up_is_refused_by_name(
        self, thermal, thermal_config, counts_frame, answer
    ):
        pipeline = thermal()
        answer(running_networks(pipeline)['depth'], lambda out: torch.full_like(out, 0.1))  # 10 m
        changed = thermal_config(device='cuda', threads=1, max_depth_m=5.0)
        with pytest.raises(SettingsError, match='device, threads: fixed at start-up'):
            pipeline.update(changed)
        depth_m = pipeline.process(counts_frame(1), DEPTH).depth.depth_m
        np.testing.assert_allclose(depth_m, 10.0, rtol=1e-6)  # nothing of it was taken

    def test_scale_multiplies_depth(self, thermal, counts_frame):
        unit = thermal().process(counts_frame(1), DEPTH)
        triple = thermal(scale_source='fixed', metric_scale=3.0).process(counts_frame(1), DEPTH)
        np.testing.assert_allclose(triple.depth.depth_m, 3 * unit.depth.depth_m, rtol=1e-5)
        assert (triple.scale.factor, triple.scale.metric) == (3.0, True)
        assert not unit.scale.metric

    def test_wheels_give_depth_and_odometry_their_metres(
        self, thermal, counts_frame, level, answer
    ):
        wheel = WheelScale()
        pipeline = thermal(wheel=wheel, scale_source='wheel')
        answer(*moving(pipeline, 0.05))
        for k in range(1, 12):  # the wheels say 0.25 m a frame, the network 0.05
            frame = counts_frame(k)
            wheel.add(frame.stamp_ns, (0.25 * k, 0.0, 0.0))
            output = pipeline.process(frame, DEPTH | ODOMETRY, level)
        assert output.scale.factor == pytest.approx(5.0)
        assert output.scale.metric and 'wheel' in output.scale.source
        assert output.odometry.twist_base[0] == pytest.approx(0.25 / 0.033)
        unit = thermal().process(frame, DEPTH).depth.depth_m
        np.testing.assert_allclose(output.depth.depth_m, 5 * unit, rtol=1e-4)
        assert pipeline.description.scale == pytest.approx(5.0)

    def test_wheels_and_a_camera_far_ahead_of_the_axle_on_a_turn(
        self, thermal, counts_frame, level, answer
    ):
        """Body on a circle; camera 2 m ahead of it, so that it travels further than the wheels."""
        mount = level.copy()
        mount[:3, 3] = [2.0, 0.0, 1.5]

        def body(k):  # radius 2.5 m, 0.1 rad a frame
            a = 0.1 * k
            T = np.eye(4)
            T[:2, :2] = [[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]]
            T[:2, 3] = [2.5 * np.sin(a), 2.5 * (1 - np.cos(a))]
            return T

        points = np.linalg.inv(body(1) @ mount) @ body(0) @ mount
        turn = np.arctan2(points[0, 2], points[0, 0])
        vector = torch.tensor([[*(points[:3, 3] / 4.0), 0.0, turn, 0.0]], dtype=torch.float32)
        wheel = WheelScale()
        pipeline = thermal(wheel=wheel, scale_source='wheel')
        answer(running_networks(pipeline)['pose'], lambda _out: vector)
        for k in range(1, 14):
            frame = counts_frame(k)
            wheel.add(frame.stamp_ns, body(k)[:3, 3])
            output = pipeline.process(frame, ODOMETRY, mount)
        assert output.scale.factor == pytest.approx(4.0, rel=1e-3)

    def test_it_announces_what_it_is(self, thermal, tiny_thermal_bundle):
        description = thermal().description
        assert (description.kind, description.network) == ('thermal', 'bundle')
        assert description.bundle == str(tiny_thermal_bundle)
        assert (description.device, description.precision) == ('cpu', 'fp32')
        assert description.input_size == (64, 80) and description.labels is None
        assert description.network_input == '80x64'
        fitted = dataclasses.replace(description, input_fit='upper_bound')
        assert fitted.network_input == 'at most 80x64'
        assert not description.trained
        untrained, unscaled = description.announcements
        assert 'untrained' in untrained and 'not metric' in unscaled


def test_depth_up_to_scale_and_shift_is_announced_as_relative(tmp_path, tiny_thermal_bundle):
    from thermal_depth_ros.bundles import Scale, read_spec, save_bundle
    from thermal_depth_ros.frames.config import ThermalConfig
    from thermal_depth_ros.inference.pipeline import open_pipeline

    spec = read_spec(tiny_thermal_bundle)
    output = {'output': 'inverse_depth_relative', 'output_scale': 0.1, 'output_shift': 0.02}
    spec = dataclasses.replace(spec, architecture={**spec.architecture, **output})
    measured = dataclasses.replace(spec, scale=Scale(True, 1.0, 'LiDAR of drive 3'))
    save_bundle(tmp_path / 'relative', spec)
    save_bundle(tmp_path / 'measured', measured)
    said = {}
    for name in ('relative', 'measured'):
        pipeline = open_pipeline('thermal', ThermalConfig(bundle=str(tmp_path / name)))
        said[name] = ' '.join(pipeline.description.announcements)
        pipeline.close()
    assert 'depth is relative' in said['relative'] and '1 / (0.1 x + 0.02)' in said['relative']
    assert 'fit-scale' in said['relative'] and 'relative' not in said['measured']


def test_pictures_of_a_camera_with_its_own_gain_need_no_counts(
    tmp_path, tiny_thermal_bundle, counts_frame
):
    """A bundle for temperatures still works on 8 bit pictures, which have none."""
    from thermal_depth_ros.bundles import read_spec, save_bundle
    from thermal_depth_ros.frames.config import ThermalConfig
    from thermal_depth_ros.inference.pipeline import open_pipeline

    spec = dataclasses.replace(
        read_spec(tiny_thermal_bundle),
        preprocessing={'mode': 'celsius', 'min_celsius': 0.0, 'max_celsius': 30.0},
    )
    save_bundle(tmp_path / 'celsius', spec)
    pipeline = open_pipeline('thermal', ThermalConfig(bundle=str(tmp_path / 'celsius')))
    picture = pipeline.process(counts_frame(1, dtype=np.uint8), CONFIDENCE).depth
    counts = pipeline.process(counts_frame(2, image=np.full((9, 9), 40000, np.uint16)), CONFIDENCE)
    assert (picture.confidence == 0.5).all()
    assert (counts.depth.confidence == 0).all()  # all hotter than 30 C: nothing to be seen
