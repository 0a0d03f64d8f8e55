"""Anchoring the chain of events outside the database, and checking both against each other."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from citizen.core import clock
from citizen.core.audit import FIRST_HASH, AuditHead, Event, canonical
from citizen.extensions import db

FIELDS = ("id", "at", "actor_id", "actor_role", "action", "subject", "subject_id", "from_state", "to_state", "detail")
BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with the chain: what, and at which event."""

    kind: str
    event_id: int
    explanation: str


def _mac(secret: bytes, day: str, last_id: int, last_hash: str) -> str:
    return hmac.new(secret, f"anchor:{day}:{last_id}:{last_hash}".encode(), hashlib.sha256).hexdigest()


def write_anchor(folder: Path, secret: bytes) -> bool:
    """Append the chain's present head, keyed with ``secret``, to ``folder``/heads.jsonl (once per head and day).

    Returns whether a line was written; the file is synced to disk before returning.
    """
    head = db.session.get_one(AuditHead, 1)
    day = clock.today().isoformat()
    line = {"day": day, "id": head.last_id, "hash": head.last_hash}
    line["mac"] = _mac(secret, day, head.last_id, head.last_hash)
    path = folder / "heads.jsonl"
    folder.mkdir(parents=True, exist_ok=True)
    existing = path.read_text().splitlines() if path.exists() else []
    if existing and existing[-1] == json.dumps(line):
        return False
    with path.open("a") as file:
        file.write(json.dumps(line) + "\n")
        file.flush()
        os.fsync(file.fileno())
    return True


def verify(folder: Path, secret: bytes) -> list[Finding]:
    """Everything wrong with the chain and its anchors; an empty list means that all agree.

    Finds an edited event, a removed or reordered one, a cut tail and a rebuilt chain (the last two by the anchors).
    Reads in batches and in a transaction of its own; changes nothing.
    """
    db.session.rollback()  # look at the present, not at an older snapshot
    findings: list[Finding] = []
    anchors = list(_anchors(folder, secret, findings))
    wanted = {anchor["id"]: anchor for anchor in anchors}
    last_id, last_hash = 0, FIRST_HASH
    for event in _events():
        if event.id != last_id + 1:
            findings.append(Finding("missing", last_id + 1, f"events {last_id + 1} to {event.id - 1} are missing"))
        elif event.previous_hash != last_hash:
            findings.append(Finding("broken", event.id, "does not continue the event before it"))
        text = canonical({name: getattr(event, name) for name in FIELDS})
        if hashlib.sha256((event.previous_hash + text).encode()).hexdigest() != event.hash:
            findings.append(Finding("edited", event.id, "its content does not match its hash"))
        last_id, last_hash = event.id, event.hash
        anchor = wanted.get(event.id)
        if anchor and anchor["hash"] != event.hash:
            findings.append(Finding("rebuilt", event.id, f"differs from the head anchored on {anchor['day']}"))
    findings += _check_ends(anchors, last_id, last_hash)
    return findings


@dataclass(frozen=True, slots=True)
class Check:
    """The result of one verification: when, of how many events, and the first findings."""

    at: datetime
    events: int
    findings: tuple[Finding, ...]


def check(folder: Path, secret: bytes) -> list[Finding]:
    """`verify`, and note the result in ``folder``/last-check.json for `last_check`."""
    findings = verify(folder, secret)
    folder.mkdir(parents=True, exist_ok=True)
    result = {
        "at": clock.now().isoformat(),
        "events": db.session.get_one(AuditHead, 1).last_id,
        "findings": [asdict(finding) for finding in findings[:20]],
    }
    draft = folder / "last-check.new"
    draft.write_text(json.dumps(result))
    draft.replace(folder / "last-check.json")  # readers see the old result or the new one, never half of one
    return findings


def last_check(folder: Path) -> Check | None:
    """The result of the last `check`, or None when there is none that can be read."""
    try:
        found = json.loads((folder / "last-check.json").read_text())
        findings = tuple(Finding(**finding) for finding in found["findings"])
        return Check(datetime.fromisoformat(found["at"]), int(found["events"]), findings)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _events() -> Iterator[Event]:
    position = 0
    while True:
        query = db.select(Event).where(Event.id > position).order_by(Event.id).limit(BATCH)
        batch = db.session.execute(query.execution_options(populate_existing=True)).scalars().all()
        if not batch:
            return
        yield from batch
        position = batch[-1].id
        db.session.expunge_all()


def _anchors(folder: Path, secret: bytes, findings: list[Finding]) -> Iterator[dict[str, Any]]:
    path = folder / "heads.jsonl"
    if not path.exists():
        return
    for line in path.read_text().splitlines():
        anchor = json.loads(line)
        if hmac.compare_digest(anchor["mac"], _mac(secret, anchor["day"], anchor["id"], anchor["hash"])):
            yield anchor
        else:
            findings.append(Finding("anchor", anchor["id"], f"the anchor of {anchor['day']} was not written by us"))


def _check_ends(anchors: list[dict[str, Any]], last_id: int, last_hash: str) -> list[Finding]:
    findings = []
    head = db.session.get_one(AuditHead, 1, populate_existing=True)
    if (head.last_id, head.last_hash) != (last_id, last_hash):
        findings.append(
            Finding("head", head.last_id, f"the head names event {head.last_id}, the chain ends at {last_id}")
        )
    beyond = [anchor for anchor in anchors if anchor["id"] > last_id]
    if beyond:
        findings.append(
            Finding(
                "cut", last_id + 1, f"the tail is cut: {beyond[-1]['id']} events were anchored on {beyond[-1]['day']}"
            )
        )
    return findings
