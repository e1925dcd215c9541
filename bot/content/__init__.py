"""What the bot knows, read from the files in `data/`."""

from functools import cache
from pathlib import Path
from typing import Any

from bot.domain.categories import Taxonomy


def data_dir() -> Path:
    """Return where the content is: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).parents[1]
    installed = package / "data"
    return installed if installed.is_dir() else package.parent / "data"


@cache
def load_taxonomy() -> Taxonomy:
    """Return arXiv's categories."""
    return Taxonomy(load_yaml("taxonomy.yaml"))


def load_yaml(name: str) -> Any:
    """Read one file of `data/`."""
    import yaml

    # libyaml's is ten times as fast, and not in every build of PyYAML; both are safe loaders.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load((data_dir() / name).read_text(encoding="utf-8"), Loader=loader)  # noqa: S506
