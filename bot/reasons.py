"""What is wrong with a sample: the menu on its card, for those who say ❌."""

from typing import Any

from slack_bolt import Ack, App

from bot.desk import Desk, instant
from bot.files import chosen
from bot.texts import say
from bot.votes import click_key
from storage import posts, reasons
from storage.reasons import Choice, Given


def register(app: App, desk: Desk) -> None:
    """Bind the menu."""

    @app.action("reason")
    def on_reason(ack: Ack, body: dict[str, Any]) -> None:
        choose(desk, body)
        ack()


def choose(desk: Desk, body: dict[str, Any]) -> None:
    """Note a reason; the card shows it. Whoever did not say ❌ is told who may choose."""
    place, user = body["container"], body["user"]["id"]
    post = posts.find(desk.store, place["channel_id"], place["message_ts"])
    if post is None or post.sample_id is None:
        return
    action = body["actions"][0]
    choice = Choice(
        key=click_key(body),
        sample=post.sample_id,
        revision=post.revision or 0,
        user=user,
        reason=chosen(action),
        at=instant(action["action_ts"]),
    )
    given = reasons.give(desk.store, choice)
    desk.wake.set()
    if given is Given.NO_REJECTION:
        told = say(desk.language(post.dataset_id), "only_rejecting")
        desk.tell(place["channel_id"], user, told, place.get("thread_ts"))
