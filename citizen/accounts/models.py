"""People, their staff roles and the means by which they prove who they are."""

from __future__ import annotations

from datetime import datetime

from flask_login import UserMixin
from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from citizen.accounts.rules import ROLE_WORDS
from citizen.core.database import UtcDateTime
from citizen.core.permissions import STAFF, Role
from citizen.extensions import Base


class RoleHolder:
    """Somebody with staff roles, or without."""

    roles: frozenset[Role]

    @property
    def is_staff(self) -> bool:
        """Whether any staff role is held."""
        return bool(self.roles & STAFF)

    @property
    def role_label(self) -> str:
        """The roles held, in the reader's language, as colleagues see them beside the name."""
        return " · ".join(str(ROLE_WORDS[role]) for role in Role if role in self.roles)


class Person(RoleHolder, UserMixin, Base):
    """A resident with an account, or a member of staff."""

    __tablename__ = "people"
    __table_args__ = (UniqueConstraint("email"), UniqueConstraint("phone"))

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    #: Lower case; none for people who signed up by phone.
    email: Mapped[str | None] = mapped_column(String(254))
    #: In canonical form; none for people who signed up by e-mail.
    phone: Mapped[str | None] = mapped_column(String(20))
    password_hash: Mapped[str] = mapped_column(String(200))
    unit_code: Mapped[str | None] = mapped_column(ForeignKey("units.code"))
    #: The job title shown beside the name to colleagues.
    post: Mapped[str] = mapped_column(String(60), default="")
    #: zh-Hans, zh-Hant or en; none follows the browser.
    language: Mapped[str | None] = mapped_column(String(10))
    #: Encrypted secret of the authenticator app; none until one is set up.
    totp_secret: Mapped[str | None] = mapped_column(String(200))
    #: The last 30-second step whose code was used: no code works twice.
    totp_last_step: Mapped[int] = mapped_column(default=0)
    #: The password was made by somebody else and must be replaced before anything else.
    must_change_password: Mapped[bool] = mapped_column(default=False)
    #: Whether single-key shortcuts are on in the workbench.
    shortcuts: Mapped[bool] = mapped_column(default=True)
    #: One of the demonstration's accounts; production refuses to start while any exists.
    demo: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    grants: Mapped[list[StaffRole]] = relationship(lazy="selectin", cascade="all, delete-orphan")

    @property
    def roles(self) -> frozenset[Role]:  # type: ignore[override]
        """The staff roles held."""
        return frozenset(Role(grant.role) for grant in self.grants)

    @property
    def is_active(self) -> bool:
        """Whether the account may be used."""
        return self.disabled_at is None


class StaffRole(Base):
    """One role that one person holds."""

    __tablename__ = "staff_roles"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(20), primary_key=True)


class RecoveryCode(Base):
    """A single-use code for a day without the authenticator app; only its hash is kept."""

    __tablename__ = "recovery_codes"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class KnownDevice(Base):
    """A browser in which a person signed in before: strangers' wrong guesses never shut it out."""

    __tablename__ = "known_devices"
    __table_args__ = (UniqueConstraint("person_id", "device_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    #: Keyed hash of the browser's random cookie.
    device_hash: Mapped[str] = mapped_column(String(64), index=True)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
