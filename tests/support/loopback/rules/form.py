"""Collecting what is wrong with a form, field by field."""

from typing import Any

from tests.support.loopback.errors import invalid_form

Path = tuple[str | int, ...]


class FormErrors:
    """Errors by path. `raise_if_any` turns them into Discord's nested `errors` object."""

    def __init__(self) -> None:
        self.found: list[tuple[Path, str, str]] = []

    def add(self, path: Path, code: str, message: str) -> None:
        """Note a fault at a path such as `("embeds", 0, "title")`."""
        self.found.append((path, code, message))

    def length(self, path: Path, value: Any, most: int, least: int = 0, *, required: bool = False) -> None:
        """Check a text: its type, and that it is `least` to `most` characters long."""
        if value is None:
            if required:
                self.add(path, "BASE_TYPE_REQUIRED", "This field is required")
            return
        if not isinstance(value, str):
            self.add(path, "STRING_TYPE_CONVERT", "Could not interpret as string.")
        elif len(value.strip() if least else value) < least:
            self.add(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length.")
        elif len(value) > most:
            self.add(path, "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")

    def number(self, path: Path, value: Any, least: int, most: int) -> None:
        """Check a whole number that may be absent."""
        if value is None:
            return
        if isinstance(value, bool) or not isinstance(value, int):
            self.add(path, "NUMBER_TYPE_COERCE", f'Value "{value}" is not int.')
        elif not least <= value <= most:
            self.add(path, "NUMBER_TYPE_RANGE", f"int value should be between {least} and {most}.")

    def count(self, path: Path, value: Any, most: int, least: int = 0) -> list[Any]:
        """Check how many a list holds and return it; anything else counts as empty."""
        items = value if isinstance(value, list) else []
        if value is not None and not isinstance(value, list):
            self.add(path, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
        if not least <= len(items) <= most:
            self.add(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length.")
        return items

    def nested(self) -> dict[str, Any]:
        """Return Discord's shape: `{"embeds": {"0": {"title": {"_errors": […]}}}}`."""
        root: dict[str, Any] = {}
        for path, code, message in self.found:
            node = root
            for step in path:
                node = node.setdefault(str(step), {})
            node.setdefault("_errors", []).append({"code": code, "message": message})
        return root

    def raise_if_any(self) -> None:
        """Raise 50035 when something was wrong."""
        if self.found:
            raise invalid_form(self.nested())
