# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Arguments of `train`: files, options over them, and everything that is wrong said at once."""

import dataclasses
from typing import Any

import pytest

from helpers.processes import modules_loaded_by
from thermal_depth_ros.base.settings import RenamedSettingWarning, SettingsError, setting
from thermal_depth_ros.cli import train
from thermal_depth_ros.cli.main import main
from thermal_depth_ros.training import registry
from thermal_depth_ros.training.engine.config import RunConfig


@dataclasses.dataclass(frozen=True)
class MethodConfig:
    """The method."""

    rate: float = setting(0.1, 'Learning rate', minimum=0.0)
    names: tuple[str, ...] = setting((), 'Names')
    flip: bool = setting(True, 'Flip')
    zoom: bool = setting(False, 'Zoom')
    turns: int = setting(1, 'Turns', renamed_from='rounds')

    def problems(self) -> list[str]:
        return ['zoom: goes not with rate 7'] if self.zoom and self.rate == 7.0 else []


def clash(configs: tuple[Any, ...]) -> list[str]:
    method, run = configs
    return ['rate: 5 is too much for seed 5'] if method.rate == run.seed == 5 else []


@pytest.fixture(autouse=True)
def known(monkeypatch):
    def make(configs, advance):
        raise SettingsError('nothing is trained here')

    kind = registry.TaskKind((MethodConfig, RunConfig), make, clash)
    monkeypatch.setitem(registry.KINDS, 'fake', lambda: kind)


@pytest.fixture
def config(tmp_path):
    def write(text):
        path = tmp_path / 'config.yaml'
        path.write_text(text)
        return str(path)

    return write


def read(*arguments):
    return train.read_arguments(list(arguments))[1]


FLAT = 'task: fake\nrate: 1e-3\nnames: [a, b]\nflip: false\noutput: here\n'
ROS = """
/**/trainer:
  ros__parameters:
    task: fake
    rate: 1e-3
    names: ['a', 'b']
    flip: false
    output: here
    autostart: false
    use_sim_time: true
    qos_overrides:
      /diagnostics: 5
/other:
  ros__parameters:
    frobnicate: 3
"""


@pytest.mark.parametrize('text', [FLAT, ROS, ROS.replace('/**/trainer', '/robot1/trainer')])
def test_both_kinds_of_files_say_the_same(config, text):
    method, run = read('--config', config(text))
    assert method == MethodConfig(rate=1e-3, names=('a', 'b'), flip=False)
    assert run == RunConfig(task='fake', output='here')


def test_later_files_override_earlier_ones(config, tmp_path):
    second = tmp_path / 'second.yaml'
    second.write_text('rate: 4\n')
    method, run = read('--config', config(FLAT), '--config', str(second))
    alone = read('--config', config(FLAT))
    assert method.rate == 4
    assert (dataclasses.replace(method, rate=alone[0].rate), run) == alone


def test_options_override_the_file(config):
    path = config(FLAT + 'zoom: true\n')
    arguments = ['--config', path, '--rate', '2', '--flip', '--zoom', 'false']
    arguments += ['--names', '--output', 'there', '--max-minutes', '1.5']
    method, run = read(*arguments)
    assert method == MethodConfig(rate=2.0, names=(), flip=True, zoom=False)
    assert (run.output, run.max_minutes) == ('there', 1.5)
    assert read('--config', path, '--names', 'x', 'y', 'z')[0].names == ('x', 'y', 'z')


def test_options_alone_will_do():
    assert read('--task', 'fake', '--zoom')[0].zoom


def test_an_empty_file_is_all_defaults(config):
    assert read('--config', config('# nothing\n'), '--task', 'fake') == (
        MethodConfig(),
        RunConfig(task='fake'),
    )


def test_everything_wrong_is_reported_at_once(config, capsys):
    path = config("task: fake\nrat: 1\nrate: -2\nzoom: maybe\nbatch_size: 0\noutput: ''\nmode: 2\n")
    assert main(['train', '--config', path, '--seed', '-3']) == 1
    said = capsys.readouterr().err
    for part in (
        'rat: unknown',
        'mode: unknown',
        'rate: -2 is below',
        "zoom: 'maybe' is not true or false",
        'batch_size: 0 is below',
        'output: must not be empty',
        'seed: -3 is below',
    ):
        assert part in said
    assert said.startswith('error: ') and len(said.splitlines()) == 1


@pytest.mark.parametrize(
    ('text', 'words'),
    [
        ('task: fake\nrate: 7\nzoom: true\n', 'zoom: goes not with rate 7'),
        ('task: fake\nrate: 5\nseed: 5\n', 'rate: 5 is too much for seed 5'),
        ('task: fakke\n', "fake; did you mean 'fake'?"),
        ('task: fake\nrate: 1\nrate: 2\nseed: 1\nseed: 1\n', 'rate, seed stands there twice'),
        ('task: fake\nnames: a\n', "names: 'a' is not a list of texts"),
        ('[1, 2]\n', 'not a parameter file'),
        ('task: fake\nrate: {a: 1}\n', "'task' is not under ros__parameters"),
        ('task: [\n', 'config.yaml: '),
        ('task: fake\nrate: &a [*a]\n', 'stands in itself'),
        ('task: fake\nrate: 2024-13-99\n', "rate: '2024-13-99' is not a number"),
    ],
)
def test_what_is_wrong_with_a_file(config, capsys, text, words):
    assert main(['train', '--config', config(text)]) == 1
    said = capsys.readouterr().err
    assert words in said and len(said.splitlines()) == 1


def test_a_file_that_is_not_there(capsys):
    assert main(['train', '--config', 'nowhere.yaml']) == 1
    assert 'nowhere.yaml' in capsys.readouterr().err


def test_what_the_task_cannot_do_is_reported(capsys):
    assert main(['train', '--task', 'fake']) == 1
    assert capsys.readouterr().err == 'error: nothing is trained here\n'


def test_the_stack_of_a_defect_is_reported_and_kept(tmp_path, capsys, monkeypatch):
    def make(configs, advance):
        return {}['missing']

    kind = registry.TaskKind((MethodConfig, RunConfig), make, clash)
    monkeypatch.setitem(registry.KINDS, 'fake', lambda: kind)
    out = tmp_path / 'out'
    assert main(['train', '--task', 'fake', '--output', str(out)]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert lines[-1] == "error: unexpected KeyError: 'missing'"
    kept = (out / 'errors.txt').read_text()
    for text in ('\n'.join(lines), kept):
        assert 'Traceback (most recent call last):' in text and 'in make' in text


def test_help_is_grouped_by_configuration(capsys):
    with pytest.raises(SystemExit) as stop:
        main(['train', '--task', 'fake', '--help'])
    assert stop.value.code == 0
    said = capsys.readouterr().out
    method, run = said.index('The method:'), said.index('Output, duration, hardware')
    assert method < said.index('--rate') < run < said.index('--batch-size')
    assert '--names [TEXT ...]' in said


def test_unknown_options_are_wrong_calls(capsys):
    with pytest.raises(SystemExit) as stop:
        main(['train', '--task', 'fake', '--frobnicate'])
    assert stop.value.code == 2


def test_help_of_the_default_task_imports_neither_torch_nor_ros():
    code = 'from thermal_depth_ros.cli.train import main; main(["--help"])'
    loaded, said = modules_loaded_by(code)
    assert not {'rclpy', 'torch', 'timm', 'accelerate'} & loaded
    assert '--stage1-epochs' in said and '--bags' in said


@pytest.mark.parametrize(
    'text', [FLAT + 'rounds: 4\n', ROS.replace('rate:', 'rounds: 4\n    rate:')]
)
def test_a_former_name_in_a_file_is_read(config, text):
    path = config(text)
    with pytest.warns(RenamedSettingWarning, match='rounds is deprecated: it is called turns'):
        assert read('--config', path)[0].turns == 4
    with pytest.warns(RenamedSettingWarning):
        assert read('--config', path, '--turns', '5')[0].turns == 5


def test_a_former_name_is_an_option_that_no_help_lists(config):
    with pytest.warns(RenamedSettingWarning, match='rounds'):
        assert read('--task', 'fake', '--rounds', '4')[0].turns == 4
    assert '--turns' in (shown := train.parser(registry.task_kind('fake')).format_help())
    assert '--rounds' not in shown


def test_both_names_of_a_setting_are_refused(config):
    for arguments in (
        ('--task', 'fake', '--rounds', '4', '--turns', '4'),
        ('--config', config(FLAT + 'rounds: 4\nturns: 4\n')),
    ):
        with pytest.raises(SettingsError, match='rounds: given twice, also as turns'):
            read(*arguments)
