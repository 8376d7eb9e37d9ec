"""The loop of generation: plan, reserve, ask, store, read, settle, until there are enough.

Every teacher's lane is kept full. What arrives is stored before any of it is read, in one
transaction for all that came; then the lanes are filled again, and what came is read and settled.
So an interruption at any instant leaves three kinds of requests, each with its remedy: owed ones
are sent by the next run, stored replies are read by it, and what was under way counts as spent.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from bot.budgets import Purse, Tried, exhausted
from bot.lanes import Lanes, Queued, Sent
from bot.materials import Materials
from bot.pending import Pending, begin, caching
from bot.plans import Planner
from bot.reading import Answer, Reading, read_reply
from bot.sifting import Sieve
from bot.tallies import Generated, Progress, Tally, paid_for
from bot.wishes import Wish
from core.errors import TeacherError
from core.planning import Call
from core.recipe import TeacherSpec
from core.teachers import Engine
from core.teachers.base import NotAskedError, Outcome, Reply, Teacher, UnansweredError
from core.votes import State
from storage import requests, runs, samples
from storage.datasets import Dataset
from storage.engine import Store
from storage.kinds import RequestState
from storage.requests import Denied, Paid, Reserved

MOST_RECORDS = 3
"""A run stops after this many records for each candidate wanted (SURFACE.md)."""
MOST_ATTEMPTS = 6
"""How often a request is sent anew, each time paid for, while nobody knows what became of it."""
_GROUP = 32  # requests reserved in one transaction: the first go out before the last are planned
_WAIT = 0.25  # seconds until a stop is noticed while nothing arrives
_LOOK_EVERY = 0.5
_RENEW_EVERY = 2.0
_REPLAN_EVERY = 1.0
_FOR_WANT_OF_REPLIES = ("teacher", "records")


class Run:
    """One run of `generate`: its tallies, and what each turn of the loop does."""

    def __init__(
        self,
        store: Store,
        dataset: Dataset,
        wish: Wish,
        run_id: int,
        able: Mapping[str, Teacher],
        engine: Engine,
        report: Callable[[Progress], None],
        had: int = 0,
    ) -> None:
        """`able` are the teachers of `engine`, by their `model`; `had` came before, of this run."""
        self._store = store
        self._dataset = dataset
        self._wish = wish
        self._id = run_id
        self._able = able
        self._engine = engine
        self._report = report
        self._materials = Materials(
            store, dataset, way=wish.way, about=wish.about, category=wish.category
        )
        self._wording = self._materials.prompting.wording
        self._planner = Planner(store, dataset, self._materials, wish.category)
        self._sieve = Sieve(dataset.recipe)
        self._lanes = Lanes(engine, able, dataset.recipe.teachers, dataset.folder)
        self._purse = Purse(store, dataset, able, run_id)
        self._tally = Tally(wish.wanted)
        self._unread: list[Answer] = []
        self._failed: dict[str, TeacherError] = {}
        self._notes: dict[tuple[str, str], str | None] = {}
        self._settled = 0  # since the plan was last read anew
        self._poor = False
        self._had = had
        self._renewed = self._planned = time.monotonic()
        self._looked = self._renewed - _LOOK_EVERY  # it may have been stopped before it began

    def go(self, stop: threading.Event) -> None:
        """Ask until there are enough candidates or a reason to stop.

        Raises:
            TeacherError: no teacher gave a single reply.
        """
        try:
            self._begin()
            self._work(stop)
        except KeyboardInterrupt:
            self._interrupt()
            self._finish()
        except Exception:  # what was sent is accounted for before the error is told
            self._engine.cancel()
            self._finish()
            raise
        if self._failed and not self._tally.replies and self._tally.stopped in _FOR_WANT_OF_REPLIES:
            raise next(iter(self._failed.values()))

    @property
    def brought(self) -> int:
        """How much of what was wanted came so far."""
        return self._tally.brought

    def result(self) -> Generated:
        """What it came to."""
        notes = [*self._materials.notes, *self._notes.values(), self._planner.note]
        return self._tally.result(map(str, self._failed.values()), filter(None, notes))

    def _begin(self) -> None:
        self._sieve.know(samples.repeatable(self._store, self._dataset.id))
        self._take_over()
        target = self._dataset.recipe.target
        if samples.count(self._store, self._dataset.id)[State.APPROVED] >= target:
            self._tally.stop("target", f"The target of {target} approved records is reached.")

    def _take_over(self) -> None:
        recipe = self._dataset.recipe
        for left in runs.take_over(self._store, self._dataset.id, self._id, self._wish.fits):
            pending = Pending.from_json(left.pending, recipe)
            if left.state is RequestState.OWED:
                self._lanes.put(Queued(pending, left.id))
            else:
                self._unread.append(
                    Answer(left.id, pending, left.reply, left.stop, left.model, left.cost_usd)
                )

    def _work(self, stop: threading.Event) -> None:
        hungry = True
        while True:
            self._look(stop)
            came = self._lanes.take(0 if hungry else _WAIT)
            self._keep(came)
            hungry = self._fill()
            read = self._read()
            if came or read:
                self._report(self._tally.progress(map(str, self._failed.values())))
            if not (hungry or came or read or self._lanes.under_way):
                return

    # Stopping

    def _finish(self) -> None:
        """Account for what was sent, once the engine is cancelled: all has come out by then."""
        self._keep(self._lanes.take(0))
        self._read()

    def _look(self, stop: threading.Event) -> None:
        now = time.monotonic()
        if now - self._renewed >= _RENEW_EVERY:
            self._renewed = now
            runs.renew(self._store, self._id, self._had + self._tally.brought)
        cancelled = stop.is_set()
        if not cancelled and now - self._looked >= _LOOK_EVERY:
            self._looked = now
            cancelled = runs.cancelled(self._store, self._id)
        if cancelled and self._tally.stopped != "interrupted":
            self._interrupt()

    def _interrupt(self) -> None:
        self._tally.interrupted()
        self._engine.cancel()

    def _give_up(self, model: str, error: TeacherError) -> None:
        """Ask a teacher no more in this run; what is owed stays owed."""
        if not self._lanes.open(model):
            return
        self._failed[model] = error
        self._tally.given_up[model] = str(error)
        for one in self._lanes.close(model):
            self._planner.done(one.pending.call)
        if not self._lanes.specs:
            self._tally.stop("teacher", " ".join(map(str, self._failed.values())))

    # Asking

    def _fill(self) -> bool:
        """Fill the lanes; tells whether they may take more at once."""
        if self._tally.stopped or self._poor or self._tally.brought >= self._wish.wanted:
            return False
        coming = self._lanes.expected + sum(one.pending.expects for one in self._unread)
        most = MOST_RECORDS * self._wish.wanted - self._tally.seen - coming
        if most <= 0:
            if not coming:
                self._tally.stop("records", self._tally.too_few)
            return False
        lacking = min(self._wish.wanted - self._tally.brought - coming, most)
        self._plan(lacking)
        ready = self._lanes.next(_GROUP, lacking)
        self._send(ready)
        return bool(ready)

    def _plan(self, wanted: int) -> None:
        """Let calls wait that bring what is still to be asked for, as many as there is room for."""
        wanted -= self._lanes.awaited
        for _ in range(_GROUP):
            takers = self._lanes.takers() if wanted > 0 else []
            if not takers:
                return
            count = min(wanted, self._dataset.recipe.per_call)
            call = self._next_call(count, takers)
            if call is None:
                if not (self._lanes.under_way or self._lanes.awaited or self._unread):
                    self._tally.stop("material", "No way of asking has anything left to ask with.")
                return
            pending = begin(self._materials, call, self._wish.person)
            self._note(pending)
            self._lanes.put(Queued(pending))
            wanted -= call.count

    def _next_call(self, count: int, takers: Sequence[TeacherSpec]) -> Call | None:
        """Plan a call by what is known; by what the store holds, if that is old or gives none."""
        if self._settled and time.monotonic() - self._planned >= _REPLAN_EVERY:
            self._replan()
        calls = self._planner.calls([count], takers)
        if not calls and self._settled:
            self._replan()
            calls = self._planner.calls([count], takers)
        return calls[0] if calls else None

    def _replan(self) -> None:
        self._settled, self._planned = 0, time.monotonic()
        self._planner.refresh()

    def _note(self, pending: Pending) -> None:
        """Tell, once for each teacher and prompt, that the fixed part is too short to be cached."""
        model = pending.call.teacher.model
        if (model, pending.step.prompt) in self._notes:
            return
        self._notes[model, pending.step.prompt] = caching(pending, self._able[model])

    def _send(self, ready: Sequence[Queued]) -> None:
        """Set money aside for requests and send those that it was found for."""
        tried = self._purse.reserve(ready)
        for one, most, outcome in tried:
            if isinstance(outcome, Reserved):
                self._lanes.send(Sent(outcome.id, one.pending, most), outcome.line)
        outcomes = {outcome for _, _, outcome in tried}
        if Denied.TAKEN in outcomes:  # another run planned the same calls at the same time
            for one, _, outcome in tried:
                if outcome is Denied.TAKEN:
                    self._planner.done(one.pending.call)
            self._replan()
        if Denied.BUDGET in outcomes:
            self._wait_for_money([t for t in tried if t[2] is Denied.BUDGET])

    def _wait_for_money(self, denied: Sequence[Tried]) -> None:
        # What finds no room while others hold theirs may find some once these are settled.
        self._lanes.put_back(one for one, _, _ in denied)
        self._poor = True
        if not self._lanes.under_way:
            _, most, _ = denied[0]
            self._tally.stop(*exhausted(self._store, self._dataset, most or Decimal(0)))

    # Hearing

    def _keep(self, came: Sequence[tuple[Sent, Outcome]]) -> None:
        """Store what arrived, before any of it is read."""
        if not came:
            return
        self._poor = False
        unsent = [
            sent.id
            for sent, outcome in came
            if isinstance(outcome, NotAskedError) and sent.pending.place
        ]
        requests.give_back(self._store, unsent)
        paid = [(sent.id, paid_for(outcome, sent.most)) for sent, outcome in came]
        requests.answer(self._store, [each for each in paid if each[0] not in unsent])
        for (sent, outcome), (_, cost) in zip(came, paid, strict=True):
            if isinstance(outcome, Reply):
                self._tally.paid(cost)
                text = cost.reply or ""
                self._unread.append(
                    Answer(sent.id, sent.pending, text, outcome.stop, outcome.model, cost.cost_usd)
                )
            else:
                self._refused(sent, outcome, cost)

    def _refused(self, sent: Sent, error: TeacherError, paid: Paid) -> None:
        call = sent.pending.call
        asked = not isinstance(error, NotAskedError)
        if asked:
            self._tally.paid(paid)
        if self._may_repeat(sent, error):
            self._lanes.put(Queued(sent.pending.again()))
            return
        self._planner.done(call)
        if asked:
            self._tally.failed(sent.pending.expects)
        if self._tally.stopped == "interrupted":
            self._tally.interrupted(isinstance(error, UnansweredError))
        elif error.fatal or not asked:  # its lane in the engine has ended
            self._give_up(call.teacher.model, error)
        else:
            self._failed.setdefault(call.teacher.model, error)

    def _may_repeat(self, sent: Sent, error: TeacherError) -> bool:
        """Whether to pay for another attempt, the engine having left that to the budget."""
        return (
            isinstance(error, UnansweredError)
            and error.again
            and not self._tally.stopped
            and sent.pending.attempt + 1 < MOST_ATTEMPTS
        )

    def _read(self) -> bool:
        """Read and settle the stored replies; tells whether there were any."""
        if not self._unread:
            return False
        readings = [read_reply(one, self._wording) for one in self._unread]
        self._unread.clear()
        settled = self._sieve.settle(self._store, self._dataset.id, self._id, readings)
        for read, settling, stored in settled:
            if self._wish.fits(read.answer.pending.json):
                self._tally.read(read, settling, stored)
            self._go_on(read, stored.owed)
        self._settled += len(settled)
        return True

    def _go_on(self, read: Reading, owed: Mapping[str, int]) -> None:
        for one in read.further:
            if one.key in owed and self._wish.fits(one.json):
                self._lanes.put(Queued(one, owed[one.key]))
        if not read.further:
            self._planner.done(read.answer.pending.call)
