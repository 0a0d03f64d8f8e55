"""Typed settings, read once from the environment.

Every setting has a working default for the demo; production refuses to start on a weak one.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
MIN_SECRET_BYTES = 32


class ConfigError(RuntimeError):
    """A setting is missing, weak or contradictory; the message names it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of one running process; see the README for the environment variables."""

    environment: str
    secret_key: str
    data_dir: Path
    database_url: str
    county_dir: Path
    storage_url: str
    mail_url: str
    sms_url: str
    base_url: str
    redis_url: str = ""
    broker_url: str = ""
    search: str = "whoosh"
    tiles_url: str = ""
    trusted_proxies: int = 0
    trusted_hosts: tuple[str, ...] = field(default_factory=tuple)

    @property
    def production(self) -> bool:
        """Whether real residents are served: mandatory second factor, secure cookies, no demo accounts."""
        return self.environment == "production"

    @property
    def secret_bytes(self) -> bytes:
        """The secret key as bytes, for keyed hashes."""
        return self.secret_key.encode()


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from ``environ`` (the process environment by default).

    Raises ConfigError when production lacks a strong secret, an own address, or runs in debug mode.
    """
    env = os.environ if environ is None else environ
    environment = env.get("CITIZEN_ENV", "demo")
    if environment not in ("demo", "production"):
        raise ConfigError("CITIZEN_ENV must be demo or production")
    data_dir = Path(env.get("CITIZEN_DATA_DIR", PROJECT / "instance")).resolve()
    base_url = env.get("CITIZEN_BASE_URL", f"http://127.0.0.1:{env.get('PORT', '8000')}").rstrip("/")
    if environment == "production":
        _refuse_unsafe(env)
    settings = Settings(
        environment=environment,
        secret_key=env.get("CITIZEN_SECRET_KEY") or _demo_secret(data_dir),
        data_dir=data_dir,
        database_url=env.get("CITIZEN_DATABASE_URL", f"sqlite:///{data_dir / 'citizen.db'}"),
        county_dir=Path(env.get("CITIZEN_COUNTY", PROJECT / "citizen" / "demo" / "county")),
        storage_url=env.get("CITIZEN_STORAGE_URL", f"file://{data_dir / 'storage'}"),
        mail_url=env.get("CITIZEN_MAIL_URL", f"file://{data_dir / 'outgoing' / 'mail'}"),
        sms_url=env.get("CITIZEN_SMS_URL", f"file://{data_dir / 'outgoing' / 'sms'}"),
        base_url=base_url,
        redis_url=env.get("CITIZEN_REDIS_URL", ""),
        broker_url=env.get("CITIZEN_BROKER_URL", ""),
        search=env.get("CITIZEN_SEARCH", "whoosh"),
        tiles_url=env.get("CITIZEN_TILES_URL", ""),
        trusted_proxies=_count(env.get("CITIZEN_TRUSTED_PROXIES", "0")),
        trusted_hosts=_hosts(base_url, environment),
    )
    return settings


def _refuse_unsafe(env: Mapping[str, str]) -> None:
    secret = env.get("CITIZEN_SECRET_KEY", "")
    if len(secret.encode()) < MIN_SECRET_BYTES or len(set(secret)) < 12:
        raise ConfigError(f"CITIZEN_SECRET_KEY must be set to at least {MIN_SECRET_BYTES} random bytes in production")
    if env.get("FLASK_DEBUG", "").lower() in ("1", "true", "yes"):
        raise ConfigError("FLASK_DEBUG must be off in production")
    if not env.get("CITIZEN_BASE_URL", "").startswith("https://"):
        raise ConfigError("CITIZEN_BASE_URL must be the site's https address in production")


def _demo_secret(data_dir: Path) -> str:
    """A random secret kept beside the demo's data, so that sign-ins survive a restart.

    Several processes may start at once, so the file is created exclusively and the loser reads the winner's.
    """
    path = data_dir / "secret-key"
    data_dir.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        draft = data_dir / f"secret-key.{secrets.token_hex(8)}"
        draft.write_text(secrets.token_urlsafe(48))
        draft.chmod(0o600)
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text()


def _count(raw: str) -> int:
    if not raw.isascii() or not raw.isdigit() or int(raw) > 8:
        raise ConfigError("CITIZEN_TRUSTED_PROXIES must be a number of hops between 0 and 8")
    return int(raw)


def _hosts(base_url: str, environment: str) -> tuple[str, ...]:
    host = base_url.split("://", 1)[-1].split("/", 1)[0].rsplit(":", 1)[0]
    return (host,) if environment == "production" else (host, "127.0.0.1", "localhost", "[::1]")
