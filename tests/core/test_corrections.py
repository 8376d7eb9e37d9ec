from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.corrections import circled, field_of, labels, parse, resembled
from core.errors import CorrectionError
from core.records import Conversation, Instruction, Turn, fields, with_fields

TASK = Instruction(
    instruction="Name three causes of a dry skin.",
    input="The patient is sixty.",
    output="Cold air. Hot showers. Age.",
    history=(("Hello?", "Hello."),),
)
TALK = Conversation(
    system="Be kind.",
    turns=(
        Turn(role="user", content="医生，我手上起了红疹，好痒。"),
        Turn(role="assistant", content="多久了？有没有接触洗涤剂？"),
        Turn(role="user", content="三天了。"),
        Turn(role="assistant", content="可能是接触性皮炎。请先停用。"),
    ),
)


@pytest.mark.parametrize(
    ("text", "record", "changes"),
    [
        ("output: Cold air.", TASK, {"output": "Cold air."}),
        ("Output：Cold air.", TASK, {"output": "Cold air."}),
        ("  INPUT:None", TASK, {"input": "None"}),
        ("input:", TASK, {"input": ""}),
        ("输出：冷空气。", TASK, {"output": "冷空气。"}),
        (
            "指令: 问\n输入：甲\n答案：乙",
            TASK,
            {"instruction": "问", "input": "甲", "output": "乙"},
        ),
        ("question: Why?\nAnswer: So.", TASK, {"instruction": "Why?", "output": "So."}),
        ("history-2: Good day.", TASK, {"history-2": "Good day."}),
        ("system: Be brief.", TASK, {"system": "Be brief."}),
        ("④：请到医院就诊。", TALK, {"turn-4": "请到医院就诊。"}),
        ("② 多久了？", TALK, None),
        ("turn 4: See a doctor.", TALK, {"turn-4": "See a doctor."}),
        ("Turn4:See a doctor.", TALK, {"turn-4": "See a doctor."}),
        ("第4轮：请就诊。", TALK, {"turn-4": "请就诊。"}),
        ("第 2 条：多久？", TALK, {"turn-2": "多久？"}),
        ("②：一\n④：二", TALK, {"turn-2": "一", "turn-4": "二"}),
        ("系统：温和。", TALK, {"system": "温和。"}),
        ("answer: See a doctor.", TALK, {"turn-4": "See a doctor."}),
        ("答案：请就诊。", TALK, {"turn-4": "请就诊。"}),
        ("问题：红疹。\n回答：请就诊。", TALK, {"turn-1": "红疹。", "turn-4": "请就诊。"}),
    ],
)
def test_a_label_names_the_field_whose_text_follows(text, record, changes):
    found = parse(text, record)
    assert (found and found.changes) == changes


def test_a_labelled_text_goes_on_over_lines_until_the_next_label():
    text = "output: First.\n\n  - second: half\n- third\n\ninput: Now.\n"
    assert parse(text, TASK).changes == {
        "output": "First.\n\n  - second: half\n- third",
        "input": "Now.",
    }


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   \n",
        "I am not sure about this.",
        "The output: is too short",
        "Fine, but\noutput: shorter",
        "puts/old/new",
        "s/old",
        "把旧改成新",
        "turn: left",
        "ſystem: x",
        "Note: the output is short",
        "Suggestion: shorten it",
        "2: the second sentence is wrong",
        "Fine, but\nouput: shorter",
        'change "Cold" to "Dry" please',
    ],
)
def test_every_other_text_is_a_comment(text):
    assert parse(text, TASK) is None


@pytest.mark.parametrize(
    ("text", "record", "changes"),
    [
        ("s/Cold/Dry/", TASK, {"output": "Dry air. Hot showers. Age."}),
        ("s/Cold air. //", TASK, {"output": "Hot showers. Age."}),
        ("s/three/two", TASK, {"instruction": "Name two causes of a dry skin."}),
        (r"s/Cold air\./Air\/wind./", TASK, {"output": "Air/wind. Hot showers. Age."}),
        ("  s/sixty/70/ \n", TASK, {"input": "The patient is 70."}),
        ('change "Cold" to "Dry"', TASK, {"output": "Dry air. Hot showers. Age."}),
        ("Change “sixty” to “70”.", TASK, {"input": "The patient is 70."}),
        ("把「三天」改成「五天」", TALK, {"turn-3": "五天了。"}),
        (
            "把“请先停用”改为“请先停用洗涤剂”。",
            TALK,
            {"turn-4": "可能是接触性皮炎。请先停用洗涤剂。"},
        ),
        ("把「，好痒」改成「」", TALK, {"turn-1": "医生，我手上起了红疹。"}),
    ],
)
def test_a_replacement_changes_the_one_place_that_it_names(text, record, changes):
    assert parse(text, record).changes == changes


@pytest.mark.parametrize(
    ("text", "record", "key", "values"),
    [
        ("s/Warm/Cold/", TASK, "not_once", {"old": "Warm", "times": "0"}),
        ("s/. /, /", TASK, "not_once", {"old": ". ", "times": "2"}),
        ("把「了」改成「啦」", TALK, "not_once", {"old": "了", "times": "3"}),
        ('change "Warm" to "Cold"', TASK, "not_once", {"old": "Warm", "times": "0"}),
        ("ouput: x", TALK, "no_such_label", {"label": "ouput", "labels": "①  ②  ③  ④"}),
        (
            " Intruction：x\noutput: y",
            TASK,
            "no_such_label",
            {
                "label": "Intruction",
                "labels": "history-1  history-2  instruction  input  output",
            },
        ),
        ("④：甲\nanswer: b", TALK, "label_twice", {"label": "answer"}),
        ("output: a\nOutput: b", TASK, "label_twice", {"label": "Output"}),
        ("输出：甲\n答案：乙", TASK, "label_twice", {"label": "答案"}),
        ("④：甲\nturn 4: b", TALK, "label_twice", {"label": "turn 4"}),
        ("output: x", TALK, "no_such_label", {"label": "output", "labels": "①  ②  ③  ④"}),
        ("turn 9: x", TALK, "no_such_label", {"label": "turn 9", "labels": "①  ②  ③  ④"}),
        (
            "②：x",
            TASK,
            "no_such_label",
            {"label": "②", "labels": "history-1  history-2  instruction  input  output"},
        ),
    ],
)
def test_what_cannot_be_applied_says_why(text, record, key, values):
    with pytest.raises(CorrectionError) as caught:
        parse(text, record)
    assert (caught.value.text, caught.value.values) == (key, values)


ALPHABET = st.sampled_from(
    [
        *"ab\n: ：/\\s把「」改成为①④⑳第轮4٣ſİ",
        "output",
        "输出",
        "turn ",
        "s/",
        "ouput",
        "answer",
        'change "',
    ]
)


@given(
    st.text() | st.lists(ALPHABET, max_size=30).map("".join),
    st.sampled_from([TASK, TALK]),
)
def test_no_text_raises_anything_but_a_correction_error(text, record):
    with suppress(CorrectionError):
        found = parse(text, record)
        assert found is None or set(found.changes) <= set(fields(record))
    resembled(text, record)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1), st.data())
def test_what_is_typed_after_a_label_becomes_the_field_to_the_character(text, data):
    record = data.draw(st.sampled_from([TASK, TALK]))
    name, label = data.draw(st.sampled_from(sorted(labels(record).items())))
    try:
        found = parse(f"{label}: {text}", record)
    except CorrectionError:
        return
    if set(found.changes) == {name}:
        assert found.changes[name] == text.strip("\n")


@given(st.data())
def test_a_replacement_of_a_unique_piece_is_that_piece_replaced(data):
    record = data.draw(st.sampled_from([TASK, TALK]))
    name, body = data.draw(st.sampled_from([f for f in fields(record).items() if f[1]]))
    start = data.draw(st.integers(0, len(body) - 1))
    old = body[start : data.draw(st.integers(start + 1, len(body)))]
    new = data.draw(st.text(alphabet="xyz/\\。"))
    typed = [part.replace("\\", "\\\\").replace("/", "\\/") for part in (old, new)]
    if sum(text.count(old) for text in fields(record).values()) == 1 and old.strip() == old:
        assert parse(f"s/{typed[0]}/{typed[1]}/", record).changes == {
            name: body[:start] + new + body[start + len(old) :]
        }


def test_each_label_shown_is_a_label_understood():
    long = Conversation(
        turns=tuple(Turn(role=("user", "assistant")[n % 2], content=str(n)) for n in range(24))
    )
    assert (circled(1), circled(20), circled(21)) == ("①", "⑳", "turn 21")
    for record in (TASK, TALK, long):
        assert {field_of(label, record): label for label in labels(record).values()} == labels(
            record
        )
        assert with_fields(record, dict(fields(record))) == record


def test_a_reply_that_reads_like_a_field_is_offered_as_it():
    near = "可能是接触性皮炎或湿疹。请先停用。"
    assert resembled(near + "谢谢您的理解", TALK) == "turn-4"
    assert resembled("Cold air, hot showers and age.", TASK) == "output"
    assert resembled("I would rather not vote on this one.", TASK) is None
    assert resembled("Age.", TASK) is None
