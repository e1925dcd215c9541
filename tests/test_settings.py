"""Settings: every fault at once, by the variable's name, and never its value."""

import re
from pathlib import Path

import pytest

from bot.settings import Settings, SettingsError, variable_name

ROOT = Path(__file__).parents[1]
FIELDS = sorted(Settings.model_fields)


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for field in FIELDS:
        monkeypatch.delenv(variable_name(field), raising=False)


def test_nothing_is_needed() -> None:
    settings = Settings.load()
    assert settings.discord_token is None
    assert settings.database_url == "sqlite+aiosqlite:///cohort.sqlite3"
    assert settings.sqlite_path == Path("cohort.sqlite3")
    assert settings.arxiv_rss_url == "https://rss.arxiv.org/rss"
    assert settings.arxiv_interval_s == 3
    assert (settings.log_level, settings.log_format) == ("INFO", "text")
    assert settings.discord_api_url is None


def test_the_environment_and_the_file_are_read_and_the_environment_wins(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("DISCORD_TOKEN=from-file\nCOHORT_LOG_LEVEL=debug\nSOMETHING_ELSE=1\n")
    monkeypatch.setenv("DISCORD_TOKEN", "from-environment")
    monkeypatch.setenv("COHORT_ARXIV_RSS_URL", "http://127.0.0.1:8000/rss/")
    settings = Settings.load()
    assert settings.discord_token is not None
    assert settings.discord_token.get_secret_value() == "from-environment"
    assert settings.log_level == "DEBUG"
    assert settings.arxiv_rss_url == "http://127.0.0.1:8000/rss"


def test_a_copy_of_the_example_works(tmp_path: Path) -> None:
    example = (ROOT / ".env.example").read_text()
    (tmp_path / ".env").write_text(example)
    assert Settings.load() == Settings()
    # And so does one in which every line was switched on.
    (tmp_path / ".env").write_text(re.sub(r"^# (?=\w+=)", "", example, flags=re.MULTILINE))
    assert Settings.load() == Settings()


@pytest.mark.parametrize("field", FIELDS)
def test_an_empty_value_is_no_value(monkeypatch: pytest.MonkeyPatch, field: str) -> None:
    monkeypatch.setenv(variable_name(field), "")
    assert getattr(Settings.load(), field) == getattr(Settings(), field)


def test_every_fault_is_reported_at_once_by_name_and_without_its_value(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wrong = {
        "DATABASE_URL": "mysql://root:hunter2@host/db",
        "COHORT_ARXIV_RSS_URL": "ftp://hunter2",
        "COHORT_ARXIV_INTERVAL_S": "hunter2",
        "COHORT_DISCORD_API_URL": "hunter2",
        "COHORT_DISCORD_GATEWAY_URL": "https://hunter2",
        "COHORT_LOG_LEVEL": "hunter2",
        "COHORT_LOG_FORMAT": "hunter2",
    }
    for name, value in wrong.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        Settings.load()
    faults = caught.value.faults
    assert sorted(fault.split(":")[0] for fault in faults) == sorted(wrong)
    assert all(fault.endswith(".") for fault in faults)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    by_name = dict(fault.split(": ", 1) for fault in faults)
    assert by_name["DATABASE_URL"] == "must start with sqlite:/// or postgresql://."
    assert by_name["COHORT_ARXIV_RSS_URL"] == "must start with https:// or http://."
    assert "'DEBUG'" in by_name["COHORT_LOG_LEVEL"]


@pytest.mark.parametrize("value", ["-1", "3601", "nan"])
def test_a_number_out_of_bounds(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("COHORT_ARXIV_INTERVAL_S", value)
    with pytest.raises(SettingsError, match=r"^COHORT_ARXIV_INTERVAL_S: "):
        Settings.load()


@pytest.mark.parametrize(
    ("written", "url", "path"),
    [
        ("sqlite:///cohort.sqlite3", "sqlite+aiosqlite:///cohort.sqlite3", "cohort.sqlite3"),
        ("sqlite:////srv/c.sqlite3", "sqlite+aiosqlite:////srv/c.sqlite3", "/srv/c.sqlite3"),
        ("sqlite+aiosqlite:///c.sqlite3?x=1", "sqlite+aiosqlite:///c.sqlite3?x=1", "c.sqlite3"),
        ("sqlite:///:memory:", "sqlite+aiosqlite:///:memory:", None),
        ("postgres://u:p@h/d", "postgresql+asyncpg://u:p@h/d", None),
        ("postgresql://u:p@h:5432/d?ssl=require", "postgresql+asyncpg://u:p@h:5432/d?ssl=require", None),
        ("postgresql+asyncpg://u@h/d", "postgresql+asyncpg://u@h/d", None),
    ],
)
def test_spellings_of_the_database(
    monkeypatch: pytest.MonkeyPatch, written: str, url: str, path: str | None
) -> None:
    monkeypatch.setenv("DATABASE_URL", written)
    settings = Settings.load()
    assert settings.database_url == url
    assert settings.sqlite_path == (Path(path) if path else None)
    assert settings.is_sqlite == url.startswith("sqlite")


@pytest.mark.parametrize(
    "written", ["cohort.sqlite3", "postgresql+psycopg2://u@h/d", "mysql://h/d", "sqlite:x"]
)
def test_databases_that_do_not_work(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.setenv("DATABASE_URL", written)
    with pytest.raises(SettingsError, match=r"^DATABASE_URL: must start with sqlite:/// or postgresql://\.$"):
        Settings.load()


def test_settings_do_not_show_the_token() -> None:
    settings = Settings(discord_token="hunter2")  # type: ignore[arg-type]  # pydantic wraps it
    assert "hunter2" not in repr(settings)
    assert "hunter2" not in settings.model_dump_json()


@pytest.mark.parametrize("field", FIELDS)
def test_every_setting_is_in_the_example_and_in_the_documentation(field: str) -> None:
    name = variable_name(field)
    assert re.search(rf"^(?:# ?)?{name}=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert f"`{name}`" in (ROOT / "docs" / "settings.md").read_text()


def test_the_example_names_nothing_else() -> None:
    named = re.findall(r"^(?:# ?)?([A-Z][A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert sorted(named) == sorted(map(variable_name, FIELDS))


def test_not_even_a_plain_call_repeats_a_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://me:hunter2@host/cohort")
    monkeypatch.setenv("COHORT_LOG_LEVEL", "loud")
    with pytest.raises(ValueError, match="2 validation errors") as caught:
        Settings(_env_file=None)  # type: ignore[call-arg]
    assert "hunter2" not in str(caught.value)


def test_urls_of_managed_databases_are_understood() -> None:
    url = "postgres://me:pw@db.example:5432/cohort?sslmode=require&channel_binding=require"
    settings = Settings.load(_env_file=None, database_url=url)
    assert settings.database_url == "postgresql+asyncpg://me:pw@db.example:5432/cohort?ssl=require"


def test_a_password_may_be_pasted_as_it_is() -> None:
    settings = Settings.load(_env_file=None, database_url="postgresql://u:p@ss:w0rd@h/db")
    assert settings.database_url == "postgresql+asyncpg://u:p%40ss%3Aw0rd@h/db"
    again = Settings.load(_env_file=None, database_url=settings.database_url)
    assert again.database_url == settings.database_url


def test_half_of_a_password_is_not_taken_for_a_port() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.load(_env_file=None, database_url="postgresql://u:p/w0rd@h/db")
    assert "%2F" in caught.value.faults[0]
    assert "w0rd" not in str(caught.value)


def test_private_calendars_are_named_by_host_and_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COHORT_FETCH_ALLOW", "Intranet.example:443, 10.0.0.7:8080 [::1]:80")
    assert Settings().fetch_allow == {("intranet.example", 443), ("10.0.0.7", 8080), ("::1", 80)}
    assert Settings(fetch_allow=frozenset()).fetch_allow == frozenset()
    for wrong in ("intranet.example", "https://intranet.example:443", "host:0", ":80"):
        monkeypatch.setenv("COHORT_FETCH_ALLOW", wrong)
        with pytest.raises(SettingsError, match="COHORT_FETCH_ALLOW: must be a list such as"):
            Settings.load()
