# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Class scores on disk: what is kept, how exactly, and scores that cannot be right."""

import numpy as np
import pytest

from thermal_depth_ros.samples.errors import SamplesError
from thermal_depth_ros.samples.semantic_labels import SemanticLabels

CLASSES = ('road', 'car', 'sky', 'person', 'tree')
SIZE = (6, 9)


@pytest.fixture
def store(frame_store):
    return frame_store(size=SIZE)


@pytest.fixture
def semantic(tmp_path, store):
    def make(name='teacher', classes=CLASSES, normalised=False, **options):
        return SemanticLabels.make(
            tmp_path / 'cache', name, store, 'mask2former:1', classes, normalised, **options
        )

    return make


def _scores(seed=0):
    return np.random.default_rng(seed).random((len(CLASSES), *SIZE)).astype(np.float32)


def test_the_three_highest_scores_are_kept_in_255ths(semantic, tmp_path, store):
    labels, scores = semantic(), _scores()
    with labels.writer() as writer:
        labels.write(writer, 2, scores)
    kept = SemanticLabels.find(tmp_path / 'cache', 'teacher', store).read(2)
    order = np.argsort(-scores, axis=0, kind='stable')[:3]
    np.testing.assert_array_equal(kept.class_ids, order)
    values = np.take_along_axis(scores, order, 0)
    assert np.abs(kept.scores / 255 - values).max() <= 0.5 / 255 + 1e-6
    assert kept.class_ids.dtype == kept.scores.dtype == np.uint8
    assert kept.class_ids.shape == (3, *SIZE)


def test_of_equal_scores_the_first_class_counts(semantic):
    labels = semantic()
    with labels.writer() as writer:
        labels.write(writer, 0, np.full((5, *SIZE), 0.25, np.float32))
    assert (labels.read(0).class_ids == np.arange(3)[:, None, None]).all()


def test_fewer_classes_than_scores_to_keep(semantic):
    labels = semantic(classes=('road', 'sky'))
    assert labels.top == 2
    with labels.writer() as writer:
        labels.write(writer, 0, _scores()[:2])
    assert labels.read(0).scores.shape == (2, *SIZE)


def test_scores_need_not_sum_to_one_unless_the_teacher_says_so(semantic):
    free, strict = semantic(), semantic('probabilities', normalised=True)
    scores = _scores()
    with free.writer() as writer:
        free.write(writer, 0, 0.01 * scores)
    even = scores / scores.sum(0)
    with strict.writer() as writer:
        strict.write(writer, 1, even)
        even[:, 2, 5] *= 0.9
        with pytest.raises(SamplesError) as caught:
            strict.write(writer, 3, even)
    message = str(caught.value)
    assert 'image 3: scores do not sum to one in 1.9% of the pixels' in message
    assert '0.9 at row 2, column 5' in message
    assert np.flatnonzero(strict.done()).tolist() == [1]


@pytest.mark.parametrize(
    ('value', 'words'), [(np.nan, 'nan'), (np.inf, 'inf'), (-0.1, '-0.1'), (1.01, '1.01')]
)
def test_scores_that_are_none_are_refused(semantic, value, words):
    labels, scores = semantic(), _scores()
    scores[1, 2, 3] = value
    with (
        labels.writer() as writer,
        pytest.raises(SamplesError, match='not in 0..1') as found,
    ):
        labels.write(writer, 1, scores)
    assert words in str(found.value) and 'image 1' in str(found.value)


@pytest.mark.parametrize('shape', [(4, *SIZE), (5, 6, 8), (5, 9, 6), SIZE])
def test_labels_of_another_size_are_refused(semantic, shape):
    labels = semantic()
    with labels.writer() as writer, pytest.raises(SamplesError, match='image 0.*shape'):
        labels.write(writer, 0, np.zeros(shape, np.float32))


def test_plain_labels_with_confidence(semantic):
    labels = semantic()
    ids = np.random.default_rng(1).integers(0, 5, SIZE).astype(np.uint8)
    ids[0] = 255
    confidence = np.full(SIZE, 0.8, np.float32)
    with labels.writer() as writer:
        labels.write_labels(writer, 0, ids, confidence)
        with pytest.raises(SamplesError, match='image 1: class 7, but there are 5 classes'):
            labels.write_labels(writer, 1, np.full(SIZE, 7, np.uint8), confidence)
        with pytest.raises(SamplesError, match='not in 0..1'):
            labels.write_labels(writer, 1, ids, confidence + 1)
    kept = labels.read(0)
    assert not kept.scores[0, 0].any() and not kept.scores[1:].any()
    assert (kept.scores[0, 1:] == 204).all()
    np.testing.assert_array_equal(kept.class_ids[0, 1:], ids[1:])
    assert kept.class_ids.max() < 5, 'unlabelled pixels must not point behind the classes'


def test_another_teacher_under_the_same_name_is_refused(semantic, tmp_path, store):
    semantic()
    with pytest.raises(SamplesError, match='made with other settings: classes is'):
        semantic(classes=('a', 'b', 'c'))
    with pytest.raises(SamplesError, match='have not been made'):
        SemanticLabels.find(tmp_path / 'cache', 'nobody', store)
