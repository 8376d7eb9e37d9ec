"""What people read when something goes wrong: a sentence, and an id that is in the log."""

import re

from bot.settings import Settings
from storage import datasets


def test_the_unexpected_is_told_with_an_id_that_is_in_the_log(story, caplog):
    card = story.card()
    with story.store.write() as session:  # a row that no code of ours leaves behind
        session.connection().exec_driver_sql("UPDATE revision SET record = 'no json'")
    said = story.click("ana", "correct", card)["ephemeral"]["text"]
    number = re.search(r"this id: (\w{8})", said)[1]
    assert f"unexpected, id {number}" in caplog.text
    assert "Traceback" in caplog.text


def test_a_token_that_slack_does_not_know_is_a_sentence(slack, story):
    import pytest

    from bot.app import desk_of
    from core.errors import UsageError

    wrong = Settings(slack_bot_token="xoxb-wrong", slack_api_url=slack.api)
    with pytest.raises(UsageError, match="refused the bot's token") as refused:
        desk_of(wrong, story.store)
    assert "xoxb-wrong" not in str(refused.value)
    assert "xoxb" not in repr(wrong)


def test_a_channel_that_is_missing_or_without_the_bot_is_named(quiet, recipe):
    for name, channel in (("one", "#nowhere"), ("two", "#random")):
        quiet.add(recipe(name=name).replace("#support-en", channel))
    quiet.start()
    missing, outside = quiet.bot.problems
    assert missing.startswith("one: channel: there is no channel #nowhere")
    assert outside.startswith("two: channel: the bot is not in #random")
    assert datasets.get(quiet.store, "one").channel_id is None


def test_a_curator_whom_nobody_is_called_is_named(quiet, recipe):
    quiet.add(recipe().replace("@kim", "@nobody"))
    quiet.start()
    assert "nobody in this workspace is called @nobody" in quiet.bot.problems[0]
