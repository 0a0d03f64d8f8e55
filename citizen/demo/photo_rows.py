"""Rows of the demonstration's pictures; what a picture may show follows from its case's board entry."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from citizen.demo.case_rows import CaseRows
from citizen.demo.chance import u
from citizen.demo.ledger import Ledger, moment
from citizen.demo.pictures import VARIANTS, hang, prepared
from citizen.demo.plan import Story
from citizen.demo.world import World

#: Cases older than this many reports have no pictures.
PICTURED = 1_200


@dataclass(slots=True)
class Entry:
    """When an entry took its steps; None for those that have not come by now."""

    board: str
    fixed: bool
    created: int
    drafted: int | None
    reviewed: int | None
    replied: int | None
    published: int | None
    author: int
    reviewer: int


def add_pictures(world: World, story: Story, rows: CaseRows, *, entry: Entry | None) -> tuple[Any, Any]:
    """Store and write the pictures of a case; returns the rows (before, after), None where there is none."""
    drawn, drawn_after = world.drawings_of(story.kind)
    before = after = None
    if not (story.pictured or entry is not None) or story.younger >= PICTURED:
        return before, after
    if drawn:
        before = _photo(world, rows, drawn, ("report", rows.report["id"], story.received), entry=entry)
        rows.case["photo_count"] += 1
    if drawn_after and rows.fix and rows.fix["resolution"] == "fixed":
        taken = int(rows.fix["handed_in_at"].timestamp()) - 60
        after = _photo(world, rows, drawn_after, ("fix", rows.fix["id"], taken), entry=entry)
    return before, after


def _photo(
    world: World, rows: CaseRows, drawing: str, owner: tuple[str, int, int], *, entry: Entry | None
) -> dict[str, Any]:
    state = "masked"
    if entry is not None and entry.drafted:
        state = "public" if entry.published else "checked"
    stored = hang(
        prepared(drawing, int(u("variant", rows.story.index) * len(VARIANTS)), world.phrases["label"]),
        public=state == "public",
    )
    alt = world.phrases["alts"]["before" if owner[0] == "report" else "after"]
    row = {
        "id": rows.ledger.new_id("photos"),
        "token": secrets.token_hex(16),
        "owner_kind": owner[0],
        "owner_id": owner[1],
        "position": 0,
        "state": state,
        "version": {"masked": 3, "checked": 4, "public": 5}[state],
        "file_name": f"{drawing}.jpg",
        **stored,
        "boxes": [],
        "alt": alt.format(place=rows.story.spot.names[0], name=rows.story.kind.name) if state != "masked" else "",
        "refusal": None,
        "checked_by": entry.author if entry is not None and entry.drafted else None,
        "uploaded_at": moment(owner[2]),
    }
    rows.ledger.add("photos", row)
    _note_photo(rows.ledger, row["id"], owner[2], entry=entry)
    return row


def _note_photo(ledger: Ledger, photo_id: int, taken: int, *, entry: Entry | None) -> None:
    of, system = ("photo", photo_id), (None, "system")
    ledger.note(taken + 4, "photo.sanitised", of=of, actor=system, states=("sealed", "sanitised"))
    ledger.note(taken + 4, "photo.masked", of=of, actor=system, states=("sanitised", "masked"))
    if entry is None or entry.drafted is None:
        return
    by = (entry.author, "staff")
    ledger.note(entry.drafted - 90, "photo.checked", of=of, actor=by, states=("masked", "checked"))
    if entry.published:
        ledger.note(entry.published, "photo.released", of=of, actor=by, states=("checked", "public"))
