"""How often: limits that hold across processes, counted in Redis when there is one, else in the database.

Keys never hold an address in the clear: visitors are counted under a keyed hash whose key changes every day.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import time
from collections.abc import Callable
from typing import TypeVar

from flask import Flask, current_app, request
from limits import RateLimitItem, parse
from limits.storage import RedisStorage, Storage
from limits.strategies import FixedWindowRateLimiter
from redis.exceptions import RedisError
from sqlalchemy import BigInteger, String, delete, select, text
from sqlalchemy.orm import Mapped, mapped_column
from werkzeug.exceptions import TooManyRequests

from citizen.core import clock
from citizen.core.connections import one_statement
from citizen.extensions import Base, db

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")

#: How long a Redis that failed is not asked again, so that visitors do not wait for it one by one.
REST_SECONDS = 5.0


class RateCount(Base):
    """How often one key was used in its present window."""

    __tablename__ = "rate_counts"

    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    count: Mapped[int]
    #: Unix seconds at which the window ends.
    expires_at: Mapped[int] = mapped_column(BigInteger, index=True)


_COUNT_MORE = text(
    "INSERT INTO rate_counts (key, count, expires_at) VALUES (:key, :amount, :until) "
    "ON CONFLICT (key) DO UPDATE SET "
    "count = CASE WHEN rate_counts.expires_at <= :now THEN :amount ELSE rate_counts.count + :amount END, "
    "expires_at = CASE WHEN rate_counts.expires_at <= :now THEN :until ELSE rate_counts.expires_at END "
    "RETURNING count"
)


class DatabaseStorage(Storage):
    """The counting storage of the `limits` library over the site's own database, in its own short transactions."""

    STORAGE_SCHEME = ["citizen-database"]

    @property
    def base_exceptions(self) -> type[Exception]:
        """What a failing database raises."""
        return Exception

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count ``amount`` more in the window of ``key`` and return its total; one atomic statement."""
        now = int(time.time())
        values = {"key": key, "amount": amount, "until": now + expiry, "now": now}
        with one_statement() as connection:
            return int(connection.execute(_COUNT_MORE, values).scalar_one())

    def get(self, key: str) -> int:
        """The count in the present window of ``key``."""
        query = select(RateCount.count).where(RateCount.key == key, RateCount.expires_at > int(time.time()))
        with one_statement() as connection:
            return int(connection.execute(query).scalar() or 0)

    def get_expiry(self, key: str) -> float:
        """When the present window of ``key`` ends, in Unix seconds."""
        with one_statement() as connection:
            return float(
                connection.execute(select(RateCount.expires_at).where(RateCount.key == key)).scalar() or time.time()
            )

    def check(self) -> bool:
        """Whether the database answers."""
        with one_statement() as connection:
            return bool(connection.execute(text("SELECT 1")).scalar())

    def reset(self) -> int | None:
        """Forget every count."""
        with one_statement() as connection:
            return connection.execute(delete(RateCount)).rowcount

    def clear(self, key: str) -> None:
        """Forget the count of ``key``."""
        with one_statement() as connection:
            connection.execute(delete(RateCount).where(RateCount.key == key))


def init_limits(app: Flask) -> None:
    """Choose where to count.

    With Redis the database stands by: a limit that fails open invites floods, one that fails shut stops residents.
    """
    redis_url = app.config["SETTINGS"].redis_url
    storages: list[Storage] = [DatabaseStorage("citizen-database://")]
    if redis_url:
        storages.insert(0, RedisStorage(redis_url, socket_timeout=0.2, socket_connect_timeout=0.2))
    app.extensions["citizen_limits"] = [FixedWindowRateLimiter(storage) for storage in storages]


def _ask(question: Callable[[FixedWindowRateLimiter], Answer]) -> Answer:
    """The answer of the first storage that works; a Redis that just failed is left alone for a while."""
    limiters: list[FixedWindowRateLimiter] = current_app.extensions["citizen_limits"]
    resting = current_app.extensions.get("citizen_limits_rest_until", 0.0)
    if len(limiters) > 1 and time.monotonic() >= resting:
        try:
            return question(limiters[0])
        except RedisError:
            current_app.extensions["citizen_limits_rest_until"] = time.monotonic() + REST_SECONDS
            log.warning("Redis does not answer; limits are counted in the database for now")
    return question(limiters[-1])


def visitor() -> str:
    """A pseudonym of the caller's network address, different every day and useless without the site's secret."""
    secret = current_app.config["SETTINGS"].secret_bytes
    source = f"{clock.today()}:{request.remote_addr}"
    return hmac.new(secret, source.encode(), hashlib.sha256).hexdigest()[:24]


def count(limit: str, *keys: str) -> bool:
    """Count one use of ``keys`` against ``limit`` (such as "10/hour"); False when it was one too many."""
    return _ask(lambda limiter: limiter.hit(_parsed(limit), *keys))


def exhausted(limit: str, *keys: str) -> bool:
    """Whether no use of ``keys`` is left under ``limit``, without counting one."""
    return not _ask(lambda limiter: limiter.test(_parsed(limit), *keys))


def forget(limit: str, *keys: str) -> None:
    """Let the count of ``keys`` under ``limit`` start again."""
    _ask(lambda limiter: limiter.clear(_parsed(limit), *keys))


def enforce(limit: str, *keys: str) -> None:
    """Count one use of ``keys``; raises TooManyRequests (429) beyond ``limit``."""
    if not count(limit, *keys):
        raise TooManyRequests()


def sweep() -> None:
    """Forget counts whose window has ended, inside the current transaction."""
    db.session.execute(delete(RateCount).where(RateCount.expires_at < int(time.time())))


def _parsed(limit: str) -> RateLimitItem:
    return parse(limit)
