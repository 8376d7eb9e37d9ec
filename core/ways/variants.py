"""What each variant of a sample changes, and the rules by which one that went wrong is told."""

import re
from collections.abc import Callable
from typing import Literal, NamedTuple

from rapidfuzz import fuzz

from core.checks.base import Wanted
from core.checks.language import Language
from core.recipe_ways import Variant
from core.records import Instruction, Record, answers, fields, question
from core.similarity import tokens
from core.ways.base import Parent
from core.ways.figures import lost

Part = Literal["questions", "answers", "record"]
"""What a reply holds of a variant: the user's texts, the assistant's, or everything."""

LEAST_ALIKE = 0.5
"""Of a misspelt text, to what was meant (rapidfuzz's ratio): below, nobody can make it out."""
MOST_OF_ANSWER = 0.7
"""Of the characters of an answer, that a shorter one may have."""

# What a question that lacks something must be met with: a question, or a condition.
_ASKING_BACK = re.compile(
    r"[?？]|\b(?:if|depend\w*|unless|tell (?:me|us)|let (?:me|us) know)\b"
    r"|如果|要是|若|取决于|[看视]\S{0,6}而定|(?:请|麻烦)\S{0,3}(?:告诉|说明|补充|提供)",
    re.IGNORECASE,
)


class Change(NamedTuple):
    """A sample's record, its variant's, and the texts in question of each."""

    parent: Record
    made: Record
    before: str
    after: str


Rule = Callable[[Change], str | None]
"""What is wrong with a variant, in a sentence that tells the teacher what to mend, or None."""


def _reworded(change: Change) -> str | None:
    if tokens(change.before) == tokens(change.after):
        return "It has the same words as the sample."
    return None


def _keeps_figures(change: Change) -> str | None:
    if gone := lost(change.before, change.after):
        return f"It lacks {', '.join(gone)}, which the sample has in digits: keep every figure."
    return None


def _misspelt(change: Change) -> str | None:
    if change.before == change.after:
        return "It has no slip: it is the same as the sample."
    if fuzz.ratio(change.before, change.after) < 100 * LEAST_ALIKE:
        return "It differs too much from the sample: only its spelling may."
    return None


def _shorter(change: Change) -> str | None:
    share = len(change.after) / len(change.before)
    if share > MOST_OF_ANSWER:
        return f"It has {share:.0%} of the answer's length; it may have {MOST_OF_ANSWER:.0%}."
    if added := lost(change.after, change.before):
        return f"It has {', '.join(added)}, which the answer has not: add nothing."
    return None


def _anew(change: Change) -> str | None:
    if tokens(question(change.parent)) == tokens(question(change.made)):
        return "Its question is the sample's: it must be another one."
    if set(answers(change.parent)) & set(answers(change.made)[-1:]):
        return "Its answer is the sample's: it must be written anew."
    return None


def _asks_back(change: Change) -> str | None:
    if not any(_ASKING_BACK.search(answer) for answer in answers(change.made)):
        return "Its answer neither asks back nor says what it depends on."
    return None


def _translated(change: Change) -> str | None:
    before, after = (texts(record, "record") for record in (change.parent, change.made))
    if before.keys() != after.keys():
        return "It has not the same texts as the sample: translate each of them, and no other."
    same = [name for name, text in before.items() if text == after[name] and len(tokens(text)) > 2]
    return f"Its {same[0]} is not translated." if same else None


class Kind(NamedTuple):
    """A variant: the part that a reply has of it, and its rules."""

    part: Part
    rules: tuple[Rule, ...]


KINDS: dict[Variant, Kind] = {
    "paraphrase": Kind("questions", (_reworded, _keeps_figures)),
    "synonyms": Kind("questions", (_reworded, _keeps_figures)),
    "back-translation": Kind("questions", (_reworded, _keeps_figures)),
    "translation": Kind("record", (_translated, _keeps_figures)),
    "colloquial": Kind("questions", (_reworded, _keeps_figures)),
    "misspelt": Kind("questions", (_misspelt, _keeps_figures)),
    "incomplete": Kind("record", (_anew, _asks_back)),
    "false-premise": Kind("record", (_anew,)),
    "injection": Kind("record", (_anew,)),
    "declined": Kind("record", (_anew,)),
    "shorter": Kind("answers", (_shorter,)),
}


def texts(record: Record, part: Part) -> dict[str, str]:
    """The texts of a part by the names of their fields (core.records.fields), in order.

    Of an instruction, question and answer are the last ones: what was said before stays.
    """
    named = fields(record)
    if part == "record":
        return {name: text for name, text in named.items() if text}
    if isinstance(record, Instruction):
        name = "instruction" if part == "questions" else "output"
        return {name: named[name]}
    first = 1 if part == "questions" else 2
    return {f"turn-{number}": named[f"turn-{number}"] for number in range(first, len(named), 2)}


def fault(variant: Variant, parent: Parent, made: Record, language: str) -> str | None:
    """What is wrong with a variant that is to be in a language, in a sentence, or None."""
    kind, record = KINDS[variant], parent.record
    before, after = ("\n".join(texts(one, kind.part).values()) for one in (record, made))
    change = Change(record, made, before, after)
    faults = (rule(change) for rule in kind.rules)
    if found := next((one for one in faults if one), None):
        return found
    # A sample that teaches to translate has two languages, and so has its variant.
    return None if _foreign(record, parent.cell.language) else _foreign(made, language)


def foreign_text(text: str, language: str) -> str | None:
    """What a text is written in instead of a language, as core.checks.language tells it."""
    return _foreign(Instruction(instruction=text, output=text), language)


def _foreign(record: Record, language: str) -> str | None:
    return Language.of(Wanted("instruction", (2, 2), (language,)), {}).inspect(record)
