import pytest

from core.planning import Cell
from core.recipe_ways import VARIANTS
from core.records import Conversation, Instruction, Turn, with_fields
from core.ways.variants import KINDS, fault, texts

ASKED = "My son is 6 and has 39 °C since noon. May he take ibuprofen, or is it too early for it?"
TOLD = (
    "Yes. At 39 °C a child of 6 may take it, and it should drink a lot. See a doctor after 3 days."
)
TASK = Instruction(
    instruction=ASKED, input="weight: 21 kg", output=TOLD, history=(("Hello?", "Hello."),)
)
TALK = Conversation(
    turns=tuple(
        Turn(role=role, content=text)
        for role, text in [("user", "q1"), ("assistant", "a1"), ("user", "q2"), ("assistant", "a2")]
    )
)


@pytest.fixture
def judged(parent):
    def make(variant, record=TASK, language="en", **changes):
        made = with_fields(record, changes)
        return fault(variant, parent(record, cell=Cell("fever", None, "en")), made, language)

    return make


def test_every_kind_of_the_recipe_is_known():
    assert set(KINDS) == set(VARIANTS)


def test_a_part_has_the_texts_of_one_side():
    assert texts(TASK, "questions") == {"instruction": ASKED}
    assert texts(TASK, "answers") == {"output": TOLD}
    assert texts(TALK, "questions") == {"turn-1": "q1", "turn-3": "q2"}
    assert texts(TALK, "answers") == {"turn-2": "a1", "turn-4": "a2"}
    assert list(texts(TASK, "record")) == [
        "history-1",
        "history-2",
        "instruction",
        "input",
        "output",
    ]


@pytest.mark.parametrize(
    "variant", ["paraphrase", "synonyms", "back-translation", "colloquial", "misspelt"]
)
def test_a_rewording_must_say_it_otherwise_and_keep_each_figure(variant, judged):
    assert judged(variant, instruction=ASKED) is not None
    if variant != "misspelt":
        assert "the same words" in judged(variant, instruction=ASKED.upper().replace(".", "!"))
    assert "lacks 39" in judged(variant, instruction=ASKED.replace("39 °C", "a fever"))
    assert judged(variant, instruction=ASKED.replace("early", "erly soon")) is None
    foreign = "我儿子6岁，从中午起发烧39度，可以吃布洛芬吗？还是为时过早？"
    assert judged(variant, instruction=foreign) is not None


def test_a_misspelt_question_stays_recognisable(judged):
    assert (
        judged("misspelt", instruction="my son is 6 n has 39 °C sice noon may he take ibuprofn")
        is None
    )
    assert "only its spelling" in judged("misspelt", instruction="6 39 what?")


def test_a_shorter_answer_is_shorter_and_adds_no_figure(judged):
    assert judged("shorter", output="Yes, at 39 °C. See a doctor after 3 days.") is None
    assert "it may have 70%" in judged("shorter", output=TOLD[:-20])
    assert "has 5, which the answer has not" in judged("shorter", output="Yes, 5 ml.")


@pytest.mark.parametrize("variant", ["incomplete", "false-premise", "injection", "declined"])
def test_what_is_asked_otherwise_is_answered_otherwise(variant, judged):
    new = {"instruction": "May he have it?", "output": "How old is he?"}
    assert judged(variant, **new) is None
    assert "question is the sample's" in judged(variant, output=new["output"])
    assert "answer is the sample's" in judged(variant, instruction=new["instruction"])


@pytest.mark.parametrize(
    ("answer", "fine"),
    [
        ("How old is he?", True),
        ("That depends on his weight.", True),
        ("If he is older than 1, yes.", True),
        ("Yes, he may.", False),
    ],
)
def test_an_incomplete_question_is_met_with_a_question_or_a_condition(answer, fine, judged):
    wrong = judged("incomplete", instruction="May he have it?", output=answer)
    assert (wrong is None) == fine


CHINESE = {
    "history-1": "你好？",
    "history-2": "你好。",
    "instruction": "我儿子6岁，从中午起烧到39 °C。能吃布洛芬吗，还是太早了？",
    "input": "体重：21公斤",
    "output": "可以。6岁的孩子烧到39 °C可以吃，还要多喝水。3天不退就去看医生。",
}


def test_a_translation_has_every_text_in_the_other_language(judged):
    assert judged("translation", language="zh", **CHINESE) is None
    assert "Its output is not translated" in judged(
        "translation", language="zh", **{**CHINESE, "output": TOLD}
    )
    assert "lacks 21" in judged(
        "translation", language="zh", **{**CHINESE, "input": "体重：二十一公斤"}
    )
    assert "same texts" in judged("translation", language="zh", **{**CHINESE, "input": ""})
    french = {"instruction": ASKED.replace("My", "Mon"), "output": TOLD.replace("Yes", "Oui")}
    changes = {**CHINESE, **french}
    assert "rather than in zh" in judged("translation", language="zh", **changes)


def test_a_sample_that_mixes_languages_may_have_variants_that_do(judged):
    record = Instruction(
        instruction="Translate into Chinese: I have had a fever since noon.",
        output="我从中午起一直在发烧，现在还没有退。",
    )
    changes = {"instruction": "Put into Chinese: I have had a fever since noon."}
    assert judged("paraphrase", record, **changes) is None
