# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Text from messages is printed on one line, without control characters, and not endlessly."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thermal_depth_ros.base.wire_text import (
    listed,
    name_of,
    printable,
    printable_lines,
    without_control_codes,
)


@pytest.mark.parametrize('text', ['', 'base_link', '/höhe über Grund', 'a b', '温度'])
def test_what_can_be_printed_stays(text):
    assert printable(text) == text


@pytest.mark.parametrize(
    ('text', 'shown'),
    [
        ('a\n[ERROR] forged', r'a\n[ERROR] forged'),
        ('\x1b[2J\x1b]0;title\x07', r'\x1b[2J\x1b]0;title\x07'),
        ('\x9b31m', r'\x9b31m'),
        ('a\u202egnp', r'a\u202egnp'),
        ('\ud800', r'\ud800'),
    ],
    ids=['line break', 'escape code', 'one-byte escape code', 'right to left', 'surrogate'],
)
def test_control_characters_are_escaped(text, shown):
    assert printable(text) == shown


def test_long_text_is_cut_and_says_how_long_it_was():
    assert printable('x' * 10_000, 10) == 'xxxxxxxxxx... (10000 characters)'
    assert len(name_of('\x00' * 10_000_000)) < 300


@given(st.text())
def test_printable_is_one_printable_line_of_bounded_length(text):
    shown = printable(text, 20)
    assert shown.isprintable()
    assert len(shown) <= 2 * 20 + 40


@given(st.text())
def test_no_control_character_reaches_a_terminal(text):
    shown = without_control_codes(text)
    assert not [c for c in shown if unicodedata.category(c) == 'Cc' and c not in '\n\t']


def test_lines_stay_lines():
    assert printable_lines('Traceback\n  File\x1b[0m\nend') == 'Traceback\n  File\\x1b[0m\nend'
    assert len(printable_lines('x' * 100 + '\n', 10)) < 50


def test_lists_are_counted_beyond_what_is_shown():
    assert listed([]) == 'none'
    assert listed(['a', 'b\n']) == r'a, b\n'
    assert listed(range(20_000), 3) == '0, 1, 2 and 19997 more'
