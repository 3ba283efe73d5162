# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""`table`: rows measured by the protocols of the tables, on a small synthetic drive."""

import contextlib
import json
import shutil

import numpy as np
import pytest

from helpers.evaluations import FRAMES, run, write_predictions
from helpers.prediction_folders import write_depth_files, write_label_files
from helpers.tiny_teachers import save_depth, save_semantic
from thermal_depth_ros.bench import bundle_cost
from thermal_depth_ros.cli.main import main
from thermal_depth_ros.evaluation.tables.sources import BundleSource


def table(name, arguments, output, code=0):
    assert main(['table', name, *map(str, arguments), '-o', str(output)]) == code
    for suffix in ('md', 'tex', 'html'):
        assert (output / f'{name}.{suffix}').stat().st_size > 500
    return json.loads((output / f'{name}.json').read_text())


def figures(found, row, block=0):
    (only,) = [entry for entry in found['blocks'][block]['rows'] if entry['name'] == row]
    assert only['from'] == 'here'
    return only['figures']


def refused(arguments, capsys, tmp_path):
    assert main(['table', *map(str, arguments), '-o', str(tmp_path / 'none')]) == 1
    assert not (tmp_path / 'none').exists()
    return capsys.readouterr().err


def test_the_published_table_alone(capsys):
    assert main(['table', 'fan-iii']) == 0
    said = capsys.readouterr().out
    assert '0.0655 ± 0.0333' in said and 'ORB-SLAM2' in said


def test_a_bundle_gets_the_figures_of_evaluate(winding_drive, tiny_rgb_bundle, tmp_path, capsys):
    folder = tmp_path / 'data'
    for light in ('day-clear', 'night'):
        shutil.copytree(winding_drive, folder / light / 'drive')
    found = table('dsn-5', ['--data', folder, '--bundle', tiny_rgb_bundle], tmp_path / 'out')
    classes = ['--classes', 'nuscenes_8']
    expected = run([winding_drive, '--bundle', tiny_rgb_bundle, *classes], tmp_path / 'evaluated')
    depth = expected['cameras']['rgb']['depth']
    mine = figures(found, 'rgb_tiny')
    for light in ('day-clear', 'night'):
        for name in ('abs_rel', 'rmse', 'delta1'):
            assert mine[f'{light}.{name}'] == pytest.approx(depth['scaled'][name], rel=1e-9)
        miou = expected['cameras']['rgb']['segmentation']['miou']
        assert mine[f'{light}.miou'] == pytest.approx(100 * miou, rel=1e-9)
    remarks = ' '.join(found['remarks'])
    assert (
        'rgb_tiny: untrained' in remarks and 'is given 96x64; those of the paper 576x320' in remarks
    )
    assert f'{FRAMES} images here' in remarks
    assert 'rgb_tiny' in capsys.readouterr().out


def test_motion_of_recorded_outputs(winding_drive, tmp_path):
    predictions = write_predictions(tmp_path / 'made', winding_drive)
    arguments = ['--data', winding_drive, '--predictions', f'exact={predictions}']
    found = table('fan-iii', arguments, tmp_path / 'out')
    ate, deviation = figures(found, 'exact')['night.ate']
    assert ate == pytest.approx(0, abs=1e-9) and deviation == pytest.approx(0, abs=1e-9)
    assert found['measured']['exact']['night']['metrics']['depth'] is None


def test_motion_of_a_trajectory_file(winding_drive, tmp_path, capsys):
    predictions = write_predictions(tmp_path / 'made', winding_drive)
    run([winding_drive, '--predictions', predictions], tmp_path / 'evaluated')
    (estimate,) = (tmp_path / 'evaluated' / 'trajectories').glob('*_estimate.txt')
    (tmp_path / 'slam').mkdir()
    shutil.copy(estimate, tmp_path / 'slam' / f'{winding_drive.name}.txt')
    arguments = ['--data', winding_drive, '--predictions', tmp_path / 'slam']
    found = table('fan-iii', [*arguments, '--predictions', f'file={estimate}'], tmp_path / 'out')
    for row in ('slam', 'file'):
        # The estimate has another unit; each snippet is scaled.
        assert figures(found, row)['night.ate'][0] == pytest.approx(0, abs=1e-5)
        assert figures(found, row)['night.re'][0] == pytest.approx(0, abs=1e-5)
    said = refused(['fan-i', *arguments], capsys, tmp_path)
    assert 'no predictions for' in said


@pytest.mark.parametrize(('suffix', 'stamped'), [('.npy', True), ('.png', False)])
def test_files_of_the_truth_have_no_error(winding_drive, tmp_path, suffix, stamped):
    made = write_depth_files(tmp_path / 'mine', winding_drive, 'thermal', suffix, stamped)
    arguments = ['--data', winding_drive, '--predictions', made, '--as-predicted']
    found = table('fan-i', arguments, tmp_path / 'out')
    tolerance = 1e-6 if suffix == '.npy' else 2e-3  # of steps of 1/256 m
    for row in ('mine', 'mine, as predicted'):
        assert figures(found, row)['night.abs_rel'] == pytest.approx(0, abs=tolerance)
        assert figures(found, row)['night.delta1'] == 1.0


def test_shifted_files_have_errors(winding_drive, tmp_path):
    """By one frame, and by one pixel."""
    late = write_depth_files(tmp_path / 'late', winding_drive, 'thermal', shift=1)
    moved = write_depth_files(
        tmp_path / 'moved', winding_drive, 'thermal', change=lambda d: np.roll(d, 1, axis=1)
    )
    arguments = ['--data', winding_drive, '--predictions', late, '--predictions', moved]
    found = table('fan-i', arguments, tmp_path / 'out', code=1)
    assert figures(found, 'late')['night.abs_rel'] > 1e-3
    assert figures(found, 'moved')['night.abs_rel'] > 1e-3
    assert any('of the true depth has no prediction' in text for text in found['problems'])


def test_files_of_classes(winding_drive, tmp_path):
    def swap(ids):  # road becomes sidewalk, at half the size
        return np.where(ids == 0, 1, ids).astype(np.uint8)

    right = write_label_files(tmp_path / 'right', winding_drive)
    wrong = write_label_files(tmp_path / 'wrong', winding_drive, swap)
    small = write_label_files(tmp_path / 'small', winding_drive, lambda ids: ids[::2, ::2].copy())
    arguments = [f'--predictions={made}' for made in (right, wrong, small)]
    data = ['--data', f'robotcar-day={winding_drive}']
    found = table('dsn-3', [*data, *arguments], tmp_path / 'out')
    day = 2  # block of RobotCar by day
    assert figures(found, 'right', day)['robotcar-day.miou'] == 100.0
    assert figures(found, 'wrong', day)['robotcar-day.iou road'] == 0.0
    assert figures(found, 'wrong', day)['robotcar-day.iou sky'] == 100.0
    assert 50.0 < figures(found, 'small', day)['robotcar-day.iou road'] < 100.0
    assert figures(found, 'right', 0)['nuscenes-day.miou'] is None


def test_depth_and_classes_in_one_folder(winding_drive, tmp_path):
    write_depth_files(tmp_path / 'both' / 'depth', winding_drive, 'rgb')
    write_label_files(tmp_path / 'both' / 'labels', winding_drive)
    arguments = ['--data', f'night={winding_drive}', '--predictions', tmp_path / 'both']
    mine = figures(table('dsn-5', arguments, tmp_path / 'out'), 'both')
    assert mine['night.miou'] == 100.0
    assert mine['night.abs_rel'] == pytest.approx(0, abs=1e-6)
    assert mine['day-clear.miou'] is None


def test_models_of_transformers_see_rgb_and_thermal_images(winding_drive, tmp_path):
    depth = save_depth(tmp_path / 'tiny_depth', 'depth_anything_metric')
    classes = save_semantic(tmp_path / 'tiny_classes', 'segformer')
    few = ['--frames', ':2']
    arguments = ['--data', f'night={winding_drive}', '--model', depth, '--model', f'c={classes}']
    found = table('dsn-5', [*arguments, *few], tmp_path / 'a')
    assert figures(found, 'tiny_depth')['night.abs_rel'] > 0
    assert figures(found, 'tiny_depth')['night.miou'] is None
    assert figures(found, 'c')['night.miou'] >= 0
    assert figures(found, 'c')['night.abs_rel'] is None
    arguments = ['--data', f'ms2={winding_drive}', '--model', depth, *few]
    found = table('fan-ii', arguments, tmp_path / 'b')
    assert figures(found, 'tiny_depth')['ms2.abs_rel'] > 0
    assert 'tiny_depth: a network for RGB sees thermal images, in grey' in found['remarks']


def test_a_bundle_for_rgb_sees_thermal_images(winding_drive, tiny_rgb_bundle, tmp_path):
    arguments = ['--data', winding_drive, '--bundle', tiny_rgb_bundle, '--frames', ':2']
    found = table('fan-iv', arguments, tmp_path / 'out')
    assert figures(found, 'rgb_tiny')['night.abs_rel'] > 0


def test_cost_of_a_bundle(wide_rgb_bundle, tmp_path, monkeypatch):
    monkeypatch.setattr(bundle_cost, 'seconds_of', lambda *_: 0.25)
    found = table('dsn-4', ['--bundle', wide_rgb_bundle], tmp_path / 'out')
    mine = figures(found, 'rgb_wide')
    assert mine['cost.gmacs encoder'] == pytest.approx(6.699, abs=5e-4)  # of the paper
    assert mine['cost.gmacs semantic'] == pytest.approx(6.254, abs=5e-4)
    assert mine['cost.seconds'] == 0.25
    assert figures(found, 'rgb_wide', 1)['cost.parameters depth'] == pytest.approx(3.153, abs=5e-4)


def test_bundles_are_timed_and_their_parts_add_up(tiny_rgb_bundle, depth_bundle):
    for bundle, parts in (
        (tiny_rgb_bundle, {'light', 'encoder', 'depth', 'semantic', 'total'}),
        (depth_bundle, {'encoder', 'depth', 'total'}),
    ):
        source = BundleSource(str(bundle), contextlib.nullcontext)
        cost = bundle_cost.cost_of(source, (64, 96), 'cpu').metrics
        assert set(cost['gmacs']) == set(cost['parameters']) == parts and cost['seconds'] > 0
        for counts in (cost['gmacs'], cost['parameters']):
            total = counts.pop('total')
            assert sum(counts.values()) == pytest.approx(total)


def test_bad_calls(winding_drive, tiny_thermal_bundle, tiny_rgb_bundle, tmp_path, capsys):
    bundle = ['--bundle', tiny_rgb_bundle]
    data = ['--data', f'night={winding_drive}']
    assert '--data: needed' in refused(['dsn-2', *bundle], capsys, tmp_path)
    said = refused(['dsn-2', *data, '--bundle', tiny_thermal_bundle], capsys, tmp_path)
    assert 'a bundle of kind thermal, but nuScenes night has images of rgb cameras' in said
    assert 'two rows named rgb_tiny' in refused(
        ['dsn-2', *data, *bundle, *bundle], capsys, tmp_path
    )
    (tmp_path / 'few').mkdir()
    np.save(tmp_path / 'few' / '1.npy', np.ones((4, 4)))
    said = refused(['dsn-2', *data, '--predictions', tmp_path / 'few'], capsys, tmp_path)
    assert '1 depth maps for 20 frames, and their names are no stamps (1.npy)' in said
    said = refused(['dsn-5', *data, '--predictions', tmp_path / 'few'], capsys, tmp_path)
    assert 'depth or classes?' in said
    (tmp_path / 'empty').mkdir()
    said = refused(['dsn-2', *data, '--predictions', tmp_path / 'empty'], capsys, tmp_path)
    assert 'no predictions for' in said and 'looked for' in said
    said = refused(['dsn-2', *data, '--model', tmp_path / 'empty'], capsys, tmp_path)
    assert 'config.json' in said
    assert 'only bundles can be counted' in refused(
        ['dsn-4', '--predictions', tmp_path / 'few'], capsys, tmp_path
    )


def test_damaged_files_are_left_out_and_said(winding_drive, tmp_path):
    made = write_depth_files(tmp_path / 'mine', winding_drive, 'thermal')
    files = sorted(made.iterdir())
    files[0].write_bytes(b'nothing')
    files[1].unlink()
    arguments = ['--data', winding_drive, '--predictions', made]
    found = table('fan-i', arguments, tmp_path / 'out', code=1)
    assert figures(found, 'mine')['night.delta1'] == 1.0
    problems = ' '.join(found['problems'])
    assert files[0].name in problems and 'no depth maps at its stamp' in problems
    assert any(f'{FRAMES - 2} images here' in text for text in found['remarks'])
