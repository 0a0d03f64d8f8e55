"""The blueprint of reports, and who may touch which draft: the browser that began it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, session, url_for
from flask.typing import ResponseReturnValue

from citizen.core import clock
from citizen.core.errors import NotFound
from citizen.extensions import db
from citizen.photos.models import Photo
from citizen.photos.queries import photos_of, who_may_see
from citizen.reports.models import Draft, Report
from citizen.reports.queries import draft_by_key, unfinished_draft
from citizen.reports.rules import KEEP_SENT_DRAFT

bp = Blueprint("reports", __name__)

#: One device keeps at most this many drafts at a time in its session.
MOST_DRAFTS = 20


@bp.after_request
def _never_kept(response: Response) -> Response:
    """A shared phone's history and caches must not show a report to whoever comes next.

    A form that came back with errors is the exception, for this browser alone: with "no-store" the Back button would
    lead from the next page to the browser's own error page, since it could neither show this answer nor ask for it again.
    """
    response.headers["Cache-Control"] = "private, no-cache" if response.status_code == 422 else "no-store"
    return response


def hold(draft: Draft) -> None:
    """Let this browser go on with ``draft``; the oldest of very many is let go."""
    held = _held()
    for key in held[: max(0, len(held) - MOST_DRAFTS + 1)]:
        del session[f"draft:{key}"]
    session[f"draft:{draft.key}"] = clock.now().isoformat()


def let_go(key: str) -> None:
    """Forget the draft ``key``, and with it the way to its receipt, on this device."""
    session.pop(f"draft:{key}", None)


def _held() -> list[str]:
    found = [(str(session[name]), name[6:]) for name in session if name.startswith("draft:")]
    return [key for _since, key in sorted(found)]


def own_draft(key: str) -> Draft:
    """The draft of this browser; one of another browser and one that never was are alike not found."""
    draft = draft_by_key(key) if f"draft:{key}" in session else None
    if draft is None:
        raise NotFound()
    return draft


def own_unfinished() -> Draft | None:
    """The draft this browser worked on last and has not sent."""
    held = _held()
    return unfinished_draft(held) if held else None


def note_receipt(number: str) -> None:
    """Let this browser open the receipt of the report ``number`` again for seven days."""
    session[f"receipt:{number}"] = clock.now().isoformat()


def may_reopen(report: Report) -> bool:
    """Whether this browser sent ``report`` within the last seven days."""
    return f"receipt:{report.number}" in session and clock.now() - report.received_at < KEEP_SENT_DRAFT


def to_step(draft: Draft, step: str, *, back: bool = False, anchor: str | None = None) -> ResponseReturnValue:
    """A redirect to a page of ``draft``."""
    extra: dict[str, Any] = {"back": "check"} if back else {}
    return redirect(url_for(f"reports.{step}", key=draft.key, _anchor=anchor, **extra), 303)


def shown_photos(kind: str, owner_id: int) -> list[dict[str, Any]]:
    """The photos of one owner for the page: their masked thumbnails as soon as these exist."""
    return [_shown(photo) for photo in photos_of(kind, owner_id)]


def _shown(photo: Photo) -> dict[str, Any]:
    ready = photo.masked_key is not None
    url = url_for("photos.private", token=photo.token, size="thumb") if ready else ""
    status = "failed" if photo.state == "refused" else "ready"
    return {
        "id": photo.id,
        "thumb_url": url,
        "alt": photo.alt,
        "status": status,
        "name": photo.file_name,
        "ready": ready,
    }


@who_may_see
def _own_photo(photo: Photo) -> bool:
    """A sender sees the masked sizes of what they are sending, on the device they send it from."""
    if photo.owner_kind not in ("draft", "report"):
        return False
    column = Draft.id if photo.owner_kind == "draft" else Draft.report_id
    held = _held()
    query = db.select(Draft.id).where(column == photo.owner_id, Draft.key.in_(held))
    return bool(held) and db.session.execute(query).first() is not None
