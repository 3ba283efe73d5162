# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Which samples by day and by night make a pair, and what a batch of them holds."""

import colorsys
import dataclasses

import numpy as np
import pytest
import torch

from helpers.day_and_night import PLAIN, H, W, make_batch, recording
from thermal_depth_ros.samples.semantic_labels import SemanticLabels
from thermal_depth_ros.training.engine.task import SampleKey
from thermal_depth_ros.training.rgb.batch import (
    Augmentation,
    ColourJitter,
    PairedSamples,
    RgbEffects,
    apply_jitter,
    draw_jitter,
)
from thermal_depth_ros.training.rgb.config import RgbTrainingConfig
from thermal_depth_ros.training.video.effects.fourier import low_amplitude
from thermal_depth_ros.training.video.effects.styles import Styles


class Triplets:
    """Only the number of samples of a domain decides the pairs."""

    def __init__(self, count: int) -> None:
        self._count = count

    def __len__(self) -> int:
        return self._count


def epoch(by_day: int, by_night: int, number: int = 0) -> np.ndarray:
    """Return the pairs (N, 2) of an epoch."""
    pairs = PairedSamples(Triplets(by_day), Triplets(by_night))
    keys = [SampleKey(index, number, seed=3) for index in range(len(pairs))]
    return np.array([pairs.chosen(key, key.generator()) for key in keys])


@pytest.mark.parametrize(('by_day', 'by_night'), [(40, 40), (40, 13), (13, 40), (40, 1), (1, 40)])
def test_an_epoch_has_every_sample_of_the_larger_set_once_and_random_ones_of_the_other(
    by_day: int, by_night: int
) -> None:
    whole, drawn = (0, 1) if by_day >= by_night else (1, 0)
    pairs = epoch(by_day, by_night)
    assert pairs[:, whole].tolist() == list(range(40))
    smaller = min(by_day, by_night)
    assert 0 <= pairs[:, drawn].min() <= pairs[:, drawn].max() < smaller
    # 40 draws of 40 leave about 40 (1 - 1/e) = 25 different ones; far from one and from all.
    if smaller > 1:
        assert smaller / 3 < len(set(pairs[:, drawn].tolist())) < 36


def test_sets_of_equal_size_are_paired_differently_in_every_epoch() -> None:
    first, second = epoch(40, 40, 0), epoch(40, 40, 1)
    assert (first[:, 0] == first[:, 1]).mean() < 0.2
    assert (first[:, 1] == second[:, 1]).mean() < 0.2


NOTHING = ColourJitter(1.0, 1.0, 1.0, 0.0, ('brightness', 'contrast', 'saturation', 'hue'))
GREY = torch.tensor([0.2989, 0.587, 0.114]).reshape(3, 1, 1)


@pytest.fixture
def image() -> torch.Tensor:
    return torch.rand(3, 6, 8, generator=torch.Generator().manual_seed(1))


def alone(name: str, value: float) -> ColourJitter:
    return dataclasses.replace(NOTHING, **{name: value}, order=(name,))


def test_draws_lie_in_their_ranges_and_half_of_them_are_none():
    rng = np.random.default_rng(0)
    drawn = [draw_jitter(rng) for _ in range(4000)]
    made = [jitter for jitter in drawn if jitter is not None]
    assert 1850 < len(made) < 2150
    for name, centre, spread in (
        ('brightness', 1, 0.2),
        ('contrast', 1, 0.2),
        ('saturation', 1, 0.2),
        ('hue', 0, 0.1),
    ):
        values = np.array([getattr(jitter, name) for jitter in made]) - centre
        assert np.abs(values).max() <= spread
        assert values.max() > 0.95 * spread and values.min() < -0.95 * spread
        assert abs(values.mean()) < 0.05 * spread
    assert len({jitter.order for jitter in made}) == 24
    assert draw_jitter(rng, 0.0) is None and draw_jitter(rng, 1.0) is not None


def test_the_key_of_a_sample_decides():
    one, again, other = (
        draw_jitter(SampleKey(index, 2, 7).generator(), 1.0) for index in (5, 5, 6)
    )
    assert one == again != other


def test_what_is_drawn_afterwards_does_not_depend_on_the_outcome():
    after = []
    for probability in (0.0, 1.0):
        rng = np.random.default_rng(3)
        draw_jitter(rng, probability)
        after.append(rng.random())
    assert after[0] == after[1]


def test_brightness_contrast_and_saturation_by_hand(image):
    found = apply_jitter(alone('brightness', 1.2), image)
    torch.testing.assert_close(found, (1.2 * image).clamp(0, 1))
    grey = (GREY * image).sum(0, keepdim=True)
    found = apply_jitter(alone('contrast', 0.8), image)
    torch.testing.assert_close(found, 0.8 * image + 0.2 * grey.mean(), atol=1e-4, rtol=0)
    found = apply_jitter(alone('saturation', 0.8), image)
    torch.testing.assert_close(found, 0.8 * image + 0.2 * grey, atol=1e-4, rtol=0)


def test_hue_turns_the_colour(image):
    found = apply_jitter(alone('hue', 0.1), image)
    for v, u in ((0, 0), (3, 5), (5, 7)):
        hue, saturation, value = colorsys.rgb_to_hsv(*image[:, v, u].tolist())
        expected = colorsys.hsv_to_rgb((hue + 0.1) % 1.0, saturation, value)
        np.testing.assert_allclose(found[:, v, u], expected, atol=1e-4)


def test_the_order_counts_and_no_change_is_no_change(image):
    jitter = ColourJitter(1.2, 0.8, 1.2, 0.1, NOTHING.order)
    back = dataclasses.replace(jitter, order=NOTHING.order[::-1])
    assert not torch.allclose(apply_jitter(jitter, image), apply_jitter(back, image), atol=1e-3)
    assert apply_jitter(None, image) is image
    torch.testing.assert_close(apply_jitter(NOTHING, image), image, atol=1e-5, rtol=0)


def test_images_of_a_sample_are_changed_alike_and_each_by_its_own_mean(image):
    jitter = draw_jitter(np.random.default_rng(5), 1.0)
    pair = torch.stack([image, 0.3 * image])
    found = apply_jitter(jitter, pair)
    for one, together in zip(pair, found, strict=True):
        torch.testing.assert_close(apply_jitter(jitter, one), together)
    assert found.min() >= 0 and found.max() <= 1


def test_day_and_night_of_different_size_make_pairs(data):
    pairs = PairedSamples(data.day, data.night)
    day, night = len(data.day), len(data.night)
    assert day > night > 0 and len(pairs) == day
    keys = [SampleKey(index, 0, 5) for index in range(day)]
    chosen = [pairs.chosen(key, key.generator()) for key in keys]
    assert [one for one, _ in chosen] == list(range(day))
    assert all(0 <= other < night for _, other in chosen)
    again = [pairs.chosen(key, key.generator()) for key in keys]
    assert chosen == again
    assert '/day ' in pairs.describe(keys[0]) and '/night ' in pairs.describe(keys[0])


def test_a_batch_holds_what_belongs_together(data, world):
    batch = make_batch(data)
    triplet = data.day.samples.triplet(1)
    target = torch.from_numpy(triplet.images[0]).permute(2, 0, 1) / 255
    torch.testing.assert_close(batch.day.images[1, 0], target)
    torch.testing.assert_close(batch.day.target, batch.day.images[:, 0])
    torch.testing.assert_close(batch.day.pose_images, batch.day.images)
    torch.testing.assert_close(batch.day.translated[1], 1 - target)
    torch.testing.assert_close(batch.night.translated, 1 - batch.night.images[:, 0])
    root, frames = recording(world, 'day')
    row = data.day.samples.target_row(1)[1]
    kept = SemanticLabels.find(root, 'semantic', frames.store).read(row)
    np.testing.assert_array_equal(batch.day.classes.class_ids[1], kept.class_ids)
    np.testing.assert_array_equal(batch.day.classes.scores[1], kept.scores)
    assert batch.day.K[0].numpy() == pytest.approx(triplet.K, abs=1e-3)
    assert batch.day.zoom.tolist() == [1.0, 1.0] and batch.day.disparity is None


def test_members_of_a_pair_share_view_and_colours(data):
    mirrored = Augmentation(max_zoom=1.0, flip_probability=1.0, jitter_probability=0.0)
    plain, flipped = make_batch(data), make_batch(data, mirrored)
    expected = dict(plain.day.tensors())
    for name, value in flipped.day.tensors():
        if name not in ('K', 'T', 'zoom'):
            torch.testing.assert_close(value, expected[name].flip(-1))
    centres = [made.day.K[0, 0, 2].item() for made in (plain, flipped)]
    assert sum(centres) == pytest.approx(W - 1, abs=1e-3)
    drawn = Augmentation(max_zoom=1.5, flip_probability=0.5, jitter_probability=1.0)
    seen = make_batch(data, drawn)
    assert not torch.equal(seen.day.target, seen.day.images[:, 0])
    zoom = seen.day.zoom[0].item() ** 2
    focal = [seen.day.K[0, i, i].item() / plain.day.K[0, i, i].item() for i in (0, 1)]
    assert focal[0] * focal[1] == pytest.approx(zoom, rel=1e-4) and zoom > 1
    known = seen.day.classes.class_ids.unique().tolist()
    assert set(known) <= set(plain.day.classes.class_ids.unique().tolist())
    again = make_batch(data, drawn)
    torch.testing.assert_close(seen.day.target, again.day.target)


def test_the_pose_network_sees_images_as_they_are(data):
    plain = make_batch(data)
    enlarged = make_batch(data, Augmentation(2.0, flip_probability=0.0, jitter_probability=0.0))
    assert (enlarged.day.zoom > 1).all()
    for one, other in ((enlarged.day, plain.day), (enlarged.night, plain.night)):
        torch.testing.assert_close(one.pose_images, other.pose_images)
        torch.testing.assert_close(one.T, other.T)
        torch.testing.assert_close(one.target, one.images[:, 0])
        assert not torch.equal(one.target, other.target)


def test_without_a_pose_network_that_learns_no_images_are_made_for_it(data):
    drawn = Augmentation(max_zoom=1.5, flip_probability=0.5, jitter_probability=1.0)
    whole = dict(make_batch(data, drawn).tensors())
    lean = dict(make_batch(data, dataclasses.replace(drawn, motion=False)).tensors())
    assert whole.keys() - lean.keys() == {'day.pose_images', 'night.pose_images'}
    for name, values in lean.items():
        torch.testing.assert_close(values, whole[name])


EFFECTS = RgbTrainingConfig(
    effect_probability=1.0,
    defocus_px=1.5,
    exposure_stops=1.0,
    shot_noise=0.1,
    jpeg_min_quality=40,
    grayscale_probability=0.5,
)


def effects(day: float = 0.5, night: float = 0.1) -> RgbEffects:
    """Return effects with one style for each light, constant images of this brightness."""
    styles = (
        Styles(low_amplitude(torch.full((1, 3, H, W), level), 1), strength=1.0)
        for level in (day, night)
    )
    return RgbEffects(EFFECTS, *styles)


def test_effects_change_what_networks_see_and_not_what_losses_compare(data):
    options = dataclasses.replace(PLAIN, max_zoom=1.4, flip_probability=0.5)
    plain = make_batch(data, options)
    seen = make_batch(data, dataclasses.replace(options, effects=effects()))
    for light in ('day', 'night'):
        own, before = getattr(seen, light), getattr(plain, light)
        for name in ('target', 'translated', 'pose_images'):
            assert not torch.allclose(getattr(own, name), getattr(before, name), atol=0.02)
            assert getattr(own, name).min() >= 0 and getattr(own, name).max() <= 1
        for name in ('images', 'K', 'T', 'zoom'):
            assert torch.equal(getattr(own, name), getattr(before, name)), name
        assert torch.equal(own.classes.class_ids, before.classes.class_ids)


def test_effects_depend_on_the_key_alone(data):
    options = dataclasses.replace(PLAIN, effects=effects())
    both, alone = make_batch(data, options, (0, 1)), make_batch(data, options, (1,))
    for light in ('day', 'night'):
        assert torch.equal(getattr(both, light).target[1], getattr(alone, light).target[0])


def test_day_and_night_take_the_style_of_their_light(data):
    config = RgbTrainingConfig(effect_probability=1.0)
    styles = dataclasses.replace(effects(0.9, 0.05), config=config)
    batch = make_batch(data, dataclasses.replace(PLAIN, effects=styles), tuple(range(2)))
    plain = make_batch(data, PLAIN, tuple(range(2)))

    def change(light: str, name: str) -> torch.Tensor:
        means = (getattr(getattr(b, light), name).mean((-3, -2, -1)) for b in (plain, batch))
        before, after = means
        return after - before

    assert (change('day', 'target') > 0).all() and (change('night', 'target') < 0).all()
    assert (change('day', 'translated') < 0).all() and (change('night', 'translated') > 0).all()
