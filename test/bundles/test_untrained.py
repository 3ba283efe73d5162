# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What random weights of a part make meaningless is said, and no more."""

import pytest

from thermal_depth_ros.bundles.untrained import untrained_outputs


@pytest.mark.parametrize(
    ('parts', 'outputs'),
    [
        ((), ''),
        (('all',), 'outputs'),
        (('pose',), 'motion'),
        (('pose.encoder', 'pose.decoder'), 'motion'),
        (('depth.head', 'pose'), 'depth and motion'),
        (('depthseg.seg_decoder',), 'classes'),
        (('depthseg.depth_decoder',), 'depth'),
        (('depthseg.encoder',), 'depth and classes'),
        (('pose', 'day_to_night'), 'outputs'),
    ],
)
def test_outputs_are_those_that_depend_on_the_parts(parts, outputs):
    assert untrained_outputs(parts) == outputs
