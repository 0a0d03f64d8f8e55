"""What the screen of a hall and its phones show, in the shapes of their templates."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from flask import current_app, url_for
from flask_babel import gettext as _

from citizen.core import clock
from citizen.quizzes.models import LiveRound
from citizen.quizzes.queries import live
from citizen.quizzes.queries.bank import topics
from citizen.quizzes.queries.live import Asked, Standing, Told
from citizen.quizzes.rules.attempts import is_right
from citizen.quizzes.rules.live import LiveState, Tally, Verb, main_verb, share
from citizen.quizzes.rules.questions import TRUE, Kind
from citizen.web.locale import localised
from citizen.web.templating import qr_svg, when, words

LETTERS = "ABCDEFGH"


def state_json(now: Standing) -> dict[str, Any]:
    """Where the round stands, the same for every phone: nothing of the question itself."""
    return {
        "version": now.version,
        "state": now.place.state.value,
        "position": now.place.position,
        "size": now.place.size,
        "until": int(now.until.timestamp() * 1000) if now.until and now.place.state is LiveState.ASKING else None,
    }


def shared_part(now: Standing) -> dict[str, Any]:
    """What all phones see alike; a phone with a script marks its own answer itself."""
    return _part(now, None)


def own_part(now: Standing, phone: str) -> dict[str, Any]:
    """What this phone sees, with its answer."""
    part = _part(now, live.own_answer(now.id, now.place.position, phone=phone))
    if now.place.state is LiveState.ENDED:
        right, of = live.own_score(now, phone=phone)
        part |= {"right": right, "of": of, "took_part": live.took_part(now.id)}
    return part


def _part(now: Standing, own: Sequence[str] | None) -> dict[str, Any]:
    """``own`` is a phone's answer, empty for one that did not answer, None for what all phones share."""
    place = now.place
    part: dict[str, Any] = {
        "state": place.state.value,
        "position": place.position,
        "size": place.size,
        "version": now.version,
        "seconds": now.seconds,
        "shared": own is None,
        "own": list(own or ()),
        "over": now.until is not None and clock.now() > now.until and own is not None,
    }
    question = live.asked(now, place.position) if place.position else None
    if question is None or place.state not in (LiveState.ASKING, LiveState.SHOWN):
        return part
    part |= _question(question)
    return part | (_answers(question, live.told(now, question), own) if place.state is LiveState.SHOWN else {})


def _question(question: Asked) -> dict[str, Any]:
    return {
        "stem": localised(SimpleNamespace(**question.words), "stem"),
        "multiple": question.kind is Kind.MULTIPLE,
        "options": [{"id": id_, "key": key, "text": text} for id_, key, text in _options(question)],
    }


def _options(question: Asked) -> list[tuple[str, str, str]]:
    """(id, letter, words) of each option in the order shown."""
    if question.kind is Kind.TRUE_FALSE:
        texts = [_("True") if id_ == TRUE else _("False") for id_ in question.order]
    else:
        named = [{f"text_{language}": words_ for language, words_ in option.items()} for option in question.options]
        texts = [localised(SimpleNamespace(**option), "text") for option in named]
    return list(zip(question.order, LETTERS, texts, strict=False))


def _answers(question: Asked, told: Told, own: Sequence[str] | None) -> dict[str, Any]:
    found = is_right(question.kind, own, key=told.key)
    verdict = "" if own is None or found is None else "right" if found else "wrong" if own else "none"
    said = SimpleNamespace(**told.words)
    return {
        "rows": _rows(question, told),
        "phones": told.tally.phones,
        "counts": bool(told.key),
        "verdict": verdict,
        "explanation": localised(said, "explanation"),
        "source": localised(said, "source"),
    }


def _rows(question: Asked, told: Told) -> list[dict[str, Any]]:
    chosen, of = told.tally.chosen, told.tally.phones
    return [
        {
            "id": id_,
            "key": key,
            "text": text,
            "n": chosen[id_],
            "share": share(chosen[id_], of),
            "right": id_ in told.key,
        }
        for id_, key, text in _options(question)
    ]


_STEPS = {
    Verb.ASK: lambda: _("Ask the first question"),
    Verb.CLOSE: lambda: _("Close the question"),
    Verb.NEXT: lambda: _("Next question"),
    Verb.END: lambda: _("End the round"),
}


def screen_page(round_: LiveRound) -> dict[str, Any]:
    """The hall's screen: no name of anybody, nothing of an open question but its words."""
    now = live.standing_of(round_)
    verb = main_verb(now.place)
    here, answered = live.counts(now)
    join, ticketed = url_for("live.join"), url_for("live.phone", code=now.code, k=now.ticket)
    page: dict[str, Any] = {
        **_part(now, None),
        "id": now.id,
        "title": round_.title,
        "code": f"{now.code[:3]} {now.code[3:]}",
        "join": _outside(join),
        "qr": qr_svg(_outside(ticketed), _("QR code for taking part")),
        "here": here,
        "answered": answered,
        "until": state_json(now)["until"],
        "verb": verb.value if verb else "",
        "step": _STEPS[verb]() if verb else "",
        "may_end": verb is not None and verb is not Verb.END,
    }
    if now.place.state is LiveState.ENDED:
        page |= {"took_part": live.took_part(now.id), "results": _results(live.results(now))}
    return page


def _results(found: list[tuple[Asked, Tally]]) -> list[dict[str, Any]]:
    rows = []
    for question, tally in found:
        stem = localised(SimpleNamespace(**question.words), "stem")
        right = share(tally.right or 0, tally.phones)
        said = _("counts for nobody") if tally.right is None else _("%(share)s%% of %(n)s", share=right, n=tally.phones)
        rows.append(
            {"label": f"{question.position}. {stem}", "value": 0 if tally.right is None else right, "text": said}
        )
    return rows


def screen_json(round_: LiveRound) -> dict[str, Any]:
    """What changes on the screen while the hall answers."""
    now = live.standing_of(round_)
    here, answered = live.counts(now)
    return {"version": now.version, "here": here, "answered": answered}


def _outside(address: str) -> str:
    return str(current_app.config["SETTINGS"].base_url).rstrip("/") + address


_STATES = {
    LiveState.WAITING: lambda: _("waits for phones"),
    LiveState.ASKING: lambda: _("a question is asked"),
    LiveState.SHOWN: lambda: _("an answer is shown"),
    LiveState.ENDED: lambda: _("is over"),
}


def list_page() -> dict[str, Any]:
    """The rounds that are kept, the latest first."""
    columns = [
        {"key": "title", "label": _("Title"), "href_key": "url"},
        {"key": "state", "label": _("State")},
        {"key": "code", "label": _("Six-digit code")},
        {"key": "size", "label": _("How many questions"), "r": True},
        {"key": "opened", "label": _("Opened at")},
    ]
    rows = [
        {
            "title": round_.title,
            "url": url_for("rounds.screen", round_id=round_.id),
            "state": _STATES[LiveState(round_.state)](),
            "code": "–" if round_.state == LiveState.ENDED else f"{round_.code[:3]} {round_.code[3:]}",
            "size": round_.size,
            "opened": when(round_.created_at),
        }
        for round_ in live.rounds()
    ]
    return {"columns": columns, "rows": rows}


def topic_choices() -> list[tuple[str, str]]:
    """(code, words) of the bank's topics."""
    return [(topic.code, words(topic.words)) for topic in topics()]
