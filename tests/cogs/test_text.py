import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.languages import Language
from bot.words import speaking
from cogs.ui.text import ZERO_WIDTH, first_sentence, labelled, listing, plain, plural, shorten

Z = ZERO_WIDTH


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("An ordinary title: with a colon", "An ordinary title: with a colon"),
        ("two\n lines\tand  spaces", "two lines and spaces"),
        ("x](https://evil) [y", rf"x\](https:{Z}//evil) \[y"),
        ("[click](https://evil)", rf"\[click\](https:{Z}//evil)"),
        ("@everyone and @here", f"@{Z}everyone and @{Z}here"),
        (
            "<@123> <@&4> <#1> <t:1:R> </feed list:5>",
            rf"\<@{Z}123\> \<@{Z}&4\> \<#1\> \<t:{Z}1:R\> \</feed list:5\>",
        ),
        ("# heading", r"\# heading"),
        ("### heading", r"\### heading"),
        ("-# small print", r"\-# small print"),
        ("- item", r"\- item"),
        ("+ item", r"\+ item"),
        ("* item", r"\* item"),
        ("> quote", r"\> quote"),
        (">>> quote", r"\>\>\> quote"),
        ("3. Results", r"3\. Results"),
        ("3.5 times as fast", "3.5 times as fast"),
        ("#1 in the list, 5-fold", "#1 in the list, 5-fold"),
        ("C++ and F# and -1", "C++ and F# and -1"),
        (
            "**bold** __under__ ~~gone~~ ||spoiler||",
            r"\*\*bold\*\* \_\_under\_\_ \~\~gone\~\~ \|\|spoiler\|\|",
        ),
        ("`code` ```block```", r"\`code\` \`\`\`block\`\`\`"),
        (r"a \ b \* c", r"a \\ b \\\* c"),
        ("https://arxiv.org", f"https:{Z}//arxiv.org"),
        ("xhttps://a.b, _http://a.b, DISCORD://a", rf"xhttps:{Z}//a.b, \_http:{Z}//a.b, DISCORD:{Z}//a"),
        (":smile: and :+1: and <:cat:1>", rf":{Z}smile: and :{Z}+1: and \<:{Z}cat:1\>"),
        ("", ""),
    ],
)
def test_plain_shows_exactly_the_characters(text: str, shown: str) -> None:
    assert plain(text) == shown


@given(st.text(max_size=80))
def test_nothing_in_plain_text_has_a_meaning_for_discord(text: str) -> None:
    shown = plain(text)
    assert "\n" not in shown
    assert "://" not in shown
    bare = re.sub(r"\\.", "", shown)  # what is not escaped
    assert not re.search(r"[*_~|`\[\]<>]", bare)
    assert not re.search(r"@[^\u200b]|@$", bare)
    assert not re.search(r":[^\s:\u200b][^\s:]*:", bare)
    assert not re.match(r"(?:#{1,3}|-#|[-+]|\d+\.)\s", shown)
    # Nothing is lost: without escapes and zero-width spaces it is the text again.
    if ZERO_WIDTH not in text:
        assert re.sub(r"\\([\\*_~|`\[\]<>#+.-])", r"\1", shown.replace(Z, "")) == " ".join(text.split())


@pytest.mark.parametrize(
    ("text", "limit", "short"),
    [
        ("fits", 4, "fits"),
        ("  fits \n too ", 8, "fits too"),
        ("one two three", 9, "one two…"),
        ("one two, three", 10, "one two…"),
        ("Supercalifragilistic word", 10, "Supercali…"),
        ("a Supercalifragilistic", 10, "a Superca…"),
        ("the end. And", 10, "the end…"),
        ("", 5, ""),
    ],
)
def test_shorten_cuts_between_words(text: str, limit: int, short: str) -> None:
    assert shorten(text, limit) == short


@given(st.text(), st.integers(1, 50))
def test_shorten_keeps_the_limit(text: str, limit: int) -> None:
    assert len(shorten(text, limit)) <= limit


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("One. Two.", "One."),
        ("No full stop", "No full stop"),
        ("Does it? Yes.", "Does it?"),
        ("Wow! Really.", "Wow!"),
        ("It is 3.5 times as fast. Next.", "It is 3.5 times as fast."),
        ("Methods, e.g. BERT, work. Next.", "Methods, e.g. BERT, work."),
        ("Smith et al. (2020) did. Next.", "Smith et al. (2020) did."),
        ("As J. Doe says. Next.", "As J. Doe says."),
        ("See Fig. 3 there. Next.", "See Fig. 3 there."),
        ("It ends. “Quoted” next.", "It ends."),
        ("It ends. (So it does.)", "It ends."),
        ("we use x. y is lower case. End.", "we use x. y is lower case."),
        ("Line\nbreak here. Next.", "Line break here."),
        ("word " * 60, ("word " * 33).strip() + "…"),
        ("", ""),
    ],
)
def test_first_sentence(text: str, sentence: str) -> None:
    assert first_sentence(text, 170) == sentence


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0 papers"), (1, "1 paper"), (2, "2 papers"), (1234, "1,234 papers")]
)
def test_plural(count: int, words: str) -> None:
    assert plural(count, "paper") == words


def test_plural_of_an_irregular_word() -> None:
    assert plural(2, "category", "categories") == "2 categories"


@pytest.mark.parametrize(
    ("words", "said"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_listing(words: list[str], said: str) -> None:
    assert listing(words) == said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["francés", "italiano"], "francés e italiano"),
        (["francés", "hindi"], "francés e hindi"),
        (["inglés", "francés"], "inglés y francés"),
        (["SQL", "Image segmentation"], "SQL e Image segmentation"),
        (["agua", "hielo"], "agua y hielo"),
        (["A", "B", "C"], "A, B y C"),
    ],
)
def test_spanish_has_another_and_before_an_i(words: list[str], said: str) -> None:
    with speaking(Language.SPANISH):
        assert listing(words) == said


def test_french_has_a_space_before_the_colon() -> None:
    assert labelled("a", "b") == "a: b"
    with speaking(Language.FRENCH):
        assert labelled("a", "b") == "a\u00a0: b"
