"""A round in a hall: its machine, its codes, which answers count, and what becomes of it."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import time_machine
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from citizen.core import clock
from citizen.core.audit import Event
from citizen.core.database import transaction
from citizen.core.errors import Conflict, InvalidInput, NotFound
from citizen.extensions import db
from citizen.quizzes.jobs.live import delete_rounds, end_rounds
from citizen.quizzes.models import BankQuestion, LiveAnswer, LiveItem, LiveRound, QuestionVersion
from citizen.quizzes.queries import live as queries
from citizen.quizzes.queries.live import asked, standing_of, told
from citizen.quizzes.rules import live as rules
from citizen.quizzes.rules.live import LiveState, Place, Verb
from citizen.quizzes.rules.questions import Kind, VersionState
from citizen.quizzes.rules.quizzes import Part
from citizen.quizzes.services import live
from citizen.quizzes.services.live import Draft, Given
from tests import county
from tests.quizzes.making import bank

NOON = datetime(2026, 9, 3, 4, 0, tzinfo=UTC)


# ---- the rules ----


class Model:
    """What a round is, written down the slow way: the questions that are over, the one that is open."""

    def __init__(self, size: int) -> None:
        self.todo, self.open, self.over, self.ended = list(range(1, size + 1)), 0, [0] * 0, False

    def can(self, verb: Verb) -> bool:
        begun = bool(self.over) or self.open > 0
        return (
            not self.ended
            and {
                Verb.ASK: not begun,
                Verb.CLOSE: self.open > 0,
                Verb.NEXT: begun and not self.open and bool(self.todo),
                Verb.END: True,
            }[verb]
        )

    def do(self, verb: Verb) -> None:
        if verb in (Verb.ASK, Verb.NEXT):
            self.open = self.todo.pop(0)
        else:
            self.over += [self.open] if self.open else []
            self.open, self.ended = 0, verb is Verb.END

    def keys(self) -> set[int]:
        """Questions whose key may be told."""
        return set(self.over)


@settings(max_examples=300, deadline=None)
@given(size=st.integers(1, 4), verbs=st.lists(st.sampled_from(Verb), max_size=14))
def test_every_history_agrees_with_the_model(size: int, verbs: list[Verb]) -> None:
    place, model = Place(LiveState.WAITING, 0, size), Model(size)
    for verb in verbs:
        if model.can(verb):
            place = rules.step(verb, place)
            model.do(verb)
        else:
            with pytest.raises(Conflict):
                rules.step(verb, place)
        assert (place.state is LiveState.ENDED) == model.ended
        assert (place.state is LiveState.ASKING) == (model.open > 0)
        assert {n for n in range(1, size + 1) if rules.is_closed(n, place=place)} == model.keys()
        assert rules.takes_answers(place.state, None, arrived=NOON) == (model.open > 0)
        assert not model.open or place.position == model.open
        main = rules.main_verb(place)
        assert main is None if model.ended else main is not None and model.can(main)


def test_the_hosts_key_leads_through_all_questions_to_the_end() -> None:
    place, verbs = Place(LiveState.WAITING, 0, 2), []
    while verb := rules.main_verb(place):
        verbs.append(verb.value)
        place = rules.step(verb, place)
    assert verbs == ["ask", "close", "next", "close", "end"]


@pytest.mark.parametrize(
    ("state", "seconds", "late", "counts"),
    [
        (LiveState.ASKING, None, 9_999, True),
        (LiveState.ASKING, 20, 20, True),
        (LiveState.ASKING, 20, 23, True),
        (LiveState.ASKING, 20, 23.001, False),
        (LiveState.SHOWN, 20, 1, False),
        (LiveState.WAITING, None, 1, False),
        (LiveState.ENDED, None, 1, False),
    ],
)
def test_which_answers_are_in_time(state: LiveState, seconds: int | None, late: float, counts: bool) -> None:
    assert rules.takes_answers(state, rules.until(NOON, seconds), arrived=NOON + timedelta(seconds=late)) is counts


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("482913", "482913"),
        (" 482 913 ", "482913"),
        ("４８２　９１３", "482913"),
        ("482-913", "482913"),
        ("４８２－９１３", "482913"),
        ("012345", "012345"),
        ("48291", None),
        ("4829131", None),
        ("48291a", None),
        ("٤٨٢٩١٣", None),
        ("", None),
        (None, None),
        ("4" * 10_000, None),
    ],
)
def test_codes_as_people_type_them(typed: object, code: str | None) -> None:
    assert rules.typed_code(typed) == code


def test_a_tally_counts_phones_and_shares_round_halves_up() -> None:
    found = rules.tally([(["a"], 3, True), (["a", "b"], 1, False), ([], 5, False)], offered=["a", "b", "c"])
    assert (found.phones, dict(found.chosen), found.right) == (4, {"a": 4, "b": 1, "c": 0}, 3)
    assert rules.tally([(["a"], 2, None)], offered=["a"]).right is None
    assert [rules.share(n, 8) for n in (0, 1, 4, 8)] == [0, 13, 50, 100]
    assert rules.share(0, 0) == 0


# ---- rounds in the database ----


def opened(*, kinds: tuple[Kind, ...] = (Kind.SINGLE, Kind.MULTIPLE), seconds: int | None = None) -> LiveRound:
    """A waiting round over fresh questions of these kinds."""
    versions = [bank(1, kind=kind)[0] for kind in kinds]
    codes = tuple(db.session.get_one(BankQuestion, version.question_id).code for version in versions)
    with transaction():
        return live.open_round(Draft("道德讲堂", seconds, codes), by=county.people()["moderator"].id)


def moved(round_: LiveRound, *verbs: Verb) -> LiveRound:
    """The round after these steps, each seen freshly."""
    for verb in verbs:
        with transaction():
            assert live.step(round_.id, verb, seen=round_.version, by=county.people()["moderator"].id)
    return round_


def send(round_: LiveRound, phone: str, position: int, *chosen: str, at: datetime | None = None) -> None:
    """What a phone sends."""
    now = queries.standing(round_.code, fresh=True)
    assert now is not None
    with transaction():
        live.answer(now, phone, given=Given(position, chosen, at or clock.now()))


def key(round_: LiveRound, position: int) -> list[str]:
    """What is right."""
    question = asked(round_, position)
    assert question is not None
    return list(db.session.get_one(QuestionVersion, question.version_id).key)


def others(round_: LiveRound, position: int) -> list[str]:
    """What is offered and wrong."""
    question = asked(round_, position)
    assert question is not None
    return [id_ for id_ in question.order if id_ not in key(round_, position)]


@pytest.mark.both_databases
@pytest.mark.usefixtures("people")
def test_the_last_answer_before_closing_counts_once() -> None:
    round_ = moved(opened(), Verb.ASK)
    right, wrong = key(round_, 1)[0], others(round_, 1)[0]
    for phone, answers in {"a": [right], "b": [wrong, right], "c": [right, wrong]}.items():
        for chosen in answers:
            send(round_, phone, 1, chosen)
    send(round_, "b", 1, wrong, at=clock.now() - timedelta(seconds=5))  # overtaken on its way: the later one stays
    moved(round_, Verb.CLOSE)
    with pytest.raises(Conflict):
        send(round_, "d", 1, right)
    question = asked(round_, 1)
    assert question is not None
    found = told(standing_of(round_), question)
    assert (found.tally.phones, found.tally.right) == (3, 2)
    assert Counter({id_: n for id_, n in found.tally.chosen.items() if n}) == {right: 2, wrong: 1}
    assert queries.own_score(standing_of(round_), phone="c") == (0, 1)
    moved(round_, Verb.NEXT)
    send(round_, "a", 2, *key(round_, 2))
    send(round_, "b", 2, key(round_, 2)[0])
    moved(round_, Verb.CLOSE, Verb.END)
    assert [tally.right for _question, tally in queries.results(standing_of(round_))] == [2, 1]
    assert queries.took_part(round_.id) == 3
    assert queries.own_score(standing_of(round_), phone="a") == (2, 2)


@pytest.mark.both_databases
@pytest.mark.usefixtures("people")
def test_a_standing_that_is_a_moment_old_lets_no_answer_through() -> None:
    round_ = moved(opened(), Verb.ASK)
    before = queries.standing(round_.code, fresh=True)
    assert before is not None
    moved(round_, Verb.CLOSE)
    with pytest.raises(Conflict), transaction():
        live.answer(before, "a", given=Given(1, key(round_, 1), clock.now()))
    assert db.session.execute(db.select(LiveAnswer.id)).first() is None


@pytest.mark.usefixtures("people")
def test_answers_are_for_the_open_question_and_of_its_options() -> None:
    round_ = opened(kinds=(Kind.SINGLE, Kind.TRUE_FALSE))
    with pytest.raises(Conflict):
        send(round_, "a", 1, key(round_, 1)[0])
    moved(round_, Verb.ASK)
    for chosen in ([], ["zzzzz"], [key(round_, 1)[0], others(round_, 1)[0]]):
        with pytest.raises(InvalidInput):
            send(round_, "a", 1, *chosen)
    with pytest.raises(Conflict):
        send(round_, "a", 2, "true")
    with pytest.raises(NotFound):
        send(round_, "a", 3, "true")


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(("late", "counts"), [(22, True), (24, False)])
def test_the_servers_clock_ends_the_time(late: float, counts: bool) -> None:
    with time_machine.travel(NOON, tick=False) as traveller:
        round_ = moved(opened(seconds=20), Verb.ASK)
        traveller.shift(late)
        if counts:
            send(round_, "a", 1, key(round_, 1)[0])
        else:
            with pytest.raises(Conflict):
                send(round_, "a", 1, key(round_, 1)[0])


@pytest.mark.both_databases
def test_a_second_click_changes_nothing(people: dict[str, Any]) -> None:
    round_ = opened()
    seen, by = round_.version, people["moderator"].id
    results = []
    for _click in range(2):
        with transaction():
            results.append(live.step(round_.id, Verb.ASK, seen=seen, by=by))
    assert results == [True, False]
    assert (round_.position, round_.state) == (1, LiveState.ASKING)
    with pytest.raises(Conflict), transaction():
        live.step(round_.id, Verb.NEXT, seen=round_.version, by=by)
    with pytest.raises(NotFound), transaction():
        live.step(987654, Verb.ASK, seen=1, by=by)


@pytest.mark.usefixtures("people")
def test_only_opening_and_ending_are_recorded() -> None:
    round_ = moved(opened(), Verb.ASK, Verb.CLOSE, Verb.NEXT, Verb.CLOSE, Verb.END)
    rows = db.session.execute(db.select(Event.action).where(Event.subject == "round", Event.subject_id == round_.id))
    assert list(rows.scalars()) == ["round.open", "round.end"]


@pytest.mark.usefixtures("people")
def test_codes_are_random_and_belong_to_one_round() -> None:
    rounds = [opened(kinds=(Kind.SINGLE,)) for _number in range(12)]
    codes = [int(round_.code) for round_ in rounds]
    assert len(set(codes)) == 12 and all(len(round_.code) == 6 for round_ in rounds)
    steps = {abs(second - first) for first, second in pairwise(codes)}
    assert max(steps) > 100 and len(steps) > 5
    assert all(not queries.code_is_free(round_.code, clock.now()) for round_ in rounds)


@pytest.mark.both_databases
def test_two_open_rounds_never_share_a_code(people: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    taken = opened()
    monkeypatch.setattr(live, "_free_code", lambda _now: taken.code)  # two hosts that looked at the same moment
    with pytest.raises(Conflict):
        opened()
    moved(taken, Verb.END)
    assert opened().code == taken.code


@pytest.mark.usefixtures("people")
def test_phones_find_the_end_under_their_code_for_a_while() -> None:
    round_ = moved(opened(), Verb.END)
    now = queries.standing(round_.code, fresh=True)
    assert now is not None and now.place.state is LiveState.ENDED
    with time_machine.travel(clock.now() + rules.AFTERWARDS + timedelta(minutes=1)):
        assert queries.standing(round_.code, fresh=True) is None
        assert queries.code_is_free(round_.code, clock.now())


@pytest.mark.usefixtures("people")
def test_questions_are_drawn_or_named() -> None:
    with transaction():
        by = county.people()["moderator"].id
    versions = bank(4, kind=Kind.SINGLE, topic="pets")
    retired = bank(1, state=VersionState.RETIRED)[0]
    names = {v.id: db.session.get_one(BankQuestion, v.question_id).code for v in [*versions, retired]}
    with transaction():
        drawn = live.open_round(Draft("一", None, parts=(Part("pets", None, 3),)), by=by)
        named = live.open_round(Draft("二", None, (names[versions[2].id], names[versions[0].id])), by=by)
    items = db.select(LiveItem.version_id).order_by(LiveItem.position)
    assert len(set(db.session.execute(items.where(LiveItem.round_id == drawn.id)).scalars())) == 3
    assert list(db.session.execute(items.where(LiveItem.round_id == named.id)).scalars()) == [
        versions[2].id,
        versions[0].id,
    ]
    for draft in (
        Draft("三", None, parts=(Part("pets", None, 5),)),
        Draft("四", None, (names[retired.id],)),
        Draft("五", None, ("NOSUCH",)),
        Draft("六", 3, parts=(Part("pets", None, 1),)),
        Draft("七", None),
    ):
        with pytest.raises(InvalidInput), transaction():
            live.open_round(draft, by=by)


@pytest.mark.both_databases
@pytest.mark.usefixtures("people")
def test_rounds_end_and_go_by_themselves(app: Flask) -> None:
    round_ = moved(opened(), Verb.ASK)
    send(round_, "a", 1, key(round_, 1)[0])
    kept = opened()
    ended = db.select(LiveRound.id).where(LiveRound.state == LiveState.ENDED)
    with time_machine.travel(clock.now() + rules.LIFE - timedelta(minutes=5)):
        end_rounds({})
        assert list(db.session.execute(ended).scalars()) == []
    with time_machine.travel(clock.now() + rules.LIFE + timedelta(minutes=5)):
        end_rounds({})
        end_rounds({})
        assert set(db.session.execute(ended).scalars()) == {round_.id, kept.id}
    ends = db.select(Event.actor_role).where(Event.action == "round.end", Event.subject_id == round_.id)
    assert list(db.session.execute(ends).scalars()) == ["system"]
    with time_machine.travel(clock.now() + rules.KEEP - timedelta(days=1)):
        delete_rounds({})
        assert db.session.execute(db.select(db.func.count()).select_from(LiveAnswer)).scalar() == 1
    with time_machine.travel(clock.now() + rules.KEEP + timedelta(days=1)):
        delete_rounds({})
    for model in (LiveRound, LiveItem, LiveAnswer):
        assert db.session.execute(db.select(db.func.count()).select_from(model)).scalar() == 0


@pytest.mark.usefixtures("people")
def test_nothing_reads_the_key_of_an_open_question() -> None:
    round_ = moved(opened(), Verb.ASK)
    question = asked(round_, 1)
    assert question is not None
    with pytest.raises(RuntimeError):
        told(standing_of(round_), question)
    assert queries.results(standing_of(round_)) == []


@pytest.mark.both_databases
@pytest.mark.usefixtures("people")
def test_what_the_hall_is_told_is_never_changed_by_an_answer_on_its_way(app: Flask) -> None:
    round_ = moved(opened(), Verb.ASK)
    question, now = asked(round_, 1), queries.standing(round_.code, fresh=True)
    assert question is not None and now is not None
    version, by, order = round_.version, round_.host_id, list(question.order)

    def one(number: int) -> bool:
        with app.app_context():
            try:
                with transaction():
                    live.answer(now, f"p{number}", given=Given(1, [order[number % 4]], clock.now()))
                    time.sleep(0.003)  # what a slower disk does: the host's closing falls into it
            except Conflict:
                return False
            return True

    with ThreadPoolExecutor(6) as pool:
        sending = [pool.submit(one, number) for number in range(60)]
        with app.app_context():
            while sum(task.done() for task in sending) < 15:
                time.sleep(0.001)
            with transaction():
                assert live.step(round_.id, Verb.CLOSE, seen=version, by=by)
            at_closing = told(standing_of(db.session.get_one(LiveRound, round_.id)), question).tally
        accepted = sum(task.result() for task in sending)
    db.session.rollback()
    assert told(standing_of(db.session.get_one(LiveRound, round_.id)), question).tally == at_closing
    assert 15 <= at_closing.phones == accepted < 60
