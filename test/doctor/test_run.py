# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The doctor's tables, JSON and verdict, over findings given by the test."""

import json

import pytest

from thermal_depth_ros.doctor import run
from thermal_depth_ros.doctor.finding import fail, ok, warn


@pytest.fixture
def findings(monkeypatch):
    """Put given findings in the place of the real checks."""

    def give(*given):
        monkeypatch.setattr(run, 'sections', lambda watch, seconds: iter([('part', [*given])]))

    return give


def test_only_a_fail_fails(findings, capsys):
    findings(ok('a', 'fine'), warn('b', 'less'))
    assert run.run_checks(True, 0.0, False)
    findings(ok('a', 'fine'), fail('c', 'broken'))
    assert not run.run_checks(True, 0.0, False)
    assert '1 OK, 0 WARN, 1 FAIL' in capsys.readouterr().out


def test_json_carries_everything(findings, capsys):
    findings(warn('b', 'less [of it]', 'do this'))
    assert run.run_checks(True, 0.0, True)
    assert json.loads(capsys.readouterr().out) == {
        'part': [{'name': 'b', 'state': 'WARN', 'text': 'less [of it]', 'advice': 'do this'}]
    }


def test_table_shows_text_as_it_is(findings, capsys):
    findings(fail('c', 'bad [value] in file', 'mend it'))
    run.run_checks(True, 0.0, False)
    out = capsys.readouterr().out
    assert 'FAIL' in out
    assert 'bad [value] in file' in out
    assert '-> mend it' in out


def test_a_check_that_cannot_be_imported_is_a_warning():
    def broken():
        raise ImportError('libsomething.so: cannot open shared object file')

    (finding,) = run._guarded('graph', broken)
    assert 'not checked: libsomething.so' in finding.text


def test_no_graph_leaves_the_graph_alone(monkeypatch):
    monkeypatch.setattr(run, '_graph', lambda seconds: pytest.fail('looked at the graph'))
    titles = [title for title, _ in run.sections(watch_graph=False, seconds=0.0)]
    checked = ['machine', 'packages', 'devices', 'model bundles', 'engines', 'caches', 'ROS']
    assert titles == checked
