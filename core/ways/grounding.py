"""Whether an answer rests on a passage, and whether its question can do without it."""

import re
import unicodedata
from collections import Counter

from rapidfuzz import fuzz

from core.records import Instruction, Record, fields, question
from core.similarity import tokens

LEAST_WORDS = 3
"""Of a quotation: fewer (a word, a name, a number) stand in any passage by chance."""
_LONG = 40
"""Characters from which a quotation may have slips: a shorter one differs too easily."""
_LEAST_ALIKE = 95
"""In percent. Up to here a quotation has a slip or two; the figures in it must be the same."""

_FOLDED = str.maketrans({
    **dict.fromkeys("“”„‟«»「」『』″", '"'),
    **dict.fromkeys("‘’‚‛‹›′`´", "'"),
    **dict.fromkeys("‐‑‒–—―−", "-"),
    "*": "", "\\": "", "|": "", "#": "", "\u00ad": "", "\u200b": "",
})  # fmt: skip
_HYPHENATED = re.compile(r"(?<=[^\W\d_])-[ \t]*\n\s*(?=[^\W\d_])")

# Words that speak of a text which only the writer of a sample has seen …
_UNSEEN = re.compile(
    r"""
      \b(?:according\ to|based\ on|as\ (?:\w+\ )?in|in|from|(?:mentioned|described|given|stated|
           listed|discussed|provided|found|shown)\ in)
        \ (?:the|this|that)\ (?:(?:above|below|following|given|provided|preceding)\ )?
        (?:passage|excerpt|text(?!\ (?:message|field|file|box|editor|block)))\b
    | \b(?:according\ to|based\ on|as\ \w+\ in)\ (?:the|this)\ (?:(?:above|given|provided)\ )?
        (?:document|article|section|chapter|paragraph|context|material)\b
    | \b(?:the|this)\ (?:passage|excerpt|text)\ (?:says?|states?|mentions?|describes?|explains?|
        refers|does\ not|doesn't)\b
    | (?:根据|依据|按照|基于|结合|参照|据|阅读|从|在|如)(?:本文|文中|该文|原文)(?![件本化学])
    | (?:根据|依据|按照|基于|结合|参照|阅读)(?:所给|给定|给出|提供)的?
        (?:内容|文字|文本|材料|资料|片段|段落|文档|文章)
    | (?:根据|依据|按照|基于|结合|参照|阅读)(?:这[段篇份]|本[段节章篇]|该[段篇])
        (?:内容|文字|文本|文章|文档|材料|资料)
    | (?:本文|文中|原文)中?(?:提到|提及|所述|所说|指出|介绍|说明|认为|描述|讲到)
    """,
    re.IGNORECASE | re.VERBOSE,
)
# … and words that point to one above, which nothing stands above a first question to be.
_ABOVE = re.compile(
    r"""
      \b(?:mentioned|described|stated|given|listed|quoted)\ above\b
    | (?:根据|依据|按照|基于|结合|参照|从|在|如)上文
    | (?:根据|依据|按照|基于|结合|参照|阅读|从|在|如)(?:以上|上述|上面)的?
        (?:这段|这篇)?(?:内容|文字|文本|材料|资料|片段|段落|文档|文章|信息)
    | 上文中?(?:提到|提及|所述|所说|指出|介绍|说明|描述|讲到)
    """,
    re.IGNORECASE | re.VERBOSE,
)


def quoted(quote: str, passage: str) -> bool:
    """Whether a passage holds a quotation.

    White space, typographic marks and the marks of Markdown do not count. A long quotation may
    have a slip, but no other figures.
    """
    wanted, whole = folded(quote), folded(passage)
    if wanted in whole:
        return True
    if not _LONG <= len(wanted) <= len(whole):
        return False
    # partial_ratio_alignment gives None below the score that is asked for.
    found = fuzz.partial_ratio_alignment(wanted, whole, score_cutoff=_LEAST_ALIKE)
    if found is None:
        return False
    near = whole[max(found.dest_start - 1, 0) : found.dest_end + 1]
    return not Counter(re.findall(r"\d+", wanted)) - Counter(re.findall(r"\d+", near))


def folded(text: str) -> str:
    """A text without all that copying may change in it."""
    joined = _HYPHENATED.sub("", text.translate(_FOLDED))
    return "".join(unicodedata.normalize("NFKC", joined).translate(_FOLDED).casefold().split())


def fault(quote: str, passage: str) -> str | None:
    """What is wrong with a quotation, in a sentence, or None."""
    if not quote.strip():
        return "It has no `quote` from the passage."
    if len(tokens(quote)) < LEAST_WORDS and folded(quote) != folded(passage):
        return "Its `quote` is too short to rest an answer on: copy a whole sentence."
    if not quoted(quote, passage):
        return "Its `quote` does not stand in the passage: copy a sentence of it word for word."
    return None


def leaning(record: Record) -> str | None:
    """What is wrong with a record that speaks of a text which its reader does not see, or None.

    Whoever brings material along (`input`, earlier messages) may speak of a text.
    """
    if isinstance(record, Instruction) and (record.input or record.history):
        return None
    spoken = [text for name, text in fields(record).items() if name != "system"]
    for words in (_ABOVE.search(question(record)), *map(_UNSEEN.search, spoken)):
        if words:
            return (
                f"It says “{words[0]}”, but whoever reads it sees no passage: make it"
                " understandable by itself."
            )
    return None
