# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Odometry of the thermal pipeline: motions, limits, reasons."""

import dataclasses
import math

import numpy as np
import pytest

from helpers.running_networks import moving

CONFIDENCE = frozenset({'depth', 'confidence'})
ODOMETRY = frozenset({'odometry', 'tf'})
ALL = CONFIDENCE | ODOMETRY | {'points', 'colour', 'camera_info'}


class TestOdometry:
    def test_points_that_come_nearer_mean_forward(self, thermal, counts_frame, level, answer):
        pipeline = thermal(scale_source='fixed', metric_scale=2.0)
        answer(*moving(pipeline, 0.25))
        states = [pipeline.process(counts_frame(k), ODOMETRY, level).odometry for k in (1, 2, 3)]
        assert [s.state for s in states] == ['first', 'tracking', 'tracking']
        assert states[2].T_odom_base[:3, 3] == pytest.approx([1.0, 0, 0])
        assert states[2].twist_base == pytest.approx([0.5 / 0.033, 0, 0, 0, 0, 0])

    def test_limits_come_from_the_settings(self, thermal, counts_frame, level, answer):
        pipeline = thermal(odometry_max_speed_mps=10.0, odometry_max_gap_s=0.5)
        answer(*moving(pipeline, 0.99))
        pipeline.process(counts_frame(1), ODOMETRY, level)
        fast = pipeline.process(counts_frame(2), ODOMETRY, level).odometry
        assert fast.reason == 'speed 30 m/s above 10 m/s'
        assert fast.loss_kind == 'speed above odometry_max_speed_mps'
        gap = pipeline.process(counts_frame(100), ODOMETRY, level).odometry
        assert gap.reason == 'gap of 3.2 s above 0.5 s'
        assert gap.loss_kind == 'gap above odometry_max_gap_s'

    def test_a_new_resolution_is_lost_once(self, thermal, counts_frame, level):
        pipeline = thermal()
        pipeline.process(counts_frame(1), ALL, level)
        changed = pipeline.process(counts_frame(2, (60, 80)), ALL, level)
        assert 'image size changed from 160x120 to 80x60' in changed.odometry.reason
        assert (changed.depth.confidence == 0.5).all()
        after = pipeline.process(counts_frame(3, (60, 80)), ALL, level)
        assert after.odometry.state == 'tracking'

    def test_reset_starts_at_the_origin(self, thermal, counts_frame, level):
        pipeline = thermal()
        for k in (5, 6):
            pipeline.process(counts_frame(k), ODOMETRY, level)
        pipeline.reset()
        again = pipeline.process(counts_frame(1), ODOMETRY, level).odometry
        assert again.state == 'first' and (again.T_odom_base == np.eye(4)).all()

    def test_it_is_withheld_with_the_reason(self, thermal, counts_frame, level):
        pipeline = thermal()
        no_camera = pipeline.process(counts_frame(1, calibrated=False), ALL, level)
        assert no_camera.odometry is None and no_camera.depth is not None
        assert no_camera.plan.withheld == dict.fromkeys(
            ('camera_info', 'odometry', 'tf', 'points'), 'no camera_info'
        )
        no_place = pipeline.process(counts_frame(2), ALL, None)
        assert no_place.odometry is None
        reason = "no transform from 'thermal_optical' to 'base_link'"
        assert no_place.plan.withheld == dict.fromkeys(('odometry', 'tf'), reason)
        off = thermal(odometry=False).process(counts_frame(1), ODOMETRY, level)
        assert off.odometry is None and 'switched off' in off.plan.withheld['tf']

    @pytest.mark.parametrize('changes', [{'fx': math.nan}, {'fx': 0.0}, {'width': 320}])
    def test_depth_continues_without_usable_intrinsics(self, thermal, counts_frame, level, changes):
        frame = counts_frame(1)
        frame = dataclasses.replace(frame, camera=dataclasses.replace(frame.camera, **changes))
        output = thermal().process(frame, ALL, level)
        assert np.isfinite(output.depth.depth_m).all()
        assert output.odometry is None and 'odometry' in output.plan.withheld
