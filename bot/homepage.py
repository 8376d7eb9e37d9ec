"""How an App Home looks: what awaits a person, progress, their own votes, what a curator settles.

A Home shows one's own numbers only; nothing in it ranks people.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot import headers, labels, statuses
from bot.blocks import Block, actions, button, context, header, mrkdwn, plain, raw, section
from bot.excerpts import clip, first_line
from bot.gallery import Hung
from bot.markup import escape
from bot.texts import Lang, say
from core.records import answers
from storage.growth import Growth
from storage.home import Cast, Mine
from storage.samples import Shown

View = dict[str, Any]

PAGE = 10
"""Samples to settle on one page, of all datasets together."""
MOST = 16
_MOST_WHOLE = 7
"""Datasets shown at all, and shown whole: with a page to settle they fill Slack's 100 blocks."""
_LONGEST_QUESTION = 200
_LONGEST_ANSWER = 300
_LONGEST_LINE = 60
_MARKS = {"approve": "✅", "reject": "❌"}


@dataclass(frozen=True)
class Part:
    """What one dataset has for a person; `next_batch` is None without a schedule and when paused.

    Attributes:
        id: the dataset.
        name: the dataset's.
        lang: its `ui`.
        waiting: samples that need the person's vote, `minutes` the time they take.
        minutes: see there.
        next_batch: when the next samples come.
        paused: no samples come.
        growth: how far the dataset is.
        hung: a picture of that, where there is one.
        mine: what the person did.
        awaiting: how many samples a curator may settle; None for who is none.
        contested: votes may still decide some of those.
        page: those of them that are on this page, each with the permalink of its message.
    """

    id: int
    name: str
    lang: Lang
    waiting: int
    minutes: int
    next_batch: datetime | None
    paused: bool
    growth: Growth
    hung: Hung | None
    mine: Mine
    awaiting: int | None
    contested: bool
    page: Sequence[tuple[Shown, str | None]]


@dataclass(frozen=True)
class Page:
    """A whole Home.

    `parts` are `MOST` at most, `more` the datasets beyond; `first` counts the samples to settle
    that come before this page, from 0.
    """

    parts: Sequence[Part]
    first: int
    more: int = 0

    @property
    def awaiting(self) -> int:
        """Samples to settle in all."""
        return sum(part.awaiting or 0 for part in self.parts)


def view(page: Page, *, pictures: bool) -> View:
    """Render a Home, with the pictures there are or without."""
    lang = page.parts[0].lang
    whole = len(page.parts) <= _MOST_WHOLE
    blocks = [header(say(lang, "home_title"))]
    for part in page.parts:
        blocks += _whole(part, pictures=pictures) if whole else _short(part)
        for place, (shown, link) in enumerate(part.page):
            blocks += [{"type": "divider"}] if place else []
            blocks += _to_settle(shown, link, part.lang)
    if turning := list(_turning(page, lang)):
        blocks.append(actions(turning))
    if page.more:
        blocks.append(context(mrkdwn(say(lang, "home_more_datasets", n=page.more))))
    return {"type": "home", "private_metadata": str(page.first), "blocks": blocks}


def stranger(lang: Lang, curators: Sequence[str]) -> View:
    """Render the Home of someone who reviews nothing; `curators` are whom to ask."""
    people = labels.mentions(curators, lang)
    ask = say(lang, "home_ask", people=people) if people else say(lang, "home_ask_operator")
    return {"type": "home", "blocks": [section(say(lang, "home_stranger")), section(ask)]}


def _whole(part: Part, *, pictures: bool) -> Iterator[Block]:
    yield {"type": "divider"}
    yield _awaits(part)
    yield section(_progress(part))
    if pictures and part.hung is not None:
        yield _picture(part.hung)
    yield context(plain(_votes(part)))
    if part.mine.last:
        yield context(plain(_last(part)))
    if part.awaiting:
        yield statuses.to_settle(part.awaiting, part.lang, contested=part.contested)
    elif part.awaiting == 0:
        yield context(plain(say(part.lang, "nothing_awaits")))


def _short(part: Part) -> Iterator[Block]:
    yield _awaits(part)
    yield context(mrkdwn(f"{_progress(part)} · {_votes(part)}"))
    if part.awaiting:
        yield statuses.to_settle(part.awaiting, part.lang, contested=part.contested)


def _awaits(part: Part) -> Block:
    title = f"*{escape(part.name)}*"
    if part.waiting:
        text = say(part.lang, "home_waiting", n=part.waiting, minutes=part.minutes)
        begin = button(say(part.lang, "one_by_one_button"), "next", str(part.id))
        return section(f"{title}\n{text}", accessory=begin | {"style": "primary"})
    if part.paused:
        return section(f"{title}\n{say(part.lang, 'paused')}")
    text = say(part.lang, "home_nothing")
    if part.next_batch is not None:
        text += f" {say(part.lang, 'next_batch', when=statuses.when(part.next_batch))}"
    return section(f"{title}\n{text}")


def _progress(part: Part) -> str:
    growth = part.growth
    text = say(
        part.lang,
        "home_progress",
        bar=headers.bar(growth.approved, growth.target),
        approved=growth.approved,
        target=growth.target,
    )
    left = growth.weeks_left
    return text if left is None else f"{text} · {say(part.lang, 'weeks_left', n=left)}"


def _picture(hung: Hung) -> Block:
    title = {"title": plain(hung.title)} if hung.title else {}
    return {"type": "image", "slack_file": {"id": hung.file}, "alt_text": hung.alt, **title}


def _votes(part: Part) -> str:
    mine, lang = part.mine, part.lang
    if not mine.in_all and not mine.corrections:
        return say(lang, "home_no_votes")
    told = [say(lang, "home_votes", week=mine.this_week, all=mine.in_all)]
    if mine.corrections:
        told.append(say(lang, "home_corrections", n=mine.corrections))
    if mine.decided:
        told.append(say(lang, "home_agreed", agreed=mine.agreed, decided=mine.decided))
    return " · ".join(told)


def _last(part: Part) -> str:
    lines = [_vote(cast, part.lang) for cast in part.mine.last]
    return "\n".join([say(part.lang, "home_last"), *lines])


def _vote(cast: Cast, lang: Lang) -> str:
    facts = [
        labels.state(lang, cast.state),
        say(lang, "home_corrected") if cast.corrected else "",
        first_line(cast.record, _LONGEST_LINE),
    ]
    return f"{_MARKS[cast.verdict]} → {' · '.join(fact for fact in facts if fact)}"


def _to_settle(shown: Shown, link: str | None, lang: Lang) -> Iterator[Block]:
    value = f"{shown.id}:{shown.revision}"
    yield statuses.about(shown, link, lang, why=True)
    asked = first_line(shown.record, _LONGEST_QUESTION)
    answered = clip(answers(shown.record)[-1].strip(), _LONGEST_ANSWER)
    yield from raw(say(lang, "home_question", text=asked))
    yield from raw(say(lang, "home_answer", text=answered))
    yield actions(
        [
            button(say(lang, "settle_approve_button"), "settle_approve", value),
            button(say(lang, "settle_reject_button"), "settle_reject", value),
            button(say(lang, "correct_button"), "correct", value),
        ]
    )


def _turning(page: Page, lang: Lang) -> Iterator[Block]:
    """Buttons to the pages before and after; a value is the `first` of its page."""
    if page.first > 0:
        before = max(0, page.first - PAGE)
        text = say(lang, "home_back_button", n=page.first - before)
        yield button(text, "home_page_back", str(before))
    following = page.first + PAGE
    if (rest := page.awaiting - following) > 0:
        text = say(lang, "home_forward_button", n=min(PAGE, rest))
        yield button(text, "home_page_forward", str(following))
