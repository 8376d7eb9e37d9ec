"""`winnow post`: a batch, or a preview of one, from the command line."""

from typing import Any

from bot import batches, roster, slack
from bot.app import desk_of
from bot.settings import Settings
from core.errors import UsageError
from storage import datasets
from storage.engine import Store


def post(
    settings: Settings, store: Store, name: str, size: int | None, *, preview: bool, to: str | None
) -> list[dict[str, Any]]:
    """Post up to `size` candidates (by default a batch) and say where they are.

    Args:
        settings: with the bot's token.
        store: the candidates'.
        name: the dataset's.
        size: samples; None for the recipe's `batch_size`.
        preview: show them stamped as a preview, in `to`, without taking votes.
        to: the preview's channel.

    Raises:
        UsageError: an unknown dataset or channel, a missing token, options that do not go together.
        WinnowError: there is nothing to post, or Slack does not answer now.
    """
    dataset = datasets.get(store, name)
    if preview != (to is not None):
        raise UsageError("--preview and --to CHANNEL go together.")
    desk = desk_of(settings, store)
    with slack.explained(settings, "SLACK_BOT_TOKEN"):
        directory = roster.Directory(desk.client)
        if to is not None:
            shown = size or dataset.recipe.schedule.batch_size
            return batches.preview(desk, dataset, shown, directory.channel(to))
        dataset = roster.resolve(desk.client, store, dataset, directory)
    return batches.post_now(desk, dataset, size)
