"""The prompts: Markdown that an expert edits, in files NAME.LANGUAGE.md. This module only reads."""

from importlib.resources import files

_FOLDER = files(__name__)


def names() -> list[str]:
    """The prompts there are, by name, in alphabetical order."""
    found = (entry.name for entry in _FOLDER.iterdir())
    return sorted({name.partition(".")[0] for name in found if name.endswith(".md")})


def text(name: str, language: str) -> str:
    """A prompt's text for a language: Chinese for zh and its variants, else English.

    Raises:
        LookupError: there is no prompt of this name; the message lists those there are.
    """
    if name not in names():
        raise LookupError(f"There is no prompt {name!r}; there are {', '.join(names())}.")
    suffix = "zh" if language.partition("-")[0] == "zh" else "en"
    return (_FOLDER / f"{name}.{suffix}.md").read_text("utf-8")
