import pytest


@pytest.mark.parametrize(("characters", "passes"), [(2, False), (3, True), (5, True), (6, False)])
@pytest.mark.parametrize("letter", ["a", "字", "𠮷"])
def test_both_bounds_are_allowed_and_characters_are_counted(
    checks, instruction, letter, characters, passes
):
    record = instruction(output=letter * characters)
    finding = checks({"length": {"output": (3, 5)}}).inspect(record)
    expected = f"Its output has {characters} characters; the recipe wants 3 to 5 (`length`)."
    assert (finding and finding.explanation) == (None if passes else expected)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, None),
        ({"turn-2": (9, 99)}, "Its turn-2 has 2 characters; the recipe wants 9 to 99 (`length`)."),
        ({"turn-8": (9, 99)}, None),
        ({"system": (1, 99)}, "Its system has 0 characters; the recipe wants 1 to 99 (`length`)."),
        (
            {"question": (1, 4)},
            "Its question has 5 characters; the recipe wants 1 to 4 (`length`).",
        ),
        ({"answer": (1, 3)}, "Its answer 2 has 4 characters; the recipe wants 1 to 3 (`length`)."),
    ],
)
def test_fields_of_a_conversation(checks, conversation, settings, expected):
    record = conversation("Hello", "Hi", "Why?", " So. \n")
    record = conversation("Hello", "Hi", "Why?", " Soso \n") if expected else record
    finding = checks({"length": settings}, form="conversation").inspect(record)
    assert (finding and finding.explanation) == expected


def test_question_is_the_instruction_with_its_input(checks, instruction):
    record = instruction("Translate", input="word")
    finding = checks({"length": {"question": (1, 13)}}).inspect(record)
    assert finding is not None
    assert finding.explanation == (
        "Its question has 14 characters; the recipe wants 1 to 13 (`length`)."
    )


def test_an_answer_of_the_history_is_an_answer(checks, instruction):
    record = instruction(history=[["A question", "x" * 30]])
    finding = checks({"length": {"answer": (1, 20)}}).inspect(record)
    assert finding is not None
    assert finding.explanation == (
        "Its answer 1 has 30 characters; the recipe wants 1 to 20 (`length`)."
    )


def test_without_settings_a_question_has_2_to_4000_characters_and_an_answer_1_to_12000(
    checks, instruction
):
    made = checks({"length": {}})
    found = [
        made.inspect(instruction("x")),
        made.inspect(instruction("xx", "y" * 12_001)),
        made.inspect(instruction("x" * 4_000, "y" * 12_000)),
    ]
    assert [finding and finding.explanation for finding in found] == [
        "Its question has 1 characters; the recipe wants 2 to 4,000 (`length`).",
        "Its answer has 12,001 characters; the recipe wants 1 to 12,000 (`length`).",
        None,
    ]
