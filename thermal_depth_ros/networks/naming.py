# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Names that other people's checkpoints use, translated to the names of this package.

Every function takes a state dict and returns a new one under the names of the module it is for.
Names it does not know stay as they are, so that the strict check after it lists them.
"""

import re
from collections.abc import Mapping, Sequence

import torch

State = dict[str, torch.Tensor]
Rename = tuple[str, str]

_DECODER_LEVELS = (4, 3, 2, 1, 0)
_POSE_LAYERS = ('squeeze', 'conv1', 'conv2', 'pose')


def renamed(state: Mapping[str, torch.Tensor], renames: Sequence[Rename]) -> State:
    """Apply the first matching (pattern, replacement) to the start of every name."""
    out: State = {}
    for key, value in state.items():
        for pattern, replacement in renames:
            new, hits = re.subn('^' + pattern, replacement, key, count=1)
            if hits:
                break
        else:
            new = key
        out[new] = value
    return out


def without(state: Mapping[str, torch.Tensor], *prefixes: str) -> State:
    """Drop the entries whose names start with one of the prefixes."""
    return {key: value for key, value in state.items() if not key.startswith(prefixes)}


def vit_from_checkpoint(state: Mapping[str, torch.Tensor]) -> State:
    """Names of DINOv2's `.pth` files or of timm -> names of `VisionBackbone`.

    Classifier and pooling head are dropped. DINOv2 with registers adds its class token's position
    to the token, because timm keeps positions for patches only there.
    """
    state = without(state, 'head.', 'head_dist.', 'attn_pool.')
    if 'register_tokens' in state and 'cls_token' in state and 'pos_embed' in state:
        state.pop('mask_token', None)
        state['reg_token'] = state.pop('register_tokens')
        state['cls_token'] = state['cls_token'] + state['pos_embed'][:, :1]
        state['pos_embed'] = state['pos_embed'][:, 1:]
    state = renamed(state, [(r'fc_norm\.', 'norm.')])
    state = renamed(
        state,
        [(r'(blocks\.\d+\.mlp)\.w12\.', r'\1.fc1.'), (r'(blocks\.\d+\.mlp)\.w3\.', r'\1.fc2.')],
    )
    mask = {'mask_token': state.pop('mask_token')} if 'mask_token' in state else {}
    return {**{f'vit.{key}': value for key, value in state.items()}, **mask}


def dpt_head_from_dinov2(state: Mapping[str, torch.Tensor]) -> State:
    """Names of DINOv2's published depth heads -> names of `DPTHead`."""
    state = renamed(state, [(r'decode_head\.', '')])
    return renamed(
        state,
        [
            (r'reassemble_blocks\.projects\.(\d)\.conv\.', r'reassemble.\1.project.'),
            (r'reassemble_blocks\.resize_layers\.(\d)\.', r'reassemble.\1.resample.'),
            (r'reassemble_blocks\.readout_projects\.(\d)\.0\.', r'reassemble.\1.readout.'),
            (r'convs\.(\d)\.conv\.', r'adjust.\1.'),
            (r'fusion_blocks\.(\d)\.project\.conv\.', r'fusion.\1.project.'),
            (r'fusion_blocks\.(\d)\.res_conv_unit1\.(conv\d)\.conv\.', r'fusion.\1.skip_unit.\2.'),
            (r'fusion_blocks\.(\d)\.res_conv_unit2\.(conv\d)\.conv\.', r'fusion.\1.unit.\2.'),
            (r'project\.conv\.', 'project.'),
            (r'conv_depth\.head\.0\.', 'tail1.'),
            (r'conv_depth\.head\.2\.', 'tail2.'),
            (r'conv_depth\.head\.4\.', 'tail3.'),
        ],
    )


def resnet_from_checkpoint(state: Mapping[str, torch.Tensor]) -> State:
    """Names of torchvision, timm or Monodepth2 encoders -> names of `ResNetEncoder`."""
    state = renamed(state, [(r'(encoder\.)+', '')])
    return {f'resnet.{key}': value for key, value in without(state, 'fc.').items()}


def decoder_from_monodepth2(state: Mapping[str, torch.Tensor]) -> State:
    """Names of Monodepth2's depth decoder -> names of `MultiscaleDecoder`."""
    renames = []
    for place, level in enumerate(_DECODER_LEVELS):
        renames.append((rf'decoder\.{2 * place}\.conv\.conv\.', f'levels.{level}.before.'))
        renames.append((rf'decoder\.{2 * place + 1}\.conv\.conv\.', f'levels.{level}.after.'))
    renames += [(rf'decoder\.{10 + scale}\.conv\.', f'outputs.{scale}.') for scale in range(4)]
    return renamed(state, renames)


def pose_decoder_from_checkpoint(state: Mapping[str, torch.Tensor]) -> State:
    """Names of Monodepth2's or SC-SfMLearner's pose decoder -> names of `PoseDecoder`."""
    renames = [
        (rf'(decoder\.)?net\.{index}\.', f'{layer}.') for index, layer in enumerate(_POSE_LAYERS)
    ]
    return renamed(state, renames)


def pose_resnet_from_checkpoint(state: Mapping[str, torch.Tensor]) -> State:
    """Names of SC-SfMLearner's PoseResNet -> names of `PoseResNet`."""
    encoder = {key: value for key, value in state.items() if key.startswith('encoder.')}
    rest = {key: value for key, value in state.items() if key not in encoder}
    encoder = {f'encoder.{k}': v for k, v in resnet_from_checkpoint(encoder).items()}
    rest = {f'decoder.{k}': v for k, v in pose_decoder_from_checkpoint(rest).items()}
    return {**encoder, **rest}
