"""Request bodies against Discord's own OpenAPI file, when it is there.

The file (MIT, https://github.com/discord/discord-api-spec) lies beside the repository, not in it.
"""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

SPECIFICATION = Path(__file__).resolve().parents[4] / "shared" / "discord_api" / "openapi.json"


class Schema:
    """Validators for each request body, compiled when first needed."""

    def __init__(self, specification: dict[str, Any]) -> None:
        self._document = _patched(specification)
        self._bodies: dict[tuple[str, str], dict[str, Any]] = {}
        for template, operations in self._document["paths"].items():
            for method, operation in operations.items():
                content = operation.get("requestBody", {}) if isinstance(operation, dict) else {}
                body = content.get("content", {}).get("application/json", {}).get("schema")
                if body is not None:
                    self._bodies[(method.upper(), _nameless(template))] = body
        self._validators: dict[tuple[str, str], Any] = {}

    def knows(self, method: str, template: str) -> bool:
        """Tell whether the file describes a body for a route such as `/channels/{id}/messages`."""
        return (method, _nameless(template)) in self._bodies

    def faults(self, method: str, template: str, body: Any) -> list[str]:
        """Return what is wrong with a body, in words; nothing for routes the file does not describe."""
        key = (method, _nameless(template))
        if key not in self._bodies:
            return []
        if key not in self._validators:
            self._validators[key] = self._compile(self._bodies[key])
        validator = self._validators[key]
        if validator.is_valid(body):
            return []
        return [_explain(error) for error in validator.iter_errors(body)]

    def _compile(self, body: dict[str, Any]) -> Any:
        import jsonschema_rs

        schemas = self._document["components"]["schemas"]
        needed = {name: schemas[name] for name in sorted(_reach(body, schemas))}
        return jsonschema_rs.Draft202012Validator({**body, "components": {"schemas": needed}})


@cache
def load(path: Path = SPECIFICATION) -> Schema | None:
    """Return the schema, or None where the file or `jsonschema_rs` is missing."""
    try:
        import jsonschema_rs  # noqa: F401
    except ImportError:
        return None
    if not path.is_file():
        return None
    return Schema(json.loads(path.read_text(encoding="utf-8")))


def _patched(node: Any) -> Any:
    """Return the specification with the three changes without which it refuses real clients.

    Snowflakes may be integers, integers may be strings of digits, and `oneOf` becomes `anyOf`: the
    alternatives overlap (a null is both "null" and "type: [.., null]").
    """
    if isinstance(node, list):
        return [_patched(item) for item in node]
    if not isinstance(node, dict):
        return node
    if node.get("format") == "snowflake":
        return {"anyOf": [{"type": "string", "pattern": "^[0-9]+$"}, {"type": "integer"}]}
    changed = {("anyOf" if key == "oneOf" else key): _patched(value) for key, value in node.items()}
    if changed.get("type") == "integer" and "enum" not in changed:
        changed.pop("type")
        return {"anyOf": [{"type": "integer", **changed}, {"type": "string", "pattern": "^-?[0-9]+$"}]}
    return changed


def _explain(error: Any) -> str:
    """Say what is wrong where; of several alternatives, by the one whose `type` was meant."""
    branches = [branch for branch in getattr(error.kind, "context", None) or [] if branch]
    meant = [b for b in branches if not any(e.instance_path[-1:] == ["type"] for e in b)] or branches
    if meant:
        return _explain(max(meant, key=lambda branch: max(len(e.instance_path) for e in branch))[0])
    return f"/{'/'.join(map(str, error.instance_path))}: {error.message[:200]}"


def _nameless(template: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", template)


def _reach(node: Any, schemas: dict[str, Any]) -> set[str]:
    """Return the names of all schemas that a schema refers to, however far away."""
    found: set[str] = set()
    stack = [node]
    while stack:
        item = stack.pop()
        if isinstance(item, list):
            stack.extend(item)
        elif isinstance(item, dict):
            reference = item.get("$ref")
            if isinstance(reference, str):
                name = reference.rpartition("/")[2]
                if name not in found:
                    found.add(name)
                    stack.append(schemas[name])
            stack.extend(item.values())
    return found
