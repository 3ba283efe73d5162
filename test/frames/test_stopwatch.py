# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
import time

from thermal_depth_ros.frames.plan import Stopwatch


def test_parts_add_up_and_wait_for_the_device():
    waits = []
    watch = Stopwatch(lambda: waits.append(time.sleep(0.01)))
    for _ in range(2):
        with watch.part('network'):
            time.sleep(0.005)
    with watch.part('finish'):
        pass
    assert list(watch.ms) == ['network', 'finish']
    assert watch.ms['network'] >= 30 and watch.ms['finish'] >= 10
    assert len(waits) == 3
