# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Which parts of a network may compute in bfloat16: the search, and what it found on disk."""

import contextlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from thermal_depth_ros.base.text_output import write_text

SHARES = (0.75, 0.5, 0.35, 0.2)  # of the multiplications of a stage
WHOLE, NOTHING = 1.0, 0.0
_MOST_BYTES = 10_000


def search(
    stages: Sequence[str], passes: Callable[[Mapping[str, float]], bool]
) -> dict[str, float]:
    """Return the share of every stage that may compute in bfloat16, by name.

    Later stages come first, since errors of the earlier ones are amplified by them. Every share
    that is returned has passed together with those of the other stages.

    Args:
        stages: Names, in the order in which they run.
        passes: Whether the network computes the same with some shares. With all stages whole it
            is known not to.
    """
    shares = dict.fromkeys(stages, NOTHING)
    for name in reversed(stages):

        def passes_with(share: float, name: str = name) -> bool:
            return passes({**shares, name: share})

        shares[name] = _most(passes_with, whole=len(stages) > 1)
    return shares


def kept_or_found(
    file: Path,
    stages: Sequence[str],
    machine: str,
    passes: Callable[[Mapping[str, float]], bool],
) -> dict[str, float]:
    """Return the shares in a file, or search for them and keep them there."""
    shares = read(file, stages, machine)
    if shares is None:
        shares = search(stages, passes)
        write(file, shares, machine)
    return shares


def _most(passes: Callable[[float], bool], whole: bool) -> float:
    """Return the largest share that passes; where the least one does not, none is tried."""
    if whole and passes(WHOLE):
        return WHOLE
    if not passes(SHARES[-1]):
        return NOTHING
    return next((share for share in SHARES[:-1] if passes(share)), SHARES[-1])


def words(shares: Mapping[str, float]) -> str:
    """Say what computes in bfloat16: 'bf16: semantics, 35 % of depth'."""
    parts = [
        name if share == WHOLE else f'{share:.0%} of {name}'
        for name, share in shares.items()
        if share
    ]
    return f'bf16: {", ".join(parts)}'


def read(file: Path, stages: Sequence[str], machine: str) -> dict[str, float] | None:
    """Return the shares in a file of `write`; None if it is none for these stages and machine."""
    try:
        if file.stat().st_size > _MOST_BYTES:
            return None
        found = json.loads(file.read_text('utf-8'))
        shares = {name: float(found['shares'][name]) for name in stages}
        same = found['machine'] == machine
    except (OSError, ValueError, KeyError, TypeError):
        return None
    known = (NOTHING, WHOLE, *SHARES)
    return shares if same and all(share in known for share in shares.values()) else None


def write(file: Path, shares: Mapping[str, float], machine: str) -> None:
    """Keep shares for the next start; without a place to write they are searched for again."""
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        write_text(file, json.dumps({'machine': machine, 'shares': dict(shares)}, indent=2))
