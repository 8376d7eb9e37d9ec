"""Everything that people read in Slack, in their dataset's language.

A text's values are put in as they are: where the result is mrkdwn, whoever calls escapes them
(`bot.markup.escape`), and sample text goes into `plain_text` blocks only. `{sample}` is a reference
as `bot.labels.reference` makes it, `{who}` and `{people}` are mentions.
"""

from collections.abc import Mapping
from typing import Literal

from bot.texts import en, zh

Lang = Literal["en", "zh"]

_TEXTS: Mapping[Lang, Mapping[str, str]] = {"en": en.TEXTS, "zh": zh.TEXTS}


def say(lang: Lang, key: str, **values: object) -> str:
    """A text in a language; with `n` equal to 1 the variant `KEY.one` is taken, if there is one.

    Raises:
        KeyError: there is no such text, or it needs a value that is missing.
    """
    texts = _TEXTS[lang]
    one = f"{key}.one"
    return texts[one if values.get("n") == 1 and one in texts else key].format(**values)
