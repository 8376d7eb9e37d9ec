import pytest

from core.ways.eliminations import copied, empty, grown, unchanged
from core.ways.instructions import Filter

KNOWN = "How long does a fever usually last in small children?"


def _refuse(instruction, subject="Calm people down."):
    return Filter([KNOWN], subject).refuse(instruction)


@pytest.mark.parametrize(
    "instruction",
    [
        "Is 38 degrees dangerous?",
        "孩子发烧了",
        "¿Cuánto dura la fiebre?",
        "Was hilft gegen Fieber?",
        "word " * 150,
        "Explain how paragraphs are structured.",
    ],
)
def test_a_servable_new_instruction_passes(instruction):
    assert _refuse(instruction) is None


@pytest.mark.parametrize(
    ("instruction", "sentence"),
    [
        ("Fever help", "It has 2 words"),
        ("发烧", "It has 2 words"),
        ("word " * 151, "It has 151 words"),
        ("字" * 151, "It has 151 words"),
        ("“Fever” is what I have", "begins with a punctuation mark"),
        ("（孩子）发烧怎么办", "begins with a punctuation mark"),
        ("What does this Picture show?", "speaks of “picture”"),
        ("Please plot the two graphs for me", "speaks of “graph”"),
        ("看看这张图片上的疹子", "speaks of “图片”"),
        ("把视频里的话整理出来", "speaks of “视频”"),
        (KNOWN, "nearly the same"),
        ("How long does fever usually last in small children", "nearly the same"),
    ],
)
def test_what_cannot_be_served_or_was_asked_already_is_put_out(instruction, sentence):
    assert sentence in _refuse(instruction)


def test_a_word_that_the_dataset_is_about_is_no_reason_to_refuse():
    assert _refuse("Where did my files go after the restore?", "Backups of files") is None
    assert _refuse("备份的文件去哪里了？", "帮用户找回文件") is None
    assert "file" not in Filter([], "Backups of files").words("en")
    assert "文件" not in Filter([], "帮用户找回文件").words("zh-Hans")


def test_an_instruction_of_the_same_reply_counts_as_known_in_every_language():
    sieve = Filter([], "")
    assert sieve.refuse("孩子晚上发烧到三十九度应该怎么办") is None
    assert "nearly the same" in sieve.refuse("孩子晚上发烧到三十九度该怎么办")
    assert sieve.refuse("老人摔倒以后能不能马上扶起来") is None


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ("I'm sorry, I can't say.", "apology"),
        ("抱歉，这个我不清楚。", "apology"),
        ("…!?", "punctuation"),
        ("It is, and the.", "stop words"),
        ("的了吗？", "stop words"),
    ],
)
def test_an_answer_that_says_nothing_eliminates_its_question(answer, sentence):
    assert sentence in empty(answer)


@pytest.mark.parametrize("answer", ["No.", "是", "4", "Sorry to hear it. " + "Rest. " * 80])
def test_a_short_or_a_kind_answer_may_stay(answer):
    assert empty(answer) is None


@pytest.mark.parametrize(
    "rewritten",
    [
        "#Rewritten Prompt#: why?",
        "In the given prompt, explain more",
        "请回答改写后的问题：发烧怎么办",
        "给定指令的意思是什么",
        "<questions> what now",
    ],
)
def test_words_of_the_request_for_rewriting_are_recognised(rewritten):
    assert "request for rewriting" in copied(rewritten, "What is a fever?")


def test_words_that_the_original_has_itself_may_stay():
    assert copied("Explain the given prompt in depth", "Explain the given prompt") is None
    assert copied("I have a new question about my original order", "x") is None


def test_a_rewriting_that_changes_nothing_or_runs_away_is_recognised():
    assert unchanged("What is a  Fever", "What is a fever?") == "It is the original unchanged."
    assert unchanged("What is a high fever?", "What is a fever?") is None
    assert "70 words" in grown("word " * 73, "What is fever?")
    assert grown("word " * 23, "What is fever?") is None
