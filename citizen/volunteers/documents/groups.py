"""The public list of teams."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from citizen.volunteers.documents.cards import area_name
from citizen.volunteers.queries.groups import families, public_teams


def groups_page() -> dict[str, Any]:
    """Approved teams with how many people and how many hours; families only as a number."""
    kinds = _kinds()
    rows = [
        {
            "name": row.name,
            "kind": kinds.get(row.kind, ""),
            "area": area_name(row.area_code) if row.area_code else _("Whole county"),
            "members": row.members,
            "hours": f"{row.minutes / 60:.1f}",
        }
        for row in public_teams()
    ]
    n = families()
    return {
        "columns": [
            {"key": "name", "label": _("Name of the group")},
            {"key": "kind", "label": _("Kind")},
            {"key": "area", "label": _("Area")},
            {"key": "members", "label": _("Members"), "r": True},
            {"key": "hours", "label": _("Hours"), "r": True},
        ],
        "rows": rows,
        "families": ngettext("%(num)d family volunteers together.", "%(num)d families volunteer together.", n)
        if n
        else "",
    }


def _kinds() -> dict[str, str]:
    return {
        "company": _("Company"),
        "school": _("School"),
        "association": _("Association"),
        "community": _("Community"),
        "office": _("Government office"),
    }
