"""The command `/winnow`: each of its verbs, and what the person who types it gets to see."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from slack_bolt import Ack, App

from bot import exports, generating, reviewing, standing, statistics
from bot.blocks import Message, actions, button, header, raw
from bot.desk import Desk
from bot.excerpts import MOST_TEXT, clip
from bot.markup import escape, unescape
from bot.texts import Lang, say
from bot.votes import role_of
from core.errors import WinnowError
from storage import datasets, posts
from storage.datasets import Dataset
from storage.kinds import Role
from storage.reviewing import waiting_for

_LANGUAGE_WITHOUT_DATASET: Lang = "en"
_LONGEST_NAME = 80
_MOST_BUTTONS = 25
_LONGEST_VALUE = 2_000
"""Slack's limits of an actions block and of a button's value (slack_sdk.models)."""


@dataclass(frozen=True)
class Asked:
    """A command as a person typed it."""

    key: str
    user: str
    channel: str
    trigger: str
    dataset: Dataset
    role: Role | None
    words: tuple[str, ...]

    @property
    def language(self) -> Lang:
        """The language of the answer."""
        return self.dataset.recipe.ui


Answer = str | Message | None


def register(app: App, desk: Desk) -> None:
    """Bind the command, the choice among datasets and the guidelines."""

    @app.command("/winnow")
    def on_command(ack: Ack, body: dict[str, Any]) -> None:
        _reply(ack, answer(desk, body))
        desk.wake.set()

    @app.action(re.compile(r"^choose_dataset"))
    def on_choice(ack: Ack, body: dict[str, Any]) -> None:
        chosen(desk, body)
        ack()
        desk.wake.set()

    @app.action("guidelines")
    def on_guidelines(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        show_guidelines(desk, body)


def _reply(ack: Ack, said: Answer) -> None:
    if said is None:
        ack()
    elif isinstance(said, str):
        ack(text=said, response_type="ephemeral")
    else:
        ack(text=said.text, blocks=said.blocks, response_type="ephemeral")


def chosen(desk: Desk, body: dict[str, Any]) -> None:
    """The person said which dataset was meant."""
    channel, user = body["container"]["channel_id"], body["user"]["id"]
    command = {
        "text": escape(body["actions"][0]["value"]),
        "user_id": user,
        "channel_id": channel,
        "trigger_id": body["trigger_id"],
    }
    said = answer(desk, command)
    if said is not None:
        desk.show(channel, user, Message(said, []) if isinstance(said, str) else said)


def show_guidelines(desk: Desk, body: dict[str, Any]) -> None:
    """Show one person what the recipe says about reviewing; the button is on a batch's header."""
    channel = body["container"]["channel_id"]
    post = posts.find(desk.store, channel, body["container"]["message_ts"])
    if post is None:
        return
    recipe = datasets.by_id(desk.store, post.dataset_id).recipe
    title = say(recipe.ui, "guidelines")
    text = clip(recipe.review.guidelines or "", MOST_TEXT)
    desk.show(channel, body["user"]["id"], Message(title, [header(title), *raw(text)]))


def answer(desk: Desk, body: dict[str, Any]) -> Answer:
    """What the person who typed the command gets to see."""
    words = unescape(body.get("text", "")).split()
    every = datasets.every(desk.store)
    named = next((d for d in every if words and d.name == words[0]), None)
    here = [d for d in every if d.channel_id == body["channel_id"]]
    if named is not None:
        words = words[1:]
    elif not here:
        return say(_LANGUAGE_WITHOUT_DATASET, "no_dataset_here")
    dataset = named or here[0]
    if words and words[0].lower() not in _VERBS:
        names = [] if named else [one.name for one in here]
        return _unknown(dataset.recipe.ui, words[0], [*_VERBS, *names])
    if named is None and len(here) > 1 and words[:1] not in ([], ["help"]):
        return _which(here, " ".join(words))
    asked = Asked(
        key=f"command:{body['trigger_id']}",
        user=body["user_id"],
        channel=body["channel_id"],
        trigger=body["trigger_id"],
        dataset=dataset,
        role=role_of(desk, dataset.id, body["user_id"]),
        words=tuple(words[1:]),
    )
    verb = _VERBS[words[0].lower() if words else "help"]
    try:
        return verb(desk, asked)
    except WinnowError as error:
        return escape(desk.sentence(asked.language, error))


def _unknown(lang: Lang, name: str, known: Sequence[str]) -> str:
    """What was typed is neither a command nor a dataset: say so, then how it is done."""
    shown = escape(clip(name, _LONGEST_NAME))
    said = say(lang, "no_such_name", name=shown)
    for near in get_close_matches(name.lower(), known, n=1):
        said = say(lang, "no_such_name_but", name=shown, near=near)
    return f"{said}\n{say(lang, 'help')}"


def _which(here: list[Dataset], text: str) -> Message:
    lang = here[0].recipe.ui
    buttons = [
        button(dataset.name, f"choose_dataset_{number}", f"{dataset.name} {text}"[:_LONGEST_VALUE])
        for number, dataset in enumerate(here)
    ]
    question = say(lang, "which_dataset")
    return Message(question, [*raw(question), actions(buttons[:_MOST_BUTTONS])])


def _help(_desk: Desk, asked: Asked) -> str:
    return say(asked.language, "help")


def _next(desk: Desk, asked: Asked) -> Answer:
    if asked.role is None:
        raise WinnowError(say(asked.language, "only_reviewers", dataset=asked.dataset.name))
    if not waiting_for(desk.store, asked.dataset.id, asked.user):
        return say(asked.language, "nothing_waits", dataset=asked.dataset.name)
    reviewing.open_modal(desk, asked.dataset.id, asked.user, asked.trigger)
    return None


def _status(desk: Desk, asked: Asked) -> Answer:
    return standing.message(desk, asked.dataset, curator=asked.role is Role.CURATOR)


def _stats(desk: Desk, asked: Asked) -> Answer:
    return statistics.message(desk.store, asked.dataset, curator=asked.role is Role.CURATOR)


def _pause(desk: Desk, asked: Asked) -> Answer:
    _curators_only(asked)
    datasets.pause(desk.store, asked.dataset.id, True)
    return say(asked.language, "paused")


def _resume(desk: Desk, asked: Asked) -> Answer:
    _curators_only(asked)
    datasets.pause(desk.store, asked.dataset.id, False)
    return say(asked.language, "resumed")


def _curators_only(asked: Asked) -> None:
    if asked.role is not Role.CURATOR:
        raise WinnowError(say(asked.language, "only_curators", dataset=asked.dataset.name))


def _export(desk: Desk, asked: Asked) -> Answer:
    _curators_only(asked)
    formats = asked.words or asked.dataset.recipe.export.formats
    exports.known_formats(formats)
    desk.later(lambda: exports.to_channel(desk, asked, formats))
    return say(asked.language, "exporting")


_VERBS: dict[str, Callable[[Desk, Asked], Answer]] = {
    "generate": generating.command,
    "next": _next,
    "status": _status,
    "stats": _stats,
    "export": _export,
    "pause": _pause,
    "resume": _resume,
    "help": _help,
}
