"""The pages of the question desk: writing without any script, reviewing, approving several, never losing what was typed."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask

from citizen.core import clock
from citizen.core.database import transaction
from citizen.extensions import db
from citizen.quizzes.models import BankQuestion, QuestionVersion, VersionStatistics
from citizen.quizzes.queries.bank import question_of, versions_of
from citizen.quizzes.rules.questions import Kind
from citizen.quizzes.services import bank
from tests.client import PageClient
from tests.quizzes.making import some_content, words
from tests.quizzes.test_bank import handed_in, in_use, states, who, written

pytestmark = pytest.mark.usefixtures("people")
DESK = "/office/questions/"
WHOLE = {
    "kind": "single", "topic": "traffic", "difficulty": "2", "stem_hans": "绿灯亮时怎么走？", "stem_en": "How to cross?",
    "option_hans_0": "看清再走", "option_en_0": "Look, then go", "option_hans_1": "闭眼走", "option_en_1": "Blindly",
    "explanation_hans": "看清来车。", "explanation_en": "Look for cars.", "source_hans": "交通安全法", "source_en": "Law",
    "tags": "过街，红绿灯、过街", "valid_from": "2026-09-01", "valid_to": "",
}  # fmt: skip


@pytest.fixture
def desk(app: Flask) -> PageClient:
    return as_("moderator", app)


def as_(name: str, app: Flask) -> PageClient:
    app.test_client_class = PageClient
    client: PageClient = app.test_client().sign_in(f"{name}@demo.invalid")  # type: ignore[attr-defined]
    client.get("/account/?lang=en")
    return client


def fields(page: str) -> dict[str, Any]:
    """What a browser would send of the page's editor: hidden values, texts, marked boxes, chosen options."""
    form = re.findall(r'<form class="desk--edit".*?</form>', page, re.DOTALL)[0]
    found: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        values = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if values.get("type") in ("radio", "checkbox"):
            if " checked" in tag:
                found.setdefault(values["name"], []).append(values["value"])
        else:
            found[values["name"]] = unescape(values.get("value", ""))
    for name, text in re.findall(r'<textarea[^>]*name="(\w+)"[^>]*>\n(.*?)</textarea>', form, re.DOTALL):
        found[name] = unescape(text)
    for name, options in re.findall(r'<select[^>]*name="(\w+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'<option selected[^>]*value="([^"]*)"|value="([^"]*)" selected', options)
        first = re.search(r'value="([^"]*)"', options)
        found[name] = next(filter(None, chosen.groups() if chosen else []), first[1] if first else "")
    return found


def send(client: PageClient, path: str, values: dict[str, Any], act: str = "save") -> Any:
    return client.post(path, data={**values, "act": act}, headers={"Sec-Fetch-Site": "same-origin"})


def text_of(answer: Any) -> str:
    return unescape(str(answer.get_data(as_text=True)))


def only() -> QuestionVersion:
    db.session.rollback()
    return db.session.execute(db.select(QuestionVersion)).scalar_one()


def test_a_question_is_written_without_any_script(desk: PageClient) -> None:
    """Rows come and go, the type changes and changes back; everything typed stays, and ids stay with their words."""
    values = fields(text_of(desk.get(f"{DESK}new")))
    ids = [values[f"option_id_{n}"] for n in range(4)]
    assert len(set(ids)) == 4
    values |= WHOLE | {"option_hans_3": "跑着走", "option_en_3": "Running", "key": [ids[3]]}
    page = send(desk, f"{DESK}new", values, "remove-2")
    assert page.status_code == 200
    values = fields(text_of(page))
    assert [values.get(f"option_id_{n}") for n in range(4)] == [ids[0], ids[1], ids[3], None]
    assert (values["option_hans_2"], values["key"], values["tags"]) == ("跑着走", [ids[3]], WHOLE["tags"])
    for _row in range(5):
        values = fields(text_of(send(desk, f"{DESK}new", values, "add")))
    assert len({values[f"option_id_{n}"] for n in range(8)}) == 8
    assert 'value="add"' not in text_of(send(desk, f"{DESK}new", values, "add"))
    bare = fields(text_of(send(desk, f"{DESK}new", values | {"kind": "true_false"}, "kind")))
    assert (bare["option_hans_0"], bare.get("key")) == ("看清再走", None)
    many = fields(text_of(send(desk, f"{DESK}new", bare | {"kind": "multiple"}, "kind")))
    assert many["option_en_2"] == "Running" and db.session.execute(db.select(BankQuestion)).first() is None
    many["key"] = [ids[0], ids[3]]
    answer = send(desk, f"{DESK}new", many)
    assert answer.status_code == 303
    stored = only()
    assert [(option["id"], option["hans"]) for option in stored.options] == [
        (ids[0], "看清再走"),
        (ids[1], "闭眼走"),
        (ids[3], "跑着走"),
    ]
    assert (stored.kind, stored.key, stored.tags) == (Kind.MULTIPLE, sorted([ids[0], ids[3]]), ["过街", "红绿灯"])
    assert (stored.author_id, str(stored.valid_from), stored.options[0]["hant"]) == (who(), "2026-09-01", "看清再走")
    again = send(desk, f"{DESK}new", many)
    assert again.headers["Location"] == answer.headers["Location"] and only().id == stored.id


def test_a_draft_is_saved_and_handed_in_with_everything_that_is_lacking_named(desk: PageClient) -> None:
    values = fields(text_of(desk.get(f"{DESK}new"))) | WHOLE
    answer = send(desk, f"{DESK}new", values | {"option_en_1": ""}, "hand_in")
    page = text_of(answer)
    assert answer.status_code == 422 and db.session.execute(db.select(BankQuestion)).first() is None
    for anchor in ("option_en_1", "answers"):
        assert f'href="#{anchor}"' in page and f'id="{anchor}"' in page
    values = fields(page)
    assert (values["stem_hans"], values["option_hans_1"]) == (WHOLE["stem_hans"], "闭眼走")
    place = send(desk, f"{DESK}new", values).headers["Location"]
    page = text_of(desk.get(place))
    assert "2 things are lacking before the review" in page and 'href="#option_en_1"' in page
    assert "綠燈亮時怎麼走？" in page
    values = fields(page) | {"option_en_1": "Eyes shut", "key": [fields(page)["option_id_0"]]}
    assert send(desk, place, values, "hand_in").status_code == 303
    assert (only().state, only().version, only().number) == ("review", 3, 1)


@pytest.mark.parametrize(
    ("changes", "anchor"),
    [
        ({"stem_hans": ""}, "stem_hans"),
        ({"stem_hans": "长" * 501}, "stem_hans"),
        ({"option_hans_1": "长" * 201}, "option_hans_1"),
        ({"valid_to": "tomorrow"}, "valid_to"),
        ({"valid_from": "2026-09-02", "valid_to": "2026-09-01"}, "valid_to"),
        ({"topic": "nothing"}, "topic"),
        ({"difficulty": "９９"}, "difficulty"),
        ({"kind": "essay"}, "kind"),
        ({"tags": "、".join(f"标签{n}" for n in range(11))}, "tags"),
        ({"tags": "长" * 21}, "tags"),
    ],
)
def test_what_cannot_be_stored_is_said_at_its_field_and_kept(
    desk: PageClient, changes: dict[str, str], anchor: str
) -> None:
    answer = send(desk, f"{DESK}new", fields(text_of(desk.get(f"{DESK}new"))) | WHOLE | changes)
    page = text_of(answer)
    assert answer.status_code == 422 and f'href="#{anchor}"' in page and f'id="{anchor}-error"' in page
    kept = fields(page)
    assert all(kept[name] == value for name, value in changes.items() if name not in ("topic", "difficulty", "kind"))
    assert kept["explanation_en"] == WHOLE["explanation_en"]


def test_a_save_over_a_change_that_was_not_seen_shows_both_and_loses_nothing(app: Flask, desk: PageClient) -> None:
    version = written("Q001")
    path = f"{DESK}Q001/edit"
    mine = fields(text_of(desk.get(path))) | {"stem_hans": "我写的题目？", "explanation_en": "Mine & <b>"}
    assert send(desk, path, {**mine, "version": ""}).status_code == 422
    assert send(desk, path, {**mine, "version": "0-x"}).status_code == 422
    with transaction():
        bank.rewrite(version.id, some_content(stem=words("同事写的题目？")), seen=1, author_id=who("leader"))
    answer = send(desk, path, mine, "hand_in")
    page = text_of(answer)
    assert answer.status_code == 409 and "Somebody else changed this question meanwhile." in page
    assert "<del>同事</del>写的题目？" in page and "<ins>我</ins>写的题目？" in page
    kept = fields(page)
    assert {name: kept[name] for name in ("stem_hans", "explanation_en")} == {
        "stem_hans": "我写的题目？",
        "explanation_en": "Mine & <b>",
    }
    assert send(desk, path, kept).status_code == 303
    assert (only().stem_hans, only().author_id, only().version) == ("我写的题目？", who(), 3)
    # Handed in meanwhile: there is nothing to save into, and what was typed can still be copied.
    late = fields(text_of(desk.get(path))) | {"stem_en": "Too late"}
    assert send(desk, path, fields(text_of(desk.get(path))), "hand_in").status_code == 303
    answer = send(desk, path, late)
    assert answer.status_code == 409 and "Too late" in text_of(answer)
    assert 'value="save"' not in text_of(answer)
    assert send(desk, f"{DESK}{in_use('Q002') and 'Q002'}/edit", late).status_code == 404


def test_a_later_version_is_not_taken_for_the_one_that_was_looked_at(app: Flask, desk: PageClient) -> None:
    """Both counters stand at the same number, so a form about the old version must not hit the new one."""
    first = handed_in("Q001")
    page = text_of(as_("leader", app).get(f"{DESK}Q001/review"))
    mark = re.findall(r'name="version"[^>]*value="([^"]+)"', page)[0]
    assert mark == f"{first.id}-2"
    leader = as_("leader", app)
    token = leader.token(f"{DESK}Q001/review")
    assert (
        leader.post(f"{DESK}Q001/review", data={"csrf_token": token, "version": mark, "verdict": "approve"}).status_code
        == 303
    )
    with transaction():
        second = bank.next_version(first.question_id, author_id=who())
    with transaction():
        second.state, second.version = "review", 2
    answer = leader.post(f"{DESK}Q001/review", data={"csrf_token": token, "version": mark, "verdict": "approve"})
    assert answer.status_code == 409 and states(first.question_id) == ["review", "ready"]


def test_a_second_person_reviews_sees_what_changed_and_decides(app: Flask, desk: PageClient) -> None:
    first = in_use("Q001")
    desk.get(f"{DESK}Q001")
    assert desk.submit(f"{DESK}Q001/next", {"once": once(desk)}, page=f"{DESK}Q001").status_code == 303
    values = fields(text_of(desk.get(f"{DESK}Q001/edit")))
    assert [values[f"option_id_{n}"] for n in range(3)] == ["a", "b", "c"]
    send(desk, f"{DESK}Q001/edit", values | {"option_hans_1": "没有车才可以", "key": ["a"]}, "hand_in")
    page = text_of(desk.get(f"{DESK}Q001/review"))
    assert "Nobody reviews their own question" in page and 'value="approve"' not in page
    mark = re.findall(r'name="version"[^>]*value="([^"]+)"', page)[0]
    own = desk.submit(f"{DESK}Q001/review", {"version": mark, "verdict": "approve"}, page=f"{DESK}Q001/review")
    assert own.status_code == 409
    leader, path = as_("leader", app), f"{DESK}Q001/review"
    page = text_of(leader.get(path))
    assert "没有车<del>就</del>可以" in page and "没有车<ins>才</ins>可以" in page
    assert re.findall(r'<th scope="row">([^<]*)</th><td data-label="In use"', page) == ["Option B, Chinese"]
    for verdict, data, status in [
        ("back", {"note": "依据呢？", "version": ""}, 422),
        ("back", {"note": "", "version": mark}, 422),
        ("approve", {"note": "我的话", "version": f"{mark.split('-')[0]}-1"}, 409),
        ("back", {"note": "依据呢？", "version": mark}, 303),
        ("approve", {"note": "", "version": mark}, 409),
    ]:
        answer = leader.submit(path, {**data, "verdict": verdict}, page="/account/")
        assert answer.status_code == status, (verdict, data)
        if status == 409 and data["note"]:
            assert "我的话" in text_of(answer)
    page = text_of(desk.get(f"{DESK}Q001/edit"))
    assert "依据呢？" in page
    send(desk, f"{DESK}Q001/edit", fields(page), "hand_in")
    mark = re.findall(r'name="version"[^>]*value="([^"]+)"', text_of(leader.get(path)))[0]
    assert leader.submit(path, {"version": mark, "verdict": "approve"}).status_code == 303
    assert states(first.question_id) == ["ready", "retired"]
    assert "approved by" in text_of(desk.get(f"{DESK}Q001"))


def once(client: PageClient, path: str = f"{DESK}Q001") -> str:
    return re.findall(r'name="once" value="([^"]+)"', text_of(client.get(path)))[0]


def test_a_next_version_is_begun_once_for_each_form(desk: PageClient) -> None:
    version = in_use("Q001")
    key = once(desk)
    for status, sent in [(303, key), (303, key), (409, "f" * 32), (422, "")]:
        answer = desk.submit(f"{DESK}Q001/next", {"once": sent}, page="/account/")
        assert answer.status_code == status
    assert states(version.question_id) == ["draft", "ready"]


def test_a_question_is_retired_with_a_reason(desk: PageClient) -> None:
    version = in_use("Q001")
    path = f"{DESK}Q001/retire"
    mark = f"{version.id}-{version.version}"
    for data, status in [
        ({"reason": "过时了", "version": ""}, 422),
        ({"reason": " ", "version": mark}, 422),
        ({"reason": "过时了", "version": f"{version.id}-9"}, 409),
        ({"reason": "过时了", "version": mark}, 303),
        ({"reason": "再来一次", "version": mark}, 409),
    ]:
        answer = desk.submit(path, data, page="/account/")
        assert answer.status_code == status, data
        if status == 409:
            assert data["reason"] in text_of(answer)
    page = text_of(desk.get(f"{DESK}Q001"))
    assert "took version 1 out of use" in page and "过时了" in page and "Start a new version" in page
    assert desk.get(path).status_code == 303


def test_several_are_approved_from_the_list(app: Flask, desk: PageClient) -> None:
    versions = [handed_in(f"Q00{n}") for n in (1, 2, 3)]
    assert 'name="ticked"' not in text_of(desk.get(DESK))  # all are the viewer's own
    leader = as_("leader", app)
    marks = re.findall(r'name="ticked" value="([^"]+)"', text_of(leader.get(f"{DESK}?state=review")))
    assert len(marks) == 3
    stale = f"{versions[2].id}-1"
    sent = {"ticked": [marks[0], marks[1], stale]}
    answer = leader.submit(f"{DESK}review/approve?state=review", sent, page=DESK)
    assert answer.status_code == 303
    page = text_of(leader.get(answer.headers["Location"]))
    assert (page.count("Approved, in use now"), page.count("Changed meanwhile")) == (2, 1)
    for ticked, status in [([], 422), (["x"], 422), ([f"{n}-1" for n in range(1, 52)], 422), ([f"{10**6}-1"], 303)]:
        assert leader.submit(f"{DESK}review/approve", {"ticked": ticked}, page=DESK).status_code == status


@pytest.mark.parametrize(
    "query",
    ["q=%25_'%22%00", "topic=x&difficulty=%EF%BC%99&state=on&tag=%27&only=x&page=-1", "page=99999999999", "q=" + "%E5" * 80, "difficulty=1&difficulty=x&state=ready%00"],
)  # fmt: skip
def test_the_list_takes_any_address(desk: PageClient, query: str) -> None:
    written("Q001")
    desk.echoes = True
    assert desk.get(f"{DESK}?{query}").status_code == 200


def test_the_list_says_what_needs_a_look(desk: PageClient) -> None:
    today = clock.today()
    in_use("Q001", valid_to=today - timedelta(days=1), tags=("电动车",))
    odd = in_use("Q002", stem=words("别的题目？", "Another one?"))
    with transaction():
        db.session.add(
            VersionStatistics(
                version_id=odd.id,
                n=40,
                right=10,
                discrimination=-0.2,
                seconds=8.4,
                doubts=["negative"],
                chosen={"a": 10, "b": 29, "": 1},
                computed_at=clock.now(),
            )
        )
    page = text_of(desk.get(DESK))
    assert "no longer valid" in page and "doubtful" in page and "?tag=%E7%94%B5%E5%8A%A8%E8%BD%A6" in page
    page = text_of(desk.get(f"{DESK}?only=doubts"))
    assert "Another one?" in page and "Q001" not in page
    page = text_of(desk.get(f"{DESK}Q002"))
    assert [int(n) for n in re.findall(r'<td class="r num">(\d+)</td>', page)] == [10, 29, 0, 1]
    for words_ in ("−0.20", "left empty", "those who know more get it wrong more often"):
        assert words_ in page
    assert "No question found" in text_of(desk.get(f"{DESK}?q=nothing"))


def test_a_preview_is_what_a_taker_meets_in_each_language(desk: PageClient) -> None:
    written("Q001", kind=Kind.TRUE_FALSE, options=(), key=frozenset({"true"}), tags=())
    for tag, expected in [
        ("zh-Hant", "紅燈亮時可以過馬路嗎？"),
        ("en", "en 红灯亮时可以过马路吗？"),
        ("xx", "en 红灯"),
    ]:
        assert expected in text_of(desk.get(f"{DESK}Q001/preview?text={tag}"))
    assert desk.get(f"{DESK}Q001/preview?version=7").status_code == 404


@pytest.mark.parametrize("place", ["", "/edit", "/review", "/retire", "/preview"])
def test_what_is_not_there_is_not_found(desk: PageClient, place: str) -> None:
    assert desk.get(f"{DESK}none{place}").status_code == 404
    assert question_of("none") is None
    written("Q001")
    if place in ("/review", "/retire"):
        assert desk.get(f"{DESK}Q001{place}").headers["Location"] == f"{DESK}Q001"
    if not place:
        assert desk.get(f"{DESK}Q001?version=2").status_code == 404
        assert desk.get(f"{DESK}Q001?version=junk").status_code == 200


@pytest.mark.parametrize("name", ["resident", "unit", "coordinator"])
def test_others_are_kept_out(app: Flask, name: str) -> None:
    assert as_(name, app).get(DESK).status_code == 403
    assert versions_of(1) == []
