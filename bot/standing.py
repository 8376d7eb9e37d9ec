"""What `/winnow status` answers: how a dataset stands, gathered from the store."""

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

from bot import generation, statuses
from bot.cards import Message
from bot.desk import Desk
from storage import requests, samples
from storage.datasets import Dataset
from storage.home import TO_SETTLE
from storage.traces import permalink


def message(desk: Desk, dataset: Dataset, *, curator: bool) -> Message:
    """The answer; curators get the samples to settle, too."""
    awaiting = None
    if curator:
        shown = samples.in_state(desk.store, dataset.id, TO_SETTLE)
        shown.sort(key=lambda sample: (TO_SETTLE.index(sample.state), sample.id))
        url = dataset.workspace_url
        awaiting = [(s, permalink(url, *s.place) if s.place else None) for s in shown]
    return statuses.status(_standing(desk, dataset), lang=dataset.recipe.ui, awaiting=awaiting)


def _standing(desk: Desk, dataset: Dataset) -> statuses.Standing:
    budget = dataset.recipe.budget
    since = generation.day_begins(desk.store, dataset)
    return statuses.Standing(
        dataset=dataset.name,
        counts=samples.count(desk.store, dataset.id),
        target=dataset.recipe.target,
        paused=dataset.paused,
        next_batch=next_batch(desk, dataset),
        left_today=_left(budget.per_day_usd, requests.spent(desk.store, dataset.id, since)),
        left_in_all=_left(budget.total_usd, requests.spent(desk.store, dataset.id)),
    )


def _left(limit: Decimal | None, spent: Decimal) -> Decimal | None:
    return None if limit is None else max(Decimal(0), limit - spent)


def next_batch(desk: Desk, dataset: Dataset) -> datetime | None:
    """When the next batch is due; None without a schedule, and while the dataset is paused."""
    schedule = dataset.recipe.schedule
    if schedule.batch is None or dataset.paused:
        return None
    trigger = CronTrigger.from_crontab(schedule.batch, timezone=ZoneInfo(schedule.timezone))
    following: datetime | None = trigger.get_next_fire_time(None, desk.store.now())
    return following
