"""The environment, typed and checked, read once at the start."""

from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Everything that may differ between two marketplaces. Fields are `POLIDAT_<NAME>`; Stripe's keep theirs."""

    model_config = SettingsConfigDict(env_prefix="POLIDAT_", env_file=".env", extra="ignore", frozen=True)

    home: Path = Field(default=Path("data/home"), description="Where the running marketplace keeps everything.")
    database_url: SecretStr | None = Field(
        default=None, description="Another PostgreSQL; empty starts the embedded one."
    )
    database_owner_url: SecretStr | None = Field(
        default=None, description="The role that migrates it; empty: the same."
    )
    host: str = Field(default="127.0.0.1", description="The address the app listens on.")
    port: int = Field(default=8501, ge=1, le=65535, description="The port the app listens on.")
    public_url: str = Field(default="", description="The address people use; empty: http://host:port.")
    demo: bool = Field(default=True, description="Demo people, sample data and the outbox page. Never with a live key.")
    demo_data: bool = Field(default=True, description="Load the sample stores and listings on the first start.")
    upload_bytes_max: int = Field(default=5_000_000_000, gt=0, description="The largest upload, in bytes.")
    query_time_s: float = Field(default=20.0, gt=0, description="The longest a buyer's query may run, in seconds.")
    query_memory_bytes: int = Field(default=1 << 30, gt=1 << 26, description="Memory of one query, in bytes.")
    query_workers: int = Field(default=2, ge=1, le=64, description="Queries that run at the same time.")
    api_calls_per_minute: int = Field(default=1200, gt=0, description="Calls a minute of one API key, in each process.")
    treasury: bool = Field(
        default=False, description="Sellers' financial accounts and virtual cards; with the local sandbox only."
    )
    anchor_key: SecretStr | None = Field(
        default=None, description="Signs the anchors of the books: Ed25519, base64, PEM or a file; empty: unsigned."
    )
    anchor_public_keys: str = Field(
        default="", description="Public keys, by commas, that signed anchors before the one of anchor_key."
    )
    smtp_url: SecretStr | None = Field(
        default=None, description="smtp[s]://user:password@host:port; empty: outbox page."
    )
    mail_from: str = Field(default="PoliDat <no-reply@polidat.example>", description="Sender of our mails.")
    stripe_api_key: SecretStr | None = Field(
        default=None, validation_alias="STRIPE_API_KEY", description="Talk to Stripe; empty: the local sandbox."
    )
    stripe_webhook_secret: SecretStr | None = Field(
        default=None, validation_alias="STRIPE_WEBHOOK_SECRET", description="Signs events of the platform's account."
    )
    stripe_connect_webhook_secret: SecretStr | None = Field(
        default=None, validation_alias="STRIPE_CONNECT_WEBHOOK_SECRET", description="Signs events of sellers' accounts."
    )

    @property
    def base_url(self) -> str:
        """The address people and Stripe use, without a slash at its end."""
        return self.public_url.rstrip("/") or f"http://{self.host}:{self.port}"

    @property
    def uses_sandbox(self) -> bool:
        """Whether payments go to the local Stripe sandbox."""
        return self.stripe_api_key is None

    @model_validator(mode="after")
    def _refuse_unsafe_mixes(self) -> Self:
        key = self.stripe_api_key.get_secret_value() if self.stripe_api_key else ""
        if key.startswith(("sk_live_", "rk_live_")) and self.demo:
            raise ValueError("A live Stripe key and demo mode exclude each other. Set POLIDAT_DEMO=false.")
        if key and self.stripe_webhook_secret is None:
            raise ValueError("STRIPE_API_KEY needs STRIPE_WEBHOOK_SECRET: unsigned events are never believed.")
        if self.treasury and not self.uses_sandbox:
            raise ValueError(
                "POLIDAT_TREASURY is for the local sandbox: accounts with an Express dashboard cannot have Treasury."
            )
        if not self.demo and self.uses_sandbox:
            raise ValueError("Without demo mode the sandbox's test money must not buy: set STRIPE_API_KEY.")
        if key.startswith(("sk_live_", "rk_live_")) and not self.base_url.startswith("https://"):
            raise ValueError("A live Stripe key needs an https address. Set POLIDAT_PUBLIC_URL.")
        return self

    def shown(self) -> dict[str, str]:
        """Return every setting as text, secrets masked, for `polidat config`."""
        return {name: str(getattr(self, name)) for name in type(self).model_fields}
