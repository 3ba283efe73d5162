# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The worst and the best frames: kept, kept apart, merged, pictured."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from thermal_depth_ros.evaluation.notable_frames import NotableFrame, NotableFrames
from thermal_depth_ros.evaluation.reports.notable_pictures import (
    RIGHT,
    WRONG,
    class_row,
    depth_row,
    error_picture,
    wrong_picture,
)
from thermal_depth_ros.pages.colouring import BAD_COLOUR, colour_table, depth_range

SECOND = 10**9
PATHS = (Path('drive'),)


def frame(second, error, paths=PATHS, predicted=None, truth=None, image=None):
    nothing = np.ones((4, 6), np.float32)
    return NotableFrame(
        paths,
        '/image',
        'thermal',
        second * SECOND,
        error,
        'caption',
        nothing if predicted is None else predicted,
        nothing if truth is None else truth,
        image,
    )


def offered(errors, count=2, step_s=2):
    kept = NotableFrames(count)
    for index, error in enumerate(errors):
        one = frame(index * step_s, error)
        kept.offer(PATHS, '/image', one.stamp_ns, error, lambda one=one: one)
    return kept


def errors_of(notable):
    return [e.error for e in notable]


def test_the_ends_of_the_order_are_kept():
    kept = offered([0.3, 0.1, 0.9, 0.5, 0.2, 0.7])
    assert errors_of(kept.worst) == [0.9, 0.7]
    assert errors_of(kept.best) == [0.1, 0.2]


def test_of_neighbours_only_the_more_extreme_is_kept():
    kept = offered([0.9, 0.95, 0.92, 0.1, 0.05], step_s=0.3, count=3)
    assert errors_of(kept.worst) == [0.95]
    assert errors_of(kept.best) == [0.05]


def test_what_is_not_kept_is_not_made():
    kept = offered([0.5, 0.1, 0.9], count=1)
    kept.offer(PATHS, '/image', 99 * SECOND, 0.4, lambda: pytest.fail('made for nothing'))
    none = NotableFrames(0)
    none.offer(PATHS, '/image', 0, 0.4, lambda: pytest.fail('made for nothing'))
    assert none.worst == none.best == []


def test_a_frame_is_not_shown_twice_where_there_are_few():
    kept = offered([0.5], count=3)
    assert (len(kept.worst), len(kept.best)) == (1, 0)


def test_merging():
    one, other = offered([0.3, 0.6]), NotableFrames(2)
    far = frame(0, 0.8, (Path('other'),))
    other.offer(far.paths, far.topic, far.stamp_ns, far.error, lambda: far)
    one.merge(other)
    assert errors_of(one.worst) == [0.8, 0.6]
    assert errors_of(one.best) == [0.3]  # 0.6 is among the worst already


def test_the_colours_of_errors():
    table = colour_table('coolwarm')
    picture = error_picture(np.log2(np.array([[1.0, 2.0, 0.5, 8.0, np.nan]])))
    assert picture[0, 1].tolist() == table[255].tolist() == picture[0, 3].tolist()
    assert picture[0, 2].tolist() == table[0].tolist()
    assert picture[0, 0].tolist() == table[128].tolist()
    assert tuple(picture[0, 4]) == BAD_COLOUR
    wrong = wrong_picture(np.array([[1, 2, 3]]), np.array([[1, 1, 255]]))
    assert [tuple(p) for p in wrong[0].tolist()] == [RIGHT, WRONG, BAD_COLOUR]


def decoded(picture):
    import base64

    data = base64.b64decode(picture.uri.partition(',')[2])
    return cv2.cvtColor(cv2.imdecode(np.frombuffer(data, np.uint8), -1), cv2.COLOR_BGR2RGB)


def test_a_row_of_depth_with_sky_and_holes():
    truth = np.full((40, 60), 5.0, np.float32)
    truth[:10] = np.inf
    truth[10:20] = np.nan
    predicted = np.full((20, 30), 5.0, np.float32)  # of half the size
    shown = frame(0, 0.1, predicted=predicted, truth=truth, image=np.zeros((40, 60), np.uint16))
    row = depth_row('Worst', shown, depth_range([shown.truth]))
    assert [p.caption for p in row.pictures] == ['input', 'predicted', 'true', 'error']
    error = decoded(row.pictures[3])
    assert {tuple(p) for p in error[:20].reshape(-1, 3).tolist()} == {BAD_COLOUR}
    assert {tuple(p) for p in error[20:].reshape(-1, 3).tolist()} == {
        tuple(colour_table('coolwarm')[128].tolist())
    }


def test_single_points_are_drawn_larger():
    truth = np.full((200, 900), np.nan, np.float32)
    truth[100, 450] = 8.0
    shown = frame(0, 0.1, predicted=np.full((200, 900), 8.0, np.float32), truth=truth)
    row = depth_row('Worst', shown, depth_range([shown.truth]))
    true = decoded(row.pictures[1])
    marked = (true != BAD_COLOUR).any(axis=2)
    assert 4 <= marked.sum() <= 20
    assert not marked[:40].any()
    assert not marked[:, 0].any()


def test_a_row_of_classes_without_an_input():
    labels = np.array([[0, 1, 255]] * 2, np.uint8)
    row = class_row(
        'Best', frame(0, 0.1, predicted=labels, truth=labels), np.eye(3, dtype=np.uint8)
    )
    assert [p.caption for p in row.pictures] == ['predicted', 'true', 'wrong pixels']
