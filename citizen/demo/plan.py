"""What the demonstration's county did: for each report the dated steps of its case. Pure and the same
every time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate

from citizen.demo import scenes
from citizen.demo.arrivals import arrivals
from citizen.demo.chance import pick, pick_weighted, u
from citizen.demo.course import Course, Step
from citizen.demo.words import report_words
from citizen.demo.world import Kind, Sample, Spot, World

#: County.md, section 6: how often a category is reported.
WEIGHTS = {"emergency": 1, "urgent": 2, "normal": 6, "planned": 2}
#: Of the accepted reports, how many meet a second one of the same problem: about four in a hundred of all.
TWINS = 0.055
#: A second report comes among the next so many.
LOOK_AHEAD = 12
#: Among so many of the newest, most reports have a picture.
PICTURED = 150
#: Every so-manieth report is sent by the demonstration's resident.
RESIDENT_EVERY = 67


@dataclass(slots=True)
class Story:
    """One report and what became of it until the demonstration's moment."""

    index: int
    received: int
    kind: Kind
    spot: Spot
    words: str
    language: str
    by_resident: bool
    scene: str
    steps: list[Step] = field(default_factory=list)
    #: Index of the earlier report of the same problem.
    twin_of: int | None = None
    #: Whether its sender took a picture of the place.
    pictured: bool = False
    #: How many reports came after it.
    younger: int = 0


def stories(world: World, total: int) -> Iterator[Story]:
    """The plan for ``total`` reports, in the order in which they came; memory does not grow with
    ``total``."""
    planner = _Planner(world, total)
    coming: deque[tuple[int, int]] = deque()
    for numbered in enumerate(arrivals(total, world.now)):
        coming.append(numbered)
        if len(coming) > LOOK_AHEAD:
            yield planner.tell(*coming.popleft(), coming)
    while coming:
        yield planner.tell(*coming.popleft(), coming)


class _Planner:
    def __init__(self, world: World, total: int) -> None:
        self.world, self.total = world, total
        self.kinds = list(world.kinds.values())
        self.sums = list(accumulate(WEIGHTS[kind.urgency] for kind in self.kinds))
        #: What is fit to be shown while its unit is late, and has a picture.
        self.visible = [
            kind
            for kind in self.kinds
            if kind.exposure_mode in ("place", "facility") and not kind.emergency and kind.limit_hours <= 40
            if world.drawings_of(kind)[0]
        ]
        self.samples = scenes.in_order(world.samples, world.kinds)
        #: Index of a report still to come → the one it repeats.
        self.twins: dict[int, Story] = {}

    def tell(self, index: int, received: int, coming: deque[tuple[int, int]]) -> Story:
        story = self._begin(index, received)
        course = Course(self.world, index, received, story.kind, story.spot)
        first = self.twins.pop(index, None)
        if first is None:
            scenes.play(course, story.scene)
        else:
            story.twin_of = first.index
            course.merge(first.index)
        story.steps = course.until(self.world.now)
        if first is None and not story.scene:
            self._find_twin(story, course, coming)
        story.younger = self.total - 1 - index
        story.pictured = first is None and story.younger < PICTURED and u("pictured", index) < 0.6
        return story

    def _begin(self, index: int, received: int) -> Story:
        place = scenes.place_from_end(index, self.total)
        sample = self.samples[place] if place is not None and place < len(self.samples) else None
        first = self.twins.get(index)
        if first is not None:
            kind, spot, sample = first.kind, first.spot, None
        else:
            kind, spot = self._what_and_where(index, sample)
        words, language = (sample.words, sample.language) if sample else report_words(self.world, kind, spot, index)
        by_resident = index % RESIDENT_EVERY == 5
        scene = scenes.scene_of(place) if first is None else ""
        return Story(index, received, kind, spot, words, language, by_resident, scene)

    def _what_and_where(self, index: int, sample: Sample | None) -> tuple[Kind, Spot]:
        if sample is not None:
            kind = self.world.kinds[sample.kind]
            if sample.spot:
                return kind, self.world.spots[sample.spot]
        elif scenes.scene_of(scenes.place_from_end(index, self.total)) == "neglect":
            kind = pick(self.visible, "kind", index)
        else:
            kind = pick_weighted(self.kinds, self.sums, "kind", index)
        return kind, self.world.spots[pick(self.world.places[kind.code], "place", index)]

    def _find_twin(self, story: Story, course: Course, coming: deque[tuple[int, int]]) -> None:
        """Let one of the next reports be about the same problem, while the case is certain to be open."""
        if u("twin", story.index) >= TWINS or not coming:
            return
        number, received = pick(coming, "which", story.index)
        place = scenes.place_from_end(number, self.total)
        if number in self.twins or (place is not None and (place < len(self.samples) or scenes.scene_of(place))):
            return
        merged_at = course.intake_at(number, received)
        if merged_at <= self.world.now and course.open_at(merged_at):
            self.twins[number] = story
            story.steps = course.met_twin(merged_at, (number, received), self.world.now)
