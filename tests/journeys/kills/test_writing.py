"""A bot that is killed while it writes the folder of a large export."""

import json
import random
import time
from pathlib import Path

RECORDS = 2_000
ATTEMPTS = 4


def made_at(folder: Path) -> int | None:
    try:
        return folder.stat().st_ctime_ns
    except FileNotFoundError:
        return None


def test_killed_while_a_large_export_is_written_leaves_whole_versions(review):
    draw = random.Random(2)  # noqa: S311 - a test, no secret
    rows = [{"instruction": f"What is {n}?", "output": f"{n} is a number."} for n in range(RECORDS)]
    text = "\n".join(json.dumps(row) for row in rows)
    (review.folder / "rows.jsonl").write_text(text, encoding="utf-8")
    arguments = ("backup-en", "rows.jsonl", "--as", "approved", "--by", "kim")
    assert review.answer("import", *arguments)["accepted"] == RECORDS
    staged = review.exports / ".backup-en.staged"
    for _ in range(ATTEMPTS):
        before = made_at(staged)
        review.bot()
        review.types("kim", "export")
        deadline = time.monotonic() + 2  # there is none when the version was published before
        while made_at(staged) in (None, before) and time.monotonic() < deadline:
            pass  # it is there for some milliseconds
        time.sleep(draw.uniform(0, 0.02))
        review.killed()
        assert review.broken() == []
    review.bot()
    uploaded = len(review.sandbox.state["files"])
    review.types("kim", "export")
    review.wait_for_files(uploaded + 3)
    assert (review.broken(), review.hidden()) == ([], [".backup-en.lock"])
    review.ends_well()
