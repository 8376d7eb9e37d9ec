"""`/winnow generate`: one message that says how far it is, a button that stops it, and restarts."""

import json

import pytest

from core.recipe_ways import WAYS
from storage import datasets, progress, runs

TEACHER = [
    {"instruction": f"What does light number {n} mean?", "output": f"Light {n} means all is well."}
    for n in range(1, 9)
]
CHECKS = "checks: {default: off}\n"


def _teach(story, records=TEACHER):
    lines = "\n".join(json.dumps(record) for record in records)
    (story.folder / "replies.jsonl").write_text(lines + "\n", encoding="utf-8")


def _progress(story):
    """The messages that tell how far a run is."""
    messages = story.slack.state()["messages"]
    return [m for m in messages if "asked for" in m["text"]]


@pytest.fixture
def slow(quiet, recipe):
    """A bot whose teacher takes its time."""
    teacher = (
        '[{model: "openai:support-en@' + quiet.slack.base + '/openai/v1", concurrency: 1, '
        "price: {input: 1, output: 5}}]"
    )
    quiet.add(recipe(CHECKS + "per_call: 1\n").replace('["replay:replies.jsonl"]', teacher))
    quiet.slack.act("teacher", latency=0.3)
    quiet.start()
    quiet.bot.desk.environ = {"OPENAI_API_KEY": "sandbox"}
    return quiet


def test_one_message_tells_who_asked_for_what_and_in_the_end_what_came(quiet, recipe, until):
    _teach(quiet)
    quiet.add(recipe(CHECKS))
    quiet.start()
    quiet.command("ana", "generate 3 lights & <colours>")
    quiet.is_told("ana", "New candidates: 3 · posted: 3 ·")
    quiet.settle_down()

    [message] = _progress(quiet)
    shown = quiet.shown(message)
    assert "<@U0ANA> asked for 3 samples for backup-en" in shown
    assert "About: lights & <colours>" in shown
    assert "3/3" in shown
    assert "3 posted" in shown
    assert "Stop" not in shown


def test_the_person_who_asked_stops_it_at_once_and_keeps_what_there_is(slow, until):
    slow.command("ana", "generate 20")
    message = until(lambda: next(iter(_progress(slow)), None), "the message")
    slow.click("ben", "stop_run", message["ts"])
    slow.is_told("ben", "Only <@U0ANA> and the curators can stop this.")
    until(lambda: progress.of_run(slow.store, 1).candidates >= 2, "two candidates")

    slow.click("ana", "stop_run", message["ts"])

    until(lambda: runs.get(slow.store, 1).ended, "the end of the run")
    made = progress.of_run(slow.store, 1)
    assert 2 <= made.candidates < 20
    slow.is_told("ana", f"New candidates: {made.candidates}")
    slow.settle_down()
    shown = slow.shown(slow.message(message["ts"]))
    assert "stopped" in shown
    assert "Stop" not in shown.replace("stopped", "")


def test_a_curator_stops_what_others_asked_for(slow, until):
    slow.command("ana", "generate 20")
    message = until(lambda: next(iter(_progress(slow)), None), "the message")
    slow.click("kim", "stop_run", message["ts"])
    until(lambda: runs.get(slow.store, 1).ended, "the end of the run")


def test_what_was_asked_for_before_the_bot_died_is_made_when_it_is_back(quiet, recipe, until):
    _teach(quiet)
    quiet.add(recipe(CHECKS))
    dataset = datasets.get(quiet.store, "backup-en")
    wish = {"wanted": 3, "category": None, "about": "", "way": None}
    run = runs.start(
        quiet.store, dataset.id, wish, key="command:1", person="U0ANA", channel="C0SUPPORTEN"
    )
    runs.release(quiet.store, run)
    quiet.start()
    quiet.tick()
    quiet.is_told("ana", "New candidates: 3")
    assert runs.get(quiet.store, run).ended


@pytest.mark.parametrize("option", ["--ask meta", "—ask meta", "--ask=meta", "–ask meta"])
def test_the_way_of_asking_is_an_option_that_phones_may_misspell(quiet, recipe, option):
    _teach(quiet)
    quiet.add(recipe(CHECKS))
    quiet.start()
    quiet.command("ana", f"generate 1 {option} red lights")
    quiet.is_told("ana", "New candidates: 1")
    wish = runs.get(quiet.store, 1).wish
    assert (wish["way"], wish["about"]) == ("meta", "red lights")


def test_a_way_that_there_is_not_is_refused_with_those_there_are(story):
    said = story.command("kim", "generate 2 --ask shout")["ephemeral"]["text"]
    assert f"no way of asking “shout”. There are: {', '.join(WAYS)}." in said


def test_a_way_without_material_says_what_it_lacks(quiet, recipe):
    _teach(quiet)
    quiet.add(recipe(CHECKS))
    quiet.start()
    said = quiet.command("kim", "generate 2 --ask evolve")["ephemeral"]["text"]
    assert "evolve" in said
    assert "approved" in said


def test_a_run_that_waits_long_for_its_turn_is_worked_on_once(slow, until):
    for _ in range(3):  # two at a time
        slow.command("kim", "generate 3")
    slow.slack.act("clock", advance=130)
    slow.tick()
    until(lambda: sum("New candidates: 3" in said for said in slow.told("kim")) == 3, "the runs")
    assert [progress.of_run(slow.store, n).samples for n in (1, 2, 3)] == [3, 3, 3]
    assert slow.direct("kim") == []


def test_what_a_reviewers_runs_are_still_to_bring_counts_for_their_day(slow, until):
    slow.command("ana", "generate 15")
    said = slow.command("ana", "generate 15")["ephemeral"]["text"]
    assert "20 samples generated a day" in said
    slow.command("kim", "generate 15")
    assert runs.get(slow.store, 2).person == "U0KIM"


def test_a_run_for_which_nothing_can_be_asked_ends(quiet, recipe, until):
    teacher = f'["openai:support-en@{quiet.slack.base}/openai/v1"]'
    quiet.add(recipe(CHECKS).replace('["replay:replies.jsonl"]', teacher))
    dataset = datasets.get(quiet.store, "backup-en")
    more = {"key": "command:1", "person": "U0ANA", "channel": "C0SUPPORTEN"}
    wish = {"wanted": 3, "category": None, "about": "", "way": "evolve"}
    run = runs.start(quiet.store, dataset.id, wish, **more)
    runs.release(quiet.store, run)
    quiet.start()
    quiet.bot.desk.environ = {}
    quiet.tick()
    quiet.is_told("ana", "Nothing was generated")
    assert (runs.get(quiet.store, run).stopped, runs.abandoned(quiet.store)) == ("failed", [])


def test_what_is_no_sample_is_told_as_what_it_is(quiet, recipe):
    answers = {"answers": [{"number": 1, "output": "Something vaguer.", "flaw": "vague"}]}
    (quiet.folder / "replies.jsonl").write_text(json.dumps(json.dumps(answers)) + "\n")
    quiet.add(recipe(CHECKS))
    quiet.start()
    card = quiet.card()
    for who in ("ana", "ben"):
        quiet.react(who, card)
    card.becomes("approved")
    quiet.command("kim", "generate 1 --ask contrast")
    assert "Answers for contrast: 1" in quiet.is_told("kim", "contrast")


def test_a_form_that_was_opened_before_the_day_was_used_up_starts_nothing(quiet, recipe):
    costly = "budget: {confirm_above_usd: 1.50, per_person_day: 7}\n"
    teacher = (
        '[{model: "openai:support-en@' + quiet.slack.base + '/openai/v1", '
        "price: {input: 100, output: 100}}]"
    )
    quiet.add(recipe(CHECKS + costly).replace('["replay:replies.jsonl"]', teacher))
    quiet.start()
    quiet.bot.desk.environ = {"OPENAI_API_KEY": "sandbox"}
    form = quiet.command("ana", "generate 6")["view_id"]
    quiet.command("ana", "generate 3")
    quiet.is_told("ana", "New candidates: 3")
    quiet.slack.act("submit", user="ana", view_id=form)
    quiet.is_told("ana", "7 samples generated a day")
    assert len(_progress(quiet)) == 1
