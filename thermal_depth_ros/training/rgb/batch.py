# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Batches of DepthSegNet24 samples, with one crop and one colour change per pair."""

import dataclasses
from collections.abc import Sequence

import numpy as np
import torch

from thermal_depth_ros.samples.sample_set import Triplet
from thermal_depth_ros.samples.semantic_labels import TopScores
from thermal_depth_ros.training.engine.batch import TensorBatch, stacked
from thermal_depth_ros.training.engine.task import SampleKey
from thermal_depth_ros.training.rgb.domain import Domain
from thermal_depth_ros.training.video import augmentation
from thermal_depth_ros.training.video.augmentation import View
from thermal_depth_ros.training.video.batch import TripletBatch, geometry, target_depth
from thermal_depth_ros.training.video.effects.config import RgbEffectsConfig
from thermal_depth_ros.training.video.effects.draws import Draws
from thermal_depth_ros.training.video.effects.rgb import RgbCamera
from thermal_depth_ros.training.video.effects.styles import Styles

_DAY_EFFECTS, _NIGHT_EFFECTS = 1, 2  # random streams of the effects

# Colour jitter of what the networks see; losses compare the clean images.
_BRIGHTNESS = _CONTRAST = _SATURATION = 0.2
_HUE = 0.1
_STEPS = ('brightness', 'contrast', 'saturation', 'hue')

# Travel to the farther neighbour from which on views can tell depth: at a focal length of 250
# pixels it shifts what is 1 m away by a pixel. Less teaches nothing that noise does not hide.
_LEAST_TRAVEL_M = 0.005


@dataclasses.dataclass(frozen=True)
class ColourJitter:
    """One colour change for all images of a sample and both members of a pair."""

    brightness: float  # factors around 1
    contrast: float
    saturation: float
    hue: float  # turns around 0
    order: tuple[str, ...]  # names of the above, in order of application


def draw_jitter(rng: np.random.Generator, probability: float = 0.5) -> ColourJitter | None:
    """Draw factors in 1 +- 0.2, a hue in +-0.1 of a turn and an order; None for no change.

    The number of draws is the same in either case, so that later draws do not depend on the
    outcome.
    """
    used = rng.random() < probability
    brightness, contrast, saturation = (
        float(rng.uniform(1 - spread, 1 + spread))
        for spread in (_BRIGHTNESS, _CONTRAST, _SATURATION)
    )
    hue = float(rng.uniform(-_HUE, _HUE))
    order = tuple(_STEPS[place] for place in rng.permutation(len(_STEPS)))
    return ColourJitter(brightness, contrast, saturation, hue, order) if used else None


def apply_jitter(jitter: ColourJitter | None, images: torch.Tensor) -> torch.Tensor:
    """Return images (..., 3, H, W) in [0, 1] with changed colours, again in [0, 1]."""
    if jitter is None:
        return images
    from torchvision.transforms import functional as change  # import time for colour users only

    steps = {
        'brightness': change.adjust_brightness,
        'contrast': change.adjust_contrast,
        'saturation': change.adjust_saturation,
        'hue': change.adjust_hue,
    }
    for name in jitter.order:
        images = steps[name](images, getattr(jitter, name))
    return images


@dataclasses.dataclass(frozen=True)
class ClassLabels(TensorBatch):
    """Best classes of each pixel by a teacher, see `SoftLabels.stored`.

    Attributes:
        class_ids: (B, k, H, W) uint8.
        scores: (B, k, H, W) uint8.
    """

    class_ids: torch.Tensor
    scores: torch.Tensor


@dataclasses.dataclass(frozen=True)
class LightBatch(TripletBatch):
    """B triplets of day or of night, and what belongs to their targets.

    Attributes:
        images: (B, 3, 3, H, W) in [0, 1]: target, previous, next, as losses compare them; the
            target alone (B, 1, 3, H, W) if none does.
        target: (B, 3, H, W) the target in the colours that the network sees.
        pose_images: (B, 3, 3, H, W) the triplets as the pose network sees them: mirrored and in
            other colours alike, but never enlarged, as nothing tells it of that and metres belong
            to the camera as it is; None if it does not learn.
        translated: (B, 3, H, W) translation of the target to the other light, in the colours that
            the network sees.
        classes: Labels of a segmentation teacher.
        disparity: (B, 1, H, W) 1 / depth by a depth teacher.
        relative: (B,) bool, where that has an unknown scale and shift.
        depth_m: (B, 1, H, W) true depth, 0 where unknown; None if there is no loss on it.
        compared: (B,) bool, whose views are compared instead of learning true depth, so that
            their `depth_m` is 0; None if losses compare all views or none.
    """

    images: torch.Tensor
    target: torch.Tensor
    pose_images: torch.Tensor | None = None
    translated: torch.Tensor | None = None
    classes: ClassLabels | None = None
    disparity: torch.Tensor | None = None
    relative: torch.Tensor | None = None
    depth_m: torch.Tensor | None = None
    compared: torch.Tensor | None = None


@dataclasses.dataclass(frozen=True)
class RgbBatch(TensorBatch):
    """Samples by day and, if there are any, as many by night."""

    day: LightBatch
    night: LightBatch | None = None


@dataclasses.dataclass(frozen=True, eq=False)
class RgbEffects:
    """Random cameras, and real images whose style is mixed into the samples."""

    config: RgbEffectsConfig
    day: Styles
    night: Styles

    def apply(self, sample: 'LightBatch', by_night: bool, rng: np.random.Generator) -> 'LightBatch':
        """Return a sample (without B) with other images for the networks; those of losses stay.

        The translation has the same camera, and the style of its own light.
        """
        draws = Draws(rng, self.config.effect_probability)
        styles = [styles.draw(draws) for styles in (self.day, self.night)]
        own, other = styles[by_night], styles[not by_night]
        seen = [own(sample.target[None])]
        if sample.translated is not None:
            seen.append(other(sample.translated[None]))
        if sample.pose_images is not None:
            seen.append(own(sample.pose_images))
        taken = RgbCamera.draw(self.config, rng)(torch.cat(seen))
        parts = list(taken.split([len(images) for images in seen]))
        changes = {'target': parts.pop(0)[0]}
        if sample.translated is not None:
            changes['translated'] = parts.pop(0)[0]
        if sample.pose_images is not None:
            changes['pose_images'] = parts.pop(0)
        return dataclasses.replace(sample, **changes)


@dataclasses.dataclass(frozen=True, eq=False)
class Augmentation:
    """Random augmentation of each sample."""

    max_zoom: float
    flip_probability: float
    jitter_probability: float
    max_aspect: float = 0.0
    effects: RgbEffects | None = None  # None: the networks see plain images and colour jitter
    motion: bool = True  # whether to make images for a pose network
    neighbours_by_day: bool = True  # whether losses compare images with those of the neighbours
    neighbours_by_night: bool = True
    compare_within_m: float = 0.0  # to the farther neighbour; 0: all are compared
    depth: bool = False  # whether to give the true depth
    far_depth_m: float = 0.0  # where it is too far to measure; 0: unknown


@dataclasses.dataclass(frozen=True)
class PairedSamples:
    """Maps an index to a day sample and a night sample.

    An epoch goes once through the larger of the two sets (day, if both have the same size); each
    sample is paired with a random one of the other set.
    """

    day: Domain
    night: Domain | None

    def __len__(self) -> int:
        return max(len(self.day), 0 if self.night is None else len(self.night))

    def chosen(self, key: SampleKey, rng: np.random.Generator) -> tuple[int, int]:
        """Return the indices of the day and the night sample; the latter is 0 without night."""
        sizes = len(self.day), len(self.night) if self.night is not None else 1
        day, night = (int(rng.integers(size)) for size in sizes)
        # Only one member follows the index, so that sets of equal size do not form fixed pairs.
        return (key.index, night) if sizes[0] >= sizes[1] else (day, key.index)

    def describe(self, key: SampleKey) -> str:
        """Name the triplets of a sample."""
        day, night = self.chosen(key, key.generator())
        names = [self.day.samples.names[day]]
        if self.night is not None:
            names.append(self.night.samples.names[night])
        return ' with '.join(names)


@dataclasses.dataclass(frozen=True)
class BatchMaker:
    """Makes batches in the data loader workers."""

    pairs: PairedSamples
    augmentation: Augmentation
    canonical_px: float

    def __call__(self, keys: Sequence[SampleKey]) -> RgbBatch:
        """Return a batch of one sample for each key."""
        return stacked([self._row(key) for key in keys])

    def _row(self, key: SampleKey) -> RgbBatch:
        rng = key.generator()
        day, night = self.pairs.chosen(key, rng)
        options = self.augmentation
        by_day = self._of_domain(self.pairs.day, day, rng, options.neighbours_by_day)
        by_night = None
        if self.pairs.night is not None:
            neighbours = options.neighbours_by_night
            by_night = self._of_domain(self.pairs.night, night, rng, neighbours)
        if (effects := options.effects) is not None:
            by_day = effects.apply(by_day, False, key.generator(_DAY_EFFECTS))
            if by_night is not None:
                by_night = effects.apply(by_night, True, key.generator(_NIGHT_EFFECTS))
        return RgbBatch(by_day, by_night)

    def _of_domain(
        self, domain: Domain, index: int, rng: np.random.Generator, neighbours: bool
    ) -> LightBatch:
        triplet, options = domain.samples.triplet(index), self.augmentation
        height, width = triplet.images.shape[1:3]
        view = augmentation.draw_view(
            rng,
            height,
            width,
            options.max_zoom,
            options.flip_probability,
            options.max_aspect,
        )
        jitter = draw_jitter(rng, options.jitter_probability)
        images = _viewed(view, triplet.images if neighbours else triplet.images[:1])
        own = geometry(view, triplet, self.canonical_px)
        pose_images = translated = None
        if options.motion:
            whole = augmentation.without_enlargement(view, height, width)
            same = view == whole and neighbours
            shown = images if same else _viewed(whole, triplet.images)
            pose_images = apply_jitter(jitter, shown)
        translation, disparity = domain.translated(index), domain.disparity(index)
        if translation is not None:
            translated = apply_jitter(jitter, _viewed(view, translation[None])[0])
        if disparity is not None:
            disparity = augmentation.apply_to_images(view, disparity[None])
        compared = None
        if neighbours and options.compare_within_m:
            compared = are_near(triplet, options.compare_within_m)
        return LightBatch(
            images=images,
            target=apply_jitter(jitter, images[0]),
            K=own.K,
            T=own.T,
            zoom=own.zoom,
            focal_ratio=own.focal_ratio,
            pose_images=pose_images,
            translated=translated,
            classes=_class_labels(domain.scores(index), view),
            disparity=None if disparity is None else torch.from_numpy(disparity),
            relative=None if disparity is None else torch.tensor(domain.relative(index)),
            depth_m=self._depth(domain, index, view, (height, width), bool(compared)),
            compared=None if compared is None else torch.tensor(compared),
        )

    def _depth(
        self, domain: Domain, index: int, view: View, size: tuple[int, int], compared: bool
    ) -> torch.Tensor | None:
        options = self.augmentation
        if not options.depth:
            return None
        if compared:  # as if unknown
            return torch.zeros(1, *size)
        return target_depth(domain.samples, index, view, size, options.far_depth_m)


def are_near(triplet: Triplet, within_m: float) -> bool:
    """Whether both neighbours are near enough to be compared, and one shows any parallax."""
    assert triplet.T_target_source is not None, 'poses were asked for'
    distances_m = np.linalg.norm(triplet.T_target_source[:, :3, 3], axis=1)
    return bool(_LEAST_TRAVEL_M <= distances_m.max() <= within_m)


def _viewed(view: augmentation.View, images: np.ndarray) -> torch.Tensor:
    """Return images (N, 3, H, W) in [0, 1] of images (N, H, W, 3) uint8, seen through the view."""
    viewed = augmentation.apply_to_images(view, images) / np.float32(255)
    return torch.from_numpy(np.ascontiguousarray(viewed.transpose(0, 3, 1, 2)))


def _class_labels(stored: TopScores | None, view: augmentation.View) -> ClassLabels | None:
    """Return the teacher labels of a target, seen through its view."""
    if stored is None:
        return None
    class_ids, scores = (
        torch.from_numpy(augmentation.apply_to_labels(view, values))
        for values in (stored.class_ids, stored.scores)
    )
    return ClassLabels(class_ids, scores)
