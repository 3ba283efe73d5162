# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A Mask2Former in a local folder, in the format of transformers; nothing is downloaded."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from thermal_depth_ros.base.errors import ThermalDepthError
from thermal_depth_ros.bundles.weights_file import sha256_of
from thermal_depth_ros.networks.mask2former import mask2former_class

CONFIG, PREPROCESSOR = 'config.json', 'preprocessor_config.json'
WEIGHTS, WEIGHTS_INDEX = 'model.safetensors', 'model.safetensors.index.json'
# Normalisation of the published checkpoints.
IMAGE_MEAN = (0.485, 0.456, 0.406)
IMAGE_DEVIATION = (0.229, 0.224, 0.225)
_RECOMPUTED = '.relative_position_index'  # present in older files
_MAX_JSON_BYTES = 16 << 20


class TeacherError(ThermalDepthError, ValueError):
    """A teacher cannot be loaded; the message names the file and the problem."""


class Mask2FormerFolder:
    """Configuration of a Mask2Former, checked before its weights are read.

    Raises:
        TeacherError: Files are missing or do not describe a Mask2Former.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)
        if not self.folder.is_dir():
            raise TeacherError(f'{self.folder}: no such folder')
        config = _read_json(self.folder / CONFIG)
        if config.get('model_type') != 'mask2former':
            raise TeacherError(
                f'{self.folder / CONFIG}: model_type is {config.get("model_type")!r}, not '
                "'mask2former'"
            )
        self.class_names = _class_names(self.folder / CONFIG, config)
        self._weights = self._weight_files()
        self.image_mean, self.image_deviation = self._normalisation()

    def digest(self) -> str:
        """Return the first half of a SHA-256 over configuration and weights."""
        whole = hashlib.sha256()
        for name in (CONFIG, *self._weights):
            whole.update(sha256_of(self.folder / name).encode())
        return whole.hexdigest()[:32]

    def load(self) -> Any:
        """Read all weights from safetensors.

        Raises:
            TeacherError: A file is damaged, or weights are missing or have the wrong shape.
        """
        from safetensors import SafetensorError

        try:
            model, about = mask2former_class().from_pretrained(
                self.folder,
                local_files_only=True,
                use_safetensors=True,
                dtype='float32',
                output_loading_info=True,
            )
        except (OSError, RuntimeError, ValueError, TypeError, KeyError, SafetensorError) as error:
            reason = str(error).strip().splitlines() or [type(error).__name__]
            raise TeacherError(f'{self.folder}: cannot be loaded: {reason[0]}') from error
        wrong = [f'missing {key}' for key in sorted(about['missing_keys'])]
        unexpected = [k for k in about['unexpected_keys'] if not k.endswith(_RECOMPUTED)]
        wrong += [f'unexpected {key}' for key in sorted(unexpected)]
        if wrong:
            raise TeacherError(
                f'{self.folder}: the weights do not fit {CONFIG}, {len(wrong)} differences: '
                + ', '.join(wrong[:5])
            )
        return model

    def _weight_files(self) -> list[str]:
        names = [WEIGHTS]
        if not (self.folder / WEIGHTS).is_file() and (self.folder / WEIGHTS_INDEX).is_file():
            shards = _read_json(self.folder / WEIGHTS_INDEX).get('weight_map')
            if not isinstance(shards, Mapping) or not shards:
                raise TeacherError(f'{self.folder / WEIGHTS_INDEX}: lists no files')
            names = sorted({str(name) for name in shards.values()})
        missing = [name for name in names if not (self.folder / name).is_file()]
        if not missing:
            return names
        hint = ''
        if list(self.folder.glob('*.bin')):
            hint = '; pickled .bin weights are not read, convert them to safetensors first'
        raise TeacherError(f'{self.folder}: {", ".join(missing)} is missing{hint}')

    def _normalisation(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        path = self.folder / PREPROCESSOR
        if not path.is_file():
            return IMAGE_MEAN, IMAGE_DEVIATION
        values = _read_json(path)
        if values.get('do_normalize') is False:
            return (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)
        mean = _three_numbers(path, values, 'image_mean', IMAGE_MEAN)
        deviation = _three_numbers(path, values, 'image_std', IMAGE_DEVIATION)
        if min(deviation) <= 0:
            raise TeacherError(f'{path}: image_std {list(deviation)} is not positive')
        return mean, deviation


def _three_numbers(
    path: Path, values: Mapping[str, Any], key: str, default: tuple[float, ...]
) -> tuple[float, ...]:
    numbers = values.get(key, default)
    fits = isinstance(numbers, (list, tuple)) and len(numbers) == 3
    if not fits or not all(type(x) in (int, float) for x in numbers):
        raise TeacherError(f'{path}: {key} {numbers!r} is not three numbers')
    return tuple(float(x) for x in numbers)


def _class_names(path: Path, config: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names by class id."""
    names = config.get('id2label')
    if not isinstance(names, Mapping) or sorted(names) != sorted(str(i) for i in range(len(names))):
        raise TeacherError(f'{path}: id2label does not name the classes 0, 1, 2, ...')
    return tuple(str(names[str(index)]) for index in range(len(names)))


def _read_json(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _MAX_JSON_BYTES:
            raise TeacherError(f'{path}: larger than {_MAX_JSON_BYTES} bytes')
        values = json.loads(path.read_text('utf-8'))
    except OSError as error:
        raise TeacherError(f'{path}: {error.strerror or error}') from error
    except (ValueError, RecursionError) as error:
        raise TeacherError(f'{path}: not JSON: {error}') from error
    if not isinstance(values, dict):
        raise TeacherError(f'{path}: not a JSON object')
    return values
