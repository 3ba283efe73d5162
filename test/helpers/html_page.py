# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A parsed HTML report."""

import re
from html.parser import HTMLParser

_VOID = {'meta', 'img', 'br', 'link'}


class Page(HTMLParser):
    """Checks that every tag is closed, and keeps text, images, references and captions."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.images: list[str] = []
        self.references: list[str] = []
        self.captions: list[str] = []
        self._words: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        assert not self._open

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.references += [values[k] for k in ('src', 'href', 'xlink:href') if k in values]
        if tag == 'img':
            self.images.append(values['src'])
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attributes):
        pass

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        if 'style' not in self._open:
            self._words.append(data)
        if self._open and self._open[-1] == 'figcaption':
            self.captions.append(data)

    @property
    def text(self) -> str:
        """Text on the page with single spaces."""
        return re.sub(r'\s+', ' ', ' '.join(self._words))

    @property
    def outside(self) -> list[str]:
        """References to other resources than those within the page."""
        return [r for r in self.references if not r.startswith(('data:', '#'))]
