"""A bot that is killed at random instants while three people review eight samples.

WINNOW_KILLS is how often (`make test-kills`: 50); the default keeps `make test` short.
"""

import json
import os
import random
import threading
import time
from collections.abc import Callable

KILLS = int(os.environ.get("WINNOW_KILLS", "8"))
SUPPORT = "C0SUPPORTEN"
YES, NO = "white_check_mark", "x"
MENDED = "Into any free port of the router."
AGAIN = "Into any free port of the router; the light turns green."

Step = Callable[[], bool]


class Reviewers:
    """What three people do with each sample, one step after the other, as soon as they can."""

    def __init__(self, review, draw: random.Random) -> None:
        self._review, self._draw = review, draw
        self._views: dict[int, str] = {}
        self._replies: dict[int, str] = {}
        ana, ben, chen = "ana", "ben", "chen"
        self._todo: list[list[Step]] = [
            [self._vote(1, ana, YES), self._vote(1, ben, YES)],
            [self._vote(2, ana, NO), self._says(2, ben, "I would not send it."),
             self._vote(2, ben, NO)],
            [self._vote(3, ana, YES), self._takes_back(3, ana, YES), self._vote(3, ana, NO),
             self._vote(3, ben, NO)],
            [self._says(4, ana, f"output: {MENDED}"), self._vote(4, ben, YES, MENDED)],
            [self._opens(5, chen), self._submits(5, chen, MENDED),
             self._vote(5, ana, YES, MENDED)],
            [self._says(6, ben, f"output: {MENDED}"),
             self._says(6, chen, f"output: {AGAIN}", MENDED), self._vote(6, ana, YES, AGAIN)],
            [self._vote(7, ana, YES), self._vote(7, ben, NO), self._vote(7, chen, YES)],
            [self._says(8, ana, f"output: {MENDED}"), self._edits(8, ana, f"output: {AGAIN}"),
             self._vote(8, ben, YES, AGAIN)],
            [self._exports, self._exports, self._exports],
        ]  # fmt: skip

    @property
    def left(self) -> int:
        return sum(map(len, self._todo))

    def act(self) -> bool:
        """Someone does the next thing that is possible; false when nothing is."""
        for steps in self._draw.sample(self._todo, len(self._todo)):
            if steps and steps[0]():
                steps.pop(0)
                return True
        return False

    def _card(self, sample: int, shows: str = "", revision: str = "") -> str | None:
        """Where the latest card of a sample (or of one revision) is that shows a text."""
        found = None
        for message in self._review.sandbox.state["messages"]:
            key = message.get("metadata", {}).get("event_payload", {}).get("key", "")
            if key.startswith(f"card:{sample}:{revision}") and shows in json.dumps(
                message["blocks"]
            ):
                found = message["ts"]
        return found

    def _vote(self, sample: int, who: str, emoji: str, shows: str = "") -> Step:
        def step() -> bool:
            if ts := self._card(sample, shows):
                self._person(who).reactions_add(channel=SUPPORT, timestamp=ts, name=emoji)
            return ts is not None

        return step

    def _takes_back(self, sample: int, who: str, emoji: str) -> Step:
        def step() -> bool:
            ts = self._card(sample)
            self._person(who).reactions_remove(channel=SUPPORT, timestamp=ts, name=emoji)
            return True

        return step

    def _says(self, sample: int, who: str, text: str, shows: str = "") -> Step:
        def step() -> bool:
            root = self._card(sample, revision="0:")
            if root is None or self._card(sample, shows) is None:
                return False
            said = self._person(who).chat_postMessage(channel=SUPPORT, thread_ts=root, text=text)
            self._replies[sample] = said["ts"]
            return True

        return step

    def _edits(self, sample: int, who: str, text: str) -> Step:
        def step() -> bool:
            self._person(who).chat_update(channel=SUPPORT, ts=self._replies[sample], text=text)
            return True

        return step

    def _opens(self, sample: int, who: str) -> Step:
        def step() -> bool:
            ts = self._card(sample)
            click = {"user": who, "channel": SUPPORT, "ts": ts, "action_id": "correct"}
            seen = self._review.sandbox.tries("click", **click) if ts else None
            if seen and seen.get("view_id"):
                self._views[sample] = seen["view_id"]
            return sample in self._views

        return step

    def _submits(self, sample: int, who: str, text: str) -> Step:
        def step() -> bool:
            form = {"user": who, "view_id": self._views[sample], "values": {"output": text}}
            answer = self._review.sandbox.tries("submit", **form)
            assert not (answer or {}).get("errors")
            return answer is not None

        return step

    def _exports(self) -> bool:
        return self._review.types("kim", "export") is not None

    def _person(self, who: str):
        return self._review.sandbox.person(who)


def a_short_life(review, reviewers: Reviewers, draw: random.Random, steps: int) -> None:
    """Start a bot and kill it at some instant, starting or working, while people act."""
    bot = review.starts()
    if draw.random() < 0.75:
        bot.ready()
    killer = threading.Timer(draw.uniform(0, 1), bot.kill)
    killer.start()
    while killer.is_alive():
        steps -= bool(steps) and reviewers.act()
        time.sleep(0.01)
    killer.join()
    review.sandbox.pass_time(draw.choice((0, 1, 31, 61)))


def finish(review, reviewers: Reviewers) -> bool:
    """Go on acting; where nobody can, time passes and an export hears of edits that got lost."""
    if reviewers.left and not reviewers.act():
        review.sandbox.pass_time(20)
        review.types("kim", "export")
    return not reviewers.left


def test_killed_at_random_instants_nothing_is_lost_or_done_twice(review, until):
    draw = random.Random(KILLS)  # noqa: S311 - a test, no secret
    reviewers = Reviewers(review, draw)
    for lives in range(KILLS, 0, -1):
        a_short_life(review, reviewers, draw, steps=-(-reviewers.left // lives))
        assert review.broken() == []
    review.bot()
    until(lambda: finish(review, reviewers), "the end of the review", 60)
    review.settles()
    exported = review.answer("export", "backup-en")
    assert exported["records"] == 5
    assert review.broken() == []
    assert review.hidden() == [".backup-en.lock"]
    review.ends_well()
    assert review.answer("doctor")["well"] is True
