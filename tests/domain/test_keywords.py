import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.keywords import Keywords, fold, parse_keywords
from bot.errors import UserError

TITLE = "Self-Supervised Diffusion Models for Łojasiewicz Image Synthesis"
ABSTRACT = "We train a GAN-free transformer (in C++) on naïve data.\nSchrödinger bridges, GPT‑4 and β-VAE are compared."


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ("diffusion", True),
        ("DIFFUSION", True),
        ("diffusio", False),
        ("model", False),
        ("model*", True),
        ("diffusion image", True),
        ("diffusion AND image", True),
        ("diffusion and image", True),
        ("diffusion video", False),
        ("diffusion OR video", True),
        ("video or diffusion", True),
        ("video, diffusion", True),
        ("video, audio", False),
        ("video, or diffusion", True),
        ("video，diffusion", True),
        ('"diffusion models"', True),
        ('"models diffusion"', False),
        ("“diffusion models”", True),
        ("«diffusion models»", True),
        ('"diffusion mod*"', True),
        ('"diffusion mod"*', True),
        ('"diffusion mod"', False),
        # A hyphen is a space, of whatever kind
        ("self-supervised", True),
        ('"self supervised"', True),
        ("self‑supervised", True),
        ("gan", True),
        ("gpt-4", True),
        ('"gpt 4"', True),
        # A phrase neither runs over the end of the title nor over a missing word
        ('"synthesis we"', False),
        ('"naive data schrodinger"', True),
        # Accents and compatibility forms
        ("naive", True),
        ("NAÏVE", True),
        ("Lojasiewicz", True),
        ("schrodinger", True),
        ("ｄｉｆｆｕｓｉｏｎ", True),
        ("β-vae", True),
        ("c++", True),
        ("c", False),
        # Exclusions belong to their alternative
        ("diffusion -video", True),
        ("diffusion -image", False),
        ("-video diffusion", True),
        ("diffusion NOT image", False),
        ("diffusion and not image", False),
        ('diffusion -"image synthesis"', False),
        ("diffusion -imag*", False),
        ("diffusion –image", False),
        ("diffusion -image, transformer", True),
        ("transformer, diffusion -image", True),
        # Operators in quotation marks are words, and so is a lower-case not
        ('"or"', False),
        ('"and"', True),
        ("diffusion not image", False),
        ('"(in C++)"', True),
    ],
)
def test_matches(text: str, passes: bool) -> None:
    assert parse_keywords(text).matches(TITLE, ABSTRACT) is passes


def test_a_lower_case_not_is_a_word() -> None:
    keywords = parse_keywords("attention is not all you need")
    assert keywords.matches("Attention is NOT all you need", "")
    assert not keywords.matches("Attention is all you need", "")


@pytest.mark.parametrize(
    ("text", "hits"),
    [
        ("diffusion image", ("diffusion", "image")),
        ("video, trans*, Diffusion", ("trans*", "Diffusion")),
        ('"diffusion models" -video', ("“diffusion models”",)),
        ("diffusion video", ()),
        ("diffusion -image", ()),
        ("diffusion image, diffusion models", ("diffusion", "image", "models")),
    ],
)
def test_hits_are_the_terms_that_let_it_pass(text: str, hits: tuple[str, ...]) -> None:
    assert parse_keywords(text).hits(TITLE, ABSTRACT) == hits


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('"diffusion model" image OR gan*', "“diffusion model” and image, or gan*"),
        ("gan -survey", "gan and not survey"),
        ("-survey gan NOT review", "gan and not survey and not review"),
        ("Self-Supervised", "Self-Supervised"),
        ("gan, GAN, gan", "gan, or GAN"),
        ("gan GAN gan", "gan"),
        ('"or" "ti: x"', "“or” and “ti: x”"),
        ('"diffusion   mod*"', "“diffusion mod”*"),
        ("C++", "C++"),
    ],
)
def test_say(text: str, said: str) -> None:
    assert parse_keywords(text).say() == said
    assert parse_keywords(said).say() == said


@pytest.mark.parametrize(
    ("text", "says", "place"),
    [
        ("", "at least one word", ""),
        ("  \n", "at least one word", ""),
        ("x" * 301, "300 characters", ""),
        ('gan "diffusion model', "not closed", '(character 5, at `"diffusion model`)'),
        ("gan “", "not closed", "(character 5"),
        ("-survey", "as well", "(character 1, at `-survey`)"),
        ("gan, NOT survey", "as well", "(character 6, at `NOT survey`)"),
        ("-survey OR gan", "as well", "(character 1"),
        ("gan, , vae", "word is missing", "(character 6, at `, vae`)"),
        ("gan OR OR vae", "word is missing", "(character 8, at `OR vae`)"),
        (", gan", "word is missing", "(character 1"),
        ("OR gan", "word is missing", "(character 1"),
        ("gan OR", "word is missing", "(at the end)"),
        ("gan,", "word is missing", "(at the end)"),
        ("AND gan", "between two words", "(character 1"),
        ("gan AND", "between two words", "(character 5, at `AND`)"),
        ("gan AND AND vae", "between two words", "(character 9"),
        ("gan, and vae", "between two words", "(character 6"),
        ("gan NOT", "after NOT", "(character 5"),
        ("gan NOT, vae", "after NOT", "(character 5"),
        ("gan NOT NOT vae", "once", "(character 9"),
        ("gan NOT -vae", "one minus", "(character 9"),
        ("gan --vae", "one minus", "(character 6"),
        ("gan - vae", "directly before", "(character 5"),
        ('"self"-supervised', "a space", "(character 7"),
        ("*", "no word", "(character 1"),
        ("gan !!", "no word", "(character 5"),
        ('gan ""', "no word", "(character 5"),
        ("g*", "two letters", "(character 1"),
        ("gan-*", "two letters", "(character 1"),
        ("trans*er", "end of a word", "(character 1"),
        ("gan**", "end of a word", "(character 1"),
        # What the full language may give a meaning
        ("(gan OR vae) image", "Parentheses", "(character 1, at `(gan OR vae) image`)"),
        ("gan)", "Parentheses", "(character 4"),
        ("ti:diffusion", "“ti:”", "(character 1"),
        ("gan cat:cs.LG", "“cat:”", "(character 5"),
        ("gan -abs:survey", "“abs:”", "(character 6"),
        ('au:"Ho"', "“au:”", "(character 1"),
        ("gan; vae", "comma or OR", "(character 4"),
        ("gan | vae", "comma or OR", "(character 5"),
    ],
)
def test_refusals_say_what_and_where(text: str, says: str, place: str) -> None:
    with pytest.raises(UserError) as refusal:
        parse_keywords(text)
    assert says in refusal.value.message
    assert place in refusal.value.message
    assert len(refusal.value.message) < 250


def test_a_refusal_cannot_break_out_of_its_code_span() -> None:
    with pytest.raises(UserError) as refusal:
        parse_keywords("gan; `@everyone`")
    assert refusal.value.message.count("`") == 2


def test_equal_filters_are_equal() -> None:
    assert parse_keywords("gan, vae") == parse_keywords("gan OR vae")
    assert hash(parse_keywords("gan  vae")) == hash(parse_keywords("gan AND vae"))


def test_empty_papers_pass_nothing() -> None:
    assert not parse_keywords("gan").matches("", "")


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


_word = st.from_regex(r"[a-zé]{2,6}(-[a-z]{2,4})?", fullmatch=True)
_term = st.tuples(
    st.sampled_from(["", "", "-", "NOT "]),
    st.one_of(_word, st.builds('"{} {}"'.format, _word, _word)),
    st.sampled_from(["", "*"]),
).map("".join)
_filter = st.lists(
    st.tuples(_term, st.sampled_from([" ", " AND ", ", ", " OR "])), min_size=1, max_size=6
).map(lambda parts: "".join(f"{term}{joint}" for term, joint in parts[:-1]) + parts[-1][0])


def _parse(text: str) -> Keywords | None:
    try:
        return parse_keywords(text)
    except UserError as refusal:
        assert refusal.message.endswith(".")  # noqa: PT017
        return None


@given(
    st.one_of(_filter, st.text(max_size=60), st.text('ab -*",()OR:ANDNOT“”`', max_size=30)),
    st.text(max_size=80),
)
def test_any_text_is_refused_or_means_what_it_says(text: str, abstract: str) -> None:
    keywords = _parse(text)
    if keywords is None:
        return
    said = keywords.say()
    if len(said) <= 300:
        again = parse_keywords(said)
        assert again.say() == said
        assert again.matches(text, abstract) == keywords.matches(text, abstract)
    assert keywords.matches(text, abstract) == bool(keywords.hits(text, abstract))


@given(_word, _word, st.text(max_size=80))
def test_and_narrows_or_widens_not_excludes(first: str, second: str, text: str) -> None:
    abstract = f"{text} {first}"

    def passes(text: str) -> bool:
        return parse_keywords(text).matches("", abstract)

    other = passes(f'"{second}"')
    assert passes(f'"{first}"')
    assert passes(f'"{first}", "{second}"')
    assert passes(f'"{first}" "{second}"') == other
    assert passes(f'"{first}" -"{second}"') != other
