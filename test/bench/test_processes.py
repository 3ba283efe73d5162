# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Starting, metering and stopping processes."""

import os
import time

import numpy as np
import pytest

from thermal_depth_ros.bench import processes
from thermal_depth_ros.bench.processes import (
    BenchError,
    Meter,
    Running,
    Usage,
    private_graph,
    using,
)


@pytest.fixture
def script(tmp_path, monkeypatch):
    """Start a small module as a process and stop it in the end."""
    started = []

    def start(code):
        (tmp_path / 'little.py').write_text(code)
        with using({'PYTHONPATH': str(tmp_path)}):
            process = Running(('little',), tmp_path / 'log.txt')
        started.append(process)
        return process

    monkeypatch.setattr(processes, '_STOP_S', 0.5)  # what is started in the background is deaf
    yield start
    for process in started:
        process.stop()


def test_a_failed_process_is_reported_with_its_last_words(script):
    process = script('import sys; print("first"); sys.exit("no camera here")')
    with pytest.raises(BenchError, match=r'little ended with code 1: .*no camera here'):
        process.wait(60)


def test_a_process_that_does_not_end_is_stopped(script):
    process = script('import time; print("up", flush=True); time.sleep(60)')
    with pytest.raises(BenchError, match='did not end in time'):
        process.wait(0.5)
    assert not process.alive


def wait_for(condition):
    end = time.monotonic() + 60.0
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_meter_sees_processor_and_memory_of_another_process(script, tmp_path):
    code = 'held = bytearray(b"x" * (64 << 20))\nprint("up", flush=True)\nwhile True: pass'
    process = script(code)
    wait_for(lambda: 'up' in (tmp_path / 'log.txt').read_text())
    meter = Meter(process.pid, period_s=0.05)
    wait_for(lambda: len(meter._samples) > 12)
    usage = meter.finish()
    assert len(usage.times_s) >= 3
    assert usage.memory_mib.max() > 64
    assert usage.cpu_percent > 1, 'a busy loop, however little of the machine it gets'


def test_cpu_percent_is_processor_time_over_time():
    usage = Usage(np.array([10.0, 12.0]), np.array([1.0, 1.0]), np.array([3.0, 4.0]))
    assert usage.cpu_percent == pytest.approx(50.0)


def test_the_graph_is_private_and_the_environment_given_back():
    pytest.importorskip('rclpy')
    before = dict(os.environ)
    with private_graph():
        first = os.environ['ROS_DOMAIN_ID']
        assert 1 <= int(first) <= 100
        assert os.environ['ROS_AUTOMATIC_DISCOVERY_RANGE'] == 'LOCALHOST'
        with private_graph():
            assert os.environ['ROS_DOMAIN_ID'] != first
    assert dict(os.environ) == before
