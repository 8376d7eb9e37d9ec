"""A reaction from Socket Mode to commit: CPU and latency, beside the floor of a bare insert.

The bot (Bolt, eligibility, decision, outbox) runs in this process on SQLite with 500 open samples
and 5,000 votes stored; a process of its own plays Slack: it sends one reaction after the other and
times each acknowledgement, which the bot gives after the commit.

Target: at most 1.5 ms of CPU and 20 ms at p95 a reaction (Label Studio: 33 ms of CPU a submission,
facts/review.md §3). The floor is what sqlite3 alone needs for INSERT and UPDATE in one commit.
"""

import argparse
import asyncio
import json
import multiprocessing
import sqlite3
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
CHANNEL = "C0BENCH"
SAMPLES, BATCH, VOTERS, STORED = 500, 10, 40, 5000


def slack(port, ready, results, count):
    """Slack's side: opens a socket, sends `count` reactions, times the acknowledgements."""
    from aiohttp import web

    async def opened(_request):
        return web.json_response({"ok": True, "url": f"ws://127.0.0.1:{port}/link"})

    async def other(_request):
        return web.json_response(
            {"ok": True, "user_id": "UBOT", "user": "winnow", "url": "http://x/"}
        )

    async def link(request):
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "hello"})
        times = []
        await asyncio.sleep(0.5)
        results.put("begin")
        for number in range(count):
            begun = time.perf_counter()
            await socket.send_json(envelope(number))
            async for message in socket:
                if message.data.startswith("{") and json.loads(message.data).get("envelope_id"):
                    break
            times.append(time.perf_counter() - begun)
        results.put(times)
        await asyncio.sleep(60)
        return socket

    app = web.Application()
    app.router.add_post("/api/apps.connections.open", opened)
    app.router.add_post("/api/{method}", other)
    app.router.add_get("/link", link)

    async def serve():
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        ready.set()
        await asyncio.sleep(600)

    asyncio.run(serve())


def envelope(number):
    event = {
        "type": "reaction_added",
        "user": f"UX{number % VOTERS}",
        "reaction": "white_check_mark" if number % 3 else "x",
        "item": {"type": "message", "channel": CHANNEL, "ts": f"1700000000.{number % SAMPLES:06d}"},
        "item_user": "UBOT",
        "event_ts": f"{1_800_000_000 + number}.000100",
    }
    return {
        "envelope_id": f"e{number}",
        "type": "events_api",
        "accepts_response_payload": False,
        "payload": {
            "type": "event_callback",
            "event_id": f"Ev{number}",
            "team_id": "T1",
            "event": event,
        },
    }


RECIPE = """\
name: bench
goal: measure
format: instruction
language: en
channel: C0BENCH
teachers: [replay:none.jsonl]
review: {lead: 20, max_votes: 99}
"""


def fill(store):
    """500 open samples with their cards and 5,000 votes."""
    from core.records import record_of
    from core.votes import Verdict, Vote
    from storage import batches, datasets, folding, outbox, samples
    from storage.kinds import Role
    from storage.samples import New
    from storage.votes import append

    dataset = datasets.add(
        store,
        RECIPE + f"target: {SAMPLES * 2}\nschedule: {{max_open: {SAMPLES}}}\n",
        ROOT / "bench.yml",
    ).dataset
    people = {f"U{kind}{n}": Role.REVIEWER for kind in ("X", "Y") for n in range(VOTERS)}
    datasets.place(store, dataset.id, CHANNEL, people, "http://x/")
    records = [
        record_of({"instruction": f"Question {n}?", "output": "An answer."}) for n in range(SAMPLES)
    ]
    samples.add(store, dataset.id, [New(r, "general", "en", {}) for r in records])
    dataset = datasets.get(store, "bench")
    opened = [batches.open_batch(store, dataset, BATCH) for _ in range(SAMPLES // BATCH)]
    numbers = [number for batch in opened for number in batch.samples]
    place = {number: n for n, number in enumerate(numbers)}
    while errand := outbox.claim(store):
        if errand.sample_id is None:
            outbox.done(store, errand)
        else:
            ts = f"1700000000.{place[errand.sample_id]:06d}"
            batches.posted(store, errand, CHANNEL, ts, None)
    with store.write() as session:
        for n in range(STORED):
            sample = folding.lock(session, numbers[n % SAMPLES])
            verdict = (Verdict.APPROVE, Verdict.REJECT)[n % 2]
            append(
                session,
                sample,
                Vote(f"UY{n // SAMPLES}", 0, verdict, ":x:", datetime.now(UTC)),
                datetime.now(UTC),
            )


def floor(folder, count):
    """CPU seconds of a bare vote: INSERT and UPDATE in one WAL commit."""
    base = sqlite3.connect(folder / "floor.db", isolation_level=None)
    base.execute("PRAGMA journal_mode=WAL")
    base.execute("PRAGMA synchronous=NORMAL")
    base.execute("CREATE TABLE vote (id INTEGER PRIMARY KEY, who TEXT, sample INT)")
    base.execute("CREATE TABLE tally (sample INTEGER PRIMARY KEY, n INT)")
    base.executemany("INSERT INTO tally VALUES (?, 0)", [(n,) for n in range(SAMPLES)])
    begun = time.process_time()
    for n in range(count):
        base.execute("BEGIN IMMEDIATE")
        base.execute("INSERT INTO vote (who, sample) VALUES (?, ?)", (f"U{n}", n % SAMPLES))
        base.execute("UPDATE tally SET n = n + 1 WHERE sample = ?", (n % SAMPLES,))
        base.execute("COMMIT")
    return (time.process_time() - begun) / count


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=600)
    parser.add_argument("--port", type=int, default=8937)
    count = parser.parse_args().count
    port = parser.parse_args().port
    context = multiprocessing.get_context("spawn")
    ready, results = context.Event(), context.Queue()
    other = context.Process(target=slack, args=(port, ready, results, count), daemon=True)
    other.start()

    from slack_bolt.adapter.socket_mode import SocketModeHandler

    from bot.app import build, desk_of
    from bot.settings import read
    from storage import schema
    from storage.engine import open_store

    with tempfile.TemporaryDirectory() as folder:
        settings = read(
            {
                "SLACK_BOT_TOKEN": "xoxb-1",
                "SLACK_APP_TOKEN": "xapp-1",
                "SLACK_API_URL": f"http://127.0.0.1:{port}/api/",
            }
        )
        store = open_store(f"sqlite:///{folder}/winnow.db", lambda: datetime.now(UTC))
        schema.ready(store)
        fill(store)
        ready.wait(20)
        handler = SocketModeHandler(build(desk_of(settings, store), settings), "xapp-1")
        handler.connect()
        results.get()
        begun = time.process_time()
        times = results.get()
        cpu = (time.process_time() - begun) / count
        handler.close()
        bare = floor(Path(folder), 2000)
        store.close()
    other.terminate()
    p95 = statistics.quantiles(times, n=20)[-1]
    print(f"reactions            {count}, {SAMPLES} open samples, {STORED} votes stored")
    print(f"CPU a reaction       {cpu * 1e3:.2f} ms   (target 1.50, Label Studio 33)")
    latency = f"{statistics.median(times) * 1e3:.2f} / {p95 * 1e3:.2f}"
    print(f"latency p50 / p95    {latency} ms   (target p95 20)")
    print(f"floor (bare sqlite3) {bare * 1e3:.3f} ms CPU; ratio {cpu / bare:.0f}")
    return 0 if cpu <= 1.5e-3 and p95 <= 20e-3 else 1


if __name__ == "__main__":
    sys.exit(main())
