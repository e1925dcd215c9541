"""Events in the try-out: its sample group, hackathons and conferences, from the page to the post."""

from pathlib import Path

from simcord import ChannelHandle, MemberActor

from bot.tryout.world import World, open_world
from tests.cogs.world import click, said, texts


def room(world: World, name: str) -> ChannelHandle:
    return next(world.channel(each.id) for each in world.rooms(world.viewers[0]) if each.name == name)


def people(world: World) -> tuple[MemberActor, MemberActor]:
    return world.viewers[0].actor, world.viewers[1].actor


async def test_the_samples_go_all_the_way(tmp_path: Path) -> None:
    async with open_world(f"sqlite:///{tmp_path / 'try.sqlite3'}", flowing=False) as world:
        mira, ada = people(world)
        events = room(world, "events")
        (message,) = events.history()
        group = message.content.rpartition(" ")[2]
        assert group.endswith("/circle")
        made = await mira.slash(events, "feed meetups", channel=events, url=group)
        assert "Feed 1 is set for **Sample Learning Circle**" in said(made)
        assert "**Sample paper reading group**" in said(made)
        hackathons = said(await mira.slash(events, "feed hackathons", channel=events))
        assert "**5 events** to come" in hackathons
        assert "⚠️" not in hackathons
        deadlines = said(
            await mira.slash(events, "feed deadlines", channel=events, conferences="NLP, SampleML")
        )
        assert "**SampleML 2026: Abstract submission**" in deadlines
        upcoming = await ada.slash(events, "events upcoming", kind="meetup")
        assert "Sample workshop: train your first model" in said(upcoming)
        asked = await ada.slash(events, "events remind", event="train your first model")
        assert "## Reminder set" in said(await click(ada, asked, "1 hour before"))
        for _ in range(4):
            if world.posted:
                break
            await world.jump()
        assert any("Meetups coming up" in "\n".join(texts(each)) for each in events.history())


async def test_its_calendar_moves_one_event_and_calls_another_off(tmp_path: Path) -> None:
    async with open_world(f"sqlite:///{tmp_path / 'try.sqlite3'}", flowing=False) as world:
        mira, _ = people(world)
        events = room(world, "events")
        group = events.history()[0].content.rpartition(" ")[2]
        await mira.slash(events, "feed meetups", channel=events, url=group)
        for _ in range(8):
            await world.jump()
        said_there = "\n".join("\n".join(texts(each)) for each in events.history())
        assert "🕒 **Moved** · 📍 **Another place** · " in said_there
        assert "🕒 **Another time**: " in said_there
        assert "Sample Library, Room 2, Lisbon → Sample Library, Room 5, Lisbon" in said_there
        assert "### Sample quiz night\n⛔ **Cancelled**" in said_there
