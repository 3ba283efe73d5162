# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Writes stages as ONNX files, and says what a file is."""

import contextlib
import dataclasses
import hashlib
import inspect
import json
import os
import threading
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn

from thermal_depth_ros.base import settings
from thermal_depth_ros.base.errors import ThermalDepthError
from thermal_depth_ros.base.text_output import naming
from thermal_depth_ros.bundles.spec import BundleSpec
from thermal_depth_ros.inference.engines.stages import Stage

OPSET = 20  # the highest that ONNX Runtime 1.23 (Python 3.10) and TensorRT 10 both read
FORMAT = '1'  # of the metadata and of what stages take and return
PREFIX = 'thermal_depth.'
_MOST_BYTES = 1_900_000_000  # protobuf ends at 2 GiB
_exporting = threading.Lock()  # torch.export has state of its own


class ExportError(ThermalDepthError, RuntimeError):
    """A stage cannot be written as ONNX; the message names it."""


@dataclasses.dataclass(frozen=True)
class Shapes:
    """Shapes of the inputs of one stage; the same for every image of a batch."""

    inputs: tuple[tuple[int, ...], ...]
    dynamic_batch: bool = False

    @property
    def fed(self) -> tuple[tuple[int, ...], ...]:
        """Shapes of what is fed, -1 for any number of images."""
        if not self.dynamic_batch:
            return self.inputs
        return tuple((-1, *shape[1:]) for shape in self.inputs)


def bundle_identity(spec: BundleSpec) -> str:
    """Return a digest of everything that decides what the stages of a bundle compute."""
    deciding = {
        'format': FORMAT,
        'kind': spec.kind,
        'architecture': settings.as_plain(spec.architecture),
        'weights': spec.weights_digest,
    }
    text = json.dumps(deciding, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def write_stage(
    stage: Stage, shapes: Shapes, spec: BundleSpec, path: Path, device: torch.device | str = 'cpu'
) -> None:
    """Export a stage to a file with its metadata, atomically.

    Args:
        stage: What to export; its networks stay as they are.
        shapes: Of the inputs.
        spec: Description of its bundle, for the metadata.
        path: The file to write; its folder is made.
        device: Where its networks are.

    Raises:
        ExportError: An operator has no counterpart in ONNX, or the file would be too large.
        OSError: It cannot be written.
    """
    write_described(stage, shapes, metadata(stage, shapes, spec), path, device)


def write_described(
    stage: Stage,
    shapes: Shapes,
    described: Mapping[str, str],
    path: Path,
    device: torch.device | str,
) -> None:
    """Export a stage to a file as `write_stage` does, with other metadata."""
    size = sum(t.numel() * t.element_size() for t in stage.module.state_dict().values())
    if size > _MOST_BYTES:
        raise ExportError(
            f'{stage.name}: {size / 1e9:.1f} GB of weights do not fit into one ONNX file (2 GB)'
        )
    path.parent.mkdir(parents=True, exist_ok=True)  # before the long part
    program = _exported(stage, shapes, device)
    program.model.metadata_props.update({PREFIX + key: text for key, text in described.items()})
    unfinished = path.with_name(f'.{path.name}.{os.getpid()}.{threading.get_ident()}')
    with naming(path):
        try:
            program.save(unfinished, external_data=False)
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)


def _exported(stage: Stage, shapes: Shapes, device: torch.device | str) -> Any:
    batch = 2 if shapes.dynamic_batch else 1  # one would be taken for a constant
    with _exporting, torch.inference_mode(False), torch.no_grad(), _quiet():
        inputs = tuple(torch.zeros(batch, *shape[1:], device=device) for shape in shapes.inputs)
        try:
            return torch.onnx.export(
                stage.module.eval(),
                inputs,
                dynamo=True,
                verbose=False,
                opset_version=OPSET,
                input_names=list(stage.inputs),
                output_names=list(stage.outputs),
                dynamic_shapes=_dynamic(stage.module, len(inputs)) if batch > 1 else None,
            )
        except Exception as error:  # what torch raises here is not documented
            first = next((line for line in str(error).splitlines() if line.strip()), '')
            reason = f'{type(error).__name__}: {first}'
            raise ExportError(f'{stage.name}: cannot be written as ONNX: {reason}') from error


def _dynamic(module: nn.Module, count: int) -> Any:
    """Return the dynamic batch of every input, in the form of the arguments of the module."""
    each = ({0: torch.export.Dim('N', min=1, max=64)},) * count
    parameters = inspect.signature(module.forward).parameters.values()
    together = any(one.kind is inspect.Parameter.VAR_POSITIONAL for one in parameters)
    return (each,) if together else each


@contextlib.contextmanager
def _quiet() -> Any:
    """Keep the exporter's remarks on its own code out of the log."""
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        yield


def metadata(stage: Stage, shapes: Shapes, spec: BundleSpec) -> dict[str, str]:
    """Return what a file says about itself: texts, and JSON where it is more than one."""
    scale = {'metric': spec.scale.metric, 'factor': spec.scale.factor, 'source': spec.scale.source}
    values: dict[str, Any] = {
        'format': FORMAT,
        'torch': str(torch.__version__),
        'identity': bundle_identity(spec),
        'weights': spec.weights_digest,
        'kind': spec.kind,
        'stage': stage.name,
        'licence': spec.licence,
        'shapes': [list(shape) for shape in shapes.inputs],
        'batch': 'dynamic' if shapes.dynamic_batch else 'fixed',
        'inputs': dict(stage.inputs),
        'outputs': dict(stage.outputs),
        'normalisation': 'inside: mean and deviation of the networks are part of the graph',
        'preprocessing': settings.as_plain(spec.preprocessing),
        'scale': scale,
        'canonical_focal_px': spec.focal_px,
        'untrained_parts': list(spec.untrained_parts),
        **({'labels': list(spec.labels.names)} if spec.labels else {}),
    }
    return {
        key: value if isinstance(value, str) else json.dumps(value) for key, value in values.items()
    }


def staleness(path: Path, stage: Stage, shapes: Shapes, spec: BundleSpec) -> str:
    """Return why a file is not this stage of this bundle, or '' if it is."""
    try:
        found = read_metadata(path)
    except ExportError as error:
        return str(error)
    wanted = metadata(stage, shapes, spec)
    for key in ('format', 'identity', 'stage'):
        if found.get(key) != wanted[key]:
            return f'{path}: {key} is {found.get(key)!r}, that of the bundle {wanted[key]!r}'
    try:
        sizes = [shape[1:] for shape in json.loads(found.get('shapes', ''))]
    except (ValueError, TypeError):
        return f'{path}: the shapes in its metadata cannot be read'
    if sizes != [list(shape[1:]) for shape in shapes.inputs]:
        return f'{path}: made for inputs {found["shapes"]}, not {wanted["shapes"]}'
    if shapes.dynamic_batch and found.get('batch') != wanted['batch']:
        return f'{path}: made for one image at a time, not for batches (--batch dynamic)'
    return ''


def read_metadata(path: Path) -> Mapping[str, str]:
    """Return what a file that `write_stage` made says about itself.

    Raises:
        ExportError: Not there, not ONNX, or with weights outside the file.
    """
    model = load_onnx(path)
    return {
        entry.key.removeprefix(PREFIX): entry.value
        for entry in model.metadata_props
        if entry.key.startswith(PREFIX)
    }


def load_onnx(path: Path, beside: bool = False) -> Any:
    """Return the ONNX model in a file, without what lies outside of it.

    Args:
        path: The file.
        beside: Whether its weights may lie in other files of the same folder.

    Raises:
        ExportError: Not there, not ONNX, or with weights elsewhere.
    """
    import onnx

    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ExportError(f'{path}: {path.stat().st_size / 1e9:.1f} GB are too much for ONNX')
        model = onnx.load(str(path), load_external_data=False)
    except OSError as error:
        raise ExportError(f'{path}: {error.strerror or error}') from error
    except ExportError:
        raise
    except Exception as error:  # the parser of protobuf has exceptions of its own
        raise ExportError(f'{path}: not an ONNX file ({type(error).__name__})') from error
    outside = external_files(model)
    if beside:
        elsewhere = sorted(name for name in outside if not _lies_beside(path, name))
        if elsewhere:
            names = ', '.join(elsewhere[:3])
            raise ExportError(f'{path}: has weights outside its folder: {names}')
        missing = sorted(name for name in outside if not (path.parent / name).is_file())
        if missing:
            names = ', '.join(missing[:3])
            raise ExportError(f'{path}: the files of its weights are not beside it: {names}')
    elif outside:
        raise ExportError(f'{path}: has weights outside the file: {", ".join(sorted(outside)[:3])}')
    return model


def _lies_beside(path: Path, name: str) -> bool:
    """Whether a file that a model names lies in its folder, also behind links."""
    folder = path.parent.resolve()
    return (folder / name).resolve().is_relative_to(folder)


def embedded(model: Any, path: Path, target: Path) -> bool:
    """Write a model with the weights of other files of its folder in the file itself.

    Args:
        model: See `load_onnx`.
        path: Where it was read.
        target: File to write.

    Returns:
        Whether it has any; nothing is written otherwise.

    Raises:
        ExportError: Together they are too much for one file, or they cannot be read.
    """
    import onnx
    from onnx.external_data_helper import load_external_data_for_model

    if not external_files(model):
        return False
    size = sum(_stored_bytes(tensor, path.parent) for tensor in _external_tensors(model))
    if size + path.stat().st_size > _MOST_BYTES:
        raise ExportError(f'{path}: {size / 1e9:.1f} GB of weights are too much for ONNX (2 GB)')
    try:
        load_external_data_for_model(model, str(path.parent))
    except Exception as error:  # of the library, for sizes that do not fit
        raise ExportError(f'{path}: its weights cannot be read: {error}') from error
    onnx.save_model(model, str(target), save_as_external_data=False)
    return True


def external_files(model: Any) -> set[str]:
    """Return the files outside that a model names for its weights."""
    return {_external(tensor).get('location', '') for tensor in _external_tensors(model)}


def _external_tensors(model: Any) -> list[Any]:
    import onnx
    from onnx.external_data_helper import _get_all_tensors

    tensors = _get_all_tensors(model)
    return [tensor for tensor in tensors if tensor.data_location == onnx.TensorProto.EXTERNAL]


def _external(tensor: Any) -> dict[str, str]:
    return {entry.key: entry.value for entry in tensor.external_data}


def _stored_bytes(tensor: Any, folder: Path) -> int:
    """Return what is read for a tensor; many may claim the same part of a file."""
    fields = _external(tensor)
    length = fields.get('length', '')
    whole = (folder / fields.get('location', '')).stat().st_size
    return min(int(length), whole) if length.isdecimal() and len(length) < 20 else whole


def shapes_of(examples: Sequence[torch.Tensor], dynamic_batch: bool = False) -> Shapes:
    """Return the shapes of tensors."""
    return Shapes(tuple(tuple(tensor.shape) for tensor in examples), dynamic_batch)
