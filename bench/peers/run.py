"""distilabel and Curator beside Winnow's engine, the plain SDK and aiohttp, on the same work.

It installs both peers, at the versions of PEERS, into virtual environments in a temporary folder
(1.5 GB; `--keep DIR` keeps them for the next time) and runs all in turn against the sandbox's
teacher: 500 requests of 200 ms, OpenAI's wire, no schema, since distilabel sends none. Medians of
three rounds. CPU of distilabel is that of all its processes, memory that of its largest.

What the peers need beside their package, or they do not start: distilabel imports `requests` and
does not ask for it; Curator fetches tiktoken's table, which litellm has on board, and sends
telemetry unless it is told not to.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import venv
from collections import defaultdict
from contextlib import nullcontext
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

import generation  # noqa: E402 (it stands beside this folder, which is no package)

PEERS = {
    "distilabel": ("distilabel[openai]==1.5.3", "requests"),
    "curator": ("bespokelabs-curator==0.1.31",),
}
_TOKENIZERS = "lib/python*/site-packages/litellm/litellm_core_utils/tokenizers"


def installed(folder, name):
    """The folder of a peer's virtual environment, made unless it is there."""
    place = folder / name
    ready = place / ".ready"
    if not ready.exists():
        print(f"installing {' '.join(PEERS[name])} ...", flush=True)
        venv.create(place, with_pip=True, clear=True)
        pip = [place / "bin" / "pip", "install", "--quiet", *PEERS[name]]
        subprocess.run(pip, check=True)
        ready.touch()
    return place


def peer(name, place, job):
    """(loop, process, CPU, MB) of a peer in a process of its own, with an empty cache."""
    with tempfile.TemporaryDirectory() as home:
        told = {"HOME": home, "CURATOR_CACHE_DIR": f"{home}/cache", "TELEMETRY_ENABLED": "false"}
        for tokenizers in place.glob(_TOKENIZERS):
            told["TIKTOKEN_CACHE_DIR"] = str(tokenizers)
        command = [str(place / "bin" / "python"), str(HERE / f"with_{name}.py"), job.base]
        command += [str(job.concurrency), str(job.count), generation.SYSTEM]
        printed, used = generation.measured(command, home, **{**os.environ, **told})
    return float(printed.split()[-1]), *used


def compare(job, places, rounds):
    """Run all in turn; their medians."""
    taken = defaultdict(list)
    for _ in range(rounds):
        for name in generation.CONTESTANTS:
            taken[name].append(generation.contestant(name, job))
        for name, place in places.items():
            taken[name].append(peer(name, place, job))
    return {
        name: [statistics.median(each) for each in zip(*rows, strict=True)]
        for name, rows in taken.items()
    }


def main():
    """Install, run, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path, help="where the environments are, or are to be made")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    generation.compile_rooms()
    kept = nullcontext(args.keep) if args.keep else tempfile.TemporaryDirectory()
    with kept as folder, generation.sandbox() as base:
        places = {name: installed(Path(folder).resolve(), name) for name in PEERS}
        for concurrency in (50, 100):
            job = generation.Job("openai", base, concurrency, 500, schema=False)
            generation.table(job, compare(job, places, args.rounds))
    return 0


if __name__ == "__main__":
    sys.exit(main())
