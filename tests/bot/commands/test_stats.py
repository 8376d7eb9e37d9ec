"""`winnow stats`: its picture, the reasons for rejecting, the arms."""

import json
from decimal import Decimal

import pytest

from bot import statistics
from core.records import Instruction
from core.votes import State
from storage import datasets, samples
from storage.kinds import RequestState
from storage.run_tables import Request
from storage.samples import New
from storage.tables import Reason, Sample

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


@pytest.fixture
def asked(desk, store, clock):
    """Two arms: one whose samples are approved, one that has none yet."""
    rows = [
        Request(
            dataset_id=1,
            number=number,
            key=str(number),
            teacher="openai:small",
            ask=way,
            prompt=way,
            prompt_hash="0123456789ab",
            parameters={} if warm is None else {"temperature": warm},
            seeds=[],
            state=RequestState.SETTLED,
            cost_usd=Decimal("0.0006"),
            input_tokens=1000,
            cached_tokens=500 * number,
            at=clock(),
        )
        for number, (way, warm) in enumerate([("meta", 0.5), ("seeds", None)])
    ]
    with store.write() as session:
        session.add_all(rows)
        session.flush()
    new = New(Instruction(instruction="a", output="b"), "setup", "en", {}, request_id=rows[0].id)
    made = samples.add(store, 1, [new] * 3)
    with store.write() as session:
        for number, state in zip(
            made, (State.APPROVED, State.APPROVED, State.REJECTED), strict=True
        ):
            session.get_one(Sample, number).state = state


def test_the_arms_are_shown_with_what_an_approval_cost(winnow, asked):
    told = winnow("stats", "desk", "--json").json
    assert told["arms"] == [
        {
            "teacher": "openai:small",
            "ask": "meta",
            "prompt_hash": "0123456789ab",
            "temperature": 0.5,
            "prompt": "meta",
            "requests": 1,
            "samples": 3,
            "approved": 2,
            "decided": 3,
            "cost_usd": "0.0006",
            "cost_per_approved_usd": "0.0003",
            "share": 0.5,
        },
        {
            "teacher": "openai:small",
            "ask": "seeds",
            "prompt_hash": "0123456789ab",
            "temperature": None,
            "prompt": "seeds",
            "requests": 1,
            "samples": 0,
            "approved": 0,
            "decided": 0,
            "cost_usd": "0.0006",
            "cost_per_approved_usd": None,
            "share": 0.5,
        },
    ]
    assert told["cache_hits"] == {"openai:small": 0.25}
    out = winnow("stats", "desk").out
    assert "2/3" in out
    assert "$0.0003" in out
    assert "Read from openai:small's cache: 25% of its input tokens" in out


def test_curators_see_the_arms_in_slack_others_do_not(asked, store):
    desk = datasets.get(store, "desk")
    told = json.dumps(statistics.message(store, desk, curator=True).blocks, ensure_ascii=False)
    assert "openai:small meta 0.5 67% (2/3) · 50%" in told
    assert "openai:small seeds — · 50%" in told
    others = json.dumps(statistics.message(store, desk, curator=False).blocks, ensure_ascii=False)
    assert "openai:small meta" not in others
