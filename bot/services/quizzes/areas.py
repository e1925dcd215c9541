"""What members call topics and skills, and what they mean by it."""

from dataclasses import dataclass

from bot.domain.careers import Careers
from bot.domain.lookup import Ambiguous, Directory, Found, Kind, Name, Option
from bot.domain.quizzes.pool import QuestionPool
from bot.errors import UserError

MIXED = "mixed"
"""What stands for all topics."""

_KINDS = frozenset({Kind.TRACK, Kind.SKILL})


@dataclass(frozen=True, slots=True)
class Area:
    """A topic or a skill that there are questions about."""

    id: str
    name: str
    questions: int


class Areas:
    """The topics and skills of a pool, by their names and by what else they are called."""

    def __init__(self, pool: QuestionPool, careers: Careers) -> None:
        self._pool = pool
        names: list[Name] = []
        self._topics = {topic.id: topic.name for topic in pool.topics}
        # A skill with the name of a topic is found in the topic.
        taken = {name.casefold() for name in self._topics.values()} | set(self._topics)
        names += [Name(name, Kind.TRACK, id_, main=True) for id_, name in self._topics.items()]
        names += [
            Name(id_.replace("-", " "), Kind.TRACK, id_)
            for id_, name in self._topics.items()
            if id_.replace("-", " ").casefold() != name.casefold()
        ]
        self._skills: dict[str, str] = {}
        for id_ in pool.skills:
            skill = careers.skills.get(id_)
            name = skill.name if skill else id_.replace("-", " ")
            aliases = (
                [] if skill is None else [each for each in skill.aliases if each.casefold() not in taken]
            )
            if id_ in self._topics:
                names += [
                    Name(each, Kind.TRACK, id_) for each in (name, *aliases) if each.casefold() not in taken
                ]
                continue
            self._skills[id_] = name
            names.append(Name(name, Kind.SKILL, id_, main=True))
            names += [Name(alias, Kind.SKILL, id_) for alias in aliases]
        self._directory = Directory(names)

    def name(self, id_: str) -> str:
        """Return what a topic or skill is called; its id in words where it is none of this pool."""
        return self._topics.get(id_) or self._skills.get(id_) or id_.replace("-", " ")

    def all(self) -> list[Area]:
        """Return every topic, then every skill, each with how many questions there are."""
        return [self._area(id_) for id_ in (*self._topics, *sorted(self._skills, key=self.name))]

    def find(self, text: str) -> Area | None:
        """Return what was meant, None for all topics. Raises UserError with the nearest where it is not clear."""
        if text.strip().casefold() in {"", MIXED, "all", "any", "everything"}:
            return None
        match self._directory.find(text, _KINDS):
            case Found(option=option):
                return self._area(option.id)
            case Ambiguous(options=options):
                raise UserError(f"Do you mean {_either(options)}? Pick one from the list.")
            case nearest:
                near = f" The nearest are {_either(nearest.options[:3])}." if nearest.options else ""
                raise UserError(f"I have no questions about that.{near} Pick one from the list.")

    def suggest(self, typed: str, limit: int = 24) -> list[Area]:
        """Return what may be meant while somebody types; all topics where nothing was typed."""
        if not typed.strip():
            return [self._area(id_) for id_ in self._topics][:limit]
        return [self._area(option.id) for option, _ in self._directory.suggest(typed, _KINDS, limit=limit)]

    def _area(self, id_: str) -> Area:
        return Area(id_, self.name(id_), len(self._pool.select(areas=(id_,))))


def _either(options: "tuple[Option, ...]") -> str:
    titles = [option.title for option in options]
    return titles[0] if len(titles) == 1 else f"{', '.join(titles[:-1])} or {titles[-1]}"
