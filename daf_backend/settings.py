"""Every setting of the deployment in one class; the only module that reads the environment.

Each field is one variable ``DAF_<NAME>``, listed in ``.env.example`` (a test holds the two equal).
"""

import os
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

Side = Literal["pos", "ecom"]
SIDES: tuple[Side, ...] = ("pos", "ecom")


def _default_home() -> Path:
    """Root gets a folder an unprivileged postgres can traverse; everybody else their own."""
    return Path("/var/lib/daf") if os.geteuid() == 0 else Path.home() / ".local/share/daf"


class Settings(BaseSettings):
    """The configuration of one process. Frozen: what started is what runs."""

    model_config = SettingsConfigDict(env_prefix="DAF_", env_file=".env", extra="ignore", frozen=True)

    env: Literal["desarrollo", "produccion"] = "desarrollo"
    home: Path = Field(default_factory=_default_home)
    uploads: Path = Path("uploads")
    seals: str = ""  # empty: DAF_HOME/sellos

    # Serving
    host: str = "127.0.0.1"
    port: int = 3000
    public_url: str = ""  # empty: taken from each request
    workers: int = Field(2, ge=1, le=64)
    threads: int = Field(4, ge=1, le=64)
    proxies: int = Field(0, ge=0, le=5)
    cors_origins: str = "http://localhost:5173,http://localhost:5174"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    metrics_token: SecretStr = SecretStr("")  # empty: only this machine, in development

    # Databases. Empty DSN: the embedded PostgreSQL. A DSN carries host, port, database and TLS only.
    pos_dsn: str = ""
    ecom_dsn: str = ""
    admin_dsn: SecretStr = SecretStr("")
    pg_bindir: str = ""

    # Connections held as the callers' own roles
    pool_max: int = Field(0, ge=0)  # 0: (max_connections - 20) / (workers x 2)
    pool_per_login: int = Field(4, ge=1)
    pool_queue: int = Field(256, ge=0)
    pool_wait: float = Field(2.0, gt=0)
    pool_idle: float = Field(120.0, gt=0)
    pool_lifetime: float = Field(1800.0, gt=0)
    service_pool_max: int = Field(4, ge=1)
    statement_timeout_ms: int = Field(10_000, ge=100)
    lock_timeout_ms: int = Field(2_000, ge=100)

    # Sessions
    session_check: float = Field(0.5, gt=0, le=1.0)
    pos_access_hours: float = Field(8.0, gt=0)
    ecom_access_hours: float = Field(24.0, gt=0)
    session_idle_hours: float = Field(72.0, gt=0)  # without a refresh; a token keeps its own life
    session_absolute_hours: float = Field(720.0, gt=0, le=366 * 24)

    # The bridge
    bridge_timeout: float = Field(2.0, gt=0)  # inline attempt after a checkout's commit
    sweep_seconds: float = Field(2.0, gt=0)

    # Who moves the money of the shop. An order remembers its provider, so keep stripe's keys while it owes answers.
    pasarela: Literal["simulada", "stripe"] = "simulada"
    stripe_key: SecretStr = SecretStr("")
    stripe_webhook_secret: SecretStr = SecretStr("")
    stripe_url: str = "https://api.stripe.com"
    stripe_timeout: float = Field(10.0, gt=0, le=25)

    # Mail. Neither a server nor a key: development writes letters to DAF_HOME/correo, production lets them wait.
    mail_from: str = ""
    mail_timeout: float = Field(10.0, gt=0)
    smtp_host: str = ""
    smtp_port: int = Field(587, ge=1, le=65535)
    smtp_tls: Literal["starttls", "tls", "no"] = "starttls"
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    resend_key: SecretStr = SecretStr("")

    # Secrets. Empty: made by deploy and kept 0600 in DAF_HOME/keys.
    demo_password: SecretStr = SecretStr("")
    secret_api_login: SecretStr = SecretStr("")
    secret_ecom_publico: SecretStr = SecretStr("")
    secret_ecom_cliente: SecretStr = SecretStr("")
    secret_puente: SecretStr = SecretStr("")
    secret_firma_pos: SecretStr = SecretStr("")  # rings: "kid:base64[,kid:base64]", the first signs
    secret_firma_ecom: SecretStr = SecretStr("")
    secret_kek_pos: SecretStr = SecretStr("")
    secret_kek_ecom: SecretStr = SecretStr("")
    secret_pasarela: SecretStr = SecretStr("")
    secret_contexto: SecretStr = SecretStr("")

    @property
    def embedded(self) -> bool:
        """Whether the embedded PostgreSQL serves both databases."""
        return not (self.pos_dsn or self.ecom_dsn)

    @property
    def seals_folder(self) -> Path:
        """Where seals are published."""
        return Path(self.seals) if self.seals else self.home / "sellos"

    @property
    def origins(self) -> list[str]:
        """The CORS origins as a list."""
        return [origin.strip() for origin in self.cors_origins.split(",") if origin.strip()]


def child_environment(**changes: str) -> dict[str, str]:
    """What a process that we start sees: our own environment with some changes."""
    return {**os.environ, **changes}


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()
