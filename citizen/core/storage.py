"""Where bytes are kept: two buckets apart, private and public, on the local disk or an S3 server."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import obstore
from flask import current_app
from obstore.store import LocalStore, ObjectStore, S3Store

from citizen.core.errors import NotFound


class Bucket(StrEnum):
    """Private objects need a permission to be seen; public ones are released to everybody."""

    PRIVATE = "private"
    PUBLIC = "public"


class Storage:
    """Named bytes in two buckets.

    ``file:///path`` keeps them in ``/path/private`` and ``/path/public``; ``s3://name?endpoint=…&region=…`` in the buckets
    ``name-private`` and ``name-public`` with the credentials of the usual AWS environment variables.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._folder = Path(parts.path) if parts.scheme == "file" else None
        self._stores: dict[Bucket, ObjectStore] = {bucket: _open(url, bucket) for bucket in Bucket}

    def put(self, bucket: Bucket, key: str, data: bytes) -> None:
        """Keep ``data`` under ``key``; on a local disk it is on the platter before this returns."""
        obstore.put(self._stores[bucket], key, data)
        if self._folder is not None:
            _sync(self._folder / bucket / key)

    def get(self, bucket: Bucket, key: str) -> bytes:
        """The bytes under ``key``; raises NotFound."""
        try:
            return bytes(obstore.get(self._stores[bucket], key).bytes())
        except (FileNotFoundError, obstore.exceptions.NotFoundError) as error:
            raise NotFound() from error

    def delete(self, bucket: Bucket, keys: list[str]) -> None:
        """Remove the objects; one that is gone already is no error."""
        for key in keys:
            try:
                obstore.delete(self._stores[bucket], key)
            except (FileNotFoundError, obstore.exceptions.NotFoundError):
                continue

    def names(self, bucket: Bucket, prefix: str = "") -> Iterator[tuple[str, datetime]]:
        """Every key under ``prefix`` with the time it was last written."""
        for batch in obstore.list(self._stores[bucket], prefix=prefix or None):
            for entry in batch:
                yield entry["path"], entry["last_modified"]


def _open(url: str, bucket: Bucket) -> ObjectStore:
    parts = urlsplit(url)
    if parts.scheme == "file":
        folder = Path(parts.path) / bucket
        folder.mkdir(parents=True, exist_ok=True)
        return LocalStore(folder)
    if parts.scheme == "s3":
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        endpoint = query.get("endpoint")
        return S3Store(
            f"{parts.netloc}-{bucket}",
            endpoint=endpoint,
            region=query.get("region", "us-east-1"),
            client_options={"allow_http": bool(endpoint and endpoint.startswith("http://"))},
        )
    raise ValueError("the storage address must begin with file:// or s3://")


def _sync(path: Path) -> None:
    for target in (path, path.parent):
        descriptor = os.open(target, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def random_key() -> str:
    """A name that cannot be guessed (128 bits), spread over 256 folders."""
    name = secrets.token_hex(16)
    return f"{name[:2]}/{name}"


def storage() -> Storage:
    """The running application's storage."""
    store: Storage = current_app.extensions["citizen_storage"]
    return store
