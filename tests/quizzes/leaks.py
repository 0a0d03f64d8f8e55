"""Everything that can be fetched while a quiz is open, and what must not be found in it.

Two things are asked of what was fetched. No response holds a text that only a result may tell: every explanation, source and
tag of the bank has a word of its own in it. And no response depends on what is secret: the same requests are sent again to the
same questions with other keys, difficulties, explanations, sources and tags, and every status, header and body must come
back the same, byte for byte, once what is random by design (tokens, nonces) is written out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from citizen.core import clock
from citizen.core.database import transaction
from citizen.extensions import db
from citizen.quizzes.models import Attempt, AttemptItem, BankQuestion, QuestionVersion, Quiz, ReviewCard
from citizen.quizzes.rules.questions import FALSE, TRUE, Kind
from citizen.quizzes.rules.quizzes import Feedback, QuizKind
from tests.client import PageClient
from tests.quizzes.making import make_quiz, make_version

#: How long a quiz stays open that tells at its closing.
LASTS = timedelta(days=3)
TONGUES = ("hans", "hant", "en")
#: Stands in every secret text, followed by the question's number; no page of the site has such a word.
MARK = "kzqx"
#: Classes and attributes of a marked answer.
VERDICTS = re.compile(r"data-right|option--right|option--wrong|option--missed|data-verdict")
SECRET = re.compile(rf"{MARK}(\d+)")
OFFERED = re.compile(r'name="choice" value="([^"]+)"')


@dataclass(frozen=True)
class Asked:
    """One question of the bank as a test wants it: how many options, and which of them are right."""

    kind: Kind
    options: int
    key: tuple[int, ...]
    difficulty: int = 1


@dataclass(frozen=True)
class Plan:
    """A quiz and what its taker does with it."""

    bank: tuple[Asked, ...]
    feedback: Feedback = Feedback.SUBMIT
    kind: QuizKind = QuizKind.PRACTICE
    account: bool = False
    limit: int | None = None
    language: str = "en"
    mode: str = "standard"
    #: For each question the places of the options that are chosen.
    chosen: tuple[tuple[int, ...], ...] = ((0,),)
    #: Further addresses that are looked at, see `PLACES`.
    places: tuple[str, ...] = ()
    dice: int = 0

    def choice(self, position: int, offered: Sequence[str], *, many: bool) -> list[str]:
        """The option ids that are chosen at a question."""
        places = self.chosen[position % len(self.chosen)]
        found = sorted({offered[place % len(offered)] for place in places})
        return found if many else found[:1]


class Browser(PageClient):
    """Somebody's browser, which keeps the token that goes with every form of its session."""

    csrf = ""


@dataclass(frozen=True)
class Seen:
    """One response, with what is random in it written out."""

    request: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: str
    #: The number of the question in the bank that this page may explain, since its taker has closed it.
    explains: int | None = None

    def everything(self) -> str:
        """All that a reader of the response can read."""
        return f"{self.headers}\n{self.body}"


@dataclass
class Scene:
    """The people around one quiz, and what they were answered."""

    plan: Plan
    quiz_id: int
    taker: Browser
    #: Takes the same quiz at the same time.
    other: Browser
    #: Has neither an account nor an attempt.
    stranger: Browser
    person_id: int | None = None
    token: str = ""
    secrets: list[str] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)

    def get(self, path: str, *, who: Browser | None = None, explains: int | None = None) -> TestResponse:
        """Look at an address and remember what came."""
        return self._kept(f"GET {path}", (who or self.taker).get(path), explains)

    def post(self, path: str, values: dict[str, Any], *, who: Browser | None = None, **headers: str) -> TestResponse:
        """Send a form with the token of its sender's session and remember what came."""
        client = who or self.taker
        data = {"csrf_token": client.csrf, **values}
        sent = {"Sec-Fetch-Site": "same-origin", **{name.replace("_", "-"): value for name, value in headers.items()}}
        return self._kept(f"POST {path}", client.post(path, data=data, headers=sent), None)

    def _kept(self, request: str, answer: TestResponse, explains: int | None) -> TestResponse:
        begun = re.search(r"/attempts/(\w{16})/", answer.headers.get("Location", ""))
        if begun:
            self.secrets.append(begun[1])
        headers = tuple(sorted((name, self.plain(value)) for name, value in answer.headers.items()))
        body = json.dumps(answer.get_json(), ensure_ascii=False) if answer.is_json else answer.get_data(as_text=True)
        self.seen.append(Seen(self.plain(request), answer.status_code, headers, self.plain(body), explains))
        return answer

    def plain(self, text: str) -> str:
        """A text without what is new in every session, page or attempt."""
        for token in self.secrets:
            text = text.replace(token, "TOKEN")
        text = re.sub(r"nonce-[\w-]{22}|nonce=\"[\w-]{22}\"", "NONCE", text)
        text = re.sub(r"\bI[\w-]{55}\.[\w-]{6}\.[\w-]{27}", "CSRF", text)
        return re.sub(r"session=[\w-]{43}", "SESSION", text)

    def address(self, end: str | int) -> str:
        """An address of the taker's attempt."""
        return f"/quizzes/attempts/{self.token}/{end}"


# ---- the bank ----


def fill(plan: Plan) -> int:
    """Write the bank and the quiz of ``plan``, which asks the whole bank; the quiz's id."""
    with transaction():
        for number, asked in enumerate(plan.bank):
            make_version(**_version(number, asked))
        return make_quiz(
            size=len(plan.bank),
            topic=None,
            feedback=plan.feedback,
            kind=plan.kind,
            limit_seconds=plan.limit,
            account_needed=plan.account and plan.kind == QuizKind.CHALLENGE,
            board=plan.kind == QuizKind.CHALLENGE,
            closes_at=clock.now() + LASTS if plan.feedback == Feedback.CLOSE else None,
        ).id


def _version(number: int, asked: Asked) -> dict[str, Any]:
    ids = [TRUE, FALSE] if asked.kind == Kind.TRUE_FALSE else [f"o{number}{place}xy" for place in range(asked.options)]
    return {
        "kind": asked.kind,
        "difficulty": asked.difficulty,
        "options": []
        if asked.kind == Kind.TRUE_FALSE
        else [
            {"id": id_, **{tongue: f"答{number}{place}{tongue}" for tongue in TONGUES}} for place, id_ in enumerate(ids)
        ],
        "key": sorted({ids[place % len(ids)] for place in asked.key}),
        **told(number, "a"),
    }


def told(number: int, edition: str) -> dict[str, Any]:
    """What only a result tells of question ``number``; each edition has other texts."""
    texts = {
        f"{name}_{tongue}": f"{MARK}{number}{edition}{name[0]}{tongue}"
        for name in ("explanation", "source")
        for tongue in TONGUES
    }
    return {**texts, "tags": [f"{MARK}{number}{edition}t"]}


def other_secrets() -> None:
    """Give every question another key, another difficulty and other texts; what a taker may see stays as it is."""
    with transaction():
        db.session.execute(db.text("DROP TRIGGER IF EXISTS question_versions_frozen"))
        versions = db.session.execute(db.select(QuestionVersion).order_by(QuestionVersion.id)).scalars().all()
        for number, version in enumerate(versions):
            ids = [option["id"] for option in version.options] or [TRUE, FALSE]
            version.key = _other_key(ids, version.key, many=version.kind == Kind.MULTIPLE)
            version.difficulty = version.difficulty % 3 + 1
            version.author_id, version.reviewer_id = version.reviewer_id or 0, version.author_id
            for name, value in told(number, "b").items():
                setattr(version, name, value)


def _other_key(ids: list[str], key: list[str], *, many: bool) -> list[str]:
    rest = [id_ for id_ in ids if id_ not in key]
    if many:
        return sorted(rest or ids[:1])
    return [ids[(ids.index(key[0]) + 1) % len(ids)]]


def forget_attempts() -> None:
    """The quiz as nobody has begun it."""
    with transaction():
        for model in (ReviewCard, AttemptItem, Attempt):
            db.session.execute(db.delete(model))


def forget_everything() -> None:
    """Neither quizzes nor questions."""
    forget_attempts()
    with transaction():
        for model in (Quiz, QuestionVersion, BankQuestion):
            db.session.execute(db.delete(model))


# ---- what is asked ----

#: Addresses that somebody in the middle of an attempt may look at: {token}, {quiz} and {card} are filled in.
PLACES: dict[str, str] = {
    "quizzes.index": "/quizzes/",
    "quizzes.show": "/quizzes/{quiz}",
    "quizzes.start": "/quizzes/{quiz}/start",
    "attempts.question": "/quizzes/attempts/{token}/1",
    "attempts.check": "/quizzes/attempts/{token}/check",
    "attempts.result": "/quizzes/attempts/{token}/result",
    "learning.share": "/quizzes/attempts/{token}/share",
    "learning.certificate_form": "/quizzes/attempts/{token}/certificate",
    "learning.board": "/quizzes/{quiz}/board",
    "learning.mine": "/quizzes/mine",
    "learning.wrong": "/quizzes/mine/wrong",
    "learning.remove": "/quizzes/mine/wrong/{card}/remove",
    "learning.name": "/quizzes/mine/name",
    "learning.leave": "/quizzes/mine/name/leave",
    "learning.shared": "/quizzes/share/{token}",
    "learning.picture": "/quizzes/share/{token}.png",
    "live.join": "/quizzes/live/",
    "search.index": "/search?q=问题",
    "home.sitemap": "/sitemap.xml",
    "home.index": "/",
}


def walk(scene: Scene) -> list[Seen]:
    """Take the quiz of the scene up to the overview, looking at everything on the way; what came."""
    plan, home = scene.plan, f"/quizzes/{scene.quiz_id}"
    scene.seen = []
    scene.stranger = new_browser(scene.stranger.application)
    scene.get(f"{home}?lang={plan.language}&mode={plan.mode}")
    for who in (scene.taker, scene.other):
        answer = scene.post(f"{home}/start", {}, who=who)
        assert answer.status_code == 303, answer.get_data(as_text=True)[-2000:]
        if who is scene.taker:
            scene.token = answer.headers["Location"].split("/")[3]
    if scene.person_id is not None:
        put_into_the_book(scene.person_id)
    for position in range(1, len(plan.bank) + 1):
        answer_one(scene, position)
    closed = close_one(scene) if plan.feedback == Feedback.EACH else None
    scene.get(scene.address("result"))
    if plan.limit:
        scene.post(scene.address("extend"), {"at": "1"})
    look_around(scene, closed)
    for who in (scene.stranger, scene.other):
        assert scene.get(scene.address(1), who=who).status_code == 404
    assert scene.post(scene.address(1), {"choice": []}, who=scene.other).status_code == 404
    scene.get(scene.address("check"))  # what still had to be said stands here, and not on the next walk's first page
    return scene.seen


def new_browser(app: Flask) -> Browser:
    """A browser without a session, in front of a site that remembers no page."""
    app.test_client_class = Browser
    app.extensions.pop("citizen_pages", None)
    browser: Any = app.test_client()
    assert isinstance(browser, Browser)
    return browser


def answer_one(scene: Scene, position: int) -> None:
    """Look at a question, send what is no answer, then an answer as the script does and as the button does."""
    address = scene.address(position)
    page = scene.get(address).get_data(as_text=True)
    offered = OFFERED.findall(page)
    chosen = scene.plan.choice(position - 1, offered, many='type="checkbox" id="choice' in page)
    if position == 1:
        for wrong in ([], ["nothing"]):
            assert scene.post(address, {"choice": wrong, "go": "next"}).status_code == 422
        scene.post(address, {"choice": "nothing"}, X_Autosave="1")
    assert scene.post(address, {"choice": chosen}, X_Autosave="1").get_json() is not None
    assert scene.post(address, {"choice": chosen, "go": "next"}).status_code == 303
    if position == 1:
        scene.get(address)


def close_one(scene: Scene) -> int:
    """Close the first question, read why, and send another answer too late; the question's number in the bank."""
    query = (
        db.select(AttemptItem.version_id).join(Attempt).where(Attempt.token == scene.token, AttemptItem.position == 1)
    )
    first = db.session.execute(query).scalar_one()
    numbers = list(db.session.execute(db.select(QuestionVersion.id).order_by(QuestionVersion.id)).scalars())
    address = scene.address(1)
    chosen = OFFERED.findall(scene.taker.get(address).get_data(as_text=True))[:1]
    assert scene.post(address, {"choice": chosen, "go": "close"}).status_code == 303
    number = numbers.index(first)
    scene.get(address, explains=number)
    scene.post(address, {"choice": chosen, "go": "next"})
    scene.get(scene.address(len(scene.plan.bank)), explains=number if len(scene.plan.bank) == 1 else None)
    return number


def look_around(scene: Scene, closed: int | None) -> None:
    """Other addresses, for the taker and for somebody who takes nothing."""
    card = db.session.execute(db.select(db.func.min(ReviewCard.id))).scalar() or 0
    for place in scene.plan.places:
        path = PLACES[place].format(token=scene.token, quiz=scene.quiz_id, card=card)
        scene.get(path, explains=closed if place == "attempts.question" else None)
        if "token" not in PLACES[place]:
            scene.get(path, who=scene.stranger)


def put_into_the_book(person_id: int) -> None:
    """The person got every question wrong once, long ago: their book would explain all of them."""
    long_ago = clock.now() - timedelta(days=9)
    with transaction():
        for question_id in db.session.execute(db.select(BankQuestion.id).order_by(BankQuestion.id)).scalars():
            db.session.add(
                ReviewCard(
                    person_id=person_id,
                    question_id=question_id,
                    card={},
                    due_at=long_ago,
                    times_wrong=1,
                    right_since=0,
                    last_wrong_at=long_ago,
                    changed_at=long_ago,
                )
            )


# ---- what must not be found ----


def check_untold(seen: Sequence[Seen]) -> None:
    """No response holds a text that only a result may tell, nor the mark of a right or a wrong answer."""
    for one in seen:
        told_of = {int(number) for number in SECRET.findall(one.everything())}
        assert told_of <= {one.explains}, f"{one.request} tells of questions {told_of}"
        assert one.explains is not None or not VERDICTS.search(one.body), f"{one.request} marks answers"


def check_alike(seen: Sequence[Seen]) -> None:
    """The answers of a question differ in nothing but their letter, their id, their words and whether they are chosen."""
    for one in seen:
        for group in re.findall(r'<fieldset class="options">(.*?)</fieldset>', one.body, re.DOTALL):
            answers = re.split(r'(?=<div class="option)', group)[1:]
            plain = {re.sub(r"\s+", " ", bare(answer)).strip() for answer in answers}
            assert len(answers) > 1 and len(plain) == 1, f"{one.request}: {plain}"


def bare(answer: str) -> str:
    """The markup of one answer without what may differ."""
    answer = re.sub(r'value="(?:true|false|o\d+xy)"( checked)?', 'value=""', answer)
    answer = re.sub(r"choice-[A-H]\b", "choice-", answer)
    answer = re.sub(r'(aria-hidden="true">)[A-H]<', r"\1<", answer)
    return re.sub(r'(class="option__text">)(?:答\d+(?:hans|hant|en)|True|False|对|错|對|錯)<', r"\1<", answer)


def check_same(before: Sequence[Seen], after: Sequence[Seen]) -> None:
    """Two series of responses are the same, but for pages that may explain."""
    assert [one.request for one in before] == [one.request for one in after]
    for one, other in zip(before, after, strict=True):
        if one.explains is None:
            assert (one.status, one.body) == (other.status, other.body), f"{one.request} depends on what is secret"
            assert one.headers == other.headers, f"{one.request} depends on what is secret"


def check_open(scene: Scene) -> None:
    """Take the quiz twice, with other secrets the second time: nothing is told, and nothing differs."""
    first = walk(scene)
    check_untold(first)
    check_alike(first)
    other_secrets()
    forget_attempts()
    second = walk(scene)
    check_untold(second)
    check_same(first, second)


def hand_in(scene: Scene) -> list[Seen]:
    """Hand the attempt in; the result and what stands around it."""
    assert scene.post(scene.address("hand-in"), {}).status_code == 303
    return after_the_end(scene, "result")


def after_the_end(scene: Scene, *ends: str | int) -> list[Seen]:
    """What the taker finds once the attempt is over, at addresses of the attempt and in the book."""
    scene.seen = []
    for end in ends:
        scene.get(scene.address(end))
    if scene.person_id is not None:
        scene.get("/quizzes/mine/wrong")
    return scene.seen


def explained(seen: Sequence[Seen]) -> set[int]:
    """The questions of the bank that are explained somewhere."""
    return {int(number) for one in seen for number in SECRET.findall(one.everything())}
