"""What a card keeps behind a tap: the full text, and where the sample came from."""

from typing import Any

from slack_bolt import Ack, App

from bot import cards
from bot.desk import Desk
from storage import outbox, posts, samples
from storage.kinds import OutboxKind


def register(app: App, desk: Desk) -> None:
    """Bind the card's menu."""

    @app.action("more")
    def on_more(ack: Ack, body: dict[str, Any]) -> None:
        choose(desk, body)
        ack()


def choose(desk: Desk, body: dict[str, Any]) -> None:
    """Show the origin to one person, or put the full text into the thread once."""
    channel, ts = body["container"]["channel_id"], body["container"]["message_ts"]
    post = posts.find(desk.store, channel, ts)
    if post is None or post.sample_id is None:
        return
    shown = samples.show(desk.store, post.sample_id, post.revision)
    language = desk.language(shown.dataset_id)
    if chosen(body["actions"][0]) == "origin":
        desk.show(channel, body["user"]["id"], cards.origin(shown, language))
        return
    name = f"sample-{shown.id}-v{shown.revision + 1}.txt"
    outbox.send(
        desk.store,
        OutboxKind.UPLOAD,
        shown.dataset_id,
        key=f"full:{post.key}",
        args={
            "channel": channel,
            "thread_ts": post.thread_ts or post.ts,
            "files": {name: cards.full_text(shown, language)},
        },
    )
    desk.wake.set()


def chosen(action: dict[str, Any]) -> str:
    """The value of a menu's option, or of a button."""
    return str((action.get("selected_option") or action)["value"])
