"""Having a teacher rewrite one sample as a person wishes, within the budget."""

from dataclasses import dataclass
from decimal import Decimal

from bot import generating, generation, teachers
from bot.desk import Desk
from bot.prompting import Prompting
from bot.tallies import paid_for
from bot.texts import say
from bot.votes import role_of
from core.errors import TeacherError, WinnowError
from core.parsing import Broken
from core.recipe import TeacherSpec
from core.records import Record
from core.teachers import ask_one
from core.teachers.base import Reply, Teacher
from core.ways import Step, rewriting
from storage import datasets, reading, requests, samples
from storage.datasets import Dataset
from storage.kinds import Role
from storage.reading import Settling
from storage.requests import Denied, Wanted
from storage.rewrites import Rewritten
from storage.samples import Shown

_WAY = "rewrite"
_ATTEMPTS = 2
"""A reply that cannot be used is asked for once more, with what is wrong with it."""


@dataclass(frozen=True)
class Rewrote:
    """A teacher's new record, and the request that brought it."""

    record: Record
    request: int


def rewrite(desk: Desk, wished: Rewritten) -> Rewrote:
    """Ask a teacher for the record that a person wished for.

    Raises:
        WinnowError: the person's day or the budget does not hold it, there is no teacher to ask,
            it failed, or what it wrote cannot be used.
    """
    shown = samples.show(desk.store, wished.sample, wished.revision)
    dataset = datasets.by_id(desk.store, shown.dataset_id)
    if role_of(desk, dataset.id, wished.user) is not Role.CURATOR:
        generating.within_the_day(desk, dataset, wished.user, 0)
    wording = Prompting(dataset.recipe, dataset.folder).wording
    able = teachers.opened(dataset, desk.environ)
    spec = _teacher(dataset, shown)
    step = rewriting.step(wording, spec, shown.record, wished.wish, shown.language)
    why = ""
    for attempt in range(_ATTEMPTS):
        request, reply = _ask(desk, dataset, able[spec.model], step, wished, attempt)
        record = rewriting.read(step, reply.text)
        if not isinstance(record, Broken):
            return Rewrote(record, request)
        why, step = record.explanation, wording.correct(step, reply.text, [record])
    raise TeacherError(say(dataset.recipe.ui, "rewrite_unusable", why=why))


def _teacher(dataset: Dataset, shown: Shown) -> TeacherSpec:
    """Whoever wrote the sample, if it is still there and no file; else the first that is none."""
    models = [spec for spec in dataset.recipe.teachers if spec.provider != "replay"]
    if not models:
        raise WinnowError(say(dataset.recipe.ui, "rewrite_no_teacher", dataset=dataset.name))
    own = [spec for spec in models if spec.model == shown.origin.get("teacher")]
    return (own or models)[0]


def _ask(
    desk: Desk, dataset: Dataset, teacher: Teacher, step: Step, wished: Rewritten, attempt: int
) -> tuple[int, Reply]:
    """One request, accounted for like any other."""
    most = teacher.most(step.ask)
    number = _reserve(desk, dataset, teacher, step, wished, attempt, most)
    try:
        reply = ask_one(teacher, step.ask)
    except TeacherError as error:
        requests.answer(desk.store, [(number, paid_for(error, most))])
        raise
    requests.answer(desk.store, [(number, paid_for(reply, most))])
    reading.settle(desk.store, dataset.id, [number], lambda _: [Settling(number)])
    return number, reply


def _reserve(
    desk: Desk,
    dataset: Dataset,
    teacher: Teacher,
    step: Step,
    wished: Rewritten,
    attempt: int,
    most: Decimal | None,
) -> int:
    wanted = Wanted(
        teacher=teacher.name,
        ask=_WAY,
        prompt=step.prompt,
        prompt_hash=step.prompt_hash,
        parameters={"rewrite": wished.id, "max_output_tokens": step.ask.max_output_tokens},
        seeds=(),
        most_usd=most,
        person=wished.user,
        key=f"rewrite:{wished.id}:{attempt}",
    )
    today = generation.day_begins(desk.store, dataset)
    [reserved] = requests.reserve(desk.store, dataset, [wanted], day_begins=today)
    if isinstance(reserved, Denied):
        raise WinnowError(say(dataset.recipe.ui, "rewrite_no_budget"))
    return reserved.id
