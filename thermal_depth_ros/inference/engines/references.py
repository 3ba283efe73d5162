# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What PyTorch computes on the check images, kept so that a start need not build its networks.

Engines are compared with PyTorch at every start. Its side of the comparison only changes with the
weights, the code and the library: it is kept beside the exported files, and building the networks
in PyTorch, which takes longer than everything else, is left out where nothing else needs them.
"""

import contextlib
import dataclasses
import functools
import hashlib
import json
import os
import threading
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import nn

from thermal_depth_ros import networks, thermal
from thermal_depth_ros.base.errors import ThermalDepthError
from thermal_depth_ros.base.listing import list_files
from thermal_depth_ros.bundles.spec import BundleSpec
from thermal_depth_ros.inference.engines import agreement, cache, stages
from thermal_depth_ros.inference.engines.onnx_files import FORMAT, bundle_identity
from thermal_depth_ros.inference.engines.stages import Stage

_MOST_BYTES = 256 * 1024 * 1024
_LIBRARIES = ('timm', 'torchvision')  # with networks that ours consist of


class NetworksNeededError(ThermalDepthError, RuntimeError):
    """The networks have to be loaded: something is missing that only they can give."""


class NotLoaded(nn.Module):
    """Stands for a network that is not loaded."""

    def forward(self, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Raise NetworksNeededError."""
        raise NetworksNeededError('the networks are not loaded')


@dataclasses.dataclass(frozen=True, eq=False)
class References:
    """Stages without their networks, and the outputs that PyTorch computed for them.

    Attributes:
        stages: By name, in the order of their use.
        outputs: Outputs on the check images, by name; features are left out.
        patch_size: Pixels of which the sides of images are multiples.
    """

    stages: Mapping[str, Stage]
    outputs: Mapping[str, torch.Tensor]
    patch_size: int


def read(spec: BundleSpec, size: tuple[int, int]) -> References | None:
    """Return what is kept for a bundle and the size of its images; None if nothing of use is."""
    path = _file(spec, size)
    try:
        if path.stat().st_size > _MOST_BYTES:
            return None
        with safe_open(path, framework='pt') as file:
            described = file.metadata() or {}
            if described.get('made for') != _made_for(spec, size):
                return None
            outputs = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        listed = [
            Stage(name, NotLoaded(), dict(inputs), dict(of))
            for name, inputs, of in json.loads(described['stages'])
        ]
        patch_size = int(described['patch size'])
    except (OSError, SafetensorError, KeyError, ValueError, TypeError):
        return None
    return References({stage.name: stage for stage in listed}, outputs, patch_size)


def write(spec: BundleSpec, size: tuple[int, int], known: References) -> None:
    """Keep what PyTorch computed; where nothing can be written, it is computed again next time."""
    path = _file(spec, size)
    listed = [
        (one.name, [*one.inputs.items()], [*one.outputs.items()]) for one in known.stages.values()
    ]
    described = {
        'made for': _made_for(spec, size),
        'stages': json.dumps(listed),
        'patch size': str(known.patch_size),
    }
    kept = {name: tensor.detach().cpu().contiguous() for name, tensor in known.outputs.items()}
    unfinished = path.with_name(f'.{path.name}.{os.getpid()}.{threading.get_ident()}')
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file(kept, unfinished, described)
        unfinished.replace(path)
    except (OSError, SafetensorError):
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)


def _file(spec: BundleSpec, size: tuple[int, int]) -> Path:
    height, width = size
    return cache.onnx_file(bundle_identity(spec), 'check', ()).with_name(
        f'check_{height}x{width}.safetensors'
    )


def _made_for(spec: BundleSpec, size: tuple[int, int]) -> str:
    versions = [FORMAT, str(torch.__version__), *(_version(name) for name in _LIBRARIES)]
    return json.dumps([*versions, _code_digest(), bundle_identity(spec), *size])


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return ''


@functools.cache
def _code_digest() -> str:
    """Return a digest of the code that decides what PyTorch computes on the check images."""
    folders = [Path(room.__file__ or '').parent for room in (networks, thermal)]
    files = [Path(module.__file__ or '') for module in (agreement, stages)]
    files += [path for folder in folders for path in list_files(folder, {'.py'})]
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()
