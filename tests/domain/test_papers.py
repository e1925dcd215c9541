"""arXiv ids in every form they are met."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.papers import Paper, PaperId, parse_id


@pytest.mark.parametrize(
    ("text", "base", "version"),
    [
        ("1706.03762", "1706.03762", None),
        ("1706.03762v7", "1706.03762", 7),
        (" arXiv:1706.03762v5 ", "1706.03762", 5),
        ("arXiv: 1706.03762", "1706.03762", None),
        ("arXiv:1706.03762v7 [cs.CL]", "1706.03762", 7),
        ("arXiv:cond-mat/9609089 [cond-mat.stat-mech]", "cond-mat/9609089", None),
        ("oai:arXiv.org:2508.13167v1", "2508.13167", 1),
        ("oai:arXiv.org:astro-ph/0601001v3", "astro-ph/0601001", 3),
        ("https://arxiv.org/abs/1706.03762", "1706.03762", None),
        ("http://www.arxiv.org/pdf/1706.03762v2.pdf", "1706.03762", 2),
        ("https://export.arxiv.org/abs/hep-th/9901001v1", "hep-th/9901001", 1),
        ("https://arxiv.org/html/2508.13167v2#S3", "2508.13167", 2),
        ("https://arxiv.org/abs/2508.13167?context=cs", "2508.13167", None),
        ("arxiv.org/abs/2508.13167/", "2508.13167", None),
        ("https://doi.org/10.48550/arXiv.1706.03762", "1706.03762", None),
        ("10.48550/arXiv.1706.03762", "1706.03762", None),
        ("https://huggingface.co/papers/1706.03762", "1706.03762", None),
        ("https://www.alphaxiv.org/abs/1706.03762v7", "1706.03762", 7),
        ("0704.0001", "0704.0001", None),
        ("1412.9999", "1412.9999", None),
        ("1501.00001", "1501.00001", None),
        ("math.GT/0309136", "math/0309136", None),
        ("math/0309136v1", "math/0309136", 1),
        ("quant-ph/0201082v2", "quant-ph/0201082", 2),
    ],
)
def test_an_id_is_read_in_any_form(text: str, base: str, version: int | None) -> None:
    assert parse_id(text) == PaperId(base, version)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "attention is all you need",
        "1706.037622",
        "1706.0376",  # four digits after 2014
        "1412.00001",  # five before 2015
        "0703.0001",  # the new form began in April 2007
        "1713.00001",  # no such month
        "1700.00001",
        "1706.03762v0",
        "1706.03762v",
        "１７０６.０３７６２",  # digits, but not arXiv's
        "hep-th/9913001",
        "math/4001001",
        "https://example.org/abs/1706.03762",
        "10.1000/182",
        "[cs.CL]",
    ],
)
def test_what_is_no_id_is_refused(text: str) -> None:
    assert parse_id(text) is None


_VERSIONS = st.none() | st.integers(1, 999)


@st.composite
def _new_style(draw: st.DrawFn) -> PaperId:
    year, month = draw(st.integers(7, 99)), draw(st.integers(1, 12))
    stamp = f"{year:02}{month:02}"
    if stamp < "0704":
        stamp = "0704"
    digits = 4 if stamp < "1501" else 5
    return PaperId(f"{stamp}.{draw(st.integers(0, 10**digits - 1)):0{digits}}", draw(_VERSIONS))


@st.composite
def _old_style(draw: st.DrawFn) -> PaperId:
    archive = draw(st.sampled_from(["cs", "math", "hep-th", "quant-ph", "astro-ph", "cmp-lg"]))
    year = draw(st.integers(91, 99) | st.integers(0, 7))
    number = f"{year:02}{draw(st.integers(1, 12)):02}{draw(st.integers(0, 999)):03}"
    return PaperId(f"{archive}/{number}", draw(_VERSIONS))


@given(
    _new_style() | _old_style(),
    st.sampled_from(
        [
            "{}",
            "arXiv:{}",
            "oai:arXiv.org:{}",
            "https://arxiv.org/abs/{}",
            "https://arxiv.org/pdf/{}.pdf",
            " {}\n",
        ]
    ),
)
def test_ids_survive_being_written_and_read(paper_id: PaperId, form: str) -> None:
    assert parse_id(form.format(paper_id)) == paper_id


@given(st.text(max_size=60))
def test_any_text_is_an_id_or_none(text: str) -> None:
    paper_id = parse_id(text)
    assert paper_id is None or parse_id(str(paper_id)) == paper_id


def test_a_paper_is_linked_at_arxiv() -> None:
    paper = Paper("1706.03762", 7, "T", "A", (), ("cs.CL",), "cs.CL")
    assert paper.abs_url == "https://arxiv.org/abs/1706.03762"
    assert paper.pdf_url == "https://arxiv.org/pdf/1706.03762"
    assert paper.html_url == "https://arxiv.org/html/1706.03762"
