# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
from hypothesis import given
from hypothesis import strategies as st

from thermal_depth_ros.messages.stamps import (
    clock_message,
    header_message,
    stamp_ns,
    time_message,
    time_ns,
)


@given(nanoseconds=st.integers(0, 2**31 * 10**9 - 1))
def test_stamps_are_exact(types, nanoseconds):
    assert time_ns(time_message(types, nanoseconds)) == nanoseconds
    assert stamp_ns(header_message(types, nanoseconds, 'x')) == nanoseconds
    assert time_ns(clock_message(types, nanoseconds).clock) == nanoseconds
