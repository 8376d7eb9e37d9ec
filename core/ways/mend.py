"""`mend`: a flagged text rewritten, so that what is improper is gone and all else stays."""

from core.asking import fenced
from core.parsing import Broken
from core.planning import Call
from core.ways import rewriting
from core.ways.base import (
    Made,
    Material,
    Read,
    Source,
    Step,
    parents_from_json,
    parents_to_json,
)
from core.ways.wording import Wording


class Mend:
    """One step for one sample, whatever number of records a call asks for.

    What it gives is no new sample but a text for its parent: `notes` have the revision that it
    `mends`.
    """

    name = "mend"
    prompts: tuple[str, ...] = ("mend",)
    source: Source | None = "flagged"

    def begin(self, call: Call, wording: Wording, material: Material) -> Step:
        """Show the flagged record and what was said of it; see `Way`."""
        parent = material.parents[0]
        variables = {"reasons": fenced("reasons", parent.reasons)}
        state = {"parents": parents_to_json([parent])}
        return rewriting.of(wording, self.name, call, parent.record, variables, state)

    def read(self, call: Call, wording: Wording, step: Step, reply: str) -> Read:  # noqa: ARG002
        """The mended record; see `Way`."""
        (parent,) = parents_from_json(step.state["parents"])
        record = rewriting.read(step, reply)
        if isinstance(record, Broken):
            return Read(broken=(record,))
        notes = {"mends": parent.revision}
        return Read((Made(record, cell=parent.cell, parent=parent, notes=notes),))
