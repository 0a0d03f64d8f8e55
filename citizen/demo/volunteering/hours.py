"""What became of the credited hours: corrections with two people, public notices, objections, a certificate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from citizen.certificates import rules as certificates
from citizen.certificates.rules import Fact, Issuer, Statement
from citizen.core.content import Words
from citizen.demo.ledger import Ledger, body
from citizen.demo.volunteering.ground import Ground
from citizen.demo.volunteering.people import Helper
from citizen.demo.volunteering.roster import Row
from citizen.demo.volunteering.service import new_entry
from citizen.volunteers.rules.hours import NOTICE_WORKING_DAYS
from citizen.volunteers.rules.ledger import fingerprint, lines_of
from citizen.volunteers.rules.shifts import moment_of

Credit = tuple[Row, Helper, Row]
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Wish:
    """A correction that somebody asked for at ``at``: to ``minutes``, and the entry that it makes or would make."""

    kind: str
    helper: Helper
    day: date
    minutes: int
    reason: str
    by: tuple[int, str]
    at: datetime
    booking_id: int | None = None
    entry_id: int | None = None


class Hours:
    """Writes what follows from ``credits``, which are in the order in which the shifts were."""

    def __init__(self, ground: Ground, ledger: Ledger, credits_: list[Credit]) -> None:
        self.ground, self.ledger = ground, ledger
        self.first, self.second = ground.staff.coordinators
        self.used: set[int] = set()
        self.credits = [credit for credit in credits_ if credit[1].guardian is None and credit[0]["minutes"] >= 60]

    def add(self, star: Helper) -> None:
        """Corrections, a closed and an open notice with an objection each, the star's certificate."""
        self._corrections(star)
        closed = self._notice(-40, -27, opens=moment_of(self.ground.today - 26 * DAY, "10:00"))
        opened = self._notice(-9, -3, opens=self.ground.now - timedelta(hours=20))
        self._objection(closed, self._credit(-38, -28, star), decided=True)
        self._objection(opened, self._credit(-9, -3, star), decided=False)
        self._certificate(star)

    def _credit(self, first: int, last: int, star: Helper) -> Credit:
        """A credit of those days that nothing else is about."""
        days = (self.ground.today + first * DAY, self.ground.today + last * DAY)
        for credit in self.credits:
            entry, helper, _shift = credit
            if days[0] <= entry["day"] <= days[1] and helper is not star and entry["id"] not in self.used:
                self.used.add(entry["id"])
                return credit
        raise LookupError("the county has too few shifts for the demonstration's hours")

    def _words(self, name: str) -> str:
        return str(self.ground.words["words"][name])

    def _corrections(self, star: Helper) -> None:
        entry, helper, _shift = self._credit(-30, -20, star)
        asked = entry["created_at"] + 3 * 60 * MINUTE
        more = Wish("adjust", helper, entry["day"], entry["minutes"] + 5, self._words("adjust"),
                    (helper.account, "volunteer"), asked, booking_id=entry["booking_id"])  # fmt: skip
        self._decide(more, difference=5, by=self.first)
        entry, helper, _shift = self._credit(-20, -12, star)
        back = Wish("reversal", helper, entry["day"], 0, self._words("reverse"), (self.first, "coordinator"),
                    entry["created_at"] + DAY, entry["booking_id"], entry["id"])  # fmt: skip
        self._decide(back, difference=-entry["minutes"], by=self.second)
        entry, helper, _shift = self._credit(-6, -1, star)
        wish = Wish("adjust", helper, entry["day"], entry["minutes"] + 10, self._words("pending"),
                    (helper.account, "volunteer"), self.ground.now - 90 * MINUTE, booking_id=entry["booking_id"])  # fmt: skip
        self._request(wish)
        day = next(day for n in range(33, 60) if (day := self.ground.today - n * DAY) not in star.credited)
        later = Wish("backfill", star, day, 90, self._words("backfill"), (self.first, "coordinator"),
                     moment_of(day + DAY, "10:30"))  # fmt: skip
        self._decide(later, difference=90, by=self.second)

    def _request(self, wish: Wish, *, decided_by: int | None = None) -> Row:
        at = wish.at.astimezone(self.ground.now.tzinfo)
        id_ = self.ledger.new_id("hours_requests")
        row = {
            "id": id_,
            "volunteer_id": wish.helper.id,
            "booking_id": wish.booking_id,
            "kind": wish.kind,
            "entry_id": wish.entry_id,
            "minutes": wish.minutes,
            "day": wish.day,
            "reason": wish.reason,
            "key": f"demo:{id_}",
            "state": "pending" if decided_by is None else "approved",
            "requested_by": wish.by[0],
            "requested_at": at,
            "decided_by": decided_by,
            "decided_at": None if decided_by is None else at + 4 * 60 * MINUTE,
            "words": "",
            "version": 1 if decided_by is None else 2,
        }
        self.ledger.add("hours_requests", row)
        detail = {"kind": wish.kind, "minutes": wish.minutes, "day": wish.day.isoformat()}
        self._note("hours.requested", ("hours_request", id_), at, actor=wish.by, detail=detail)
        return row

    def _decide(self, wish: Wish, *, difference: int, by: int) -> None:
        """Another person agrees four hours later, and the ledger gets the difference."""
        request = self._request(wish, decided_by=by)
        entry = new_entry(
            self.ledger, wish.helper, wish.kind, minutes=difference, day=wish.day, at=request["decided_at"]
        )
        entry |= {"booking_id": wish.booking_id, "reason": wish.reason, "reverses_id": wish.entry_id}
        entry |= {"request_id": request["id"], "entered_by": wish.by[0], "approved_by": by}
        self._note("hours.approved", ("hours_request", request["id"]), request["decided_at"], actor=(by, "coordinator"))

    def _notice(self, first: int, last: int, *, opens: datetime) -> Row:
        closes = self.ground.calendar.add_working_days(opens, NOTICE_WORKING_DAYS)
        utc = self.ground.now.tzinfo
        id_ = self.ledger.new_id("hours_notices")
        row: Row = {
            "id": id_,
            "slug": body(id_, 11, 0x3D0C5A7).lower(),
            "from_day": self.ground.today + first * DAY,
            "until_day": self.ground.today + last * DAY,
            "opens_at": opens.astimezone(utc),
            "closes_at": closes.astimezone(utc),
            "created_by": self.first,
        }
        self.ledger.add("hours_notices", row)
        detail = {
            "from": row["from_day"].isoformat(),
            "until": row["until_day"].isoformat(),
            "closes_at": row["closes_at"].isoformat(),
        }
        self._note(
            "hours.notice", ("hours_notice", id_), row["opens_at"], actor=(self.first, "coordinator"), detail=detail
        )
        return row

    def _objection(self, notice: Row, credit: Credit, *, decided: bool) -> None:
        at = notice["opens_at"] + (DAY if decided else 5 * 60 * MINUTE)
        id_ = self.ledger.new_id("hours_objections")
        row = {
            "id": id_,
            "notice_id": notice["id"],
            "entry_id": credit[0]["id"],
            "words": self._words("dismissed_objection" if decided else "objection"),
            "contact": "",
            "key": f"demo:{id_}",
            "state": "dismissed" if decided else "open",
            "decided_by": self.second if decided else None,
            "decided_at": at + DAY if decided else None,
            "decision": self._words("dismissed") if decided else "",
            "created_at": at,
            "version": 2 if decided else 1,
        }
        self.ledger.add("hours_objections", row)
        of = ("hours_objection", id_)
        self._note("hours.objection", of, at, actor=(None, "visitor"))
        if decided:
            self._note("hours.objection_dismissed", of, at + DAY, actor=(self.second, "coordinator"))

    def _certificate(self, star: Helper) -> None:
        """The star's hours until five days ago, as the site would have certified them then."""
        at = (self.ground.now - 5 * DAY).replace(microsecond=0)
        mine = [row for row in self.ledger.rows["hours_entries"] if row["volunteer_id"] == star.id]
        entries = [_Entry(row) for row in mine if row["created_at"] < at]
        lines = lines_of(entries)
        statement = Statement(
            kind=certificates.Kind.VOLUNTEERING,
            holder=star.name,
            period=(lines[0].day, lines[-1].day),
            minutes=sum(line.minutes for line in lines),
            facts=(Fact(Words.of(*self.ground.words["words"]["services"]), Words(*[str(len(lines))] * 3)),),
        )
        last = max(entry.id for entry in entries)
        key = f"hours:{star.id}:{last}:{fingerprint(lines)}:0"
        self._issue(statement, person_id=star.account, at=at, key=key)

    def _issue(self, statement: Statement, *, person_id: int, at: datetime, key: str) -> None:
        site, id_ = self.ground.site, self.ledger.new_id("certificates")
        snapshot = certificates.snapshot_of(statement, Issuer(site["office"], site["county"]))
        number = f"C-{at.year % 100:02d}-{body(id_, certificates.NUMBER_LENGTH, 0x19C0FFEE)}"
        token = self._token(id_)
        named: dict[str, Any] = {"holder": statement.holder, "snapshot": snapshot, "issued_at": at}
        row = {
            "id": id_,
            "number": number,
            "token": token,
            "kind": statement.kind.value,
            "person_id": person_id,
            **named,
            "hash": certificates.fingerprint(number, token, **named),
            "issued_by": None,
            "revoked_at": None,
            "revoked_by": None,
            "revoke_reason": "",
            "dedupe_key": key,
        }
        self.ledger.add("certificates", row)
        detail = {"number": number, "hash": row["hash"]}
        self._note("certificate.issued", ("certificate", id_), at, actor=(None, "system"), detail=detail)

    def _token(self, id_: int) -> str:
        """A check code that only this site can work out."""
        return body(int(self.ground.hidden(f"certificate:{id_}")[:18], 16), certificates.TOKEN_LENGTH, 0x5EED)

    def _note(
        self, action: str, of: tuple[str, int], at: datetime, *, actor: tuple[int | None, str], **more: Any
    ) -> None:
        self.ledger.note(int(at.timestamp()), action, of=of, actor=actor, **more)


class _Entry:
    """A row of the ledger of hours as the rules read one."""

    def __init__(self, row: Row) -> None:
        self.id: int = row["id"]
        self.volunteer_id: int = row["volunteer_id"]
        self.booking_id: int | None = row["booking_id"]
        self.reverses_id: int | None = row["reverses_id"]
        self.day: date = row["day"]
        self.minutes: int = row["minutes"]
