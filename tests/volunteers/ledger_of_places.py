"""A plain model of booking, written without looking at the services: what places, lines and offers must do."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

BINDING = ("confirmed", "attended")
HOLDING = ("confirmed", "offered", "attended")


@dataclass
class Seat:
    """One booking."""

    who: int
    state: str
    number: int | None = None
    until: datetime | None = None
    asked: bool = False
    order: int = 0


@dataclass
class Plan:
    """One shift."""

    start: datetime
    end: datetime
    capacity: int
    cancelled: bool = False
    next_number: int = 1
    seats: list[Seat] = field(default_factory=list)

    def held(self) -> int:
        """How many places are held."""
        return sum(seat.state in HOLDING for seat in self.seats)

    def line(self) -> list[Seat]:
        """Those who wait, by number."""
        return sorted((seat for seat in self.seats if seat.state == "waiting"), key=lambda seat: seat.number or 0)

    def of(self, who: int) -> Seat | None:
        """The active booking of somebody, else the last one."""
        mine = [seat for seat in self.seats if seat.who == who]
        return next((seat for seat in mine if seat.state in (*HOLDING, "waiting")), mine[-1] if mine else None)


class Model:
    """All shifts, and what each act must lead to; acts return the name of the refusal, or an empty string."""

    def __init__(self, plans: list[Plan], now: datetime) -> None:
        self.plans, self.now, self.orders = plans, now, 0

    def clash(self, who: int, plan: Plan, span: tuple[datetime, datetime] | None = None) -> bool:
        """Whether somebody is bound elsewhere at the plan's time."""
        start, end = span or (plan.start, plan.end)
        for other in self.plans:
            if other is plan or other.cancelled or not (other.start < end and other.end > start):
                continue
            for seat in other.seats:
                if seat.who == who and (seat.state in BINDING or (seat.state == "offered" and not seat.asked)):
                    return True
        return False

    def deadline(self, plan: Plan) -> datetime:
        """A quarter of the time left, from fifteen minutes to a day, at most until the start."""
        quarter = (plan.start - self.now) / 4
        return min(self.now + min(max(quarter, timedelta(minutes=15)), timedelta(hours=24)), plan.start)

    def fill(self, plan: Plan) -> None:
        """Free places go down the line; the busy are passed over."""
        if plan.cancelled or self.now >= plan.start:
            return
        for seat in plan.line():
            if plan.held() >= plan.capacity:
                return
            if not self.clash(seat.who, plan):
                seat.state, seat.until, seat.asked = "offered", self.deadline(plan), False

    def book(self, who: int, plan: Plan, *, wait: bool) -> str:
        """Take a place or a number."""
        if plan.cancelled:
            return "cancelled"
        if self.now >= plan.start:
            return "too_late"
        seat = plan.of(who)
        if seat is not None and seat.state in (*HOLDING, "waiting"):
            return "already_in"
        if self.clash(who, plan):
            return "clash"
        before = [(seat, seat.state, seat.until) for seat in plan.seats]
        self.fill(plan)
        if plan.held() >= plan.capacity and not wait:
            for seat, state, until in before:
                seat.state, seat.until = state, until
            return "full"
        self.orders += 1
        if plan.held() < plan.capacity:
            plan.seats.append(Seat(who, "confirmed", order=self.orders))
        else:
            plan.seats.append(Seat(who, "waiting", plan.next_number, order=self.orders))
            plan.next_number += 1
        return ""

    def leave(self, who: int, plan: Plan) -> str:
        """Cancel before the start."""
        seat = plan.of(who)
        if seat is None or self.now >= plan.start or seat.state not in ("confirmed", "waiting"):
            return "conflict"
        self._end(seat, "cancelled")
        self.fill(plan)
        return ""

    def answer(self, who: int, plan: Plan, *, yes: bool) -> str:
        """Accept or decline an offer."""
        seat = plan.of(who)
        if seat is None or seat.state != "offered":
            return "conflict"
        if not yes:
            self._end(seat, "declined")
            self.fill(plan)
            return ""
        if seat.until is not None and self.now >= seat.until:
            return "conflict"
        if self.clash(who, plan):
            return "clash"
        self._end(seat, "confirmed")
        return ""

    def call_off(self, who: int, plan: Plan) -> str:
        """The organiser takes somebody out."""
        seat = plan.of(who)
        if seat is None or seat.state not in ("confirmed", "waiting", "offered"):
            return "conflict"
        self._end(seat, "cancelled_by_organiser")
        self.fill(plan)
        return ""

    def resize(self, plan: Plan, capacity: int) -> str:
        """Raise or lower the number of places."""
        if plan.cancelled or plan.end <= self.now:
            return "conflict"
        if capacity < 1:
            return "invalid"
        if capacity < plan.held():
            return "conflict"
        plan.capacity = capacity
        self.fill(plan)
        return ""

    def cancel(self, plan: Plan) -> str:
        """The shift does not take place."""
        if plan.cancelled or plan.end <= self.now or any(seat.state == "attended" for seat in plan.seats):
            return "conflict"
        plan.cancelled = True
        for seat in plan.seats:
            if seat.state in ("confirmed", "waiting", "offered"):
                self._end(seat, "cancelled_by_organiser")
        return ""

    def move(self, plan: Plan, start: datetime) -> str:
        """Another time: those whom it suits stay, the others are asked, those who wait keep their numbers."""
        end = start + (plan.end - plan.start)
        if plan.cancelled or self.now >= plan.start or any(seat.state == "attended" for seat in plan.seats):
            return "conflict"
        if start <= self.now or start == plan.start:
            return "invalid"
        busy = {seat.who: self.clash(seat.who, plan, (start, end)) for seat in plan.seats}
        plan.start, plan.end = start, end
        for seat in plan.seats:
            if seat.state in ("confirmed", "offered"):
                if busy[seat.who] or seat.state == "offered":
                    seat.state, seat.until = "offered", self.deadline(plan)
                    seat.asked = busy[seat.who]
                else:
                    seat.asked = True
        self.fill(plan)
        return ""

    def sign_in(self, who: int, plan: Plan) -> str:
        """The lead's roll call, from half an hour before the start to the end."""
        seat = plan.of(who)
        if seat is None:
            return "conflict"
        if plan.cancelled or not plan.start - timedelta(minutes=30) <= self.now <= plan.end:
            return "conflict"
        if seat.state == "attended":
            return ""
        if seat.state != "confirmed":
            return "conflict"
        self._end(seat, "attended")
        return ""

    def sweep(self) -> None:
        """What the worker does each minute: offers lapse, lines end with the start."""
        lapsed = [
            (seat.until, plan, seat)
            for plan in self.plans
            for seat in plan.seats
            if seat.state == "offered" and seat.until is not None and seat.until <= self.now
        ]
        for _until, plan, seat in sorted(lapsed, key=lambda row: (row[0], row[2].order)):
            if seat.state == "offered" and seat.until is not None and seat.until <= self.now:
                self._end(seat, "expired")
                self.fill(plan)
        for plan in self.plans:
            if plan.start <= self.now:
                for seat in plan.seats:
                    if seat.state in ("waiting", "offered"):
                        self._end(seat, "expired")

    @staticmethod
    def _end(seat: Seat, state: str) -> None:
        seat.state, seat.until, seat.asked = state, None, False
