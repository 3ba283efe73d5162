# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""`thermal-depth adapt` from a recording to a bundle that is better, or to the old one."""

import dataclasses
import os
import signal
from types import SimpleNamespace

import pytest
import yaml

from helpers import adaptation_bags as bags
from helpers.thermal_bags import write
from helpers.tiny_bundles import RGB
from thermal_depth_ros.bundles import read_spec, save_bundle
from thermal_depth_ros.cli.main import main
from thermal_depth_ros.networks.build import build_networks
from thermal_depth_ros.training.adaptation import best_kept
from thermal_depth_ros.training.adaptation.best_kept import BestKept, error, no_worse
from thermal_depth_ros.training.adaptation.judging import Judgement

# Charts of the training take longer than the training; the report of an adaptation is another one.
pytestmark = pytest.mark.usefixtures('without_report')
START_M = 8.0  # of the bundle before, farther than both walls


@pytest.fixture(scope='module')
def drive(tmp_path_factory):
    return write(tmp_path_factory.mktemp('drives') / 'walls', bags.passing_walls(30))


@pytest.fixture(scope='module')
def far_bundle(tmp_path_factory):
    """Folder of a thermal bundle that sees everything at the same, wrong distance."""
    return bags.constant_bundle(tmp_path_factory.mktemp('models') / 'far', START_M)


@pytest.fixture
def adapt(tmp_path, far_bundle, drive, capsys):
    """Run the command; return exit code, output and errors."""

    def run(*options, bundle=far_bundle, bag=drive, output='out'):
        always = ['--threads', '1', '--workers', '0', '--device', 'cpu', '--progress', 'lines']
        always += ['--cache-dir', str(tmp_path / 'cache'), '--bundle', str(bundle)]
        code = main(['adapt', str(bag), *always, *options, '-o', str(tmp_path / output)])
        return SimpleNamespace(code=code, folder=tmp_path / output, **capsys.readouterr()._asdict())

    return run


LONG = ('--minutes', '60', '--protocol', 'thermal_indoor')


def test_a_better_bundle_is_written_with_its_proof(adapt, tmp_path):
    done = adapt(*LONG, '--epochs', '5', '--learning-rate', '0.001')
    assert done.code == 0, done.err + done.out
    assert 'Better: photometric error' in done.out
    assert 'The new bundle against predictors that never look at the image' in done.out
    spec = read_spec(done.folder / 'bundle')
    assert spec.licence == 'CC-BY-4.0' and spec.scale.metric and '/odom' in spec.scale.source
    before = float(done.out.split('photometric error ')[-1].split()[0])
    assert spec.training['metrics']['photometric'] < before
    page = (done.folder / 'report.html').read_text()
    for part in ('Before and after', 'depth after', 'depth truth', 'The recordings as material'):
        assert part in page
    settings = yaml.safe_load((done.folder / 'train.yaml').read_text())
    assert settings['task'] == 'thermal' and settings['pose_source'] == 'odometry'
    config = ['--config', str(done.folder / 'train.yaml'), '--max-steps', '1']
    assert main(['train', *config, '--progress', 'none', '--output', str(tmp_path / 'again')]) == 0
    assert (tmp_path / 'again' / 'bundle' / 'bundle.yaml').is_file()

    again = adapt(*LONG)
    assert again.code == 1 and 'exists already; give another folder, or --overwrite' in again.err


def test_what_makes_it_worse_is_not_kept(adapt, far_bundle):
    done = adapt(*LONG, '--epochs', '1', '--learning-rate', '1.0')
    assert done.code == 3
    assert 'Not better' in done.out and f'old bundle is kept: {far_bundle}' in done.out
    assert not (done.folder / 'bundle').exists()
    said = 'The old bundle against predictors that never look at the image: abs_rel scaled '
    page = (done.folder / 'report.html').read_text()
    assert said in done.out and said in page and 'Not better' in page


def test_colour_without_poses_is_never_worse_and_keeps_its_classes(
    adapt, tmp_path, tiny_rgb_bundle
):
    bag = write(tmp_path / 'colour', bags.coloured(bags.passing_walls(24, poses=False)))
    done = adapt(*LONG, '--epochs', '1', bag=bag, bundle=tiny_rgb_bundle)
    assert done.code in (0, 3), done.err
    assert 'images alone do not tell metres' in done.out and 'pose_source: network' in done.out
    assert (done.folder / 'bundle').exists() == (done.code == 0)
    if done.code == 0:
        spec = read_spec(done.folder / 'bundle')
        assert spec.labels == read_spec(tiny_rgb_bundle).labels and not spec.scale.metric
        assert (
            'of the pixels have the same class as before'
            in (done.folder / 'report.html').read_text()
        )


@pytest.fixture
def timm_bundle(tmp_path):
    """Folder of an RGB bundle with an encoder of timm."""
    architecture = {**RGB.architecture, 'encoder': 'test_efficientnet', 'light_width': 0}
    spec = dataclasses.replace(RGB, architecture=architecture)
    networks = build_networks('rgb', architecture, seed=7)
    save_bundle(tmp_path / 'timm', spec, networks, untrained_parts=())
    return tmp_path / 'timm'


def test_a_pretrained_encoder_is_tried_with_a_new_decoder_and_with_its_own(
    adapt, tmp_path, timm_bundle
):
    bag = write(tmp_path / 'colour', bags.coloured(bags.passing_walls(24)))
    done = adapt(*LONG, '--epochs', '1', bag=bag, bundle=timm_bundle)
    assert done.code in (0, 3), done.err
    assert 'training 1 of 2: depth decoder: a new one' in done.out
    assert 'training 2 of 2: depth decoder: that of the bundle' in done.out
    for number, renewed in (('1', True), ('2', False)):
        own = yaml.safe_load((done.folder / 'training' / number / 'config.yaml').read_text())
        assert own['new_depth_decoder'] is renewed and own['encoder_training'] == 'frozen'
    if done.code == 0:
        settings = yaml.safe_load((done.folder / 'train.yaml').read_text())
        record = read_spec(done.folder / 'bundle').training['settings']
        assert record.get('new_depth_decoder') == settings.get('new_depth_decoder')


def test_a_decoder_that_collapses_leaves_its_time_to_the_other(
    adapt, tmp_path, timm_bundle, monkeypatch
):
    """Everything counts as collapsed here, so that no network is kept."""
    monkeypatch.setattr(best_kept, 'has_collapsed', lambda new, old: True)
    bag = write(tmp_path / 'colour', bags.coloured(bags.passing_walls(24)))
    done = adapt(*LONG, '--epochs', '3', bag=bag, bundle=timm_bundle)
    assert done.code == 3, done.err
    lines = [line for line in done.out.splitlines() if 'ended early' in line]
    assert 'training 1 of 2 ended early: depth is nearly the same everywhere' in lines[0]
    assert 'the next one gets its time' in lines[0] and 'next' not in lines[1]
    minutes = [
        yaml.safe_load((done.folder / 'training' / number / 'config.yaml').read_text())
        for number in ('1', '2')
    ]
    assert minutes[1]['max_minutes'] > 1.9 * minutes[0]['max_minutes']
    assert 'training 1 of 2 ended early' in (done.folder / 'report.html').read_text()


@pytest.fixture
def stop_after(monkeypatch):
    """Return what sends SIGINT, as Ctrl-C does, after so many calls of a method of the task."""

    def stop(method, count):
        original, calls = getattr(BestKept, method), []

        def called(task, *arguments):
            result = original(task, *arguments)
            calls.append(method)
            if len(calls) == count:
                os.kill(os.getpid(), signal.SIGINT)
            return result

        monkeypatch.setattr(BestKept, method, called)

    return stop


def test_what_was_better_before_a_stop_is_kept(adapt, stop_after):
    stop_after('validate', 2)
    done = adapt(*LONG, '--epochs', '50', '--learning-rate', '0.001')
    assert done.code == 0, done.err + done.out
    assert 'stopped on request; what was better by then is kept' in done.out
    assert 'Better: photometric error' in done.out
    assert (done.folder / 'bundle' / 'bundle.yaml').is_file()
    assert (done.folder / 'report.html').is_file()


def test_a_stop_before_anything_was_better_keeps_nothing(adapt, stop_after):
    stop_after('step', 1)
    done = adapt(*LONG)
    assert done.code == 130
    assert 'interrupted before any network was better: nothing is kept' in done.out
    assert not (done.folder / 'bundle').exists()


def test_only_colour_bundles_get_a_new_decoder(adapt):
    done = adapt('--decoder', 'new')
    assert done.code == 1 and 'decoder: new is for RGB bundles' in done.err
    assert 'thermal camera' in done.err


def test_too_short_a_budget_says_how_long_an_epoch_takes(adapt):
    done = adapt('--minutes', '0.01')
    assert done.code == 1
    assert 'minutes: 0.01 is too short for one epoch' in done.err and 'Give --minutes' in done.err
    assert not (done.folder / 'bundle').exists()


def test_grading_needs_no_output(adapt, drive, tmp_path, capsys):
    cache = ['--cache-dir', str(tmp_path / 'cache')]
    assert main(['adapt', str(drive), '--grade-only', *cache, '--progress', 'lines']) == 0
    assert 'parallax' in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(['adapt', str(drive)])


def test_without_parallax_nothing_is_trained(adapt, tmp_path):
    bag = write(tmp_path / 'turning', bags.turning())
    done = adapt(bag=bag)
    assert done.code == 1 and 'no parallax' in done.err


def test_a_recording_that_is_not_there_leaves_no_folder(adapt, tmp_path):
    done = adapt(bag=tmp_path / 'nowhere', output='new/out')
    assert done.code == 1 and 'nowhere' in done.err
    assert not (tmp_path / 'new').exists()
    done.folder.mkdir(parents=True)
    adapt(bag=tmp_path / 'nowhere', output='new/out')
    assert done.folder.is_dir()


def judged(photometric, scaled=None, in_metres=None, metric=True):
    depth = None
    if scaled is not None:
        depth = SimpleNamespace(
            scaled=SimpleNamespace(abs_rel=scaled), metric=SimpleNamespace(abs_rel=in_metres)
        )
    return Judgement(photometric, depth, None, metric, 5.0, 0.5)


@pytest.mark.parametrize(
    ('new', 'old', 'kept'),
    [
        (judged(0.1), judged(0.2), True),
        (judged(0.2), judged(0.2), False),
        (judged(float('nan')), judged(0.2), False),
        (judged(0.1, 0.3, 0.3), judged(0.2, 0.4, 0.4), True),
        (judged(0.1, 0.5, 0.3), judged(0.2, 0.4, 0.4), False),
        (judged(0.1, 0.3, 0.5), judged(0.2, 0.4, 0.4), False),
        (judged(0.1, 0.3, 9.0, metric=False), judged(0.2, 0.4, 0.4), True),
    ],
)
def test_a_bundle_must_be_no_worse_in_anything_known(new, old, kept):
    assert no_worse(new, old) is kept


@pytest.mark.parametrize(
    ('metric', 'best'),
    [(True, judged(0.18, 0.25, 0.2)), (False, judged(0.19, 0.2, 9.0, metric=False))],
)
def test_bundles_are_ordered_by_known_depth_rather_than_by_photometric_error(metric, best):
    other = judged(0.1, 0.3, 0.3, metric=metric)
    assert error(best) < error(other) and other.photometric < best.photometric


def test_without_true_depth_bundles_are_ordered_by_photometric_error():
    near, far = map(judged, (0.1, 0.2))
    assert error(near) < error(far)
