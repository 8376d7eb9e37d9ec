"""A bulk that its command line left is collected by the bot, a minute at a time, over an hour."""

import threading

from bot import bulks
from storage import runs, samples

PRICED = "price: {input: 1, output: 5}"


def test_the_bot_collects_a_bulk_that_took_an_hour(quiet, recipe, until):
    model = f"openai:support-en@{quiet.slack.base}/openai/v1"
    teacher = f'[{{model: "{model}", {PRICED}}}]'
    dataset = quiet.add(recipe().replace('["replay:replies.jsonl"]', teacher))
    environ = {"OPENAI_API_KEY": "sandbox-key"}
    quiet.slack.act("teacher", bulk={"seconds": 3600, "expired": 1})
    gone = threading.Event()
    gone.set()
    made = bulks.generate(quiet.store, dataset, 6, environ=environ, stop=gone)
    assert made.stopped == "interrupted"

    quiet.start()
    quiet.bot.desk.environ = environ
    for _ in range(2):
        quiet.tick()
        quiet.pass_time(61)
    assert quiet.slack.ledger()["calls"] == []

    def collected() -> bool:
        quiet.pass_time(1800)
        quiet.tick()
        return not runs.working(quiet.store, dataset.id)

    until(collected, "the end of the run")
    assert samples.count(quiet.store, dataset.id)["candidate"] >= 6
    calls = quiet.slack.ledger()["calls"]
    assert {"batch_sandbox_000001", "batch_sandbox_000002"} <= {call["bulk"] for call in calls}
