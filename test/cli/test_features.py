# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""`features` on a small drive: both kinds of backbones, and recordings without pairs."""

import json

from helpers.evaluations import copy_drive
from helpers.html_page import Page
from thermal_depth_ros.cli.main import main


def test_backbones_of_both_kinds(winding_drive, tiny_thermal_bundle, tiny_rgb_bundle, tmp_path):
    bundles = ['--bundle', str(tiny_thermal_bundle), '--bundle', str(tiny_rgb_bundle)]
    arguments = [str(winding_drive), *bundles, '--pairs', '5', '-o', str(tmp_path / 'out')]
    assert main(['features', *arguments]) == 0
    found = json.loads((tmp_path / 'out' / 'features.json').read_text())
    assert found['pairs'] == 5
    assert {name: one['channels'] for name, one in found['bundles'].items()} == {
        'thermal_tiny': 48,  # of the ViT
        'rgb_tiny': 128,  # of the deepest map of a ResNet-18 of width 16
    }
    for one in found['bundles'].values():
        assert one['untrained'] and 0 <= one['plain']['separation'] <= 1
        assert -1 <= one['centred']['paired_mean'] <= 1
    page = Page((tmp_path / 'out' / 'report.html').read_text())
    assert 'cos(θ)' in page.text and 'Untrained networks' in page.text
    assert len(page.images) == 2 * 3 * 6  # bundles, pairs, images and their features


def test_recordings_without_pairs(winding_drive, tiny_rgb_bundle, tmp_path, capsys):
    def fails(path, *options):
        arguments = [str(path), '--bundle', str(tiny_rgb_bundle), '-o', str(tmp_path / 'out')]
        assert main(['features', *arguments, *options]) == 1
        assert not (tmp_path / 'out').exists()
        return capsys.readouterr().err

    one = copy_drive(winding_drive, tmp_path / 'one', ['/rgb/image_raw'])
    assert 'one thermal camera is needed, there is none' in fails(one)
    assert '1 pairs of images: unpaired' in fails(winding_drive, '--pairs', '1')

    def late(topic, message):
        if topic == '/rgb/image_raw':
            message.header.stamp.sec += 100
        return message

    apart = copy_drive(
        winding_drive, tmp_path / 'apart', ['/rgb/image_raw', '/thermal/image_raw'], late
    )
    assert 'within 0.05 s of each other' in fails(apart)
