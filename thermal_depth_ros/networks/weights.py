# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Load third-party weight files into the networks, strictly.

If the weights do not fit, the first missing names, names too many and shapes that differ are
reported, and how many more there are.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import torch
from torch import nn

from thermal_depth_ros.base.wire_text import bounded, listed
from thermal_depth_ros.networks import naming
from thermal_depth_ros.networks.depthseg import DepthSegNet
from thermal_depth_ros.networks.dpt_head import DPTHead
from thermal_depth_ros.networks.naming import (
    is_of_transformers,
    vit_from_transformers,
)
from thermal_depth_ros.networks.pose_resnet import PoseResNet
from thermal_depth_ros.networks.posenet import PoseNet
from thermal_depth_ros.networks.resnet import ResNetEncoder, adapt_first_conv
from thermal_depth_ros.networks.vit import VisionBackbone
from thermal_depth_ros.networks.weight_files import WeightsError, read_state

_PATTERNS = 24  # of names in a line; a block of a ViT has fourteen
_SHOWN = 2  # differences of each kind in a message, which then has at most ten lines


def mismatches(
    shapes: Mapping[str, Collection[int]],
    wanted: Mapping[str, Collection[int]],
    optional: Collection[str] = (),
) -> list[str]:
    """Compare names and shapes; return at most nine lines that name every difference.

    The first of each kind come with their shapes, the others as patterns of their names.
    """
    missing = [name for name in wanted if name not in shapes and not _optional(name, optional)]
    unexpected = [name for name in shapes if name not in wanted]
    others = [n for n in wanted if n in shapes and tuple(shapes[n]) != tuple(wanted[n])]
    lines = [f'missing {name} {tuple(wanted[name])}' for name in missing[:_SHOWN]]
    lines += _rest(missing)
    lines += [f'unexpected {name} {tuple(shapes[name])}' for name in unexpected[:_SHOWN]]
    lines += _rest(unexpected)
    lines += [
        f'{name} has shape {tuple(shapes[name])} instead of {tuple(wanted[name])}'
        for name in others[:_SHOWN]
    ]
    return lines + _rest(others)


def _rest(names: Sequence[str]) -> list[str]:
    """Return a line for the names that are not shown, with numbers as *."""
    rest = names[_SHOWN:]
    patterns = dict.fromkeys(re.sub(r'(?<![a-z])\d+(?![a-z])', '*', name) for name in rest)
    return [f'and {len(rest)} more like the last: {listed(patterns, _PATTERNS)}'] if rest else []


def _optional(name: str, optional: Collection[str]) -> bool:
    return name in optional or name.endswith('.num_batches_tracked')


def load_state(
    module: nn.Module,
    state: Mapping[str, torch.Tensor],
    source: str,
    optional: Collection[str] = (),
) -> None:
    """Copy a state dict into a module.

    Args:
        module: Changed in place, only when everything fits.
        state: Tensors under the module's own names.
        source: Origin of the weights, for error messages.
        optional: Names that may be missing (batch counters always may).

    Raises:
        WeightsError: Names or shapes differ, or values are not finite.
    """
    wanted = {name: tensor.shape for name, tensor in module.state_dict().items()}
    problems = mismatches({name: tensor.shape for name, tensor in state.items()}, wanted, optional)
    if not problems:
        bad = [
            f'{name} has values that are not finite'
            for name, tensor in state.items()
            if tensor.is_floating_point() and not tensor.isfinite().all()
        ]
        problems = bounded(bad, _SHOWN)
    if problems:
        raise WeightsError(
            f'{source} does not fit {type(module).__name__}:\n  ' + '\n  '.join(problems)
        )
    module.load_state_dict(dict(state), strict=False)


def import_vit(backbone: VisionBackbone, path: Path) -> None:
    """Load DINOv2's `.pth`, a file of timm, or a file or folder of `transformers` into a backbone.

    Adapters keep their start values.

    Raises:
        WeightsError: See `read_state` and `load_state`.
    """
    state = read_state(path)
    if is_of_transformers(state):
        state = vit_from_transformers(state)
    state = naming.vit_from_checkpoint(state)
    adapters = [name for name in backbone.state_dict() if name.startswith('adapters.')]
    load_state(backbone, state, str(path), optional=('mask_token', *adapters))


def import_dpt_head(head: DPTHead, path: Path) -> None:
    """Load a depth head with DINOv2's names.

    Raises:
        WeightsError: See `read_state` and `load_state`.
    """
    load_state(head, naming.dpt_head_from_dinov2(read_state(path)), str(path))


def import_resnet(encoder: ResNetEncoder, path: Path, images: int = 1) -> None:
    """Load a torchvision or timm ResNet-18 trained on ImageNet into an encoder.

    Args:
        encoder: Changed in place.
        path: Weight file.
        images: Stacked images the encoder takes; the first convolution is adapted to them.

    Raises:
        WeightsError: See `read_state` and `load_state`.
    """
    state = naming.resnet_from_checkpoint(read_state(path))
    first = state.get('resnet.conv1.weight')
    if first is not None and first.ndim == 4 and first.shape[1] == 3:
        channels = encoder.resnet.conv1.in_channels // images
        state['resnet.conv1.weight'] = adapt_first_conv(first, channels, images)
    load_state(encoder, state, str(path))


def import_pose_resnet(network: PoseResNet, path: Path) -> None:
    """Load a PoseResNet trained by SC-SfMLearner or ThermalMonoDepth.

    Raises:
        WeightsError: See `read_state` and `load_state`.
    """
    load_state(network, naming.pose_resnet_from_checkpoint(read_state(path)), str(path))


def import_monodepth2(folder: Path, network: DepthSegNet, pose: PoseNet) -> tuple[str, ...]:
    """Load a Monodepth2 checkpoint folder: encoder.pth, depth.pth, and the pose files if there.

    Returns:
        The parts that were loaded.

    Raises:
        WeightsError: See `read_state` and `load_state`; only one of the two pose files.
    """
    folder = Path(folder)
    encoder = naming.resnet_from_checkpoint(read_state(folder / 'encoder.pth'))
    load_state(network.encoder, encoder, str(folder / 'encoder.pth'))
    depth = naming.decoder_from_monodepth2(read_state(folder / 'depth.pth'))
    load_state(network.depth_decoder, depth, str(folder / 'depth.pth'))
    parts = ('depthseg.encoder', 'depthseg.depth_decoder')
    files = [folder / 'pose_encoder.pth', folder / 'pose.pth']
    if not any(file.exists() for file in files):
        return parts
    encoder = naming.resnet_from_checkpoint(read_state(files[0]))
    load_state(pose.encoder, encoder, str(files[0]))
    decoder = naming.pose_decoder_from_checkpoint(read_state(files[1]))
    load_state(pose.decoder, decoder, str(files[1]))
    return (*parts, 'pose.encoder', 'pose.decoder')
