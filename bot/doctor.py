"""`winnow doctor`: looks at everything that must be right for the bot to work, one line each."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib import metadata
from typing import Any

from slack_sdk import WebClient

from bot import slack, teachers
from bot.roster import Directory, people_of
from bot.settings import Settings
from core.errors import WinnowError
from storage import datasets, schema, stats
from storage.datasets import Dataset
from storage.engine import Store
from storage.kinds import Role

SCOPES = frozenset(
    {
        "channels:history",
        "channels:read",
        "chat:write",
        "commands",
        "files:write",
        "groups:history",
        "groups:read",
        "im:history",
        "im:write",
        "reactions:read",
        "reactions:write",
        "usergroups:read",
        "users:read",
    }
)
"""What manifest.yml asks for (tests/repo/test_manifest.py compares the two)."""

ROOMS = ("bot", "core", "prompts", "sandbox", "storage")


@dataclass(frozen=True)
class Finding:
    """One thing looked at; `remedy` is empty when it is as it should be."""

    what: str
    found: str
    remedy: str = ""

    @property
    def well(self) -> bool:
        """Whether nothing needs doing."""
        return not self.remedy


def examine(
    settings: Settings, store: Store, environ: Mapping[str, str], *, fix: bool
) -> Iterator[Finding]:
    """Look at schema, rooms, folds, teachers and, with a token, at Slack."""
    yield Finding("schema", schema.current(store) or "none")
    yield from _rooms()
    every = datasets.every(store)
    for dataset in every:
        yield from _folds(store, dataset, fix=fix)
        yield from _teachers(dataset, environ)
    if not settings.slack_bot_token:
        yield Finding("Slack", "not looked at", "Set SLACK_BOT_TOKEN.")
        return
    client = slack.connect(settings)
    yield from _slack(client, settings, every)


def _rooms() -> Iterator[Finding]:
    owners = metadata.packages_distributions()
    for room in ROOMS:
        strangers = sorted(set(owners.get(room, [])) - {"winnow-bot"})
        if strangers:
            yield Finding(
                f"package {room}",
                f"also installed by {', '.join(strangers)}",
                "Install Winnow into an environment of its own.",
            )


def _folds(store: Store, dataset: Dataset, *, fix: bool) -> Iterator[Finding]:
    wrong = stats.rewrite_folds(store, dataset, fix=fix)
    for sample, cached, folded in wrong:
        yield Finding(
            f"{dataset.name}, sample {sample}",
            f"its votes say {folded}, its state said {cached}" + (": mended" if fix else ""),
            "" if fix else "Run winnow doctor --fix.",
        )
    if not wrong:
        yield Finding(f"{dataset.name}, votes", "all states follow from them")


def _teachers(dataset: Dataset, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Whether `generate` would refuse a teacher; none is asked, which could cost money."""
    for spec in dataset.recipe.teachers:
        what = f"{dataset.name}, teacher {spec.model}"
        alone = dataset.recipe.model_copy(update={"teachers": (spec,)})
        try:
            teachers.opened(replace(dataset, recipe=alone), environ)
            yield Finding(what, "is configured (not contacted)")
        except WinnowError as error:
            yield Finding(what, error.error, error.hint or "Mend the recipe.")


def _slack(client: WebClient, settings: Settings, every: list[Dataset]) -> Iterator[Finding]:
    try:
        me = client.auth_test()
    except slack.BROKEN as error:
        yield _no_answer(error)
        return
    yield Finding("Slack", f"signed in as {me['user']} in {me['team']}")
    yield _scopes(me.headers)
    if settings.slack_app_token:
        yield _guarded("Socket Mode", lambda: _opened(settings))
    else:
        yield Finding("Socket Mode", "no SLACK_APP_TOKEN", "Set it, or run with --http PORT.")
    try:
        directory = Directory(client)
    except slack.BROKEN as error:
        yield _no_answer(error)
        return
    for dataset in every:
        yield _guarded(f"{dataset.name}, channel", _people_finder(directory, dataset))


def _no_answer(error: Exception) -> Finding:
    why = slack.trouble(error)
    if not why.passing:
        return Finding("Slack", f"refused the bot's token ({why.error})", "Check SLACK_BOT_TOKEN.")
    remedy = "Check the network and SLACK_API_URL."
    return Finding("Slack", f"does not answer now ({why.error})", remedy)


def _people_finder(directory: Directory, dataset: Dataset) -> Callable[[], str]:
    def find() -> str:
        channel = directory.channel(dataset.recipe.channel)
        people = people_of(directory, dataset, channel)
        curators = sum(role is Role.CURATOR for role in people.values())
        if not people:
            raise WinnowError("nobody may vote", "Invite reviewers, or name them in the recipe.")
        return f"{dataset.recipe.channel}: {len(people)} may vote, {curators} of them curators"

    return find


def _opened(settings: Settings) -> str:
    WebClient(base_url=settings.slack_api_url, timeout=slack.TIMEOUT_SECONDS).apps_connections_open(
        app_token=settings.slack_app_token
    )
    return "can connect"


def _guarded(what: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(what, look())
    except WinnowError as error:
        return Finding(what, error.error, error.hint or "See docs/operating.md.")
    except slack.BROKEN as error:
        why = slack.trouble(error).error
        return Finding(what, f"Slack answers {why}", "Check the tokens and the app's settings.")


def _scopes(headers: Mapping[str, Any]) -> Finding:
    granted = str(headers.get("x-oauth-scopes") or headers.get("X-OAuth-Scopes") or "")
    missing = sorted(SCOPES - set(granted.split(",")))
    if not granted:
        return Finding("scopes", "Slack did not say which are granted")
    if missing:
        return Finding(
            "scopes", f"missing: {', '.join(missing)}", "Reinstall the app from manifest.yml."
        )
    return Finding("scopes", "all granted")
