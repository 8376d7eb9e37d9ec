"""Not today: a person says, on a batch's header, that they do not review this day."""

from typing import Any

from slack_bolt import Ack, App

from bot.desk import Desk
from bot.texts import say
from bot.votes import click_key, refuse, role_of
from storage import away, datasets
from storage.reviewing import dataset_of


def register(app: App, desk: Desk) -> None:
    """Bind the header's button."""

    @app.action("not_today")
    def on_not_today(ack: Ack, body: dict[str, Any]) -> None:
        leave(desk, body)
        ack()


def leave(desk: Desk, body: dict[str, Any]) -> None:
    """Note that a person is away today, or back if they were; tell them what that means."""
    user, channel = body["user"]["id"], body["container"]["channel_id"]
    dataset = datasets.by_id(desk.store, dataset_of(desk.store, int(body["actions"][0]["value"])))
    if role_of(desk, dataset.id, user) is None:
        refuse(desk, dataset.id, channel, user)
        return
    today = away.today(desk.store, dataset)
    left = away.leave(desk.store, dataset.id, user, today, key=click_key(body))
    desk.tell(channel, user, say(dataset.recipe.ui, "away" if left else "back_today"))
