"""`schema`: the record has the recipe's form, and none of its texts is a placeholder."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.checks.base import Wanted
from core.records import Conversation, Record, fields

# What models leave where a text should stand, as a whole text in lower case; `_SLOTS` only counts
# in brackets, since such a word alone may be an answer.
_PLACEHOLDERS = {
    *("string", "todo", "tbd", "tba", "placeholder", "lorem ipsum", "your text here"),
    *("insert text here", "your question here", "your answer here", "your response here"),
    *("省略", "同上", "待补充", "待填写", "此处填写", "占位符"),
}
_SLOTS = {
    *("instruction", "input", "output", "question", "answer", "response", "content", "text"),
    *("略", "问题", "回答", "答案", "内容", "示例"),
}
# An input that says in words that there is none.
_NO_INPUT = {"noinput", "no input", "n/a", "none", "null", "nil", "无", "无输入", "没有输入"}
_OPENING, _CLOSING = "<[{(（【「", ">]})）】」"
_DOTS = ".…。· "


@dataclass(frozen=True)
class Schema:
    """Format, number of messages, placeholders."""

    wanted: Wanted

    @classmethod
    def of(cls, wanted: Wanted, settings: Mapping[str, Any]) -> "Schema":  # noqa: ARG003
        """There is nothing to set."""
        return cls(wanted)

    def inspect(self, record: Record) -> str | None:
        """The first thing that is wrong with the form."""
        return self._form(record) or self._turns(record) or _placeholder(record)

    def _form(self, record: Record) -> str | None:
        form = "conversation" if isinstance(record, Conversation) else "instruction"
        if form == self.wanted.format:
            return None
        return f"It is of the format {form}; the recipe wants {self.wanted.format}."

    def _turns(self, record: Record) -> str | None:
        if not isinstance(record, Conversation):
            return None
        least, most = self.wanted.turns
        found = len(record.turns)
        if least <= found <= most:
            return None
        return f"It has {found} messages; the recipe wants {least} to {most} (`turns`)."


def _placeholder(record: Record) -> str | None:
    for name, text in fields(record).items():
        whole = unicodedata.normalize("NFKC", text).strip().lower()
        if name == "input" and _bare(whole) in _NO_INPUT:
            return f"Its input says that there is none (“{text.strip()}”); it should be empty."
        if whole and _is_placeholder(whole):
            return f"Its {name} is a placeholder: “{text.strip()}”."
    return None


def _bare(whole: str) -> str:
    return whole.strip(_OPENING + _CLOSING + _DOTS)


def _is_placeholder(whole: str) -> bool:
    if not whole.strip(_DOTS):
        return True
    in_brackets = whole[0] in _OPENING and whole[-1] in _CLOSING
    return _bare(whole) in (_PLACEHOLDERS | _SLOTS if in_brackets else _PLACEHOLDERS)
