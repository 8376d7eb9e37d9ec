"""DESIGN.md §5: what reactions, retractions and flags mean, and who may vote."""

import pytest

YES, NO, FLAG, SKIP = "white_check_mark", "x", "triangular_flag_on_post", "fast_forward"


def test_a_lead_of_two_approves_and_the_bots_own_reactions_count_for_nothing(story):
    card = story.card()
    story.settle_down()
    seeded = story.message(card.ts)["reactions"]
    assert [(r["name"], r["users"]) for r in seeded] == [(YES, ["U0WINNOW"]), (NO, ["U0WINNOW"])]
    story.sees(card.ts, "2 more ✅ needed")

    story.react("ana", card)
    card.has(ana="approve")
    story.react("ben", card, "+1")

    card.becomes("approved")
    story.settle_down()
    story.sees(card.ts, "Approved")


def test_two_rejections_reject_and_a_split_is_contested(story):
    bad, split = story.posted(2)
    story.react("ana", bad, NO)
    bad.becomes("contested")
    story.react("ben", bad, NO)
    bad.becomes("rejected")

    story.react("ana", split, NO)
    story.react("ben", split)
    split.has(ana="reject", ben="approve")
    assert split.state == "contested"
    story.settle_down()
    story.sees(split.ts, "Split: 1 ✅ 1 ❌")


def test_the_latest_verdict_still_present_counts(story):
    card = story.card()
    story.react("ana", card, YES)
    card.has(ana="approve")
    story.react("ana", card, NO)
    card.has(ana="reject")

    story.unreact("ana", card, NO)
    card.has(ana="approve")

    story.unreact("ana", card, YES)
    card.has()
    assert card.state == "open"


def test_skips_count_nowhere(story):
    card = story.card()
    story.click("ana", "skip", card)
    story.react("ben", card, SKIP)
    card.has(ana="skip", ben="skip")
    assert card.state == "open"
    story.is_told("ana", "Skipped")


def test_five_votes_without_a_lead_are_queued(story):
    card = story.card()
    votes = (("ana", YES), ("ben", NO), ("chen", YES), ("dora", NO), ("emil", YES))
    for who, emoji in votes:
        story.react(who, card, emoji)
    card.becomes("queued")


def test_a_flag_freezes_and_its_author_takes_it_back(story):
    card = story.card()
    story.react("ana", card)
    answer = story.click("ben", "flag", card)
    assert "Flagged" in answer["ephemeral"]["text"]
    card.becomes("frozen")
    assert card.verdicts == {"ana": "approve"}
    story.is_written("kim", "is frozen until a curator settles it")
    story.settle_down()
    story.sees(card.ts, "Flagged by <@U0BEN>")

    answer = story.click("ben", "flag", card)
    assert "taken back" in answer["ephemeral"]["text"]
    card.becomes("open")
    assert card.verdicts == {"ana": "approve"}


def test_a_flag_stands_beside_its_authors_verdict(story):
    card = story.card()
    story.react("ana", card)
    story.react("ana", card, FLAG)
    card.becomes("frozen")
    assert card.verdicts == {"ana": "approve"}
    story.unreact("ana", card, FLAG)
    card.becomes("open")
    assert card.verdicts == {"ana": "approve"}


@pytest.mark.parametrize("who", ["gus", "olga", "rob"], ids=["guest", "stranger", "bot"])
def test_guests_strangers_and_bots_are_not_counted_and_told_once(story, until, who):
    first, second = story.posted(2)
    story.may_refuse("chat.postEphemeral", "user_not_in_channel")
    story.react(who, first)
    story.react(who, second)
    story.react("ana", first)
    first.has(ana="approve")
    until(lambda: len(_events(story, second)) == 1, "the stored vote")
    story.settle_down()
    assert len(story.told(who)) == 1
    assert "does not count" in story.told(who)[0]
    assert _events(story, first)[0]["counted"] is False


def test_someone_who_may_not_vote_is_answered_at_every_press(story, until):
    card = story.card()
    for times in (1, 2):
        story.click("gus", "flag", card)
        until(lambda times=times: len(story.told("gus")) == times, "the answer")
    story.settle_down()
    assert len(story.told("gus")) == 2
    assert all("does not count" in said for said in story.told("gus"))
    assert card.state == "open"


def test_a_guest_votes_where_the_recipe_names_them_and_a_usergroup_is_its_people(quiet, recipe):
    quiet.add(recipe('reviewers: ["@gus", "@doctors"]\n'))
    quiet.start()
    card = quiet.card()
    quiet.react("gus", card)
    quiet.react("ana", card, NO)
    card.has(gus="approve", ana="reject")
    quiet.react("dora", card)
    quiet.is_told("dora", "does not count")
    assert card.verdicts == {"gus": "approve", "ana": "reject"}


def test_eligibility_is_fixed_at_the_time_of_the_vote(quiet, recipe):
    quiet.add(recipe('reviewers: ["@ana", "@ben"]\n'))
    quiet.start()
    card = quiet.card()
    quiet.react("dora", card)
    quiet.is_told("dora", "does not count")

    quiet.add(recipe('reviewers: ["@ana", "@dora"]\n'))
    quiet.bot.desk.rosters.refresh()
    quiet.react("ana", card)
    card.has(ana="approve")
    assert card.state == "open"
    quiet.unreact("dora", card)
    quiet.react("dora", card)
    card.becomes("approved")


def test_someone_who_joined_a_moment_ago_may_vote(quiet, recipe):
    everyone_but_emil = ["ana", "ben", "kim"]
    channel = {"name": "support-en", "members": everyone_but_emil}
    quiet.slack.act("reset", channels=[channel], rate_limits=False)
    quiet.add(recipe())
    quiet.start()
    card = quiet.card()
    quiet.slack.act("fault", kind="lost_event", method="member_joined_channel")
    quiet.slack.act("join", user="emil", channel="support-en")
    quiet.bot.desk.rosters._read = float("-inf")
    quiet.react("emil", card)
    card.has(emil="approve")


def test_reactions_that_mean_nothing_and_messages_of_others_are_ignored(story, until):
    card = story.card()
    said = story.slack.person("ana").chat_postMessage(channel="C0SUPPORTEN", text="Hello")
    story.react("ben", said["ts"])
    story.react("ben", card, "eyes")
    story.react("ana", card)
    card.has(ana="approve")
    assert len(_events(story, card)) == 1


def _events(story, card):
    from storage.traces import trace

    return trace(story.store, card.sample)["votes"]
