"""Who helps with a skill, below the cards of roles, skills and quizzes."""

from collections.abc import Sequence
from typing import Any

from cogs.ui.access import here
from cogs.ui.actions import Interaction
from cogs.ui.buddies.finding import person_parts
from cogs.ui.buddies.items import BuddyButton
from cogs.ui.cards import CARE, card, line, show
from cogs.ui.text import listing, plural

_MOST_SKILLS = 3


async def tell_offers(interaction: Interaction, skills: Sequence[str]) -> str:
    """Return a line for the card of a skill; nothing where nobody helps with it."""
    if interaction.guild_id is None:
        return ""
    offers = interaction.client.services.buddies.offers
    count = await offers.count(interaction.guild_id, interaction.user.id, skills)
    return f"🤝 {plural(count, 'person', 'people')} here would help with it." if count else ""


async def show_offers(interaction: Interaction, skills: Sequence[str]) -> None:
    """Show, to the one who asks alone, who helps with the first of these skills."""
    server_id, services = here(interaction), interaction.client.services
    await interaction.response.defer(ephemeral=True, thinking=True)
    wanted = list(skills[:_MOST_SKILLS])
    careers = services.careers.careers
    names = listing([careers.skills[skill].name for skill in wanted if skill in careers.skills], word="or")
    found = await services.buddies.offers.offering(server_id, interaction.user.id, wanted)
    parts: list[Any]
    if found is None:
        off = "Study buddies are off in this server. A moderator can switch them on with `/setup buddies`."
        parts = [f"## Nobody to ask here yet\n{off}"]
    elif found.suggestions is None:
        told = f"{plural(found.count, 'person', 'people')} here would help with {names}."
        if not found.count:
            told = f"Nobody here has offered help with {names} yet."
        parts = [f"## Help with {names}\n{told} To be introduced, take part yourself: `/buddy join`."]
    elif not found.suggestions:
        told = (
            "Nobody here has offered help with it yet." if not found.count else "None of them fits just now."
        )
        parts = [
            f"## Help with {names}\n{told} The next round looks for somebody if you say that you are learning it.",
            [BuddyButton("profile", label="My profile"), BuddyButton("find", label="Others who fit")],
        ]
    else:
        overview = await services.buddies.profiles.overview(server_id, interaction.user.id)
        assert overview.membership is not None
        parts = [f"## Help with {names}"]
        for each in found.suggestions:
            parts += [line(), *person_parts(overview.membership.profile, each, careers)]
    await show(interaction, card(*parts, **({} if found and found.suggestions else {"colour": CARE})))
