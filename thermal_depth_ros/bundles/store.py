# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Load, save and validate model bundles."""

import dataclasses
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from safetensors import SafetensorError
from torch import nn

from thermal_depth_ros.base.text_output import naming
from thermal_depth_ros.base.unexpected import named, report
from thermal_depth_ros.base.yaml_text import dump_yaml
from thermal_depth_ros.bundles import weights_file
from thermal_depth_ros.bundles.errors import BundleError
from thermal_depth_ros.bundles.find import find_bundle
from thermal_depth_ros.bundles.sections import (
    DTYPES,
    WEIGHTS_FILE,
    SeedWeights,
    StoredModel,
    StoredWeights,
)
from thermal_depth_ros.bundles.spec import SPEC_FILE, BundleSpec, read_spec
from thermal_depth_ros.networks.build import blueprint_networks
from thermal_depth_ros.networks.initialisation import check_drawable, materialise, reset_buffers


@dataclasses.dataclass(frozen=True)
class Bundle:
    """A loaded model."""

    spec: BundleSpec
    networks: dict[str, nn.Module]  # fp32, evaluation mode; names of `blueprint_networks`
    path: Path


def check_kind(path: Path, spec: BundleSpec, kind: str) -> None:
    """Refuse the bundle in a folder if it is of another kind.

    Raises:
        BundleError: It is; the message names both.
    """
    if spec.kind != kind:
        raise BundleError(
            path / SPEC_FILE, [f'kind is {spec.kind!r}, but a {kind!r} bundle is needed']
        )


@torch.inference_mode(False)  # the caller's inference mode must not stick to the weights
def load_bundle(
    name_or_path: str | Path,
    device: str | torch.device = 'cpu',
    kind: str | None = None,
    verify: bool = True,
) -> Bundle:
    """Load a bundle by name or path. Nothing is ever downloaded.

    Args:
        name_or_path: See `find_bundle`.
        device: Device of the networks.
        kind: Required kind of bundle; None accepts any.
        verify: Compare the digest of the weights, which reads the file once more.

    Raises:
        BundleError: Not found, of another kind, or anything wrong with its files.
    """
    path = find_bundle(name_or_path)
    spec = read_spec(path)
    if kind is not None:
        check_kind(path, spec, kind)
    if isinstance(spec.weights, StoredModel):
        raise BundleError(
            path, ['an ONNX model can be run and evaluated, but neither trained nor converted']
        )
    networks = _blueprint(spec, path)
    if isinstance(spec.weights, SeedWeights):
        _draw(spec.weights.seed, networks, device, path)
    else:
        _load_stored(path / spec.weights.file, spec.weights, networks, device, verify)
    for network in networks.values():
        network.eval()
    return Bundle(spec, networks, path)


def save_bundle(
    path: str | Path,
    spec: BundleSpec,
    networks: Mapping[str, nn.Module] | None = None,
    dtype: str = 'fp32',
    overwrite: bool = False,
    untrained_parts: Sequence[str] | None = None,
) -> BundleSpec:
    """Write a bundle folder atomically.

    Args:
        path: The folder to make.
        spec: Its description; with networks its `weights` are replaced by those of the file.
        networks: Networks to store; None keeps the weights of the spec, which must be a seed.
        dtype: Storage type of the weights: 'fp32', 'fp16' or 'bf16'.
        overwrite: Replace an existing bundle.
        untrained_parts: What in the networks is still random; () after training everything, None
            for what the spec says, which is all for a seed.

    Returns:
        The spec as written.

    Raises:
        BundleError: Bad fields, weights that do not fit, or a folder that is in the way.
        OSError: It cannot be written, as on a full disk; the message names the bundle.
    """
    path = Path(path)
    if dtype not in DTYPES:
        raise BundleError(path, [f'dtype {dtype!r} is not one of {", ".join(DTYPES)}'])
    if path.exists() and not (overwrite and (path / SPEC_FILE).is_file()):
        raise BundleError(path, ['exists already; nothing was written'])
    path.parent.mkdir(parents=True, exist_ok=True)
    with naming(path):
        return _save(path, spec, networks, dtype, untrained_parts)


def _save(
    path: Path,
    spec: BundleSpec,
    networks: Mapping[str, nn.Module] | None,
    dtype: str,
    untrained_parts: Sequence[str] | None,
) -> BundleSpec:
    temporary = Path(tempfile.mkdtemp(prefix=f'.{path.name}.', dir=path.parent))
    try:
        if networks is not None:
            parts = spec.untrained_parts if untrained_parts is None else tuple(untrained_parts)
            spec = _write_weights(temporary, spec, networks, dtype, parts)
        elif not isinstance(spec.weights, SeedWeights):
            raise BundleError(
                path, ['no networks given, and the weights of the spec are not a seed']
            )
        _write_spec(temporary, spec)
        temporary.chmod(0o755)
        _swap(temporary, path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return spec


def copy_bundle(
    source: Path,
    spec: BundleSpec,
    target: Path,
    overwrite: bool = False,
    *,
    symbolic: bool = False,
) -> None:
    """Write a bundle with the weights of another one and a spec of its own, atomically.

    The weights are linked where the file system allows it, for no file of a bundle is written to.

    Args:
        source: Folder of the bundle with the weights.
        spec: Description of the new one, whose networks have the same weights.
        target: The folder to make.
        overwrite: Replace an existing bundle, which may be the source.
        symbolic: Link symbolically; for copies that are gone before the source is.

    Raises:
        BundleError: A folder is in the way, or bad fields.
        OSError: It cannot be written; the message names the bundle.
    """
    if target.exists() and not (overwrite and (target / SPEC_FILE).is_file()):
        raise BundleError(target, ['exists already; nothing was written'])
    target.parent.mkdir(parents=True, exist_ok=True)
    with naming(target):
        temporary = Path(tempfile.mkdtemp(prefix=f'.{target.name}.', dir=target.parent))
        try:
            for file in (path for path in source.iterdir() if path.is_file()):
                if file.name == SPEC_FILE:
                    continue
                if symbolic:
                    (temporary / file.name).symlink_to(file.resolve())
                else:
                    _link_or_copy(file, temporary / file.name)
            _write_spec(temporary, spec)
            temporary.chmod(0o755)
            _swap(temporary, target)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def write_model_bundle(path: Path, spec: BundleSpec, file: Path, overwrite: bool = False) -> None:
    """Write a bundle of an ONNX file, atomically.

    Args:
        path: The folder to make.
        spec: Its description; `weights` has the digest of the file.
        file: The model, which is copied.
        overwrite: Replace an existing bundle.

    Raises:
        BundleError: Bad fields, or a folder that is in the way.
        OSError: It cannot be written; the message names the bundle.
    """
    assert isinstance(spec.weights, StoredModel)
    if path.exists() and not (overwrite and (path / SPEC_FILE).is_file()):
        raise BundleError(path, ['exists already; nothing was written'])
    path.parent.mkdir(parents=True, exist_ok=True)
    with naming(path):
        temporary = Path(tempfile.mkdtemp(prefix=f'.{path.name}.', dir=path.parent))
        try:
            shutil.copyfile(file, temporary / spec.weights.file)
            _write_spec(temporary, spec)
            temporary.chmod(0o755)
            _swap(temporary, path)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def _link_or_copy(file: Path, copy: Path) -> None:
    try:
        os.link(file.resolve(), copy)
    except OSError:  # another file system
        shutil.copyfile(file, copy)


def validate_bundle(path: str | Path) -> list[str]:
    """Check a bundle completely, including the weights; return all problems, file by file."""
    try:
        spec = read_spec(find_bundle(path))
        if isinstance(spec.weights, StoredModel):
            check_model(find_bundle(path), spec.weights)
            return []
        bundle = load_bundle(path)
    except BundleError as error:
        return [f'{error.where}: {problem}' for problem in error.problems]
    except Exception as error:  # a bug of ours; keep checking the other bundles
        report(f'loading the bundle {path}', error)
        return [f'{path}: unexpected {named(error)}']
    return [
        f'{bundle.path}: {name}.{key} has values that are not finite'
        for name, network in bundle.networks.items()
        for key, tensor in network.state_dict().items()
        if not tensor.isfinite().all()
    ]


def check_model(folder: Path, weights: StoredModel | StoredWeights) -> None:
    """Compare the file of the weights or of the ONNX model with the digest in the spec.

    Raises:
        BundleError: It is missing or another one.
    """
    file = folder / weights.file
    try:
        weights_file.check_digest(file, weights)
    except OSError as error:
        raise BundleError(file, [error.strerror or named(error)]) from error


def _blueprint(spec: BundleSpec, path: Path) -> dict[str, nn.Module]:
    try:
        return blueprint_networks(spec.kind, spec.architecture)
    except ValueError as error:
        raise BundleError(path / SPEC_FILE, [f'architecture: {error}']) from error


def _draw(
    seed: int, networks: dict[str, nn.Module], device: str | torch.device, path: Path
) -> None:
    try:
        check_drawable(networks)  # all of them, before anything is allocated
    except ValueError as error:
        raise BundleError(path / SPEC_FILE, [f'architecture: {error}']) from error
    for name, network in networks.items():
        materialise(network, seed, name)
        network.to(device)


def _load_stored(
    file: Path,
    weights: StoredWeights,
    networks: dict[str, nn.Module],
    device: str | torch.device,
    verify: bool,
) -> None:
    weights_file.check_header(file, weights.dtype, networks)
    try:
        if verify:
            weights_file.check_digest(file, weights)
        for network in networks.values():
            network.to_empty(device=device)
            reset_buffers(network)
        weights_file.read_into(file, networks)
    except (OSError, SafetensorError) as error:  # replaced or removed meanwhile
        raise BundleError(file, [str(error) or named(error)]) from error


def _write_weights(
    folder: Path,
    spec: BundleSpec,
    networks: Mapping[str, nn.Module],
    dtype: str,
    untrained_parts: tuple[str, ...],
) -> BundleSpec:
    """Write the weights and return the spec that describes them."""
    file = folder / WEIGHTS_FILE
    weights_file.write(file, networks, dtype)
    file.chmod(0o644)  # others may read what a package installs
    stored = StoredWeights(WEIGHTS_FILE, weights_file.sha256_of(file), dtype, untrained_parts)
    spec = dataclasses.replace(spec, weights=stored)
    weights_file.check_header(file, dtype, _blueprint(spec, folder))
    return spec


def _write_spec(folder: Path, spec: BundleSpec) -> None:
    """Write the spec, unless reading it back would fail."""
    values = spec.to_dict()
    BundleSpec.from_dict(values)
    (folder / SPEC_FILE).write_text(dump_yaml(values), 'utf-8')


def _swap(new: Path, path: Path) -> None:
    """Replace the folder at `path` by a complete one; the old one is removed last."""
    if not path.exists():
        os.rename(new, path)
        return
    old = Path(tempfile.mkdtemp(prefix=f'.{path.name}.old.', dir=path.parent))
    os.rename(path, old)
    os.rename(new, path)
    shutil.rmtree(old)
