"""One case's way through the machine of `citizen.cases.rules`, with the moment and the deadline of each step.

Every moment is in seconds since 1970. Steps are planned without looking at the demonstration's moment and
cut there, so
what is young is still open.
"""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass, field
from typing import Any

from citizen.cases.rules import ANSWER_WITHIN, SIGN_WITHIN_WORKING_MINUTES, Actor, CaseState
from citizen.demo.arrivals import HOUR
from citizen.demo.chance import pick, u
from citizen.demo.words import phrase
from citizen.demo.worktime import DAY, EAST
from citizen.demo.world import Kind, Spot, World

MINUTE = 60
S, A = CaseState, Actor
_OPEN_TO_TWINS = frozenset({S.SUBMITTED, S.ACCEPTED, S.DISPATCHED, S.IN_PROGRESS, S.TO_VERIFY})


@dataclass(slots=True, order=True)
class Step:
    """One thing that happened; ``due`` is when the clock that runs after it ends, None when none runs."""

    at: int
    order: int
    verb: str = field(compare=False)
    actor: Actor = field(compare=False)
    person: int | None = field(compare=False)
    source: str | None = field(compare=False)
    target: str | None = field(compare=False)
    due: int | None = field(compare=False)
    facts: dict[str, Any] = field(compare=False)


class Course:
    """Plans the steps of one case; each method leaves ``self.at`` at the moment of its last step."""

    def __init__(self, world: World, index: int, received: int, kind: Kind, spot: Spot) -> None:
        self.world, self.index, self.kind, self.spot = world, index, kind, spot
        self.received = self.at = received
        self.time = world.worktime
        self.state: CaseState = S.SUBMITTED
        self.steps: list[Step] = []
        self.rounds = 0
        self.limit = kind.limit_hours * HOUR
        self.unit = spot.area_unit if kind.unit == "township" else kind.unit
        self.moderator = pick(world.cast.moderators, "moderator", index)
        self.due: int | None = received + 30 * MINUTE if kind.emergency else self.time.next_day_end(received)
        self.deadline = 0
        self._step("submit", A.REPORTER, None, S.SUBMITTED)

    def chance(self, *keys: object) -> float:
        """A number in [0, 1) of this report's own."""
        return u(*keys, self.index)

    def until(self, now: int) -> list[Step]:
        """The steps up to ``now``."""
        return sorted(step for step in self.steps if step.at <= now)

    def open_at(self, moment: int) -> bool:
        """Whether a second report may be merged into this case then; it stays so for a quarter of an hour."""
        last = [step for step in self.steps if step.at <= moment - MINUTE]
        later = [step for step in self.steps if moment - MINUTE < step.at <= moment + 15 * MINUTE]
        return bool(last) and not later and last[-1].target in _OPEN_TO_TWINS and last[-1].verb != "submit"

    def met_twin(self, moment: int, twin: tuple[int, int], now: int) -> list[Step]:
        """The steps up to ``now``, with ``twin`` (index and arrival of a later report) merged in."""
        before = [step for step in self.steps if step.at <= moment][-1]
        facts = {"case": twin[0], "received": twin[1]}
        state, actor = before.target, (A.MODERATOR, pick(self.world.cast.moderators, "moderator", twin[0]))
        insort(self.steps, Step(moment, len(self.steps), "merged_in", *actor, state, state, before.due, facts))
        return self.until(now)

    def intake_at(self, index: int, received: int) -> int:
        """When somebody of the office looks at a report: within minutes by day, in the morning otherwise."""
        if self.kind.emergency:
            return received + int((3 + 20 * u("look", index)) * MINUTE)
        hour = (received + EAST) % DAY // HOUR
        delay = int((6 + 84 * u("look", index) ** 2) * MINUTE)
        if 8 <= hour < 20:
            return received + delay
        midnight = (received + EAST) // DAY * DAY - EAST
        return midnight + (0 if hour < 8 else DAY) + 8 * HOUR + 2 * delay

    def look(self) -> None:
        """Let the time pass until the office looks at it."""
        self.at = max(self.at + MINUTE, self.intake_at(self.index, self.at))

    def ask(self) -> None:
        """Ask the reporter; the clock rests with what is left on it."""
        left = 0
        if self.due and self.due > self.at:
            left = (self.due - self.at) // MINUTE if self.kind.emergency else self.time.between(self.at, self.due)
        self.due = None
        facts = {"words": phrase(self.world, "questions", self.index), "left": left}
        self._by_moderator("ask", S.NEED_INFO, **facts, answer_by=self.at + int(ANSWER_WITHIN.total_seconds()))

    def answer(self) -> None:
        """The reporter answers after some hours, and the clock goes on."""
        left = self.steps[-1].facts["left"] * MINUTE
        self.at += int((1 + 30 * self.chance("answer")) * HOUR)
        self.due = self.at + left if self.kind.emergency else self.time.add(self.at, left)
        self._step("answer", A.REPORTER, None, S.SUBMITTED, words=phrase(self.world, "answers", self.index))

    def give_up(self) -> None:
        """Nobody answered for five days."""
        self.at, self.due = self.steps[-1].facts["answer_by"] + 40, None
        self._step("give_up", A.SYSTEM, None, S.REJECTED, reason="no_reply")

    def reject(self) -> None:
        """Not accepted, with a reason of the county's list."""
        self.due = None
        self._by_moderator("reject", S.REJECTED, reason=pick(self.world.phrases["refusals"], "reason", self.index))

    def refer(self) -> None:
        """Taken over by a body outside the county's reach."""
        self.due = None
        body = phrase(self.world, "bodies", self.index)
        number = f"{1000 + int(self.chance('body number') * 9000)}"
        self._by_moderator("refer", S.REFERRED, body=body, number=number)

    def withdraw(self) -> None:
        """Taken back by its sender."""
        self.due = None
        reason = pick(("solved_itself", "sent_by_mistake", "no_reason_given"), "withdrawal", self.index)
        self._step("withdraw", A.REPORTER, None, S.WITHDRAWN, reason=reason)

    def merge(self, first: int) -> None:
        """Moved under the earlier case of the same problem."""
        self.at, due = self.intake_at(self.index, self.received), self.due
        self.due = None
        self._by_moderator(
            "merge",
            S.MERGED,
            into=first,
            due_at=due,
            reason=pick(("same_spot", "same_cause"), "why", self.index),
        )

    def accept(self) -> None:
        """Make it a case: the limit is frozen; an emergency is sent on within half an hour."""
        if self.kind.emergency and self.due is not None:
            self.due = min(self.due, self.at + 30 * MINUTE)
        self._by_moderator("accept", S.ACCEPTED)

    def dispatch(self, wait: int | None = None) -> None:
        """Send it to the unit that the rules name: the deadline is stored now."""
        self.at += int((1 + 7 * self.chance("dispatch")) * MINUTE) if wait is None else wait
        self.deadline = self.due = self.after(self.at, self.limit)
        signed = SIGN_WITHIN_WORKING_MINUTES * MINUTE
        sign_due = self.at + signed if self.kind.calendar_time else self.time.add(self.at, signed)
        facts = {"unit": self.unit, "deadline": self.deadline, "sign_due": min(sign_due, self.deadline)}
        rule = "area" if self.kind.unit == "township" else "category"
        self._by_moderator("dispatch", S.DISPATCHED, rule=rule, **facts)

    def after(self, start: int, seconds: float) -> int:
        """When ``seconds`` of the case's own clock have passed since ``start``."""
        return start + int(seconds) if self.kind.calendar_time else self.time.add(start, int(seconds))

    def sign(self, before: int) -> None:
        """The unit signs, in any case ``before`` then; one in seven lets the system do it."""
        dispatched, sign_due = self.at, self.steps[-1].facts["sign_due"]
        clerk = self.world.cast.clerks[self.unit]
        if self.chance("signs") < 0.15 and sign_due + 5 * MINUTE < before:
            self.at = sign_due + 30
            self._step("sign", A.SYSTEM, None, S.IN_PROGRESS, deemed=True, signed=sign_due)
            return
        own = self.after(dispatched, (4 + 100 * self.chance("signed")) * MINUTE)
        self.at = max(dispatched + MINUTE, min(own, sign_due - 20, dispatched + (before - dispatched) // 2))
        self._step("sign", A.CLERK, clerk, S.IN_PROGRESS, deemed=False, signed=self.at)

    def finish(self, at: int) -> None:
        """The unit hands in its result, and a verifier of another unit is drawn."""
        self.at = max(at, self.at + 2 * MINUTE)
        self.due = self.time.next_day_end(self.at)
        self.rounds += 1
        result = self._result()
        note = phrase(
            self.world,
            "notes",
            self.index,
            self.rounds,
            section=self.kind.group if result == "fixed" else result,
        )
        drawn = [pair for pair in self.world.cast.verifiers if pair[1] != self.unit]
        verifier = pick(drawn, "verifier", self.index, self.rounds)
        clerk = self.world.cast.clerks[self.unit]
        self._step("finish", A.CLERK, clerk, S.TO_VERIFY, resolution=result, words=note, verifier=verifier)

    def verified_at(self) -> int:
        """When the drawn verifier has looked: within the working day they have."""
        return max(
            self.at + 10 * MINUTE,
            self.time.add(self.at, int((25 + 370 * self.chance("verify", self.rounds)) * MINUTE)),
        )

    def close(self) -> None:
        """The verifier finds it true."""
        verifier, result = self.steps[-1].facts["verifier"], self.steps[-1].facts["resolution"]
        self.at, self.due = self.verified_at(), None
        self._step("close", A.VERIFIER, verifier[0], S.CLOSED, resolution=result)

    def rework(self) -> None:
        """The verifier sends it back: the later of what was left and half the limit."""
        verifier = self.steps[-1].facts["verifier"]
        self.at = self.verified_at()
        old, self.deadline = self.deadline, max(self.at, self.deadline, self.after(self.at, self.limit / 2))
        self.due = self.deadline
        why = phrase(self.world, "failures", self.index)
        self._step("rework", A.VERIFIER, verifier[0], S.IN_PROGRESS, old=old, deadline=self.deadline, words=why)

    def confirm(self) -> None:
        """The reporter says that it is repaired."""
        after = self.at + int((2 + 40 * self.chance("confirms")) * HOUR)
        self._note("confirm", A.REPORTER, None, at=after)

    def appeal(self, kind: str) -> None:
        """The reporter does not agree after some hours, and the leader has one working day."""
        self.appeal_at(kind, self.at + int((3 + 60 * self.chance("appeals")) * HOUR))

    def appeal_at(self, kind: str, at: int) -> None:
        """The reporter does not agree at ``at``."""
        self.at = at
        words = phrase(self.world, "appeals", self.index, section=kind)
        self._note("appeal", A.REPORTER, None, kind=kind, words=words, appeal_due=self.time.next_day_end(self.at))
        self.at = self.time.add(self.at, int((30 + 300 * self.chance("decides")) * MINUTE)) + 30

    def decide(self, kind: str) -> bool:
        """The leader decides the objection; returns whether it is upheld."""
        leader = pick(self.world.cast.leaders, "leader", self.index)
        if self.chance("upheld") >= 0.4:
            self._note("appeal_rejected", A.LEADER, leader, kind=kind, words=phrase(self.world, "kept", self.index))
            return False
        words = phrase(self.world, "upheld", self.index)
        if kind == "refusal":
            self.due = self.time.next_day_end(self.at)
            self._step("revive", A.LEADER, leader, S.SUBMITTED, words=words)
        else:
            old, self.deadline = self.deadline, self.after(self.at, self.limit / 2)
            self.due = self.deadline
            self._step("reopen", A.LEADER, leader, S.IN_PROGRESS, old=old, deadline=self.deadline, words=words)
        return True

    def _result(self) -> str:
        chance = self.chance("result")
        for share, result in (
            (0.89, "fixed"),
            (0.92, "self_resolved"),
            (0.96, "not_found"),
            (0.99, "cannot_fix"),
        ):
            if chance < share:
                return result
        return "educated"

    def _by_moderator(self, verb: str, target: CaseState, **facts: Any) -> None:
        self._step(verb, A.MODERATOR, self.moderator, target, **facts)

    def _step(self, verb: str, actor: Actor, person: int | None, target: CaseState, **facts: Any) -> None:
        source = self.state.value if self.steps else None
        row = Step(self.at, len(self.steps), verb, actor, person, source, target.value, self.due, facts)
        self.steps.append(row)
        self.state = target

    def _note(self, verb: str, actor: Actor, person: int | None, *, at: int | None = None, **facts: Any) -> None:
        state = self.state.value
        self.steps.append(Step(at or self.at, len(self.steps), verb, actor, person, state, state, self.due, facts))
