"""From votes to folders: what leaves, in which version, and what becomes of it later."""

import hashlib
import json

import pytest

from bot.versions import export_now
from core.errors import UsageError
from core.exports import FORMATS
from storage import exports, samples, traces
from storage.kinds import OutboxKind
from storage.samples import New

ODD = 'a\u2028b\u0085c "quoted" \\n \U0001f469\u200d⚕️ 湿疹 <!channel> &amp; \t end'


def manifest(exported) -> dict:
    return json.loads((exported.path / "MANIFEST.json").read_text(encoding="utf-8"))


def provenance(exported, rows) -> dict[int, dict]:
    return {row["sample"]: row for row in rows(exported.path / "provenance.jsonl")}


def test_what_leaves_is_the_revision_that_was_voted_on(review, rows):
    as_written = review.approved(ODD)
    corrected = review.approved("First try.")
    review.correct(corrected, "ana", f"Second try. {ODD}")
    review.vote(corrected, "ben")
    for undecided in ("never voted on", "rejected"):
        review.posted(undecided)
    review.vote(undecided := review.posted("one short"), "ana")
    done = export_now(review.store, review.dataset, formats=["sharegpt", "alpaca"])
    for name in ("alpaca", "sharegpt"):
        written = {
            (path, number): row
            for path in done.files
            if path.startswith(f"{name}/")
            for number, row in enumerate(rows(done.path / path), 1)
        }
        assert len(written) == done.records == 2
        for sample, row in provenance(done, rows).items():
            approved = samples.show(review.store, sample, row["revision"]).record
            ((path, line),) = [item for item in row["lines"].items() if item[0].startswith(name)]
            assert written[path, line] == FORMATS[name].row(approved)
    assert provenance(done, rows)[as_written]["revision"] == 0
    assert provenance(done, rows)[corrected]["revision"] == 1
    assert traces.trace(review.store, undecided)["exports"] == []


def test_the_answer_has_the_keys_of_the_surface(review):
    sample = review.approved()
    done = export_now(review.store, review.dataset)
    folder = review.dataset.folder / "exports" / "care" / "v0001"
    (split,) = manifest(done)["splits"]
    assert done.as_json() == {
        "version": 1,
        "path": str(folder),
        "records": 1,
        "splits": {split: 1},
        "added": 1,
        "corrected": 0,
        "withdrawn": 0,
        "files": manifest(done)["files"],
    }
    assert folder.is_absolute()
    assert traces.trace(review.store, sample)["exports"] == [1]


def test_a_version_is_whole_and_alone_in_its_place(review, broken, versions):
    review.approved()
    done = export_now(review.store, review.dataset)
    assert broken(done.path) == []
    assert versions(done.path.parents[1]) == ["v0001"]


def test_before_a_first_approval_nothing_is_made(review):
    review.posted()
    assert export_now(review.store, review.dataset, always=True).as_json() == {
        "version": 0,
        "path": None,
        "records": 0,
        "splits": {},
        "added": 0,
        "corrected": 0,
        "withdrawn": 0,
        "files": {},
    }
    assert list(review.dataset.folder.iterdir()) == []


def test_without_a_change_the_last_version_stands(review, versions):
    review.approved()
    first = export_now(review.store, review.dataset)
    review.clock.forward(days=1)
    again = export_now(review.store, review.dataset)
    assert again.as_json() == first.as_json() | {"added": 0}
    assert (first.new, again.new) == (True, False)
    assert versions(first.path.parents[1]) == ["v0001"]


def test_an_export_of_what_is_unchanged_can_be_asked_for(review):
    review.approved()
    export_now(review.store, review.dataset)
    again = export_now(review.store, review.dataset, always=True)
    assert (again.version, again.new, again.counts()) == (
        2,
        True,
        {"added": 0, "corrected": 0, "withdrawn": 0},
    )


@pytest.mark.parametrize(
    ("first", "then", "version"),
    [
        (["alpaca"], ["sharegpt"], 2),
        (["alpaca"], ["alpaca", "sharegpt"], 2),
        (["alpaca", "sharegpt"], ["sharegpt"], 1),
    ],
)
def test_a_format_that_the_last_version_lacks_makes_a_new_one(review, first, then, version):
    review.approved()
    export_now(review.store, review.dataset, formats=first)
    assert export_now(review.store, review.dataset, formats=then).version == version


def test_versions_tell_what_was_added_corrected_and_withdrawn(review, rows):
    kept, changed, doubted = (review.approved(text) for text in ("one", "two", "three"))
    first = export_now(review.store, review.dataset)
    review.correct(changed, "ana", "two, better")
    review.vote(changed, "ben")
    review.vote(doubted, "ben", present=False)
    new = review.approved("four")
    second = export_now(review.store, review.dataset)
    assert second.counts() == {"added": 1, "corrected": 1, "withdrawn": 1}
    told = manifest(second)
    assert told["previous"] == 1
    assert told["added"] == [f"care-{new}"]
    assert told["corrected"] == [f"care-{changed}"]
    assert told["withdrawn"] == [f"care-{doubted}"]
    assert set(provenance(second, rows)) == {kept, changed, new}
    assert set(provenance(first, rows)) == {kept, changed, doubted}


def test_an_exported_revision_stands_until_its_correction_is_approved(review, rows):
    sample = review.approved("one")
    export_now(review.store, review.dataset)
    review.correct(sample, "ana", "two")
    other = review.approved("another")
    standing = export_now(review.store, review.dataset)
    assert standing.counts() == {"added": 1, "corrected": 0, "withdrawn": 0}
    assert provenance(standing, rows)[sample]["revision"] == 0
    review.vote(sample, "ben")
    after = export_now(review.store, review.dataset)
    assert after.counts() == {"added": 0, "corrected": 1, "withdrawn": 0}
    assert provenance(after, rows)[sample]["revision"] == 1
    assert set(provenance(after, rows)) == {sample, other}


def test_a_record_keeps_its_split_and_its_name(review, rows):
    sample = review.approved("one")
    before = provenance(export_now(review.store, review.dataset), rows)[sample]
    review.correct(sample, "ana", "two")
    review.vote(sample, "ben")
    after = provenance(export_now(review.store, review.dataset), rows)[sample]
    assert (after["record_id"], after["split"]) == (before["record_id"], before["split"])


def test_when_all_is_withdrawn_the_next_version_is_empty(review, broken):
    sample = review.approved()
    export_now(review.store, review.dataset)
    review.vote(sample, "ben", emoji="triangular_flag_on_post")
    empty = export_now(review.store, review.dataset)
    assert (empty.version, empty.records, empty.counts()["withdrawn"]) == (2, 0, 1)
    assert broken(empty.path) == []
    assert export_now(review.store, review.dataset).new is False


def test_curators_are_told_which_versions_hold_what_was_withdrawn(review):
    sample = review.approved()
    export_now(review.store, review.dataset)
    export_now(review.store, review.dataset, always=True)
    review.vote(sample, "ben", present=False)
    review.wanted(OutboxKind.DIRECT)
    export_now(review.store, review.dataset)
    assert review.wanted(OutboxKind.DIRECT) == [
        {
            "user": "kit",
            "text": "export_withdrew",
            "version": "v0003",
            "records": f"care-{sample}",
            "versions": [1, 2],
        }
    ]


def test_the_roster_names_nobody_and_numbers_people_for_good(review):
    first = review.posted()
    review.vote(first, "kit", "ana")
    review.vote(first, "stranger")
    one = manifest(export_now(review.store, review.dataset))["roster"]
    assert one == [
        {"name": "reviewer-1", "role": "curator", "votes": 1, "settled": 0},
        {"name": "reviewer-2", "role": "reviewer", "votes": 1, "settled": 0},
    ]
    review.vote(first, "kit", present=False)
    review.vote(first, "ben")
    two = manifest(export_now(review.store, review.dataset, always=True))["roster"]
    assert two == [
        {"name": "reviewer-2", "role": "reviewer", "votes": 1, "settled": 0},
        {"name": "reviewer-3", "role": "reviewer", "votes": 1, "settled": 0},
    ]


def test_the_manifest_names_recipe_and_policy(review_with, recipe):
    line = "review: {lead: 1, max_votes: 3, queue_after: 36h}"
    review = review_with(line)
    review.approved()
    told = manifest(export_now(review.store, review.dataset))
    assert told["policy"] == {
        "policy": "net-2",
        "lead": 1,
        "max_votes": 3,
        "queue_after": "36h",
        "expire_after": "never",
    }
    digest = hashlib.sha256(f"{recipe}{line}\n".encode()).hexdigest()
    assert told["recipe"] == {"number": 1, "sha256": digest}


def test_the_card_tells_how_the_records_came_about(review):
    review.approved()
    samples.add(
        review.store,
        review.dataset.id,
        [
            New(
                samples.show(review.store, 1).record,
                category="general",
                language="en",
                origin={"file": "old.jsonl"},
                imported_by="Dr. Li",
            )
        ],
    )
    done = export_now(review.store, review.dataset)
    card = (done.path / "README.md").read_text(encoding="utf-8")
    assert "| `replay:replies.jsonl` | `meta` | `meta` | `ab12` | 1 |" in card
    assert "- 1 were imported" in card
    assert "Dr. Li" not in card


def test_the_same_votes_give_the_same_bytes(review, tmp_path):
    review.approved(ODD)
    review.approved("two")
    first = export_now(review.store, review.dataset)
    second = export_now(review.store, review.dataset, to=str(tmp_path / "again"))
    for path in first.files:
        if path.endswith("train.jsonl"):
            assert (first.path / path).read_bytes() == (second.path / path).read_bytes()
    assert second.records == 2


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"formats": ["csv"]}, "There is no export format csv."),
        ({"to": "s3://bucket/data"}, "--to: s3://bucket/data is an address"),
    ],
)
def test_what_cannot_be_exported_is_refused_before_anything_is_done(review, asked, sentence):
    review.approved()
    with pytest.raises(UsageError, match=sentence):
        export_now(review.store, review.dataset, **asked)
    assert exports.latest(review.store, review.dataset.id) is None
