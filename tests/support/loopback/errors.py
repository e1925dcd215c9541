"""Discord's JSON errors, by the name of what went wrong.

Codes: https://discord.com/developers/docs/topics/opcodes-and-status-codes#json
"""

from typing import Any


class ApiError(Exception):
    """A request that Discord answers with an error: HTTP `status`, JSON `code`, and details for forms."""

    def __init__(self, status: int, code: int, message: str, errors: dict[str, Any] | None = None) -> None:
        super().__init__(f"{status} (code {code}): {message}")
        self.status = status
        self.code = code
        self.message = message
        self.errors = errors

    def body(self) -> dict[str, Any]:
        """Return the JSON body."""
        body: dict[str, Any] = {"message": self.message, "code": self.code}
        if self.errors is not None:
            body["errors"] = self.errors
        return body


class DriverError(AssertionError):
    """The test asked for what no person could do in a Discord client: a hidden command, a missing button."""


_UNKNOWN = {
    "application": 10002,
    "channel": 10003,
    "guild": 10004,
    "member": 10007,
    "message": 10008,
    "role": 10011,
    "user": 10013,
    "webhook": 10015,
    "interaction": 10062,
    "application command": 10063,
    "guild scheduled event": 10070,
}


def unknown(what: str) -> ApiError:
    """404 for a thing that is not, or no longer, there."""
    return ApiError(404, _UNKNOWN[what], f"Unknown {what.title() if what != 'application command' else what}")


def unauthorized() -> ApiError:
    """401 for a wrong or missing token."""
    return ApiError(401, 0, "401: Unauthorized")


def missing_access() -> ApiError:
    """403 for what the bot cannot see."""
    return ApiError(403, 50001, "Missing Access")


def missing_permissions() -> ApiError:
    """403 for what the bot sees but may not do."""
    return ApiError(403, 50013, "Missing Permissions")


def invalid_form(errors: dict[str, Any]) -> ApiError:
    """400 with the faults of each field."""
    return ApiError(400, 50035, "Invalid Form Body", errors)


def refused(code: int, message: str, status: int = 400) -> ApiError:
    """An error known by its code alone."""
    return ApiError(status, code, message)
