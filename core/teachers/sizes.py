"""How many tokens a text has, about: enough to pace requests and to see whether a prompt is long.

No tokenizer is loaded: each model has its own, and none is published for Claude.
"""


def about_tokens(text: str) -> int:
    """A token is four letters of English or one Chinese character, which has three bytes."""
    letters = len(text)
    wide = (len(text.encode(errors="replace")) - letters) / 2
    return round(wide + max(letters - wide, 0) / 4)
