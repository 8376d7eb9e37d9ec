"""A prepared reply: its text, how long it is, and which of its items are whole after a cut."""

from dataclasses import dataclass

from sandbox.answers import Item, items_of
from sandbox.banks import Deck, Entry
from sandbox.forms import Form, form_of
from sandbox.questions import Question


@dataclass(frozen=True)
class Draft:
    """A reply before any limit cuts it; `ends` are where in `text` each item is complete."""

    text: str
    items: tuple[Item, ...]
    ends: tuple[int, ...]

    @property
    def halved(self) -> str:
        """The text up to the middle of its last item."""
        start = self.ends[-2] if len(self.ends) > 1 else 0
        return self.text[: (start + self.ends[-1]) // 2]

    def parted(self, length: int) -> tuple[list[Entry], list[Entry]]:
        """The entries of the items that the first `length` characters hold, and of the others."""
        whole = sum(end <= length for end in self.ends)
        return _entries(self.items[:whole]), _entries(self.items[whole:])


def draft(question: Question, deck: Deck) -> Draft:
    """Write a whole reply.

    Raises:
        Declined: the schema asks for what no bank has; nothing is taken from the deck then.
    """
    form = form_of(question.schema)
    items = tuple(items_of(question, form, deck))
    before, after = _around(form)
    text, ends = before, list[int]()
    for item in items:
        text += f", {item.text}" if ends else item.text
        ends.append(len(text))
    return Draft(text + after, items, tuple(ends))


def _around(form: Form) -> tuple[str, str]:
    if form.fields is None:
        return '```json\n{"records": [', "]}\n```"
    if form.shape == "list":
        return f'{{"{form.name}": [', "]}"
    return (f'{{"{form.name}": ', "}") if form.shape == "object" else ("", "")


def _entries(items: tuple[Item, ...]) -> list[Entry]:
    return [item.entry for item in items if item.entry]
