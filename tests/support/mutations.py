"""Feeds as nobody should send them: seeded damage to XML and JSON, to their structure and to their bytes."""

import json
import random
import re
from collections.abc import Callable
from typing import Any

Mutation = Callable[[bytes, random.Random], bytes]

DATES = [
    "0000-00-00T00:00:00Z",
    "9999-12-31T23:59:59-14:00",
    "0001-01-01T00:00:00+14:00",
    "2026-02-30T25:61:61Z",
    "Wed, 31 Feb 2026 24:00:00 EST",
    "Thu, 01 Jan 99999 00:00:00 +9999",
    "2026-W53-8",
    "１２３４-０５-０６",
    "-1",
    "9" * 400,
    "tomorrow",
    "",
]
TEXTS = [
    "$" * 51,
    "{" * 300,
    "\\" * 301,
    r"\frac{" * 200,
    r"$\sqrt{" * 100,
    "$a$" * 300,
    r"\begin{" + "a" * 200,
    r"$\left(" * 60,
    "``" * 200,
    "--" * 300,
    "~" * 500,
    "^{" * 300,
    r"\href{a}{" * 60,
    r"\verb|" * 20,
    "(" * 500,
    "(a), " * 400,
    "),(" * 300,
    "a, " * 2000,
    "%" * 200,
    "&amp;" * 200,
    "&lt;b&gt;" * 100,
    "\u202e\u0600\u200d" * 50,
    "👩‍👩‍👧‍👦" * 50,
    "Z" + "\u0301" * 500,
    "arXiv:2603.01001v99999 Announce Type: new",
    "arXiv: Announce Type: " * 50,
    "oai:arXiv.org:" + "a" * 300 + "/9901001v1",
    "oai:arXiv.org:２６０３.０１００１v1",
    "https://arxiv.org/abs/" * 30,
    "new\nnew",
    "cs.LG" * 50,
    "javascript:alert(1)",
    "http://127.0.0.1/feed.xml",
    "/etc/passwd",
    "'; DROP TABLE papers; --",
]
REFERENCES = [
    b"&#0;",
    b"&#x0;",
    b"&#xD800;",
    b"&#xFFFE;",
    b"&#x110000;",
    b"&#99999999999;",
    b"&nope;",
    b"&",
    b"&#;",
    b"&#x1F;",
]
SNIPPETS = [
    b"<", b">", b"]]>", b"<![CDATA[", b"<!--", b"-->", b"<?x", b"?>", b"<!DOCTYPE html>", b"</entry>", b"<entry>", b"<item>",
    b"</channel>", b"<a:b/>", b"<b xmlns='x'/>", b"<id/>", b"<title type='xhtml'><div>x</div></title>", b"<content type='html'>&lt;p",
    b"<link href='//['/>", b"<link href='http://[::1'/>", b"<guid isPermaLink='x'>", b"<category/>", b"<author/>", b"<summary mode='base64'>",
    b"<media:content/>", b"<georss:point>x y</georss:point>", b"<gml:posList srsName='urn'>1 2 3</gml:posList>", b"<dc:creator>",
    b"<enclosure length='x'/>", b"<itunes:explicit>x", b"<source/>", b"<psc:chapter start='x'/>", b"<base href='\\'/>", b"\x00", b"\xff\xfe",
]  # fmt: skip
_TAG = re.compile(rb"<(/?)([A-Za-z][\w:.-]*)([^<>]*)>")
_TEXT = re.compile(rb">([^<>]+)<")
_DATE = re.compile(rb">\s*[^<>]*\d\d:\d\d:\d\d[^<>]*<")
_ENTRY = re.compile(rb"<(entry|item)\b.*?</\1>", re.DOTALL)


def _at(body: bytes, chance: random.Random) -> int:
    return chance.randrange(len(body) + 1)


def _insert(body: bytes, at: int, what: bytes) -> bytes:
    return body[:at] + what + body[at:]


def truncate(body: bytes, chance: random.Random) -> bytes:
    return body[: _at(body, chance)]


def flip(body: bytes, chance: random.Random) -> bytes:
    damaged = bytearray(body)
    for _ in range(min(len(damaged), chance.randint(1, 30))):
        damaged[chance.randrange(len(damaged))] = chance.randrange(256)
    return bytes(damaged)


def cut_out(body: bytes, chance: random.Random) -> bytes:
    at = _at(body, chance)
    return body[:at] + body[at + chance.randint(1, 400) :]


def repeat_slice(body: bytes, chance: random.Random) -> bytes:
    at = _at(body, chance)
    return _insert(body, at, body[at : at + chance.randint(1, 400)] * chance.randint(1, 20))


def null_bytes(body: bytes, chance: random.Random) -> bytes:
    return _insert(body, _at(body, chance), b"\x00" * chance.randint(1, 200))


def invalid_utf8(body: bytes, chance: random.Random) -> bytes:
    bad = chance.choice(
        [b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80", b"\xc0\x80", b"\x80" * 50]
    )
    return _insert(body, _at(body, chance), bad)


def recode(body: bytes, chance: random.Random) -> bytes:
    """Write it in another encoding than it says."""
    text = body.decode("utf-8", "replace")
    return text.encode(
        chance.choice(["utf-16", "utf-32", "utf-16-be", "latin-1", "utf-7", "cp037", "shift_jis"]), "replace"
    )


def _some(pattern: re.Pattern[bytes], body: bytes, chance: random.Random) -> re.Match[bytes] | None:
    found = list(pattern.finditer(body))
    return chance.choice(found) if found else None


def swap_tags(body: bytes, chance: random.Random) -> bytes:
    first, second = _some(_TAG, body, chance), _some(_TAG, body, chance)
    if not first or not second or first.end() > second.start():
        return body
    return (
        body[: first.start()]
        + second[0]
        + body[first.end() : second.start()]
        + first[0]
        + body[second.end() :]
    )


def rename_tag(body: bytes, chance: random.Random) -> bytes:
    if not (tag := _some(_TAG, body, chance)):
        return body
    names = [match[2] for match in _TAG.finditer(body)]
    other = chance.choice([*names, b"x:y", b"div", b"script", b"svg", b"image", b"content", b"a" * 500])
    if chance.random() < 0.5:  # everywhere
        return re.sub(rb"(</?)" + re.escape(tag[2]) + rb"\b", rb"\1" + other, body)
    return body[: tag.start(2)] + other + body[tag.end(2) :]


def drop_tag(body: bytes, chance: random.Random) -> bytes:
    tag = _some(_TAG, body, chance)
    return body[: tag.start()] + body[tag.end() :] if tag else body


def add_snippet(body: bytes, chance: random.Random) -> bytes:
    tag = _some(_TAG, body, chance)
    return _insert(body, tag.end() if tag else _at(body, chance), chance.choice([*SNIPPETS, *REFERENCES]))


def odd_attributes(body: bytes, chance: random.Random) -> bytes:
    if not (tag := _some(_TAG, body, chance)):
        return body
    attribute = chance.choice(
        [
            b' a="1" a="2"',
            b" type='application/xhtml+xml'",
            b" type='text/html' mode='escaped'",
            b" xml:base='http://[x'",
            b" xml:lang='\xff'",
            b" xmlns='x'",
            b" xmlns:arxiv='y'",
            b" href=x",
            b" term=''",
            b" rel='self' href='\\\\'",
        ]
    )
    return _insert(body, tag.end(2), attribute)


def huge_attribute(body: bytes, chance: random.Random) -> bytes:
    tag = _some(_TAG, body, chance)
    size = chance.choice([10**3, 10**4, 10**5, 10**6])
    return _insert(body, tag.end(2) if tag else 0, b' term="' + b"a" * size + b'"')


def huge_text(body: bytes, chance: random.Random) -> bytes:
    text = _some(_TEXT, body, chance)
    piece = chance.choice(
        [b"a", b"a ", b"$x$ ", b"\\alpha ", b"(", b"--", b"\xc3\xa9", b"{}", b"&lt;", b"a, "]
    )
    return _insert(
        body, text.start(1) if text else 0, piece * chance.choices([10**3, 10**4, 10**5], [6, 3, 1])[0]
    )


def odd_text(body: bytes, chance: random.Random) -> bytes:
    if not (text := _some(_TEXT, body, chance)):
        return body
    return body[: text.start(1)] + chance.choice(TEXTS).encode() + body[text.end(1) :]


def odd_date(body: bytes, chance: random.Random) -> bytes:
    if not (date := _some(_DATE, body, chance)):
        return body
    return body[: date.start() + 1] + chance.choice(DATES).encode() + body[date.end() - 1 :]


def repeat_entry(body: bytes, chance: random.Random) -> bytes:
    if body.count(b"<entry") + body.count(b"<item") > 200:  # nested already: the search takes quadratic time
        return body
    entry = _some(_ENTRY, body, chance)
    return _insert(body, entry.start(), entry[0] * chance.randint(1, 3)) if entry else body


def nest(body: bytes, chance: random.Random) -> bytes:
    depth = chance.choices([10, 100, 1_000, 10_000], [6, 6, 3, 1])[0]
    name = chance.choice([b"div", b"entry", b"item", b"title", b"a:b", b"author"])
    opened = b"<%s>" % name * depth
    return _insert(
        body, _at(body, chance), opened + (b"</%s>" % name * depth if chance.random() < 0.5 else b"")
    )


def entity_bomb(body: bytes, chance: random.Random) -> bytes:
    """Billion laughs, a quadratic one, one that refers to itself, and a file of the machine."""
    levels = chance.randint(2, 9)
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, levels))
    declared = chance.choice(
        [
            f'<!ENTITY l0 "lol">{laughs}<!ENTITY bomb "&l{levels - 1};">',
            f'<!ENTITY bomb "{"a" * 50_000}">',
            '<!ENTITY bomb "&bomb;">',
            '<!ENTITY bomb SYSTEM "file:///etc/passwd">',
            '<!ENTITY % p SYSTEM "http://127.0.0.1:9/x.dtd"> %p; <!ENTITY bomb "x">',
        ]
    )
    body = re.sub(rb"^\s*<\?xml.*?\?>", b"", body, flags=re.DOTALL)
    text = _some(_TEXT, body, chance)
    body = _insert(body, text.start(1) if text else 0, b"&bomb;" * chance.choice([1, 10, 100]))
    return b"<?xml version='1.0'?><!DOCTYPE feed [" + declared.encode() + b"]>" + body


BYTES: tuple[Mutation, ...] = (truncate, flip, cut_out, repeat_slice, null_bytes, invalid_utf8, recode)
XML: tuple[Mutation, ...] = (
    swap_tags, rename_tag, drop_tag, add_snippet, odd_attributes, odd_text, odd_text, odd_date, repeat_entry, repeat_entry,
    huge_attribute, huge_text, nest, entity_bomb,
)  # fmt: skip


def few_entries(body: bytes, chance: random.Random, at_most: int = 2) -> bytes:
    """Keep some of a feed's entries, so that damage to the rest of it is not rare."""
    entries = list(_ENTRY.finditer(body))
    unwanted = chance.sample(entries, max(0, len(entries) - at_most))
    for entry in sorted(unwanted, key=lambda match: match.start(), reverse=True):
        body = body[: entry.start()] + body[entry.end() :]
    return body


def mutated_xml(body: bytes, chance: random.Random) -> bytes:
    """Return a feed with one to four kinds of damage."""
    for _ in range(chance.choice([1, 1, 1, 2, 2, 3, 4])):
        body = chance.choice(XML if chance.random() < 0.75 else BYTES)(body, chance)
    return body


def mutated_json(body: bytes, chance: random.Random) -> bytes:
    """Return a document with damage to its values, its bytes or both."""
    if chance.random() < 0.85:
        holder = [json.loads(body)]
        for _ in range(chance.choice([1, 1, 2, 3, 8])):
            _change_value(holder, chance)
        body = json.dumps(holder[0], ensure_ascii=chance.random() < 0.5).encode("utf-8", "surrogatepass")
        body = _NESTED.sub(lambda match: _deep(int(match[1])), body)
    if chance.random() < 0.3:
        body = chance.choice(BYTES)(body, chance)
    return body


_NESTED = re.compile(rb'"@nested (\d+)@"')


def _deep(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth  # json.dumps could not write it


def _change_value(holder: list[Any], chance: random.Random) -> None:
    places: list[tuple[Any, Any]] = []
    waiting: list[Any] = [holder]
    while waiting:
        node = waiting.pop()
        keys = node.keys() if isinstance(node, dict) else range(len(node))
        places += [(node, key) for key in keys]
        waiting += [node[key] for key in keys if isinstance(node[key], dict | list)]
    node, key = chance.choice(places)
    action = chance.random()
    if action < 0.15 and isinstance(node, dict):
        del node[key]
    elif action < 0.25 and isinstance(node, list) and node is not holder:
        node.append(json.loads(json.dumps(node[key])))
    elif action < 0.35:
        other, place = chance.choice(places)
        node[key] = json.loads(json.dumps(other[place]))
    else:
        node[key] = _odd_value(chance)


def _odd_value(chance: random.Random) -> Any:
    return chance.choice(
        [
            None, True, False, 0, -1, 1.5, 10**30, float("nan"), float("inf"), "", " ", [], {}, [[]], [None], {"": None},
            "x" * 10**5, "\ud800", "a\x00b", "@nested 500@", "@nested 50000@", "2603.01001", "math.GT/0309136v3", "9" * 20,
            chance.choice(DATES), chance.choice(TEXTS), "https://user@github.com/a", "https://github.com/a b", "//github.com/a",
            "https://github.com\\@x.example/", "https://[::1", "https://x.example:99999999/",
        ]
    )  # fmt: skip
