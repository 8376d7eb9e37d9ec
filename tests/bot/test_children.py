"""Processes of the demo: none is left behind, and one that ends is told of."""

import os
import time

import pytest

from bot.children import Children
from core.errors import WinnowError

CHATTY = """
import subprocess, sys, time
if len(sys.argv) == 1:
    subprocess.Popen([sys.executable, __file__, "grandchild"])
print("ready", *sys.argv[1:], flush=True)
while True:
    print(".", flush=True)
    time.sleep(0.01)
"""
STUBBORN = """
import signal, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
print("ready", flush=True)
time.sleep(60)
"""
FAILING = """
import sys
sys.exit("The kettle is empty.")
"""


@pytest.fixture
def module(tmp_path):
    def write(text):
        (tmp_path / "player.py").write_text(text)
        return tmp_path

    return write


def test_a_process_and_what_it_started_end_with_the_block(module):
    with Children() as children:
        child = children.start("player", ["player"], folder=module(CHATTY), environ=os.environ)
        child.wait_for("ready grandchild", 20)
    length = child.log.stat().st_size
    time.sleep(0.2)
    assert length == child.log.stat().st_size
    assert child.process.returncode is not None


def test_an_error_in_the_block_ends_the_processes_too(module):
    started = []

    def fail():
        with Children() as children:
            folder = module(STUBBORN)
            started.append(children.start("player", ["player"], folder=folder, environ=os.environ))
            started[0].wait_for("never said", 0.5)

    with pytest.raises(WinnowError):
        fail()
    assert started[0].process.returncode is not None


def test_a_process_that_ends_is_told_of_with_its_last_line(module):
    with Children() as children:
        child = children.start("player", ["player"], folder=module(FAILING), environ=os.environ)
        with pytest.raises(WinnowError, match=r"status 1.*The kettle is empty\."):
            child.wait_for("ready", 20)


def test_a_process_that_is_silent_is_not_waited_for_for_ever(module):
    with Children() as children:
        child = children.start("player", ["player"], folder=module(STUBBORN), environ=os.environ)
        with pytest.raises(WinnowError, match="not ready within"):
            child.wait_for("never said", 0.2)
