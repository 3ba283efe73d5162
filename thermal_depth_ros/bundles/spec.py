# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""`bundle.yaml`: the description of a model, checked field by field."""

import dataclasses
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from thermal_depth_ros.base import rules, settings
from thermal_depth_ros.base.settings import checked, with_new_names
from thermal_depth_ros.base.yaml_text import YamlError, read_yaml
from thermal_depth_ros.bundles.errors import BundleError
from thermal_depth_ros.bundles.labels import label_problems
from thermal_depth_ros.bundles.sections import (
    Calibration,
    Intrinsics,
    Scale,
    ScaleFit,
    SeedWeights,
    StoredModel,
    StoredWeights,
)
from thermal_depth_ros.frames.labels import LabelSet
from thermal_depth_ros.networks.architecture import (
    KINDS,
    MIN_SIZE,
    MODEL_FILE,
    RELATIVE,
    SIZE_MULTIPLE,
    TRANSLATION_MULTIPLE,
    Architecture,
    DptArchitecture,
    OnnxArchitecture,
    OutputArchitecture,
    RgbArchitecture,
    RgbDptArchitecture,
    ThermalArchitecture,
    architecture_class,
    architecture_problems,
    make_architecture,
    size_fits,
    translation_size_fits,
)
from thermal_depth_ros.thermal.normalisation import ThermalPreprocessing

SCHEMA = 1
SPEC_FILE = 'bundle.yaml'
MAX_LICENCE = 200  # characters
RGB_PREPROCESSING = {'mode': 'unit'}
TRANSLATION_PREPROCESSING = {'mode': 'signed'}
_FIXED_PREPROCESSING = {'rgb': RGB_PREPROCESSING, 'translation': TRANSLATION_PREPROCESSING}
_MAX_PIXELS = 1 << 22  # of the input: memory of the networks goes with it
_SOMETHING_MAPPED = rules.rule(lambda v: isinstance(v, Mapping), 'a mapping')


@dataclasses.dataclass(frozen=True)
class _Layout:
    """Names and coarse rules of the top level of the file."""

    schema: int = checked(rules.rule(lambda v: type(v) is int and v == SCHEMA, f'{SCHEMA}'))
    kind: str = checked(rules.one_of(KINDS))
    architecture: dict[str, Any] = checked(_SOMETHING_MAPPED)
    input_size: list[int] = checked(rules.items(rules.integer(16, 4096), (2,)))
    preprocessing: dict[str, Any] = checked(_SOMETHING_MAPPED)
    scale: dict[str, Any] = checked(_SOMETHING_MAPPED)
    weights: dict[str, Any] = checked(_SOMETHING_MAPPED)
    licence: str = checked(rules.text(MAX_LICENCE))
    description: str = checked(rules.text(), '')
    trained_on: str = checked(rules.text(500), '')
    labels: list[Any] | None = checked(rules.ANYTHING, None)
    intrinsics: dict[str, Any] | None = checked(
        rules.either(rules.NOTHING, _SOMETHING_MAPPED), None
    )
    canonical_focal_px: float | None = checked(
        rules.either(rules.NOTHING, rules.number(1e-3, 1e5)), None
    )
    scale_fit: dict[str, Any] | None = checked(rules.either(rules.NOTHING, _SOMETHING_MAPPED), None)
    calibration: dict[str, Any] | None = checked(
        rules.either(rules.NOTHING, _SOMETHING_MAPPED), None
    )
    training: dict[str, Any] = checked(rules.mapping(rules.ANYTHING), {})


@dataclasses.dataclass(frozen=True)
class BundleSpec:
    """Description of a model: kind, architecture, preprocessing, labels and weights."""

    kind: str  # 'thermal', 'rgb' or 'translation'
    architecture: Mapping[str, Any]  # fields of the architecture class of the kind
    input_size: tuple[int, int]  # (height, width) in pixels the networks are fed
    # ThermalPreprocessing; {'mode': 'unit'}: RGB / 255; {'mode': 'signed'}: RGB / 127.5 - 1
    preprocessing: Mapping[str, Any]
    scale: Scale
    weights: StoredWeights | StoredModel | SeedWeights
    licence: str
    labels: LabelSet | None = None  # of 'rgb' with classes, as many as the architecture has
    intrinsics: Intrinsics | None = None  # of the training images
    # Focal length in pixels of the network input for which depth is right as it is; None: that of
    # the training images
    canonical_focal_px: float | None = None
    scale_fit: ScaleFit | None = None  # where `fit-scale` found the scale
    calibration: Calibration | None = None  # of class probabilities and covariances
    training: Mapping[str, Any] = dataclasses.field(default_factory=dict)  # training record
    description: str = ''
    trained_on: str = ''  # cameras and scenes that the networks learned from, one sentence

    @property
    def trained(self) -> bool:
        """Whether every weight is the result of training."""
        return not self.untrained_parts

    @property
    def untrained_parts(self) -> tuple[str, ...]:
        """Names of the parts with random weights; ('all',) for a seed."""
        if isinstance(self.weights, SeedWeights):
            return ('all',)
        return self.weights.untrained_parts

    @property
    def weights_digest(self) -> str:
        """Identifier of the weights: the digest of their file, or their seed."""
        if isinstance(self.weights, SeedWeights):
            return f'seed {self.weights.seed}'
        return self.weights.sha256[:32]

    @property
    def networks_architecture(self) -> Architecture:
        """The architecture with its defaults filled in."""
        return make_architecture(self.kind, self.architecture)

    @property
    def relative(self) -> bool:
        """Whether the networks give inverse depth whose scale and shift nobody has determined.

        Training on images determines the shift: what is left then is the scale of the bundle.
        """
        if self.scale.metric or 'started_from' in self.training:
            return False
        return self.has_affine_output

    @property
    def has_affine_output(self) -> bool:
        """Whether depth is 1 / (output_scale x + output_shift)."""
        architecture = self.networks_architecture
        return isinstance(architecture, OutputArchitecture) and architecture.output == RELATIVE

    @property
    def odometry(self) -> bool:
        """Whether there is a thermal pose network, trained or not."""
        architecture = self.networks_architecture
        if isinstance(architecture, OnnxArchitecture):
            return bool(architecture.pose_bundle)
        return isinstance(architecture, ThermalArchitecture) and architecture.pose_channels > 0

    @property
    def focal_px(self) -> float | None:
        """Focal length, in pixels of the input, of the canonical camera; None if unknown.

        Depth of another camera must be multiplied by its focal length relative to this one.
        """
        own = self.intrinsics
        if self.canonical_focal_px is not None or own is None:
            return self.canonical_focal_px
        height, width = self.input_size
        return math.sqrt(own.fx * width / own.width * own.fy * height / own.height)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for YAML."""
        labels = {} if self.labels is None else {'labels': self.labels.to_list()}
        return {
            'schema': SCHEMA,
            'kind': self.kind,
            **({'description': self.description} if self.description else {}),
            **({'trained_on': self.trained_on} if self.trained_on else {}),
            'architecture': settings.as_plain(self.architecture),
            'input_size': list(self.input_size),
            'preprocessing': settings.as_plain(self.preprocessing),
            'intrinsics': None if self.intrinsics is None else settings.as_plain(self.intrinsics),
            **(
                {'canonical_focal_px': self.canonical_focal_px}
                if self.canonical_focal_px is not None
                else {}
            ),
            **labels,
            'scale': settings.as_plain(self.scale),
            **({'scale_fit': settings.as_plain(self.scale_fit)} if self.scale_fit else {}),
            **({'calibration': settings.as_plain(self.calibration)} if self.calibration else {}),
            'training': settings.as_plain(self.training),
            'licence': self.licence,
            'weights': settings.as_plain(self.weights),
        }

    @classmethod
    def from_dict(cls, values: Any, where: str | Path = SPEC_FILE) -> 'BundleSpec':
        """Build a spec from the content of a `bundle.yaml`.

        Raises:
            BundleError: With every bad field and its value.
        """
        if problems := spec_problems(values):
            raise BundleError(where, problems)
        values = dict(values)
        del values['schema']
        renamed = settings.former_names(
            (architecture_class(values['kind'], values['architecture']),)
        )
        values['architecture'] = with_new_names(renamed, values['architecture'])
        values['weights'] = settings.construct(_weights_class(values['weights']), values['weights'])
        values['scale'] = settings.construct(Scale, values['scale'])
        values['input_size'] = tuple(values['input_size'])
        if values.get('labels') is not None:
            values['labels'] = LabelSet.from_list(values['labels'])
        if values.get('intrinsics') is not None:
            values['intrinsics'] = settings.construct(Intrinsics, values['intrinsics'])
        if values.get('scale_fit') is not None:
            values['scale_fit'] = settings.construct(ScaleFit, values['scale_fit'])
        if values.get('calibration') is not None:
            values['calibration'] = settings.construct(Calibration, values['calibration'])
        return cls(**values)


def read_spec(folder: Path) -> BundleSpec:
    """Read and check the `bundle.yaml` of a folder.

    Raises:
        BundleError: Missing, too large, not YAML, or with bad fields.
    """
    path = Path(folder) / SPEC_FILE
    try:
        values = read_yaml(path)
    except YamlError as error:
        raise BundleError(path, [str(error)]) from error
    return BundleSpec.from_dict(values, path)


def spec_problems(values: Any) -> list[str]:
    """Return everything that is wrong with the content of a `bundle.yaml`."""
    problems = [problem.removeprefix('.') for problem in settings.problems(_Layout, values, '')]
    if not isinstance(values, Mapping):
        return [f'{rules.short(values)} is not a mapping of fields']
    kind = values.get('kind')
    sections = (
        ('scale', Scale),
        ('intrinsics', Intrinsics),
        ('scale_fit', ScaleFit),
        ('calibration', Calibration),
    )
    for name, section in sections:
        if isinstance(values.get(name), Mapping):
            problems += settings.problems(section, values[name], name)
    if isinstance(weights := values.get('weights'), Mapping):
        problems += settings.problems(_weights_class(weights), weights, 'weights')
    if kind in KINDS:
        problems += _kind_problems(kind, values)
    return problems


def _weights_class(values: Mapping[str, Any]) -> type:
    if values.get('file') == MODEL_FILE:
        return StoredModel
    return StoredWeights if 'file' in values else SeedWeights


def _kind_problems(kind: str, values: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with the fields whose meaning depends on the kind."""
    architecture = values.get('architecture')
    parsed = None
    problems: list[str] = []
    if isinstance(architecture, Mapping):
        problems += architecture_problems(kind, architecture)
        parsed = None if problems else make_architecture(kind, architecture)
    if isinstance(values.get('preprocessing'), Mapping):
        problems += _preprocessing_problems(kind, values['preprocessing'])
    if isinstance(parsed, OnnxArchitecture):
        problems += _model_problems(kind, parsed, values)
    elif not isinstance(parsed, RgbDptArchitecture):
        problems += _size_problems(kind, values.get('input_size'))
    labels = values.get('labels')
    if kind != 'rgb':
        return problems if labels is None else [*problems, f'labels: a {kind} bundle has none']
    classes = parsed.n_classes if isinstance(parsed, (RgbArchitecture, OnnxArchitecture)) else None
    if isinstance(parsed, DptArchitecture) or classes == 0:
        name = 'n_classes is 0' if classes == 0 else 'it is for depth alone'
        without = f'labels: there are some, but {name}'
        return problems if labels is None else [*problems, without]
    if wrong := label_problems(labels):
        return problems + wrong
    count = len(labels or ())
    if classes is not None and classes != count:
        problems.append(f'labels: {count} classes, but n_classes is {classes}')
    return problems


def _model_problems(
    kind: str, architecture: OnnxArchitecture, values: Mapping[str, Any]
) -> list[str]:
    """Return what is wrong with the description of an ONNX file."""
    problems = []
    weights, size = values.get('weights'), values.get('input_size')
    if not isinstance(weights, Mapping) or weights.get('file') != MODEL_FILE:
        problems.append(f'weights: architecture.model needs the file {MODEL_FILE}')
    if kind == 'thermal' and architecture.n_classes:
        problems.append('architecture.n_classes: a thermal bundle has no classes')
    if kind != 'thermal' and architecture.pose_bundle:
        problems.append('architecture.pose_bundle: only a thermal camera has odometry')
    if (architecture.model_output == 'logits') != (architecture.n_classes > 0):
        problems.append('architecture.n_classes: there are classes with logits, and only then')
    for name in ('mean', 'deviation'):
        if len(getattr(architecture, name)) not in (0, architecture.channels):
            problems.append(f'architecture.{name}: not one for each of the channels')
    if isinstance(size, list) and math.prod(s for s in size if type(s) is int) > _MAX_PIXELS:
        problems.append(f'input_size: {rules.short(size)} are more than {_MAX_PIXELS} pixels')
    return problems


def _size_problems(kind: str, size: Any) -> list[str]:
    sides = [side for side in size if type(side) is int] if isinstance(size, list) else []
    if math.prod(sides) > _MAX_PIXELS:
        return [f'input_size: {rules.short(size)} are more than {_MAX_PIXELS} pixels']
    if kind == 'rgb' and not all(map(size_fits, sides)):
        wanted = f'multiples of {SIZE_MULTIPLE} from {MIN_SIZE}'
    elif kind == 'translation' and not all(map(translation_size_fits, sides)):
        wanted = f'multiples of {TRANSLATION_MULTIPLE}'
    else:
        return []
    return [f'input_size: {rules.short(size)} are not {wanted}']


def _preprocessing_problems(kind: str, values: Mapping[str, Any]) -> list[str]:
    if kind in _FIXED_PREPROCESSING:
        wanted = _FIXED_PREPROCESSING[kind]
        if dict(values) == wanted:
            return []
        return [f'preprocessing: {rules.short(dict(values))} is not {wanted}']
    try:
        ThermalPreprocessing.from_dict(values)
    except (ValueError, TypeError) as error:
        return [f'preprocessing: {error}']
    return []
