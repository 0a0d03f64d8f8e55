"""Posts in lists, choices and on their own page."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from citizen.accounts.queries import people_by_id
from citizen.departments.queries import directory
from citizen.extensions import db
from citizen.volunteers.documents.cards import area_name
from citizen.volunteers.documents.patterns import hours_words, weekday_words
from citizen.volunteers.documents.shift_board import row_of, sections
from citizen.volunteers.documents.shift_desk import masked
from citizen.volunteers.models import Post, Team
from citizen.volunteers.queries.posts import coming_counts, coming_shifts, kinds, posts
from citizen.volunteers.queries.templates import templates
from citizen.web.locale import localised

Choice = tuple[str, str]


def name_of(post: Post) -> str:
    """Kind of service and place."""
    return f"{localised(post.kind, 'name')} · {localised(post, 'place')}"


def post_choices() -> dict[str, list[Choice]] | list[Choice]:
    """The open posts to choose from, under their areas."""
    found: dict[str, list[Choice]] = {}
    for post in posts(active=True):
        found.setdefault(area_name(post.area_code), []).append((str(post.id), name_of(post)))
    return {"": [("", _("Choose a post"))], **found}


def kind_choices() -> list[Choice]:
    """The kinds of service."""
    return [("", _("Choose a kind")), *((kind.code, localised(kind, "name")) for kind in kinds())]


def point_choices() -> dict[str, list[Choice]]:
    """The county's points under their areas, and none at all."""
    found: dict[str, list[Choice]] = {}
    for point in directory().points.values():
        found.setdefault(area_name(point.area_code), []).append((point.code, localised(point, "name")))
    return {"": [("", _("No point: a free place"))], **found}


def area_choices(nothing: str) -> list[Choice]:
    """The areas, and before them the words for none."""
    return [("", nothing), *((area.code, localised(area, "name")) for area in directory().areas.values())]


def team_choices() -> list[Choice]:
    """The approved teams, and none."""
    query = db.select(Team).where(Team.approved_at.is_not(None), Team.ended_at.is_(None)).order_by(Team.name)
    return [("", _("For everybody")), *((str(team.id), team.name) for team in db.session.execute(query).scalars())]


def list_page(now: datetime) -> dict[str, Any]:
    """All posts, open ones first."""
    rows, coming = posts(), coming_counts(now)
    leads = people_by_id({row.lead_id for row in rows if row.lead_id})
    shown = [
        {
            "url": url_for("shifts.post", post_id=row.id),
            "kind": localised(row.kind, "name"),
            "place": localised(row, "place"),
            "area": area_name(row.area_code),
            "lead": leads[row.lead_id].name if row.lead_id in leads else "",
            "age": row.lowest_age,
            "care": row.care,
            "active": row.active,
            "coming": coming.get(row.id, 0),
        }
        for row in rows
    ]
    return {"rows": sorted(shown, key=lambda row: not row["active"]), "sections": sections("posts")}


def post_page(post: Post, now: datetime) -> dict[str, Any]:
    """What stands beside the form of a post: its lead, patterns and next shifts."""
    lead = people_by_id({post.lead_id}).get(post.lead_id) if post.lead_id else None
    return {
        "post": post,
        "name": name_of(post),
        "lead": f"{lead.name} {masked(lead)}" if lead else "",
        "patterns": [
            {
                "url": url_for("shifts.template", template_id=row.id),
                "days": weekday_words(row.weekdays),
                "hours": hours_words(row.starts, row.minutes),
            }
            for row in templates(post_id=post.id)
        ],
        "coming": [row_of(shift, now) for shift in coming_shifts(post.id, now=now, limit=12)],
        "sections": sections("posts"),
    }
