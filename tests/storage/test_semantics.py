"""What each event means (DESIGN.md §5), on both databases, against an oracle of its own.

The oracle is written from the table and the policy beside it. It knows nothing of the code but
records: it keeps what was heard, and works out from all of it, each time anew, what must hold.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run

from core.records import Instruction, to_json
from core.votes import Verdict
from storage import batches, datasets, exports, outbox, posts, samples, settlements, stats, votes
from storage.corrections import Proposal, correct, seen_by, withdraw
from storage.kinds import OutboxKind, Role
from storage.samples import New
from storage.settlements import Ruling
from storage.votes import Press, Reaction

REVIEWERS = ("ana", "ben", "cleo", "dan", "kit")
EVERYONE = (*REVIEWERS, "zoe")
MEANS = {
    "white_check_mark": "approve",
    "+1": "approve",
    "+1::skin-tone-3": "approve",
    "x": "reject",
    "-1": "reject",
    "fast_forward": "skip",
    "triangular_flag_on_post": "flag",
}
FIELDS = ("instruction", "input", "output")
WEEK = timedelta(days=7)
FATES = st.sampled_from(["now", "now", "late", "lost"])


@dataclass
class Version:
    """A revision as people made it."""

    texts: dict[str, str]
    author: str | None
    base: int
    at: datetime
    reply: str | None
    withdrawn: bool = False


@dataclass
class Message:
    """A card in the channel, and what Slack truly shows under it."""

    revision: int
    ts: str
    at: datetime
    shows: set[tuple[str, str]] = field(default_factory=set)
    deleted: bool = False
    readings: list[tuple[datetime, frozenset[tuple[str, str]]]] = field(default_factory=list)


@dataclass(frozen=True)
class Heard:
    """A reaction's event, put or taken away."""

    key: str
    ts: str
    user: str
    emoji: str
    present: bool
    at: datetime


@dataclass
class Oracle:
    """Everything heard of one sample."""

    versions: list[Version]
    messages: list[Message] = field(default_factory=list)
    events: set[Heard] = field(default_factory=set)
    presses: list[tuple[str, int, str, datetime]] = field(default_factory=list)
    flag_buttons: dict[tuple[str, int], datetime] = field(default_factory=dict)
    rulings: list[tuple[int, str | None, datetime]] = field(default_factory=list)
    unreadable: bool = False
    overdue: set[int] = field(default_factory=set)
    exported: int | None = None

    @property
    def current(self) -> int:
        return max(n for n, version in enumerate(self.versions) if not version.withdrawn)

    @property
    def card(self) -> Message:
        return [m for m in self.messages if m.revision == self.current][-1]

    def under(self, message: Message, before: datetime | None) -> dict[tuple[str, str], datetime]:
        """Who reacted with what under a message, and since when, as far as was heard."""
        heard = [(e.at, 1, e) for e in self.events if e.ts == message.ts]
        seen = [(at, 0, shown) for at, shown in message.readings]
        since: dict[tuple[str, str], datetime] = {}
        for at, is_event, what in sorted(heard + seen, key=lambda item: item[:2]):
            if before is not None and at >= before:
                break
            if is_event:
                since.pop((what.user, what.emoji), None)
                if what.present:
                    since[what.user, what.emoji] = at
            else:
                since = {pair: since.get(pair, at) for pair in what}
        return since

    def said(self, revision: int, before: datetime | None) -> list[tuple[str, datetime, str]]:
        """What buttons and corrections say of a revision: (person, since when, verdict)."""
        pressed = [p for p in self.presses if before is None or p[3] < before]
        buttons = {p[0]: p for p in pressed if p[1] == revision}
        said = [(user, at, verdict) for user, _, verdict, at in buttons.values()]
        for number, version in enumerate(self.versions):
            if version.author and not version.withdrawn:
                said += [(version.author, version.at, "reject")] * (version.base == revision)
                said += [(version.author, version.at, "approve")] * (number == revision)
        return said

    def verdicts(self, revision: int, before: datetime | None = None) -> dict[str, str | None]:
        """One verdict a person: the latest still there; None where there is no telling which."""
        said = [s for s in self.said(revision, before) if before is None or s[1] < before]
        for message in self.messages:
            if message.revision == revision:
                pairs = self.under(message, before).items()
                said += [(u, at, MEANS[emoji]) for (u, emoji), at in pairs if emoji in MEANS]
        held: dict[str, list[tuple[datetime, str]]] = {}
        for user, at, verdict in said:
            if user in REVIEWERS and verdict != "flag":
                held.setdefault(user, []).append((at, verdict))
        latest = {
            user: {verdict for at, verdict in mine if at == max(mine)[0]}
            for user, mine in held.items()
        }
        return {user: min(last) if len(last) == 1 else None for user, last in latest.items()}

    def settled(self, revision: int, before: datetime | None = None) -> str | None:
        mine = [r for r in self.rulings if r[0] == revision and (before is None or r[2] < before)]
        return mine[-1][1] if mine else None

    def lifted(self) -> datetime | None:
        """Until when settlements that hold lifted the flags."""
        last = {revision: (verdict, at) for revision, verdict, at in self.rulings}
        return max((at for verdict, at in last.values() if verdict), default=None)

    def flags(self) -> set[str]:
        flags = [(user, at) for (user, _), at in self.flag_buttons.items()]
        for message in self.messages:
            for (user, emoji), at in self.under(message, None).items():
                if MEANS.get(emoji) == "flag":
                    flags.append((user, at))
        until = self.lifted()
        return {u for u, at in flags if u in REVIEWERS and (until is None or at > until)}

    def lead(self, revision: int, before: datetime | None = None) -> tuple[int, int]:
        said = list(self.verdicts(revision, before).values())
        return said.count("approve"), said.count("reject")

    def state(self) -> str:
        """Policy net-2, in the order of its sentence."""
        settled = self.settled(self.current)
        if settled:
            return {"approve": "approved", "reject": "rejected"}[settled]
        if self.flags():
            return "frozen"
        a, r = self.lead(self.current)
        if a - r >= 2:
            return "approved"
        if r - a >= 2:
            return "rejected"
        if self.unreadable:
            return "frozen"
        if a + r >= 5 or self.current in self.overdue:
            return "queued"
        return "contested" if r else "open"

    def leaves(self) -> int | None:
        """The revision that the next export must hold."""
        if self.state() == "approved":
            return self.current
        if self.exported is None or self.flags() or self.versions[self.exported].withdrawn:
            return None
        after = [v.at for v in self.versions[self.exported + 1 :] if not v.withdrawn]
        if not after:
            return None
        corrected = min(after)
        settled = self.settled(self.exported, corrected)
        a, r = self.lead(self.exported, corrected)
        approved = settled == "approve" if settled else a - r >= 2
        return self.exported if approved else None


class Review(RuleBasedStateMachine):
    """People in a channel, a Slack that may lose and reorder events, and the store."""

    names = count(1)

    def __init__(self, store, clock, recipe, folder):
        super().__init__()
        self.store, self.clock, self.recipe, self.folder = store, clock, recipe, folder
        self.keys = count(1)
        self.pending: list[Heard] = []
        self.delivered: list[Heard] = []

    @initialize()
    def begin(self):
        name = f"care-{next(self.names)}"
        self.channel = name.upper()
        added = datasets.add(self.store, self.recipe(name=name), self.folder / f"{name}.yml")
        people = dict.fromkeys(REVIEWERS, Role.REVIEWER) | {"kit": Role.CURATOR}
        datasets.place(self.store, added.dataset.id, self.channel, people, "https://x.slack.com/")
        self.dataset = datasets.get(self.store, name)
        texts = {"instruction": "Why?", "input": "", "output": "Because."}
        new = New(Instruction(**texts), "general", "en", {})
        (self.number,) = samples.add(self.store, self.dataset.id, [new])
        self.oracle = Oracle([Version(texts, None, -1, self.tick(), None)])
        batches.open_batch(self.store, self.dataset, 1)
        self.send()

    def tick(self) -> datetime:
        return self.clock.forward(seconds=1)

    def key(self, what: str) -> str:
        return f"{what}:{self.channel}:{next(self.keys)}"

    def send(self) -> None:
        """Perform every wanted call, as if Slack did it at once."""
        self.clock.forward(seconds=2)
        while errand := outbox.claim(self.store):
            if errand.kind not in {OutboxKind.CARD, OutboxKind.HEADER}:
                outbox.done(self.store, errand)
                continue
            at = self.tick()
            ts = f"{at.timestamp():.6f}"
            batches.posted(self.store, errand, self.channel, ts, None)
            if errand.kind is OutboxKind.CARD:
                self.oracle.messages.append(Message(errand.revision, ts, at))
                if not errand.key.endswith(":0"):
                    self.oracle.unreadable = False

    def message(self, data) -> Message:
        """One that is still there, the newest most of the time."""
        there = [m for m in self.oracle.messages if not m.deleted] or self.oracle.messages
        return there[-1 - data.draw(st.sampled_from([0, 0, 1, 2]), label="back") % len(there)]

    def occurs(self, message: Message, user: str, emoji: str, present: bool, fate: str) -> None:
        """Something happens in Slack; of its event, `fate` tells what becomes."""
        (message.shows.add if present else message.shows.remove)((user, emoji))
        event = Heard(self.key("Ev"), message.ts, user, emoji, present, self.tick())
        if fate == "late":
            self.pending.append(event)
        elif fate == "now":
            self.deliver(event)

    def deliver(self, event: Heard) -> None:
        self.hear(event)
        self.oracle.events.add(event)
        self.delivered.append(event)

    def hear(self, event: Heard) -> None:
        reaction = Reaction(
            event.key, self.channel, event.ts, event.user, event.emoji, event.present, event.at
        )
        votes.react(self.store, reaction, strangers=True)

    @rule(
        data=st.data(),
        user=st.sampled_from(EVERYONE),
        emoji=st.sampled_from([*MEANS, "tada"]),
        fate=FATES,
    )
    def react(self, data, user, emoji, fate):
        message = self.message(data)
        if not message.deleted and (user, emoji) not in message.shows:
            self.occurs(message, user, emoji, True, fate)

    @rule(emoji=st.sampled_from(["white_check_mark", "x"]))
    def two_agree(self, emoji):
        """Without this a random walk rarely decides anything."""
        message = self.oracle.card
        for user in ("ana", "ben"):
            if not message.deleted and (user, emoji) not in message.shows:
                self.occurs(message, user, emoji, True, "now")

    @rule(data=st.data(), fate=FATES)
    def take_away(self, data, fate):
        message = self.message(data)
        if not message.deleted and message.shows:
            pair = data.draw(st.sampled_from(sorted(message.shows)), label="reaction")
            self.occurs(message, *pair, False, fate)

    @rule(data=st.data(), user=st.sampled_from(REVIEWERS), emoji=st.sampled_from([*MEANS]))
    def a_reading_is_first_to_tell(self, data, user, emoji):
        """A reaction, perhaps taken away again; their events come after a reading, or never."""
        message = self.message(data)
        if message.deleted:
            return
        for _ in range(data.draw(st.integers(1, 3), label="changes of mind")):
            shown = (user, emoji) in message.shows
            self.occurs(message, user, emoji, not shown, "late")
        self.read(message)
        late = [event for event in self.pending if event.ts == message.ts]
        for event in data.draw(st.permutations(late), label="order"):
            if data.draw(st.booleans(), label="arrives"):
                self.pending.remove(event)
                self.deliver(event)

    @precondition(lambda self: self.pending)
    @rule(data=st.data())
    def an_event_arrives_late(self, data):
        which = data.draw(st.integers(0, len(self.pending) - 1), label="which")
        self.deliver(self.pending.pop(which))

    @precondition(lambda self: self.delivered)
    @rule(data=st.data())
    def an_event_is_delivered_again(self, data):
        self.hear(data.draw(st.sampled_from(self.delivered), label="event"))

    @rule(data=st.data())
    def slack_is_read(self, data):
        message = self.message(data)
        if not message.deleted:
            self.read(message)

    def read(self, message: Message) -> None:
        if message.readings:
            # Of an event older than two readings the store knows the outcome, not the order.
            last = message.readings[-1][0]
            self.pending = [e for e in self.pending if e.ts != message.ts or e.at > last]
        at, seen = self.tick(), frozenset(message.shows)
        votes.reading(self.store, self.channel, message.ts, seen, at)
        message.readings.append((at, seen))

    @rule(
        data=st.data(),
        user=st.sampled_from(EVERYONE),
        verdict=st.sampled_from(["approve", "reject", "skip", "flag"]),
        twice=st.booleans(),
    )
    def press(self, data, user, verdict, twice):
        oracle, revision = self.oracle, self.message(data).revision
        at = self.tick()
        pressed = Press(
            self.key("click"), self.number, revision, user, Verdict(verdict), self.channel, at
        )
        for _ in range(1 + twice):
            votes.press(self.store, pressed, strangers=True)
        if verdict != "flag":
            oracle.presses.append((user, revision, verdict, at))
            return
        until = oracle.lifted()
        waving = [
            (who, where)
            for (who, where), since in oracle.flag_buttons.items()
            if who == user and (until is None or since > until)
        ]
        for place in waving:
            del oracle.flag_buttons[place]
        if not waving:
            oracle.flag_buttons[user, revision] = at

    @rule(
        data=st.data(),
        user=st.sampled_from(EVERYONE),
        names=st.sets(st.sampled_from(FIELDS), min_size=1, max_size=2),
        way=st.sampled_from(["reply", "modal", "edit"]),
        twice=st.booleans(),
    )
    def correct(self, data, user, names, way, twice):
        oracle, number = self.oracle, self.number
        at = self.tick()
        ts = f"{at.timestamp():.6f}" if way == "reply" else None
        if way == "edit":
            mine = [v for v in oracle.versions if v.reply and not v.withdrawn]
            if not mine:
                return
            edited = data.draw(st.sampled_from(mine), label="edited")
            ts, user = edited.reply, edited.author
        if way == "modal":
            base = data.draw(st.integers(0, len(oracle.versions) - 1), label="base")
        else:
            base = seen_by(self.store, number, self.channel, ts)
            assert base == self._shown_at(oracle, ts)
        wording = st.sampled_from(["One.", "Two.", "Three."])
        changes = {name: data.draw(wording, label=name) for name in sorted(names)}
        proposal = Proposal(self.key("reply"), number, base, changes, user, self.channel, ts, at)
        results = [correct(self.store, proposal, strangers=True).result for _ in range(1 + twice)]
        expected = self._expected(oracle, user, base, changes)
        again = "duplicate" if expected == "accepted" else expected
        assert results == [expected, again][: len(results)]
        if expected == "accepted":
            texts = oracle.versions[oracle.current].texts | changes
            oracle.versions.append(Version(texts, user, base, at, ts))
            self.send()

    def _shown_at(self, oracle: Oracle, ts: str) -> int:
        made = [n for n, v in enumerate(oracle.versions) if v.reply == ts and not v.withdrawn]
        shown = [
            m.revision
            for m in oracle.messages
            if m.ts <= ts and not oracle.versions[m.revision].withdrawn
        ]
        return max(made) if made else max(shown)

    def _expected(self, oracle: Oracle, user: str, base: int, changes: dict[str, str]) -> str:
        if user not in REVIEWERS:
            return "not_allowed"
        seen, now = oracle.versions[base].texts, oracle.versions[oracle.current].texts
        if any(seen[name] != now[name] != text for name, text in changes.items()):
            return "conflict"
        return "same" if now | changes == now else "accepted"

    @rule(data=st.data())
    def delete_a_correcting_reply(self, data):
        oracle = self.oracle
        replies = sorted({v.reply for v in oracle.versions if v.reply and not v.withdrawn})
        if not replies:
            return
        reply = data.draw(st.sampled_from(replies), label="reply")
        at = self.tick()
        expected = []
        made = [n for n, v in enumerate(oracle.versions) if v.reply == reply]
        author = oracle.versions[made[0]].author
        for number in reversed(made):
            others = set(oracle.verdicts(number)) - {author}
            others |= self._flaggers(oracle, number) - {author}
            free = number == oracle.current and not oracle.settled(number)
            if free and not others & set(REVIEWERS):
                oracle.versions[number].withdrawn = True
                expected.append(number)
        assert withdraw(self.store, self.channel, reply, author, at) == expected

    def _flaggers(self, oracle: Oracle, revision: int) -> set[str]:
        under = [oracle.under(m, None) for m in oracle.messages if m.revision == revision]
        by_emoji = {u for pairs in under for u, emoji in pairs if MEANS.get(emoji) == "flag"}
        return by_emoji | {user for user, where in oracle.flag_buttons if where == revision}

    @rule(verdict=st.sampled_from(["approve", "reject", None]))
    def a_curator_rules(self, verdict):
        oracle, number = self.oracle, self.number
        needed = oracle.state() in {"contested", "queued", "frozen"}
        if not (needed if verdict else oracle.settled(oracle.current)):
            return
        at = self.tick()
        ruling = Ruling(
            key=self.key("modal"),
            sample=number,
            revision=oracle.current,
            user="kit",
            verdict=Verdict(verdict) if verdict else None,
            reason="So it is.",
            channel=self.channel,
            at=at,
        )
        settlements.settle(self.store, ruling)
        oracle.rulings.append((oracle.current, verdict, at))

    @rule(one_in_three=st.integers(1, 3))
    def the_message_is_deleted(self, one_in_three):
        card = self.oracle.card
        if card.deleted or one_in_three > 1:
            return
        card.deleted = self.oracle.unreadable = True
        frozen = settlements.freeze(self.store, self.channel, card.ts, "deleted", self.tick())
        assert frozen == self.number

    @rule()
    def lost_messages_are_posted_again(self):
        lost = self.oracle.unreadable and self.oracle.state() == "frozen"
        assert batches.post_again(self.store, self.dataset) == [self.number] * lost
        self.send()

    @rule(days=st.sampled_from([3, 5]))
    def time_passes(self, days):
        self.clock.forward(days=days)
        oracle = self.oracle
        first = min(m.at for m in oracle.messages if m.revision == oracle.current)
        undecided = oracle.state() in {"open", "contested", "queued"}
        if undecided and first + WEEK <= self.clock.now:
            oracle.overdue.add(oracle.current)
        settlements.pass_time(self.store, self.dataset.id)

    @rule()
    def export(self):
        collected = exports.collect(self.store, self.dataset)
        assert exports.publish(self.store, self.dataset, collected, "somewhere", {"n": 1})
        self.oracle.exported = self.oracle.leaves()

    @invariant()
    def the_store_says_what_the_oracle_says(self):
        shown = samples.show(self.store, self.number)
        said = self.oracle.verdicts(self.oracle.current)
        assert shown.state.value == self.oracle.state()
        assert shown.revision == self.oracle.current
        assert shown.record == Instruction(**self.oracle.versions[shown.revision].texts)
        assert shown.outcome.flags == self.oracle.flags()
        assert shown.outcome.ballot.unclear == {u for u, v in said.items() if v is None}
        assert shown.outcome.ballot.verdicts == {u: v for u, v in said.items() if v}

    @invariant()
    def folding_again_changes_nothing(self):
        assert stats.rewrite_folds(self.store, self.dataset, fix=False) == []

    @invariant()
    def an_export_would_hold_what_the_oracle_lets_leave(self):
        items = exports.collect(self.store, self.dataset).items
        left = self.oracle.leaves()
        assert [record.revision for record, _ in items] == ([] if left is None else [left])
        for record, _ in items:
            texts = self.oracle.versions[record.revision].texts
            assert to_json(record.record) == to_json(Instruction(**texts))

    @invariant()
    def every_revision_has_its_messages_and_none_twice(self):
        cards = posts.of_sample(self.store, self.number)
        expected = [(message.revision, message.ts) for message in self.oracle.messages]
        assert [(card.revision, card.ts) for card in cards] == expected


def test_every_event_means_what_the_table_says(store, clock, recipe, tmp_path):
    run(
        lambda: Review(store, clock, recipe, tmp_path),
        settings=settings(
            max_examples=15,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
