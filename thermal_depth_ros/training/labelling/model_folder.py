# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A model in a local folder, in the format of transformers; nothing is downloaded or executed."""

import contextlib
import dataclasses
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from thermal_depth_ros.base.errors import ThermalDepthError
from thermal_depth_ros.base.wire_text import listed
from thermal_depth_ros.bundles.weights_file import sha256_of
from thermal_depth_ros.networks.mask_classifiers import MASK_CLASSIFIERS, mask_classifier_class

CONFIG = 'config.json'
PREPROCESSOR, PROCESSOR = 'preprocessor_config.json', 'processor_config.json'
WEIGHTS, WEIGHTS_INDEX = 'model.safetensors', 'model.safetensors.index.json'
TOKENIZER_CONFIG = 'tokenizer_config.json'
_SETTINGS = (CONFIG, PREPROCESSOR, PROCESSOR, TOKENIZER_CONFIG)  # may name code to execute
# Published checkpoints lack a layer that DPT never uses, and have tensors of training or of
# earlier versions of transformers.
_UNUSED_MISSING = re.compile(r'(^|\.)fusion_stage\.layers\.0\.residual_layer1\.')
_UNUSED_EXTRA = re.compile(
    r'relative_position_index|position_ids|num_batches_tracked|mask_token'
    r'|(^|\.)(criterion|pooler|auxiliary_head)\.'
)
_MAX_JSON_BYTES = 16 << 20
_MESSAGE_CHARACTERS = 300
_MAX_SIDE = 4096  # pixels of the images that a model is given
_OWN_FAMILIES = ('detr', 'eomt', 'eomt_dinov3', 'videomt')  # outputs of other meaning


class TeacherError(ThermalDepthError, ValueError):
    """A teacher cannot be loaded; the message names the file and the problem."""


@dataclasses.dataclass(frozen=True)
class ModelKind:
    """What a model is used for, and the mappings of transformers that list its classes.

    Attributes:
        purpose: Name of the kind, for messages.
        mappings: Attributes of transformers' modeling_auto, and the auto class for each.
    """

    purpose: str
    mappings: Mapping[str, str]


SEMANTIC = ModelKind(
    'semantic segmentation',
    {
        'MODEL_FOR_SEMANTIC_SEGMENTATION_MAPPING_NAMES': 'AutoModelForSemanticSegmentation',
        'MODEL_FOR_UNIVERSAL_SEGMENTATION_MAPPING_NAMES': 'AutoModelForUniversalSegmentation',
    },
)
DEPTH = ModelKind(
    'depth estimation',
    {'MODEL_FOR_DEPTH_ESTIMATION_MAPPING_NAMES': 'AutoModelForDepthEstimation'},
)


class ModelFolder:
    """A model of one kind, checked before its weights are read.

    Attributes:
        config: Content of config.json.
        model_type: Its model_type, such as 'segformer'.

    Raises:
        TeacherError: Files are missing, ask for code of their own, or hold another kind of model.
    """

    def __init__(self, folder: Path, kind: ModelKind) -> None:
        self.folder = Path(folder)
        if not self.folder.is_dir():
            raise TeacherError(f'{self.folder}: no such folder')
        self.config = _read_json(self.folder / CONFIG)
        self._refuse_code()
        self.model_type = str(self.config.get('model_type'))
        self._auto_class = self._find_auto_class(kind)
        self._weights = self._weight_files()
        self._check_processor()

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names by class id.

        Raises:
            TeacherError: The configuration does not name its classes.
        """
        names = self.config.get('id2label')
        ids = [str(i) for i in range(len(names))] if isinstance(names, Mapping) else []
        if not isinstance(names, Mapping) or not ids or sorted(names) != sorted(ids):
            raise TeacherError(
                f'{self.folder / CONFIG}: id2label does not name the classes 0, 1, 2, ...'
            )
        return tuple(str(names[index]) for index in ids)

    def digest(self) -> str:
        """Return the first half of a SHA-256 over settings and weights."""
        whole = hashlib.sha256()
        for name in (*_SETTINGS[:3], *self._weights):
            if (self.folder / name).is_file():
                whole.update(sha256_of(self.folder / name).encode())
        return whole.hexdigest()[:32]

    def load(self) -> Any:
        """Read all weights from safetensors, as a model in evaluation mode.

        Raises:
            TeacherError: A file is damaged, or weights are missing or have the wrong shape.
        """
        with self._loading():
            import transformers

            model_class: Any = getattr(transformers, self._auto_class)
            if self.model_type in MASK_CLASSIFIERS:
                model_class = mask_classifier_class(self.model_type)
            model, about = model_class.from_pretrained(
                self.folder,
                local_files_only=True,
                trust_remote_code=False,
                use_safetensors=True,
                dtype='float32',
                output_loading_info=True,
            )
        wrong = [
            f'missing {key}'
            for key in sorted(about['missing_keys'])
            if not _UNUSED_MISSING.search(key)
        ]
        wrong += [
            f'unexpected {key}'
            for key in sorted(about['unexpected_keys'])
            if not _UNUSED_EXTRA.search(key)
        ]
        if wrong:
            raise TeacherError(
                f'{self.folder}: the weights do not fit {CONFIG}, {len(wrong)} differences: '
                + ', '.join(wrong[:5])
            )
        return model.eval()

    def load_processor(self) -> Any:
        """Return the image processor of the folder.

        Raises:
            TeacherError: It cannot be made, or asks for images that are too large.
        """
        options: dict[str, Any] = {}
        if self.model_type == 'oneformer':
            options = {'class_info_file': None}  # a file for training, to be downloaded
        with self._loading():
            from transformers import AutoImageProcessor

            return AutoImageProcessor.from_pretrained(
                self.folder, local_files_only=True, trust_remote_code=False, **options
            )

    def load_tokenizer(self) -> Any:
        """Return the tokenizer of the folder, which OneFormer needs for its task.

        Raises:
            TeacherError: There is none.
        """
        if not any((self.folder / n).is_file() for n in ('vocab.json', 'tokenizer.json')):
            raise TeacherError(
                f'{self.folder}: vocab.json and merges.txt are missing: {self.model_type} reads '
                'its task as text'
            )
        with self._loading():
            from transformers import AutoTokenizer

            return AutoTokenizer.from_pretrained(
                self.folder, local_files_only=True, trust_remote_code=False
            )

    @contextlib.contextmanager
    def _loading(self) -> Iterator[None]:
        """Keep libraries off the network, and turn what they raise into one line."""
        from transformers.utils import hub, logging

        before = hub.constants.HF_HUB_OFFLINE, logging.get_verbosity()
        hub.constants.HF_HUB_OFFLINE = True
        logging.set_verbosity_error()
        logging.disable_progress_bar()
        try:
            yield
        except TeacherError:
            raise
        except Exception as error:  # several libraries check a folder, with errors of their own
            raise TeacherError(f'{self.folder}: cannot be loaded: {in_one_line(error)}') from error
        finally:
            hub.constants.HF_HUB_OFFLINE = before[0]
            logging.set_verbosity(before[1])

    def _refuse_code(self) -> None:
        for name in _SETTINGS:
            path = self.folder / name
            if path.is_file() and _names_code(_read_json(path)):
                raise TeacherError(
                    f'{path}: auto_map asks for code that came with the model; such code is '
                    'never executed'
                )

    def _find_auto_class(self, kind: ModelKind) -> str:
        """Return the auto class that opens the model."""
        from transformers.models.auto import modeling_auto

        known: list[str] = []
        for mapping, auto_class in kind.mappings.items():
            names: Mapping[str, str] = getattr(modeling_auto, mapping)
            known += [name for name in names if name not in _OWN_FAMILIES]
            if self.model_type not in names or self.model_type in _OWN_FAMILIES:
                continue
            made = self.config.get('architectures') or [names[self.model_type]]
            if names[self.model_type] not in made:
                raise TeacherError(
                    f'{self.folder / CONFIG}: this is a {listed([str(m) for m in made])}, not a '
                    f'{names[self.model_type]}: no model of {kind.purpose}'
                )
            return auto_class
        raise TeacherError(
            f'{self.folder / CONFIG}: model_type is {self.config.get("model_type")!r}, not a model '
            f'of {kind.purpose}: {", ".join(sorted(known))}'
        )

    def _weight_files(self) -> list[str]:
        names = [WEIGHTS]
        if not (self.folder / WEIGHTS).is_file() and (self.folder / WEIGHTS_INDEX).is_file():
            shards = _read_json(self.folder / WEIGHTS_INDEX).get('weight_map')
            if not isinstance(shards, Mapping) or not shards:
                raise TeacherError(f'{self.folder / WEIGHTS_INDEX}: lists no files')
            names = sorted({str(name) for name in shards.values()})
        outside = [name for name in names if Path(name).name != name]
        if outside:
            raise TeacherError(f'{self.folder / WEIGHTS_INDEX}: {outside[0]!r} is no file name')
        missing = [name for name in names if not (self.folder / name).is_file()]
        if not missing:
            return names
        hint = ''
        if list(self.folder.glob('*.bin')):
            hint = '; pickled .bin weights are not read, convert them to safetensors first'
        raise TeacherError(f'{self.folder}: {", ".join(missing)} is missing{hint}')

    def _check_processor(self) -> None:
        """Check what is known of the image processor before anything is allocated."""
        found = [self.folder / n for n in (PROCESSOR, PREPROCESSOR) if (self.folder / n).is_file()]
        if not found:
            raise TeacherError(
                f'{self.folder}: {PREPROCESSOR} is missing; it tells size and normalisation of the '
                'images, and is published with the model'
            )
        for path in found:
            values = _read_json(path)
            values = values.get('image_processor', values)
            for key in ('size', 'crop_size', 'pad_size'):
                _check_size(path, key, values.get(key))
            for key in ('image_mean', 'image_std'):
                _check_numbers(path, key, values.get(key))


def in_one_line(error: Exception) -> str:
    """Return what an exception of a library says, in one line."""
    return ' '.join(str(error).split())[:_MESSAGE_CHARACTERS] or type(error).__name__


def _names_code(values: Any) -> bool:
    """Whether a configuration, or one inside it, has an auto_map."""
    if isinstance(values, Mapping):
        return bool(values.get('auto_map')) or any(_names_code(v) for v in values.values())
    return isinstance(values, list) and any(_names_code(value) for value in values)


def _check_size(path: Path, key: str, size: Any) -> None:
    sides = size.values() if isinstance(size, Mapping) else [size]
    for side in sides:
        if side is not None and (type(side) is not int or not 0 < side <= _MAX_SIDE):
            raise TeacherError(f'{path}: {key} {size!r} is not in 1..{_MAX_SIDE} pixels')


def _check_numbers(path: Path, key: str, numbers: Any) -> None:
    if numbers is None:
        return
    fits = isinstance(numbers, list) and len(numbers) == 3
    if not fits or not all(type(x) in (int, float) for x in numbers):
        raise TeacherError(f'{path}: {key} {numbers!r} is not three numbers')
    if key == 'image_std' and not min(numbers) > 0:
        raise TeacherError(f'{path}: {key} {numbers} is not positive')


def _read_json(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _MAX_JSON_BYTES:
            raise TeacherError(f'{path}: larger than {_MAX_JSON_BYTES} bytes')
        values = json.loads(path.read_text('utf-8'))
    except OSError as error:
        raise TeacherError(f'{path}: {error.strerror or error}') from error
    except (ValueError, RecursionError) as error:
        if isinstance(error, TeacherError):
            raise
        raise TeacherError(f'{path}: not JSON: {error}') from error
    if not isinstance(values, dict):
        raise TeacherError(f'{path}: not a JSON object')
    return values
