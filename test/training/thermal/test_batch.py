# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Triplets as batches: network input as the node makes it, loss images of each stage."""

import dataclasses

import cv2
import numpy as np
import pytest
import torch

from thermal_depth_ros.inference.resampling import resize_image
from thermal_depth_ros.samples.sample_set import Pair, Triplet
from thermal_depth_ros.thermal.normalisation import ThermalPreprocessing
from thermal_depth_ros.thermal.temporal_mapping import TemporalMapping, temporal_mapping
from thermal_depth_ros.training.engine.task import SampleKey
from thermal_depth_ros.training.thermal.batch import BatchMaker, LossImages
from thermal_depth_ros.training.thermal.config import ThermalTrainingConfig

HEIGHT, WIDTH = 24, 32
PERCENTILE = ThermalPreprocessing()


def counts(seed: int = 0, dtype=np.uint16, size=(HEIGHT, WIDTH)) -> np.ndarray:
    rng = np.random.default_rng(seed)
    blurred = cv2.GaussianBlur(rng.normal(size=(*size, 3)), (0, 0), 2.0)
    low, high = (3000, 400) if dtype == np.uint16 else (120, 60)
    return (low + high * blurred.transpose(2, 0, 1)).astype(dtype)


class FakeSamples:
    """Triplets by index, each of another seed."""

    def __init__(self, **changes) -> None:
        self.changes = changes

    def triplet(self, index: int) -> Triplet:
        motion = np.stack([np.eye(4), np.eye(4)])
        motion[:, :3, 3] = [[0.1, 0.2, 0.3], [-0.1, 0.0, -0.5]]
        values = {
            'images': counts(index),
            'K': np.array([[30.0, 0, 15.0], [0, 31.0, 12.0], [0, 0, 1]]),
            'stamps_ns': (2, 1, 3),
            'T_target_source': motion,
            'travelled_m': np.array([0.4, 0.6]),
            'where': f'drive frames {index}',
        }
        return Triplet(**{**values, **self.changes})

    def pair(self, index: int, offset: int) -> Pair | None:
        """Images whose motion tells their distance; none more than two images apart."""
        if abs(offset) > 2:
            return None
        T = np.eye(4)
        T[0, 3] = offset
        return Pair(counts(index)[:2], T)


def maker(kind='window', samples=None, mapping=PERCENTILE, zoom=1.0, flip=0.0, **options):
    loss_images = LossImages(kind, TemporalMapping(clahe_tiles=4))
    return BatchMaker(samples or FakeSamples(), 40.0, mapping, loss_images, zoom, flip, **options)


def keys(*indices: int, epoch: int = 0) -> list[SampleKey]:
    return [SampleKey(index, epoch, 5) for index in indices]


def test_zoom_is_the_enlargement_of_the_focal_lengths():
    batch = maker(zoom=1.5)(keys(2))
    K, given = batch.K[0].double().numpy(), FakeSamples().triplet(2).K
    enlarged = np.sqrt(K[0, 0] / given[0, 0] * K[1, 1] / given[1, 1])
    assert enlarged > 1.0
    np.testing.assert_allclose(batch.zoom[0], enlarged, rtol=1e-6)


def test_shapes_and_values_without_augmentation():
    batch = maker()(keys(3, 1))
    assert {name: tuple(value.shape) for name, value in batch.tensors()} == {
        'image': (2, 3, 1, HEIGHT, WIDTH),
        'loss_image': (2, 3, 1, HEIGHT, WIDTH),
        'K': (2, 3, 3),
        'T': (2, 2, 4, 4),
        'travelled_m': (2, 2),
        'zoom': (2,),
        'focal_ratio': (2,),
    }
    assert all(value.dtype == torch.float32 for _, value in batch.tensors())
    given = FakeSamples().triplet(3)
    np.testing.assert_allclose(batch.K[0], given.K)
    np.testing.assert_allclose(batch.T[1], given.T_target_source, rtol=1e-6)
    np.testing.assert_allclose(batch.travelled_m[0], [0.4, 0.6], rtol=1e-6)


@pytest.mark.parametrize(
    'mapping',
    [
        PERCENTILE,
        ThermalPreprocessing(low_fraction=0.1, high_fraction=0.8),
        ThermalPreprocessing('window'),
        ThermalPreprocessing('celsius', min_celsius=20.0, max_celsius=35.0),
        ThermalPreprocessing('raw14'),
    ],
)
def test_network_input_is_what_the_node_feeds(mapping):
    """The pipeline resizes the counts and applies the mapping of the bundle."""
    given = FakeSamples().triplet(7).images
    batch = maker(mapping=mapping)(keys(7))
    stored = ThermalPreprocessing.from_dict(mapping.to_dict())
    for number in range(3):
        fed = stored(resize_image(given[number], (HEIGHT, WIDTH)))
        np.testing.assert_allclose(batch.image[0, number, 0], fed, atol=2e-6)


@pytest.mark.parametrize('mode', ['percentile', 'celsius', 'raw14', 'window'])
def test_8_bit_video_is_mapped_as_pictures_are(mode):
    samples = FakeSamples(images=counts(2, np.uint8))
    image = maker(samples=samples, mapping=ThermalPreprocessing(mode))(keys(0)).image[0]
    assert image.min() == 0 and image.max() == 1
    expected = ThermalPreprocessing('window' if mode == 'window' else 'percentile')
    np.testing.assert_allclose(image[0, 0], expected(samples.triplet(0).images[0]), atol=2e-6)


def test_colour_is_seen_by_its_luminance():
    rng = np.random.default_rng(4)
    colour = rng.integers(0, 256, (3, HEIGHT, WIDTH, 3)).astype(np.uint8)
    grey = np.rint(colour @ [0.299, 0.587, 0.114]).astype(np.uint8)
    found = maker(samples=FakeSamples(images=colour))(keys(0))
    expected = maker(samples=FakeSamples(images=grey))(keys(0))
    torch.testing.assert_close(found.image, expected.image, atol=0.02, rtol=0)


def test_loss_images_of_stage_one_share_a_window():
    given = FakeSamples().triplet(1).images.astype(float)
    loss_image = maker('window')(keys(1)).loss_image[0, :, 0]
    low = given.min((1, 2)).mean()
    high = given.max((1, 2)).mean()
    expected = (np.clip((given - low) / (high - low), 0, 1) - 0.45) / 0.225
    np.testing.assert_allclose(loss_image, expected, atol=1e-5)


def test_loss_images_of_stage_two_are_temporally_mapped():
    given = torch.from_numpy(FakeSamples().triplet(1).images.astype(np.float32))[:, None]
    mapped = temporal_mapping(given, TemporalMapping(clahe_tiles=4))
    loss_image = maker('temporal_mapping')(keys(1, 2)).loss_image[0]
    torch.testing.assert_close(loss_image, (mapped - 0.45) / 0.225)


def test_loss_images_may_be_the_input():
    batch = maker('input')(keys(1))
    torch.testing.assert_close(batch.loss_image, (batch.image - 0.45) / 0.225)


@pytest.mark.parametrize('kind', ['window', 'temporal_mapping', 'input'])
def test_loss_images_made_on_the_device_are_the_same(kind):
    raw = maker(kind, zoom=1.2, flip=0.5, on_device=True)
    there = raw(keys(1, 2, 3))
    assert there.loss_image is None
    assert there.counts.min() > 1000, 'raw counts travel'
    completed = raw.complete(there)
    found = dict(completed.tensors())
    here = dict(maker(kind, zoom=1.2, flip=0.5)(keys(1, 2, 3)).tensors())
    assert found.keys() == here.keys()
    assert all(torch.equal(found[name], here[name]) for name in here)
    assert raw.complete(completed) is completed


def test_what_is_not_known_is_harmless():
    batch = maker(samples=FakeSamples(T_target_source=None, travelled_m=None))(keys(0))
    assert torch.equal(batch.T[0], torch.eye(4).expand(2, 4, 4))
    assert torch.equal(batch.travelled_m, torch.zeros(1, 2))


def test_augmentation_depends_on_the_key_alone():
    make = maker(zoom=1.3, flip=0.5)
    together, alone = make(keys(1, 2)), make(keys(2))
    first = dict(together.tensors())
    assert all(torch.equal(first[name][1], value[0]) for name, value in alone.tensors())
    later = make(keys(2, epoch=1))
    assert not torch.equal(later.image, alone.image)
    other_seed = make([dataclasses.replace(keys(2)[0], seed=6)])
    assert not torch.equal(other_seed.K, alone.K)


def test_all_three_images_and_their_geometry_are_augmented_alike():
    same = np.repeat(counts(3)[:1], 3, axis=0)
    make = maker(samples=FakeSamples(images=same), zoom=1.3, flip=0.5)
    mirrored = []
    for index in range(12):
        batch = make(keys(index))
        assert torch.equal(batch.image[0, 0], batch.image[0, 2])
        assert batch.K[0, 0, 0] >= 30.0
        mirrored.append(bool(batch.T[0, 0, 0, 3] < 0))
        assert batch.T[0, 0, 2, 3] == pytest.approx(0.3)
    assert any(mirrored) and not all(mirrored)


def test_constant_images_are_black_and_finite():
    flat = FakeSamples(images=np.full((3, HEIGHT, WIDTH), 3000, np.uint16))
    for kind in ('window', 'temporal_mapping', 'input'):
        batch = maker(kind, samples=flat)(keys(0))
        assert (batch.image == 0).all()
        assert torch.isfinite(batch.loss_image).all()


def test_pairs_for_the_pose_network_are_up_to_so_many_images_apart():
    make = maker(pairs=True, pose_interval=2)
    batch = make(keys(*range(40)))
    assert batch.pairs.image.shape == (40, 2, 1, HEIGHT, WIDTH)
    assert set(batch.pairs.T[:, 0, 3].tolist()) == {-2.0, -1.0, 1.0, 2.0}
    torch.testing.assert_close(batch.pairs.image[:, 0], batch.image[:, 0])
    assert torch.equal(make(keys(7)).pairs.T[0], batch.pairs.T[7])


def test_turned_views_of_the_target_stand_in_for_pairs():
    make = maker(turned_views_deg=8.0, zoom=1.3)
    batch = make(keys(*range(20)))
    pairs = batch.pairs
    assert pairs.image.shape == (20, 2, 1, HEIGHT, WIDTH)
    assert (pairs.T[:, :3, 3] == 0).all()
    cosine = (pairs.T.diagonal(dim1=1, dim2=2)[:, :3].sum(1) - 1) / 2
    assert (torch.acos(cosine.clamp(max=1.0)).rad2deg() < 8.01).all()
    torch.testing.assert_close(pairs.focal_ratio, (batch.K[:, 0, 0] * batch.K[:, 1, 1]).sqrt() / 40)
    assert torch.equal(make(keys(7)).pairs.image[0], pairs.image[7])
    assert maker()(keys(0)).pairs is None


def test_forward_pairs_are_in_order_of_time():
    batch = maker(pairs=True, pose_interval=2, pose_forward=True)(keys(*range(40)))
    assert set(batch.pairs.T[:, 0, 3].tolist()) == {1.0, 2.0}
    none_so_far = maker(pairs=True, pose_interval=50, pose_forward=True)(keys(*range(30)))
    sides = none_so_far.pairs.T[:, 0, 3].abs() < 0.5
    assert sides.any()
    torch.testing.assert_close(none_so_far.pairs.T[sides], none_so_far.T[sides, 1])


def test_pairs_are_mirrored_like_their_triplet_but_never_enlarged():
    """An enlarged image shows another length, a crop another direction of the same motion."""
    batch = maker(pairs=True, pose_interval=1, zoom=1.3, flip=0.5)(keys(*range(20)))
    unchanged = maker(pairs=True, pose_interval=1)(keys(*range(20)))
    plain = maker(pairs=True, pose_interval=1, zoom=1.3, flip=0.0)(keys(*range(20)))
    torch.testing.assert_close(plain.pairs.image[:, 0], unchanged.image[:, 0])
    mirrored = batch.T[:, 0, 0, 3] < 0
    assert mirrored.any() and not mirrored.all()
    sign = torch.where(mirrored, -1.0, 1.0)
    shown = torch.where(
        mirrored[:, None, None, None, None], plain.pairs.image.flip(-1), plain.pairs.image
    )
    torch.testing.assert_close(batch.pairs.image, shown)
    torch.testing.assert_close(batch.pairs.T[:, 0, 3], plain.pairs.T[:, 0, 3] * sign)


def test_without_an_interval_pairs_are_sides_of_the_triplet():
    batch = maker(pairs=True)(keys(*range(30)))
    following = (batch.T[:, 1] == batch.pairs.T).flatten(1).all(1)
    previous = (batch.T[:, 0] == batch.pairs.T).flatten(1).all(1)
    assert (previous | following).all() and previous.any() and following.any()
    assert maker()(keys(0)).pairs is None


def test_where_there_is_no_such_pair_a_side_of_the_triplet_takes_its_place():
    batch = maker(pairs=True, pose_interval=50)(keys(*range(30)))
    far = batch.pairs.T[:, 0, 3].abs() < 0.5
    assert far.sum() > 20
    sides = batch.T[far]
    taken = batch.pairs.T[far]
    previous = (taken == sides[:, 0]).flatten(1).all(1)
    following = (taken == sides[:, 1]).flatten(1).all(1)
    assert (previous | following).all() and previous.any() and following.any()
    images = batch.image[far]
    torch.testing.assert_close(
        batch.pairs.image[far][:, 1],
        torch.where(previous[:, None, None, None], images[:, 1], images[:, 2]),
    )


EFFECTS = ThermalTrainingConfig(
    effect_probability=1.0,
    motion_blur_px=4.0,
    agc_probability=0.5,
    fixed_pattern=0.1,
    thermal_noise=0.1,
    gain_jump=0.2,
    max_low_fraction=0.1,
)


@pytest.mark.parametrize('kind', ['window', 'temporal_mapping', 'input'])
def test_effects_change_what_networks_see_and_not_what_losses_compare(kind):
    options = {'zoom': 1.3, 'flip': 0.5, 'pairs': True, 'pose_interval': 2}
    plain = maker(kind, **options)(keys(3, 1))
    seen = maker(kind, effects=EFFECTS, **options)(keys(3, 1))
    assert not torch.allclose(seen.image, plain.image, atol=0.02)
    assert not torch.allclose(seen.pairs.image, plain.pairs.image, atol=0.02)
    assert seen.image.min() >= 0 and seen.image.max() <= 1
    for name in ('loss_image', 'K', 'T', 'zoom', 'travelled_m'):
        assert torch.equal(getattr(seen, name), getattr(plain, name)), name
    assert torch.equal(seen.pairs.T, plain.pairs.T)
    assert {name for name, _ in seen.tensors()} == {name for name, _ in plain.tensors()}


def test_effects_depend_on_the_key_alone():
    make = maker(effects=EFFECTS)
    both, alone = make(keys(3, 1)), make(keys(1))
    assert torch.equal(both.image[1], alone.image[0])
    assert not torch.equal(make(keys(1, epoch=1)).image, alone.image)


def test_effects_on_8_bit_video():
    samples = FakeSamples(images=counts(2, np.uint8))
    batch = maker(samples=samples, effects=EFFECTS)(keys(0))
    assert batch.image.isfinite().all() and batch.image.max() <= 1
    assert torch.equal(batch.loss_image, maker(samples=samples)(keys(0)).loss_image)
