"""Pictures chosen on a page, with what the page read from each before it was made smaller."""

from __future__ import annotations

from datetime import datetime

from werkzeug.datastructures import FileStorage, MultiDict

from citizen.cases.services.fixing import MAX_PHOTOS, Upload
from citizen.core.numbers import parse_coordinate
from citizen.photos.evidence import Evidence


def uploads_of(form: MultiDict[str, str], files: MultiDict[str, FileStorage], name: str = "photos") -> list[Upload]:
    """The chosen files in order, at most one more than fit, so that the surplus is noticed; no empty inputs."""
    chosen = [file for file in files.getlist(name) if file.filename]
    facts = list(zip(*(form.getlist(key) for key in ("taken_at", "exif_lat", "exif_lon")), strict=False))
    # The page writes one fact row for each chosen file; any other number belongs to something else.
    fitting = facts if len(facts) == len(chosen) else [("", "", "")] * len(chosen)
    pairs = list(zip(chosen, fitting, strict=True))[: MAX_PHOTOS + 1]
    return [Upload(file.read(), file.filename or "", _evidence(*row)) for file, row in pairs]


def _evidence(taken_at: str, lat: str, lon: str) -> Evidence | None:
    """What the page read, or None when it read nothing or nothing that can be used."""
    moment = _moment(taken_at)
    north, east = parse_coordinate(lat), parse_coordinate(lon)
    placed = north is not None and east is not None and abs(north) <= 90
    if moment is None and not placed:
        return None
    return Evidence(moment, north if placed else None, east if placed else None)


def _moment(text: str) -> datetime | None:
    """The local time of a camera, as the page writes it (YYYY-MM-DDThh:mm:ss), naive; None for anything else."""
    try:
        moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S")
    except ValueError:
        return None
    return moment if 1990 <= moment.year < 2100 else None
