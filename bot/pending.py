"""A request that is to be made: a step of a call, with what its log entry and its reply need."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Any, Self

from bot.materials import Materials
from bot.seeds import short_hash
from core.planning import Call
from core.recipe import Recipe, TeacherSpec
from core.teachers.base import Teacher
from core.ways import WAYS, Step
from storage.requests import Wanted


@dataclass(frozen=True)
class Pending:
    """A request to be made.

    Attributes:
        call: the piece of work that it belongs to.
        step: what is sent.
        seeds: hashes of the examples that the call shows.
        about: what a person wished, or "".
        person: who asked, by Slack id.
        place: how many requests of the call came before it.
        corrects: the request that it asks again for.
        attempt: how often it was sent before without anybody knowing whether it was charged.
    """

    call: Call
    step: Step
    seeds: tuple[str, ...] = ()
    about: str = ""
    person: str | None = None
    place: int = 0
    corrects: int | None = None
    attempt: int = 0

    @property
    def expects(self) -> int:
        """How many records its call may still bring by it."""
        return self.step.count if self.step.corrects else self.call.count

    @property
    def parameters(self) -> dict[str, Any]:
        """What the request log and the origins keep of how it was sent."""
        known = {
            "temperature": self.call.temperature,
            "max_output_tokens": self.call.teacher.max_output_tokens,
            "count": self.step.count,
            "corrects": self.corrects,
        }
        return {name: value for name, value in known.items() if value is not None}

    @cached_property
    def json(self) -> dict[str, Any]:
        """For the request log."""
        return {
            "call": self.call.to_json(),
            "step": self.step.to_json(),
            "seeds": list(self.seeds),
            "about": self.about,
            "person": self.person,
            "place": self.place,
            "corrects": self.corrects,
            "attempt": self.attempt,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any], recipe: Recipe) -> Self:
        """The inverse; its teacher may be one that the recipe does not have any more."""
        gone = TeacherSpec(model=data["call"]["teacher"])
        known = recipe.model_copy(update={"teachers": (*recipe.teachers, gone)})
        call = Call.from_json(data["call"], known)
        if call is None:
            raise LookupError(gone.model)
        return cls(
            call,
            Step.from_json(data["step"]),
            tuple(data["seeds"]),
            data["about"],
            data["person"],
            data["place"],
            data["corrects"],
            data["attempt"],
        )

    @cached_property
    def key(self) -> str:
        """A hash of all that determines the answer, and of the request's place in the log."""
        model = self.call.teacher.model  # with the server's address
        place = [self.call.number, self.place, self.step.corrects, self.attempt]
        whole = json.dumps([model, place, self.json["step"]["ask"]], sort_keys=True)
        return hashlib.sha256(whole.encode()).hexdigest()

    def then(self, step: Step, corrects: int | None = None) -> "Pending":
        """The next request of the same call."""
        return replace(self, step=step, place=self.place + 1, corrects=corrects, attempt=0)

    def again(self) -> "Pending":
        """The same, once nobody knows what became of it."""
        return replace(self, attempt=self.attempt + 1)

    def wanted(self, most_usd: Decimal | None = None, owed: int | None = None) -> Wanted:
        """Its entry in the request log; `owed` is its number there, if it has one."""
        return Wanted(
            teacher=self.call.teacher.model,
            ask=self.call.way,
            prompt=self.step.prompt,
            prompt_hash=self.step.prompt_hash,
            parameters=self.parameters,
            seeds=self.seeds,
            most_usd=most_usd,
            person=self.person,
            key=self.key,
            number=self.call.number,
            pending=self.json,
            owed=owed,
        )


def begin(materials: Materials, call: Call, person: str | None = None) -> Pending:
    """The first request of a call.

    Raises:
        TemplateError: a prompt needs a variable that there is not.
    """
    material = materials.of(call)
    step = WAYS[call.way].begin(call, materials.prompting.wording, material)
    seeds = tuple(short_hash(seed) for seed in material.seeds)
    return Pending(call, step, seeds, material.about, person)


def caching(pending: Pending, teacher: Teacher) -> str | None:
    """A sentence for the operator when the fixed part of a request is too short to be cached."""
    prefix = teacher.prefix(pending.step.ask)
    if not prefix.too_short:
        return None
    return (
        f"The fixed part of the prompt {pending.step.prompt} has about {prefix.tokens:,} tokens;"
        f" {pending.call.teacher.name} caches from {prefix.least:,}."
    )
