"""What reviewers refuse, in a few sentences that a prompt can show."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from core.records import Record, answers, question

MOST_SENTENCES = 8
QUOTED_CHARACTERS = 120
"""Of a text or a comment: enough to see what is meant, too little to be learned by heart."""
_ABOUT_THE_QUESTION = frozenset({"unrealistic", "duplicate"})
_MENTIONS = re.compile(r"<[@#!][^<>]*>")
"""Of people, channels and groups in Slack's markup: no teacher needs to know them."""
_SAYS_NOTHING = frozenset({"", "other"})
_WORDS = {
    "en": {
        "reason": "Refused {n} times for: {reason}.",
        "reason.one": "Refused once for: {reason}.",
        "no_reason": "Refused {n} times.",
        "no_reason.one": "Refused once.",
        "question": " One such question begins: “{text}”",
        "answer": " One such answer begins: “{text}”",
        "comment": " A reviewer wrote: “{text}”",
    },
    "zh": {
        "reason": "因“{reason}”被拒 {n} 次。",
        "no_reason": "被拒 {n} 次。",
        "question": "其中一条的提问开头是：“{text}”",
        "answer": "其中一条的回答开头是：“{text}”",
        "comment": "审阅者说：“{text}”",
    },
}


@dataclass(frozen=True)
class Refusal:
    """One person's reason to refuse a revision.

    `reason` is a key of `core.recipe_parts.DEFAULT_REASONS`, the text of a reason of the recipe's
    or a curator's own words; "" where there is only a comment.
    """

    reason: str
    record: Record
    comment: str = ""


def sentences(
    refusals: Iterable[Refusal], language: Literal["en", "zh"], named: Callable[[str], str]
) -> tuple[str, ...]:
    """A sentence for each reason, the most frequent first, of equal ones the newest.

    Args:
        refusals: the newest first.
        language: of the prompt.
        named: a reason in the words of that language.
    """
    groups: dict[str, list[Refusal]] = defaultdict(list)
    for refusal in refusals:
        if clipped(refusal.comment) or refusal.reason not in _SAYS_NOTHING:
            groups[refusal.reason].append(refusal)
    by_number = sorted(groups.items(), key=lambda group: -len(group[1]))
    words = _WORDS[language]
    return tuple(
        _sentence(named(reason) if reason else "", group, words)
        for reason, group in by_number[:MOST_SENTENCES]
    )


def _sentence(reason: str, group: Sequence[Refusal], words: dict[str, str]) -> str:
    key = "reason" if reason else "no_reason"
    if len(group) == 1:
        key = f"{key}.one" if f"{key}.one" in words else key
    told = words[key].format(n=len(group), reason=clipped(reason.rstrip(".。")))
    quoted = next((one for one in group if clipped(one.comment)), group[0])
    kind, text = _quotation(quoted)
    return told + words[kind].format(text=clipped(text))


def _quotation(refusal: Refusal) -> tuple[str, str]:
    if clipped(refusal.comment):
        return "comment", refusal.comment
    if refusal.reason in _ABOUT_THE_QUESTION:
        return "question", question(refusal.record)
    return "answer", answers(refusal.record)[-1]


def clipped(text: str, most: int = QUOTED_CHARACTERS) -> str:
    """What somebody said, on one line, without mentions, and of at most so many characters."""
    line = " ".join(_MENTIONS.sub("", text).split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"
