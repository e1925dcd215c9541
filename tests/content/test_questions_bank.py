"""The bundled questions: complete, unbiased, each there once, and of known skills and sources.

Whether the answers are right is checked in `test_questions_checks.py` as far as a machine can.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import combinations
from urllib.parse import urlsplit

import pytest
from rapidfuzz import fuzz

from bot.content.questions import load_questions
from bot.domain.questions import Kind, Level, Question

SKILLS = {
    "mathematics": "linear-algebra calculus multivariate-calculus optimization discrete-mathematics"
    " information-theory",
    "statistics": "probability distributions statistics hypothesis-testing bayesian-inference"
    " regression-analysis experiment-design causal-inference time-series",
    "python": "python numpy scipy data-structures algorithms object-oriented-programming software-testing"
    " debugging",
    "data-wrangling": "pandas data-cleaning data-wrangling feature-engineering data-visualization matplotlib"
    " tableau excel exploratory-analysis",
    "sql": "sql nosql data-modeling data-warehousing",
    "classical-ml": "supervised-learning unsupervised-learning linear-models decision-trees ensemble-methods"
    " clustering dimensionality-reduction scikit-learn recommender-systems",
    "evaluation": "model-evaluation bias-variance cross-validation ab-testing",
    "deep-learning": "neural-networks deep-learning backpropagation regularization pytorch tensorflow keras",
    "vision": "computer-vision cnns vision-transformers image-processing",
    "nlp": "nlp transformers embeddings information-retrieval",
    "generative": "generative-models llms diffusion-models gans vaes prompt-engineering rag fine-tuning"
    " ai-agents",
    "reinforcement-learning": "reinforcement-learning bandits robotics control-theory",
    "mlops": "version-control docker kubernetes ci-cd apis microservices mlops model-deployment"
    " model-monitoring system-design model-optimization edge-deployment",
    "cloud-big-data": "aws google-cloud azure spark hadoop kafka data-pipelines distributed-computing"
    " gpu-computing",
    "ethics-safety": "ai-ethics fairness privacy explainability ai-safety ai-governance security",
    "reading-papers": "reading-papers research-methods scientific-writing reproducibility",
}
OTHER_SKILLS = (
    "r cpp java scala communication teamwork leadership mentoring project-management product-sense"
    " business-understanding stakeholder-management technical-writing problem-solving critical-thinking"
    " domain-knowledge quantum-computing bioinformatics quantitative-finance"
)
KNOWN_SKILLS = {skill for skills in [*SKILLS.values(), OTHER_SKILLS] for skill in skills.split()}

# Those who make the tools, free textbooks, papers, standards. A new one is a decision: will the link last?
HOSTS = {
    "aclanthology.org", "airflow.apache.org", "arxiv.org", "aws.amazon.com", "book.the-turing-way.org",
    "cassandra.apache.org", "christophm.github.io", "clauswilke.com", "cloud.google.com",
    "cs231n.github.io", "csrc.nist.gov", "d2l.ai", "developers.google.com", "distill.pub",
    "docs.aws.amazon.com", "docs.docker.com", "docs.getdbt.com", "docs.github.com", "docs.nvidia.com",
    "docs.opencv.org", "docs.pytest.org", "docs.python.org", "docs.pytorch.org", "docs.scipy.org",
    "doi.org", "eur-lex.europa.eu", "fairmlbook.org", "fbswiki.org", "genai.owasp.org", "git-scm.com",
    "hadoop.apache.org", "hastie.su.domains", "help.tableau.com", "huggingface.co",
    "hypothesis.readthedocs.io", "incompleteideas.net", "info.arxiv.org", "jeffe.cs.illinois.edu",
    "kafka.apache.org", "keras.io", "kubernetes.io", "learn.microsoft.com", "martinfowler.com",
    "matplotlib.org", "microservices.io", "mixtape.scunning.com", "mml-book.github.io",
    "modernrobotics.northwestern.edu", "neurips.cc", "nlp.stanford.edu", "numpy.org", "ocw.mit.edu",
    "onnxruntime.ai", "openstax.org", "otexts.com", "pandas.pydata.org", "parquet.apache.org",
    "plato.stanford.edu", "proceedings.mlr.press", "r4ds.hadley.nz", "redis.io", "research.google",
    "scikit-learn.org", "semver.org", "spark.apache.org", "spinningup.openai.com", "sre.google",
    "support.microsoft.com", "tor-lattimore.com", "underactuated.csail.mit.edu", "use-the-index-luke.com",
    "web.stanford.edu", "wesmckinney.com", "www.acm.org", "www.bayesrulesbook.com", "www.cis.upenn.edu",
    "www.crossref.org", "www.deeplearningbook.org", "www.icmje.org", "www.inference.org.uk",
    "www.itl.nist.gov", "www.kimballgroup.com", "www.mongodb.com", "www.nature.com", "www.openintro.org",
    "www.postgresql.org", "www.probabilitycourse.com", "www.rfc-editor.org", "www.statlearning.com",
    "www.tensorflow.org",
}  # fmt: skip

NEARLY = 88  # of 100: the closest pair of different questions, "Put … into order." twice, is at 87.7

BANK = load_questions()
SINGLE = [q for q in BANK.questions if q.options and q.kind is not Kind.SEVERAL]
FOUR = [q for q in SINGLE if len(q.options) == 4]
LAZY = ("all of the above", "none of the above", "all of these", "both a and b")
each_topic = pytest.mark.parametrize("topic", SKILLS)


def wording(question: Question) -> str:
    """What a learner reads before the options."""
    return f"{question.prompt} {question.formula} {question.code}".casefold()


def texts(question: Question) -> Iterable[str]:
    """Every sentence and phrase of a question."""
    yield from (question.prompt, question.explanation, question.formula, question.reference.title)
    yield from question.steps
    for option in question.options:
        yield from (option.text, option.why)


def test_the_bank_is_of_its_size() -> None:
    assert {topic.id for topic in BANK.topics} == set(SKILLS)
    assert len({topic.name for topic in BANK.topics}) == len(BANK.topics) >= 16
    assert len(BANK.questions) >= 480


@each_topic
def test_a_topic_has_enough_of_everything(topic: str) -> None:
    questions = BANK.select(topic=topic)
    assert len(questions) >= 31
    levels = Counter(question.level for question in questions)
    assert all(levels[level] >= 9 for level in Level), levels
    assert len({question.kind for question in questions}) >= 5


@each_topic
def test_every_skill_of_a_topic_is_examined_and_every_skill_named_is_known(topic: str) -> None:
    questions = BANK.select(topic=topic)
    assert {question.skills[0] for question in questions} == set(SKILLS[topic].split())
    assert {skill for question in questions for skill in question.skills} <= KNOWN_SKILLS
    assert [q.id for q in questions if len(set(q.skills)) != len(q.skills)] == []


def test_ids_are_unique_and_begin_with_what_tells_the_topic() -> None:
    assert len(BANK.by_id) == len(BANK.questions)
    topics = defaultdict(set)
    for question in BANK.questions:
        topics[question.id.split("-")[0]].add(question.topic)
    assert [prefix for prefix, of in topics.items() if len(of) > 1] == []


@each_topic
def test_texts_are_tidy(topic: str) -> None:
    for question in BANK.select(topic=topic):
        for text in texts(question):
            assert text == text.strip(), question.id
            # Formulas line up in columns, and NumPy pads what it prints.
            padded = text == question.formula or question.kind is Kind.CODE
            assert "  " not in text or padded, question.id
            assert not {"\t", "\r", "\ufffd", "\u200b"} & set(text), question.id
        assert question.prompt.endswith((".", "?", ":")), question.id
        assert question.explanation.endswith((".", ".)", "…")), question.id


@each_topic
def test_answers_are_neither_lazy_nor_numbered(topic: str) -> None:
    for question in BANK.select(topic=topic):
        assert not any(phrase in o.text.casefold() for o in question.options for phrase in LAZY), question.id
        # The steps are shown shuffled: none may say where it belongs.
        numbered = re.compile(r"\d+[.):]|step \d|first,|finally,", re.IGNORECASE)
        assert not any(numbered.match(step) for step in question.steps), question.id


@each_topic
def test_references_are_https_and_from_hosts_we_know(topic: str) -> None:
    for question in BANK.select(topic=topic):
        address = urlsplit(question.reference.url)
        assert address.scheme == "https", question.id
        assert address.hostname in HOSTS, question.id
        assert not address.query, question.id


def test_no_question_stands_there_twice_nor_nearly() -> None:
    words = [(question.id, wording(question)) for question in BANK.questions]
    assert [
        (first, second)
        for (first, one), (second, other) in combinations(words, 2)
        if fuzz.token_set_ratio(one, other, score_cutoff=NEARLY)
    ] == []


def test_the_correct_option_is_not_given_away_by_its_position() -> None:
    positions = Counter(question.solution for question in FOUR)
    assert len(FOUR) >= 200
    assert max(positions.values()) <= 0.4 * len(FOUR), positions
    assert min(positions[position] for position in range(4)) >= 0.15 * len(FOUR), positions


def test_the_correct_option_is_not_given_away_by_its_length() -> None:
    longest = [
        question.id
        for question in SINGLE
        if max(len(o.text) for o in question.options if o.correct)
        > max(len(o.text) for o in question.options if not o.correct)
    ]
    assert len(longest) < 0.45 * len(SINGLE)


def test_statements_are_as_often_true_as_false() -> None:
    answers = [question.answer for question in BANK.questions if question.kind is Kind.BOOLEAN]
    assert len(answers) >= 30
    assert 0.35 <= answers.count(True) / len(answers) <= 0.65
