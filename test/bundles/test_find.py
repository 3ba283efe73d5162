# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Finding bundles: by path, by name, in order of the folders; and what is said when not."""

import shutil

import pytest

from helpers.processes import modules_loaded_by
from thermal_depth_ros.bundles import BundleError, find_bundle, list_bundles, read_spec
from thermal_depth_ros.bundles.find import search_folders


@pytest.fixture
def no_folders(monkeypatch, tmp_path):
    monkeypatch.setenv('AMENT_PREFIX_PATH', '')
    monkeypatch.delenv('THERMAL_DEPTH_MODELS', raising=False)
    monkeypatch.chdir(tmp_path)


def test_shipped_bundles_are_found_by_name_and_say_whether_they_are_trained(no_folders):
    for name, kind, size, trained in (
        ('thermal_default', 'thermal', (256, 320), True),
        ('rgb_default', 'rgb', (192, 320), True),
    ):
        spec = read_spec(find_bundle(name))
        assert (spec.kind, spec.input_size, spec.trained) == (kind, size, trained)
        assert spec.scale.metric is trained
        assert ('UNTRAINED' in (find_bundle(name) / 'README.md').read_text()) is not trained


def test_a_bundle_is_found_by_its_folder_and_by_its_spec_file(no_folders, tiny_rgb_bundle):
    assert find_bundle(tiny_rgb_bundle) == tiny_rgb_bundle
    assert find_bundle(str(tiny_rgb_bundle)) == tiny_rgb_bundle
    assert find_bundle(tiny_rgb_bundle / 'bundle.yaml') == tiny_rgb_bundle


def test_own_folders_come_before_installed_ones_and_those_before_the_checkout(
    no_folders, monkeypatch, tmp_path, tiny_rgb_bundle
):
    share = tmp_path / 'prefix' / 'share' / 'thermal_depth_ros' / 'models'
    for folder in (share, tmp_path / 'own'):
        shutil.copytree(tiny_rgb_bundle, folder / 'rgb_default')
    monkeypatch.setenv('AMENT_PREFIX_PATH', f'/nowhere:{tmp_path / "prefix"}')
    assert find_bundle('rgb_default') == share / 'rgb_default'
    monkeypatch.setenv('THERMAL_DEPTH_MODELS', f'/nowhere:{tmp_path / "own"}')
    assert find_bundle('rgb_default') == tmp_path / 'own' / 'rgb_default'
    assert search_folders()[-1].name == 'models'


def test_unknown_names_list_the_bundles_there_are(
    no_folders, monkeypatch, tmp_path, tiny_rgb_bundle
):
    shutil.copytree(tiny_rgb_bundle, tmp_path / 'own' / 'mine')
    monkeypatch.setenv('THERMAL_DEPTH_MODELS', str(tmp_path / 'own'))
    assert 'mine' in list_bundles()
    with pytest.raises(BundleError, match="'nothing'.*not found.*mine.*thermal_default"):
        find_bundle('nothing')
    with pytest.raises(BundleError, match='no name given'):
        find_bundle('')


def test_a_folder_without_spec_is_named(no_folders, tmp_path):
    with pytest.raises(BundleError, match='no bundle.yaml'):
        find_bundle(tmp_path)


def test_a_folder_of_the_same_name_in_the_working_directory_does_not_hide_a_bundle(
    no_folders, tmp_path
):
    (tmp_path / 'rgb_default').mkdir()
    assert find_bundle('rgb_default').name == 'rgb_default'
    assert (find_bundle('rgb_default') / 'bundle.yaml').is_file()


def test_listing_and_reading_specs_needs_no_torch():
    code = 'from thermal_depth_ros.bundles import find_bundle, read_spec; '
    loaded, _ = modules_loaded_by(f"{code}read_spec(find_bundle('rgb_default'))")
    assert not {'torch', 'timm'} & loaded
