# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The real command in processes of its own: killed, stopped, and in two processes at once.

What was killed or stopped is resumed in this process, which takes no imports.
"""

import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from helpers.run_states import differences, end_of_run
from thermal_depth_ros.training.engine.callbacks import ProgressCallback
from thermal_depth_ros.training.engine.errors import TrainingError
from thermal_depth_ros.training.engine.metrics_logger import read_history

EVERY = {'checkpoint_every_steps': 4, 'log_every_steps': 3}


def losses(output):
    return {
        r['step']: r['losses']['total']
        for r in read_history(output / 'history.jsonl')
        if 'losses' in r
    }


def wait_for(condition, process, seconds=120.0):
    end = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.01)


class Notes(ProgressCallback):
    """Keeps what a training says."""

    def __init__(self):
        self.text = ''

    def note(self, text):
        self.text += f'{text}\n'


@pytest.fixture
def uninterrupted(train_toy, tmp_path):
    """An output folder of the run that nothing interrupts, made in this process."""
    output = tmp_path / 'whole'
    assert train_toy(output=str(output), **EVERY).finished
    return output


def test_a_run_that_kills_itself_ends_bit_identical(uninterrupted, call_toy, train_toy, tmp_path):
    """In the middle of a step of stage two, two steps after a checkpoint."""
    output = tmp_path / 'out'
    code, _, _ = call_toy(output=output, workers=1, kill_at=23, **EVERY)
    assert code == -signal.SIGKILL
    assert not (output / 'bundle').exists()
    notes = Notes()
    assert train_toy(notes, output=str(output), workers=1, **EVERY).finished
    assert 'resuming after step 20 of 36' in notes.text
    assert differences(end_of_run(uninterrupted), end_of_run(output)) == []


def test_a_run_killed_from_outside_at_any_moment_ends_bit_identical(
    uninterrupted, start_toy, train_toy, tmp_path
):
    output = tmp_path / 'out'
    history = output / 'history.jsonl'
    for size in (100, 800):
        process = start_toy(output=output, workers=1, step_s=0.15, **EVERY)
        wait_for(lambda: history.is_file() and history.stat().st_size > size, process)  # noqa: B023
        process.kill()
        assert process.wait(60.0) == -signal.SIGKILL
    assert train_toy(output=str(output), workers=1, **EVERY).finished
    assert differences(end_of_run(uninterrupted), end_of_run(output)) == []


def test_signals_end_with_a_checkpoint_and_130(uninterrupted, start_toy, train_toy, tmp_path):
    output = tmp_path / 'out'
    for number in (signal.SIGINT, signal.SIGTERM):
        before = max(losses(output), default=0)
        process = start_toy(
            output=output, workers=1, step_s=0.15, checkpoint_every_steps=0, log_every_steps=3
        )
        wait_for(lambda: max(losses(output), default=0) > before, process)  # noqa: B023
        process.send_signal(number)
        said, errors = process.communicate(timeout=90.0)
        assert process.returncode == 130, errors
        assert 'interrupted after step' in said and 'Traceback' not in errors
    assert 1 <= len(list((output / 'checkpoints').iterdir())) <= 2
    notes = Notes()
    assert train_toy(notes, output=str(output), workers=1, **EVERY).finished
    assert 'resuming after step' in notes.text
    assert differences(end_of_run(uninterrupted), end_of_run(output)) == []


def test_a_signal_in_a_long_validation_does_not_wait_for_it(start_toy, tmp_path):
    output = tmp_path / 'out'
    process = start_toy(output=output, validate_s=280.0, step_s=0.01)
    for line in process.stderr:
        if 'validating' in line:
            break
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=120.0)
    assert process.returncode == 130
    assert len(list((output / 'checkpoints').iterdir())) == 1


def test_two_processes_give_the_losses_of_one(train_toy, call_toy, tmp_path):
    one, two = tmp_path / 'one', tmp_path / 'two'
    shared = {'dropout': 0.0, 'checkpoint_every_steps': 7}
    train_toy(output=str(one), **shared)
    launcher = ('-m', 'torch.distributed.run', '--standalone', '--nproc-per-node', '2')
    code, said, errors = call_toy(launcher=launcher, output=two, max_steps=20, **shared)
    assert code == 0, errors
    assert said.count('finished after step 20') == 1, 'one process speaks for all'
    code, said, errors = call_toy(launcher=launcher, output=two, **shared)
    assert code == 0, errors
    assert said.count('resuming after step 20') == 1
    expected, found = losses(one), losses(two)
    assert len(found) == 36 and found.keys() == expected.keys()
    np.testing.assert_allclose(list(found.values()), list(expected.values()), rtol=1e-9, atol=0)


def test_a_second_run_in_the_same_folder_is_refused(train_toy, tmp_path):
    hold = (
        'import sys\n'
        'from thermal_depth_ros.training.engine.run_folder import RunFolder\n'
        'with RunFolder(sys.argv[1], 1).locked():\n'
        '    print("held", flush=True)\n    sys.stdin.read()\n'
    )
    output = tmp_path / 'out'
    command = [sys.executable, '-c', hold, str(output)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == 'held\n'
        with pytest.raises(TrainingError, match=f'output {output}: another process is training'):
            train_toy()
        process.stdin.close()
        assert process.wait(60.0) == 0
    assert train_toy(epochs=1).finished
