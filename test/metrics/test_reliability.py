# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Reliability of probabilities: known bins, and a temperature that is known."""

import numpy as np
import pytest

from thermal_depth_ros.metrics.reliability import BINS, ReliabilityAccumulator, fit_temperature


def test_known_bins():
    score, other = ReliabilityAccumulator(), ReliabilityAccumulator()
    score.add(np.array([0.9, 0.9, 0.9, 0.9]), np.array([True, True, True, False]))
    other.add(np.array([0.5, 0.5, np.nan, 1.0]), np.array([False, False, True, True]))
    score.merge(other)
    found = score.result()
    assert found.pixels == 7, 'one has no probability'
    assert [entry.pixels for entry in found.bins] == [2, 4, 1]
    assert found.bins[1].low == pytest.approx(13 / BINS)
    assert found.bins[1].accuracy == 0.75 and found.bins[1].confidence == pytest.approx(0.9)
    assert found.ece == pytest.approx((2 * 0.5 + 4 * 0.15 + 0) / 7)
    assert found.accuracy == pytest.approx(4 / 7)
    assert found.confidence == pytest.approx((1.0 + 3.6 + 1.0) / 7)
    assert ReliabilityAccumulator().result() is None


@pytest.mark.parametrize('temperature', [0.4, 1.0, 2.5])
def test_a_temperature_is_found_again(temperature):
    rng = np.random.default_rng(3)
    true_logits = rng.normal(0.0, 2.0, (20000, 5))
    share = np.exp(true_logits)
    share /= share.sum(1, keepdims=True)
    labels = (share.cumsum(1) < rng.random((20000, 1))).sum(1).clip(max=4)
    logits = temperature * true_logits + 7.0  # too sure, or not sure enough
    found = fit_temperature(logits.astype(np.float32), labels.astype(np.uint8))
    assert found == pytest.approx(temperature, rel=0.05)
    before, after = ReliabilityAccumulator(), ReliabilityAccumulator()
    for score, scale in ((before, 1.0), (after, found)):
        scaled = np.exp((logits - logits.max(1, keepdims=True)) / scale)
        probability = scaled.max(1) / scaled.sum(1)
        score.add(probability, logits.argmax(1) == labels)
    assert after.result().ece < 0.02
    assert after.result().ece <= before.result().ece + 1e-3


def test_a_network_that_is_always_right_gets_the_lowest_temperature():
    logits = np.eye(3)[np.arange(300) % 3]
    assert fit_temperature(logits, np.arange(300) % 3) == pytest.approx(0.05, rel=0.01)
