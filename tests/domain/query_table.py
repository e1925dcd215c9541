"""Queries and what they should find, worked out by reading the papers; and queries that must be refused."""

from collections.abc import Iterator
from typing import Final

from bot.domain.papers import Author, Paper


def paper(
    id_: str, title: str, abstract: str = "", authors: str = "", categories: str = "cs.LG", version: int = 1
) -> Paper:
    names = tuple(Author(name.strip()) for name in authors.split(",") if name.strip())
    codes = tuple(categories.split())
    return Paper(id_, version, title, abstract, names, codes, codes[0])


PAPERS: Final = (
    paper(
        "a",
        "Diffusion Models for Text-to-Image Synthesis",
        "We train a diffusion transformer on captions. No GAN is needed.",
        "Yann LeCun, Zoë Müller",
        "cs.CV cs.LG",
    ),
    paper(
        "b",
        "A Survey of Graph Neural Networks",
        "Message passing on graphs, from spectral to spatial methods. We compare few-shot learning.",
        "Thomas N. Kipf, Max Welling",
        "cs.LG stat.ML",
    ),
    paper(
        "c",
        "Few Shot Learning without Forgetting",
        "A naïve baseline in C++ beats transformers on image benchmarks.",
        "Yoshua Bengio, Y. LeCun",
        "cs.LG",
    ),
    paper(
        "d",
        "Schrödinger Bridges and Optimal Transport",
        "A survey of diffusion processes; Łojasiewicz inequalities give rates.",
        "Bernhard Schölkopf",
        "stat.ML math.PR",
    ),
    paper(
        "e",
        "GPT-4 Plays Chess",
        "Large language models plan. We use C# and reinforcement learning.",
        "Ana García-López",
        "cs.AI cs.CL",
    ),
    paper(
        "f",
        "Control of Power Grids with Reinforcement Learning",
        "Safe policies for systems that must never fail.",
        "Søren Ångström",
        "eess.SY",
    ),
    paper(
        "g",
        "Quantum Kernels",
        "We study kernel methods on quantum hardware.",
        "Li Wei, Wei Zhang",
        "quant-ph",
    ),
    paper(
        "h",
        "Strings and Lattices",
        "An old paper about lattice models and gauge theory.",
        "Edward Witten",
        "hep-th",
    ),
    paper(
        "i",
        "Transforming Translation",
        "Machine translation for low-resource languages with transformers and a large-scale corpus.",
        "Jean-Luc Picard",
        "cs.CL",
    ),
    paper(
        "j",
        "Attention Is Not All You Need",
        "Pure attention loses rank doubly exponentially with depth.",
        "Yihe Dong",
        "cs.LG",
    ),
    paper(
        "k",
        "Scaling Laws for GANs and VAEs",
        "Generative adversarial networks (GAN) and variational autoencoders compared.",
        "Zoe Muller",
        "stat.ML cs.LG",
    ),
    paper("l", "深度学习 Survey: 大型语言模型", "扩散模型 are reviewed.", "王 小明", "cs.CL"),
)

FOUND: Final = (
    # Words, in the title or the abstract
    ("diffusion", "ad"),
    ("DIFFUSION", "ad"),
    ("survey", "bdl"),
    ("learning", "bcef"),
    ("few shot", "bc"),
    ("transformer", "a"),
    ("vision", ""),
    ("kipf", ""),
    ("text-to-image", "a"),
    # Phrases, and hyphens as spaces
    ('"few shot"', "bc"),
    ("few-shot", "bc"),
    ('"few-shot"', "bc"),
    ("few‑shot", "bc"),
    ("“few shot”", "bc"),
    ("«few shot»", "bc"),
    ('"shot few"', ""),
    ('"reinforcement learning"', "ef"),
    ('"text to image"', "a"),
    ('"large scale"', "i"),
    ('"synthesis we"', ""),
    # Beginnings
    ("transformer*", "aci"),
    ("trans*", "acdi"),
    ("ti:trans*", "di"),
    ("gan", "ak"),
    ("gans", "k"),
    ("gan*", "ak"),
    ("large*", "ei"),
    ('"large language model*"', "e"),
    ('"generative adversarial net"*', "k"),
    # Title and abstract
    ("ti:diffusion", "a"),
    ("TI: diffusion", "a"),
    ("abs:diffusion", "ad"),
    ("ti:survey", "bl"),
    ("abs:survey", "d"),
    ("ti:few-shot", "c"),
    ('ti:"reinforcement learning"', "f"),
    ('abs:"reinforcement learning"', "e"),
    ("ti:(transport OR translation)", "di"),
    ("ti:(diffusion synthesis)", "a"),
    ("ti:(diffusion -synthesis)", ""),
    ("ti:diffusion captions", "a"),
    # Authors
    ("au:lecun", "ac"),
    ('au:"Y LeCun"', "c"),
    ('au:"Yann LeCun"', "a"),
    ('au:"LeCun Zoe"', ""),
    ("au:muller", "ak"),
    ("au:MÜLLER", "ak"),
    ('au:"zoe müller"', "ak"),
    ("au:scholkopf", "d"),
    ("au:soren", "f"),
    ("au:ångström", "f"),
    ('au:"thomas n kipf"', "b"),
    ("au:garcia", "e"),
    ("au:garcía-lopez", "e"),
    ("au:jean-luc", "i"),
    ("au:wei", "g"),
    ('au:"wei zhang"', "g"),
    ('au:"wei wei"', ""),
    ("au:be*", "cd"),
    ("au:小明", "l"),
    ("au:(lecun bengio)", "c"),
    ("au:diffusion", ""),
    # Anywhere
    ("all:kipf", "b"),
    ("all:diffusion", "ad"),
    ("all:(zoe gan)", "ak"),
    ("all:stat.ML", ""),
    # Categories
    ("cat:cs.LG", "abcjk"),
    ("cat:CS.lg", "abcjk"),
    ('cat:"cs.LG"', "abcjk"),
    ("cat:cs", "abcefijkl"),  # f too: eess.SY is cs.SY
    ("cat:cs.*", "abcefijkl"),
    ("cat:eess.SY", "f"),
    ("cat:cs.SY", "f"),
    ("cat:eess", "f"),
    ("cat:stat", "bdk"),
    ("cat:math", "d"),
    ("cat:math.PR", "d"),
    ("cat:hep-th", "h"),
    ("cat:hep", ""),
    ("cat:quant-ph.*", "g"),
    ("cat:(cs.CV OR cs.CL)", "aeil"),
    ("cat:(cs.CV, cs.CL)", "aeil"),
    ("cat:cs.LG cat:stat.ML", "bk"),
    ("cat:cs.LG -cat:stat.ML", "acj"),
    ("ti:gan* cat:stat.ML au:zoe", "k"),
    # Alternatives and exclusions
    ("survey, gan", "abdkl"),
    ("survey，gan", "abdkl"),
    ("survey, or gan", "abdkl"),
    ("survey OR gan AND captions", "abdl"),
    ("(survey OR gan) captions", "a"),
    ("image synthesis OR chess", "ae"),
    ("ti:diffusion or abs:survey", "ad"),
    ("survey -diffusion", "bl"),
    ("survey NOT diffusion", "bl"),
    ("NOT survey diffusion", "a"),
    ("survey NOT (diffusion OR graph)", "l"),
    ("survey -(diffusion bridges)", "bl"),
    ("survey -ti:survey", "d"),
    ("diffusion (image OR optimal)", "ad"),
    ("survey (graph OR NOT diffusion)", "bl"),
    ("NOT (NOT gan)", "ak"),
    ("attention and not rank", ""),
    ("attention and not survey", "j"),
    # A lower-case not is a word; so are operators in quotation marks
    ("attention is not all you need", "j"),
    ('"and"', "dehik"),
    ('"not" attention', "j"),
    # Letters of all kinds
    ("C++", "c"),
    ("C#", "e"),
    ("c", ""),
    ("NAIVE", "c"),
    ("naïve", "c"),
    ("lojasiewicz", "d"),
    ("Łojasiewicz", "d"),
    ("schrodinger", "d"),
    ("ｃｈｅｓｓ", "e"),
    ("gpt-4", "e"),
    ("深度学习", "l"),
    ("扩散", ""),
    ("扩散*", "l"),
    # Other punctuation parts words and does nothing else
    ("image/benchmarks", "c"),
    ("benchmarks/image", ""),
    ("[diffusion]", "ad"),
    ("diffusion~2", ""),
    ("ti:graph^neural", "b"),
)

# What the list of 20 August 2025 in the captures holds: ids 2508.…, found by reading titles, names and
# abstracts.
CAPTURED: Final = (
    ('"knowledge graph*"', "13663 13675"),
    ('ti:"knowledge graph"', "13675"),
    ('ti:"knowledge graphs"', "13663"),
    ("diffusion", "13197 13300 13355 13434"),
    ("ti:diffusion", "13300 13355"),
    ("diffusion -ti:diffusion", "13197 13434"),
    ("diffusion AND cat:cs.LG", "13355 13434"),
    ("hallucination*", "12365 13371"),
    ("survey", "13426 13678"),
    ("few-shot OR zero-shot", "13187 13214 13387"),
    ("few-shot zero-shot", "13187"),
    ("grpo", "12365 13382"),
    ("involuntary AND (jailbreak OR survey)", "13246"),
    ("neurosymbolic", "13678 13697"),
    ('"neuro symbolic"', "13371 13678"),
    ('"retrieval augmented"', "13171 13201 13423 13828"),
    ('"retrieval augmented" -rag', "13423"),
    ("ti:chess OR ti:verilog OR evoverilog", "13156 13213"),
    ("au:søgaard OR au:pizurica", "13177 13247"),
    ("au:janota", "13811"),
    ('au:"de raedt"', "13697"),
    ("au:zhou cat:cs.AI -cat:cs.CL ti:optimization", "13437"),
    ("cat:q-fin", "13174 13429"),
    ("cat:q-bio", "13201 13207"),
    ("cat:stat", "13174 13189 13288 13355"),
    ("cat:cs.RO", "13303 13319"),
    ("cat:eess.IV", "13157 13228"),
    ("cat:cs.CR", "13214 13220 13240 13246"),
    ("cat:cs.RO OR cat:math.OC", "13303 13319 13333"),
    ("cat:(cs.NE, cs.ET, cs.LO)", "13333 13421 13811"),
    ("cat:cond-mat", "13197 13251"),
    ("ti:forecasting", "13327 13433 13434"),
    ("ti:forecasting -financial", "13433 13434"),
    ('ti:"in the wild"', "13223"),
    ("ti:rag", "13828"),
)

_STEMS: Final = (
    "gan", "ti:gan", '"a b"', "trans*", "few-shot", "au:müller", "cat:cs.LG", "(x OR y)", "-x gan", "C++", "深度",
)  # fmt: skip
_FAMILIES: Final = {
    "Close the quotation mark that opens here": (
        '{} ▲"open', "{} ▲“open phrase", '{} ti:▲"open', '{} (x OR ▲"y)', '{} "x" ▲"',
    ),
    "Close the parenthesis that opens here": (
        "{} ▲(x", "▲({}", "{} ▲(x OR (y)", "▲({} OR (y AND z)", "{} ti:▲(x OR y",
    ),
    "Open a parenthesis before this one": ("{}▲)", "{} (x)▲)", "{} ▲) y", "({} OR x)▲）"),
    "Write a word between these parentheses": ("{} ▲()", "▲() {}", "{} OR ▲( )", "{} ti:▲()"),
    "before this OR, or take the OR away": ("▲OR {}", "{} OR ▲OR x", "{} (▲OR x)", "{} AND ▲OR x"),
    "after this OR, or take the OR away": ("{} ▲OR", "{} (x ▲OR)", "{}, ▲or"),
    "before this comma, or take the comma away": ("▲, {}", "{}, ▲, x", "{} OR ▲, x", "{} (▲, x)"),
    "after this comma, or take the comma away": ("{}▲,", "{} (x▲,)"),
    "before this AND, or take the AND away": ("▲AND {}", "{} AND ▲AND x", "{}, ▲and x", "{} OR ▲AND x"),
    "after this AND, or take the AND away": ("{} ▲AND", "{} (x ▲and)"),
    "directly after NOT": ("{} ▲NOT", "{} ▲NOT OR x", "{} (x ▲NOT)", "{} AND ▲not, x"),
    "Write NOT or a minus once": ("{} NOT ▲NOT x", "{} -▲NOT"),
    "one minus directly before": ("{} ▲- x", "{} -▲-x", '{} "x"▲-y', "{} ▲-", "{} (x)▲-y", "{} NOT ▲-x"),
    "in place of “foo:”": ("{} ▲foo:x", "▲foo:bar {}", "{} -▲foo:x"),
    "in place of “https:”": ("{} ▲https://example.org",),
    "“ti:” instead of “title:”": ("{} ▲title:x",),
    "“au:” instead of “Author:”": ('{} ▲Author:"x y"',),
    "directly after “ti:”": ("{} ▲ti:", "{} ▲ti: AND x", "{} (▲ti:)", "{} ▲ti:, x", "{} ▲ti: OR x"),
    "before the field, such as -abs:word": ("{} abs:▲-x", "{} abs:▲NOT x"),
    "Write one field, not two": ("{} ti:▲au:x", "{} ti: ▲abs:x"),
    "Close the parentheses of “ti:”": ("{} ti:(▲au:x)", "{} ti:(x OR ▲abs:y)", "{} ti:(x ▲cat:cs.LG)"),
    "Put the * at the end of a word": ("{} ▲x*y", "{} ▲gan**", "{} ▲*gan", '{} ▲"a* b"'),
    "at least two letters directly before": ("{} ▲g*", "{} ti:▲g*", "{} ▲gan-*", '{} ▲"x"*'),
    "Write letters or digits here": ("{} ▲!!", '{} ▲""', "{} ▲???", '{} ti:▲"..."', "{} ▲*", "{} NOT ▲&"),
    "Put a comma or OR between alternatives, not “;”": ("{}▲; x",),
    "Put a comma or OR between alternatives, not “|”": ("{} ▲| x", "{} ▲|| x"),
    "Write a category after cat:": (
        "{} cat:▲machine.", "{} cat:▲c", "{} cat:▲cs.LG*", "{} cat:▲cs*", "{} cat:▲cs.LG.AI",
        '{} cat:▲"machine learning"', "{} cat:▲5", "{} cat:(cs.LG OR ▲c++)",
    ),
    "Write cat: before each category": ("{} cat:cs.LG, ▲cs.CL", "{} cat:cs.LG OR ▲stat.ML", "{} cat:cs ▲cs.CL"),
    "Put parentheses inside each other at most 8 deep": ("{} ((((((((▲(x)))))))))",),
}  # fmt: skip
_ONLY_NOT: Final = (
    "▲-{}",
    "▲NOT {}",
    "▲NOT ({})",
    "▲-({} OR b)",
    "gan, ▲-{}",
    "▲-{} OR gan",
    "▲-{} -b",
    "▲(-{})",
)


def malformed() -> Iterator[tuple[str, int, str]]:
    """Yield each query that must be refused, the place its error shows, and a part of what that must say."""
    for says, patterns in _FAMILIES.items():
        for pattern in patterns:
            for stem in _STEMS:
                yield *_marked(pattern.format(stem)), says
    for pattern in _ONLY_NOT:
        for stem in _STEMS:
            if not stem.startswith("-"):
                yield *_marked(pattern.format(stem)), "Say what to look for as well"


def _marked(pattern: str) -> tuple[str, int]:
    return pattern.replace("▲", ""), pattern.index("▲")
