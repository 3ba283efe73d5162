# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The recipes of the shipped models ask for what their documents say, with settings that exist."""

import itertools
import os
import subprocess
from pathlib import Path

import pytest

from thermal_depth_ros.cli.average import parser as average_parser
from thermal_depth_ros.cli.evaluate import parser as evaluate_parser
from thermal_depth_ros.cli.label import parser as label_parser
from thermal_depth_ros.cli.simulate import parser as simulate_parser
from thermal_depth_ros.cli.train import read_arguments
from thermal_depth_ros.demo.scenarios import BY_DAY, BY_NIGHT, DRIVE
from thermal_depth_ros.simulation.config import SimulationConfig
from thermal_depth_ros.simulation.drive_writer import planned_drives

RECIPES = ('thermal', 'rgb', 'unsupervised')
PARSERS = {
    'average': average_parser,
    'simulate': simulate_parser,
    'label': label_parser,
    'evaluate': evaluate_parser,
}
# Stands in for the command: notes how it was called, and makes the folders of drives.
FAKE = """#!/bin/sh
printf '%s\\t' "$@" >> "$CALLS" # an argument may be empty
echo >> "$CALLS"
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
    python = command.with_name('python')  # installs weights
    python.write_text('#!/bin/sh\nexit 0\n')
    python.chmod(0o755)
    path = f'{command.parent}{os.pathsep}{os.environ["PATH"]}'

    def recipe(name: str) -> list[list[str]]:
        calls = tmp_path / 'calls'
        calls.write_text('')
        environment = {**os.environ, 'PATH': path, 'CALLS': str(calls), 'RECIPE_OUT': 'o'}
        config = tmp_path / 'config'
        if not config.exists():
            config.symlink_to(repository / 'config')
        script = str(repository / 'scripts' / f'recipe_{name}.sh')
        subprocess.run(['sh', script], cwd=tmp_path, env=environment, check=True, timeout=60)
        return [line.split('\t')[:-1] for line in calls.read_text().splitlines()]

    return recipe


def after(call: list[str], option: str) -> list[str]:
    """Return the values of an option."""
    rest = call[call.index(option) + 1 :] if option in call else []
    end = next((i for i, text in enumerate(rest) if text.startswith('-')), len(rest))
    return rest[:end]


def named(calls: list[list[str]], command: str, *options: str) -> set[str]:
    """Return the drives that a command is given by some options, in all of its calls."""
    chosen = [call for call in calls if call[0] == command]
    return {path for call in chosen for option in options for path in after(call, option)}


def seeds(paths: set[str]) -> set[int]:
    return {int(Path(path).name.removeprefix('seed_')) for path in paths}


@pytest.mark.parametrize('name', RECIPES)
def test_every_command_is_one_that_there_is(run, repository, monkeypatch, name):
    monkeypatch.chdir(repository)
    calls = run(name)
    assert {call[0] for call in calls} >= {'simulate', 'train', 'evaluate'}
    for command, *arguments in calls:
        if command == 'train':
            kind, configs, _ = read_arguments(arguments)
            assert len(configs) == len(kind.configs)
        else:
            PARSERS[command]().parse_args(arguments)


@pytest.mark.parametrize('name', RECIPES)
def test_training_validation_test_and_demo_share_no_drive(run, name):
    calls = run(name)
    parts = {
        'training': seeds(named(calls, 'train', '--bags', '--night-bags')),
        'validation': seeds(named(calls, 'train', '--validation-bags', '--night-validation-bags')),
        'test': seeds(named(calls, 'evaluate', 'evaluate')),
        'demo': {DRIVE.seed, BY_DAY.seed, BY_NIGHT.seed},
    }
    assert all(parts.values())
    for one, other in itertools.combinations(parts, 2):
        assert parts[one].isdisjoint(parts[other]), (one, other)


@pytest.mark.parametrize('name', RECIPES)
def test_what_is_trained_on_was_simulated(run, name, tmp_path):
    calls = run(name)
    used = named(calls, 'evaluate', 'evaluate')
    for option in ('--bags', '--night-bags', '--validation-bags', '--night-validation-bags'):
        used |= named(calls, 'train', option)
    assert used and all((tmp_path / path).is_dir() for path in used)


def test_drives_that_teach_classes_were_labelled(run):
    calls = run('rgb')
    classes = [call for call in calls if 'config/training/rgb_default.yaml' in call]
    used = named(classes, 'train', '--bags', '--night-bags')
    assert len(classes) == 2 and used == named(calls, 'label', '--bags')


@pytest.mark.parametrize('name', RECIPES)
def test_drives_that_are_there_are_not_simulated_again(run, name):
    first, second = run(name), run(name)
    assert [call for call in first if call[0] != 'simulate'] == second


def test_folders_of_drives_are_called_as_simulate_calls_them():
    planned = planned_drives(SimulationConfig(seed=1040), Path('b'), 40)
    assert [path.name for path, _ in planned[:2]] == ['seed_1040', 'seed_1041']
