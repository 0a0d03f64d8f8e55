"""Very many shifts, for measuring: the same kinds of rows, told more simply."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from math import ceil

from citizen.demo.volunteering.people import Helper
from citizen.demo.volunteering.plan import OVER, Volunteering
from citizen.demo.volunteering.posts import Place
from citizen.demo.volunteering.roster import Row
from citizen.volunteers.rules.patterns import Pattern

MOST = 100_000
#: From so many days ago to so many ahead, evenly.
BEHIND, AHEAD = 90, 29
#: Every shift has so many bookings on so many places.
BOOKED, CAPACITY = 3, 4
SHIFTS_A_POST = 200
#: After so many shifts the rows are stored.
CHUNK = 5_000


class Bulk:
    """Adds ``total`` shifts to what `Volunteering` told, at posts and with volunteers of their own."""

    def __init__(self, told: Volunteering, total: int) -> None:
        self.told, self.total = told, total
        ground = told.ground
        self.days = [ground.today + timedelta(days=n) for n in range(-BEHIND, AHEAD + 1)]
        kinds = [row["kind"] for row in ground.words["posts"]]
        self.places = [told.posts.post(kinds[n % len(kinds)]) for n in range(ceil(total / SHIFTS_A_POST))]
        self.helpers = [self._helper(n) for n in range(BOOKED * ceil(total / len(self.days)) + 7)]

    def _helper(self, number: int) -> Helper:
        """A grown-up who may take every post."""
        people, today = self.told.people, self.told.ground.today
        helper = Helper(
            people.ledger.new_id("volunteers"),
            people.account(number, f"b{number + 1:05d}"),
            people.name_of(number),
            date(today.year - 20 - number % 50, 1 + number % 12, 1 + number % 28),
            people.joined(number),
            briefed_on=today - timedelta(days=110),
            insured_until=today + timedelta(days=200),
        )
        return people.write(helper, number=number)

    def chunks(self) -> Iterator[int]:
        """Write the shifts, and say after each few thousand how many there are, so that the rows can be stored."""
        for number in range(self.total):
            self._shift(number)
            if number % CHUNK == CHUNK - 1:
                self._forget()
                yield number + 1
        self._forget()
        yield self.total

    def _shift(self, number: int) -> None:
        """Of one day no two shifts share a volunteer, so that nobody is in two places."""
        turn, day = divmod(number, len(self.days))
        place = self.places[number % len(self.places)]
        row = self._row(place, self.days[day], turn)
        first = turn * BOOKED + day * 131
        people = [self.helpers[(first + n) % len(self.helpers)] for n in range(BOOKED)]
        for at, helper in zip(self.told.demand.moments(row, BOOKED), people, strict=False):
            self.told.roster.open(row, helper, "book", at=at)
        if row["ends_at"] + OVER <= self.told.ground.now:
            self.told.service.hold(row, place)

    def _row(self, place: Place, day: date, turn: int) -> Row:
        slots = place.kind.slots
        pattern = Pattern((), slots[turn % len(slots)][:5], place.kind.minutes, CAPACITY, 1, day, day)
        sizes = {"capacity": CAPACITY, "min_needed": 1}
        return self.told.posts.shift(place, pattern.span(day), template=sizes, day=None)

    def _forget(self) -> None:
        """Let go of what is written and will not be looked at again."""
        self.told.roster.of.clear()
        self.told.posts.shifts.clear()
        self.told.service.credits.clear()
        for helper in self.helpers:
            helper.busy.clear()
            helper.credited.clear()
