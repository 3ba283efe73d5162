# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What is left of images and cameras when lines at the sides are left out."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thermal_depth_ros.frames.config import ThermalConfig
from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.geometry.crop import Crop, CropError, crop_hint, crop_of
from thermal_depth_ros.geometry.rays import pixel_rays
from thermal_depth_ros.samples.config import DataConfig, ImagesConfig

sides = st.integers(0, 5)
crops = st.builds(Crop, sides, sides, sides, sides)
BENT = PinholeCamera(24, 18, 20.0, 21.0, 11.0, 9.0, 'plumb_bob', (-0.2, 0.05, 0.01, 0.0))


@given(crops)
def test_a_pixel_keeps_its_value_and_its_ray(crop: Crop) -> None:
    image = np.arange(18 * 24).reshape(18, 24)
    left = crop.image(image)
    size = left.shape[0], left.shape[1]
    rays = pixel_rays(crop.camera(BENT, size))
    rows = slice(crop.top, 18 - crop.bottom)
    columns = slice(crop.left, 24 - crop.right)
    np.testing.assert_array_equal(left, image[rows, columns])
    np.testing.assert_allclose(rays, pixel_rays(BENT)[:, rows, columns], atol=1e-6)


@given(crops)
def test_a_camera_of_what_is_left_stays_as_it_is(crop: Crop) -> None:
    """Drivers that do not count telemetry rows publish the camera of the picture alone."""
    height, width = crop.size(18, 24)
    own = dataclasses.replace(BENT, height=height, width=width)
    assert crop.camera(own, (height, width)) == own
    other = dataclasses.replace(BENT, height=500)
    assert crop.camera(other, (height, width)) == other
    rows_done = dataclasses.replace(BENT, height=height)
    cut = crop.camera(rows_done, (height, width))
    assert cut == rows_done.cropped(crop.left, 0, width, height)


def test_maps_of_the_whole_image_are_cut_others_are_not() -> None:
    crop, size = Crop(top=1, bottom=2, left=3), (15, 21)
    whole = np.arange(18 * 24).reshape(18, 24)
    np.testing.assert_array_equal(crop.matching(whole, size), whole[1:16, 3:])
    for other in (whole[:15, :21], whole[:9, :12]):
        assert crop.matching(other, size) is other


@pytest.mark.parametrize('crop', [Crop(top=10, bottom=8), Crop(left=24), Crop(right=4096)])
def test_nothing_left_names_the_settings(crop: Crop) -> None:
    with pytest.raises(CropError, match='nothing is left of an image of 24x18 .crop_top: '):
        crop.image(np.zeros((18, 24)))


@pytest.mark.parametrize('config_class', [ThermalConfig, DataConfig, ImagesConfig])
def test_every_configuration_of_images_has_the_settings(config_class: type) -> None:
    config = config_class(crop_top=1, crop_bottom=2, crop_left=3, crop_right=4)
    assert crop_of(config) == Crop(1, 2, 3, 4)
    assert not crop_of(config_class())


@pytest.mark.parametrize(
    ('image', 'camera', 'seen', 'expected'),
    [
        ((122, 160), (120, 160), None, 'crop_bottom: 2 or crop_top: 2'),
        ((122, 160), (120, 160), Crop(top=2), 'set crop_top: 2'),
        ((122, 160), (120, 160), Crop(bottom=1), 'set crop_bottom: 2'),
        ((63, 80), (60, 80), None, 'crop_bottom: 3'),  # Lepton 2
        ((480, 648), (480, 640), None, 'crop_right: 8 or crop_left: 8'),
        ((120, 160), (120, 160), None, ''),
        ((480, 640), (240, 320), None, ''),  # another resolution
        ((480, 640), (400, 640), None, ''),
        ((118, 160), (120, 160), None, ''),
        ((122, 158), (120, 160), None, ''),
    ],
)
def test_the_hint_names_parameter_and_value(image, camera, seen, expected: str) -> None:
    hint = crop_hint(image, camera, seen)
    assert expected in hint if expected else hint == ''
