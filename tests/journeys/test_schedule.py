"""What falls due by the sandbox's clock."""

import json
from datetime import UTC, datetime, timedelta

from storage import batches, datasets, samples
from storage.stats import stats

YES, NO = "white_check_mark", "x"
SCHEDULE = "checks: {default: off}\nschedule: {batch: '0 9 * * *', batch_size: 2, max_open: 3}\n"


def _teach(story, number=20):
    lines = [
        json.dumps({"instruction": f"What does light {n} mean?", "output": f"Light {n} is fine."})
        for n in range(number)
    ]
    (story.folder / "replies.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _until_nine(story, days=0):
    now = story.slack.world.clock.now()
    nine = now.replace(hour=9, minute=0, second=0, microsecond=0)
    if nine <= now:
        nine += timedelta(days=1)
    story.pass_time((nine - now).total_seconds() + 86_400 * days + 1)


def _in_review(story):
    return samples.in_review(story.store, datasets.get(story.store, "backup-en").id)


def test_a_batch_is_generated_and_posted_at_its_time_and_once(quiet, recipe):
    _teach(quiet)
    quiet.add(recipe(SCHEDULE))
    quiet.start()
    quiet.tick()
    assert _in_review(quiet) == 0
    _until_nine(quiet)
    quiet.tick()
    quiet.tick()
    assert _in_review(quiet) == 2
    quiet.settle_down()
    headers = [m for m in quiet.slack.state()["messages"] if "Batch 1" in quiet.shown(m)]
    assert len(headers) == 1


def test_batches_missed_while_down_are_made_up_once(quiet, recipe):
    _teach(quiet)
    quiet.add(recipe(SCHEDULE))
    quiet.start()
    quiet.stop()
    _until_nine(quiet, days=3)
    quiet.start()
    quiet.tick()
    quiet.tick()
    assert _in_review(quiet) == 2


def test_the_batcher_stops_at_max_open_and_while_paused(quiet, recipe):
    _teach(quiet)
    quiet.add(recipe(SCHEDULE))
    quiet.start()
    for expected in (2, 3, 3):
        _until_nine(quiet)
        quiet.tick()
        assert _in_review(quiet) == expected
    quiet.is_written("kim", "3 samples wait for reviewers")
    quiet.command("kim", "pause")
    _until_nine(quiet)
    quiet.tick()
    quiet.settle_down()
    assert len([said for said in quiet.direct("kim") if "wait for reviewers" in said]) == 1


def test_a_teacher_that_fails_is_told_to_the_curators_and_the_rest_is_posted(quiet, recipe):
    _teach(quiet, 1)
    quiet.add(recipe(SCHEDULE))
    quiet.start()
    _until_nine(quiet)
    quiet.tick()
    assert _in_review(quiet) == 1
    quiet.is_written("kim", "is exhausted")


def test_waiting_samples_are_queued_by_the_clock(story):
    card = story.card()
    story.react("ana", card)
    card.has(ana="approve")
    story.pass_time(7 * 86_400 - 60)
    story.tick()
    assert card.state == "open"
    story.pass_time(120)
    story.tick()
    assert card.state == "queued"
    story.react("ben", card)
    card.becomes("approved")


def test_a_sample_expires_where_the_recipe_says_so(quiet, recipe):
    quiet.add(recipe("review: {queue_after: never, expire_after: 2d}\n"))
    quiet.start()
    card = quiet.card()
    quiet.react("ana", card)
    card.has(ana="approve")
    quiet.pass_time(2 * 86_400 + 1)
    quiet.tick()
    assert card.state == "expired"


def test_slack_is_read_again_every_minute(story):
    card = story.card()
    story.tick()
    story.slack.act("fault", kind="lost_event", method="reaction_added", times=2)
    story.react("ana", card)
    story.react("ben", card)
    story.tick()
    assert card.state == "open"
    story.pass_time(61)
    story.tick()
    assert card.state == "approved"


def test_a_dataset_added_while_the_bot_runs_is_looked_up(story, recipe):
    story.add(recipe(name="clouds-en").replace("#support-en", "#general-zh"))
    story.bot.desk.rosters._read = float("-inf")
    story.tick()
    assert datasets.get(story.store, "clouds-en").channel_id == "C0GENERALZH"
    card = story.card(name="clouds-en")
    story.react("ana", card, YES, "C0GENERALZH")
    card.has(ana="approve")


def test_the_recipe_in_force_when_a_sample_was_posted_decides_it(story, recipe):
    old = story.card()
    story.add(recipe("review: {lead: 1}\n"))
    story.candidates(1)
    dataset = datasets.get(story.store, "backup-en")
    (new,) = batches.open_batch(story.store, dataset, 1).samples
    story.settle_down()
    from storage import posts

    new_ts = posts.of_sample(story.store, new)[0].ts
    story.react("ana", old)
    story.react("ana", new_ts)
    old.has(ana="approve")
    story.settle_down()
    assert old.state == "open"
    assert samples.show(story.store, new).state == "approved"
    assert stats(story.store, dataset).states["approved"] == 1


def test_the_sandbox_s_clock_is_followed_over_the_wire(slack):
    from bot.clock import remote

    now = remote(f"{slack.base}/sandbox/clock")
    assert abs((now() - datetime.now(UTC)).total_seconds()) < 2
    slack.act("clock", advance=3600)
    import time

    time.sleep(0.3)
    assert (now() - datetime.now(UTC)).total_seconds() > 3590
