# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Warnings are throttled by kind."""

from thermal_depth_ros.nodes.notices import Notices


class _Log:
    def __init__(self) -> None:
        self.lines: list[str] = []

    def warning(self, message: str) -> None:
        self.lines.append(message)


def test_one_of_a_kind_per_period_with_a_count_of_the_rest():
    log, now = _Log(), [0.0]
    notices = Notices(log, period_s=lambda: 5.0, now=lambda: now[0])
    for number in range(4):
        notices.warn('step', f'bad {number}')
        notices.warn('size', 'other kind')
        now[0] += 1.0
    assert log.lines == ['bad 0', 'other kind']
    now[0] = 5.0
    notices.warn('step', 'bad again')
    assert log.lines[2:] == ['bad again (3 more like this)']
    now[0] = 11.0
    notices.warn('step', 'bad once more')
    assert log.lines[3:] == ['bad once more']


def test_the_period_may_change_meanwhile():
    log, period = _Log(), [100.0]
    notices = Notices(log, period_s=lambda: period[0], now=lambda: 50.0)
    notices.warn('a', 'first')
    period[0] = 0.0
    notices.warn('a', 'second')
    assert log.lines == ['first', 'second']


def test_once_is_once():
    log = _Log()
    notices = Notices(log, period_s=lambda: 0.0)
    notices.warn_once('qos', 'mismatch')
    notices.warn_once('qos', 'mismatch')
    assert log.lines == ['mismatch']


def test_ever_new_kinds_and_text_from_messages_are_bounded_and_escaped():
    log = _Log()
    notices = Notices(log, period_s=lambda: 60.0, now=lambda: 0.0)
    for number in range(20_000):
        notices.warn(f'transform {number}', f'bad \x1b[2J\n[ERROR] {number} ' + 'x' * 100_000)
        notices.warn_once(f'once {number}', 'y' * 100_000)
    assert len(log.lines) <= 300
    assert sum(map(len, log.lines)) < 1_000_000
    assert all(line.isprintable() for line in log.lines)
