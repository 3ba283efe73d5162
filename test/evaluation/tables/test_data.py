# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Finding the recordings of the conditions of a table."""

from pathlib import Path

import pytest

from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.evaluation.tables.data import find_data, recordings_in
from thermal_depth_ros.evaluation.tables.published import Condition, published_table

LIGHTS = {name: Condition(name, f'by {name}', 'rgb') for name in ('day', 'night')}
ONE = {
    'night': Condition('night', 'ViViD', 'thermal', split='test.txt', sequences=('n1', 'n2')),
}


def recording(path: Path) -> Path:
    path.mkdir(parents=True)
    (path / 'metadata.yaml').write_text('')
    return path


def names(data) -> dict[str, list[str]]:
    return {key: [path.name for path in found.recordings] for key, found in data.items()}


def test_a_folder_for_each_condition(tmp_path):
    for name in ('day/b10', 'day/b9', 'night/c'):
        recording(tmp_path / name)
    found = find_data([str(tmp_path)], LIGHTS)
    assert names(found) == {'day': ['b9', 'b10'], 'night': ['c']}
    only = find_data([f'day={tmp_path / "night"}'], LIGHTS)
    assert names(only) == {'day': ['c']}


def test_files_and_folders_of_one_file_are_recordings(tmp_path):
    (tmp_path / 'a').mkdir()
    (tmp_path / 'a' / 'x.mcap').write_text('')
    (tmp_path / 'b.bag').write_text('')
    (tmp_path / 'empty').mkdir()
    (tmp_path / 'c').mkdir()
    for name in ('2.mcap', '10.mcap'):
        (tmp_path / 'c' / name).write_text('')
    assert [p.name for p in recordings_in(tmp_path)] == ['2.mcap', '10.mcap', 'a', 'b.bag']
    assert recordings_in(tmp_path / 'b.bag') == [tmp_path / 'b.bag']


def test_conditions_file(tmp_path):
    for name in ('s1', 's2', 's3', 'x'):
        recording(tmp_path / name)
    (tmp_path / 'conditions.yaml').write_text('day: x\nnight: [s3, "s[12]"]\nrain: [none]\n')
    assert names(find_data([str(tmp_path)], LIGHTS)) == {'day': ['x'], 'night': ['s3', 's1', 's2']}
    for text, error in (
        ('day: [gone]', 'day: no recording gone'),
        ('rain: [x]', 'conditions rain, but the table has day, night'),
        ('day: {a: b}', 'not a list of recordings'),
        ('day: [x, x]', 'given twice'),
        ('{', 'not YAML'),
    ):
        (tmp_path / 'conditions.yaml').write_text(text)
        with pytest.raises(EvaluationError, match=error):
            find_data([str(tmp_path)], LIGHTS)


def test_the_split_of_the_data_set_or_the_sequences_of_the_paper(tmp_path):
    for name in ('d1', 'n1', 'n2'):
        recording(tmp_path / name)
    found = find_data([str(tmp_path)], ONE)
    assert names(found) == {'night': ['n1', 'n2']} and not found['night'].notes
    (tmp_path / 'test.txt').write_text('n2\n')
    assert names(find_data([str(tmp_path)], ONE)) == {'night': ['n2']}
    (tmp_path / 'test.txt').write_text('n2\nn7\n')
    with pytest.raises(EvaluationError, match=r'test.txt: names n7, .* it has d1, n1, n2'):
        find_data([str(tmp_path)], ONE)


def test_other_recordings_than_those_of_the_paper_are_taken_and_said(tmp_path):
    recording(tmp_path / 'mine')
    found = find_data([str(tmp_path)], ONE)['night']
    assert [path.name for path in found.recordings] == ['mine']
    assert 'does not have the sequences of the paper (n1, n2)' in found.notes[0]


def test_folders_and_names_that_convert_writes(tmp_path):
    for name in ('val/night-clear/a', 'val/night-rain/b', 'val/day-clear/c', 'val/day-rain/d'):
        recording(tmp_path / 'nuscenes' / name)
    conditions = published_table('dsn-2').conditions
    expected = {'day-clear': ['c'], 'night': ['a', 'b']}
    assert names(find_data([str(tmp_path / 'nuscenes')], conditions)) == expected
    assert names(find_data([str(tmp_path / 'nuscenes' / 'val')], conditions)) == expected
    for name in ('day_val_451', 'night_val_411', 'day_train_all'):
        recording(tmp_path / 'robotcar' / name)
    found = find_data([str(tmp_path / 'robotcar')], published_table('dsn-1').conditions)
    assert names(found) == {'night': ['night_val_411'], 'day': ['day_val_451']}
    both = names(find_data([str(tmp_path)], published_table('dsn-3').conditions))
    assert both['nuscenes-night'] == ['a', 'b'] and both['robotcar-day'] == ['day_val_451']


def test_bad_folders(tmp_path):
    with pytest.raises(EvaluationError, match='--data .*nowhere: no such file'):
        find_data([str(tmp_path / 'nowhere')], LIGHTS)
    with pytest.raises(EvaluationError, match=r'dusk is no condition of the table \(day, night\)'):
        find_data([f'dusk={tmp_path}'], LIGHTS)
    with pytest.raises(EvaluationError, match='neither conditions.yaml nor a folder named day'):
        find_data([str(tmp_path)], LIGHTS)
    with pytest.raises(EvaluationError, match='no recording for the condition night'):
        find_data([str(tmp_path)], ONE)
