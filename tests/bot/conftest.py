import pytest
from hypothesis import strategies as st

from core.records import Conversation, Instruction, Turn
from core.votes import Ballot, Outcome, State
from storage.samples import Shown

ORIGIN = {"teacher": "anthropic:claude-haiku-4-5", "ask": "seeds", "prompt": "seeds-en"}

# What breaks renderings: markup that pings, marks without an escape, clusters of code points, line
# ends, long lines without a good place to cut.
ATOMS = (
    "One word after another. ",
    "湿疹要保湿。",
    "<!channel> <@U0A> <https://evil.example|bank>",
    "*bold* _italic_ ~gone~ `code` :smile: &amp;",
    "👩‍⚕️👍🏽🇩🇪",
    "e\u0301",
    "x",
    "\n",
    "\r\n",
    "  \n\n  ",
)


def _text(blank):
    runs = st.lists(
        st.tuples(st.sampled_from(ATOMS), st.sampled_from([1, 1, 1, 7, 60, 900])),
        min_size=0 if blank else 1,
        max_size=4,
    ).map(lambda parts: "".join(atom * times for atom, times in parts))
    short = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=40)
    either = runs | short
    return either if blank else either.filter(str.strip)


WORDS, TEXT = _text(blank=False), _text(blank=True)
PAIRS = st.lists(st.tuples(WORDS, WORDS), max_size=9).map(tuple)
INSTRUCTIONS = st.builds(
    Instruction, instruction=WORDS, input=TEXT, output=WORDS, system=TEXT, history=PAIRS
)
CONVERSATIONS = st.builds(
    lambda system, pairs: Conversation(
        system=system,
        turns=tuple(
            Turn(role=role, content=text)
            for pair in pairs
            for role, text in zip(("user", "assistant"), pair, strict=True)
        ),
    ),
    TEXT,
    PAIRS.filter(bool),
)


@pytest.fixture(scope="session")
def records():
    """A strategy of records of every kind and length."""
    return INSTRUCTIONS | CONVERSATIONS


@pytest.fixture(scope="session")
def texts():
    """A strategy of texts of every length, never blank."""
    return WORDS


@pytest.fixture(scope="session")
def refusals(published):
    """`refusals("blocks" or "view", payload)`: what Slack's published contract refuses in it."""
    if published is None:
        pytest.skip("Slack's published contracts are not at ../shared/contracts")
    return published


@pytest.fixture(scope="session")
def dialogue():
    turns = ("My skin is red.", "Since when?", "Two weeks.", "Use an emollient.")
    return Conversation(
        turns=tuple(
            Turn(role=("user", "assistant")[n % 2], content=text) for n, text in enumerate(turns)
        )
    )


@pytest.fixture(scope="session")
def make_shown(dialogue):
    """Builds what storage hands to the renderers."""

    def make(
        record=dialogue,
        *,
        state=State.OPEN,
        revision=0,
        current=None,
        verdicts=None,
        flags=(),
        settlement=None,
        category="Eczema",
        difficulty="medium",
        origin=ORIGIN,
        author=None,
        before=None,
        reasons=None,
    ):
        outcome = Outcome(
            state=state,
            revision=revision if current is None else current,
            ballot=Ballot(verdicts or {}),
            flags=frozenset(flags),
            causes=frozenset(),
            settlement=settlement,
        )
        return Shown(
            id=12,
            dataset_id=1,
            state=state,
            category=category,
            difficulty=difficulty,
            language="en",
            origin=origin,
            revision=revision,
            record=record,
            author=author,
            outcome=outcome,
            batch_id=1,
            before=before,
            reasons=reasons or {},
        )

    return make


def _objects(node, kind):
    if isinstance(node, dict):
        if node.get("type") == kind and isinstance(node.get("text"), str):
            yield node["text"]
        for value in node.values():
            yield from _objects(value, kind)
    elif isinstance(node, list):
        for value in node:
            yield from _objects(value, kind)


@pytest.fixture(scope="session")
def texts_of():
    """`texts_of(blocks, "mrkdwn" or "plain_text")`: every text object of a kind, in order."""
    return lambda blocks, kind: list(_objects(blocks, kind))


@pytest.fixture(scope="session")
def lines_of():
    """A message as a reader sees it: one string for each block that has text."""

    def line(block):
        if block["type"] == "context":
            return "  ".join(element["text"] for element in block["elements"])
        if block["type"] == "actions":
            return " ".join(f"[{e['action_id']}={e.get('value', '')}]" for e in block["elements"])
        return block["text"]["text"] if "text" in block else block["type"]

    return lambda message: [line(block) for block in message.blocks]
