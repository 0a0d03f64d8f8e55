"""How a case goes: by county.md's shares for most, and set scenes for the newest, so that every desk
has work."""

from __future__ import annotations

from collections.abc import Sequence

from citizen.demo.arrivals import HOUR
from citizen.demo.chance import u
from citizen.demo.course import MINUTE, Course
from citizen.demo.world import Kind, Sample

#: Shares of county.md, section 6.
DECLINED, REWORK, APPEAL = 0.08, 0.06, 0.015
ASKED, GIVEN_UP, REFERRED, WITHDRAWN = 0.05, 0.12, 0.005, 0.005
CONFIRMED = 0.15
#: The scenes are set for a load of this size; in a larger one they lie as much further apart.
USUAL = 1_200

#: Place from the end → scene.
SCENES = {
    **dict.fromkeys(range(14), "new"),
    **dict.fromkeys(range(14, 18), "ask"),
    **dict.fromkeys(range(18, 22), "accept"),
    **dict.fromkeys(range(22, 28), "dispatch"),
    **dict.fromkeys(range(60, 76), "hand_in"),
    **dict.fromkeys((80, 88, 96), "object"),
    **dict.fromkeys((110, 116, 122, 128), "dispute"),
    **dict.fromkeys(range(300, 500, 20), "neglect"),
}


def place_from_end(index: int, total: int) -> int | None:
    """Which of the newest reports this is (0 the newest), on the scale of a usual load; None in between."""
    stride = max(1, total // USUAL)
    back = total - 1 - index
    return back // stride if back % stride == 0 else None


def scene_of(place: int | None) -> str:
    """The scene that is set there, or nothing."""
    return SCENES.get(place, "") if place is not None else ""


def in_order(samples: Sequence[Sample], kinds: dict[str, Kind]) -> list[Sample]:
    """The written reports, newest first: two emergencies, then by lot without a third among the
    untouched ones."""
    usable = sorted((sample for sample in samples if sample.kind in kinds), key=lambda sample: u("sample", sample.key))
    urgent = [sample for sample in usable if kinds[sample.kind].emergency]
    rest = [sample for sample in usable if not kinds[sample.kind].emergency]
    return [*urgent[:2], *rest[:26], *urgent[2:], *rest[26:]]


def play(course: Course, scene: str) -> None:
    """Plan the whole case."""
    now = course.world.now
    if scene == "new":
        return
    if scene in ("ask", "accept", "dispatch"):
        _take_in(course, now, scene)
    elif scene == "hand_in":
        _hand_in(course, now)
    elif scene == "neglect":
        _start(course)
        course.sign(before=course.deadline)
    elif scene == "object":
        course.look()
        course.reject()
        _disagree(course, now, "refusal")
    elif scene == "dispute":
        _dispute(course, now)
    else:
        _usual(course)


def _take_in(course: Course, now: int, scene: str) -> None:
    """A moderator has just dealt with it: asked its sender, accepted it, or handed it to a unit as well."""
    if scene == "ask":
        course.at = _lately(course, now, "ask")
        course.ask()
        return
    course.at = _lately(course, now, "accept")
    if scene == "dispatch":
        course.at -= MINUTE
    course.accept()
    if scene == "dispatch":
        course.dispatch(wait=2 * MINUTE)


def _lately(course: Course, now: int, what: str) -> int:
    """Some minutes ago, but after the report came."""
    return max(course.received + 3 * MINUTE, now - int((6 + 46 * course.chance(what)) * MINUTE))


def _hand_in(course: Course, now: int) -> None:
    _start(course)
    finish = max(now - int((8 + 160 * course.chance("finish")) * MINUTE), course.at + HOUR)
    course.sign(before=finish)
    course.finish(finish)


def _dispute(course: Course, now: int) -> None:
    """Its reporter denies that it was repaired."""
    _start(course)
    finish = course.after(course.at, course.limit * 0.2)
    course.sign(before=finish)
    course.finish(finish)
    course.close()
    _disagree(course, now, "fix")


def _disagree(course: Course, now: int, kind: str) -> None:
    """The reporter objected a few hours ago; nobody has decided yet."""
    course.appeal_at(kind, max(course.at + HOUR, now - int((1 + 12 * course.chance("objects")) * HOUR)))


def _start(course: Course) -> None:
    course.look()
    course.accept()
    course.dispatch()


def _usual(course: Course) -> None:
    course.look()
    outcome = course.chance("outcome")
    if outcome < DECLINED:
        _decline(course)
        return
    if outcome < DECLINED + REFERRED:
        course.refer()
        return
    if course.chance("ask") < ASKED:
        course.ask()
        course.answer()
        course.look()
    course.accept()
    if outcome < DECLINED + REFERRED + WITHDRAWN:
        course.at += 5 * MINUTE
        course.withdraw()
        return
    course.dispatch()
    _repair(course)


def _decline(course: Course) -> None:
    if course.chance("silent") < GIVEN_UP:
        course.ask()
        course.give_up()
        return
    course.reject()
    if course.chance("appeal") < 3 * APPEAL:
        course.appeal("refusal")
        if course.decide("refusal"):
            course.look()
            course.accept()
            course.dispatch()
            _repair(course)


def _repair(course: Course) -> None:
    """County.md: handled at limit × (0.2 + 1.3 u²), so about 78 % are on time."""
    finish = course.after(course.at, course.limit * (0.2 + 1.3 * course.chance("handled") ** 2))
    course.sign(before=finish)
    course.finish(finish)
    if course.chance("rework") < REWORK:
        course.rework()
        course.finish(course.after(course.at, course.limit * (0.15 + 0.3 * course.chance("again"))))
    course.close()
    if course.chance("appeal") < APPEAL * 1.2:
        course.appeal("fix")
        if course.decide("fix"):
            course.finish(course.after(course.at, course.limit * 0.3))
            course.close()
    elif course.chance("confirm") < CONFIRMED:
        course.confirm()
