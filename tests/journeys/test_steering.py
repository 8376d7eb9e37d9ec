"""A few seeds of `make simulate`: real planner, store, votes; only tastes are made up."""

import importlib.util
import sys
from pathlib import Path
from statistics import fmean

import pytest

PLACE = Path(__file__).parents[2] / "bench" / "simulation" / "steering.py"
SEEDS, SAMPLES = (1, 2), 200


@pytest.fixture(scope="module")
def simulation():
    spec = importlib.util.spec_from_file_location("simulated_steering", PLACE)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where dataclasses look their annotations up
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def test_late_decisions_steer_to_the_best_arm_and_keep_the_shares_of_the_recipe(simulation):
    stories = list(simulation.told(SEEDS, SAMPLES))
    for story in stories:
        assert len(story.rates) == SAMPLES / 5
        assert 10 <= story.started <= 16
        assert abs(fmean(story.rates[: story.started]) - fmean(simulation.RATES)) < 0.1
    assert fmean(story.best for story in stories) > 0.6
    for name, share in simulation.SHARES.items():
        assert abs(fmean(story.share(name) for story in stories) - share) < 0.03
