"""The two menus: what everybody sees, and what each member of staff may open."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from flask import current_app, request, url_for
from flask_babel import lazy_gettext as _l

from citizen.core.permissions import Permission, Viewer, allowed

#: (endpoint, words), in the order shown; features that are not installed do not show.
PUBLIC = (
    ("reports.start", _l("Report")),
    ("tracking.find", _l("Track")),
    ("boards.index", _l("Board")),
    ("volunteers.index", _l("Volunteer")),
    ("quizzes.index", _l("Quiz")),
)

#: (endpoint, words, permission for the area).
STAFF = (
    ("queue.index", _l("Queue"), Permission.READ_CASE),
    ("objections.index", _l("Objections"), Permission.DECIDE_OBJECTION),
    ("unit.inbox", _l("Our cases"), Permission.READ_UNIT_CASE),
    ("unit_replies.index", _l("Replies to the board"), Permission.REPLY_ENTRY),
    ("verify.index", _l("To verify"), Permission.VERIFY_CASE),
    ("publication.index", _l("Publication"), Permission.DRAFT_ENTRY),
    ("register.index", _l("Volunteers"), Permission.MANAGE_SHIFTS),
    ("shifts.index", _l("Shifts"), Permission.MANAGE_SHIFTS),
    ("hours_desk.index", _l("Volunteer hours"), Permission.APPROVE_HOURS),
    ("quiz_desk.index", _l("Quizzes"), Permission.MANAGE_QUIZ),
    ("question_desk.index", _l("Question bank"), Permission.WRITE_QUESTION),
    ("rounds.index", _l("Hall quizzes"), Permission.HOST_ROUND),
    ("waves.index", _l("Surveys"), Permission.MANAGE_WAVE),
    ("interviews.index", _l("Interviews"), Permission.INTERVIEW),
    ("audit.index", _l("Audit"), Permission.READ_AUDIT),
)


def public_items() -> list[dict[str, Any]]:
    """The public menu with the present section marked."""
    return [_item(endpoint, label) for endpoint, label in PUBLIC if endpoint in current_app.view_functions]


def staff_items(viewer: Viewer) -> list[dict[str, Any]]:
    """The workbench menu: the areas that ``viewer`` may open."""
    return [
        _item(endpoint, label)
        for endpoint, label, permission in STAFF
        if endpoint in current_app.view_functions and allowed(viewer, permission)
    ]


@lru_cache(maxsize=500)
def _home(_root: str, endpoint: str) -> str:
    """Where a section begins: the same on every page."""
    return url_for(endpoint)


def _item(endpoint: str, label: Any) -> dict[str, Any]:
    url = _home(request.script_root, endpoint)
    # A section may have several blueprints: whatever lies below its address belongs to it.
    current = (request.blueprint or "") == endpoint.split(".", 1)[0] or request.path.startswith(url)
    return {"url": url, "label": label, "count": "", "current": current}
