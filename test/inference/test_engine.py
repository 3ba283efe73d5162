# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""One copy of the networks for all cameras of a kind, freed with the last of them."""

import gc
import os
import weakref

import torch

from thermal_depth_ros.inference.engine import shared_bundle

CPU = torch.device('cpu')


def test_a_bundle_in_use_is_shared(tiny_rgb_bundle):
    first = shared_bundle(str(tiny_rgb_bundle), CPU, 'rgb')
    assert shared_bundle(str(tiny_rgb_bundle), CPU, 'rgb') is first


def test_an_unused_bundle_is_freed(tiny_rgb_bundle):
    network = weakref.ref(shared_bundle(str(tiny_rgb_bundle), CPU, 'rgb').networks['depthseg'])
    gc.collect()
    assert network() is None


def test_a_replaced_bundle_is_loaded_again(tiny_rgb_bundle):
    first = shared_bundle(str(tiny_rgb_bundle), CPU, 'rgb')
    spec = tiny_rgb_bundle / 'bundle.yaml'
    os.utime(spec, ns=(0, spec.stat().st_mtime_ns + 1_000_000))
    assert shared_bundle(str(tiny_rgb_bundle), CPU, 'rgb') is not first
