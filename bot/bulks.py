"""Generating through a provider's batch API: half the price, within a day, whoever is there then.

A run of bulks goes on by turns: look at what is under way, read what came back, hand in what is
owed then: what was not answered, corrections, further steps, and further calls as long as it lacks
candidates. The command line takes turns while it waits; the bot takes them for runs that nobody
waits for. A run belongs to one process at a time.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from typing import Any, cast

from bot import batches, teachers
from bot.budgets import exhausted
from bot.bulk_turns import Turns
from bot.generation import check_category
from bot.materials import Materials
from bot.pending import Pending, begin
from bot.plans import Planner
from bot.prompting import Prompting
from bot.reading import Answer, read_reply
from bot.sifting import Sieve
from bot.tallies import Generated, Progress, Tally
from core import planning
from core.errors import TeacherError, UsageError, WinnowError
from core.teachers.base import Stop
from core.teachers.bulks import SHARE, Bulks
from core.teachers.hosted import HostedTeacher
from core.votes import State
from storage import bulks, datasets, outbox, requests, runs, samples
from storage.bulks import Answered
from storage.datasets import Dataset
from storage.engine import Store
from storage.runs import RunState

log = logging.getLogger(__name__)

SHARE_OF_PRICE = SHARE
MOST_RECORDS = 3
"""A run stops after asking for this many records for each candidate wanted (SURFACE.md)."""
_PAUSE = 0.5
_LONGEST_PAUSE = 30.0
"""Seconds between two looks of the command line: a small bulk takes seconds, others hours."""
_BEAT = 30.0
"""Seconds between two renewals of a run's hold; a long file may take minutes to send."""
_AT_ONCE = 50
"""Replies read in one transaction."""


def generate(
    store: Store,
    dataset: Dataset,
    wanted: int,
    *,
    environ: Mapping[str, str],
    category: str | None = None,
    about: str = "",
    way: str | None = None,
    report: Callable[[Progress], None] = lambda _: None,
    stop: threading.Event | None = None,
    pause: float = _PAUSE,
) -> Generated:
    """Generate through batch APIs, and wait for it; or for what the same command began before.

    Once `stop` is set the providers go on alone, and the bot, or the same command, collects.

    Args:
        store: where requests and samples are kept.
        dataset: whose recipe is followed.
        wanted: candidates.
        environ: the teachers' keys and addresses.
        category: ask for this one alone.
        about: what a person wished, in the prompt as data.
        way: ask in this way alone.
        report: called after each turn.
        stop: ends the waiting.
        pause: seconds between the first two turns; each later one is twice as long.

    Raises:
        UsageError: as `bot.generation.generate`; no teacher has a batch API.
        WinnowError: another process waits for the same already.
    """
    wish = {"wanted": wanted, "category": category, "about": about, "way": way, runs.BULK: True}
    stop = stop or threading.Event()
    check_category(dataset, category)
    with _opened(dataset, environ) as apis:
        run = _began(store, dataset, wish)
        work = Work(store, dataset, run, apis)
        with _held(store, run.id):
            while not work.turn():
                report(work.progress())
                if work.stuck or stop.wait(pause):
                    work.leave()
                    break
                pause = min(2 * pause, _LONGEST_PAUSE)
        report(work.progress())
        return work.result()


def collect(store: Store, environ: Mapping[str, str]) -> None:
    """Take a turn for each run of bulks that no other process works on."""
    for dataset in datasets.every(store):
        for run in runs.working(store, dataset.id):
            if run.wish.get(runs.BULK) and runs.take(store, run.id):
                _collect(store, dataset, run, environ)


def _collect(store: Store, dataset: Dataset, run: RunState, environ: Mapping[str, str]) -> None:
    key = f"bulk:{run.id}"
    try:
        with _held(store, run.id), _opened(dataset, environ) as apis:
            work = Work(store, dataset, run, apis)
            if not work.turn() and work.stuck:
                work.leave()
            made = work.result()
    except WinnowError as error:
        outbox.warn_curators(store, dataset.id, "teacher_failed", key=key, error=str(error))
        return
    batches.warn_of(store, dataset, made, key=key)


@contextmanager
def _opened(dataset: Dataset, environ: Mapping[str, str]) -> Iterator[dict[str, Bulks]]:
    """The batch APIs of the recipe's teachers, by the recipe's `model`.

    Raises:
        UsageError: none has one, or as `teachers.opened`.
    """
    with ExitStack() as stack:
        apis = {
            model: stack.enter_context(closing(teacher.bulks()))
            for model, teacher in teachers.opened(dataset, environ).items()
            if isinstance(teacher, HostedTeacher)
        }
        if not apis:
            raise UsageError(
                f"No teacher of {dataset.name} has a batch API.",
                "Leave --batch out, or name a teacher of Anthropic's or OpenAI's.",
            )
        yield apis


def _began(store: Store, dataset: Dataset, wish: dict[str, Any]) -> RunState:
    """The run of the same wish that is under way, or a new one; held by this process."""
    for run in runs.working(store, dataset.id):
        if run.wish == wish:
            if runs.take(store, run.id):
                return run
            raise WinnowError(
                f"Another process waits for the same bulks of {dataset.name}.",
                "Wait for it; or wish for another number.",
            )
    more = {name: wish[name] for name in ("way", "about", "category")}
    Materials(store, dataset, **more)  # refuses what cannot be asked before anything is begun
    number = runs.start(store, dataset.id, wish)
    return runs.get(store, number or 0)


@contextmanager
def _held(store: Store, run_id: int) -> Iterator[None]:
    """Renew the hold on a run meanwhile, and let it go at the end."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(_BEAT):
            runs.renew(store, run_id, bulks.brought(store, run_id)[0])

    beating = threading.Thread(target=beat, name="winnow-bulk", daemon=True)
    beating.start()
    try:
        yield
    finally:
        over.set()
        beating.join()
        runs.release(store, run_id)


class Work:
    """One run of bulks, in the hands of one process."""

    def __init__(
        self, store: Store, dataset: Dataset, run: RunState, apis: Mapping[str, Bulks]
    ) -> None:
        self._store = store
        self._dataset = dataset
        self._run = run
        self._apis = apis
        self._wording = Prompting(dataset.recipe, dataset.folder, way=run.wish["way"]).wording
        self._tally = Tally(run.wish["wanted"])
        self._turns = Turns(store, dataset, run.id, apis, self._tally)
        self._sieve = Sieve(dataset.recipe)
        self._sieve.know(samples.repeatable(store, dataset.id))

    def turn(self) -> bool:
        """Take a turn; whether the run has ended with it."""
        cancelled = runs.cancelled(self._store, self._run.id)
        self._turns.look(cancelled=cancelled)
        while self._read():
            pass
        if cancelled:
            self._tally.stop("interrupted", "It was cancelled.")
            self._turns.cancel()
        else:
            self._plan()
            self._turns.hand_in()
        if self._turns.under_way():
            return False
        self._end()
        return True

    @property
    def stuck(self) -> bool:
        """Whether no provider that has anything of it still answers to our key."""
        refused = self._turns.refused
        return bool(refused) and all(one.teacher in refused for one in self._turns.under_way())

    def leave(self) -> None:
        """Nobody waits any longer."""
        if self.stuck:
            self._tally.stop("teacher", _told(self._turns.refused))
        self._tally.stop(
            "interrupted",
            f"{self._turns.waiting} requests are with their providers, which go on. The bot"
            " collects what comes of them, or the same command.",
        )

    def progress(self) -> Progress:
        """How far it is, as far as this process saw."""
        told = self._tally.progress(self._failures())
        return replace(told, waiting=self._turns.waiting, waiting_done=self._turns.done)

    def result(self) -> Generated:
        """What this process saw of it.

        Raises:
            TeacherError: no teacher took a single request.
        """
        refused = self._turns.refused
        if refused and not self._tally.replies and self._tally.stopped == "teacher":
            raise next(iter(refused.values()))
        self._tally.given_up = {model: str(error) for model, error in refused.items()}
        return self._tally.result(self._failures(), ())

    def _failures(self) -> Iterable[str]:
        refused = map(str, self._turns.refused.values())
        return dict.fromkeys([*refused, *self._turns.troubles])

    def _read(self) -> bool:
        """Read some of the stored replies; whether there were any."""
        rows = bulks.answered(self._store, self._run.id, _AT_ONCE)
        readings = [read_reply(self._answer(row), self._wording) for row in rows]
        for settled in self._sieve.settle(self._store, self._dataset.id, self._run.id, readings):
            self._tally.read(*settled)
        return bool(rows)

    def _answer(self, row: Answered) -> Answer:
        pending = Pending.from_json(row.pending, self._dataset.recipe)
        stop = cast("Stop | None", row.stop)
        return Answer(row.id, pending, row.reply, stop, row.model or "", row.cost_usd)

    def _plan(self) -> None:
        """Owe further calls, once nothing else is left to do and candidates still lack."""
        if self._turns.under_way() or bulks.owed(self._store, self._run.id):
            return
        wanted, per_call = self._run.wish["wanted"], self._dataset.recipe.per_call
        brought, calls = bulks.brought(self._store, self._run.id)
        room = MOST_RECORDS * wanted - calls * per_call
        if brought < wanted and self._target_reached():
            return
        if brought < wanted and room <= 0:
            self._tally.stop("records", _too_few(wanted, brought, calls))
        elif brought < wanted:
            self._owe(planning.counts(min(wanted - brought, room), per_call))

    def _owe(self, numbers: Sequence[int]) -> None:
        wish, recipe = self._run.wish, self._dataset.recipe
        more = {name: wish[name] for name in ("way", "about", "category")}
        try:
            materials = Materials(self._store, self._dataset, **more)
        except UsageError as error:
            self._tally.stop("material", str(error))
            return
        planner = Planner(self._store, self._dataset, materials, wish["category"])
        able = [one for one in recipe.teachers if one.model in self._apis]
        able = [one for one in able if one.model not in self._turns.refused]
        calls = planner.calls(numbers, able) if able else []
        if able and not calls:
            self._tally.stop("material", "No way of asking has material left.")
        wanted = [begin(materials, call).wanted() for call in calls]
        requests.owe(self._store, self._dataset.id, wanted, self._run.id)

    def _target_reached(self) -> bool:
        target = self._dataset.recipe.target
        reached = samples.count(self._store, self._dataset.id)[State.APPROVED] >= target
        if reached:
            self._tally.stop("target", f"The target of {target} approved records is reached.")
        return reached

    def _end(self) -> None:
        most = self._turns.short
        if most is not None:
            self._tally.stop(*exhausted(self._store, self._dataset, most))
        elif self._turns.refused:
            self._tally.stop("teacher", _told(self._turns.refused))
        brought, _ = bulks.brought(self._store, self._run.id)
        runs.end(self._store, self._run.id, self._tally.stopped, brought)


def _told(refused: Mapping[str, TeacherError]) -> str:
    return " ".join(map(str, refused.values()))


def _too_few(wanted: int, brought: int, calls: int) -> str:
    return f"{calls} calls brought {brought} records that passed the checks; {wanted} were wanted."
