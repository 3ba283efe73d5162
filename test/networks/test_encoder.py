# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Encoders from timm: their maps, statistics and decoders, and what is refused."""

import pytest
import timm
import torch

from thermal_depth_ros.networks.architecture import ArchitectureError
from thermal_depth_ros.networks.build import blueprint_networks, build_networks
from thermal_depth_ros.networks.timm_vit import BackboneError

TINY = {
    'encoder': 'test_efficientnet',
    'pose_encoder': 'test_efficientnet',
    'encoder_width': 8,
    'light_width': 4,
}


def n_parameters(module: torch.nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


def test_the_networks_of_the_paper_are_unchanged():
    """The published sizes, and no name that a bundle of before would lack."""
    networks = blueprint_networks('rgb', {})
    assert n_parameters(networks['depthseg'].encoder) == 11_176_512
    assert n_parameters(networks['depthseg'].depth_decoder) == 3_152_724
    assert n_parameters(networks['depthseg'].seg_decoder) == 3_191_676
    assert n_parameters(networks['pose']) == 11_185_920 + 1_314_572
    assert 'encoder.resnet.conv1.weight' in networks['depthseg'].state_dict()


def test_efficientnet_lite0_has_its_published_channels_and_no_classifier():
    """Tan & Le's B0 has 16, 24, 40, 112 and 320 channels at 1/2 to 1/32; Lite0 keeps them."""
    network = blueprint_networks('rgb', {'encoder': 'tf_efficientnet_lite0'})['depthseg']
    assert network.encoder.channels == (16, 24, 40, 112, 320)
    whole = 4_652_008  # timm's documentation of the whole network
    head = 320 * 1280 + 2 * 1280 + 1280 * 1000 + 1000
    assert n_parameters(network.encoder) == whole - head


@pytest.mark.parametrize(
    ('encoder', 'first'), [('test_efficientnet', 16), ('test_resnet', 32), ('test_convnext', 0)]
)
def test_depth_classes_and_motion_come_from_the_features_of_timm(encoder, first):
    networks = build_networks('rgb', {**TINY, 'encoder': encoder, 'pose_encoder': encoder})
    image = torch.rand(2, 3, 64, 96)
    with torch.inference_mode():
        out = networks['depthseg'](image)
        features = networks['depthseg'].encoder(image)
        pose = networks['pose'](image, image.flip(0))
    sizes = [(32, 48), (16, 24), (8, 12), (4, 6), (2, 3)]
    assert [tuple(feature.shape[-2:]) for feature in features] == sizes
    assert features[0].shape[1] == first, 'four scales leave the decoders without a map at 1/2'
    assert [tuple(x.shape) for x in out.disparities] == [
        (2, 1, 64 >> scale, 96 >> scale) for scale in range(4)
    ]
    assert out.logits[0].shape == (2, 19, 64, 96)
    assert pose.axisangle.shape == (2, 2, 3)
    assert all(x.isfinite().all() and x.std() > 1e-4 for x in out.disparities)


def test_features_are_those_of_timm_for_the_normalised_image():
    networks = build_networks(
        'rgb', {**TINY, 'encoder_mean': [0.1] * 3, 'encoder_deviation': [2.0] * 3}
    )
    encoder = networks['depthseg'].encoder
    reference = timm.create_model('test_efficientnet', features_only=True).eval()
    reference.load_state_dict(encoder.net.state_dict())
    image = torch.rand(1, 3, 64, 64)
    with torch.inference_mode():
        for found, wanted in zip(encoder(image), reference((image - 0.1) / 2.0), strict=True):
            torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-5)


def test_statistics_differ_by_colour_and_repeat_for_stacked_images():
    networks = build_networks(
        'rgb',
        {
            'encoder': 'test_resnet',
            'pose_encoder': 'test_resnet',
            'light_width': 0,
            'encoder_width': 8,
        },
    )
    seen = []
    for network in networks.values():
        network.encoder.net.register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    image = torch.rand(1, 3, 64, 64)
    with torch.inference_mode():
        networks['depthseg'](image)
        networks['pose'](image, image)
    mean, deviation = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # ImageNet's, by timm's card
    cfg = timm.get_pretrained_cfg('test_resnet') if hasattr(timm, 'get_pretrained_cfg') else None
    if cfg is not None:
        mean, deviation = cfg.mean, cfg.std
    wanted = (image - torch.tensor(mean)[:, None, None]) / torch.tensor(deviation)[:, None, None]
    torch.testing.assert_close(seen[0], wanted)
    torch.testing.assert_close(seen[1], torch.cat([wanted, wanted], 1))


def test_efficientnet_lite_takes_the_statistics_of_its_authors():
    """(x - 127) / 128 of 8-bit values."""
    encoder = build_networks('rgb', {**TINY, 'encoder': 'tf_efficientnet_lite0'})[
        'depthseg'
    ].encoder
    seen = []
    encoder.net.register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    with torch.inference_mode():
        encoder(torch.full((1, 3, 64, 64), 255 / 255))
        encoder(torch.full((1, 3, 64, 64), 127 / 255))
    assert float(seen[0].mean()) == pytest.approx(1.0, abs=1e-6)
    assert float(seen[1].mean()) == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize(
    ('changes', 'words'),
    [
        ({'encoder': 'resnet_unknown'}, "encoder 'resnet_unknown' is not a timm model"),
        ({'encoder': 'hf-hub:timm/resnet18'}, 'is not a timm model'),
        ({'encoder': '/etc/passwd'}, 'is not a timm model'),
        ({'encoder': 'vit_tiny_patch16_224'}, 'encoder .vit_tiny'),
        ({'pose_encoder': 'resnet18', 'encoder_args': {'output_stride': 8}}, 'no map at 1/16'),
    ],
)
def test_unusable_encoders_are_refused_with_a_reason(changes, words):
    with pytest.raises(BackboneError, match=words):
        blueprint_networks('rgb', {**TINY, **changes})


@pytest.mark.parametrize(
    ('changes', 'words'),
    [
        ({'encoder_args': {'pretrained': True}}, "encoder_args: 'pretrained' not among"),
        ({'encoder_args': {'checkpoint_path': '/etc/passwd'}}, "'checkpoint_path' not among"),
        ({'encoder_args': {'pretrained_cfg': {'url': 'x'}}}, "'pretrained_cfg' not among"),
        ({'encoder_mean': [0.5, 0.5]}, 'encoder_mean'),
        ({'encoder_mean': [0.5] * 3}, 'encoder_mean: needs both of'),
        ({'encoder_deviation': [0.0] * 3, 'encoder_mean': [0.5] * 3}, 'encoder_deviation'),
    ],
)
def test_bad_fields_of_an_encoder_are_named(changes, words):
    with pytest.raises(ArchitectureError, match=words):
        blueprint_networks('rgb', {**TINY, **changes})


def test_statistics_without_a_network_of_timm_are_refused():
    with pytest.raises(ArchitectureError, match='encoder_mean: has no effect'):
        blueprint_networks('rgb', {'encoder_mean': [0.5] * 3, 'encoder_deviation': [0.5] * 3})
    with pytest.raises(ArchitectureError, match='stem_mean: has no effect'):
        blueprint_networks('thermal', {'stem_mean': [0.5] * 3, 'stem_deviation': [0.5] * 3})


def test_the_stem_of_a_hybrid_sees_its_own_statistics():
    """The network takes ImageNet's normalisation; the stem, images as it was trained on."""
    from thermal_depth_ros.networks.thermal_input import depth_input

    depth = build_networks(
        'thermal',
        {
            'backbone': 'vit_tiny_patch16_224',
            'backbone_args': {'embed_dim': 48, 'depth': 2, 'num_heads': 3, 'img_size': 64},
            'stem': 'test_efficientnet',
            'stem_mean': [0.5] * 3,
            'stem_deviation': [0.25] * 3,
            'head_channels': 8,
            'head_widths': [8, 8, 8, 8],
            'pose_width': 8,
        },
    )['depth']
    seen = []
    depth.backbone.stem.register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    grey = torch.rand(1, 1, 64, 64)
    with torch.inference_mode():
        depth(depth_input(grey))
    torch.testing.assert_close(
        seen[0], ((grey - 0.5) / 0.25).expand(1, 3, 64, 64), atol=1e-5, rtol=0
    )
