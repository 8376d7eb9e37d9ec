"""`winnow stats`: its picture, and the reasons for rejecting."""

import pytest

from core.records import Instruction
from storage import samples
from storage.samples import New
from storage.tables import Reason

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def approved(desk, store):
    """One approved record; returns its number."""
    record = Instruction(instruction="a", output="b")
    (number,) = samples.add(store, 1, [New(record, "setup", "en", {}, imported_by="Dr. Li")])
    return number


def test_a_picture_of_the_progress_is_drawn_beside_the_numbers(winnow, approved, tmp_path):
    ran = winnow("stats", "desk", "--plot", "progress.png", "--json")
    assert (ran.status, ran.err) == (0, "")
    assert ran.json["states"]["approved"] == 1
    assert (tmp_path / "progress.png").read_bytes().startswith(PNG)


def test_a_picture_that_is_there_is_replaced(winnow, approved, tmp_path):
    (tmp_path / "progress.png").write_text("old")
    assert winnow("stats", "desk", "--plot", "progress.png").status == 0
    assert (tmp_path / "progress.png").read_bytes().startswith(PNG)


@pytest.mark.parametrize("file", ["nowhere/progress.png", "."])
def test_a_file_that_cannot_be_written_is_said_in_a_sentence(winnow, approved, file):
    ran = winnow("stats", "desk", "--plot", file, "--json")
    assert ran.status == 2
    assert ran.json["error"].startswith(f"--plot: {file} cannot be written (")
    assert "Traceback" not in ran.err


def test_categories_that_no_font_can_write_are_numbered_and_named(winnow, write_recipe):
    path = write_recipe("replay:none.jsonl")
    text = path.read_text("utf-8").replace("setup", "\U0010fffe")
    path.write_text(text, "utf-8")
    assert winnow("recipe", "add", path).status == 0
    ran = winnow("stats", "desk", "--plot", "progress.png")
    assert ran.status == 0
    assert "progress.png: 2 is backup (no installed font has its characters)" in ran.err


def test_the_reasons_for_rejecting_are_counted_once_a_person_and_version(
    winnow, approved, store, clock
):
    with store.write() as session:
        for user, reason in (("U1", "tone"), ("U1", "wrong_facts"), ("U2", "wrong_facts")):
            session.add(
                Reason(sample_id=approved, revision=0, user_id=user, reason=reason, at=clock.now)
            )
    assert winnow("stats", "desk", "--json").json["reasons"] == {"wrong_facts": 2}
    assert "wrong_facts" in winnow("stats", "desk").out
