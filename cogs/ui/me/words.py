"""What is kept about somebody, in words that go with its number."""

from typing import Final

ONE: Final = {
    "papers on your reading list": "paper on your reading list",
    "papers you found useful": "paper you found useful",
    "reminders of events": "reminder of an event",
    "skills you asked me to keep": "skill you asked me to keep",
    "subscriptions by direct message, with what I sent you": "subscription by direct message, with what I sent you",
    "servers that you left": "server that you left",
    "set-ups you began as a moderator": "set-up you began as a moderator",
    "answers to questions": "answer to a question",
    "questions to review": "question to review",
    "topics with your level in them": "topic with your level in it",
    "rounds of questions on your own": "round of questions on your own",
    "wishes about quizzes: leaderboards and reminders": "wish about quizzes: leaderboards and reminders",
    "choices in questions of the day": "choice in a question of the day",
    "choices in live rounds": "choice in a live round",
    "live rounds you played": "live round you played",
    "questions you reported": "question you reported",
    "profiles for study buddies": "profile for study buddies",
    "meetings with study buddies": "meeting with study buddies",
    "people you asked to be study buddies": "person you asked to be a study buddy",
    "people who asked you to be study buddies": "person who asked you to be a study buddy",
    "people you blocked": "person you blocked",
    "feeds you set up as a moderator": "feed you set up as a moderator",
    "Discord roles you offered as a moderator": "Discord role you offered as a moderator",
    "roles and links you added as a moderator": "role or link you added as a moderator",
    "changes you made as a moderator": "change you made as a moderator",
    "live rounds you hosted": "live round you hosted",
    "questions you wrote for a server as a moderator": "question you wrote for a server as a moderator",
}
"""Of one of each, by the words for several in `bot.storage.personal`."""
SETTINGS: Final = "your settings"
"""Of these there is one, or none: no number stands before them."""


def counted(count: int, words: str) -> str:
    """Say how many there are, in the right number: **1** meeting with study buddies."""
    if words == SETTINGS:
        return words
    return f"**{count}** {ONE.get(words, words) if count == 1 else words}"
