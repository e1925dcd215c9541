"""Scheduled events. They have no nonce: a lost answer and a retry make two of them."""

from typing import Any

from tests.support.loopback import errors, permissions, project, rules
from tests.support.loopback.model import ScheduledEvent
from tests.support.loopback.rest.routing import Answer, Call, routes

MOST = 100
SCHEDULED, ACTIVE, COMPLETED, CANCELLED = 1, 2, 3, 4
NEXT = {SCHEDULED: {ACTIVE, CANCELLED}, ACTIVE: {COMPLETED}}


@routes.add("GET", "/guilds/{guild_id}/scheduled-events")
def list_events(call: Call) -> Answer:
    found = call.world.events_of(call.guild().id)
    return 200, [project.scheduled_event(call.world, e) for e in found if e.status in {SCHEDULED, ACTIVE}]


@routes.add("POST", "/guilds/{guild_id}/scheduled-events")
def create_event(call: Call) -> Answer:
    # Since 23 February 2026 MANAGE_EVENTS alone does not suffice.
    guild = call.guild(needs=permissions.CREATE_EVENTS)
    body = dict(call.form)
    rules.check_scheduled_event(body, now=call.world.clock.now(), new=True)
    if sum(e.status in {SCHEDULED, ACTIVE} for e in call.world.events_of(guild.id)) >= MOST:
        raise errors.refused(30038, f"Maximum number of guild scheduled events reached ({MOST})")
    event = ScheduledEvent(call.world.ids.new(), guild.id, call.bot_id(), body)
    call.world.put_event(event, new=True)
    return 200, project.scheduled_event(call.world, event)


def _event(call: Call, *, change: bool = False) -> ScheduledEvent:
    guild = call.guild()
    event = call.world.events.get(call.id("event_id"))
    if event is None or event.guild_id != guild.id:
        raise errors.unknown("guild scheduled event")
    if change:
        own = event.creator_id == call.bot_id()
        granted = permissions.in_guild(guild, call.bot_id())
        enough = permissions.MANAGE_EVENTS | (permissions.CREATE_EVENTS if own else 0)
        if not granted & enough:
            raise errors.missing_permissions()
    return event


@routes.add("GET", "/guilds/{guild_id}/scheduled-events/{event_id}")
def get_event(call: Call) -> Answer:
    return 200, project.scheduled_event(call.world, _event(call))


@routes.add("PATCH", "/guilds/{guild_id}/scheduled-events/{event_id}")
def edit_event(call: Call) -> Answer:
    event = _event(call, change=True)
    body: dict[str, Any] = call.form
    status = body.get("status")
    if (
        status is not None
        and int(status) != event.status
        and int(status) not in NEXT.get(event.status, set())
    ):
        fault = {"code": "GUILD_SCHEDULED_EVENT_INVALID_STATUS", "message": "Invalid status transition"}
        raise errors.invalid_form({"status": {"_errors": [fault]}})
    if event.status in {COMPLETED, CANCELLED}:
        raise errors.refused(180000, "Cannot update a finished event")
    merged = event.body | {key: value for key, value in body.items() if key != "status"}
    rules.check_scheduled_event(merged, now=call.world.clock.now(), new="scheduled_start_time" in body)
    event.body = merged
    event.status = int(status or event.status)
    call.world.put_event(event, new=False)
    return 200, project.scheduled_event(call.world, event)


@routes.add("DELETE", "/guilds/{guild_id}/scheduled-events/{event_id}")
def delete_event(call: Call) -> Answer:
    call.world.delete_event(_event(call, change=True).id)
    return 204, None


@routes.add("GET", "/guilds/{guild_id}/scheduled-events/{event_id}/users")
def event_users(call: Call) -> Answer:
    _event(call)
    return 200, []
