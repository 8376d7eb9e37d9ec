import json
from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import UsageError
from core.exports.about import contents, pseudonyms
from core.exports.folder import build
from core.formats import as_format, read
from core.records import Instruction

PATHS = [
    "alpaca/train.jsonl",
    "alpaca/test.jsonl",
    "sharegpt/train.jsonl",
    "sharegpt/test.jsonl",
    "provenance.jsonl",
    "dataset_info.json",
    "README.md",
    "report.html",
    "MANIFEST.json",
]


def rows(content):
    return [json.loads(line) for line in content.splitlines()]


def test_a_folder_has_a_file_per_format_and_split_with_rows_and_its_manifest_last(about, approved):
    assert list(build(approved, about())) == PATHS


def test_the_manifest_has_the_promised_keys_and_every_files_hash(about, approved):
    files = build(approved, about())
    manifest = json.loads(files.pop("MANIFEST.json"))

    assert manifest.pop("files") == {
        path: sha256(content).hexdigest() for path, content in files.items()
    }
    assert manifest == {
        "dataset": "dermatology-zh",
        "version": 7,
        "created_at": "2026-08-20T09:30:00+00:00",
        "records": 3,
        "splits": {"train": 2, "test": 1},
        "recipe": {"version": 3, "hash": "9f2c"},
        "policy": {"policy": "net-2", "lead": 2, "max_votes": 5, "queue_after": "7d"},
        "roster": [
            {"name": "reviewer-1", "role": "curator", "votes": 41, "settled": 0},
            {"name": "reviewer-2", "role": "reviewer", "votes": 9, "settled": 0},
        ],
        "previous": 6,
        "added": ["r3"],
        "corrected": ["r2"],
        "withdrawn": ["r0"],
    }


def test_provenance_leads_from_each_record_to_its_lines(about, approved):
    files = build(approved, about())
    by_id = {row["record_id"]: row for row in rows(files["provenance.jsonl"])}

    assert by_id["r2"] == {
        "record_id": "r2",
        "sample": 2,
        "revision": 2,
        "split": "train",
        "source": "reviewed",
        "lines": {"alpaca/train.jsonl": 1, "sharegpt/train.jsonl": 2},
    }
    assert by_id["r3"]["source"] == "imported"
    for record, split in approved:
        assert by_id[record.record_id]["split"] == split
        for path, number in by_id[record.record_id]["lines"].items():
            [line] = [line for line in read(files[path]).records if line.number == number]
            kind = "instruction" if path.startswith("alpaca") else "conversation"
            assert line.record == (as_format(record.record, kind) or line.record)


def test_the_first_row_of_an_alpaca_file_types_the_history_column(about, approved):
    [first, *_] = rows(build(approved, about())["alpaca/train.jsonl"])

    assert first["history"] == [["脸上长痘", "多久了？"]]


def test_llama_factory_finds_every_file_by_name(about, approved):
    files = build(approved, about())
    entries = json.loads(files["dataset_info.json"])

    assert list(entries) == [
        "dermatology-zh_v0007_alpaca_train",
        "dermatology-zh_v0007_alpaca_test",
        "dermatology-zh_v0007_sharegpt_train",
        "dermatology-zh_v0007_sharegpt_test",
    ]
    assert [entry["file_name"] for entry in entries.values()] == PATHS[:4]
    assert entries["dermatology-zh_v0007_sharegpt_test"] == {
        "file_name": "sharegpt/test.jsonl",
        "formatting": "sharegpt",
        "columns": {"messages": "conversations", "system": "system"},
        "tags": {
            "role_tag": "from",
            "content_tag": "value",
            "user_tag": "human",
            "assistant_tag": "gpt",
            "observation_tag": "observation",
            "function_tag": "function_call",
            "system_tag": "system",
        },
    }


@given(st.randoms(use_true_random=False))
def test_the_same_records_give_the_same_bytes_in_whatever_order_they_come(about, approved, random):
    shuffled = random.sample(approved, len(approved))

    assert build(shuffled, about()) == build(approved, about())


def test_nothing_approved_gives_a_folder_without_rows(about):
    files = build([], about(previous=None))

    assert list(files) == PATHS[4:]
    assert files["provenance.jsonl"] == b""
    assert json.loads(files["MANIFEST.json"])["splits"] == {}


def test_only_the_formats_asked_for_are_written(about, approved):
    files = build(approved, about(formats=("sharegpt",)))

    assert [path for path in files if "/" in path] == PATHS[2:4]


def test_an_unknown_format_is_refused(about, approved):
    with pytest.raises(UsageError, match="There is no export format csv"):
        build(approved, about(formats=("csv",)))


def test_a_record_given_twice_is_refused(about, approved):
    with pytest.raises(ValueError, match="a record was given twice"):
        build([*approved, approved[0]], about())


def test_contents_tell_written_corrected_and_imported_records_apart(approved):
    held = contents(approved)

    assert (held.as_written, held.corrected, held.imported) == (1, 1, 1)
    assert list(held.categories.items()) == [("eczema", 2), ("acne", 1)]


def test_a_corrected_import_counts_as_imported(approved):
    record, split = approved[2]

    held = contents([(replace(record, revision=3), split)])

    assert (held.as_written, held.corrected, held.imported) == (0, 0, 1)


def test_pseudonyms_follow_the_order_of_the_first_votes():
    assert pseudonyms(["U7", "U2", "U7"]) == {"U7": "reviewer-1", "U2": "reviewer-2"}


def test_line_separators_in_texts_break_no_file(about, approved):
    record, _ = approved[0]
    task = Instruction(instruction="a\u2028b", output="c\x85d\r\ne")
    several = [(replace(record, record_id=f"r{n}", record=task), "train") for n in range(3)]
    content = build(several, about())["alpaca/train.jsonl"]

    assert len(content.decode().splitlines()) == 3
    assert [line.record for line in read(content).records] == [task] * 3
