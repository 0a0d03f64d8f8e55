"""Who learns: the demonstration's volunteers and its two residents, most of them under a nickname."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from citizen.accounts.models import Person
from citizen.demo.chance import u
from citizen.departments.queries import directory
from citizen.extensions import db
from citizen.quizzes.models import Learner

#: Nicknames are put together of these, so that none is anybody's name.
FIRST = ("早起的", "爱走路的", "东门的", "养花的", "骑车的", "漪河边的", "下棋的", "爱读报的", "种菜的", "看书的")
SECOND = ("老邻居", "燕子", "小满", "青竹", "阿橘", "白鹭", "石榴", "栗子", "云朵", "松果")
MOST = 80


@dataclass(frozen=True, slots=True)
class Somebody:
    """One who takes quizzes: ``skill`` is 0 to 1."""

    person_id: int | None
    area_code: str | None
    skill: float


def add_learners(now: datetime) -> list[Somebody]:
    """The people with accounts who take quizzes; three in four of them appear on boards, one in ten of these is hidden."""
    areas = list(directory().areas)
    known = db.session.execute(db.select(Person).where(~Person.grants.any()).order_by(Person.id).limit(MOST)).scalars()
    found = []
    for number, person in enumerate(known):
        area = areas[int(u("learner", number, "area") * len(areas))]
        found.append(Somebody(person.id, area, 0.35 + 0.6 * u("learner", number, "skill")))
        if u("learner", number, "board") < 0.75:
            nickname = FIRST[number % 10] + SECOND[number // 10 % 10]
            hidden = u("learner", number, "hidden") < 0.1
            row = Learner(person_id=person.id, nickname=nickname, hidden=hidden, area_code=area, changed_at=now)
            db.session.add(row)
    db.session.flush()
    return found
