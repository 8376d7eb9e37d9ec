"""The filters of Self-Instruct (Wang et al. 2023, §2.2): which instructions are worth an answer.

They count and compare by `core.similarity`, so that Chinese is filtered like English.
"""

import unicodedata
from collections.abc import Iterable
from fractions import Fraction

from core.similarity import Texts, tokens

LEAST_WORDS, MOST_WORDS = 3, 150
_ALIKE = Fraction(7, 10)
_UNSERVED = {
    "en": (
        *("image", "picture", "photo", "photograph", "screenshot", "graph", "plot", "flowchart"),
        *("diagram", "map", "draw", "file", "attachment", "video", "audio"),
    ),
    "zh": (
        *("图片", "图像", "照片", "相片", "截图", "图表", "插图", "流程图", "示意图", "地图"),
        *("画图", "绘图", "文件", "附件", "视频", "音频", "录音"),
    ),
}
"""What a model that reads and writes only text cannot serve; the English list is that of the paper
and of Alpaca without what a talk may well be about (`music`, `go to`)."""
_OPENING = "¿¡"
"""Punctuation that a Spanish sentence begins with."""


class Filter:
    """Refuses what cannot be served or has been asked already; learns what it lets pass."""

    def __init__(self, known: Iterable[str], subject: str) -> None:
        """Begin with what there is.

        Args:
            known: instructions that new ones must differ from.
            subject: what the dataset is about; a word that it uses itself is never refused.
        """
        about = _singulars(subject)
        self._english = [word for word in _UNSERVED["en"] if word not in about]
        self._chinese = [word for word in _UNSERVED["zh"] if word not in subject]
        self._texts = Texts(_ALIKE)
        for text in known:
            self._texts.add(text)

    def words(self, language: str) -> list[str]:
        """The words that are refused, in the language of a prompt."""
        return self._chinese if language.partition("-")[0] == "zh" else self._english

    def refuse(self, instruction: str) -> str | None:
        """Why an instruction is put out, in one sentence; None if it may stay."""
        explanation = (
            _length(instruction)
            or _beginning(instruction)
            or self._unserved(instruction)
            or self._known(instruction)
        )
        if explanation is None:
            self._texts.add(instruction)
        return explanation

    def _unserved(self, instruction: str) -> str | None:
        words = _singulars(instruction)
        found = [word for word in self._english if word in words]
        found += [word for word in self._chinese if word in instruction]
        if not found:
            return None
        return f"It speaks of “{found[0]}”, which a model that has only text cannot serve."

    def _known(self, instruction: str) -> str | None:
        if self._texts.nearest(instruction) is None:
            return None
        return "It is nearly the same as another one that was shown or given."


def _singulars(text: str) -> set[str]:
    return {token.removesuffix("s") for token in tokens(text)}


def _length(instruction: str) -> str | None:
    count = len(tokens(instruction))
    if LEAST_WORDS <= count <= MOST_WORDS:
        return None
    return f"It has {count} words or characters; {LEAST_WORDS} to {MOST_WORDS} are wanted."


def _beginning(instruction: str) -> str | None:
    first = instruction.lstrip()[:1]
    if first in _OPENING or not unicodedata.category(first or " ").startswith("P"):
        return None
    return f"It begins with a punctuation mark, {first}, instead of a word."
