# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Day-night translation: counts, CycleGAN's outputs with its weights, start values, refusals."""

import numpy as np
import pytest
import torch

from thermal_depth_ros.networks.cyclegan import Generator, PatchDiscriminator, build_cyclegan
from thermal_depth_ros.networks.weights import load_state


@pytest.mark.parametrize(
    ('build', 'parameters'), [(Generator, 11_378_179), (PatchDiscriminator, 2_764_737)]
)
def test_networks_have_the_published_number_of_parameters(build, parameters):
    with torch.device('meta'):
        assert sum(p.numel() for p in build().parameters()) == parameters


def test_generator_equals_cyclegan(vectors, rule_state, generator_state):
    reference = vectors('cyclegan_generator')
    named = {key.replace('rule/', 'rule/cyclegan/'): value for key, value in reference.items()}
    net = Generator()
    state = generator_state(rule_state(named, 'cyclegan'), 2, 9)
    load_state(net, state, 'rule')
    with torch.no_grad():
        found = net(torch.from_numpy(reference['in/image_u8']).float() / 128 - 1)
    np.testing.assert_allclose(found, reference['out/translated'], rtol=0, atol=5e-5)


def test_a_score_covers_a_patch_of_70_pixels():
    """The gradient of one score reaches 70x70 pixels, and 256x256 pixels have 30x30 scores."""
    net = PatchDiscriminator(width=2)
    for layer in net.layers:  # normalisation couples all pixels; here only the layout counts
        if isinstance(layer, torch.nn.InstanceNorm2d):
            layer.forward = lambda x: x
    image = torch.zeros(1, 3, 256, 256, requires_grad=True)
    scores = net(image)
    assert scores.shape == (1, 1, 30, 30)
    scores[0, 0, 15, 15].backward()
    rows, columns = np.nonzero(image.grad[0].abs().sum(0).numpy())
    assert (np.ptp(rows) + 1, np.ptp(columns) + 1) == (70, 70)


def test_scores_are_unbounded_and_leak():
    net = PatchDiscriminator()
    with torch.no_grad():
        net.layers[0].weight.zero_()
        net.layers[0].bias.fill_(-1.0)
        first = net.layers[1](net.layers[0](torch.zeros(1, 3, 32, 32)))
    torch.testing.assert_close(first, torch.full_like(first, -0.2))


def test_start_values_are_normal_and_follow_the_seed():
    one, again, other = build_cyclegan(3), build_cyclegan(3), build_cyclegan(4)
    for name in ('day_to_night', 'night_to_day', 'discriminator_day', 'discriminator_night'):
        a, b, c = (getattr(gan, name).state_dict() for gan in (one, again, other))
        for key in a:
            assert torch.equal(a[key], b[key])
            if key.endswith('bias'):
                assert not a[key].any()
            else:
                assert not torch.equal(a[key], c[key])
    weights = one.day_to_night.blocks[4].conv1.weight.detach().flatten() / 0.02
    assert abs(float(weights.mean())) < 5e-3
    assert abs(float(weights.std()) - 1) < 5e-3
    assert abs(float((weights.abs() < 1).float().mean()) - 0.6827) < 5e-3  # uniform: 0.577
    assert abs(float((weights.abs() > 2).float().mean()) - 0.0455) < 5e-3  # uniform: 0
    directions = one.day_to_night.last.weight, one.night_to_day.last.weight
    assert not torch.equal(*directions)


def test_start_values_can_be_trained_even_when_made_in_inference_mode():
    with torch.inference_mode():
        gan = build_cyclegan(0, n_blocks=1, width=4, discriminator_width=4)
    image = torch.rand(1, 3, 32, 48) * 2 - 1
    gan.discriminator_night(gan.day_to_night(image)).square().mean().backward()
    assert gan.day_to_night.stem[0].weight.grad.abs().sum() > 0


def test_sizes_that_cannot_be_translated_or_scored_are_refused():
    with pytest.raises(ValueError, match=r'30x40.*4'):
        Generator(1, 4)(torch.zeros(1, 3, 30, 40))
    with pytest.raises(ValueError, match=r'64x16.*24'):
        PatchDiscriminator(4)(torch.zeros(1, 3, 64, 16))
