"""The commands that work on one sample."""

from typing import Annotated

import typer

from bot import printing
from bot.cli_options import Json, opened_store

Sample = Annotated[
    str, typer.Argument(metavar="SAMPLE", help="Its number, or an export's record_id.")
]


def trace(sample: Sample, as_json: Json = False) -> None:
    """Tell the whole life of one sample.

    Origin, revisions, votes, posts, comments and exports.
    """
    from bot import tracing

    with opened_store() as store:
        data = tracing.trace(store, sample)

    def say() -> None:
        for text in tracing.told(data):
            printing.line(text)

    printing.answer(as_json, data, say)


def restore(sample: Sample, as_json: Json = False) -> None:
    """Make a discarded sample a candidate again."""
    from bot import tracing
    from storage import samples

    number = tracing.number(sample)
    with opened_store() as store:
        state = samples.restore(store, number)
    data = {"sample": number, "state": state.value}
    printing.answer(as_json, data, lambda: printing.line(f"Sample {number} is {state} again."))
