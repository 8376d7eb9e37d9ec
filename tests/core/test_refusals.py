"""What reviewers refuse, in sentences for a prompt."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.records import Conversation, Instruction
from core.refusals import MOST_SENTENCES, QUOTED_CHARACTERS, Refusal, sentences

RECORD = Instruction(instruction="How much may I take?", output="Take 800 mg\nevery hour.")
NAMES = {"wrong_facts": "wrong facts", "unrealistic": "unrealistic question"}


@pytest.fixture
def told():
    """The sentences, in English unless told otherwise."""

    def told(*refusals, language="en"):
        return sentences(refusals, language, lambda reason: NAMES.get(reason, reason))

    return told


def test_a_reason_is_told_with_its_number_and_the_newest_text(told):
    older = RECORD.model_copy(update={"output": "Sleep."})
    assert told(Refusal("wrong_facts", RECORD), Refusal("wrong_facts", older)) == (
        "Refused 2 times for: wrong facts. One such answer begins: “Take 800 mg every hour.”",
    )


def test_a_question_is_quoted_where_the_question_was_refused(told):
    (sentence,) = told(Refusal("unrealistic", RECORD))
    assert sentence == (
        "Refused once for: unrealistic question. One such question begins: “How much may I take?”"
    )


def test_a_comment_says_more_than_the_text(told):
    (sentence,) = told(
        Refusal("wrong_facts", RECORD), Refusal("wrong_facts", RECORD, "400 mg is the most.")
    )
    assert sentence.endswith("A reviewer wrote: “400 mg is the most.”")


def test_chinese_prompts_are_told_in_chinese(told):
    refusals = [Refusal("事实错误", RECORD), Refusal("", RECORD, "没有人这样问。")]
    assert told(*refusals, language="zh") == (
        "因“事实错误”被拒 1 次。其中一条的回答开头是：“Take 800 mg every hour.”",
        "被拒 1 次。审阅者说：“没有人这样问。”",
    )


def test_a_reason_that_says_nothing_needs_a_comment(told):
    assert told(Refusal("other", RECORD), Refusal("", RECORD)) == ()
    (sentence,) = told(Refusal("other", RECORD, "It sounds like a leaflet."))
    assert "It sounds like a leaflet." in sentence


def test_people_are_not_named(told):
    (sentence,) = told(Refusal("tone", RECORD, "As <@U0ANA> said in <#C1|care>: too cold."))
    assert sentence.endswith("“As said in : too cold.”")


def test_the_most_frequent_reasons_come_first_and_not_too_many(told):
    rare = [Refusal(f"reason {number}", RECORD) for number in range(20)]
    found = told(*rare, Refusal("tone", RECORD), Refusal("tone", RECORD))
    assert len(found) == MOST_SENTENCES
    assert "tone" in found[0]
    assert "reason 0" in found[1]


def test_the_last_answer_of_a_conversation_is_quoted(told):
    turns = [
        {"role": ("user", "assistant")[n % 2], "content": text}
        for n, text in enumerate(("Hello?", "Good day.", "It burns.", "Cool it."))
    ]
    record = Conversation.model_validate({"turns": tuple(turns)})
    assert "“Cool it.”" in told(Refusal("tone", record))[0]


@given(
    st.lists(
        st.builds(
            Refusal,
            st.text(max_size=200),
            st.just(RECORD),
            st.text(max_size=400),
        ),
        max_size=20,
    )
)
def test_sentences_are_short_whatever_people_wrote(refusals):
    for language in ("en", "zh"):
        found = sentences(refusals, language, lambda reason: reason)
        assert len(found) <= MOST_SENTENCES
        assert all(len(sentence) <= 2 * QUOTED_CHARACTERS + 80 for sentence in found)
        assert all("\n" not in sentence for sentence in found)


def test_a_comment_that_only_names_somebody_says_nothing(told):
    assert told(Refusal("other", RECORD, "<@U0WINNOW> ")) == ()
    (sentence,) = told(Refusal("wrong_facts", RECORD, "<@U0WINNOW>"))
    assert "Take 800 mg" in sentence
