"""`make simulate`: what steering and planning do with simulated experts; draws its picture.

The real planner, store, votes and decisions, in a SQLite file; only the teachers' texts and the
experts' taste are made up. Two teachers asked in two ways are four arms, whose samples the experts
approve at 0.2, 0.4, 0.6 and 0.8, times what they think of the category. Decisions come two
batches late. Which arm is which, and which category is liked, is drawn anew for each seed.

Asked for (issue 4): over 50 seeds of 500 samples the best arm gets over 60 % of the calls after the
start, and each category's share of what is approved is within 3 points of the recipe's.
"""

import argparse
import random
import shutil
import sys
import tempfile
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count, product
from pathlib import Path
from statistics import fmean

from bot.materials import Materials
from bot.plans import Planner
from core import planning
from core.planning import Call
from core.records import Instruction
from core.steering import START
from core.votes import Verdict
from storage import batches, datasets, reading, requests, samples, schema, votes
from storage.engine import Store, open_store
from storage.kinds import Role
from storage.planning import standing
from storage.requests import Paid, Reserved, Wanted
from storage.samples import New, Shown
from storage.votes import Press

RATES = (0.2, 0.4, 0.6, 0.8)
"""How often experts approve an arm's samples in a category that they neither like nor dislike."""
TASTES = (1.15, 1.05, 0.95, 0.75)
"""What a category does to that; they average to about 1 over the recipe's shares."""
SHARES = {"acne": 0.4, "eczema": 0.3, "hives": 0.2, "warts": 0.1}
LATE = 2
"""Batches that are posted before the first one's decisions are in."""
POINT = 10
"""Calls that a point of the picture stands for, one of which explores."""
BATCH = 10
RECIPE = f"""\
name: steering
goal: Answer worried patients.
format: instruction
language: en
channel: "#steering"
teachers: ["openai:large", "openai:small"]
ask: [seeds, meta]
seeds: seeds.jsonl
steer: auto
categories: {SHARES}
target: 100000
"""
SEED = '{"instruction": "My skin itches. What helps?", "output": "Keep it moist."}\n'
PEOPLE = {"ana": Role.REVIEWER, "ben": Role.REVIEWER}
PICTURE = Path(__file__).parents[2] / "docs" / "pictures" / "steering.png"


@dataclass(frozen=True)
class Told:
    """What one seed came to.

    Attributes:
        rates: of the arm of each call, in the order of the calls.
        started: how many calls were made by the recipe's weights alone.
        approved: records by category.
    """

    rates: Sequence[float]
    started: int
    approved: Counter[str]

    @property
    def best(self) -> float:
        """The best arm's share of the calls after the start."""
        after = self.rates[self.started :]
        return after.count(max(RATES)) / len(after)

    def share(self, category: str) -> float:
        """A category's share of what was approved."""
        return self.approved[category] / self.approved.total()


class Story:
    """A dataset that grows by the planner's calls and the experts' votes."""

    def __init__(self, store: Store, folder: Path, seed: int) -> None:
        self._store = store
        self._draw = random.Random(seed)  # noqa: S311 - a simulation
        (folder / "seeds.jsonl").write_text(SEED, "utf-8")
        added = datasets.add(store, RECIPE, folder / "recipe.yml").dataset
        datasets.place(store, added.id, "C1", PEOPLE, "https://example.slack.com/")
        self.dataset = datasets.get(store, "steering")
        recipe = self.dataset.recipe
        arms = list(product((spec.model for spec in recipe.teachers), recipe.ask))
        self._rates = dict(zip(arms, self._draw.sample(RATES, 4), strict=True))
        self._tastes = dict(zip(SHARES, self._draw.sample(TASTES, 4), strict=True))
        self._materials = Materials(store, self.dataset)
        self._decided = 0
        self._keys = count()

    def tell(self, wanted: int) -> Told:
        """Generate, post and decide until there are `wanted` samples and all are decided."""
        planner = Planner(self._store, self.dataset, self._materials)
        waiting: deque[Sequence[int]] = deque()
        rates: list[float] = []
        started = 0
        for _ in range(wanted // BATCH):
            numbers = planning.counts(BATCH, self.dataset.recipe.per_call)
            for call in planner.calls(numbers, self.dataset.recipe.teachers):
                rates.append(self._answer(call))
                started += self._decided < START
                planner.done(call)
            waiting.append(self._post())
            if len(waiting) > LATE:
                self._decide(waiting.popleft())
            planner.refresh()
        for batch in waiting:
            self._decide(batch)
        return Told(rates, started, self._approved())

    def _answer(self, call: Call) -> float:
        """Store what a teacher would have sent; returns how good the arm is."""
        wanted = Wanted(
            teacher=call.teacher.model,
            ask=call.way,
            prompt=call.way,
            prompt_hash=self._materials.wordings(call.way, call.cell.language)[0],
            parameters={"count": call.count},
            seeds=(),
            most_usd=Decimal("0.01"),
            number=call.number,
            key=str(call.number),
        )
        number = self._reserve(wanted)
        news = [self._written(call, number) for _ in range(call.count)]
        reading.settle(
            self._store, self.dataset.id, [number], lambda _: [reading.Settling(number, news)]
        )
        return self._rates[call.teacher.model, call.way]

    def _reserve(self, wanted: Wanted) -> int:
        """Set money aside for a request, and have its reply."""
        store, dataset = self._store, self.dataset
        (reserved,) = requests.reserve(store, dataset, [wanted], day_begins=store.now())
        assert isinstance(reserved, Reserved)
        requests.answer(store, [(reserved.id, Paid(cost_usd=Decimal("0.005"), reply="{}"))])
        return reserved.id

    def _written(self, call: Call, request: int) -> New:
        return New(
            Instruction(instruction=f"Question {next(self._keys)}?", output="Rest."),
            category=call.cell.category,
            language=call.cell.language,
            origin={"teacher": call.teacher.model, "ask": call.way},
            request_id=request,
        )

    def _post(self) -> Sequence[int]:
        opened = batches.open_batch(self._store, self.dataset, BATCH)
        return opened.samples if opened else ()

    def _decide(self, batch: Sequence[int]) -> None:
        """Both experts agree on each sample, which settles it."""
        for sample in batch:
            liked = self._likes(samples.show(self._store, sample))
            for user in PEOPLE:
                verdict = Verdict.APPROVE if liked else Verdict.REJECT
                key, now = f"click:{next(self._keys)}", self._store.now()
                votes.press(self._store, Press(key, sample, 0, user, verdict, "C1", now))
        self._decided += len(batch)

    def _likes(self, shown: Shown) -> bool:
        rate = self._rates[shown.origin["teacher"], shown.origin["ask"]]
        return self._draw.random() < rate * self._tastes[shown.category]

    def _approved(self) -> Counter[str]:
        found = standing(self._store, self.dataset.id).approved
        return Counter({name: sum(n for c, n in found.items() if c[0] == name) for name in SHARES})


def ticking() -> Callable[[], datetime]:
    """A clock that goes on by a second each time it is read."""
    seconds = count()
    begun = datetime(2026, 3, 2, 9, tzinfo=UTC)
    return lambda: begun + timedelta(seconds=next(seconds))


def told(seeds: Iterable[int], wanted: int) -> Iterator[Told]:
    """Tell one story for each seed, each in a database of its own."""
    with tempfile.TemporaryDirectory(prefix="winnow-steering-") as folder:
        template = Path(folder) / "template.db"
        store = open_store(f"sqlite:///{template}", ticking())
        schema.ready(store)
        store.close()
        for seed in seeds:
            place = Path(folder) / str(seed)
            place.mkdir()
            shutil.copy(template, place / "winnow.db")
            store = open_store(f"sqlite:///{place / 'winnow.db'}", ticking())
            yield Story(store, place, seed).tell(wanted)
            store.close()
            shutil.rmtree(place)


def summary(stories: Sequence[Told]) -> list[tuple[str, str, str]]:
    """The rows of the table: what was measured, what it came to, what was asked for."""
    best = [story.best for story in stories]
    rows = [
        ("best arm's share of the calls after the start", f"{fmean(best):.1%}", "over 60 %"),
        ("  lowest and highest of a seed", f"{min(best):.0%} to {max(best):.0%}", ""),
    ]
    for name, share in SHARES.items():
        found = [story.share(name) for story in stories]
        rows.append((f"{name}'s share of the approved", f"{fmean(found):.1%}", f"{share:.0%} ± 3"))
        rows.append(("  lowest and highest of a seed", f"{min(found):.1%} to {max(found):.1%}", ""))
    approved = fmean(story.approved.total() for story in stories)
    rows.append(("approved records of a seed", f"{approved:.0f}", ""))
    return rows


def picture(stories: Sequence[Told], file: Path) -> None:
    """Draw what the stories come to on average."""
    from drawing import draw

    calls = min(len(story.rates) for story in stories)
    arms = {
        rate: [
            fmean(story.rates[begun : begun + POINT].count(rate) / POINT for story in stories)
            for begun in range(0, calls - POINT + 1, POINT)
        ]
        for rate in RATES
    }
    draw(
        file,
        arms=arms,
        step=POINT,
        started=fmean(story.started for story in stories),
        shares={
            name: (fmean(story.share(name) for story in stories), share)
            for name, share in SHARES.items()
        },
    )


def main() -> None:
    """Simulate, print the table, draw the picture."""
    parser = argparse.ArgumentParser(description="Steering by simulated experts.")
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--samples", type=int, default=500)
    parser.add_argument("--picture", type=Path, default=PICTURE)
    wish = parser.parse_args()
    stories = []
    for story in told(range(wish.seeds), wish.samples):
        stories.append(story)
        print(f"\r{len(stories)} of {wish.seeds} seeds", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    for what, value, wanted in summary(stories):
        print(f"{what:48} {value:>14}  {wanted}")
    picture(stories, wish.picture)


if __name__ == "__main__":
    main()
