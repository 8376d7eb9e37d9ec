"""One more reviewer, by name, where others disagree: the message in the thread, and its buttons."""

from collections.abc import Iterator
from typing import Any

from slack_bolt import Ack, App

from bot import labels
from bot.blocks import Block, Message, actions, button, context, mrkdwn, plain, section
from bot.desk import Desk
from bot.excerpts import clip
from bot.texts import Lang, say
from bot.votes import click_key, numbers
from core.naming import Fate
from storage import naming, votes
from storage.datasets import Dataset
from storage.naming import Answer, Asked, Passing
from storage.samples import Shown

_LONGEST = 300
"""Characters of reasons: they stand in a thread, on a phone."""


def register(app: App, desk: Desk) -> None:
    """Bind the button that passes the question on; its ✅ and ❌ are those of `bot.votes`."""

    @app.action("someone_else")
    def on_someone_else(ack: Ack, body: dict[str, Any]) -> None:
        pass_on(desk, body)
        ack()


def run(desk: Desk, dataset: Dataset) -> None:
    """Name whom it is time to name."""
    if naming.name_due(desk.store, dataset.id):
        desk.wake.set()


def pass_on(desk: Desk, body: dict[str, Any]) -> None:
    """Ask someone else instead, and tell the person whom."""
    sample, revision = numbers(body["actions"][0]["value"])
    user, place = body["user"]["id"], body["container"]
    answer, other = naming.pass_on(desk.store, Passing(click_key(body), sample, revision, user))
    desk.wake.set()
    if answer is not Answer.DUPLICATE:
        language = desk.language(votes.dataset_of(desk.store, sample))
        told = _told(language, answer, other)
        desk.tell(place["channel_id"], user, told, place.get("thread_ts"))


def _told(lang: Lang, answer: Answer, other: str | None) -> str:
    who = labels.mentions([other] if other else [], lang)
    if answer is Answer.NEXT:
        return say(lang, "name_next", who=who)
    if answer is Answer.NOT_YOURS:
        return say(lang, "name_not_yours", who=who)
    return say(lang, "name_nobody" if answer is Answer.NOBODY else "name_over")


def message(asked: Asked, shown: Shown, lang: Lang) -> Message:
    """Ask the person that was named, with what the others say; one quiet line once that is over.

    Args:
        asked: who, and what became of it.
        shown: the revision that is contested.
        lang: the dataset's `ui`.
    """
    who = labels.mentions([asked.user], lang)
    if asked.fate is not Fate.WAITS:
        line = _over(lang, asked.fate, who)
        return Message(line, [context(mrkdwn(line))])
    text = say(lang, "name_request", who=who, time=labels.reading_time(shown.record, lang))
    value = f"{asked.sample}:{asked.revision}"
    choices = [
        button("✅", "vote_approve", value),
        button("❌", "vote_reject", value),
        button(say(lang, "someone_else_button"), "someone_else", value),
    ]
    return Message(text, [section(text), *_why(shown, lang), actions(choices)])


def _why(shown: Shown, lang: Lang) -> Iterator[Block]:
    """What speaks against the sample; not who says so, whom a mention would call."""
    given = dict.fromkeys(labels.reason(lang, reason) for reason in shown.reasons.values())
    if given:
        yield context(plain(clip(say(lang, "because", reasons=" · ".join(given)), _LONGEST)))


def _over(lang: Lang, fate: Fate, who: str) -> str:
    if fate is Fate.VOTED:
        return say(lang, "name_voted", who=who)
    if fate is Fate.PASSED:
        return say(lang, "name_passed", who=who)
    return say(lang, "name_not_needed", who=who)
