# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The running average of weights."""

import pytest
import torch
from torch import nn

from helpers.run_states import differences
from thermal_depth_ros.training.engine.averaging import WeightAverage


def network(value: float = 0.0) -> nn.Module:
    made = nn.Sequential(nn.Conv2d(1, 1, 1), nn.BatchNorm2d(1))
    fill(made, value)
    return made


def fill(made: nn.Module, value: float) -> None:
    with torch.no_grad():
        for tensor in made.state_dict().values():
            tensor.fill_(value)


def weight(made: nn.Module) -> float:
    return made[0].weight.item()


def test_known_answer():
    """The first steps count as if the decay were step / (step + 10)."""
    made = network(0.0)
    average = WeightAverage(made, 0.5)
    expected = 0.0
    for step in range(1, 31):
        fill(made, float(step))
        average.update()
        decay = min(0.5, step / (step + 10))
        expected = decay * expected + (1 - decay) * step
    with average.applied():
        assert weight(made) == pytest.approx(expected, rel=1e-5)
        assert made[1].running_var.item() == pytest.approx(expected, rel=1e-5)
        assert made[1].num_batches_tracked.item() == 30, 'counters are not averaged'
    assert weight(made) == 30.0


def test_constant_weights_stay_exactly_what_they_are():
    made = network(0.1)
    average = WeightAverage(made, 0.9)
    for _ in range(5):
        average.update()
    with average.applied():
        assert weight(made) == torch.tensor(0.1).item()


def test_own_weights_come_back_after_an_error():
    made = network(0.0)
    average = WeightAverage(made, 0.5)
    fill(made, 4.0)
    with pytest.raises(RuntimeError), average.applied():
        assert weight(made) == 0.0
        raise RuntimeError
    assert weight(made) == 4.0


def test_keeping_the_average_for_good():
    made = network(1.0)
    average = WeightAverage(made, 0.5)
    fill(made, 4.0)
    average.keep()
    assert weight(made) == 1.0


def test_off_it_does_nothing_and_holds_nothing():
    made = network(0.0)
    average = WeightAverage(made, 0.0)
    fill(made, 4.0)
    average.update()
    with average.applied():
        assert weight(made) == 4.0
    average.keep()
    assert weight(made) == 4.0
    assert average.state() == {'steps': 0, 'average': {}}


def test_a_saved_average_continues_exactly():
    def steps(average: WeightAverage, made: nn.Module, values: range) -> None:
        for value in values:
            fill(made, float(value**2))
            average.update()

    made = network()
    whole = WeightAverage(made, 0.8)
    steps(whole, made, range(1, 9))
    halfway = network()
    first = WeightAverage(halfway, 0.8)
    steps(first, halfway, range(1, 5))
    saved = {'steps': first.state()['steps'], 'average': dict(first.state()['average'])}
    again = network()
    second = WeightAverage(again, 0.8)
    second.load_state(saved)
    steps(second, again, range(5, 9))
    assert differences(whole.state(), second.state()) == []
