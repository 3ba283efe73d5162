# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Confidence of the thermal pipeline: frames that can be compared, and those that cannot."""

import numpy as np
import pytest
import torch

from helpers.running_networks import moving, running_networks

DEPTH = frozenset({'depth'})
CONFIDENCE = frozenset({'depth', 'confidence'})


class TestConfidence:
    def still(self, pipeline, answer, depth=None):
        answer(running_networks(pipeline)['pose'], torch.zeros_like)
        if depth is not None:
            answer(
                running_networks(pipeline)['depth'], lambda out: torch.full_like(out, 1 / depth[0])
            )

    def test_nothing_to_compare_is_half(self, thermal, counts_frame, level):
        pipeline = thermal()
        assert (pipeline.process(counts_frame(1), CONFIDENCE).depth.confidence == 0.5).all()
        pipeline.reset()
        assert (pipeline.process(counts_frame(2), CONFIDENCE).depth.confidence == 0.5).all()

    def test_the_same_depth_again_is_certain_and_twice_the_depth_is_not(
        self, thermal, counts_frame, answer
    ):
        pipeline, depth = thermal(), [5.0]
        self.still(pipeline, answer, depth)
        pipeline.process(counts_frame(1), CONFIDENCE)
        same = pipeline.process(counts_frame(2), CONFIDENCE).depth.confidence
        assert same[4:-4, 4:-4] == pytest.approx(1.0)
        depth[0] = 10.0
        twice = pipeline.process(counts_frame(3), CONFIDENCE).depth.confidence
        assert twice[4:-4, 4:-4] == pytest.approx(2 / 3)

    def test_a_wall_that_comes_nearer_is_compared_in_the_camera_of_the_frame_before(
        self, thermal, counts_frame, answer
    ):
        pipeline, depth = thermal(), [10.0]
        answer(running_networks(pipeline)['depth'], lambda out: torch.full_like(out, 1 / depth[0]))
        answer(*moving(pipeline, 1.0))
        pipeline.process(counts_frame(1), CONFIDENCE)
        depth[0] = 9.0
        nearer = pipeline.process(counts_frame(2), CONFIDENCE).depth.confidence
        assert nearer[30:-30, 30:-30] == pytest.approx(1.0, abs=1e-5)
        same = pipeline.process(counts_frame(3), CONFIDENCE).depth.confidence
        assert same[30:-30, 30:-30] == pytest.approx(1 - 1 / 19, abs=1e-5)

    def test_confidence_at_the_limit_is_enough(self, thermal, counts_frame):
        depth = thermal(min_confidence=0.5).process(counts_frame(1), CONFIDENCE).depth
        assert (depth.confidence == 0.5).all() and np.isfinite(depth.depth_m).all()

    @pytest.mark.parametrize(
        'changes',
        [
            {'camera': None},
            {'stamp_ns': 10_000_000_000},
            {'stamp_ns': 1},
            {'stamp_ns': 0},
            {'frame_id': 'other'},
        ],
    )
    def test_frames_that_cannot_be_compared_are_not(self, thermal, counts_frame, answer, changes):
        pipeline = thermal()
        self.still(pipeline, answer)
        pipeline.process(counts_frame(1), CONFIDENCE)
        output = pipeline.process(counts_frame(2, **changes), CONFIDENCE)
        assert (output.depth.confidence == 0.5).all()

    def test_low_confidence_is_nan(self, thermal, counts_frame):
        pipeline = thermal(min_confidence=0.6)
        assert np.isnan(pipeline.process(counts_frame(1), DEPTH).depth.depth_m).all()
        output = pipeline.process(counts_frame(2), CONFIDENCE).depth
        assert (np.isnan(output.depth_m) == (output.confidence < 0.6)).all()
