# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What rules accept, and what they say of the rest."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thermal_depth_ros.base import rules

ANY = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.integers())
)


@given(ANY)
def test_numbers_are_accepted_within_their_range_and_no_others(value):
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    inside = number and math.isfinite(value) and -2 <= value <= 5
    assert rules.number(-2, 5).test(value) == inside
    assert rules.integer(-2, 5).test(value) == (inside and isinstance(value, int))


@pytest.mark.parametrize(
    ('rule', 'value', 'problem'),
    [
        (rules.integer(1, 9), 0, 'a: 0 is below the minimum 1'),
        (rules.integer(1, 9), 10, 'a: 10 is above the maximum 9'),
        (rules.integer(1), True, 'a: True is not a whole number'),
        (rules.number(), math.inf, 'a: inf is not finite'),
        (rules.text(3), '', "a: '' is not a non-empty text"),
        (rules.items(rules.flag(), (2,)), [True], 'a: [True] is not a list of 2 items, each true'),
        (rules.texts(('x', 'y')), ['x', 'z'], "a: 'z' not among x, y"),
        (rules.mapping(rules.integer(0)), {1: 2}, 'a: {1: 2} is not a mapping of names'),
        (rules.either(rules.NOTHING, rules.flag()), 3, 'a: 3 is not null or true or false'),
    ],
)
def test_a_problem_names_the_field_the_value_and_what_is_valid(rule, value, problem):
    (found,) = rule.problem('a', value)
    assert found.startswith(problem) and not rule.test(value)


def test_every_bad_entry_of_a_mapping_of_arguments_is_named():
    rule = rules.named({'depth': rules.integer(1, 9), 'bias': rules.flag()})
    assert rule.problem('args', {'depth': 3, 'bias': True}) == []
    assert rule.problem('args', {'depth': 0, 'bias': 1, 'path': 'x'}) == [
        'args.depth: 0 is below the minimum 1',
        'args.bias: 1 is not true or false',
        "args: 'path' not among depth, bias",
    ]


@given(st.text(min_size=1000))
def test_values_are_shortened_in_messages(value):
    assert len(rules.flag().problem('a', value)[0]) < 700  # escapes are up to ten characters
