"""Subscriptions on cards, and the buttons that act on them."""

import re
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, Self

import discord
from discord import ui

from bot.domain.feeds import Feed, FeedPlan, FeedState
from bot.domain.queries import stored_query
from bot.domain.schedule import say
from bot.domain.sources import stamp
from bot.domain.subscriptions import Wish, ZoneOf
from bot.errors import UserError
from bot.services.feeds import Preview
from bot.services.subscriptions import Subscription, SubscriptionService
from bot.tree import GuardedButton
from cogs.ui.cards import CARE, GOOD, MAX_CHARACTERS, card, line, show
from cogs.ui.papers import digest_preview, overflow_line
from cogs.ui.subscription_buttons import button, ways_out
from cogs.ui.text import plain, plural, shorten

if TYPE_CHECKING:
    from bot.client import CohortBot

    Interaction = discord.Interaction[CohortBot]

PER_PAGE: Final = 5
PREVIEWED: Final = 5

_MARGIN: Final = 200  # characters for what stands between
_OPEN_UP: Final = "Open the menu of a server we share → Privacy Settings, allow direct messages, and unblock me if you blocked me."


class SubscriptionButton(
    GuardedButton, template=r"sub:(?P<action>stop|pause|resume|preview|restore|list):(?P<number>\d{1,9})"
):
    """One action on one subscription of whoever presses it; for `list` the number is a page."""

    reads_content = False

    def __init__(self, action: str, number: int) -> None:
        super().__init__(button(action, number))
        self.action = action
        self.number = number

    @classmethod
    async def from_custom_id(
        cls, interaction: "discord.Interaction[Any]", item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Make the button again from what Discord sent: it works after any restart."""
        return cls(match["action"], int(match["number"]))

    async def act(self, interaction: "Interaction") -> None:
        """Do it, where nobody but the owner of the subscription can have pressed it."""
        _check_private(interaction)
        member_id = interaction.user.id
        service = interaction.client.services.subscriptions
        turning = self.action == "list" and _is_ephemeral(interaction)
        if turning:
            await interaction.response.defer()
        else:
            await interaction.response.defer(ephemeral=True, thinking=True)
        match self.action:
            case "list":
                view = subscription_list(await service.overview(member_id), page=self.number)
            case "preview":
                view = preview_card(await service.preview(member_id, self.number))
            case "stop":
                view = stopped_card(await service.stop(member_id, self.number))
            case action:
                change = {"pause": service.pause, "resume": service.resume, "restore": service.restore}
                view = changed_card(await change[action](member_id, self.number))
        await show(interaction, view)


async def show_subscriptions(interaction: "Interaction", service: SubscriptionService) -> None:
    """Answer with the list of the member's subscriptions."""
    await show(interaction, subscription_list(await service.overview(interaction.user.id)))


async def subscribe_by_message(interaction: "Interaction", service: SubscriptionService, wish: Wish) -> None:
    """Make a subscription if its first direct message arrives, which says what will come and how to stop it."""
    member = interaction.user
    draft = await service.draft(member.id, wish, server_id=interaction.guild_id)
    try:
        channel = await member.create_dm()
        message = await channel.send(view=welcome_card(draft.plan(channel.id), draft.number))
    except discord.Forbidden:  # 50007, or 50278 where we share no server
        raise UserError(
            f"I could not send you a direct message, so nothing is set up. {_OPEN_UP} Then try again."
        ) from None
    try:
        feed = await service.save(draft, channel.id)
    except Exception:
        # Nothing will come, whatever the message says.
        with suppress(discord.HTTPException):
            await message.delete()
        raise
    if feed.number != draft.number:  # another one was made meanwhile
        await message.edit(view=welcome_card(feed.plan, feed.number))
    await show(interaction, created_card(feed, draft.zone_of))


def welcome_card(plan: FeedPlan, number: int) -> ui.LayoutView:
    """Return the first direct message."""
    return card(
        f"## Your subscription {number}\nYou asked me to send you this here:\n{_promise(plan)}",
        "Days without such papers bring no message. Pause or stop it whenever you like, here or below each of "
        "its messages; `/papers subscriptions` shows all you have.",
        ways_out(number),
    )


def created_card(feed: Feed, zone_of: ZoneOf) -> ui.LayoutView:
    """Say what was set up, when it comes first, and whose time zone that is."""
    plan = feed.plan
    return card(
        f"## Subscription {feed.number} is set\n{_promise(plan)}",
        f"First message: {stamp(feed.slot_at, 'F')} ({stamp(feed.slot_at)}), if there are such papers. "
        "I have just written to you, so that you see where it arrives.",
        *([words] if (words := _zone_words(plan, zone_of)) else []),
        [button("preview", feed.number), button("stop", feed.number, label="Stop"), button("list", 0)],
        colour=GOOD,
    )


def subscription_list(found: Sequence[Subscription], *, page: int = 0) -> ui.LayoutView:
    """List a member's subscriptions, a few on each page."""
    if not found:
        return card(
            "## No subscriptions yet\nType `/papers subscribe` and what you look for, such as "
            '`"graph neural" AND molecule*`: new papers about it then come to you as a direct message at 08:00.'
        )
    pages = [found[start : start + PER_PAGE] for start in range(0, len(found), PER_PAGE)]
    page = min(page, len(pages) - 1)
    parts: list[Any] = [f"## {plural(len(found), 'subscription')}"]
    for each in pages[page]:
        number = each.feed.number
        toggle = "resume" if each.feed.state is FeedState.PAUSED else "pause"
        buttons = [button(toggle, number), button("stop", number, label="Stop"), button("preview", number)]
        parts += [line(), _status(each), buttons]
    if len(pages) > 1:
        parts += [
            line(),
            [
                button("list", max(page - 1, 0), label="← Back", disabled=page == 0),
                button(
                    "list",
                    page + 1,
                    label=f"More → ({page + 1}/{len(pages)})",
                    disabled=page + 1 == len(pages),
                ),
            ],
        ]
    return card(*parts)


def preview_card(preview: Preview) -> ui.LayoutView:
    """Show what a subscription would bring now."""
    feed, selection = preview.digest.feed, preview.digest.selection
    heading = f"## Subscription {feed.number}, as of now\n{_promise(feed.plan)}"
    if feed.state is FeedState.PAUSED:
        heading += "\n⏸️ It is paused and brings nothing until you resume it."
    below = [button("list", 0)]
    if not selection.total:
        return card(heading, "No new paper is waiting that fits.", below)
    overflow = [line(), overflow_line(preview.digest)] if selection.overflow else []
    room = (
        MAX_CHARACTERS - _MARGIN - len(heading) - sum(len(part) for part in overflow if isinstance(part, str))
    )
    blocks = digest_preview(preview.digest, PREVIEWED, room)
    parts: list[Any] = [heading, f"It would now bring **{plural(len(selection.shown), 'paper')}**."]
    for block in blocks:
        parts += [line(), block]
    if hidden := len(selection.shown) - len(blocks):
        parts += [line(), f"… and {plural(hidden, 'more paper')} in the message."]
    return card(*parts, *overflow, below)


def stopped_card(feed: Feed) -> ui.LayoutView:
    """Say that nothing more comes, and how to get it back."""
    return card(
        f"## Subscription {feed.number} is stopped\nI send you nothing more for it.",
        [button("restore", feed.number), button("list", 0)],
    )


def changed_card(feed: Feed) -> ui.LayoutView:
    """Say what state a subscription is in now."""
    if feed.state is FeedState.PAUSED:
        return card(
            f"## Subscription {feed.number} is paused\nI send you nothing for it until you resume it.",
            [button("resume", feed.number), button("list", 0)],
            colour=CARE,
        )
    return card(
        f"## Subscription {feed.number} is on\n{_promise(feed.plan)}\nNext message: {stamp(feed.slot_at, 'F')}.",
        [button("preview", feed.number), button("list", 0)],
        colour=GOOD,
    )


def _promise(plan: FeedPlan) -> str:
    words = plain(shorten(stored_query(plan.query).words(), 300))
    when = say(plan.schedule)
    return (
        f"**New {words}**\n-# Looked for in {', '.join(plan.categories)}\n"
        f"{plain(when[:1].upper() + when[1:])} · at most {plan.limit} at once"
    )


def _status(subscription: Subscription) -> str:
    feed = subscription.feed
    lines = [f"**{feed.number}** · {_promise(feed.plan)}"]
    if feed.state is not FeedState.PAUSED:
        lines.append(f"Next message {stamp(feed.slot_at, 'f')} ({stamp(feed.slot_at)})")
    elif feed.pause_reason:
        lines.append(f"⏸️ Paused: {feed.pause_reason} {_OPEN_UP} Then press Resume.")
    else:
        lines.append("⏸️ Paused. Resume it when you like.")
    if subscription.last:
        slot_at, shown, overflow = subscription.last
        count = plural(shown + overflow, "paper") if shown else "no new paper fitted"
        lines.append(f"Last time {stamp(slot_at)}: {count}")
    return "\n".join(lines)


def _zone_words(plan: FeedPlan, zone_of: ZoneOf) -> str:
    zone, at = plain(plan.schedule.zone), f"{plan.schedule.time:%H:%M}"
    match zone_of:
        case ZoneOf.CHOSEN:
            return ""
        case ZoneOf.MEMBER:
            return f"-# {at} is in {zone}, the time zone you chose last."
        case ZoneOf.SERVER:
            return f"-# {at} is in {zone}, this server's time zone. For your own, stop this and subscribe again with `zone`."
        case ZoneOf.NOBODY:
            return (
                f"-# {at} is UTC. For your own time stop this and subscribe again with `zone`, such as Berlin; "
                "I remember it for you."
            )


def _is_ephemeral(interaction: "discord.Interaction[Any]") -> bool:
    return interaction.message is not None and interaction.message.flags.ephemeral


def _check_private(interaction: "discord.Interaction[Any]") -> None:
    """Refuse a press on what others can see: the number below it may be another member's."""
    if interaction.guild_id is not None and not _is_ephemeral(interaction):
        raise UserError(
            "That button works only for the person whose subscription it is. `/papers subscriptions` shows yours."
        )
