"""What is the same for every case that is written: numbers, ids and what verifiers are asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from citizen.cases.checklists import checklist
from citizen.cases.services.intake import TITLE_LENGTH
from citizen.core.numbers import format_case_number
from citizen.demo.course import Step
from citizen.demo.ledger import Ledger, body, local_day, moment
from citizen.demo.plan import Story
from citizen.demo.world import World


class Book:
    """Shared by the rows of all cases of one load."""

    def __init__(self, world: World, ledger: Ledger, *, point_types: Iterable[Mapping[str, Any]]) -> None:
        self.world, self.ledger = world, ledger
        self.first_case, self.first_report = ledger.next_ids["cases"], ledger.next_ids["reports"]
        self._point_types = list(point_types)
        self._items: dict[tuple[str, str, str], list[str]] = {}
        self._received: dict[int, int] = {}

    def open(self, story: Story) -> None:
        """Remember when the report came: cases of the next few may be merged into its case."""
        self._received[story.index % 64] = story.received

    def case_number(self, index: int, received: int) -> str:
        """The staff's number of the case of report ``index``."""
        return format_case_number(local_day(received), body(index, 4, 0x5A3C9))

    def number_of_neighbour(self, index: int) -> str:
        """The number of a case a few reports away."""
        return self.case_number(index, self._received[index % 64])

    def checked(self, story: Story, resolution: str) -> list[str]:
        """Ids of what the verifier of such a fix looks at."""
        key = (story.kind.code, resolution, story.spot.type_code)
        if key not in self._items:
            items = checklist(self._point_types, category=key[0], resolution=key[1], point_type=key[2])
            self._items[key] = [item.id for item in items]
        return self._items[key]


def place_of(story: Story) -> dict[str, Any]:
    """The columns of a place, which reports and cases share."""
    spot = story.spot
    return {
        "area_code": spot.area,
        "grid_code": spot.grid,
        "point_code": spot.code,
        "landmark": "",
        "lon": spot.lon,
        "lat": spot.lat,
    }


def new_question(case: Mapping[str, Any], step: Step, *, number: int) -> dict[str, Any]:
    """The row of a question that nobody has answered."""
    return {
        "id": number,
        "case_id": case["id"],
        "words": step.facts["words"],
        "asked_by": step.person,
        "asked_at": moment(step.at),
        "answer_by": moment(step.facts["answer_by"]),
        "answer": "",
        "answered_at": None,
    }


def new_check(fix: Mapping[str, Any], verifier: tuple[int, str], *, number: int) -> dict[str, Any]:
    """The row of a check that its verifier (person, unit) has not made yet."""
    return {
        "id": number,
        "case_id": fix["case_id"],
        "fix_id": fix["id"],
        "verifier_id": verifier[0],
        "verifier_unit": verifier[1],
        "fixer_unit": fix["unit_code"],
        "how": "",
        "items": {},
        "passed": None,
        "words": "",
        "drawn_at": fix["handed_in_at"],
        "done_at": None,
    }


def title_from(words: str) -> str:
    """The first words of a report, as intake takes them."""
    first = words.split("\n", 1)[0].strip()
    return first if len(first) <= TITLE_LENGTH else f"{first[:TITLE_LENGTH]}…"
