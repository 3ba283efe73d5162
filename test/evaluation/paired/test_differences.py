# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Two evaluations of the same frames: figures, verdicts, groups, and what does not fit."""

import json

import numpy as np
import pytest

from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.evaluation.metrics_json import camera_metrics
from thermal_depth_ros.evaluation.paired.differences import compare, plain_differences
from thermal_depth_ros.evaluation.paired.frame_files import write_frames
from thermal_depth_ros.evaluation.paired.regressions import worst_regressions
from thermal_depth_ros.evaluation.paired.run_folder import read_run_folder
from thermal_depth_ros.evaluation.reports.difference_report import difference_section
from thermal_depth_ros.metrics.camera import CameraAccumulator
from thermal_depth_ros.metrics.depth import NUSCENES
from thermal_depth_ros.metrics.frame_rows import class_row, depth_row

NAMES = ('road', 'car')
DRIVES, FRAMES = 12, 4
OPTIONS = {'classes': 'all', 'median_scaling': {'rgb': True}, 'arguments': [], 'folder': '/x'}


def score(predict, drive):
    """Score the frames of a drive; `predict` changes true depth (6, 8) and classes."""
    made = CameraAccumulator('rgb', NUSCENES, NAMES)
    rng = np.random.default_rng(drive)
    for number in range(FRAMES):
        depth = rng.uniform(2.0, 60.0, (6, 8))
        labels = rng.integers(0, 2, (6, 8)).astype(np.uint8)
        depth_m, classes = predict(depth, labels, np.random.default_rng((drive, number)), drive)
        stamp = 10**18 + number * 2 * 10**9
        made.frame_rows['depth'].add(stamp, depth_row(made.depth.add(depth, depth_m)))
        made.frame_rows['classes'].add(stamp, class_row(made.segmentation.add(labels, classes)))
    return made


def evaluate(path, predict, protocol='nuscenes', drives=DRIVES, options=OPTIONS):
    path.mkdir()
    parts = [score(predict, drive) for drive in range(drives)]
    names = [f'd/{"night" if drive % 2 else "day"}/{drive}' for drive in range(drives)]
    write_frames(path, [(n, '/c', 'rgb', part) for n, part in zip(names, parts, strict=True)])
    whole = CameraAccumulator('rgb', NUSCENES, NAMES)
    for part in parts:
        whole.depth.merge(part.depth)
        whole.segmentation.merge(part.segmentation)
    whole.compared['classes'] = 1
    metrics = {
        'format': 1,
        'protocols': {'rgb': protocol},
        'options': options,
        'provenance': {'rgb bundle': path.name},
        'cameras': {'rgb': camera_metrics(whole.result())},
    }
    (path / 'metrics.json').write_text(json.dumps(metrics))
    return read_run_folder(path), whole


def noisy(depth, labels, rng, drive):
    return depth * rng.uniform(0.8, 1.25, depth.shape), np.where(
        rng.random(labels.shape) < 0.1, 1, labels
    )


def worse_at_night(depth, labels, rng, drive):
    depth_m, classes = noisy(depth, labels, rng, drive)
    return (depth_m**1.1 if drive % 2 else depth_m), classes


def test_figures_are_those_of_the_evaluations(tmp_path):
    first, whole = evaluate(tmp_path / 'a', noisy)
    second, other = evaluate(tmp_path / 'b', worse_at_night)
    found, problems = compare(first, second, None)
    assert problems == []
    plain = plain_differences(found)['rgb']
    for side, scores in (('first', whole), ('second', other)):
        depth, classes = scores.depth.result(), scores.segmentation.result()
        assert plain['depth']['scaled']['abs_rel'][side] == pytest.approx(depth.scaled.abs_rel)
        assert plain['depth']['metric']['rmse'][side] == pytest.approx(depth.metric.rmse)
        bins = {f'{entry.near_m:g}m': entry for entry in depth.by_distance}
        assert set(plain['depth']['by_distance']) == set(bins)
        for name, entry in bins.items():
            value = plain['depth']['by_distance'][name]['scaled']['delta1'][side]
            assert value == pytest.approx(entry.scaled_delta1)
        assert plain['classes']['miou'][side] == pytest.approx(classes.miou)
        assert plain['classes']['pixel_accuracy'][side] == pytest.approx(classes.pixel_accuracy)
        assert plain['classes']['classes']['car'][side] == pytest.approx(classes.classes[1].iou)
    assert plain['depth']['frames'] == DRIVES * FRAMES
    assert plain['depth']['drives'] == plain['depth']['blocks'] == DRIVES


def test_each_evaluation_stands_next_to_what_never_looks_at_the_image(tmp_path):
    first, whole = evaluate(tmp_path / 'a', noisy)
    second, _ = evaluate(tmp_path / 'b', lambda depth, labels, *_: (depth[::-1], 1 - labels))
    found, _ = compare(first, second, None)
    depth, classes = whole.depth.result(), whole.segmentation.result()
    plain = plain_differences(found)['rgb']
    of_depth, of_classes = (plain[name]['baselines'] for name in ('depth', 'classes'))
    assert of_depth['first']['metric']['abs_rel'] == {
        'value': pytest.approx(depth.metric.abs_rel),
        'fixed_map': pytest.approx(depth.fixed_map.metric.abs_rel),
        'constant': pytest.approx(depth.constant.metric.abs_rel),
        'beats_all': True,
    }
    far = depth.by_distance[-1]
    by_distance = of_depth['first']['by_distance'][f'{far.near_m:g}m']['scaled']['delta1']
    assert by_distance['value'] == pytest.approx(far.scaled_delta1)
    assert by_distance['fixed_map'] == pytest.approx(far.fixed_map.scaled_delta1)
    road = of_classes['first']['classes']['road']
    assert road['fixed_map'] == pytest.approx(classes.fixed_map.iou['road'])
    assert of_classes['first']['miou']['fixed_map'] == pytest.approx(classes.fixed_map.miou)
    assert not of_depth['second']['scaled']['rmse']['beats_all']
    section = difference_section(found[1], ('a', 'b'))
    assert 'a beats what never looks at the image in every figure' in section.text
    assert (
        'b does not beat what never looks at the image in 4 of 4 figures: mIoU, pixels right, IoU '
        'of road, IoU of car.'
    ) in section.text
    table = section.tables[-1]
    assert table.columns == ('', 'itself', 'fixed map', 'beats them')
    assert {row[-1] for row in table.rows} == {'no'}
    other, _ = compare(first, second, ['car'])
    assert 'miou' not in plain_differences(other)['rgb']['classes']['baselines']['first']


def test_an_evaluation_without_a_map_says_so(tmp_path):
    first, _ = evaluate(tmp_path / 'a', noisy)
    second, _ = evaluate(tmp_path / 'b', noisy)
    metrics = json.loads((tmp_path / 'b' / 'metrics.json').read_text())
    metrics['cameras']['rgb']['depth'] |= {'fixed_map': None, 'constant': 7, 'by_distance': [0]}
    (tmp_path / 'b' / 'metrics.json').write_text(json.dumps(metrics))
    found, _ = compare(first, read_run_folder(tmp_path / 'b'), None)
    text = difference_section(found[0], ('a', 'b')).text
    assert text.endswith('b has no figures of what never looks at the image.')


def test_a_loss_at_night_is_seen_there_and_not_by_day(tmp_path):
    first, _ = evaluate(tmp_path / 'a', noisy, drives=24)
    second, _ = evaluate(tmp_path / 'b', worse_at_night, drives=24)
    depth = plain_differences(compare(first, second, None)[0])['rgb']['depth']
    whole, night, day = depth['scaled'], depth['groups']['night'], depth['groups']['day']
    assert whole['abs_rel']['verdict'] == 'worse'
    assert whole['delta1']['verdict'] == 'worse', 'a lower value is not better'
    assert whole['abs_rel']['low'] > 0 > whole['delta1']['high']
    assert night['scaled']['abs_rel']['verdict'] == 'worse'
    assert day['scaled']['abs_rel']['verdict'] == 'no difference that these frames can tell'
    assert night['frames'] == day['frames'] == 12 * FRAMES
    swapped = plain_differences(compare(second, first, None)[0])['rgb']['depth']
    assert swapped['scaled']['abs_rel']['verdict'] == 'better'
    assert swapped['scaled']['abs_rel']['high'] == pytest.approx(-whole['abs_rel']['low'])


def test_noise_of_the_same_size_is_no_difference(tmp_path):
    def other_noise(depth, labels, rng, drive):
        rng.random(7)
        return noisy(depth, labels, rng, drive)

    first, _ = evaluate(tmp_path / 'a', noisy)
    second, _ = evaluate(tmp_path / 'b', other_noise)
    plain = plain_differences(compare(first, second, None)[0])['rgb']
    abs_rel = plain['depth']['scaled']['abs_rel']
    assert abs_rel['low'] < 0 < abs_rel['high'] and abs_rel['difference'] != 0
    assert abs_rel['verdict'] == 'no difference that these frames can tell'


def test_few_drives_cannot_tell(tmp_path):
    first, _ = evaluate(tmp_path / 'a', noisy, drives=3)
    second, _ = evaluate(tmp_path / 'b', worse_at_night, drives=3)
    entry = plain_differences(compare(first, second, None)[0])['rgb']['depth']['scaled']['abs_rel']
    assert entry['low'] is None and entry['difference'] != 0
    assert entry['verdict'] == 'too few to tell: 3 blocks of 10 s of 3 drives'


def test_the_worst_regressions_are_those_of_the_night(tmp_path):
    first, _ = evaluate(tmp_path / 'a', noisy)
    second, _ = evaluate(tmp_path / 'b', worse_at_night)
    depth, classes = compare(first, second, None)[0]
    worst = worst_regressions(depth, 5, True)
    assert len(worst) == 5
    assert all('night' in one.drives[0][0] for one in worst)
    grown = [after - before for before, after in (one.errors for one in worst)]
    assert grown == sorted(grown, reverse=True) and grown[-1] > 0
    assert worst_regressions(classes, 5, True) == [], 'the classes are the same'


def test_evaluations_that_do_not_fit(tmp_path):
    first, _ = evaluate(tmp_path / 'a', noisy)
    other, _ = evaluate(tmp_path / 'b', noisy, protocol='robotcar_40m')
    with pytest.raises(EvaluationError, match='by nuscenes, that of .*b by robotcar_40m'):
        compare(first, other, None)
    with pytest.raises(EvaluationError, match='rgb classes: no class bicycle'):
        compare(first, first, ['bicycle'])
    text = (tmp_path / 'a' / 'frames_depth.csv').read_text().replace('00000000,', '99999999,')
    for name in ('frames_depth.csv', 'frames_classes.csv'):
        (tmp_path / 'b' / name).write_text(text if 'depth' in name else '')
    (tmp_path / 'b' / 'frames_classes.csv').unlink()
    metrics = json.loads((tmp_path / 'b' / 'metrics.json').read_text())
    metrics['protocols'] = {'rgb': 'nuscenes'}
    (tmp_path / 'b' / 'metrics.json').write_text(json.dumps(metrics))
    with pytest.raises(EvaluationError, match='no common frame.*only one .* has classes'):
        compare(first, read_run_folder(tmp_path / 'b'), None)


def test_folders_without_an_evaluation(tmp_path):
    with pytest.raises(EvaluationError, match='metrics.json: No such file.*--compare takes two'):
        read_run_folder(tmp_path)
    (tmp_path / 'metrics.json').write_text('{')
    with pytest.raises(EvaluationError, match='metrics.json: no JSON'):
        read_run_folder(tmp_path)
    (tmp_path / 'metrics.json').write_text('{"format": 7}')
    with pytest.raises(EvaluationError, match='not the metrics of an evaluation in format 1'):
        read_run_folder(tmp_path)
    (tmp_path / 'metrics.json').write_text('{"format": 1}')
    with pytest.raises(EvaluationError, match='no figures of single frames'):
        read_run_folder(tmp_path)
    evaluate(tmp_path / 'a', noisy, drives=1, options={'classes': 'all'}) if False else None
    with pytest.raises(EvaluationError, match="damaged options.*'median_scaling'"):
        evaluate(tmp_path / 'a', noisy, drives=1, options={'classes': 'all'})
