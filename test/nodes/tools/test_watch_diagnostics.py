# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
import time

import pytest

pytest.importorskip('rclpy', reason='rclpy is not installed')

from thermal_depth_ros.nodes.tools.watch_diagnostics import diagnostics_watch, unaccounted  # noqa: E402


def test_frames_are_accounted_for_by_what_became_of_them():
    values = {
        'frames received': '10',
        'frames published': '4',
        'frames without subscribers': '2',
        'frames dropped': '6',
        'dropped: replaced by a newer frame': '3',
        'dropped: lost on the way': '3',
    }
    assert unaccounted(values) == 1
    values['dropped: zero stamp'] = '1'
    assert unaccounted(values) == 0


def test_a_node_that_has_not_reported_is_not_idle():
    assert unaccounted({}) is None
    assert unaccounted({'frames received': '3'}) is None


@pytest.mark.ros
def test_it_waits_until_a_node_has_finished_its_frames(graph, thermal, monkeypatch):
    monkeypatch.setenv('ROS_DOMAIN_ID', str(graph.domain))
    graph.start(thermal)
    graph.listen_outputs('thermal', 'depth')
    with diagnostics_watch(['thermal', 'rgb']) as watch:
        assert not watch.wait_until_idle(0.5)
    with diagnostics_watch(['thermal']) as watch:
        graph.run_frames('thermal', 'thermal/depth/image', 3)
        assert watch.wait_until_idle(60.0)
        asked = time.monotonic()
        assert not watch.wait_until_idle(600.0, alive=lambda: False)
        assert time.monotonic() - asked < 60.0
