"""The loopback's first user: a real discord.py client, from login to goodbye."""

import asyncio
import io

import discord
import pytest
from discord import app_commands, ui

from tests.loopback.clients import PlainBot, Running
from tests.support.loopback import Club, DriverError, LoopbackDiscord, add_club
from tests.support.loopback.model import COMPONENTS_V2, EPHEMERAL


def commands_bot() -> PlainBot:
    bot = PlainBot()
    feed = app_commands.Group(name="feed", description="Feeds", guild_only=True)

    @feed.command(name="papers", description="Follow papers")
    async def papers(
        interaction: discord.Interaction,
        channel: discord.TextChannel,
        categories: str = "cs.LG",
        limit: int = 5,
    ) -> None:
        await interaction.response.send_message(f"{channel.mention} {categories} {limit}", ephemeral=True)

    @papers.autocomplete("categories")
    async def categories(interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=f"{typed}!", value=typed)]

    @bot.tree.command(description="Takes its time")
    async def slow(interaction: discord.Interaction) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        await interaction.followup.send("first")
        await interaction.followup.send("second", ephemeral=True)

    @bot.tree.command(description="Asks")
    async def ask(interaction: discord.Interaction) -> None:
        await interaction.response.send_modal(Form())

    @bot.tree.command(description="Shows a card")
    async def card(interaction: discord.Interaction) -> None:
        await interaction.response.send_message(view=Card())

    bot.tree.add_command(feed)
    return bot


class Form(ui.Modal, title="About you"):
    name = ui.Label[ui.Modal](text="Name", component=ui.TextInput(max_length=20))
    level = ui.Label[ui.Modal](
        text="Level", component=ui.Select(options=[discord.SelectOption(label=n) for n in ("new", "old")])
    )

    async def on_submit(self, interaction: discord.Interaction) -> None:
        assert isinstance(self.name.component, ui.TextInput)
        assert isinstance(self.level.component, ui.Select)
        await interaction.response.send_message(
            f"{self.name.component.value} is {self.level.component.values[0]}"
        )


class Row(ui.ActionRow["Card"]):
    @ui.button(label="More", custom_id="more")
    async def more(self, interaction: discord.Interaction, button: ui.Button["Card"]) -> None:
        await interaction.response.edit_message(view=Card(opened=True))

    @ui.button(label="Off", custom_id="off", disabled=True)
    async def off(self, interaction: discord.Interaction, button: ui.Button["Card"]) -> None: ...


class Picker(ui.ActionRow["Card"]):
    @ui.select(custom_id="pick", options=[discord.SelectOption(label="A"), discord.SelectOption(label="B")])
    async def pick(self, interaction: discord.Interaction, select: ui.Select["Card"]) -> None:
        await interaction.response.defer()
        await interaction.edit_original_response(view=Card(opened=True))


class Card(ui.LayoutView):
    def __init__(self, *, opened: bool = False) -> None:
        super().__init__()
        text = "## Opened" if opened else "## A paper"
        self.add_item(ui.Container["Card"](ui.TextDisplay(text), ui.Separator(), Row(), Picker()))


async def test_login_shows_the_guild_and_its_channels(
    bot: PlainBot, club: Club, server: LoopbackDiscord
) -> None:
    guild = bot.get_guild(club.guild)
    assert guild is not None
    assert guild.me.guild_permissions.send_messages
    assert {channel.name for channel in guild.channels} == {"general", "papers", "events", "news", "forum"}
    assert len(server.gateway.identifies) == 1


async def test_wrong_token(server: LoopbackDiscord) -> None:
    bot = PlainBot()
    with pytest.raises(discord.LoginFailure):
        await bot.login("wrong")
    await bot.close()
    assert server.invalid_requests() == 1


async def test_commands(server: LoopbackDiscord, club: Club) -> None:
    """One bot, all kinds of answers: logging in for each of them would take longer than they do."""
    async with Running(commands_bot(), server):
        assert {c["name"] for c in server.world.commands[None].values()} == {"feed", "slow", "ask", "card"}

        done = await server.slash(club.ada, club.general, "feed papers", channel=club.papers, limit=3)
        assert done.reply.content == f"<#{club.papers}> cs.LG 3"
        assert done.reply.flags & EPHEMERAL
        assert done.reply.seen_by == club.ada
        assert server.messages(club.general) == []

        choices = await server.autocomplete(club.ada, club.general, "feed papers", "categories", "cs.")
        assert choices == [{"name": "cs.!", "value": "cs."}]

        slow = await server.slash(club.ada, club.general, "slow")
        await server.wait_for(lambda: slow.followups)
        assert [message.content for message in slow.messages] == ["first", "second"]
        assert all(message.flags & EPHEMERAL for message in slow.messages)

        asked = await server.slash(club.ben, club.general, "ask")
        with pytest.raises(DriverError, match="no fields"):
            await server.submit_modal(asked, {"Nickname": "B"})
        filled = await server.submit_modal(asked, {"Name": "Ben", "Level": "old"})
        assert filled.reply.content == "Ben is old"

        shown = await server.slash(club.ada, club.general, "card")
        assert shown.reply.flags & COMPONENTS_V2
        assert shown.reply.text == "## A paper"
        with pytest.raises(DriverError, match="disabled"):
            await server.click(shown.reply.id, "Off", club.ben)
        clicked = await server.click(shown.reply.id, "More", club.ben)
        assert clicked.reply is shown.reply
        assert shown.reply.text == "## Opened"
        again = await server.slash(club.ada, club.general, "card")
        picked = await server.select(again.reply.id, "pick", ["B"], club.ada, wait="acknowledged")
        await server.wait_for(lambda: picked.reply.edited_at)
        assert picked.reply.text == "## Opened"


@pytest.mark.parametrize(
    ("options", "wrong"),
    [
        ({}, "required"),
        ({"channel": 1}, "nothing to pick"),
        ({"channel": "forum"}, "takes channels"),
        ({"channel": "papers", "limit": "3"}, "of type 4"),
        ({"channel": "papers", "limits": 3}, "no options"),
    ],
)
async def test_a_client_refuses_wrong_options(
    server: LoopbackDiscord, club: Club, options: dict[str, object], wrong: str
) -> None:
    bot = commands_bot()
    await bot.login(server.world.token)
    await bot.close()
    ids = {name: getattr(club, name) for name in ("forum", "papers")}
    given = {name: ids.get(str(value), value) for name, value in options.items()}
    with pytest.raises(DriverError, match=wrong):
        await server.slash(club.ada, club.general, "feed papers", **given)


async def test_posts_a_layout(bot: PlainBot, club: Club, server: LoopbackDiscord) -> None:
    channel = bot.get_channel(club.papers)
    assert isinstance(channel, discord.TextChannel)
    sent = await channel.send(view=Card())
    (message,) = server.messages(club.papers)
    assert message.id == sent.id
    assert message.text == "## A paper"
    edited = await sent.edit(view=Card(opened=True))
    assert edited.edited_at is not None
    assert message.text == "## Opened"


async def test_an_upload(bot: PlainBot, club: Club, server: LoopbackDiscord) -> None:
    channel = bot.get_partial_messageable(club.papers, guild_id=club.guild)
    sent = await channel.send("chart", file=discord.File(io.BytesIO(b"png"), "chart.png"))
    assert sent.attachments[0].filename == "chart.png"
    assert server.world.messages.files[sent.attachments[0].id] == b"png"
    assert await sent.attachments[0].read() == b"png"


async def test_resumes_after_a_drop(bot: PlainBot, club: Club, server: LoopbackDiscord) -> None:
    await server.drop_gateway()
    made = server.world.add_channel(club.guild, "made-meanwhile")
    await server.wait_for(lambda: bot.resumed == 1 and bot.get_channel(made.id))
    assert [worked for _, worked in server.gateway.resumes] == [True]
    assert len(server.gateway.identifies) == 1


async def test_two_shards(server: LoopbackDiscord) -> None:
    clubs = [add_club(server.world, f"club {n}", guild_id=(1000 + n) << 22) for n in range(4)]
    bot = discord.AutoShardedClient(
        intents=discord.Intents(guilds=True), shard_count=2, guild_ready_timeout=0.05, max_messages=None
    )

    async def no_wait(shard_id: int | None, *, initial: bool = False) -> None: ...

    bot.before_identify_hook = no_wait  # type: ignore[method-assign]
    task = asyncio.create_task(bot.start(server.world.token))
    await server.wait_connected(2)
    await server.wait_for(lambda: len(bot.guilds) == 4)
    assert {club.guild: bot.get_guild(club.guild).shard_id for club in clubs} == {  # type: ignore[union-attr]
        club.guild: n % 2 for n, club in enumerate(clubs)
    }
    await bot.close()
    await task
