# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""`translate`: every image is translated once, by whichever process; and what is refused."""

import re
import signal

import cv2
import numpy as np
import pytest
import torch

from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.bundles import BundleSpec, Scale, SeedWeights, save_bundle
from thermal_depth_ros.cli.main import main
from thermal_depth_ros.messages.decode import decode_camera_image
from thermal_depth_ros.networks.cyclegan import build_cyclegan
from thermal_depth_ros.samples.config import ImagesConfig, cache_root
from thermal_depth_ros.samples.single_images import open_images
from thermal_depth_ros.samples.translated_frames import TranslatedFrames
from thermal_depth_ros.training.translation.translator import Translator

SPEC = BundleSpec(
    kind='translation',
    architecture={'n_blocks': 1, 'width': 4},
    input_size=(32, 48),
    preprocessing={'mode': 'signed'},
    scale=Scale(False, 1.0, 'none: images have no scale'),
    weights=SeedWeights(untrained=True, seed=0),
    licence='Apache-2.0',
)


@pytest.fixture(scope='module')
def bundle(tmp_path_factory):
    """A bundle that counts as trained."""

    def make(seed=1):
        path = tmp_path_factory.mktemp('models') / f'night_{seed}'
        nets = build_cyclegan(seed, 1, 4, 4)
        generators = {name: getattr(nets, name) for name in ('day_to_night', 'night_to_day')}
        save_bundle(path, SPEC, generators, untrained_parts=())
        return path

    return make


@pytest.fixture(scope='module')
def one_bundle(bundle):
    return bundle()


@pytest.fixture(scope='module')
def drives(colour_drive):
    return [str(colour_drive('monday', 5)), str(colour_drive('tuesday', 3))]


@pytest.fixture
def call(tmp_path, one_bundle, drives, capsys, monkeypatch):
    """Call the command on both drives; return exit code, output and errors."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments, bags=drives, bundle=one_bundle):
        fixed = ['--bundle', str(bundle), '--device', 'cpu', '--cache-dir', str(tmp_path / 'cache')]
        code = main(['translate', *fixed, '--bags', *bags, *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def stored(tmp_path, drives):
    """Return the images of a drive, and their translations of a name."""

    def find(name='day_to_night', bag=drives[0], **settings):
        config = ImagesConfig(
            bags=(bag,), width=48, height=32, cache_dir=str(tmp_path / 'cache'), **settings
        )
        data = config.data(config.bags)
        frames = open_images(data, lambda what, done, total: None).recordings[0]
        return frames, TranslatedFrames.find(cache_root(data), name, frames.store)

    return find


@pytest.mark.parametrize('direction', ['day_to_night', 'night_to_day'])
def test_every_image_has_what_the_generator_makes_of_it(
    call, stored, one_bundle, drives, direction
):
    code, said, errors = call('--direction', direction)
    assert code == 0, errors
    assert 'monday: 5 images translated, 0 had been before' in said
    assert 'night_1 runs in torch fp32\n' in said
    translator = Translator(one_bundle, direction, torch.device('cpu'))
    network = getattr(build_cyclegan(1, 1, 4, 4), direction)
    for bag in drives:
        frames, translated = stored(direction, bag)
        assert translated.done().all()
        for index in range(len(frames)):
            made = translated.read(index)
            np.testing.assert_array_equal(made, translator(frames.image(index)))
            given = torch.from_numpy(frames.image(index)).permute(2, 0, 1)[None] / 127.5 - 1
            expected = (network(given)[0].permute(1, 2, 0).detach().numpy() + 1) * 127.5
            assert np.abs(made - expected).max() < 0.6, 'rounded to whole levels'


def test_a_second_call_makes_only_what_is_missing(call, stored):
    assert call('--last-frame', '2')[0] == 0
    _, translated = stored()
    assert np.flatnonzero(translated.done()).tolist() == [0, 1]
    first = translated.read(0)
    code, said, _ = call('--check')
    assert code == 1
    assert re.search(r'no translation: .*monday /rgb/image_raw frames 2,3,4\n', said)
    assert re.search(r'no translation: .*tuesday /rgb/image_raw frame 2\n', said)
    assert not stored()[1].done()[2:].any(), 'checking makes nothing'
    code, said, _ = call()
    assert code == 0 and 'monday: 3 images translated, 2 had been before' in said
    np.testing.assert_array_equal(stored()[1].read(0), first)
    assert call('--check')[0] == 0


def test_processes_share_the_images_and_make_the_same(call, stored, monkeypatch):
    assert call()[0] == 0
    alone = [stored()[1].read(row) for row in range(5)]
    monkeypatch.setenv('WORLD_SIZE', '2')
    made = []
    for rank in (1, 0):
        monkeypatch.setenv('RANK', str(rank))
        assert call('--name', 'shared')[0] == 0
        made.append(np.flatnonzero(stored('shared')[1].done()).tolist())
    assert made == [[1, 3], [0, 1, 2, 3, 4]]
    for row, image in enumerate(alone):
        np.testing.assert_array_equal(stored('shared')[1].read(row), image)
    code, _, errors = call('--name', 'shared', '-o', 'night')
    assert code == 1 and '--output: several processes write into the cache only' in errors


def test_an_interruption_keeps_what_was_made(call, stored, monkeypatch):
    real, calls = Translator.__call__, []

    def interrupted(self, image):
        calls.append(1)
        if len(calls) == 3:
            signal.raise_signal(signal.SIGINT)
        return real(self, image)

    monkeypatch.setattr(Translator, '__call__', interrupted)
    code, said, errors = call('-o', 'night')
    assert code == 130 and 'interrupted: run again to resume' in errors
    assert 'no translation: ' in said
    assert np.flatnonzero(stored()[1].done()).tolist() == [0, 1, 2]
    code, said, _ = call('-o', 'night')
    assert code == 0 and 'monday: 2 images translated, 3 had been before' in said


def test_the_sheet_shows_images_above_their_counterparts(call, tmp_path):
    code, said, _ = call('--sheet-images', '6')
    assert code == 0 and 'contact sheet: out/translate/day_to_night.png' in said
    sheet = cv2.imread(str(tmp_path / 'out/translate/day_to_night.png'))
    assert sheet.shape[0] > 2 * 2 * 200 and sheet.shape[1] > 4 * 300, 'two rows of four'
    assert call('--sheet', 'deep/down.png')[0] == 0 and (tmp_path / 'deep/down.png').is_file()
    assert 'contact sheet' not in call('--sheet-images', '0')[1]


def test_a_recording_has_the_stamps_topics_and_camera_of_the_source(call, tmp_path, stored, drives):
    code, said, errors = call('-o', 'night')
    assert code == 0, errors
    assert '5 images in night/monday' in said
    frames, translated = stored()
    with Recording(tmp_path / 'night' / 'monday') as made, Recording(drives[0]) as source:
        assert made.topics.keys() == source.topics.keys()
        images = list(made.read(['/rgb/image_raw']))
        originals = list(source.read(['/rgb/image_raw']))
        info = made.first('/rgb/camera_info').message
    assert len(images) == 5
    for row, (image, original) in enumerate(zip(images, originals, strict=True)):
        assert image.message.header == original.message.header
        pixels = decode_camera_image(image.message, 'rgb')
        np.testing.assert_array_equal(pixels, translated.read(row))
    np.testing.assert_allclose(np.reshape(info.k, (3, 3)), frames.camera.K)
    code, _, errors = call('-o', 'night')
    assert code == 1 and 'night/monday exists already; --force replaces it' in errors
    assert call('-o', 'night', '--force')[0] == 0
    assert call('-o', 'single', bags=drives[:1])[0] == 0
    assert (tmp_path / 'single' / 'metadata.yaml').is_file()


def test_a_recording_is_not_replaced_by_its_translation(call, drives):
    code, _, errors = call('-o', drives[0], '--force', bags=drives[:1])
    assert code == 1 and '--output: ' in errors and 'is read from' in errors


def test_another_bundle_needs_another_name(call, bundle):
    assert call()[0] == 0
    other = bundle(2)
    code, _, errors = call(bundle=other)
    assert code == 1 and 'were made with other settings' in errors
    assert 'choose another name' in errors
    assert call('--name', 'second', bundle=other)[0] == 0


def test_sizes_are_those_of_the_bundle_or_multiples_of_four(call):
    code, _, errors = call('--width', '50')
    assert code == 1 and 'width: 50 is not a multiple of 4' in errors
    code, said, _ = call('--width', '64', '--height', '40')
    assert code == 0
    assert 'images of 64x40, but the bundle was trained with images of 48x32' in said


@pytest.mark.parametrize(
    ('arguments', 'words'),
    [
        (['--first-frame', '9'], r'monday: no usable image of /rgb/image_raw is left'),
        (['--image-topic', '/nowhere'], r'^error: no topic /nowhere in .*monday'),
        (['--device', 'tpu'], r"device: 'tpu' is not available"),
        (['--last-frame', '-1'], r'last_frame: -1 is below the minimum 0'),
    ],
)
def test_what_cannot_be_done_is_one_clear_message(call, arguments, words):
    code, _, errors = call(*arguments)
    assert code == 1 and re.search(words, errors)
    assert errors.startswith('error: ') and errors.count('error') == 1


def test_recordings_must_be_named_and_there(call, tmp_path):
    code, _, errors = call(bags=[])
    assert code == 1 and 'bags: no training recording' in errors
    code, _, errors = call(bags=[str(tmp_path / 'nowhere')])
    assert code == 1 and 'nowhere' in errors


def test_other_and_untrained_bundles_are_refused(call, tmp_path, tiny_rgb_bundle):
    code, _, errors = call(bundle=tiny_rgb_bundle)
    assert code == 1 and "kind is 'rgb', but a 'translation' bundle is needed" in errors
    save_bundle(tmp_path / 'random', SPEC)
    code, _, errors = call(bundle=tmp_path / 'random')
    assert code == 1 and 'untrained (all)' in errors
