# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Teachers: networks whose semantic classes or daytime depth serve as labels."""

import abc
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F

from thermal_depth_ros.bundles.label_mapping import (
    LabelMapping,
    match_labels,
    read_label_mapping,
)
from thermal_depth_ros.bundles.labels import CITYSCAPES_19
from thermal_depth_ros.bundles.spec import SPEC_FILE
from thermal_depth_ros.bundles.store import Bundle, load_bundle
from thermal_depth_ros.frames.labels import LabelSet
from thermal_depth_ros.networks.architecture import RgbArchitecture
from thermal_depth_ros.networks.disparity import sigmoid_to_disparity
from thermal_depth_ros.networks.mask2former import query_class_scores
from thermal_depth_ros.training.labelling.mask2former_folder import Mask2FormerFolder, TeacherError

_MULTIPLE = 32  # of the input sides of Mask2Former, whose coarsest features are at 1/32


class SemanticTeacher(abc.ABC):
    """Predicts class scores, mapped to our classes."""

    normalised: bool  # whether the scores of a pixel sum to one

    def __init__(self, mapping: LabelMapping, name: str, digest: str, device: torch.device) -> None:
        self.mapping, self.name, self.device = mapping, name, device
        classes = ','.join('-' if target is None else str(target) for target in mapping.targets)
        self.identity = f'{name} {digest} {classes}'  # unique identifier

    @torch.inference_mode()
    def scores(self, image: torch.Tensor) -> torch.Tensor:
        """Return scores (B, C, H, W) in [0, 1] of images (B, 3, H, W) in [0, 1].

        The scores of teacher classes that map to the same class are added.
        """
        return map_scores(self._own_scores(image.to(self.device)), self.mapping)

    @abc.abstractmethod
    def _own_scores(self, image: torch.Tensor) -> torch.Tensor:
        """Return scores (B, C_teacher, H, W)."""


class Mask2FormerTeacher(SemanticTeacher):
    """A Mask2Former read from a local folder."""

    normalised = False

    def __init__(
        self, source: Mask2FormerFolder, mapping: LabelMapping, device: torch.device
    ) -> None:
        super().__init__(mapping, source.folder.name, source.digest(), device)
        self._model: Any = source.load().to(device).eval()
        self._mean, self._deviation = (
            torch.tensor(values, device=device).reshape(1, 3, 1, 1)
            for values in (source.image_mean, source.image_deviation)
        )

    def _own_scores(self, image: torch.Tensor) -> torch.Tensor:
        size = image.shape[-2], image.shape[-1]
        fed = (image - self._mean) / self._deviation
        fitting = [max(1, round(side / _MULTIPLE)) * _MULTIPLE for side in size]
        if fitting != list(size):
            fed = F.interpolate(fed, fitting, mode='bilinear', align_corners=False)
        out = self._model(pixel_values=fed)
        return query_class_scores(out.class_queries_logits, out.masks_queries_logits, size)


class BundleTeacher(SemanticTeacher):
    """The semantic decoder of an RGB bundle."""

    def __init__(self, bundle: Bundle, mapping: LabelMapping, device: torch.device) -> None:
        super().__init__(mapping, bundle.path.name, bundle.spec.weights_digest, device)
        self.normalised = None not in mapping.targets
        self._network: Any = bundle.networks['depthseg'].to(device).eval()
        self._size = bundle.spec.input_size

    def _own_scores(self, image: torch.Tensor) -> torch.Tensor:
        fed = F.interpolate(image, self._size, mode='bilinear', align_corners=False)
        logits = self._network(fed).logits[0]
        size = image.shape[-2:]
        return F.interpolate(logits, size, mode='bilinear', align_corners=False).softmax(1)


def load_semantic_teacher(
    source: str | Path,
    device: torch.device,
    labels: LabelSet = CITYSCAPES_19,
    mapping_file: Path | None = None,
) -> SemanticTeacher:
    """Load a teacher: a folder with a Mask2Former of transformers, or a bundle with semantics.

    Args:
        source: Path of the folder, or name or path of the bundle.
        device: Device of the network.
        labels: Our classes.
        mapping_file: YAML file of `teacher class: our class`; without it the names must match.

    Raises:
        TeacherError: The folder holds no Mask2Former, or the bundle has no semantics.
        BundleError: No such bundle, or a damaged one.
        LabelMappingError: The classes do not match.
    """
    mapping = None if mapping_file is None else read_label_mapping(mapping_file)
    if Path(source).is_dir() and not (Path(source) / SPEC_FILE).is_file():
        folder = Mask2FormerFolder(Path(source))
        return Mask2FormerTeacher(folder, match_labels(folder.class_names, labels, mapping), device)
    bundle = load_bundle(source, kind='rgb')
    if bundle.spec.labels is None:
        raise TeacherError(f'{bundle.path}: this bundle has depth alone, no semantic classes')
    return BundleTeacher(bundle, match_labels(bundle.spec.labels.names, labels, mapping), device)


def map_scores(scores: torch.Tensor, mapping: LabelMapping) -> torch.Tensor:
    """Add the scores (B, C_teacher, H, W) of a teacher's classes up for each of ours, at most 1.

    Raises:
        ValueError: Another number of classes than the mapping has.
    """
    if scores.shape[1] != len(mapping.targets):
        raise ValueError(
            f'scores of {scores.shape[1]} classes, but the mapping is for {len(mapping.targets)}'
        )
    used = [(theirs, ours) for theirs, ours in enumerate(mapping.targets) if ours is not None]
    theirs, ours = (torch.tensor(ids, device=scores.device) for ids in zip(*used, strict=True))
    batch, _, height, width = scores.shape
    summed = scores.new_zeros(batch, len(mapping.labels), height, width)
    return summed.index_add(1, ours, scores.index_select(1, theirs)).clamp(max=1.0)


class DepthTeacher:
    """Predicts depth with an RGB bundle.

    Args:
        bundle: Name or path of the bundle.
        device: Device of the network.

    Raises:
        BundleError: No such bundle, a damaged one, or one for another camera.
    """

    def __init__(self, bundle: str | Path, device: torch.device) -> None:
        loaded = load_bundle(bundle, device, 'rgb')
        architecture = loaded.spec.networks_architecture
        assert isinstance(architecture, RgbArchitecture)
        self.name, self.device = loaded.path.name, device
        self.identity = f'{self.name} {loaded.spec.weights_digest}'  # unique identifier
        self.depth_range = architecture.min_depth, architecture.max_depth  # network units
        self._network: Any = loaded.networks['depthseg']
        self._size = loaded.spec.input_size

    @torch.inference_mode()
    def disparity(self, image: torch.Tensor) -> torch.Tensor:
        """Return 1 / depth (B, 1, H, W), in 1 / network units, of images (B, 3, H, W) in [0, 1]."""
        fed = F.interpolate(image.to(self.device), self._size, mode='bilinear', align_corners=False)
        network = self._network
        sigmoid = torch.sigmoid(network.depth_decoder(network.encoder(fed + network.light(fed)))[0])
        disparity = sigmoid_to_disparity(sigmoid, *self.depth_range)
        return F.interpolate(disparity, image.shape[-2:], mode='bilinear', align_corners=False)
