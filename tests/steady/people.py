"""What the members of a long run do: they play, look things up, meet, and read what comes back.

Every answer to a question that Discord showed as taken is written down here; at the end the database is asked.
"""

import asyncio
import random
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from tests.steady.town import Server, Town
from tests.support.loopback.errors import DriverError
from tests.support.loopback.interactions import DEFER_UPDATE, Interaction
from tests.support.loopback.model import Message, walk
from tests.support.loopback.server import LoopbackDiscord

PATIENCE_S: Final = 15.0
AT_ONCE: Final = 4
PAUSE_S: Final = 4.0
"""Between two actions of one of those who are about, on average; each action is some interactions."""

_WRONG: Final = "wrong on my side"
_ROLES: Final = (
    "ml-engineer", "data-scientist", "data-engineer", "mlops-engineer", "research-scientist", "data-analyst",
)  # fmt: skip


class Unanswered(Exception):
    """Nothing came back in time, or that something went wrong."""


@dataclass(frozen=True)
class Missed:
    """An interaction that got no answer, or only an apology."""

    at: datetime
    what: str


@dataclass
class Ledger:
    """What members saw to be taken."""

    play: dict[tuple[int, int, int], datetime] = field(default_factory=dict)  # member, session, position
    pressed: set[tuple[int, int, int]] = field(default_factory=set)  # the same, taken or not
    live: dict[tuple[int, int, int], datetime] = field(default_factory=dict)  # member, round, position
    daily: dict[tuple[int, int], datetime] = field(default_factory=dict)  # member, question of the day
    joined: set[tuple[int, int]] = field(default_factory=set)  # server, member: study buddies
    deleted: dict[int, datetime] = field(default_factory=dict)  # members who had everything deleted
    done: Counter[str] = field(default_factory=Counter)
    missed: list[Missed] = field(default_factory=list)
    odd: Counter[str] = field(default_factory=Counter)  # what Discord did not let somebody do
    rounds: int = 0

    @property
    def answers(self) -> int:
        """How many answers to questions were shown as taken."""
        return len(self.play) + len(self.live) + len(self.daily)

    def forget(self, member_id: int) -> None:
        """Let go of what somebody has had deleted."""
        self.play = {key: at for key, at in self.play.items() if key[0] != member_id}
        self.live = {key: at for key, at in self.live.items() if key[0] != member_id}
        self.daily = {key: at for key, at in self.daily.items() if key[0] != member_id}
        self.joined = {pair for pair in self.joined if pair[1] != member_id}
        self.deleted[member_id] = datetime.now(UTC)


class People:
    """Does one thing after another, as different members, until `stop` is set."""

    def __init__(
        self, discord: LoopbackDiscord, town: Town, ledger: Ledger, stop: asyncio.Event, seed: int
    ) -> None:
        self._discord = discord
        self._town = town
        self._ledger = ledger
        self._stop = stop
        self._chance = random.Random(seed)
        self._busy: set[int] = set()
        self._cards: dict[int, int] = {}  # the round of `/quiz play` that somebody has open

    async def run(self, *, pause_s: float = PAUSE_S, live_s: float = 90.0) -> None:
        """Let a few people be about at once, and a live round begin every `live_s` seconds."""
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(self._stroll(pause_s))
            group.create_task(self._hosts(live_s))

    # --- Who and when -------------------------------------------------------------------------------

    async def _stroll(self, pause_s: float) -> None:
        acts: list[tuple[int, Callable[[Server, int], Awaitable[None]]]] = [
            (45, self._play), (12, self._daily), (14, self._role), (6, self._stats), (4, self._review),
            (5, self._feed_list), (6, self._board), (4, self._join), (3, self._profile), (2, self._delete),
        ]  # fmt: skip
        weights = [weight for weight, _ in acts]
        while not await self._pause(self._chance.expovariate(1 / pause_s)):
            _, act = self._chance.choices(acts, weights)[0]
            server = self._chance.choice(
                self._town.clubs if act in (self._join, self._profile) else self._town.servers
            )
            if act == self._play and self._cards and self._chance.random() < 0.7:
                await self._try(act, server, self._chance.choice(list(self._cards)))
            else:
                await self._try(act, server, self._chance.choice(server.people))

    async def _try(self, act: Callable[[Server, int], Awaitable[None]], server: Server, member: int) -> None:
        with self._taken(member) as mine:
            if not mine:
                return
            try:
                await act(server, member)
            except Unanswered as error:
                self._ledger.missed.append(Missed(datetime.now(UTC), str(error)))
            except DriverError as error:  # the bot is away, or a card is no longer what it was
                if "offline" in str(error):
                    self._ledger.missed.append(Missed(datetime.now(UTC), str(error)))
                self._ledger.odd[str(error).partition(";")[0][:80]] += 1
                self._cards.pop(member, None)

    @contextmanager
    def _taken(self, member: int) -> Iterator[bool]:
        """One thing at a time for each; false where they are busy."""
        if member in self._busy:
            yield False
            return
        self._busy.add(member)
        try:
            yield True
        finally:
            self._busy.discard(member)

    async def _pause(self, seconds: float) -> bool:
        """Wait; return whether it is time to stop."""
        try:
            await asyncio.wait_for(self._stop.wait(), seconds)
        except TimeoutError:
            return False
        return True

    async def _answer(self, what: str, sending: Awaitable[Interaction]) -> Message:
        """Return what the person reads; raises Unanswered where it is nothing, or an apology."""
        try:
            made = await sending
            if made.answer == DEFER_UPDATE:
                await self._discord.wait_for(lambda: _is_changed(made), PATIENCE_S, "the card to change")
        except AssertionError as error:
            raise Unanswered(f"{what}: {error}") from None
        self._ledger.done[what] += 1
        apology = next((each.text for each in made.messages if _WRONG in each.text), None)
        if apology is not None:
            raise Unanswered(f"{what}: {apology[-40:]}")
        read = made.original or made.source
        if read is None:
            raise Unanswered(f"{what}: no message")
        return read

    def _slash(self, member: int, channel: int, command: str, **options: Any) -> Awaitable[Message]:
        sending = self._discord.slash(member, channel, command, patience=PATIENCE_S, **options)
        return self._answer(f"/{command}", sending)

    # --- Quizzes ------------------------------------------------------------------------------------

    async def _play(self, server: Server, member: int) -> None:
        """Answer a question of one's round, and go on to the next; begin a round where there is none."""
        card = self._discord.world.messages.find(self._cards.get(member, 0))
        if card is None:
            count = self._chance.randint(3, 8)
            card = await self._slash(member, server.lounge, "quiz play", count=count)
            self._cards[member] = card.id
        for _ in range(self._chance.randint(1, 3)):
            if not await self._step(card.id, member):
                self._cards.pop(member, None)
                return
            if await self._pause(self._chance.uniform(0.3, 2)):
                return

    async def _step(self, card_id: int, member: int) -> bool:
        """Answer, or go on; return whether the round goes on."""
        found = self._discord.world.messages.find(card_id)
        if found is None:
            return False
        ids = _custom_ids(found)
        answers = [each for each in ids if re.match(r"quiz:(one|truth):|quizzes:several:", each)]
        if not answers:
            onward = next((each for each in ids if re.match(r"quiz:(next|skip|grade|resume):", each)), None)
            if onward is None:
                return False
            await self._answer("go on", self._discord.click(card_id, onward, member, patience=PATIENCE_S))
            return True
        chosen = self._chance.choice(answers)
        session, position = map(int, chosen.split(":")[2:4])
        key = (member, session, position)
        self._ledger.pressed.add(key)
        try:
            await self._answer("answer", self._press(found, chosen, member))
        finally:
            # It is taken once the card says how it went, whatever became of the request itself.
            if any(
                each.startswith((f"quiz:next:{session}:{position}", f"quiz:grade:{session}:{position}:"))
                for each in _custom_ids(found)
            ):
                self._ledger.play[key] = datetime.now(UTC)
        return True

    def _press(self, message: Message, custom_id: str, member: int) -> Awaitable[Interaction]:
        component = next(each for each in walk(message.components) if each.get("custom_id") == custom_id)
        if component["type"] == 2:
            return self._discord.click(message.id, custom_id, member, patience=PATIENCE_S)
        values = [each["value"] for each in component["options"]]
        some = self._chance.sample(values, min(len(values), component.get("max_values", 1), 2))
        return self._discord.select(message.id, custom_id, some, member, patience=PATIENCE_S)

    async def _daily(self, server: Server, member: int) -> None:
        """Answer the server's question of the day, where one was posted."""
        posted = self._discord.messages(server.quiz)
        if not posted:
            await self._role(server, member)
            return
        ids = [each for each in _custom_ids(posted[-1]) if re.match(r"(quiz|quizzes):day(truth)?:\d+", each)]
        if not ids:
            return
        chosen = self._chance.choice(ids)
        said = await self._answer("daily answer", self._press(posted[-1], chosen, member))
        if "Your answer is noted" in said.text:
            self._ledger.daily[member, int(chosen.split(":")[2])] = datetime.now(UTC)

    async def _stats(self, server: Server, member: int) -> None:
        await self._slash(member, server.lounge, "quiz stats")

    async def _board(self, server: Server, member: int) -> None:
        await self._slash(member, server.lounge, "quiz leaderboard", private=True)

    async def _review(self, server: Server, member: int) -> None:
        await self._slash(member, server.lounge, "quiz review")

    # --- A live round -------------------------------------------------------------------------------

    async def _hosts(self, every_s: float) -> None:
        running: set[asyncio.Task[None]] = set()
        while not await self._pause(every_s):
            server = self._chance.choice(self._town.servers)
            task = asyncio.create_task(self._try(self._host, server, server.moderator))
            running.add(task)
            task.add_done_callback(running.discard)
        if running:
            await asyncio.wait(running)

    async def _host(self, server: Server, host: int) -> None:
        """Hold a round of three questions in the lounge and let everybody play."""
        discord, channel = self._discord, server.lounge
        settings = await self._slash(host, channel, "quiz live", count=3, seconds=10)
        start = _named(settings, "quiz:livestart:")
        if start is None:  # another round is under way there
            return
        round_id = int(start.split(":")[2])
        await self._answer("start", discord.click(settings.id, start, host, patience=PATIENCE_S))
        self._ledger.rounds += 1
        answered: set[str] = set()
        for _ in range(360):
            # One that has begun is played to its end, also when it is time to stop.
            await asyncio.sleep(0.5)
            posted = discord.messages(channel)
            for message in posted[-3:]:
                ids = [
                    each for each in _custom_ids(message)
                    if re.match(rf"(quiz:livepick|quizzes:livemany):{round_id}:\d+", each)
                ]  # fmt: skip
                if ids and (mark := ":".join(ids[0].split(":")[:4])) not in answered:
                    answered.add(mark)
                    await asyncio.gather(
                        *(self._pick(message, ids, member) for member in (host, *server.people))
                    )
            if any(_is_over(message, round_id) for message in posted[-3:]):
                return

    async def _pick(self, message: Message, ids: list[str], member: int) -> None:
        chosen = self._chance.choice(ids)
        round_id, position = map(int, chosen.split(":")[2:4])
        try:
            said = await self._answer("live answer", self._press(message, chosen, member))
        except Unanswered as error:
            self._ledger.missed.append(Missed(datetime.now(UTC), str(error)))
        except DriverError as error:  # time was up meanwhile
            self._ledger.odd[str(error).partition(";")[0][:80]] += 1
        else:
            if said.text.startswith(("You picked", "You answered")):
                self._ledger.live[member, round_id, position] = datetime.now(UTC)

    # --- The rest -----------------------------------------------------------------------------------

    async def _role(self, server: Server, member: int) -> None:
        await self._slash(member, server.lounge, "role info", name=f"role:{self._chance.choice(_ROLES)}")

    async def _feed_list(self, server: Server, member: int) -> None:
        del member
        await self._slash(server.moderator, server.lounge, "feed list")

    async def _profile(self, server: Server, member: int) -> None:
        await self._slash(member, server.lounge, "buddy profile")

    async def _join(self, server: Server, member: int) -> None:
        """Fill in the form of study buddies and be in."""
        if (server.id, member) in self._ledger.joined:
            await self._slash(member, server.lounge, "buddy find")
            return
        discord = self._discord
        try:
            opened = await discord.slash(member, server.lounge, "buddy join", patience=PATIENCE_S)
        except AssertionError as error:
            raise Unanswered(f"/buddy join: {error}") from None
        if opened.modal is None:
            raise Unanswered("/buddy join: no form")
        parts = ["morning", "afternoon", "evening"]
        form = {"zone": "Berlin", "weekdays": parts, "weekend": [], "hours": ["3"], "languages": ["en"]}
        card = await self._answer("join form", discord.submit_modal(opened, form, patience=PATIENCE_S))
        for menu, value in (("buddies:area:learn", "data"), ("buddies:skills:learn:data", "pandas")):
            card = await self._answer(
                "skills", discord.select(card.id, menu, [value], member, patience=PATIENCE_S)
            )
        card = await self._answer("I'm in", discord.click(card.id, "I'm in", member, patience=PATIENCE_S))
        if "You are in" in card.text:
            self._ledger.joined.add((server.id, member))

    async def _delete(self, server: Server, member: int) -> None:
        """Have everything deleted. What was taken before is then owed no more."""
        card = await self._slash(member, server.lounge, "me delete")
        sure = _named(card, "me:delete:")
        if sure is None:
            return
        self._cards.pop(member, None)
        try:
            await self._answer("delete", self._discord.click(card.id, sure, member, patience=PATIENCE_S))
        finally:
            self._ledger.forget(member)  # where the answer was lost nobody knows


def _is_over(message: Message, round_id: int) -> bool:
    """Whether a message is the result of a live round: those of its questions have a button of the same id."""
    return any(
        each.get("custom_id", "").startswith(f"quiz:livehow:{round_id}") and each.get("label") == "My result"
        for each in walk(message.components)
    )


def _is_changed(made: Interaction) -> bool:
    """Whether what was put off has come: the card is another, or something was said beside it."""
    card = made.source
    return bool(made.followups) or (
        card is not None and card.edited_at is not None and card.edited_at >= made.created_at
    )


def _custom_ids(message: Message) -> list[str]:
    return [
        each["custom_id"]
        for each in walk(message.components)
        if each.get("custom_id") and not each.get("disabled")
    ]


def _named(message: Message, beginning: str) -> str | None:
    return next((each for each in _custom_ids(message) if each.startswith(beginning)), None)


async def open_clubs(discord: LoopbackDiscord, town: Town) -> None:
    """Let the moderators of the clubs switch study buddies on."""
    for server in town.clubs:
        mod = server.moderator
        panel = (await discord.slash(mod, server.lounge, "setup buddies", patience=PATIENCE_S)).reply
        for menu, channel in (("buddies:channel", server.buddies), ("buddies:reports", server.reports)):
            before = panel.edited_at
            await discord.select(panel.id, menu, [channel], mod, patience=PATIENCE_S)
            await discord.wait_for(lambda was=before, at=panel: at.edited_at != was, PATIENCE_S, "the panel")
        sure = "I have read that: switch on"
        for label, then in (("Switch on", sure), (sure, "Switched on")):
            await discord.click(panel.id, label, mod, patience=PATIENCE_S)
            await discord.wait_for(lambda words=then, at=panel: _says(at, words), PATIENCE_S, f"“{then}”")


def _says(message: Message, words: str) -> bool:
    return words in message.text or any(each.get("label") == words for each in walk(message.components))
