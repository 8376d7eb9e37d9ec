"""`language`: each text is in a language of the recipe, judged offline by its script.

Scripts tell Chinese, Japanese, Korean, Russian, Arabic … and the languages of the Latin script from
one another. They do not tell English from French, nor simplified from traditional Chinese.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.checks.base import Wanted, numbered
from core.records import Conversation, Record, answers
from core.similarity import HAN, KANA, THAI

_SCRIPTS = {
    "Han": HAN,
    "Kana": KANA,
    "Hangul": "\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3",
    "Thai": THAI,
    "Cyrillic": "\u0400-\u052f\u1c80-\u1c8a",
    "Greek": "\u0370-\u03ff\u1f00-\u1fff",
    "Hebrew": "\u0591-\u05f4",
    "Arabic": "\u0610-\u061a\u0620-\u0669\u066e-\u06d3\u06d5-\u06ff\u0750-\u077f\u08a0-\u08ff",
    "Devanagari": "\u0900-\u0963\u0966-\u097f",
    "Bengali": "\u0980-\u09ff",
    "Tamil": "\u0b80-\u0bff",
    "Georgian": "\u10a0-\u10ff\u1c90-\u1cbf",
    "Armenian": "\u0531-\u058a",
    "Latin": "A-Za-z\u00aa\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff",
}
_WRITTEN = {
    "Han": "zh ja",
    "Kana": "ja",
    "Hangul": "ko",
    "Thai": "th",
    "Cyrillic": "ru uk be bg mk sr kk ky mn tg",
    "Greek": "el",
    "Hebrew": "he yi",
    "Arabic": "ar fa ur ps ug",
    "Devanagari": "hi mr ne sa",
    "Bengali": "bn as",
    "Tamil": "ta",
    "Georgian": "ka",
    "Armenian": "hy",
}
_SPACELESS = {"Han", "Kana", "Thai"}
_WORD = re.compile(
    "|".join(
        f"(?P<{name}>[{letters}]{'' if name in _SPACELESS else '+'})"
        for name, letters in _SCRIPTS.items()
    )
)
# What is in a text without being written in its language. The bounds keep the search linear.
_FOREIGN_MATTER = re.compile(
    r"""
      ```.*?(?:```|\Z) | `[^`\n]+`                                    # marked code
    | \$[^$\n]+\$ | \\\(.{1,500}?\\\) | (?:\$\$|\\\[).{1,500}?(?:\$\$|\\\])  # formulas
    | (?:https?|ftp)://[!-~]+ | [A-Za-z0-9._+-]{1,64}@[A-Za-z0-9.-]+  # addresses
    | </?[A-Za-z][^<>\n]*>                                            # tags
    | “[^”]{0,500}” | "[^"\n]{0,500}" | «[^»]{0,500}»                 # quotations
    | 「[^」]{0,500}」 | 『[^』]{0,500}』 | 《[^》]{0,500}》
    | ^[ \t]*+(?:                                                     # lines of unmarked code
          (?:import|from)[ ]\S+(?:[ ](?:as|import)[ ][^\n]*)?
        | (?:def|class|for|while|if|elif|else|try|with)\b[^\n]*:
        | (?:\$|>>>|\#include|SELECT|git|pip|npm|sudo|docker)[ ][^\n]*
        | [\w.]+\([^\n]*\)                                            # a call
        | [\w.\[\]]+[ ]?[-+*/]?=[^\n]*                                # an assignment
        | [^\n]*[;{}]
      )[ \t]*$
    """,
    re.DOTALL | re.MULTILINE | re.VERBOSE,
)

# Measured in words. A Chinese or Japanese word has 1.5 to 2 characters.
_WORDS_PER_CHARACTER = 0.6
# Names, terms and commands in Latin letters stand in every language.
_WEIGHT_OF_BORROWED_LATIN = 0.3
LEAST_SHARE = 1 / 3
# Fewer foreign words than this are a name, a greeting, a loan.
_FEWEST_FOREIGN = 3
# Japanese is a sixth Kana at the least; Chinese has none.
_KANA_OF_JAPANESE = 1 / 6
_FEWEST_HAN_TO_TELL = 8


@dataclass(frozen=True)
class Language:
    """`languages` as in the recipe, `scripts` those they are written in."""

    languages: tuple[str, ...]
    scripts: frozenset[str]

    @classmethod
    def of(cls, wanted: Wanted, settings: Mapping[str, Any]) -> "Language":  # noqa: ARG003
        """There is nothing to set: the recipe's `language` says it all."""
        codes = tuple(re.split("[-_]", code.lower())[0] for code in wanted.languages)
        return cls(codes, frozenset().union(*map(_scripts, codes)))

    def inspect(self, record: Record) -> str | None:
        """The first text that is in another language."""
        for name, text in _judged(record).items():
            if explanation := self._foreign(name, text):
                return explanation
        return None

    def _foreign(self, name: str, text: str) -> str | None:
        words = _words(_FOREIGN_MATTER.sub(" ", text), borrowed="Latin" not in self.scripts)
        accepted = self._accepted(words)
        own = sum(_weight(script, n) for script, n in words.items() if script in accepted)
        others = {script: n for script, n in words.items() if script not in accepted}
        foreign = sum(_weight(script, n) for script, n in others.items())
        if foreign < _FEWEST_FOREIGN:
            return None
        share = own / (own + foreign - (1 - _WEIGHT_OF_BORROWED_LATIN) * others.get("Latin", 0))
        if share >= LEAST_SHARE:
            return None
        most = max(others, key=lambda script: _weight(script, others[script]))
        return (
            f"Its {name} is written in {self._kind(most, words)} rather than in"
            f" {' or '.join(self.languages)}: {share:.0%} of its words belong there, at least"
            f" {LEAST_SHARE:.0%} should (code, quotations, addresses and names do not count)."
        )

    def _accepted(self, words: Counter[str]) -> frozenset[str]:
        """The scripts, without Han where its characters are Japanese, or not Japanese, words."""
        if "Han" not in self.scripts or {"zh", "ja"} <= set(self.languages):
            return self.scripts
        japanese = _is_japanese(words)
        if japanese is None or japanese == ("ja" in self.languages):
            return self.scripts
        return self.scripts - {"Han"}

    def _kind(self, script: str, words: Counter[str]) -> str:
        if script in ("Han", "Kana"):
            return "Japanese" if _is_japanese(words) else "Chinese"
        return f"{script} script"


def _scripts(code: str) -> frozenset[str]:
    """The scripts of a language; a language that `_WRITTEN` lacks is taken for a Latin one."""
    found = {script for script, codes in _WRITTEN.items() if code in codes.split()}
    return frozenset(found | {"Latin"} if code == "sr" else found or {"Latin"})


def _is_japanese(words: Counter[str]) -> bool | None:
    """Whether Han characters stand among Kana; None when they are too few to tell."""
    kana, both = words["Kana"], words["Kana"] + words["Han"]
    if both < _FEWEST_HAN_TO_TELL:
        return None
    return kana >= both * _KANA_OF_JAPANESE


def _words(text: str, *, borrowed: bool) -> Counter[str]:
    """Words (or characters, of scripts without spaces) by script.

    `borrowed`: Latin is foreign here, so that its names (capitals) do not count.
    """
    found: Counter[str] = Counter()
    for match in _WORD.finditer(text):
        script = match.lastgroup or ""
        if not (borrowed and script == "Latin" and not match.group().islower()):
            found[script] += 1
    return found


def _weight(script: str, number: int) -> float:
    return number * _WORDS_PER_CHARACTER if script in _SPACELESS else float(number)


def _judged(record: Record) -> dict[str, str]:
    """Questions and answers; an `input` is material and a `system` text may be a template."""
    if isinstance(record, Conversation):
        asked = [turn.content for turn in record.turns if turn.role == "user"]
    else:
        asked = [question for question, _ in record.history] + [record.instruction]
    return numbered(asked, "question") | numbered(answers(record), "answer")
