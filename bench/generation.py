"""500 requests of 200 ms each at the sandbox's teacher: the engine beside the SDKs and raw aiohttp.

Every contestant is a process of its own, asks the same on the same wire, and reads the answers with
`json`. `loop` is the time from the first request to the last answer; `process`, CPU and memory are
the whole process's, imports and all. `winnow generate` plans, logs, parses, checks and stores
besides, and asks again for what is broken; it is held against the plain SDK's process with as many
requests. Contestants take turns; medians of three rounds.

Targets: the engine at most 1.15 × the plain SDK's loop, `winnow generate` at most 1.3 × the plain
SDK's process and 120 MB. A miss is printed, an error exits 1.
"""

import argparse
import asyncio
import compileall
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from urllib import request

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
MODEL = "support-en"
LATENCY = 0.2
LOOP_TARGET, PROCESS_TARGET, MEMORY_TARGET = 1.15, 1.3, 120
SYSTEM = "You write training examples for a language model.\n" + 80 * "Facts must be right. "
FIELDS = ("instruction", "input", "output")
RECORD = {
    "type": "object",
    "properties": {name: {"type": "string"} for name in FIELDS},
    "required": list(FIELDS),
    "additionalProperties": False,
}
SCHEMA = {
    "type": "object",
    "properties": {"records": {"type": "array", "items": RECORD, "maxItems": 1}},
    "required": ["records"],
    "additionalProperties": False,
}
MOST = 0.8  # of the answers, that hold records; the others hold one of the bank's broken ones
RECIPE = """\
name: bench
goal: Answers questions about a backup box.
format: instruction
language: en
channel: "#bench"
teachers: [{{model: "{model}", concurrency: {concurrency}, price: {{input: 1, output: 5}}}}]
per_call: 1
target: 100000
checks: {{default: off}}
"""


@dataclass(frozen=True)
class Job:
    """What a contestant has to do."""

    wire: str
    base: str
    concurrency: int
    count: int
    schema: bool = True


def body(job, number):
    """What the plain contestants send."""
    asked = {"role": "user", "content": f"Write example {number}."}
    shared = {"model": MODEL, "max_tokens": 4096}
    if job.wire == "openai":
        form = {"name": "reply", "strict": True, "schema": SCHEMA}
        form = {"response_format": {"type": "json_schema", "json_schema": form}}
        shared["messages"] = [{"role": "system", "content": SYSTEM}, asked]
    else:
        form = {"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}}
        shared |= {"messages": [asked], "system": SYSTEM}
    return shared | form if job.schema else shared


def has_records(job, answer):
    """Whether an answer's JSON holds records; the bank's broken ones are none."""
    if job.wire == "openai":
        text = answer["choices"][0]["message"]["content"]
    else:
        text = answer["content"][0]["text"]
    try:
        return bool(json.loads(text[text.index("{") : text.rindex("}") + 1])["records"])
    except ValueError:
        return False


async def at_most(job, ask):
    """Seconds that a job's calls of `ask` take, so many at a time."""
    gate = asyncio.Semaphore(job.concurrency)

    async def one(number):
        async with gate:
            return await ask(number)

    begun = time.perf_counter()
    found = await asyncio.gather(*map(one, range(job.count)))
    seconds = time.perf_counter() - begun
    assert sum(found) > MOST * job.count, "the answers hold no records"
    return seconds


async def by_hand(job):
    """aiohttp alone: the floor."""
    import aiohttp

    path = "/openai/v1/chat/completions" if job.wire == "openai" else "/anthropic/v1/messages"
    headers = {"Authorization": "Bearer sandbox", "anthropic-version": "2026-10-21"}
    pool = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(job.base, headers=headers, connector=pool) as session:

        async def ask(number):
            async with session.post(path, json=body(job, number)) as answer:
                assert answer.status == 200, await answer.text()
                return has_records(job, json.loads(await answer.read()))

        return await at_most(job, ask)


async def by_sdk(job):
    """The provider's own client as it comes."""
    if job.wire == "openai":
        from openai import AsyncOpenAI

        client = AsyncOpenAI(api_key="sandbox", base_url=f"{job.base}/openai/v1")
        create = client.chat.completions.with_raw_response.create
    else:
        from anthropic import AsyncAnthropic

        client = AsyncAnthropic(api_key="sandbox", base_url=f"{job.base}/anthropic")
        create = client.messages.with_raw_response.create

    async def ask(number):
        answer = await create(**body(job, number))
        return has_records(job, json.loads(answer.http_response.text))

    async with client:
        return await at_most(job, ask)


def by_engine(job):
    """Winnow's engine, without planning or a store."""
    from core.recipe import parse
    from core.teachers import Engine, open_teacher
    from core.teachers.base import Ask

    spec = parse(recipe(job)).teachers[0]
    teacher = open_teacher(spec, environ=os.environ, folder=ROOT)
    schema = SCHEMA if job.schema else None
    asks = [(str(n), Ask(SYSTEM, f"Write example {n}.", schema, 4096)) for n in range(job.count)]
    with Engine({spec.model: teacher}, {spec.model: job.concurrency}) as engine:
        found, begun = 0, time.perf_counter()
        while asks or engine.under_way:
            for _ in range(min(engine.room(spec.model), len(asks))):
                engine.submit(spec.model, *asks.pop())
            for _, outcome in engine.outcomes():
                if isinstance(outcome, Exception):
                    raise outcome
                found += '"records": [{' in outcome.text
        seconds = time.perf_counter() - begun
    assert found > MOST * job.count, "the answers hold no records"
    return seconds


def recipe(job):
    """The recipe of `winnow generate` and of the engine."""
    openai = job.wire == "openai"
    model = f"openai:{MODEL}@{job.base}/openai/v1" if openai else f"anthropic:{MODEL}"
    return RECIPE.format(model=model, concurrency=job.concurrency)


CONTESTANTS = {"aiohttp": by_hand, "SDK": by_sdk, "engine": by_engine}


def contest(name, job):
    """Be one contestant; print the seconds of its loop."""
    seconds = CONTESTANTS[name](job)
    print(asyncio.run(seconds) if asyncio.iscoroutine(seconds) else seconds)


def measured(command, folder, **environment):
    """What a process prints, and its wall and CPU seconds and peak MB, its children's included."""
    begun = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=said, env=environment, cwd=folder
        )
        printed = process.stdout.read().decode()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        if process.returncode:
            raise SystemExit(f"{command} failed: {printed} {said.read().decode()[-2000:]}")
    seconds = time.perf_counter() - begun
    return printed, (seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def environment(job):
    """Key and address where the recipe has none; bytecode is kept, as in an installation."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "ANTHROPIC_API_KEY": "sandbox", "ANTHROPIC_BASE_URL": f"{job.base}/anthropic"}


def contestant(name, job):
    """(loop, process, CPU, MB) of a contestant in a process of its own."""
    command = [sys.executable, __file__, "--contestant", name, json.dumps(asdict(job))]
    printed, used = measured(command, ROOT, **environment(job))
    return float(printed), *used


def generate(job):
    """How many requests `winnow generate` made, and its (process, CPU, MB)."""
    winnow = [sys.executable, "-c", "from bot.cli import main; raise SystemExit(main())"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "recipe.yml"
        path.write_text(recipe(job), encoding="utf-8")
        measured([*winnow, "recipe", "add", str(path), "--json"], folder, **environment(job))
        asked = [*winnow, "generate", "bench", "-n", str(job.count), "--json"]
        printed, used = measured(asked, folder, **environment(job))
    return json.loads(printed)["requests"], used


def compile_rooms():
    """Where bytecode is not written, each start would compile everything again."""
    for room in ("bot", "core", "prompts", "storage"):
        compileall.compile_dir(ROOT / room, quiet=2)


@contextmanager
def sandbox():
    """The sandbox's teacher in a process of its own; its address."""
    command = [sys.executable, "-m", "sandbox", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            base = process.stderr.readline().split()[-1].rstrip("/")
            told = json.dumps({"latency": LATENCY}).encode()
            knobs = request.Request(f"{base}/sandbox/teacher", told)  # noqa: S310
            request.urlopen(knobs).close()  # noqa: S310
            yield base
        finally:
            process.terminate()


def compare(job, rounds):
    """Run every contestant in turn; their medians, and how many requests `winnow generate` made."""
    taken = defaultdict(list)
    for _ in range(rounds):
        asked, used = generate(job)
        taken["winnow generate"].append((float("nan"), *used))
        taken["SDK, as many"].append(contestant("SDK", replace(job, count=asked)))
        for name in CONTESTANTS:
            taken[name].append(contestant(name, job))
    medians = {
        name: [statistics.median(each) for each in zip(*rows, strict=True)]
        for name, rows in taken.items()
    }
    return medians, asked


def table(job, medians):
    """Print the medians of one job."""
    ideal = job.count / job.concurrency * LATENCY
    print(f"{job.wire}, {job.concurrency} at a time, {job.count} requests: ideal {ideal:.1f} s")
    print(f"  {'':16}{'loop s':>8}{'process s':>11}{'CPU s':>7}{'MB':>6}")
    for name, (loop, process, cpu, memory) in medians.items():
        shown = f"{loop:8.2f}" if loop == loop else " " * 8
        print(f"  {name:16}{shown}{process:11.2f}{cpu:7.2f}{memory:6.0f}")


def judge(medians, asked):
    """Print what is held against a target."""
    generated, plain = medians["winnow generate"], medians["SDK, as many"]
    for name, value, target in (
        ("engine / SDK, loop", medians["engine"][0] / medians["SDK"][0], LOOP_TARGET),
        (
            f"winnow generate / SDK, process, {asked} requests",
            generated[1] / plain[1],
            PROCESS_TARGET,
        ),
        ("winnow generate, MB", generated[3], MEMORY_TARGET),
    ):
        print(f"  {name}: {value:.3g} (target {target}){'' if value <= target else '  MISSED'}")


def main():
    """Run all, or be a contestant."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contestant", nargs=2, metavar=("NAME", "JOB"))
    parser.add_argument("-n", type=int, default=500, help="requests")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    if args.contestant:
        name, job = args.contestant
        contest(name, Job(**json.loads(job)))
        return 0
    compile_rooms()
    with sandbox() as base:
        for wire, concurrency in itertools.product(("openai", "anthropic"), (50, 100)):
            job = Job(wire, base, concurrency, args.n)
            medians, asked = compare(job, args.rounds)
            table(job, medians)
            judge(medians, asked)
    return 0


if __name__ == "__main__":
    sys.exit(main())
