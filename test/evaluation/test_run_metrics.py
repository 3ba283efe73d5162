# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0

import numpy as np
import pytest

from thermal_depth_ros.evaluation.recorded_run import match_topic, read_run
from thermal_depth_ros.evaluation.run_metrics import measure


@pytest.fixture(scope='module')
def figures(known_run):
    return measure(read_run(known_run.recording), known_run.inputs)


def output(figures, topic):
    return next(o for o in figures.outputs if o.topic == topic)


def test_latency_is_taken_in_the_time_of_the_stamps(figures, known_run):
    latency = output(figures, '/thermal/depth/image').latency
    assert latency.count == 5
    assert latency.p50 == pytest.approx(np.median(known_run.latencies_ms), abs=1e-3)
    assert latency.p99 == pytest.approx(np.percentile(known_run.latencies_ms, 99), abs=1e-3)
    assert latency.maximum == pytest.approx(max(known_run.latencies_ms), abs=1e-3)
    assert figures.clock_rate == pytest.approx(2.0)


def test_latched_topics_have_no_latency(figures):
    assert output(figures, '/rgb/semantic/label_info').latency is None
    assert output(figures, '/clock').latency is None


def test_time_starts_with_the_clock_not_with_a_latched_message_before_it(known_run):
    assert read_run(known_run.recording).start_ns == 1_700_000_000 * 10**9


def test_messages_are_counted_in_and_out(figures):
    assert output(figures, '/rgb/points').messages == 5
    assert figures.published == 10
    (image,) = figures.inputs
    assert (image.messages, image.duration_s) == (10, 4.5)
    assert image.rate_hz == pytest.approx(2.0)


def test_outputs_that_never_came_are_listed(figures):
    # The known run has no /tf and no camera_info of the depth images.
    assert output(figures, '/thermal/depth/camera_info').messages == 0
    assert output(figures, '/rgb/depth/camera_info').messages == 0
    assert output(figures, '/tf').messages == 0
    assert [o.topic for o in figures.outputs].count('/thermal/depth/image') == 1


def test_drops_and_times_come_from_the_last_diagnostics(figures):
    thermal = figures.cameras['thermal']
    assert thermal.frames_received == 9
    assert thermal.frames_published == 5
    assert thermal.dropped == {'replaced by a newer frame': 3, 'zero stamp': 1}
    assert thermal.latency_ms == {'stamp to publish': {'p50': 70.5, 'p95': 110.0, 'p99': 119.0}}
    assert (thermal.bundle, thermal.trained) == ('thermal_default', False)
    assert list(figures.cameras) == ['thermal']


def test_odometry_counts_what_is_lost(figures, known_run):
    assert figures.odometry.messages == 5
    assert figures.odometry.lost == sum(known_run.lost)
    steps = np.diff(known_run.positions, axis=0)
    assert figures.odometry.path_length_m == pytest.approx(np.linalg.norm(steps, axis=1).sum())


def test_a_namespace_does_not_hide_a_topic():
    topics = {'/robot/thermal/depth/image': 1, '/other': 2}
    assert match_topic('thermal/depth/image', topics) == '/robot/thermal/depth/image'
    assert match_topic('rgb/depth/image', topics) is None
    assert match_topic('al/depth/image', topics) is None
