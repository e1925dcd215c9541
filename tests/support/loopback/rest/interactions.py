"""Answers to interactions: the callback, and the webhook that follows it for 15 minutes."""

from typing import Any

from tests.support.loopback import errors, project, rules
from tests.support.loopback.interactions import (
    CHOICES,
    COMMAND,
    DEFER,
    DEFER_UPDATE,
    MODAL,
    REPLY,
    UPDATE,
    Interaction,
)
from tests.support.loopback.model import EPHEMERAL, LOADING, Message
from tests.support.loopback.rest.messages import apply_edit, attach
from tests.support.loopback.rest.routing import Answer, Call, routes
from tests.support.loopback.rules import FormErrors
from tests.support.loopback.rules.commands import check_choices

CHAT_INPUT_REPLY, REPLY_TO_MESSAGE = 20, 19


@routes.add("POST", "/interactions/{webhook_id}/{webhook_token}/callback", token_in_path=True)
def callback(call: Call) -> Answer:
    interaction = call.book.for_callback(call.id("webhook_id"), call.params["webhook_token"])
    answer = int(call.form.get("type") or 0)
    data: dict[str, Any] = call.form.get("data") or {}
    # A form that is wrong acknowledges nothing: the bot may try again within the 3 seconds.
    _check(call, interaction, answer, data)
    interaction.acknowledge(answer, call.world.clock.now())
    shown: Message | None = None
    if answer in {REPLY, DEFER}:
        shown = _post(call, interaction, data, loading=answer == DEFER)
        interaction.original = shown
    elif answer in {UPDATE, DEFER_UPDATE}:
        interaction.original = shown = interaction.source
        if answer == UPDATE and interaction.source is not None:
            apply_edit(call, interaction.source, data, ("data",))
    elif answer == CHOICES:
        interaction.choices = list(data.get("choices") or [])
    elif answer == MODAL:
        interaction.modal = data
    if call.query.get("with_response") not in {"1", "true", "True"}:
        return 204, None
    info: dict[str, Any] = {"id": str(interaction.id), "type": interaction.kind}
    body: dict[str, Any] = {"interaction": info}
    if shown is not None:
        info["response_message_id"] = str(shown.id)
        info["response_message_loading"] = bool(shown.flags & LOADING)
        info["response_message_ephemeral"] = bool(shown.flags & EPHEMERAL)
    if answer in {REPLY, UPDATE} and shown is not None:
        body["resource"] = {"type": answer, "message": project.message(call.world, shown)}
    elif answer in {MODAL, DEFER, DEFER_UPDATE}:
        body["resource"] = {"type": answer}
    return 200, body


def _check(call: Call, interaction: Interaction, answer: int, data: dict[str, Any]) -> None:
    if answer == REPLY:
        rules.check_message(data, files=len(call.files), path=("data",))
    elif answer == MODAL:
        rules.check_modal(data)
    elif answer == CHOICES:
        form = FormErrors()
        listed = form.count(("data", "choices"), data.get("choices"), 25)
        check_choices(listed, interaction.option_kind, form, ("data", "choices"))
        form.raise_if_any()


def _post(
    call: Call,
    interaction: Interaction,
    data: dict[str, Any],
    *,
    loading: bool = False,
    followup: bool = False,
) -> Message:
    flags = int(data.get("flags") or 0) & ~LOADING
    kind = CHAT_INPUT_REPLY if interaction.kind == COMMAND else 0
    if followup:
        kind = REPLY_TO_MESSAGE
    metadata = {
        "id": str(interaction.id),
        "type": interaction.kind,
        "user": project.user(call.world.users[interaction.user_id]),
        "authorizing_integration_owners": interaction.payload["authorizing_integration_owners"],
    }
    return call.world.messages.add(
        interaction.channel_id,
        call.bot_id(),
        ({} if loading else data) | {"interaction_metadata": metadata},
        flags=flags | (LOADING if loading else 0),
        kind=kind,
        seen_by=interaction.user_id if flags & EPHEMERAL else None,
        interaction_id=interaction.id,
        webhook_id=call.world.application_id,
        attachments=attach(call, data),
    )


def _interaction(call: Call) -> Interaction:
    return call.book.for_webhook(
        call.id("webhook_id"), call.params["webhook_token"], owner=call.world.application_id
    )


@routes.add("POST", "/webhooks/{webhook_id}/{webhook_token}", token_in_path=True)
def follow_up(call: Call) -> Answer:
    interaction = _interaction(call)
    body = call.form
    rules.check_message(body, files=len(call.files))
    if interaction.original is not None and interaction.thinking:
        # The first follow-up after a deferral replaces "thinking" and stays as private as that was.
        message = interaction.original
        message.flags |= int(body.get("flags") or 0) & ~EPHEMERAL
        apply_edit(call, message, body)
    else:
        message = _post(call, interaction, body, followup=True)
        interaction.followups.append(message)
    shown = project.message(call.world, message)
    # Without wait=1 a webhook answers 204; interaction webhooks always answer with the message.
    return 200, shown


def _message(call: Call, interaction: Interaction) -> Message:
    wanted = call.params.get("message_id", "@original")
    if wanted == "@original":
        message = interaction.original
    else:
        number = call.id("message_id")
        mine = {
            m.id: m for m in [*interaction.messages, *([interaction.source] if interaction.source else [])]
        }
        message = mine.get(number)
    if message is None or message.deleted:
        raise errors.unknown("message")
    return message


@routes.add("GET", "/webhooks/{webhook_id}/{webhook_token}/messages/@original", token_in_path=True)
@routes.add("GET", "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}", token_in_path=True)
def get_reply(call: Call) -> Answer:
    return 200, project.message(call.world, _message(call, _interaction(call)))


@routes.add("PATCH", "/webhooks/{webhook_id}/{webhook_token}/messages/@original", token_in_path=True)
@routes.add("PATCH", "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}", token_in_path=True)
def edit_reply(call: Call) -> Answer:
    message = _message(call, _interaction(call))
    apply_edit(call, message, call.form)
    return 200, project.message(call.world, message)


@routes.add("DELETE", "/webhooks/{webhook_id}/{webhook_token}/messages/@original", token_in_path=True)
@routes.add("DELETE", "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}", token_in_path=True)
def delete_reply(call: Call) -> Answer:
    call.world.messages.delete(_message(call, _interaction(call)))
    return 204, None
