# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Training in this process: what is written, when, and how it ends and resumes."""

import contextlib
import errno
import json
import os

import numpy as np
import pytest
import torch
import yaml
from safetensors.torch import load_file

from helpers import toy
from helpers.run_states import differences, end_of_run
from thermal_depth_ros.base.settings import SettingsError
from thermal_depth_ros.training.engine import checkpoints
from thermal_depth_ros.training.engine.callbacks import ProgressCallback
from thermal_depth_ros.training.engine.errors import DivergenceError, TrainingError
from thermal_depth_ros.training.engine.metrics_logger import read_history


class Recording(ProgressCallback):
    """Remembers everything it is told."""

    def __init__(self):
        self.states, self.steps, self.metrics, self.notes = [], [], [], []

    def state(self, text):
        self.states.append(text)

    def progress(self, now):
        self.steps.append(now)

    def validated(self, step, metrics):
        self.metrics.append((step, metrics))

    def note(self, text):
        self.notes.append(text)


class StopAfter:
    """Asks to stop once a number of steps was seen; may interrupt as a signal does."""

    def __init__(self, watch, steps, at_validation=False):
        self.watch, self.steps, self.at_validation = watch, steps, at_validation

    @property
    def asked(self):
        return not self.at_validation and len(self.watch.steps) >= self.steps

    @contextlib.contextmanager
    def interrupting(self):
        if self.at_validation and len(self.watch.steps) >= self.steps:
            torch.rand(5)  # the interrupted work had begun and drawn random numbers
            raise KeyboardInterrupt
        yield


@pytest.fixture(autouse=True)
def _quickly(without_report):
    """Let no training draw charts."""


@pytest.fixture
def out(tmp_path):
    return tmp_path / 'out'


def records(out, kind):
    return [r for r in read_history(out / 'history.jsonl') if kind in r]


def test_a_run_learns_and_leaves_everything(train_toy, out):
    watch = Recording()
    outcome = train_toy(watch, epochs=6, stages_wanted=1, rate=0.03, dropout=0.0)
    assert outcome.finished and outcome.step == 36
    losses = [r['losses']['total'] for r in records(out, 'losses')]
    assert len(losses) == 36
    assert np.mean(losses[-6:]) < 0.3 * np.mean(losses[:6])
    assert outcome.metrics == records(out, 'validation')[-1]['validation']
    about = json.loads((outcome.bundle / 'about.json').read_text())
    assert about['steps'] == 36 and about['samples'] == 24 and about['settings']['seed'] == 0
    assert [now.step for now in watch.steps] == list(range(1, 37))
    assert watch.steps[-1].eta_s == 0.0 and watch.steps[-1].total_steps == 36
    assert watch.states[0] == 'starting' and 'exporting' in watch.states


def test_stages_follow_each_other(train_toy, out):
    watch = Recording()
    train_toy(watch, epochs=2)
    names = [r['stage'] for r in records(out, 'losses')]
    assert names == ['first'] * 12 + ['second'] * 12
    assert [(n.stage_number, n.epoch, n.epoch_step) for n in watch.steps[11:14]] == [
        (1, 2, 6),
        (2, 1, 1),
        (2, 1, 2),
    ]
    assert [r['epoch'] for r in records(out, 'validation')] == [0, 1, 2, 3]


def test_the_config_next_to_the_checkpoints_makes_the_same_run(train_toy, toy_kind, out):
    train_toy(words=['b', 'a'], epochs=1, rate=1e-3, restart=True)
    values = yaml.safe_load((out / 'config.yaml').read_text())
    toy, run = toy_kind.build(values)
    assert not run.restart
    assert toy.words == ('b', 'a') and toy.rate == 1e-3 and run.output == str(out)


def test_history_holds_means_over_the_steps_between_records(train_toy, tmp_path):
    for every in (1, 4):
        train_toy(epochs=2, log_every_steps=every, output=str(tmp_path / str(every)))
    single = [r['losses']['total'] for r in records(tmp_path / '1', 'losses')]
    means = records(tmp_path / '4', 'losses')
    assert [r['step'] for r in means] == [4, 8, 12, 16, 20, 24]
    np.testing.assert_allclose(
        [r['losses']['total'] for r in means], np.reshape(single, (6, 4)).mean(1), rtol=1e-12
    )


@pytest.mark.parametrize('workers', [1, 2])
def test_workers_change_nothing(train_toy, tmp_path, workers):
    train_toy(epochs=2, output=str(tmp_path / 'none'))
    train_toy(epochs=2, workers=workers, output=str(tmp_path / 'some'))
    assert differences(end_of_run(tmp_path / 'none'), end_of_run(tmp_path / 'some')) == []


@pytest.mark.parametrize(
    ('stop', 'log_every_steps'),
    [
        ({'steps': 3}, 5),
        ({'steps': 17}, 1),  # at the end of stage one
        ({'steps': 20}, 7),
        ({'steps': 35}, 5),
        ({'steps': 12, 'at_validation': True}, 5),
        ({'steps': 36, 'at_validation': True}, 1),
    ],
)
def test_an_interrupted_run_ends_like_one_that_was_not(train_toy, tmp_path, stop, log_every_steps):
    whole, parts = tmp_path / 'whole', tmp_path / 'parts'
    shared = {'log_every_steps': log_every_steps, 'divergence_warmup_steps': 4}
    assert train_toy(output=str(whole), **shared).finished
    watch = Recording()
    first = train_toy(watch, StopAfter(watch, **stop), output=str(parts), **shared)
    assert not first.finished and first.bundle is None
    assert not (parts / 'bundle').exists()
    again = Recording()
    outcome = train_toy(again, output=str(parts), **shared)
    assert outcome.finished and outcome.step == 36
    assert f'resuming after step {first.step} of 36' in again.notes
    assert differences(end_of_run(whole), end_of_run(parts)) == []


def test_a_stop_takes_one_step_more_and_a_checkpoint(train_toy, out):
    watch = Recording()
    outcome = train_toy(watch, StopAfter(watch, 5), checkpoint_every_steps=0)
    assert 5 <= outcome.step <= 7
    assert [int(path.name[5:14]) for path in (out / 'checkpoints').iterdir()] == [outcome.step]


def test_a_finished_run_called_again_writes_the_bundle_again(train_toy, out):
    train_toy(epochs=1)
    before = (out / 'history.jsonl').read_bytes()
    (out / 'bundle' / 'about.json').unlink()
    watch = Recording()
    assert train_toy(watch, epochs=1).finished
    assert watch.steps == [] and (out / 'bundle' / 'about.json').is_file()
    assert (out / 'history.jsonl').read_bytes() == before


def test_restart_starts_from_scratch(train_toy, out, tmp_path):
    train_toy(epochs=1, seed=1)
    train_toy(epochs=2, output=str(tmp_path / 'fresh'))
    watch = Recording()
    assert train_toy(watch, epochs=2, restart=True).finished
    assert len(watch.steps) == 24
    assert differences(end_of_run(tmp_path / 'fresh'), end_of_run(out)) == []


def test_changed_settings_are_all_named(train_toy):
    train_toy(epochs=1)
    with pytest.raises(SettingsError) as caught:
        train_toy(epochs=2, seed=3, batch_size=8, samples=25)
    message = str(caught.value)
    for part in ('epochs: 1 became 2', 'seed: 0 became 3', 'batch_size: 4 became 8', '--restart'):
        assert part in message
    assert '24 samples became 25' in message


def test_settings_that_do_not_matter_may_change(train_toy):
    train_toy(epochs=1)
    kept = {
        'checkpoint_every_steps': 1,
        'workers': 1,
        'keep_checkpoints': 9,
        'divergence_factor': 5.0,
    }
    assert train_toy(epochs=1, **kept).finished


def test_max_steps_ends_a_run_that_can_be_prolonged(train_toy, out, tmp_path):
    outcome = train_toy(max_steps=9)
    assert outcome.finished and outcome.step == 9 and outcome.bundle is not None
    assert records(out, 'validation')[-1]['step'] == 9
    assert train_toy(max_steps=18).step == 18
    last, _ = end_of_run(out)
    assert (last['stage'], last['entered']) == (1, 0)
    assert train_toy().step == 36


def test_max_minutes_ends_a_run(train_toy):
    watch = Recording()
    outcome = train_toy(watch, max_minutes=0.3 / 60, step_s=0.02)
    assert outcome.finished and 1 <= outcome.step < 36
    assert outcome.bundle is not None
    watch = Recording()
    assert train_toy(watch, max_minutes=0.3 / 60, step_s=0.02).step == outcome.step
    assert watch.steps == []


def test_validation_by_steps(train_toy, out):
    train_toy(epochs=1, validate_every_steps=4, stages_wanted=1)
    assert [r['step'] for r in records(out, 'validation')] == [4, 6]


def test_no_validation(train_toy, out):
    assert train_toy(epochs=1, validate_every_epochs=0).metrics == {}
    assert records(out, 'validation') == []


@pytest.mark.parametrize('every', [2, 5])
def test_validation_after_epochs_and_at_the_end_of_a_stage(train_toy, out, every):
    train_toy(epochs=3, validate_every_epochs=every)
    expected = [12, 18, 30, 36] if every == 2 else [18, 36]
    assert [r['step'] for r in records(out, 'validation')] == expected


def test_nan_stops_with_the_batch_named_and_saved(train_toy, out):
    with pytest.raises(DivergenceError) as caught:
        train_toy(bad_sample=5, samples=24, checkpoint_every_steps=1)
    message = str(caught.value)
    assert 'total is nan' in message
    assert 'toy sample 5' in message.split('samples:')[1]
    assert 'input y is not finite in toy sample 5' in message
    step = int(message.split()[1].rstrip(':'))
    saved = load_file(out / 'offending_batch' / f'step-{step:09}.safetensors')
    assert saved['x'].shape == (4, 3) and saved['y'].isnan().sum() == 1
    about = json.loads((out / 'offending_batch' / f'step-{step:09}.json').read_text())
    assert 5 in [sample['index'] for sample in about['samples']]
    newest = sorted((out / 'checkpoints').glob('*.pt'))
    if step > 1:
        assert str(newest[-1]) in message
        network = torch.load(newest[-1])['task']['network']
        assert all(tensor.isfinite().all() for tensor in network.values())
    assert all(np.isfinite(r['losses']['total']) for r in records(out, 'losses'))


def test_the_batch_that_is_saved_is_the_one_that_was_learned_from(train_toy, out):
    from thermal_depth_ros.training.engine.sampler import BatchSampler
    from thermal_depth_ros.training.engine.task import Stage

    with pytest.raises(DivergenceError, match='step 9'):
        train_toy(explode_at=9, divergence_warmup_steps=5)
    keys = BatchSampler((Stage('first', 3), Stage('second', 3)), 24, 4, 0).keys(8)
    expected = toy.ToyTask(toy.ToyConfig()).load(keys)
    saved = load_file(out / 'offending_batch' / 'step-000000009.safetensors')
    assert torch.equal(saved['x'], expected.x) and torch.equal(saved['y'], expected.y)


def test_an_exploding_loss_stops_unless_it_is_allowed(train_toy, tmp_path):
    with pytest.raises(DivergenceError, match='times its running median'):
        train_toy(explode_at=9, divergence_warmup_steps=5)
    allowed = train_toy(explode_at=9, divergence_factor=0.0, output=str(tmp_path / 'other'))
    assert allowed.finished


def test_a_sample_that_cannot_be_loaded_is_named(train_toy, tmp_path):
    for workers in (0, 1):
        with pytest.raises(TrainingError) as caught:
            train_toy(broken_sample=7, workers=workers, output=str(tmp_path / str(workers)))
        assert 'toy sample 7' in str(caught.value)
        assert 'ValueError: the disk is scratched' in str(caught.value)
        stack = (tmp_path / str(workers) / 'errors.txt').read_text()
        assert 'in load\n' in stack and 'toy.py", line ' in stack
        assert 'TrainingError: cannot load toy sample' in stack


def test_the_stack_of_a_defect_is_kept_in_the_folder_of_the_run(train_toy, out, monkeypatch):
    def broken(self, batch):
        return {}['missing']

    monkeypatch.setattr(toy.ToyTask, 'step', broken)
    for _ in range(2):
        with pytest.raises(KeyError):
            train_toy()
    stack = (out / 'errors.txt').read_text()
    assert stack.count("KeyError: 'missing'") == 2 and stack.count('in broken\n') == 2
    assert len(stack) < 20_000


def test_a_batch_that_diverged_and_cannot_be_loaded_again_leaves_a_stack(
    train_toy, out, monkeypatch
):
    load, seen = toy.ToyTask.load, []

    def gone(self, keys):
        if list(keys) in seen:
            raise LookupError('the cache is gone')
        seen.append(list(keys))
        return load(self, keys)

    monkeypatch.setattr(toy.ToyTask, 'load', gone)
    with pytest.raises(DivergenceError, match='loaded again: LookupError: the cache is gone'):
        train_toy(bad_sample=3, workers=0)
    assert 'in gone\n' in next((out / 'offending_batch').glob('step-*.txt')).read_text()


def test_a_full_disk_ends_the_run_with_the_old_checkpoint(train_toy, out, monkeypatch):
    wrote = checkpoints.write_bytes

    def full(path, data):
        if path.name.startswith('step-000000012'):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        wrote(path, data)

    with monkeypatch.context() as patch:
        patch.setattr(checkpoints, 'write_bytes', full)
        with pytest.raises(TrainingError, match='No space left on device; .*step-000000008'):
            train_toy(checkpoint_every_steps=4)
    watch = Recording()
    assert train_toy(watch, checkpoint_every_steps=4).finished
    assert watch.notes[0] == 'resuming after step 8 of 36'


def test_a_damaged_checkpoint_costs_the_steps_since_the_one_before(train_toy, tmp_path):
    whole, other = tmp_path / 'whole', tmp_path / 'other'
    train_toy(output=str(whole), checkpoint_every_steps=4)
    watch = Recording()
    train_toy(watch, StopAfter(watch, 13), output=str(other), checkpoint_every_steps=4)
    newest = sorted((other / 'checkpoints').glob('*.pt'))[-1]
    newest.write_bytes(newest.read_bytes()[:1000])
    again = Recording()
    train_toy(again, output=str(other), checkpoint_every_steps=4)
    assert f'{newest} is damaged' in again.notes[0]
    assert again.notes[1] == 'resuming after step 12 of 36'
    assert differences(end_of_run(whole), end_of_run(other)) == []


def test_a_history_that_was_cut_is_reported(train_toy, out):
    watch = Recording()
    train_toy(watch, StopAfter(watch, 9))
    (out / 'history.jsonl').write_text('')
    with pytest.raises(TrainingError, match='history .* has 0 bytes'):
        train_toy()


@pytest.mark.parametrize(
    ('values', 'words'),
    [
        ({'device': 'cuda:77'}, 'cuda:77'),
        ({'precision': 'fp16', 'device': 'auto'}, 'fp16 needs'),
        ({'samples': 2}, 'batch_size: 4 is more than the 2 samples'),
    ],
)
def test_what_the_machine_or_the_data_cannot_do(train_toy, values, words, out):
    if torch.cuda.is_available() and 'precision' in values:
        pytest.skip('this machine can')
    with pytest.raises(SettingsError, match=words):
        train_toy(**values)
    assert not (out / 'checkpoints').exists()


def test_an_output_that_cannot_be_made(train_toy, tmp_path):
    (tmp_path / 'file').write_text('')
    with pytest.raises(TrainingError, match='output .*file'):
        train_toy(output=str(tmp_path / 'file'))
