import pytest

from core.checks import CHECKS, Checks, Finding
from core.errors import UsageError
from core.recipe import parse

ALL = {name: {} for name in CHECKS}


def test_a_good_record_passes_every_check(checks, instruction):
    assert checks(ALL).inspect(instruction()) is None


def test_only_the_checks_that_are_on_are_made(checks, instruction):
    wrong_in_every_way = instruction("略", "请打开设置，然后点击重置密码。")
    assert checks({}).inspect(wrong_in_every_way) is None


def test_the_first_check_in_the_order_of_the_registry_decides(checks, conversation):
    settings = {"length": {"answer": [100, 200]}, "schema": {}}
    finding = checks(settings).inspect(conversation("Hello there", "Hi"))
    assert finding == Finding(
        "schema",
        "schema",
        "It is of the format conversation; the recipe wants instruction.",
    )


def test_a_duplicate_is_counted_as_duplicate(checks, instruction):
    found = checks(ALL, known=[instruction()]).inspect(instruction(output="Ask the help desk."))
    assert found is not None
    assert (found.check, found.reason) == ("duplicates", "duplicate")


def test_every_other_reason_is_the_name_of_the_check():
    reasons = {name: kind.reason for name, kind in CHECKS.items() if name != "duplicates"}
    assert reasons == {name: name for name in reasons}


def test_an_unknown_check_is_refused_with_the_nearest(checks):
    with pytest.raises(UsageError) as refusal:
        checks({"duplicate": {}})
    assert str(refusal.value) == "There is no check duplicate. Did you mean duplicates?"


def test_a_recipe_says_which_checks_are_on(instruction):
    recipe = parse(
        "name: support\ngoal: Answers customers.\nformat: instruction\nlanguage: en\n"
        "channel: '#support'\nteachers: replay:replies.jsonl\n"
        "checks:\n"
        "  length: off\n"
        "  must_match: {each_answer: '(?i)settings'}\n"
        "  duplicates: {threshold: 1.0}\n"
    )
    made = Checks.for_recipe(recipe, [instruction()])
    found = [
        made.inspect(instruction("How do I reset my password now?", "See the settings.")),
        made.inspect(instruction("x", "Open Settings.")),
        made.inspect(instruction("How may I?", "Call us.")),
        made.inspect(instruction("HOW do I reset my password", "Open Settings.")),
        made.inspect(instruction("How may I?", "请打开设置，然后点击重置密码。")),
    ]
    assert [finding and finding.reason for finding in found] == [
        None,
        None,
        "must_match",
        "duplicate",
        "language",
    ]
