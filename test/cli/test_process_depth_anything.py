# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""From published weights to depth on topics: import-weights, then process, for both cameras."""

import numpy as np
import pytest
import torch

from helpers.tiny_depth_anything import original_state, write_folder
from helpers.two_camera_bags import RGB_SIZE, THERMAL_SIZE, record
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.cli.main import run


def imported(tmp_path, layout: str, kind: str) -> str:
    """Import a tiny checkpoint by the command; return the folder of the bundle."""
    source, output = tmp_path / layout, tmp_path / kind
    if layout == 'original.pth':
        torch.save(original_state(), source)
    else:
        write_folder(source)
    arguments = ['-o', str(output), '--depth-anything', str(source), '--kind', kind]
    assert run('import-weights', [*arguments, '--licence', 'any', '--input-side', '56']) == 0
    return str(output)


@pytest.mark.parametrize('layout', ['original.pth', 'hub'])
def test_published_weights_give_depth_on_the_topics_of_both_cameras(tmp_path, capsys, layout):
    if layout == 'hub':
        pytest.importorskip('transformers')
    arguments = [str(record(tmp_path / 'in', 2)), '-o', str(tmp_path / 'out')]
    for kind in ('thermal', 'rgb'):
        arguments += [f'--{kind}.bundle', imported(tmp_path, layout, kind)]
        arguments += [f'--{kind}.device', 'cpu', f'--{kind}.max-depth-m', '10000']
    assert run('process', arguments) == 0
    said = capsys.readouterr()
    assert 'depth is relative' in said.out + said.err
    assert 'no pose network' in said.out + said.err
    with Recording(tmp_path / 'out') as recording:
        counts = {name: topic.count for name, topic in recording.topics.items()}
        for kind, size in (('thermal', THERMAL_SIZE), ('rgb', RGB_SIZE)):
            message = recording.first(f'/{kind}/depth/image').message
            depth_m = message.data.view(np.float32).reshape(message.height, message.width)
            assert depth_m.shape == size and np.isfinite(depth_m).all() and depth_m.std() > 0
    for kind in ('thermal', 'rgb'):
        assert counts[f'/{kind}/depth/image'] == counts[f'/{kind}/points'] == 2
    for topic in ('/odometry', '/rgb/semantic/image', '/rgb/depth/confidence'):
        assert counts.get(topic, 0) == 0
