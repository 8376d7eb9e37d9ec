"""Emoji codes in texts: `:x:` and `:+1::skin-tone-3:` as the characters that Slack shows."""

import re

from sandbox import emoji

CODE = r":[a-z0-9_+'-]++:(?::skin-tone-[2-6]:)?"
_CODE = re.compile(CODE)
_TONES = {f"skin-tone-{n}": chr(0x1F3FB + n - 2) for n in range(2, 7)}


def glyph(code: str) -> str | None:
    """The character of a code with its colons; None where there is no such emoji."""
    name, _, tone = code.strip(":").partition("::")
    known = emoji.canonical(name)
    return emoji.CHARACTER_OF[known] + _TONES.get(tone, "") if known else None


def with_glyphs(text: str) -> str:
    """A text with every known code as its character; unknown ones stay."""
    parts, place = [], 0
    while match := _CODE.search(text, place):
        character = glyph(match[0])
        # The last colon of what is no code may begin the next one.
        end = match.end() if character else match.start() + 1
        parts += [text[place : match.start()], character or ":"]
        place = end
    return "".join([*parts, text[place:]])
