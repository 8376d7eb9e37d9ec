"""The words of a private note or a direct message, from what the store wants said."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot import labels, statuses
from bot.blocks import Message, raw
from bot.excerpts import MOST_TEXT, clip
from bot.markup import escape
from bot.texts import Lang, say
from core.votes import State
from storage.datasets import Dataset

_DECISIONS = {"approve": State.APPROVED, "reject": State.REJECTED}


def private(lang: Lang, text: str, **values: object) -> Message:
    """A private answer that quotes what people or teachers wrote, so that nothing is parsed."""
    return Message(say(lang, "private_note"), raw(clip(say(lang, text, **values), MOST_TEXT)))


def words(
    lang: Lang, text: str, args: Mapping[str, Any], *, dataset: Dataset, link: str | None
) -> str:
    """A text of `bot.texts` with its values as people read them.

    Args:
        lang: the dataset's `ui`.
        text: the text's key.
        args: what the store wrote down: plain JSON values.
        dataset: the dataset it is about.
        link: the message of the sample it is about, if there is one.
    """
    values: dict[str, object] = {"dataset": dataset.name}
    for name, value in args.items():
        values[name] = escape(value) if isinstance(value, str) else value
    if "sample" in args:
        values["sample"] = labels.reference(lang, int(args["sample"]), link)
    if "versions" in args:
        values["versions"] = ", ".join(f"v{number:04d}" for number in args["versions"])
    if "verdict" in args:
        values["decision"] = labels.state(lang, _DECISIONS[args["verdict"]])
    if "at" in args:
        values["when"] = statuses.when(datetime.fromisoformat(args["at"]))
    return say(lang, text, **values)
