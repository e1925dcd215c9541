"""Lists of deadlines: both schemas, archives, and documents that were made to do harm."""

import gzip
import io
import json
import pickle
import random
import tarfile
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.domain.conferences import Catalogue
from bot.domain.deadlines import Deadline, DeadlineType, Edition
from bot.sources import deadlines
from bot.sources.deadlines.archive import MAX_UNPACKED
from bot.sources.deadlines.documents import MAX_BYTES as MAX_FILE
from bot.sources.deadlines.documents import read_document
from bot.sources.errors import BadStatus, Busy, FeedUnreadable, SourceError, TooLarge
from bot.sources.http import MAX_BYTES, Response

FIRST_SCHEMA = """
- title: SampleConf
  year: 2026
  id: sampleconf26
  full_name: Sample Conference on
    Learning
  link: https://sample.example.org/2026
  deadlines:
    - type: abstract
      label: Abstract submission deadline
      date: '2025-11-07 23:59:59'
      timezone: AoE
    - type: paper
      label: Paper submission deadline
      date: 2025-11-14 23:59
      timezone: UTC-08
    - type: submission
      label: Paper submission (Round 2)
      date: "2026-01-10T23:59:00"
      timezone: Europe/London
    - type: rebuttal_end
      label: Author Response Deadline
      date: '2026-01-29 00:00:00'
      timezone: GMT+02
    - type: author_response
      label: Author response period begins
      date: 2026-01-22
      timezone: UTC
    - type: notification
      label: Final decisions
      date: 2026-02-20
    - type: camera-ready
      label: Camera-ready version
      date: TBD
      timezone: AoE
    - type: registration
      label: Early registration
      date: '2026-04-01 24:00'
      timezone: UTC-5
    - type: supplementary
      label: Supplementary Material
      date: '2025-11-21 12:00:00'
      timezone: Nowhere/Special
  deadline: '2025-11-13 23:59:59'  # what the list above has replaced
  date: June 3-7, 2026
  start: 2026-06-03
  end: '2026-06-07'
  city: Denver
  country: USA
  tags: [computer-vision, machine-learning, basketry]
  hindex: 450.0
- title: SampleConf
  year: 2025
  full_name: Sample Conference on Learning
  link: sample.example.org
  deadline: '2024-11-14 23:59:00'
  abstract_deadline: '2024-11-07 23:59:00'
  rebuttal_period_end: '2025-01-31 07:59:59'
  final_decision_date: '2025-02-26 07:59:59'
  timezone: UTC-8
  date: June 10-17, 2025
  city: Singapore
  country: Singapore
  tags:
  - computer-vision
- title: SampleConf
  year: 2027
  deadlines: []
  venue: null
  note: to be announced
"""

SECOND_SCHEMA = """
- title: SampleConf
  description: Sample Conference on Learning
  sub: AI
  rank:
    ccf: A
  dblp: sampleconf
  confs:
    - year: 2024
      id: sampleconf24
      link: https://sample.example.org/2024
      timeline:
        - abstract_deadline: '2024-01-20 20:00:00'
          deadline: '2024-01-27 20:00:00'
          comment: Mandatory abstract.
        - deadline: '2024-03-27 20:00:00'
      timezone: UTC+0
      date: November 28-December 9, 2024
      place: New Orleans, Louisiana, USA
    - year: 2025
      id: sampleconf25
      link: https://sample.example.org/2025
      timeline:
        - deadline: TBD
      timezone: UTC-12
      date: December 6, 2025
      place: Virtual
"""


def parsed(text: str) -> Catalogue:
    return deadlines.parse(text.encode())


def by_key(catalogue: Catalogue) -> dict[str, Deadline]:
    return {each.key.removeprefix("deadline:"): each for each in catalogue.deadlines}


def archive(files: dict[str, bytes], *, compressed: bool = True) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return gzip.compress(packed.getvalue(), mtime=0) if compressed else packed.getvalue()


FOLDER = "ai-deadlines-main/src/data/conferences"
ARCHIVE = archive(
    {
        "ai-deadlines-main/README.md": b"- not: a conference",
        f"{FOLDER}/sampleconf.yml": FIRST_SCHEMA.encode(),
        f"{FOLDER}/broken.yml": b"- title: [",
        f"{FOLDER}/other.yaml": b"- title: Other\n  year: 2026\n",
        "ai-deadlines-main/.github/workflow.yml": b"on: push",
    }
)


# --- Values -----------------------------------------------------------------------------------------


def test_every_field_of_the_first_schema() -> None:
    catalogue = parsed(FIRST_SCHEMA)
    assert catalogue.skipped == ()
    assert catalogue.complete
    assert catalogue.editions[0] == Edition(
        conference="sampleconf",
        name="SampleConf",
        full_name="Sample Conference on Learning",
        year=2026,
        url="https://sample.example.org/2026",
        starts_on=date(2026, 6, 3),
        ends_on=date(2026, 6, 7),
        place="Denver, USA",
        areas=("ml", "vision"),
    )
    found = by_key(catalogue)
    assert found["sampleconf:2026:submission:"] == Deadline(
        edition=catalogue.editions[0],
        type=DeadlineType.SUBMISSION,
        label="Paper submission deadline",
        slot="",
        due_at=datetime(2025, 11, 15, 7, 59, tzinfo=UTC),
        zone="Etc/GMT+8",
        zone_words="UTC-08",
    )
    assert {
        key: (each.type.value, each.due_at.isoformat(sep=" ")[:19], each.zone_words, each.approximate)
        for key, each in found.items()
        if each.edition.year == 2026
    } == {
        "sampleconf:2026:abstract:": ("abstract", "2025-11-08 11:59:59", "AoE", False),
        "sampleconf:2026:submission:": ("submission", "2025-11-15 07:59:00", "UTC-08", False),
        "sampleconf:2026:submission:round 2": ("submission", "2026-01-10 23:59:00", "Europe/London", False),
        "sampleconf:2026:rebuttal:end": ("rebuttal", "2026-01-28 22:00:00", "GMT+02", False),
        "sampleconf:2026:rebuttal:start": ("rebuttal", "2026-01-22 23:59:59", "UTC", True),
        # Only a day: its end, Anywhere on Earth.
        "sampleconf:2026:notification:final": ("notification", "2026-02-21 11:59:59", "", True),
        "sampleconf:2026:other:early": ("other", "2026-04-02 05:00:00", "UTC-5", False),
        # A time in a zone nobody knows: UTC, and said to be a guess.
        "sampleconf:2026:other:supplementary material": (
            "other",
            "2025-11-21 12:00:00",
            "Nowhere/Special",
            True,
        ),
    }


def test_older_editions_have_their_dates_beside_the_title() -> None:
    catalogue = parsed(FIRST_SCHEMA)
    edition = catalogue.editions[1]
    assert (edition.url, edition.place) == ("https://sample.example.org", "Singapore")
    assert (edition.starts_on, edition.ends_on) == (date(2025, 6, 10), date(2025, 6, 17))
    assert [
        (each.type.value, each.slot, each.due_at) for each in catalogue.deadlines if each.edition == edition
    ] == [
        ("abstract", "", datetime(2024, 11, 8, 7, 59, tzinfo=UTC)),
        ("submission", "", datetime(2024, 11, 15, 7, 59, tzinfo=UTC)),
        ("rebuttal", "end", datetime(2025, 1, 31, 15, 59, 59, tzinfo=UTC)),
        ("notification", "final", datetime(2025, 2, 26, 15, 59, 59, tzinfo=UTC)),
    ]


def test_an_edition_without_dates_is_known_all_the_same() -> None:
    edition = parsed(FIRST_SCHEMA).conferences["sampleconf"]
    assert (edition.year, edition.full_name, edition.starts_on, edition.place) == (
        2027,
        "SampleConf",
        None,
        None,
    )


def test_every_field_of_the_second_schema() -> None:
    catalogue = parsed(SECOND_SCHEMA)
    assert catalogue.editions[0] == Edition(
        conference="sampleconf",
        name="SampleConf",
        full_name="Sample Conference on Learning",
        year=2024,
        url="https://sample.example.org/2024",
        starts_on=date(2024, 11, 28),
        ends_on=date(2024, 12, 9),
        place="New Orleans, Louisiana, USA",
        areas=("ml",),
    )
    assert [(each.key, each.due_at, each.zone) for each in catalogue.deadlines] == [
        ("deadline:sampleconf:2024:abstract:", datetime(2024, 1, 20, 20, tzinfo=UTC), "UTC"),
        ("deadline:sampleconf:2024:submission:", datetime(2024, 1, 27, 20, tzinfo=UTC), "UTC"),
        ("deadline:sampleconf:2024:submission:round 2", datetime(2024, 3, 27, 20, tzinfo=UTC), "UTC"),
    ]
    assert (catalogue.editions[1].starts_on, catalogue.skipped) == (date(2025, 12, 6), ())


def test_both_schemas_know_a_deadline_by_the_same_key() -> None:
    first = parsed(
        "- {title: SampleConf, year: 2024, deadlines: "
        "[{type: paper, label: Full paper due, date: '2024-01-29 20:00:00', timezone: UTC}]}"
    )
    second = {each.key: each.due_at for each in parsed(SECOND_SCHEMA).deadlines}
    (extended,) = first.deadlines
    assert extended.due_at - second[extended.key] == timedelta(days=2)


ONE = "- {{title: C, year: 2026, {}}}"


@pytest.mark.parametrize(
    ("fields", "starts_on", "ends_on"),
    [
        ("start: 2026-05-04, end: 2026-05-08", date(2026, 5, 4), date(2026, 5, 8)),
        ("start: 2026-05-04", date(2026, 5, 4), date(2026, 5, 4)),
        ("start: '2026-05-04', end: 2026-05-01", None, None),
        ("start: 2026-02-30, date: 'Feb 28 - March 2, 2026'", date(2026, 2, 28), date(2026, 3, 2)),
        ("date: sometime in May", None, None),
        # Copied from the year before and not put right, in one place or in both.
        ("deadline: 2025-09-18, start: 2025-05-04, end: 2025-05-08", None, None),
        (
            "deadline: 2025-09-18, start: 2025-05-04, end: 2025-05-08, date: 'May 4-8, 2026'",
            date(2026, 5, 4),
            date(2026, 5, 8),
        ),
    ],
)
def test_the_days_of_a_conference(fields: str, starts_on: date | None, ends_on: date | None) -> None:
    (edition,) = parsed(ONE.format(fields)).editions
    assert (edition.starts_on, edition.ends_on) == (starts_on, ends_on)


@pytest.mark.parametrize(
    ("type_", "label", "expected"),
    [
        ("paper", "Paper", "submission"),
        ("Submission", "Paper", "submission"),
        ("commitment_deadline", "ARR commitment deadline", "submission"),
        ("registration", "Round 1 Paper Registration", "abstract"),
        ("registration", "Author registration deadline", "other"),
        ("rebuttal_and_revision", "Resubmission Due", "rebuttal"),
        ("first-notification", "First notification", "notification"),
        ("camera_ready", "Final", "camera-ready"),
        ("withdrawal", "Withdrawal deadline", "other"),
        ("what-is-this", "Something", "other"),
    ],
)
def test_types(type_: str, label: str, expected: str) -> None:
    item = json.dumps([{"type": type_, "label": label, "date": "2026-01-01 10:00:00", "timezone": "AoE"}])
    assert parsed(ONE.format(f"deadlines: {item}")).deadlines[0].type.value == expected


def test_two_of_one_slot_are_numbered_in_the_order_of_the_file() -> None:
    items = [
        {"type": "paper", "label": label, "date": f"2026-01-0{day}"}
        for day, label in enumerate("AAA", start=1)
    ]
    catalogue = parsed(ONE.format(f"deadlines: {json.dumps(items)}").replace('"A"', '"Paper deadline"'))
    assert [each.slot for each in catalogue.deadlines] == ["", "#2", "#3"]


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ("{label: Paper, date: soon}", "C 2026, Paper: the date “soon” cannot be read"),
        ("{label: Paper, date: 2026-02-30}", "C 2026, Paper: there is no such time as “2026-02-30”"),
        (
            "{label: Paper, date: '2026-02-03 25:00'}",
            "C 2026, Paper: there is no such time as “2026-02-03 25:00”",
        ),
        ("{label: Paper, date: 0001-01-01}", "C 2026, Paper: the year of “0001-01-01” cannot be right"),
        ("{date: 2026-02-03}", "C 2026, a deadline: neither a label nor a type"),
    ],
)
def test_a_bad_deadline_is_skipped_and_said(item: str, reason: str) -> None:
    good = "{type: paper, label: Paper, date: 2026-01-01}"
    catalogue = parsed(ONE.format(f"deadlines: [{item}, {good}]"))
    assert catalogue.skipped == (reason,)
    assert len(catalogue.deadlines) == 1


def test_a_bad_edition_is_skipped_and_said() -> None:
    catalogue = parsed("- {title: C, year: soon}\n- just words\n- {year: 2026}\n- {title: D, year: 2026}\n")
    assert [each.conference for each in catalogue.editions] == ["d"]
    assert catalogue.skipped == (
        "C soon: the year “soon” cannot be read",
        "entry 2: not a conference",
        "entry 3 2026: no title",
    )


# --- Archives ---------------------------------------------------------------------------------------


def test_an_archive_gives_every_conference_file() -> None:
    catalogue = deadlines.parse(ARCHIVE)
    assert sorted(catalogue.conferences) == ["other", "sampleconf"]
    assert catalogue.deadlines == parsed(FIRST_SCHEMA).deadlines
    assert catalogue.skipped == ("broken: not YAML that can be read, line 2",)
    assert not catalogue.complete
    assert deadlines.parse(gzip.decompress(ARCHIVE)) == catalogue


def test_an_archive_cut_short_is_refused() -> None:
    for end in range(1, len(ARCHIVE) - 1, 7):
        with pytest.raises(FeedUnreadable):
            deadlines.parse(ARCHIVE[:end])
    with pytest.raises(FeedUnreadable, match="damaged"):
        deadlines.parse(ARCHIVE[:-8] + b"\0" * 8)


def test_an_archive_that_unpacks_to_too_much_is_refused() -> None:
    bomb = gzip.compress(b"\0" * (MAX_UNPACKED + 1), mtime=0)
    assert len(bomb) < 100_000
    with pytest.raises(TooLarge, match="unpacks to more than 32 MB"):
        deadlines.parse(bomb)
    crowd = archive({"conferences/x.txt": b""}, compressed=False)[:512] * 10_001
    with pytest.raises(TooLarge, match="too many files"):
        deadlines.parse(crowd)


def test_links_in_an_archive_are_not_followed_and_large_files_not_read() -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE):
            member = tarfile.TarInfo(f"conferences/{kind!r}.yml")
            member.type, member.linkname = kind, "/etc/passwd"
            tar.addfile(member)
        for name, content in (
            ("large", FIRST_SCHEMA.encode() + b"#" * MAX_FILE),
            ("../../good", FIRST_SCHEMA.encode()),
        ):
            member = tarfile.TarInfo(
                f"conferences/{name}.yml" if name == "large" else f"{name}/conferences/x.yml"
            )
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    catalogue = deadlines.parse(packed.getvalue())
    assert len(catalogue.editions) == 3
    assert catalogue.skipped == ("large: more than 256 KB",)


def test_an_archive_without_conferences_is_refused() -> None:
    with pytest.raises(FeedUnreadable, match="holds no conference that can be read"):
        deadlines.parse(archive({"README.md": b"moved"}))


# --- Documents --------------------------------------------------------------------------------------

LAUGHS = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10)
)


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (LAUGHS, "too large when its aliases are written out"),
        ("&a [*a]", "it refers to itself, or to nothing"),
        ("[*nothing]", "not YAML that can be read|refers to itself, or to nothing"),
        ("[" * 50 + "]" * 50, "nested too deeply"),
        ("[" * 200_000, "nested too deeply"),
        ("- " * 100_000, "nested too deeply"),
        ("{a: " * 50_000, "nested too deeply"),
        ("x" * (MAX_FILE + 1), "more than 256 KB"),
        ("- a\n" * 60_000, "too large"),
        ("a: b: c", "not YAML that can be read, line 1"),
        ("a\n---\nb", "not YAML that can be read"),
        ("{[a]: b}", "not YAML that can be read"),
        ("\x00", "not YAML that can be read"),
    ],
)
def test_documents_made_to_do_harm_are_refused(document: str, reason: str) -> None:
    with pytest.raises(FeedUnreadable, match=reason):
        read_document(document.encode())


def test_nothing_is_built_but_text() -> None:
    document = b"{a: !!python/object/apply:os.system ['echo'], b: 2026-02-30, c: NO, d: 1:2:3, e: &x [1], f: *x, g: ~}"
    assert read_document(document) == {
        "a": ["echo"],
        "b": "2026-02-30",
        "c": "NO",
        "d": "1:2:3",
        "e": ["1"],
        "f": ["1"],
        "g": "~",
    }
    assert read_document(b"a: " + b"9" * 100_000) == {"a": "9" * 100_000}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Sign in</html>",
        b'{"message": "Not Found"}',
        b"\xff\xfe",
        b"404: Not Found",
        b"[]",
        b"\x1f\x8b",
    ],
)
def test_what_is_no_list_is_refused(body: bytes) -> None:
    with pytest.raises(FeedUnreadable) as refused:
        deadlines.parse(body)
    assert refused.value.reason.endswith(".")


def test_it_can_run_in_another_process() -> None:
    assert pickle.loads(pickle.dumps(deadlines.parse)) is deadlines.parse  # noqa: S301 - our own
    catalogue = parsed(FIRST_SCHEMA)
    assert pickle.loads(pickle.dumps(catalogue)) == catalogue  # noqa: S301 - our own


JUNK = (
    b"",
    b"null",
    b"[]",
    b"{}",
    b"&a",
    b"*a",
    b"!!int x",
    b"9" * 400,
    b"'",
    b"\n",
    b"\n- ",
    b": ",
    b"\xc3",
    b"2026-99-99",
)


def damaged(body: bytes, chance: random.Random) -> bytes:
    """Return a body with a few accidents: cut, a byte changed, parts repeated, dropped or replaced."""
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(body) + 1)
        end = min(len(body), at + chance.randint(0, 40))
        match chance.randrange(5):
            case 0:
                body = body[:at]
            case 1:
                body = body[:at] + bytes([chance.randrange(256)]) + body[at + 1 :]
            case 2:
                body = body[:at] + body[at:end] * chance.randint(2, 5) + body[end:]
            case 3:
                body = body[:at] + body[end:]
            case _:
                body = body[:at] + chance.choice(JUNK) + body[end:]
    return body


@pytest.mark.parametrize(
    ("name", "body", "rounds"),
    [
        ("first", FIRST_SCHEMA.encode(), 300),
        ("second", SECOND_SCHEMA.encode(), 200),
        ("archive", gzip.decompress(ARCHIVE), 150),
        ("compressed", ARCHIVE, 150),
    ],
)
def test_damaged_bodies_are_read_or_refused(name: str, body: bytes, rounds: int) -> None:
    chance = random.Random(f"deadlines {name}")
    refused = 0
    for _ in range(rounds):
        try:
            catalogue = deadlines.parse(damaged(body, chance))
        except SourceError as error:
            refused += bool(error.reason)
            continue
        assert len({each.key for each in catalogue.deadlines}) == len(catalogue.deadlines)
        for each in catalogue.deadlines:
            event = each.event()
            (event.title + (event.url or "") + repr(event.details)).encode()
    assert 0 < refused <= rounds


# --- Fetching ---------------------------------------------------------------------------------------


@dataclass(slots=True)
class Site:
    """One answer, and the conditions it was asked with."""

    answer: Response
    asked: list[tuple[str, str | None, str | None]] = field(default_factory=list)

    async def get(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        max_bytes: int = MAX_BYTES,
        timeout_s: float = 60,
        name: str | None = None,
    ) -> Response:
        self.asked.append((url, etag, last_modified))
        return self.answer


def answer(status: int, body: bytes = b"", retry_after: float | None = None) -> Response:
    return Response(status, body, "application/x-gzip", 'W/"1"', "then", "https://x.example.org", retry_after)


async def test_one_request_gives_all() -> None:
    site = Site(answer(200, ARCHIVE))
    fetched = await deadlines.fetch(site, etag='W/"0"', last_modified="before")
    assert site.asked == [(deadlines.URL, 'W/"0"', "before")]
    assert (fetched.etag, fetched.last_modified) == ('W/"1"', "then")
    assert fetched.catalogue == deadlines.parse(ARCHIVE)


async def test_nothing_changed() -> None:
    assert (await deadlines.fetch(Site(answer(304)))).catalogue is None


async def test_statuses_are_named_errors() -> None:
    with pytest.raises(Busy) as busy:
        await deadlines.fetch(Site(answer(429, retry_after=7)))
    assert busy.value.retry_after == 7
    with pytest.raises(BadStatus, match="HTTP 404"):
        await deadlines.fetch(Site(answer(404, b"404: Not Found")))


async def test_the_reading_can_be_given_away() -> None:
    calls = []

    async def run(function: object, body: bytes) -> Catalogue:
        calls.append(function)
        return Catalogue()

    assert (await deadlines.fetch(Site(answer(200, ARCHIVE)), run=run)).catalogue == Catalogue()
    assert calls == [deadlines.parse]


def test_a_damaged_file_costs_that_file_alone() -> None:
    files = {f"{FOLDER}/{name}.yml": content for name, content in (("a", b"\xff"), ("b", b"- " * 9000))}
    catalogue = deadlines.parse(archive({**files, f"{FOLDER}/c.yml": SECOND_SCHEMA.encode()}))
    assert catalogue.skipped == ("a: not YAML that can be read", "b: nested too deeply")
    assert len(catalogue.editions) == 2
