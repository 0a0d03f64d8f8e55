"""What of the demonstration people get to see: pictures, board entries and cases released to people
nearby."""

from __future__ import annotations

from typing import Any

from citizen.boards.rules import REPLY_WORKING_DAYS, board_of, expiry, status_of
from citizen.core.content import to_traditional
from citizen.demo.arrivals import HOUR
from citizen.demo.case_rows import CaseRows
from citizen.demo.chance import pick, u
from citizen.demo.course import MINUTE
from citizen.demo.fact_rows import day_of, fact_row
from citizen.demo.ledger import Ledger, body, local_day, moment, sure
from citizen.demo.photo_rows import Entry, add_pictures
from citizen.demo.plan import Story
from citizen.demo.words import phrase
from citizen.demo.world import World

#: How many of the repairs with pictures of both stand on the exposure board.
EXPOSED = 0.17
#: How much of the other good work stands on the red board: of what can be seen afterwards, and of the rest.
PRAISED_SEEN, PRAISED = 0.37, 0.042
#: The boards do not grow beyond what a load of this size gives.
MOST = 400_000
NEARBY = 0.6
#: Of what was closed lately more is on its way to the boards, so that the office has entries to work on.
LATELY = 140
#: Groups whose good ends are no place to look at, or no matter for a board.
_UNSEEN = frozenset({"SUG", "PSA"})
_NEVER = frozenset({"MIN-06", "BEH-03", "MKT-04"})


class Showing:
    """Adds to written cases what is shown of them."""

    def __init__(self, world: World, ledger: Ledger, *, total: int) -> None:
        self.world, self.ledger = world, ledger
        self.share = min(1.0, MOST / max(total, 1))

    def add(self, story: Story, rows: CaseRows) -> None:
        """Pictures, the board entry and the release of one case, where it has any."""
        entry = self.entry_for(story, rows)
        before, after = add_pictures(self.world, story, rows, entry=entry)
        if entry is not None:
            self._write_entry(story, rows, entry, (before, after))
        elif self._is_released(story, rows.case):
            self._release(story, rows)

    def entry_for(self, story: Story, rows: CaseRows) -> Entry | None:
        """The entry of a verified fix or of a long neglected case, if it was chosen for a board."""
        kind, case = story.kind, rows.case
        if kind.code in _NEVER or kind.group in _UNSEEN or rows.appeal:
            return None
        drawn = self.world.drawings_of(kind)
        if story.scene == "neglect" and kind.exposure_eligible and drawn[0]:
            return self._times(story, "exposure", rows.deadline + HOUR, fixed=False)
        if case["state"] != "closed" or case["resolution"] != "fixed":
            return None
        board = board_of(exposure_eligible=kind.exposure_eligible)
        chance = u("board", story.index) * (1.0 if story.younger > LATELY else 0.25)
        if chance >= _chosen(board, drawn) * self.share:
            return None
        return self._times(story, board, rows.closed, fixed=True)

    def _times(self, story: Story, board: str, created: int, *, fixed: bool) -> Entry:
        """Drafted, reviewed by another person, told to the unit, published: all within office hours."""
        time, now, cast = self.world.worktime, self.world.now, self.world.cast

        def later(start: int, most: int, what: str) -> int:
            return time.add(start, int((20 + most * u(what, story.index)) * MINUTE))

        drafted = later(created, 900, "drafted")
        reviewed = later(drafted, 600, "reviewed")
        told = time.days_end(reviewed, REPLY_WORKING_DAYS)
        replied = later(reviewed, 900, "replied") if u("replies", story.index) < 0.6 else None
        ready = reviewed if fixed else min(told, replied or told)
        published = later(ready, 240, "published")
        author = pick(cast.moderators, "author", story.index)

        def come(step: int | None) -> int | None:
            return step if step is not None and step <= now else None

        return Entry(
            board=board,
            fixed=fixed,
            created=created,
            drafted=come(drafted),
            reviewed=come(reviewed),
            replied=come(replied),
            published=come(published),
            author=author,
            reviewer=cast.publisher,
        )

    def _write_entry(self, story: Story, rows: CaseRows, entry: Entry, photos: tuple[Any, Any]) -> None:
        row = self._entry_row(story, rows, entry, photos)
        self.ledger.add("board_entries", row)
        self._note_entry(row["id"], story, entry)
        if entry.published:
            self._write_fact(story, rows, row, photos)

    def _entry_row(self, story: Story, rows: CaseRows, entry: Entry, photos: tuple[Any, Any]) -> dict[str, Any]:
        steps = (entry.drafted, entry.reviewed, entry.reviewed, entry.replied, entry.published)
        texts = self._texts(story, entry) if entry.drafted else dict.fromkeys(_TEXTS, "")
        return {
            "id": self.ledger.new_id("board_entries"),
            "number": f"B{local_day(entry.created).year % 100:02d}-{body(story.index, 6, 0x15A4E35)}",
            "case_id": rows.case["id"],
            "board": entry.board,
            "state": _state(entry),
            "version": 1 + sum(bool(step) for step in steps),
            **texts,
            "precision": "point" if entry.drafted else "street",
            "before_photo_id": photos[0]["id"] if photos[0] and entry.drafted else None,
            "after_photo_id": photos[1]["id"] if photos[1] and entry.drafted else None,
            **_hands(entry),
            **self._reply(story, entry),
            "published_at": moment(entry.published),
            "expires_at": _expiry(entry, story.kind.subject),
            "hidden_at": None,
            "withdrawn_at": None,
            "withdrawal_reason": None,
            "created_at": moment(entry.created),
        }

    def _reply(self, story: Story, entry: Entry) -> dict[str, Any]:
        """Until when the unit may reply, and what it replied."""
        due = self.world.worktime.days_end(entry.reviewed, REPLY_WORKING_DAYS) if entry.reviewed else None
        section = "replies" if entry.fixed else "overdue_replies"
        return {
            "notified_at": moment(entry.reviewed),
            "reply_due_at": moment(due),
            "reply": phrase(self.world, section, story.index) if entry.replied else "",
            "replied_at": moment(entry.replied),
        }

    def _note_entry(self, entry_id: int, story: Story, entry: Entry) -> None:
        clerk = (self.world.cast.clerks.get(self._unit(story)), "clerk")
        office = (entry.reviewer, "office")
        shown = "published" if entry.published and entry.replied and entry.replied > entry.published else "notified"
        for at, verb, actor, source, target in (
            (entry.created, "candidate", (None, "system"), None, "candidate"),
            (entry.drafted, "draft", (entry.author, "office"), "candidate", "drafted"),
            (entry.reviewed, "review", office, "drafted", "reviewed"),
            (entry.reviewed, "notify", (None, "system"), "reviewed", "notified"),
            (entry.replied, "reply", clerk, shown, shown),
            (entry.published, "publish", office, "notified", "published"),
        ):
            if at is not None:
                of = ("entry", entry_id)
                self.ledger.note(at, f"entry.{verb}", of=of, actor=actor, states=(source, target))

    def _unit(self, story: Story) -> str:
        return story.spot.area_unit if story.kind.unit == "township" else story.kind.unit

    def _texts(self, story: Story, entry: Entry) -> dict[str, str]:
        words, what = self.world.phrases["board"], "fixed" if entry.fixed else "overdue"
        hans = {
            "place": story.spot.names[0],
            "name": story.kind.name,
            "unit": self.world.units[self._unit(story)],
        }
        english = {"place": story.spot.names[2], "name": story.kind.name_en.lower()}
        return {
            "title_hans": words["title"].format(**hans),
            "title_en": words["title_en"].format(**english | {"name": story.kind.name_en}),
            "text_hans": words[what].format(**hans),
            "text_en": words[f"{what}_en"].format(**english),
        }

    def _write_fact(self, story: Story, rows: CaseRows, entry: dict[str, Any], photos: tuple[Any, Any]) -> None:
        case = rows.case
        fixed = case["state"] == "closed"
        shown = entry["published_at"]
        now = sure(self.world.now)
        status = status_of(board=entry["board"], fixed=fixed, deadline_at=case["deadline_at"], now=now)
        facts = {
            "board": entry["board"],
            "text_hans": entry["text_hans"],
            "text_hant": to_traditional(entry["text_hans"]),
            "text_en": entry["text_en"],
            "status": status,
            "fixed_day": day_of(case["fixed_at"]) if fixed else None,
            "verified_day": day_of(case["closed_at"]) if fixed else None,
            "day": day_of(case["closed_at"] if fixed else shown),
            "before_photo": photos[0]["public_name"] if photos[0] else None,
            "before_alt": photos[0]["alt"] if photos[0] else "",
            "after_photo": photos[1]["public_name"] if photos[1] else None,
            "after_alt": photos[1]["alt"] if photos[1] else "",
            "reply": entry["reply"],
            "released_at": max(shown, entry["replied_at"] or shown),
            "expires_at": entry["expires_at"],
        }
        titles = (entry["title_hans"], entry["title_en"])
        self._fact(story, case, surface="board", number=entry["number"], titles=titles, more=facts)

    def _is_released(self, story: Story, case: dict[str, Any]) -> bool:
        open_for_long = case["state"] in ("dispatched", "in_progress") and case["dispatched_at"] is not None
        return open_for_long and story.kind.exposure_eligible and u("nearby", story.index) < NEARBY

    def _release(self, story: Story, rows: CaseRows) -> None:
        """The moderator releases the case's title and place right after dispatch."""
        case, dispatch = rows.case, rows.dispatch
        at, words = dispatch.at + 40, self.world.phrases["board"]
        titles = (
            words["title"].format(place=story.spot.names[0], name=story.kind.name),
            words["title_en"].format(place=story.spot.names[2], name=story.kind.name_en),
        )
        case |= {"released_at": moment(at), "public_precision": "point", "version": case["version"] + 1}
        case |= {"public_title_hans": titles[0], "public_title_en": titles[1]}
        if rows.last is dispatch:
            case["updated_at"] = moment(at)
        actor, states = (dispatch.person, "moderator"), ("dispatched", "dispatched")
        detail = {"precision": "point", "photos": 0, "title": titles[0]}
        self.ledger.note(at, "release", of=("case", case["id"]), actor=actor, states=states, detail=detail)
        self._fact(
            story,
            case,
            surface="nearby",
            number=f"N{body(story.index, 9, 0x1F3D5B79)}",
            titles=titles,
            more={},
        )

    def _fact(
        self,
        story: Story,
        case: dict[str, Any],
        *,
        surface: str,
        number: str,
        titles: tuple[str, str],
        more: dict[str, Any],
    ) -> None:
        own = {"id": self.ledger.new_id("released_facts"), "surface": surface, "number": number}
        self.ledger.add("released_facts", fact_row(story, case, titles) | own | more)


_TEXTS = ("title_hans", "title_en", "text_hans", "text_en")


def _chosen(board: str, drawn: tuple[str | None, str | None]) -> float:
    """The share of the fit cases that is shown; what is exposed must be seen before and after."""
    if board == "exposure":
        return EXPOSED if all(drawn) else 0.0
    return PRAISED_SEEN if drawn[1] else PRAISED


def _state(entry: Entry) -> str:
    if entry.published:
        return "published"
    return "notified" if entry.reviewed else "drafted" if entry.drafted else "candidate"


def _hands(entry: Entry) -> dict[str, Any]:
    """Who wrote the entry and who reviewed it, as far as that has come."""
    return {
        "author_id": entry.author if entry.drafted else None,
        "reviewer_id": entry.reviewer if entry.reviewed else None,
        "drafted_at": moment(entry.drafted),
        "reviewed_at": moment(entry.reviewed),
    }


def _expiry(entry: Entry, subject: str) -> Any:
    shown = moment(entry.published)
    return expiry(shown, subject) if shown else None
