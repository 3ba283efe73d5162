# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Environments are shared, built once, complete or not there, and follow a sourced ROS install."""

import hashlib
import os
import re
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from helpers.waiting import eventually

Load = Callable[[str], ModuleType]


@pytest.fixture
def recipe(setup_module: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Return the recipe of an environment in a folder of the test's own."""
    monkeypatch.setenv('THERMAL_DEPTH_ENV_DIR', str(tmp_path / 'environments'))
    monkeypatch.setattr(setup_module('provision'), 'check_machine', lambda folder, compiler: None)
    return setup_module('recipe').find_recipe()


def finish(recipe) -> None:
    """Leave behind what a finished build leaves."""
    (recipe.venv / 'bin').mkdir(parents=True)
    (recipe.venv / 'bin' / 'python').symlink_to(sys.executable)
    recipe.stamp.touch()


def test_the_folder_depends_on_lock_and_interpreter_only(setup_module: Load, recipe) -> None:
    module = setup_module('recipe')
    assert module.find_recipe() == recipe
    assert module._key(['3.11']) == module._key(['3.11']) != module._key(['3.12'])


def test_another_lock_is_another_environment(
    setup_module: Load, recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = setup_module('recipe')
    copy = tmp_path / 'checkout'
    for name in ('requirements', 'overlay', 'scripts/environment'):
        for path in (module.CHECKOUT / name).rglob('*'):
            if path.is_file() and '__pycache__' not in path.parts:
                target = copy / path.relative_to(module.CHECKOUT)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(path.read_bytes())
    monkeypatch.setattr(module, 'CHECKOUT', copy)
    monkeypatch.setattr(module, '__file__', str(copy / 'scripts' / 'environment' / 'recipe.py'))
    assert module.find_recipe().folder == recipe.folder
    lock = copy / 'requirements' / 'constraints.txt'
    lock.write_text(lock.read_text() + '# another\n')
    assert module.find_recipe().folder != recipe.folder


def test_a_partial_environment_is_rebuilt(
    setup_module: Load, recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    provision = setup_module('provision')
    leftover = recipe.folder / 'venv' / 'leftover'
    leftover.parent.mkdir(parents=True)
    leftover.touch()
    monkeypatch.setattr(provision._Build, 'everything', lambda self: finish(recipe))
    assert not recipe.is_complete()
    assert provision.ensure(recipe)
    assert recipe.is_complete() and not leftover.exists()
    assert not provision.ensure(recipe)


def test_a_failed_build_does_not_count_and_leaves_only_its_log(
    setup_module: Load, recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    provision, error = setup_module('provision'), setup_module('console').SetupError

    def fail(self) -> None:
        recipe.venv.mkdir()
        (recipe.folder / 'setup.log').touch()
        raise error('no network')

    monkeypatch.setattr(provision._Build, 'everything', fail)
    with pytest.raises(error, match='no network'):
        provision.ensure(recipe)
    assert [path.name for path in recipe.folder.iterdir()] == ['setup.log']
    assert not recipe.is_complete()


def test_an_environment_whose_interpreter_is_gone_is_rebuilt(recipe) -> None:
    finish(recipe)
    assert recipe.is_complete()
    python = recipe.venv / 'bin' / 'python'
    python.unlink()
    python.symlink_to('/no/such/python')
    assert not recipe.is_complete()


def test_two_at_once_build_once(
    setup_module: Load, recipe, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    provision = setup_module('provision')
    builds, said = [], []

    def waits() -> bool:
        said.append(capsys.readouterr().out)
        return 'waiting for it' in ''.join(said)

    def slowly(self) -> None:
        builds.append(self)
        assert eventually(waits)
        finish(recipe)

    monkeypatch.setattr(provision._Build, 'everything', slowly)
    results: list[bool] = []
    threads = [
        threading.Thread(target=lambda: results.append(provision.ensure(recipe))) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=90)
    assert sorted(results) == [False, True] and len(builds) == 1


def test_a_child_that_outlives_its_set_up_still_holds_the_lock(
    setup_module: Load, recipe, tmp_path: Path
) -> None:
    provision, console = setup_module('provision'), setup_module('console')
    path = tmp_path / 'some.lock'
    with provision._lock(path) as lock:
        survive = 'import subprocess, sys; subprocess.Popen(["sleep", "0.7"], close_fds=False)'
        log = tmp_path / 'log'
        started = time.monotonic()
        status = console.run([sys.executable, '-c', survive], log, os.environ, tmp_path, [lock])
        assert status == 0
    with provision._lock(path):
        assert time.monotonic() - started > 0.6


def test_large_downloads_and_built_packages_are_shown(setup_module: Load) -> None:
    noteworthy = setup_module('console').noteworthy
    assert 'torch.whl (539.1 MB)' in noteworthy('  Downloading torch.whl (539.1 MB)')
    assert '2.1 GB' in noteworthy('Downloading torch.whl (2.1 GB)')
    assert noteworthy('  Downloading small.whl (1.2 MB)') is None
    assert noteworthy('Finished <<< tf2_msgs [10.6s]') == 'finished tf2_msgs [10.6s]'
    assert noteworthy('Collecting torch') is None


@pytest.fixture
def ros_install(tmp_path: Path) -> Path:
    """Return a folder that passes for the Python modules of a ROS install with tf2_msgs."""
    folder = tmp_path / 'opt' / 'ros' / 'jazzy'
    for name in ('rclpy', 'tf2_msgs'):
        (folder / name).mkdir(parents=True)
        (folder / name / '__init__.py').touch()
    return folder


def test_a_sourced_ros_install_brings_the_client_library_and_its_messages(
    setup_module: Load, recipe, ros_install: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = setup_module('recipe')
    monkeypatch.setenv('ROS_DISTRO', 'jazzy')
    for name in ('rclpy', 'tf2_msgs', 'vision_msgs'):  # other tests may have imported the real ones
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setattr(sys, 'path', [str(ros_install)])
    assert module.find_recipe().overlay == ('vision_msgs',)
    monkeypatch.setattr(sys, 'path', [str(ros_install), *sys.path])
    (ros_install / 'vision_msgs').mkdir()
    (ros_install / 'vision_msgs' / '__init__.py').touch()
    found = module.find_recipe()
    assert found.overlay == () and found.ros_distro == 'jazzy' and found.folder != recipe.folder
    names = {path.stem for path in module.requirement_files('jazzy')}
    assert 'ros-wheels' not in names and 'pip-only' in names
    assert 'ros-wheels' in {path.stem for path in module.requirement_files('')}


def test_what_a_ros_machine_has_is_left_alone_unless_too_old(
    setup_module: Load, recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A numpy of another major version would break the compiled messages of the ROS install."""
    provision, system = setup_module('provision'), setup_module('system')
    versions = {'numpy': '1.26.4', 'pyyaml': '6.0.1', 'setuptools': '68.1.2', 'torch': '2.1.2'}
    monkeypatch.setattr(provision, 'system_versions', lambda: versions)
    present = ('numpy', 'cv2', 'yaml')
    monkeypatch.setattr(
        system.importlib.util, 'find_spec', lambda name: name if name in present else None
    )
    ros = type(recipe)(recipe.python, 'jazzy', recipe.folder, ())
    recipe.folder.mkdir(parents=True)
    _, lock, _, lists = provision._Build(ros, 0)._requirements()
    wanted = lists.read_text().splitlines()
    fixed = lock.read_text().splitlines()
    assert not [line for line in wanted if line.startswith(('numpy', 'opencv', 'PyYAML'))]
    assert 'rich' in wanted and [line for line in wanted if line.startswith('torch==2.14')]
    assert [line for line in fixed if line.startswith('numpy')] == ['numpy==1.26.4']
    assert 'setuptools<=79.0.1' in fixed
    assert [line for line in fixed if line.startswith('rich==')]


def test_every_package_of_the_lock_is_one_file_of_those_it_was_locked_with(
    setup_module: Load, recipe, repository: Path
) -> None:
    plain = type(recipe)(recipe.python, '', recipe.folder, recipe.overlay)
    options = setup_module('provision')._Build(plain, 0)._requirements()
    lock = repository / 'requirements' / 'constraints.txt'
    assert options == ['--require-hashes', '--no-deps', '-r', lock]
    text = lock.read_text().replace('\\\n', ' ')
    entries = [line for line in text.splitlines() if line and line[0] != '#']
    assert len(entries) > 200
    for entry in entries:
        assert re.fullmatch(r'[a-z0-9.-]+==\S+( ; .*?)?( +--hash=sha256:[0-9a-f]{64})+', entry), (
            entry
        )
    names = {entry.partition('==')[0] for entry in entries}
    canonical = setup_module('system').package_name
    lists = setup_module('recipe').requirement_files('')
    wanted = {
        canonical(line) for path in lists for line in setup_module('system').requirement_lines(path)
    }
    assert wanted <= names


def test_an_engine_without_a_wheel_for_the_machine_is_left_out(
    setup_module: Load, recipe, repository: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    provision = setup_module('provision')
    asked = []

    def pip(self, command, environment) -> int:
        asked.append(Path(command[-1]).read_text())
        if 'openvino==' in asked[-1]:
            log = recipe.folder / 'setup.log'
            log.write_text('ERROR: No matching distribution found for openvino==2026.4.1\n')
            return 1
        return 0

    monkeypatch.setattr(provision._Build, '_run', pip)
    plain = type(recipe)(recipe.python, '', recipe.folder, recipe.overlay)
    plain.folder.mkdir(parents=True)
    (plain.folder / 'setup.log').touch()
    provision._Build(plain, 0)._install_packages()
    assert 'no openvino for this machine' in capsys.readouterr().out
    whole, part = asked
    assert whole == (repository / 'requirements' / 'constraints.txt').read_text()
    removed = [line for line in whole.splitlines() if line not in part.splitlines()]
    assert removed[0].startswith('openvino==') and len(removed) > 1
    assert all(line.strip().startswith('--hash=') for line in removed[1:])
    assert len(part.splitlines()) == len(whole.splitlines()) - len(removed)


def wheel(folder: Path, content: str) -> Path:
    """Write the smallest wheel that pip installs."""
    path = folder / 'tiny_part-1.0-py3-none-any.whl'
    about = 'tiny_part-1.0.dist-info'
    with zipfile.ZipFile(path, 'w') as archive:
        archive.writestr('tiny_part.py', content)
        archive.writestr(
            f'{about}/METADATA', 'Metadata-Version: 2.1\nName: tiny-part\nVersion: 1.0\n'
        )
        archive.writestr(
            f'{about}/WHEEL', 'Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n'
        )
        archive.writestr(f'{about}/RECORD', '')
    return path


def test_a_package_with_another_content_is_not_installed(
    setup_module: Load, tmp_path: Path
) -> None:
    pytest.importorskip('pip')
    digest = hashlib.sha256(wheel(tmp_path, 'good = 1').read_bytes()).hexdigest()
    lock = tmp_path / 'lock.txt'
    lock.write_text(f'tiny-part==1.0 \\\n    --hash=sha256:{digest}\n')

    def install() -> subprocess.CompletedProcess:
        command = [sys.executable, '-m', 'pip', 'install', '--no-index', '--find-links', tmp_path]
        command += ['--target', tmp_path / 'out', '--require-hashes', '--no-deps', '-r', lock]
        environment = {k: v for k, v in os.environ.items() if not k.startswith('PIP_')}
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False, timeout=300
        )

    done = install()
    assert done.returncode == 0, done.stderr
    wheel(tmp_path, 'evil = 1')
    refused = install()
    assert refused.returncode
    explain = setup_module('checks').explain_pip_failure
    line = explain(refused.stdout + refused.stderr, Path('/there/setup.log'))
    assert 'tiny-part' in line and 'was locked with' in line
    assert (tmp_path / 'out' / 'tiny_part.py').read_text() == 'good = 1'


def test_the_packages_of_the_system_are_found_by_canonical_names(setup_module: Load) -> None:
    versions = setup_module('system').system_versions()
    assert versions['pytest'] == pytest.__version__
    assert all(name == name.lower() and '_' not in name for name in versions)


def test_what_env_sh_added_does_not_count_as_the_system(setup_module: Load) -> None:
    entered = {'PATH': '/cache/1/venv/bin:/usr/bin', 'PYTHONPATH': '/cache/1/overlay', 'HOME': '/h'}
    left = setup_module('outside').without_ours(entered, ('/cache', '/checkout'))
    assert left == {'PATH': '/usr/bin', 'HOME': '/h'}


def test_being_inside_the_environment_does_not_ask_for_another_one(
    setup_module: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    used = Path(os.environ.get('VIRTUAL_ENV', '/none')).parent
    if not (used / 'complete').is_file():
        pytest.skip('the tests run in an environment made by other means')
    monkeypatch.setenv('THERMAL_DEPTH_ENV_DIR', str(used.parent))
    assert setup_module('recipe').find_recipe().folder == used
