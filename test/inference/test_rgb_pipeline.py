# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The RGB pipeline on a tiny bundle: what comes out, what is not computed, what is said."""

import dataclasses
import math

import numpy as np
import pytest
import torch

from helpers.running_networks import running_networks
from thermal_depth_ros.base.settings import SettingsError
from thermal_depth_ros.bundles import CITYSCAPES_19, BundleError, load_bundle
from thermal_depth_ros.frames.frame import InferenceError
from thermal_depth_ros.inference.metric_scale import WheelScale
from thermal_depth_ros.inference.rgb_pipeline import finish_semantics

DEPTH = frozenset({'depth'})
CONFIDENCE = frozenset({'depth', 'confidence'})
SEMANTIC = frozenset({'semantic', 'semantic_confidence'})
ALL = CONFIDENCE | SEMANTIC | {'points', 'overlay', 'camera_info', 'label_info'}
ROAD, SKY = 0, 10


def network(pipeline):
    return running_networks(pipeline)['depthseg']


def sky_above(outputs):
    """Logits that are sure of sky in the upper half and of road below, at every scale."""
    changed = []
    for logits in outputs:
        sure = torch.zeros_like(logits)
        half = logits.shape[-2] // 2
        sure[:, SKY, :half] = sure[:, ROAD, half:] = 20.0
        changed.append(sure)
    return tuple(changed)


class TestOutput:
    @pytest.mark.parametrize('size', [(384, 1224), (90, 160), (37, 53), (480, 64)])
    def test_any_size_comes_back_at_that_size(self, rgb, colour_frame, size):
        output = rgb(sky_is_far=False).process(colour_frame(1, size), ALL)
        depth, semantics = output.depth, output.semantics
        for array in (depth.depth_m, depth.confidence, semantics.confidence):
            assert array.shape == size and array.dtype == np.float32
        assert semantics.labels.shape == size and semantics.labels.dtype == np.uint8
        assert np.isfinite(depth.depth_m).all() and (depth.depth_m > 0.09).all()
        for confidence in (depth.confidence, semantics.confidence):
            assert ((confidence >= 0) & (confidence <= 1)).all()
        assert semantics.labels.max() < 19
        assert output.odometry is None and not output.plan.withheld

    def test_it_is_the_whole_network_of_the_paper(self, rgb, colour_frame, tiny_rgb_bundle):
        """At network size: parts run one by one equal the network run at once."""
        frame = colour_frame(size=(64, 96))
        output = rgb(sky_is_far=False).process(frame, ALL)
        image = torch.tensor(frame.image / 255.0, dtype=torch.float32).permute(2, 0, 1)[None]
        with torch.no_grad():
            whole = load_bundle(tiny_rgb_bundle).networks['depthseg'](image)
        inverse = 0.01 + (10.0 - 0.01) * whole.disparities[0][0, 0].numpy()
        np.testing.assert_allclose(output.depth.depth_m, 1 / inverse, rtol=1e-3)
        probability, label = whole.logits[0].softmax(1).max(1)
        np.testing.assert_allclose(output.semantics.confidence, probability[0], atol=1e-4)
        assert (output.semantics.labels == label[0].numpy()).mean() > 0.999

    def test_confidence_is_the_agreement_of_the_four_scales(self, rgb, colour_frame, answer):
        pipeline = rgb(sky_is_far=False)

        def scales(outputs):
            # sigmoid 0.1 everywhere, but 0.2 at the coarsest
            logits = [math.log(s / (1 - s)) for s in (0.1, 0.1, 0.1, 0.2)]
            return tuple(torch.full_like(o, x) for o, x in zip(outputs, logits, strict=True))

        answer(network(pipeline).depth_decoder, scales)
        confidence = pipeline.process(colour_frame(), CONFIDENCE).depth.confidence
        a, b = 0.01 + 9.99 * 0.1, 0.01 + 9.99 * 0.2
        assert confidence == pytest.approx(1 - (b - a) / (a + b) / 3, abs=1e-5)

    def test_two_runs_are_identical_to_the_bit(self, rgb, colour_frame):
        one, two = (rgb().process(colour_frame(), ALL) for _ in range(2))
        assert one.depth.depth_m.tobytes() == two.depth.depth_m.tobytes()
        assert one.depth.confidence.tobytes() == two.depth.confidence.tobytes()
        assert one.semantics.labels.tobytes() == two.semantics.labels.tobytes()
        assert one.semantics.confidence.tobytes() == two.semantics.confidence.tobytes()

    def test_red_is_not_blue(self, rgb, colour_frame):
        frame = colour_frame()
        swapped = dataclasses.replace(frame, image=frame.image[..., ::-1])
        one, two = (rgb().process(f, DEPTH).depth.depth_m for f in (frame, swapped))
        assert not np.allclose(one, two, rtol=1e-3)


class TestSky:
    def test_it_is_far_and_can_be_switched_off(self, rgb, rgb_config, colour_frame, answer):
        pipeline = rgb(min_confidence=0.0)
        answer(network(pipeline).seg_decoder, sky_above)
        depth = pipeline.process(colour_frame(size=(128, 96)), DEPTH).depth.depth_m
        assert (depth[:64] == math.inf).all() and np.isfinite(depth[64:]).all()
        pipeline.update(rgb_config(min_confidence=0.0, sky_is_far=False))
        depth = pipeline.process(colour_frame(size=(128, 96)), DEPTH).depth.depth_m
        assert np.isfinite(depth).all()

    def test_doubtful_sky_is_neither_sky_nor_far(self, rgb, colour_frame, answer):
        pipeline = rgb(semantic_min_confidence=0.9)
        answer(network(pipeline).seg_decoder, lambda out: tuple(x * 0.05 for x in sky_above(out)))
        output = pipeline.process(colour_frame(), DEPTH | SEMANTIC)
        assert (output.semantics.labels == 255).all()
        assert np.isfinite(output.depth.depth_m).all()


class TestSemantics:
    def test_labels_are_where_the_network_saw_them(self, rgb, colour_frame, answer):
        pipeline = rgb()
        answer(network(pipeline).seg_decoder, sky_above)
        labels = pipeline.process(colour_frame(size=(200, 300)), SEMANTIC).semantics.labels
        assert (labels[:100] == SKY).all() and (labels[100:] == ROAD).all()

    def test_unlabelled_is_exactly_what_is_below_the_threshold(self, rgb, colour_frame):
        open_minded = rgb().process(colour_frame(), SEMANTIC).semantics
        threshold = float(np.median(open_minded.confidence))
        strict = rgb(semantic_min_confidence=threshold).process(colour_frame(), SEMANTIC).semantics
        below = strict.confidence < threshold
        assert 0.3 < below.mean() < 0.7
        assert ((strict.labels == 255) == below).all()
        assert (strict.labels[~below] == open_minded.labels[~below]).all()

    def test_confidence_is_a_probability(self, rgb, colour_frame, answer):
        pipeline = rgb()
        answer(network(pipeline).seg_decoder, lambda out: tuple(torch.zeros_like(x) for x in out))
        semantics = pipeline.process(colour_frame(), SEMANTIC).semantics
        assert semantics.confidence == pytest.approx(1 / 19)


class TestBadImages:
    @pytest.mark.parametrize('colour', [(0, 0, 0), (255, 255, 255), (10, 200, 30)])
    def test_one_colour_is_no_picture(self, rgb, colour_frame, colour):
        image = np.full((90, 160, 3), colour, np.uint8)
        output = rgb().process(colour_frame(image=image), ALL)
        assert (output.depth.confidence == 0).all()
        assert (output.semantics.labels == 255).all()
        assert (output.semantics.confidence == 0).all()
        assert np.isfinite(output.depth.depth_m).all()

    def test_a_network_that_says_nan(self, rgb, colour_frame, answer):
        pipeline = rgb()
        answer(network(pipeline).encoder, lambda out: tuple(x * math.nan for x in out))
        output = pipeline.process(colour_frame(), ALL)
        assert np.isnan(output.depth.depth_m).all()
        assert (output.depth.confidence == 0).all()
        assert (output.semantics.labels == 255).all()
        assert (output.semantics.confidence == 0).all()

    def test_an_image_of_another_kind_is_refused(self, rgb, colour_frame):
        with pytest.raises(InferenceError, match='rgb image: shape'):
            rgb().process(colour_frame(image=np.zeros((4, 4), np.uint8)), DEPTH)

    def test_a_cloud_is_withheld_without_calibration(self, rgb, colour_frame):
        output = rgb().process(colour_frame(calibrated=False), ALL)
        assert output.plan.withheld == dict.fromkeys(('camera_info', 'points'), 'no camera_info')
        assert output.depth is not None and output.semantics is not None


class TestWork:
    @pytest.mark.parametrize(
        ('wanted', 'settings', 'depth', 'seg'),
        [
            ({'camera_info', 'label_info'}, {}, 0, 0),
            (DEPTH, {}, 1, 1),
            (DEPTH, {'sky_is_far': False}, 1, 0),
            ({'semantic'}, {}, 0, 1),
            ({'overlay'}, {}, 0, 1),
            (ALL, {}, 1, 1),
        ],
    )
    def test_decoders_run_only_for_readers(
        self, rgb, colour_frame, count_runs, wanted, settings, depth, seg
    ):
        pipeline = rgb(**settings)
        net = network(pipeline)
        runs = count_runs(
            depth=net.depth_decoder,
            seg=net.seg_decoder,
            encoder=net.encoder,
            pose=running_networks(pipeline)['pose'],
        )
        for k in (1, 2):
            output = pipeline.process(colour_frame(k), frozenset(wanted))
        assert runs == {
            'depth': 2 * depth,
            'seg': 2 * seg,
            'encoder': 2 * max(depth, seg),
            'pose': 0,
        }
        assert (output.depth is None) == (not depth)

    def test_confidences_are_made_for_readers_only(self, rgb, colour_frame):
        output = rgb().process(colour_frame(), DEPTH | {'semantic'})
        assert output.depth.confidence is None and output.semantics.confidence is None


class TestSettings:
    def test_wheels_give_metres_through_the_pose_network(self, rgb, colour_frame, answer):
        """PoseNet says (axis angle, translation) from the earlier to the later frame."""
        wheel = WheelScale()
        pipeline = rgb(wheel=wheel, scale_source='wheel', sky_is_far=False)

        def forward(out):
            ahead = torch.zeros_like(out.translation)
            ahead[:, 0, 2] = -0.05
            return dataclasses.replace(
                out, axisangle=torch.zeros_like(out.axisangle), translation=ahead
            )

        answer(running_networks(pipeline)['pose'], forward)
        for k in range(1, 12):
            frame = colour_frame(k)
            wheel.add(frame.stamp_ns, (0.0, 0.25 * k, 0.0))
            output = pipeline.process(frame, DEPTH)
        assert output.scale.factor == pytest.approx(5.0)
        unit = rgb(sky_is_far=False).process(frame, DEPTH).depth.depth_m
        np.testing.assert_allclose(output.depth.depth_m, 5 * unit, rtol=1e-4)

    def test_fixed_settings_are_refused_by_name(self, rgb, rgb_config):
        pipeline = rgb()
        changed = rgb_config(bundle='other', overlay_opacity=0.1)
        with pytest.raises(SettingsError, match='bundle: fixed at start-up'):
            pipeline.update(changed)

    def test_it_announces_what_it_is(self, rgb):
        description = rgb().description
        assert description.labels == CITYSCAPES_19
        assert description.input_size == (64, 96)
        assert len(description.announcements) == 2

    def test_a_bundle_of_the_other_camera_is_refused(self, rgb, tiny_thermal_bundle):
        from thermal_depth_ros.frames.config import RgbConfig
        from thermal_depth_ros.inference.pipeline import open_pipeline

        with pytest.raises(BundleError, match="kind is 'thermal'"):
            open_pipeline('rgb', RgbConfig(bundle=str(tiny_thermal_bundle)))

    def test_a_bundle_for_depth_alone_withholds_semantics(self, depth_bundle, colour_frame):
        from thermal_depth_ros.frames.config import RgbConfig
        from thermal_depth_ros.inference.pipeline import open_pipeline

        pipeline = open_pipeline('rgb', RgbConfig(bundle=str(depth_bundle), device='cpu'))
        output = pipeline.process(colour_frame(), ALL)
        assert output.semantics is None
        assert np.isfinite(output.depth.depth_m).all(), 'no sky without classes'
        withheld = {'semantic', 'semantic_confidence', 'overlay', 'label_info'}
        assert output.plan.withheld == dict.fromkeys(
            withheld, 'the bundle has depth alone, no classes'
        )
        assert pipeline.description.labels is None
        pipeline.close()


def test_a_temperature_changes_probabilities_and_no_class():
    logits = torch.zeros(1, 3, 2, 2)
    logits[:, 1] = 2.0
    plain = finish_semantics(logits, (2, 2), 0.0)
    soft = finish_semantics(logits, (2, 2), 0.0, temperature=2.0)
    np.testing.assert_array_equal(plain.labels, soft.labels)
    np.testing.assert_allclose(soft.confidence, math.e / (math.e + 2), rtol=1e-6)
    assert (plain.confidence > soft.confidence).all()


def test_the_first_of_the_best_classes_is_taken_and_none_without_a_finite_one():
    logits = torch.zeros(1, 3, 1, 5)
    logits[0, :, 0, 1] = torch.tensor([-1.0, 4.0, 4.0])  # a tie
    logits[0, 2, 0, 2] = math.nan
    logits[0, 1, 0, 3] = math.inf
    logits[0, :, 0, 4] = -math.inf
    found = finish_semantics(logits, (1, 5), 0.0)
    np.testing.assert_array_equal(found.labels, [[0, 1, 255, 255, 255]])
    p = 1.0 / (2.0 + math.exp(-5.0))
    np.testing.assert_allclose(found.confidence, [[1 / 3, p, 0.0, 0.0, 0.0]], rtol=1e-6)
    np.testing.assert_array_equal(
        finish_semantics(logits, (1, 5), 0.0, with_confidence=False).labels, found.labels
    )
