"""The embedded index: Whoosh over our own tokens. Derived data: it can be thrown away and rebuilt at any
time.

On disk a directory holds generations and a small file CURRENT that names the one in use:

    index/CURRENT            'g-3f9c…'
    index/g-3f9c…/           the files of Whoosh
    index/WRITER.lock        held (flock) by the one writer; it is free again when its process dies

A rebuild fills a new generation and then replaces CURRENT, so readers always see one whole index. They keep
the files they have open; a reader that comes too late for an old generation looks at CURRENT again.
"""

from __future__ import annotations

import secrets
import shutil
import threading
from collections import Counter
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from heapq import nlargest
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from flask_babel import lazy_gettext as _l
from whoosh.columns import NumericColumn, RefBytesColumn
from whoosh.fields import COLUMN, ID, KEYWORD, Schema
from whoosh.filedb.filestore import FileStorage
from whoosh.index import EmptyIndexError, FileIndex
from whoosh.reading import IndexReader
from whoosh.system import pack_uint
from whoosh.util.filelock import FileLock, try_for

from citizen.core.errors import DomainError
from citizen.search.documents import Document, Hit, Hits, SearchBusy, SearchUnavailable
from citizen.search.scoring import Scores, scores_of
from citizen.search.tokens import tokens_for_index
from citizen.search.words import Synonyms, clauses_of

__all__ = ["Document", "Hit", "Hits", "Index", "SearchBusy", "SearchUnavailable"]

WRITER_WAIT_SECONDS = 5.0
MOST_RESULTS = 10_000
# Documents per segment of a rebuild: their postings fit into memory (sorting on disk halves the speed), and
# the fewer segments there are, the faster a query is.
_BATCH = 4_000
_TITLE_WEIGHT = 4
_TAG_WEIGHT = 2
_FILTERS = ("kind", "area", "category")


class _Held(NamedTuple):
    """What one thread keeps open between two queries."""

    name: str
    files: FileIndex
    generation: int
    reader: IndexReader


class _Counted(KEYWORD):
    """A scored field whose value is a Counter of ready tokens: no second analysis, no token objects."""

    def index(
        self, value: Counter[str], **_options: object
    ) -> Generator[tuple[bytes, int, float | int, bytes], Any, None]:
        for token, count in value.items():
            yield token.encode("utf-8"), count, float(count), pack_uint(count)


_SCHEMA = Schema(
    id=ID(unique=True, stored=True),
    text=_Counted(scorable=True),
    day=COLUMN(NumericColumn("i")),
    **{name: COLUMN(RefBytesColumn()) for name in _FILTERS},
)


def _fields(document: Document) -> dict[str, object]:
    counts: Counter[str] = Counter()
    for part, weight in (
        (document.title, _TITLE_WEIGHT),
        (" ".join(document.tags), _TAG_WEIGHT),
        (document.body, 1),
    ):
        words, pairs = tokens_for_index(part)
        for token in (*words, *pairs):
            counts[token] += weight
    return {
        "id": document.id,
        "text": counts,
        "kind": document.kind.encode("utf-8"),
        "area": document.area.encode("utf-8"),
        "category": document.category.encode("utf-8"),
        "day": document.day.toordinal(),
    }


class Index:
    """The index in one directory. Any number of threads and processes read; one writes at a time.

    `synonyms` (see `citizen.search.words`) widens queries. Methods raise SearchBusy when the writer's place
    stays taken for five seconds, and SearchUnavailable when the index is missing (reading) or damaged.
    """

    def __init__(self, directory: Path, *, synonyms: Synonyms | None = None) -> None:
        self._root = Path(directory)
        self._synonyms = synonyms
        self._local = threading.local()

    # Reading

    def find(
        self,
        query_text: str,
        *,
        limit: int = 20,
        offset: int = 0,
        filters: Mapping[str, str | Collection[str]] | None = None,
    ) -> Hits:
        """The documents that hold every word of `query_text`, best first; any text is a valid query.

        `filters` narrows by `kind`, `area` or `category`, to one value or any of several; ValueError for
        another name. A query without words finds nothing. `total` is exact. Raises SearchUnavailable, never
        anything of Whoosh.
        """
        clauses = clauses_of(query_text, self._synonyms)
        if not clauses:
            return Hits([], 0)
        wanted = {name: _values(name, value) for name, value in (filters or {}).items()}
        start, size = max(0, min(offset, MOST_RESULTS)), max(1, min(limit, MOST_RESULTS))
        with _whole_index():
            reader = self._reader()
            scores = scores_of(reader, clauses, wanted)
            best = _best(reader, scores, start + size)[start:]
            return Hits([Hit(reader.stored_fields(number)["id"], scores[number]) for number in best], len(scores))

    def _reader(self) -> IndexReader:
        """This thread's reader on the newest state; a Whoosh reader must not be shared between threads."""
        for _attempt in range(3):
            name = self._current()
            if name is None:
                break
            with suppress(FileNotFoundError, EmptyIndexError):  # a rebuild has just taken this generation away
                held: _Held | None = getattr(self._local, "held", None)
                if held is None or held.name != name or held.generation != held.files.latest_generation():
                    self.close()
                    files = _open(self._root / name)
                    held = self._local.held = _Held(name, files, files.latest_generation(), files.reader())
                return held.reader
        raise SearchUnavailable(_l("Search is not available at the moment."))

    def close(self) -> None:
        """Gives back what this thread holds open."""
        held: _Held | None = getattr(self._local, "held", None)
        self._local.held = None
        if held is not None:
            held.reader.close()

    def _current(self) -> str | None:
        try:
            return (self._root / "CURRENT").read_text("ascii").strip() or None
        except FileNotFoundError:
            return None

    # Writing

    def index(self, documents: Iterable[Document]) -> int:
        """Adds the documents, each in the place of an older one with its id; how many. All of them or none
        appear.
        """
        latest = {document.id: document for document in documents}
        if latest:
            with self._writing(), _whole_index():
                _write(_open(self._ensured()), latest.values(), replaced=latest.keys())
        return len(latest)

    def remove(self, ids: Iterable[str]) -> None:
        """Takes the documents out; unknown ids are passed over."""
        gone = {name for name in ids if name.isprintable()}  # anything else was never an id
        if gone:
            with self._writing(), _whole_index():
                if self._current() is not None:
                    _write(_open(self._ensured()), (), replaced=gone)

    def rebuild(self, documents: Iterable[Document]) -> int:
        """Replaces the whole index by `documents` (ids must differ), in a new generation; how many.

        Readers see the old index until the last document is written. Works when the old index is missing or
        damaged; when `documents` raises, the old index stays.
        """
        with self._writing():
            fresh = self._new_generation()
            count = 0
            try:
                remaining = iter(documents)
                while batch := list(islice(remaining, _BATCH)):
                    count += _write(_open(fresh), batch, merge=False)
            except BaseException:
                shutil.rmtree(fresh, ignore_errors=True)
                raise
            self._switch_to(fresh)
        return count

    @contextmanager
    def _writing(self) -> Iterator[None]:
        self._root.mkdir(parents=True, exist_ok=True)
        lock = FileLock(str(self._root / "WRITER.lock"))
        if not try_for(lock.acquire, timeout=WRITER_WAIT_SECONDS, delay=0.05):
            raise SearchBusy(_l("The search index is being written. Please try again."))
        try:
            yield
        finally:
            lock.release()

    def _ensured(self) -> Path:
        name = self._current()
        if name is not None:
            return self._root / name
        fresh = self._new_generation()
        self._switch_to(fresh)
        return fresh

    def _new_generation(self) -> Path:
        fresh = self._root / f"g-{secrets.token_hex(8)}"
        fresh.mkdir()
        FileIndex.create(FileStorage(str(fresh)), _SCHEMA)
        return fresh

    def _switch_to(self, fresh: Path) -> None:
        pointer = self._root / "CURRENT.new"
        pointer.write_text(fresh.name, "ascii")
        pointer.replace(self._root / "CURRENT")
        for old in self._root.glob("g-*"):
            if old != fresh:
                shutil.rmtree(old, ignore_errors=True)


@contextmanager
def _whole_index() -> Iterator[None]:
    """Damaged files show in Whoosh as almost any exception (struct, pickle, key, value, OS): all mean the
    same to us.
    """
    try:
        yield
    except DomainError:
        raise
    except Exception as error:
        raise SearchUnavailable(_l("Search is not available at the moment.")) from error


def _open(directory: Path) -> FileIndex:
    return FileIndex(FileStorage(str(directory)), schema=_SCHEMA)


def _write(
    index: FileIndex, documents: Iterable[Document], *, replaced: Collection[str] = (), merge: bool = True
) -> int:
    writer = index.writer(limitmb=256)
    try:
        if replaced and index.doc_count_all():
            with index.searcher() as searcher:
                known = (searcher.document_number(id=name) for name in replaced)
                for number in [number for number in known if number is not None]:
                    writer.delete_document(number)
        count = 0
        for document in documents:
            writer.add_document(**_fields(document))
            count += 1
        writer.commit(merge=merge)
    except BaseException:
        with suppress(Exception):
            writer.cancel()
        raise
    return count


def _best(reader: IndexReader, scores: Scores, count: int) -> list[int]:
    """The `count` best document numbers in order; of one score, the document of the later day first."""
    if not scores:
        return []
    least = nlargest(count, scores.values())[-1]
    days = reader.column_reader("day")
    contenders = [(score, days[number], number) for number, score in scores.items() if score >= least]
    return [number for _score, _day, number in nlargest(count, contenders)]


def _values(name: str, wanted: str | Collection[str]) -> frozenset[bytes]:
    if name not in _FILTERS:
        raise ValueError(f"unknown filter {name}")
    return frozenset(value.encode("utf-8", "replace") for value in ([wanted] if isinstance(wanted, str) else wanted))
