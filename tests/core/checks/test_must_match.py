import pytest


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, None),
        ({"each_answer": "就医|祝"}, None),
        ({"each_answer": "就医"}, "Not every answer matches `就医` (`must_match`)."),
        ({"any_answer": "就医"}, None),
        ({"any_answer": "急诊"}, "No answer matches `急诊` (`must_match`)."),
        ({"last_answer": "祝您$"}, None),
        ({"last_answer": "就医"}, "The last answer does not match `就医` (`must_match`)."),
        ({"any_answer": "就医", "last_answer": "^$"}, "The last answer does not match `^$`"
                                                     " (`must_match`)."),
        ({"any_answer": "我的脸"}, "No answer matches `我的脸` (`must_match`)."),
    ],
)  # fmt: skip
def test_patterns_are_searched_for_in_answers_alone(checks, conversation, settings, expected):
    record = conversation("我的脸很痒", "如加重请就医。", "谢谢", "祝您")
    finding = checks({"must_match": settings}, form="conversation").inspect(record)
    assert (finding and finding.explanation) == expected


def test_an_answer_too_long_to_be_searched_in_bounded_time_is_refused(checks, instruction):
    finding = checks({"must_match": {"each_answer": "a"}}).inspect(instruction(output="a" * 20_001))
    assert finding is not None
    assert finding.explanation == (
        "An answer of 20,001 characters is too long to be searched (20,000)."
    )


def test_without_a_pattern_no_answer_is_too_long(checks, instruction):
    assert checks({"must_match": {}}).inspect(instruction(output="a" * 20_001)) is None
