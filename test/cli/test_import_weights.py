# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""`thermal-depth import-weights` from the command line."""

import dataclasses

import pytest
import torch

from helpers.tiny_depth_anything import original_state
from thermal_depth_ros.bundles import load_bundle, save_bundle
from thermal_depth_ros.cli.main import run


def main(arguments):
    return run('import-weights', arguments)


def test_a_backbone_file_becomes_a_bundle_that_says_what_is_untrained(
    tmp_path, capsys, tiny_thermal_bundle
):
    backbone = load_bundle(tiny_thermal_bundle).networks['depth'].backbone
    state = {key.removeprefix('vit.'): v for key, v in backbone.state_dict().items()}
    torch.save(state, tmp_path / 'vit.pth')
    arguments = [
        '-o',
        str(tmp_path / 'new'),
        '--like',
        str(tiny_thermal_bundle),
        '--vit',
        str(tmp_path / 'vit.pth'),
        '--licence',
        'Apache-2.0',
        '--dtype',
        'fp16',
    ]
    assert main(arguments) == 0
    out = capsys.readouterr().out
    assert 'UNTRAINED, random weights: depth.head, pose.encoder, pose.decoder' in out
    assert load_bundle(tmp_path / 'new').spec.weights.dtype == 'fp16'
    assert main(arguments) == 1
    assert 'exists already' in capsys.readouterr().err
    assert main([*arguments, '--overwrite']) == 0


def test_a_plain_transformer_takes_the_place_of_a_hybrid_one(tmp_path, tiny_hybrid_bundle):
    import timm

    name = 'vit_tiny_patch16_224'
    torch.save(timm.create_model(name).state_dict(), tmp_path / 'vit.pth')
    arguments = ['-o', str(tmp_path / 'new'), '--like', str(tiny_hybrid_bundle), '--licence', 'x']
    assert main([*arguments, '--backbone', name, '--vit', str(tmp_path / 'vit.pth')]) == 0
    spec = load_bundle(tmp_path / 'new').spec
    assert spec.networks_architecture.stem == ''
    assert spec.untrained_parts == ('depth.head', 'pose.encoder', 'pose.decoder')


@pytest.mark.parametrize(
    ('arguments', 'words'),
    [
        ([], 'nothing to import'),
        (['--vit', 'absent.pth'], 'absent.pth: no such file'),
        (['--like', 'no_such_bundle', '--vit', 'x'], 'bundles there are'),
        (['--backbone', 'vit_nonsense', '--vit', 'x'], 'vit_nonsense'),
        (['--depth-only', '--vit', 'x'], '--depth-only: is for RGB bundles, not for a thermal one'),
    ],
)
def test_failures_are_one_message_and_exit_code_one(
    tmp_path, capsys, tiny_thermal_bundle, arguments, words
):
    like = [] if '--like' in arguments else ['--like', str(tiny_thermal_bundle)]
    code = main(['-o', str(tmp_path / 'new'), '--licence', 'x', *like, *arguments])
    captured = capsys.readouterr()
    assert code == 1
    assert captured.err.startswith('error: ') and words in captured.err
    assert 'Traceback' not in captured.err
    assert not (tmp_path / 'new').exists()


def test_depth_alone_can_be_imported(tmp_path, capsys, wide_rgb_bundle):
    from torchvision.models import resnet18

    torch.save(resnet18(weights=None).state_dict(), tmp_path / 'resnet18.pth')
    arguments = ['-o', str(tmp_path / 'new'), '--like', str(wide_rgb_bundle), '--licence', 'BSD-3']
    assert main([*arguments, '--depth-only', '--resnet18', str(tmp_path / 'resnet18.pth')]) == 0
    out = capsys.readouterr().out
    assert 'UNTRAINED, random weights: depthseg.depth_decoder, pose.decoder' in out
    bundle = load_bundle(tmp_path / 'new')
    assert bundle.spec.labels is None
    with torch.inference_mode():
        assert bundle.networks['depthseg'](torch.rand(1, 3, 64, 96)).logits == ()


def test_help_names_every_kind_of_weights(capsys):
    with pytest.raises(SystemExit) as caught:
        main(['--help'])
    assert caught.value.code == 0
    out = capsys.readouterr().out
    for word in (
        '--vit',
        '--monodepth2',
        '--depth-anything',
        '--resnet18',
        '--licence',
        'examples:',
    ):
        assert word in out


def test_depth_anything_becomes_a_bundle_and_says_what_it_is(tmp_path, capsys):
    torch.save(original_state(), tmp_path / 'tiny.pth')
    arguments = ['-o', str(tmp_path / 'new'), '--depth-anything', str(tmp_path / 'tiny.pth')]
    arguments += ['--licence', 'CC-BY-NC-4.0']
    assert main([*arguments, '--kind', 'thermal', '--input-side', '98']) == 0
    out = capsys.readouterr().out
    assert 'thermal bundle' in out and 'recorded licence: CC-BY-NC-4.0' in out
    assert 'depth is relative: `thermal-depth fit-scale`' in out
    metric = ['--kind', 'rgb', '--metric-max-depth', '20', '--overwrite', '--dtype', 'fp16']
    assert main([*arguments, *metric]) == 0
    assert 'relative' not in capsys.readouterr().out
    spec = load_bundle(tmp_path / 'new').spec
    assert (spec.kind, spec.input_size, spec.weights.dtype) == ('rgb', (518, 518), 'fp16')
    assert spec.architecture['output_max_depth_m'] == 20


@pytest.mark.parametrize(
    ('arguments', 'words'),
    [
        (['--depth-anything', 'x.pth'], '--depth-anything needs --kind'),
        (['--depth-anything', 'x', '--kind', 'rgb', '--vit', 'y'], '--vit does not go with'),
        (['--vit', 'y', '--metric-max-depth', '80'], '--metric-max-depth is for --depth-anything'),
    ],
)
def test_options_that_do_not_go_together_are_refused(tmp_path, capsys, arguments, words):
    with pytest.raises(SystemExit) as caught:
        main(['-o', str(tmp_path / 'new'), '--licence', 'x', *arguments])
    assert caught.value.code == 2 and words in capsys.readouterr().err


def test_a_missing_checkpoint_is_one_message(tmp_path, capsys):
    arguments = ['-o', str(tmp_path / 'new'), '--licence', 'x', '--kind', 'rgb']
    assert main([*arguments, '--depth-anything', 'absent.pth']) == 1
    assert capsys.readouterr().err == 'error: absent.pth: no such file\n'


def test_encoders_of_timm_get_their_imagenet_weights(tmp_path, capsys, tiny_rgb_bundle):
    import timm

    source = timm.create_model('test_efficientnet')
    torch.save(source.state_dict(), tmp_path / 'imagenet.pth')
    arguments = ['-o', str(tmp_path / 'new'), '--like', str(tiny_rgb_bundle), '--licence', 'x']
    arguments += ['--encoder', str(tmp_path / 'imagenet.pth')]
    assert main([*arguments, '--encoder-name', 'test_efficientnet']) == 0
    out = capsys.readouterr().out
    random = 'depthseg.light, depthseg.depth_decoder, depthseg.seg_decoder, pose.decoder'
    assert f'UNTRAINED, random weights: {random}\n' in out
    networks = load_bundle(tmp_path / 'new').networks
    own = networks['depthseg'].encoder.state_dict()
    assert any(
        torch.equal(value, source.state_dict()['conv_stem.weight']) for value in own.values()
    )


def test_a_stem_of_timm_gets_its_imagenet_weights(tmp_path, capsys, tiny_hybrid_bundle):
    import timm

    source = timm.create_model('test_efficientnet')
    torch.save(source.state_dict(), tmp_path / 'imagenet.pth')
    spec = load_bundle(tiny_hybrid_bundle).spec
    save_bundle(
        tmp_path / 'like',
        dataclasses.replace(spec, architecture={**spec.architecture, 'stem_args': {}}),
    )
    arguments = ['-o', str(tmp_path / 'new'), '--licence', 'x', '--like', str(tmp_path / 'like')]
    arguments += ['--encoder', str(tmp_path / 'imagenet.pth')]
    assert main([*arguments, '--encoder-name', 'test_efficientnet']) == 0
    assert 'depth.backbone' in capsys.readouterr().out  # its transformer is random
    spec = load_bundle(tmp_path / 'new').spec
    assert spec.training['imported'] == {'depth.backbone.stem': 'imagenet.pth'}
    assert spec.networks_architecture.stem == 'test_efficientnet'


def test_a_plain_transformer_has_no_stem_to_import(tmp_path, capsys, tiny_thermal_bundle):
    arguments = ['-o', str(tmp_path / 'new'), '--like', str(tiny_thermal_bundle), '--licence', 'x']
    assert main([*arguments, '--encoder', 'x.pth']) == 1
    assert 'no stem' in capsys.readouterr().err
