# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""package.xml is what REP 149 asks for and agrees with the other places that say the same."""

import re
import xml.etree.ElementTree
from pathlib import Path
from typing import Any

import pytest

import thermal_depth_ros

# REP 149: the elements of format 3, with the least and the most that may occur.
ONCE = {'name', 'version', 'description'}
AT_LEAST_ONCE = {'maintainer', 'license'}
DEPENDENCIES = {'depend', 'exec_depend', 'build_depend', 'buildtool_depend', 'test_depend'}


@pytest.fixture
def manifest(repository: Path) -> xml.etree.ElementTree.Element:
    return xml.etree.ElementTree.parse(repository / 'package.xml').getroot()


def test_the_manifest_has_the_elements_of_format_3(manifest: xml.etree.ElementTree.Element) -> None:
    tags = [child.tag for child in manifest]
    assert manifest.tag == 'package' and manifest.get('format') == '3'
    assert all(tags.count(tag) == 1 for tag in ONCE)
    assert all(tags.count(tag) >= 1 for tag in AT_LEAST_ONCE)
    assert set(tags) <= ONCE | AT_LEAST_ONCE | DEPENDENCIES | {'author', 'url', 'export'}
    assert manifest.findtext('export/build_type') == 'ament_python'


def test_catkin_pkg_accepts_all_manifests_without_a_warning(repository: Path) -> None:
    package = pytest.importorskip('catkin_pkg.package', reason='catkin_pkg is not installed')
    warnings: list[str] = []
    for path in (repository, *sorted((repository / 'overlay').glob('*_msgs'))):
        package.parse_package(str(path), warnings=warnings).validate(warnings=warnings)
    assert not warnings


def test_ament_xmllint_accepts_the_manifest(repository: Path) -> None:
    xmllint = pytest.importorskip('ament_xmllint.main', reason='ament_xmllint is not installed')
    assert xmllint.main(argv=[str(repository / 'package.xml')]) == 0


def test_no_dependency_is_declared_twice(manifest: xml.etree.ElementTree.Element) -> None:
    names = [child.text for child in manifest if child.tag in DEPENDENCIES]
    assert len(names) == len(set(names))


def test_versions_licences_and_descriptions_agree(
    manifest: xml.etree.ElementTree.Element, setup_arguments: dict[str, Any]
) -> None:
    assert re.fullmatch(r'\d+\.\d+\.\d+', thermal_depth_ros.__version__)
    assert manifest.findtext('version') == thermal_depth_ros.__version__
    assert setup_arguments['version'] == thermal_depth_ros.__version__
    assert manifest.findtext('name') == setup_arguments['name']
    assert manifest.findtext('description') == setup_arguments['description']
    assert manifest.findtext('license') == setup_arguments['license'] == 'Apache-2.0'
    maintainer = manifest.find('maintainer')
    assert maintainer is not None
    assert maintainer.get('email') == setup_arguments['maintainer_email']


def test_the_licence_file_is_the_apache_licence(repository: Path) -> None:
    text = (repository / 'LICENSE').read_text()
    assert 'Apache License' in text and 'Version 2.0, January 2004' in text
    assert 'END OF TERMS AND CONDITIONS' in text


def test_the_changelog_is_headed_as_the_release_tools_expect(repository: Path) -> None:
    head = (repository / 'CHANGELOG.rst').read_text().splitlines()[:3]
    assert head[1] == 'Changelog for package thermal_depth_ros'
    assert head[0] == head[2] == '^' * len(head[1])


def test_security_reports_are_not_sent_to_an_unread_address(
    repository: Path, manifest: xml.etree.ElementTree.Element
) -> None:
    said = (repository / 'SECURITY.md').read_text()
    address = str(manifest.find('maintainer').get('email'))
    if 'noreply' in address:
        assert 'no-reply address' in said and address not in said
    assert 'Report a vulnerability' in said
    for name in ('README.md', 'CONTRIBUTING.md'):
        text = (repository / name).read_text()
        assert 'SECURITY.md' in text and 'maintainers named in `package.xml`' not in text
