"""A quiz's boards in the reader's language: those of people, by nickname, and those of communities."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import current_app, url_for

from citizen.core import clock
from citizen.departments.queries import directory
from citizen.quizzes.models import Quiz
from citizen.quizzes.queries import boards as queries
from citizen.quizzes.rules.boards import (
    FEWEST_PEOPLE,
    MOST_SHOWN,
    Community,
    Place,
    Result,
    communities,
    rank,
    rank_among,
)
from citizen.quizzes.rules.quizzes import Standing, standing
from citizen.web.locale import localised
from citizen.web.templating import when

#: Means of a large quiz take a moment to work out, so one process does it once in this time; names are never kept.
FRESH = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the people's board."""

    rank: int
    tied: bool
    nickname: str
    score: int
    when: str
    mine: bool


def board_page(quiz: Quiz, viewer_id: int | None) -> dict[str, Any]:
    """Both boards of a quiz, frozen or as they are now, with the viewer's own row whatever its rank."""
    frozen = quiz.frozen_board
    places = _frozen_places(frozen) if frozen else rank(queries.leaders(quiz.id))
    rows = _rows(places, viewer_id)
    areas, worked_out = _frozen_areas(frozen) if frozen else _fresh_areas(quiz.id)
    now = clock.now()
    found = standing(quiz.state, quiz.opens_at, closes_at=quiz.closes_at, now=now)
    return {
        "quiz": quiz,
        "title": localised(quiz, "title"),
        "rows": rows,
        "own": None if any(row.mine for row in rows) else _own(quiz, viewer_id, places if frozen else None),
        "areas": _area_rows([area for area in areas if area.rank is not None]),
        "small": [_area_name(area.area_code) for area in areas if area.rank is None],
        "worked_out": worked_out,
        "frozen_at": when(_moment(frozen["at"])) if frozen else "",
        "size": quiz.size,
        "most": MOST_SHOWN,
        "fewest": FEWEST_PEOPLE,
        "open": found == Standing.OPEN,
        "over": found == Standing.OVER,
        "show_url": url_for("quizzes.show", quiz_id=quiz.id) if "quizzes.show" in current_app.view_functions else "",
    }


def _rows(places: list[Place], viewer_id: int | None) -> list[Row]:
    """Those who have a nickname and show it now; a frozen rank of somebody who does not is left empty."""
    names = queries.nicknames([place.result.person_id for place in places])
    gone = queries.set_aside([place.result.attempt_id for place in places])
    return [
        _row(place, names[place.result.person_id], viewer_id)
        for place in places
        if place.result.person_id in names and place.result.attempt_id not in gone
    ][:MOST_SHOWN]


def _row(place: Place, nickname: str, viewer_id: int | None) -> Row:
    result = place.result
    return Row(place.rank, place.tied, nickname, result.score, when(result.submitted_at), result.person_id == viewer_id)


def _own(quiz: Quiz, viewer_id: int | None, final: list[Place] | None) -> dict[str, Any] | None:
    """The viewer's own result, for nobody else's eyes; None without one.

    On a ``final`` board its rank is the one that was kept, whatever was corrected since, and else where it would stand
    among those that were kept; there is none behind a full list.
    """
    if viewer_id is None:
        return None
    held = next((place for place in final or () if place.result.person_id == viewer_id), None)
    if held is not None and not queries.set_aside([held.result.attempt_id]):
        return _own_row(held.result, held.rank)
    result = queries.best_of(quiz.id, viewer_id)
    if result is None:
        return None
    return _own_row(result, queries.rank_of(quiz.id, result) if final is None else rank_among(final, result))


def _own_row(result: Result, rank: int | None) -> dict[str, Any]:
    learner = queries.learner_of(result.person_id)
    return {
        "rank": rank,
        "score": result.score,
        "when": when(result.submitted_at),
        "nickname": learner.nickname if learner else "",
        "shown": learner is not None and not learner.hidden,
    }


def _frozen_places(frozen: dict[str, Any]) -> list[Place]:
    return [
        Place(
            row["rank"],
            tied=row["tied"],
            result=Result(row["person"], row["attempt"], score=row["score"], submitted_at=_moment(row["at"])),
        )
        for row in frozen["people"]
    ]


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _frozen_areas(frozen: dict[str, Any]) -> tuple[list[Community], str]:
    rows = [
        Community(row["area"], row["rank"], tenths=row["tenths"], people=row["people"], tied=row["tied"])
        for row in frozen["areas"]
    ]
    return rows, ""


def _fresh_areas(quiz_id: int) -> tuple[list[Community], str]:
    """The communities' board and when it was worked out; no more than a minute old."""
    kept: dict[int, tuple[datetime, list[Community]]] = current_app.extensions.setdefault("citizen_communities", {})
    now = clock.now()
    if quiz_id not in kept or not timedelta() <= now - kept[quiz_id][0] < FRESH:
        kept[quiz_id] = (now, communities(queries.tallies(quiz_id)))
    at, rows = kept[quiz_id]
    return rows, when(at)


def _area_rows(areas: list[Community]) -> list[dict[str, Any]]:
    return [
        {
            "rank": area.rank,
            "tied": area.tied,
            "name": _area_name(area.area_code),
            "mean": f"{(area.tenths or 0) // 10}.{(area.tenths or 0) % 10}",
            "people": area.people,
        }
        for area in areas
    ]


def _area_name(code: str) -> str:
    """The community's name; the code of one that the county no longer has."""
    area = directory().areas.get(code)
    return localised(area, "name") if area is not None else code
