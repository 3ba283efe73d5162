# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Messages by stamp: nearest within the tolerance, in bounded memory, damage counted."""

import dataclasses
from types import SimpleNamespace

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.evaluation.truth.sources import TopicSource
from thermal_depth_ros.messages.errors import MessageError

STEP_NS = 100_000_000


@dataclasses.dataclass
class FakeRecord:
    time_ns: int
    number: int
    damaged: bool = False
    stamped: bool = True

    @property
    def message(self):
        if self.damaged:
            raise BagError('damaged')
        return SimpleNamespace(number=self.number)

    @property
    def stamp_ns(self):
        return self.message and self.time_ns - (7 if self.stamped else 0)


def records(count, **changes):
    return [FakeRecord(10**9 + k * STEP_NS + 7, k, **changes) for k in range(count)]


def stream(given, tolerance_s=0.02, decode=lambda message: message.number):
    return TopicSource(
        '/truth', given, tolerance_s, decode, lambda value, own_ns, _: (own_ns, value)
    )


def test_the_nearest_within_the_tolerance():
    found = stream(records(10))
    assert found.at(10**9 + 3 * STEP_NS) == (10**9 + 3 * STEP_NS, 3)
    assert found.at(10**9 + 4 * STEP_NS + 20_000_000) == (10**9 + 4 * STEP_NS, 4)
    assert found.at(10**9 + 5 * STEP_NS + 20_000_001) is None
    assert found.has(10**9 + 6 * STEP_NS)
    assert not found.has(10**9 + 100 * STEP_NS)
    assert stream(records(10), 1.0).at(10**9 + 5 * STEP_NS + 60_000_000)[1] == 6


def test_a_message_without_a_stamp_has_its_time():
    assert stream(records(3, stamped=False)).at(10**9 + STEP_NS + 7)[1] == 1


def test_stamps_out_of_order():
    given = records(6)
    given[2], given[4] = given[4], given[2]
    found = stream(given)
    assert [found.at(10**9 + k * STEP_NS)[1] for k in range(6)] == list(range(6))


def test_memory_does_not_grow():
    found = stream(FakeRecord(10**9 + k * STEP_NS + 7, k) for k in range(5000))
    sizes = []
    for k in range(5000):
        assert found.at(10**9 + k * STEP_NS)[1] == k
        sizes.append(len(found._window))
    assert max(sizes) < 20


def test_damage_is_counted_and_the_rest_continues():
    given = records(4)
    given[1].damaged = True

    def decode(message):
        if message.number == 2:
            raise MessageError('step', 1, 'too short')
        return message.number

    found = stream(given, decode=decode)
    assert [found.at(10**9 + k * STEP_NS) is not None for k in range(4)] == [
        True,
        False,
        False,
        True,
    ]
    assert not found.unreadable
    assert found.problem.startswith('/truth: 2 messages cannot be read: 1 x damaged; 1 x ')


def test_nothing_at_all():
    found = stream([])
    assert found.at(5) is None
    assert found.span_ns is None
    assert not found.unreadable
