"""Importing and exporting at the desk, on the command line and in the background: looked at first, done once, lossless."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from citizen.core import clock
from citizen.core.audit import Event, history
from citizen.core.database import transaction
from citizen.core.errors import Conflict, InvalidInput, NotFound
from citizen.extensions import db
from citizen.quizzes.cli import quizzes
from citizen.quizzes.documents.exports import asked_for, gift_file, xlsx_file
from citizen.quizzes.jobs.imports import sweep_imports
from citizen.quizzes.models import BankQuestion, QuestionImport, QuestionVersion
from citizen.quizzes.queries.bank import content_of
from citizen.quizzes.queries.imports import counted, plan, signature
from citizen.quizzes.rules.importing import Verdict
from citizen.quizzes.rules.questions import lacking
from citizen.quizzes.services import bank, importing, reviewing
from citizen.quizzes.services.importing import Upload
from citizen.web.locale import speaking
from tests import county
from tests.client import PageClient
from tests.quizzes.making import make_version


@pytest.fixture(autouse=True)
def english(app: Flask) -> Iterator[None]:
    with speaking("en"):
        yield


ONE = "编号：Z-1\n甲是什么？\nA、一\nB、二\n答案：A\n解析：因为。\n依据：《法》\n\n乙对吗？（√）\n"
IMPORT = "/office/questions/import/"


def me(name: str = "moderator") -> int:
    return county.people()[name].id


def imported(text: str | bytes, *, name: str = "", by: str = "moderator", leave_out: bool = False) -> dict[str, int]:
    row = kept(text, name=name, by=by)
    with transaction():
        return importing.take_over(row.id, seen=seen_of(row), leave_out=leave_out, by=me(by))


def kept(text: str | bytes, *, name: str = "", by: str = "moderator") -> QuestionImport:
    upload = Upload(text if isinstance(text, bytes) else text.encode(), name, topic="traffic", difficulty=1)
    looked = importing.look_at(upload)
    with transaction():
        return importing.keep(name, looked, by=me(by))


def seen_of(row: QuestionImport) -> str:
    return signature(importing.planned_of(db.session.get_one(QuestionImport, row.id)))


def would(text: str | bytes, *, name: str = "") -> dict[Verdict, int]:
    data = text if isinstance(text, bytes) else text.encode()
    _format, found = importing.look_at(Upload(data, name, topic="traffic", difficulty=1))
    assert found.problems == ()
    return counted(plan(found.drafts))


def numbers(new: int = 0, changed: int = 0, same: int = 0, blocked: int = 0) -> dict[Verdict, int]:
    return {Verdict.NEW: new, Verdict.CHANGED: changed, Verdict.SAME: same, Verdict.BLOCKED: blocked}


def versions(code: str) -> list[QuestionVersion]:
    query = (
        db.select(QuestionVersion).join(BankQuestion).where(BankQuestion.code == code).order_by(QuestionVersion.number)
    )
    return list(db.session.execute(query.execution_options(populate_existing=True)).scalars())


def rows() -> tuple[int, int]:
    query = (db.select(db.func.count()).select_from(model) for model in (BankQuestion, QuestionVersion))
    return tuple(db.session.execute(each).scalar_one() for each in query)  # type: ignore[return-value]


@pytest.mark.both_databases
def test_an_import_becomes_drafts_once(app: Flask) -> None:
    row = kept(ONE)
    seen = seen_of(row)
    assert rows() == (0, 0)
    for _round in range(2):
        with transaction():
            outcome = importing.take_over(row.id, seen=seen, leave_out=False, by=me())
        assert outcome == {"new": 2, "changed": 0, "same": 0} and rows() == (2, 2)
    [version] = versions("Z-1")
    assert (version.state, version.author_id, version.explanation_hans, version.topic) == (
        "draft",
        me(),
        "因为。",
        "traffic",
    )
    done = db.session.get_one(QuestionImport, row.id)
    assert done.rows == [] and done.done_at is not None
    [event] = history("question_import", row.id)
    assert (event.action, event.actor_id, event.detail["new"]) == ("question.import", me(), 2)
    assert would(ONE) == numbers(same=2) and imported(ONE) == {"new": 0, "changed": 0, "same": 2} and rows() == (2, 2)


@pytest.mark.both_databases
def test_two_who_take_over_at_once_write_it_once(app: Flask) -> None:
    row = kept(ONE)
    seen, author, found = seen_of(row), me(), []

    def take() -> None:
        with app.app_context():
            with transaction():
                found.append(importing.take_over(row.id, seen=seen, leave_out=False, by=author))
            db.session.remove()

    threads = [threading.Thread(target=take) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.rollback()
    assert found == [{"new": 2, "changed": 0, "same": 0}] * 4 and rows() == (2, 2)


def test_a_changed_question_is_the_next_draft_and_keeps_what_the_file_cannot_say(app: Flask) -> None:
    with transaction():
        importing.take_over_county(me(), me("leader"))
    assert would(
        "编号：Q004\n我国的“公民道德宣传日”是哪一天？\nA、3月5日\nB、9月20日\nC、11月9日\nD、12月2日\n答案：B"
    ) == numbers(same=1)
    changed = "编号：q004\n我国的“公民道德宣传日”是哪一天？\nA、3月5日\nB、9月20日\nC、10月1日\nD、12月2日\n答案：B"
    assert imported(changed) == {"new": 0, "changed": 1, "same": 0}
    ready, draft = versions("Q004")
    assert (ready.state, draft.state, draft.number, draft.author_id) == ("ready", "draft", 2, me())
    assert (draft.stem_en, draft.topic, draft.difficulty, draft.source_hans) == (
        ready.stem_en,
        "values",
        2,
        ready.source_hans,
    )
    before = {option["hans"]: option for option in ready.options}
    kept_ids = [option["id"] == before[option["hans"]]["id"] for option in draft.options if option["hans"] in before]
    assert kept_ids == [True] * 3 and draft.key == ready.key
    assert [option["en"] for option in draft.options] == ["5 March", "20 September", "", "2 December"]
    # Another change writes over the same draft; what is in use or in the draft already changes nothing.
    assert would(changed) == numbers(same=1)
    assert imported(changed.replace("10月1日", "10月2日"), by="leader") == {"new": 0, "changed": 1, "same": 0}
    again = versions("Q004")
    assert len(again) == 2 and again[1].author_id == me("leader") and again[1].options[2]["hans"] == "10月2日"
    with transaction():
        bank.rewrite(again[1].id, content_of(ready), seen=again[1].version, author_id=me())
        reviewing.hand_in(again[1].id, seen=again[1].version, by=me())
    assert would(changed) == numbers(blocked=1)


def test_a_plan_that_is_out_of_date_is_not_carried_out(app: Flask) -> None:
    row = kept(ONE)
    seen = seen_of(row)
    imported(ONE, by="leader")
    with pytest.raises(Conflict), transaction():
        importing.take_over(row.id, seen=seen, leave_out=False, by=me())
    with pytest.raises(NotFound), transaction():
        importing.take_over(row.id, seen=seen, leave_out=False, by=me("leader"))
    assert rows() == (2, 2)


def test_problems_hold_up_the_others_until_their_author_says_otherwise(app: Flask) -> None:
    text = f"{ONE}\n丙？\nA、一\nB、二\n答案：C\n"
    row = kept(text)
    assert row.errors == [{"row": 14, "column": "4", "message": str(row.errors[0]["message"])}]
    with pytest.raises(InvalidInput), transaction():
        importing.take_over(row.id, seen=seen_of(row), leave_out=False, by=me())
    assert rows() == (0, 0) and imported(text, leave_out=True) == {"new": 2, "changed": 0, "same": 0}
    only_wrong = kept("丙？\nA、一\nB、二\n答案：C\n")
    with pytest.raises(InvalidInput, match="nothing to take over"), transaction():
        importing.take_over(only_wrong.id, seen=seen_of(only_wrong), leave_out=True, by=me())


@pytest.mark.both_databases
def test_the_countys_bank_is_complete_and_leaves_and_comes_back_unchanged(app: Flask) -> None:
    for new in (60, 0):
        with transaction():
            assert importing.take_over_county(me(), me("leader")) == new
    found = db.session.execute(db.select(QuestionVersion)).scalars().all()
    assert [lacking(content_of(version)) for version in found] == [[]] * 60
    assert {(version.state, version.author_id, version.reviewer_id) for version in found} == {
        ("ready", me(), me("leader"))
    }
    assert versions("Q015")[0].source_hans == "《中华人民共和国道路交通安全法》第八十九条"
    approvals = db.session.execute(db.select(db.func.count()).where(Event.action == "question.approve")).scalar_one()
    assert approvals == 60
    files: list[tuple[str | bytes, str]] = [
        (xlsx_file(asked_for({})), "a.xlsx"),
        (gift_file(asked_for({}), "hans"), ""),
        (gift_file(asked_for({}), "en"), "a.gift"),
    ]
    for data, name in files:
        assert would(data, name=name) == numbers(same=60), name
    english = gift_file(asked_for({"topic": "waste", "difficulty": "3"}), "en").replace("Q024", "Q999")
    assert would(english) == numbers(blocked=1)


def test_retired_questions_and_drafts_are_exported_by_the_lists_filters(app: Flask) -> None:
    with transaction():
        old = make_version(topic="waste")
        make_version(topic="waste", state="draft", question=db.session.get_one(BankQuestion, old.question_id), number=2)
        gone = make_version(topic="traffic", state="retired")
        codes = [db.session.get_one(BankQuestion, id_).code for id_ in (old.question_id, gone.question_id)]
    for state, code in (("", codes[0]), ("draft", codes[0]), ("retired", codes[1])):
        exported = xlsx_file(asked_for({"state": state}))
        _format, found = importing.look_at(Upload(exported, "a.xlsx"))
        assert [draft.code for draft in found.drafts] == [code] and would(exported, name="a.xlsx") == numbers(same=1)


def test_imports_are_forgotten_after_thirty_days(app: Flask) -> None:
    old, new = kept(ONE).id, kept(ONE).id
    with transaction() as session:
        session.get_one(QuestionImport, old).made_at = clock.now() - timedelta(days=30, minutes=1)
    sweep_imports({})
    assert db.session.execute(db.select(QuestionImport.id)).scalars().all() == [new]


def send(client: FlaskClient, **data: Any) -> Any:
    assert isinstance(client, PageClient)
    page = client.get(IMPORT).get_data(as_text=True)
    once = page.split('name="once" value="', 1)[1].split('"', 1)[0]
    return client.submit(
        IMPORT, {"once": once, "topic": "traffic", "difficulty": "1", **data}, content_type="multipart/form-data"
    )


def hidden(page: str, name: str) -> str:
    return page.split(f'name="{name}" value="', 1)[1].split('"', 1)[0]


def test_the_way_through_the_pages(app: Flask, client: PageClient) -> None:
    client.sign_in("moderator@demo.invalid")
    client.get("/?lang=en")
    text = f"{ONE}\n丙？\nA、一\nB、二\n答案：C\n"
    answer = send(client, text=text)
    assert answer.status_code == 303 and rows() == (0, 0)
    address = answer.headers["Location"]
    page = client.get(address).get_data(as_text=True)
    assert "There is no option C." in page and 'data-label="Column">4</td>' in page and ">Line 14</th>" in page
    assert "甲是什么？" in client.get(f"{address}?view=new").get_data(as_text=True)
    refused = client.submit(address, {"seen": hidden(page, "seen")})
    assert refused.status_code == 422 and "Tick that they may be left out" in refused.get_data(as_text=True)
    stale = client.submit(address, {"seen": "x", "leave_out": "y"})
    assert stale.status_code == 409 and "The bank has changed" in stale.get_data(as_text=True) and rows() == (0, 0)
    for _round in range(2):
        assert client.submit(address, {"seen": hidden(page, "seen"), "leave_out": "y"}, page=IMPORT).status_code == 303
        assert rows() == (2, 2)
    assert "2 new, 0 changed, 0 unchanged" in client.get(address).get_data(as_text=True)
    again = client.get(send(client, file=(io.BytesIO(ONE.encode("gb18030")), "D:/题库/试题.txt")).headers["Location"])
    assert "Nothing would change" in again.get_data(as_text=True) and "Import: 试题.txt" in again.get_data(as_text=True)
    app.test_client_class = PageClient
    other = app.test_client().sign_in("leader@demo.invalid")
    assert other.get(address).status_code == 404 and other.post(address).status_code in (400, 404)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({}, "Choose a file, or paste the questions."),
        ({"text": "甲", "file": (io.BytesIO(b"x"), "a.txt")}, "not both"),
        ({"file": (io.BytesIO(b""), "a.txt")}, "The file is empty."),
        ({"text": "甲" * 100_001}, "too long to paste"),
    ],
)
def test_what_cannot_be_read_at_all_is_said_at_its_field(
    app: Flask, client: PageClient, data: dict[str, Any], words: str
) -> None:
    client.sign_in("moderator@demo.invalid")
    client.get("/?lang=en")
    answer = send(client, **data)
    assert answer.status_code == 422 and words in answer.get_data(as_text=True)


def test_three_megabytes_are_refused(app: Flask, client: PageClient) -> None:
    client.sign_in("moderator@demo.invalid")
    client.get("/?lang=en")
    fields = {"csrf_token": client.token(IMPORT), "once": "0123456789abcdef0123"}
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()
    ]
    head = '--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
    body = "".join(parts).encode() + head.encode() + b"x" * 3_000_000 + b"\r\n--x--\r\n"
    answer = client.post(
        IMPORT, data=body, content_type="multipart/form-data; boundary=x", headers={"Sec-Fetch-Site": "same-origin"}
    )
    assert answer.status_code == 422 and "larger than 2 MB" in answer.get_data(as_text=True)


def test_the_same_form_sent_twice_is_one_import(app: Flask, client: PageClient) -> None:
    client.sign_in("moderator@demo.invalid")
    data = {"once": "0123456789abcdef0123", "text": ONE, "topic": "traffic", "difficulty": "1"}
    first, second = (client.submit(IMPORT, data).headers["Location"] for _round in range(2))
    assert first == second and client.submit(IMPORT, {**data, "text": "乙对吗？（×）"}).status_code == 422


def test_an_export_asks_why_and_goes_on_record(app: Flask, client: PageClient) -> None:
    with transaction():
        importing.take_over_county(me(), me("leader"))
    client.sign_in("moderator@demo.invalid")
    client.get("/?lang=en")
    for address, words in (
        ("/office/questions/export.xlsx?topic=waste", "8 questions"),
        ("/office/questions/export.gift?in=en", "60 questions"),
    ):
        assert words in client.get(address).get_data(as_text=True)
        assert client.submit(address, {"reason": " "}).status_code == 422
    sheet = client.submit("/office/questions/export.xlsx?topic=waste", {"reason": "核对"})
    assert sheet.data.startswith(b"PK") and "attachment; filename=questions-" in sheet.headers["Content-Disposition"]
    assert (sheet.headers["Cache-Control"], sheet.headers["X-Robots-Tag"]) == ("no-store", "noindex")
    gift = client.submit("/office/questions/export.gift?in=en", {"reason": "Moodle"}).get_data(as_text=True)
    assert gift.startswith("$CATEGORY: $course$/top/") and "Which four words" in gift and "社会主义" not in gift
    details = (
        db.session.execute(db.select(Event.detail).where(Event.action == "question.exported").order_by(Event.id))
        .scalars()
        .all()
    )
    assert [(detail["kind"], detail["n"], detail["reason"]) for detail in details] == [
        ("xlsx", 8, "核对"),
        ("gift", 60, "Moodle"),
    ]
    template = client.get("/office/questions/import/template.xlsx")
    assert template.data.startswith(b"PK") and template.headers["Cache-Control"] == "no-store"


def test_the_command_line_goes_the_same_way(app: Flask, tmp_path: Path) -> None:
    def run(text: str, *more: str) -> Any:
        file = tmp_path / "题.txt"
        file.write_text(text, encoding="utf-8")
        given = ["import", str(file), "--topic", "traffic", "--difficulty", "1", *more]
        return app.test_cli_runner().invoke(quizzes, given)

    author = ("--author", "moderator@demo.invalid")
    dry = run(ONE, "--dry-run")
    assert (dry.exit_code, dry.output) == (0, "2 new, 0 changed, 0 same, 0 problems\n") and rows() == (0, 0)
    wrong = run(f"{ONE}\n丙？\nA、一\nB、二\n答案：C\n", *author)
    assert wrong.exit_code == 1 and "row 14, column 4: There is no option C." in wrong.output and rows() == (0, 0)
    done = run(ONE, *author, "--format", "aiken")
    assert done.exit_code == 0 and "Written: 2 new, 0 changed." in done.output and rows() == (2, 2)
    assert "0 new, 0 changed, 2 same" in run(ONE, *author).output
    for more in ((), ("--author", "resident@demo.invalid"), (*author, "--format", "doc")):
        assert run(ONE, *more).exit_code == 2
