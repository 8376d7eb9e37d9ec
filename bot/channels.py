"""What happens to a channel as a whole: people come and go, it is archived, the bot is removed."""

from typing import Any

from slack_bolt import App

from bot.desk import Desk, instant
from storage import settlements


def register(app: App, desk: Desk) -> None:
    """Bind the events of channels and of user groups."""

    @app.event("member_joined_channel")
    def on_join(body: dict[str, Any]) -> None:
        event = body["event"]
        if event["user"] == desk.user_id:
            _hold(desk, event, "bot_removed", lift=True)
        desk.rosters.refresh()

    @app.event("member_left_channel")
    def on_leave(body: dict[str, Any]) -> None:
        event = body["event"]
        if event["user"] == desk.user_id:
            _hold(desk, event, "bot_removed", lift=False)
        else:
            desk.rosters.refresh()

    @app.event("channel_archive")
    @app.event("group_archive")
    def on_archive(body: dict[str, Any]) -> None:
        _hold(desk, body["event"], "archived", lift=False)

    @app.event("channel_unarchive")
    @app.event("group_unarchive")
    def on_unarchive(body: dict[str, Any]) -> None:
        _hold(desk, body["event"], "archived", lift=True)

    @app.event("subteam_members_changed")
    def on_group(_body: dict[str, Any]) -> None:
        desk.rosters.refresh()


def _hold(desk: Desk, event: dict[str, Any], cause: str, *, lift: bool) -> None:
    at = instant(event["event_ts"]) if event.get("event_ts") else desk.store.now()
    settlements.freeze_channel(desk.store, event["channel"], cause, at, lift=lift)
    desk.wake.set()
