# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Lists the caches of the user: where they are, what they hold, and what bounds them."""

from collections.abc import Iterator

from thermal_depth_ros.base.listing import list_tree
from thermal_depth_ros.doctor.finding import Finding, ok
from thermal_depth_ros.inference.engines.cache import CACHE_VARIABLE as ENGINE_VARIABLE
from thermal_depth_ros.inference.engines.cache import cache_folder
from thermal_depth_ros.samples.cache_space import DECODED, stored
from thermal_depth_ros.samples.config import CACHE_VARIABLE, DataConfig, cache_root


def caches() -> Iterator[Finding]:
    """Describe the cache of samples and that of engines."""
    entries, bound = stored(cache_root(DataConfig())), DataConfig().max_cache_gb
    decoded = sum(one.size for one in entries if one.kind in DECODED)
    others = sum(one.size for one in entries) - decoded
    yield ok(
        'samples',
        f'{decoded / 1e9:.2f} GB decoded, bounded by --max-cache-gb (default {bound:g}), and '
        f'{others / 1e9:.2f} GB of labels, translations and descriptions, which stay, in '
        f'{cache_root(DataConfig())} (--cache-dir, ${CACHE_VARIABLE})',
    )
    size = sum(file.stat().st_size for file in list_tree(cache_folder()))
    yield ok(
        'engines',
        f'{size / 1e9:.2f} GB of exported and compiled networks, whose number is bounded, in '
        f'{cache_folder()} (${ENGINE_VARIABLE})',
    )
