# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Habits that keep the code readable: no circles, small files, named papers, no private hooks."""

import ast
import graphlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

NAME = 'thermal_depth_ros'
MOST_FILE_LINES, MOST_FUNCTION_LINES = 400, 80
# Where objects of rclpy and of rosidl are in use.
ROS_ROOMS = ('bench', 'cli', 'demo', 'doctor', 'messages', 'nodes')
WORKAROUNDS = Path(NAME, 'nodes', 'rclpy_workarounds.py')
PRIVATE = re.compile(r'_(?!_)\w+')
ALLOWED_PRIVATE = {'os._exit'}  # documented, for all its underscore
CITATION_BY_NUMBER = re.compile(r'paper[ _][12]\b|method\.md|method[ _][0-9]', re.IGNORECASE)
TEXTS = {'.py', '.md', '.rst', '.yaml', '.sh', '.html', '.j2', '.toml', '.xml', '.cff'}


def modules(root: Path) -> dict[str, Path]:
    """Return the files of the package's modules by dotted name."""
    found = {}
    for path in sorted((root / NAME).rglob('*.py')):
        parts = path.relative_to(root).with_suffix('').parts
        found['.'.join(parts).removesuffix('.__init__')] = path
    return found


def imported_modules(tree: ast.Module, known: dict[str, Path]) -> set[str]:
    """Return what a module imports of the package, in functions too, but not to run as a script."""
    found: set[str] = set()
    for node in statements(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            full = {f'{node.module}.{alias.name}' for alias in node.names}
            found |= {name if name in known else node.module for name in full}
    return found & set(known)


def statements(node: ast.AST) -> Iterator[ast.AST]:
    """Walk a tree, without what stands under `if __name__ == '__main__'`."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test) == "__name__ == '__main__'":
            continue
        yield child
        yield from statements(child)


def import_circle(root: Path) -> list[str]:
    """Return the modules of one circle of imports, [] where there is none."""
    known = modules(root)
    graph = {
        name: imported_modules(ast.parse(path.read_text(encoding='utf-8')), known) - {name}
        for name, path in known.items()
    }
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        return list(error.args[1])
    return []


def oversized(path: Path) -> list[str]:
    """Return what is too long in a source file: itself, or functions with their decorators."""
    text = path.read_text(encoding='utf-8')
    lines = len(text.splitlines())
    found = [f'{path}: {lines} lines'] if lines > MOST_FILE_LINES else []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            first = min(each.lineno for each in (node, *node.decorator_list))
            length = (node.end_lineno or first) - first + 1
            if length > MOST_FUNCTION_LINES:
                found.append(f'{path}:{node.lineno}: {node.name} has {length} lines')
    return found


def private_hooks(path: Path) -> list[str]:
    """Return where a source file reaches for private attributes of other people's objects."""
    tree = ast.parse(path.read_text(encoding='utf-8'))
    own = _defined(tree)
    found = []
    for node in ast.walk(tree):
        name = ''
        if isinstance(node, ast.Attribute) and PRIVATE.fullmatch(node.attr):
            name = '' if node.attr in own else node.attr
            name = '' if ast.unparse(node) in ALLOWED_PRIVATE else name
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in (
            'getattr',
            'setattr',
            'hasattr',
        ):
            key = node.args[1]
            if isinstance(key, ast.Constant) and PRIVATE.fullmatch(str(key.value)):
                name = str(key.value)
        if name:
            found.append(f'{path}:{node.lineno}: {name}')
    return found


def _defined(tree: ast.Module) -> set[str]:
    """Return the private names that a file gives to its own modules, classes and objects."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            if ast.unparse(node.value) == 'self':
                found.add(node.attr)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
    return found


def cited_by_number(path: Path) -> list[str]:
    """Return the lines of a text that cite a paper or its specification by a number."""
    lines = path.read_text(encoding='utf-8').splitlines()
    return [f'{path}:{n}: {x}' for n, x in enumerate(lines, 1) if CITATION_BY_NUMBER.search(x)]


def unpacked_literals(path: Path) -> list[str]:
    """Return the places that unpack a literal, as in `f(*('a', 'b'))`; plain arguments do."""
    return [
        f'{path}:{node.lineno}: {ast.unparse(node)}'
        for node in ast.walk(ast.parse(path.read_text(encoding='utf-8')))
        if isinstance(node, ast.Starred) and isinstance(node.value, (ast.Tuple, ast.List))
    ]


def texts(repository: Path) -> Iterator[Path]:
    """Yield the texts that people read, except the specification itself."""
    paths = list(repository.glob('*.*'))
    for folder in (NAME, 'test', 'docs', 'config', 'launch', 'scripts', 'demo', 'models'):
        paths += (repository / folder).rglob('*.*')
    for path in sorted(set(paths) - set((repository / 'docs').glob('method.*'))):
        if path.suffix in TEXTS and path.is_file():
            yield path


def test_no_module_imports_itself_by_way_of_others(repository: Path) -> None:
    assert not import_circle(repository)


@pytest.fixture(scope='module')
def sources(repository: Path) -> list[Path]:
    """Return all Python files."""
    found = [repository / 'setup.py']
    for folder in (NAME, 'launch', 'scripts', 'test'):
        found += sorted((repository / folder).rglob('*.py'))
    assert len(found) > 100
    return found


def test_files_and_functions_are_short(sources: list[Path]) -> None:
    assert not [text for path in sources for text in oversized(path)]


def test_literals_are_not_unpacked(sources: list[Path]) -> None:
    assert not [text for path in sources for text in unpacked_literals(path)]


def test_papers_are_cited_by_name(repository: Path) -> None:
    read = list(texts(repository))
    assert {repository / 'README.md', repository / NAME / '__init__.py'} <= set(read)
    assert not [line for path in read for line in cited_by_number(path)]


def test_private_attributes_of_rclpy_are_used_in_one_file(repository: Path) -> None:
    sources = [p for room in ROS_ROOMS for p in sorted((repository / NAME / room).rglob('*.py'))]
    others = [path for path in sources if path != repository / WORKAROUNDS]
    assert len(others) == len(sources) - 1
    assert private_hooks(repository / WORKAROUNDS)
    assert not [text for path in others for text in private_hooks(path)]


# That the checks find what they are for.


@pytest.fixture
def source(tmp_path: Path) -> Callable[[str, str], Path]:
    """Write a source file of a package; return its path."""

    def write(name: str, text: str) -> Path:
        path = tmp_path / NAME / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    return write


def test_a_circle_is_found_also_through_a_function(source, tmp_path: Path) -> None:
    source('__init__.py', '')
    source('room/__init__.py', '')
    source('room/a.py', f'from {NAME}.room import b\n')
    source('room/b.py', f'from {NAME}.room.c import thing\n')
    script = f"if __name__ == '__main__':\n    import {NAME}.room.a\n"
    source('room/c.py', f'thing = 1\n{script}')
    assert import_circle(tmp_path) == []
    source('room/c.py', f'thing = 1\ndef late():\n    import {NAME}.room.a\n')
    assert {f'{NAME}.room.{name}' for name in 'abc'} == set(import_circle(tmp_path))


def test_long_files_and_functions_are_found(source) -> None:
    body = '    pass\n'
    assert not oversized(source('short.py', f'def f():\n{body * 79}'))
    assert oversized(source('long.py', f'@cached\ndef f():\n{body * 79}'))[0].endswith('81 lines')
    assert oversized(source('many.py', 'x = 1\n' * 401))[0].endswith('401 lines')


def test_unpacked_literals_are_found(source) -> None:
    path = source('calls.py', "f(*('a', 'b'), *names)\ng(*['a'], **{'b': 1})\n")
    assert [line.partition(': ')[2] for line in unpacked_literals(path)] == [
        "*('a', 'b')",
        "*['a']",
    ]


def test_hooks_are_found_and_own_attributes_are_not(source) -> None:
    own = 'class A:\n    def __init__(self, b):\n        self._x = b\n    def f(self, a):\n'
    assert not private_hooks(
        source('own.py', f'{own}        return self._x + a._x + a.__len__()\n')
    )
    assert private_hooks(source('hook.py', 'def f(node):\n    return node._state\n'))
    assert private_hooks(source('name.py', "def f(node):\n    return getattr(node, '_state', 0)\n"))
    assert private_hooks(
        source('base.py', 'class A(Node):\n    def f(self):\n        self._clock\n')
    )


@pytest.mark.parametrize(
    'line', ['of Paper' + ' 1.', 'as_in_paper' + '_2', 'see method' + ' 9.2', '`method' + '.md` 3']
)
def test_citations_by_number_are_found(source, line: str) -> None:
    assert cited_by_number(source('text.md', f'Fine.\n{line}\n'))
    assert not cited_by_number(source('fine.md', 'Fan et al. 2024, eq. 4; paper 12; a method.\n'))
