"""What is said of events, and when: posts of feeds, the weekly agenda, members' reminders."""

from bot.domain.agenda.moments import announced_at, day_of, dues, series_of
from bot.domain.agenda.planning import Planned, plan_posts
from bot.domain.agenda.reminders import LEADS, check_reminder, remind_at
from bot.domain.agenda.values import (
    SAME_AS,
    EventPost,
    EventRenderer,
    Known,
    Listed,
    MemberReminder,
    PostKind,
    Shown,
    is_over,
    over_at,
)
from bot.domain.agenda.wishes import deadline_facts, hackathon_facts, wanted, wants

__all__ = [
    "LEADS",
    "SAME_AS",
    "EventPost",
    "EventRenderer",
    "Known",
    "Listed",
    "MemberReminder",
    "Planned",
    "PostKind",
    "Shown",
    "announced_at",
    "check_reminder",
    "day_of",
    "deadline_facts",
    "dues",
    "hackathon_facts",
    "is_over",
    "over_at",
    "plan_posts",
    "remind_at",
    "series_of",
    "wanted",
    "wants",
]
