"""TeX made readable, and plain text left alone."""

import re
import unicodedata
from collections import Counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.sources.latex import readable
from bot.sources.latex_math import math_to_text


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        # Names.
        (r"G\"odel", "Gödel"),
        (r"Pi\v{z}urica", "Pižurica"),
        (r"Jovan\v{c}evi\'c", "Jovančević"),
        (r"Hendrik Kra{\ss}", "Hendrik Kraß"),
        (r"Anders S{\o}gaard", "Anders Søgaard"),
        (r"Sk\l odowska", "Skłodowska"),
        (r"Mikol\'a\v{s}", "Mikoláš"),
        (r"Na\"{\i}ve \c{C}a \'{E}tienne \'\i", "Naïve Ça Étienne í"),
        (r"A\~nos \^o", "Años ô"),
        # Formulas.
        (r"$\mathcal{O}(n^2)$", "𝒪(n²)"),
        (r"$10^{-3}$ and 10^{-3}", "10⁻³ and 10⁻³"),
        (r"$ \alpha $ x", "α x"),
        (r"$K$-means, $k$-NN ($k=5$)", "K-means, k-NN (k=5)"),
        (r"$\sim$30, 10$\%$, 3$\times$", "~30, 10%, 3×"),
        (r"\(x^2\), \[y\] and $$E=mc^2$$", "x², y and E=mc²"),
        (r"\begin{equation}x^2\end{equation}", "x²"),
        (r"\textbf{$x^2$ and \emph{more}}", "x² and more"),
        (r"$p<0.05$ vs $p=0.1$", "p<0.05 vs p=0.1"),
        (r"$a$$b$", "ab"),
        (r"$\mathcal{E\mkern-2mu LI}$", "ELI"),
        # Money.
        ("$5 and $7", "$5 and $7"),
        ("paid $5-$7 or $35,000", "paid $5-$7 or $35,000"),
        (r"$5,000 (vs. $x_1$), \$3--\$4", "$5,000 (vs. x₁), $3–$4"),
        ("show me the $$$", "show me the $$$"),
        ("between $1M and $2M", "between $1M and $2M"),
        # Words.
        (r"\emph{x} \textbf{y} \texttt{code_x} \textsf{TS-Agent}", "x y code_x TS-Agent"),
        (r"{\em hello} {\bf world}", "hello world"),
        (r"see \url{https://a.b/~c_d?x=1&y=2%20}", "see https://a.b/~c_d?x=1&y=2%20"),
        (r"\href{https://a.b}{here}", "here (https://a.b)"),
        (r"as in \cite{foo2020,bar} and \citep{baz}", "as in [foo2020,bar] and [baz]"),
        (r"we call it \ourmethod{} here", "we call it ourmethod here"),
        (r"\LaTeX and \TeX{}", "LaTeX and TeX"),
        (r"\includegraphics[width=3cm]{fig.png} x", "includegraphics [width=3cm]fig.png x"),
        # Signs.
        (r"50\% of 30% at a<b, A&B, AT\&T, C\#", "50% of 30% at a<b, A&B, AT&T, C#"),
        (r"20% of G\"odel's $\alpha$", "20% of Gödel's α"),
        ("Fig.~1, ~30 and https://x.example/~user", "Fig. 1, ~30 and https://x.example/~user"),
        ("LLMs -- an 3--5 c---d", "LLMs – an 3–5 c—d"),
        ("run it with --verbose --", "run it with --verbose –"),
        ("a --> b, <!-- c", "a --> b, <!-- c"),
        ("``quoted'' and 5'' wide", "“quoted” and 5'' wide"),
        (r"1.5\,GB, a\\b", "1.5 GB, a b"),
        # Broken.
        ("unbalanced { brace } } $x", "unbalanced brace $x"),
        ("\\", ""),
        (r"a \begin{oops} b", "a b"),
    ],
)
def test_tex_becomes_text(tex: str, text: str) -> None:
    assert readable(tex) == text


@pytest.mark.parametrize(
    "text",
    [
        "Attention Is All You Need",
        "A/B testing: 50% of R&D, #1 in <b>, a_b, x^2, 'quoted', \"quoted\" – and émigré 東京",
        "e-mail me@example.org; C++ & C#",
    ],
)
def test_plain_text_is_unchanged(text: str) -> None:
    assert readable(text) == text


def test_it_is_one_line() -> None:
    assert readable("  two\n lines\tand  $x$\r\nmore ") == "two lines and x more"


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"x_{i,j}", "x_(i,j)"),
        (r"x_{max}", "xₘₐₓ"),
        (r"L_\mathrm{GNN}", "L_GNN"),
        (r"\min \int_{\mathbb{R}^N}f(u,\nabla u)", "min ∫_ℝᴺf(u,∇u)"),
        (r"N\geq 2, a \leq b", "N≥2, a ≤ b"),
        (r"2\log n, O(\log^2 n), \log_2 n", "2 log n, O(log² n), log₂ n"),
        (r"\frac{1}{2}, \frac12, \frac{a+b}{c}", "1/2, 1/2, (a+b)/c"),
        (r"\sqrt{d_k}, \sqrt[3]{x+1}, \tilde{\mathcal{O}}(\sqrt{T})", "√dₖ, ³√(x+1), 𝒪̃(√T)"),
        (r"\left.\left(x\right)\right|", "(x)|"),
        (r"90^\circ, f', K^\top, x^*", "90°, f′, K^⊤, x*"),
        (r"\hat{y}, \not=, \binom{n}{k}", "ŷ, ≠, C(n, k)"),
        (r"\mathcal{LLM}, \mathbf{GPT}, \operatorname{softmax}(QK^T)", "LLM, GPT, softmax(QKᵀ)"),
        (r"\text{if } x, \mathrm{d}x, {\cal O}(1)", "if x, dx, O(1)"),
        (r"\{x\} y, 5\% of, a\ b", "{x} y, 5% of, a b"),
        (r"L_{\text{max pool}}", "L_(max pool)"),
        (r"\begin{cases} a & b \\ c\end{cases}", "a b c"),
        (r"\frac", "/"),
        ("^{", ""),
    ],
)
def test_formulas_are_legible(tex: str, text: str) -> None:
    assert unicodedata.normalize("NFC", math_to_text(tex)) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize(
    "text",
    [
        "{" * 3000,
        "$" * 3001,
        "$" + "{" * 9000 + "$",
        "\\a" * 4000,
        "{\\'e}" * 1900,
        "\\frac" * 2000,
        "``" * 4000,
    ],
)
def test_deep_and_long_nonsense_is_survived(text: str) -> None:
    assert "\n" not in readable(text)


_TEXISH = st.lists(
    st.sampled_from(
        [*"${}\\^_~%&#[]'\"`-|\n ", "\\frac", "\\verb", "\\'", "\\texttt", "\\cite", "\\alpha", "\\input"]
    )
    | st.text(max_size=4),
    max_size=30,
).map("".join)


@given(_TEXISH)
@example("\x00\x01$x$\x000\x01")
@example(r"\item[a]{b}$c")
@example(r"\begin{a}b\end{c}d")
def test_no_word_is_ever_lost(text: str) -> None:
    converted = readable(text)
    assert converted == " ".join(converted.split())
    words = re.sub(r"\\(begin|end)\{.\}|\\[A-Za-z]+", "", text)
    assert _letters(words) <= _letters(unicodedata.normalize("NFKD", converted))


def _letters(text: str) -> Counter[str]:
    return Counter(character for character in text if character.isascii() and character.isalnum())
