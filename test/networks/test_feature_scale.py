# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Random decoders for features of any size."""

import pytest
import torch

from thermal_depth_ros.networks.build import build_networks
from thermal_depth_ros.networks.feature_scale import fit_decoder, natural_noise

TINY = {'encoder_width': 8, 'light_width': 0}


def test_the_image_has_the_spectrum_of_photographs():
    """Ten times the frequency, a tenth of the amplitude."""
    image = natural_noise()[0, 0]
    assert image.min() >= 0 and image.max() <= 1
    assert float(image.std()) == pytest.approx(0.2, abs=0.01)
    amplitude = torch.fft.rfft2(image - image.mean()).abs()
    low, high = amplitude[0, 3:8].mean(), amplitude[0, 30:80].mean()
    assert 0.05 < float(high / low) < 0.2


@pytest.mark.parametrize('encoder', ['test_efficientnet', 'test_convnext'])
def test_a_fitted_decoder_reads_features_at_unit_deviation(encoder):
    """As if the features themselves were divided by their deviation; four scales or five."""
    plain, fitted = (build_networks('rgb', {**TINY, 'encoder': encoder})['depthseg'] for _ in '12')
    fit_decoder(fitted.depth_decoder, fitted.encoder)
    with torch.no_grad():
        features = plain.encoder(natural_noise().expand(-1, 3, -1, -1))
        divided = [f / f.std() if f.numel() else f for f in features]
        for wanted, found in zip(
            plain.depth_decoder(divided), fitted.depth_decoder(features), strict=True
        ):
            torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-4)
    encoders = [network.encoder.state_dict() for network in (plain, fitted)]
    assert all(torch.equal(value, encoders[1][name]) for name, value in encoders[0].items())
