"""What samples, states, people and the parts of a record are called in messages."""

from collections.abc import Iterable, Mapping

from bot.excerpts import clip, reading_seconds
from bot.markup import escape
from bot.texts import Lang, say
from core.corrections import circled
from core.records import Conversation, Record
from core.votes import State
from storage.samples import Shown

_STATE_KEYS: Mapping[State, str] = {
    State.CANDIDATE: "candidate",
    State.OPEN: "open",
    State.CONTESTED: "contested",
    State.QUEUED: "queued",
    State.FROZEN: "frozen_state",
    State.APPROVED: "approved",
    State.REJECTED: "rejected",
    State.EXPIRED: "expired",
    State.DISCARDED: "discarded",
}
_MARKS: Mapping[State, str] = {State.APPROVED: "✅", State.REJECTED: "❌", State.EXPIRED: "⌛"}
_REASON_KEYS: Mapping[str, str] = {
    "wrong_facts": "reason_wrong_facts",
    "missing_warning": "reason_missing_warning",
    "tone": "reason_tone",
    "unrealistic": "reason_unrealistic",
    "duplicate": "reason_duplicate",
    "other": "reason_other",
}
_MOST_PEOPLE = 20
_LONGEST_NAME = 60


def state(lang: Lang, which: State) -> str:
    """A state's name, with its mark if it is decided."""
    return f"{_MARKS.get(which, '')} {say(lang, _STATE_KEYS[which])}".strip()


def reason(lang: Lang, given: str) -> str:
    """Why somebody rejects, in words: one of `DEFAULT_REASONS`, or the recipe's own text."""
    return say(lang, _REASON_KEYS[given]) if given in _REASON_KEYS else given


def mentions(users: Iterable[str], lang: Lang) -> str:
    """People as Slack shows them."""
    listed = [f"<@{user}>" for user in users]
    more = ["…"] if len(listed) > _MOST_PEOPLE else []
    return ("、" if lang == "zh" else ", ").join(listed[:_MOST_PEOPLE] + more)


def author(name: str, lang: Lang) -> str:
    """Who made a revision: a person as Slack shows them, or a teacher by the recipe's spelling."""
    if ":" not in name:
        return mentions([name], lang)
    return say(lang, "teacher_author", teacher=escape(name))


def typed(record: Record, field: str, lang: Lang) -> str:
    """The label by which a reply names a field: `④`, `Output`, `history-1`."""
    if isinstance(record, Conversation) and field != "system":
        return circled(int(field.removeprefix("turn-")))
    names = {
        "system": say(lang, "system"),
        "instruction": say(lang, "instruction"),
        "input": say(lang, "input"),
        "output": say(lang, "output"),
    }
    return names.get(field, field)


def label(record: Record, field: str, lang: Lang) -> str:
    """The line above a field: what is typed to name it, and for a turn whose it is."""
    name = typed(record, field, lang)
    if not field.startswith(("turn-", "history-")):
        return name
    odd = int(field.partition("-")[2]) % 2
    return f"{name} {say(lang, 'question') if odd else say(lang, 'answer')}"


def version(lang: Lang, revision: int, link: str | None = None) -> str:
    """A revision as people count it, from 1, as mrkdwn."""
    return _linked(say(lang, "version", n=revision + 1), link)


def reference(lang: Lang, sample: int, link: str | None = None) -> str:
    """A sample as mrkdwn: with a link to its message where there is one."""
    return _linked(say(lang, "sample", n=sample), link)


def _linked(text: str, link: str | None) -> str:
    return f"<{link}|{text}>" if link else text


def name(shown: Shown, dataset: str) -> str:
    """What a sample is about: its category, or the dataset when the recipe has no categories."""
    known = dataset if shown.category == "general" else shown.category
    return clip(known, _LONGEST_NAME)


def title(shown: Shown, dataset: str, position: tuple[int, int] | None) -> str:
    """A sample's place in its batch, such as `Eczema 3/10`; mrkdwn."""
    return f"{escape(name(shown, dataset))} {place(position)}".rstrip()


def place(position: tuple[int, int] | None) -> str:
    """A place in a batch, such as `3/10`; "" without one."""
    return f"{position[0]}/{position[1]}" if position else ""


def about(shown: Shown, dataset: str, position: tuple[int, int] | None, lang: Lang) -> str:
    """The line on top of a card: category, difficulty, place, reading time and who wrote it."""
    facts = [
        name(shown, dataset),
        clip(shown.difficulty or "", _LONGEST_NAME),
        place(position),
        reading_time(shown.record, lang),
        say(lang, "written_by_ai") if shown.origin.get("teacher") else say(lang, "imported"),
    ]
    return " · ".join(fact for fact in facts if fact)


def reading_time(record: Record, lang: Lang) -> str:
    """About how long reading takes: in tens of seconds, or in minutes from one and a half."""
    seconds = reading_seconds(record)
    if seconds < 90:
        return say(lang, "seconds", n=-(-seconds // 10) * 10)
    return say(lang, "minutes", n=round(seconds / 60))
