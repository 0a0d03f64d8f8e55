"""From planned stories to rows: the report here, its case in `citizen.demo.case_rows`."""

from __future__ import annotations

import hashlib
from typing import Any

from citizen.core.numbers import format_report_number
from citizen.demo.book import Book, place_of
from citizen.demo.case_rows import CaseRows
from citizen.demo.chance import SEED, u
from citizen.demo.ledger import body, local_day, moment
from citizen.demo.plan import Story
from citizen.reports.services.codes import code_hash, query_code

#: A share of senders leaves a telephone number, of the form that nobody can dial.
CONTACT = 0.35


class Scribe:
    """Writes stories into the book's ledger; everything about one case is worked out in the order of
    its steps."""

    def __init__(self, book: Book, *, prefix: str) -> None:
        self.book, self.prefix = book, prefix

    def write(self, story: Story) -> CaseRows:
        """Write the rows and events of one story; the case's own row may still be changed by the caller."""
        self.book.open(story)
        rows = CaseRows(self.book, story, self._report(story))
        for step in story.steps:
            rows.write(step)
        rows.finish()
        return rows

    def _report(self, story: Story) -> dict[str, Any]:
        number = format_report_number(self.prefix, local_day(story.received).year, body(story.index, 6, 0x2B7E1516))
        salt = hashlib.sha256(f"{SEED}|salt|{story.index}".encode()).hexdigest()[:32]
        row = {
            "id": self.book.first_report + story.index,
            "number": number,
            "salt": salt,
            "code_hash": code_hash(number, query_code(number, salt)),
            "words": story.words,
            "category_code": story.kind.code,
            "resident_group": story.kind.resident_group,
            "answers": {},
            **place_of(story),
            "datum": "wgs84",
            "place_source": "point",
            "accuracy": None,
            **_contact(story),
            "language": story.language,
            "person_id": self.book.world.cast.resident if story.by_resident else None,
            "source": "demo",
            "received_at": moment(story.received),
        }
        self.book.ledger.add("reports", row)
        self._note_arrival(story, row["id"])
        return row

    def _note_arrival(self, story: Story, report_id: int) -> None:
        detail = {"source": "demo", "area": story.spot.area, "category": story.kind.code}
        self.book.ledger.note(
            story.received,
            "report.submitted",
            of=("report", report_id),
            actor=(None, "reporter"),
            detail=detail,
        )


def _contact(story: Story) -> dict[str, Any]:
    """How the sender can be reached, if at all."""
    phone = None
    if u("contact", story.index) < CONTACT:
        phone = f"0000-00{int(u('phone', story.index) * 1000):03d}"
    return {
        "contact_name": "",
        "contact_phone": phone,
        "contact_phone_typed": phone or "",
        "contact_email": None,
    }
