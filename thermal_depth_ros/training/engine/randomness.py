# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""States of the torch random generators in all processes."""

import hashlib
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from accelerate import Accelerator


def seed_generators(*parts: int) -> None:
    """Seed torch's generators from several numbers, such as seed, stage and process."""
    digest = hashlib.sha256(','.join(map(str, parts)).encode()).digest()
    torch.manual_seed(int.from_bytes(digest[:7], 'little'))


def generator_states(accelerator: 'Accelerator') -> list[dict[str, Any]]:
    """Return the states of all processes; valid only in the main process."""
    own: dict[str, Any] = {'cpu': torch.get_rng_state()}
    if accelerator.device.type == 'cuda':
        own['cuda'] = torch.cuda.get_rng_state(accelerator.device)
    if accelerator.num_processes == 1:
        return [own]
    from accelerate.utils import gather_object

    gathered: list[dict[str, Any]] = gather_object([own])
    return gathered


def restore_generators(accelerator: 'Accelerator', states: list[dict[str, Any]]) -> bool:
    """Restore the state of this process; False if it was saved for other processes."""
    if len(states) != accelerator.num_processes:
        return False
    own = states[accelerator.process_index]
    torch.set_rng_state(own['cpu'])
    if accelerator.device.type == 'cuda' and 'cuda' in own:
        torch.cuda.set_rng_state(own['cuda'], accelerator.device)
    return True
