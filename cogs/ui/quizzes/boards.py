"""`/quiz leaderboard`: the first ten of a server, and in private one's own place."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import discord
from discord import ui

from bot.domain.quizzes.standing import SHOWN, Period, Place
from bot.domain.sources import stamp
from bot.services.quizzes.standing import Board
from cogs.ui.access import here
from cogs.ui.cards import card
from cogs.ui.quizzes.items import QuizButton, pressed
from cogs.ui.quizzes.rounds import put
from cogs.ui.text import plain, plural

if TYPE_CHECKING:
    from bot.client import CohortBot

    Interaction = discord.Interaction[CohortBot]
else:
    Interaction = discord.Interaction

PERIODS: Final = {Period.WEEK: "This week", Period.MONTH: "This month", Period.ALL: "All time"}
_WITHIN: Final = {Period.WEEK: " this week", Period.MONTH: " this month", Period.ALL: ""}
_MEDALS: Final = {1: "🥇", 2: "🥈", 3: "🥉"}
_ALL: Final = "-"


async def board_for(interaction: Interaction, period: Period, area: str = "") -> tuple[Board, str]:
    """Return a leaderboard and what its topic or skill is called."""
    server_id = here(interaction)
    services = interaction.client.services.quizzes
    areas = (area,) if area else ()
    board = await services.standing.board(server_id, interaction.user.id, period, areas)
    name = (await services.library.areas(server_id)).name(area) if area else ""
    return board, name


def board_card(board: Board, name: str, area: str = "") -> ui.LayoutView:
    """Show the first ten; it is the same for everybody."""
    about = f" · {plain(name)}" if name else ""
    since = f"\n-# since {stamp(board.since, 'D')}" if board.since is not None else ""
    head = f"## {PERIODS[board.period]}{about}{since}"
    row = [
        QuizButton("place", board.period.value, area or _ALL, label="My place"),
        *(
            QuizButton("board", each.value, area or _ALL, label=PERIODS[each])
            for each in Period
            if each is not board.period
        ),
    ]
    if not board.top:
        told = f"Nobody has scored yet{_WITHIN[board.period]}. The first right answer makes the first place."
        start = QuizButton("start", label="Play a round", style=discord.ButtonStyle.primary)
        return card(head, told, [start, *row])
    told = "\n".join(_line(place) for place in board.top)
    key = "-# 10 points for a right beginner's question, 20 and 30 for harder ones; each question once a day."
    return card(head, told, key, row)


def _line(place: Place) -> str:
    medal = _MEDALS.get(place.place, f"**{place.place}.**")
    return f"{medal} <@{place.member_id}> · {plural(place.points, 'point')} · {place.right} right"


@pressed("board")
async def _board(interaction: Interaction, words: Sequence[str]) -> None:
    period, *rest = words
    area = rest[0] if rest and rest[0] != _ALL else ""
    board, name = await board_for(interaction, Period(period), area)
    await put(interaction, board_card(board, name, area))


@pressed("place")
async def _place(interaction: Interaction, words: Sequence[str]) -> None:
    period, area = words
    board, _ = await board_for(interaction, Period(period), "" if area == _ALL else area)
    await put(interaction, _place_card(board))


def _place_card(board: Board) -> ui.LayoutView:
    if board.hidden:
        return card(
            "## You are on no leaderboard\nYou asked for that; nobody sees your points, and your place is nobody's.",
            [QuizButton("hide", 0, label="Show me again")],
        )
    hide = QuizButton("hide", 1, label="Take me off leaderboards")
    if board.mine is None:
        return card("## No points yet\nYour first right answer here changes that.", [hide])
    mine = board.mine
    shown = (
        "" if mine.place <= SHOWN else "\n-# Only the first ten are shown to others; this is for you alone."
    )
    return card(
        f"## Place {mine.place}\n{plural(mine.points, 'point')} from {plural(mine.right, 'right answer')}.{shown}",
        [hide],
    )


@pressed("hide")
async def _hide(interaction: Interaction, words: Sequence[str]) -> None:
    hidden = words[0] == "1"
    await interaction.client.services.quizzes.standing.hide(interaction.user.id, hidden=hidden)
    if hidden:
        view = card(
            "## You are on no leaderboard any more\nIn no server, and from this moment on. Your own stats stay.",
            [QuizButton("hide", 0, label="Show me again")],
        )
    else:
        view = card(
            "## You are on leaderboards again\nWith the points you have.",
            [QuizButton("hide", 1, label="Take me off leaderboards")],
        )
    await put(interaction, view)
