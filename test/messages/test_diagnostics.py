# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
from types import SimpleNamespace

from thermal_depth_ros.messages.diagnostics import Level, diagnostic_array, statuses_of
from thermal_depth_ros.messages.stamps import stamp_ns


def test_diagnostics(types):
    parts = [
        SimpleNamespace(name='input', level=1, message='slow', values={'rate': '3', 'topic': 'a'}),
        SimpleNamespace(name='engine', level=0, message='ok', values={}),
    ]
    msg = diagnostic_array(types, 11, 'thermal', parts)
    assert stamp_ns(msg.header) == 11
    first, second = statuses_of(msg)
    assert (first.name, first.level, first.message) == ('thermal: input', Level.WARN, 'slow')
    assert list(first.values.items()) == [('rate', '3'), ('topic', 'a')]
    assert (second.name, second.level) == ('thermal: engine', Level.OK)
    msg.status[0].level = types.octet(77)
    assert statuses_of(msg)[0].level is Level.ERROR


def test_text_of_whatever_origin_is_escaped_and_bounded(types):
    values = {f'frame {n}\x1b[31m': 'x\n' * 100_000 for n in range(20_000)}
    part = SimpleNamespace(name='input', level=1, message='a\nb' * 100_000, values=values)
    status = diagnostic_array(types, 11, 'thermal', [part]).status[0]
    texts = [status.message, *(text for pair in status.values for text in (pair.key, pair.value))]
    assert all(text.isprintable() for text in texts)
    assert sum(map(len, texts)) < 200_000
    assert len(status.values) <= 100
