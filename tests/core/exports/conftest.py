from datetime import UTC, datetime

import pytest

from core.agreement import Agreement
from core.approved import Approved
from core.exports.about import About, Origin, Reviewer
from core.exports.changes import Changes
from core.records import Conversation, Instruction, Turn


@pytest.fixture(scope="session")
def about():
    """The facts about an export; a test overrides those it is about."""

    def build(**overrides):
        facts = {
            "dataset": "dermatology-zh",
            "version": 7,
            "created_at": datetime(2026, 8, 20, 9, 30, tzinfo=UTC),
            "goal": "Answer worried patients with care.",
            "languages": ("zh",),
            "formats": ("alpaca", "sharegpt"),
            "recipe": {"version": 3, "hash": "9f2c"},
            "policy": {"policy": "net-2", "lead": 2, "max_votes": 5, "queue_after": "7d"},
            "roster": (
                Reviewer("reviewer-1", "curator", 41),
                Reviewer("reviewer-2", "reviewer", 9),
            ),
            "agreement": Agreement(0.96, 0.316, 0.958, 100),
            "changes": Changes(added=("r3",), corrected=("r2",), withdrawn=("r0",)),
            "previous": 6,
            "origins": (Origin("anthropic:some-model", "seeds", "seeds-zh", "ab12cd34ef56", 3),),
            "license": "cc-by-4.0",
        }
        return About(**(facts | overrides))

    return build


@pytest.fixture(scope="session")
def approved():
    """Three approved records with their splits."""

    def pair(record_id, split, record, revision=0, source="reviewed", category="eczema"):
        return Approved(record_id, int(record_id[1:]), revision, record, source, category), split

    talk = Conversation(
        system="医生",
        turns=(
            Turn(role="user", content="脸上长痘"),
            Turn(role="assistant", content="多久了？"),
            Turn(role="user", content="一周"),
            Turn(role="assistant", content="先温和清洁。"),
        ),
    )
    task = Instruction(instruction="Translate", input="湿疹", output="eczema")
    return [
        pair("r1", "train", task),
        pair("r2", "train", talk, revision=2, category="acne"),
        pair("r3", "test", task, source="imported"),
    ]
