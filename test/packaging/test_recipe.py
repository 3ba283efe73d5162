# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The recipes of the shipped models ask for what their documents say, with settings that exist."""

import os
import subprocess
from pathlib import Path

import pytest

from thermal_depth_ros.cli.file_settings import training_values
from thermal_depth_ros.cli.label import parser as label_parser
from thermal_depth_ros.cli.simulate import drives
from thermal_depth_ros.cli.simulate import parser as simulate_parser
from thermal_depth_ros.cli.train import read_arguments
from thermal_depth_ros.cli.translate import parser as translate_parser
from thermal_depth_ros.demo.scenarios import DRIVE
from thermal_depth_ros.simulation.config import SimulationConfig

# Stands in for the command: notes how it was called, and makes the folders of drives.
FAKE = """#!/bin/sh
echo "$@" >> "$CALLS"
[ "$1" = simulate ] || exit 0
shift
while [ $# -gt 0 ]; do
    case $1 in
        -o) folder=$2; shift ;;
        --count) count=$2; shift ;;
        --seed) seed=$2; shift ;;
    esac
    shift
done
last=$((seed + count))
while [ "$seed" -lt "$last" ]; do mkdir -p "$folder/seed_$seed"; seed=$((seed + 1)); done
"""


@pytest.fixture
def run(tmp_path: Path, repository: Path):
    """Return what runs the recipe and tells the calls of the command."""
    command = tmp_path / 'bin' / 'thermal-depth'
    command.parent.mkdir()
    command.write_text(FAKE)
    command.chmod(0o755)
    path = f'{command.parent}{os.pathsep}{os.environ["PATH"]}'

    def recipe(name: str = 'thermal') -> list[list[str]]:
        calls = tmp_path / 'calls'
        calls.write_text('')
        environment = {**os.environ, 'PATH': path, 'CALLS': str(calls), 'RECIPE_OUT': 'o'}
        config = tmp_path / 'config'
        if not config.exists():
            config.symlink_to(repository / 'config')
        script = str(repository / 'scripts' / f'recipe_{name}.sh')
        subprocess.run(['sh', script], cwd=tmp_path, env=environment, check=True, timeout=60)
        return [line.split() for line in calls.read_text().splitlines()]

    return recipe


def after(call: list[str], option: str) -> list[str]:
    """Return the values of an option."""
    rest = call[call.index(option) + 1 :]
    end = next((i for i, text in enumerate(rest) if text.startswith('-')), len(rest))
    return rest[:end]


def test_every_command_is_one_that_there_is(run, repository, monkeypatch):
    monkeypatch.chdir(repository)
    calls = run()
    assert [call[0] for call in calls] == [*['simulate'] * 3, *['train'] * 7, *['evaluate'] * 2]
    for call in calls[:3]:
        simulate_parser().parse_args(call[1:])
    for call in calls[3:10]:
        kind, configs, _ = read_arguments(call[1:])
        assert len(configs) == len(kind.configs)


def test_seeds_of_training_validation_and_test_are_apart(run):
    calls = run()
    near, *_, train = (call for call in calls if call[0] == 'train')
    evaluations = [call for call in calls if call[0] == 'evaluate']
    for option in ('--bags', '--validation-bags'):
        assert after(near, option) == after(train, option)
    seeds = {
        'train': [int(Path(p).name.removeprefix('seed_')) for p in after(train, '--bags')],
        'validation': [int(p[-4:]) for p in after(train, '--validation-bags')],
        'test': [int(Path(p).name[-4:]) for p in after(evaluations[0], 'evaluate')],
    }
    assert seeds['train'] == list(range(1000, 1078))
    assert seeds['validation'] == [1078, 1079]
    assert seeds['test'] == list(range(2000, 2008))
    assert DRIVE.seed not in {seed for some in seeds.values() for seed in some}


def test_what_is_done_is_not_done_again(run):
    run()
    assert [call[0] for call in run()] == [*['train'] * 7, *['evaluate'] * 2]


def test_every_command_of_the_rgb_recipe_is_one_that_there_is(run, repository, monkeypatch):
    monkeypatch.chdir(repository)
    calls = run('rgb')
    wanted = [('simulate', 6), ('train', 5), ('translate', 2), ('label', 2), ('train', 1)]
    wanted.append(('evaluate', 2))
    assert [call[0] for call in calls] == [name for name, count in wanted for _ in range(count)]
    parsers = {'simulate': simulate_parser, 'translate': translate_parser, 'label': label_parser}
    for name, *arguments in calls:
        if name == 'train':
            kind, configs, _ = read_arguments(arguments)
            assert len(configs) == len(kind.configs)
        elif name in parsers:
            parsers[name]().parse_args(arguments)


def test_day_and_night_have_seeds_of_their_own(run):
    calls = run('rgb')
    full = [call for call in calls if call[0] == 'train'][-1]
    seeds = {
        option: [int(Path(p).name[-4:]) for p in after(full, option)]
        for option in ('--bags', '--night-bags', '--validation-bags', '--night-validation-bags')
    }
    assert seeds['--bags'] == [*range(5000, 5060), *range(5100, 5400)]
    assert seeds['--night-bags'] == [*range(6000, 6060), *range(6100, 6400)]
    assert seeds['--validation-bags'] == [5060, 5061, *range(5400, 5404)]
    assert seeds['--night-validation-bags'] == [6060, 6061, *range(6400, 6404)]
    for name in ('translate', 'label'):
        for call, light in zip([c for c in calls if c[0] == name], ('day', 'night'), strict=True):
            assert after(call, '--bags') == after(full, f'--{light}-bags'.replace('--day-', '--'))


def test_folders_of_drives_are_called_as_simulate_calls_them():
    planned = drives(SimulationConfig(seed=1040), Path('b'), 40)
    assert [path.name for path, _ in planned[:2]] == ['seed_1040', 'seed_1041']


@pytest.mark.parametrize('name', ['thermal_default_near', 'thermal_default'])
def test_the_settings_are_of_the_trainer(repository, name):
    values = training_values(repository / 'config' / 'training' / f'{name}.yaml')
    assert (values['width'], values['height']) == (160, 128)
    assert values['weights_dtype'] == 'fp16'
