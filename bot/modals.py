"""Modal views: correcting a sample, settling it, confirming a cost; and what came back.

An input's block_id and action_id are the field's name. A text over `SECTION` characters, the most
that an input takes, is cut into parts: `output`, `output-2`, `output-3`. White space at a cut
stays out of the inputs, since clients may trim it, and is put back between them.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from bot import cards, labels, statuses
from bot.blocks import SECTION, Block, button, context, plain, raw, section
from bot.excerpts import clip, pieces, units
from bot.texts import Lang, say
from core.records import Conversation, Record, fields
from core.votes import Verdict
from storage.samples import Shown

_PART = 2_500
"""Units of text in one of several inputs: room to write before Slack's 3,000 are full."""
_MOST_BLOCKS = 96
_MOST_BYTES = 200_000
"""Slack refuses views of more than 100 blocks or 250 kB (facts/slack.md §3.2); some stay free."""
_MOST_LOST = 15_000
"""Units of unsaved text above the inputs, which still find room below it."""
_MAY_BE_EMPTY = {"input", "system"}
_LONGEST_ABOUT = 1_000

View = dict[str, Any]


@dataclass(frozen=True)
class _Part:
    """A stretch of a text in an input of its own; `gap` is the white space before it."""

    block_id: str
    gap: str
    text: str


def _parts(name: str, text: str) -> list[_Part]:
    cut = pieces(text, _PART) if units(text) > SECTION else [text]
    last = len(cut) - 1
    parts: list[_Part] = []
    gap = ""
    for index, piece in enumerate(cut):
        begun = piece.lstrip() if index else piece
        body = begun.rstrip() if index < last else begun
        if not body and 0 < index < last:
            gap += piece
            continue
        if not body:  # outer white space is the text's own
            begun = body = piece
        block_id = f"{name}-{len(parts) + 1}" if parts else name
        parts.append(_Part(block_id, gap + piece[: len(piece) - len(begun)], body))
        gap = begun[len(body) :]
    return parts


@dataclass(frozen=True)
class Unsaved:
    """What a person typed into the form before and did not save.

    `texts` belong into the inputs, by block_id; `lost` are whole texts, by field, of fields that
    someone else has changed since.
    """

    texts: Mapping[str, str] = field(default_factory=dict)
    lost: Mapping[str, str] = field(default_factory=dict)


_NOTHING_UNSAVED = Unsaved()


def correct_view(
    shown: Shown,
    *,
    lang: Lang,
    channel: str,
    ts: str | None = None,
    unsaved: Unsaved = _NOTHING_UNSAVED,
    review: Mapping[str, object] | None = None,
    afresh: bool = False,
) -> View:
    """The modal in which a person corrects a revision: the last answer first.

    `private_metadata` is JSON: {sample, revision, channel, ts?, review?}. Fields that a view cannot
    hold are left out as a whole, with a line that says how to correct them.

    Args:
        shown: the revision.
        lang: the dataset's `ui`.
        channel: where to answer the person.
        ts: the message that they came from.
        unsaved: what they typed before.
        review: the modal below this one, for `bot.reviewing.go_on`; or {home}, the page of the
            Home that it was opened from.
        afresh: the view takes the place of one with the same inputs. Slack would keep what was
            typed there, unless an input's action_id differs.
    """
    inputs: list[Block] = []
    left_out: list[str] = []
    above = list(_above(shown, unsaved, lang))
    room = _MOST_BYTES - len(json.dumps(above))
    for name in _by_urgency(shown.record):
        more = list(_inputs(shown.record, name, lang, unsaved.texts, afresh=afresh))
        size = len(json.dumps(more))
        if len(above) + len(inputs) + len(more) > _MOST_BLOCKS or size > room:
            left_out.append(name)
            continue
        inputs += more
        room -= size
    blocks = [*above, *inputs, *_left_out(shown.record, left_out, lang)]
    place: dict[str, object] = {"sample": shown.id, "revision": shown.revision, "channel": channel}
    if ts is not None:
        place["ts"] = ts
    if review is not None:
        place["review"] = review
    submit = say(lang, "save") if inputs else None
    return modal("correct", say(lang, "correct_title"), submit, blocks, place, lang)


def _above(shown: Shown, unsaved: Unsaved, lang: Lang) -> Iterator[Block]:
    """What saving means, and what was typed before: back in the inputs, or to be read here."""
    yield context(plain(say(lang, "correct_intro", n=shown.revision + 2)))
    if unsaved.texts or unsaved.lost:
        anew = button(say(lang, "start_over_button"), "start_over", f"{shown.id}:{shown.revision}")
        yield section(say(lang, "draft_back"), accessory=anew)
    if unsaved.lost:
        yield context(plain(say(lang, "draft_lost")))
        texts = [
            f"{labels.typed(shown.record, name, lang)}\n{text}"
            for name, text in unsaved.lost.items()
        ]
        yield from raw(clip("\n\n".join(texts), _MOST_LOST))


def _by_urgency(record: Record) -> list[str]:
    """Fields in the order in which people correct them."""
    names = list(fields(record))
    if isinstance(record, Conversation):
        turns = names[1:]
        return [turns[-1], *turns[:-1], "system"]
    history = [name for name in names if name.startswith("history-")]
    return ["output", "instruction", "input", *history, "system"]


def _inputs(
    record: Record, name: str, lang: Lang, unsaved: Mapping[str, str], *, afresh: bool
) -> Iterator[Block]:
    parts = _parts(name, fields(record)[name])
    for number, part in enumerate(parts, 1):
        label = labels.label(record, name, lang)
        text = unsaved.get(part.block_id, part.text)
        element: Block = {
            "type": "plain_text_input",
            "action_id": f"{part.block_id}-afresh" if afresh else part.block_id,
            "multiline": True,
            "dispatch_action_config": {"trigger_actions_on": ["on_character_entered"]},
            **({"initial_value": text} if text else {}),
        }
        yield {
            "type": "input",
            "block_id": part.block_id,
            "label": plain(f"{label} ({number}/{len(parts)})" if len(parts) > 1 else label),
            "element": element,
            "optional": name in _MAY_BE_EMPTY or len(parts) > 1,
            "dispatch_action": True,
        }


def _left_out(record: Record, names: list[str], lang: Lang) -> Iterator[Block]:
    if names:
        example = labels.typed(record, names[0], lang)
        yield context(plain(say(lang, "correct_left_out", n=len(names), example=example)))


def changes_from(values: Mapping[str, Mapping[str, Any]], record: Record) -> dict[str, str]:
    """The fields that a person changed in `correct_view`, with their new texts.

    Args:
        values: the submitted `view.state.values`.
        record: what the view was made from.
    """
    return whole(typed_from(values, record), record)


def typed_from(values: Mapping[str, Mapping[str, Any]], record: Record) -> dict[str, str]:
    """The inputs whose text is not the record's, by block_id.

    One that differs in line ends and outer white space alone counts as unchanged: Slack's clients
    may alter those by themselves.
    """
    typed = {}
    for name, text in fields(record).items():
        for part in _parts(name, text):
            for given in values.get(part.block_id, {}).values():
                value = given.get("value") or ""
                if _seen(part.text) != _seen(value):
                    typed[part.block_id] = value
    return typed


def whole(typed: Mapping[str, str], record: Record) -> dict[str, str]:
    """The fields that typed inputs change, each with its whole new text."""
    changed = {}
    for name in fields(record):
        if not typed.keys().isdisjoint(inputs_of(record, name)):
            changed[name] = _joined(_parts(name, fields(record)[name]), typed)
    return changed


def inputs_of(record: Record, name: str) -> list[str]:
    """The block_ids of a field's inputs."""
    return [part.block_id for part in _parts(name, fields(record)[name])]


def _seen(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def _joined(parts: list[_Part], typed: Mapping[str, str]) -> str:
    joined = ""
    for part in parts:
        text = typed.get(part.block_id, part.text)
        if text:
            joined += f"{part.gap if joined else ''}{text}"
    return joined


def settle_view(
    shown: Shown,
    *,
    lang: Lang,
    verdict: Verdict,
    channel: str,
    link: str | None = None,
    home: int | None = None,
) -> View:
    """The modal in which a curator reads a sample again and gives the reason of a settlement.

    `private_metadata` is JSON: {sample, revision, verdict, channel, home?}.

    Args:
        shown: the revision.
        lang: the dataset's `ui`.
        verdict: what the curator is about to decide.
        channel: where to answer them.
        link: the permalink of the revision's message, for what the window shortens.
        home: the page of the Home that it was opened from.
    """
    approve = verdict is Verdict.APPROVE
    title = say(lang, "settle_approve_title") if approve else say(lang, "settle_reject_title")
    reason = {
        "type": "input",
        "block_id": "reason",
        "label": plain(say(lang, "reason")),
        "element": {"type": "plain_text_input", "action_id": "reason", "multiline": True},
        "optional": False,
    }
    blocks = [
        *cards.body(shown, lang, shortened="shortened_here"),
        statuses.about(shown, link, lang, why=True),
        reason,
        context(plain(say(lang, "settle_intro"))),
    ]
    place = {
        "sample": shown.id,
        "revision": shown.revision,
        "verdict": verdict.value,
        "channel": channel,
        **({} if home is None else {"home": home}),
    }
    return modal("settle", title, say(lang, "settle_submit"), blocks, place, lang)


def generate_confirm_view(
    *,
    lang: Lang,
    dataset: str,
    count: int,
    about: str,
    way: str | None,
    most_usd: Decimal,
    channel: str,
) -> View:
    """The modal that asks before an expensive request; `most_usd` is its upper bound.

    `private_metadata` is JSON: {dataset, count, about, way, channel}; a long `about` is cut, and
    shown as it is used.
    """
    kept = clip(about, _LONGEST_ABOUT)
    blocks = [
        *raw(say(lang, "confirm_what", n=count, dataset=dataset)),
        *raw(kept),
        *raw(say(lang, "confirm_cost", cost=f"{most_usd:.2f}")),
    ]
    place = {
        "dataset": dataset,
        "count": count,
        "about": kept,
        "way": way,
        "channel": channel,
    }
    title, submit = say(lang, "confirm_title"), say(lang, "confirm_submit")
    return modal("generate_confirm", title, submit, blocks, place, lang)


def modal(
    callback_id: str,
    title: str,
    submit: str | None,
    blocks: list[Block],
    metadata: Mapping[str, object],
    lang: Lang,
    *,
    close: str = "cancel",
) -> View:
    """A modal view; `close` is the key of the text on the button that closes it."""
    return {
        "type": "modal",
        "callback_id": callback_id,
        "title": plain(title),
        "close": plain(say(lang, close)),
        **({"submit": plain(submit)} if submit else {}),
        "private_metadata": json.dumps(metadata, ensure_ascii=False),
        "blocks": blocks,
    }
