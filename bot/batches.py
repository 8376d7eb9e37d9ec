"""The batcher: generates what a batch lacks, then posts it; stops at `max_open` and the target."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot import cards
from bot.desk import Desk
from bot.generation import Generated, Progress, generate
from bot.sending import EVENT_TYPE, Sender
from core.errors import WinnowError
from core.votes import State
from storage import batches, outbox, posts, samples
from storage.batches import Opened
from storage.datasets import Dataset
from storage.engine import Store
from storage.kinds import OutboxKind

log = logging.getLogger(__name__)
_SHOWN_BEFORE_GIVING_UP = 300.0
_POSTED = (OutboxKind.HEADER, OutboxKind.CARD, OutboxKind.SEED)


def run(desk: Desk, dataset: Dataset, due: datetime) -> Opened | None:
    """One due time of the batcher."""
    if dataset.paused:
        return None
    size = dataset.recipe.schedule.batch_size
    waiting = samples.in_review(desk.store, dataset.id)
    if waiting >= dataset.recipe.schedule.max_open:
        outbox.warn_curators(
            desk.store, dataset.id, "paused_max_open", key=due.isoformat(), n=waiting
        )
        return None
    if lacking := batches.lacking(desk.store, dataset, size):
        fill(desk, dataset, lacking, key=due.isoformat())
    opened = batches.open_batch(desk.store, dataset, size, key=f"{dataset.id}:{due.isoformat()}")
    desk.wake.set()
    return opened


def fill(
    desk: Desk,
    dataset: Dataset,
    wanted: int,
    *,
    key: str,
    report: Callable[[Progress], None] = lambda _: None,
    **more: Any,  # noqa: ANN401 - what `generate` takes
) -> Generated | None:
    """Generate; the curators are told at once what they can mend, though others go on."""
    told: dict[str, str] = {}

    def watch(progress: Progress) -> None:
        if progress.given_up != told:
            told.update(progress.given_up)
            _warn_of_teachers(desk.store, dataset, told, key)
            desk.wake.set()
        report(progress)

    try:
        made = generate(desk.store, dataset, wanted, environ=desk.environ, report=watch, **more)
    except WinnowError as error:
        if str(error) not in told.values():
            _warn_of_teachers(desk.store, dataset, {"": str(error)}, key)
        return None
    warn_of(desk.store, dataset, made, key=key)
    return made


def warn_of(store: Store, dataset: Dataset, made: Generated, *, key: str) -> None:
    """Tell the curators what they can mend, where generating stopped short for that."""
    _warn_of_teachers(store, dataset, made.given_up, key)
    if made.stopped.startswith("budget"):
        _warn_of_budget(store, dataset, made.stopped)


def _warn_of_teachers(store: Store, dataset: Dataset, errors: Mapping[str, str], key: str) -> None:
    for model, error in errors.items():
        outbox.warn_curators(store, dataset.id, "teacher_failed", key=f"{key}:{model}", error=error)


def _warn_of_budget(store: Store, dataset: Dataset, what: str) -> None:
    budget = dataset.recipe.budget
    zone = ZoneInfo(dataset.recipe.schedule.timezone)
    tomorrow = store.now().astimezone(zone).date() + timedelta(days=1)
    again = datetime.combine(tomorrow, time(), zone)
    limit = budget.per_day_usd if what == "budget_day" else budget.total_usd
    outbox.warn_curators(
        store,
        dataset.id,
        what,
        key=f"{tomorrow}" if what == "budget_day" else f"{limit}",
        amount=f"{limit:.2f}",
        at=again.isoformat(),
    )


def post_now(desk: Desk, dataset: Dataset, size: int | None) -> list[dict[str, Any]]:
    """Post a batch from the command line and wait for it; samples that lost their message first.

    Raises:
        WinnowError: nothing could be posted, and why.
    """
    again = batches.post_again(desk.store, dataset)
    opened = batches.open_batch(desk.store, dataset, size or dataset.recipe.schedule.batch_size)
    if opened is None and not again:
        raise WinnowError(_nothing(desk, dataset))
    numbers = [*again, *(opened.samples if opened else ())]
    before = {post.id for number in numbers for post in posts.of_sample(desk.store, number)}
    Sender(desk).drain(kinds=_POSTED, seconds=_SHOWN_BEFORE_GIVING_UP)
    return [
        {"sample": p.sample_id, "revision": p.revision, "channel": p.channel, "ts": p.ts}
        for number in numbers
        for p in posts.of_sample(desk.store, number)
        if p.id not in before
    ]


def _nothing(desk: Desk, dataset: Dataset) -> str:
    waiting = samples.in_review(desk.store, dataset.id)
    most = dataset.recipe.schedule.max_open
    if waiting >= most:
        return f"{waiting} samples wait for review already (schedule.max_open is {most})."
    return f"There is no candidate to post. Make some: winnow generate {dataset.name}."


def preview(desk: Desk, dataset: Dataset, size: int, channel: str) -> list[dict[str, Any]]:
    """Show candidates in a channel, stamped as a preview; they take no votes."""
    posted = []
    for shown in samples.in_state(desk.store, dataset.id, [State.CANDIDATE])[:size]:
        message = cards.card(
            shown,
            lang=dataset.recipe.ui,
            dataset=dataset.name,
            position=None,
            lead=dataset.recipe.review.lead,
            preview=True,
        )
        answer = desk.client.chat_postMessage(
            channel=channel,
            text=message.text,
            blocks=message.blocks,
            metadata={
                "event_type": EVENT_TYPE,
                "event_payload": {"key": f"preview:{shown.id}:{desk.store.now().isoformat()}"},
            },
        )
        posted.append(
            {
                "sample": shown.id,
                "revision": shown.revision,
                "channel": answer["channel"],
                "ts": answer["ts"],
            }
        )
    return posted
