# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Batches of thermal triplets: augmented, mapped to network input and to loss images."""

import dataclasses
from collections.abc import Sequence

import cv2
import numpy as np
import torch

from thermal_depth_ros.geometry.focal import mean_focal_px
from thermal_depth_ros.samples.sample_set import Pair, SampleSet, Triplet
from thermal_depth_ros.thermal.normalisation import ThermalPreprocessing, for_pictures
from thermal_depth_ros.thermal.temporal_mapping import (
    TemporalMapping,
    group_window,
    standardise,
    temporal_mapping,
)
from thermal_depth_ros.training.engine.batch import TensorBatch, stacked
from thermal_depth_ros.training.engine.task import SampleKey
from thermal_depth_ros.training.thermal.config import INPUT, WINDOW
from thermal_depth_ros.training.thermal.turned_views import turned_views
from thermal_depth_ros.training.video import augmentation
from thermal_depth_ros.training.video.batch import TripletBatch, geometry, target_depth
from thermal_depth_ros.training.video.effects.config import ThermalEffectsConfig
from thermal_depth_ros.training.video.effects.thermal import ThermalCamera

_EFFECTS = 1  # random stream of the effects


@dataclasses.dataclass(frozen=True)
class PairBatch(TensorBatch):
    """Pairs of images with known motion, for the pose network: measured, or made by turning one.

    Mirrored like their triplet, but neither enlarged nor cropped: nothing tells the pose network
    of it, and metres and directions belong to the camera as it is.

    Attributes:
        image: (B, 2, 1, H, W) network input in [0, 1].
        T: (B, 4, 4) motion, maps points of the first camera into the second; in metres if measured.
        focal_ratio: (B,) as in `TripletBatch`.
    """

    image: torch.Tensor
    T: torch.Tensor
    focal_ratio: torch.Tensor


@dataclasses.dataclass(frozen=True)
class ThermalBatch(TripletBatch):
    """B triplets, target first.

    Attributes:
        image: (B, 3, 1, H, W) network input in [0, 1]; (B, 1, 1, H, W), the target alone, if no
            loss compares it with its neighbours, as all below.
        travelled_m: (B, 2), 0 where not known.
        counts: (B, 3, 1, H, W) raw counts; None once the loss images are made.
        plain_input: (B, 3, 1, H, W) input without effects, only if losses compare it and there are
            effects; None once the loss images are made.
        loss_image: (B, 3, 1, H, W), standardised; None until `BatchMaker.complete`.
        pairs: Pairs for the pose network; None if it learns from comparing views alone.
        depth_m: (B, 1, H, W) true depth of the target, 0 where unknown; None if there is no loss on
            it.
        entries: (B, 3) int64 number of each image of the sample set as it is or mirrored, for
            `KeptFeatures`; None where none are kept.
    """

    image: torch.Tensor
    travelled_m: torch.Tensor
    counts: torch.Tensor | None = None
    plain_input: torch.Tensor | None = None
    loss_image: torch.Tensor | None = None
    pairs: PairBatch | None = None
    depth_m: torch.Tensor | None = None
    entries: torch.Tensor | None = None

    @property
    def compared(self) -> torch.Tensor:
        """The loss images (B, 3, 1, H, W) of a complete batch."""
        assert self.loss_image is not None, 'the batch is not complete'
        return self.loss_image


@dataclasses.dataclass(frozen=True)
class LossImages:
    """Conversion of raw counts to standardised loss images (Shin et al. 2022)."""

    kind: str  # one of LOSS_IMAGES
    temporal: TemporalMapping

    def __call__(self, counts: torch.Tensor, image: torch.Tensor) -> torch.Tensor:
        """Return images (B, 3, 1, H, W) for raw counts and for network input of that shape."""
        if self.kind == INPUT:
            return standardise(image)
        if self.kind == WINDOW:
            return standardise(group_window(counts))
        return standardise(temporal_mapping(counts, self.temporal))


@dataclasses.dataclass(frozen=True)
class BatchMaker:
    """Makes batches of a sample set in the data loader workers."""

    samples: SampleSet
    canonical_px: float
    mapping: ThermalPreprocessing
    loss_images: LossImages
    max_zoom: float
    flip_probability: float
    max_aspect: float = 0.0
    effects: ThermalEffectsConfig | None = None  # None: the networks see the plain images
    pairs: bool = False  # also make pairs with measured motion, for the pose network
    pose_interval: int = 0  # largest distance of a pair in images; 0: target and neighbour
    turned_views_deg: float = 0.0  # largest angle of pairs that are made of the target; 0: none
    pose_forward: bool = False  # whether the images of a pair are in order of time, not in either
    # A GPU makes the loss images faster; `complete` does it once the batch is there.
    on_device: bool = False
    neighbours: bool = True  # whether losses compare the target with its neighbours
    depth: bool = False  # whether to give the true depth of the target
    far_depth_m: float = 0.0  # where it is too far to measure; 0: unknown
    entries: bool = False  # whether images are numbered, which needs max_zoom 1

    def __call__(self, keys: Sequence[SampleKey]) -> ThermalBatch:
        """Return a batch, complete unless `on_device`."""
        batch = stacked([self._row(key) for key in keys])
        return batch if self.on_device else self.complete(batch)

    def complete(self, batch: ThermalBatch) -> ThermalBatch:
        """Return the batch with loss images instead of counts, computed on its device."""
        if batch.counts is None:
            return batch
        plain = batch.image if batch.plain_input is None else batch.plain_input
        loss_image = self.loss_images(batch.counts, plain)
        return dataclasses.replace(batch, counts=None, plain_input=None, loss_image=loss_image)

    def _row(self, key: SampleKey) -> ThermalBatch:
        index, rng = key.index, key.generator()
        triplet = self.samples.triplet(index)
        used = triplet.images if self.neighbours else triplet.images[:1]
        counts = np.stack([as_grey(image) for image in used])
        height, width = counts.shape[1:]
        view = augmentation.draw_view(
            rng, height, width, self.max_zoom, self.flip_probability, self.max_aspect
        )
        seen = augmentation.apply_to_images(view, counts)
        camera, picture = self._camera(key, height, width), counts.dtype == np.uint8
        own = geometry(view, triplet, self.canonical_px)
        travelled = np.zeros(2) if triplet.travelled_m is None else triplet.travelled_m
        image = self._network_input(seen, picture, camera)
        pairs = self._pair_row(index, triplet, view, rng, camera) if self.pairs else None
        if self.turned_views_deg > 0:
            pairs = self._turned_row(image[0], own, rng)
        return ThermalBatch(
            image=torch.from_numpy(image)[:, None],
            K=own.K,
            T=own.T,
            zoom=own.zoom,
            focal_ratio=own.focal_ratio,
            travelled_m=torch.from_numpy(travelled).float(),
            counts=torch.from_numpy(seen)[:, None] if self.neighbours else None,
            plain_input=self._plain_input(seen, picture, camera),
            pairs=pairs,
            depth_m=self._depth(index, view, (height, width)),
            entries=self._entries(index, view) if self.entries else None,
        )

    def _entries(self, index: int, view: augmentation.View) -> torch.Tensor:
        frames = self.samples.triplet_frames(index)[: 3 if self.neighbours else 1]
        return torch.tensor([2 * frame + view.mirrored for frame in frames])

    def _depth(
        self, index: int, view: augmentation.View, size: tuple[int, int]
    ) -> torch.Tensor | None:
        if not self.depth:
            return None
        return target_depth(self.samples, index, view, size, self.far_depth_m)

    def _camera(self, key: SampleKey, height: int, width: int) -> ThermalCamera | None:
        if self.effects is None:
            return None
        rng = key.generator(_EFFECTS)
        return ThermalCamera.draw(self.effects, self.mapping, (height, width), rng)

    def _network_input(
        self, seen: np.ndarray, picture: bool, camera: ThermalCamera | None
    ) -> np.ndarray:
        """Return what networks see of images (N, H, W), in [0, 1]."""
        if camera is None:
            return map_counts(self.mapping, seen, picture)
        taken, picture = camera(seen, picture)
        return map_counts(camera.mapping(self.mapping), taken, picture)

    def _plain_input(
        self, seen: np.ndarray, picture: bool, camera: ThermalCamera | None
    ) -> torch.Tensor | None:
        """Return the input without effects, if losses compare it."""
        if camera is None or not self.neighbours or self.loss_images.kind != INPUT:
            return None
        return torch.from_numpy(map_counts(self.mapping, seen, picture))[:, None]

    def _turned_row(
        self, image: np.ndarray, own: TripletBatch, rng: np.random.Generator
    ) -> PairBatch:
        """Return two views of the target, turned at random."""
        K = own.K.double().numpy()
        views, T = turned_views(image, K, self.turned_views_deg, rng)
        return PairBatch(
            torch.from_numpy(views)[:, None],
            torch.from_numpy(T).float(),
            own.focal_ratio * own.zoom,  # here, rotations in pixels are those of the enlarged image
        )

    def _pair_row(
        self,
        index: int,
        triplet: Triplet,
        view: augmentation.View,
        rng: np.random.Generator,
        camera: ThermalCamera | None,
    ) -> PairBatch:
        """Return a pair some images apart, or one of the triplet if there is none."""
        backward, least = rng.random() < 0.5, min(self.pose_interval, 1)
        behind = backward and not self.pose_forward
        distance = int(rng.integers(least, self.pose_interval + 1))
        pair = self.samples.pair(index, -distance if behind else distance) if distance else None
        if pair is None:
            assert triplet.T_target_source is not None, 'odometry was asked for'
            source = 1 if behind else 2
            pair = Pair(triplet.images[[0, source]], triplet.T_target_source[source - 1])
        counts = np.stack([as_grey(image) for image in pair.images])
        height, width = counts.shape[1:]
        whole = augmentation.without_enlargement(view, height, width)
        seen = augmentation.apply_to_images(whole, counts)
        mapped = self._network_input(seen, counts.dtype == np.uint8, camera)
        T = augmentation.apply_to_motions(whole, pair.T_first_second)
        return PairBatch(
            torch.from_numpy(mapped)[:, None],
            torch.from_numpy(np.ascontiguousarray(T)).float(),
            torch.tensor(mean_focal_px(triplet.K) / self.canonical_px).float(),
        )


def as_grey(image: np.ndarray) -> np.ndarray:
    """Return counts (H, W) of an image (H, W) or, by its luminance, (H, W, 3) R, G, B."""
    return image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)


def map_counts(mapping: ThermalPreprocessing, images: np.ndarray, picture: bool) -> np.ndarray:
    """Map images (N, H, W) of counts, or of 8-bit grey, to network input in [0, 1]."""
    chosen = for_pictures(mapping) if picture else mapping
    return np.stack([chosen(image) for image in images])
