# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What the diagnostics say, and when they warn."""

import dataclasses

import numpy as np
import pytest

from thermal_depth_ros.base import contract
from thermal_depth_ros.frames.config import RgbConfig
from thermal_depth_ros.frames.frame import MetricScale, OdometryResult
from thermal_depth_ros.geometry.mount import MountProblem
from thermal_depth_ros.inference.engines.report import Candidate, EngineReport
from thermal_depth_ros.inference.pipeline import open_pipeline
from thermal_depth_ros.nodes import statuses
from thermal_depth_ros.nodes.camera.health import REPLACED, UNEXPECTED, Health, OutputLoad
from thermal_depth_ros.nodes.statuses import Level


@pytest.fixture
def health() -> Health:
    return Health()


def test_bad_frames_warn_once_replaced_ones_never(health):
    health.dropped('bad step', 'step 3')
    health.drops.add(REPLACED)
    first = statuses.input_status(health, '/t', active=True, silence=None)
    assert (first.level, first.message) == (
        Level.WARN,
        'bad frames since the last report: 1 bad step; step 3',
    )
    assert first.values['frames dropped'] == '2'
    assert first.values['dropped: bad step'] == first.values[f'dropped: {REPLACED}'] == '1'
    health.drops.add(REPLACED)
    assert statuses.input_status(health, '/t', active=True, silence=None).level == Level.OK


def test_silence_warns_unless_inactive(health):
    assert statuses.input_status(health, '/t', True, 'no image').level == Level.WARN
    assert statuses.input_status(health, '/t', False, None).message == 'inactive'


def test_latency_percentiles_of_live_data(health):
    for number in range(1, 101):
        health.delivered(latency_ms=float(number), frame_ms=1.0, inference_ms=0.5)
    values = statuses.processing_status(health).values
    assert values['stamp to publish p50 (ms)'] == '50.50'
    assert values['stamp to publish p99 (ms)'] == '99.01'
    assert 'stamps' not in values


def test_stamps_of_another_time_are_explained(health):
    health.delivered(latency_ms=3.6e6, frame_ms=1.0, inference_ms=0.5)
    assert statuses.processing_status(health).values['stamps'].startswith('3600 s behind the clock')


def test_unexpected_errors_and_withheld_outputs(health):
    health.withheld = {'points': 'no camera_info'}
    status = statuses.processing_status(health)
    assert (status.level, status.message) == (Level.WARN, 'no points')
    assert status.values['withheld: points'] == 'no camera_info'
    health.drops.add(UNEXPECTED)
    assert statuses.processing_status(health).level == Level.ERROR


def test_outputs_that_outrun_the_machine():
    clock = [100.0]
    health = Health()
    health.load = OutputLoad(window_s=5.0, now=lambda: clock[0])
    calm = statuses.outputs_status(health, 2)
    assert calm.level == Level.OK and calm.values['point decimation'] == '2'
    for _ in range(40):
        clock[0] += 0.125
        health.sent(seconds=0.0625, n_bytes=3_750_000)
    half = statuses.outputs_status(health, 1)
    assert (half.level, half.message) == (Level.OK, '30.0 MB/s')
    assert half.values['publishing (% of the time)'] == '50.0'
    assert half.values['publish p50 (ms)'] == '62.50'
    health.drops.add(REPLACED)
    replacing = statuses.outputs_status(health, 1)
    assert replacing.level == Level.WARN
    assert 'newer frames replaced 1 since the last report' in replacing.message
    assert 'point_bandwidth_mb_s' in replacing.message
    assert statuses.outputs_status(health, 1).level == Level.OK, 'reported once'
    for _ in range(40):
        clock[0] += 0.125
        health.sent(seconds=0.1125, n_bytes=3_750_000)
    full = statuses.outputs_status(health, 1)
    assert full.level == Level.WARN and 'takes 90% of the time' in full.message
    clock[0] += 6.0
    assert statuses.outputs_status(health, 1).message == '0.0 MB/s'


def test_subscribers_that_do_not_acknowledge_in_time(health):
    for late in (['points'], [], ['points', 'depth']):
        health.load.checked(late)
    assert statuses.outputs_status(health, 1).level == Level.OK, 'two of five checks'
    health.load.checked(['points'])
    status = statuses.outputs_status(health, 1)
    assert status.level == Level.WARN and 'subscribers of points do not keep up' in status.message
    assert status.values['not acknowledged in time'] == 'points'


def test_thinned_clouds_are_always_mentioned(health):
    health.thinning = '3 instead of 1: because'
    status = statuses.outputs_status(health, 1)
    assert status.level == Level.OK and status.message.endswith(
        'point decimation 3 instead of 1: because'
    )
    assert status.values['point decimation'] == '3 instead of 1: because'


def test_the_model_says_what_runs_each_network_and_how_well_it_agrees(health):
    description = open_pipeline('rgb', RgbConfig(network='passthrough')).description
    assert 'engine' not in statuses.model_status(description, health).values
    report = EngineReport(
        engines={'depth': Candidate('openvino', 'bf16'), 'pose': Candidate('torch', 'fp32')},
        checks={'depth': 'depth differs by 0.004 (p99)'},
        notes=('pose: unknown operator',),
        warnings=('pose runs in torch, not in openvino: unknown operator',),
    )
    network = dataclasses.replace(
        description, network='bundle', bundle='b', untrained_parts=(), engine=report
    )
    status = statuses.model_status(network, health)
    assert status.level == Level.WARN and 'pose runs in torch' in status.message
    assert status.values['engine'] == 'depth openvino bf16, pose torch fp32'
    assert status.values['engine of pose'] == 'torch fp32'
    assert status.values['engine check of depth'] == 'depth differs by 0.004 (p99)'
    assert status.values['engine note 1'] == 'pose: unknown operator'
    alike = dataclasses.replace(report, engines={'a': Candidate('torch', 'fp32')}, warnings=())
    quiet = statuses.model_status(dataclasses.replace(network, engine=alike), health)
    assert quiet.level == Level.OK and quiet.values['engine'] == 'torch fp32'


def test_untrained_weights_and_the_latest_scale(health):
    description = open_pipeline('rgb', RgbConfig(network='passthrough')).description
    passing = statuses.model_status(description, health)
    assert passing.level == Level.WARN and passing.values['weights'] == 'none'
    network = dataclasses.replace(description, network='bundle', bundle='b', untrained_parts=())
    assert statuses.model_status(network, health).level == Level.OK
    untrained = dataclasses.replace(network, untrained_parts=('depth',))
    assert statuses.model_status(untrained, health).level == Level.WARN
    assert 'untrained' in statuses.model_status(untrained, health).message
    relative = dataclasses.replace(network, relative='1 / (0.1 x + 0)')
    status = statuses.model_status(relative, health)
    assert status.level == Level.WARN and status.values['depth is'] == 'relative, 1 / (0.1 x + 0)'
    health.scale = MetricScale(2.5, True, 'wheel odometry over 20 m')
    assert statuses.model_status(network, health).values['metric scale'] == '2.5'


def test_camera_info_is_missed_once_there_are_images(health):
    assert statuses.calibration_status(health, '/i', 0, '').level == Level.OK
    health.arrived()
    assert statuses.calibration_status(health, '/i', 0, '').level == Level.WARN
    assert statuses.calibration_status(health, '/i', 1, '').level == Level.OK
    health.calibration = 'camera is uncalibrated'
    assert statuses.calibration_status(health, '/i', 1, '').message == 'camera is uncalibrated'


@pytest.mark.parametrize(
    ('state', 'level'), [('first', Level.OK), ('tracking', Level.OK), ('lost', Level.WARN)]
)
def test_odometry_states(health, state, level):
    sigma = np.eye(6) * 9999.0
    health.odometry = OdometryResult(np.eye(4), np.zeros(6), sigma, sigma, state, 'gap of 3 s')
    status = statuses.odometry_status(health, True, True, True, 'odom -> base_link')
    assert status.level == level and status.values['state'] == state
    assert status.values['position sigma (m)'] == '99.995'
    if state == 'lost':
        assert status.message == 'lost: gap of 3 s'
    health.odometry_losses.add('gap')
    health.odometry_losses.add('gap')
    values = statuses.odometry_status(health, True, True, True, '').values
    assert values[contract.ODOMETRY_LOST_PREFIX + 'gap'] == '2'


def test_odometry_that_is_withheld_off_or_idle(health):
    assert statuses.odometry_status(health, True, True, True, '').message == 'no frame yet'
    assert statuses.odometry_status(health, False, True, True, '').message == 'switched off'
    health.withheld = {'odometry': 'no transform'}
    assert statuses.odometry_status(health, True, True, True, '').message == 'no transform'
    assert statuses.odometry_status(health, True, False, True, '').message == statuses.NOT_REQUESTED


def test_bad_frames_are_counted_by_reason_the_most_frequent_first(health):
    for reason in ('late', 'bad step', 'bad step', REPLACED):
        health.dropped(reason, f'{reason} of the last')
    status = statuses.input_status(health, '/t', True, '')
    counts, last = status.message.split('; ')
    assert counts == 'bad frames since the last report: 2 bad step, 1 late'
    assert status.values['last bad frame'] == last
    health.dropped('late', 'too late')
    message = statuses.input_status(health, '/t', True, '').message
    assert message == 'bad frames since the last report: 1 late; too late'


def test_an_idle_node_forgets_what_it_knew_of_the_last_frame(health):
    sigma = np.eye(6)
    health.odometry = OdometryResult(np.eye(4), np.zeros(6), sigma, sigma, 'tracking', '')
    health.withheld, health.timings_ms = {'points': 'no camera_info'}, {'depth': 3.0}
    health.idle()
    assert health.odometry is None
    status = statuses.processing_status(health)
    assert status.level == Level.OK and 'last depth (ms)' not in status.values


def test_an_unlikely_camera_mount_warns_while_tracking(health):
    health.odometry = OdometryResult(np.eye(4), np.zeros(6), np.eye(6), np.eye(6), 'tracking')
    assert statuses.odometry_status(health, True, True, True, '').level == Level.OK
    health.mount = MountProblem('the optical axis points up', 'turn it')
    status = statuses.odometry_status(health, True, True, True, '')
    assert (status.level, status.message) == (Level.WARN, 'the optical axis points up')
    assert status.values['remedy'] == 'turn it' and status.values['state'] == 'tracking'
