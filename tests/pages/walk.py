"""Every page that can be opened without knowing a number, for whoever may open it."""

from __future__ import annotations

from html.parser import HTMLParser

from flask import Flask

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
SILENT = {"script", "style", "template"}
READ_ALOUD = ("aria-label", "title", "alt", "placeholder", "data-label")


def plain_addresses(app: Flask) -> list[tuple[str, str]]:
    """(endpoint, address) of every page without arguments."""
    return sorted(
        (rule.endpoint, rule.rule)
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or set()) and not rule.arguments and rule.endpoint != "static"
    )


class Reader(HTMLParser):
    """Collects what a reader sees or hears, with the language it is marked as."""

    def __init__(self) -> None:
        super().__init__()
        self.stack: list[tuple[str, str]] = [("", "")]
        self.texts: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        language = values.get("lang") or self.stack[-1][1]
        for name in READ_ALOUD:
            if values.get(name):
                self.texts.append((language, values[name] or ""))
        if tag not in VOID:
            self.stack.append((tag, language))

    def handle_endtag(self, tag: str) -> None:
        while len(self.stack) > 1:
            if self.stack.pop()[0] == tag:
                return

    def handle_data(self, data: str) -> None:
        if data.strip() and not any(tag in SILENT for tag, _language in self.stack):
            self.texts.append((self.stack[-1][1], data.strip()))


def texts(page: str) -> list[tuple[str, str]]:
    """(language, text) of everything that a page says."""
    reader = Reader()
    reader.feed(page)
    return reader.texts
