# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""IoU: known answers, classes never seen, presets, reference numbers."""

import numpy as np
import pytest

from thermal_depth_ros.bundles.labels import CITYSCAPES_19
from thermal_depth_ros.metrics.accumulators import ConfusionMatrix
from thermal_depth_ros.metrics.segmentation import PRESETS

NAMES = ('road', 'car', 'sky', 'train')


def test_by_hand():
    matrix = ConfusionMatrix(NAMES)
    gt = np.array([[0, 0, 0, 1], [1, 2, 255, 255]], np.uint8)
    predicted = np.array([[0, 0, 1, 1], [255, 2, 0, 3]], np.uint8)
    matrix.add(gt, predicted)
    score = matrix.result()
    road, car, sky, train = score.classes
    assert road.iou == pytest.approx(2 / 3)
    assert car.iou == pytest.approx(1 / 3)  # one wrongly predicted, one left unlabelled
    assert sky.iou == 1.0
    assert train.iou is None  # predicted only where the truth is ignored
    assert score.miou == pytest.approx(2 / 3)
    assert score.not_seen == ('train',)
    assert (score.pixels, car.true_pixels, car.predicted_pixels) == (6, 2, 2)


def test_mean_over_listed_classes_only():
    matrix = ConfusionMatrix(NAMES)
    matrix.add(np.array([[0, 1]]), np.array([[0, 0]]))
    assert matrix.result(('road',)).miou == pytest.approx(0.5)
    assert matrix.result(('train',)).miou is None
    with pytest.raises(ValueError, match=r'no class sidewalk.* it has road, car, sky, train'):
        matrix.result('robotcar_9')


def test_an_image_of_sky_alone_and_one_without_labels():
    matrix = ConfusionMatrix(NAMES)
    matrix.add(np.full((3, 4), 2), np.full((3, 4), 2))
    matrix.add(np.full((3, 4), 255), np.full((3, 4), 2))
    score = matrix.result()
    assert (score.images, score.empty_images, score.miou) == (2, 1, 1.0)
    assert score.not_seen == ('road', 'car', 'train')


@pytest.mark.parametrize(
    ('gt', 'predicted', 'text'),
    [
        (np.zeros((2, 3)), np.zeros((3, 2)), r'\(3, 2\).*\(2, 3\)'),
        (np.full((1, 2), 7), np.zeros((1, 2)), 'true class ids 7 are not among 4'),
        (np.zeros((1, 2)), np.full((1, 2), 4), 'predicted class ids 4 are not among 4'),
    ],
)
def test_nonsense(gt, predicted, text):
    with pytest.raises(ValueError, match=text):
        ConfusionMatrix(NAMES).add(gt.astype(np.uint8), predicted.astype(np.uint8))


def test_reference_numbers(reference_vectors):
    data = np.load(reference_vectors / 'iou.npz', allow_pickle=False)
    halves = [ConfusionMatrix(CITYSCAPES_19.names) for _ in range(2)]
    for index, pair in enumerate(zip(data['in/gt_u8'], data['in/pred_u8'], strict=True)):
        counts = halves[index // 2].add(*pair)
        np.testing.assert_array_equal(counts[:, :-1], data['out/hist_per_image'][index])
        assert not counts[:, -1].any()
    whole, other = halves
    whole.merge(other)
    np.testing.assert_array_equal(whole.counts[:, :-1], data['out/hist'])
    score = whole.result()
    ious = [np.nan if c.iou is None else c.iou for c in score.classes]
    np.testing.assert_allclose(ious, data['out/iou_per_class'], rtol=0, atol=1e-12)
    assert score.miou == pytest.approx(float(data['out/miou_nanmean']), abs=1e-12)
    for preset, ids in (
        ('nuscenes_8', '8_classes_0_1_4_8_9_11_13_14'),
        ('robotcar_9', '9_classes_0_1_2_3_4_5_8_10_13'),
    ):
        expected = float(data[f'out/miou_{ids}'])
        assert whole.result(preset).miou == pytest.approx(expected, abs=1e-12)
        listed = {CITYSCAPES_19.names.index(name) for name in PRESETS[preset]}
        assert listed == {int(i) for i in ids.split('_')[2:]}
