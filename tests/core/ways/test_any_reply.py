"""Whatever a teacher replies, reading it gives records, explanations or a next step."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.records import Conversation, Instruction, Turn, to_json
from core.ways import WAYS, Step

KEYS = [
    *("instructions", "instruction", "input", "answers", "output", "number", "verdicts", "equal"),
    *("records", "turns", "plan", "message", "done", "flaw", "asker", "role", "content"),
]
SOME = st.none() | st.booleans() | st.integers(-1, 4) | st.floats() | st.text(max_size=20)
JSON = st.recursive(
    SOME | st.sampled_from(["user", "assistant", "1", "第2条", "\ud800", "\x00"]),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5)
    ),
    max_leaves=25,
)
GOOD = st.sampled_from(
    [
        {"instructions": [{"number": 1, "instruction": "Is a high fever dangerous at night?"}]},
        {"answers": [{"number": n, "output": "Drink.", "flaw": "vague"} for n in (1, 2)]},
        {"verdicts": [{"number": n, "equal": False} for n in (1, 2)]},
        {"message": "What now?", "done": True},
        dict.fromkeys(["asker", "wants", "withholds", "turn"], "x"),
    ]
)
REPLIES = st.text(max_size=60) | JSON.map(json.dumps) | GOOD.map(json.dumps)
PAIR = (Turn(role="user", content="Is a cough bad?"), Turn(role="assistant", content="No."))
RECORDS = {
    "instruction": Instruction(instruction="Is a fever bad?", output="No."),
    "conversation": Conversation(turns=PAIR),
}


@pytest.mark.parametrize(
    ("way", "kind", "dialogue"),
    [
        *((way, kind, "one_call") for way in WAYS for kind in RECORDS if way != "dialogue"),
        ("dialogue", "conversation", "one_call"),
        ("dialogue", "conversation", "two_roles"),
    ],
)
@settings(max_examples=25)
@given(data=st.data())
def test_no_reply_makes_a_way_raise(way, kind, dialogue, data, begin, recipe, wording, material):
    of = recipe(kind).model_copy(update={"dialogue": dialogue})
    step, call = begin(way, material(RECORDS[kind]), of=of, count=2)
    for _ in range(7):
        reply = data.draw(REPLIES)
        read = WAYS[way].read(call, wording(of), step, reply)
        assert read.made or read.broken or read.next
        for made in read.made:
            to_json(made.record).encode()
            json.dumps(dict(made.notes), ensure_ascii=False).encode()
        for piece in read.broken:
            assert piece.explanation
            piece.text.encode()
        again = [piece for piece in read.broken if piece.again]
        if again and not step.corrects:
            following = wording(of).correct(step, reply, again)
        elif read.next:
            following = read.next
        else:
            break
        step = Step.from_json(json.loads(json.dumps(following.to_json())))
        json.dumps(step.to_json(), ensure_ascii=False).encode()
