"""Nothing that can be fetched before handing in tells of the right answers, and the scan that says so sees what does."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from flask import Flask, make_response
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from citizen.accounts.models import Person
from citizen.core import clock
from citizen.extensions import db
from citizen.quizzes.documents import question as question_document
from citizen.quizzes.documents import result as result_document
from citizen.quizzes.models import Attempt, AttemptItem, QuestionVersion
from citizen.quizzes.queries import learning as learning_queries
from citizen.quizzes.rules.questions import Kind
from citizen.quizzes.rules.quizzes import Feedback, QuizKind
from citizen.quizzes.services import attempts as services
from citizen.quizzes.views import attempts as views
from tests.quizzes import leaks
from tests.quizzes.leaks import LASTS, PLACES, Asked, Plan, Scene, new_browser

pytestmark = pytest.mark.usefixtures("people")

GRACE = timedelta(seconds=30)
#: Looked at by tests of their own, or holding nothing of a quiz: endpoint → why the scan leaves it out.
EXEMPT = {
    "attempts.answer": "sent by every walk",
    "attempts.hand_in": "sent at the end of every walk",
    "attempts.extend": "sent by walks with a limit",
    "live.join_code": "an open round has its own scan in test_live_pages.py",
    "live.phone": "an open round has its own scan in test_live_pages.py",
    "live.state": "an open round has its own scan in test_live_pages.py",
    "live.part": "an open round has its own scan in test_live_pages.py",
    "live.answer": "an open round has its own scan in test_live_pages.py",
    "live.here": "204 without a body, see test_live_pages.py",
    "learning.certificate": "refuses an open attempt, see test_quiz_certificate.py",
    "learning.make_share": "refuses an open attempt, see test_share.py",
    "learning.stop_share": "a redirect, see test_share.py",
    "learning.save_name": "the form of the page of the name, which the scan looks at",
    "learning.review": "leads to an attempt, whose pages the scan looks at",
}


THREE = (
    Asked(Kind.SINGLE, 4, (1,), 1),
    Asked(Kind.MULTIPLE, 5, (0, 3), 2),
    Asked(Kind.TRUE_FALSE, 2, (1,), 3),
)


class Stage:
    """People who take one quiz after another."""

    def __init__(self, app: Flask, person_id: int) -> None:
        self.person_id = person_id
        self.account, self.second, self.visitor, self.other, self.stranger = (new_browser(app) for _name in range(5))
        self.account.sign_in("resident@demo.invalid")
        self.second.sign_in("unit@demo.invalid")
        quiz_id = leaks.fill(Plan(THREE[:1]))
        for browser in (self.account, self.second, self.visitor, self.other):
            browser.csrf = browser.token(f"/quizzes/{quiz_id}")
            begun = browser.post(f"/quizzes/{quiz_id}/start", data={"csrf_token": browser.csrf})
            assert begun.status_code == 303, "whoever has begun something once has a session that says so"

    def set(self, plan: Plan, monkeypatch: pytest.MonkeyPatch) -> Scene:
        """A scene in which nobody has begun; every shuffle is the same until the next one is set."""
        leaks.forget_everything()
        dice = SimpleNamespace(SystemRandom=lambda: random.Random(plan.dice), Random=random.Random)
        monkeypatch.setattr(services, "random", dice)
        taker, other = (self.account, self.second) if plan.account else (self.visitor, self.other)
        scene = Scene(plan, leaks.fill(plan), taker, other, self.stranger, self.person_id if plan.account else None)
        taker.get(f"/quizzes/{scene.quiz_id}?lang={plan.language}&mode={plan.mode}")
        return scene


@pytest.fixture
def stage(app: Flask, people: dict[str, Person]) -> Iterator[Stage]:
    """People, at a moment that does not pass."""
    with time_machine.travel(clock.now(), tick=False):
        yield Stage(app, people["resident"].id)


# ---- any bank, any quiz ----


@st.composite
def questions(draw: st.DrawFn) -> Asked:
    kind = draw(st.sampled_from(Kind))
    n = 2 if kind == Kind.TRUE_FALSE else draw(st.integers(2, 8))
    key = draw(st.lists(st.integers(0, n - 1), min_size=1, max_size=n if kind == Kind.MULTIPLE else 1, unique=True))
    return Asked(kind, n, tuple(key), draw(st.integers(1, 3)))


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    kind = draw(st.sampled_from([QuizKind.PRACTICE, QuizKind.CHALLENGE, QuizKind.DAILY]))
    return Plan(
        bank=tuple(draw(st.lists(questions(), min_size=1, max_size=2))),
        feedback=draw(st.sampled_from(Feedback)),
        kind=kind,
        account=kind == QuizKind.CHALLENGE or draw(st.booleans()),
        limit=draw(st.sampled_from([None, 600])),
        language=draw(st.sampled_from(["zh-Hans", "zh-Hant", "en"])),
        mode=draw(st.sampled_from(["standard", "elder"])),
        chosen=tuple(
            draw(st.lists(st.lists(st.integers(0, 7), min_size=1, max_size=3).map(tuple), min_size=2, max_size=2))
        ),
        places=tuple(draw(st.lists(st.sampled_from(list(PLACES)), max_size=2, unique=True))),
        dice=draw(st.integers(0, 99)),
    )


def test_no_response_before_handing_in_tells_or_depends_on_what_is_secret(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What comes after handing in is asked in the same walk: where it is told, the scan must be able to see it."""

    @settings(
        max_examples=16,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(plans())
    def scan(plan: Plan) -> None:
        scene = stage.set(plan, monkeypatch)
        leaks.check_open(scene)
        seen = leaks.hand_in(scene)
        if plan.feedback == Feedback.CLOSE:
            leaks.check_untold(seen)
        else:
            assert leaks.explained(seen) == set(range(len(plan.bank)))

    scan()


def plan_of(**more: Any) -> Plan:
    return Plan(**{"bank": THREE, "chosen": ((1,), (0, 3), (0,)), "dice": 3, **more})


@pytest.mark.parametrize(("language", "mode", "account"), [("zh-Hans", "elder", True), ("zh-Hant", "standard", False)])
def test_every_address_of_the_feature_in_the_middle_of_an_attempt(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, language: str, mode: str, account: bool
) -> None:
    plan = plan_of(account=account, kind=QuizKind.CHALLENGE if account else QuizKind.PRACTICE, language=language)
    scene = stage.set(Plan(**{**vars(plan), "mode": mode, "places": tuple(PLACES), "limit": 600}), monkeypatch)
    leaks.check_open(scene)
    found = {one.request.split("?")[0].removeprefix("GET ") for one in scene.seen if one.status == 200}
    wanted = {"/quizzes/", "/", "/sitemap.xml", "/search", "/quizzes/attempts/TOKEN/1", "/quizzes/attempts/TOKEN/check"}
    wanted |= {"/quizzes/mine", "/quizzes/mine/wrong", f"/quizzes/{scene.quiz_id}/board"} if account else set()
    assert wanted <= found, "the scan must have seen the pages and not their refusals"


@pytest.mark.parametrize("place", range(3))
def test_a_stored_answer_looks_the_same_whether_it_is_right_or_wrong(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, place: int
) -> None:
    """Byte for byte, but for which of the answers is chosen."""
    scene = stage.set(plan_of(bank=(THREE[place],), language="zh-Hans"), monkeypatch)
    scene.token = scene.post(f"/quizzes/{scene.quiz_id}/start", {}).headers["Location"].split("/")[3]
    version = db.session.execute(db.select(QuestionVersion)).scalar_one()
    ids = [option["id"] for option in version.options] or ["true", "false"]
    right = list(version.key)
    wrong = [id_ for id_ in ids if id_ not in right][: len(right)]
    assert len(wrong) == len(right)
    found = []
    for chosen in (right, wrong):
        scene.seen = []
        scene.post(scene.address(1), {"choice": chosen}, X_Autosave="1")
        scene.post(scene.address(1), {"choice": chosen, "go": "next"})
        for end in (1, "check"):
            scene.get(scene.address(end))
        found.append([(one.status, one.headers, neutral(one.body)) for one in scene.seen])
    assert found[0] == found[1]


def neutral(page: str) -> str:
    """A page on which no answer is chosen and all have the same words."""
    chosen = re.sub(r"<b>[^<]*</b>", lambda found: "<b>" + "x" * found[0].count("答") + "</b>", page)
    return re.sub(r"(?<=\") checked(?=>)", "", chosen)


# ---- what is told later, and to whom ----


def test_a_quiz_that_tells_at_its_closing_tells_nothing_before(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor while the network's grace still lets others answer."""
    plan = plan_of(account=True, kind=QuizKind.CHALLENGE, feedback=Feedback.CLOSE, places=tuple(PLACES))
    scene = stage.set(plan, monkeypatch)
    closes = clock.now() + LASTS
    leaks.walk(scene)
    leaks.hand_in(scene)
    for moment in (clock.now(), closes - timedelta(seconds=1), closes + GRACE):
        with time_machine.travel(moment, tick=False):
            seen = around(scene)
        leaks.check_untold(seen)
        assert not [one.request for one in seen if re.search(r"答\d+(hans|hant|en)", one.body)], moment
        assert "Others are still answering" in next(one.body for one in seen if one.request.endswith("/result"))
    with time_machine.travel(closes + GRACE + timedelta(seconds=1), tick=False):
        assert leaks.explained(leaks.after_the_end(scene, "result")) == {0, 1, 2}
        assert leaks.explained([one for one in scene.seen if one.request.endswith("/wrong")]) == {0, 1, 2}


def around(scene: Scene) -> list[leaks.Seen]:
    """Everything that the taker and a stranger find once the attempt is handed in."""
    leaks.after_the_end(scene, 1, "check", "result", "share")
    seen = scene.seen
    scene.seen = []
    leaks.look_around(scene, None)
    review = scene.post("/quizzes/mine/review", {})
    assert review.status_code == 409, "nothing may be asked again that is not explained yet"
    return [*seen, *scene.seen]


def test_only_the_closed_question_is_explained(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = stage.set(plan_of(feedback=Feedback.EACH, places=tuple(PLACES)), monkeypatch)
    seen = leaks.walk(scene)
    leaks.check_untold(seen)
    telling = [one.request for one in seen if leaks.SECRET.search(one.everything())]
    assert set(telling) == {"GET /quizzes/attempts/TOKEN/1"}, "the scan must have seen the explanation"
    assert len(leaks.explained(seen)) == 1


# ---- the scan sees leaks ----

KEYS = db.select(QuestionVersion).order_by(QuestionVersion.id)


def bank() -> list[QuestionVersion]:
    return list(db.session.execute(KEYS).scalars())


def on_pages(change: Callable[[str], Any]) -> Callable[[pytest.MonkeyPatch], None]:
    """The leak that ``change`` makes of every page of an attempt."""

    def leak(monkeypatch: pytest.MonkeyPatch) -> None:
        render = views.render_template
        monkeypatch.setattr(views, "render_template", lambda *names, **values: change(render(*names, **values)))

    return leak


def attribute(page: str) -> str:
    """An attribute on every right answer."""
    for version in bank():
        for id_ in version.key:
            page = page.replace(f'value="{id_}"', f'value="{id_}" data-n="1"')
    return page


def class_of_the_answer(page: str) -> str:
    """One more space in the label of every right answer."""
    for version in bank():
        for id_ in version.key:
            page = re.sub(rf'(value="{id_}".*?class="option__text)"', r'\1 "', page)
    return page


def comment(page: str) -> str:
    """An explanation in a comment."""
    return page.replace("</main>", f"<!-- {bank()[0].explanation_hans} --></main>")


def tags(page: str) -> str:
    """A tag of the question among the page's own words."""
    return page.replace("<head>", f'<head><meta name="keywords" content="{bank()[-1].tags[0]}">')


def difficulty(page: str) -> str:
    """How hard the questions are, in an attribute of the page."""
    return page.replace("<main", f'<main data-level="{sum(version.difficulty for version in bank()[:1])}"')


def tagged(page: str) -> Any:
    """A validator made of the key."""
    response = make_response(page)
    response.set_etag(str(hash(tuple(tuple(version.key) for version in bank()))))
    return response


def padded(page: str) -> str:
    """A page that is longer where the first question's right answer comes early."""
    return page + "\n" * len(repr(bank()[0].key[0] < "o02"))


def cookie(page: str) -> Any:
    """A cookie with the source in it."""
    response = make_response(page)
    response.set_cookie("hint", bank()[0].source_en)
    return response


def right_so_far() -> int:
    """How many stored answers are right."""
    rows = db.session.execute(
        db.select(AttemptItem.answer, QuestionVersion.key)
        .join(QuestionVersion, QuestionVersion.id == AttemptItem.version_id)
        .join(Attempt, Attempt.id == AttemptItem.attempt_id)
    )
    return sum(answer == key for answer, key in rows)


def saved(monkeypatch: pytest.MonkeyPatch) -> None:
    """The script is told whether the answer was right."""
    monkeypatch.setattr(views, "jsonify", lambda **values: {**values, "n": right_so_far()})


def address(monkeypatch: pytest.MonkeyPatch) -> None:
    """The address that a button leads to says so."""
    there = views._next
    monkeypatch.setattr(views, "_next", lambda *args, **more: f"{there(*args, **more)}#{right_so_far()}")


def order(monkeypatch: pytest.MonkeyPatch) -> None:
    """The right answers come first."""
    drawn = services._items

    def sorted_by_key(attempt_id: int, versions: list[int]) -> list[dict[str, Any]]:
        keys = {version.id: version.key for version in bank()}
        rows = drawn(attempt_id, versions)
        return [
            {**row, "order": sorted(row["order"], key=lambda id_: id_ not in keys[row["version_id"]])} for row in rows
        ]

    monkeypatch.setattr(services, "_items", sorted_by_key)


def words(monkeypatch: pytest.MonkeyPatch) -> None:
    """An invisible character after every right answer."""
    rows = question_document.option_rows

    def marked(*args: Any, **more: Any) -> list[dict[str, Any]]:
        keys = {id_ for version in bank() for id_ in version.key}
        return [{**row, "text": row["text"] + "\u200b" * (row["id"] in keys)} for row in rows(*args, **more)]

    monkeypatch.setattr(question_document, "option_rows", marked)


def book(monkeypatch: pytest.MonkeyPatch) -> None:
    """The wrong-answer book explains what an open attempt asks."""
    monkeypatch.setattr(learning_queries, "asked_now", lambda _person_id: frozenset())


LEAKS = {
    **{
        change.__name__: on_pages(change)
        for change in (attribute, class_of_the_answer, comment, tags, difficulty, tagged, padded, cookie)
    },
    **{leak.__name__: leak for leak in (saved, address, order, words, book)},
}


def planned_for_leaks() -> Plan:
    return plan_of(bank=THREE[:1], account=True, kind=QuizKind.CHALLENGE, places=("learning.wrong",), dice=5)


FINDINGS = re.compile(r"tells of questions|marks answers|depends on what is secret|<div class=.option")


def test_the_scan_sees_every_leak(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The controls: each a way to give answers away. Without one the same scene holds nothing."""
    found = {}
    for name, leak in {"": lambda _patch: None, **LEAKS}.items():
        with monkeypatch.context() as patch:
            scene = stage.set(planned_for_leaks(), patch)
            leak(patch)
            try:
                leaks.check_open(scene)
            except AssertionError as error:
                found[name] = str(error)
    assert set(found) == set(LEAKS)
    assert not {name: words for name, words in found.items() if not FINDINGS.search(words)}


def test_each_check_sees_a_marked_answer_by_itself(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """One attempt is enough to see markup that differs, and the later tests see what is told too early."""
    scene = stage.set(planned_for_leaks(), monkeypatch)
    with monkeypatch.context() as patch:
        LEAKS["class_of_the_answer"](patch)
        with pytest.raises(AssertionError):
            leaks.check_alike(leaks.walk(scene))
    scene = stage.set(plan_of(feedback=Feedback.CLOSE), monkeypatch)
    leaks.walk(scene)
    with monkeypatch.context() as patch, pytest.raises(AssertionError):
        patch.setattr(result_document, "_explains", lambda *_args: True)
        leaks.check_untold(leaks.hand_in(scene))


# ---- nothing is left out ----


def test_every_address_of_the_feature_is_scanned_or_says_why_not(app: Flask) -> None:
    """A new address makes this fail until it is looked at."""
    known = {rule.endpoint for rule in app.url_map.iter_rules() if rule.rule.startswith("/quizzes")}
    elsewhere = {"search.index", "home.index", "home.sitemap"}
    assert elsewhere <= set(app.view_functions)
    assert set(PLACES) - elsewhere | set(EXEMPT) == known
    assert not set(PLACES) & set(EXEMPT) and all(EXEMPT.values())
    rules = {rule.endpoint: rule.rule for rule in app.url_map.iter_rules()}
    for endpoint, path in PLACES.items():
        shape = re.sub(r"<[^>]+>", r"[^/]+", re.escape(rules[endpoint]).replace(r"\<", "<").replace(r"\>", ">"))
        assert re.fullmatch(shape, path.split("?")[0]), endpoint


def test_no_other_page_of_the_site_knows_of_questions(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every address without a name in it, and the files that a question's page loads, in the middle of an attempt."""
    scene = stage.set(plan_of(account=True, bank=THREE[:1]), monkeypatch)
    leaks.walk(scene)
    scene.seen = []
    rules = scene.taker.application.url_map.iter_rules()
    paths = sorted({rule.rule for rule in rules if "GET" in (rule.methods or ()) and not rule.arguments})
    for path in paths:
        scene.get(path)
    page = scene.get(scene.address(1)).get_data(as_text=True)
    for path in sorted(set(re.findall(r'[" ](/static/[^"]+)"', page))):
        scene.get(path).close()
    assert len(paths) > 50 and [one for one in scene.seen if "quiz-answer.js" in one.request]
    assert not leaks.explained(scene.seen)
