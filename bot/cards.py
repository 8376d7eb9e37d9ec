"""The message that shows one revision of a sample, and what is behind its buttons (CARDS.md)."""

import json
from collections.abc import Iterator, Sequence

from bot import labels
from bot.blocks import (
    Block,
    Message,
    actions,
    button,
    context,
    header,
    menu,
    mrkdwn,
    overflow,
    plain,
    raw,
    section,
)
from bot.excerpts import clip, excerpt, first_line
from bot.texts import Lang, say
from core import diffs
from core.recipe_parts import DEFAULT_REASONS
from core.records import Record, fields
from core.votes import DECIDED, IN_REVIEW, State, Verdict
from storage.samples import Shown

__all__ = [
    "Message",
    "ask_field",
    "body",
    "card",
    "full_text",
    "origin",
    "standing",
]

_MOST_DIFF = 1_400
"""Characters of a diff: one section even where each is an emoji, and a phone's screen or two."""
_LEAST_DIFF = 60
_MOST_FIELDS_NAMED = 8
_MOST_REASONS = 4
"""A context holds ten texts (slack_sdk.models): how it stands, two for each reason, and `…`."""
_LONGEST_RULING = 150
_LONGEST_QUESTION = 40
_DISPUTED = (State.CONTESTED, State.QUEUED)


def card(
    shown: Shown,
    *,
    lang: Lang,
    dataset: str,
    position: tuple[int, int] | None,
    lead: int,
    closed: bool = False,
    preview: bool = False,
    link: str | None = None,
    reasons: Sequence[str] = (),
) -> Message:
    """Render the message of one revision as it must look now.

    Args:
        shown: the revision that the message shows, and what the sample's votes come to.
        lang: the dataset's `ui`.
        dataset: its name.
        position: the sample's place in its batch and the batch's size.
        lead: the policy's, for how many votes are missing.
        closed: its batch has ended, so that a decided card may shrink.
        preview: it is stamped as one and has no buttons.
        link: the permalink of the current revision's message, for a card that points to it.
        reasons: the recipe's own for a ❌; none for `DEFAULT_REASONS`.
    """
    current = shown.outcome.revision
    if shown.revision != current:
        return _pointer(shown, lang, dataset, position, link)
    if closed and shown.state in DECIDED:
        return _decided(shown, lang, dataset)
    blocks = [context(plain(labels.about(shown, dataset, position, lang)))]
    if preview:
        blocks.insert(0, context(plain(say(lang, "preview", dataset=dataset))))
    blocks += body(shown, lang)
    if not preview and shown.state in {*IN_REVIEW, *DECIDED}:
        blocks += [standing(shown, lang, lead), _buttons(shown, lang, reasons)]
    return Message(_notification(shown, lang, dataset, position, preview=preview), blocks)


def _notification(
    shown: Shown, lang: Lang, dataset: str, position: tuple[int, int] | None, *, preview: bool
) -> str:
    if preview:
        return say(lang, "preview_of", dataset=dataset)
    title = labels.title(shown, dataset, position)
    if shown.state in DECIDED:
        return f"{labels.state(lang, shown.state)} · {title}"
    if shown.revision:
        return say(lang, "version_to_review", title=title, n=shown.revision + 1)
    return say(lang, "to_review", title=title)


def _pointer(
    shown: Shown, lang: Lang, dataset: str, position: tuple[int, int] | None, link: str | None
) -> Message:
    """One line: what it was, and where to go on from here.

    A revision above the current one was taken back by its author.
    """
    current = shown.outcome.revision
    withdrawn = shown.revision > current

    def line(version: str) -> str:
        if withdrawn:
            return say(lang, "version_withdrawn", n=shown.revision + 1, version=version)
        return say(lang, "see_version", version=version)

    was = [
        labels.name(shown, dataset),
        labels.place(position),
        first_line(shown.record, _LONGEST_QUESTION),
    ]
    linked = line(labels.version(lang, current, link))
    told = context(plain(" · ".join(filter(None, was))), mrkdwn(linked))
    return Message(line(labels.version(lang, current)), [told])


def _decided(shown: Shown, lang: Lang, dataset: str) -> Message:
    verdict = labels.state(lang, shown.state)
    about = [verdict, labels.name(shown, dataset)]
    if shown.revision:
        about.append(labels.version(lang, shown.revision))
    line = [plain(" · ".join(about))]
    if people := _deciders(shown):
        line.append(mrkdwn(labels.mentions(people, lang)))
    line += _ruling(shown, lang)
    (question,) = raw(first_line(shown.record))
    show = button(say(lang, "show_button"), "more", "full")
    return Message(
        f"{verdict} · {labels.title(shown, dataset, None)}",
        [context(*line), {**question, "accessory": show}],
    )


def _deciders(shown: Shown) -> list[str]:
    """Who brought about an approval or a rejection: a curator, or those who voted so."""
    if shown.outcome.settlement:
        return [shown.outcome.settlement.user]
    verdicts = {State.APPROVED: Verdict.APPROVE, State.REJECTED: Verdict.REJECT}
    given = verdicts.get(shown.state)
    return shown.outcome.ballot.who(given) if given else []


def standing(shown: Shown, lang: Lang, lead: int) -> Block:
    """The line below the text: what is missing, or what it came to, and why.

    What people or the recipe gave as reasons is shown as they wrote it.
    """
    why = [*_reasons_given(shown, lang), *_ruling(shown, lang)]
    return context(mrkdwn(_standing(shown, lang, lead)), *why)


def _standing(shown: Shown, lang: Lang, lead: int) -> str:
    if shown.state in DECIDED:
        return _decision(shown, lang)
    a, r = shown.outcome.ballot.approvals, shown.outcome.ballot.rejections
    if shown.state is State.FROZEN:
        people = labels.mentions(sorted(shown.outcome.flags), lang)
        return say(lang, "flagged_line", people=people) if people else say(lang, "held_line")
    if shown.state is State.QUEUED:
        return say(lang, "queued_line", a=a, r=r)
    up, down = lead - (a - r), lead - (r - a)
    if shown.state is State.CONTESTED and a:
        return say(lang, "split", a=a, r=r, up=up, down=down)
    if shown.state is State.CONTESTED:
        return say(lang, "doubted", r=r, up=up, down=down)
    return say(lang, "missing", n=up)


def _reasons_given(shown: Shown, lang: Lang) -> Iterator[Block]:
    """Who says ❌ and why, while that is what others have to judge."""
    if shown.state in _DISPUTED:
        for user, reason in list(shown.reasons.items())[:_MOST_REASONS]:
            yield mrkdwn(say(lang, "reason_given", who=labels.mentions([user], lang)))
            yield plain(labels.reason(lang, reason))
        if len(shown.reasons) > _MOST_REASONS:
            yield plain("…")


def _ruling(shown: Shown, lang: Lang) -> Iterator[Block]:
    """Why a curator decided so."""
    settlement = shown.outcome.settlement
    if shown.state in DECIDED and settlement and settlement.reason.strip():
        reason = clip(settlement.reason.strip(), _LONGEST_RULING)
        yield plain(say(lang, "because", reasons=reason))


def _decision(shown: Shown, lang: Lang) -> str:
    decision = labels.state(lang, shown.state)
    people = labels.mentions(_deciders(shown), lang)
    if not people:
        return decision
    if shown.outcome.settlement:
        return say(lang, "settled_by", decision=decision, people=people)
    return say(lang, "decided_by", decision=decision, people=people)


def _correction(shown: Shown, lang: Lang) -> Iterator[Block]:
    """Who changed what, and the changed words."""
    if shown.before is None or shown.author is None:
        return
    changed = _changed(shown.before, shown.record)
    named = [labels.typed(shown.record, name, lang) for name in changed[:_MOST_FIELDS_NAMED]]
    more = ["…"] if len(changed) > len(named) else []
    yield context(
        mrkdwn(
            say(
                lang,
                "corrected",
                n=shown.revision + 1,
                who=labels.author(shown.author, lang),
                fields=" ".join([*named, *more]),
            )
        )
    )
    yield from raw(difference(shown.before, shown.record, lang))


def _changed(before: Record, after: Record) -> list[str]:
    old = fields(before)
    return [name for name, text in fields(after).items() if old.get(name, "") != text]


def difference(before: Record, record: Record, lang: Lang) -> str:
    """The diffs of the changed fields, named where there are several, `_MOST_DIFF` in all."""
    old, new, changed = fields(before), fields(record), _changed(before, record)
    lines: list[str] = []
    room = _MOST_DIFF
    for name in changed:
        if room < _LEAST_DIFF:
            return "\n".join([*lines, "…"])
        label = [labels.typed(record, name, lang)] if len(changed) > 1 else []
        told = [*label, *diffs.lines(old.get(name, ""), new[name], limit=room - 20)]
        lines += told
        room -= sum(len(line) + 1 for line in told)
    return "\n".join(lines)


def body(shown: Shown, lang: Lang, *, shortened: str = "shortened") -> Iterator[Block]:
    """What a correction changed, and the text itself; `shortened` is said of an excerpt."""
    record = shown.record
    yield from _correction(shown, lang)
    kept = excerpt(record)
    for name, text in kept.head:
        yield from _field(record, name, text, lang)
    if kept.left_out:
        yield context(plain(say(lang, "left_out", n=kept.left_out)))
    for name, text in kept.tail:
        yield from _field(record, name, text, lang)
    if kept.shortened:
        yield context(plain(say(lang, shortened)))


def _field(record: Record, name: str, text: str, lang: Lang) -> list[Block]:
    return [context(plain(labels.label(record, name, lang))), *raw(text)]


def _buttons(shown: Shown, lang: Lang, reasons: Sequence[str]) -> Block:
    value = f"{shown.id}:{shown.revision}"
    behind = [(say(lang, "full_button"), "full"), (say(lang, "origin_button"), "origin")]
    wrong = [(labels.reason(lang, reason), reason) for reason in reasons or DEFAULT_REASONS]
    ask = [menu(say(lang, "reason_menu"), "reason", wrong)]
    return actions(
        [
            *(ask if shown.state in _DISPUTED else ()),
            button(say(lang, "correct_button"), "correct", value),
            button(say(lang, "skip_button"), "skip", value),
            button(say(lang, "flag_button"), "flag", value),
            overflow("more", behind),
        ]
    )


def full_text(shown: Shown, lang: Lang) -> str:
    """A whole record for a file: every field below its label, nothing left out."""
    return "\n\n".join(
        f"{labels.label(shown.record, name, lang)}\n{text}"
        for name, text in fields(shown.record).items()
        if text
    )


def origin(shown: Shown, lang: Lang) -> Message:
    """Where a sample comes from, for the person who asked; `shown.origin` has what is known.

    Its number comes first: `winnow trace` takes it.
    """
    known = {
        say(lang, "origin_teacher"): shown.origin.get("teacher"),
        say(lang, "origin_ask"): shown.origin.get("ask"),
        say(lang, "origin_prompt"): shown.origin.get("prompt"),
        say(lang, "origin_prompt_hash"): shown.origin.get("prompt_hash"),
        say(lang, "origin_parameters"): shown.origin.get("parameters"),
        say(lang, "origin_cost_usd"): shown.origin.get("cost_usd"),
        say(lang, "origin_seeds"): shown.origin.get("seeds"),
        say(lang, "origin_file"): shown.origin.get("file"),
        say(lang, "origin_variant"): shown.origin.get("variant"),
        say(lang, "origin_parent"): shown.origin.get("parent"),
        say(lang, "origin_document"): _place(shown.origin.get("document")),
    }
    lines = [f"{name}: {_written(value)}" for name, value in known.items() if value]
    title = say(lang, "origin_title")
    told = [say(lang, "sample", n=shown.id), *(lines or [say(lang, "unknown")])]
    return Message(title, [header(title), *raw("\n".join(told))[:4]])


def _place(document: object) -> str | None:
    """Where in a document an answer stands, with the sentence that it rests on."""
    if not isinstance(document, dict):
        return None
    return f"{document.get('place', '')}: “{document.get('quote', '')}”"


def _written(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)


def ask_field(shown: Shown, lang: Lang, comment_id: int, field: str, text: str) -> Message:
    """Ask the author of a reply that resembles a field what it is meant as, with the diff."""
    name = labels.typed(shown.record, field, lang)
    question = say(lang, "ask_field", field=name)
    changes = diffs.lines(fields(shown.record)[field], text, limit=_MOST_DIFF)
    choices = [
        button(say(lang, "use_as_field", field=name), "use_as_field", str(comment_id)),
        button(say(lang, "keep_comment"), "keep_comment", str(comment_id)),
    ]
    return Message(question, [section(question), *raw("\n".join(changes)), actions(choices)])
