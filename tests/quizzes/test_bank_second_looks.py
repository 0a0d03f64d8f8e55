"""What a second look at the bank found: corrected keys, who may approve, questions that come back in a file, halls."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.errors import Conflict, InvalidInput
from citizen.extensions import db
from citizen.quizzes.documents.exports import asked_for, gift_file, xlsx_file
from citizen.quizzes.documents.imports import import_page
from citizen.quizzes.formats.draft import Draft, Text, from_content
from citizen.quizzes.models import KeyCorrection, LiveRound, QuestionImport, QuestionVersion
from citizen.quizzes.queries.bank import content_of, versions_of
from citizen.quizzes.queries.drawing import stock
from citizen.quizzes.queries.imports import Planned, plan
from citizen.quizzes.queries.live import asked, standing_of
from citizen.quizzes.rules import live as live_rules
from citizen.quizzes.rules.importing import Verdict
from citizen.quizzes.rules.live import Verb
from citizen.quizzes.rules.questions import Kind
from citizen.quizzes.services import bank, importing, live, reviewing
from citizen.quizzes.services.importing import Upload
from citizen.quizzes.services.reviewing import Incomplete, Outcome
from citizen.web.limits import RateCount
from citizen.web.locale import speaking
from tests.quizzes.making import some_content, words
from tests.quizzes.test_bank import handed_in, in_use, states, who, written
from tests.quizzes.test_bank_pages import as_, only, text_of
from tests.quizzes.test_live import moved, opened
from tests.quizzes.test_live_pages import home, part_of, phone, statements

pytestmark = pytest.mark.usefixtures("people")
DESK = "/office/questions/"
BOTH = some_content().options


def corrected(version: QuestionVersion, *key: str) -> None:
    """The key of ``version`` is ``key`` from now on; without any, it counts for nobody."""
    with transaction():
        db.session.add(
            KeyCorrection(
                version_id=version.id,
                key=sorted(key),
                reason="原来的答案不对",
                attempts=0,
                changed=0,
                decided_by=who("leader"),
                decided_at=clock.now(),
            )
        )


# ---- corrected keys ----


@pytest.mark.parametrize(
    ("keys", "begins_with", "lacks"),
    [
        ([], {"a"}, []),
        ([["b"]], {"b"}, []),
        ([["b"], ["c"]], {"c"}, []),
        ([["b"], []], set(), ["key"]),
        ([["a", "b"]], {"a", "b"}, ["key"]),
    ],
)
def test_the_next_version_begins_with_what_counts(
    keys: list[list[str]], begins_with: set[str], lacks: list[str]
) -> None:
    version = in_use("Q001")
    for key in keys:
        corrected(version, *key)
    with transaction():
        second = bank.next_version(version.question_id, author_id=who())
    assert content_of(second) == replace(content_of(version), key=frozenset(begins_with))
    try:
        with transaction():
            reviewing.hand_in(second.id, seen=1, by=who())
        found = []
    except Incomplete as error:
        found = [field for field, _sentence in error.found]
    assert found == lacks


def test_files_hold_what_counts_and_come_back_unchanged(app: Flask) -> None:
    corrected(in_use("Q001"), "b")
    corrected(in_use("Q002", stem=words("绿灯亮时可以过马路吗？")))
    corrected(in_use("Q003", stem=words("对吗？"), kind=Kind.TRUE_FALSE, options=(), key=frozenset({"true"})), "false")
    with speaking("en"):
        sheet, gift = xlsx_file(asked_for({})), gift_file(asked_for({}), "hans")
        for data, name in ((sheet, "a.xlsx"), (gift.encode(), "a.gift")):
            _format, found = importing.look_at(Upload(data, name))
            assert {draft.code: draft.key for draft in found.drafts} == {"Q001": ("B",), "Q003": ("false",)}
            assert {step.verdict for step in plan(found.drafts)} == {Verdict.SAME}
    assert "left out" in gift and "Q002" in gift


def test_what_counts_is_what_the_desk_shows(app: Flask) -> None:
    version = in_use("Q001")
    corrected(version, "b")
    desk = as_("moderator", app)

    def right() -> tuple[str, list[str]]:
        page = text_of(desk.get(f"{DESK}Q001"))
        rows = re.findall(r'<p class="bi__name">(.*?)</p>', page, re.DOTALL)
        return page, [row[0] for row in rows if "right" in row]

    page, letters = right()
    assert letters == ["B"] and "The next version begins with it." in page
    corrected(version)
    page, letters = right()
    assert letters == [] and "counts for nobody" in page


@pytest.mark.both_databases
def test_what_counts_for_nobody_is_drawn_by_nobody() -> None:
    first, void, back, again = (in_use(f"Q00{n}", stem=words(f"第{n}题？")) for n in (1, 2, 3, 4))
    corrected(first, "b")
    corrected(void, "b")
    corrected(void)
    corrected(back)
    corrected(back, "b")
    with statements() as seen:
        found = {candidate.version_id for candidate in stock(clock.today())}
    assert found == {first.id, back.id, again.id}
    assert len([statement for statement in seen if statement.startswith("SELECT")]) == 1
    with pytest.raises(InvalidInput, match="Q002"), transaction():
        live.open_round(live.Draft("讲堂", None, ("Q001", "Q002")), by=who())


# ---- who wrote does not approve ----


def rewritten(version: QuestionVersion, name: str) -> None:
    with transaction():
        bank.rewrite(version.id, some_content(difficulty=2), seen=version.version, author_id=who(name))


def imported_over(version: QuestionVersion, name: str) -> None:
    text = "编号：Q001\n红灯亮时可以过马路吗？\nA、不可以\nB、没有车就可以\nC、爬着过\n答案：A"
    looked = importing.look_at(Upload(text.encode(), topic="traffic", difficulty=1))
    with transaction():
        row = importing.keep("", looked, by=who(name))
    seen = importing.signature(importing.planned_of(row))
    with transaction():
        assert importing.take_over(row.id, seen=seen, leave_out=False, by=who(name))["changed"] == 1
    english = replace(content_of(version), options=tuple(replace(o, words=words(o.words.hans)) for o in BOTH))
    with transaction():
        bank.rewrite(version.id, english, seen=version.version, author_id=who(name))


@pytest.mark.parametrize("touched", [rewritten, imported_over])
def test_whoever_wrote_in_a_version_does_not_judge_it(app: Flask, touched: Any) -> None:
    version = written("Q001")
    touched(version, "leader")
    with transaction():
        reviewing.hand_in(version.id, seen=version.version, by=who("leader"))
    id_, seen, question = version.id, version.version, version.question_id
    for name in ("moderator", "leader"):
        for act in (
            lambda by: reviewing.approve(id_, seen=seen, by=by),
            lambda by: reviewing.send_back(id_, "不行", seen=seen, by=by),
        ):
            with pytest.raises(Conflict), transaction():
                act(who(name))
        with transaction():
            assert reviewing.approve_all([(id_, seen)], by=who(name)) == [(id_, Outcome.OWN)]
    assert states(question) == ["review"]
    with transaction():
        reviewing.approve(id_, seen=seen, by=who("head"))
    assert states(question) == ["ready"]
    # The next version is another one: who wrote the last may judge it.
    with transaction():
        second = bank.next_version(question, author_id=who("head"))
        reviewing.hand_in(second.id, seen=1, by=who("head"))
    with transaction():
        reviewing.approve(second.id, seen=2, by=who())


def test_the_pages_say_why_whoever_wrote_may_not_decide(app: Flask) -> None:
    version = written("Q001")
    rewritten(version, "leader")
    with transaction():
        reviewing.hand_in(version.id, seen=2, by=who("leader"))
    moderator, head = as_("moderator", app), as_("head", app)
    page = text_of(moderator.get(f"{DESK}Q001/review"))
    assert "You wrote in this version" in page and 'value="approve"' not in page
    assert 'name="ticked"' not in text_of(moderator.get(f"{DESK}?state=review"))
    assert 'name="ticked"' in text_of(head.get(f"{DESK}?state=review"))
    assert 'value="approve"' in text_of(head.get(f"{DESK}Q001/review"))
    mark = f"{only().id}-3"
    for verdict in ("approve", "back"):
        sent = {"version": mark, "verdict": verdict, "note": "再看看"}
        answer = moderator.submit(f"{DESK}Q001/review", sent, page=f"{DESK}Q001/review")
        assert answer.status_code == 409 and "wrote in this version" in text_of(answer)
    page = text_of(head.get(f"{DESK}Q001"))
    assert "saved version 1" in page
    assert head.submit(f"{DESK}Q001/review", {"version": mark, "verdict": "approve"}).status_code == 303


def test_saving_again_and_again_is_one_line_of_the_history(app: Flask) -> None:
    version = written("Q001")
    for name in ("leader", "leader", "moderator", "leader"):
        rewritten(version, name)
    assert text_of(as_("head", app).get(f"{DESK}Q001")).count("saved version 1") == 3


# ---- a file without codes ----


def told(**more: Any) -> Draft:
    """The question Q001 as a file without codes has it."""
    return replace(from_content(some_content()), **more)


def one(*drafts: Draft) -> Planned:
    return plan(drafts)[-1]


@pytest.mark.parametrize(
    ("more", "differs"),
    [
        ({"explanation": Text("红灯停，绿灯行。", "")}, "explanation"),
        ({"source": Text("新交通法", "New law")}, "source"),
        ({"stem": Text("红灯亮时可以过马路吗？", "May one cross at red?")}, "stem"),
        ({"topic": "waste"}, "topic"),
        ({"difficulty": 3}, "difficulty"),
        ({"tags": ("过街",)}, "tags"),
        ({"valid_to": clock.today}, "valid_to"),
    ],
)
def test_what_a_file_without_codes_says_anew_is_a_change(app: Flask, more: dict[str, Any], differs: str) -> None:
    version = in_use("Q001")
    assert (one(told()).verdict, one(told()).code) == (Verdict.SAME, "Q001")
    changes = {name: value() if callable(value) else value for name, value in more.items()}
    found = one(told(**changes))
    assert (found.verdict, found.code, found.differs) == (Verdict.CHANGED, "Q001", (differs,))
    with transaction():
        importing._write(found, who("leader"))
    second, first = versions_of(version.question_id)
    assert (second.state, second.author_id, first.state) == ("draft", who("leader"), "ready")
    assert one(told(**changes)).verdict == Verdict.SAME
    assert [option["id"] for option in second.options] == ["a", "b", "c"]


def test_a_twin_that_is_out_of_use_is_said_so(app: Flask) -> None:
    version = in_use("Q001")
    with transaction():
        reviewing.retire(version.id, "过时了", seen=version.version, by=who())
    found = one(told())
    assert (found.verdict, found.retired) == (Verdict.SAME, True)
    changed = one(told(difficulty=3))
    assert (changed.verdict, changed.code, changed.retired) == (Verdict.CHANGED, "Q001", True)
    with speaking("en"), app.test_request_context():
        row = QuestionImport(id=1, file_name="a", format="xlsx", rows=[], errors=[], outcome=None, made_at=clock.now())
        for step, view in ((found, "same"), (changed, "changed")):
            page = import_page(row, [step], view=view, page=1)
            assert "out of use" in page["questions"][0]["note"] and "Q001" in page["questions"][0]["note"]


def test_of_several_twins_the_one_that_says_the_same_counts(app: Flask) -> None:
    gone = in_use("Q001")
    with transaction():
        reviewing.retire(gone.id, "过时了", seen=gone.version, by=who())
    in_use("Q002", source=words("另一部法"))
    in_use("Q003", explanation=words("因为危险。"))
    other = from_content(some_content(explanation=words("因为危险。")))
    assert (one(other).verdict, one(other).code) == (Verdict.SAME, "Q003")
    found = one(told())
    assert (found.verdict, found.code, found.retired) == (Verdict.CHANGED, "Q002", False)


def test_a_question_that_stands_twice_in_a_file_is_written_once(app: Flask) -> None:
    in_use("Q001")
    coded = told(code="Q001", stem=Text("黄灯亮时可以过马路吗？", "At amber?"))
    for drafts, verdicts in (
        ((coded, told(difficulty=3)), [Verdict.CHANGED, Verdict.BLOCKED]),
        ((told(difficulty=3), coded), [Verdict.BLOCKED, Verdict.CHANGED]),
        ((told(code="Q001"), told(difficulty=3)), [Verdict.SAME, Verdict.BLOCKED]),
    ):
        found = plan(drafts)
        assert [step.verdict for step in found] == verdicts
        assert all("Q001" in str(step.reason) for step in found if step.verdict == Verdict.BLOCKED)


def test_a_twin_in_review_holds_up_its_change(app: Flask) -> None:
    handed_in("Q001")
    assert [one(told()).verdict, one(told(difficulty=3)).verdict] == [Verdict.SAME, Verdict.BLOCKED]


# ---- halls ----


def wrong(round_: LiveRound, n: int) -> str:
    return f"{(int(round_.code) + n) % 10**6:06d}"


def test_wrong_codes_of_one_phone_lock_nobody_with_the_right_one_out(app: Flask) -> None:
    round_ = opened()
    prankster, guest, reader = phone(app), phone(app), phone(app)
    for n in range(1, 31):
        prankster.get(f"/quizzes/live/{wrong(round_, n)}")
    assert prankster.get(f"/quizzes/live/{wrong(round_, 31)}").status_code == 429
    assert prankster.submit("/quizzes/live/", {"code": wrong(round_, 32)}).status_code == 429
    assert reader.get(f"/quizzes/live/{round_.code}").status_code == 200
    assert guest.submit("/quizzes/live/", {"code": round_.code}).status_code == 303


def test_whoever_tries_a_thousand_codes_learns_nothing_any_more(app: Flask) -> None:
    round_ = opened()
    inside = phone(app)
    inside.get(home(round_))
    assert phone(app).get(f"/quizzes/live/{wrong(round_, 1)}").status_code == 404
    with transaction():
        db.session.execute(db.update(RateCount).values(count=RateCount.count + 999))
    assert phone(app).get(f"/quizzes/live/{round_.code}").status_code == 429
    assert phone(app).submit("/quizzes/live/", {"code": round_.code}).status_code == 429
    assert inside.get(f"/quizzes/live/{round_.code}").status_code == 200, "who is in stays in"
    assert phone(app).get(home(round_)).status_code == 200, "the QR code on the screen still lets in"


def test_a_round_that_takes_the_number_of_an_old_one_shows_its_own_questions(app: Flask) -> None:
    old = moved(opened(kinds=(Kind.SINGLE,)), Verb.ASK)
    visitor, code, id_ = phone(app), old.code, old.id
    shown = text_of(visitor.get(home(old)))
    part, before = phone(app).get(part_of(old)).get_json()["html"], standing_of(old)
    first = asked(old, 1)
    with transaction():
        assert live.delete_old(clock.now() + live_rules.KEEP + timedelta(days=1)) == 1
    live.live.forget(code)
    new = opened(kinds=(Kind.SINGLE,))
    with transaction():
        db.session.get_one(LiveRound, new.id).code = code
    moved(new, Verb.ASK)
    assert (new.id, new.code, new.version) == (id_, before.code, before.version)
    second = asked(new, 1)
    assert first is not None and second is not None and first.words != second.words
    assert standing_of(new).ticket != before.ticket
    assert phone(app).get(part_of(new)).get_json()["html"] != part
    assert first.words["stem_hans"] in shown and second.words["stem_hans"] in text_of(visitor.get(home(new)))
