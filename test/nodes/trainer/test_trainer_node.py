# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The trainer over real DDS: parameters in, progress and the end of a training on /diagnostics."""

import signal
import subprocess
import sys

import pytest

from helpers import toy
from helpers.processes import environment, parameters, processes
from helpers.waiting import eventually
from thermal_depth_ros.training import registry

pytestmark = [pytest.mark.ros, pytest.mark.timeout(300)]
WAIT_S = 120.0


@pytest.fixture
def trainer(graph, monkeypatch, tmp_path):
    """Start trainer nodes whose task is the toy."""
    monkeypatch.setitem(registry.KINDS, 'toy', toy.kind)
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    from thermal_depth_ros.nodes.trainer.trainer_node import TrainerNode

    left = []

    def start(active=True, **parameters):
        def make(**arguments):
            command = (sys.executable, toy.SCRIPT, 'train')
            return TrainerNode(lambda: left.append(True), command, **arguments)

        defaults = {'task': 'toy', 'device': 'cpu', 'tensorboard': False, 'workers': 0}
        defaults |= {'output': str(tmp_path / 'out'), 'log_every_steps': 1}
        graph_defaults = {'network': ''}  # a parameter of the camera nodes, as in a shared file
        node = graph.start(make, active=active, **(graph_defaults | defaults | parameters))
        node.left = left
        return node

    return start


def part(graph):
    return graph.part('trainer: training') or (None, '', {})


def test_a_training_from_parameters_to_the_bundle(graph, trainer, tmp_path):
    node = trainer(step_s=0.03, words=['b'])
    assert eventually(lambda: part(graph)[2].get('step', '').endswith('of 36'), WAIT_S), graph.log()
    level, message, values = part(graph)
    assert level == 0 and 'step' in message and 'stage' in message
    assert values['state'] == 'running' and values['task'] == 'toy'
    assert float(values['loss total']) > 0 and 'loss mean_error' in values
    assert eventually(lambda: ':' in part(graph)[2]['time left'], WAIT_S)
    assert float(part(graph)[2]['samples per second']) >= 0.0
    assert eventually(lambda: 'validation rmse' in part(graph)[2], WAIT_S)
    assert eventually(lambda: part(graph)[2]['state'] == 'finished', WAIT_S), graph.log()
    assert (tmp_path / 'out' / 'bundle' / 'about.json').is_file()
    assert (tmp_path / 'out' / 'report.html').is_file()
    assert graph.logged('validation after step 36: rmse')
    assert node.exit_code == 0 and not node.left
    assert 'b' in (tmp_path / 'out' / 'config.yaml').read_text()


def test_deactivating_keeps_a_checkpoint_and_activating_continues(graph, trainer, tmp_path):
    node = trainer(step_s=0.2, checkpoint_every_steps=0)
    assert eventually(lambda: 'step' in part(graph)[2], WAIT_S), graph.log()
    graph.transition(node, 'deactivate')
    assert eventually(lambda: part(graph)[2]['state'] == 'stopped')
    assert part(graph)[0] == 0
    assert len(list((tmp_path / 'out' / 'checkpoints').iterdir())) == 1
    graph.transition(node, 'activate')
    assert graph.logged('resuming after step', seconds=WAIT_S)


def test_everything_wrong_with_the_parameters_is_reported_at_once(graph, trainer):
    node = trainer(active=False, epochs=13, batch_size=-1, epoch=3, words=['x'])
    graph.transition(node, 'configure', 'FAILURE')
    assert graph.state(node) == 'unconfigured'
    said = [line for line in graph.log(40) if line.startswith('cannot configure')][0]
    for words in (
        'epoch (did you mean epochs?): unknown',
        'batch_size: -1',
        "words: 'x' not among",
    ):
        assert words in said
    assert eventually(lambda: part(graph)[0] == 2), 'an error on /diagnostics'
    assert 'batch_size: -1 is below' in part(graph)[1]


def test_contradictions_are_reported(graph, trainer):
    node = trainer(active=False, epochs=13)
    graph.transition(node, 'configure', 'FAILURE')
    assert graph.logged('epochs: 13 brings bad luck')


def test_a_task_that_is_unknown(graph, trainer):
    node = trainer(active=False, task='tou')
    graph.transition(node, 'configure', 'FAILURE')
    assert graph.logged("task: 'tou' is not one of")


@pytest.mark.parametrize(
    ('parameters', 'words'),
    [
        ({'bad_sample': 3}, 'total is nan'),
        ({'kill_at': 5}, 'killed by SIGKILL'),
    ],
)
def test_a_training_that_fails_leaves_a_node_that_says_so(graph, trainer, parameters, words):
    node = trainer(**parameters)
    assert eventually(lambda: part(graph)[2].get('state') == 'failed', WAIT_S), graph.log()
    level, message, _ = part(graph)
    assert level == 2 and words in message
    assert graph.logged(words, level=40)
    assert graph.state(node) == 'active' and node.exit_code == 1
    graph.transition(node, 'deactivate')


def test_the_process_may_leave_when_the_training_is_over(graph, trainer):
    node = trainer(epochs=1, exit_when_finished=True)
    assert eventually(lambda: node.left, WAIT_S)
    assert node.exit_code == 0


def test_autostart_trains_by_itself(graph, trainer):
    trainer(active=False, autostart=True, epochs=1)
    assert eventually(lambda: part(graph)[2].get('state') == 'finished', WAIT_S), graph.log()


@pytest.fixture
def process(domain_id, tmp_path):
    """Start the real `trainer` in a process of its own."""
    values = {'task': 'toy', 'device': 'cpu', 'tensorboard': 'false', 'workers': '0'}
    values |= {'output': str(tmp_path / 'out'), 'log_every_steps': '1'}
    with processes() as start:
        yield lambda *arguments: start(
            toy.SCRIPT,
            'trainer',
            *parameters(values),
            *arguments,
            stderr=subprocess.STDOUT,
            ROS_DOMAIN_ID=str(domain_id),
        )


def checkpoints(folder):
    found = folder / 'checkpoints'
    return list(found.iterdir()) if found.is_dir() else []


def test_a_signal_ends_it_cleanly_after_a_checkpoint(process, tmp_path):
    one = process('-p', 'step_s:=0.3', '-p', 'checkpoint_every_steps:=0')
    history = tmp_path / 'out' / 'history.jsonl'
    assert eventually(lambda: history.is_file() and history.stat().st_size, WAIT_S)
    one.send_signal(signal.SIGINT)
    said, _ = one.communicate(timeout=40.0)
    assert one.returncode == 0, said
    assert 'Traceback' not in said
    assert len(checkpoints(tmp_path / 'out')) == 1


def test_a_killed_node_does_not_leave_a_training_behind(process, tmp_path):
    one = process('-p', 'step_s:=0.3', '-p', 'checkpoint_every_steps:=0')
    history = tmp_path / 'out' / 'history.jsonl'
    assert eventually(lambda: history.is_file() and history.stat().st_size, WAIT_S)
    one.kill()
    assert eventually(lambda: len(checkpoints(tmp_path / 'out')) == 1, 40.0)
    assert history.stat().st_size < 36 * 100, 'it stopped early'


def test_wrong_parameters_with_exit_when_finished_end_the_process(process):
    one = process('-p', 'exit_when_finished:=true', '-p', 'epochs:=0', '-p', 'epoch:=3')
    said, _ = one.communicate(timeout=60.0)
    assert one.returncode == 1, said
    assert 'epochs: 0 is below the minimum 1' in said and 'epoch (did you mean' in said
