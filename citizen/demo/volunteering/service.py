"""What happened at shifts that are over: who came and who did not, when they came and went, and what was credited."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from citizen.core.clock import local
from citizen.demo.chance import u, us
from citizen.demo.ledger import Ledger
from citizen.demo.volunteering.ground import Ground
from citizen.demo.volunteering.people import Helper
from citizen.demo.volunteering.posts import Place
from citizen.demo.volunteering.roster import Roster, Row, by_volunteer
from citizen.volunteers.rules.booking import Actor, By
from citizen.volunteers.rules.hours import DAILY_CAP, credited
from citizen.volunteers.rules.sign_in import NO_SHOW_AFTER, Direction, Method

#: Shares of what becomes of a booking, the rest comes and stays.
CANCELS, MISSES, EXCUSED, LEAVES, FORGETS = 0.06, 0.035, 0.015, 0.02, 0.02
#: The lead confirms within a day and a half.
CONFIRMED_WITHIN = 36 * 60
MINUTE = timedelta(minutes=1)


class Service:
    """Plays shifts that have begun; ``credits`` collects what was credited, in the order of the shifts."""

    def __init__(self, ground: Ground, ledger: Ledger, roster: Roster) -> None:
        self.ground, self.ledger, self.roster = ground, ledger, roster
        #: (entry, volunteer, shift, when credited)
        self.credits: list[tuple[Row, Helper, Row]] = []

    def hold(self, shift: Row, place: Place, *, faithful: tuple[int, ...] = ()) -> None:
        """Let a shift that is over by now take place; the volunteers ``faithful`` (ids) come and stay."""
        for booking, helper in self.roster.of.get(shift["id"], ()):
            if booking["state"] == "confirmed":
                sure = helper.id in faithful or booking["party_id"] is not None
                self._play(shift, booking, helper, place=place, sure=sure)

    def _play(self, shift: Row, booking: Row, helper: Helper, *, place: Place, sure: bool) -> None:
        luck = us("service", booking["id"])
        chance = 1.0 if sure else luck[0]
        lead, start = self._lead(place, helper), shift["starts_at"]
        move = self.roster.move
        if chance < CANCELS:
            early = max(booking["created_at"] + MINUTE, start - timedelta(hours=2 + 60 * luck[1]))
            move(booking, shift, "cancel", at=early, by=by_volunteer(helper))
        elif chance < CANCELS + MISSES:
            move(booking, shift, "miss", at=start + NO_SHOW_AFTER + MINUTE, by=lead)
        elif chance < CANCELS + MISSES + EXCUSED:
            move(booking, shift, "excuse", at=start + 5 * MINUTE, by=lead, reason=self._words("excused"))
        else:
            self._come(shift, booking, helper, lead=lead, luck=(chance, *luck[1:]))

    def _lead(self, place: Place, helper: Helper) -> By:
        """The post's lead; a coordinator where the lead is the volunteer or the child's guardian."""
        if place.lead == helper.account:
            return By(self.ground.staff.coordinators[0], Actor.COORDINATOR)
        return By(place.lead, Actor.LEAD)

    def _words(self, name: str) -> str:
        return str(self.ground.words["words"][name])

    def _come(self, shift: Row, booking: Row, helper: Helper, *, lead: By, luck: tuple[float, ...]) -> None:
        (chance, how, early, late, far), start, end = luck, shift["starts_at"], shift["ends_at"]
        called = helper.guardian is not None or how < 0.25
        method = Method.ROLL_CALL if called else Method.QR if how < 0.85 else Method.CODE
        came, went = start + (int(18 * early) - 12) * MINUTE, end + (int(16 * late) - 4) * MINUTE
        metres = 4 + int(70 * far) if method is Method.QR else None
        by = lead if called else by_volunteer(helper)
        self.roster.move(booking, shift, "sign_in", at=came, by=by, reason=method.value)
        self._sign(booking, Direction.IN, came, method=method, by=by, metres=metres)
        if chance < CANCELS + MISSES + EXCUSED + LEAVES:
            went, method, by, metres = start + (end - start) * 0.55, Method.LEAD, lead, None
            went = went.replace(second=0, microsecond=0)
            self.roster.move(booking, shift, "leave_early", at=went, by=lead, reason=self._words("left_early"))
        elif chance < CANCELS + MISSES + EXCUSED + LEAVES + FORGETS:
            return
        else:
            self.roster.note(booking, "sign_out", at=went, by=by, reason=method.value)
        self._sign(booking, Direction.OUT, went, method=method, by=by, metres=metres)
        self._credit(shift, booking, helper, span=(came, went), lead=lead)

    def _sign(
        self, booking: Row, direction: Direction, at: datetime, *, method: Method, by: By, metres: int | None
    ) -> None:
        entered = by.person_id if method in (Method.ROLL_CALL, Method.LEAD) else None
        row = {
            "id": self.ledger.new_id("attendances"),
            "booking_id": booking["id"],
            "direction": direction.value,
            "method": method.value,
            "at": at,
            "received_at": at,
            "distance_m": metres,
            "nonce": f"demo:{booking['id']}:{direction.value}",
            "entered_by": entered,
            "reason": self._words("left_early") if method is Method.LEAD else "",
        }
        self.ledger.add("attendances", row)

    def _credit(self, shift: Row, booking: Row, helper: Helper, *, span: tuple[datetime, datetime], lead: By) -> None:
        """The lead confirms the hours, unless that is still to come."""
        at = span[1] + (20 + int(CONFIRMED_WITHIN * u("confirmed", shift["id"]) ** 2)) * MINUTE
        if at > self.ground.now:
            return
        day = local(shift["starts_at"]).date()
        used = helper.credited.get(day, 0)
        scheduled = int((shift["ends_at"] - shift["starts_at"]).total_seconds() // 60)
        minutes = credited(span, scheduled=scheduled, used=used, cap=DAILY_CAP)
        helper.credited[day] = used + minutes
        entry = new_entry(self.ledger, helper, "auto", minutes=minutes, day=day, at=at)
        entry |= {"booking_id": booking["id"], "entered_by": lead.person_id}
        self.credits.append((entry, helper, shift))
        detail: dict[str, Any] = {"minutes": minutes, "breaks": 0}
        self.ledger.note(
            int(at.timestamp()), "hours.credited", of=("hours", entry["id"]), actor=lead.pair, detail=detail
        )


def new_entry(ledger: Ledger, helper: Helper, kind: str, *, minutes: int, day: Any, at: datetime) -> Row:
    """A row of the ledger of hours, for the caller to complete."""
    row: Row = {
        "id": ledger.new_id("hours_entries"),
        "volunteer_id": helper.id,
        "booking_id": None,
        "kind": kind,
        "minutes": minutes,
        "day": day,
        "reason": "",
        "reverses_id": None,
        "request_id": None,
        "entered_by": None,
        "approved_by": None,
        "created_at": at,
    }
    ledger.add("hours_entries", row)
    return row
