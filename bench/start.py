"""`winnow --help`: CPU with compiled bytecode, beside a bare Typer program in the same run.

Target: 0.3 s of CPU. Where bytecode is not written, each start compiles everything again and reads
up to 2.4 times too slow (facts/anchors.md): so the cache is filled first, and checked.
"""

import compileall
import importlib.util
import os
import resource
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
BARE = (
    "import typer; app = typer.Typer(); app.command()(lambda: None); "
    "app.command('b')(lambda: None); app(['--help'])"
)


def cpu(command):
    """Median CPU seconds (user and system) of a child process."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    taken = []
    for _ in range(7):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL, cwd=ROOT)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        taken.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return statistics.median(taken)


def main():
    for room in ("bot", "core", "prompts", "storage"):
        compileall.compile_dir(ROOT / room, quiet=2)
    compiled = importlib.util.cache_from_source(str(ROOT / "bot" / "cli.py"))
    assert Path(compiled).exists(), "bot/cli.py has no bytecode"
    winnow = cpu([sys.executable, "-c", "from bot.cli import main; main()", "--help"])
    bare = cpu([sys.executable, "-c", BARE])
    print(f"winnow --help        {winnow:.3f} s CPU (target 0.300)")
    print(f"floor (bare Typer)   {bare:.3f} s CPU; ratio {winnow / bare:.2f}")
    return 0 if winnow <= 0.3 else 1


if __name__ == "__main__":
    sys.exit(main())
