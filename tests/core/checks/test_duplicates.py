import pytest


def test_a_record_is_compared_with_known_and_added_ones(checks, instruction):
    made = checks({"duplicates": {}}, known=[instruction("How do I reset my password?")])
    made.add(instruction("What does the premium plan cost?"), "line 7 of the file")
    first = made.inspect(instruction("How do I reset my password now?"))
    second = made.inspect(instruction("what does the premium plan cost"))
    assert first is not None
    assert first.explanation == (
        "Its question is 92 % the same as that of record 1: “How do I reset my password?”."
    )
    assert second is not None
    assert second.explanation == (
        "Its question is 100 % the same as that of line 7 of the file:"
        " “What does the premium plan cost?”."
    )


def test_a_record_that_was_only_inspected_is_not_compared_with(checks, instruction):
    made = checks({"duplicates": {}})
    assert [made.inspect(instruction()), made.inspect(instruction())] == [None, None]


@pytest.mark.parametrize(
    ("threshold", "found"), [(0.7, True), (0.70001, False), (0.5, True), (1, False)]
)
def test_the_threshold_counts_exactly(checks, instruction, threshold, found):
    made = checks(
        {"duplicates": {"threshold": threshold}}, known=[instruction("一二三四五六七八九十")]
    )
    finding = made.inspect(instruction("一二三四五六七甲乙丙"))
    assert (finding is not None) == found


@pytest.mark.parametrize(
    ("fields", "found"),
    [("question", False), ("instruction", True), ("answer", False), ("record", False)],
)
def test_what_is_compared_is_a_setting(checks, instruction, fields, found):
    known = instruction("Translate this sentence into German", "Guten Morgen", input="Good morning")
    made = checks({"duplicates": {"fields": fields}}, known=[known])
    new = instruction(
        "Translate this sentence into German",
        "Das Haus war alt.",
        input="The house was old and dark.",
    )
    assert (made.inspect(new) is not None) == found


def test_answers_of_conversations_are_compared_as_one_text(checks, conversation):
    made = checks(
        {"duplicates": {"fields": "answer"}},
        form="conversation",
        known=[conversation("脸上起痘", "保持清洁。", "要多久", "大约两周。")],
    )
    assert made.inspect(conversation("背上很痒", "保持清洁。", "还要吗", "大约两周。")) is not None
    assert (
        made.inspect(conversation("背上很痒", "保持清洁。", "还要吗", "需要做皮肤镜检查。")) is None
    )


def test_a_long_earlier_text_is_quoted_in_part_and_on_one_line(checks, instruction):
    known = instruction("Write\n\na story " + "about a fox " * 20)
    finding = checks({"duplicates": {}}, known=[known]).inspect(known)
    assert finding is not None
    assert finding.explanation.endswith(
        ": “Write a story about a fox about a fox about a fox about a fo…”."
    )


def test_a_variant_may_resemble_its_own_family_but_repeat_none_of_it(checks, instruction):
    parent, other = instruction("How do I reset my password?"), instruction("What is a backup?")
    made = checks({"duplicates": {}})
    made.add(parent, "sample 7", 7)
    made.add(other, "sample 8", 8)
    shorter = instruction("How do I reset my password?", "In Settings.")
    assert made.inspect(shorter, 7) is None
    made.add(shorter, "sample 9", 7)
    again = instruction("how do I reset  my password?", "in settings.")
    finding = made.inspect(again, 7)
    assert finding is not None
    assert finding.explanation == "It is the same as sample 9, whose family it belongs to."
    assert made.inspect(instruction("How do I reset a password?"), 7) is None


def test_a_variant_is_compared_with_all_other_families_by_the_threshold(checks, instruction):
    made = checks({"duplicates": {}})
    made.add(instruction("How do I reset my password?"), "sample 7", 7)
    made.add(instruction("How do I reset my password now?"), "sample 8", 8)
    made.add(instruction("How do I reset your password?"), "sample 7's variant", 7)
    finding = made.inspect(instruction("How do I reset my password?", "Elsewhere."), 7)
    assert finding is not None
    assert "sample 8" in finding.explanation
    assert made.inspect(instruction("How do I reset my password?", "Elsewhere.")) is not None
