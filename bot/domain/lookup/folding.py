"""One form for the many spellings of a name."""

import re
import unicodedata
from typing import Final

# Only what people really write; what may be short for several things (DA, PE) is left to the initials,
# which ask where several titles share them.
SHORT: Final = {
    "ml": "machine learning",
    "ai": "artificial intelligence",
    "dl": "deep learning",
    "rl": "reinforcement learning",
    "cv": "computer vision",
    "nlp": "natural language processing",
    "genai": "generative artificial intelligence",
    "gen": "generative",
    "aiml": "artificial intelligence machine learning",
    "mlai": "artificial intelligence machine learning",
    "bi": "business intelligence",
    "qml": "quantum machine learning",
    "llm": "large language model",
    "llms": "large language model",
    "llmops": "mlops",
    "mle": "machine learning engineer",
    "ds": "data scientist",
    "pm": "product manager",
    "swe": "software engineer",
    "sde": "software engineer",
    "sw": "software",
    "eng": "engineer",
    "engr": "engineer",
    "engg": "engineer",
    "engineering": "engineer",
    "dev": "developer",
    "devs": "developer",
    "sci": "scientist",
    "sr": "senior",
    "snr": "senior",
    "jr": "junior",
    "jnr": "junior",
    "prin": "principal",
    "mgr": "manager",
    "mngr": "manager",
    "mgmt": "management",
    "dir": "director",
    "res": "research",
    "infra": "infrastructure",
    "arch": "architect",
    "quant": "quantitative",
    "stats": "statistics",
    "maths": "mathematics",
    "math": "mathematics",
    "vp": "vice president",
    "viz": "visualization",
    "xp": "experience",
    "prod": "product",
    "recsys": "recommender systems",
    "reco": "recommendation",
    "gov": "governance",
    "ops": "operations",
    "asst": "assistant",
    "spec": "specialist",
}
"""Short forms of single words, in the form that `fold` leaves."""

_STOP: Final = frozenset({"of", "the", "a", "an", "in", "for", "and", "at", "with", "to", "as"})
_NOT_A_NAME = re.compile(r"[^\w+#]+")
_ELISION = re.compile(r"['’`´]")


def fold(text: str) -> str:
    """Return words in small letters without accents, apostrophes and punctuation but for + and #."""
    # Letters of mathematics (𝑨) are capitals only once decomposed: Unicode 3.13, compatibility caseless matching.
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold()).casefold()
    text = "".join(letter for letter in text if not unicodedata.combining(letter))
    text = _ELISION.sub("", text.replace("&", " and "))
    return " ".join(_NOT_A_NAME.sub(" ", text.replace("_", " ")).split())


def spell_out(folded: str) -> tuple[str, ...]:
    """Return the words of a folded text, short forms written out, plurals made singular, small words left out."""
    words = (
        word
        for short in folded.split()
        if short not in _STOP
        for word in SHORT.get(short, short).split()
        if word not in _STOP
    )
    return tuple(dict.fromkeys(singular(word) for word in words))


def singular(word: str) -> str:
    """Return a word without its plural s; a word that only looks so loses it as well, on either side alike."""
    if len(word) > 4 and word.endswith("ies"):
        return f"{word[:-3]}y"
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def initials(words: tuple[str, ...]) -> str:
    """Return the first letters of at least two words."""
    return "".join(word[0] for word in words) if len(words) > 1 else ""
