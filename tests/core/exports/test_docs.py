"""docs/formats.md shows rows and code; both must be true."""

import json
import re
import runpy
from pathlib import Path

import pytest

from core.exports import FORMATS
from core.exports.folder import build
from core.formats import read

PAGE = (Path(__file__).parents[3] / "docs" / "formats.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_the_rows_shown_are_rows_as_they_are_written():
    for name, shown in zip(FORMATS, blocks("json"), strict=True):
        [line] = read(shown.encode()).records
        assert FORMATS[name].row(line.record) == json.loads(shown)


def test_the_code_for_trl_turns_rows_into_messages(tmp_path, about, approved):
    script = tmp_path / "to_messages.py"
    script.write_text(blocks("python")[0], encoding="utf-8")
    to_messages = runpy.run_path(str(script))["to_messages"]
    content = build(approved, about())["sharegpt/train.jsonl"]

    rows = [to_messages(json.loads(line)) for line in content.splitlines()]

    assert rows[0]["messages"] == [
        {"role": "user", "content": "Translate\n湿疹"},
        {"role": "assistant", "content": "eczema"},
    ]
    assert rows[1]["messages"][0] == {"role": "system", "content": "医生"}
    assert [row.record for row in read("\n".join(map(json.dumps, rows)).encode()).records] == [
        row.record for row in read(content).records
    ]


def test_every_file_of_a_folder_is_explained(about, approved):
    for path in build(approved, about()):
        assert f"`{path.replace('test.jsonl', 'train.jsonl')}`" in PAGE


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_explained(name):
    assert f"**{name}**" in PAGE
