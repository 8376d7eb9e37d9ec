"""Every test here that takes `store` runs on SQLite and on PostgreSQL."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Engine

from core.records import Instruction
from core.votes import Verdict
from storage import batches, datasets, outbox, posts, reading, requests, samples, votes
from storage.corrections import Corrected, Proposal, correct
from storage.datasets import Dataset
from storage.engine import Store, open_store
from storage.kinds import OutboxKind, Role
from storage.outbox import Errand
from storage.reading import Settled, Settling
from storage.requests import Denied, Paid, Reserved, Wanted
from storage.samples import New
from storage.settlements import Ruling, settle
from storage.votes import Heard, Press, Reaction

RECIPE = """\
name: {name}
goal: Help people.
format: instruction
language: en
channel: "#care"
teachers: [replay:replies.jsonl]
"""
EMOJI = {
    Verdict.APPROVE: "white_check_mark",
    Verdict.REJECT: "x",
    Verdict.SKIP: "fast_forward",
    Verdict.FLAG: "triangular_flag_on_post",
}
PEOPLE = {
    "ana": Role.REVIEWER,
    "ben": Role.REVIEWER,
    "cleo": Role.REVIEWER,
    "dan": Role.REVIEWER,
    "eve": Role.REVIEWER,
    "kit": Role.CURATOR,
}


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request) -> str:
    return request.getfixturevalue(f"empty_{request.param}")


@pytest.fixture(params=["sqlite", "postgres"])
def url(request) -> str:
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture
def sqlite_url(migrated_sqlite) -> str:
    """The address of a fresh SQLite database of this version's schema, the same each time."""
    path = migrated_sqlite.with_name("used.db")
    for left in path.parent.glob("used.db*"):
        left.unlink()
    shutil.copy(migrated_sqlite, path)
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def engines() -> dict[str, Engine]:
    """By address. An engine knows the SQL that it compiled, a fifth of the time of these tests."""
    return {}


@pytest.fixture
def store(url, clock, engines) -> Iterator[Store]:
    if url not in engines:
        engines[url] = open_store(url, clock).engine
    opened = Store(engines[url], clock)
    yield opened
    opened.close()


@dataclass
class House:
    """A dataset under review, and people who vote on it; each event happens a second later."""

    store: Store
    clock: object
    dataset: Dataset
    channel: str = "C1"
    keys: count = field(default_factory=count)

    def tick(self) -> datetime:
        return self.clock.forward(seconds=1)

    def new(self, record: Instruction | None = None, **more: object) -> New:
        """A sample that is not stored yet."""
        asked = f"Question {next(self.keys)}?"
        new = New(
            record or Instruction(instruction=asked, output="Rest and water."),
            category="general",
            language="en",
            origin={"teacher": "replay:replies.jsonl"},
        )
        return replace(new, **more)

    def candidates(self, number: int, **more: object) -> list[int]:
        """Store candidates."""
        news = [self.new(**more) for _ in range(number)]
        return samples.add(self.store, self.dataset.id, news)

    def opened(self, number: int = 1) -> list[int]:
        """Post so many new samples."""
        self.candidates(number)
        batch = batches.open_batch(self.store, self.dataset, number)
        self.send_all()
        return list(batch.samples)

    def send_all(self) -> list[Errand]:
        """Perform every wanted call, as if Slack did it at once."""
        sent = []
        self.clock.forward(seconds=5)
        while errand := outbox.claim(self.store):
            sent.append(errand)
            if errand.kind in {OutboxKind.CARD, OutboxKind.HEADER, OutboxKind.NAME}:
                self.tick()
                batches.posted(self.store, errand, self.channel, self.ts(), None)
            else:
                outbox.done(self.store, errand)
        return sent

    def ts(self) -> str:
        return f"{self.clock.now.timestamp():.6f}"

    def card(self, sample: int, revision: int | None = None) -> posts.Posted:
        """The newest message that shows a revision (the newest one unless told)."""
        cards = posts.of_sample(self.store, sample)
        return [c for c in cards if revision is None or c.revision == revision][-1]

    def reaction(
        self,
        sample: int,
        user: str,
        verdict: Verdict,
        *,
        present: bool = True,
        revision: int | None = None,
        emoji: str | None = None,
    ) -> Reaction:
        card = self.card(sample, revision)
        return Reaction(
            key=f"Ev{next(self.keys)}",
            channel=card.channel,
            ts=card.ts,
            user=user,
            emoji=emoji or EMOJI[verdict],
            present=present,
            at=self.tick(),
        )

    def react(self, sample: int, user: str, verdict: Verdict, **more: object) -> Heard:
        return votes.react(self.store, self.reaction(sample, user, verdict, **more), strangers=True)

    def approve(self, sample: int, *users: str, **more: object) -> None:
        for user in users:
            self.react(sample, user, Verdict.APPROVE, **more)

    def reject(self, sample: int, *users: str, **more: object) -> None:
        for user in users:
            self.react(sample, user, Verdict.REJECT, **more)

    def press(self, sample: int, user: str, verdict: Verdict, revision: int = 0) -> Heard:
        pressed = Press(
            key=f"click:{next(self.keys)}",
            sample=sample,
            revision=revision,
            user=user,
            verdict=verdict,
            channel=self.channel,
            at=self.tick(),
        )
        return votes.press(self.store, pressed, strangers=True)

    def proposal(
        self,
        sample: int,
        user: str,
        changes: Mapping[str, str],
        *,
        base: int | None = None,
        ts: str | None = None,
    ) -> Proposal:
        at = self.tick()
        current = samples.show(self.store, sample).revision
        return Proposal(
            key=f"reply:{next(self.keys)}",
            sample=sample,
            base=current if base is None else base,
            changes=changes,
            user=user,
            channel=self.channel,
            ts=ts,
            at=at,
        )

    def correct(self, sample: int, user: str, output: str, **more: object) -> Corrected:
        """A correction of the answer, and its message in Slack."""
        proposal = self.proposal(sample, user, {"output": output}, **more)
        result = correct(self.store, proposal, strangers=True)
        self.send_all()
        return result

    def settle(self, sample: int, verdict: Verdict | None, user: str = "kit") -> None:
        ruling = Ruling(
            key=f"modal:{next(self.keys)}",
            sample=sample,
            revision=samples.show(self.store, sample).revision,
            user=user,
            verdict=verdict,
            reason="It is so.",
            channel=self.channel,
            at=self.tick(),
        )
        settle(self.store, ruling)

    def wanted(self, usd: str | None = "0.40", **more: object) -> Wanted:
        """A request that no other is like."""
        number = next(self.keys)
        usual: dict[str, object] = {
            "teacher": "anthropic:m",
            "ask": "meta",
            "prompt": "meta",
            "prompt_hash": "0" * 12,
            "parameters": {"count": 5},
            "seeds": (),
            "most_usd": None if usd is None else Decimal(usd),
            "key": f"request {number}",
            "number": number,
            "pending": {"call": {"number": number}},
        }
        return Wanted(**{**usual, **more})

    def reserve(self, *wanted: Wanted, **more: object) -> list[Reserved | Denied]:
        today = self.clock.now.replace(hour=0, minute=0)
        return requests.reserve(self.store, self.dataset, wanted, day_begins=today, **more)

    def asked(self, usd: str | None, *news: New, most: str | None = "0.40", **more: object) -> int:
        """A request that was made and cost so much; returns its number."""
        [reserved] = self.reserve(self.wanted(most, **more))
        paid = Paid(cost_usd=None if usd is None else Decimal(usd), reply="…", model="m-1")
        requests.answer(self.store, [(reserved.id, paid)])
        self.read(reserved.id, *news)
        return reserved.id

    def read(self, number: int, *news: New, **more: object) -> list[Settled]:
        """Settle an answered request, which gave these samples."""
        kept = [replace(new, request_id=number) for new in news]
        return reading.settle(
            self.store, self.dataset.id, [number], lambda _: [Settling(number, kept, **more)]
        )

    def state(self, sample: int) -> str:
        return samples.show(self.store, sample).state.value


@pytest.fixture
def recipe() -> Callable[..., str]:
    """The text of a small recipe; more lines may follow."""

    def text(*lines: str, name: str = "care") -> str:
        return RECIPE.format(name=name) + "".join(f"{line}\n" for line in lines)

    return text


@pytest.fixture
def house(store, clock, recipe, tmp_path) -> Callable[..., House]:
    """Add a dataset whose recipe has these further lines."""

    def build(*lines: str, name: str = "care", channel: str = "C1") -> House:
        path: Path = tmp_path / f"{name}.yml"
        added = datasets.add(store, recipe(*lines, name=name), path)
        datasets.place(store, added.dataset.id, channel, PEOPLE, "https://care.slack.com/")
        return House(store, clock, datasets.get(store, name), channel)

    return build
