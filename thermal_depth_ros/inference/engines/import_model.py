# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Describes an ONNX model that others have exported, and stores it as a bundle."""

import dataclasses
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from thermal_depth_ros.base import settings
from thermal_depth_ros.bundles.errors import BundleError
from thermal_depth_ros.bundles.find import find_bundle
from thermal_depth_ros.bundles.sections import Scale, StoredModel
from thermal_depth_ros.bundles.spec import RGB_PREPROCESSING, SPEC_FILE, BundleSpec, read_spec
from thermal_depth_ros.bundles.store import write_model_bundle
from thermal_depth_ros.bundles.weights_file import sha256_of
from thermal_depth_ros.frames.labels import LabelSet
from thermal_depth_ros.inference.engines.model import prepare_model
from thermal_depth_ros.inference.engines.onnx_files import embedded, load_onnx
from thermal_depth_ros.inference.engines.report import Candidate
from thermal_depth_ros.inference.engines.runner import ONNXRUNTIME
from thermal_depth_ros.inference.engines.workshop import MARK
from thermal_depth_ros.networks.architecture import (
    DEPTH_M,
    DISPARITY,
    INVERSE_DEPTH,
    MODEL_DEPTH_M,
    MODEL_FILE,
    MODEL_LOGITS,
    RELATIVE,
    OnnxArchitecture,
)

# Of onnx.TensorProto: what a model may be fed, and what it may give.
_FLOAT, _UINT8, _FLOAT16, _DOUBLE = 1, 2, 10, 11
_FED, _GIVEN = (_FLOAT, _FLOAT16, _UINT8), (_FLOAT, _FLOAT16, _DOUBLE)
_MOST_WHITE = 1e5
_METRIC = Scale(True, 1.0, 'depth of the imported model is in metres')
_UNKNOWN = Scale(False, 1.0, 'none: the imported model knows depth up to a factor')


@dataclasses.dataclass(frozen=True)
class ModelImport:
    """What a user says about an ONNX model.

    Attributes:
        file: The model.
        kind: Camera: 'rgb' or 'thermal'.
        output: See `OnnxArchitecture.model_output`.
        licence: Licence of the weights.
        input_size: Height and width; None for what the model fixes.
        input_name: Name of the image input; '' for the only one.
        output_name: Name of the output; '' for the only one.
        channel_order: 'rgb' or 'bgr'.
        value_range: Value of white before mean and deviation: 1 or 255.
        mean: Per channel, in the unit of the range; () for none.
        deviation: Per channel; () for none.
        labels: Classes of logits.
        pose_bundle: Thermal bundle whose pose network estimates motion; '' for none.
    """

    file: Path
    kind: str
    output: str
    licence: str
    input_size: tuple[int, int] | None = None
    input_name: str = ''
    output_name: str = ''
    channel_order: str = 'rgb'
    value_range: float = 1.0
    mean: tuple[float, ...] = ()
    deviation: tuple[float, ...] = ()
    labels: LabelSet | None = None
    pose_bundle: str = ''


def import_model(said: ModelImport, output: Path, overwrite: bool = False) -> BundleSpec:
    """Write a bundle of a model, after it has run once; return its description.

    Raises:
        BundleError: The model is not what is said of it (everything that differs is named), cannot
            be run, or the folder is in the way.
        ExportError: It cannot be read, is too large, or has weights outside its folder.
        OSError: It cannot be written.
    """
    model = load_onnx(said.file, beside=True)
    architecture, size = _described(said, model)
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / MODEL_FILE
        if not embedded(model, said.file, file):
            shutil.copyfile(said.file, file)
        spec = _spec(said, architecture, size, StoredModel(MODEL_FILE, sha256_of(file)))
        # It must run here, in the shapes and with the meaning that were said.
        try:
            prepare_model(spec, file, torch.device('cpu'), [Candidate(ONNXRUNTIME, 'fp32')], MARK)
        except BundleError as error:
            problems = [text.replace(str(file), str(said.file)) for text in error.problems]
            raise BundleError(said.file, problems) from error
        write_model_bundle(output, spec, file, overwrite)
    return spec


def _spec(
    said: ModelImport,
    architecture: OnnxArchitecture,
    size: tuple[int, int],
    weights: StoredModel,
) -> BundleSpec:
    from thermal_depth_ros.thermal.normalisation import ThermalPreprocessing

    thermal = settings.as_plain(dataclasses.asdict(ThermalPreprocessing()))
    scale = _METRIC if said.output == MODEL_DEPTH_M else _UNKNOWN
    if said.pose_bundle:
        thermal = settings.as_plain(_lender(said, scale).preprocessing)
    spec = BundleSpec(
        kind=said.kind,
        architecture=settings.as_plain(dataclasses.asdict(architecture)),
        input_size=size,
        preprocessing=RGB_PREPROCESSING if said.kind == 'rgb' else thermal,
        scale=scale,
        weights=weights,
        licence=said.licence,
        labels=said.labels,
        description=f'Imported from the ONNX model {said.file.name}.',
    )
    BundleSpec.from_dict(spec.to_dict(), SPEC_FILE)  # names everything that is wrong
    return spec


def _lender(said: ModelImport, scale: Scale) -> BundleSpec:
    """Return the description of the bundle whose pose network is borrowed.

    Raises:
        BundleError: It has none, or one whose unit is not that of the model.
    """
    path = find_bundle(said.pose_bundle)
    spec = read_spec(path)
    problems = []
    if spec.kind != 'thermal' or said.kind != 'thermal':
        problems.append('--pose-from: only thermal cameras have odometry')
    elif not spec.odometry or isinstance(spec.weights, StoredModel):
        problems.append('--pose-from: it has no pose network')
    elif scale.metric and not spec.scale.metric:
        problems.append('--pose-from: its motion is not in metres, but the depth of the model is')
    if problems:
        raise BundleError(path, problems)
    return spec


def _described(said: ModelImport, model: Any) -> tuple[OnnxArchitecture, tuple[int, int]]:
    """Compare a model with what is said of it.

    Raises:
        BundleError: With everything that differs.
    """
    problems: list[str] = []
    weights = {tensor.name for tensor in model.graph.initializer}
    entry = _chosen(
        'input', said.input_name, [i for i in model.graph.input if i.name not in weights], problems
    )
    result = _chosen('output', said.output_name, list(model.graph.output), problems)
    layout, channels, size = 'nchw', 3, said.input_size
    if entry is not None:
        layout, channels, size = _shape(entry, said, problems)
        _check_feeding(entry, said, problems)
    if result is not None:
        _check_type('output', result, _GIVEN, problems)
    n_classes = 0
    if said.output == MODEL_LOGITS:
        n_classes = 0 if said.labels is None else len(said.labels)
        if not n_classes:
            problems.append('--labels: logits need the names of their classes')
    elif said.labels is not None:
        problems.append(f'--labels: {said.output} has no classes')
    for name, values in (('mean', said.mean), ('deviation', said.deviation)):
        if len(values) not in (0, channels):
            problems.append(f'--{name}: {len(values)} values for {channels} channels')
    if problems or entry is None or result is None or size is None:
        raise BundleError(said.file, problems)
    meaning = {INVERSE_DEPTH: RELATIVE, MODEL_DEPTH_M: DEPTH_M}
    architecture = OnnxArchitecture(
        output=meaning.get(said.output, DISPARITY),
        model_output=said.output,
        input_name=entry.name,
        output_name=result.name,
        layout=layout,
        channels=channels,
        channel_order=said.channel_order,
        value_range=said.value_range,
        mean=said.mean,
        deviation=said.deviation,
        n_classes=n_classes,
        pose_bundle=said.pose_bundle,
    )
    return architecture, size


def _check_feeding(entry: Any, said: ModelImport, problems: list[str]) -> None:
    """Note what the model cannot be fed."""
    _check_type('input', entry, _FED, problems)
    if not 0 < said.value_range <= _MOST_WHITE:
        problems.append(f'--value-range: {said.value_range:g} is not above 0, such as 1 or 255')
    elif not all(value > 0 for value in said.deviation):
        problems.append(f'--normalise: deviations {list(said.deviation)} are not all above 0')
    whole = entry.type.tensor_type.elem_type == _UINT8
    if whole and (said.value_range != 255 or said.mean):
        problems.append(
            f'input {entry.name}: uint8 is fed the pixels as they are: --value-range 255, without '
            '--normalise'
        )


def _check_type(what: str, entry: Any, known: Sequence[int], problems: list[str]) -> None:
    import onnx

    names = onnx.TensorProto.DataType
    kind = entry.type.tensor_type.elem_type
    if kind not in known:
        found = names.Name(kind) if kind in names.values() else str(kind)
        listed = ', '.join(names.Name(one) for one in known)
        problems.append(f'{what} {entry.name}: its type is {found}, not one of {listed}')


def _chosen(what: str, name: str, entries: list[Any], problems: list[str]) -> Any:
    """Return the input or output of a name, or the only one; None with a problem."""
    names = [entry.name for entry in entries]
    listed = ', '.join(f'{entry.name} {_dimensions(entry)}' for entry in entries[:8]) or 'none'
    if what == 'input' and len(entries) != 1:
        problems.append(f'{len(entries)} inputs instead of one image: {listed}')
        return None
    if name and name not in names:
        problems.append(f'--{what}-name: there is no {name!r}; there is {listed}')
        return None
    if not name and len(entries) != 1:
        problems.append(f'--{what}-name: choose one of {listed}')
        return None
    return entries[names.index(name)] if name else entries[0]


def _dimensions(entry: Any) -> list[int | str]:
    """Return the dimensions of an input or output: numbers, or names of those that vary."""
    return [d.dim_value or d.dim_param or '?' for d in entry.type.tensor_type.shape.dim]


def _shape(
    entry: Any, said: ModelImport, problems: list[str]
) -> tuple[str, int, tuple[int, int] | None]:
    """Return layout, channels, and height and width of the input."""
    shape = _dimensions(entry)
    if len(shape) != 4:
        problems.append(f'input {entry.name}: {shape} is not an image (N, C, H, W)')
        return 'nchw', 3, said.input_size
    if isinstance(shape[0], int) and shape[0] != 1:
        problems.append(f'input {entry.name}: takes {shape[0]} images at a time, not 1')
    layout = 'nhwc' if shape[3] in (1, 3) and shape[1] not in (1, 3) else 'nchw'
    channels, *sides = (shape[1], *shape[2:]) if layout == 'nchw' else (shape[3], *shape[1:3])
    if channels not in (1, 3):
        problems.append(f'input {entry.name}: {shape} has {channels} channels, not 1 or 3')
        channels = 3
    if channels == 1 and said.kind == 'rgb':
        problems.append(f'input {entry.name}: one channel is no RGB image; use --kind thermal')
    fixed = tuple(side for side in sides if isinstance(side, int))
    size = said.input_size or (fixed if len(fixed) == 2 else None)
    if size is None:
        problems.append(f'--input-size: the model takes any ({shape}); say which')
    for name, side, wanted in zip(('height', 'width'), sides, size or sides, strict=True):
        if isinstance(side, int) and side != wanted:
            problems.append(f'--input-size: {name} of the model is {side}, not {wanted}')
    return layout, int(channels), None if size is None else (int(size[0]), int(size[1]))
