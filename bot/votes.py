"""Votes: reactions and buttons, each one store verb away from being counted."""

from collections.abc import Callable
from typing import Any

from slack_bolt import Ack, App

from bot.desk import Desk, instant
from bot.texts import say
from core.votes import Verdict
from storage import datasets, votes
from storage.kinds import Role
from storage.votes import Heard, Press, Reaction

_BUTTONS = {
    "vote_approve": Verdict.APPROVE,
    "vote_reject": Verdict.REJECT,
    "skip": Verdict.SKIP,
    "flag": Verdict.FLAG,
}


def listen(app: App, desk: Desk) -> None:
    """Bind the reactions."""

    @app.event("reaction_added")
    @app.event("reaction_removed")
    def on_reaction(body: dict[str, Any]) -> None:
        hear_reaction(desk, body)


def register(app: App, desk: Desk) -> None:
    """Bind the buttons of voting."""
    for action, verdict in _BUTTONS.items():
        app.action(action)(_button(desk, verdict))


def hear_reaction(desk: Desk, body: dict[str, Any]) -> Heard:
    """Turn a reaction event into a vote event."""
    event = body["event"]
    item = event.get("item", {})
    if item.get("type") != "message" or event.get("user") == desk.user_id:
        return Heard.IGNORED
    reaction = Reaction(
        key=body["event_id"],
        channel=item["channel"],
        ts=item["ts"],
        user=event["user"],
        emoji=event["reaction"],
        present=event["type"] == "reaction_added",
        at=instant(event["event_ts"]),
    )
    return settled(desk, lambda strangers: votes.react(desk.store, reaction, strangers=strangers))


def settled(desk: Desk, verb: Callable[[bool], Heard]) -> Heard:
    """Run a vote verb; when it meets a stranger, read the roster again first."""
    heard = verb(False)
    if heard is Heard.STRANGER:
        desk.rosters.refresh(force=False)
        heard = verb(True)
    desk.wake.set()
    return heard


def role_of(desk: Desk, dataset_id: int, user: str) -> Role | None:
    """What a person may do; someone unknown is looked up in Slack first."""
    role = datasets.people(desk.store, dataset_id).get(user)
    if role is None:
        desk.rosters.refresh(force=False)
        role = datasets.people(desk.store, dataset_id).get(user)
    return role


def refuse(desk: Desk, dataset_id: int, channel: str, user: str) -> None:
    """Tell a person who may not vote that what they do here does not count."""
    dataset = datasets.by_id(desk.store, dataset_id)
    desk.tell(channel, user, say(dataset.recipe.ui, "not_counted", dataset=dataset.name))


def click_key(body: dict[str, Any]) -> str:
    """The key of a click: person, message or view, and the action's time stamp."""
    place = body.get("container", {})
    where = place.get("view_id") or f"{place.get('channel_id')}:{place.get('message_ts')}"
    return f"click:{body['user']['id']}:{where}:{body['actions'][0]['action_ts']}"


def numbers(value: str) -> tuple[int, int]:
    """The sample and revision in a button's value."""
    sample, _, revision = value.partition(":")
    return int(sample), int(revision or 0)


def press(desk: Desk, body: dict[str, Any], verdict: Verdict, channel: str) -> tuple[Press, Heard]:
    """Store the vote of a click on a button whose value is SAMPLE:REVISION."""
    action = body["actions"][0]
    sample, revision = numbers(action["value"])
    pressed = Press(
        key=click_key(body),
        sample=sample,
        revision=revision,
        user=body["user"]["id"],
        verdict=verdict,
        channel=channel,
        at=instant(action["action_ts"]),
    )
    heard = settled(desk, lambda strangers: votes.press(desk.store, pressed, strangers=strangers))
    return pressed, heard


def _button(desk: Desk, verdict: Verdict) -> Callable[[Ack, dict[str, Any]], None]:
    def on_click(ack: Ack, body: dict[str, Any]) -> None:
        channel = body["container"].get("channel_id") or ""
        pressed, heard = press(desk, body, verdict, channel)
        ack()
        if heard is Heard.COUNTED:
            _confirm(desk, pressed)
        elif heard is Heard.NOT_COUNTED:
            refuse(desk, votes.dataset_of(desk.store, pressed.sample), channel, pressed.user)

    return on_click


def _confirm(desk: Desk, pressed: Press) -> None:
    if pressed.verdict not in {Verdict.SKIP, Verdict.FLAG} or not pressed.channel:
        return
    what = "skipped"
    if pressed.verdict is Verdict.FLAG:
        flags = votes.flags_of(desk.store, pressed.sample)
        what = "flagged" if pressed.user in flags else "unflagged"
    language = desk.language(votes.dataset_of(desk.store, pressed.sample))
    desk.tell(pressed.channel, pressed.user, say(language, what))
