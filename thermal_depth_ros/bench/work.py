# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""How much there is to compute in a thermal training step, and how fast a device could be."""

import time
from collections.abc import Mapping
from typing import Any

import torch

from thermal_depth_ros.networks import macs
from thermal_depth_ros.networks.build import blueprint_networks
from thermal_depth_ros.networks.padding import centre_padding

DEPTHS, MOTIONS = 3, 4  # passes of each network for a triplet
# Forward; backward through the values; backward to the weights.
_FORWARD, _THROUGH, _TRAINED = 1, 2, 3
_BACKBONE_PASSES = {'head': _FORWARD, 'adapters': _THROUGH, 'full': _TRAINED}
# Dense bfloat16 with single-precision sums, by the makers' data sheets, in 10^12 per second.
_PEAKS = {
    'H200': 989.5,
    'H100 PCIe': 756.0,
    'H100': 989.5,
    'A100': 312.0,
    'L40S': 362.1,
    'RTX 4090': 165.2,
    'L4': 121.0,
}
_MATRIX = {'cpu': 2048, 'cuda': 8192}  # rows of the matrices whose product is timed
_ROUNDS = 5


def training_flops(
    architecture: Mapping[str, Any], size: tuple[int, int], policy: str, triplets: int
) -> float:
    """Return the floating-point operations of a step: two for each multiplication.

    A frozen backbone is run forward only; gradients go through one with adapters, but not to its
    weights. Losses and adapters are left out.

    Args:
        architecture: of the networks.
        size: height and width of the images.
        policy: which weights of the depth network learn: head, adapters or full.
        triplets: of the batch.
    """
    networks: Any = blueprint_networks('thermal', architecture)
    depth, pose = networks['depth'], networks['pose']
    with torch.device('meta'), torch.inference_mode():
        image, frame = torch.rand(1, 3, *size), torch.rand(1, pose.channels_per_image, *size)
        padded = centre_padding(*size, depth.backbone.patch_size).apply(image)
        backbone = macs.count(depth.backbone, padded).true_macs
        head = macs.count(depth.head, depth.backbone(padded)).true_macs
        motion = macs.count(pose, frame, frame).true_macs
    depths = DEPTHS * (_BACKBONE_PASSES[policy] * backbone + _TRAINED * head)
    return 2.0 * triplets * (depths + MOTIONS * _TRAINED * motion)


def peak_flops(device: torch.device) -> tuple[float, str]:
    """Return the most operations per second of a device in training, and where that is from.

    A GPU that is not known, and a CPU, are judged by a large product of matrices: in bfloat16 on
    GPUs, in single precision on CPUs.
    """
    if device.type == 'cuda':
        name = torch.cuda.get_device_name(device)
        for known, peak in _PEAKS.items():
            if known in name:
                return peak * 1e12, f'data sheet of {known}'
    return _product_flops(device), 'a product of matrices here'


def _product_flops(device: torch.device) -> float:
    rows = _MATRIX[device.type]
    dtype = torch.bfloat16 if device.type == 'cuda' else torch.float32
    matrix = torch.rand(rows, rows, device=device, dtype=dtype)
    best = float('inf')
    for _ in range(_ROUNDS):
        start = time.perf_counter()
        matrix @ matrix
        if device.type == 'cuda':
            torch.cuda.synchronize(device)
        best = min(best, time.perf_counter() - start)
    return 2.0 * rows**3 / best
