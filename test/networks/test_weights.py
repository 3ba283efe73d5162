# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Weight files of other projects: every format, every name, and complete error messages."""

import re

import pytest
import torch
from safetensors.torch import save_file

from thermal_depth_ros.networks import weights
from thermal_depth_ros.networks.depthseg import DepthSegNet
from thermal_depth_ros.networks.light import LightNet
from thermal_depth_ros.networks.pose_resnet import PoseResNet
from thermal_depth_ros.networks.posenet import PoseNet
from thermal_depth_ros.networks.resnet import ResNetEncoder
from thermal_depth_ros.networks.vit import VisionBackbone
from thermal_depth_ros.networks.weight_files import WeightsError, read_state

TINY = {'embed_dim': 48, 'depth': 4, 'num_heads': 3, 'img_size': 98}


def random_like(module: torch.nn.Module, strip: str = '') -> dict[str, torch.Tensor]:
    return {
        key.removeprefix(strip): torch.rand_like(value) if value.is_floating_point() else value
        for key, value in module.state_dict().items()
    }


@pytest.fixture
def dinov2(tmp_path):
    """File of a DINOv2 checkpoint: timm's names, the mask token, no prefix."""
    state = random_like(VisionBackbone(timm_args=TINY), 'vit.')
    path = tmp_path / 'dinov2.pth'
    torch.save(state, path)
    return path, state


def test_dinov2_file_fills_the_backbone(dinov2):
    path, state = dinov2
    net = VisionBackbone(timm_args=TINY)
    weights.import_vit(net, path)
    assert torch.equal(net.mask_token, state['mask_token'])
    assert torch.equal(net.vit.blocks[3].attn.qkv.weight, state['blocks.3.attn.qkv.weight'])
    assert torch.equal(net.vit.pos_embed, state['pos_embed'])


def test_adapters_keep_their_start_values_when_a_backbone_is_imported(dinov2):
    path, state = dinov2
    net = VisionBackbone(timm_args=TINY)
    net.add_adapters(4)
    before = {name: value.clone() for name, value in net.adapters.state_dict().items()}
    weights.import_vit(net, path)
    assert torch.equal(net.vit.pos_embed, state['pos_embed'])
    after = net.adapters.state_dict()
    assert all(torch.equal(after[name], value) for name, value in before.items())


def test_timm_file_without_mask_token_and_with_a_classifier_fills_the_backbone(tmp_path):
    import timm

    source = timm.create_model('vit_tiny_patch16_224', depth=4, num_classes=10)
    save_file(source.state_dict(), tmp_path / 'timm.safetensors')
    net = VisionBackbone('vit_tiny_patch16_224', timm_args={'depth': 4}).eval()
    weights.import_vit(net, tmp_path / 'timm.safetensors')
    x = torch.randn(1, 3, 224, 224)
    with torch.inference_mode():
        wanted = source.eval().forward_intermediates(x, indices=[3], intermediates_only=True)[0]
        torch.testing.assert_close(net(x)[3].patches, wanted)


def test_registers_of_dinov2_are_renamed_and_the_class_position_is_added(tmp_path):
    name = 'vit_small_patch14_reg4_dinov2.lvd142m'
    net = VisionBackbone(name, timm_args=TINY)
    state = random_like(net.vit)
    state['register_tokens'] = state.pop('reg_token')
    state['pos_embed'] = torch.rand(1, 1 + 49, 48)
    state['mask_token'] = torch.rand(1, 48)
    torch.save(state, tmp_path / 'reg.pth')
    weights.import_vit(net, tmp_path / 'reg.pth')
    assert torch.equal(net.vit.reg_token, state['register_tokens'])
    assert torch.equal(net.vit.cls_token, state['cls_token'] + state['pos_embed'][:, :1])
    assert torch.equal(net.vit.pos_embed, state['pos_embed'][:, 1:])
    assert (net.position_offset, net.position_antialias) == (0.0, True)


@pytest.fixture
def hugging_face(tmp_path, monkeypatch):
    """Make a model of `transformers` with random weights and save it as the hub stores it."""
    transformers = pytest.importorskip('transformers')

    def make(name, **more):
        torch.manual_seed(3)
        sizes = {'hidden_size': 48, 'num_hidden_layers': 4, 'num_attention_heads': 3}
        sizes |= {'image_size': 98, 'patch_size': 14, 'intermediate_size': 192, **more}
        config = getattr(transformers, f'{name}Config')(**sizes)
        model = getattr(transformers, f'{name}Model')(config)
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.add_(0.05 * torch.randn_like(parameter))
        model.save_pretrained(tmp_path / name)
        return model.eval(), tmp_path / name / 'model.safetensors'

    return make


@pytest.mark.parametrize(
    ('name', 'backbone', 'special', 'tolerance'),
    [
        ('Dinov2', 'vit_base_patch14_dinov2.lvd142m', 1, 1e-4),
        ('Dinov2WithRegisters', 'vit_base_patch14_reg4_dinov2.lvd142m', 5, 1e-4),
        ('ViT', 'vit_base_patch16_224', 1, 1e-4),
    ],
)
def test_files_of_transformers_give_the_features_of_their_own_code(
    hugging_face, name, backbone, special, tolerance
):
    model, path = hugging_face(name)
    arguments = {**TINY, 'patch_size': 14} if name == 'ViT' else TINY
    net = VisionBackbone(backbone, timm_args=arguments).eval()
    weights.import_vit(net, path.parent)  # the folder; the file in it is read likewise
    x = torch.randn(1, 3, 98, 98, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        wanted = model(x, output_hidden_states=True).hidden_states[-1]
        found = net(x)[3]
    patches = found.patches.flatten(2).transpose(1, 2)
    assert wanted.abs().mean() > 0.1
    torch.testing.assert_close(patches, wanted[:, special:], rtol=0, atol=tolerance)
    torch.testing.assert_close(found.cls, wanted[:, 0], rtol=0, atol=tolerance)


def test_files_of_transformers_under_a_prefix_and_with_a_head(hugging_face, tmp_path):
    _, path = hugging_face('Dinov2')
    state = {f'dinov2.{name}': value for name, value in read_state(path).items()}
    torch.save({**state, 'classifier.weight': torch.rand(5, 96)}, tmp_path / 'classifier.bin')
    net = VisionBackbone(timm_args=TINY)
    weights.import_vit(net, tmp_path / 'classifier.bin')
    query = state['dinov2.encoder.layer.2.attention.attention.query.weight']
    assert torch.equal(net.vit.blocks[2].attn.qkv.weight[:48], query)


def test_what_does_not_fit_takes_a_few_lines(hugging_face):
    _, path = hugging_face('Dinov2', num_hidden_layers=30)
    with pytest.raises(WeightsError) as caught:
        weights.import_vit(VisionBackbone(timm_args={**TINY, 'embed_dim': 96}), path)
    lines = str(caught.value).splitlines()
    assert len(lines) <= 10 and len(str(caught.value)) < 2000
    assert any('more like the last' in line for line in lines)


def test_another_size_of_backbone_is_refused_with_every_kind_of_difference(dinov2):
    net = VisionBackbone(timm_args={**TINY, 'embed_dim': 96, 'depth': 5})
    before = net.vit.pos_embed.clone()
    with pytest.raises(WeightsError) as caught:
        weights.import_vit(net, dinov2[0])
    message = str(caught.value)
    assert 'dinov2.pth does not fit VisionBackbone' in message
    assert 'missing vit.blocks.4.norm1.weight (96,)' in message
    assert 'vit.blocks.*.attn.qkv.weight' in message
    assert 'vit.cls_token has shape (1, 1, 48) instead of (1, 1, 96)' in message
    assert 'vit.pos_embed, vit.patch_embed.proj.weight' in message
    assert re.search(r'and \d+ more like the last', message) and len(message.splitlines()) <= 10
    assert torch.equal(net.vit.pos_embed, before)  # nothing was written


@pytest.mark.parametrize('library', ['torchvision', 'timm'])
def test_imagenet_resnets_of_both_libraries_fill_the_encoders(tmp_path, library):
    if library == 'timm':
        import timm

        source = timm.create_model('resnet18')
    else:
        from torchvision.models import resnet18

        source = resnet18(weights=None)
    torch.save({'state_dict': source.state_dict()}, tmp_path / 'resnet18.pth')
    single, double, mono = ResNetEncoder(3), ResNetEncoder(6), PoseResNet(1).encoder
    weights.import_resnet(single, tmp_path / 'resnet18.pth')
    weights.import_resnet(double, tmp_path / 'resnet18.pth', images=2)
    weights.import_resnet(mono, tmp_path / 'resnet18.pth', images=2)
    first = source.conv1.weight.detach()
    assert torch.equal(single.resnet.conv1.weight, first)
    torch.testing.assert_close(double.resnet.conv1.weight, torch.cat([first, first], 1) / 2)
    mean = first.mean(1, keepdim=True) / 2
    torch.testing.assert_close(mono.resnet.conv1.weight, torch.cat([mean, mean], 1))
    last = source.layer4[1].conv2.weight
    assert torch.equal(double.resnet.layer4[1].conv2.weight, last)


@pytest.fixture
def monodepth2(tmp_path, vectors, rule_state):
    """Checkpoint folder with upstream names, and the numbers its networks must give."""
    reference = vectors('resnet_encoder_decoders')
    extra = {'height': 192, 'width': 640, 'use_stereo': False}
    fc = {'encoder.fc.weight': torch.zeros(1000, 512), 'encoder.fc.bias': torch.zeros(1000)}
    for net, name in (
        ('encoder', 'encoder'),
        ('depth_decoder', 'depth'),
        ('pose_encoder', 'pose_encoder'),
        ('pose_decoder', 'pose'),
    ):
        state = dict(rule_state(reference, net))
        state.update(fc if 'encoder' in name else {})
        state.update(extra if name == 'encoder' else {})
        torch.save(state, tmp_path / f'{name}.pth')
    return tmp_path, reference


def test_monodepth2_folder_fills_depth_and_pose(monodepth2):
    folder, reference = monodepth2
    net, pose = DepthSegNet(light=LightNet(width=4)).eval(), PoseNet().eval()
    parts = weights.import_monodepth2(folder, net, pose)
    assert parts == (
        'depthseg.encoder',
        'depthseg.depth_decoder',
        'pose.encoder',
        'pose.decoder',
    )
    one, two = (
        torch.from_numpy(reference[f'in/{k}_u8']).float() / 256 for k in ('image', 'image_next')
    )
    with torch.inference_mode():
        disparity = torch.sigmoid(net.depth_decoder(net.encoder(one))[0])
        found = pose(one, two)
    torch.testing.assert_close(
        disparity, torch.from_numpy(reference['out/eval/disp0']), rtol=0, atol=1e-5
    )
    wanted = torch.from_numpy(reference['out/eval/pose_translation'][:, :, 0]).float()
    torch.testing.assert_close(found.translation, wanted, rtol=0, atol=1e-6)


def test_monodepth2_folder_without_pose_fills_depth_only(monodepth2):
    folder, _ = monodepth2
    (folder / 'pose.pth').unlink()
    net, pose = DepthSegNet(light=LightNet(width=4)), PoseNet()
    with pytest.raises(WeightsError, match='pose.pth: no such file'):
        weights.import_monodepth2(folder, net, pose)
    (folder / 'pose_encoder.pth').unlink()
    parts = weights.import_monodepth2(folder, net, pose)
    assert parts == ('depthseg.encoder', 'depthseg.depth_decoder')


def test_values_that_are_not_finite_are_named():
    net = torch.nn.Linear(2, 2)
    state = {'weight': torch.tensor([[1.0, float('nan')], [0, 0]]), 'bias': torch.zeros(2)}
    with pytest.raises(WeightsError, match='weight has values that are not finite'):
        weights.load_state(net, state, 'file')
