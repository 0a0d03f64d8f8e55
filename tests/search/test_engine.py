"""The embedded index: what is found, in which order, and what happens when files or locks fail."""

import datetime as dt
import json
import shutil
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from whoosh.util.filelock import FileLock

from citizen.search import engine, scoring, tokens
from citizen.search.engine import Document, Index, SearchBusy, SearchUnavailable
from citizen.search.words import Synonyms

NASTY = json.loads((Path(__file__).parents[1] / "nasty.json").read_text("utf-8"))
STRINGS = [payload for name, payloads in NASTY.items() if name != "about" for payload in payloads]
tokens.load_words(["路灯", "不亮", "路灯不亮"])


def document(name: str, title: str, body: str = "", **other: object) -> Document:
    fields: dict[str, object] = {
        "tags": (),
        "kind": "entry",
        "area": "A1",
        "category": "FAC-04",
        "day": dt.date(2026, 8, 31),
    }
    return Document(id=name, title=title, body=body, **{**fields, **other})  # type: ignore[arg-type]


DOCUMENTS = [
    document("lamp", "路灯不亮", "城东小区门口的路灯三天不亮了", tags=("照明",)),
    document("lamp-body", "夜里很黑", "晚上路灯没有开", area="A2"),
    document("bin", "垃圾桶满了", "Bin overflowing near the lamp post", category="SAN-03"),
    document("bike", "自行车乱停", "人行道上", kind="notice", area="A2"),
    document("rare", "𠮷野家门口", "䶮先生"),
]


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    index = Index(tmp_path / "index", synonyms=Synonyms({"街灯": "路灯"}))
    index.index(DOCUMENTS)
    yield index
    index.close()


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("路灯", ["lamp", "lamp-body"]),
        ("路燈", ["lamp", "lamp-body"]),
        ("街灯", ["lamp", "lamp-body"]),
        ("路灯不亮", ["lamp"]),
        ("灯", ["lamp", "lamp-body"]),
        ("东小", ["lamp"]),
        ("照明", ["lamp"]),
        ("LAMP", ["bin"]),
        ("ｌａｍｐ　垃圾", ["bin"]),
        ("自行车", ["bike"]),
        ("𠮷", ["rare"]),
        ("䶮", ["rare"]),
        ("路灯 垃圾", []),
        ("恐龙", []),
        ("", []),
        ("\u200b", []),
    ],
)
def test_finding(index: Index, asked: str, found: list[str]) -> None:
    hits = index.find(asked)
    assert hits.ids == found
    assert hits.total == len(found)
    assert [hit.score for hit in hits.hits] == sorted((hit.score for hit in hits.hits), reverse=True)


def test_filters_and_pages(index: Index) -> None:
    assert index.find("路灯", filters={"area": "A2"}).ids == ["lamp-body"]
    assert index.find("路灯", filters={"area": ["A1", "A2"], "kind": "entry"}).total == 2
    assert index.find("路灯", filters={"area": []}).total == 0
    assert index.find("路灯", filters={"kind": "\ud800"}).total == 0
    assert index.find("路灯", limit=1, offset=1).ids == ["lamp-body"]
    assert index.find("路灯", limit=1).total == 2
    assert index.find("路灯", limit=-5, offset=10**30).ids == []
    with pytest.raises(ValueError, match="filter"):
        index.find("路灯", filters={"id": "lamp"})


def test_of_one_score_the_later_day_comes_first(index: Index) -> None:
    index.index([document(f"d{day}", "井盖", day=dt.date(2026, 8, day)) for day in (3, 9, 5)])
    assert index.find("井盖").ids == ["d9", "d5", "d3"]


def test_upsert_and_remove(index: Index) -> None:
    assert index.index([document("lamp", "old"), document("lamp", "井盖破损")]) == 1
    assert index.find("路灯").ids == ["lamp-body"]
    assert index.find("井盖").ids == ["lamp"]
    assert index.find("old").ids == []
    index.remove(["lamp", "unknown", "\ud800"])
    assert index.find("井盖").total == 0
    assert index.index([]) == 0


def test_deleted_documents_are_hidden_in_long_posting_lists(index: Index) -> None:
    index.index([document(f"many{number}", "井盖") for number in range(300)])
    index.remove([f"many{number}" for number in range(0, 300, 2)])
    assert index.find("井盖").total == 150
    assert index.find("井盖", limit=300).ids == sorted(
        index.find("井盖", limit=300).ids, key=lambda name: -int(name[4:])
    )


def test_reading_blocks_gives_what_reading_one_by_one_gives(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    index.rebuild(document(f"many{number}", "井盖 " * (number % 7 + 1), "路灯") for number in range(700))
    index.remove([f"many{number}" for number in range(0, 700, 3)])
    asked = ["井盖", "路灯 井盖", "盖"]
    by_block = [index.find(text, limit=1000).hits for text in asked]
    monkeypatch.setattr(scoring, "W3LeafMatcher", None)
    assert [index.find(text, limit=1000).hits for text in asked] == by_block
    assert len(by_block[0]) == 466


@pytest.mark.parametrize("raw", STRINGS)
def test_raw_text_never_raises(index: Index, raw: str) -> None:
    assert 0 <= index.find(raw).total <= len(DOCUMENTS)


def test_query_language_has_no_power(index: Index) -> None:
    assert index.find('" AND * -x NEAR( col:').total == 0
    assert index.find("路灯*").total == index.find('"路灯"').total == index.find("(路灯").total == 2
    assert index.find("*").total == index.find("-路灯 id:bin").total == 0


def test_a_rebuild_replaces_everything_while_readers_go_on(index: Index, tmp_path: Path) -> None:
    seen: list[int] = []

    def slowly() -> Iterable[Document]:
        for number in range(50):
            seen.append(index.find("路灯").total)
            yield document(f"new{number}", "井盖")

    assert index.rebuild(slowly()) == 50
    assert set(seen) == {2}
    assert index.find("路灯").total == 0
    assert index.find("井盖").total == 50
    assert len(list((tmp_path / "index").glob("g-*"))) == 1


def test_a_failed_rebuild_changes_nothing(index: Index, tmp_path: Path) -> None:
    def broken() -> Iterable[Document]:
        yield DOCUMENTS[0]
        raise RuntimeError("database gone")

    with pytest.raises(RuntimeError):
        index.rebuild(broken())
    assert index.find("路灯").total == 2
    assert len(list((tmp_path / "index").glob("g-*"))) == 1


def test_one_writer_at_a_time(index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "WRITER_WAIT_SECONDS", 0.2)
    lock = FileLock(str(tmp_path / "index" / "WRITER.lock"))
    assert lock.acquire()
    for write in (lambda: index.index(DOCUMENTS), lambda: index.remove(["lamp"]), lambda: index.rebuild([])):
        with pytest.raises(SearchBusy):
            write()
    assert index.find("路灯").total == 2
    lock.release()
    assert index.index(DOCUMENTS) == len(DOCUMENTS)


def test_a_missing_index_is_unavailable_not_empty(tmp_path: Path) -> None:
    index = Index(tmp_path / "none")
    with pytest.raises(SearchUnavailable):
        index.find("路灯")
    index.remove(["lamp"])
    index.rebuild([])
    assert index.find("路灯").total == 0


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # Whoosh leaves broken files to the collector
@pytest.mark.parametrize("damage", ["toc", "segment", "pointer", "gone", "noise"])
def test_damage_is_unavailable_and_a_rebuild_heals(tmp_path: Path, damage: str) -> None:
    directory = tmp_path / "index"
    Index(directory).index(DOCUMENTS)
    generation = next(directory.glob("g-*"))
    files = {"toc": "*.toc", "segment": "*.seg", "noise": "*.seg"}
    for file in generation.glob(files.get(damage, "nothing")):
        file.write_bytes(b"\x00\xff" * 400 if damage == "noise" else b"")
    if damage == "pointer":
        (directory / "CURRENT").write_text("g-elsewhere")
    if damage == "gone":
        shutil.rmtree(generation)
    index = Index(directory)
    with pytest.raises(SearchUnavailable):
        index.find("路灯")
    assert index.rebuild(DOCUMENTS) == len(DOCUMENTS)
    assert index.find("路灯").total == 2
    index.close()


def test_threads_read_while_one_writes(index: Index) -> None:
    wrong: list[object] = []

    def read() -> None:
        try:
            for _ in range(40):
                total = index.find("路灯").total
                if total != 2:
                    wrong.append(total)
        except Exception as error:
            wrong.append(error)
        finally:
            index.close()

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(5):
        index.index([document(f"x{number}", "井盖")])
    index.rebuild([*DOCUMENTS, document("extra", "井盖")])
    for thread in threads:
        thread.join()
    assert wrong == []
