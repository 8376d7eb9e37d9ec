"""A local workspace in the middle of its work, the same each time: what the pictures show.

Two examples in English and Chinese, some weeks old: decided batches, and today's under review,
with votes, a correction, and a split sample whose third reviewer is named. The bot is unmodified.
"""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.children import Children
from bot.demo import adapted
from sandbox import banks
from sandbox.scripts.stage import APPROVE, REJECT, Stage, sections, seeded

ROOT = Path(__file__).parents[2]
SEED = 3
WEEKS, A_WEEK, TODAY = 4, 5, 10
"""So many batches of so many samples are decided already; today's is under review."""
TARGET = 60
MONDAY = datetime(2030, 3, 4, 9, 0, tzinfo=UTC)
"""When the pictures are taken: far enough ahead, since the sandbox's clock goes only forward."""
EN, ZH = "support-en", "dermatology-zh"
_WHY = {EN: "wrong facts", ZH: "事实错误"}
_TURN = " ①②③④⑤⑥⑦⑧"
_BEGIN_SECONDS = 60.0

Json = dict[str, Any]


class Workspace:
    """The sandbox, the bot, two channels: today's cards of each by ts, and the corrected one's."""

    def __init__(self, children: Children, folder: Path) -> None:
        self._folder = folder
        words = ["sandbox", "--port", "0", "--seed", str(SEED), "--no-rate-limits"]
        words += ["--manifest", str(ROOT / "manifest.yml")]
        started = children.start("sandbox", words, folder=folder, environ=self._inherited())
        line = started.wait_for("sandbox ready", _BEGIN_SECONDS)
        self.base = line.split()[-1].rstrip("/")
        self.stages = {name: Stage(self.base, name, lambda _: None) for name in (EN, ZH)}
        self.at(days=-7 * WEEKS)
        for name in (EN, ZH):
            self._add(adapted(name, folder, self.base, scheduled=False))
        bot = children.start("bot", ["bot.cli", "run"], folder=folder, environ=self._environ())
        bot.wait_for("ready", _BEGIN_SECONDS)
        for week in range(WEEKS, 0, -1):
            self.at(days=2 - 7 * week)
            self._decide({name: self._batch(name, A_WEEK + WEEKS - week) for name in (EN, ZH)})
        self.at()
        self._read()
        self.cards = {name: self._batch(name, TODAY) for name in (EN, ZH)}
        self.corrected: dict[str, str] = {}

    def at(self, **offset: int) -> None:
        """Move the clock to nine on Monday, or so far from it."""
        stage = self.stages[EN]
        now = datetime.fromisoformat(stage.state()["now"])
        ahead = (MONDAY + timedelta(**offset) - now).total_seconds()
        if ahead < 0:
            raise RuntimeError(f"It is {now} in the sandbox already: this machine is too slow.")
        stage.act("clock", advance=ahead)

    def _inherited(self) -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": str(ROOT)}

    def _environ(self) -> dict[str, str]:
        return self._inherited() | {
            "SLACK_BOT_TOKEN": "xoxb-sandbox",
            "SLACK_APP_TOKEN": "xapp-sandbox",
            "SLACK_API_URL": f"{self.base}/api/",
            "WINNOW_DATABASE_URL": f"sqlite:///{self._folder / 'winnow.db'}",
            "WINNOW_CLOCK_URL": f"{self.base}/sandbox/clock",
            "OPENAI_API_KEY": "sandbox",
        }

    def _add(self, recipe: Path) -> None:
        """Add a recipe by the command that one would type, with a target that weeks can reach."""
        written = recipe.read_text(encoding="utf-8")
        recipe.write_text(written.replace("target: 500", f"target: {TARGET}"), encoding="utf-8")
        command = [sys.executable, "-m", "bot.cli", "recipe", "add", recipe.name]
        subprocess.run(command, cwd=self._folder, env=self._environ(), check=True)  # noqa: S603

    def _batch(self, name: str, size: int) -> dict[str, banks.Entry]:
        """Have the curator order a batch; its cards with their ✅ and ❌, and what each shows."""
        stage = self.stages[name]
        before = {m["ts"] for m in stage.history("kim")}
        stage.command("kim", f"generate {size}")

        def look(state: Json) -> list[Json]:
            here = [m for m in state["messages"] if m["channel"] == stage.channel and seeded(m)]
            found = [m for m in here if m["ts"] not in before]
            return found if len(found) == size else []

        cards = stage.wait(f"the {size} cards of {name}", look)
        return {m["ts"]: _entry(name, m) for m in sorted(cards, key=lambda m: str(m["ts"]))}

    def _decide(self, batches: dict[str, dict[str, banks.Entry]]) -> None:
        """Two people decide each card of a batch, and the cards shrink."""
        for name, cards in batches.items():
            for ts, entry in cards.items():
                for who in ("ana", "ben"):
                    self.stages[name].react(who, ts, REJECT if entry.flaw else APPROVE)
        every = {ts for cards in batches.values() for ts in cards}

        def look(state: Json) -> bool:
            shown = [m for m in state["messages"] if m["ts"] in every]
            return not any("vote_" in str(m) or "'correct'" in str(m) for m in shown)

        self.stages[EN].wait("the decisions of a week", look)

    def _read(self) -> None:
        """Ana, Ben and Kim have read all that is there."""
        for stage in self.stages.values():
            last = stage.history("kim")[-1]["ts"]
            for who in ("ana", "ben", "kim"):
                stage.act("read", user=who, channel=stage.channel, ts=last)

    # What people did before the pictures are taken --------------------------------------------

    def review(self) -> None:
        """Votes, a correction and a split in both channels; a third reviewer is named."""
        for name in (EN, ZH):
            self._vote(name)
            self._correct(name)
        self.at(minutes=5)
        for name in (EN, ZH):
            self._split(name)
        self.at(minutes=16)
        for name in (EN, ZH):
            self._named(name)

    def plain(self, name: str) -> list[str]:
        """The cards that need no mending, in their order."""
        return [ts for ts, entry in self.cards[name].items() if entry.flaw is None]

    def _vote(self, name: str) -> None:
        stage, cards = self.stages[name], self.plain(name)
        for ts, voters in zip(cards[-4:], (("ben", "chen"), ("ben",), ("dora",), ()), strict=True):
            for who in voters:
                stage.react(who, ts, APPROVE)

    def _correct(self, name: str) -> None:
        stage = self.stages[name]
        ts, entry = next((ts, entry) for ts, entry in self.cards[name].items() if entry.mend)
        ((field, text),) = entry.mend.items()
        label = f"{_TURN[int(field[5:])]}：" if field.startswith("turn-") else f"{field}: "
        stage.reply("chen", ts, label + text)
        self.corrected[name] = stage.card_showing({text}, ts)

    def _split(self, name: str) -> None:
        stage, ts = self.stages[name], self.split(name)
        stage.react("dora", ts, APPROVE)
        stage.react("ben", ts, REJECT)
        menu = stage.wait("the menu of reasons", lambda state: _element(state, ts, "reason"))
        chosen = next(o["value"] for o in menu["options"] if o["text"]["text"] == _WHY[name])
        stage.click("ben", ts, "reason", chosen)

    def split(self, name: str) -> str:
        """The card on which people disagree."""
        return self.plain(name)[1]

    def go_on(self) -> None:
        """A little later, some votes more: for the log."""
        self.at(minutes=20)
        for ts in self.plain(EN)[2:4]:
            self.stages[EN].react("emil", ts, APPROVE)

    def _named(self, name: str) -> None:
        """Wait until a third reviewer is named in the thread."""
        root = self.split(name)

        def look(state: Json) -> bool:
            replies = [m for m in state["messages"] if m.get("thread_ts") == root]
            return any("someone_else" in str(m.get("blocks")) for m in replies)

        self.stages[name].wait("a third reviewer", look)


def _entry(name: str, message: Json) -> banks.Entry:
    """The bank's entry that a card shows."""
    shown = set(sections(message))
    return next(entry for entry in banks.load(name) if entry.record and entry.texts() <= shown)


def _element(state: Json, ts: str, action_id: str) -> Json | None:
    """The element of this action in a message."""
    message = next(m for m in state["messages"] if m["ts"] == ts)
    blocks = message.get("blocks", [])
    elements = [each for block in blocks for each in block.get("elements", [])]
    elements += [block["accessory"] for block in blocks if "accessory" in block]
    return next((each for each in elements if each.get("action_id") == action_id), None)
