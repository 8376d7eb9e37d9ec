"""Where versions are put, and several exports at one time."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import event

from bot.versions import export_now
from core.errors import WinnowError
from storage import datasets, exports
from storage.engine import open_store


def test_another_destination_gets_a_version_of_its_own(review, tmp_path, monkeypatch, versions):
    review.approved()
    export_now(review.store, review.dataset)
    monkeypatch.chdir(tmp_path)
    elsewhere = export_now(review.store, review.dataset, to="out/there")
    assert elsewhere.path == tmp_path / "out" / "there" / "care" / "v0002"
    assert export_now(review.store, review.dataset, to="out/there").new is False
    assert versions(tmp_path / "out" / "there") == ["v0002"]


def test_every_destination_of_the_recipe_gets_the_same(review_with, broken):
    review = review_with("export: {to: [here, ../there]}")
    review.approved()
    done = export_now(review.store, review.dataset)
    here = review.dataset.folder / "here" / "care" / "v0001"
    there = review.dataset.folder.parent / "there" / "care" / "v0001"
    assert done.path == here
    assert broken(here) == broken(there) == []
    assert (here / "MANIFEST.json").read_bytes() == (there / "MANIFEST.json").read_bytes()


def test_a_place_that_cannot_be_written_is_named(review, tmp_path):
    review.approved()
    taken = tmp_path / "taken"
    taken.write_text("a file, not a folder")
    with pytest.raises(WinnowError, match=f"could not be written to {taken}/care") as caught:
        export_now(review.store, review.dataset, to=str(taken))
    assert "--to" in caught.value.hint
    assert exports.latest(review.store, review.dataset.id) is None
    assert export_now(review.store, review.dataset).version == 1


def test_one_destination_that_fails_leaves_nothing_in_the_others(review_with, versions):
    review = review_with("export: {to: [good, bad]}")
    review.approved()
    bad = review.dataset.folder / "bad"
    bad.mkdir()
    (bad / "care").write_text("in the way")
    with pytest.raises(WinnowError, match="could not be written"):
        export_now(review.store, review.dataset)
    assert versions(review.dataset.folder / "good") == []
    (bad / "care").unlink()
    assert export_now(review.store, review.dataset).version == 1


def test_versions_of_another_database_are_never_touched(review, versions):
    review.approved()
    other = review.dataset.folder / "exports" / "care" / "v0001"
    other.mkdir(parents=True)
    (other / "MANIFEST.json").write_text("not ours")
    done = export_now(review.store, review.dataset)
    assert done.version == 2
    assert (other / "MANIFEST.json").read_text() == "not ours"
    assert versions(review.dataset.folder / "exports") == ["v0001", "v0002"]


def in_threads(url, clock, asked: list[dict]) -> list:
    """Exports at one time, each with a database connection of its own."""

    def one(options: dict):
        store = open_store(url, clock)
        try:
            return export_now(store, datasets.get(store, "care"), **options)
        finally:
            store.close()

    with ThreadPoolExecutor(max_workers=len(asked)) as threads:
        return list(threads.map(one, asked))


def test_of_exports_at_one_time_one_makes_the_version(review, sqlite_url, clock, versions):
    review.approved()
    done = in_threads(sqlite_url, clock, [{}] * 4)
    assert {exported.version for exported in done} == {1}
    assert sum(exported.new for exported in done) == 1
    assert versions(review.dataset.folder / "exports") == ["v0001"]


def test_exports_at_one_time_get_numbers_of_their_own(review, sqlite_url, clock, versions, broken):
    review.approved()
    done = in_threads(sqlite_url, clock, [{"always": True}] * 4)
    assert sorted(exported.version for exported in done) == [1, 2, 3, 4]
    assert [problem for exported in done for problem in broken(exported.path)] == []
    assert versions(review.dataset.folder / "exports") == ["v0001", "v0002", "v0003", "v0004"]


def test_a_number_that_another_machine_took_first_is_not_used(review, sqlite_url, clock, tmp_path):
    """The other machine has the same database and a disk of its own, so no lock is shared."""
    review.approved()
    here, there = tmp_path / "here", tmp_path / "there"
    overtaken = []

    def overtake(*_connection) -> None:
        if (here / "care" / "v0001").exists() and not overtaken:
            overtaken.append(None)
            overtaken.extend(in_threads(sqlite_url, clock, [{"to": str(there)}]))

    event.listen(review.store.engine, "checkout", overtake)
    done = export_now(review.store, review.dataset, to=str(here))
    assert [first.path for first in overtaken[1:]] == [there / "care" / "v0001"]
    assert done.path == here / "care" / "v0002"
    assert [path.name for path in (here / "care").iterdir()] == ["v0002"]
    assert Path(exports.latest(review.store, review.dataset.id).path) == done.path
