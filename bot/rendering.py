"""How a message of the bot looks right now, from the store."""

from bot import cards, headers, naming, runs
from bot.cards import Message
from bot.desk import Desk
from bot.excerpts import reading_seconds
from core.votes import IN_REVIEW
from storage import batches, datasets, samples
from storage import naming as store_naming
from storage import progress as store_progress
from storage.kinds import OutboxKind
from storage.naming import Asked
from storage.posts import Posted
from storage.traces import permalink


def message(desk: Desk, post: Posted) -> Message:
    """A posted message as it should look now: a card, a header, a run, or what names somebody."""
    if post.kind is OutboxKind.HEADER:
        return header(desk, post.batch_id or 0, post.dataset_id)
    if post.kind is OutboxKind.NAME:
        return name(desk, store_naming.asked(desk.store, post.key))
    if post.kind is OutboxKind.PROGRESS:
        return progress(desk, post.run_id or 0)
    return card(desk, post.sample_id or 0, post.revision or 0)


def card(desk: Desk, sample_id: int, revision: int) -> Message:
    """The card of one revision of a sample."""
    shown = samples.show(desk.store, sample_id, revision)
    dataset = datasets.by_id(desk.store, shown.dataset_id)
    progress = batches.progress(desk.store, shown.batch_id) if shown.batch_id else None
    place = shown.place
    review = desk.store.recipe(dataset.id, shown.recipe).review
    return cards.card(
        shown,
        lang=dataset.recipe.ui,
        dataset=dataset.name,
        position=(progress.positions[sample_id], progress.size) if progress else None,
        lead=review.lead,
        closed=bool(progress and progress.closed),
        link=permalink(dataset.workspace_url, *place) if place else None,
        reasons=review.reasons,
    )


def name(desk: Desk, asked: Asked) -> Message:
    """The message that names a reviewer, in the thread of a sample."""
    shown = samples.show(desk.store, asked.sample, asked.revision)
    return naming.message(asked, shown, desk.language(shown.dataset_id))


def progress(desk: Desk, run_id: int) -> Message:
    """How far a run of generation is."""
    how_far = store_progress.of_run(desk.store, run_id)
    return runs.message(how_far, desk.store.now(), desk.language(how_far.dataset_id))


def header(desk: Desk, batch_id: int, dataset_id: int) -> Message:
    """The header of a batch."""
    dataset = datasets.by_id(desk.store, dataset_id)
    progress = batches.progress(desk.store, batch_id)
    minutes = sum(
        reading_seconds(shown.record)
        for number in progress.positions
        if (shown := samples.show(desk.store, number)).state in IN_REVIEW
    )
    links = [
        link
        for _, channel, ts in progress.short
        if (link := permalink(dataset.workspace_url, channel, ts))
    ]
    return headers.header(
        progress,
        batch=batch_id,
        lang=dataset.recipe.ui,
        minutes=-(-minutes // 60),
        links=links,
        guidelines=bool(dataset.recipe.review.guidelines),
    )
