from decimal import Decimal

import pytest

from core.errors import TeacherError
from core.recipe import TeacherSpec
from core.teachers import open_teacher


@pytest.fixture
def replay(tmp_path):
    def make(content, position=0):
        data = content if isinstance(content, bytes) else content.encode()
        (tmp_path / "replies.jsonl").write_bytes(data)
        spec = TeacherSpec(model="replay:replies.jsonl")
        return open_teacher(spec, environ={}, folder=tmp_path, position=position)

    return make


def test_lines_are_taken_in_order_whether_raw_replies_or_records(replay, ask, asked):
    record = '{"instruction": "怎么办？", "output": "就医。"}'
    made = replay(f'\ufeff"Sure!\\n[{{"\r\n\n  {record}  \n""')
    assert [asked(made, ask()).text for _ in range(3)] == ["Sure!\n[{", record, ""]


def test_a_replay_costs_nothing(replay, ask, asked):
    made = replay('"Hello."')
    assert made.most(ask()) == Decimal(0)
    reply = asked(made, ask())
    assert (reply.cost_usd, reply.usage.input_tokens, reply.stop) == (Decimal(0), 0, "end")


def test_the_position_that_the_caller_kept_is_where_it_goes_on(replay, ask, asked):
    content = '"one"\n\n"two"\n"three"\n'
    first = replay(content)
    asked(first, ask())
    asked(first, ask())
    assert first.position == 3
    assert asked(replay(content, first.position), ask()).text == "three"


@pytest.mark.parametrize("content", ["", "\n \n", '"one"\n'])
def test_an_exhausted_replay_is_fatal(replay, ask, asked, content):
    made = replay(content, content.count('"') // 2)
    with pytest.raises(TeacherError) as failure:
        asked(made, ask())
    assert str(failure.value) == (
        "The teacher replay:replies.jsonl is exhausted. Add lines to its file."
    )
    assert failure.value.fatal


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b'"caf\xe9"', "is not UTF-8"),
        (b'{"instruction": ', "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b"[1]", "is neither a JSON string nor a JSON object"),
        (b"null", "is neither a JSON string nor a JSON object"),
    ],
)
def test_a_broken_line_is_named_by_its_number_and_can_be_mended(replay, ask, asked, line, expected):
    made = replay(b'"one"\n\n' + line + b'\n"four"')
    asked(made, ask())
    with pytest.raises(TeacherError) as failure:
        asked(made, ask())
    assert failure.value.error == f"Line 3 of replies.jsonl {expected}."
    assert failure.value.fatal
    assert asked(replay('"one"\n\n"three"\n', made.position), ask()).text == "three"
