"""`winnow clean`: the checks alone, on any dataset file."""

import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.cleaning import clean
from core.recipe import parse

RECIPE = """\
name: desk
goal: Help.
format: {format}
language: en
channel: "#desk"
teachers: [replay:x.jsonl]
"""


@pytest.fixture
def run(tmp_path):
    """Cleans a text; returns the counts and the folder."""
    numbers = iter(range(1000))

    def run(text, kind="instruction", **more):
        number = next(numbers)
        source, out = tmp_path / f"rows{number}.jsonl", tmp_path / f"out{number}"
        source.write_bytes(text if isinstance(text, bytes) else text.encode())
        recipe = parse(RECIPE.format(format=kind))
        return clean(recipe, source, out, report=lambda _: None), out

    return run


def rows_of(path):
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def test_each_row_is_kept_or_discarded_or_broken(run, row):
    text = row(1) + row(2) + row(1) + "{broken\n" + row(3, instruction="为什么我的备份一直失败呢？")
    counted, out = run(text)
    assert (
        counted.read,
        counted.accepted,
        dict(counted.discarded),
    ) == (5, 2, {"duplicate": 1, "language": 1})
    assert [broken.number for broken in counted.broken] == [4]
    assert [json.loads(row(n))["instruction"] for n in (1, 2)] == [
        record["instruction"] for record in rows_of(out / "kept.jsonl")
    ]
    first, second = rows_of(out / "discarded.jsonl")
    assert {"line", "reason", "explanation", "record"} == set(first) == set(second)
    assert [(one["line"], one["reason"]) for one in (first, second)] == [
        (3, "duplicate"),
        (5, "language"),
    ]
    assert "line 1" in first["explanation"]
    assert json.loads(row(1))["output"] == first["record"]["output"]
    assert (out / "flagged.jsonl").read_bytes() == b""


def test_rows_of_every_format_come_out_as_winnows_records(run):
    rows = [
        {"instruction": "What is a backup?", "output": "A copy."},
        {
            "conversations": [
                {"from": "human", "value": "Where does the box stand best?"},
                {"from": "gpt", "value": "In the dry."},
            ]
        },
        {
            "messages": [
                {"role": "user", "content": "Does it run at night, too?"},
                {"role": "assistant", "content": "Yes."},
            ]
        },
        {"instruction": "Name the parts of it.", "context": "box, cable", "response": "Two."},
    ]
    counted, out = run("".join(json.dumps(one) + "\n" for one in rows))
    assert counted.accepted == 4
    assert [record["output"] for record in rows_of(out / "kept.jsonl")] == [
        "A copy.",
        "In the dry.",
        "Yes.",
        "Two.",
    ]


def test_what_no_conversation_can_hold_is_discarded_with_its_reason(run, row):
    counted, out = run(row(1) + row(2, input="A table."), "conversation")
    assert (counted.accepted, dict(counted.discarded)) == (1, {"schema": 1})
    assert [turn["role"] for turn in rows_of(out / "kept.jsonl")[0]["turns"]] == [
        "user",
        "assistant",
    ]
    assert "of the format instruction" in rows_of(out / "discarded.jsonl")[0]["explanation"]


def test_what_was_kept_is_kept_again(run, row):
    _, out = run(row(1) + row(1) + row(2) + row(3))
    kept = (out / "kept.jsonl").read_bytes()
    counted, again = run(kept)
    assert (counted.read, counted.accepted) == (3, 3)
    assert kept == (again / "kept.jsonl").read_bytes()


def test_the_report_shows_texts_as_texts_and_loads_nothing(run, row):
    attack = '<script>alert(1)</script> "quoted" & <img src=x onerror=alert(1)>'
    _, out = run(row(1, instruction=attack) + row(2, instruction=attack) + "<b>no JSON</b>\n")
    page = (out / "report.html").read_text("utf-8")
    assert "&lt;script&gt;alert(1)" in page
    for tag in ("<script", "<img", "<b>", "<link", "http://", "https://"):
        assert tag not in page
    assert "default-src 'none'" in page
    assert re.search(r"Rows read</td><td class=\"n\">3<", page)


def test_the_report_of_a_long_file_names_the_file_that_has_the_rest(run, row):
    _, out = run(row(1) * 300)
    page = (out / "report.html").read_text("utf-8")
    assert "The first 200; all are in discarded.jsonl." in page
    assert len(rows_of(out / "discarded.jsonl")) == 299


def test_an_empty_file_gives_empty_files(run):
    counted, out = run("")
    assert (counted.read, counted.accepted) == (0, 0)
    assert {"kept.jsonl", "discarded.jsonl", "flagged.jsonl", "report.html"} == {
        path.name for path in out.iterdir()
    }


def test_nothing_of_an_existing_folder_is_overwritten(winnow, write_recipe, tmp_path, row):
    winnow("recipe", "add", write_recipe("replay:x.jsonl"))
    (tmp_path / "rows.jsonl").write_text(row(1))
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "notes.txt").write_text("mine")
    assert winnow("clean", "desk", "rows.jsonl", "--out", "out").status == 0
    again = winnow("clean", "desk", "rows.jsonl", "--out", "out")
    assert (
        again.status,
        again.err,
    ) == (2, "--out: out holds kept.jsonl already. Name another folder.\n")
    assert (tmp_path / "out" / "notes.txt").read_text() == "mine"
    (tmp_path / "file").write_text("")
    assert "--out: file is no folder." in winnow("clean", "desk", "rows.jsonl", "--out", "file").err


def test_nothing_is_written_through_a_link_that_leads_nowhere(winnow, write_recipe, tmp_path, row):
    winnow("recipe", "add", write_recipe("replay:x.jsonl"))
    (tmp_path / "rows.jsonl").write_text(row(1))
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "kept.jsonl").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for out, told in (("out", "out holds kept.jsonl already."), ("link", "link is no folder.")):
        ran = winnow("clean", "desk", "rows.jsonl", "--out", out)
        assert (ran.status, told in ran.err) == (2, True)
    assert not (tmp_path / "elsewhere").exists()


def test_clean_answers_with_the_keys_of_the_surface(winnow, write_recipe, tmp_path, row):
    winnow("recipe", "add", write_recipe("replay:x.jsonl"))
    (tmp_path / "rows.jsonl").write_text(row(1) + row(1) + "no\n")
    ran = winnow("clean", "desk", "rows.jsonl", "--json")
    assert {"read", "accepted", "discarded", "broken_lines", "seconds"} == set(ran.json)
    assert (
        ran.json["read"],
        ran.json["accepted"],
        ran.json["discarded"],
        ran.json["broken_lines"],
    ) == (3, 1, {"duplicate": 1}, 1)
    told = winnow("clean", "desk", "rows.jsonl")
    assert told.out == "3 rows read, 1 accepted; discarded: duplicate 1; broken lines: 1.\n"
    assert told.err.startswith("line 3: It is no JSON")


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.binary(max_size=400))
def test_whatever_the_bytes_are_every_row_is_accounted_for(run, data):
    counted, out = run(data)
    assert counted.read == counted.accepted + counted.discarded.total() + len(counted.broken)
    assert counted.accepted == len(rows_of(out / "kept.jsonl"))
