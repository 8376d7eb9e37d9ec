"""Votes: reactions, buttons and readings of Slack become vote events, once each."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import bindparam, insert, update
from sqlalchemy import select as columns
from sqlmodel import Session, col

from core.votes import Ballot, Source, Verdict, Vote, lifted, standing
from storage import folding, outbox
from storage.datasets import role_of
from storage.engine import Store, add_new
from storage.kinds import OutboxKind, Role
from storage.tables import Inbox, Post, Roster, Sample, VoteEvent


class Heard(StrEnum):
    """What became of a vote; `stranger`: nothing was written, the roster may be old."""

    COUNTED = "counted"
    NOT_COUNTED = "not_counted"
    SUPERSEDED = "superseded"
    IGNORED = "ignored"
    DUPLICATE = "duplicate"
    STRANGER = "stranger"


@dataclass(frozen=True)
class Reaction:
    """A reaction put or taken away; `key` is the event's id, `at` Slack's event time."""

    key: str
    channel: str
    ts: str
    user: str
    emoji: str
    present: bool
    at: datetime


@dataclass(frozen=True)
class Press:
    """A button pressed; `key` is user + message or view + action_ts."""

    key: str
    sample: int
    revision: int
    user: str
    verdict: Verdict
    channel: str
    at: datetime


def heard_before(session: Session, key: str, now: datetime) -> bool:
    """Note a delivery's key; tells whether it was there."""
    return not add_new(session, Inbox, key=key, at=now)


def verdict_of(store: Store, sample: Sample, emoji: str) -> Verdict | None:
    """What an emoji means to this sample's recipe; skin tones say nothing."""
    plain = emoji.partition("::")[0]
    for verdict, names in store.recipe(sample.dataset_id, sample.recipe).review.emoji.items():
        if plain in names:
            return Verdict(verdict)
    return None


def react(store: Store, reaction: Reaction, *, strangers: bool = False) -> Heard:
    """Store a reaction as a vote event and decide again.

    Unless `strangers` is true, the vote of someone who is not on the roster is not written yet: the
    caller looks the person up in Slack and calls again.
    """
    with store.write() as session:
        card = _card(session, reaction.channel, reaction.ts, reaction.user)
        if card is None:
            return Heard.IGNORED
        sample = folding.lock(session, card.sample_id)
        verdict = verdict_of(store, sample, reaction.emoji)
        if verdict is None:
            return Heard.IGNORED
        counted = card.role is not None
        if not counted and not strangers:
            return Heard.STRANGER
        if heard_before(session, reaction.key, store.now()):
            return Heard.DUPLICATE
        vote = Vote(
            user=reaction.user,
            revision=card.revision,
            verdict=verdict,
            token=_token(reaction.emoji, card),
            at=reaction.at,
            present=reaction.present,
            counted=counted,
        )
        if read_at := _read_since(session, card.id, reaction.at):
            _confirm_reading(session, sample, vote, read_at, store.now())
        append(session, sample, vote, store.now())
        return _decide(store, session, sample, vote, channel=reaction.channel, card=card.id)


def _confirm_reading(
    session: Session, sample: Sample, late: Vote, read_at: datetime, now: datetime
) -> None:
    """Let what a reading saw outrank an event that happened before it but arrives after it."""
    known = [vote for vote in folding.votes_of(session, sample.id or 0) if vote.at <= read_at]

    def shows(votes: list[Vote]) -> bool:
        mine = (late.user, late.revision, late.token)
        return any((v.user, v.revision, v.token) == mine for v in standing(votes))

    if (seen := shows(known)) is not shows([*known, late]):
        again = replace(late, at=read_at, present=seen, source=Source.READING)
        append(session, sample, again, now)


def press(store: Store, pressed: Press, *, strangers: bool = False) -> Heard:
    """Store a button's vote; a second press on flag takes the flag back."""
    with store.write() as session:
        sample = folding.lock(session, pressed.sample)
        if sample.batch_id is None:
            return Heard.IGNORED
        counted = role_of(session, sample.dataset_id, pressed.user) is not None
        if not counted and not strangers:
            return Heard.STRANGER
        if heard_before(session, pressed.key, store.now()):
            return Heard.DUPLICATE
        flag = pressed.verdict is Verdict.FLAG
        vote = Vote(
            user=pressed.user,
            revision=pressed.revision,
            verdict=pressed.verdict,
            token=_FLAG_BUTTON if flag else "button",
            at=pressed.at,
            counted=counted,
            source=Source.BUTTON,
        )
        raised = _flags_by_button(session, sample, pressed.user) if flag else []
        votes = [replace(held, at=pressed.at, present=False) for held in raised] or [vote]
        for each in votes:
            append(session, sample, each, store.now())
        return _decide(store, session, sample, votes[-1], channel=pressed.channel)


_FLAG_BUTTON = "button:flag"


def _flags_by_button(session: Session, sample: Sample, user: str) -> list[Vote]:
    """The flags that a person raised by a button, on any revision, and that still wave."""
    facts = folding.facts_of(session, sample)
    until = lifted(facts.settlements)
    return [
        vote
        for vote in standing(facts.votes)
        if (vote.user, vote.token) == (user, _FLAG_BUTTON) and (until is None or vote.at > until)
    ]


_APPEND = insert(VoteEvent)


def append(session: Session, sample: Sample, vote: Vote, now: datetime) -> None:
    """Append one vote event."""
    session.connection().execute(
        _APPEND,
        {
            "sample_id": sample.id,
            "revision": vote.revision,
            "user_id": vote.user,
            "verdict": vote.verdict,
            "token": vote.token,
            "present": vote.present,
            "counted": vote.counted,
            "source": vote.source,
            "at": vote.at,
            "seen_at": now,
        },
    )


def _decide(
    store: Store,
    session: Session,
    sample: Sample,
    vote: Vote,
    *,
    channel: str,
    card: int | None = None,
) -> Heard:
    """Fold with the appended vote, and say what its author must know."""
    shown = card if vote.revision == sample.current else None
    folding.refold(store, session, sample, f"{vote.source}:{vote.verdict}", card=shown)
    return _answer(session, sample, vote, channel, store.now())


def _answer(session: Session, sample: Sample, vote: Vote, channel: str, now: datetime) -> Heard:
    tell = {"user": vote.user, "channel": channel}
    if not vote.counted:
        # Whoever presses a button is answered at once, each time.
        if vote.present and vote.source is not Source.BUTTON:
            outbox.tell_once(session, sample.dataset_id, now=now, what="not_counted", **tell)
        return Heard.NOT_COUNTED
    if vote.revision != sample.current and vote.verdict is not Verdict.FLAG:
        if vote.present:
            what = f"superseded:{sample.id}:{vote.revision}"
            outbox.tell_once(
                session, sample.dataset_id, now=now, what=what, sample=sample.id, **tell
            )
        return Heard.SUPERSEDED
    return Heard.COUNTED


def flags_of(store: Store, sample_id: int) -> frozenset[str]:
    """Who flags a sample now."""
    with store.read() as session:
        return folding.outcome_of(store, session, session.get_one(Sample, sample_id)).flags


def dataset_of(store: Store, sample_id: int) -> int:
    """The dataset that a sample belongs to."""
    with store.read() as session:
        return session.get_one(Sample, sample_id).dataset_id


@dataclass(frozen=True)
class _Card:
    id: int
    sample_id: int
    revision: int
    role: Role | None


def _token(emoji: str, card: _Card) -> str:
    """Names a reaction's message, too: a revision that was posted anew has two."""
    return f":{emoji}:{card.id}"


_FIND_CARD = columns(
    col(Post.id),
    col(Post.sample_id),
    col(Post.revision),
    columns(col(Roster.role))
    .where(col(Roster.dataset_id) == col(Post.dataset_id), col(Roster.user_id) == bindparam("user"))
    .scalar_subquery(),
).where(
    col(Post.channel) == bindparam("channel"),
    col(Post.ts) == bindparam("ts"),
    col(Post.kind) == OutboxKind.CARD,
)


def _card(session: Session, channel: str, ts: str, user: str = "") -> _Card | None:
    """The message there, if it shows a revision of a sample, and what `user` may do there."""
    place = {"channel": channel, "ts": ts, "user": user}
    row = session.connection().execute(_FIND_CARD, place).first()
    return _Card(row[0] or 0, row[1] or 0, row[2] or 0, row[3]) if row else None


_READ_AT = columns(col(Post.read_at)).where(col(Post.id) == bindparam("post"))


def _read_since(session: Session, post_id: int, at: datetime) -> datetime | None:
    """When a message was last read, if not before `at`; looked at under the sample's lock."""
    read_at: datetime | None = session.connection().execute(_READ_AT, {"post": post_id}).scalar()
    return read_at if read_at is not None and read_at >= at else None


def reading(
    store: Store, channel: str, ts: str, seen: frozenset[tuple[str, str]], at: datetime
) -> int:
    """Compare what Slack shows under a message with the fold; append only the difference.

    `seen` holds (user, emoji) pairs without the bot's own; `at` is the time of the request, so that
    an event after it outranks the reading. A reading older than the last one is no news. Returns
    the number of events appended.
    """
    with store.write() as session:
        card = _card(session, channel, ts)
        if card is None:
            return 0
        sample = folding.lock(session, card.sample_id)
        if _read_since(session, card.id, at):
            return 0
        session.connection().execute(update(Post).where(col(Post.id) == card.id).values(read_at=at))
        events = _difference(store, session, sample, card, seen, at)
        for vote in events:
            append(session, sample, vote, store.now())
        if events:
            outcome = folding.refold(store, session, sample, "reading")
            for vote in events:
                _answer(session, sample, vote, channel, store.now())
            _ask_unclear(session, sample, outcome.ballot, events, channel)
        return len(events)


def _ask_unclear(
    session: Session, sample: Sample, votes: Ballot, events: list[Vote], channel: str
) -> None:
    """Ask those whose verdicts were found together which one they mean."""
    for vote in events:
        if vote.user in votes.unclear and vote.revision == sample.current:
            outbox.tell_once(
                session,
                sample.dataset_id,
                vote.user,
                f"unclear:{sample.id}:{sample.current}:{vote.at}",
                vote.at,
                channel=channel,
                sample=sample.id,
            )


def _difference(
    store: Store,
    session: Session,
    sample: Sample,
    card: _Card,
    seen: frozenset[tuple[str, str]],
    at: datetime,
) -> list[Vote]:
    before = [vote for vote in folding.votes_of(session, sample.id or 0) if vote.at <= at]
    held = {
        (vote.user, vote.token): vote
        for vote in standing(before)
        if vote.token.startswith(":") and vote.token.endswith(f":{card.id}")
    }
    shown = {
        (user, _token(emoji, card)): verdict
        for user, emoji in sorted(seen)
        if (verdict := verdict_of(store, sample, emoji)) is not None
    }
    events = [
        replace(vote, at=at, present=False, source=Source.READING)
        for place, vote in held.items()
        if place not in shown
    ]
    for (user, token), verdict in shown.items():
        if (user, token) not in held:
            counted = role_of(session, sample.dataset_id, user) is not None
            found = Vote(user, card.revision, verdict, token, at, True, counted, Source.READING)
            events.append(found)
    return events
