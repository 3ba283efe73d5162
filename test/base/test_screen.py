# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Tables and progress on a terminal and in a pipe."""

import io

import pytest

from thermal_depth_ros.base import screen


def test_long_lines_in_a_pipe_are_not_wrapped(capsys):
    screen.output_screen().print('word ' * 100)
    assert capsys.readouterr().out.count('\n') == 1


def test_table_has_its_cells_in_order(capsys):
    shown = screen.output_screen()
    shown.print(screen.table('counts', ('camera', 'in', 'out'), [('/a', '12', '7')]))
    text = capsys.readouterr().out
    assert text.startswith('counts')
    assert text.index('/a') < text.index('12') < text.index('7')


@pytest.mark.parametrize(('period_s', 'lines'), [(0.0, ['a: 1 of 2', 'a: 2 of 2']), (1e9, [])])
def test_progress_in_a_pipe_is_a_line_per_period(period_s, lines, monkeypatch):
    monkeypatch.setattr(screen, '_PLAIN_PERIOD_S', period_s)
    file = io.StringIO()
    with screen.progress(screen.Screen(file=file)) as begin:
        advance = begin('a', 2)
        advance()
        advance()
    assert file.getvalue().splitlines() == lines


def test_progress_on_a_terminal_is_a_bar():
    file = io.StringIO()
    terminal = screen.Screen(file=file, force_terminal=True, width=80)
    with screen.progress(terminal) as begin:
        advance = begin('drive', 2)
        advance()
        advance()
    assert 'drive' in file.getvalue() and '2/2' in file.getvalue()
