# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Encoder, decoders and pose networks against Monodepth2, SC-SfMLearner and ThermalMonoDepth."""

import numpy as np
import pytest
import torch

from thermal_depth_ros.networks import naming
from thermal_depth_ros.networks.decoder import MultiscaleDecoder
from thermal_depth_ros.networks.pose_resnet import PoseResNet
from thermal_depth_ros.networks.posenet import PoseNet
from thermal_depth_ros.networks.resnet import ResNetEncoder, adapt_first_conv
from thermal_depth_ros.networks.weights import load_state

MODES = ('eval', 'train')


@pytest.fixture(scope='module')
def reference(vectors):
    return vectors('resnet_encoder_decoders')


@pytest.fixture
def encoder(reference, rule_state) -> ResNetEncoder:
    net = ResNetEncoder(3)
    state = naming.resnet_from_checkpoint(rule_state(reference, 'encoder'))
    load_state(net, state, 'rule')
    return net


@pytest.fixture
def depth_decoder(reference, rule_state) -> MultiscaleDecoder:
    net = MultiscaleDecoder(1)
    state = rule_state(reference, 'depth_decoder')
    load_state(net, naming.decoder_from_monodepth2(state), 'rule')
    return net


def rgb(reference, name: str) -> torch.Tensor:
    return torch.from_numpy(reference[f'in/{name}_u8']).float() / 256


def thermal(reference, name: str) -> torch.Tensor:
    return torch.from_numpy(reference[f'in/{name}_u8']).float() / 128 - 1


def close(found: torch.Tensor, wanted: np.ndarray, atol: float) -> None:
    np.testing.assert_allclose(found.detach(), wanted, rtol=0, atol=atol)


def n_parameters(module: torch.nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


@pytest.mark.parametrize(
    ('build', 'parameters'),
    [
        (lambda: ResNetEncoder(3), 11_176_512),
        (lambda: ResNetEncoder(6), 11_185_920),
        (lambda: MultiscaleDecoder(1), 3_152_724),
        (lambda: MultiscaleDecoder(19), 3_191_676),
        (lambda: PoseResNet(1), 12_486_406),
        (lambda: PoseResNet(3), 12_498_950),
        (lambda: PoseNet(), 11_185_920 + 1_314_572),
        (lambda: PoseNet().decoder, 1_314_572),
    ],
)
def test_parts_have_the_published_number_of_parameters(build, parameters):
    with torch.device('meta'):
        assert n_parameters(build()) == parameters


@pytest.mark.parametrize('mode', MODES)
def test_encoder_and_depth_decoder_equal_the_reference(reference, encoder, depth_decoder, mode):
    image = rgb(reference, 'image')
    features = encoder.train(mode == 'train')(image)
    close(features[0][:1], reference[f'out/{mode}/feature0'], 1e-4)
    for index in range(1, 5):
        close(features[index], reference[f'out/{mode}/feature{index}'], 1e-4)
    for scale, logit in enumerate(depth_decoder(features)):
        close(torch.sigmoid(logit), reference[f'out/{mode}/disp{scale}'], 1e-5)


def test_encoder_updates_its_running_statistics_like_the_reference(reference, encoder):
    encoder.train()(rgb(reference, 'image'))
    buffers = dict(encoder.resnet.named_buffers())
    keys = [key for key in reference if key.startswith('out/train/buffers/')]
    assert len(keys) == 12
    for key in keys:
        name = key.removeprefix('out/train/buffers/encoder.')
        close(buffers[name], reference[key], 1e-5)


def test_semantic_decoder_equals_the_reference(reference, rule_state, encoder):
    decoder = MultiscaleDecoder(19)
    state = naming.decoder_from_monodepth2(rule_state(reference, 'seg_decoder'))
    load_state(decoder, state, 'rule')
    with torch.inference_mode():
        logits = decoder(encoder.eval()(rgb(reference, 'image')[:1]))
    close(logits[0][:, [0, 9, 18]], reference['out/eval/seg_logits0_classes_0_9_18'], 1e-4)
    for scale in (1, 2, 3):
        close(logits[scale], reference[f'out/eval/seg_logits{scale}'], 1e-4)


@pytest.mark.parametrize('mode', MODES)
def test_pose_net_equals_the_reference(reference, rule_state, mode):
    net = PoseNet().train(mode == 'train')
    state = naming.resnet_from_checkpoint(rule_state(reference, 'pose_encoder'))
    load_state(net.encoder, state, 'rule')
    state = naming.pose_decoder_from_checkpoint(rule_state(reference, 'pose_decoder'))
    load_state(net.decoder, state, 'rule')
    images = [rgb(reference, name) for name in ('image', 'image_next')]
    pose = net(*images)
    close(net.encoder(torch.cat(images, 1))[-1], reference[f'out/{mode}/pose_feature4'], 1e-4)
    close(pose.axisangle, reference[f'out/{mode}/pose_axisangle'][:, :, 0], 1e-6)
    close(pose.translation, reference[f'out/{mode}/pose_translation'][:, :, 0], 1e-6)


@pytest.mark.parametrize('mode', MODES)
@pytest.mark.parametrize(('kind', 'channels'), [('rgb', 3), ('thermal', 1)])
def test_pose_resnet_equals_the_reference(reference, rule_state, kind, channels, mode):
    net = PoseResNet(channels).train(mode == 'train')
    state = naming.pose_resnet_from_checkpoint(rule_state(reference, f'pose_resnet_{kind}'))
    load_state(net, state, 'rule')
    read, name = (rgb, 'image') if kind == 'rgb' else (thermal, 'thermal')
    pose = net(read(reference, name), read(reference, f'{name}_next'))
    close(pose, reference[f'out/{mode}/pose_resnet_{kind}'], 1e-6)


def test_equal_frames_give_the_adapted_first_layer_the_answer_of_one_frame():
    weight = torch.randn(64, 3, 7, 7)
    frame = torch.randn(1, 3, 16, 16)
    grey = torch.randn(1, 1, 16, 16)
    conv = torch.nn.functional.conv2d
    two = conv(torch.cat([frame, frame], 1), adapt_first_conv(weight, 3, 2))
    torch.testing.assert_close(two, conv(frame, weight), rtol=1e-4, atol=1e-4)
    mono = adapt_first_conv(weight, 1, 2)
    assert mono.shape == (64, 2, 7, 7)
    wanted = conv(grey, weight.mean(1, keepdim=True))
    torch.testing.assert_close(conv(grey.repeat(1, 2, 1, 1), mono), wanted, rtol=1e-4, atol=1e-4)
    with pytest.raises(ValueError, match='4'):
        adapt_first_conv(weight, 4, 2)


def test_exchanging_the_frames_changes_the_pose(reference, rule_state):
    net = PoseResNet(1).eval()
    state = naming.pose_resnet_from_checkpoint(rule_state(reference, 'pose_resnet_thermal'))
    load_state(net, state, 'rule')
    one, two = thermal(reference, 'thermal'), thermal(reference, 'thermal_next')
    with torch.inference_mode():
        assert not torch.allclose(net(one, two), net(two, one))


def test_frames_of_wrong_shape_are_refused():
    with torch.device('meta'):
        mono, pose = PoseResNet(1), PoseNet()
        with pytest.raises(ValueError, match=r'\(1, 1, 64, 64\) and \(1, 1, 64, 96\)'):
            mono(torch.zeros(1, 1, 64, 64), torch.zeros(1, 1, 64, 96))
        with pytest.raises(ValueError, match=r'B, 1, H, W'):
            mono(torch.zeros(1, 3, 64, 64), torch.zeros(1, 3, 64, 64))
        with pytest.raises(ValueError, match=r'B, 3, H, W'):
            pose(torch.zeros(1, 1, 64, 64), torch.zeros(1, 1, 64, 64))
