# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The bench's command line: which parts it selects. Nothing is measured here."""

import pytest

from thermal_depth_ros.bench.run import parts
from thermal_depth_ros.cli import bench


def titles(*argv):
    names, soak_s = bench.chosen_parts(bench.parser().parse_args(argv))
    return list(parts(names, 20.0, soak_s))


def test_without_an_option_everything_but_the_soak():
    assert titles() == [
        'messages',
        'evaluation',
        'efficiency',
        'engines',
        'training',
        'start-up',
        'graph',
    ]


def test_all_adds_the_soak():
    assert titles('--all') == [*titles(), 'soak']


@pytest.mark.parametrize(
    ('argv', 'expected'),
    [
        (('--messages',), ['messages']),
        (('--graph', '--start-up'), ['start-up', 'graph']),
        (('--soak', '5'), ['soak']),
        (('--curves', '60'), ['training']),
        (('--training', '--messages'), ['messages', 'training']),
        (('--efficiency', '--soak', '5'), ['efficiency', 'soak']),
    ],
)
def test_only_what_is_chosen(argv, expected):
    assert titles(*argv) == expected


@pytest.mark.parametrize('seconds', ['0', '-1', 'nan', 'inf', 'soon'])
def test_durations_must_be_positive(seconds, capsys):
    with pytest.raises(SystemExit) as stopped:
        bench.parser().parse_args(['--soak', seconds])
    assert stopped.value.code == 2
    assert '--soak' in capsys.readouterr().err


@pytest.mark.parametrize('count', ['0', '7', '1000000', 'many'])
def test_a_number_of_steps_has_its_limits(count, capsys):
    with pytest.raises(SystemExit) as stopped:
        bench.parser().parse_args(['--curves', count])
    assert stopped.value.code == 2
    assert '--curves' in capsys.readouterr().err
