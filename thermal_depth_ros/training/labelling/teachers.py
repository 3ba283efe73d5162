# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Teachers of classes: networks whose class scores serve as labels."""

import abc
from collections.abc import Sequence
from pathlib import Path

import torch
import torch.nn.functional as F

from thermal_depth_ros.base.contract import RGB
from thermal_depth_ros.bundles.find import find_bundle
from thermal_depth_ros.bundles.label_mapping import (
    LabelMapping,
    match_labels,
    read_label_mapping,
)
from thermal_depth_ros.bundles.labels import CITYSCAPES_19
from thermal_depth_ros.bundles.spec import SPEC_FILE
from thermal_depth_ros.frames.labels import LabelSet
from thermal_depth_ros.inference.engine import Engine
from thermal_depth_ros.inference.engines.candidates import AUTO
from thermal_depth_ros.inference.engines.report import EngineReport
from thermal_depth_ros.inference.engines.runner import Tensors
from thermal_depth_ros.inference.engines.stages import ENCODER, LOGITS, SEMANTICS
from thermal_depth_ros.networks.mask_classifiers import MASK_CLASSIFIERS, query_class_scores
from thermal_depth_ros.training.labelling.model_engine import ModelEngine, NamedOutputs
from thermal_depth_ros.training.labelling.model_folder import SEMANTIC, ModelFolder, TeacherError
from thermal_depth_ros.training.labelling.model_input import ImageInput
from thermal_depth_ros.training.teacher_engine import bundle_spec, open_engine

_TASK = 'the task is semantic'  # which of its tasks OneFormer is given
_TASK_TOKENS = 77
_OF_MASKS = ('class_queries_logits', 'masks_queries_logits')


class SemanticTeacher(abc.ABC):
    """Predicts class scores, mapped to our classes."""

    normalised: bool  # whether the scores of a pixel sum to one

    def __init__(
        self,
        mapping: LabelMapping,
        classes: Sequence[str],
        name: str,
        digest: str,
        device: torch.device,
    ) -> None:
        self.mapping, self.name, self.device = mapping, name, device
        self.classes = tuple(classes)  # its own
        targets = ','.join('-' if target is None else str(target) for target in mapping.targets)
        self.identity = f'{name} {digest} {targets}'  # unique identifier

    @property
    @abc.abstractmethod
    def report(self) -> EngineReport:
        """What runs the network."""

    @torch.inference_mode()
    def scores(self, image: torch.Tensor) -> torch.Tensor:
        """Return scores (B, C, H, W) in [0, 1] of images (B, 3, H, W) in [0, 1].

        The scores of teacher classes that map to the same class are added.
        """
        return map_scores(self._own_scores(image.to(self.device)), self.mapping)

    @abc.abstractmethod
    def _own_scores(self, image: torch.Tensor) -> torch.Tensor:
        """Return scores (B, C_teacher, H, W)."""


class FolderTeacher(SemanticTeacher):
    """A model of transformers in a local folder: one class per pixel, or a mask classifier.

    Images have the size and the normalisation that the image processor of the folder gives them.

    Raises:
        TeacherError: The folder cannot be used.
    """

    def __init__(
        self,
        folder: ModelFolder,
        mapping: LabelMapping,
        device: torch.device,
        engine: str = AUTO,
    ) -> None:
        names, digest = folder.class_names, folder.digest()
        super().__init__(mapping, names, folder.folder.name, digest, device)
        self._masks = folder.model_type in MASK_CLASSIFIERS
        self.normalised = not self._masks and None not in mapping.targets
        self._input = ImageInput(folder, device)
        task = _task_tokens(folder) if folder.model_type == 'oneformer' else None
        outputs = _OF_MASKS if self._masks else ('logits',)
        self._model = ModelEngine(
            digest,
            SEMANTICS,
            NamedOutputs(folder.load(), outputs, task),
            device,
            engine,
            _compared_masks if self._masks else _compared_logits,
        )

    @property
    def report(self) -> EngineReport:
        """What ran the latest new size of images."""
        return self._model.report

    def _own_scores(self, image: torch.Tensor) -> torch.Tensor:
        size = image.shape[-2], image.shape[-1]
        fed = self._input.of(image)
        if self._masks:
            classes, masks = self._model(fed.pixels)
            return query_class_scores(classes, fed.without_padding(masks), size)
        logits = fed.without_padding(self._model(fed.pixels)[0].float())
        return F.interpolate(logits, size, mode='bilinear', align_corners=False).softmax(1)


def _compared_masks(outputs: Tensors) -> dict[str, torch.Tensor]:
    classes, masks = outputs
    size = masks.shape[-2], masks.shape[-1]
    return {LOGITS: query_class_scores(classes, masks, size)}


def _compared_logits(outputs: Tensors) -> dict[str, torch.Tensor]:
    return {LOGITS: outputs[0]}


def _task_tokens(folder: ModelFolder) -> torch.Tensor:
    """Return the task of OneFormer as token ids (1, 77), with zeros as padding."""
    tokens = folder.load_tokenizer()(
        [_TASK],
        padding='max_length',
        max_length=_TASK_TOKENS,
        truncation=True,
        return_tensors='pt',
    )
    task: torch.Tensor = tokens['input_ids'] * tokens['attention_mask']
    return task


class BundleTeacher(SemanticTeacher):
    """The semantic decoder of an RGB bundle.

    Args:
        name: Name of the bundle.
        engine: Its stages 'encoder' and 'semantics'.
        mapping: From its classes to ours.
    """

    def __init__(self, name: str, engine: Engine, mapping: LabelMapping) -> None:
        spec = engine.spec
        assert spec.labels is not None, 'checked before'
        super().__init__(mapping, spec.labels.names, name, spec.weights_digest, engine.device)
        self.normalised = None not in mapping.targets
        self._engine = engine

    @property
    def report(self) -> EngineReport:
        """What runs the network."""
        return self._engine.report

    def _own_scores(self, image: torch.Tensor) -> torch.Tensor:
        engine = self._engine
        fed = F.interpolate(image, engine.input_size, mode='bilinear', align_corners=False)
        (logits,) = engine.run(SEMANTICS, *engine.run(ENCODER, fed))
        size = image.shape[-2:]
        return F.interpolate(logits, size, mode='bilinear', align_corners=False).softmax(1)


def load_semantic_teacher(
    source: str | Path,
    device: torch.device,
    labels: LabelSet = CITYSCAPES_19,
    mapping_file: Path | None = None,
    engine: str = AUTO,
) -> SemanticTeacher:
    """Load a teacher: a folder with a model of transformers, or a bundle with semantics.

    Args:
        source: Path of the folder, or name or path of the bundle.
        device: Device of the network.
        labels: Our classes.
        mapping_file: YAML file of `teacher class: our class`; without it, classes of equal names
            match.
        engine: What runs the network.

    Raises:
        TeacherError: The folder holds no such model, or the bundle has no semantics.
        BundleError: No such bundle, or a damaged one.
        SettingsError: The engine cannot run here.
        LabelMappingError: No class matches, or the mapping file is wrong.
    """
    mapping = None if mapping_file is None else read_label_mapping(mapping_file)
    if Path(source).is_dir() and not (Path(source) / SPEC_FILE).is_file():
        folder = ModelFolder(Path(source), SEMANTIC)
        matched = match_labels(folder.class_names, labels, mapping)
        return FolderTeacher(folder, matched, device, engine)
    path = find_bundle(source)
    spec = bundle_spec(RGB, path)
    if spec.labels is None:
        raise TeacherError(f'{path}: this bundle has depth alone, no semantic classes')
    matched = match_labels(spec.labels.names, labels, mapping)  # before the long part
    opened = open_engine(RGB, path, device, engine, (ENCODER, SEMANTICS))
    return BundleTeacher(path.name, opened, matched)


def map_scores(scores: torch.Tensor, mapping: LabelMapping) -> torch.Tensor:
    """Add the scores (B, C_teacher, H, W) of a teacher's classes up for each of ours, at most 1.

    Raises:
        TeacherError: Another number of classes than the mapping has.
    """
    if scores.shape[1] != len(mapping.targets):
        raise TeacherError(
            f'scores of {scores.shape[1]} classes, but the mapping is for {len(mapping.targets)}'
        )
    used = [(theirs, ours) for theirs, ours in enumerate(mapping.targets) if ours is not None]
    theirs, ours = (torch.tensor(ids, device=scores.device) for ids in zip(*used, strict=True))
    batch, _, height, width = scores.shape
    summed = scores.new_zeros(batch, len(mapping.labels), height, width)
    return summed.index_add(1, ours, scores.index_select(1, theirs)).clamp(max=1.0)
