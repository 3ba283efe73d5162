# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
from types import SimpleNamespace

import pytest

from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.messages.labels import label_info, label_names
from thermal_depth_ros.messages.stamps import stamp_ns


def test_label_info(types):
    labels = SimpleNamespace(names=('road', 'sky'))
    msg = label_info(types, labels, 9, 'rgb_optical', threshold=0.25)
    assert label_names(msg) == {0: 'road', 1: 'sky'}
    assert msg.threshold == 0.25
    assert (stamp_ns(msg.header), msg.header.frame_id) == (9, 'rgb_optical')
    with pytest.raises(MessageError, match='256'):
        label_info(types, SimpleNamespace(names=['x'] * 256), 0)
