# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""`thermal-depth import-onnx` with models written here by hand, node by node."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from thermal_depth_ros.bundles import BundleError, load_bundle, read_spec
from thermal_depth_ros.bundles.store import validate_bundle
from thermal_depth_ros.cli.main import run
from thermal_depth_ros.frames.config import RgbConfig, ThermalConfig
from thermal_depth_ros.frames.frame import CameraFrame
from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.geometry.frames import T_FORWARD
from thermal_depth_ros.inference.engines import onnx_files
from thermal_depth_ros.inference.engines.candidates import installed
from thermal_depth_ros.inference.pipeline import open_pipeline

SIZE = (16, 24)
MEAN, DEVIATION = (0.1, 0.2, 0.3), (0.5, 0.25, 0.2)
KIND = ('--kind', 'thermal')
CONFIGS = {'rgb': RgbConfig, 'thermal': ThermalConfig}


@pytest.fixture(autouse=True)
def own_cache(monkeypatch, tmp_path):
    monkeypatch.setenv('THERMAL_DEPTH_CACHE', str(tmp_path / 'cache'))
    monkeypatch.delenv('THERMAL_DEPTH_ENGINE')


@pytest.fixture
def level():
    """Pose on the body of a camera that looks ahead."""
    return T_FORWARD


def write(
    path: Path,
    shape=(1, 3, *SIZE),
    outputs=1,
    weights=(1.0, 2.0, 3.0),
    offset=1.0,
    kind=TensorProto.FLOAT,
    turned=False,
) -> Path:
    """Write y_k = sum over channels of weights * x + offset + k, (1, outputs, H, W).

    Args:
        path: File to write.
        shape: Of the input.
        outputs: Number of output channels.
        weights: Of the input channels.
        offset: Of the first output.
        kind: Type of the input, and of the output where it is a float.
        turned: Whether rows and columns of the output are exchanged.
    """
    kernel = np.tile(np.array(weights, np.float32).reshape(1, -1, 1, 1), (outputs, 1, 1, 1))
    bias = np.arange(outputs, dtype=np.float32) + offset
    nodes, source = [], 'pixels'
    if shape[3] == 3:
        nodes.append(helper.make_node('Transpose', [source], ['planes'], perm=[0, 3, 1, 2]))
        source = 'planes'
    given = kind if kind == TensorProto.FLOAT16 else TensorProto.FLOAT
    nodes += [
        helper.make_node('Cast', [source], ['real'], to=TensorProto.FLOAT),
        helper.make_node('Conv', ['real', 'kernel', 'bias'], ['maps']),
        helper.make_node(
            'Transpose', ['maps'], ['out'], perm=[0, 1, *((3, 2) if turned else (2, 3))]
        ),
        helper.make_node('Cast', ['out'], ['y'], to=given),
    ]
    graph = helper.make_graph(
        nodes,
        'toy',
        [helper.make_tensor_value_info('pixels', kind, shape)],
        [helper.make_tensor_value_info('y', given, (1, outputs, None, None))],
        [numpy_helper.from_array(kernel, 'kernel'), numpy_helper.from_array(bias, 'bias')],
    )
    opset = [helper.make_opsetid('', 17)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=8), str(path))
    return path


def imported(path: Path, *arguments: str) -> Path:
    """Import a model and return the folder of the bundle."""
    bundle = path.parent / 'bundle'
    given = [str(path), '-o', str(bundle), '--licence', 'MIT', *arguments]
    if '--kind' not in arguments:
        given += ['--kind', 'rgb']
    assert run('import-onnx', given) == 0
    return bundle


def depth_of(bundle: Path, image: np.ndarray, engine: str = 'onnxruntime', kind: str = 'rgb'):
    """Return the depth that the pipeline of the camera node gives, and what runs the model."""
    extra = {'sky_is_far': False} if kind == 'rgb' else {}
    config = CONFIGS[kind](
        bundle=str(bundle),
        device='cpu',
        engine=engine,
        precision='fp32',
        max_depth_m=1000.0,
        **extra,
    )
    pipeline = open_pipeline(kind, config)
    try:
        output = pipeline.process(CameraFrame(1, 'camera', image), {'depth'})
        return output.depth.depth_m, pipeline.description.engine
    finally:
        pipeline.close()


def picture() -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (*SIZE, 3), np.uint8)


def sums(image: np.ndarray, order=(0, 1, 2)) -> np.ndarray:
    """Return what the model computes, worked out from its definition."""
    x = (image / 255.0 - np.array(MEAN)) / np.array(DEVIATION)
    return (x[..., list(order)] * np.array([1.0, 2.0, 3.0])).sum(-1)


STATISTICS = ('--normalise', *map(str, (*MEAN, *DEVIATION)))


@pytest.mark.parametrize('engine', ['onnxruntime', 'openvino', 'auto'])
@pytest.mark.parametrize('layout', ['nchw', 'nhwc'])
def test_metric_depth_is_what_the_model_says(tmp_path, engine, layout):
    if engine != 'auto' and not installed(engine):
        pytest.skip(f'{engine} is not installed')
    shape = (1, 3, *SIZE) if layout == 'nchw' else (1, *SIZE, 3)
    path = write(tmp_path / 'model.onnx', shape, offset=20.0)
    bundle = imported(path, '--output', 'depth_m', *STATISTICS)
    depth_m, said = depth_of(bundle, picture(), engine)
    np.testing.assert_allclose(depth_m, sums(picture()) + 20.0, rtol=1e-4)
    assert engine in ('auto', said.engines['depth'].engine)
    spec = read_spec(bundle)
    assert spec.scale.metric and spec.licence == 'MIT' and spec.input_size == SIZE
    assert validate_bundle(bundle) == []


def test_inverse_depth_is_relative_until_its_scale_is_known(tmp_path, capsys):
    path = write(tmp_path / 'model.onnx', offset=20.0)
    bundle = imported(path, '--output', 'inverse_depth', *STATISTICS)
    assert 'fit-scale' in capsys.readouterr().out
    depth, _ = depth_of(bundle, picture())
    expected = 1.0 / (sums(picture()) + 20.0)
    kept = expected > 0.1  # nearer than that is -Inf
    np.testing.assert_allclose(depth[kept], expected[kept], rtol=1e-4)
    assert read_spec(bundle).relative


def test_order_of_colours_and_range_of_values(tmp_path):
    path = write(tmp_path / 'model.onnx', offset=20.0)
    scaled = [str(255 * value) for value in (*MEAN, *DEVIATION)]
    bundle = imported(path, '--output', 'depth_m', '--value-range', '255', '--normalise', *scaled)
    np.testing.assert_allclose(depth_of(bundle, picture())[0], sums(picture()) + 20.0, rtol=1e-4)
    path = write(tmp_path / 'bgr.onnx', offset=20.0)
    turned = [str(v) for v in (*MEAN[::-1], *DEVIATION[::-1])]
    more = ['--channel-order', 'bgr', '--overwrite', '--normalise', *turned]
    bundle = imported(path, '--output', 'depth_m', *more)
    expected = sums(picture(), (2, 1, 0)) + 20.0
    np.testing.assert_allclose(depth_of(bundle, picture())[0], expected, rtol=1e-4)


@pytest.mark.parametrize('engine', ['onnxruntime', 'openvino'])
@pytest.mark.parametrize('kind', [TensorProto.FLOAT16, TensorProto.UINT8])
def test_models_are_fed_their_own_type(tmp_path, engine, kind):
    if not installed(engine):
        pytest.skip(f'{engine} is not installed')
    path = write(tmp_path / 'model.onnx', offset=20.0, kind=kind)
    bundle = imported(path, '--output', 'depth_m', '--value-range', '255')
    expected = (picture().astype(float) * [1.0, 2.0, 3.0]).sum(-1) + 20.0
    found, _ = depth_of(bundle, picture(), engine)
    kept = expected < 1000.0  # farther than that is +Inf
    np.testing.assert_allclose(found[kept], expected[kept], rtol=2e-3)


def test_classes_of_a_segmentation_model(tmp_path):
    """The last score is the largest everywhere, so that its class is."""
    path = write(tmp_path / 'model.onnx', outputs=19)
    bundle = imported(path, '--output', 'logits', '--labels', 'cityscapes')
    pipeline = open_pipeline('rgb', RgbConfig(bundle=str(bundle), device='cpu'))
    output = pipeline.process(CameraFrame(1, 'camera', picture()), {'depth', 'semantic'})
    assert output.depth is None and 'no depth' in output.plan.withheld['depth']
    assert (output.semantics.labels == 18).all()
    assert pipeline.description.labels.names[18] == 'bicycle'
    pipeline.close()


def test_a_thermal_camera_feeds_grey_to_all_channels(tmp_path):
    path = write(tmp_path / 'model.onnx', weights=(2.0, 2.0, 2.0), offset=5.0)
    bundle = imported(path, '--kind', 'thermal', '--output', 'depth_m')
    counts = np.linspace(0, 60000, SIZE[0] * SIZE[1]).reshape(SIZE).astype(np.uint16)
    depth_m, _ = depth_of(bundle, counts, kind='thermal')
    assert depth_m.min() == pytest.approx(5.0) and depth_m.max() == pytest.approx(11.0)


def test_odometry_comes_from_the_pose_network_of_another_bundle(
    tmp_path, tiny_thermal_bundle, level
):
    path = write(tmp_path / 'model.onnx', offset=20.0)
    lender = str(tiny_thermal_bundle)
    bundle = imported(path, *KIND, '--output', 'disparity', '--pose-from', lender)
    assert read_spec(bundle).odometry
    camera = PinholeCamera(SIZE[1], SIZE[0], 20.0, 20.0, 12.0, 8.0)
    pipeline = open_pipeline('thermal', ThermalConfig(bundle=str(bundle), device='cpu'))
    random = np.random.default_rng(2)
    for k in (1, 2):
        counts = random.integers(0, 60000, SIZE).astype(np.uint16)
        frame = CameraFrame(k * 33_000_000, 'thermal', counts, camera)
        output = pipeline.process(frame, {'depth', 'odometry'}, level)
    assert output.odometry.state == 'tracking'
    assert np.abs(output.odometry.T_odom_base - np.eye(4)).max() > 0
    assert set(pipeline.description.engine.engines) == {'depth', 'pose'}
    pipeline.close()


def test_a_pose_network_that_does_not_go_with_the_model_is_refused(
    tmp_path, tiny_thermal_bundle, capsys
):
    path = write(tmp_path / 'model.onnx', offset=20.0)
    given = [str(path), '-o', str(tmp_path / 'bundle'), *KIND, '--licence', 'MIT']
    given += ['--pose-from', str(tiny_thermal_bundle)]
    assert run('import-onnx', [*given, '--output', 'depth_m']) == 1
    assert 'its motion is not in metres' in capsys.readouterr().err


def refused(capsys, path, *arguments) -> str:
    given = [str(path), '-o', str(path.parent / 'bundle'), '--kind', 'rgb', '--licence', 'MIT']
    assert run('import-onnx', [*given, *arguments]) == 1
    assert not (path.parent / 'bundle').exists()
    return capsys.readouterr().err


def test_everything_that_differs_from_the_description_is_named(tmp_path, capsys):
    path = write(tmp_path / 'model.onnx', shape=(2, 4, *SIZE), weights=(1.0, 2.0, 3.0, 4.0))
    said = refused(
        capsys, path, '--output', 'logits', '--input-size', '32x16', '--output-name', 'depth'
    )
    for words in (
        '4 channels, not 1 or 3',
        'takes 2 images at a time',
        'width of the model is 24, not 32',
        "--output-name: there is no 'depth'; there is y [1, 1, '?', '?']",
        '--labels: logits need the names',
    ):
        assert words in said


def test_a_size_that_the_model_leaves_open_must_be_said(tmp_path, capsys):
    path = write(tmp_path / 'model.onnx', shape=(1, 3, 'h', 'w'), offset=20.0)
    assert '--input-size: the model takes any' in refused(capsys, path, '--output', 'depth_m')
    bundle = imported(path, '--output', 'depth_m', '--input-size', '24x16')
    assert read_spec(bundle).input_size == SIZE


def test_an_output_of_another_shape_is_refused_before_anything_is_written(tmp_path, capsys):
    path = write(tmp_path / 'model.onnx', outputs=2)
    said = refused(capsys, path, '--output', 'depth_m')
    assert said == f'error: {path}: y: (1, 2, 16, 24) is not one map, such as (1, 1, h, w)\n'


def test_an_output_with_rows_and_columns_exchanged_is_refused(tmp_path, capsys):
    path = write(tmp_path / 'model.onnx', turned=True)
    said = refused(capsys, path, '--output', 'depth_m')
    assert 'y: a map of 16x24 has another aspect ratio than the image of 24x16' in said


@pytest.mark.parametrize('output', ['depth_m', 'disparity'])
def test_depth_that_is_not_positive_is_refused(tmp_path, capsys, output):
    path = write(tmp_path / 'model.onnx', offset=-1000.0)
    said = refused(capsys, path, '--output', output)
    assert f'100 % of its values are not positive, which is no {output}' in said


def test_types_and_ranges_that_do_not_go_together_are_named(tmp_path, capsys):
    path = write(tmp_path / 'whole.onnx', kind=TensorProto.UINT8)
    said = refused(capsys, path, '--output', 'depth_m', *STATISTICS)
    assert 'uint8 is fed the pixels as they are' in said
    path = write(tmp_path / 'double.onnx', kind=TensorProto.DOUBLE)
    said = refused(capsys, path, '--output', 'depth_m', '--value-range', '0')
    assert 'its type is DOUBLE, not one of FLOAT, FLOAT16, UINT8' in said
    assert '--value-range: 0 is not above 0' in said and 'labels' not in said
    path = write(tmp_path / 'model.onnx')
    said = refused(capsys, path, '--output', 'depth_m', '--normalise', *'000', *'110')
    assert '--normalise: deviations [1.0, 1.0, 0.0] are not all above 0' in said


def test_what_is_not_a_number_is_refused(tmp_path, capsys):
    path = write(tmp_path / 'model.onnx', offset=float('nan'))
    assert 'not finite' in refused(capsys, path, '--output', 'disparity')


def test_what_is_no_model_is_refused(tmp_path, capsys):
    path = tmp_path / 'model.onnx'
    path.write_bytes(b'PK\x03\x04 something else')
    assert 'not an ONNX file' in refused(capsys, path, '--output', 'depth_m')
    assert 'No such file' in refused(capsys, tmp_path / 'none.onnx', '--output', 'depth_m')


def with_outside_weights(path: Path, name: str) -> None:
    model = onnx.load(str(write(path, offset=20.0)))
    onnx.save_model(
        model,
        str(path),
        save_as_external_data=True,
        location='weights.bin',
        size_threshold=0,
        convert_attribute=False,
    )
    model = onnx.load(str(path), load_external_data=False)
    for tensor in model.graph.initializer:
        for entry in tensor.external_data:
            entry.value = name if entry.key == 'location' else entry.value
    path.write_bytes(model.SerializeToString())


def test_weights_beside_the_model_are_taken_along(tmp_path):
    path = tmp_path / 'model.onnx'
    with_outside_weights(path, 'weights.bin')
    bundle = imported(path, '--output', 'depth_m', *STATISTICS)
    (tmp_path / 'weights.bin').unlink()
    np.testing.assert_allclose(depth_of(bundle, picture())[0], sums(picture()) + 20.0, rtol=1e-4)


@pytest.mark.parametrize('name', ['../secret', '/etc/hostname', 'link'])
def test_weights_outside_its_folder_are_refused(tmp_path, capsys, name):
    folder = tmp_path / 'here'
    folder.mkdir()
    (tmp_path / 'secret').write_bytes(bytes(1000))
    (folder / 'link').symlink_to(tmp_path / 'secret')
    with_outside_weights(folder / 'model.onnx', name)
    said = refused(capsys, folder / 'model.onnx', '--output', 'depth_m')
    assert f'weights outside its folder: {name}' in said


def test_weights_that_are_not_there_are_named(tmp_path, capsys):
    with_outside_weights(tmp_path / 'model.onnx', 'gone.bin')
    said = refused(capsys, tmp_path / 'model.onnx', '--output', 'depth_m')
    assert 'the files of its weights are not beside it: gone.bin' in said


def test_a_file_that_many_weights_share_counts_for_each(tmp_path, capsys, monkeypatch):
    path = tmp_path / 'model.onnx'
    with_outside_weights(path, 'weights.bin')
    model = onnx.load(str(path), load_external_data=False)
    for number in range(100):
        copy = model.graph.initializer.add()
        copy.CopyFrom(model.graph.initializer[0])
        copy.name = f'copy_{number}'
    path.write_bytes(model.SerializeToString())
    monkeypatch.setattr(onnx_files, '_MOST_BYTES', path.stat().st_size + 1000)
    assert 'weights are too much' in refused(capsys, path, '--output', 'depth_m')


def test_a_bundle_whose_model_was_replaced_is_refused(tmp_path):
    path = write(tmp_path / 'model.onnx', offset=20.0)
    bundle = imported(path, '--output', 'depth_m')
    write(bundle / 'model.onnx', offset=21.0)
    with pytest.raises(BundleError, match='sha256 is'):
        open_pipeline('rgb', RgbConfig(bundle=str(bundle), device='cpu'))
    assert 'sha256' in validate_bundle(bundle)[0]


def test_pytorch_and_training_say_that_it_is_not_for_them(tmp_path):
    path = write(tmp_path / 'model.onnx', offset=20.0)
    bundle = imported(path, '--output', 'depth_m')
    with pytest.raises(ValueError, match='engine: .* is an ONNX model, which PyTorch does not run'):
        open_pipeline('rgb', RgbConfig(bundle=str(bundle), device='cpu', engine='torch'))
    with pytest.raises(BundleError, match='neither trained nor converted'):
        load_bundle(bundle)
