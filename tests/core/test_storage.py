"""Two buckets apart, on the disk and on a real S3 server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from citizen.core.errors import NotFound
from citizen.core.storage import Bucket, Storage, random_key


@pytest.fixture(scope="module")
def s3_url() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    client = boto3.client(
        "s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
    )
    for bucket in Bucket:
        client.create_bucket(Bucket=f"county-{bucket}")
    client.close()
    yield f"s3://county?endpoint={endpoint}"
    server.stop()


@pytest.fixture(params=["file", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Storage:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    if request.param == "file":
        return Storage(f"file://{tmp_path / 'kept'}")
    return Storage(str(request.getfixturevalue("s3_url")))


def test_what_was_put_comes_back_from_its_own_bucket_only(store: Storage) -> None:
    key = f"originals/{random_key()}"
    store.put(Bucket.PRIVATE, key, b"sealed")
    assert store.get(Bucket.PRIVATE, key) == b"sealed"
    with pytest.raises(NotFound):
        store.get(Bucket.PUBLIC, key)


def test_removing_twice_is_no_error(store: Storage) -> None:
    key = random_key()
    store.put(Bucket.PUBLIC, key, b"shown")
    store.delete(Bucket.PUBLIC, [key])
    store.delete(Bucket.PUBLIC, [key])
    with pytest.raises(NotFound):
        store.get(Bucket.PUBLIC, key)


def test_names_list_a_prefix(store: Storage) -> None:
    keys = {f"listed/{random_key()}" for _ in range(3)}
    for key in keys:
        store.put(Bucket.PRIVATE, key, b"x")
    store.put(Bucket.PRIVATE, random_key(), b"other")
    found = dict(store.names(Bucket.PRIVATE, "listed"))
    assert set(found) == keys
    assert all(moment.tzinfo is not None for moment in found.values())


@pytest.mark.parametrize("key", ["../outside", "a/../../outside"])
def test_no_key_leaves_the_folder(tmp_path: Path, key: str) -> None:
    store = Storage(f"file://{tmp_path / 'kept'}")
    with pytest.raises(Exception, match=r"(?i)path|segment|illegal"):
        store.put(Bucket.PRIVATE, key, b"x")
    assert not (tmp_path / "outside").exists()
    assert not (tmp_path / "kept" / "outside").exists()


def test_keys_cannot_be_guessed() -> None:
    assert len({random_key() for _ in range(1000)}) == 1000
    assert len(random_key()) == 35


def test_other_addresses_are_refused() -> None:
    with pytest.raises(ValueError, match="file://"):
        Storage("http://example.invalid")
