"""The demonstration's words, put together from the county's categories and from phrases.yaml."""

from __future__ import annotations

from typing import Any

from citizen.core.content import to_traditional
from citizen.demo.chance import pick, u
from citizen.demo.world import Kind, Spot, World

#: One report in so many is written in English, one in Traditional characters.
ENGLISH, TRADITIONAL = 0.03, 0.05


def report_words(world: World, kind: Kind, spot: Spot, index: int) -> tuple[str, str]:
    """(words, language) of a report that nobody wrote out."""
    chance = u("language", index)
    if chance < ENGLISH:
        template = pick(world.phrases["reports_en"], "words", index)
        return template.format(place=spot.names[2], name=kind.name_en.lower()), "en"
    template = pick(world.phrases["reports"], "words", index)
    everyday = pick(kind.keywords, "keyword", index) if kind.keywords else kind.name
    words = template.format(place=spot.names[0], everyday=everyday, name=kind.name)
    return (to_traditional(words), "zh-Hant") if chance < TRADITIONAL else (words, "zh-Hans")


def phrase(world: World, name: str, *keys: object, section: str | None = None) -> str:
    """One of the phrases called ``name``; with ``section`` of that section, or of its "other" one."""
    found: Any = world.phrases[name]
    if section is not None:
        found = found.get(section) or found["other"]
    return str(pick(found, name, *keys))
