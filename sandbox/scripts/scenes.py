"""The scenes: what people do with one card, from the first vote to the decision."""

import re
import time
from collections.abc import Callable
from typing import Any

from sandbox import banks
from sandbox.scripts.plan import CURATOR, OUTSIDERS, Card, Part
from sandbox.scripts.stage import APPROVE, REJECT, PlayFailed, Stage

_SHOWN = {APPROVE: "✅", REJECT: "❌"}
_SPLIT = "3 ✅ 2 ❌"
_ASK_SECONDS = 0.7
_MOST_ASKED = 25
_CLOSING = {
    "en": " If anything stays unclear, write to us and say what you see on the screen.",
    "zh": "如果还有不清楚的地方，可以把具体情况再说详细一些。",
}
_SECOND_CLOSING = {"en": " We answer within a day.", "zh": "我们会尽快回复您。"}


def play(stage: Stage, part: Part) -> None:
    """Play one part to its end."""
    _SCENES[part.scene](stage, part)


def _agreed(stage: Stage, part: Part) -> None:
    for step in range(2):
        _vote(stage, part, step, APPROVE)
    if not part.mishaps:
        stage.reply(part.cast[0], part.card.ts, "Fine as it is, thank you.")
        stage.tell(part.cast[0], f"comments on “{part.card.title}”")


def _refused(stage: Stage, part: Part) -> None:
    _vote(stage, part, 0, REJECT)
    why = part.card.entry.note or "I would not send this one."
    stage.reply(part.cast[0], part.card.ts, why)
    stage.tell(part.cast[0], f"says why: {why}")
    _vote(stage, part, 1, REJECT)


def _settled(stage: Stage, part: Part) -> None:
    for step, emoji in enumerate((APPROVE, REJECT, APPROVE, REJECT, APPROVE)):
        _vote(stage, part, step, emoji)
    ts, value = _to_settle(stage, part.card)
    stage.tell(CURATOR, "types /winnow status and finds the five votes split")
    seen = stage.click(CURATOR, ts, "settle_approve", value)
    reason = "Checked against the facts: it is right as it stands."
    stage.submit(CURATOR, seen["view_id"], {"reason": reason})
    stage.tell(CURATOR, f"settles “{part.card.title}”: approved, with a reason")


def _to_settle(stage: Stage, card: Card) -> tuple[str, str]:
    """Ask `/winnow status` until it offers the card; the answer's ts and the button's value."""
    for _ in range(_MOST_ASKED):
        answer = stage.command(CURATOR, "status")
        if value := _offered(answer.get("blocks", []), card):
            return str(answer["ts"]), value
        stage.nudge("the sample in the curator's list")
        time.sleep(_ASK_SECONDS)
    raise PlayFailed(f"/winnow status did not offer “{card.title}” to the curator.")


def _offered(blocks: list[dict[str, Any]], card: Card) -> str | None:
    """The value of the card's buttons, once all five votes stand above them."""
    opening = card.title.rstrip("…")
    mine, split = False, False
    for block in blocks:
        if block["type"] == "context":
            split = any(_SPLIT in element["text"] for element in block["elements"])
        elif block["type"] == "section":
            mine = " ".join(block["text"]["text"].split()).startswith(opening)
        elif block["type"] == "actions" and mine and split:
            return str(block["elements"][0]["value"])
    return None


def _flagged(stage: Stage, part: Part) -> None:
    flagger, *others = part.cast
    stage.click(flagger, part.card.ts, "flag")
    stage.tell(flagger, f"🚩 flags “{part.card.title}”")
    for who in others:
        stage.react(who, part.card.ts, APPROVE)
        stage.tell(who, "✅ all the same; it stays frozen")
    stage.click(flagger, part.card.ts, "flag")
    stage.tell(flagger, "takes the flag back")


def _mind_changed(stage: Stage, part: Part) -> None:
    one, other = part.cast
    ts = part.card.ts
    stage.react(one, ts, APPROVE)
    stage.react(other, ts, APPROVE)
    stage.tell(one, f"✅ “{part.card.title}”, and so does {other}")
    stage.take_back(one, ts, APPROVE)
    stage.react(one, ts, REJECT)
    stage.tell(one, "has second thoughts: ❌ in place of ✅")
    stage.take_back(one, ts, REJECT)
    stage.react(one, ts, APPROVE)
    stage.tell(one, "and is persuaded: ✅ again")


def _both_emojis(stage: Stage, part: Part) -> None:
    torn, *others = part.cast
    stage.react(torn, part.card.ts, APPROVE)
    stage.react(torn, part.card.ts, REJECT)
    stage.tell(torn, f"✅ and then ❌ under “{part.card.title}”: the later one counts")
    for who in others:
        stage.react(who, part.card.ts, APPROVE)
        stage.tell(who, "✅")


def _outsiders(stage: Stage, part: Part) -> None:
    ts = part.card.ts
    for who in OUTSIDERS:
        stage.react(who, ts, APPROVE)
        stage.tell(who, f"✅ “{part.card.title}”, but may not vote")
    stage.reply(OUTSIDERS[0], ts, _typed(part.card, "Never mind, just switch it off."))
    stage.tell(OUTSIDERS[0], "replies with a correction, which stays a comment")
    stage.react(part.cast[0], ts, APPROVE)
    stage.tell(part.cast[0], "✅, the only vote that counts: the sample stays open")


def _corrected_by_reply(stage: Stage, part: Part) -> None:
    author, other = part.cast
    text = _mended(part.card)
    _fault(stage, part, 0)
    if part.mishaps:
        stage.act("fault", kind="lost_event", method="message")
    stage.reply(author, part.card.ts, _typed(part.card, text))
    stage.tell(author, f"corrects “{part.card.title}” by a reply: {_why(part.card)}")
    _approve_version(stage, other, part.card, text, 2)


def _corrected_by_modal(stage: Stage, part: Part) -> None:
    author, other, late = part.cast
    text = _mended(part.card)
    seen = stage.click(author, part.card.ts, "correct")
    _fault(stage, part, 0)
    stage.submit(author, seen["view_id"], {_field(part.card): text})
    stage.tell(author, f"corrects “{part.card.title}” in the window: {_why(part.card)}")
    ts = stage.card_showing({text}, part.card.ts)
    stage.react(late, part.card.ts, REJECT)
    stage.tell(late, "❌ under the old version, which decides nothing any more")
    _approve(stage, other, ts, 2)


def _corrected_twice(stage: Stage, part: Part) -> None:
    author, other = part.cast
    first = _mended(part.card)
    final = first + _SECOND_CLOSING[_language(part.card)]
    _fault(stage, part, 0)
    reply = stage.reply(author, part.card.ts, _typed(part.card, first))
    stage.tell(author, f"corrects “{part.card.title}” by a reply: {_why(part.card)}")
    stage.card_showing({first}, part.card.ts)
    _fault(stage, part, 1)
    stage.edit(author, reply, _typed(part.card, final))
    stage.tell(author, "edits the reply: version 3")
    _approve_version(stage, other, part.card, final, 3)


def _approve_version(stage: Stage, who: str, card: Card, text: str, number: int) -> None:
    _approve(stage, who, stage.card_showing({text}, card.ts), number)


def _approve(stage: Stage, who: str, ts: str, number: int) -> None:
    stage.react(who, ts, APPROVE)
    stage.tell(who, f"✅ version {number}")


def _vote(stage: Stage, part: Part, step: int, emoji: str) -> None:
    """A vote that stands alone: its event may be lost, doubled, late or overtaken."""
    _fault(stage, part, step)
    who = part.cast[step]
    stage.react(who, part.card.ts, emoji)
    stage.tell(who, f"{_SHOWN[emoji]} “{part.card.title}”")
    if part.mishaps.get(step) == "disconnect":
        stage.wait("the bot's new connection", lambda state: state["connections"] > 0)


def _fault(stage: Stage, part: Part, step: int) -> None:
    kind = part.mishaps.get(step)
    if kind is None:
        return
    stage.tell("", f"(fault: {kind})")
    if kind == "disconnect":
        stage.act("fault", kind=kind)
    elif part.scene.startswith("corrected"):
        stage.act("fault", kind=kind, method="chat.postMessage")
    else:
        stage.act("fault", kind=kind, method="reaction_added")


def _language(card: Card) -> str:
    return "zh" if re.search(r"[\u4e00-\u9fff]", "".join(card.texts)) else "en"


def _field(card: Card) -> str:
    """The field that a correction changes: the mended one, else the (last) answer."""
    if card.entry.mend:
        return next(iter(card.entry.mend))
    record = card.entry.record or {}
    if "turns" not in record:
        return "output"
    return (
        f"turn-{max(n for n, turn in enumerate(record['turns'], 1) if turn['role'] == 'assistant')}"
    )


def _mended(card: Card) -> str:
    field = _field(card)
    if card.entry.mend:
        return card.entry.mend[field]
    record = card.entry.record or {}
    if field == "output":
        return str(record["output"]) + _CLOSING[_language(card)]
    return str(record["turns"][int(field[5:]) - 1]["content"]) + _CLOSING[_language(card)]


def _typed(card: Card, text: str) -> str:
    return banks.typed(_field(card), text)


def _why(card: Card) -> str:
    return card.entry.note or "a sentence more"


_SCENES: dict[str, Callable[[Stage, Part], None]] = {
    "agreed": _agreed,
    "refused": _refused,
    "settled": _settled,
    "flagged": _flagged,
    "mind_changed": _mind_changed,
    "both_emojis": _both_emojis,
    "outsiders": _outsiders,
    "corrected_by_reply": _corrected_by_reply,
    "corrected_by_modal": _corrected_by_modal,
    "corrected_twice": _corrected_twice,
}
