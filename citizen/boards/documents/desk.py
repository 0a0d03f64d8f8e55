"""What the office's publication pages and the units' reply pages show."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.fields.choices import SelectChoice

from citizen.accounts.models import Person
from citizen.boards import queries, rules
from citizen.boards.forms import DraftForm, VerdictForm, WithdrawForm
from citizen.boards.models import BoardEntry
from citizen.boards.rules import EntryState
from citizen.boards.services import facts
from citizen.boards.services.entries import withdrawal_reasons
from citizen.cases.models import Case
from citizen.core import clock
from citizen.core.audit import history
from citizen.core.errors import NotFound
from citizen.core.permissions import Permission, allowed
from citizen.departments.queries import directory
from citizen.extensions import db
from citizen.photos.models import Photo
from citizen.photos.rules import PhotoState
from citizen.projection.documents import area_name, unit_name
from citizen.reports.models import Category
from citizen.web.locale import localised
from citizen.web.templating import clock as time_of_day
from citizen.web.templating import day, when

TAB_NAMES = {
    "candidate": _l("Proposed"),
    "drafted": _l("To review"),
    "notified": _l("Unit told"),
    "published": _l("On the board"),
    "hidden": _l("Hidden by an objection"),
    "ended": _l("Ended"),
}
STATES = {
    EntryState.CANDIDATE: ("none", _l("Proposed")),
    EntryState.DRAFTED: ("waiting", _l("To review")),
    EntryState.REVIEWED: ("waiting", _l("Reviewed")),
    EntryState.NOTIFIED: ("waiting", _l("Unit told")),
    EntryState.PUBLISHED: ("done", _l("On the board")),
    EntryState.CORRECTED: ("done", _l("On the board, corrected")),
    EntryState.WITHDRAWN: ("held", _l("Withdrawn")),
    EntryState.EXPIRED: ("held", _l("Expired")),
}
ACTIONS = {
    "entry.candidate": _l("Proposed by the system"),
    "entry.draft": _l("Drafted"),
    "entry.review": _l("Reviewed by a second person"),
    "entry.notify": _l("The unit was told"),
    "entry.reply": _l("The unit replied"),
    "entry.no_reply": _l("The unit will not reply"),
    "entry.publish": _l("Shown on the board"),
    "entry.publish_again": _l("Shown again after a correction"),
    "entry.recall": _l("Taken off the board to be corrected"),
    "entry.withdraw": _l("Withdrawn"),
    "entry.expire": _l("Expired"),
    "entry.objection": _l("Somebody objected; hidden at once"),
    "entry.objection_upheld": _l("The objection was upheld"),
    "entry.objection_rejected": _l("The objection was rejected"),
}


def list_desk(tab: str, *, before: int) -> dict[str, Any]:
    """One tab of the office's list."""
    counts = queries.tab_counts()
    rows = queries.entries_in(tab, before=before)
    full = len(rows) == queries.PAGE_SIZE
    return {
        "tab": tab,
        "tabs": [
            {
                "url": url_for("publication.index", tab=code),
                "label": name,
                "count": counts[code],
                "current": code == tab,
            }
            for code, name in TAB_NAMES.items()
        ],
        "rows": [_row(entry, case) for entry, case in rows],
        "next": url_for("publication.index", tab=tab, before=rows[-1][0].id) if full else "",
    }


def _row(entry: BoardEntry, case: Case) -> dict[str, Any]:
    return {
        "number": entry.number,
        "url": url_for("publication.entry", number=entry.number),
        "title": entry.title_hans or case.title,
        "board": board_name(entry.board),
        "why": why_proposed(entry, case),
        "area": area_name(case.area_code),
        "unit": unit_name(case.unit_code, short=True),
        "state": state_words(entry),
        "due": when(entry.reply_due_at) if entry.reply_due_at and entry.replied_at is None else "",
    }


def board_name(board: str) -> str:
    """The board in words."""
    return str(_("Red board") if board == "red" else _("Exposure board"))


def why_proposed(entry: BoardEntry, case: Case) -> str:
    """Why there is an entry at all."""
    if facts.is_fixed(case):
        return str(_("Fixed and verified"))
    if case.deadline_at and case.deadline_at < clock.now():
        return str(_("Overdue"))
    return str(_("The case is open"))


def state_words(entry: BoardEntry) -> dict[str, Any]:
    """Shape and word of the entry's state; an open objection goes before all."""
    if entry.hidden_at is not None:
        return {"state": "overdue", "word": _("Hidden by an objection")}
    shape, word = STATES[EntryState(entry.state)]
    return {"state": shape, "word": word}


def entry_desk(entry: BoardEntry, forms: dict[str, Any], *, viewer: Any) -> dict[str, Any]:
    """Everything on the office's page of one entry; ``forms`` are those that were sent and refused, by
    name.
    """
    case = db.session.get(Case, entry.case_id)
    if case is None:
        raise NotFound()
    before, after = queries.pictures_of_case(entry.case_id)
    chosen = (entry.before_photo_id, entry.after_photo_id)
    draft = forms.get("draft") or _draft_form(entry, before, after)
    draft.before_photo.choices = _choices(before)
    draft.after_photo.choices = _choices(after)
    return {
        "entry": entry,
        "row": _row(entry, case),
        "case_number": case.number,
        "facts": _facts(entry, case),
        "pictures": {photo.id: _picture(photo) for photo in (*before, *after)},
        "chosen": [_picture(photo) for photo in (*before, *after) if photo.id in chosen],
        **_steps(entry, case, viewer=viewer, draft=draft, withdraw=forms.get("withdraw")),
        **_objection(entry, forms.get("verdict"), viewer=viewer),
        "events": _events(entry),
    }


def _steps(
    entry: BoardEntry, case: Case, *, viewer: Any, draft: DraftForm, withdraw: WithdrawForm | None
) -> dict[str, Any]:
    """Which steps the entry's state leaves to this viewer, with their forms; None for a form that is not
    offered.
    """
    steps = rules.possible(EntryState(entry.state))
    heard = entry.replied_at is not None or not facts.accuses(entry, case)
    return {
        "draft": draft if "draft" in steps and allowed(viewer, Permission.DRAFT_ENTRY) else None,
        "withdraw": _withdraw_form(entry, withdraw) if "withdraw" in steps else None,
        "can_review": "review" in steps and entry.author_id != viewer.id,
        "own_draft": "review" in steps and entry.author_id == viewer.id,
        "can_publish": "publish" in steps and entry.hidden_at is None,
        "must_wait": _must_wait(entry, heard=heard),
        "can_recall": "recall" in steps and entry.hidden_at is None,
    }


def _objection(entry: BoardEntry, sent: VerdictForm | None, *, viewer: Any) -> dict[str, Any]:
    """The objection that nobody has decided yet, and the form of the verdict on it."""
    objection = queries.open_objection(entry.id)
    verdict = sent or VerdictForm(formdata=None, version=str(entry.version))
    return {
        "objection": objection,
        "verdict": verdict if objection else None,
        "may_decide": allowed(viewer, Permission.DECIDE_OBJECTION),
    }


def _must_wait(entry: BoardEntry, *, heard: bool) -> str:
    if heard or entry.reply_due_at is None or entry.reply_due_at <= clock.now():
        return ""
    return str(_("The unit may reply until %(when)s.", when=when(entry.reply_due_at)))


def _draft_form(entry: BoardEntry, before: list[Photo], after: list[Photo]) -> DraftForm:
    """The draft as it stands; the first checked picture of either side is chosen for an untouched
    candidate.
    """
    fresh = entry.state == EntryState.CANDIDATE
    chosen = {"before": entry.before_photo_id, "after": entry.after_photo_id}
    if fresh:
        chosen = {"before": _first_usable(before), "after": _first_usable(after)}
    alts = {photo.id: photo.alt for photo in (*before, *after)}
    names = ("title_hans", "title_en", "text_hans", "text_en", "precision")
    values: dict[str, Any] = {name: getattr(entry, name) for name in names}
    for which, photo_id in chosen.items():
        values[f"{which}_photo"] = str(photo_id or "")
        values[f"{which}_alt"] = alts.get(photo_id, "") if photo_id else ""
    return DraftForm(formdata=None, version=str(entry.version), **values)


def _first_usable(photos: list[Photo]) -> int | None:
    return next((photo.id for photo in photos if photo.state in (PhotoState.CHECKED, PhotoState.PUBLIC)), None)


def _withdraw_form(entry: BoardEntry, sent: WithdrawForm | None) -> WithdrawForm:
    form = sent or WithdrawForm(formdata=None, version=str(entry.version))
    reasons = {code: words for code, words in withdrawal_reasons().items() if code != "objection"}
    rows = [("", _("Choose a reason")), *reasons.items()]
    form.reason.choices = [SelectChoice(code, words) for code, words in rows]
    return form


def _choices(photos: list[Photo]) -> list[SelectChoice]:
    usable = [photo for photo in photos if photo.state in (PhotoState.CHECKED, PhotoState.PUBLIC)]
    named = [
        SelectChoice(str(photo.id), _("Picture %(n)s", n=position)) for position, photo in enumerate(usable, start=1)
    ]
    return [*named, SelectChoice("", _("No picture"))]


def _picture(photo: Photo) -> dict[str, Any]:
    """A masked picture for staff, or why it cannot be chosen yet."""
    ready = photo.state in (PhotoState.MASKED, PhotoState.CHECKED, PhotoState.PUBLIC)
    return {
        "id": photo.id,
        "url": url_for("photos.private", token=photo.token, size="medium") if ready else "",
        "desk": url_for("photos.desk", token=photo.token),
        "alt": photo.alt,
        "usable": photo.state in (PhotoState.CHECKED, PhotoState.PUBLIC),
        "kind": "after" if photo.owner_kind == "fix" else "before",
    }


def _facts(entry: BoardEntry, case: Case) -> list[dict[str, Any]]:
    category = db.session.get(Category, case.category_code) if case.category_code else None
    point = directory().points.get(case.point_code or "")
    rows = [
        (_("Kind"), localised(category, "name") if category else ""),
        (_("Area"), area_name(case.area_code)),
        (_("Point"), localised(point, "name") if point else ""),
        (_("Unit"), unit_name(case.unit_code)),
        (_("Received"), day(case.received_at)),
        (_("Deadline"), when(case.deadline_at) if case.deadline_at else ""),
        (_("Verified"), when(case.closed_at) if facts.is_fixed(case) and case.closed_at else ""),
        (_("Author"), _name(entry.author_id)),
        (_("Reviewer"), _name(entry.reviewer_id)),
        (_("Shown until"), day(entry.expires_at) if entry.expires_at else ""),
    ]
    return [{"label": label, "value": value} for label, value in rows if value]


def _name(person_id: int | None) -> str:
    person = db.session.get(Person, person_id) if person_id else None
    return person.name if person else ""


def _events(entry: BoardEntry) -> list[dict[str, Any]]:
    found, last = [], ""
    for event in history("entry", entry.id):
        today = day(event.at)
        found.append(
            {
                "day": today if today != last else "",
                "iso": clock.local(event.at).isoformat(timespec="minutes"),
                "clock": time_of_day(event.at),
                "lane": "step",
                "text": ACTIONS.get(event.action, event.action),
                "who": _name(event.actor_id),
                "role": "",
            }
        )
        last = today
    return found


def reply_desk(entry: BoardEntry, case: Case) -> dict[str, Any]:
    """One entry as its unit sees it: what would be shown, and until when a reply counts."""
    before, after = queries.pictures_of_case(entry.case_id)
    chosen = [photo for photo in (*before, *after) if photo.id in (entry.before_photo_id, entry.after_photo_id)]
    shown = entry.state in rules.SHOWN
    late = entry.reply_due_at is not None and entry.reply_due_at < clock.now()
    return {
        "number": entry.number,
        "url": url_for("unit_replies.entry", number=entry.number),
        "title": entry.title_hans,
        "text": entry.text_hans,
        "board": board_name(entry.board),
        "place": area_name(case.area_code),
        "why": why_proposed(entry, case),
        "shown": shown,
        "due": when(entry.reply_due_at) if entry.reply_due_at else "",
        "late": late,
        "pics": [_picture(photo) for photo in chosen],
    }
