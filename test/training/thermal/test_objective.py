# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The thermal loss: its terms, what it asks of the networks, and that the truth minimises it."""

import dataclasses

import numpy as np
import pytest
import torch

from helpers import exact_scene
from helpers.drives import drive_config
from thermal_depth_ros.base.contract import THERMAL
from thermal_depth_ros.geometry import se3
from thermal_depth_ros.losses.masked import ONE_PROCESS, Processes
from thermal_depth_ros.losses.pairwise import PairwiseOptions, View, pairwise_loss
from thermal_depth_ros.losses.smoothness import mean_normalised, smoothness
from thermal_depth_ros.simulation.drive import Drive
from thermal_depth_ros.thermal.temporal_mapping import (
    TemporalMapping,
    group_window,
    standardise,
    temporal_mapping,
)
from thermal_depth_ros.training.thermal.batch import PairBatch, ThermalBatch
from thermal_depth_ros.training.thermal.config import ThermalTrainingConfig
from thermal_depth_ros.training.thermal.objective import ThermalObjective

PAPER = ThermalTrainingConfig(min_valid_elements=0)
TARGET_ONLY = dataclasses.replace(
    PAPER, both_directions=False, self_discovered_mask=False, geometry_weight=0.0
)
TRANSLATION, ROTATION = 0.03, 0.005  # m, rad: how far motions are moved from the truth


@pytest.fixture(scope='module')
def scene():
    return exact_scene.make_scene()


def scalars(found) -> dict[str, float]:
    return {name: value.item() for name, value in found.logged().items()}


@pytest.fixture(scope='module')
def evaluate(scene):
    """Compute the terms with networks that know the truth times or plus something."""

    def terms(config=PAPER, factor=1.0, offset=0.0, batch=None, of=scene) -> dict[str, float]:
        depth = exact_scene.known_depth(
            of, views=3 if config.needs_all_depths else 1, factor=factor
        )
        pose = exact_scene.known_pose(of, pairs=4 if config.both_directions else 2, offset=offset)
        with torch.no_grad():
            found = ThermalObjective(depth, pose, config)(of.batch() if batch is None else batch)
        return scalars(found)

    return terms


def offsets(pairs: int = 4):
    """Yield every single motion moved in each of its six directions."""
    for pair in range(pairs):
        for direction in range(6):
            for sign in (-1, 1):
                offset = np.zeros((pairs, 6))
                offset[pair, direction] = sign * (TRANSLATION if direction < 3 else ROTATION)
                yield offset


def test_terms_are_sums_over_the_ordered_pairs_and_the_images(scene, evaluate):
    batch = scene.batch()
    images, K = batch.loss_image, batch.K
    depths = torch.from_numpy(scene.depth_m).float()[:, None, None] * 1.1
    views = [View(images[:, i], depths[i]) for i in range(3)]
    motions = se3.pose_vec_to_matrix(torch.from_numpy(scene.vectors).float())[:, None]
    options = PairwiseOptions(min_valid_elements=0)
    pairs = [
        pairwise_loss(views[0], views[1], motions[0], K, options),
        pairwise_loss(views[0], views[2], motions[1], K, options),
        pairwise_loss(views[1], views[0], motions[2], K, options),
        pairwise_loss(views[2], views[0], motions[3], K, options),
    ]
    expected = {
        'reconstruction': sum(pair.reconstruction.item() for pair in pairs),
        'geometry': sum(pair.geometry.item() for pair in pairs),
        'smoothness': sum(
            smoothness(mean_normalised(view.depth), view.image).item() for view in views
        ),
    }
    found = evaluate(factor=1.1)
    total = found.pop('total')
    assert found == pytest.approx(expected, rel=1e-4)
    assert total == pytest.approx(
        expected['reconstruction'] + 0.1 * expected['smoothness'] + 0.5 * expected['geometry'],
        rel=1e-4,
    )


def test_a_batch_of_the_same_scene_has_the_same_loss(scene, evaluate):
    with torch.no_grad():
        objective = ThermalObjective(
            exact_scene.known_depth(scene, 3, factor=1.1),
            exact_scene.known_pose(scene, 3, offset=0.01),
            PAPER,
        )
        found = objective(scene.batch(3))
    alone = evaluate(factor=1.1, offset=0.01)
    assert scalars(found) == pytest.approx(alone, rel=1e-4)


class Shares:
    """Plays processes one after another: notes what each counts, then tells the means."""

    def __init__(self, count: int) -> None:
        self.count, self.noted, self.means = count, [], None

    def processes(self) -> Processes:
        self.noted.append([])
        asked = iter(self.means or ())
        return Processes(self.count, lambda own: self._answer(own, asked))

    def _answer(self, own, asked):
        self.noted[-1].append(own)
        return own if self.means is None else next(asked)

    def end_round(self) -> None:
        self.means = [torch.stack(values).mean(0) for values in zip(*self.noted, strict=True)]
        self.noted = []


@pytest.mark.parametrize('min_reprojection', [False, True])
def test_the_mean_over_shares_of_a_batch_is_the_loss_of_the_batch(min_reprojection):
    """Of different scenes, so that the shares see different numbers of valid pixels."""
    changes = {'min_reprojection': True, 'both_directions': False} if min_reprojection else {}
    config = dataclasses.replace(PAPER, pose_source='both', velocity_weight=0.3, **changes)
    motions = [exact_scene.MOTIONS, ((1.5, 0.1, 0.4, 0, -0.3, 0), (-0.9, 0.0, -0.2, 0, 0.2, 0.1))]
    scenes = [exact_scene.make_scene(motions=chosen) for chosen in motions]

    def objective(of, processes=ONE_PROCESS):
        depths = [exact_scene.known_depth(one, factor=1.1).answer for one in of]
        asked = 4 if config.both_directions else 2
        vectors = [exact_scene.known_pose(one, pairs=asked, offset=0.02).answer for one in of]
        networks = (exact_scene.Known(torch.cat(values).detach()) for values in (depths, vectors))
        return ThermalObjective(*networks, config, processes)

    batches = [scene.batch() for scene in scenes]
    columns = [dict(batch.pairs.tensors()) for batch in batches]
    pairs = {name: torch.cat([one[name] for one in columns]) for name in columns[0]}
    columns = [dict(dataclasses.replace(batch, pairs=None).tensors()) for batch in batches]
    whole = {name: torch.cat([one[name] for one in columns]) for name in columns[0]}
    with torch.no_grad():
        expected = objective(scenes)(ThermalBatch(**whole, pairs=PairBatch(**pairs)))
        shares = Shares(2)
        for _ in range(2):
            found = [
                objective([scene], shares.processes())(batch)
                for scene, batch in zip(scenes, batches, strict=True)
            ]
            shares.end_round()
    one, other = (scalars(share) for share in found)
    for name, value in scalars(expected).items():
        assert (one[name] + other[name]) / 2 == pytest.approx(value, rel=1e-5), name
    alone = [objective([scene])(batch).total for scene, batch in zip(scenes, batches, strict=True)]
    assert sum(alone).item() / 2 != pytest.approx(expected.total.item(), rel=1e-3)


@pytest.mark.parametrize('config', [PAPER, TARGET_ONLY])
def test_the_truth_is_a_minimum(evaluate, config):
    best = evaluate(config)['total']
    for factor in (0.9, 0.97, 1.03, 1.1):
        assert evaluate(config, factor=factor)['total'] > best, factor
    for offset in offsets(4 if config.both_directions else 2):
        assert evaluate(config, offset=offset)['total'] > best, offset


def test_with_poses_from_odometry_the_true_depth_is_a_minimum(evaluate):
    """Regardless of the pose network, which is then only supervised."""
    config = dataclasses.replace(PAPER, pose_source='odometry')
    best = evaluate(config)['total']
    assert all(evaluate(config, factor=f)['total'] > best for f in (0.9, 0.97, 1.03, 1.1))
    wrong = evaluate(config, offset=0.1)
    right = evaluate(config)
    assert wrong['pose'] > right['pose'] + 0.1
    assert {n: v for n, v in wrong.items() if n not in ('pose', 'total')} == {
        n: v for n, v in right.items() if n not in ('pose', 'total')
    }


def scaled(vectors: np.ndarray, factor: float) -> np.ndarray:
    """Return what makes the translations of motions (N, 6) `factor` times as long."""
    return np.concatenate([vectors[:, :3] * (factor - 1), np.zeros((len(vectors), 3))], axis=1)


SCALES = (0.5, 0.9, 0.97, 1.03, 1.1, 2.0)


def test_images_alone_leave_the_scale_open(scene, evaluate):
    best = evaluate()['total']
    for factor in SCALES:
        found = evaluate(factor=factor, offset=scaled(scene.vectors, factor))
        assert found['total'] == pytest.approx(best, rel=1e-3)


@pytest.mark.parametrize(
    'changes', [{'velocity_weight': 0.2}, {'pose_source': 'both', 'pose_weight': 0.2}]
)
def test_a_measured_motion_fixes_the_scale(scene, evaluate, changes):
    config = dataclasses.replace(PAPER, **changes)
    best = evaluate(config)
    for factor in SCALES:
        found = evaluate(config, factor=factor, offset=scaled(scene.vectors, factor))
        name = 'velocity' if 'velocity_weight' in changes else 'pose'
        lengths = np.linalg.norm(scene.vectors[:, :3], axis=1)
        travelled = lengths.mean() if name == 'velocity' else lengths[0]
        assert found[name] - best[name] == pytest.approx(abs(factor - 1) * travelled, abs=1e-4)
        assert found['total'] > best['total'] + 0.1 * abs(factor - 1) * travelled


def test_descent_on_speed_finds_the_metric_scale(scene):
    """Depth and motion of the right shape but half as large grow to their true size."""
    config = dataclasses.replace(PAPER, velocity_weight=1.0)
    log_scale = torch.tensor(np.log(0.5), requires_grad=True)
    disparity = (1 / torch.from_numpy(scene.depth_m)).float()[:, None]
    vectors = torch.from_numpy(scene.vectors).float()
    optimiser = torch.optim.Adam([log_scale], 0.15)
    objective = ThermalObjective(
        exact_scene.known_depth(scene), exact_scene.known_pose(scene), config
    )
    batch = scene.batch()
    for step in range(30):
        optimiser.param_groups[0]['lr'] = 0.15 * 0.88**step
        scale = log_scale.exp().float()
        lengths = torch.cat([scale.expand(3), torch.ones(3)])
        answers = {'depth.answer': disparity / scale, 'pose.answer': vectors * lengths}
        found = torch.func.functional_call(objective, answers, (batch,))
        optimiser.zero_grad()
        found.total.backward()
        optimiser.step()
    assert log_scale.exp().item() == pytest.approx(1.0, abs=0.02)


def test_metres_are_those_of_the_scene_where_augmentation_enlarged_it(scene, evaluate):
    """What is seen enlarged looks nearer than it is; the loss is told by how much."""
    config = dataclasses.replace(PAPER, pose_source='odometry')
    enlarged = scene.batch(zoom=torch.tensor(1.25))
    found = evaluate(config, factor=1 / 1.25, batch=enlarged)
    assert found == pytest.approx(evaluate(config), rel=1e-4)


@pytest.mark.parametrize('min_reprojection', [False, True])
def test_target_only_asks_for_one_depth_and_two_motions(scene, min_reprojection):
    config = dataclasses.replace(TARGET_ONLY, min_reprojection=min_reprojection)
    depth, pose = (
        exact_scene.known_depth(scene, 2, views=1),
        exact_scene.known_pose(scene, 2, pairs=2),
    )
    found = ThermalObjective(depth, pose, config)(scene.batch(2))
    assert depth.asked == [(2, 3, 64, 80)] and pose.asked == [(4, 1, 64, 80)]
    assert found.terms.geometry is None, 'there is nothing to compare'
    assert found.maps.depth.shape == (2, 1, 64, 80)


def test_the_paper_asks_for_all_depths_and_motions_in_one_pass_each(scene):
    depth, pose = exact_scene.known_depth(scene, 2), exact_scene.known_pose(scene, 2)
    ThermalObjective(depth, pose, PAPER)(scene.batch(2))
    assert depth.asked == [(6, 3, 64, 80)] and pose.asked == [(8, 1, 64, 80)]


def test_pairs_of_turned_views_are_learned_from_without_odometry(evaluate):
    config = dataclasses.replace(PAPER, turned_views_deg=5.0, pose_weight=0.2)
    plain, taught = evaluate(offset=0.01), evaluate(config, offset=0.01)
    assert 'pose' not in plain and taught['pose'] > 0.01
    assert taught['total'] == pytest.approx(plain['total'] + 0.2 * taught['pose'], rel=1e-5)


def test_the_pose_network_rests_where_it_has_nothing_to_learn(scene):
    config = dataclasses.replace(PAPER, pose_source='odometry', pose_weight=0.0)
    depth, pose = exact_scene.known_depth(scene), exact_scene.known_pose(scene)
    found = ThermalObjective(depth, pose, config)(scene.batch())
    assert not pose.asked and found.terms.pose is None
    found.total.backward()
    assert pose.answer.grad is None and depth.answer.grad.abs().sum() > 0


def test_odometry_teaches_by_a_pair_of_its_own(scene):
    config = dataclasses.replace(PAPER, pose_source='odometry')
    T = torch.from_numpy(exact_scene.matrix((0.0, 0.0, 1.0, 0.0, 0.0, 0.0)))
    batch = scene.batch(pairs=PairBatch(torch.rand(2, 1, 64, 80), T, torch.ones(())))
    pose = exact_scene.Known(torch.tensor([[0.0, 0.3, 0.6, 0.0, 0.1, 0.0]]))
    found = ThermalObjective(exact_scene.known_depth(scene), pose, config)(batch)
    assert pose.asked == [(1, 1, 64, 80)]
    assert found.terms.pose.item() == pytest.approx(0.5 + 10 * np.sin(0.1), abs=1e-4)


def test_gradients_reach_depth_and_motion_of_every_view(scene):
    depth, pose = (
        exact_scene.known_depth(scene, factor=1.05),
        exact_scene.known_pose(scene, offset=0.01),
    )
    ThermalObjective(depth, pose, PAPER)(scene.batch()).total.backward()
    for answer in (depth.answer, pose.answer):
        assert torch.isfinite(answer.grad).all()
        assert (answer.grad.flatten(1).abs().sum(1) > 0).all()


def test_geometry_keeps_its_digits_under_autocast(scene, evaluate):
    """In bfloat16 a pixel of column 70 could only be told from its neighbour's neighbour."""
    depth, pose = exact_scene.known_depth(scene), exact_scene.known_pose(scene)
    with torch.no_grad(), torch.autocast('cpu', torch.bfloat16):
        found = ThermalObjective(depth, pose, PAPER)(scene.batch())
    assert found.total.item() == pytest.approx(evaluate()['total'], rel=1e-5)


@pytest.fixture(scope='module', params=[('yard', 2), ('street', 3), ('yard', 4)])
def drive(request):
    """Three views of a synthetic drive with their true depth and motion."""
    scene, seed = request.param
    made = Drive(drive_config(thermal=(80, 96), seed=seed, scene=scene, duration_s=12.0))
    mounted = made.camera(THERMAL)
    times = (6.0, 5.6, 6.4)
    frames = [made.frame(THERMAL, round(10 * time_s), time_s) for time_s in times]
    poses = [made.T_odom_base(time_s) @ mounted.T_base_optical for time_s in times]
    T = np.stack([np.linalg.inv(pose) @ poses[0] for pose in poses[1:]])
    return exact_scene.Scene(
        counts=np.stack([frame.image for frame in frames]).astype(np.float32),
        depth_m=np.minimum([frame.depth_m for frame in frames], 99.9).astype(float),
        T_target_source=T,
        vectors=np.stack([exact_scene.vector(one) for one in (*T, *np.linalg.inv(T))]),
        K=mounted.camera.K,
    )


@pytest.mark.parametrize('loss_image', ['window', 'temporal_mapping'])
def test_the_truth_of_a_synthetic_drive_is_a_minimum(drive, evaluate, loss_image):
    """With noise, drift, moving vehicles and the sky; the loss of both stages."""
    counts = torch.from_numpy(drive.counts)[:, None]
    image = group_window(counts)
    if loss_image == 'temporal_mapping':
        image = temporal_mapping(counts, TemporalMapping())
    batch = drive.batch(loss_image=standardise(image))
    best = evaluate(of=drive, batch=batch)['total']
    for factor in (0.8, 0.9, 1.1, 1.25):
        assert evaluate(of=drive, batch=batch, factor=factor)['total'] > best, factor
    for direction in range(6):
        for sign in (-1, 1):
            offset = np.zeros(6)
            offset[direction] = sign * (0.1 if direction < 3 else 0.02)
            assert evaluate(of=drive, batch=batch, offset=offset)['total'] > best, offset
