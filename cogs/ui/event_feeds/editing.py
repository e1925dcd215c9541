"""Changing a feed of events on a card: a panel with its present values, each choice applied at once."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, Self

import discord
from discord import ui

from bot.domain.feeds import Feed, FeedKind, FeedPlan, FeedState, Moment, Style
from bot.domain.schedule import parse_days, parse_time
from bot.domain.server_settings import Area
from bot.domain.sources import stamp
from bot.domain.zones import parse_zone
from bot.errors import Faults, UserError
from bot.services.events import EventFeedStatus
from bot.tree import GuardedButton, GuardedSelect
from cogs.ui.access import may_manage
from cogs.ui.cards import ACCENT, GOOD, card, line, show
from cogs.ui.event_feeds.cards import preview_card
from cogs.ui.event_feeds.forms import edit_form
from cogs.ui.event_feeds.inputs import (
    MOMENTS,
    STYLES,
    EventEdit,
    Mentioned,
)
from cogs.ui.event_feeds.reading import read_limit, read_reading
from cogs.ui.event_feeds.words import differences, fields, options_of, promise
from cogs.ui.feeds.buttons import FeedButton
from cogs.ui.feeds.cards import left_words
from cogs.ui.forms import form, open_form
from cogs.ui.menus import channel_menu, choice_menu, mention_menu
from cogs.ui.places import KINDS_OF_TEXT, check_mention, check_postable

if TYPE_CHECKING:
    from bot.client import CohortBot

    Interaction = discord.Interaction[CohortBot]
else:
    Interaction = discord.Interaction

_SELECT: Final = r"efeed:set:(?P<field>style|moments|native|channel|mention):(?P<number>\d{1,9})"
_FORM: Final = r"efeed:form:(?P<form>what|when):(?P<number>\d{1,9})"
_OPENS: Final = {
    FeedKind.MEETUPS: "Calendar address",
    FeedKind.HACKATHONS: "Sites, themes, where",
    FeedKind.DEADLINES: "Conferences",
}
_NATIVE: Final = {"no": "Posts only", "yes": "Posts and Discord events"}


class EventFeedSelect(GuardedSelect, template=_SELECT):
    """One choice about one feed of events; it works on panels of any age."""

    reads_content = False

    def __init__(self, item: Any, field: str, number: int) -> None:
        super().__init__(item)
        self.field = field
        self.number = number

    @classmethod
    async def from_custom_id(
        cls, interaction: "discord.Interaction[Any]", item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Take the menu as Discord sent it."""
        return cls(item, match["field"], int(match["number"]))

    async def act(self, interaction: "discord.Interaction[CohortBot]") -> None:
        """Apply the choice."""
        server_id = await may_manage(interaction, Area.FEED)
        await interaction.response.defer()
        await apply(interaction, server_id, self.number, self._edit())

    def _edit(self) -> EventEdit:
        values: list[Any] = self.item.values
        match self.field:
            case "style":
                return EventEdit(style=Style(values[0]))
            case "moments":
                return EventEdit(moments=tuple(moment for moment in Moment if moment in values))
            case "native":
                return EventEdit(native=values[0] == "yes")
            case "mention":
                return EventEdit(mention=Mentioned(values[0].id if values else None))
            case _:
                channel = values[0].resolve()
                if not isinstance(channel, discord.TextChannel):
                    raise UserError(
                        "I cannot see that channel. Give my role View Channel there and try again."
                    )
                return EventEdit(channel_id=channel.id)


class EventFeedFormButton(GuardedButton, template=r"efeed:open:(?P<form>what|when):(?P<number>\d{1,9})"):
    """Opens a form with what has to be typed."""

    reads_content = False

    def __init__(self, form: str, number: int, *, label: str = "Edit") -> None:
        super().__init__(
            ui.Button(label=label, style=discord.ButtonStyle.primary, custom_id=f"efeed:open:{form}:{number}")
        )
        self.form = form
        self.number = number

    @classmethod
    async def from_custom_id(
        cls, interaction: "discord.Interaction[Any]", item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Make the button again from what Discord sent."""
        return cls(match["form"], int(match["number"]))

    async def act(self, interaction: "discord.Interaction[CohortBot]") -> None:
        """Show the form with the present values."""
        await _open(interaction, [self.form, str(self.number)])


async def _open(interaction: Interaction, words: Sequence[str]) -> None:
    server_id = await may_manage(interaction, Area.FEED)
    status = await interaction.client.services.event_feeds.status(server_id, int(words[1]))
    await open_form(interaction, edit_form(words[0], status.feed))


async def apply(interaction: Interaction, server_id: int, number: int, edit: EventEdit) -> None:
    """Make a change that a panel asked for, and bring the panel up to date."""
    before, after = await change(interaction, server_id, number, edit)
    left = await interaction.client.services.event_leftovers.count(server_id, number)
    await show(interaction, panel_card(after.feed, before, left))


async def change(
    interaction: Interaction, server_id: int, number: int, edit: EventEdit
) -> tuple[FeedPlan, EventFeedStatus]:
    """Apply an edit to a feed as it is now; return its plan from before and how it stands after."""
    events = interaction.client.services.event_feeds
    status = await events.status(server_id, number)
    before = status.feed.plan
    after = edit.applied_to(before)
    check_edit(interaction.guild, after, edit)
    if after == before:
        return before, status
    return before, await events.change(server_id, number, after, by=interaction.user.id)


def check_edit(guild: discord.Guild | None, after: FeedPlan, edit: EventEdit) -> None:
    """Refuse a change after which the feed could not post, mention its role or make Discord events."""
    if guild is None:
        return
    channel = guild.get_channel(after.channel_id)
    if edit.channel_id is not None:
        if not isinstance(channel, discord.TextChannel):
            raise UserError("Events go to a text or announcement channel. Pick one that I can see.")
        check_postable(channel, after.style)
    options = options_of(after)
    role = guild.get_role(options.mention_role_id) if options.mention_role_id is not None else None
    if role is not None and (edit.mention is not None or edit.channel_id is not None):
        check_mention(role, channel)
    if edit.native:
        check_native(guild)


def check_native(guild: discord.Guild) -> None:
    """Refuse Discord's own events where Cohort may not make them."""
    if not guild.me.guild_permissions.create_events:
        raise UserError(
            "I may not create events here. Open Server Settings → Roles, give my role Create Events, and try "
            "again; or leave `native` out."
        )


@form(_FORM, _open)
async def submitted(interaction: Interaction, match: re.Match[str], values: dict[str, str]) -> None:
    """Take a form and save what it says."""
    server_id = await may_manage(interaction, Area.FEED)
    number = int(match["number"])
    await interaction.response.defer()
    events = interaction.client.services.event_feeds
    plan = (await events.status(server_id, number)).feed.plan
    faults = Faults()
    if match["form"] == "when":
        edit = EventEdit(
            at=faults.read(parse_time, values.get("time")),
            zone=faults.read(parse_zone, values.get("zone")),
            days=faults.read(parse_days, values.get("days")),
            limit=faults.read(read_limit, values.get("limit")),
        )
    else:
        typed = {
            name: values[name]
            for name in ("url", "source", "themes", "where", "conferences")
            if name in values
        }
        edit, _ = await read_reading(faults, events, plan.kind, plan.schedule.zone, **typed)
    faults.settle()
    await apply(interaction, server_id, number, edit)


async def show_preview(interaction: Interaction, server_id: int, number: int) -> None:
    """Answer with what a feed's agenda would hold now."""
    events = interaction.client.services.event_feeds
    preview = await events.preview_feed(server_id, number)
    status = await events.status(server_id, number)
    await show(interaction, preview_card(status, preview, interaction.guild))


def panel_card(feed: Feed, before: FeedPlan | None = None, left: int = 0) -> ui.LayoutView:
    """Show what can be changed about a feed, with its present values.

    `before` is the plan just changed, `left` how many Discord events stand that it does not want any more.
    """
    number, plan = feed.number, feed.plan
    parts: list[Any] = []
    if before is not None:
        parts += [_said(before, plan), *_left(number, left), line()]
    values = "\n".join(f"**{name}** {words}" for name, words in fields(plan).items())
    parts.append(f"## Edit feed {number}\n{values}")
    parts.append(
        [
            EventFeedFormButton("what", number, label=_OPENS[plan.kind]),
            EventFeedFormButton("when", number, label="Schedule and limit"),
        ]
    )
    parts += [[select] for select in _selects(feed)]
    parts.append([FeedButton("preview", number), FeedButton("list", 0)])
    return card(*parts, colour=GOOD if before not in (None, plan) else ACCENT)


def edited_card(before: FeedPlan, status: EventFeedStatus, left: int = 0) -> ui.LayoutView:
    """Say what a command changed, and how the feed is now."""
    feed = status.feed
    parts: list[Any] = [
        f"## Feed {feed.number}\n{_said(before, feed.plan)}",
        *_left(feed.number, left),
        promise(feed),
    ]
    if feed.state is FeedState.PAUSED:
        parts.append("⏸️ It is paused and posts nothing until you resume it.")
    elif feed.plan.style is not Style.EACH:
        parts.append(f"Next agenda: {stamp(feed.slot_at, 'F')} ({stamp(feed.slot_at)}).")
    buttons = [FeedButton("preview", feed.number), FeedButton("edit", feed.number), FeedButton("list", 0)]
    return card(*parts, buttons, colour=GOOD if before != feed.plan else ACCENT)


def _left(number: int, left: int) -> list[Any]:
    return [left_words(left), [FeedButton("calloff", number)]] if left else []


def _said(before: FeedPlan, after: FeedPlan) -> str:
    changed = differences(before, after)
    if not changed:
        return "Nothing changed: that is how it was already."
    return "\n".join(f"✅ {words}" for words in changed)


def _selects(feed: Feed) -> list[EventFeedSelect]:
    number, plan = feed.number, feed.plan
    options = options_of(plan)

    style = plan.style if plan.style in STYLES else Style.DIGEST
    styles = {each.value: words for each, words in STYLES.items()}
    menus: list[Any] = [choice_menu(f"efeed:set:style:{number}", styles, {style.value})]
    if style is Style.EACH:
        offered = {moment.value: words for moment, words in MOMENTS.items()}
        menus.append(
            choice_menu(
                f"efeed:set:moments:{number}",
                offered,
                {moment.value for moment in options.moments},
                most=len(offered),
                placeholder="When it speaks of an event",
            )
        )
    native = "yes" if options.native else "no"
    menus.append(choice_menu(f"efeed:set:native:{number}", _NATIVE, {native}))
    menus.append(channel_menu(f"efeed:set:channel:{number}", KINDS_OF_TEXT))
    menus.append(mention_menu(f"efeed:set:mention:{number}", options.mention_role_id))
    return [EventFeedSelect(menu, menu.custom_id.split(":")[2], number) for menu in menus]
