"""Teams: kinds, sizes, and when a leader may sign members up."""

from __future__ import annotations

from enum import StrEnum

from flask_babel import lazy_gettext as _l


class TeamKind(StrEnum):
    """What a team is."""

    FAMILY = "family"
    COMPANY = "company"
    SCHOOL = "school"
    ASSOCIATION = "association"
    COMMUNITY = "community"
    OFFICE = "office"


KINDS = {
    TeamKind.FAMILY: _l("Family or friends"),
    TeamKind.COMPANY: _l("Company"),
    TeamKind.SCHOOL: _l("School"),
    TeamKind.ASSOCIATION: _l("Association"),
    TeamKind.COMMUNITY: _l("Community or village"),
    TeamKind.OFFICE: _l("Office or institution"),
}

#: Letters and digits that members type to join.
CODE_LENGTH = 8
MOST_MEMBERS = 500
#: Teams that one volunteer leads at a time.
MOST_LED = 5


def may_sign_up(kind: str, *, approved: bool) -> bool:
    """Whether the leader may book places for members: at once in a family, otherwise once the coordinator has approved.

    A team that carries the name of a company or a school speaks for it, so somebody has to ask there first.
    """
    return kind == TeamKind.FAMILY or approved
