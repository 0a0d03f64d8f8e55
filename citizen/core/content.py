"""The county's own words and lists, read from its folder of files: content is data, the code holds none of it.

Files hold Simplified Chinese and English; Traditional Chinese is derived by OpenCC, never written by hand.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import yaml
from flask import current_app
from opencc import OpenCC

#: The safe loader in C where libyaml is there: eight times as fast, same result.
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@lru_cache(maxsize=1)
def _converter() -> OpenCC:
    # Taiwan's standard forms (裡, 為, 核): plain "s2t" gives forms that nobody writes today.
    return OpenCC("s2tw")


@lru_cache(maxsize=20_000)
def to_traditional(text: str) -> str:
    """``text`` with Simplified characters turned into Traditional ones."""
    return str(_converter().convert(text)) if text else text


@dataclass(frozen=True, slots=True)
class Words:
    """One text in the three languages of the site."""

    hans: str
    hant: str
    en: str

    @classmethod
    def of(cls, hans: str, en: str) -> Words:
        """The text with its Traditional form derived."""
        return cls(hans, to_traditional(hans), en)

    def in_language(self, tag: str) -> str:
        """The text for a page in ``tag``; an empty translation falls back to Simplified Chinese."""
        return {"zh-Hant": self.hant, "en": self.en}.get(tag, self.hans) or self.hans


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something was refused, returned or withdrawn; staff read ``name``, the resident ``words``."""

    code: str
    kind: str
    name: Words
    words: Words


@dataclass(frozen=True, slots=True)
class ReplyTemplate:
    """A message for one event on one channel; ``subject`` only for mail."""

    code: str
    event: str
    channel: str
    placeholders: tuple[str, ...]
    subject: Words
    text: Words


class Content:
    """Everything the county's folder says, each file read on first use."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._parsed: dict[str, Any] = {}

    @cached_property
    def site(self) -> dict[str, Any]:
        """site.yaml with every {hans, en} pair as `Words`."""
        raw = self.yaml("site.yaml")
        return {
            key: Words.of(value["hans"], value["en"]) if isinstance(value, dict) and "hans" in value else value
            for key, value in raw.items()
        }

    @cached_property
    def reasons(self) -> dict[str, Reason]:
        """reasons.csv by code."""
        return {
            row["code"]: Reason(
                row["code"],
                row["kind"],
                Words.of(row["zh"], row["en"]),
                Words.of(row["words_for_resident_zh"], row["words_for_resident_en"]),
            )
            for row in self.rows("reasons.csv")
        }

    def reasons_of(self, kind: str) -> list[Reason]:
        """The reasons of one kind, in the file's order."""
        return [reason for reason in self.reasons.values() if reason.kind == kind]

    @cached_property
    def reply_templates(self) -> dict[tuple[str, str], ReplyTemplate]:
        """reply_templates.yaml by (event, channel); the first of several wins."""
        raw = self.yaml("reply_templates.yaml")
        found: dict[tuple[str, str], ReplyTemplate] = {}
        for row in raw["templates"]:
            template = ReplyTemplate(
                row["code"],
                row["event"],
                row["channel"],
                tuple(row.get("placeholders") or ()),
                Words.of(row.get("subject_zh", ""), row.get("subject_en", "")),
                Words.of(row["zh"], row["en"]),
            )
            found.setdefault((template.event, template.channel), template)
        return found

    @cached_property
    def synonyms(self) -> dict[str, str]:
        """Everyday word → canonical word; a query is expanded with it, never replaced."""
        return {row["everyday"]: row["canonical"] for row in self.rows("synonyms.csv")}

    def rows(self, name: str) -> list[dict[str, str]]:
        """The rows of a CSV file as dicts."""
        with (self.folder / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def yaml(self, name: str) -> Any:
        """A YAML (or JSON) file, parsed once; treat what comes back as read-only."""
        if name not in self._parsed:
            self._parsed[name] = yaml.load((self.folder / name).read_text(encoding="utf-8"), Loader)  # noqa: S506 - a safe loader
        return self._parsed[name]


def content() -> Content:
    """The running application's content."""
    found: Content = current_app.extensions["citizen_content"]
    return found
