"""Scheduled jobs: one tick in real time; what is due follows from cron, time zone and clock.

APScheduler's own job store is not used: a due time is a row in the database, so that of several
processes one takes it, and a time that passed while all were down is made up once (rule 8).
"""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger

from bot import batches, bulks, exports, generating, naming, reconcile, rewriting
from bot.desk import Desk
from bot.slack import BROKEN, trouble
from storage import datasets, jobs, settlements
from storage.datasets import Dataset

log = logging.getLogger(__name__)

TICK_SECONDS = 1.0
READ_EVERY = timedelta(minutes=1)
"""With every event lost, votes still decide within this interval (rule 2)."""


def latest_due(cron: str, timezone: str, after: datetime, now: datetime) -> datetime | None:
    """The latest due time in (after, now], in UTC; None when none has passed.

    A time in the hour that the clocks repeat fires at its first coming only; one in the hour that
    they skip fires an hour later.
    """
    trigger = CronTrigger.from_crontab(cron, timezone=ZoneInfo(timezone))
    due = None
    # Each step begins from UTC: added to a local time, a microsecond loses which of the two hours
    # it was, and the trigger would name the second one for ever.
    last = after.astimezone(UTC)
    while following := trigger.get_next_fire_time(None, last + timedelta(microseconds=1)):
        last = following.astimezone(UTC)
        if last > now:
            break
        if not following.fold:
            due = last
    return due


class Jobs:
    """Runs what is due, each job of a dataset one at a time."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._scheduler = BackgroundScheduler(timezone="UTC")
        self._ticking = threading.Lock()
        self._collecting = threading.Lock()
        self._read_at: datetime | None = None
        self._running: dict[tuple[int, str], datetime] = {}
        self._workers = ThreadPoolExecutor(max_workers=4, thread_name_prefix="job")

    def start(self) -> None:
        """Begin to tick."""
        self._scheduler.add_job(
            self.tick,
            "interval",
            seconds=TICK_SECONDS,
            id="tick",
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )
        self._scheduler.start()

    def stop(self) -> None:
        """Stop ticking; what runs is finished."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)
        self._workers.shutdown(wait=True)

    def tick(self) -> None:
        """Begin all that is due now."""
        with self._ticking:
            self._guarded("looking for what is due", self._begin_due)
            now = self._desk.store.now()
            if self._read_at is None or now - self._read_at >= READ_EVERY:
                self._read_at = now
                self._guarded("the rosters", self._desk.rosters.refresh)
                self._guarded("reading", lambda: reconcile.run(self._desk))
                self._guarded("runs", lambda: generating.resume(self._desk))
                self._guarded("rewritings", lambda: rewriting.run(self._desk))
                self._workers.submit(self._collect_bulks)

    def _collect_bulks(self) -> None:
        """Long files may take longer than until the next time."""
        if not self._collecting.acquire(blocking=False):
            return
        desk = self._desk
        try:
            self._guarded("bulks", lambda: bulks.collect(desk.store, desk.environ))
        finally:
            self._collecting.release()
        desk.wake.set()

    def _begin_due(self) -> None:
        every = datasets.every(self._desk.store)
        if any(dataset.channel_id is None for dataset in every):
            self._guarded("the rosters", lambda: self._desk.rosters.refresh(force=False))
            every = datasets.every(self._desk.store)
        for dataset in every:
            if dataset.channel_id is not None:
                self._of_dataset(dataset)

    def _of_dataset(self, dataset: Dataset) -> None:
        desk = self._desk
        if settlements.pass_time(desk.store, dataset.id):
            desk.wake.set()
        naming.run(desk, dataset)
        schedule = dataset.recipe.schedule
        if schedule.batch:
            self._due(dataset, "batch", schedule.batch, lambda due: batches.run(desk, dataset, due))
        if schedule.export:
            self._due(
                dataset, "export", schedule.export, lambda due: exports.weekly(desk, dataset, due)
            )

    def _due(
        self, dataset: Dataset, job: str, cron: str, work: Callable[[datetime], object]
    ) -> None:
        store = self._desk.store
        if running := self._running.get((dataset.id, job)):
            jobs.renew(store, dataset.id, job, running)
            return  # what falls due meanwhile is made up after it
        after = jobs.last_due(store, dataset.id, job) or dataset.added_at
        due = latest_due(cron, dataset.recipe.schedule.timezone, after, store.now())
        if due is None or not jobs.begin(store, dataset.id, job, due):
            due = jobs.take_over(store, dataset.id, job)
        if due is not None:
            self._running[dataset.id, job] = due
            self._workers.submit(self._run, dataset, job, due, work)

    def _run(
        self, dataset: Dataset, job: str, due: datetime, work: Callable[[datetime], object]
    ) -> None:
        error = None
        try:
            work(due)
        except Exception as problem:  # one dataset's trouble must not stop the others'
            log.exception("%s of %s failed", job, dataset.name)
            error = f"{type(problem).__name__}: {problem}"
        finally:
            self._guarded("noting", lambda: jobs.end(self._desk.store, dataset.id, job, due, error))
            del self._running[dataset.id, job]
        self._desk.wake.set()

    def _guarded(self, what: str, work: Callable[[], object]) -> None:
        try:
            work()
        except BROKEN as error:
            log.warning("%s: Slack does not answer now (%s)", what, trouble(error).error)
        except Exception:  # the next tick tries again
            log.exception("%s failed", what)
