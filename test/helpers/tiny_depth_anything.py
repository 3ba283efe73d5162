# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Checkpoints of Depth Anything V2 at a tiny size, random, in both layouts that are published."""

from pathlib import Path
from typing import Any

import torch

CHANNELS, BLOCKS, FEATURES, WIDTHS, SIDE = 64, 4, 16, (8, 16, 24, 32), 98


def original_state(seed: int = 0) -> dict[str, torch.Tensor]:
    """Return random tensors under the names of the published code."""
    shapes = {**_backbone_shapes(), **_head_shapes()}
    generator = torch.Generator().manual_seed(seed)
    state = {name: 0.1 * torch.randn(s, generator=generator) for name, s in shapes.items()}
    state['depth_head.scratch.output_conv2.2.bias'] += 2.0  # a ReLU that leaves something
    return state


def _backbone_shapes() -> dict[str, tuple[int, ...]]:
    width = CHANNELS
    block = {
        'norm1.weight': (width,),
        'norm1.bias': (width,),
        'attn.qkv.weight': (3 * width, width),
        'attn.qkv.bias': (3 * width,),
        'attn.proj.weight': (width, width),
        'attn.proj.bias': (width,),
        'ls1.gamma': (width,),
        'norm2.weight': (width,),
        'norm2.bias': (width,),
        'mlp.fc1.weight': (4 * width, width),
        'mlp.fc1.bias': (4 * width,),
        'mlp.fc2.weight': (width, 4 * width),
        'mlp.fc2.bias': (width,),
        'ls2.gamma': (width,),
    }
    return {
        'pretrained.cls_token': (1, 1, width),
        'pretrained.pos_embed': (1, 1 + (SIDE // 14) ** 2, width),
        'pretrained.mask_token': (1, width),
        'pretrained.patch_embed.proj.weight': (width, 3, 14, 14),
        'pretrained.patch_embed.proj.bias': (width,),
        **{f'pretrained.blocks.{i}.{k}': s for i in range(BLOCKS) for k, s in block.items()},
        'pretrained.norm.weight': (width,),
        'pretrained.norm.bias': (width,),
    }


def _head_shapes() -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {}
    for index, width in enumerate(WIDTHS):
        shapes[f'depth_head.projects.{index}.weight'] = (width, CHANNELS, 1, 1)
        shapes[f'depth_head.projects.{index}.bias'] = (width,)
        shapes[f'depth_head.scratch.layer{index + 1}_rn.weight'] = (FEATURES, width, 3, 3)
    for index, side in ((0, 4), (1, 2), (3, 3)):
        width = WIDTHS[index]
        shapes[f'depth_head.resize_layers.{index}.weight'] = (width, width, side, side)
        shapes[f'depth_head.resize_layers.{index}.bias'] = (width,)
    for level in (1, 2, 3, 4):
        block = f'depth_head.scratch.refinenet{level}'
        shapes[f'{block}.out_conv.weight'] = (FEATURES, FEATURES, 1, 1)
        shapes[f'{block}.out_conv.bias'] = (FEATURES,)
        for unit in (1, 2):
            for layer in (1, 2):
                name = f'{block}.resConfUnit{unit}.conv{layer}'
                shapes[f'{name}.weight'] = (FEATURES, FEATURES, 3, 3)
                shapes[f'{name}.bias'] = (FEATURES,)
    for name, (outputs, inputs, side) in {
        'output_conv1': (FEATURES // 2, FEATURES, 3),
        'output_conv2.0': (32, FEATURES // 2, 3),
        'output_conv2.2': (1, 32, 1),
    }.items():
        shapes[f'depth_head.scratch.{name}.weight'] = (outputs, inputs, side, side)
        shapes[f'depth_head.scratch.{name}.bias'] = (outputs,)
    return shapes


def transformers_model(max_depth_m: int | None = None, **backbone: Any) -> Any:
    """Return a random model of `transformers` for depth, relative without a greatest depth."""
    import transformers

    torch.manual_seed(5)
    sizes = {
        'hidden_size': 48,
        'num_hidden_layers': 5,
        'num_attention_heads': 3,
        'image_size': SIDE,
        'patch_size': 14,
        'out_indices': [1, 2, 4, 5],
        **backbone,
    }
    config = transformers.DepthAnythingConfig(
        backbone_config=transformers.Dinov2Config(
            **sizes, reshape_hidden_states=False, apply_layernorm=True
        ),
        reassemble_hidden_size=sizes['hidden_size'],
        patch_size=14,
        neck_hidden_sizes=list(WIDTHS),
        fusion_hidden_size=FEATURES,
        depth_estimation_type='relative' if max_depth_m is None else 'metric',
        max_depth=max_depth_m or 1,
    )
    model = transformers.DepthAnythingForDepthEstimation(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
        model.head.conv3.bias.fill_(3.0 if max_depth_m is None else 0.0)
    return model


def write_folder(folder: Path, max_depth_m: int | None = None, **backbone: Any) -> Any:
    """Write the folder of such a model as the hub stores it; return the model."""
    model = transformers_model(max_depth_m, **backbone)
    model.save_pretrained(folder)
    return model
