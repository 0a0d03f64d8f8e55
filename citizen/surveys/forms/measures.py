"""The sheet on which a definition is written: rows are added and removed by buttons, without any script.

It is no WTForms form, because its rows lie within rows; the form token is checked for every POST of the site.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import lazy_gettext as _l

from citizen.core.content import Words
from citizen.core.errors import InvalidInput
from citizen.core.numbers import parse_int
from citizen.core.text import clean_line, clean_text
from citizen.surveys.rules.measures import (
    MAX_DEFINITION,
    MAX_ITEMS,
    MAX_OPTION,
    MAX_OPTIONS,
    MAX_QUESTION,
    MAX_TITLE,
    MAX_TITLE_EN,
    Choice,
    Definition,
    Item,
    Rate,
    new_option_id,
)

_ID = re.compile(r"[0-9a-z]{3,10}\Z")
_ACT = re.compile(r"(add-item|remove-item-(\d{1,2})|add-option-(\d{1,2})|remove-option-(\d{1,2})-(\d))\Z")
#: English takes more letters than Chinese.
LONGER = 3


@dataclass
class OptionRow:
    """One option as typed."""

    id: str = ""
    hans: str = ""
    en: str = ""
    counts: bool = False


@dataclass
class ItemRow:
    """One question as typed."""

    hans: str = ""
    en: str = ""
    topic: str = ""
    anchor: bool = False
    options: list[OptionRow] = field(default_factory=list)

    @classmethod
    def blank(cls) -> ItemRow:
        """A new question with room for three options."""
        return cls(options=[OptionRow(new_option_id()) for _row in range(3)])


@dataclass
class MeasureSheet:
    """Everything that was typed, and what is wrong with it by field."""

    key: str = ""
    version: str = ""
    code: str = ""
    rate: str = Rate.AWARENESS.value
    title_hans: str = ""
    title_en: str = ""
    definition_hans: str = ""
    definition_en: str = ""
    needed: str = "1"
    change_anchors: bool = False
    items: list[ItemRow] = field(default_factory=list)
    errors: dict[str, list[Any]] = field(default_factory=dict)

    @classmethod
    def read(cls, form: Mapping[str, str]) -> MeasureSheet:
        """The sheet as it was sent; texts that cannot be used are errors and stay as typed."""
        sheet = cls()
        for name in ("key", "version", "code", "rate", "needed"):
            setattr(sheet, name, str(form.get(name, ""))[:64].strip())
        sheet.title_hans = sheet._clean(form, "title_hans", MAX_TITLE)
        sheet.title_en = sheet._clean(form, "title_en", MAX_TITLE_EN)
        sheet.definition_hans = sheet._clean(form, "definition_hans", MAX_DEFINITION, lines=True)
        sheet.definition_en = sheet._clean(form, "definition_en", MAX_DEFINITION * LONGER, lines=True)
        sheet.change_anchors = "change_anchors" in form
        n = 0
        while f"item-{n}-hans" in form and n < MAX_ITEMS:
            sheet.items.append(sheet._item(form, f"item-{n}"))
            n += 1
        return sheet

    @classmethod
    def of(cls, wanted: Definition, *, code: str, version: int) -> MeasureSheet:
        """The sheet of a stored definition."""
        return cls(
            version=str(version),
            code=code,
            rate=wanted.rate,
            title_hans=wanted.title.hans,
            title_en=wanted.title.en,
            definition_hans=wanted.definition.hans,
            definition_en=wanted.definition.en,
            needed=str(wanted.needed),
            items=[
                ItemRow(
                    item.question.hans,
                    item.question.en,
                    item.topic,
                    item.anchor,
                    [OptionRow(o.id, o.words.hans, o.words.en, o.counts) for o in item.options],
                )
                for item in wanted.items
            ],
        )

    def reshape(self, act: str) -> str | None:
        """Add or remove the row that the pressed button names; the id of the field to go on with, None for no such act."""
        found = _ACT.match(act)
        if not found:
            return None
        if act == "add-item":
            self.items += [ItemRow.blank()] if len(self.items) < MAX_ITEMS else []
            return f"item-{len(self.items) - 1}-hans"
        n = int(found[2] or found[3] or found[4])
        if n >= len(self.items):
            return None
        if found[2]:
            del self.items[n]
            return f"item-{n - 1}-hans" if n else "add-item"
        return self._reshape_options(n, int(found[5]) if found[5] else None)

    def _reshape_options(self, n: int, removed: int | None) -> str:
        options = self.items[n].options
        if removed is None:
            options += [OptionRow(new_option_id())] if len(options) < MAX_OPTIONS else []
        else:
            del options[removed : removed + 1]
        last = (len(options) if removed is None else min(removed, len(options))) - 1
        return f"item-{n}-option-{last}-hans" if last >= 0 else f"item-{n}-hans"

    def to_definition(self) -> Definition:
        """What was typed; raises InvalidInput for what cannot be read."""
        for name, sentences in self.errors.items():
            raise InvalidInput(sentences[0], name)
        return Definition(
            rate=self.rate,
            title=_words(self.title_hans, self.title_en),
            definition=_words(self.definition_hans, self.definition_en),
            needed=parse_int(self.needed, 1, MAX_ITEMS) or 0,
            items=tuple(
                Item(
                    _words(row.hans, row.en),
                    tuple(Choice(o.id, _words(o.hans, o.en), o.counts) for o in row.options),
                    row.topic,
                    row.anchor,
                )
                for row in self.items
            ),
        )

    def refuse(self, error: InvalidInput) -> None:
        """Show what a service refused at the field it named."""
        self.errors.setdefault(error.field or "", []).append(error.message)

    @property
    def summary(self) -> list[tuple[str, Any]]:
        """(id of the field, sentence) of everything to put right."""
        anchors = {"items": "add-item"}
        return [(anchors.get(name, name), sentences[0]) for name, sentences in self.errors.items()]

    @property
    def typed(self) -> str:
        """Everything that a person typed, as one text: two sheets with the same one are the same."""
        return repr((self.code, self.rate, self.needed, self.to_definition()))

    def _item(self, form: Mapping[str, str], name: str) -> ItemRow:
        row = ItemRow(
            self._clean(form, f"{name}-hans", MAX_QUESTION),
            self._clean(form, f"{name}-en", MAX_QUESTION * LONGER),
            str(form.get(f"{name}-topic", ""))[:30],
            f"{name}-anchor" in form,
        )
        m = 0
        while f"{name}-option-{m}-hans" in form and m < MAX_OPTIONS:
            option = f"{name}-option-{m}"
            sent = str(form.get(f"{option}-id", ""))
            row.options.append(
                OptionRow(
                    sent if _ID.match(sent) else new_option_id(),
                    self._clean(form, f"{option}-hans", MAX_OPTION),
                    self._clean(form, f"{option}-en", MAX_OPTION * LONGER),
                    f"{option}-counts" in form,
                )
            )
            m += 1
        return row

    def _clean(self, form: Mapping[str, str], name: str, limit: int, *, lines: bool = False) -> str:
        typed = str(form.get(name, ""))
        try:
            return (clean_text if lines else clean_line)(typed, limit)
        except InvalidInput as error:
            self.errors[name] = [error.message]
            return typed[: limit * 2].encode("utf-8", "replace").decode()


def _words(hans: str, en: str) -> Words:
    """Words without their Traditional form, which the service derives."""
    return Words(hans, "", en)


#: Shown where a definition has no title yet.
UNTITLED = _l("New definition")
