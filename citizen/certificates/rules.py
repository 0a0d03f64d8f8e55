"""What a certificate states, how its number, its check code and its hash are made, and what strangers may see; pure."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l

from citizen.core.content import Words
from citizen.core.errors import Conflict, InvalidInput
from citizen.core.numbers import group_code, normalise_code, random_code

PREFIX = "C"
#: Random characters of a number: a thousand million a year, so that numbers say nothing of how many there are.
NUMBER_LENGTH = 6
#: Crockford characters of the check code: 80 bits.
TOKEN_LENGTH = 16
MAX_HOLDER = 60
#: More lines would not fit on the page.
MAX_FACTS = 8
MAX_LABEL, MAX_VALUE = 40, 120
MIN_REASON = 4
MAX_REASON = 300
#: Stars for what is hidden of a name; more would tell its length.
MOST_STARS = 3

_NOTHING = Words("", "", "")


class Kind(StrEnum):
    """What is certified."""

    VOLUNTEERING = "volunteering"
    QUIZ = "quiz"


class Standing(StrEnum):
    """What a check finds."""

    VALID = "valid"
    REVOKED = "revoked"
    #: The stored certificate is not the one that was issued; nothing on it can be believed.
    ALTERED = "altered"


@dataclass(frozen=True, slots=True)
class Fact:
    """One more printed line; strangers see it on the check page only when it is ``public``."""

    label: Words
    value: Words
    public: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
    """What a certificate states. ``holder`` is the name as printed; days are the county's, the last one included."""

    kind: Kind
    holder: str
    #: What was done, such as the name of the quiz; empty for volunteering in general.
    subject: Words = _NOTHING
    period: tuple[date, date] | None = None
    #: Credited minutes of volunteering.
    minutes: int | None = None
    #: (right answers, questions) of a quiz.
    score: tuple[int, int] | None = None
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who stands behind a certificate, in the words of the day of issue."""

    office: Words
    county: Words


def ensure_statement(statement: Statement) -> None:
    """Raise InvalidInput when there is nothing to certify: no minutes, no score; ValueError for a period that runs
    backwards or for more than the page has room for.
    """
    if len(statement.facts) > MAX_FACTS or not all(map(_fits, statement.facts)):
        raise ValueError(f"at most {MAX_FACTS} facts, with labels to {MAX_LABEL} and values to {MAX_VALUE} characters")
    if statement.period is not None and statement.period[0] > statement.period[1]:
        raise ValueError("the period ends before it begins")
    proven = (statement.minutes or 0) > 0 if statement.kind == Kind.VOLUNTEERING else _scored(statement.score)
    if not proven:
        raise InvalidInput(_l("There is nothing to certify yet."))


def _fits(fact: Fact) -> bool:
    labels, values = _plain(fact.label).values(), _plain(fact.value).values()
    return max(map(len, labels)) <= MAX_LABEL and max(map(len, values)) <= MAX_VALUE


def _scored(score: tuple[int, int] | None) -> bool:
    return score is not None and 0 <= score[0] <= score[1] and score[1] > 0


def ensure_can_be_revoked(revoked_at: datetime | None, reason: str) -> None:
    """Raise Conflict when it is revoked already, InvalidInput for a reason that says nothing."""
    if revoked_at is not None:
        raise Conflict(_l("This certificate has been revoked already."))
    if len(reason) < MIN_REASON:
        raise InvalidInput(_l("Say why; the owner of the certificate will read it"), "reason")
    if len(reason) > MAX_REASON:
        raise InvalidInput(_l("This is too long: at most %(limit)s characters.", limit=MAX_REASON), "reason")


def new_number(year: int) -> str:
    """A number that cannot be told from the one before: (2026) → 'C-26-8M2Q7K'."""
    return f"{PREFIX}-{year % 100:02d}-{random_code(NUMBER_LENGTH)}"


def normalise_number(raw: object) -> str | None:
    """'ｃ26 8m2q7k' as 'C-26-8M2Q7K', with or without the C; None when it cannot be a number."""
    code = normalise_code(raw, None) or ""
    if len(code) == NUMBER_LENGTH + 3 and code.startswith(PREFIX):
        code = code[1:]
    if len(code) != NUMBER_LENGTH + 2 or not code[:2].isdigit():
        return None
    return f"{PREFIX}-{code[:2]}-{code[2:]}"


def new_token() -> str:
    """A check code that cannot be guessed."""
    return random_code(TOKEN_LENGTH)


def normalise_token(raw: object) -> str | None:
    """The check code behind any way of typing it; None when it cannot be one."""
    return normalise_code(raw, TOKEN_LENGTH)


def grouped(token: str) -> str:
    """A check code for reading aloud: four groups of four."""
    return group_code(token, 4)


def snapshot_of(statement: Statement, issuer: Issuer) -> dict[str, Any]:
    """Everything that is printed besides number, name and date, as plain JSON values."""
    first, last = statement.period or (None, None)
    right, questions = statement.score or (None, None)
    return {
        "kind": statement.kind.value,
        "subject": _plain(statement.subject),
        "first_day": first.isoformat() if first else None,
        "last_day": last.isoformat() if last else None,
        "minutes": statement.minutes,
        "right": right,
        "questions": questions,
        "facts": [
            {"label": _plain(fact.label), "value": _plain(fact.value), "public": fact.public}
            for fact in statement.facts
        ],
        "office": _plain(issuer.office),
        "county": _plain(issuer.county),
    }


def _plain(words: Words) -> dict[str, str]:
    return {"hans": words.hans, "hant": words.hant, "en": words.en}


def fingerprint(number: str, token: str, *, holder: str, snapshot: Mapping[str, Any], issued_at: datetime) -> str:
    """SHA-256 over the one JSON text of what was issued: sorted keys, UTC microseconds, no spaces."""
    plain = {
        "number": number,
        "token": token,
        "holder": holder,
        "snapshot": snapshot,
        "issued_at": issued_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f"),
    }
    text = json.dumps(plain, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def standing(*, intact: bool, revoked_at: datetime | None) -> Standing:
    """What a check finds; an altered row is not even believed when it says that it is revoked."""
    if not intact:
        return Standing.ALTERED
    return Standing.REVOKED if revoked_at is not None else Standing.VALID


def hours(minutes: int) -> str:
    """Minutes as hours with one decimal, rounded half up: 93 → '1.6'."""
    tenths = (minutes + 3) // 6
    return f"{tenths // 10}.{tenths % 10}"


def masked_name(name: str) -> str:
    """Enough of a name to compare with the paper in one's hand, never the whole: 林知禾 → 林**, Ann Wu → A*** W***.

    A name that begins with a Han character keeps only that one; of others each of the first three words keeps its
    first letter.
    """
    words = [word for word in map(_from_first_letter, unicodedata.normalize("NFKC", name).split()) if word]
    letters = sum(unicodedata.category(char)[0] in "LN" for word in words for char in word)
    if letters <= 1:
        return "*"
    if unicodedata.name(words[0][0], "").startswith("CJK"):
        return words[0][0] + "*" * min(letters - 1, MOST_STARS)
    # Of "A B" both letters would be the whole name.
    return " ".join(word[0] + "*" * MOST_STARS for word in words[: min(3, letters - 1)])


def _from_first_letter(word: str) -> str:
    start = next((place for place, char in enumerate(word) if unicodedata.category(char)[0] in "LN"), len(word))
    return word[start:]
