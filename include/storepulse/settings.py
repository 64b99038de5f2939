"""The environment, read here and nowhere else.

Every variable is listed with its meaning in `.env.example`; a `.env` in the working directory is
read too, and the process environment wins over it.
"""

import os
import re
from datetime import time
from functools import cached_property
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from storepulse.errors import SettingMissing
from storepulse.redaction import is_host

PROJECT_ROOT = Path(__file__).resolve().parents[2]
# In a path, DuckDB takes the first four for patterns and `name=value` for a column; dbt-duckdb
# takes `#` and `?` for parts of an address.
_MISREAD = frozenset("*?[]=#\\")

# A path has lost one of the slashes.
_ADDRESS = re.compile(r"[A-Za-z][\w+.-]+:/")
_DEADLINE = re.compile(r"([^=,]+=)?([01]\d|2[0-3]):[0-5]\d")
_USUAL_DEADLINE = time(8, 30)


class Settings(BaseSettings):
    """Where things are and how to reach people. Read it with `Settings()`; it is cheap."""

    model_config = SettingsConfigDict(
        env_prefix="STOREPULSE_",
        env_file=".env",
        # A line of .env.example that is uncommented and left empty means "not set".
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        # A password in the wrong line is not to be shown with the line.
        hide_input_in_errors=True,
    )

    home: Path = Field(
        default=PROJECT_ROOT / "var",
        description="everything written goes here",
        # A project may lie in such a folder, too.
        validate_default=True,
    )
    source: str = Field(default="demo_shop", description="folder under include/sources")
    sources_dir: Path = PROJECT_ROOT / "include" / "sources"
    expectations_dir: Path = PROJECT_ROOT / "expectations"
    dbt_project_dir: Path = PROJECT_ROOT / "dbt_project"
    # Which one is used while none is set: storepulse.transform.currency.
    reporting_currency: str | None = None
    language: Literal["zh", "en"] = "zh"
    lock_timeout_seconds: float = 600.0

    smtp_host: str | None = None
    smtp_port: int = 587
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_ca_file: Path | None = None
    mail_from: str = "storepulse@localhost"
    mail_to: str = "operations@localhost"
    failures_mail_to: str = "data-engineering@localhost"
    report_url: str | None = None
    deadlines: str = f"{_USUAL_DEADLINE:%H:%M}"
    ping_url: str | None = None

    @field_validator("home")
    @classmethod
    def _read_as_it_is(cls, home: Path) -> Path:
        if _ADDRESS.match(str(home)):
            raise ValueError("expected a folder of this machine, got an address; name a folder")
        if misread := sorted(_MISREAD & set(str(home))):
            raise ValueError(
                f"expected a folder without {' '.join(misread)} in its path, which DuckDB and dbt "
                f"would read as patterns, partitions or parts of an address, got {home}; "
                f"name another folder"
            )
        return home

    @field_validator("smtp_host")
    @classmethod
    def _can_be_looked_up(cls, host: str | None) -> str | None:
        # Messages name it: an address with a login is not to stand in them.
        if host is not None and not is_host(host):
            raise ValueError(
                "expected the name of a host like smtp.example.com, got something else; user, "
                "password and port have variables of their own"
            )
        return host

    @field_validator("report_url")
    @classmethod
    def _for_everybody(cls, url: str | None) -> str | None:
        if url is not None and "@" in urlsplit(url).netloc:
            raise ValueError(
                "expected an address without user and password, got one with them; it stands in "
                "every mail. Leave them out"
            )
        return url

    @field_validator("deadlines")
    @classmethod
    def _times_of_day(cls, deadlines: str) -> str:
        for entry in deadlines.split(","):
            if not _DEADLINE.fullmatch(entry.strip()):
                raise ValueError(
                    "expected a time like 08:30, and perhaps others of single stores like "
                    "08:30,us_site=09:00, got something else between two commas"
                )
        return deadlines

    def deadline_of(self, store_id: str) -> time:
        """When a store's numbers of the day before are expected, in its own time zone."""
        entries = [entry.strip().rpartition("=") for entry in self.deadlines.split(",")]
        by_store = {store: time.fromisoformat(moment) for store, _, moment in entries}
        return by_store.get(store_id) or by_store.get("", _USUAL_DEADLINE)

    @cached_property
    def landing(self) -> Path:
        """What sources sent, one folder per feed, source and window."""
        return self.home / "landing"

    @cached_property
    def accepted(self) -> Path:
        """Typed rows that passed validation; the raw layer dbt reads."""
        return self.home / "accepted"

    @cached_property
    def quarantine(self) -> Path:
        """Rows that were refused, with the rules that refused them."""
        return self.home / "quarantine"

    @cached_property
    def decisions(self) -> Path:
        """What people decided about refused rows."""
        return self.home / "decisions"

    @cached_property
    def warehouse(self) -> Path:
        """The DuckDB file dbt writes, and what the pipeline keeps about its builds."""
        return self.home / "warehouse"

    @cached_property
    def warehouse_file(self) -> Path:
        """The DuckDB file itself; only build and publish open it."""
        return self.warehouse / "storepulse.duckdb"

    @cached_property
    def as_of(self) -> Path:
        """The KPI values of each build, kept outside the warehouse file."""
        return self.home / "as_of"

    @cached_property
    def serving(self) -> Path:
        """Finished marts: the only place BI tools read."""
        return self.home / "serving"

    @cached_property
    def outbox(self) -> Path:
        """Every mail as an `.eml` file, and the record of what was sent."""
        return self.home / "outbox"

    @cached_property
    def report(self) -> Path:
        """Static pages."""
        return self.home / "report"


def expand_variables(text: str, where: str) -> str:
    """Replace each `${NAME}` by that environment variable (or its line in `.env`).

    Args:
        text: a value of a source's `source.yaml`.
        where: names the file in the error message.

    Raises:
        SettingMissing: a variable is not set; the message names it and the file that wants it.
    """
    known = {**dotenv_values(".env"), **os.environ}

    def value_of(match: re.Match[str]) -> str:
        value = known.get(match[1])
        if not value:
            raise SettingMissing(
                f"{where} needs the environment variable {match[1]}, which is not set; "
                f"set it in .env (see .env.example) and run again"
            )
        return value

    return re.sub(r"\$\{([A-Z][A-Z0-9_]*)\}", value_of, text)
