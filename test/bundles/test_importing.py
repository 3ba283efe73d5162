# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Bundles from third-party weights: what is imported, what is announced as untrained, refusals."""

import dataclasses

import pytest
import torch

from thermal_depth_ros.bundles import BundleError, load_bundle, read_spec
from thermal_depth_ros.bundles.importing import Sources, import_bundle, paper_template
from thermal_depth_ros.bundles.spec import BundleSpec
from thermal_depth_ros.networks.build import blueprint_networks
from thermal_depth_ros.networks.weight_files import WeightsError


@pytest.fixture
def vit_file(tmp_path, tiny_thermal_bundle):
    backbone = load_bundle(tiny_thermal_bundle).networks['depth'].backbone
    state = {k.removeprefix('vit.'): torch.rand_like(v) for k, v in backbone.state_dict().items()}
    torch.save(state, tmp_path / 'dinov2.pth')
    return tmp_path / 'dinov2.pth', state


@pytest.fixture
def resnet_file(tmp_path):
    from torchvision.models import resnet18

    source = resnet18(weights=None)
    torch.save(source.state_dict(), tmp_path / 'resnet18.pth')
    return tmp_path / 'resnet18.pth', source


def test_imported_parts_are_the_files_and_the_others_are_announced(
    tmp_path, tiny_thermal_bundle, vit_file, resnet_file
):
    sources = Sources(vit=vit_file[0], resnet18=resnet_file[0])
    spec = import_bundle(
        tmp_path / 'new', read_spec(tiny_thermal_bundle), sources, 'Apache-2.0 and BSD-3'
    )
    assert spec.untrained_parts == ('depth.head', 'pose.decoder')
    assert not spec.trained
    assert spec.training['imported'] == {
        'depth.backbone': 'dinov2.pth',
        'pose.encoder': 'resnet18.pth',
    }
    assert spec.licence == 'Apache-2.0 and BSD-3'
    networks = load_bundle(tmp_path / 'new').networks
    qkv = networks['depth'].backbone.vit.blocks[2].attn.qkv.weight
    assert torch.equal(qkv, vit_file[1]['blocks.2.attn.qkv.weight'])
    layer = networks['pose'].encoder.resnet.layer3[0].conv1.weight
    assert torch.equal(layer, resnet_file[1].layer3[0].conv1.weight)


def test_without_a_bundle_to_copy_the_networks_are_those_of_the_papers():
    spec = paper_template()
    assert BundleSpec.from_dict(spec.to_dict()) == spec
    networks = blueprint_networks(spec.kind, spec.architecture)
    sizes = {name: sum(p.numel() for p in net.parameters()) for name, net in networks.items()}
    assert sizes == {'depth': 86_580_480 + 24_193_921, 'pose': 12_486_406}
    assert spec.input_size == (256, 320) and not spec.trained
    spec = paper_template('rgb')
    assert BundleSpec.from_dict(spec.to_dict()) == spec
    networks = blueprint_networks(spec.kind, spec.architecture)
    sizes = {name: sum(p.numel() for p in net.parameters()) for name, net in networks.items()}
    assert sizes == {'depthseg': 17_687_699, 'pose': 12_500_492}
    assert spec.input_size == (320, 576) and not spec.trained


def test_imagenet_fills_both_encoders_of_an_rgb_bundle(tmp_path, wide_rgb_bundle, resnet_file):
    spec = import_bundle(
        tmp_path / 'new', read_spec(wide_rgb_bundle), Sources(resnet18=resnet_file[0]), 'BSD-3'
    )
    assert spec.untrained_parts == (
        'depthseg.light',
        'depthseg.depth_decoder',
        'depthseg.seg_decoder',
        'pose.decoder',
    )
    assert load_bundle(tmp_path / 'new').spec.labels == read_spec(wide_rgb_bundle).labels


@pytest.fixture
def monodepth2(tmp_path, wide_rgb_bundle):
    """Folder of a depth checkpoint under upstream names, and the network it comes from."""
    from thermal_depth_ros.networks import naming

    network = load_bundle(wide_rgb_bundle).networks['depthseg']
    encoder = network.encoder.resnet.state_dict()
    torch.save({f'encoder.{k}': v for k, v in encoder.items()}, tmp_path / 'encoder.pth')
    upstream = {}
    for place, level in enumerate((4, 3, 2, 1, 0)):
        for offset, name in enumerate(('before', 'after')):
            upstream[f'levels.{level}.{name}.'] = f'decoder.{2 * place + offset}.conv.conv.'
    upstream |= {f'outputs.{scale}.': f'decoder.{10 + scale}.conv.' for scale in range(4)}
    decoder = network.depth_decoder.state_dict()
    renames = [(old.replace('.', r'\.'), new) for old, new in upstream.items()]
    torch.save(naming.renamed(decoder, renames), tmp_path / 'depth.pth')
    return tmp_path, network


def test_monodepth2_leaves_the_image_as_it_is(tmp_path, wide_rgb_bundle, monodepth2):
    folder, source = monodepth2
    spec = import_bundle(
        tmp_path / 'new', read_spec(wide_rgb_bundle), Sources(monodepth2=folder), 'other'
    )
    assert 'depthseg.light' in spec.untrained_parts
    assert 'depthseg.depth_decoder' not in spec.untrained_parts
    image = torch.rand(1, 3, 64, 96)
    with torch.inference_mode():
        out = load_bundle(tmp_path / 'new').networks['depthseg'](image)
        plain = source.depth_decoder(source.encoder(image))[0]
    assert torch.equal(out.enhanced, image)
    torch.testing.assert_close(out.disparities[0], torch.sigmoid(plain))


def test_a_bundle_for_depth_alone_is_complete_with_monodepth2(
    tmp_path, wide_rgb_bundle, monodepth2
):
    folder, source = monodepth2
    template = read_spec(wide_rgb_bundle)
    architecture = {'n_classes': 0, 'light_width': 0}
    template = dataclasses.replace(template, architecture=architecture, labels=None)
    spec = import_bundle(tmp_path / 'new', template, Sources(monodepth2=folder), 'other')
    assert spec.untrained_parts == ('pose.encoder', 'pose.decoder')
    image = torch.rand(1, 3, 64, 96)
    with torch.inference_mode():
        out = load_bundle(tmp_path / 'new').networks['depthseg'](image)
        plain = source.depth_decoder(source.encoder(image))[0]
    assert torch.equal(out.disparities[0], torch.sigmoid(plain))


@pytest.mark.parametrize(
    ('sources', 'words'),
    [
        (Sources(), 'nothing to import; a thermal bundle takes vit, dpt_head'),
        (Sources(monodepth2='x'), 'monodepth2 does not fit; a thermal bundle takes'),
    ],
)
def test_wrong_sources_are_refused(tmp_path, tiny_thermal_bundle, sources, words):
    with pytest.raises(BundleError, match=words):
        import_bundle(tmp_path / 'new', read_spec(tiny_thermal_bundle), sources, 'any')
    assert not (tmp_path / 'new').exists()


def test_a_file_that_does_not_fit_leaves_nothing_behind(tmp_path, tiny_thermal_bundle, resnet_file):
    sources = Sources(vit=resnet_file[0])
    with pytest.raises(WeightsError, match='resnet18.pth does not fit VisionBackbone'):
        import_bundle(tmp_path / 'new', read_spec(tiny_thermal_bundle), sources, 'any')
    assert not (tmp_path / 'new').exists()
