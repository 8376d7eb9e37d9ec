"""Corrections: by a reply in a sample's thread, or by the Correct button and its form."""

import json
from typing import Any

from slack_bolt import Ack, App, Respond

from bot import cards, drafts, home, labels, modals, reviewing
from bot.blocks import Message
from bot.desk import Desk
from bot.excerpts import clip
from bot.notices import private
from bot.texts import Lang, say
from bot.votes import numbers, refuse, role_of
from core.errors import RecordError, WinnowError
from core.records import Record
from storage import comments, corrections, datasets, posts, samples
from storage.comments import Reply
from storage.corrections import Conflict, Corrected, Proposal
from storage.kinds import OutboxKind

_LONGEST_ERROR = 1_500
"""Units of a sentence beside a modal's input; Slack names no limit."""


def register(app: App, desk: Desk) -> None:
    """Bind the Correct button and shortcut, their modal, and what a reply was meant as."""

    @app.action("correct")
    def on_correct(ack: Ack, body: dict[str, Any]) -> None:
        open_modal(desk, body)
        ack()

    @app.message_shortcut("correct")
    def on_shortcut(ack: Ack, respond: Respond, body: dict[str, Any]) -> None:
        open_from_message(desk, respond, body)
        ack()

    @app.view("correct")
    def on_submit(ack: Ack, body: dict[str, Any]) -> None:
        submit(desk, ack, body)
        desk.wake.set()

    @app.action("use_as_field")
    def on_use(ack: Ack, body: dict[str, Any]) -> None:
        use_comment(desk, body)
        ack()
        desk.wake.set()

    @app.action("keep_comment")
    def on_keep(ack: Ack) -> None:
        ack()


def ask(desk: Desk, reply: Reply, thread_ts: str) -> None:
    """Keep a reply as a comment; when it resembles a field, ask its author what was meant."""
    number = comments.comment(desk.store, reply)
    if number is None or reply.field is None:
        return
    shown = samples.show(desk.store, reply.sample)
    language = desk.language(shown.dataset_id)
    question = cards.ask_field(shown, language, number, reply.field, reply.text)
    answer(desk, reply, question, thread_ts)


def answer(desk: Desk, reply: Reply, message: Message, thread_ts: str) -> None:
    """Answer a reply's author privately, in its thread."""
    desk.show(reply.channel, reply.user, message, thread_ts)


def apply(desk: Desk, proposal: Proposal, reply: Reply, language: Lang, thread_ts: str) -> None:
    """Run a thread's correction; what is not accepted is kept, and its author told why."""
    try:
        result = propose(desk, proposal)
    except RecordError as error:
        said = [private(language, "correction_invalid", error=str(error))]
    else:
        if result.result in {"accepted", "duplicate"}:
            return
        said = refusals(language, result, samples.show(desk.store, proposal.sample).record)
    if not reply.key or comments.comment(desk.store, reply):
        for message in said:
            answer(desk, reply, message, thread_ts)


def propose(desk: Desk, proposal: Proposal) -> Corrected:
    """The store verb, with a second look at the roster for someone unknown."""
    result = corrections.correct(desk.store, proposal)
    if result.result == "stranger":
        desk.rosters.refresh(force=False)
        result = corrections.correct(desk.store, proposal, strangers=True)
    return result


def refusals(language: Lang, result: Corrected, record: Record) -> list[Message]:
    """What the author of a correction that was not accepted is told in its thread."""
    if result.result == "same":
        return [private(language, "correction_same")]
    return [
        private(language, "correction_conflict", **_conflict(language, conflict, record))
        for conflict in result.conflicts
    ]


def _conflict(language: Lang, conflict: Conflict, record: Record) -> dict[str, str]:
    field = labels.typed(record, conflict.field, language)
    return {"field": field, "theirs": conflict.theirs}


def open_modal(desk: Desk, body: dict[str, Any]) -> None:
    """Open the Edit modal from a button."""
    sample, _ = numbers(body["actions"][0]["value"])
    _open(desk, body, sample, body["container"].get("channel_id", ""))


def open_from_message(desk: Desk, respond: Respond, body: dict[str, Any]) -> None:
    """Open the Edit modal from the menu of any message; only a card has something to correct."""
    channel = body["channel"]["id"]
    post = posts.find(desk.store, channel, body["message_ts"])
    if post is None or post.kind is not OutboxKind.CARD:
        # Not an ephemeral of the bot's: it need not be a member of where the person is.
        sentence = say(desk.language_in(channel), "no_sample_here")
        respond(text=sentence, response_type="ephemeral")
        return
    _open(desk, body, post.sample_id or 0, channel)


def _open(desk: Desk, body: dict[str, Any], sample: int, channel: str) -> None:
    """Open the modal on the revision that is current now, for whoever may save it."""
    shown = samples.show(desk.store, sample)
    user, page = body["user"]["id"], home.page_of(body)
    if role_of(desk, shown.dataset_id, user) is None:
        if page is None:
            refuse(desk, shown.dataset_id, channel, user)
        else:
            home.publish(desk, user)
        return
    channel = channel or datasets.by_id(desk.store, shown.dataset_id).channel_id or ""
    form = drafts.form(desk, shown, user, channel, None if page is None else {"home": page})
    desk.client.views_open(trigger_id=body["trigger_id"], view=form)


def submit(desk: Desk, ack: Ack, body: dict[str, Any]) -> None:
    """Accept a modal's correction, or show what stands against it beside the field."""
    view = body["view"]
    meta = json.loads(view["private_metadata"])
    shown = samples.show(desk.store, meta["sample"], meta["revision"])
    language = desk.language(shown.dataset_id)
    changes = modals.changes_from(view["state"]["values"], shown.record)
    proposal = Proposal(
        key=drafts.key_of(view),
        sample=meta["sample"],
        base=meta["revision"],
        changes=changes,
        user=body["user"]["id"],
        channel=meta["channel"],
        ts=None,
        at=desk.store.now(),
    )
    first = next(iter(view["state"]["values"]))
    try:
        result = propose(desk, proposal)
    except WinnowError as error:
        blamed = next(iter(changes), first)
        sentence = say(language, "correction_invalid", error=error)
        ack(response_action="errors", errors={blamed: clip(sentence, _LONGEST_ERROR)})
        return
    name = datasets.by_id(desk.store, shown.dataset_id).name
    if errors := _errors(language, result, first, name, shown.record):
        ack(response_action="errors", errors=errors)
        return
    below = meta.get("review", {})
    if "view" in below:
        reviewing.go_on(desk, below, proposal.channel, proposal.user, result.revision)
    elif "home" in below:
        home.publish(desk, proposal.user, first=below["home"])
    ack()
    if not below and result.revision is not None:
        said = say(language, "saved_and_posted", n=result.revision + 1)
        desk.tell(proposal.channel, proposal.user, said)


def _errors(
    language: Lang, result: Corrected, first: str, name: str, record: Record
) -> dict[str, str]:
    if result.result == "not_allowed":
        return {first: say(language, "not_counted", dataset=name)}
    if result.result == "same":
        return {first: say(language, "correction_same")}
    sentences = {
        conflict.field: say(
            language, "correction_conflict", **_conflict(language, conflict, record)
        )
        for conflict in result.conflicts
    }
    return {field: clip(sentence, _LONGEST_ERROR) for field, sentence in sentences.items()}


def use_comment(desk: Desk, body: dict[str, Any]) -> None:
    """A comment's author says that it is the new text of a field."""
    reply = comments.get(desk.store, int(body["actions"][0]["value"]))
    if reply is None or reply.field is None or reply.user != body["user"]["id"]:
        return
    base = corrections.seen_by(desk.store, reply.sample, reply.channel, reply.ts)
    language = desk.language(samples.show(desk.store, reply.sample).dataset_id)
    proposal = Proposal(
        key=f"comment:{body['actions'][0]['value']}",
        sample=reply.sample,
        base=base,
        changes={reply.field: reply.text},
        user=reply.user,
        channel=reply.channel,
        ts=reply.ts,
        at=desk.store.now(),
    )
    # The comment is kept already, so its key, which is empty, must not be heard again.
    root = body["container"].get("thread_ts") or posts.of_sample(desk.store, reply.sample)[0].ts
    apply(desk, proposal, reply, language, root)
