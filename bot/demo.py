"""`winnow demo`: a local Slack, prepared texts and the unmodified bot, all on this machine.

The bot runs as anyone would run it: `winnow run`, with its settings in the environment. Only the
addresses differ from those of a real workspace.
"""

import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bot.children import Child, Children
from core.errors import UsageError, WinnowError

EXAMPLE = "support-en"
SHOWN = {EXAMPLE: 12, "dermatology-zh": 6}
"""Whoever looks around finds these datasets, each with a batch of so many."""
_TOUR = {"instruction": EXAMPLE, "conversation": "dermatology-zh"}
"""The example of each format that every way of asking is tried on."""
_BESIDE = Path(__file__).parents[1]
_SANDBOX_SECONDS = 30.0
_BOT_SECONDS = 60.0
_PLAY_SECONDS = 150.0
_COMMAND_SECONDS = 120.0
_TOKENS = {"SLACK_BOT_TOKEN": "xoxb-sandbox", "SLACK_APP_TOKEN": "xapp-sandbox"}
_PRICE = {"input": 1.0, "output": 5.0}
_ADDED = """\
# Made by `winnow demo` from the example {name}: {changed} are the demo's.
# The teacher is the sandbox's: it hands out prepared texts, and no model runs.
"""
_CHANGED = {True: "teacher, channel and curator", False: "teacher, channel, curator and schedule"}


def demo(
    *, port: int, auto: bool, seed: int, out: Path | None, faults: bool, sandbox_only: bool
) -> None:
    """Run the demo until Ctrl-C; with `auto`, until the scripted reviewers are done.

    Raises:
        UsageError: options that do not go together, a port that is taken, a folder that exists.
        WinnowError: something that should have happened did not.
    """
    if sandbox_only and (auto or faults or out):
        raise UsageError("--sandbox-only goes with --port and --seed alone.")
    if faults and not auto:
        raise UsageError("--faults goes with --auto: it is the scripted reviewers who set them.")
    if sandbox_only:
        _alone(port, seed)
        return
    folder = _folder(out)
    _say(f"Everything of this demo is in {folder}.")
    with Children() as children:
        base = _sandbox(children, folder, port, seed)
        environ = {**_inherited(), **_settings(folder, base)}
        for name in [EXAMPLE] if auto else SHOWN:
            _prepare(name, folder, base, environ, scheduled=not auto)
        bot = children.start("bot", ["bot.cli", "run"], folder=folder, environ=environ)
        bot.wait_for("ready", _BOT_SECONDS)
        if auto:
            _play(children, folder, base, seed, faults=faults)
        else:
            _say(_welcome(folder, base))
            _until_interrupted(children)


def _alone(port: int, seed: int) -> None:
    """The sandbox without a bot; its log goes with it."""
    with tempfile.TemporaryDirectory(prefix="winnow-sandbox-") as place, Children() as children:
        base = _sandbox(children, Path(place), port, seed)
        _say(_ALONE.format(base=base))
        _until_interrupted(children)


def _folder(out: Path | None) -> Path:
    """Make the new folder of this demo."""
    folder = out.absolute() if out else next(_free())
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        raise UsageError(
            f"--out: {out} exists already.", "Name a folder that does not exist yet."
        ) from None
    except OSError as error:
        raise UsageError(f"--out: {folder} cannot be made ({error.strerror}).") from error
    return folder


def _free() -> Iterator[Path]:
    number = 1
    while True:
        folder = Path("winnow-demo" if number == 1 else f"winnow-demo-{number}").absolute()
        if not folder.exists():
            yield folder
        number += 1


def _sandbox(children: Children, folder: Path, port: int, seed: int) -> str:
    """Start the sandbox; its address, without a slash at its end."""
    manifests = (_BESIDE / "manifest.yml", _BESIDE / "bot" / "manifest.yml")
    manifest = next(path for path in manifests if path.exists())
    module = ["sandbox", "--port", str(port), "--seed", str(seed), "--manifest", str(manifest)]
    child = children.start("sandbox", module, folder=folder, environ=_inherited())
    try:
        return child.wait_for("sandbox ready", _SANDBOX_SECONDS).split()[-1].rstrip("/")
    except WinnowError as error:
        if any("cannot start" in line for line in child.lines()):
            shutil.rmtree(folder)  # this very call made it, and there is nothing in it
            raise UsageError(
                f"--port: {port} cannot be used, perhaps because another program has it.",
                f"Name another one: winnow demo --port {port + 1 if 0 < port < 65535 else 8766}",
            ) from error
        raise


def _inherited() -> dict[str, str]:
    """This process's environment; from another folder, too, the same code is found."""
    paths = [str(_BESIDE), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}


def _settings(folder: Path, base: str) -> dict[str, str]:
    """What the environment of an unmodified bot says, for it to work in this sandbox."""
    return {
        **_TOKENS,
        "SLACK_API_URL": f"{base}/api/",
        "WINNOW_DATABASE_URL": f"sqlite:///{folder / 'winnow.db'}",
        "WINNOW_CLOCK_URL": f"{base}/sandbox/clock",
        "OPENAI_API_KEY": "sandbox",
    }


def _prepare(
    name: str, folder: Path, base: str, environ: Mapping[str, str], *, scheduled: bool
) -> None:
    """Add an example's recipe, generate a batch and post it, by the commands one would type."""
    recipe = adapted(name, folder, base, scheduled=scheduled)
    _winnow(["recipe", "add", recipe.name], folder, environ)
    made = _winnow(["generate", name, "-n", str(SHOWN[name])], folder, environ)
    discarded = ", ".join(f"{n} {reason}" for reason, n in made["discarded"].items()) or "none"
    posted = _winnow(["post", name, "-n", str(SHOWN[name])], folder, environ)["posted"]
    _say(
        f"{name} ({recipe.name}): the teacher wrote {made['candidates']} samples in"
        f" {made['requests']} requests for ${made['cost_usd']} of play money; discarded by the"
        f" checks: {discarded}; {len(posted)} posted to #{name}."
    )


def _example(name: str) -> Path:
    """The folder of an example, in a checkout or in what is installed."""
    places = (_BESIDE / "examples" / name, _BESIDE / "sandbox" / "examples" / name)
    return next(place for place in places if place.exists())


def adapted(name: str, folder: Path, base: str, *, scheduled: bool) -> Path:
    """Write an example's recipe and seeds into the demo's folder, for the sandbox's teacher.

    Unless it is `scheduled`, nothing happens by itself, whatever the hour.
    """
    from ruamel.yaml import YAML

    example = _example(name)
    yaml = YAML()
    yaml.width = 120
    recipe = yaml.load((example / "recipe.yml").read_text(encoding="utf-8"))
    # One request at a time: the same seed then gives the same samples in the same order.
    teacher = {"model": f"openai:{name}@{base}/openai/v1", "concurrency": 1, "price": _PRICE}
    recipe |= {"teachers": [teacher], "channel": f"#{name}", "curators": ["@kim"]}
    if not scheduled:
        recipe["schedule"] = {"batch_size": SHOWN[name]}
    shutil.copy(example / recipe["seeds"], folder / f"{name}-{recipe['seeds']}")
    recipe["seeds"] = f"{name}-{recipe['seeds']}"
    path = folder / f"{name}.yml"
    with path.open("w", encoding="utf-8") as out:
        out.write(_ADDED.format(name=name, changed=_CHANGED[scheduled]))
        yaml.dump(recipe, out)
    return path


def _winnow(words: list[str], folder: Path, environ: Mapping[str, str]) -> dict[str, Any]:
    """Run a command of Winnow's to its end; its JSON answer.

    Raises:
        WinnowError: it failed, with its sentence.
    """
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "bot.cli", *words, "--json"],
        cwd=folder,
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=_COMMAND_SECONDS,
        check=False,
    )
    command = f"winnow {shlex.join(words)}"
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise WinnowError(f"`{command}` failed: {said[-1] if said else 'no word'}") from None
    if done.returncode:
        raise WinnowError(f"`{command}` failed: {answer.get('error')}", str(answer.get("hint", "")))
    return answer


def _play(children: Children, folder: Path, base: str, seed: int, *, faults: bool) -> None:
    """Let the scripted reviewers play, keep the sandbox's log, and tell how it ended."""
    words = ["sandbox.players", "--url", base, "--seed", str(seed), "--channel", EXAMPLE]
    players = children.start(
        "players", [*words, "--faults"] if faults else words, folder=folder, environ=_inherited()
    )
    try:
        _follow(players)
    finally:
        for name in ("log", "state"):
            with urllib.request.urlopen(f"{base}/sandbox/{name}", timeout=10) as answer:  # noqa: S310
                (folder / f"sandbox-{name}.json").write_bytes(answer.read())
    _say(_decisions(folder))
    version = folder / "exports" / EXAMPLE / "v0001"
    if not (version / "MANIFEST.json").exists():
        raise WinnowError(
            f"The bot said that it exported, but there is no {version}.",
            f"See {folder / 'bot.log'}.",
        )
    _say(f"The export: {version}")
    _tour(folder, base)


def _tour(folder: Path, base: str) -> None:
    """Ask in every way, on both wires, and say what came."""
    from bot import tour

    _say(f"\nEvery way of asking, once on each provider's wire ({folder / tour.DATABASE}):")
    for line in tour.told(folder, base, {kind: _example(name) for kind, name in _TOUR.items()}):
        _say(line)


def _follow(players: Child) -> None:
    """Print the transcript as it grows, until the play is over."""
    shown = 0
    until = time.monotonic() + _PLAY_SECONDS
    while True:
        over = players.process.poll() is not None
        lines = players.lines()
        for line in lines[shown : len(lines) if over else -1]:
            _say(line)
            shown += 1
        if over:
            break
        if time.monotonic() > until:
            raise WinnowError(f"The reviewers were not done within {_PLAY_SECONDS:.0f} s.")
        time.sleep(0.1)
    if players.process.returncode:
        raise WinnowError(lines[-1] if lines else "The reviewers stopped without a word.")


def _decisions(folder: Path) -> str:
    """What became of each sample, a line each."""
    from bot import clock
    from bot.excerpts import first_line
    from core.votes import DECIDED, IN_REVIEW
    from storage import datasets, samples
    from storage.engine import open_store

    store = open_store(f"sqlite:///{folder / 'winnow.db'}", clock.system)
    dataset = datasets.get(store, EXAMPLE)
    shown = samples.in_state(store, dataset.id, [*DECIDED, *IN_REVIEW])
    lines = [
        f"  {sample.state:<9} version {sample.revision + 1}  {first_line(sample.record)[:60]}"
        for sample in sorted(shown, key=lambda sample: sample.id)
    ]
    store.close()
    return "\n".join(["", "What became of the samples:", *lines, ""])


def _until_interrupted(children: Children) -> None:
    try:
        while True:
            children.check()
            time.sleep(0.5)
    except KeyboardInterrupt:
        _say("\nStopping …")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _welcome(folder: Path, base: str) -> str:
    settings = _settings(folder, base)
    words = [f"{name}={shlex.quote(value)}" for name, value in settings.items()]
    script = Path(sys.executable).with_name("winnow")
    winnow = [str(script)] if script.exists() else [sys.executable, "-m", "bot.cli"]
    export = shlex.join([*winnow, "export", EXAMPLE])
    lines = [f"cd {shlex.quote(str(folder))} &&", *words, export]
    return _WELCOME.format(
        base=base,
        channel=EXAMPLE,
        export=folder / "exports" / EXAMPLE / "v0001",
        command=" \\\n    ".join(lines),
    )


_WELCOME = """\
Open {base}/ and pick who you are at the top.

Things to try in #{channel}:
  * As Ana, tap ✅ under a card; then do so as Ben. Two more ✅ than ❌ approve a sample.
  * As Chen, reply in a card's thread: `output: the answer as it should read`. That is version 2,
    with votes of its own.
  * As Dora, press Correct, Flag or Not my field; or One by one, above the batch.
  * As Kim, who is the curator, open Winnow Home, or type `/winnow generate 5` or `/winnow export`.
  * Director, at the top right, moves the clock, lets others review and breaks things.
docs/tutorial.md leads through all of it.

The samples are prepared texts, some with mistakes on purpose: no model runs, nothing is charged.
`/winnow export` writes {export}.
So does this, from another terminal:

    {command}

Ctrl-C ends the demo; what it made stays."""

_ALONE = """\
The sandbox listens at {base}/ until Ctrl-C. For a bot of yours:

    SLACK_BOT_TOKEN=xoxb-sandbox
    SLACK_APP_TOKEN=xapp-sandbox
    SLACK_SIGNING_SECRET=sandbox-secret
    SLACK_API_URL={base}/api/
    WINNOW_CLOCK_URL={base}/sandbox/clock

Teachers: openai:BANK@{base}/openai/v1 with BANK one of support-en, general-zh, dermatology-zh;
or ANTHROPIC_BASE_URL={base}/anthropic and anthropic:BANK; any key. Their texts are prepared."""
