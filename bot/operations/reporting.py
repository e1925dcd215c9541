"""Errors to Sentry, or to anything that speaks its protocol; needs the extra `sentry`.

What leaves the machine is the traceback, without local variables, and the same fields as in the log,
through the log's redactor: no token, no text of a member, no request.
"""

from collections.abc import Iterable
from typing import Any, Final

from bot import __version__
from bot.errors import UserError
from bot.log import Redactor

_LEFT_OUT: Final = ("request", "user", "server_name", "breadcrumbs")
_LET_THROUGH: Final = frozenset({"reference", "command", "job", "source", "reason", "code"})


def start(dsn: str, secrets: Iterable[str] = (), **options: Any) -> None:
    """Report what is logged as an error from now on; `options` go to Sentry's SDK.

    Raises UserError where the extra is not installed or the address is none.
    """
    try:
        import sentry_sdk
        from sentry_sdk.utils import BadDsn
    except ImportError:
        raise UserError(
            "COHORT_SENTRY_DSN needs a package more: pip install 'cohort-bot[sentry]', or leave it empty."
        ) from None
    redactor = Redactor(secrets)

    def clean(event: Any, _hint: dict[str, Any]) -> Any:
        for name in _LEFT_OUT:
            event.pop(name, None)
        extra = event.get("extra") or {}
        event["extra"] = {name: value for name, value in extra.items() if name in _LET_THROUGH}
        return _cleaned(event, redactor)

    try:
        sentry_sdk.init(
            dsn=dsn,
            release=f"cohort@{__version__}",
            before_send=clean,
            include_local_variables=False,
            max_breadcrumbs=0,
            auto_session_tracking=False,
            **options,
        )
    except BadDsn:
        raise UserError(
            "COHORT_SENTRY_DSN must look like https://key@host/number; copy it from Sentry."
        ) from None


def _cleaned(value: Any, redactor: Redactor) -> Any:
    if isinstance(value, str):
        return redactor.clean(value)
    if isinstance(value, dict):
        return {name: _cleaned(each, redactor) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(each, redactor) for each in value]
    return value
