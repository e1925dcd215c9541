"""What questions are about, offered while somebody types."""

from discord import app_commands

from bot.services.quizzes.areas import MIXED, Areas


def area_choices(areas: Areas, typed: str, *, mixed: bool = True) -> list[app_commands.Choice[str]]:
    """Return the topics and skills that may be meant; with `mixed` everything at once is one of them."""
    choices = [
        app_commands.Choice(name=f"{area.name} · {area.questions} questions"[:100], value=area.id)
        for area in areas.suggest(typed)
    ]
    if mixed and MIXED.startswith(typed.strip().casefold()):
        choices.insert(0, app_commands.Choice(name="Everything, mixed", value=MIXED))
    return choices
