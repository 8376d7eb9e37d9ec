"""`winnow recipe …`."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from bot import printing
from bot.cli_options import Json, Name, opened_dataset, opened_store

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

File = Annotated[Path, typer.Argument(metavar="FILE", help="The recipe, in YAML.")]


@app.command()
def check(file: File, as_json: Json = False) -> None:
    """Check a recipe, its seeds, its prompts and its documents.

    What is wrong is told with line, key, and what was probably meant.
    """
    from bot import recipes

    recipe = recipes.check(file, printing.aside)
    say = f"{file} is a recipe of {recipe.name}: {recipe.format}, {', '.join(recipe.languages)}."
    printing.answer(as_json, {"name": recipe.name}, lambda: printing.line(say))


@app.command()
def add(file: File, as_json: Json = False) -> None:
    """Add a recipe, or a new version of one."""
    from bot import recipes

    with opened_store() as store:
        added = recipes.add(store, file, printing.aside)
        waiting = recipes.in_review(store, added)
    name, version = added.dataset.name, added.dataset.number

    def say() -> None:
        what = "added" if added.new else "unchanged since it was added"
        printing.line(f"{name}, version {version} of its recipe: {what}.")
        if waiting:
            printing.line(f"{waiting} samples in review keep the policy they were posted under.")

    printing.answer(as_json, {"name": name, "version": version, "new": added.new}, say)


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List the datasets."""
    from bot import recipes

    with opened_store() as store:
        rows = [asdict(row) for row in recipes.listed(store)]

    def say() -> None:
        if rows:
            printing.table("Datasets", list(rows[0]), [list(row.values()) for row in rows])
        else:
            printing.line("There is no dataset yet. Add one: winnow recipe add FILE.")

    printing.answer(as_json, {"datasets": rows}, say)


@app.command()
def show(name: Name, as_json: Json = False) -> None:
    """Show a recipe, its defaults filled in."""
    from bot import recipes

    with opened_dataset(name) as (_, dataset):
        text = recipes.as_yaml(dataset.recipe)
        data = recipes.shown(dataset.recipe)
    printing.answer(as_json, data, lambda: printing.line(text.rstrip()))


@app.command()
def schema(as_json: Json = False) -> None:  # noqa: ARG001 - it is JSON either way
    """Print the JSON Schema, for editors."""
    from core.recipe import json_schema

    printing.line(json.dumps(json_schema(), ensure_ascii=False, indent=2))
