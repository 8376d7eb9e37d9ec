"""Exports as people ask for them: on the command line, in Slack, and by the clock.

Slack is needed only to read it again before; the command works without, hence the late imports.
"""

import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bot import destinations
from bot.versions import Exported, export_now, known_formats
from storage import datasets, outbox
from storage.datasets import Dataset
from storage.engine import Store
from storage.kinds import OutboxKind

if TYPE_CHECKING:
    from bot.commands import Asked
    from bot.desk import Desk
    from bot.settings import Settings

__all__ = ["Exported", "export_command", "export_now", "known_formats", "to_channel", "weekly"]


def export_command(
    settings: "Settings", store: Store, name: str, formats: Sequence[str] | None, to: str | None
) -> Exported:
    """`winnow export`: read Slack again if there is a token, else say that it was not read.

    Raises:
        UsageError: an unknown dataset, format or destination, or a token that Slack refuses.
        WinnowError: a folder could not be written.
    """
    dataset = datasets.get(store, name)
    known_formats(formats or ())
    destinations.folders(dataset, to)
    if settings.slack_bot_token:
        from bot import reconcile
        from bot.app import desk_of

        reconcile.read_dataset(desk_of(settings, store), dataset, threads=True)
    else:
        sys.stderr.write(
            "Slack was not read again, since SLACK_BOT_TOKEN is not set: "
            "votes count as they are stored.\n"
        )
    return export_now(store, dataset, formats=formats, to=to)


def weekly(desk: "Desk", dataset: Dataset, due: datetime) -> None:
    """One due time of the scheduled export: read Slack again, export, post the summary.

    When nothing changed nothing is posted, unless the recipe wants an export all the same. A
    failure is told to the curators.
    """
    from bot import reconcile, weeks

    key = f"{dataset.id}:{due.isoformat()}"
    always = dataset.recipe.schedule.export_unchanged
    try:
        reconcile.read_dataset(desk, dataset, threads=True)
        exported = export_now(desk.store, dataset, always=always)
    except Exception as error:
        said = desk.sentence(dataset.recipe.ui, error)
        outbox.warn_curators(desk.store, dataset.id, "export_failed", key=key, error=said)
        raise
    if exported.new:
        message = weeks.summary(desk, dataset, exported, due)
        outbox.send(
            desk.store,
            OutboxKind.WEEKLY,
            dataset.id,
            key=f"weekly:{key}",
            args={"text": message.text, "blocks": message.blocks},
        )
        desk.wake.set()


def to_channel(desk: "Desk", asked: "Asked", formats: Sequence[str]) -> None:
    """`/winnow export`: read Slack again, export, have the files uploaded, and tell the person."""
    from bot import reconcile

    dataset = asked.dataset
    try:
        reconcile.read_dataset(desk, dataset, threads=True)
        exported = export_now(desk.store, dataset, formats=formats)
    except Exception as error:  # the person is waiting for an answer
        said = desk.sentence(asked.language, error)
        _answer(desk, asked, "export_failed", error=said)
        return
    if exported.path is None:
        _answer(desk, asked, "nothing_to_export")
        return
    uploads = _uploads(dataset.name, exported, formats)
    if uploads:
        title = f"{dataset.name} {exported.number}"
        outbox.send(
            desk.store,
            OutboxKind.UPLOAD,
            dataset.id,
            key=f"upload:{asked.key}",
            args={"channel": asked.channel, "paths": uploads, "comment": title},
        )
    text = "exported" if exported.new else "export_unchanged"
    told = {"n": exported.records, **exported.counts()} if exported.new else {}
    _answer(desk, asked, text, version=exported.number, **told)


def _answer(desk: "Desk", asked: "Asked", text: str, **values: object) -> None:
    outbox.tell(
        desk.store,
        asked.dataset.id,
        asked.user,
        text,
        key=f"{asked.key}:done",
        channel=asked.channel,
        **values,
    )
    desk.wake.set()


def _uploads(name: str, exported: Exported, formats: Sequence[str]) -> dict[str, str]:
    """The records' files by the name they get in Slack; they are read when they are sent."""
    return {
        f"{name}_{exported.number}_{path.replace('/', '_')}": str((exported.path or Path()) / path)
        for path in exported.files
        if path.partition("/")[0] in formats
    }
