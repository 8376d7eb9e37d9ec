"""The command line: its commands, and what is said when one of them fails.

Whatever is slow to import (storage, Slack, the teachers' SDKs, pydantic) is imported by the command
that needs it: `winnow --help` must answer at once.
"""

import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import typer

from bot import cli_datasets, cli_db, cli_generate, cli_recipe, cli_samples, printing
from bot.cli_options import Json, opened_store
from bot.settings import load
from core.errors import UsageError, WinnowError

log = logging.getLogger(__name__)

app = typer.Typer(
    name="winnow",
    help="Turns a Slack channel of domain experts into a fine-tuning dataset.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # rich takes half of the time that `--help` may take
)


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="Of the local workspace's page; 0 picks one.")] = 8765,
    auto: Annotated[bool, typer.Option("--auto", help="Play scripted reviewers and end.")] = False,
    seed: Annotated[int, typer.Option(help="Of the prepared texts and the reviewers.")] = 7,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="A new folder for all that is made.")
    ] = None,
    faults: Annotated[
        bool, typer.Option("--faults", help="With --auto: the local Slack misbehaves.")
    ] = False,
    sandbox_only: Annotated[
        bool, typer.Option("--sandbox-only", help="The local workspace without the bot.")
    ] = False,
) -> None:
    """A local workspace with the bot in it.

    It needs no account, no key and no Slack.
    """
    from bot import demo as demos

    demos.demo(port=port, auto=auto, seed=seed, out=out, faults=faults, sandbox_only=sandbox_only)


@app.command()
def run(
    http: Annotated[
        int | None,
        typer.Option(
            metavar="PORT",
            help="Signed HTTP instead of Socket Mode; on all interfaces, for a proxy in front.",
        ),
    ] = None,
    health: Annotated[
        int | None, typer.Option(metavar="PORT", help="Answer GET /health there, on 127.0.0.1.")
    ] = None,
) -> None:
    """Run the bot.

    It listens to Slack, posts batches and exports when they are due.
    """
    from bot import running

    running.run(load(), http=http, health=health)


@app.command()
def doctor(
    fix: Annotated[
        bool, typer.Option("--fix", help="Rewrite states that do not follow from the votes.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Look for what must be mended.

    Tokens, scopes, channels, schema, teachers, and whether votes and states agree.
    """
    from bot import doctor as doctors

    settings = load()
    with opened_store() as store:
        findings = list(doctors.examine(settings, store, os.environ, fix=fix))
    well = all(finding.well for finding in findings)
    rows = [
        {"what": finding.what, "found": finding.found, "remedy": finding.remedy}
        for finding in findings
    ]

    def say() -> None:
        for row in rows:
            mark = "!" if row["remedy"] else " "
            printing.line(f"{mark} {row['what']}: {row['found']} {row['remedy']}".rstrip())

    printing.answer(as_json, {"well": well, "findings": rows}, say)
    if not well:
        raise typer.Exit(1)


app.command("generate")(cli_generate.generate)
app.command("import")(cli_datasets.import_)
app.command("clean")(cli_datasets.clean)
app.command("post")(cli_datasets.post)
app.command("export")(cli_datasets.export)
app.command("stats")(cli_datasets.stats)
app.command("trace")(cli_samples.trace)
app.command("restore")(cli_samples.restore)
app.add_typer(cli_recipe.app, name="recipe", help="Check, add and show recipes.")
app.add_typer(cli_db.app, name="db", help="The database: its schema and its backup.")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit status: 0 done, 1 failed while running, 2 wrong usage."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    as_json = "--json" in given
    printing.never_fail()
    try:
        _check_encoding(given)
        status: int | None = app(given, prog_name="winnow", standalone_mode=False)
    except WinnowError as error:
        return _failed(error.error, error.hint, error.exit_code, as_json)
    except typer.TyperException as error:
        return _failed(error.format_message(), _usage(error), error.exit_code, as_json)
    except typer.Abort:
        return _failed("Nothing was done.", "", 1, as_json)
    except BrokenPipeError:
        # The reader of our output has gone; so must what is still in the buffer.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        return _failed(f"{place}{error.strerror or error}.", "", 1, as_json)
    except Exception as error:
        number = uuid4().hex[:8]
        log.error("unexpected, id %s", number, exc_info=error)
        hint = f"The traceback is on standard error, under the id {number}."
        return _failed(f"Something unexpected happened: {type(error).__name__}.", hint, 1, as_json)
    return status or 0


def _check_encoding(given: Sequence[str]) -> None:
    """Names and paths go into databases and JSON, which hold no bytes outside UTF-8."""
    for word in given:
        try:
            word.encode()
        except UnicodeEncodeError as error:
            shown = word.encode("utf-8", "backslashreplace").decode()
            raise UsageError(f"The argument {shown} is not UTF-8.") from error


def _usage(error: typer.TyperException) -> str:
    context = getattr(error, "ctx", None)
    return f"See: {context.command_path if context else 'winnow'} --help"


def _failed(error: str, hint: str, status: int, as_json: bool) -> int:
    if as_json:
        printing.print_json({"error": error, "hint": hint})
    elif error:
        printing.aside(f"{error} {hint}".strip())
    return status


if __name__ == "__main__":
    sys.exit(main())
