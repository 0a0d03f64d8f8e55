"""The sections themselves: a coordinator names them and says at which post their shifts take place."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass

from flask_babel import lazy_gettext as _l

from citizen.core.audit import record
from citizen.core.content import to_traditional
from citizen.core.database import locked
from citizen.core.errors import Conflict, InvalidInput, NotFound
from citizen.extensions import db
from citizen.volunteers.models import Post, Section
from citizen.volunteers.rules.booking import By
from citizen.volunteers.rules.sections import SectionKind

MOST_METRES = 20_000


@dataclass(frozen=True, slots=True)
class SectionDraft:
    """A section as a coordinator writes it; the Traditional words are made from the Simplified ones."""

    kind: str
    name_hans: str
    name_en: str
    extent_hans: str
    extent_en: str
    metres: int | None
    post_id: int | None
    active: bool = True


def create_section(draft: SectionDraft, *, by: By) -> Section:
    """A new section; raises InvalidInput, naming the field."""
    section = Section(post=_post(draft))
    _take_over(section, draft)
    db.session.add(section)
    db.session.flush()
    record("section.created", "section", subject_id=section.id, actor=by.pair, detail={"post": draft.post_id})
    return section


def edit_section(section_id: int, draft: SectionDraft, *, seen: str, by: By) -> Section:
    """Change a section; a running season keeps its shifts where they are.

    ``seen`` is the `mark` of what its author looked at: Conflict when it changed since. Raises NotFound, InvalidInput.
    """
    section = lock_section(section_id)
    before = draft_of(section)
    if seen != mark(before):
        raise Conflict(_l("Somebody changed this section while you were looking at it. Check it and save again."))
    section.post = _post(draft)
    _take_over(section, draft)
    after = draft_of(section)
    changed = [name for name, value in asdict(after).items() if value != getattr(before, name)]
    if changed:
        record("section.edited", "section", subject_id=section.id, actor=by.pair, detail={"changed": changed})
    return section


def mark(draft: SectionDraft) -> str:
    """Sixteen digits that change with every word of a section."""
    return hashlib.sha256(repr(asdict(draft)).encode()).hexdigest()[:16]


def lock_section(section_id: int) -> Section:
    """The section, fresh and locked; it is locked before adoptions, patterns and shifts. Raises NotFound."""
    section = locked(Section, Section.id == section_id)
    if section is None:
        raise NotFound()
    return section


def draft_of(section: Section) -> SectionDraft:
    """A section as its form shows it."""
    return SectionDraft(
        section.kind,
        section.name_hans,
        section.name_en,
        section.extent_hans,
        section.extent_en,
        section.metres,
        section.post_id or section.post.id,
        section.active,
    )


def _post(draft: SectionDraft) -> Post:
    post = db.session.get(Post, draft.post_id) if draft.post_id else None
    if post is None or post.care:
        raise InvalidInput(_l("Choose the post at which the shifts take place."), "post_id")
    return post


def _take_over(section: Section, draft: SectionDraft) -> None:
    if draft.kind not in list(SectionKind):
        raise InvalidInput(_l("Choose what kind of section it is."), "kind")
    if not draft.name_hans:
        raise InvalidInput(_l("Enter the name in Chinese."), "name_hans")
    if draft.metres is not None and not 1 <= draft.metres <= MOST_METRES:
        raise InvalidInput(_l("Enter the length in metres, up to 20,000, or nothing."), "metres")
    for name, value in asdict(draft).items():
        if name != "post_id":
            setattr(section, name, value)
    section.name_hant = to_traditional(draft.name_hans)
    section.extent_hant = to_traditional(draft.extent_hans)
