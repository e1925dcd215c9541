"""Discord's written rules that its OpenAPI file does not state, checked by hand.

Each `check_…` raises `ApiError` 400/50035 with the nested `errors` object that Discord sends.
"""

from tests.support.loopback.rules.commands import check_command, check_command_set
from tests.support.loopback.rules.components import check_components, displayed_characters
from tests.support.loopback.rules.form import FormErrors
from tests.support.loopback.rules.messages import check_edit, check_message
from tests.support.loopback.rules.modals import check_modal
from tests.support.loopback.rules.places import check_scheduled_event, check_thread

__all__ = [
    "FormErrors",
    "check_command",
    "check_command_set",
    "check_components",
    "check_edit",
    "check_message",
    "check_modal",
    "check_scheduled_event",
    "check_thread",
    "displayed_characters",
]
