"""The answer to `/winnow status`, where curators also settle what waits for them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from bot import labels
from bot.blocks import Block, Message, actions, button, context, header, mrkdwn, plain, raw, section
from bot.excerpts import clip, first_line
from bot.texts import Lang, say
from core.votes import State
from storage.samples import Shown

MOST_LISTED = 10
_SHOWN_STATES = (
    State.CANDIDATE,
    State.OPEN,
    State.CONTESTED,
    State.QUEUED,
    State.FROZEN,
    State.APPROVED,
    State.REJECTED,
    State.EXPIRED,
    State.DISCARDED,
)
_LONGEST_ANSWER = 200
_LONGEST_REASONS = 300


@dataclass(frozen=True)
class Standing:
    """How a dataset stands; amounts in USD, None where there is no limit.

    `next_batch` is None without a schedule, and while the dataset is paused.
    """

    dataset: str
    counts: Mapping[State, int]
    target: int
    paused: bool
    next_batch: datetime | None
    left_today: Decimal | None
    left_in_all: Decimal | None


def when(time: datetime) -> str:
    """A time as mrkdwn, which Slack shows in each reader's own time zone."""
    fallback = f"{time:%Y-%m-%d %H:%M %Z}"
    return f"<!date^{int(time.timestamp())}^{{date_short_pretty}} {{time}}|{fallback}>"


def status(
    standing: Standing, *, lang: Lang, awaiting: Sequence[tuple[Shown, str | None]] | None = None
) -> Message:
    """Render the answer.

    Args:
        standing: the numbers.
        lang: the dataset's `ui`.
        awaiting: for curators, the frozen, queued and contested samples in the order to settle
            them, each with the permalink of its message; None for everybody else.
    """
    title = say(
        lang,
        "status_title",
        dataset=standing.dataset,
        approved=standing.counts.get(State.APPROVED, 0),
        target=standing.target,
    )
    blocks = [header(title)]
    if counted := counts(standing.counts, lang):
        blocks.append(section(counted))
    if standing.paused:
        blocks.append(section(say(lang, "paused")))
    if ahead := " · ".join(_ahead(standing, lang)):
        blocks.append(context(mrkdwn(ahead)))
    if awaiting is not None:
        blocks += _awaiting(awaiting, lang)
    return Message(title, blocks)


def counts(by_state: Mapping[State, int], lang: Lang) -> str:
    """How many samples stand in each state; "" where there are none."""
    told = [
        f"{labels.state(lang, state)} {by_state[state]}"
        for state in _SHOWN_STATES
        if by_state.get(state)
    ]
    return " · ".join(told)


def _ahead(standing: Standing, lang: Lang) -> Iterator[str]:
    if standing.next_batch is not None:
        yield say(lang, "next_batch", when=when(standing.next_batch))
    elif not standing.paused:
        yield say(lang, "no_next_batch")
    if standing.left_today is not None:
        yield say(lang, "left_today", amount=f"{standing.left_today:.2f}")
    if standing.left_in_all is not None:
        yield say(lang, "left_in_all", amount=f"{standing.left_in_all:.2f}")


def _awaiting(awaiting: Sequence[tuple[Shown, str | None]], lang: Lang) -> Iterator[Block]:
    if not awaiting:
        yield context(plain(say(lang, "nothing_awaits")))
        return
    yield {"type": "divider"}
    contested = any(shown.state is State.CONTESTED for shown, _ in awaiting)
    yield to_settle(len(awaiting), lang, contested=contested)
    for shown, link in awaiting[:MOST_LISTED]:
        yield from _settling(shown, link, lang)
    if (more := len(awaiting) - MOST_LISTED) > 0:
        yield context(plain(say(lang, "awaiting_more", n=more)))


def to_settle(n: int, lang: Lang, *, contested: bool) -> Block:
    """The headline above samples to settle; `contested`: votes may still decide some of them."""
    more = [say(lang, "awaiting_contested")] if contested else []
    return section(" · ".join([say(lang, "awaiting", n=n), *more]))


def _settling(shown: Shown, link: str | None, lang: Lang) -> list[Block]:
    value = f"{shown.id}:{shown.revision}"
    return [
        about(shown, link, lang),
        *raw(first_line(shown.record, _LONGEST_ANSWER)),
        actions(
            [
                button(say(lang, "settle_approve_button"), "settle_approve", value),
                button(say(lang, "settle_reject_button"), "settle_reject", value),
            ]
        ),
    ]


def about(shown: Shown, link: str | None, lang: Lang, *, why: bool = False) -> Block:
    """The line with a sample to settle: which it is, and what stands against a decision.

    `why`: with the reasons of those who reject it, as they were given.
    """
    ballot = shown.outcome.ballot
    told = [
        labels.state(lang, shown.state),
        f"{ballot.approvals} ✅ {ballot.rejections} ❌",
        f"🚩 {labels.mentions(sorted(shown.outcome.flags), lang)}" if shown.outcome.flags else "",
        f"<{link}|{say(lang, 'open_link')}>" if link else "",
    ]
    return context(
        plain(clip(f"{labels.reference(lang, shown.id)} · {shown.category}", 80)),
        mrkdwn(" · ".join(fact for fact in told if fact)),
        *(_why(shown, lang) if why else ()),
    )


def _why(shown: Shown, lang: Lang) -> Iterator[Block]:
    reasons = dict.fromkeys(labels.reason(lang, reason) for reason in shown.reasons.values())
    if reasons:
        told = say(lang, "why_rejected", reasons=" · ".join(reasons))
        yield plain(clip(told, _LONGEST_REASONS))
