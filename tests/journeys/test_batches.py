"""Cards and headers: what they show, their buttons, and how they change."""

from core.records import Instruction

YES, NO = "white_check_mark", "x"
EVIL = Instruction(
    instruction="<!channel> <@U0ANA> *bold* & <https://evil.example|bank>",
    output="Say <!here> to :smile: everyone",
)


def test_sample_text_is_shown_raw_and_never_in_the_notification(story):
    card = story.card(record=EVIL, category="R&D <!channel>")
    message = story.message(card.ts)
    sections = [b for b in message["blocks"] if b["type"] == "section"]
    assert [s["text"] for s in sections] == [
        {"type": "plain_text", "text": EVIL.instruction, "emoji": False},
        {"type": "plain_text", "text": EVIL.output, "emoji": False},
    ]
    assert message["text"] == "R&amp;D &lt;!channel&gt; 1/1 to review"
    story.settle_down()
    assert "<!" not in _mrkdwn(story.slack.state()["messages"])


def test_the_full_text_comes_as_a_file_in_the_thread_once(story):
    long = Instruction(instruction="Why?", output="Because of this and that. " * 600)
    card = story.card(record=long)
    story.click("ana", "more", card, "full")
    story.click("ben", "more", card, "full")
    story.settle_down()
    (file,) = story.slack.state()["files"]
    with_file = [m for m in story.slack.state()["messages"] if m.get("files")]
    assert [m["thread_ts"] for m in with_file] == [card.ts]
    stored = story.slack.world.workspace.files[file["id"]].content.decode()
    assert long.output in stored


def test_the_origin_is_shown_to_the_one_who_asks(story):
    card = story.card()
    said = story.click("ana", "more", card, "origin")["ephemeral"]
    assert "replay:replies.jsonl" in story.shown(said)


def test_the_header_counts_and_the_decided_cards_shrink_when_the_batch_ends(story):
    first, second = story.posted(2)
    header = next(
        m["ts"] for m in story.slack.state()["messages"] if "Batch 1: 2 samples" in story.shown(m)
    )
    for who in ("ana", "ben"):
        story.react(who, first)
    first.becomes("approved")
    story.settle_down()
    story.sees(header, "1/2 decided", "1/100 approved in all")
    assert len(story.message(first.ts)["blocks"]) > 3

    for who in ("ana", "ben"):
        story.react(who, second, NO)
    second.becomes("rejected")
    story.settle_down()
    story.sees(header, "2/2 decided")
    for card, word in ((first, "Approved"), (second, "Rejected")):
        small = story.message(card.ts)
        assert len(small["blocks"]) == 2
        assert word in story.shown(small)

    story.click("chen", "more", first, "full")
    story.settle_down()
    assert len(story.slack.state()["files"]) == 1

    story.unreact("ben", first)
    first.becomes("open")
    story.settle_down()
    assert len(story.message(first.ts)["blocks"]) > 3


def test_the_header_names_the_cards_that_are_one_vote_short(story):
    first, _ = story.posted(2)
    header = next(
        m["ts"] for m in story.slack.state()["messages"] if "Batch 1: 2 samples" in story.shown(m)
    )
    story.react("ana", first)
    first.has(ana="approve")
    story.settle_down()
    story.sees(header, "One vote short: <", "|sample 1/2>")


def test_the_header_names_a_card_that_one_more_no_would_decide(story):
    _, second = story.posted(2)
    header = next(
        m["ts"] for m in story.slack.state()["messages"] if "Batch 1: 2 samples" in story.shown(m)
    )
    story.react("ben", second, NO)
    second.becomes("contested")
    story.settle_down()
    story.sees(header, "|sample 2/2>")


def test_the_guidelines_are_shown_to_the_one_who_asks(quiet, recipe):
    quiet.add(recipe("review: {guidelines: 'Be *strict* <!channel>.'}\n"))
    quiet.start()
    quiet.posted(1)
    header = next(m["ts"] for m in quiet.slack.state()["messages"] if "Batch 1" in quiet.shown(m))
    said = quiet.click("ana", "guidelines", header)["ephemeral"]
    assert "Be *strict* <!channel>." in quiet.shown(said)
    assert "<!channel>" not in _mrkdwn([said])


def test_tallies_are_told_together(story):
    card = story.card()
    story.settle_down()
    before = len(story.slack.calls("chat.update"))
    for who in ("ana", "ben", "chen", "dora", "emil"):
        story.react(who, card, NO if who in "ben dora" else YES)
    card.has(ana="approve", ben="reject", chen="approve", dora="reject", emil="approve")
    story.settle_down()
    updates = [c["arguments"]["ts"] for c in story.slack.calls("chat.update")[before:]]
    assert updates.count(card.ts) <= 3
    story.sees(card.ts, "3 ✅ 2 ❌")


def _mrkdwn(node):
    """Everything that Slack parses."""
    if isinstance(node, list):
        return "\n".join(map(_mrkdwn, node))
    if not isinstance(node, dict):
        return ""
    own = (
        node["text"]
        if isinstance(node.get("text"), str) and node.get("type") != "plain_text"
        else ""
    )
    return own + "\n" + "\n".join(_mrkdwn(v) for v in node.values() if isinstance(v, dict | list))
