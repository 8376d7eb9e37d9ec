import pytest

from core.checks import Checks
from core.records import record_of


@pytest.fixture
def instruction():
    def make(instruction="How do I reset my password?", output="Open Settings.", **more):
        return record_of({"instruction": instruction, "output": output, **more})

    return make


@pytest.fixture
def conversation():
    def make(*texts, system=""):
        turns = [
            {"role": ("user", "assistant")[n % 2], "content": text} for n, text in enumerate(texts)
        ]
        return record_of({"system": system, "turns": turns})

    return make


@pytest.fixture
def checks():
    def make(settings, *, form="instruction", turns=(2, 6), languages=("en",), known=()):
        return Checks.of(form, turns, languages, settings, known)

    return make
