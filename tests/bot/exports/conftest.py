"""A dataset on SQLite, filled as the bot fills it: posted, voted on, corrected."""

import hashlib
import json
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from core.records import Instruction
from storage import batches, datasets, outbox, posts, samples, votes
from storage.corrections import Proposal, correct
from storage.datasets import Dataset
from storage.engine import Store, open_store
from storage.kinds import OutboxKind, Role
from storage.samples import New
from storage.votes import Reaction

RECIPE = """\
name: care
goal: Help people.
format: instruction
language: en
channel: "#support-en"
teachers: [replay:replies.jsonl]
"""
ORIGIN = {"teacher": "replay:replies.jsonl", "ask": "meta", "prompt": "meta", "prompt_hash": "ab12"}
PEOPLE = {"ana": Role.REVIEWER, "ben": Role.REVIEWER, "kit": Role.CURATOR}


class Review:
    """A dataset under review; each event happens a second after the one before."""

    def __init__(self, store: Store, clock, dataset: Dataset) -> None:
        self.store = store
        self.clock = clock
        self.dataset = dataset
        self._numbers = count(1)

    def posted(self, output: str = "Rest and water.", **more: object) -> int:
        """A sample whose card is in the channel."""
        record = Instruction(instruction=f"Question {next(self._numbers)}?", output=output)
        new = New(record, **{"category": "general", "language": "en", "origin": ORIGIN} | more)
        (sample,) = samples.add(self.store, self.dataset.id, [new])
        batches.open_batch(self.store, self.dataset, 1)
        self.send_all()
        return sample

    def approved(self, output: str = "Rest and water.", **more: object) -> int:
        sample = self.posted(output, **more)
        self.vote(sample, "ana", "ben")
        return sample

    def send_all(self) -> None:
        """Perform every wanted post, as if Slack did it at once; forget what else is wanted."""
        self.clock.forward(seconds=5)
        while errand := outbox.claim(self.store):
            if errand.kind in {OutboxKind.CARD, OutboxKind.HEADER}:
                ts = f"{self.clock.forward(seconds=1).timestamp():.6f}"
                batches.posted(self.store, errand, self.channel, ts, None)
            else:
                outbox.done(self.store, errand)

    @property
    def channel(self) -> str:
        return self.dataset.channel_id or ""

    def vote(
        self, sample: int, *users: str, emoji: str = "white_check_mark", present: bool = True
    ) -> None:
        """Reactions on the sample's newest message."""
        card = posts.of_sample(self.store, sample)[-1]
        for user in users:
            reaction = Reaction(
                key=f"Ev{next(self._numbers)}",
                channel=card.channel,
                ts=card.ts,
                user=user,
                emoji=emoji,
                present=present,
                at=self.clock.forward(seconds=1),
            )
            votes.react(self.store, reaction, strangers=True)

    def correct(self, sample: int, user: str, output: str) -> None:
        shown = samples.show(self.store, sample)
        proposal = Proposal(
            key=f"reply:{next(self._numbers)}",
            sample=sample,
            base=shown.revision,
            changes={"output": output},
            user=user,
            channel=self.channel,
            ts=None,
            at=self.clock.forward(seconds=1),
        )
        correct(self.store, proposal)
        self.send_all()

    def wanted(self, kind: OutboxKind) -> list[dict]:
        """The arguments of all calls of a kind that wait to be made, which are taken out."""
        found = []
        self.clock.forward(seconds=5)
        while errand := outbox.claim(self.store):
            outbox.done(self.store, errand)
            if errand.kind is kind:
                found.append(errand.args)
        return found


@pytest.fixture
def store(sqlite_url, clock) -> Iterator[Store]:
    opened = open_store(sqlite_url, clock)
    yield opened
    opened.close()


@pytest.fixture
def recipe() -> str:
    return RECIPE


@pytest.fixture
def review_with(store, clock, tmp_path) -> Callable[..., Review]:
    """Builds a dataset whose recipe has these further lines, in a folder of its own."""

    def build(*lines: str) -> Review:
        path = tmp_path / "recipes" / "care.yml"
        path.parent.mkdir(exist_ok=True)
        text = RECIPE + "".join(f"{line}\n" for line in lines)
        added = datasets.add(store, text, path)
        datasets.place(store, added.dataset.id, "C0SUPPORTEN", PEOPLE, "https://care.slack.com/")
        return Review(store, clock, datasets.get(store, "care"))

    return build


@pytest.fixture
def review(review_with) -> Review:
    return review_with()


def _rows(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


@pytest.fixture(scope="session")
def rows() -> Callable[[Path], list[dict]]:
    """The rows of a file of JSON lines."""
    return _rows


@pytest.fixture(scope="session")
def broken() -> Callable[[Path], list[str]]:
    """What is wrong with a version's folder by its own manifest; nothing, if it is whole."""

    def check(folder: Path) -> list[str]:
        hashes = json.loads((folder / "MANIFEST.json").read_text(encoding="utf-8"))["files"]
        present = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
        wrong = [
            path
            for path, digest in hashes.items()
            if hashlib.sha256((folder / path).read_bytes()).hexdigest() != digest
        ]
        return wrong + sorted(present ^ {*hashes, "MANIFEST.json"})

    return check


@pytest.fixture(scope="session")
def versions() -> Callable[[Path], list[str]]:
    """What a destination holds, by name: in `care` and beside it, but for the lock."""

    def names(destination: Path) -> list[str]:
        beside = {p.name for p in destination.glob("*")} - {"care", ".care.lock"}
        return sorted({p.name for p in (destination / "care").glob("*")} | beside)

    return names
