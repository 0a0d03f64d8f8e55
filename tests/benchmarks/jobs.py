"""What is measured: each job as a visitor does it, with the goal beside it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select

from citizen.accounts.models import Person
from citizen.boards.models import BoardEntry
from citizen.cases.models import Case
from citizen.core import clock
from citizen.core.database import transaction
from citizen.extensions import db
from citizen.quizzes.models import Attempt, AttemptItem, QuestionVersion, Quiz
from citizen.quizzes.rules.questions import TRUE
from citizen.quizzes.rules.quizzes import QuizKind, QuizState
from citizen.volunteers.models import Shift, Volunteer
from citizen.volunteers.rules.shifts import ShiftStatus
from tests.benchmarks.load import Answer, Ask, Connection, Flow, visits_needed
from tests.benchmarks.stage import PASSWORD, Stage

Steps = Generator[Ask, Answer, None]


@dataclass(frozen=True)
class Job:
    """``goal`` is in milliseconds, or in bare pages where ``bare`` is set; ``prepare`` is not measured."""

    name: str
    goal: float
    prepare: Callable[[Stage, int], Flow]
    bare: bool = False
    visits: int = 200


def page(path: str, *, who: str = "") -> Callable[[Stage, int], Flow]:
    """One page again and again, as a stranger or signed in."""

    def prepare(stage: Stage, _visits: int) -> Flow:
        cookie = signed_in(stage, who) if who else ""
        return lambda number: _one(Ask(path, headers=from_somewhere(number) | ({"Cookie": cookie} if cookie else {})))

    return prepare


def _one(ask: Ask) -> Steps:
    yield ask


def from_somewhere(number: int) -> dict[str, str]:
    """Everybody comes from an address of their own: how often one may ask is not measured here."""
    return {"X-Forwarded-For": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"}


def run(stage: Stage, steps: Steps) -> Answer:
    """Do something that is not measured; the last answer."""

    async def all_of_them() -> Answer:
        connection, answer = Connection(stage.url), None
        ask = next(steps, None)
        while ask is not None:
            answer = await connection.send(ask)
            try:
                ask = steps.send(answer)
            except StopIteration:
                ask = None
        connection.close()
        assert answer is not None
        return answer

    return asyncio.run(all_of_them())


def cookie_of(answer: Answer, before: str = "") -> str:
    """The visitor's cookie after an answer."""
    found = re.search(r"session=[^;]+", answer.headers.get("set-cookie", ""))
    return found[0] if found else before


def signed_in(stage: Stage, email: str) -> str:
    """The cookie of somebody signed in; asked for once."""
    if email not in stage.cookies:

        def steps() -> Steps:
            here = from_somewhere(hash(email) & 0xFFFFFF)
            form = yield Ask("/account/sign-in", headers=here)
            values = {"csrf_token": form.token, "name": email, "password": PASSWORD}
            answer = yield Ask("/account/sign-in", values, {**here, "Cookie": cookie_of(form)})
            assert answer.status == 303, (email, answer.status, answer.text[-500:])
            stage.cookies[email] = cookie_of(answer, cookie_of(form))

        run(stage, steps())
    return stage.cookies[email]


def submit_report(stage: Stage, visits: int) -> Flow:
    """The last of the four pages: what was prepared becomes a report."""
    ready: list[tuple[str, dict[str, str], dict[str, str]]] = []

    def prepare(number: int) -> Steps:
        headers = from_somewhere(number + 1)
        answer = yield Ask("/reports/new", headers=headers)
        headers = {**headers, "Cookie": cookie_of(answer)}
        answer = yield Ask("/reports/new", {"csrf_token": answer.token}, headers)
        key = re.search(r"/reports/new/([0-9a-f]{32})/", answer.headers["location"])
        assert key
        base = f"/reports/new/{key[1]}"
        typed = {
            "place": {"area": "A1", "landmark": f"巷口 {number}"},
            "what": {"group": "unsure", "words": f"路灯不亮 {number}"},
        }
        for name, values in typed.items():
            form = yield Ask(f"{base}/{name}", headers=headers)
            yield Ask(f"{base}/{name}", {"csrf_token": form.token, **values}, headers)
        form = yield Ask(f"{base}/check", headers=headers)
        ready.append((f"{base}/check", {"csrf_token": form.token}, headers))

    for number in range(visits_needed(visits)):
        run(stage, prepare(number))
    return lambda number: _one(Ask(*ready[number]))


def board_entry(stage: Stage, visits: int) -> Flow:
    """The page of an entry that is out."""
    with stage.app.app_context():
        number = db.session.execute(
            select(BoardEntry.number).where(BoardEntry.state == "published").limit(1)
        ).scalar_one()
    return page(f"/boards/entries/{number}")(stage, visits)


def case_page(stage: Stage, visits: int) -> Flow:
    """A case that waits for a decision, as the moderator sees it."""
    with stage.app.app_context():
        query = select(Case.number).where(Case.state == "submitted").order_by(Case.id.desc()).limit(1)
        number = db.session.execute(query).scalar_one()
    return page(f"/office/cases/{number}", who="moderator@demo.invalid")(stage, visits)


def book_shift(stage: Stage, visits: int) -> Flow:
    """The button on a shift's page, by a volunteer who may."""
    wanted = visits_needed(visits)
    with stage.app.app_context():
        known = db.session.execute(select(Person).where(Person.email == "volunteer@demo.invalid")).scalar_one()
        query = select(Shift).where(
            Shift.starts_at > clock.now() + timedelta(hours=2),
            Shift.starts_at < clock.now() + timedelta(days=7),
            Shift.status == ShiftStatus.OPEN,
            Shift.capacity > Shift.taken,
            Shift.draw_at.is_(None),
            Shift.team_id.is_(None),
        )
        shift_id = db.session.execute(query.order_by(Shift.starts_at.desc()).limit(1)).scalar_one().id
        with transaction() as session:
            session.get_one(Shift, shift_id).capacity = 10_000
            for number in range(wanted):
                person = Person(
                    name=f"b{number}",
                    email=f"b{number}@bench.invalid",
                    password_hash=known.password_hash,
                    created_at=clock.now(),
                )
                session.add(person)
                session.flush()
                born = date(1980, 1, 1)
                session.add(
                    Volunteer(
                        person_id=person.id,
                        name=person.name,
                        birth_day=born,
                        briefed_on=clock.today(),
                        insured_until=date(2099, 1, 1),
                        created_at=clock.now(),
                    )
                )
    address, ready = f"/volunteer/shifts/{shift_id}", []
    for number in range(wanted):
        headers = from_somewhere(number) | {"Cookie": signed_in(stage, f"b{number}@bench.invalid")}
        form = run(stage, _one(Ask(address, headers=headers)))
        key = re.search(r'name="key"[^>]*value="([^"]+)"', form.text)
        ready.append(Ask(f"{address}/book", {"csrf_token": form.token, "key": key[1] if key else ""}, headers))
    return lambda number: _one(ready[number])


def _quiz(stage: Stage) -> int:
    """A practice of ten questions out of the whole bank."""
    with stage.app.app_context(), transaction() as session:
        quiz = Quiz(
            kind=QuizKind.PRACTICE,
            state=QuizState.PUBLISHED,
            title_hans="十题",
            title_hant="十題",
            title_en="Ten questions",
            blueprint=[{"topic": None, "difficulty": None, "n": 10}],
            size=10,
            feedback="submit",
            created_at=clock.now(),
            changed_at=clock.now(),
        )
        session.add(quiz)
        session.flush()
        return int(quiz.id)


def quiz_of_ten(stage: Stage, visits: int) -> Flow:
    """Begin, ten answers, hand in: twelve requests. The visitor has the page and its token before the clock starts."""
    quiz_id, ready = _quiz(stage), []
    for number in range(visits_needed(visits)):
        headers = from_somewhere(number)
        form = run(stage, _one(Ask(f"/quizzes/{quiz_id}", headers=headers)))
        ready.append((form.token, {**headers, "Cookie": cookie_of(form)}))
    with stage.app.app_context():
        rows = db.session.execute(select(QuestionVersion.id, QuestionVersion.kind, QuestionVersion.options))
        some = {id_: options[0]["id"] if options else TRUE for id_, _kind, options in rows}

    def flow(number: int) -> Steps:
        token, headers = ready[number]
        answer = yield Ask(f"/quizzes/{quiz_id}/start", {"csrf_token": token}, headers)
        base = answer.headers["location"].rsplit("/", 1)[0]
        for position, version in enumerate(_drawn(stage, base.rsplit("/", 1)[1]), start=1):
            yield Ask(f"{base}/{position}", {"csrf_token": token, "choice": some[version], "go": "next"}, headers)
        yield Ask(f"{base}/hand-in", {"csrf_token": token}, headers)

    return flow


def _drawn(stage: Stage, token: str) -> list[int]:
    """The versions of an attempt in order; this process asks the database, which costs the server nothing."""
    with stage.app.app_context():
        query = select(AttemptItem.version_id).join(Attempt, Attempt.id == AttemptItem.attempt_id)
        found = db.session.execute(query.where(Attempt.token == token).order_by(AttemptItem.position)).scalars().all()
        db.session.remove()
        return list(found)


def quiz_with_pages(stage: Stage, _visits: int) -> Flow:
    """The same with every page between, as a browser fetches them: twenty-five requests."""
    quiz_id = _quiz(stage)

    def flow(number: int) -> Steps:
        headers = from_somewhere(number)
        answer = yield Ask(f"/quizzes/{quiz_id}", headers=headers)
        headers = {**headers, "Cookie": cookie_of(answer)}
        answer = yield Ask(f"/quizzes/{quiz_id}/start", {"csrf_token": answer.token}, headers)
        headers["Cookie"] = cookie_of(answer, headers["Cookie"])
        address = answer.headers["location"]
        for _question in range(10):
            form = yield Ask(address, headers=headers)
            chosen = re.search(r'name="choice"[^>]*value="([^"]+)"', form.text)
            assert chosen, form.text[-800:]
            values = {"csrf_token": form.token, "choice": chosen[1], "go": "next"}
            answer = yield Ask(address, values, headers)
            address = answer.headers["location"]
        form = yield Ask(address, headers=headers)
        answer = yield Ask(address.replace("/check", "/hand-in"), {"csrf_token": form.token}, headers)
        yield Ask(answer.headers["location"], headers=headers)

    return flow


MODERATOR = "moderator@demo.invalid"
JOBS = (
    Job("submit a report (POST)", 6, submit_report, visits=100),
    Job("public list, 30 entries", 1.2, page("/boards/"), bare=True),
    Job("public detail", 2, board_entry, bare=True),
    Job("staff queue, 2 filters and sort", 6, page("/office/queue?view=open&area=A1", who=MODERATOR)),
    Job("staff detail", 8, case_page),
    Job("text search", 10, page("/search?q=%E8%B7%AF%E7%81%AF")),
    Job("shift list", 4, page("/volunteer/")),
    Job("book a shift (POST)", 5, book_shift, visits=60),
    Job("start, ten answers, hand in", 40, quiz_of_ten, visits=40),
    Job("the same with all pages between", 100, quiz_with_pages, visits=30),
)
