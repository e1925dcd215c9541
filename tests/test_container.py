"""The container files: linted, and in step with the settings and the package."""

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.settings import Settings, variable_name

ROOT = Path(__file__).parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    found: dict[str, Any] = compose["services"]
    assert {each.partition(":")[0] for service in found.values() for each in service["volumes"]} == set(
        compose["volumes"]
    )
    return found


def test_the_dockerfile_has_nothing_a_linter_minds() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    subprocess.run([hadolint, ROOT / "Dockerfile"], check=True)  # noqa: S603 - both are ours


def test_the_image_has_every_extra_that_runs() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert all(DOCKERFILE.count(f"--extra {name}") == 2 for name in project["optional-dependencies"])


def test_what_compose_sets_are_settings(services: dict[str, Any]) -> None:
    known = {variable_name(field) for field in Settings.model_fields}
    for name, service in services.items():
        if name != "postgres":
            assert set(service["environment"]) <= known
            assert service["read_only"]
            assert service["cap_drop"] == ["ALL"]


def test_without_a_profile_there_is_one_process_on_sqlite(services: dict[str, Any]) -> None:
    assert [name for name, service in services.items() if "profiles" not in service] == ["cohort"]
    environment = services["cohort"]["environment"]
    assert Settings.load(_env_file=None, database_url=environment["DATABASE_URL"]).sqlite_path == Path(
        "/data/cohort.sqlite3"
    )


def test_the_cluster_has_every_shard_once(services: dict[str, Any]) -> None:
    shards = [service["environment"] for name, service in services.items() if name.startswith("shard-")]
    (count,) = {int(environment["COHORT_SHARD_COUNT"]) for environment in shards}
    assert sorted(int(environment["COHORT_SHARD_IDS"]) for environment in shards) == list(range(count))
    assert len({environment["DATABASE_URL"] for environment in shards}) == 1
