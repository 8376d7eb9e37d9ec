"""The message above a batch, and the summary after an export (CARDS.md)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from bot import labels
from bot.blocks import (
    Block,
    Message,
    actions,
    button,
    context,
    mrkdwn,
    plain,
    section,
)
from bot.blocks import (
    header as headline,
)
from bot.excerpts import clip
from bot.texts import Lang, say
from core.agreement import Agreement
from core.pace import weeks_left
from storage.batches import Progress

_BAR = 10
_MOST_LISTED = 10
_LONGEST_NAME = 40


def header(
    progress: Progress,
    *,
    batch: int,
    lang: Lang,
    minutes: int,
    links: Sequence[str],
    guidelines: bool,
) -> Message:
    """Render the message above a batch.

    Args:
        progress: how far the batch and its dataset are.
        batch: its key, for the buttons.
        lang: the dataset's `ui`.
        minutes: the time that reading the whole batch takes.
        links: the permalinks of `progress.short`, in its order; or none of them.
        guidelines: the recipe has some, so there is a button for them.
    """
    title = _title(progress, lang, minutes)
    blocks = [headline(title), section(_progress(progress, lang))]
    if short := _short(progress, links, lang):
        blocks.append(context(mrkdwn(say(lang, "one_short", links=short))))
    if not progress.closed:
        blocks.append(context(plain(say(lang, "how_to_review"))))
    if buttons := list(_buttons(lang, str(batch), guidelines=guidelines, closed=progress.closed)):
        blocks.append(actions(buttons))
    return Message(title, blocks)


def _buttons(lang: Lang, batch: str, *, guidelines: bool, closed: bool) -> Iterator[Block]:
    if not closed:
        yield button(say(lang, "one_by_one_button"), "one_by_one", batch)
    if guidelines:
        yield button(say(lang, "guidelines_button"), "guidelines", batch)
    if not closed:
        yield button(say(lang, "not_today_button"), "not_today", batch)


def _title(progress: Progress, lang: Lang, minutes: int) -> str:
    number, n = progress.number, progress.size
    if progress.closed:
        return say(lang, "batch_done", number=number, n=n)
    return say(lang, "batch", number=number, n=n, minutes=max(1, minutes))


def _progress(progress: Progress, lang: Lang) -> str:
    return say(
        lang,
        "batch_progress",
        bar=bar(progress.decided, progress.size),
        decided=progress.decided,
        size=progress.size,
        approved=progress.approved,
        target=progress.target,
    )


def bar(done: int, size: int) -> str:
    """How much of something is done, drawn in ten characters; the first one marks a beginning."""
    full = min(_BAR, max(_BAR * done // size, done > 0)) if size else 0
    return "▓" * full + "░" * (_BAR - full)


def _short(progress: Progress, links: Sequence[str], lang: Lang) -> str:
    linked = []
    for (sample, _, _), link in zip(progress.short, links, strict=bool(links)):
        place = progress.positions[sample]
        name = say(lang, "place_in_batch", place=place, size=progress.size)
        linked.append(f"<{link}|{name}>")
    more = ["…"] if len(linked) > _MOST_LISTED else []
    return " · ".join(linked[:_MOST_LISTED] + more)


@dataclass(frozen=True)
class Week:
    """What is known of a week; shares are from 0 to 1, None where there is nothing to divide.

    Attributes:
        number: the week, from 1, since the recipe was added.
        approved: records approved in it; `before` in the week before it.
        before: see there.
        total: approved in all.
        target: the recipe's.
        approval_rate: approved of decided.
        corrected_share: of the approved, those that people corrected.
        agreement: of the reviewers; shown from `agreement.ENOUGH` records on.
        per_approved_usd: what was spent, by approved record.
        owed: how many records each category lacks, the most first.
        version: the export's number, None when nothing has been exported.
        added: in that version.
        corrected: in that version.
        withdrawn: in that version.
        people: who voted, name by Slack id.
    """

    number: int
    approved: int
    before: int
    total: int
    target: int
    approval_rate: float | None
    corrected_share: float | None
    agreement: Agreement
    per_approved_usd: Decimal | None
    owed: Sequence[tuple[str, int]]
    version: int | None
    added: int
    corrected: int
    withdrawn: int
    people: Mapping[str, str]


def weekly(week: Week, *, lang: Lang, dataset: str) -> Message:
    """Render the summary of a week."""
    title = say(lang, "week", dataset=dataset, number=week.number)
    blocks = [headline(title), section(_approved(week, lang))]
    if fields := [mrkdwn(f"*{value}*\n{text}") for value, text in _figures(week, lang)]:
        blocks.append({"type": "section", "fields": fields})
    return Message(title, [*blocks, *_small_print(week, lang)])


def _approved(week: Week, lang: Lang) -> str:
    line = say(
        lang,
        "week_approved",
        n=week.approved,
        before=week.before,
        total=week.total,
        target=week.target,
    )
    left = weeks_left(week.target - week.total, week.approved)
    return line if left is None else f"{line} · {say(lang, 'weeks_left', n=left)}"


def _figures(week: Week, lang: Lang) -> Iterator[tuple[str, str]]:
    if week.approval_rate is not None:
        yield f"{week.approval_rate:.0%}", say(lang, "approval_rate")
    if week.corrected_share is not None:
        yield f"{week.corrected_share:.0%}", say(lang, "corrected_share")
    if week.agreement.raw is not None and week.agreement.enough:
        yield f"{week.agreement.raw:.0%}", say(lang, "agreement", n=week.agreement.n)
    if week.per_approved_usd is not None:
        yield f"${week.per_approved_usd:.3f}", say(lang, "per_approved")


def _small_print(week: Week, lang: Lang) -> Iterator[Block]:
    if week.owed:
        listed = [f"{clip(name, _LONGEST_NAME)} {n}" for name, n in week.owed[:_MOST_LISTED]]
        yield context(plain(say(lang, "owed", categories=" · ".join(listed))))
    if week.version is not None:
        line = say(
            lang,
            "week_version",
            version=f"v{week.version:04}",
            added=week.added,
            corrected=week.corrected,
            withdrawn=week.withdrawn,
        )
        yield context(plain(line))
    if week.people:
        by_name = sorted(week.people, key=lambda user: (week.people[user].casefold(), user))
        yield context(mrkdwn(say(lang, "thanks", people=labels.mentions(by_name, lang))))
