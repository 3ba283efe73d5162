# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The DepthSegNet24 loss: which images each term compares, and what the switches leave out."""

import dataclasses

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from thermal_depth_ros.networks.build import build_networks
from thermal_depth_ros.networks.decoder import MultiscaleDecoder
from thermal_depth_ros.networks.depthseg import DepthSegOutput
from thermal_depth_ros.networks.posenet import AxisAnglePose
from thermal_depth_ros.training.engine.performance import lay_channels_last
from thermal_depth_ros.training.rgb.batch import ClassLabels, LightBatch, RgbBatch
from thermal_depth_ros.training.rgb.config import RgbTrainingConfig
from thermal_depth_ros.training.rgb.monocular_config import DepthTeacherConfig
from thermal_depth_ros.training.rgb.monocular_objective import MonocularObjective
from thermal_depth_ros.training.rgb.objective import RgbObjective

H, W, CLASSES, SKY = 64, 64, 5, 3
DAY_TERMS = {'day', 'segmentation_day'}
SYNTHETIC_NIGHT = {'synthetic_night', 'consistency', 'segmentation_synthetic_night'}
NIGHT = {'night', 'synthetic_consistency', 'segmentation_night'}
LIGHT = {'light', 'light_variation', 'light_similarity', 'light_exposure'}


def images(seed, *shape):
    return torch.rand(*shape, 3, H, W, generator=torch.Generator().manual_seed(seed))


def labels(seed):
    generator = torch.Generator().manual_seed(seed)
    ids = torch.stack([torch.randperm(CLASSES, generator=generator)[:2] for _ in range(2 * H * W)])
    ids = ids.reshape(2, H, W, 2).permute(0, 3, 1, 2)
    scores = torch.randint(0, 256, (2, 2, H, W), generator=generator)
    return ids.to(torch.uint8), scores.to(torch.uint8)


def batch(synthetic_night=True, night=True, teacher=True):
    day = light_batch(
        0,
        disparity=0.1 + images(4, 2)[:, :1] if teacher else None,
        **{} if synthetic_night else {'translated': None},
    )
    return RgbBatch(day, light_batch(10) if night else None)


def light_batch(seed, **changes):
    values = {
        'images': images(seed, 2, 3),
        'target': images(seed + 1, 2),
        'K': torch.tensor([[50.0, 0, 31.5], [0, 50.0, 31.5], [0, 0, 1]]).repeat(2, 1, 1),
        'T': torch.eye(4).repeat(2, 2, 1, 1),
        'zoom': torch.ones(2),
        'focal_ratio': torch.ones(2),
        'pose_images': images(seed + 5, 2, 3),
        'translated': images(seed + 2, 2),
        'classes': ClassLabels(*labels(seed + 3)),
    }
    return LightBatch(**{**values, **changes})


def objective(config=None, **settings):
    config = config or RgbTrainingConfig(light_width=4, auto_mask=False, **settings)
    lit = isinstance(config, RgbTrainingConfig) and config.light_enhancement
    architecture = {'n_classes': CLASSES, 'light_width': 4 if lit else 0}
    architecture['encoder_width'] = config.encoder_width
    if not isinstance(config, RgbTrainingConfig):
        architecture['n_classes'] = 0
    networks = build_networks('rgb', architecture, seed=3)
    if isinstance(config, RgbTrainingConfig):
        made = RgbObjective(networks['depthseg'], networks['pose'], config, SKY)
    else:
        made = MonocularObjective(networks['depthseg'], networks['pose'], config)
    return made.eval()  # statistics of the batch would tie the images to each other


def scalars(found):
    return {name: value.item() for name, value in found.logged().items()}


def test_the_sum_is_that_of_the_weights_of_the_paper():
    found = scalars(objective()(batch()))
    weights = dict.fromkeys(DAY_TERMS | SYNTHETIC_NIGHT | NIGHT | {'distillation'}, 1.0)
    weights |= {'night': 0.1, 'light': 0.01}
    assert found.keys() == weights.keys() | LIGHT | {'total'}
    expected = sum(weight * found[name] for name, weight in weights.items())
    assert found['total'] == pytest.approx(expected, rel=1e-5)
    assert found['light'] > 0 and found['light_exposure'] > 0


@pytest.mark.parametrize(
    ('settings', 'data', 'missing'),
    [
        ({'real_night': False}, {'night': False}, NIGHT),
        ({'synthetic_night': False}, {'synthetic_night': False}, SYNTHETIC_NIGHT),
        ({'light_enhancement': False}, {}, LIGHT),
        ({'day_distillation': False}, {'teacher': False}, {'distillation'}),
        (
            {'real_night': False, 'synthetic_night': False},
            {'night': False, 'synthetic_night': False},
            NIGHT | SYNTHETIC_NIGHT,
        ),
    ],
)
def test_the_switches_of_table_5(settings, data, missing):
    everything = DAY_TERMS | SYNTHETIC_NIGHT | NIGHT | LIGHT | {'distillation', 'total'}
    found = objective(**settings)(batch(**data))
    assert scalars(found).keys() == everything - missing
    assert found.total.isfinite()
    found.total.backward()


def test_a_depth_teacher_learns_from_reprojection_alone():
    config = DepthTeacherConfig(auto_mask=False)
    found = scalars(objective(config)(batch(night=False, synthetic_night=False, teacher=False)))
    assert found.keys() == {'day', 'total'} and found['day'] == pytest.approx(found['total'])


def depth_of(made, image):
    with torch.no_grad():
        sigmoid = made.network(image).disparities[0]
    return 1 / (0.01 + 9.99 * sigmoid)


def test_consistency_compares_pairs_and_leaves_the_sky_out_by_night():
    made, data = objective(), batch()
    found = made(data)
    day, night = (depth_of(made, one.translated) for one in (data.night, data.day))
    by_day, by_night = (depth_of(made, one.target) for one in (data.day, data.night))
    torch.testing.assert_close(found.terms.consistency, (by_day - night).square().mean())
    best = data.night.classes.scores.argmax(1, keepdim=True)
    is_sky = data.night.classes.class_ids.gather(1, best) == SKY
    sure = data.night.classes.scores.gather(1, best) / 255.0 > 0.1
    difference = (day - by_night) * ~(is_sky & sure)
    torch.testing.assert_close(found.terms.synthetic_consistency, difference.square().mean())
    assert (is_sky & sure).any()


def test_all_sky_leaves_nothing_to_compare_and_no_nan():
    data = batch()
    data.night.classes.class_ids[:] = SKY
    data.night.classes.scores[:] = 255
    found = objective()(data)
    assert found.terms.synthetic_consistency == 0 and found.total.isfinite()
    found.total.backward()


def test_uncertain_classes_have_no_gradient():
    data = batch()
    for light in (data.day, data.night):
        light.classes.scores[:] = 25  # 0.098
    for form in ('soft', 'hard'):
        found = scalars(objective(label_form=form)(data))
        assert found['segmentation_day'] == found['segmentation_night'] == 0
        assert np.isfinite(found['total'])


def test_classes_of_each_image_are_those_of_its_real_one():
    made, data = objective(segmentation_scales='finest'), batch()
    found = made(data)
    for term, image, real in (
        (found.terms.segmentation_day, data.day.target, data.day),
        (found.terms.segmentation_synthetic_night, data.day.translated, data.day),
        (found.terms.segmentation_night, data.night.target, data.night),
    ):
        log_p = F.log_softmax(made.network(image).logits[0], 1)
        y = torch.zeros_like(log_p)
        scores = real.classes.scores / 255.0
        y.scatter_(1, real.classes.class_ids.long(), scores * (scores > 0.1))
        torch.testing.assert_close(term, -(y * log_p).sum(1).mean())


def test_rare_classes_teach_more_where_that_is_wanted():
    data, plain = batch(), objective(segmentation_scales='finest')
    weights = torch.linspace(0.1, 2.0, CLASSES)
    balanced = RgbObjective(plain.network, plain.pose, plain._config, SKY, class_weights=weights)
    found = balanced.eval()(data)
    log_p = F.log_softmax(plain.network(data.day.target).logits[0], 1)
    y = torch.zeros_like(log_p)
    scores = data.day.classes.scores / 255.0
    y.scatter_(1, data.day.classes.class_ids.long(), scores * (scores > 0.1))
    expected = -(weights[:, None, None] * y * log_p).sum(1).mean()
    torch.testing.assert_close(found.terms.segmentation_day, expected)
    assert balanced.state_dict().keys() == plain.state_dict().keys()


def test_the_teacher_is_compared_in_the_chosen_space_zoom_and_focal_length():
    data, zoom, ratio = batch(), torch.tensor([1.0, 2.0]), torch.tensor([1.5, 1.0])
    day = dataclasses.replace(data.day, zoom=zoom, focal_ratio=ratio)
    data = dataclasses.replace(data, day=day)
    made = objective(consistency_space='disp')
    own = 1 / depth_of(made, data.day.target) / torch.tensor([1.5, 2.0]).reshape(2, 1, 1, 1)
    from thermal_depth_ros.losses.ssim import ssim_map

    teacher = data.day.disparity
    expected = (own - teacher).square().mean() + (1 - ssim_map(own, teacher)).mean()
    torch.testing.assert_close(made(data).terms.distillation, expected)


def test_a_relative_teacher_is_compared_at_the_scale_of_the_network():
    made, data = objective(consistency_space='disp'), batch()
    teacher = data.day.disparity
    own = 1 / depth_of(made, data.day.target)

    def distillation(values, relative):
        day = dataclasses.replace(data.day, disparity=values, relative=torch.tensor(relative))
        return made(dataclasses.replace(data, day=day)).terms.distillation

    from thermal_depth_ros.losses.ssim import ssim_map

    centre = teacher.flatten(1).median(1).values.reshape(2, 1, 1, 1)
    level = own.flatten(1).median(1).values.reshape(2, 1, 1, 1)
    ratio = (own - level).abs().mean((1, 2, 3)) / (teacher - centre).abs().mean((1, 2, 3))
    aligned = (level + (teacher - centre) * ratio.reshape(2, 1, 1, 1)).clamp(min=0.01)
    aligned[1] = teacher[1]  # which is metric
    expected = (own - aligned).square().mean() + (1 - ssim_map(own, aligned)).mean()
    torch.testing.assert_close(distillation(teacher, [True, False]), expected)
    same = distillation(20.0 * teacher - 3.0, [True, True])
    torch.testing.assert_close(same, distillation(teacher, [True, True]))


@pytest.mark.parametrize('stop', [True, False])
def test_the_day_side_of_a_pair_is_left_alone(stop):
    made, data = objective(stop_gradient=stop), batch()
    data.night.translated.requires_grad_()
    made(data).terms.synthetic_consistency.backward()
    moved = data.night.translated.grad
    assert (moved is not None and bool(moved.abs().sum() > 0)) is not stop


def test_synthetic_day_has_neither_reprojection_nor_classes():
    made, data = objective(), batch()
    data.night.translated.requires_grad_()
    found = made(data)
    terms = DAY_TERMS | SYNTHETIC_NIGHT | NIGHT
    torch.stack([getattr(found.terms, name) for name in terms]).sum().backward()
    assert data.night.translated.grad is None or not data.night.translated.grad.any()


def test_one_pass_and_several_agree_where_statistics_are_fixed():
    one, several = (scalars(objective(joint_pass=joint)(batch())) for joint in (True, False))
    assert one == pytest.approx(several, rel=1e-4)


def test_loss_and_gradients_are_the_same_with_channels_last():
    data = batch()
    # Only what networks see; views are compared in single precision.
    longer = {
        light: dataclasses.replace(
            own,
            target=own.target.double(),
            pose_images=own.pose_images.double(),
            translated=own.translated.double(),
        )
        for light, own in (('day', data.day), ('night', data.night))
    }
    data = RgbBatch(**longer)
    plain, arranged = (objective(encoder_width=8).double().train() for _ in range(2))
    lay_channels_last(arranged)
    totals = [made(data).total for made in (plain, arranged)]
    for total in totals:
        total.backward()
    torch.testing.assert_close(*totals, rtol=1e-6, atol=0.0)
    for (name, one), other in zip(plain.named_parameters(), arranged.parameters(), strict=True):
        size = one.grad.abs().max().item()
        torch.testing.assert_close(other.grad, one.grad, rtol=1e-3, atol=1e-5 * size, msg=name)


@pytest.mark.parametrize('settings', [{}, {'reprojection_scales': 'finest'}, {'day_weight': 0.0}])
@pytest.mark.parametrize('classes', ['all', 'finest'])
def test_scales_that_no_loss_reads_are_left_out_without_a_difference(
    settings, classes, monkeypatch
):
    off = {'light_enhancement': False, 'synthetic_night': False, 'day_distillation': False}
    off |= {'encoder_width': 4, 'night_weight': 0.0, 'segmentation_scales': classes}
    made, run = objective(**off, **settings), set()
    for name, module in made.named_modules():
        module.register_forward_hook(lambda *_, name=name: run.add(name))

    def learn():
        made.zero_grad()
        total = made(batch(synthetic_night=False)).total
        total.backward()
        return total, {n: p.grad for n, p in made.named_parameters() if p.grad is not None}

    total, gradients = learn()
    counts = {'depth_decoder': 1 if settings else 4, 'seg_decoder': 4 if classes == 'all' else 1}
    for part, count in counts.items():
        outputs = {name for name in run if f'{part}.outputs.' in name}
        assert outputs == {f'network.{part}.outputs.{scale}' for scale in range(count)}
    own = MultiscaleDecoder.forward
    monkeypatch.setattr(MultiscaleDecoder, 'forward', lambda self, x, n=4: own(self, x)[:n])
    expected, others = learn()
    assert torch.equal(total, expected) and gradients.keys() == others.keys()
    for name, gradient in gradients.items():
        torch.testing.assert_close(gradient, others[name], rtol=1e-5, atol=1e-7, msg=name)


class KnownDepth(nn.Module):
    """Says that everything is at one depth."""

    n_classes = 0

    def __init__(self, depth):
        super().__init__()
        self.sigmoid = nn.Parameter(torch.tensor((1 / depth - 0.01) / 9.99))

    def forward(self, image, depth_scales, class_scales):
        batch, _, height, width = image.shape
        maps = tuple(
            self.sigmoid.expand(batch, 1, height >> scale, width >> scale)
            for scale in range(depth_scales)
        )
        return DepthSegOutput(maps, (), torch.zeros_like(image), image)


class KnownMotion(nn.Module):
    """Says that between an image and the next, points move by t."""

    def __init__(self, t):
        super().__init__()
        self.t = nn.Parameter(torch.tensor(t))

    def forward(self, earlier, later):
        t = self.t.expand(len(earlier), 2, 3)
        return AxisAnglePose(torch.zeros_like(t), t)


def wall(step_px):
    """Return target, previous, next of a wall that the camera passes along, one sample."""
    texture = F.avg_pool2d(images(5, 1).repeat(1, 1, 1, 3), 5, 1, 2)
    views = [texture[..., 40 + shift : 40 + shift + W] for shift in (0, -step_px, step_px)]
    return torch.stack([view[0] for view in views])[None]


def passed(depth, t, zoom=1.0, **settings):
    config = DepthTeacherConfig(auto_mask=False, smoothness_weight=0.0, **settings)
    made = MonocularObjective(KnownDepth(depth), KnownMotion(t), config)
    seen = wall(4)
    K = torch.tensor([[50.0, 0, 31.5], [0, 50.0, 31.5], [0, 0, 1]])[None]
    # 4 pixels at 5 m with a focal length of 50 pixels are 0.4 m.
    T = torch.eye(4).repeat(1, 2, 1, 1)
    T[0, :, 0, 3] = torch.tensor([0.4, -0.4])
    day = LightBatch(
        images=seen,
        target=seen[:, 0],
        K=K,
        T=T,
        zoom=torch.tensor([zoom]),
        focal_ratio=torch.ones(1),
        pose_images=seen,
    )
    return made(RgbBatch(day)).terms


def test_the_true_depth_and_motion_explain_the_neighbours():
    right = passed(5.0, (-0.4, 0.0, 0.0)).day
    assert right < 0.3 * passed(5.0, (0.4, 0.0, 0.0)).day
    assert right < 0.5 * passed(8.0, (-0.4, 0.0, 0.0)).day
    torch.testing.assert_close(passed(2.5, (-0.4, 0.0, 0.0), zoom=2.0).day, right)


def test_odometry_stands_in_for_the_pose_network_and_teaches_it():
    found = passed(5.0, (0.0, 0.0, 0.0), pose_source='odometry')
    assert found.day < 0.3 * passed(5.0, (0.4, 0.0, 0.0)).day
    assert found.pose.item() == pytest.approx(0.4, abs=1e-3)
    alone = passed(5.0, (0.0, 0.0, 0.0), pose_source='odometry', pose_weight=0.0)
    assert alone.pose is None
    torch.testing.assert_close(alone.day, found.day)
    assert passed(5.0, (-0.4, 0.0, 0.0), pose_source='both').pose < 1e-3


def test_every_field_of_the_method_is_a_weight_or_a_switch_with_the_default_of_the_paper():
    paper = RgbTrainingConfig()
    wanted = {
        'learning_rate': 2.5e-4,
        'epochs': 40,
        'schedule': 'step',
        'step_epochs': 15,
        'step_factor': 0.1,
        'poly_power': 0.9,
        'night_weight': 0.1,
        'light_weight': 0.01,
        'variation_weight': 10.0,
        'label_threshold': 0.1,
        'consistency_space': 'depth',
        'label_form': 'soft',
        'segmentation_scales': 'all',
        'class_balance': 0.0,
        'smooth_on': 'disp',
        'smoothness_weight': 1e-3,
    }
    values = dataclasses.asdict(paper)
    assert {name: values[name] for name in wanted} == wanted
    assert paper.min_reprojection and paper.auto_mask and paper.stop_gradient and paper.joint_pass
