# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""env.sh enters the environment from every shell and folder, once, or says in one line why not."""

import shutil
import subprocess
from pathlib import Path

import pytest

SHELLS = [
    pytest.param(
        name, marks=pytest.mark.skipif(not shutil.which(name), reason=f'{name} is not installed')
    )
    for name in ('bash', 'zsh', 'dash', 'sh')
]
FINDS_ITSELF = ('bash', 'zsh')


@pytest.fixture
def checkout(repository: Path, tmp_path: Path) -> Path:
    """Return a checkout that looks set up, with a space in its path."""
    folder = tmp_path / 'my checkout'
    environment = tmp_path / 'environments' / 'key'
    (folder / '.env').mkdir(parents=True)
    (folder / 'resource').mkdir()
    (folder / 'requirements').mkdir()
    environment.mkdir(parents=True)
    (environment / 'complete').touch()
    (folder / 'requirements' / 'constraints.txt').touch()
    (folder / 'resource' / 'thermal_depth_ros').touch()
    shutil.copy(repository / 'env.sh', folder)
    (folder / '.env' / 'entry.sh').write_text(
        f"_tdr_checkout='{folder}'\n_tdr_environment='{environment}'\n"
        f"_tdr_overlay_modules='{environment}/modules'\n_tdr_ros_distro=''\n"
    )
    return folder


def run(shell: str, script: str, folder: Path, **variables: str) -> list[str]:
    environment = {'PATH': '/usr/local/bin:/usr/bin:/bin', **variables}
    done = subprocess.run(
        [str(shutil.which(shell)), '-c', script],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return (done.stdout + done.stderr).splitlines()


@pytest.mark.parametrize('shell', SHELLS)
def test_it_sets_the_search_paths(shell: str, checkout: Path) -> None:
    show = '. ./env.sh; echo "$PATH"; echo "$PYTHONPATH"; echo "$AMENT_PREFIX_PATH"; echo "$?"'
    path, modules, prefixes, status = run(shell, show, checkout, PYTHONPATH='/mine')
    environment = checkout.parent / 'environments' / 'key'
    assert path.split(':')[:2] == [f'{checkout}/.env/bin', f'{environment}/venv/bin']
    assert modules == f'{checkout}/.env/python:{environment}/modules:/mine'
    assert prefixes.split(':') == [
        f'{checkout}/install/thermal_depth_ros',
        f'{environment}/overlay',
        f'{environment}/venv',
    ]
    assert status == '0'


@pytest.mark.parametrize('shell', SHELLS)
def test_a_second_time_changes_nothing_and_no_helper_is_left(shell: str, checkout: Path) -> None:
    script = (
        '. ./env.sh; first=$(env | sort); . ./env.sh; second=$(env | sort); '
        '[ "$first" = "$second" ] && echo same; set | grep "^_tdr" || echo clean'
    )
    assert run(shell, script, checkout) == ['same', 'clean']


@pytest.mark.parametrize('shell', SHELLS)
def test_it_works_from_another_folder(shell: str, checkout: Path, tmp_path: Path) -> None:
    lines = run(shell, f'. "{checkout}/env.sh"; echo "$?" "$VIRTUAL_ENV"', tmp_path)
    if shell in FINDS_ITSELF:
        assert lines == [f'0 {tmp_path}/environments/key/venv']
    else:
        assert lines[0].startswith('1') and 'cd to the checkout first' in lines[1]


def test_it_works_under_strict_options(checkout: Path) -> None:
    assert run('bash', 'set -eu; . ./env.sh; echo "$?"', checkout) == ['0']


@pytest.mark.parametrize('shell', SHELLS)
def test_discovery_stays_on_this_machine_unless_chosen(shell: str, checkout: Path) -> None:
    show = '. ./env.sh; echo "$ROS_AUTOMATIC_DISCOVERY_RANGE"'
    assert run(shell, show, checkout) == ['LOCALHOST']
    assert run(shell, show, checkout, ROS_AUTOMATIC_DISCOVERY_RANGE='SUBNET') == ['SUBNET']


@pytest.mark.skipif(
    not Path('/dev/shm').is_dir() or shutil.disk_usage('/dev/shm').free < 1 << 29,
    reason='too little shared memory here for large segments',
)
@pytest.mark.parametrize('shell', SHELLS)
def test_publishers_get_room_for_whole_images_unless_chosen(shell: str, checkout: Path) -> None:
    show = (
        '. ./env.sh; echo "$FASTRTPS_DEFAULT_PROFILES_FILE"; echo "$FASTDDS_DEFAULT_PROFILES_FILE"'
    )
    assert run(shell, show, checkout) == [f'{checkout}/config/fastdds.xml'] * 2
    assert run(shell, show, checkout, FASTDDS_DEFAULT_PROFILES_FILE='/mine') == ['', '/mine']
    assert run(shell, show, checkout, FASTDDS_BUILTIN_TRANSPORTS='UDPv4') == ['', '']


def test_on_a_ros_install_discovery_and_prefixes_are_the_installs(checkout: Path) -> None:
    entry = checkout / '.env' / 'entry.sh'
    entry.write_text(entry.read_text().replace("distro=''", "distro='jazzy'"))
    show = '. ./env.sh; echo "${ROS_AUTOMATIC_DISCOVERY_RANGE-unset}"; echo "$AMENT_PREFIX_PATH"'
    sourced = {'ROS_DISTRO': 'jazzy', 'AMENT_PREFIX_PATH': '/opt/ros/jazzy'}
    discovery, prefixes = run('sh', show, checkout, **sourced)
    assert discovery == 'unset'
    assert prefixes.split(':')[-1] == '/opt/ros/jazzy' and 'venv' not in prefixes


@pytest.mark.parametrize('shell', SHELLS)
def test_without_a_set_up_it_says_what_to_run(shell: str, checkout: Path) -> None:
    (checkout / '.env' / 'entry.sh').unlink()
    status, line = run(shell, '. ./env.sh; echo "$?"', checkout)
    assert status == '1' and f"make -C '{checkout}' setup" in line


@pytest.mark.parametrize('gone', ['environment', 'place'])
def test_a_moved_checkout_or_removed_environment_is_reported(checkout: Path, gone: str) -> None:
    if gone == 'environment':
        (checkout.parent / 'environments' / 'key' / 'complete').unlink()
    else:
        checkout = checkout.rename(checkout.parent / 'moved')
    status, line = run('sh', '. ./env.sh; echo "$?"', checkout)
    assert status == '1' and 'moved or its environment removed' in line


def test_another_ros_install_than_at_set_up_is_reported(checkout: Path) -> None:
    status, line = run('sh', '. ./env.sh; echo "$?"', checkout, ROS_DISTRO='kilted')
    assert status == '1' and 'kilted' in line and 'make -C' in line
