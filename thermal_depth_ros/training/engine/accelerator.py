# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Device, precision, processes and random generators of a run, through accelerate."""

import contextlib
import dataclasses
import datetime
import hashlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import torch
import torch.distributed
from torch import Tensor

from thermal_depth_ros.base.allocator import MOST_BYTES, keep_freed_memory
from thermal_depth_ros.base.settings import SettingsError
from thermal_depth_ros.inference.device import select_device, use_threads
from thermal_depth_ros.losses.masked import ONE_PROCESS, Processes
from thermal_depth_ros.training.engine.config import RunConfig
from thermal_depth_ros.training.engine.launch import local_process_count, process_count
from thermal_depth_ros.training.engine.performance import has_bf16_instructions

if TYPE_CHECKING:
    from accelerate import Accelerator

# Longest wait of one process for another: the main one writes checkpoints and validates.
_PATIENCE = datetime.timedelta(hours=2)


def make_accelerator(run: RunConfig, suits_bf16: bool = False) -> 'Accelerator':
    """Join the processes started by torchrun or accelerate launch; otherwise use a single process.

    Args:
        run: Settings of the run.
        suits_bf16: See `mixed_precision`.

    Raises:
        SettingsError: The device is not available or does not support the precision, or the
            processes cannot share the batch.
    """
    from accelerate import Accelerator, InitProcessGroupKwargs
    from accelerate.state import AcceleratorState

    device, processes = check_machine(run), process_count()
    if device.type == 'cuda' and processes == 1:
        torch.cuda.set_device(device)
    use_threads(run.threads)
    if device.type == 'cuda':
        torch.set_float32_matmul_precision('high')  # TF32, unless bf16 is requested
    else:
        # A step allocates the same hundreds of megabytes every time: a fifth of its time otherwise.
        keep_freed_memory(largest_kept_bytes=MOST_BYTES, free_kept_bytes=MOST_BYTES)
    # A process that trains several times may do so in several precisions; accelerate remembers one.
    AcceleratorState._reset_state()
    return Accelerator(
        cpu=device.type == 'cpu',
        mixed_precision=mixed_precision(run.precision, device, suits_bf16),
        kwargs_handlers=[InitProcessGroupKwargs(timeout=_PATIENCE)],
    )


def check_machine(run: RunConfig) -> torch.device:
    """Check the requirements of a run on this machine; return the device.

    Raises:
        SettingsError: See `make_accelerator`.
    """
    processes = process_count()
    if run.batch_size % processes:
        raise SettingsError(
            f'batch_size: {run.batch_size} samples cannot be shared evenly by {processes} processes'
        )
    device = select_device(run.device)
    if processes > 1 and device.type == 'cuda':
        _check_devices(run.device)
    mixed_precision(run.precision, device)
    return device


@contextlib.contextmanager
def process_group() -> Iterator[None]:
    """Leave the group of processes at the end, if trainings in the context joined one."""
    try:
        yield
    finally:
        if torch.distributed.is_initialized():
            torch.distributed.destroy_process_group()


def _check_devices(setting: str) -> None:
    """Check that every process of this machine has its own GPU."""
    here = local_process_count()
    if ':' in setting:
        raise SettingsError(f'device: each of {here} processes uses its own GPU; set cuda')
    if here > torch.cuda.device_count():
        raise SettingsError(
            f'{here} processes on this machine, but {torch.cuda.device_count()} GPUs; start as '
            'many, or take device cpu'
        )


def mixed_precision(name: str, device: torch.device, suits_bf16: bool = False) -> str:
    """Return the accelerate name of a precision: no, bf16 or fp16.

    Args:
        name: fp32, bf16, fp16 or auto.
        device: Device of the networks.
        suits_bf16: Whether auto may take bf16 on a CPU; see `Task.suits_bf16`.

    Raises:
        SettingsError: The device does not support it.
    """
    if name == 'auto':
        if device.type == 'cpu':
            return 'bf16' if suits_bf16 and has_bf16_instructions() else 'no'
        return 'bf16' if torch.cuda.is_bf16_supported() else 'fp16'
    if name == 'fp16' and device.type == 'cpu':
        raise SettingsError('precision: fp16 needs a CUDA device; the CPU supports fp32 and bf16')
    return 'no' if name == 'fp32' else name


def describe_machine(accelerator: 'Accelerator') -> str:
    """Return a description of device, precision and number of processes."""
    device = accelerator.device
    name = torch.cuda.get_device_name(device) if device.type == 'cuda' else device.type
    precision = {'no': 'fp32'}.get(accelerator.mixed_precision, accelerator.mixed_precision)
    threads = f', {torch.get_num_threads()} threads' if device.type == 'cpu' else ''
    count = accelerator.num_processes
    return f'{name}, {precision}, {count} process{"es" if count > 1 else ""}{threads}'


def accelerated_processes(accelerator: 'Accelerator') -> Processes:
    """Return the number of processes sharing a batch, and the mean over them (no gradient)."""
    if accelerator.num_processes == 1:
        return ONE_PROCESS

    def mean(value: torch.Tensor) -> torch.Tensor:
        reduced = accelerator.reduce(value.detach().clone(), 'mean')
        assert isinstance(reduced, torch.Tensor)
        return reduced

    return Processes(accelerator.num_processes, mean)


def broadcast_from_main(accelerator: 'Accelerator', value: Any) -> Any:
    """Return the value of the main process in all processes."""
    if accelerator.num_processes == 1:
        return value
    from accelerate.utils import broadcast_object_list

    return broadcast_object_list([value])[0]


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


@dataclasses.dataclass(frozen=True)
class StepLosses:
    """Losses of a step, averaged over all processes, and the stop requests of all of them."""

    step: int
    by_name: dict[str, float]
    stop: bool  # stop requested
    time_is_up: bool


class LossTransfer:
    """Copies the losses of a step to the host without making the device wait.

    They are copied while the next step is being computed, and read after that one was queued. With
    several processes they are averaged, so that all of them see the same numbers and take the same
    decisions; the stop requests travel along.
    """

    def __init__(self, accelerator: 'Accelerator') -> None:
        self._accelerator = accelerator
        self._held: tuple[int, list[str], Tensor, torch.cuda.Event | None] | None = None

    def put(self, step: int, losses: Mapping[str, Tensor], stop: bool, time_is_up: bool) -> None:
        """Send the losses of a step on their way; those before must have been taken."""
        names = list(losses)
        values = [losses[name].detach().double().reshape(()) for name in names]
        # Filled in where the losses are: a copy from the host could wait for the step.
        flags = [values[0].new_full((), float(flag)) for flag in (stop, time_is_up)]
        sent = torch.stack([*values, *flags])
        device = self._accelerator.device
        if self._accelerator.num_processes > 1:
            sent = self._accelerator.reduce(sent, 'mean')
        event = None
        if device.type == 'cuda':
            host = torch.empty(sent.shape, dtype=sent.dtype, pin_memory=True)
            host.copy_(sent, non_blocking=True)
            event = torch.cuda.Event()
            event.record()
            sent = host
        self._held = step, names, sent, event

    def take(self) -> StepLosses | None:
        """Return what was put last, once; None where there is nothing."""
        if self._held is None:
            return None
        step, names, values, event = self._held
        self._held = None
        if event is not None:
            event.synchronize()
        *losses, stop, time_is_up = values.tolist()
        return StepLosses(step, dict(zip(names, losses, strict=True)), stop > 0, time_is_up > 0)
