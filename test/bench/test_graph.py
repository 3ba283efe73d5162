# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The graph benchmark: how figures follow from a run, and one short run of the real thing.

The run checks that everything is measured, never how fast this machine is.
"""

import math

import numpy as np
import pytest

from thermal_depth_ros.bench import graph
from thermal_depth_ros.bench.graph import Delivery
from thermal_depth_ros.bench.measurement import Measurement
from thermal_depth_ros.bench.processes import BenchError, Usage

DELIVERY = Delivery(published=300, arrived=298, p50_ms=4.0, p95_ms=8.0, p99_ms=12.0, worst_ms=15.0)
REPORTS = {
    'thermal: input': {'frames dropped': '2', 'dropped: bad data': '2'},
    'thermal: processing': {
        'stamp to publish p50 (ms)': '5.0',
        'stamp to publish p95 (ms)': '9.0',
        'stamp to publish p99 (ms)': '21.5',
        'message to publish p95 (ms)': '8.5',
    },
    'thermal: outputs': {
        'data rate out (MB/s)': '157.3',
        'publishing (% of the time)': '31.0',
        'point decimation': '2 instead of 1: why',
    },
    'thermal: model': {'bundle': 'passthrough'},
}


def usage(seconds, mib_per_s=0.0):
    times = np.arange(0.0, seconds + 1)
    return Usage(times, 200.0 + mib_per_s * times, 0.25 * times)


def figures(run):
    return {item.name: item for item in graph.summarise(run)}


def make_run(how=None):
    return graph.GraphRun(graph.DEPTH, {'odometry': DELIVERY}, REPORTS, how or usage(10), 3.0)


def test_losses_drops_and_latency_have_targets():
    found = figures(make_run())
    assert found['odometry: lost'] == Measurement(
        'subscribed: depth', 'odometry: lost', 2, '', 0, detail='of 300 frames'
    )
    assert found['thermal: dropped'].met is False
    assert found['thermal: dropped'].detail == 'dropped: bad data 2'
    assert found['thermal: stamp to publish p99'].met is False, '21.5 ms is over 20 ms'
    assert found['odometry: to arrival p99'].met is True, '12 ms'
    assert found['thermal: data rate out'].value == 157.3
    assert found['thermal: data rate out'].detail == 'decimation 2 instead of 1: why'
    assert 'thermal: message to publish p95' not in found, 'two cameras, two cores'
    alone = graph.GraphRun(graph.ONE_CAMERA, {}, REPORTS, usage(10), 3.0)
    assert figures(alone)['thermal: message to publish p95'].met is False, '8.5 ms is over 8 ms'
    assert found['vehicle: processor'].value == pytest.approx(25.0)


def test_growth_is_evaluated_only_over_a_minute_and_more():
    assert 'vehicle: memory, growth' not in figures(make_run(usage(59)))
    flat = figures(make_run(usage(120)))['vehicle: memory, growth']
    assert flat.met is True
    growing = figures(make_run(usage(120, mib_per_s=0.1)))['vehicle: memory, growth']
    assert growing.value == pytest.approx(6.0)
    assert growing.met is False


def test_memory_that_settles_in_the_first_half_is_flat():
    how = usage(120)
    how.memory_mib[:60] = 100.0
    assert figures(make_run(how))['vehicle: memory, growth'].met is True


def test_cameras_without_subscribers_are_an_error():
    with pytest.raises(BenchError, match='found no subscriber'):
        graph._measured([])


@pytest.mark.ros
@pytest.mark.timeout(120)
def test_a_short_run_measures_everything():
    pytest.importorskip('rclpy')
    run = graph.run_graph(graph.DEPTH, seconds=2.0)
    topics = {'thermal/depth/image', 'rgb/depth/image', 'odometry'}
    assert topics <= set(run.deliveries)
    for topic in topics:
        seen = run.deliveries[topic]
        assert 0 < seen.published <= 61
        assert seen.arrived > 0, topic
        assert seen.p50_ms <= seen.p95_ms <= seen.p99_ms <= seen.worst_ms
    found = figures(run)
    assert math.isfinite(found['thermal: stamp to publish p99'].value)
    assert found['vehicle: memory, largest'].value > 10
    assert {'thermal: dropped', 'rgb: dropped', 'vehicle: processor'} <= set(found)
