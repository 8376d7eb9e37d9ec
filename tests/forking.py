"""`winnow` in forks of one process that has imported everything; a process of its own.

Importing takes a second of every start, and tests/journeys/kills alone starts two hundred
processes. Each line on standard input is a command to run; on standard output stand the ids of the
forks, and the ids and exit statuses of those that ended. A fork runs and ends as the script
`winnow` does.
"""

import gc
import json
import os
import signal
import sys
from importlib import import_module
from typing import Any

# What the commands import late, too.
MODULES = (
    "bot.cli",
    "bot.doctor",
    "bot.generation",
    "bot.imports",
    "bot.recipes",
    "bot.running",
    "bot.tracing",
    "openai",
    "psycopg",
    "slack_bolt.adapter.socket_mode",
    "sqlalchemy.dialects.postgresql",
)

running: set[int] = set()


def say(*words: object) -> None:
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def reap(*_: object) -> None:
    """Say which forks have ended; called at SIGCHLD."""
    while True:
        try:
            fork, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not fork:
            return
        running.discard(fork)
        say("ended", fork, os.waitstatus_to_exitcode(status))


def asked() -> dict[str, Any] | None:
    """What a fork is to run; None in the process that forks, at its end."""
    signal.signal(signal.SIGCHLD, reap)
    for line in sys.stdin:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
        fork = os.fork()
        if not fork:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
            return json.loads(line)
        running.add(fork)
        say("began", fork)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    for fork in running:  # of tests that were killed themselves
        os.kill(fork, signal.SIGKILL)
    return None


def become(command: dict[str, Any]) -> None:
    """Take over a command's folder, environment, arguments and files."""
    os.chdir(command["folder"])
    os.environ.clear()
    os.environ.update(command["environ"])
    sys.argv = ["winnow", *command["words"]]
    for number, path in enumerate((os.devnull, command["out"], command["err"])):
        opened = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(opened, number)
        os.close(opened)


def main() -> int:
    for name in MODULES:
        import_module(name)
    gc.freeze()  # or each fork, looking for garbage, touches and so copies all that was imported
    command = asked()
    if command is None:
        return 0
    become(command)
    return import_module("bot.cli").main()


if __name__ == "__main__":
    sys.exit(main())
