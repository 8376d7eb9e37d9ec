"""`/winnow generate`: who may, at what cost, and the message that says how far it is."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from slack_bolt import Ack, App

from bot import batches, generation, labels, modals
from bot.desk import Desk
from bot.generation import Generated
from bot.markup import escape
from bot.texts import Lang, say
from bot.votes import role_of
from core.errors import WinnowError
from core.recipe_ways import WAYS
from storage import batches as store_batches
from storage import datasets, outbox, progress, requests, rewrites, runs
from storage.datasets import Dataset
from storage.kinds import Role
from storage.runs import RunState

if TYPE_CHECKING:
    from bot.commands import Asked

_MOST = 500
"""Samples that one command asks for."""
_OPTION = re.compile(r"[-–—]{1,2}ask(?:=(?P<way>\S*))?\Z")
"""Phones write two hyphens as a dash."""
_EVERY = timedelta(seconds=3)
"""Between two updates of the message; Slack allows about one a second in a channel."""


@dataclass(frozen=True)
class Wish:
    """What a person wants generated: how many, about what, in which way."""

    wanted: int
    about: str = ""
    way: str | None = None


def register(app: App, desk: Desk) -> None:
    """Bind the confirmation of a cost and the button that stops a run."""

    @app.view("generate_confirm")
    def on_confirm(ack: Ack, body: dict[str, Any]) -> None:
        confirmed(desk, body)
        ack()
        desk.wake.set()

    @app.action("stop_run")
    def on_stop(ack: Ack, body: dict[str, Any]) -> None:
        stop(desk, body)
        ack()
        desk.wake.set()


def command(desk: Desk, asked: "Asked") -> str | None:
    """The verb of `/winnow`: start, ask about the cost first, or say why not."""
    if asked.role is None:
        raise WinnowError(say(asked.language, "only_reviewers", dataset=asked.dataset.name))
    if asked.dataset.paused:
        return say(asked.language, "paused")
    wish = wished(asked.words, asked.dataset, asked.language)
    if asked.role is not Role.CURATOR:
        within_the_day(desk, asked.dataset, asked.user, wish.wanted)
    cost = generation.estimate(
        desk.store, asked.dataset, wish.wanted, environ=desk.environ, way=wish.way
    )
    if cost is not None and cost > asked.dataset.recipe.budget.confirm_above_usd:
        view = modals.generate_confirm_view(
            lang=asked.language,
            dataset=asked.dataset.name,
            count=wish.wanted,
            about=wish.about,
            way=wish.way,
            most_usd=cost,
            channel=asked.channel,
        )
        desk.client.views_open(trigger_id=asked.trigger, view=view)
        return None
    start(desk, asked.key, asked.dataset, asked.user, asked.channel, wish)
    return say(asked.language, "generating", n=wish.wanted)


def wished(words: tuple[str, ...], dataset: Dataset, lang: Lang) -> Wish:
    """Read `[N] [--ask WAY] [what]`.

    Raises:
        WinnowError: a number out of range, or a way of asking that there is not.
    """
    rest = list(words)
    wanted = dataset.recipe.schedule.batch_size
    if rest and rest[0].isdecimal():
        wanted = int(rest.pop(0))
        if not 1 <= wanted <= _MOST:
            raise WinnowError(say(lang, "how_many", n=words[0]))
    way = None
    for place, word in enumerate(rest):
        if found := _OPTION.match(word):
            given = [found["way"]] if found["way"] is not None else rest[place + 1 : place + 2]
            way = given[0] if given else ""
            del rest[place : place + (1 if found["way"] is not None else 2)]
            break
    if way is not None and way not in WAYS:
        raise WinnowError(say(lang, "which_way", way=way, ways=", ".join(WAYS)))
    return Wish(wanted, " ".join(rest), way)


def within_the_day(desk: Desk, dataset: Dataset, user: str, wanted: int) -> None:
    """Refuse what would exceed a reviewer's day; rewritings count like samples.

    Raises:
        WinnowError: it would.
    """
    most = dataset.recipe.budget.per_person_day
    since = generation.day_begins(desk.store, dataset)
    had = requests.asked_by(desk.store, dataset.id, user, since)
    had += progress.coming(desk.store, dataset.id, user)
    had += rewrites.wished_by(desk.store, dataset.id, user, since)
    if had + wanted > most:
        raise WinnowError(say(dataset.recipe.ui, "per_person_day", n=most))


def start(desk: Desk, key: str, dataset: Dataset, user: str, channel: str, wish: Wish) -> None:
    """Write the run down, once per `key`, and work on it outside the listener."""
    wanted = {"wanted": wish.wanted, "category": None, "about": wish.about, "way": wish.way}
    run = runs.start(desk.store, dataset.id, wanted, key=key, person=user, channel=channel)
    if run is not None:
        _later(desk, run)


def resume(desk: Desk) -> None:
    """Go on with what people asked for in Slack and whose process died."""
    for run in runs.abandoned(desk.store):
        # One that waits here for its turn is taken as well: so its hold does not run out.
        if run.key is not None and runs.take(desk.store, run.id) and run.id not in desk.runs:
            _later(desk, run.id)


def _later(desk: Desk, number: int) -> None:
    desk.runs.add(number)

    def run() -> None:
        try:
            work(desk, number)
        finally:
            desk.runs.discard(number)

    desk.later(run)


def work(desk: Desk, number: int) -> None:
    """Generate and post, and say how far it is; what goes wrong is told to who asked."""
    if not runs.take(desk.store, number):
        return  # another process took it while it waited here
    run = runs.get(desk.store, number)
    dataset = datasets.by_id(desk.store, run.dataset_id)
    wanted, key = run.wish["wanted"], run.key or f"run:{number}"
    try:
        made = batches.fill(
            desk,
            dataset,
            wanted,
            key=key,
            about=run.wish["about"],
            way=run.wish["way"],
            person=run.person,
            run=number,
            report=_reporter(desk, number),
        )
        # Of a run that was resumed, also what came before its first process died.
        new = progress.candidates(desk.store, number)
        opened = store_batches.open_batch(desk.store, dataset, wanted, key=key, samples=new)
    except Exception as error:  # the person who waits must hear of it
        sentence = escape(desk.sentence(dataset.recipe.ui, error))
        desk.tell(run.channel or "", run.person or "", sentence)
    else:
        _tell(desk, run, key, made, opened.samples if opened else ())
    finally:
        if not runs.get(desk.store, number).ended:  # nothing could be asked at all
            runs.end(desk.store, number, "failed", run.candidates)
        progress.refresh(desk.store, number)


def _tell(
    desk: Desk, run: RunState, key: str, made: Generated | None, posted: Sequence[int]
) -> None:
    """Tell the person who asked what came."""
    done = progress.of_run(desk.store, run.id)
    beside = {"contrasts": made.contrasts, "mended": made.mended} if made else {}
    text = "generated_none" if made else "generated_nothing"
    if done.samples:
        text = "generated"
    elif any(beside.values()):
        text = "generated_beside"
    outbox.tell(
        desk.store,
        run.dataset_id,
        run.person or "",
        text,
        key=f"{key}:done",
        channel=run.channel or "",
        candidates=done.samples,
        discarded=done.discarded,
        posted=len(posted),
        **beside,
    )


def _reporter(desk: Desk, number: int) -> Callable[[object], None]:
    """Have the message updated, at most once in `_EVERY`."""
    last = desk.store.now()

    def report(_: object) -> None:
        nonlocal last
        now = desk.store.now()
        if now - last >= _EVERY:
            last = now
            progress.refresh(desk.store, number)
            desk.wake.set()

    return report


def stop(desk: Desk, body: dict[str, Any]) -> None:
    """Stop a run: the person who asked for it may, and curators."""
    number, user = int(body["actions"][0]["value"]), body["user"]["id"]
    run = runs.get(desk.store, number)
    if user != run.person and role_of(desk, run.dataset_id, user) is not Role.CURATOR:
        lang = desk.language(run.dataset_id)
        who = labels.mentions([run.person] if run.person else [], lang)
        place = body["container"]["channel_id"]
        desk.tell(place, user, say(lang, "stop_not_yours", who=who))
    elif runs.cancel(desk.store, number):
        progress.refresh(desk.store, number)


def confirmed(desk: Desk, body: dict[str, Any]) -> None:
    """The person accepted the cost, maybe of several forms that were opened before."""
    meta, user = json.loads(body["view"]["private_metadata"]), body["user"]["id"]
    dataset = datasets.get(desk.store, meta["dataset"])
    wish = Wish(meta["count"], meta["about"], meta["way"])
    try:
        if role_of(desk, dataset.id, user) is not Role.CURATOR:
            within_the_day(desk, dataset, user, wish.wanted)
    except WinnowError as error:
        desk.tell(meta["channel"], user, escape(str(error)))
        return
    start(desk, f"modal:{body['view']['id']}", dataset, user, meta["channel"], wish)
