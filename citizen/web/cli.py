"""Commands for translators: deriving Traditional Chinese, and finding what is missing."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import click
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po
from flask.cli import AppGroup

from citizen.config import PROJECT
from citizen.core.content import to_traditional

i18n = AppGroup("i18n", help="The catalogues of translations.")
FOLDER = PROJECT / "translations"
_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}")


def catalogue(locale: str) -> Catalog:
    """The catalogue of ``locale`` as it is on disk."""
    with _path(locale).open("rb") as file:
        return read_po(file, locale=locale)


def _path(locale: str) -> Path:
    return FOLDER / locale / "LC_MESSAGES" / "messages.po"


def texts(message: Message) -> list[str]:
    """The translations of one message, one for each plural form."""
    return [text or "" for text in (message.string if isinstance(message.string, list | tuple) else [message.string])]


def problems() -> list[str]:
    """Everything wrong with the Chinese catalogues, as sentences; empty when they are complete and agree."""
    found = []
    with (FOLDER / "messages.pot").open("rb") as file:
        wanted = read_po(file)
    simplified, traditional = catalogue("zh_Hans"), catalogue("zh_Hant")
    for message in wanted:
        if not message.id:
            continue
        singular = message.id[0] if isinstance(message.id, list | tuple) else message.id
        here, there = simplified.get(singular), traditional.get(singular)
        if here is None or there is None or not all(texts(here)):
            found.append(f"not translated: {singular!r}")
            continue
        plural = message.id[-1] if isinstance(message.id, list | tuple) else singular
        for text in texts(here):
            if not set(_PLACEHOLDER.findall(text)) <= set(_PLACEHOLDER.findall(singular + plural)):
                found.append(f"unknown placeholder in the translation of {singular!r}")
        if texts(there) != [to_traditional(text) for text in texts(here)]:
            found.append(f"Traditional Chinese is not derived anew: {singular!r}")
    return found


@i18n.command("derive")
def derive() -> None:
    """Write the Traditional Chinese catalogue from the Simplified one."""
    derived = Catalog(locale="zh_Hant", fuzzy=False)
    for message in catalogue("zh_Hans"):
        if message.id:
            converted = [to_traditional(text) for text in texts(message)]
            plural = isinstance(message.string, list | tuple)
            derived.add(message.id, tuple(converted) if plural else converted[0], flags=message.flags)
    path = _path("zh_Hant")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, derived, sort_output=True, omit_header=False)


@i18n.command("check")
def check() -> None:
    """Fail when a text is not translated or a placeholder is lost."""
    found = problems()
    for problem in found:
        click.echo(problem, err=True)
    if found:
        sys.exit(1)
    click.echo("The catalogues are complete.")
