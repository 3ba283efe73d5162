# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The stack of an unforeseen error is logged once for each kind, and never without bounds."""

import re

import pytest

from thermal_depth_ros.base.settings import SettingsError
from thermal_depth_ros.base.unexpected import (
    ErrorCounter,
    is_foreseen,
    named,
    report,
    stack_of,
)


def caught(work):
    try:
        work()
    except Exception as error:
        return error
    raise AssertionError('nothing was raised')


def lost():
    raise KeyError('lost')


def found():
    raise KeyError('lost')


def deep(levels):
    return 1 // 0 if levels == 0 else deep(levels - 1)


def test_the_first_of_a_kind_has_its_stack_and_the_others_a_line_now_and_then():
    logged = []
    for _ in range(1000):
        report('a callback', caught(lost), logged.append)
    assert len(logged) == 4
    first = logged[0].splitlines()
    assert first[0] == "unexpected KeyError: 'lost' in a callback"
    assert first[1] == 'Traceback (most recent call last):'
    assert f'{__file__}' in logged[0] and 'in lost' in logged[0]
    assert [re.findall(r'\d+ times', text) for text in logged[1:]] == [
        ['10 times'],
        ['100 times'],
        ['1000 times'],
    ]
    assert all('\n' not in text for text in logged[1:])


def test_kinds_are_told_apart_by_type_and_place():
    seen = ErrorCounter()
    errors = [caught(lost), caught(found), caught(lost), ValueError('never raised'), ValueError()]
    assert [seen.count(error) for error in errors] == [1, 1, 2, 1, 2]


def test_there_are_only_so_many_kinds():
    seen = ErrorCounter(most_kinds=3)
    kinds = [type(f'Error{n}', (Exception,), {}) for n in range(10)]
    assert [seen.count(kind()) for kind in kinds] == [1, 1, 1, 1, 2, 3, 4, 5, 6, 7]
    assert seen.count(kinds[0]()) == 2


def test_a_stack_is_bounded_and_keeps_both_ends():
    text = stack_of(caught(lambda: deep(400)))
    assert len(text.splitlines()) < 80
    assert 'in caught' in text and 'in 385 more' not in text and ' more' in text
    assert text.endswith('ZeroDivisionError: integer division or modulo by zero')
    long = stack_of(ValueError('x' * 10**6))
    assert len(long) < 20_000
    causes = caught(lost)
    for _ in range(200):
        outer = ValueError('again')
        outer.__cause__, causes = causes, outer
    assert len(stack_of(causes)) < 20_000


def test_causes_are_shown():
    def convert():
        try:
            lost()
        except KeyError as error:
            raise ValueError('cannot convert') from error

    text = stack_of(caught(convert))
    assert "KeyError: 'lost'" in text and 'ValueError: cannot convert' in text
    assert 'in lost' in text


def test_text_of_messages_cannot_forge_lines():
    logged = []
    report('a \x1b[2J callback', ValueError('\x1b[31m\rforged'), logged.append)
    assert '\x1b' not in logged[0].split(' in a ')[0] + ''.join(logged[0].splitlines()[1:])
    assert named(ValueError('a\nb')) == r'ValueError: a\nb'
    assert named(KeyError()) == 'KeyError'


def test_without_a_log_it_goes_to_standard_error(capsys):
    report('a batch', caught(lost))
    assert "unexpected KeyError: 'lost' in a batch\nTraceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    ('error', 'foreseen'),
    [
        (SettingsError('rate'), True),
        (FileNotFoundError('x'), True),
        (ModuleNotFoundError('x'), True),
        (ValueError('x'), False),
        (RuntimeError('CUDA'), False),
        (MemoryError(), False),
    ],
)
def test_what_is_foreseen(error, foreseen):
    assert is_foreseen(error) is foreseen
