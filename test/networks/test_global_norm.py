# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Normalisation over processes: two real processes must compute what one does with the batch."""

import copy

import pytest
import torch
from torch import nn

from helpers.processes import processes
from thermal_depth_ros.networks.build import build_networks
from thermal_depth_ros.networks.global_norm import GlobalBatchNorm, convert

SHARES = (3, 2)
WORKER = """
import sys
import torch
import torch.distributed as dist
from thermal_depth_ros.base.stopping import leave_now
from thermal_depth_ros.networks.global_norm import convert

folder, rank = sys.argv[1], int(sys.argv[2])
torch.set_num_threads(1)
dist.init_process_group('gloo', init_method=f'file://{folder}/store', rank=rank, world_size=2)
results = {}
for name, job in torch.load(f'{folder}/jobs.pt', weights_only=False).items():
    net = convert(job['net'])
    x = job['x'].split([3, 2])[rank].clone().requires_grad_()
    cotangent = job['cotangent'].split([3, 2])[rank]
    for _ in range(2):
        out = net(x)
    (out * cotangent).sum().backward()
    results[name] = {
        'out': out.detach(),
        'x': x.grad,
        'weights': {key: p.grad for key, p in net.named_parameters()},
        'buffers': dict(net.named_buffers()),
    }
torch.save(results, f'{folder}/result{rank}.pt')
dist.destroy_process_group()
leave_now()  # base/stopping.py says why
"""


def small_net(dtype: torch.dtype, momentum: float | None, affine: bool) -> nn.Module:
    torch.manual_seed(3)
    norm = nn.BatchNorm2d(6, momentum=momentum, affine=affine)
    if affine:
        nn.init.uniform_(norm.weight, 0.5, 2)
        nn.init.uniform_(norm.bias, -1, 1)
    layers = [nn.Conv2d(2, 6, 3, padding=1), norm, nn.ReLU(), nn.Conv2d(6, 4, 3), nn.BatchNorm2d(4)]
    return nn.Sequential(*layers).to(dtype)


@pytest.fixture(scope='module')
def jobs() -> dict[str, dict]:
    generator = torch.Generator().manual_seed(1)
    made = {}
    for name, dtype, momentum, affine in (
        ('double', torch.float64, 0.1, True),
        ('single', torch.float32, 0.3, True),
        ('plain', torch.float64, None, False),
    ):
        x = 4 + torch.randn(5, 2, 8, 7, generator=generator, dtype=torch.float64)
        cotangent = torch.randn(5, 4, 6, 5, generator=generator, dtype=torch.float64)
        made[name] = {
            'net': small_net(dtype, momentum, affine),
            'x': x.to(dtype),
            'cotangent': cotangent.to(dtype),
        }
    return made


@pytest.fixture(scope='module')
def shared_work(jobs, tmp_path_factory) -> list[dict]:
    """What each of two processes made of its share."""
    folder = tmp_path_factory.mktemp('processes')
    torch.save(jobs, folder / 'jobs.pt')
    with processes() as start:
        command = ('-c', WORKER, str(folder))
        workers = [start(*command, str(rank), GLOO_SOCKET_IFNAME='lo') for rank in (0, 1)]
        said = [worker.communicate(timeout=120) for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0], said
    return [torch.load(folder / f'result{rank}.pt', weights_only=False) for rank in (0, 1)]


@pytest.mark.parametrize(
    ('name', 'tolerance'), [('double', 1e-12), ('single', 1e-6), ('plain', 1e-12)]
)
def test_two_processes_compute_what_one_does_with_the_whole_batch(
    jobs, shared_work, name, tolerance
):
    job = jobs[name]
    net = copy.deepcopy(job['net'])
    x = job['x'].clone().requires_grad_()
    for _ in range(2):
        out = net(x)
    (out * job['cotangent']).sum().backward()
    found = [work[name] for work in shared_work]

    def close(value: torch.Tensor, wanted: torch.Tensor, scale: float = 1.0) -> None:
        limit = tolerance * max(scale, float(wanted.abs().max()))
        torch.testing.assert_close(value, wanted, rtol=0, atol=limit)

    close(torch.cat([part['out'] for part in found]), out.detach())
    close(torch.cat([part['x'] for part in found]), x.grad)
    largest = max(float(p.grad.abs().max()) for p in net.parameters())
    for key, parameter in net.named_parameters():
        close(sum(part['weights'][key] for part in found), parameter.grad, largest)
    for key, buffer in net.named_buffers():
        assert found[0]['buffers'][key].equal(found[1]['buffers'][key]), 'the same everywhere'
        close(found[0]['buffers'][key].double(), buffer.double())


@pytest.mark.parametrize('training', [True, False])
def test_one_process_computes_bit_for_bit_what_it_did_before(training):
    plain = small_net(torch.float32, 0.1, True).train(training)
    ours = convert(copy.deepcopy(plain))
    x = torch.randn(4, 2, 9, 9)
    assert torch.equal(ours(x), plain(x))
    before, after = plain.state_dict(), ours.state_dict()
    assert list(after) == list(before)
    assert all(torch.equal(after[key], before[key]) for key in before)


def test_conversion_keeps_parameters_buffers_names_and_mode():
    net = build_networks('rgb', {'light_width': 8})['depthseg']
    names = list(net.state_dict())
    parameters = {id(p) for p in net.parameters()}
    buffers = {id(b) for b in net.buffers()}
    norm = net.encoder.resnet.bn1
    assert convert(net) is net
    assert type(net.encoder.resnet.bn1) is GlobalBatchNorm
    assert net.encoder.resnet.bn1.weight is norm.weight
    assert not any(type(module) is nn.BatchNorm2d for module in net.modules())
    assert list(net.state_dict()) == names
    assert {id(p) for p in net.parameters()} == parameters
    assert {id(b) for b in net.buffers()} == buffers
    assert not any(module.training for module in net.modules())
    again = net.encoder.resnet.bn1
    convert(net)
    assert net.encoder.resnet.bn1 is again, 'a second conversion changes nothing'
    copy.deepcopy(net).load_state_dict(net.state_dict())


def test_activations_of_timms_normalisation_stay():
    import timm

    options = {'pretrained': False, 'features_only': True, 'out_indices': (1,)}
    plain = timm.create_model('mobilenetv3_small_050', **options).train()
    ours = convert(copy.deepcopy(plain))
    assert any(isinstance(module, GlobalBatchNorm) for module in ours.modules())
    assert list(ours.state_dict()) == list(plain.state_dict())
    x = torch.randn(2, 3, 32, 32)
    assert torch.equal(ours(x)[0], plain(x)[0])


def test_a_single_normalisation_is_replaced_by_what_is_returned():
    norm = nn.BatchNorm2d(3)
    made = convert(norm)
    assert isinstance(made, GlobalBatchNorm) and made.weight is norm.weight
    with pytest.raises(ValueError, match='4D'):
        made(torch.zeros(2, 3))
