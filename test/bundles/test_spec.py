# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""`bundle.yaml`: round trip, and every bad field named with its value."""

import re

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from thermal_depth_ros.base.settings import RenamedSettingWarning
from thermal_depth_ros.bundles import BundleError, BundleSpec, read_spec
from thermal_depth_ros.bundles.spec import spec_problems

STORED = {'file': 'weights.safetensors', 'sha256': 'ab' * 32, 'dtype': 'fp16'}


def test_spec_survives_yaml(any_tiny_bundle):
    spec = read_spec(any_tiny_bundle)
    again = BundleSpec.from_dict(yaml.safe_load(yaml.safe_dump(spec.to_dict())))
    assert again == spec


def test_intrinsics_and_training_survive(edited, tiny_thermal_bundle):
    intrinsics = {'width': 640, 'height': 512, 'fx': 500.5, 'fy': 501.0, 'cx': 319.5, 'cy': 255.5}
    training = {'stages': [{'epochs': 400}], 'data': 'ViViD'}
    spec = read_spec(edited(tiny_thermal_bundle, intrinsics=intrinsics, training=training))
    assert spec.to_dict()['intrinsics'] == intrinsics
    assert spec.to_dict()['training'] == training


def test_a_calibration_is_optional_and_survives(edited, tiny_rgb_bundle):
    assert read_spec(tiny_rgb_bundle).calibration is None
    assert 'calibration' not in read_spec(tiny_rgb_bundle).to_dict()
    spec = read_spec(edited(tiny_rgb_bundle, calibration={'temperature': 1.5, 'source': 'x'}))
    assert (spec.calibration.temperature, spec.calibration.covariance_scale) == (1.5, None)
    assert BundleSpec.from_dict(yaml.safe_load(yaml.safe_dump(spec.to_dict()))) == spec


@pytest.mark.parametrize(
    ('weights', 'untrained', 'trained'),
    [
        ({'untrained': True, 'seed': 1}, ('all',), False),
        (STORED, (), True),
        ({**STORED, 'untrained_parts': ['depth.head']}, ('depth.head',), False),
    ],
)
def test_untrained_weights_are_announced(edited, tiny_thermal_bundle, weights, untrained, trained):
    spec = read_spec(edited(tiny_thermal_bundle, weights=weights))
    assert spec.trained is trained
    assert spec.untrained_parts == untrained


@pytest.mark.parametrize(
    ('changes', 'problem'),
    [
        ({'schema': 2}, 'schema: 2 is not 1'),
        ({'schema': ...}, 'schema: missing'),
        ({'kind': 'sonar'}, "kind: 'sonar' is not one of thermal, rgb, translation"),
        ({'flavour': 1}, 'flavour: unknown field'),
        ({'input_size': [320]}, 'input_size: [320] is not a list of 2 items'),
        ({'input_size': [320, 0]}, 'input_size: [320, 0]'),
        ({'input_size': [300, 576]}, 'input_size: [300, 576] are not multiples of 32'),
        ({'input_size': 'big'}, "input_size: 'big'"),
        ({'architecture': {'n_classes': 12}}, 'labels: 19 classes, but n_classes is 12'),
        ({'architecture': {'n_classes': 0}}, 'labels: there are some, but n_classes is 0'),
        ({'architecture': {'layers': 12}}, 'architecture.layers: unknown field'),
        ({'architecture': [1]}, 'architecture: [1] is not a mapping'),
        ({'labels': ...}, 'labels: None is not a list'),
        ({'labels': []}, 'labels: [] is not a list of 1 to 255 classes'),
        ({'labels': [{'name': 'a'}] * 19}, 'labels[0].colour: missing'),
        ({'labels': [{'name': 'a', 'colour': [0, 0, 256]}]}, 'labels[0].colour: [0, 0, 256]'),
        ({'labels': [{'name': 'a', 'colour': [0, 0, 0]}] * 19}, "'a' is there more than once"),
        ({'preprocessing': {'mode': 'percentile'}}, "preprocessing: {'mode': 'percentile'}"),
        ({'scale': {'metric': 1, 'factor': 0}}, 'scale.metric: 1 is not true or false'),
        ({'scale': {'metric': 1, 'factor': 0}}, 'scale.factor: 0 is below the minimum 1e-06'),
        ({'scale': {'metric': 1, 'factor': 0}}, 'scale.source: missing'),
        ({'intrinsics': {'width': 640}}, 'intrinsics.fx: missing'),
        ({'calibration': {'temperature': 0}}, 'calibration.temperature: 0'),
        ({'calibration': {'covariance_scale': 'big'}}, "calibration.covariance_scale: 'big'"),
        ({'calibration': {'shift': 1}}, 'calibration.shift: unknown field'),
        ({'licence': ''}, "licence: '' is not a non-empty text"),
        ({'weights': {'untrained': False, 'seed': 1}}, 'weights.untrained: False is not true'),
        ({'weights': {'untrained': True, 'seed': -1}}, 'weights.seed: -1'),
        ({'weights': {**STORED, 'file': '../secret.safetensors'}}, 'weights.file: '),
        ({'weights': {**STORED, 'file': '/etc/x.safetensors'}}, 'weights.file: '),
        ({'weights': {**STORED, 'file': 'weights.pkl'}}, 'weights.file: '),
        ({'weights': {**STORED, 'sha256': 'short'}}, "weights.sha256: 'short'"),
        ({'weights': {**STORED, 'dtype': 'int8'}}, "weights.dtype: 'int8'"),
        ({'weights': {}}, 'weights.untrained: missing'),
    ],
)
def test_bad_fields_are_named_with_their_value(edited, tiny_rgb_bundle, changes, problem):
    path = edited(tiny_rgb_bundle, **changes)
    with pytest.raises(BundleError) as caught:
        read_spec(path)
    assert any(found.startswith(problem) or problem in found for found in caught.value.problems)
    assert str(path / 'bundle.yaml') in str(caught.value)


def test_all_problems_are_named_at_once(edited, tiny_rgb_bundle):
    path = edited(tiny_rgb_bundle, schema=3, licence=5, input_size=[1, 2], weights={'seed': 'x'})
    with pytest.raises(BundleError) as caught:
        read_spec(path)
    text = ' '.join(caught.value.problems)
    for name in ('schema', 'licence', 'input_size', 'weights.seed', 'weights.untrained'):
        assert name in text


@pytest.mark.parametrize(
    ('preprocessing', 'words'),
    [
        ({'mode': 'magic'}, 'magic'),
        ({'mode': 'percentile', 'gamma': 2}, 'gamma'),
        ({'low_fraction': 0.9, 'high_fraction': 0.1}, '0.9'),
        ({'low_fraction': 'low'}, 'preprocessing'),
        ({'planck': 5}, 'preprocessing'),
    ],
)
def test_bad_thermal_preprocessing_is_named(edited, tiny_thermal_bundle, preprocessing, words):
    with pytest.raises(BundleError, match=words):
        read_spec(edited(tiny_thermal_bundle, preprocessing=preprocessing))


def test_an_rgb_bundle_without_classes_has_no_labels(edited, tiny_rgb_bundle):
    spec = read_spec(edited(tiny_rgb_bundle, architecture={'n_classes': 0}, labels=...))
    assert spec.labels is None
    assert BundleSpec.from_dict(spec.to_dict()) == spec


def test_a_thermal_bundle_has_no_labels(edited, tiny_thermal_bundle):
    labels = [{'name': 'road', 'colour': [0, 0, 0]}]
    with pytest.raises(BundleError, match='labels: a thermal bundle has none'):
        read_spec(edited(tiny_thermal_bundle, labels=labels))


@pytest.mark.parametrize(
    ('content', 'words'),
    [
        (b'', 'None is not a mapping'),
        (b'- 1\n- 2\n', 'is not a mapping'),
        (b'{unclosed: [', 'not YAML'),
        (b'!!python/object/apply:os.getcwd []', 'getcwd is not supported'),
        (b'\xff\xfe\x00', 'not YAML'),
        (b'[' * 20000, 'more than 50 levels'),
        (b'a: ' + b'x' * (1 << 20), 'larger than 1048576 bytes'),
    ],
)
def test_files_that_are_no_spec_are_refused(tmp_path, content, words):
    (tmp_path / 'bundle.yaml').write_bytes(content)
    with pytest.raises(BundleError, match=words):
        read_spec(tmp_path)


@pytest.mark.parametrize('date', ['2024-01-01', '2024-13-99', '2024-01-01T10:00:00Z'])
def test_dates_are_texts(tmp_path, tiny_rgb_bundle, date):
    text = (tiny_rgb_bundle / 'bundle.yaml').read_text()
    path = tmp_path / 'bundle.yaml'
    path.write_text(re.sub('(?m)^licence: .*', f'licence: {date}', text))
    assert read_spec(tmp_path).licence == date
    path.write_text(re.sub('(?m)^kind: .*', f'kind: {date}', text))
    with pytest.raises(BundleError, match=f"kind: '{date}' is not one of"):
        read_spec(tmp_path)


def test_a_missing_spec_is_named(tmp_path):
    with pytest.raises(BundleError, match='No such file'):
        read_spec(tmp_path)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_value_in_any_field_is_accepted_or_named(any_tiny_bundle, data):
    spec = read_spec(any_tiny_bundle).to_dict()
    name = data.draw(st.sampled_from(sorted(spec)))
    spec[name] = data.draw(values)
    problems = spec_problems(spec)
    if not problems:
        BundleSpec.from_dict(spec)
    else:
        assert all(name in problem or 'labels' in problem for problem in problems)


TRANSLATION = {
    'schema': 1,
    'kind': 'translation',
    'architecture': {'n_blocks': 1, 'width': 4},
    'input_size': [36, 48],
    'preprocessing': {'mode': 'signed'},
    'scale': {'metric': False, 'factor': 1.0, 'source': 'none: images have no scale'},
    'weights': STORED,
    'licence': 'Apache-2.0',
}


@pytest.mark.parametrize(
    ('changes', 'problem'),
    [
        ({'input_size': [36, 50]}, 'input_size: [36, 50] are not multiples of 4'),
        ({'preprocessing': {'mode': 'unit'}}, "preprocessing: {'mode': 'unit'} is not {'mode': "),
        ({'labels': [{'name': 'a', 'colour': [0, 0, 0]}]}, 'labels: a translation bundle has none'),
        ({'architecture': {'n_classes': 3}}, 'architecture.n_classes: unknown field'),
        ({'architecture': {'width': 0}}, 'architecture.width: 0 is below the minimum 1'),
    ],
)
def test_bad_fields_of_a_translation_are_named(changes, problem):
    assert spec_problems(TRANSLATION) == []
    found = spec_problems(TRANSLATION | changes)
    assert len(found) == 1 and found[0].startswith(problem)


def test_former_names_in_an_architecture_are_read(edited, tiny_rgb_bundle):
    before = read_spec(tiny_rgb_bundle)
    architecture = dict(before.architecture)
    architecture['light_down'] = architecture.pop('light_downsamplings', 1)
    path = edited(tiny_rgb_bundle, architecture=architecture)
    with pytest.warns(RenamedSettingWarning, match='called light_downsamplings now'):
        spec = read_spec(path)
    assert spec.networks_architecture == before.networks_architecture
    assert 'light_down' not in spec.to_dict()['architecture']
    values = spec.to_dict()
    values['architecture'] |= {'light_down': 1, 'light_downsamplings': 1}
    assert spec_problems(values) == [
        'architecture: light_down: given twice, also as light_downsamplings'
    ]
