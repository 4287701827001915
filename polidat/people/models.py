"""People, their sign-in tokens, sessions and keys. Every secret is stored as its digest only."""

import enum
from datetime import datetime

from sqlalchemy import ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from polidat.db import Base


class SaleMails(enum.StrEnum):
    """How a seller hears of sales. Money that goes back or is claimed is always told."""

    EACH = "each"  # a mail for each sale
    DAILY = "daily"  # one mail a day for all of them
    NONE = "none"  # no mail; the sales are on their page


class Person(Base):
    """Somebody with an e-mail address. Everyone may buy; sellers and operators may do more.

    `sale_mails` says how they hear of their sales.
    """

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text, default="")
    is_seller: Mapped[bool] = mapped_column(default=False)
    is_operator: Mapped[bool] = mapped_column(default=False)
    is_demo: Mapped[bool] = mapped_column(default=False)
    joined_at: Mapped[datetime]
    sale_mails: Mapped[str] = mapped_column(Text, default=SaleMails.EACH, server_default=SaleMails.EACH)

    @property
    def shown_name(self) -> str:
        """The name, or the part of the address before the @."""
        return self.name or self.email.split("@")[0]


class SignInToken(Base):
    """A link that was mailed: one use, 15 minutes."""

    __tablename__ = "sign_in_token"

    digest: Mapped[str] = mapped_column(Text, primary_key=True)
    email: Mapped[str] = mapped_column(Text, index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class WebSession(Base):
    """A browser that is signed in."""

    __tablename__ = "web_session"

    digest: Mapped[str] = mapped_column(Text, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class KeyScope(enum.StrEnum):
    """What an API key may do."""

    READ = "read"  # look at what is yours; query and ask, paid from the wallet where that costs
    BUY = "buy"  # cart, orders, subscriptions, wallet and licences for others
    SELL = "sell"  # uploads, prices, coupons and parcels; sales, customers and balances are seen
    PAYOUT = "payout"  # money leaves: payouts, refunds, parcels that are not sent, disputes given up
    OPERATE = "operate"  # for operators: act as one, over the whole marketplace


class ApiKeyRow(Base):
    """A bearer key of the API; `hint` is its first characters, to tell keys apart, `scopes` is what it may do.

    Keys older than scopes may do what they could: read, buy and sell, but not send money away.
    """

    __tablename__ = "api_key"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(Text, unique=True)
    hint: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    scopes: Mapped[list[str]] = mapped_column(server_default=text("""'["read", "buy", "sell"]'"""))
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class ApiCall(Base):
    """A call that may be made once: under the caller's own key, what it asked for, and what it made.

    `asked` is a digest, so that the same key for something else is noticed.
    """

    __tablename__ = "api_call"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, autoincrement=False)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    asked: Mapped[str] = mapped_column(Text)
    made: Mapped[str] = mapped_column(Text)
    called_at: Mapped[datetime]


class ApiKeyHold(Base):
    """One cause that lets a person's API keys rest, such as `fraud:17`."""

    __tablename__ = "api_key_hold"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, autoincrement=False)
    cause: Mapped[str] = mapped_column(Text, primary_key=True, index=True)
    since: Mapped[datetime]


class KeyNetwork(Base):
    """A network from which API keys of a person were used within an hour; of an address no more is kept than that."""

    __tablename__ = "key_network"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, autoincrement=False)
    network: Mapped[str] = mapped_column(Text, primary_key=True)
    hour: Mapped[datetime] = mapped_column(primary_key=True, index=True)


class Mail(Base):
    """A mail of ours: waiting, sent, or shown on the outbox page when no server is configured.

    `once` names what it tells, where that must not be told twice.
    """

    __tablename__ = "mail"
    __table_args__ = (
        Index("ix_mail_waiting", "id", postgresql_where=text("sent_at IS NULL AND attempts < 8")),
        Index("ix_mail_tried", "created_at", postgresql_where=text("sent_at IS NULL AND attempts > 0")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    to: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str] = mapped_column(Text, default="")
    once: Mapped[str | None] = mapped_column(Text, unique=True)
