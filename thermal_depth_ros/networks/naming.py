# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Names that other people's checkpoints use, translated to the names of this package.

Every function takes a state dict and returns a new one under the names of the module it is for.
Names it does not know stay as they are, so that the strict check after it lists them.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

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


def with_prefix(state: Mapping[str, torch.Tensor], prefix: str) -> State:
    """Return the entries whose names start with a prefix, without it."""
    return {k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)}


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


# EfficientNet as efficientnet_pytorch names it: blocks are numbered through, and normalisation
# is named after its place in the block, also in blocks without expansion.
_EFFICIENTNET_MARK = '_conv_stem.weight'
_EFFICIENTNET_BLOCK = re.compile(r'_blocks\.(\d+)\._(\w+)\.(\w+)$')
_TIMM_BLOCK = re.compile(r'blocks\.(\d+)\.(\d+)\.')
_EFFICIENTNET_OUTSIDE = [
    (r'_conv_stem\.', 'conv_stem.'),
    (r'_bn0\.', 'bn1.'),
    (r'_conv_head\.', 'conv_head.'),
    (r'_bn1\.', 'bn2.'),
    (r'_fc\.', 'classifier.'),
]
_EXPANDING = {
    'expand_conv': 'conv_pw',
    'bn0': 'bn1',
    'depthwise_conv': 'conv_dw',
    'bn1': 'bn2',
    'project_conv': 'conv_pwl',
    'bn2': 'bn3',
}
_SEPARABLE = {'depthwise_conv': 'conv_dw', 'bn1': 'bn1', 'project_conv': 'conv_pw', 'bn2': 'bn2'}


def is_of_efficientnet_pytorch(state: Mapping[str, torch.Tensor]) -> bool:
    """Whether names are those of `efficientnet_pytorch`, whose weights come from TensorFlow."""
    return _EFFICIENTNET_MARK in state


def efficientnet_stages(names: Iterable[str]) -> list[int]:
    """Return the number of blocks of each stage of timm's EfficientNet, from names of tensors."""
    blocks = {tuple(map(int, m.groups())) for m in map(_TIMM_BLOCK.match, names) if m}
    return [sum(1 for s, _ in blocks if s == stage) for stage in sorted({s for s, _ in blocks})]


def efficientnet_from_pytorch(state: Mapping[str, torch.Tensor], stages: Sequence[int]) -> State:
    """Names of `efficientnet_pytorch` -> names of timm.

    Args:
        state: Tensors under the original names.
        stages: Number of blocks of each stage.
    """
    places = [(stage, index) for stage, count in enumerate(stages) for index in range(count)]
    out: State = {}
    for key, value in renamed(state, _EFFICIENTNET_OUTSIDE).items():
        match = _EFFICIENTNET_BLOCK.match(key)
        if match and int(match[1]) < len(places):
            stage, index = places[int(match[1])]
            expands = f'_blocks.{match[1]}._expand_conv.weight' in state
            layer = (_EXPANDING if expands else _SEPARABLE).get(match[2], match[2])
            key = f'blocks.{stage}.{index}.{layer}.{match[3]}'
        out[key] = value
    return out


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


# Vision transformers as Hugging Face's `transformers` stores them, DINOv2 with and without
# registers and plain ViT: query, key and value are layers of their own there and one layer here.
_MARK = 'embeddings.patch_embeddings.projection.weight'
# Published files say attention.attention.query, the modules of transformers 5 attention.q_proj.
_PARTS = ('query', 'key', 'value')
_QUERY = re.compile(r'encoder\.layer\.(\d+)\.attention\.attention\.query\.(weight|bias)')
_OF_MODULES = [
    (r'(encoder\.layer\.\d+\.attention)\.q_proj\.', r'\1.attention.query.'),
    (r'(encoder\.layer\.\d+\.attention)\.k_proj\.', r'\1.attention.key.'),
    (r'(encoder\.layer\.\d+\.attention)\.v_proj\.', r'\1.attention.value.'),
    (r'(encoder\.layer\.\d+\.attention)\.o_proj\.', r'\1.output.dense.'),
]
_LAYER = r'encoder\.layer\.(\d+)\.'
_RENAMES = [
    (r'embeddings\.patch_embeddings\.projection\.', 'patch_embed.proj.'),
    (r'embeddings\.position_embeddings$', 'pos_embed'),
    (r'embeddings\.(cls_token|mask_token|register_tokens)$', r'\1'),
    (_LAYER + r'attention\.output\.dense\.', r'blocks.\1.attn.proj.'),
    (_LAYER + r'layer_scale(\d)\.lambda1$', r'blocks.\1.ls\2.gamma'),
    (_LAYER + r'mlp\.weights_in\.', r'blocks.\1.mlp.w12.'),
    (_LAYER + r'mlp\.weights_out\.', r'blocks.\1.mlp.w3.'),
    (_LAYER + r'layernorm_before\.', r'blocks.\1.norm1.'),
    (_LAYER + r'layernorm_after\.', r'blocks.\1.norm2.'),
    (_LAYER + r'intermediate\.dense\.', r'blocks.\1.mlp.fc1.'),
    (_LAYER + r'output\.dense\.', r'blocks.\1.mlp.fc2.'),
    (_LAYER, r'blocks.\1.'),
    (r'layernorm\.', 'norm.'),
]


def is_of_transformers(state: Mapping[str, torch.Tensor]) -> bool:
    """Whether names are those of a vision transformer of `transformers`."""
    return any(name.endswith(_MARK) for name in state)


def vit_from_transformers(state: Mapping[str, torch.Tensor]) -> State:
    """Return the tensors under the names of DINOv2's own files; heads are left out."""
    prefix = next(name for name in state if name.endswith(_MARK)).removesuffix(_MARK)
    own = renamed(with_prefix(state, prefix), _OF_MODULES)
    own = {name: value for name, value in own.items() if _is_of_the_backbone(name)}
    for query in [name for name in own if _QUERY.fullmatch(name)]:
        names = [query.replace('.query.', f'.{part}.') for part in _PARTS]
        match = _QUERY.fullmatch(query)
        if match and all(name in own for name in names):
            index, kind = match.groups()
            own[f'blocks.{index}.attn.qkv.{kind}'] = torch.cat([own.pop(name) for name in names])
    return renamed(own, _RENAMES)


def _is_of_the_backbone(name: str) -> bool:
    return name.startswith(('embeddings.', 'encoder.', 'layernorm.'))
