"""With events lost, reading Slack again finds votes, replies, edits and deletions (rule 2)."""

YES, NO = "white_check_mark", "x"


def _lose(story, *kinds, times=1000):
    for kind in kinds:
        story.slack.act("fault", kind="lost_event", method=kind, times=times)


def test_lost_reactions_and_retractions_are_found(story):
    first, second = story.posted(2)
    story.react("chen", second, NO)
    second.has(chen="reject")
    _lose(story, "reaction_added", "reaction_removed")
    for who in ("ana", "ben"):
        story.react(who, first)
    story.unreact("chen", second, NO)
    story.react("emil", second)
    assert story.read_again() == 4
    assert (first.state, second.state) == ("approved", "open")
    assert second.verdicts == {"emil": "approve"}
    assert story.read_again() == 0


def test_several_verdicts_found_together_count_as_none_and_the_person_is_asked(story):
    card = story.card()
    _lose(story, "reaction_added")
    story.react("ana", card, YES)
    story.react("ana", card, NO)
    story.read_again()
    assert card.verdicts == {}
    story.is_told("ana", "Take away all but one")
    story.unreact("ana", card, NO)
    card.has(ana="approve")


def test_a_cut_list_of_people_is_read_in_full(story):
    card = story.card()
    _lose(story, "reaction_added")
    for who in ("ana", "ben", "chen", "dora", "emil", "kim"):
        story.react(who, card, NO if who in ("dora", "kim") else YES)
    story.read_again()
    assert len(card.verdicts) == 6
    assert card.state == "approved"


def test_votes_by_buttons_are_left_alone(story):
    card = story.card()
    story.click("ana", "skip", card)
    card.has(ana="skip")
    story.read_again()
    assert card.verdicts == {"ana": "skip"}


def test_lost_replies_edits_and_deletions_are_found(story):
    card, other = story.posted(2)
    _lose(story, "message")
    ts = story.reply("ana", card, "output: First.")
    story.reply("ben", other, "I wonder.")
    story.read_again()
    card.becomes_version(2)
    assert card.record.output == "First."

    story.slack.person("ana").chat_update(channel="C0SUPPORTEN", ts=ts, text="output: Second.")
    story.read_again(threads=True)
    card.becomes_version(3)
    assert card.record.output == "Second."
    assert story.read_again(threads=True) == 0
    assert card.revision == 2

    story.slack.person("ana").chat_delete(channel="C0SUPPORTEN", ts=ts)
    story.read_again(threads=True)
    assert card.revision == 0
    assert other.revision == 0


def test_votes_on_a_corrected_card_are_read_from_its_own_message(story):
    card = story.card()
    story.reply("ana", card, "output: New.")
    card.becomes_version(2)
    _lose(story, "reaction_added")
    story.react("ben", card)
    story.read_again()
    assert card.state == "approved"


def test_a_lost_deletion_is_found_and_votes_are_kept(story):
    story.may_refuse("chat.update", "message_not_found")
    card = story.card()
    story.react("ana", card)
    card.has(ana="approve")
    _lose(story, "message")
    story.slack.act("delete", user="kim", channel="support-en", ts=card.ts)
    story.read_again()
    card.becomes("frozen")
    assert card.verdicts == {"ana": "approve"}
    story.settle_down()
    story.read_again()
    assert len([said for said in story.direct("kim") if "frozen" in said]) == 1


def test_what_happened_while_the_bot_was_down_is_found_at_its_start(story):
    first, second = story.posted(2)
    story.settle_down()
    story.stop()
    _lose(story, "reaction_added", "message")
    for who in ("ana", "ben"):
        story.react(who, first)
    story.reply("ana", second, "output: New.")
    story.start()
    first.becomes("approved")
    second.becomes_version(2)


def test_a_channel_that_cannot_be_read_is_unknown_and_nothing_is_retracted(story):
    card = story.card()
    story.react("ana", card)
    card.has(ana="approve")
    story.slack.act("fault", kind="server_error", method="conversations.history")
    assert story.read_again() == 0
    assert card.verdicts == {"ana": "approve"}
