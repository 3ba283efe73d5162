# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""`evaluate --confidence`: sparsification, reliability, NEES and flicker of known predictions."""

import numpy as np
import pytest

from helpers.evaluations import FRAMES, TYPES, run, write_predictions
from helpers.html_page import Page
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.bags.writer import RecordingWriter
from thermal_depth_ros.base import contract
from thermal_depth_ros.messages.image import array_to_image
from thermal_depth_ros.messages.stamps import stamp_ns

WRONG_COLUMNS = 20


def with_confidence(drive, folder):
    """Write predictions: depth wrong at the left, which confidence knows; by turns too long."""
    calls = iter(range(FRAMES))

    def warp(depth, n):
        made = depth * np.float32(1.1 if n % 2 else 1.0)
        made[:, :WRONG_COLUMNS] *= np.linspace(1.2, 1.8, WRONG_COLUMNS, dtype=np.float32)
        return made

    def labels(array):
        made = array.copy()
        if next(calls) % 4 == 0:  # a quarter of the frames is wrong
            made[array != 255] = (array[array != 255] + 1) % 19
        return made

    plain = write_predictions(folder / 'plain', drive, labels=labels, warp=warp)
    with Recording(plain) as recording, RecordingWriter(folder / 'made') as writer:
        for record in recording.read():
            writer.copy(record)
            known = np.ones((64, 80 if 'thermal' in record.topic else 96), np.float32)
            known[:, :WRONG_COLUMNS] = np.linspace(0.4, 0.1, WRONG_COLUMNS)
            if record.topic.endswith('/semantic/image'):
                topic, known = '/rgb/semantic/confidence', np.full_like(known, 0.95)
            elif record.topic.endswith('/depth/image'):
                topic = record.topic.replace('/image', '/confidence')
            else:
                continue
            stamp = stamp_ns(record.message.header)
            message = array_to_image(TYPES, known, '32FC1', stamp, record.message.header.frame_id)
            writer.write(topic, contract.IMAGE, message, stamp)
    return plain, folder / 'made'


def test_confidences_that_are_known(winding_drive, tmp_path, capsys):
    plain, made = with_confidence(winding_drive, tmp_path)
    found = run([winding_drive, '--predictions', made, '--confidence'], tmp_path / 'out')
    for kind in ('thermal', 'rgb'):
        depth = found['cameras'][kind]['sparsification']
        assert depth['images'] == FRAMES
        # Not quite that of the oracle: the scale of the medians moves all other pixels as well.
        assert depth['gain'] > 0.8
        assert depth['errors'][-1] < 0.7 * depth['errors'][0]
        stability = found['cameras'][kind]['stability']
        assert stability['pairs'] == FRAMES - 1
        assert stability['scale_flicker'] == pytest.approx(np.log(1.1), rel=0.05)
    classes = found['cameras']['rgb']['reliability']
    right = found['cameras']['rgb']['segmentation']['pixel_accuracy']
    assert right == pytest.approx(0.75, abs=0.02)
    assert classes['accuracy'] == pytest.approx(right)
    assert classes['ece'] == pytest.approx(0.95 - right, abs=1e-6)
    motion = found['cameras']['thermal']['consistency']
    assert motion['poses'] == FRAMES - 1
    assert motion['rotation'] == pytest.approx(0, abs=1e-3), 'only the scale is wrong'
    assert motion['position'] > 0.1
    said = capsys.readouterr().out
    assert 'classes: ECE' in said and 'gain over a random order' in said
    page = Page((tmp_path / 'out' / 'report.html').read_text())
    assert 'share of right pixels' in page.text and 'by error (oracle)' in page.text
    # Predictions without confidences are compared in all else.
    without = run([winding_drive, '--predictions', plain, '--confidence'], tmp_path / 'plain_out')
    assert without['cameras']['thermal']['sparsification'] is None
    assert without['cameras']['thermal']['stability']['pairs'] == FRAMES - 1


def test_a_bundle_tells_its_confidences(winding_drive, tmp_path, tiny_rgb_bundle):
    options = ['--bundle', tiny_rgb_bundle, '--rgb.device', 'cpu', '--confidence']
    rgb = run([winding_drive, *options], tmp_path / 'out')['cameras']['rgb']
    assert rgb['sparsification']['images'] == FRAMES
    assert 0 < rgb['reliability']['confidence'] <= 1
    plain = run([winding_drive, *options[:-1]], tmp_path / 'plain')['cameras']['rgb']
    assert plain['sparsification'] is plain['reliability'] is plain['stability'] is None
    assert plain['depth'] == rgb['depth'] and plain['segmentation'] == rgb['segmentation']
