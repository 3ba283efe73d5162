# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Tables of reports as Markdown and as LaTeX (booktabs)."""

from collections.abc import Collection, Sequence

from thermal_depth_ros.pages.report import Table

# What Markdown and LaTeX would take for markup.
_MARKDOWN = {'|': r'\|', '*': r'\*', '_': r'\_', '<': '&lt;', '\n': ' '}
_LATEX = {
    '\\': r'\textbackslash{}',
    '&': r'\&',
    '%': r'\%',
    '$': r'\$',
    '#': r'\#',
    '_': r'\_',
    '{': r'\{',
    '}': r'\}',
    '~': r'\textasciitilde{}',
    '^': r'\textasciicircum{}',
    '<': r'$<$',
    '>': r'$>$',
    '±': r'$\pm$',
    'δ': r'$\delta$',
    '↓': r'$\downarrow$',
    '↑': r'$\uparrow$',
    '²': r'$^2$',
    '³': r'$^3$',
    '\n': ' ',
}


def to_markdown(table: Table) -> str:
    """Return a table as Markdown, with its title in bold above it."""
    left = table.text_columns
    rule = ['---' if place < left else '---:' for place in range(len(table.columns))]
    lines = [f'**{markdown_text(table.title)}**', ''] if table.title else []
    heads = [markdown_text(name) for name in table.columns]
    for cells in (heads, rule, *([markdown_text(c) for c in row] for row in table.texts())):
        lines.append(f'| {" | ".join(cells)} |')
    return '\n'.join(lines) + '\n'


def to_latex(
    table: Table, groups: Sequence[tuple[str, int]] = (), ruled: Collection[int] = ()
) -> str:
    r"""Return a table as LaTeX, a `tabular` with the rules of the package booktabs.

    Args:
        table: The table; its title becomes a comment.
        groups: Text above, and number of, consecutive columns; together all of them.
        ruled: Indices of the rows with a rule above.
    """
    left = table.text_columns
    layout = 'l' * left + 'r' * (len(table.columns) - left)
    lines = [f'% {" ".join(table.title.split())}'] if table.title else []
    lines += [rf'\begin{{tabular}}{{{layout}}}', r'\toprule']
    if groups:
        lines += _group_lines(groups)
    lines += [_latex_row(table.columns), r'\midrule']
    for place, row in enumerate(table.texts()):
        lines += [r'\midrule'] if place in ruled else []
        lines.append(_latex_row(row))
    return '\n'.join([*lines, r'\bottomrule', r'\end{tabular}']) + '\n'


def markdown_text(text: str) -> str:
    """Return a text without markup for Markdown."""
    return ''.join(_MARKDOWN.get(character, character) for character in text)


def latex_text(text: str) -> str:
    """Return a text without markup for LaTeX."""
    return ''.join(_LATEX.get(character, character) for character in text)


def _group_lines(groups: Sequence[tuple[str, int]]) -> list[str]:
    cells, rules, place = [], [], 1
    for text, count in groups:
        cells.append(rf'\multicolumn{{{count}}}{{c}}{{{latex_text(text)}}}')
        if text:
            rules.append(rf'\cmidrule(lr){{{place}-{place + count - 1}}}')
        place += count
    return [' & '.join(cells) + r' \\', ' '.join(rules)]


def _latex_row(cells: Sequence[str]) -> str:
    return ' & '.join(map(latex_text, cells)) + r' \\'
