# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Rows of an ablation, trained with the toy: what is shared, what resumes, what fails."""

import dataclasses
import json
import re

import pytest

from helpers import toy
from helpers.run_states import differences, end_of_run
from thermal_depth_ros.base.settings import SettingsError
from thermal_depth_ros.training.ablation.run import AblationRun
from thermal_depth_ros.training.ablation.tables import Ablation, Row
from thermal_depth_ros.training.engine.callbacks import NeverStop, ProgressCallback
from thermal_depth_ros.training.engine.metrics_logger import read_history

BASE = {'task': 'toy', 'device': 'cpu', 'tensorboard': False, 'workers': 0, 'log_every_steps': 1}
BEGINNING = Row('begin', 'the first stage', {'stages_wanted': 1}, {})
ONE_STAGE = Row('one_stage', 'w/o stage two', {'stages_wanted': 1}, {'rmse': (3.0,)}, {}, BEGINNING)
WHOLE = Row('whole', 'ours', {'stages_wanted': 2}, {'rmse': (1.0,)}, {}, BEGINNING)


def ablation(*rows):
    return Ablation('A table', {'rmse': 'RMSE'}, rows, 'other data')


class Steps(ProgressCallback):
    """Remembers which steps were taken, and what was said."""

    def __init__(self):
        self.steps, self.notes = [], []

    def progress(self, now):
        self.steps.append(now.step)

    def note(self, text):
        self.notes.append(text)


class StopAt:
    """Asks to stop once so many steps were seen."""

    def __init__(self, watch, steps):
        self.watch, self.steps = watch, steps

    @property
    def asked(self):
        return len(self.watch.steps) >= self.steps

    interrupting = NeverStop.interrupting


@pytest.fixture(autouse=True)
def _quickly(without_report):
    """Let no training draw charts."""


@pytest.fixture
def attempt(tmp_path):
    """Train rows of a table of the toy; return whether it ended, the results and the watch."""

    def run(table, names=(), stop_at=None, **values):
        watch = Steps()
        stop = StopAt(watch, stop_at) if stop_at else NeverStop()
        made = AblationRun(table, toy.kind(), {**BASE, **values}, tmp_path / 'table', watch, stop)
        rows = table.chosen(names)
        finished = made.train(rows)
        return finished, made.results(rows), watch

    return run


def test_a_row_behind_common_stages_ends_as_if_it_had_trained_them_itself(
    attempt, train_toy, tmp_path
):
    finished, (one, whole), watch = attempt(ablation(ONE_STAGE, WHOLE))
    assert finished and one.state == whole.state == 'finished'
    assert (one.steps, whole.steps) == (18, 36)
    # The first row was done when the beginning was, the second did the rest.
    assert watch.steps == list(range(1, 37))
    alone = train_toy(output=str(tmp_path / 'alone'), stages_wanted=2)
    assert alone.metrics == whole.metrics
    shared_end, shared_history = end_of_run(whole.folder)
    own_end, own_history = end_of_run(tmp_path / 'alone')
    assert differences(shared_end, own_end) == [] and shared_history == own_history


def test_a_beginning_is_not_in_the_table(attempt):
    _, results, watch = attempt(ablation(ONE_STAGE, WHOLE), names=('whole',))
    assert [(result.row.name, result.state) for result in results] == [('whole', 'finished')]
    assert watch.steps == list(range(1, 37))


def test_finished_rows_are_not_trained_again_and_interrupted_ones_go_on(attempt):
    table = ablation(ONE_STAGE, WHOLE)
    finished, (one, whole), _ = attempt(table, stop_at=22)
    assert not finished and (one.state, whole.state) == ('finished', 'not finished')
    finished, (again, ended), watch = attempt(table)
    assert finished and again.metrics == one.metrics
    assert watch.steps == list(range(watch.steps[0], 37)) and watch.steps[0] > 18
    _, (third, fourth), watch = attempt(table)
    assert watch.steps == [] and fourth.metrics == ended.metrics and third.steps == 18


def test_restart_trains_all_rows_again(attempt):
    table = ablation(ONE_STAGE, WHOLE)
    attempt(table)
    _, _, watch = attempt(table, restart=True)
    assert watch.steps == list(range(1, 37))


def test_a_row_that_fails_is_named_and_the_others_go_on(attempt):
    broken = Row('broken', 'w/o luck', {'broken_sample': 3}, {'rmse': (2.0,)})
    _, results, watch = attempt(ablation(broken, ONE_STAGE))
    assert [result.state for result in results] == ['failed', 'finished']
    assert 'toy sample 3' in results[0].reason and 'the disk is scratched' in results[0].reason
    assert any('w/o luck' in note for note in watch.notes)


def test_a_row_whose_beginning_fails_trains_alone(attempt):
    bad = Row('begin', 'the first stage', {'stages_wanted': 1, 'broken_sample': 3}, {})
    whole = Row('whole', 'ours', {'stages_wanted': 2, 'broken_sample': -1}, {}, {}, bad)
    _, (result,), watch = attempt(ablation(whole))
    assert result.state == 'finished' and any('the first stage: ' in n for n in watch.notes)
    assert watch.steps[-36:] == list(range(1, 37))


def test_stages_that_a_limit_cut_short_are_not_handed_on(attempt):
    # Within the first stage of 18 steps, every row ends by itself where the limit says.
    _, (one, whole), watch = attempt(ablation(ONE_STAGE, WHOLE), max_steps=10)
    assert (one.steps, whole.steps) == (10, 10)
    assert watch.steps == 3 * list(range(1, 11))


def test_a_row_that_tells_nothing_is_left_out_with_the_reason(attempt):
    dull = dataclasses.replace(WHOLE, needs={'rate': 'not reached', 'words': 'too dull'})
    _, results, watch = attempt(ablation(ONE_STAGE, dull))
    assert [(result.state, result.reason) for result in results] == [
        ('finished', ''),
        ('left out', 'too dull'),
    ]
    assert watch.steps == list(range(1, 19))


def test_other_settings_are_no_continuation(attempt):
    attempt(ablation(ONE_STAGE))
    _, (result,), _ = attempt(ablation(ONE_STAGE), rate=0.2)
    assert result.state == 'failed' and 'rate' in result.reason and '--restart' in result.reason


def test_settings_that_fit_no_row_are_refused_at_once(attempt, tmp_path):
    with pytest.raises(SettingsError, match='epochs: 13'):
        attempt(ablation(ONE_STAGE), epochs=13)
    with pytest.raises(SettingsError, match='validate_every_epochs'):
        attempt(ablation(ONE_STAGE), validate_every_epochs=0)
    with pytest.raises(SettingsError, match='nonsense, other not among one_stage, whole'):
        ablation(ONE_STAGE, WHOLE).chosen(('nonsense', 'whole', 'other'))
    assert not (tmp_path / 'table').exists()


def test_what_the_rows_decide_is_taken_from_them(attempt, tmp_path):
    _, (result,), _ = attempt(ablation(ONE_STAGE), stages_wanted=2, output='elsewhere')
    assert result.steps == 18 and result.folder == tmp_path / 'table' / 'one_stage'


def test_the_table_has_measured_figures_and_those_of_the_paper(attempt, tmp_path):
    broken = Row('broken', 'w/o luck', {'broken_sample': 3}, {'rmse': (2.0,)})
    table = ablation(broken, WHOLE, ONE_STAGE)
    _, results, _ = attempt(table)
    lines = (tmp_path / 'table/ablation.md').read_text().splitlines()
    rows = [[cell.strip() for cell in line.strip('|').split('|')] for line in lines if '|' in line]
    assert rows[0] == ['', 'RMSE', 'paper: RMSE']
    assert rows[2] == ['w/o luck (failed)', '-', '2.000']
    assert rows[3] == ['ours', f'{results[1].metrics["rmse"]:.3f}', '1.000']
    text = '\n'.join(lines)
    assert 'other data' in text and re.search('w/o luck: failed: .*toy sample 3', text)
    plain = json.loads((tmp_path / 'table/ablation.json').read_text())
    assert [row['name'] for row in plain['rows']] == ['broken', 'whole', 'one_stage']
    assert plain['rows'][1]['metrics'] == results[1].metrics
    assert plain['rows'][0]['state'] == 'failed' and plain['settings']['seed'] == 0


def test_rows_of_one_table_are_evaluated_alike(attempt):
    _, results, _ = attempt(ablation(ONE_STAGE, WHOLE))
    for result in results:
        last = [r for r in read_history(result.folder / 'history.jsonl') if 'validation' in r][-1]
        assert last['validation'] == result.metrics and last['step'] == result.steps
