"""The audit trail: read only, newest first."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue

from citizen.accounts import trail
from citizen.accounts.models import Person
from citizen.accounts.queries import TrailPage, people_by_id, trail_length, trail_page
from citizen.accounts.rules import ROLE_WORDS
from citizen.core.anchors import last_check
from citizen.core.numbers import parse_int
from citizen.core.permissions import Permission, Role
from citizen.core.text import log_safe
from citizen.web.access import requires
from citizen.web.templating import here

bp = Blueprint("audit", __name__, url_prefix="/office/audit")

LAST_ID = 2**63 - 1


@bp.get("")
@requires(Permission.READ_AUDIT)
def index() -> ResponseReturnValue:
    """Fifty events a page, with the result of the last check of the chain."""
    subject, action = (log_safe(request.args.get(name, ""), 60) for name in ("subject", "action"))
    before, after = (parse_int(request.args.get(name), 0, LAST_ID) for name in ("before", "after"))
    page = trail_page(before=before, after=after, subject=subject, action=action)
    return render_template(
        "audit/index.html",
        rows=_rows(page),
        total=trail_length(),
        older=here(before=str(page.older), after="") if page.older else "",
        newer=here(after=str(page.newer), before="") if page.newer else "",
        check=last_check(current_app.config["SETTINGS"].data_dir / "audit"),
        subjects=trail.SUBJECTS,
        actions=trail.ACTIONS,
        chosen={"subject": subject, "action": action},
    )


def _rows(page: TrailPage) -> list[dict[str, Any]]:
    people = people_by_id({event.actor_id for event in page.events if event.actor_id})
    found = {
        kind: find({event.subject_id for event in page.events if event.subject == kind})
        for kind, find in trail.links.items()
    }
    return [
        {
            "event": event,
            "who": _name(people.get(event.actor_id or 0)),
            "role": _role(event.actor_role),
            "what": trail.action_word(event.action),
            "subject": trail.subject_word(event.subject),
            "link": found.get(event.subject, {}).get(event.subject_id),
            "detail": trail.detail_text(event.detail),
            "sensitive": event.action in trail.SENSITIVE,
        }
        for event in page.events
    ]


def _name(person: Person | None) -> str:
    """Staff by name; a resident's name is nobody's business here."""
    return person.name if person is not None and person.is_staff else ""


def _role(code: str) -> str:
    return str(ROLE_WORDS[Role(code)]) if code in list(Role) else str(trail.CAPACITIES.get(code, code))
