"""Changing a feed on a card: a panel with its present values, each choice applied at once."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, Self

import discord
from discord import ui

from bot.domain.feed_edits import TYPES, FeedEdit, Mention
from bot.domain.feeds import MAX_LIMIT, Changes, Feed, FeedKind, FeedPlan, FeedState, Order, Style
from bot.domain.highlights import MOST_HIGHLIGHTS
from bot.domain.schedule import say_days
from bot.domain.server_settings import Area
from bot.domain.sources import stamp
from bot.errors import Faults, UserError
from bot.services.feeds import Edited, check_has_papers, check_is_no_round
from bot.tree import GuardedButton, GuardedSelect
from cogs.ui.access import may_manage
from cogs.ui.cards import ACCENT, GOOD, card, line, show
from cogs.ui.feeds.buttons import FeedButton, preview_button
from cogs.ui.feeds.cards import preview_card
from cogs.ui.feeds.inputs import read_edit
from cogs.ui.feeds.listing import has_preview, is_of_events
from cogs.ui.feeds.words import CHANGES, KINDS, ORDERS, differences, fields, promise
from cogs.ui.forms import form, line_field, new_form, open_form, zone_field
from cogs.ui.menus import channel_menu, choice_menu, mention_menu
from cogs.ui.places import KINDS as KINDS_OF_CHANNEL
from cogs.ui.places import KINDS_OF_TEXT, Postable, check_mention, check_postable, place_of
from cogs.ui.quizzes.items import QuizButton
from cogs.ui.text import plural

if TYPE_CHECKING:
    from bot.client import CohortBot

_FORM: Final = r"feed:form:(?P<form>what|when):(?P<number>\d+)"

_STYLES: Final = {
    Style.DIGEST: "One post for the day",
    Style.EACH: "A post for each paper",
    Style.THREAD: "A thread for the day",
}
_TITLES: Final = {"what": "What feed {} reads", "when": "When feed {} posts"}
_SAVE: Final = "save"
_PREVIEW: Final = "preview"


class FeedSelect(
    GuardedSelect, template=r"feed:set:(?P<field>style|order|types|changes|channel|mention):(?P<number>\d+)"
):
    """One choice about one feed, from a menu; it works on panels of any age."""

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
        """Apply the choice, for those who may make it."""
        server_id = await may_manage(interaction, Area.FEED)
        await interaction.response.defer()
        await apply(interaction, server_id, self.number, self._edit())

    def _edit(self) -> FeedEdit:
        values: list[Any] = self.item.values
        match self.field:
            case "style":
                return FeedEdit(style=Style(values[0]))
            case "order":
                return FeedEdit(order=Order(values[0]))
            case "types":
                return FeedEdit(types=TYPES[values[0]])
            case "changes":
                return FeedEdit(changes=Changes(values[0]))
            case "mention":
                return FeedEdit(mention=Mention(values[0].id if values else None))
            case _:
                channel = values[0].resolve()
                if not isinstance(channel, Postable):
                    raise UserError(
                        "I cannot see that channel. Give my role View Channel there and try again."
                    )
                return FeedEdit(place=place_of(channel))


class FeedFormButton(GuardedButton, template=r"feed:open:(?P<form>what|when):(?P<number>\d+)"):
    """Opens a form with what has to be typed."""

    reads_content = False

    def __init__(self, form: str, number: int, *, label: str | None = None) -> None:
        label = label or {"what": "Categories and query", "when": "Schedule and limit"}[form]
        super().__init__(
            ui.Button(label=label, style=discord.ButtonStyle.primary, custom_id=f"feed:open:{form}:{number}")
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


async def _open(interaction: "discord.Interaction[CohortBot]", words: Sequence[str]) -> None:
    server_id = await may_manage(interaction, Area.FEED)
    feed = await interaction.client.services.feeds.feed(server_id, int(words[1]))
    if words[0] == "what":
        check_has_papers(feed)
    else:
        check_is_no_round(feed)
    await open_form(interaction, _form(words[0], feed))


async def apply(
    interaction: "discord.Interaction[CohortBot]", server_id: int, number: int, edit: FeedEdit
) -> None:
    """Make a change that a panel asked for, and bring the panel up to date."""
    service = interaction.client.services.feeds
    before = await service.feed(server_id, number)
    check_edit(interaction.guild, before.plan, edit)
    edited = await service.edit(server_id, number, edit, by=interaction.user.id)
    await show(interaction, panel_card(edited.after, edited))


def check_edit(guild: discord.Guild | None, plan: FeedPlan, edit: FeedEdit) -> None:
    """Refuse a change after which the feed could not post, or not mention its role."""
    after = edit.applied_to(plan)
    channel = guild.get_channel(after.channel_id) if guild else None
    if isinstance(channel, Postable) and (edit.place is not None or edit.style is not None):
        check_postable(channel, after.style)
    role_id = after.options.mention_role_id
    role = guild.get_role(role_id) if guild and role_id is not None else None
    if role is not None and (edit.mention is not None or edit.place is not None):
        check_mention(role, channel)


@form(_FORM, _open)
async def submitted(
    interaction: "discord.Interaction[CohortBot]", match: re.Match[str], values: dict[str, str]
) -> None:
    """Take a form: save what it says, or only show what it would come to."""
    server_id = await may_manage(interaction, Area.FEED)
    number = int(match["number"])
    only_shown = values.pop("then", _SAVE) == _PREVIEW
    await interaction.response.defer(ephemeral=True, thinking=only_shown)
    faults = Faults()
    edit = read_edit(faults, **_asked(match["form"], values))
    faults.settle()
    if not only_shown:
        await apply(interaction, server_id, number, edit)
        return
    services = interaction.client.services
    saved = await services.feeds.feed(server_id, number)
    preview = await services.feeds.preview(server_id, number, edit)
    changed = differences(saved.plan, preview.digest.feed.plan)
    unsaved = "📝 **Nothing is saved.** " + (
        "It would change " + "; ".join(changed) if changed else "Nothing would change."
    )
    await show(interaction, preview_card(preview, services.clock.now(), unsaved=unsaved))


def panel_of(feed: Feed) -> ui.LayoutView:
    """Return the panel that changes a feed, of whatever kind. Raises UserError for one that is changed elsewhere."""
    check_is_no_round(feed)
    if is_of_events(feed):
        from cogs.ui.event_feeds.editing import panel_card as panel_of_events

        return panel_of_events(feed)
    return panel_card(feed)


def panel_card(feed: Feed, edited: Edited | None = None) -> ui.LayoutView:
    """Show what can be changed about a feed, with its present values; `edited` is what was just changed."""
    number, plan = feed.number, feed.plan
    parts: list[Any] = []
    if edited is not None:
        parts += [_said(edited), line()]
    values = "\n".join(f"**{name}** {words}" for name, words in fields(plan).items())
    parts.append(f"## Edit feed {number}\n{values}")
    parts.append(_forms(feed))
    parts += [[select] for select in _selects(feed)]
    parts.append([*preview_button(feed), FeedButton("list", 0)])
    return card(*parts, colour=GOOD if edited is not None and edited.before != edited.after else ACCENT)


def edited_card(edited: Edited) -> ui.LayoutView:
    """Say what a command changed, and how the feed is now."""
    feed = edited.after
    parts = [f"## Feed {feed.number}\n{_said(edited)}", promise(feed)]
    if feed.state is FeedState.PAUSED:
        parts.append("⏸️ It is paused and posts nothing until you resume it.")
    else:
        parts.append(f"Next post: {stamp(feed.next_run_at, 'F')} ({stamp(feed.next_run_at)}).")
    buttons = [*preview_button(feed), FeedButton("edit", feed.number), FeedButton("list", 0)]
    return card(*parts, buttons, colour=GOOD if edited.before != feed else ACCENT)


def _said(edited: Edited) -> str:
    lines = differences(edited.before.plan, edited.after.plan)
    if not lines:
        return "Nothing changed: that is how it was already."
    said = [f"✅ {changed}" for changed in lines]
    if edited.withdrawn:
        said.append("-# The post that was waiting for the old channel goes to the new one.")
    if edited.staying:
        was = plural(edited.staying, "message")
        said.append(f"-# {was} may be in the old channel already, so I finish there what I began.")
    return "\n".join(said)


def _forms(feed: Feed) -> list[Any]:
    """Return the buttons that open what has to be typed for a feed of its kind."""
    number = feed.number
    match feed.plan.kind:
        case FeedKind.HIGHLIGHTS:
            return [FeedFormButton("when", number)]
        case FeedKind.QUIZ:
            others = QuizButton("setpanel", label="Level and topics")
            return [FeedFormButton("when", number, label="Schedule"), others]
        case _:
            return [FeedFormButton("what", number), FeedFormButton("when", number)]


def _selects(feed: Feed) -> list[FeedSelect]:
    number, plan, options = feed.number, feed.plan, feed.plan.options
    kinds = KINDS_OF_TEXT if plan.kind is FeedKind.QUIZ else KINDS_OF_CHANNEL
    channel = channel_menu(f"feed:set:channel:{number}", kinds)
    if plan.kind is not FeedKind.PAPERS:
        return [FeedSelect(channel, "channel", number)]
    choices: dict[str, tuple[dict[str, str], str]] = {
        "style": ({style.value: words for style, words in _STYLES.items()}, plan.style.value),
        "types": (
            {name: KINDS[types] for name, types in TYPES.items()},
            next((name for name, types in TYPES.items() if types == options.types), ""),
        ),
        "order": ({order.value: words for order, words in ORDERS.items()}, options.order.value),
        "changes": ({kind.value: words for kind, words in CHANGES.items()}, options.changes.value),
    }
    menus: list[Any] = [
        choice_menu(f"feed:set:{field}:{number}", offered, {present})
        for field, (offered, present) in choices.items()
    ]
    menus += [channel, mention_menu(f"feed:set:mention:{number}", options.mention_role_id)]
    return [FeedSelect(menu, menu.custom_id.split(":")[2], number) for menu in menus]


def _form(name: str, feed: Feed) -> ui.Modal:
    """Return the form with a feed's present values; one that has no preview can only be saved."""
    plan, schedule = feed.plan, feed.plan.schedule
    if name == "what":
        hint = "ti:, abs:, au:, cat:, AND, OR, NOT, “phrases”; empty for every paper"
        fields = [
            line_field("categories", "Categories", "Such as cs.LG, cs.CL", ", ".join(plan.categories), 300),
            line_field("query", "Query", hint, plan.query, 300, required=False),
        ]
    else:
        fields = [
            line_field("time", "Time of day", "Such as 09:00 or 9:30 pm", f"{schedule.time:%H:%M}", 20),
            zone_field(schedule.zone),
            line_field("days", "Days", "Such as weekdays or Mon, Wed", say_days(schedule.days), 80),
        ]
        if plan.kind is not FeedKind.QUIZ:
            most = MOST_HIGHLIGHTS if plan.kind is FeedKind.HIGHLIGHTS else MAX_LIMIT
            hint = f"Most papers in a post, 1 to {most}"
            fields.append(line_field("limit", "Limit", hint, str(plan.limit), 3))
    then: ui.RadioGroup[Any] = ui.RadioGroup(
        custom_id="then",
        options=[
            discord.RadioGroupOption(label="Save it", value=_SAVE, default=True),
            discord.RadioGroupOption(label="Only show me what it would post", value=_PREVIEW),
        ],
    )
    if has_preview(feed):
        fields.append(ui.Label(text="Then", component=then))
    return new_form(_TITLES[name].format(feed.number), f"feed:form:{name}:{feed.number}", *fields)


def _asked(name: str, values: dict[str, str]) -> dict[str, str]:
    """Return what a form of this name asked for, an empty query as the word that takes it away."""
    wanted = ("categories", "query") if name == "what" else ("time", "zone", "days", "limit")
    typed = {field: values[field].strip() for field in wanted if field in values}
    return {field: value or ("none" if field == "query" else value) for field, value in typed.items()}
