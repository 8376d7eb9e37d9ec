"""`python -m sandbox`: start a local Slack and a local teacher."""

import argparse
import asyncio
import json
import signal
import sys
from pathlib import Path

from aiohttp import web

from sandbox import manifest
from sandbox.server import application
from sandbox.world import World


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=8765, help="0 picks a free one")
    parser.add_argument("--seed", type=int, default=0, help="seed of the teacher's prepared texts")
    parser.add_argument("--log", type=Path, help="write the log here, as JSON, at the end")
    parser.add_argument("--manifest", type=Path, help="the app's: scopes, events, commands")
    parser.add_argument("--events-url", help="deliver by signed HTTP to this address")
    parser.add_argument("--no-rate-limits", action="store_true", help="for tests")
    return parser.parse_args()


async def serve(args: argparse.Namespace) -> None:
    """Serve until SIGINT or SIGTERM; prints one line on standard error once it listens."""
    app = manifest.read(args.manifest) if args.manifest else manifest.Installed()
    world = World(app, rate_limits=not args.no_rate_limits, events_url=args.events_url)
    runner = web.AppRunner(application(world, args.seed), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", args.port)
    await site.start()
    port = runner.addresses[0][1]
    world.address = f"http://127.0.0.1:{port}"
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    sys.stderr.write(f"sandbox ready {world.address}/\n")
    sys.stderr.flush()
    await stop.wait()
    if args.log:
        entries = json.dumps(world.journal.entries, ensure_ascii=False, indent=1)
        args.log.write_text(entries, encoding="utf-8")
    await runner.cleanup()


def main() -> int:
    """Run; exit code 2 where the port or the manifest cannot be had."""
    args = _arguments()
    try:
        asyncio.run(serve(args))
    except OSError as error:
        sys.stderr.write(f"The sandbox cannot start: {error}.\n")
        return 2
    except KeyError as error:
        sys.stderr.write(f"{args.manifest} is no app manifest: it has no {error}.\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
