"""Rewriting on request: someone names the bot in a sample's thread and says what should change.

A teacher writes the new text. Only the person who asked sees it, with Accept and Drop; what they
accept is their correction like any other.
"""

from datetime import timedelta
from typing import Any

from slack_bolt import Ack, App, Respond

from bot import cards, corrections, rewriters
from bot.blocks import Message, actions, button, raw, section
from bot.desk import Desk
from bot.notices import private
from bot.texts import Lang, say
from core.errors import WinnowError
from core.records import fields
from storage import comments, rewrites, samples
from storage.comments import Reply
from storage.corrections import Proposal
from storage.rewrites import Rewritten, Stage, Wish

_GIVEN_UP_AFTER = timedelta(minutes=15)
"""Longer than a teacher is waited for: the process that asked it must have died."""


def register(app: App, desk: Desk) -> None:
    """Bind Accept and Drop."""

    @app.action("accept_rewrite")
    def on_accept(ack: Ack, respond: Respond, body: dict[str, Any]) -> None:
        accept(desk, respond, body)
        ack()
        desk.wake.set()

    @app.action("drop_rewrite")
    def on_drop(ack: Ack, respond: Respond, body: dict[str, Any]) -> None:
        drop(desk, respond, body)
        ack()


def wish_in(text: str, bot: str) -> str | None:
    """What a reply wishes of the bot, or None if it does not name it."""
    mention = f"<@{bot}>"
    return " ".join(text.replace(mention, " ").split()) if mention in text else None


def hear(desk: Desk, reply: Reply, base: int, wish: str, thread_ts: str) -> None:
    """Take a wish down and have a teacher fulfil it."""
    shown = samples.show(desk.store, reply.sample, base)
    language = desk.language(shown.dataset_id)
    if not wish:
        if comments.comment(desk.store, reply):  # once, however often the thread is read
            corrections.answer(desk, reply, private(language, "rewrite_what"), thread_ts)
        return
    wished = Wish(
        key=reply.key,
        sample=reply.sample,
        revision=base,
        user=reply.user,
        text=wish,
        channel=reply.channel,
        ts=reply.ts,
        thread_ts=thread_ts,
        at=reply.at,
    )
    number = rewrites.wish(desk.store, wished)
    if number == "stranger":
        desk.rosters.refresh(force=False)
        number = rewrites.wish(desk.store, wished, strangers=True)
    if isinstance(number, str):
        return
    corrections.answer(desk, reply, private(language, "rewriting"), thread_ts)
    desk.later(lambda: fulfil(desk, number))


def fulfil(desk: Desk, number: int) -> None:
    """Ask a teacher and have the result shown; what goes wrong is told to who asked."""
    wished = rewrites.get(desk.store, number)
    if wished is None:
        return
    language = desk.language(samples.show(desk.store, wished.sample).dataset_id)
    try:
        made = rewriters.rewrite(desk, wished)
    except Exception as error:  # the person who waits must hear of it
        rewrites.failed(desk.store, number, desk.sentence(language, error))
    else:
        rewrites.written(desk.store, number, made.record, made.request)


def run(desk: Desk) -> None:
    """Tell people of wishes whose process died."""
    before = desk.store.now() - _GIVEN_UP_AFTER
    if rewrites.lapse(desk.store, before):
        desk.wake.set()


def message(desk: Desk, wished: Rewritten) -> Message | None:
    """What the person who asked is shown: the difference, with Accept and Drop."""
    if wished.record is None:
        return None
    shown = samples.show(desk.store, wished.sample, wished.revision)
    language = desk.language(shown.dataset_id)
    value = str(wished.id)
    choices = [
        button(say(language, "accept_button"), "accept_rewrite", value),
        button(say(language, "drop_button"), "drop_rewrite", value),
    ]
    question = say(language, "rewritten")
    return Message(
        question,
        [
            section(question),
            *raw(cards.difference(shown.record, wished.record, language)),
            actions(choices),
        ],
    )


def accept(desk: Desk, respond: Respond, body: dict[str, Any]) -> None:
    """Make the rewriting its wisher's correction, unless someone changed the same text."""
    wished = _mine(desk, body)
    if wished is None or wished.record is None:
        return
    shown = samples.show(desk.store, wished.sample, wished.revision)
    language = desk.language(shown.dataset_id)
    old, new = fields(shown.record), fields(wished.record)
    proposal = Proposal(
        key=f"rewrite:{wished.id}",
        sample=wished.sample,
        base=wished.revision,
        changes={name: text for name, text in new.items() if text != old.get(name)},
        user=wished.user,
        channel=wished.channel,
        ts=None,
        at=desk.store.now(),
    )
    try:
        result = corrections.propose(desk, proposal)
    except WinnowError as error:
        _replace(respond, private(language, "correction_invalid", error=str(error)))
        return
    if result.result in {"accepted", "duplicate"}:
        rewrites.close(desk.store, wished.id, Stage.ACCEPTED)
        number = result.revision or samples.show(desk.store, wished.sample).revision
        _replace(respond, Message(say(language, "saved_and_posted", n=number + 1), []))
        return
    now = samples.show(desk.store, wished.sample).record
    for said in corrections.refusals(language, result, now):
        _replace(respond, said)


def drop(desk: Desk, respond: Respond, body: dict[str, Any]) -> None:
    """Leave the text as it is."""
    wished = _mine(desk, body)
    if wished is not None:
        rewrites.close(desk.store, wished.id, Stage.DROPPED)
        language = _language(desk, wished)
        _replace(respond, Message(say(language, "rewrite_dropped"), []))


def _mine(desk: Desk, body: dict[str, Any]) -> Rewritten | None:
    """The rewriting whose button was pressed, by the one person who sees it, while it is open."""
    wished = rewrites.get(desk.store, int(body["actions"][0]["value"]))
    if wished is None or wished.user != body["user"]["id"] or wished.stage is not Stage.SHOWN:
        return None
    return wished


def _language(desk: Desk, wished: Rewritten) -> Lang:
    return desk.language(samples.show(desk.store, wished.sample).dataset_id)


def _replace(respond: Respond, said: Message) -> None:
    respond(text=said.text, blocks=said.blocks or None, replace_original=True)
