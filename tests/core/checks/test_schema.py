import pytest


def test_the_format_must_be_the_recipes(checks, instruction):
    finding = checks({"schema": {}}, form="conversation").inspect(instruction())
    assert finding is not None
    assert finding.explanation == (
        "It is of the format instruction; the recipe wants conversation."
    )


@pytest.mark.parametrize(("messages", "passes"), [(2, False), (4, True), (6, True), (8, False)])
def test_a_conversation_has_as_many_messages_as_the_recipe_wants(
    checks, conversation, messages, passes
):
    record = conversation(*[f"message {n}" for n in range(messages)])
    finding = checks({"schema": {}}, form="conversation", turns=(4, 6)).inspect(record)
    expected = None if passes else f"It has {messages} messages; the recipe wants 4 to 6 (`turns`)."
    assert (finding and finding.explanation) == expected


@pytest.mark.parametrize(
    "text",
    ["...", "…", "……", "。。。", "string", "<answer>", "[Output]", "{question}", "【回答】",
     "（略）", "TODO", "[Your answer here]", "待补充。", "Lorem ipsum..."],
)  # fmt: skip
def test_a_placeholder_is_no_answer(checks, instruction, text):
    finding = checks({"schema": {}}).inspect(instruction(output=text))
    assert finding is not None
    assert finding.explanation == f"Its output is a placeholder: “{text}”."


@pytest.mark.parametrize(
    "text",
    ["4", "None", "是", "👍", "答案", "Output", "[1, 2]", "{}", "<br>", "No input is needed.",
     "A string is text.", "The answer is [answer]...", "?", "[x]"],
)  # fmt: skip
def test_short_and_bracketed_answers_are_no_placeholders(checks, instruction, text):
    assert checks({"schema": {}}).inspect(instruction(output=text)) is None


@pytest.mark.parametrize("text", ["<noinput>", "N/A", "None.", "无", "（无输入）", "No input"])
def test_an_input_that_says_there_is_none_is_refused(checks, instruction, text):
    finding = checks({"schema": {}}).inspect(instruction(input=text))
    assert finding is not None
    assert finding.explanation == (
        f"Its input says that there is none (“{text}”); it should be empty."
    )


def test_an_empty_input_and_system_are_no_placeholders(checks, instruction):
    assert checks({"schema": {}}).inspect(instruction(input="", system="")) is None
