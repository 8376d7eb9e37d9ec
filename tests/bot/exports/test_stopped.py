"""An export that is killed or finds the disk full, at any step: the version is whole or absent."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bot.versions import export_now
from storage import datasets, exports
from storage.engine import open_store

SCRIPT = Path(__file__).with_name("stopped.py")
LEFTOVER = "leftover.jsonl"
ROOT = Path(__file__).parents[3]


def a_dead_process_left_all_it_can(destination: Path) -> None:
    """What is there after a death between renaming and publishing, and another while clearing."""
    for name in (".care.staged", ".care.removed", "care/v0001"):
        (destination / name / "alpaca").mkdir(parents=True)
        (destination / name / "alpaca" / LEFTOVER).write_text("cut o")
    (destination / ".care.lock").write_text("1\n")


@pytest.fixture
def stopped(review, tmp_path):
    """Runs exports that are stopped at each step; returns the folders they leave."""
    review.approved("one")
    review.approved("two")
    review.store.close()

    def run(how: str, *, after_a_death: bool) -> list[Path]:
        base = tmp_path / "stopped" / "base"
        base.mkdir(parents=True)
        for file in tmp_path.glob("winnow.db*"):
            shutil.copy(file, base)
        if after_a_death:
            a_dead_process_left_all_it_can(base / "exports")
        command = [sys.executable, SCRIPT, how, base]
        environ = os.environ | {"PYTHONPATH": str(ROOT)}
        subprocess.run(command, check=True, env=environ, timeout=120)
        shutil.rmtree(base)
        return sorted((tmp_path / "stopped").iterdir(), key=lambda folder: int(folder.name))

    return run


@pytest.fixture
def again(clock):
    """Exports again where one was stopped: (exported, the last version in the database before)."""

    def export(folder: Path):
        store = open_store(f"sqlite:///{folder / 'winnow.db'}", clock)
        dataset = datasets.get(store, "care")
        before = exports.latest(store, dataset.id)
        exported = export_now(store, dataset, to=str(folder / "exports"))
        store.close()
        return exported, before

    return export


@pytest.mark.parametrize("after_a_death", [False, True])
def test_killed_at_any_step_a_version_is_whole_or_absent(
    stopped, again, broken, versions, after_a_death
):
    folders = stopped("killed", after_a_death=after_a_death)
    assert len(folders) > 20
    for folder in folders:
        visible = folder / "exports" / "care" / "v0001"
        if visible.exists() and not (visible / "alpaca" / LEFTOVER).exists():
            assert broken(visible) == [], folder
        exported, before = again(folder)
        assert (exported.version, exported.new) == (1, before is None), folder
        assert exported.records == 2
        assert broken(exported.path) == []
        assert versions(folder / "exports") == ["v0001"]


def test_a_full_disk_leaves_nothing_behind_and_the_next_export_works(
    stopped, again, broken, versions
):
    *folders, unhindered = stopped("full", after_a_death=False)
    assert len(folders) > 10
    assert not (unhindered / "told").exists()
    for folder in folders:
        told = (folder / "told").read_text(encoding="utf-8")
        assert f"could not be written to {folder / 'exports' / 'care'}: No space left" in told
        if (folder / "exports").exists():
            assert versions(folder / "exports") == [], folder
        exported, before = again(folder)
        assert (exported.version, exported.new, before) == (1, True, None)
        assert broken(exported.path) == []
