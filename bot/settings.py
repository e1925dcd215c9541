"""Settings: environment variables (and `.env`), read once, every fault reported at once."""

from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class SettingsError(Exception):
    """One or more settings cannot be used; `faults` has a sentence for each."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
}


def _database_url(url: str) -> str:
    """Accept the everyday spellings and name the asynchronous driver (`postgresql+asyncpg://`)."""
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in _DRIVERS:
        raise ValueError("must start with sqlite:/// or postgresql://")
    if scheme.startswith("sqlite"):
        return f"{_DRIVERS[scheme]}://{rest}"
    parts = urlsplit(f"postgresql://{rest}")
    try:
        parts.port  # noqa: B018 - reading it is the check
    except ValueError:
        # Whatever was taken for the port may be half of a password: it is not repeated.
        raise ValueError(
            "must be postgresql://user:password@host:port/database; write / ? # in a password as %2F %3F %23"
        ) from None
    # What libpq calls sslmode, the driver calls ssl; the values are the same.
    options = [("ssl" if name == "sslmode" else name, value) for name, value in parse_qsl(parts.query)]
    # A password is often pasted as it is; its last @ is where the host begins.
    person, at, host = parts.netloc.rpartition("@")
    name, colon, password = person.partition(":")
    netloc = f"{name}{colon}{quote(unquote(password), safe='')}{at}{host}"
    query = urlencode([(name, value) for name, value in options if name != "channel_binding"])
    return urlunsplit(parts._replace(scheme="postgresql+asyncpg", netloc=netloc, query=query))


def _http_url(url: str) -> str:
    if not url.startswith(("http://", "https://")):
        raise ValueError("must start with https:// or http://")
    return url.rstrip("/")


def _gateway_url(url: str) -> str:
    if not url.startswith(("ws://", "wss://")):
        raise ValueError("must start with wss:// or ws://")
    return url


HttpUrl = Annotated[str, AfterValidator(_http_url)]


class Settings(BaseSettings):
    """Everything an operator can set. The names of the variables are in `.env.example`."""

    model_config = SettingsConfigDict(
        env_prefix="COHORT_",
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        validate_by_name=True,
        validate_by_alias=True,
        frozen=True,
        hide_input_in_errors=True,  # it may be a password
    )

    discord_token: SecretStr | None = Field(default=None, validation_alias="DISCORD_TOKEN")
    """The bot's token, from Discord's developer portal. Only `cohort run` and `cohort check` need it."""

    database_url: Annotated[str, AfterValidator(_database_url)] = Field(
        default="sqlite:///cohort.sqlite3", validation_alias="DATABASE_URL", validate_default=True
    )
    """Where everything is kept: a file of SQLite, or PostgreSQL."""

    arxiv_rss_url: HttpUrl = "https://rss.arxiv.org/rss"
    """arXiv's daily feeds; a category is appended as `/cs.LG`."""

    arxiv_api_url: HttpUrl = "https://export.arxiv.org/api/query"
    """arXiv's query API, for papers that members look up."""

    arxiv_interval_s: Annotated[float, Field(ge=0, le=3600)] = 3.0
    """Seconds between two requests to arXiv, over all categories and processes (their terms ask for 3)."""

    hf_papers_url: HttpUrl = "https://huggingface.co/api/daily_papers"
    """Hugging Face's daily papers: votes and links to code, joined to arXiv's papers by id."""

    devpost_url: HttpUrl = "https://devpost.com/api/hackathons"
    """Devpost's list of hackathons, as its own page asks for it."""

    mlh_url: HttpUrl = "https://www.mlh.com/seasons"
    """Major League Hacking's seasons; `/2026/events` is appended."""

    zindi_url: HttpUrl = "https://api.zindi.africa/v1/competitions"
    """Zindi's list of competitions."""

    hackclub_url: HttpUrl = "https://hackathons.hackclub.com/api/events/upcoming"
    """Hack Club's list of hackathons."""

    deadlines_url: HttpUrl = "https://codeload.github.com/huggingface/ai-deadlines/tar.gz/refs/heads/main"
    """Deadlines of conferences: an archive of YAML files, or a single one."""

    fetch_allow: Annotated[frozenset[tuple[str, int]], NoDecode] = frozenset()
    """Private calendars that the operator trusts, as `host:port`; any other has to be on the public web."""

    discord_api_url: HttpUrl | None = None
    """Another address for Discord's REST API: a rate-limit proxy in a cluster, a loopback in tests."""

    discord_gateway_url: Annotated[str, AfterValidator(_gateway_url)] | None = None
    """Another address for Discord's gateway."""

    shard_count: Annotated[int, Field(ge=1, le=16384)] | None = None
    """How many shards there are over all processes. Discord demands sharding from 2,500 servers on."""

    shard_ids: Annotated[tuple[int, ...], NoDecode] | None = None
    """The shards of this process, such as `0,1` or `0-3`; all of them when it is left out."""

    http_host: str = "127.0.0.1"
    """Where `/healthz` and `/metrics` listen; anything but loopback shows them to that network."""

    http_port: Annotated[int, Field(ge=0, le=65535)] = 8790
    """Their port; 0 switches them off."""

    sentry_dsn: SecretStr | None = None
    """Where errors are reported, if anywhere; needs the extra `sentry`."""

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """How much is logged. No level logs a message's text, a token or an interaction's address."""

    log_format: Literal["text", "json"] = "text"
    """`text` for people, `json` for machines: one object a line."""

    @field_validator(
        "discord_token",
        "discord_api_url",
        "discord_gateway_url",
        "shard_count",
        "sentry_dsn",
        mode="before",
    )
    @classmethod
    def _empty_is_absent(cls, value: Any) -> Any:
        return None if isinstance(value, str) and not value.strip() else value

    @field_validator("fetch_allow", mode="before")
    @classmethod
    def _hosts(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        hosts = set()
        for part in value.replace(",", " ").split():
            host, _, port = part.rpartition(":")
            if not host or "/" in host or not port.isdecimal() or not 0 < int(port) < 65536:
                raise ValueError("must be a list such as calendar.example.org:443, 10.0.0.7:8080")
            hosts.add((host.strip("[]").lower(), int(port)))
        return frozenset(hosts)

    @field_validator("shard_ids", mode="before")
    @classmethod
    def _shards(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if not value.strip():
            return None
        shards: list[int] = []
        for part in value.split(","):
            first, _, last = part.strip().partition("-")
            if not first.isdecimal() or not (last or first).isdecimal():
                raise ValueError("must be numbers such as 0,1 or 0-3")
            shards += range(int(first), int(last or first) + 1)
        return tuple(shards)

    @model_validator(mode="after")
    def _shards_fit(self) -> Self:
        if self.shard_ids is None:
            return self
        if self.shard_count is None:
            raise ValueError("COHORT_SHARD_IDS needs COHORT_SHARD_COUNT beside it")
        if not self.shard_ids or max(self.shard_ids) >= self.shard_count:
            raise ValueError(f"COHORT_SHARD_IDS must lie between 0 and {self.shard_count - 1}")
        return self

    @field_validator("log_level", mode="before")
    @classmethod
    def _any_case(cls, value: Any) -> Any:
        return value.upper() if isinstance(value, str) else value

    @classmethod
    def load(cls, **overrides: Any) -> Self:
        """Read the environment; raise `SettingsError` with a sentence for each fault."""
        try:
            return cls(**overrides)
        except ValidationError as error:
            raise SettingsError([_say(fault["loc"], fault["msg"]) for fault in error.errors()]) from None

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is a file of SQLite."""
        return self.database_url.startswith("sqlite")

    @property
    def sqlite_path(self) -> Path | None:
        """The SQLite file, or None for PostgreSQL and for a database in memory."""
        if not self.is_sqlite:
            return None
        path = self.database_url.partition(":///")[2].partition("?")[0]
        return Path(path) if path and path != ":memory:" else None


def variable_name(field: str) -> str:
    """Return the environment variable that sets `field`."""
    alias = Settings.model_fields[field].validation_alias
    return alias if isinstance(alias, str) else f"COHORT_{field.upper()}"


def _say(location: tuple[int | str, ...], message: str) -> str:
    field = str(location[0]) if location else "settings"
    name = variable_name(field) if field in Settings.model_fields else field
    # The value itself is never repeated: it may be a secret.
    return f"{name}: {message.removeprefix('Value error, ')}."
