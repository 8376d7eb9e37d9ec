"""A bot that is killed while Slack withholds an answer, and started again (DESIGN.md, rule 6)."""

import pytest

YES, NO = "white_check_mark", "x"
SUPPORT = "C0SUPPORTEN"
BOTH = pytest.mark.parametrize("before", [True, False], ids=["before", "after"])


@pytest.fixture
def withheld(review):
    """Kills the bot while a call is withheld, and starts the next one."""

    def kill(method: str, begun=lambda: None, *, before: bool, passing: int = 0) -> None:
        review.sandbox.hold(method, before=before, passing=passing)
        begun()
        review.sandbox.holds(method)
        review.killed()
        review.sandbox.act("fault", kind="release")
        review.sandbox.pass_time(31)  # the claim of the dead lapses
        review.starts()

    return kill


@BOTH
def test_killed_while_a_post_or_a_seed_is_withheld(review, withheld, before):
    withheld("chat.postMessage", review.starts, before=before)
    withheld("chat.postMessage", before=before, passing=1)
    withheld("reactions.add", before=before)
    withheld("reactions.add", before=before, passing=1)
    review.ends_well()


@BOTH
def test_killed_while_what_follows_a_vote_is_withheld(review, withheld, before):
    review.bot()
    review.ts(4)

    def vote(who, emoji, sample):
        return lambda: review.react(who, sample, emoji)

    withheld("chat.update", vote("ana", YES, 1), before=before)
    withheld("chat.update", vote("ben", YES, 1), before=before)
    withheld("chat.postEphemeral", vote("gus", YES, 2), before=before)
    withheld("users.list", vote("olga", YES, 3), before=before)
    review.ends_well()
    gus = [told for told in review.sandbox.state["ephemerals"] if told["user"] == "U0GUS"]
    assert len(gus) == (0 if before else 1)


@BOTH
def test_killed_while_what_follows_a_correction_is_withheld(review, withheld, before):
    review.bot()
    review.ts(4)

    def correct(who, sample, text):
        return lambda: review.reply(who, sample, f"output: {text}")

    withheld("chat.postMessage", correct("ana", 1, "Into any free port."), before=before)
    withheld("reactions.add", correct("ben", 2, "Call us."), before=before)
    withheld("chat.update", correct("chen", 3, "No, only one."), before=before)
    review.react("ben", 1, YES, revision=1)
    review.becomes(1, "approved")
    review.ends_well()


@BOTH
def test_killed_while_a_reviewer_is_named(review, withheld, before):
    review.bot()
    review.react("ana", 1, YES)
    review.react("ben", 1, NO)
    review.becomes(1, "contested")
    review.settles()
    withheld("chat.postMessage", lambda: review.sandbox.pass_time(600), before=before)
    review.ends_well()
    assert len(review.posts("name:")) == 1


@BOTH
def test_killed_while_a_message_to_the_curator_is_withheld(review, withheld, before):
    review.bot()
    flag = {"user": "ana", "channel": SUPPORT, "ts": review.ts(1), "action_id": "flag"}
    withheld("chat.postMessage", lambda: review.sandbox.act("click", **flag), before=before)
    review.becomes(1, "frozen")
    review.bots[-1].ready()
    review.sandbox.act("click", **flag)
    review.ends_well()
    told = [m for m in review.sandbox.state["messages"] if m["channel"].startswith("D0")]
    assert len(told) == 1


@BOTH
@pytest.mark.parametrize("method", ["conversations.history", "conversations.replies"])
def test_killed_while_the_reading_before_an_export_is_withheld(review, withheld, method, before):
    review.approves(1)
    review.reply("chen", 1, "Fine as it is, thank you.")
    withheld(method, lambda: review.types("kim", "export"), before=before)
    assert review.versions() == []
    review.bots[-1].ready()
    review.types("kim", "export")
    review.wait_for_files(1)
    assert (review.versions(), review.broken()) == (["v0001"], [])
    review.ends_well()


@BOTH
@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "files.completeUploadExternal"])
def test_killed_while_an_upload_is_withheld(review, withheld, method, before):
    review.approves(1)
    withheld(method, lambda: review.types("kim", "export"), before=before)
    review.settles()
    done = method.startswith("files.complete") and not before
    assert len(review.sandbox.state["files"]) == done
    review.bots[-1].ready()
    review.types("kim", "export")
    review.wait_for_files(1 + done)
    assert (review.versions(), review.broken()) == (["v0001"], [])
    review.ends_well()
