# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from thermal_depth_ros.base.settings import SettingsError, build
from thermal_depth_ros.bundles import BundleError
from thermal_depth_ros.frames.config import RgbConfig, ThermalConfig
from thermal_depth_ros.inference.pipeline import open_pipeline


def test_what_does_not_fit_is_reported():
    with pytest.raises(SettingsError, match="kind: 'lidar' is not one of thermal, rgb"):
        open_pipeline('lidar', ThermalConfig())
    with pytest.raises(SettingsError, match='rgb pipeline takes RgbConfig, not ThermalConfig'):
        open_pipeline('rgb', ThermalConfig())
    with pytest.raises(BundleError, match="'no_such_bundle'"):
        open_pipeline('thermal', ThermalConfig(bundle='no_such_bundle'))
    with pytest.raises(SettingsError, match="device: 'abacus' is not available"):
        open_pipeline('thermal', ThermalConfig(device='abacus'))


@pytest.mark.parametrize('config', [ThermalConfig, RgbConfig])
def test_an_empty_depth_range_is_refused_however_it_is_made(config):
    with pytest.raises(SettingsError, match='min_depth_m: 5 is not below max_depth_m 2'):
        config(min_depth_m=5.0, max_depth_m=2.0)
    with pytest.raises(SettingsError, match='min_depth_m'):
        build(config, {'min_depth_m': 5.0, 'max_depth_m': 2.0})
