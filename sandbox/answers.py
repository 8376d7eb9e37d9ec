"""What the sandbox's teacher answers: prepared texts.

What a field gets is told by its name, and by the others that are asked for beside it:

    instruction, turns, …   the bank's next entry that is not among what the prompt gives
    output alone            of a question of the bank's, its own answer, once; else the next entry's
    message                 what follows in the bank's conversation; else the next entry's
    one record alone        the given one as the bank mends it, else with a shorter answer
    variants                of the given texts: `sandbox.variants`; of whole records the next entry
    number                  that of the row it answers
    quote                   a sentence of the passage
    any other text          what the answered row has of that name, else a text of the next entry
    a choice, yes or no     what the answered row has, else the first, or no
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.banks import Deck, Entry
from sandbox.forms import DEFAULT_COUNT, Form
from sandbox.given import Given, Row, given, texts_of
from sandbox.questions import Declined, Question
from sandbox.variants import in_language, language_of, shortened

# Fields that a bank leaves out where they are empty.
_OPTIONAL: dict[str, Any] = {"system": "", "input": "", "history": []}
_QUESTION = {"number", "system", "history", "instruction", "input"}

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Item:
    """One item of a reply as JSON, and the entry that was drawn for it, if one was."""

    text: str
    entry: Entry | None = None


def items_of(question: Question, form: Form, deck: Deck) -> list[Item]:
    """Answer a request: as many items as it asks for, or as the bank can fill.

    Raises:
        Declined: the schema asks for what no bank has; nothing is taken from the deck then.
    """
    data = Given() if form.plain else given(question.blocks)
    rows = _rows(form, data)
    own = [_own(form, row, data, deck) for row in rows]
    drawn = _drawn(question, form, data, deck, own.count(None))
    waiting = iter(drawn)
    items = []
    try:
        for row, values in zip(rows, own, strict=True):
            if values is not None:
                items.append(Item(_written(form, {**row, **values})))
            elif entry := next(waiting, None):
                items.append(Item(_of(entry, form, row, len(data.said) % 2), entry))
                if form.asks and (form.fields is None or form.has("output", "turns")):
                    deck.tell(entry)
    except Declined:
        deck.put_back(drawn)
        raise
    if not items:
        raise Declined("400", "The prompt already gives every text that is prepared.")
    return items


def _rows(form: Form, data: Given) -> list[Row]:
    """What is to be answered, each with a number: the prompt's rows, else as many as asked for."""
    given_rows = len(data.items)
    if form.shape != "list":
        count = 1
    elif form.asks or not given_rows:
        count = form.most or given_rows or DEFAULT_COUNT
    else:
        count = min(form.most or given_rows, given_rows)
    rows = data.items or ({},)
    quotes = [{"quote": data.sentence(n)} if data.passage else {} for n in range(count)]
    return [{"number": n + 1, **rows[n % len(rows)], **quotes[n]} for n in range(count)]


def _own(form: Form, row: Row, data: Given, deck: Deck) -> Values | None:
    """What can be answered without drawing; None where an entry must be drawn."""
    if form.name in ("variants", "texts"):
        return _variant(form, row, data.language)
    if form.shape == "object" and data.record is not None:
        entry = deck.holding(data.asked)
        flawed = entry is not None and data.texts.issuperset(entry.said)
        mended = entry.mended() if entry and flawed else None
        return {**_OPTIONAL, **(mended or _shorter(data.record))}
    if form.has("output") and not form.asks:
        answer = deck.answer(str(row.get("instruction"))) if row.keys() <= _QUESTION else None
        return None if answer is None else {"output": answer}
    if form.has("message"):
        answer = deck.after(data.said[-1]) if data.said else None
        return None if answer is None else {"message": answer}
    known = {*row, *form.choices}
    return None if form.asks or not known.issuperset(form.fields or ()) else {}


def _variant(form: Form, row: Row, language: str) -> Values | None:
    """Another wording of what is asked for; None for a new record in the language it is in."""
    if not form.has("instruction", "messages", "turns", "text"):
        return {
            "output": shortened(str(row.get("output"))),
            "answers": [shortened(text) for text in _said("assistant", row)],
        }
    if form.has("turns", "output") and language_of(" ".join(texts_of(row))) == language:
        return None
    texts = [name for name in form.fields or () if name in row and name not in form.choices]
    given = {"messages": _said("user", row), **{name: row[name] for name in texts}}
    return {name: in_language(given[name], language, name == "output") for name in given}


def _said(role: str, row: Row) -> list[str]:
    turns = [turn for turn in row.get("turns", ()) if isinstance(turn, dict)]
    return [str(turn.get("content")) for turn in turns if turn.get("role") == role]


def _shorter(record: Row) -> Values:
    if "output" in record:
        return {**record, "output": shortened(str(record["output"]))}
    *turns, last = record["turns"]
    return {**record, "turns": [*turns, {**last, "content": shortened(str(last["content"]))}]}


def _drawn(question: Question, form: Form, data: Given, deck: Deck, count: int) -> list[Entry]:
    """So many entries whose texts are not given; a broken one last, so that it spoils no other."""
    may_break = form.asks and form.shape == "list"

    def fits(entry: Entry) -> bool:
        return (may_break or not entry.raw) and data.texts.isdisjoint(entry.said)

    drawn = deck.draw(count, question.text, fits) if count else []
    return sorted(drawn, key=lambda entry: bool(entry.raw))


def _of(entry: Entry, form: Form, row: Row, turn: int) -> str:
    if entry.record is None:
        return entry.raw
    if form.fields is None:
        return json.dumps(entry.record, ensure_ascii=False)
    text, (question, answer) = entry.said[turn], entry.said[:2]
    own = {"instruction": question, "output": answer, **entry.record, "message": text}
    return _written(form, {**row, **_OPTIONAL, **own}, spare=question)


def _written(form: Form, values: Values, spare: str | None = None) -> str:
    """An item as JSON; `spare` is the text for fields of which nothing is known."""
    if form.pair and isinstance(values.get("history"), list):
        history = [_pair(form.pair, pair) for pair in values["history"]]
        values = {**values, "history": history}
    fields = form.fields or {}
    return json.dumps(
        {name: _value(form, name, values, spare) for name in fields}, ensure_ascii=False
    )


def _pair(names: tuple[str, ...], pair: Sequence[str] | Row) -> Row:
    return pair if isinstance(pair, Mapping) else dict(zip(names, pair, strict=True))


def _value(form: Form, name: str, values: Values, spare: str | None) -> Any:  # noqa: ANN401 - JSON
    allowed = form.choices.get(name)
    if allowed and values.get(name) not in allowed:
        return allowed[0]
    if name in values:
        return values[name]
    return _spare(name, (form.fields or {})[name], spare)


def _spare(name: str, schema: Values, text: str | None) -> Any:  # noqa: ANN401 - JSON
    """What stands in a field that nothing is known of: a text, or an object of texts."""
    if text is not None and schema.get("type") == "string" and name != "quote":
        return text
    if schema.get("type") == "object":
        return {each: _spare(each, of, text) for each, of in schema.get("properties", {}).items()}
    raise Declined("400", f"The schema asks for `{name}`, of which nothing is prepared.")
