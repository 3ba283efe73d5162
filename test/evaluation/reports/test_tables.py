# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Tables, sentences and tiles: figures of a network next to those of a map that never looks."""

import numpy as np
import pytest

from thermal_depth_ros.evaluation.metrics_json import camera_metrics
from thermal_depth_ros.evaluation.notable_frames import Gallery
from thermal_depth_ros.evaluation.reports import tables
from thermal_depth_ros.evaluation.reports.evaluation_report import CameraReport, headline_metrics
from thermal_depth_ros.evaluation.reports.run_comparison import metric_pairs
from thermal_depth_ros.metrics.camera import CameraAccumulator
from thermal_depth_ros.metrics.depth import NUSCENES
from thermal_depth_ros.metrics.verdicts import class_verdicts, depth_verdicts

NEAR, FAR = np.array([[2.0, 4.0]]), np.array([[4.0, 8.0]])


def report(depths, classes, scaling=True):
    """Score pairs of truth and prediction."""
    scores = CameraAccumulator('rgb', NUSCENES, ('road', 'car'))
    for truth, predicted in depths:
        scores.depth.add(truth, predicted)
    for truth, predicted in classes:
        scores.segmentation.add(np.array(truth, np.uint8), np.array(predicted, np.uint8))
        scores.compared['classes'] += 1
    result = scores.result()
    gallery = Gallery(0)
    colours = np.zeros((2, 3), np.uint8)
    return CameraReport('rgb', 'nuscenes', result, [('x', result)], [], gallery, colours, scaling)


def test_a_network_that_is_not_better_is_told_so():
    flat = np.array([[3.0, 3.0]])
    camera = report([(NEAR, flat), (FAR, flat)], [([[0, 1]], [[1, 1]])] * 2)
    depth = camera.result.depth
    # Scaled, the map is exact; in metres it is wrong by 1 and 0.5, the network by 0.375 and 0.4375.
    assert depth_verdicts(depth) == [
        'abs_rel scaled does not beat a fixed map: 0.375 against 0.000.',
        'd<1.25 scaled does not beat a fixed map: 0.000 against 1.000.',
        'abs_rel as predicted beats a fixed map: 0.406 against 0.750.',
        'd<1.25 as predicted does not beat a fixed map: 0.000 against 0.000.',
    ]
    assert all(text in tables.depth_sentence(depth) for text in depth_verdicts(depth))
    assert class_verdicts(camera.result.segmentation) == [
        'mIoU does not beat a fixed map: 25.00 against 100.00.',
        'Pixel accuracy does not beat a fixed map: 50.00 against 100.00.',
        'Classes whose IoU does not beat a fixed map: road, car.',
    ]
    names = dict(map(reversed, headline_metrics(camera)))
    assert names['abs_rel, scaled (does not beat a fixed map: 0.000)'] == '0.375'
    assert names['mIoU (does not beat a fixed map: 100.0)'] == '25.0 %'


def test_a_perfect_network_beats_the_map():
    camera = report([(NEAR, NEAR), (FAR, FAR)], [([[0, 1]], [[0, 1]])] * 3 + [([[0, 0]], [[0, 0]])])
    texts = depth_verdicts(camera.result.depth)
    assert texts[2] == 'abs_rel as predicted beats a fixed map: 0.000 against 0.750.'
    assert class_verdicts(camera.result.segmentation) == [
        'mIoU beats a fixed map: 100.00 against 77.50.',
        'Pixel accuracy beats a fixed map: 100.00 against 87.50.',
    ]
    value, name = headline_metrics(camera)[1]
    assert (value, name) == ('0.000', 'abs_rel, as predicted (fixed map: 0.750)')


def test_tables_have_rows_for_map_and_constant():
    camera = report([(NEAR, NEAR), (FAR, FAR)], [([[0, 1]], [[0, 1]])] * 2)
    depth, distance = tables.depth_tables('rgb', camera.result.depth)
    assert distance.title.endswith('in brackets: the fixed map')
    # Of 2, 4 and 4 m the map of the other image says 4, 8 and 2 m.
    assert distance.texts()[0] == [
        '0 to 5',
        '3',
        '0.000 (0.000)',
        '1.000 (1.000)',
        '0.000 (0.833)',
        '1.000 (0.000)',
    ]
    assert [row[0] for row in depth.texts()] == [
        'median scaled',
        'fixed map, median scaled',
        'constant, median scaled',
        'as predicted',
        'fixed map, as it is',
        'constant, as it is',
    ]
    assert depth.texts()[4][1] == '0.750'
    both = tables.recordings_table('rgb', [('a', camera.result), ('b', camera.result)])
    row = dict(zip(both.columns, both.rows[0], strict=True))
    assert (row['abs_rel'], row['abs_rel of map']) == ('0.000', '0.000')
    assert row['abs_rel of map as it is'] == '0.750'


def test_classes_that_do_not_beat_the_map_are_marked():
    truth, found = [[0, 1, 0]], [[0, 1, 1]]
    camera = report([], [(truth, truth)] * 2 + [([[0, 0, 0]], [[0, 0, 0]]), (truth, found)])
    table = tables.class_table('rgb', camera.result.segmentation)
    assert table.columns[:3] == ('class', 'IoU %', 'fixed map %')
    # Road: 8 of 9 pixels; a map takes one for a car: 8 of 9. Car: 3 of 4 both.
    assert [row[:3] for row in table.rows] == [
        ('road', '88.89', '88.89, not beaten'),
        ('car', '75.00', '75.00, not beaten'),
        ('mean of 2 of 2 listed', '81.94', '81.94, not beaten'),
        ('pixels right', '91.67', '91.67, not beaten'),
    ]
    better = report([], [(truth, truth)] * 3 + [([[0, 0, 0]], [[0, 0, 0]])])
    rows = {row[0]: row for row in tables.class_table('rgb', better.result.segmentation).rows}
    assert rows['car'][:3] == ('car', '100.00', '75.00')
    assert rows['pixels right'][:3] == ('pixels right', '100.00', '91.67')


def test_one_image_says_that_there_is_nothing_to_compare_with():
    camera = report([(NEAR, NEAR)], [([[0, 1]], [[0, 1]])])
    assert depth_verdicts(camera.result.depth) == ['A fixed map to compare with needs two images.']
    assert headline_metrics(camera)[0] == ('0.000', 'abs_rel, scaled')
    classes = tables.class_table('rgb', camera.result.segmentation)
    assert 'fixed map %' not in classes.columns and {len(row) for row in classes.rows} == {4}
    depth, distance = tables.depth_tables('rgb', camera.result.depth)
    assert len(depth.rows) == 2
    assert '(' not in str(distance.texts()) and 'brackets' not in distance.title


def test_json_and_comparison_of_two_runs():
    camera = report([(NEAR, NEAR), (FAR, FAR)], [([[0, 1]], [[0, 1]])] * 2)
    plain = camera_metrics(camera.result)
    assert plain['depth']['fixed_map']['metric']['abs_rel'] == pytest.approx(0.75)
    assert plain['depth']['fixed_map']['images'] == 2
    assert plain['depth']['constant']['scaled']['abs_rel'] == pytest.approx(0.375)
    assert plain['segmentation']['fixed_map'] == {
        'miou': 1.0,
        'pixel_accuracy': 1.0,
        'images': 2,
        'iou': {'road': 1.0, 'car': 1.0},
    }
    names = [pair.name for pair in metric_pairs(camera.result, camera.result)]
    assert 'abs_rel scaled, fixed map' in names
    assert 'mIoU % of the fixed map' in names


def test_the_better_of_map_and_constant_is_named():
    # Left is near in one image and far in the other: a map is worse than a constant.
    one, two = np.array([[2.0, 8.0]]), np.array([[8.0, 2.0]])
    camera = report([(one, one), (two, two)], [])
    texts = depth_verdicts(camera.result.depth)
    # 1 / mean(1/2, 1/8) = 3.2: (0.6 + 0.6) / 2; the map says 8 for 2 and 2 for 8: (3 + 0.75) / 2.
    assert texts[2] == 'abs_rel as predicted beats a constant: 0.000 against 0.600.'
    assert ('0.000', 'abs_rel, as predicted (constant: 0.600)') in headline_metrics(camera)
