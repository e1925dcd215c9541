"""Interactions: what a person did, what the bot answered, and the clocks that run meanwhile."""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.support.loopback import errors
from tests.support.loopback.clock import LoopbackClock
from tests.support.loopback.model import LOADING, Message

PING, COMMAND, COMPONENT, AUTOCOMPLETE, MODAL_SUBMIT = 1, 2, 3, 4, 5
PONG, REPLY, DEFER, DEFER_UPDATE, UPDATE, CHOICES, MODAL = 1, 4, 5, 6, 7, 8, 9
FIRST_RESPONSE_S = 3.0
TOKEN_LIFE_S = 15 * 60.0
TICK_S = 0.01
"""How often a condition is looked at when nothing happens here: it may be about the bot's own state."""

_ANSWERS = {
    PING: {PONG},
    COMMAND: {REPLY, DEFER, MODAL},
    COMPONENT: {REPLY, DEFER, DEFER_UPDATE, UPDATE, MODAL},
    AUTOCOMPLETE: {CHOICES},
    # A modal cannot answer a modal; updating needs a message that it was opened from.
    MODAL_SUBMIT: {REPLY, DEFER, DEFER_UPDATE, UPDATE},
}


class Pulse:
    """Wakes those who wait for some condition, whenever anything happens."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    def beat(self) -> None:
        """Say that something happened."""
        for future in self._waiting:
            if not future.done():
                future.set_result(None)
        self._waiting.clear()

    async def until(self, condition: Callable[[], Any], seconds: float = 5.0, what: str = "it") -> None:
        """Wait until `condition()` is true; raise AssertionError after `seconds` of real time."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while not condition():
            left = deadline - loop.time()
            if left <= 0:
                raise AssertionError(f"waited {seconds} s for {what}, in vain")
            future: asyncio.Future[None] = loop.create_future()
            self._waiting.add(future)
            await asyncio.wait([future], timeout=min(left, TICK_S))
            self._waiting.discard(future)


@dataclass
class Interaction:
    """One interaction. `reply` is the first thing the person reads; `modal` and `choices` the other answers."""

    id: int
    token: str
    kind: int
    user_id: int
    channel_id: int
    guild_id: int | None
    created_at: float
    payload: dict[str, Any]
    source: Message | None = None
    """The message whose component was used, or from which the modal was opened."""
    answer: int | None = None
    """The type of the callback; None until the bot responds."""
    answered_at: float | None = None
    original: Message | None = None
    followups: list[Message] = field(default_factory=list)
    modal: dict[str, Any] | None = None
    choices: list[dict[str, Any]] | None = None
    option_kind: int = 3
    """The type of the option being autocompleted, which its choices must have."""
    refusals: list[int] = field(default_factory=list)
    """JSON error codes of callbacks and webhooks that were refused."""

    @property
    def reply(self) -> Message:
        """The message that the person reads: the reply, the update, or what replaced "thinking"."""
        if self.original is None:
            raise AssertionError(f"no message answered this interaction (answer type {self.answer})")
        return self.original

    @property
    def messages(self) -> list[Message]:
        """The reply and all follow-ups."""
        return ([self.original] if self.original is not None else []) + self.followups

    @property
    def thinking(self) -> bool:
        """Whether the person still sees "thinking"."""
        return self.original is not None and bool(self.original.flags & LOADING)

    @property
    def answered(self) -> bool:
        """Whether there is something to see: not just a deferral."""
        return self.answer is not None and not self.thinking

    def acknowledge(self, answer: int, now: float) -> None:
        """Take the bot's first response, or refuse it as Discord does."""
        if now - self.created_at > FIRST_RESPONSE_S:
            raise errors.unknown("interaction")
        if self.answer is not None:
            raise errors.refused(40060, "Interaction has already been acknowledged.")
        allowed = set(_ANSWERS[self.kind])
        if self.kind == MODAL_SUBMIT and self.source is None:
            allowed -= {UPDATE, DEFER_UPDATE}
        if answer not in allowed:
            fault = {"code": "BASE_TYPE_CHOICES", "message": f"Value must be one of {sorted(allowed)}."}
            raise errors.invalid_form({"type": {"_errors": [fault]}})
        self.answer, self.answered_at = answer, now


class InteractionBook:
    """The interactions there have been, by id and by token; under load only the last `keep` of them."""

    def __init__(self, clock: LoopbackClock, keep: int = 50_000) -> None:
        self._clock = clock
        self._keep = keep
        self._by_id: dict[int, Interaction] = {}
        self._by_token: dict[str, Interaction] = {}

    def all(self) -> list[Interaction]:
        """Return all of them, oldest first."""
        return list(self._by_id.values())

    def get(self, interaction_id: int) -> Interaction:
        """Return one by id."""
        return self._by_id[interaction_id]

    def new_token(self) -> str:
        """Return a token that nothing else has."""
        return f"aW50ZXJhY3Rpb24-{secrets.token_urlsafe(24)}"

    def add(self, interaction: Interaction) -> None:
        """Keep a new interaction."""
        self._by_id[interaction.id] = interaction
        self._by_token[interaction.token] = interaction
        if len(self._by_id) > self._keep:
            oldest = self._by_id.pop(next(iter(self._by_id)))
            del self._by_token[oldest.token]

    def note_refusal(self, token: str, code: int) -> None:
        """Note that Discord refused an answer to the interaction with this token."""
        if (interaction := self._by_token.get(token)) is not None:
            interaction.refusals.append(code)

    def for_callback(self, interaction_id: int, token: str) -> Interaction:
        """Return the interaction that a callback answers, or raise 10062."""
        interaction = self._by_id.get(interaction_id)
        if interaction is None or interaction.token != token:
            raise errors.unknown("interaction")
        return interaction

    def for_webhook(self, application_id: int, token: str, *, owner: int) -> Interaction:
        """Return the answered interaction whose webhook this is, within its 15 minutes, or raise 10015."""
        interaction = self._by_token.get(token)
        if interaction is None or application_id != owner or interaction.answer is None:
            raise errors.unknown("webhook")
        if self._clock.now() - interaction.created_at > TOKEN_LIFE_S:
            raise errors.unknown("webhook")
        return interaction
