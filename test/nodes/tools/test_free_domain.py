# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
import time

import pytest

pytest.importorskip('rclpy', reason='rclpy is not installed')

from thermal_depth_ros.nodes.tools import free_domain as module  # noqa: E402
from thermal_depth_ros.nodes.tools.free_domain import NoFreeDomainError, free_domain  # noqa: E402

pytestmark = pytest.mark.ros


def test_a_held_domain_is_not_given_twice():
    with free_domain() as first, free_domain() as second:
        assert first != second
        assert {first, second} <= set(module.DOMAINS)


def test_a_domain_with_a_node_in_it_is_left_alone(graph, monkeypatch, tmp_path):
    # Locks elsewhere, so that only the node that is there can tell.
    monkeypatch.setattr(module, 'LOCKS', tmp_path / 'locks')
    monkeypatch.setattr(module, 'DOMAINS', range(graph.domain, graph.domain + 1))
    with pytest.raises(NoFreeDomainError, match='are in use'), free_domain():
        pass


def test_a_domain_is_free_again_afterwards(domain_id, monkeypatch, tmp_path):
    monkeypatch.setattr(module, 'LOCKS', tmp_path / 'locks')
    monkeypatch.setattr(module, 'DOMAINS', range(domain_id, domain_id + 1))
    for _ in range(2):
        assert _taken(60.0) == domain_id


def _taken(patience_s: float) -> int:
    """Take the only domain and leave it; nodes that were killed in it are seen a little longer."""
    end = time.monotonic() + patience_s
    while True:
        try:
            with free_domain() as domain:
                return domain
        except NoFreeDomainError:
            if time.monotonic() > end:
                raise
            time.sleep(0.5)
