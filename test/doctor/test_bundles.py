# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What the doctor says about bundles: untrained, damaged, missing."""

import pytest

from thermal_depth_ros.bundles import BundleSpec, Scale, SeedWeights, save_bundle
from thermal_depth_ros.doctor.bundles import bundles, check_bundle
from thermal_depth_ros.doctor.finding import State
from thermal_depth_ros.networks.build import build_networks


@pytest.fixture
def only(monkeypatch):
    """Let the doctor see given bundles and no others."""

    def give(**known):
        monkeypatch.setattr('thermal_depth_ros.doctor.bundles.list_bundles', lambda: known)

    return give


def test_missing_default_bundles_fail_by_name(only):
    only()
    found = list(bundles())
    assert [(f.name, f.state) for f in found] == [
        ('thermal_default', State.FAIL),
        ('rgb_default', State.FAIL),
    ]


def test_an_untrained_bundle_is_a_warning_that_says_so(tiny_rgb_bundle):
    finding = check_bundle('mine', tiny_rgb_bundle)
    assert finding.state is State.WARN
    assert finding.text.startswith('UNTRAINED')
    assert 'rgb 96x64, 19 classes' in finding.text


def test_a_folder_without_a_description_fails(tmp_path):
    finding = check_bundle('broken', tmp_path)
    assert finding.state is State.FAIL
    assert str(tmp_path) in finding.text


def test_a_damaged_bundle_fails_with_file_and_field(tmp_path):
    (tmp_path / 'bundle.yaml').write_text('schema: 1\nkind: sonar\n')
    finding = check_bundle('broken', tmp_path)
    assert finding.state is State.FAIL
    assert 'bundle.yaml' in finding.text
    assert 'sonar' in finding.text


def test_a_defect_in_one_bundle_does_not_end_the_others(
    only, tiny_rgb_bundle, tmp_path, monkeypatch, capsys
):
    from thermal_depth_ros.bundles import store

    read = store.read_spec

    def broken(path):
        return {}['missing'] if path.name == 'bad' else read(path)

    monkeypatch.setattr(store, 'read_spec', broken)
    bad = tmp_path / 'bad'
    bad.mkdir()
    (bad / 'bundle.yaml').write_text('schema: 1')
    only(bad=bad, good=tiny_rgb_bundle)
    found = {finding.name: finding for finding in bundles()}
    assert found['bad'].state is State.FAIL
    assert "unexpected KeyError: 'missing'" in found['bad'].text
    assert found['good'].state is State.WARN
    assert 'in broken' in capsys.readouterr().err


def test_translations_have_no_scale(tmp_path):
    spec = BundleSpec(
        kind='translation',
        architecture={'n_blocks': 1, 'width': 4},
        input_size=(32, 48),
        preprocessing={'mode': 'signed'},
        scale=Scale(False, 1.0, 'none: images have no scale'),
        weights=SeedWeights(True, 1),
        licence='Apache-2.0',
    )
    networks = build_networks('translation', spec.architecture)
    save_bundle(tmp_path / 'night', spec, networks, 'fp16', untrained_parts=())
    finding = check_bundle('night', tmp_path / 'night')
    assert finding.state is State.OK
    assert finding.text.startswith('translation 48x32, Apache-2.0')
