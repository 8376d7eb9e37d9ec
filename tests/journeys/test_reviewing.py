"""One by one, `/winnow next`, what the Correct form keeps, "Not today" and the shortcut."""

import json
import re
import threading

import pytest

from core.records import Instruction
from storage import away, datasets, drafts, reviewing
from storage.traces import trace

CHANNEL = "C0SUPPORTEN"
YES, NO = "white_check_mark", "x"
QUESTION = "How do I reset the box?"
ANSWER = "Hold the button for ten seconds."
RECORD = Instruction(instruction=QUESTION, output=ANSWER)


class Window:
    """A person's modal: what it shows, and each tap on it."""

    def __init__(self, story, who):
        self.story, self.who, self.taps = story, who, 0

    def open(self, card):
        """Press One by one on the header of a card's batch."""
        header = next(
            m for m in self.story.slack.state()["messages"] if "one_by_one" in _actions(m)
        )
        assert header["ts"] < card.posts[0].ts
        self.taps += 1
        self.id = self.story.click(self.who, "one_by_one", header["ts"])["view_id"]
        return self

    def command(self, text="next"):
        self.taps += 1
        self.id = self.story.command(self.who, text)["view_id"]
        return self

    @property
    def view(self):
        return self.story.view(self.id)

    @property
    def shown(self):
        return self.story.shown(self.view)

    @property
    def sample(self):
        return json.loads(self.view["private_metadata"])["sample"]

    def tap(self, action, **more):
        self.taps += 1
        return self.story.slack.act(
            "click", user=self.who, view_id=self.id, action_id=action, **more
        )


class Form:
    """The Correct form, opened from wherever."""

    def __init__(self, story, who, view_id):
        self.story, self.who, self.id = story, who, view_id

    @property
    def shown(self):
        return self.story.shown(self.story.view(self.id))

    @property
    def texts(self):
        """What each input holds now."""
        values = self.story.view(self.id)["state"]["values"]
        return {name: next(iter(state.values()))["value"] for name, state in values.items()}

    def type(self, name, text):
        """Type into an input: a keystroke that the app hears of."""
        values = self.story.view(self.id)["state"]["values"]
        (action_id,) = values[name]
        where = {"view_id": self.id, "action_id": action_id, "block_id": name}
        self.story.slack.act("click", user=self.who, values={name: text}, **where)

    def start_over(self):
        self.story.slack.act("click", user=self.who, view_id=self.id, action_id="start_over")

    def close(self):
        self.story.slack.act("close", user=self.who, view_id=self.id)

    def save(self, **values):
        return self.story.slack.act("submit", user=self.who, view_id=self.id, values=values)


@pytest.fixture
def window(story):
    """`window("ana", card)`: the modal, opened from the header above a card."""
    return lambda who, card: Window(story, who).open(card)


@pytest.fixture
def form(story):
    """`form("ana", card)`: the Correct form, opened from a card."""
    return lambda who, card: Form(story, who, story.click(who, "correct", card)["view_id"])


def _actions(message):
    return re.findall(r'"action_id": "(\w+)"', json.dumps(message.get("blocks", [])))


def _votes(story, sample):
    return [(v["user"], v["verdict"], v["revision"]) for v in trace(story.store, sample)["votes"]]


# One by one ------------------------------------------------------------------------------------


def test_five_decisions_take_six_taps(story, window):
    cards = story.posted(5)
    seen = window("ana", cards[0])
    actions = ("vote_approve", "vote_reject", "skip", "vote_approve", "vote_reject")
    for number, (action, card) in enumerate(zip(actions, cards, strict=True), 1):
        assert seen.sample == card.sample
        assert f"{number} of 5 · {6 - number} left" in seen.shown
        assert card.record.output in seen.shown
        seen.tap(action)
    assert seen.taps == 6
    assert [card.verdicts for card in cards] == [
        {"ana": verdict} for verdict in ("approve", "reject", "skip", "approve", "reject")
    ]
    assert "All done, thank you!" in seen.shown
    assert "Your votes in this batch: 2 ✅ · 2 ❌ · 1 not my field" in seen.shown


def test_closed_and_opened_again_it_goes_on_where_the_person_was(story, window):
    cards = story.posted(3)
    first = window("ana", cards[0])
    first.tap("vote_approve")
    story.slack.act("close", user="ana", view_id=first.id)
    story.react("ana", cards[1])
    cards[1].has(ana="approve")
    again = window("ana", cards[0])
    assert (again.sample, "3 of 3 · 1 left" in again.shown) == (cards[2].sample, True)
    assert window("ben", cards[0]).sample == cards[0].sample


def test_back_shows_ones_verdict_and_another_one_takes_its_place(story, window):
    a, b, c = story.posted(3)
    seen = window("ana", a)
    assert '"back"' not in json.dumps(seen.view)
    seen.tap("vote_approve")
    seen.tap("vote_approve")
    seen.tap("back")
    assert seen.sample == b.sample
    assert "Your vote: ✅ Usable." in seen.shown
    seen.tap("back")
    assert seen.sample == a.sample
    assert '"back"' not in json.dumps(seen.view)
    seen.tap("vote_reject")
    assert (a.verdicts, b.verdicts) == ({"ana": "reject"}, {"ana": "approve"})
    assert seen.sample == c.sample
    seen.tap("back")
    assert seen.sample == a.sample
    seen.tap("next")
    assert (seen.sample, a.verdicts) == (c.sample, {"ana": "reject"})


def test_a_modal_that_cannot_be_redrawn_is_answered_in_the_channel_and_the_vote_counts(
    story, window
):
    a, b = story.posted(2)
    seen = window("ana", a)
    story.slack.act("fault", kind="rate_limit", method="views.update")
    seen.tap("vote_approve")
    story.is_told("ana", "Something went wrong. Nothing you did is lost")
    assert (a.verdicts, seen.sample) == ({"ana": "approve"}, a.sample)
    seen.tap("vote_approve")
    assert (a.verdicts, seen.sample) == ({"ana": "approve"}, b.sample)


def test_from_the_end_one_can_go_back(story, window):
    (card,) = story.posted(1)
    seen = window("ana", card)
    seen.tap("vote_approve")
    assert "All done" in seen.shown
    seen.tap("back")
    assert seen.sample == card.sample
    seen.tap("skip")
    assert card.verdicts == {"ana": "skip"}
    assert "All done" in window("ana", card).shown


def test_a_contested_sample_shows_how_it_stands_and_a_corrected_one_what_changed(story, window):
    split, corrected = story.posted(2, record=RECORD)
    story.react("ben", split, NO)
    story.reply("ben", corrected, "s/ten/five/")
    split.becomes("contested")
    corrected.becomes_version(2)
    seen = window("ana", split)
    assert "1 ❌ so far" in seen.shown
    seen.tap("skip")
    assert "Version 2: <@U0BEN> changed Output" in seen.shown
    assert "five" in seen.shown
    assert "ten" in seen.shown


def test_what_is_missing_follows_the_recipe_under_which_the_sample_was_posted(
    story, window, recipe
):
    card, _ = story.posted(2)
    story.react("ana", card)
    story.react("ben", card, NO)
    card.becomes("contested")
    story.add(recipe("review: {lead: 3}\n"))
    assert "2 more ✅ or 2 more ❌ decide" in window("chen", card).shown


def test_a_correction_is_made_inside_and_the_next_sample_follows(story, window):
    a, b = story.posted(2, record=RECORD)
    seen = window("ana", a)
    pushed = seen.tap("correct")["view_id"]
    assert story.view(pushed)["previous_view_id"] == seen.id
    edit = Form(story, "ana", pushed)
    assert "nothing was changed" in edit.save()["errors"]["output"]
    assert edit.save(output="Hold it for five seconds.") == {"view_id": seen.id}
    a.becomes_version(2)
    assert [view["id"] for view in story.slack.state()["views"]] == [seen.id]
    assert "Saved as version 2, with your ✅." in seen.shown
    assert story.told("ana") == []
    assert (seen.sample, a.verdicts) == (b.sample, {"ana": "approve"})
    seen.tap("vote_approve")
    assert "All done" in seen.shown


def test_a_form_that_is_cancelled_leaves_the_sample_below(story, window):
    a, _ = story.posted(2)
    seen = window("ana", a)
    Form(story, "ana", seen.tap("correct")["view_id"]).close()
    assert seen.sample == a.sample
    seen.tap("vote_approve")
    assert a.verdicts == {"ana": "approve"}


def test_a_vote_on_what_someone_corrected_meanwhile_is_asked_for_again(story, window):
    a, b = story.posted(2, record=RECORD)
    seen = window("ana", a)
    story.reply("ben", a, "output: Hold it for five seconds.")
    a.becomes_version(2)
    seen.tap("vote_approve")
    assert "Someone corrected this while you read it. Here is version 2" in seen.shown
    assert seen.sample == a.sample
    assert "changed Output" in seen.shown
    assert a.verdicts == {"ben": "approve"}
    assert ("U0ANA", "approve", 0) in _votes(story, a.sample)
    seen.tap("vote_approve")
    a.becomes("approved")
    assert seen.sample == b.sample
    assert "corrected this" not in seen.shown


def test_a_vote_on_what_others_decided_meanwhile_is_kept_and_said(story, window):
    a, b = story.posted(2)
    seen = window("ana", a)
    for who in ("ben", "chen"):
        story.react(who, a)
    a.becomes("approved")
    seen.tap("vote_reject")
    assert f"|sample {a.sample}> had moved on before your vote came (✅ Approved)" in seen.shown
    assert seen.sample == b.sample
    a.has(ana="reject", ben="approve", chen="approve")


def test_someone_who_may_vote_no_more_is_told_in_the_modal(story, window, recipe):
    a, _ = story.posted(2)
    seen = window("ana", a)
    story.add(recipe('reviewers: ["@ben"]\n'))
    story.bot.desk.rosters.refresh()
    seen.tap("vote_approve")
    assert "does not count" in seen.shown
    assert a.verdicts == {}


def test_two_taps_at_once_are_votes_on_one_sample(story, window):
    story.may_refuse("views.update", "hash_conflict")
    a, b = story.posted(2)
    seen = window("ana", a)
    story.slack.act("fault", kind="slow", method="views.update", seconds=0.5)
    slow = threading.Thread(target=seen.tap, args=("vote_approve",))
    slow.start()
    seen.tap("vote_approve", value=f"{a.sample}:0")
    slow.join()
    assert (a.verdicts, b.verdicts) == ({"ana": "approve"}, {})
    assert seen.sample == b.sample


def test_a_long_sample_is_read_in_full_on_top(story, window):
    output = "\n\n".join(f"Paragraph {n}. " + "A sentence of it. " * 40 for n in range(20)).strip()
    (card,) = story.posted(1, record=Instruction(instruction=QUESTION, output=output))
    seen = window("ana", card)
    assert "Read the full text before you vote" in seen.shown
    assert "Paragraph 19." not in seen.shown
    full = seen.tap("full_text")["view_id"]
    assert "Paragraph 19." in story.shown(story.view(full))
    story.slack.act("close", user="ana", view_id=full)
    seen.tap("vote_approve")
    assert card.verdicts == {"ana": "approve"}


# /winnow next ----------------------------------------------------------------------------------


def test_next_goes_through_all_batches_and_then_has_nothing(story):
    (a,), (b,) = story.posted(1), story.posted(1)
    seen = Window(story, "ana").command()
    assert seen.sample == a.sample
    assert "2 left" in seen.shown
    assert " of 1" not in seen.shown
    seen.tap("vote_approve")
    assert seen.sample == b.sample
    seen.tap("vote_approve")
    assert "Your votes in backup-en: 2 ✅" in seen.shown
    said = story.command("ana", "next")
    assert said["ephemeral"]["text"] == "Nothing in backup-en needs you now. Thank you!"
    assert "view_id" not in said


def test_next_asks_which_dataset_is_meant(quiet, recipe):
    quiet.add(recipe())
    quiet.add(recipe(name="clouds-en"))
    quiet.start()
    quiet.card()
    theirs = quiet.card(name="clouds-en")
    asked = quiet.command("ana", "next")["ephemeral"]
    assert "several datasets" in asked["text"]
    seen = Window(quiet, "ana")
    seen.id = quiet.click("ana", "choose_dataset_1", asked["ts"])["view_id"]
    assert seen.sample == theirs.sample
    seen.command("clouds-en next").tap("vote_approve")
    assert theirs.verdicts == {"ana": "approve"}
    asked = quiet.command("ana", "next")["ephemeral"]
    said = quiet.click("ana", "choose_dataset_1", asked["ts"])["ephemeral"]["text"]
    assert said == "Nothing in clouds-en needs you now. Thank you!"


def test_whoever_may_not_vote_is_refused_and_shown_nothing(story):
    card = story.card()
    assert "Only the reviewers" in story.command("gus", "next")["ephemeral"]["text"]
    header = next(m for m in story.slack.state()["messages"] if "one_by_one" in _actions(m))
    assert header["ts"] < card.ts
    for action in ("one_by_one", "not_today"):
        said = story.click("gus", action, header["ts"])
        assert "does not count" in said["ephemeral"]["text"]
    assert story.slack.state()["views"] == []
    dataset = datasets.get(story.store, "backup-en")
    assert away.away(story.store, dataset.id, away.today(story.store, dataset)) == frozenset()


# What the form keeps ---------------------------------------------------------------------------


def test_what_was_typed_is_back_wherever_the_form_is_opened_again(story, form, window):
    card = story.card(record=RECORD)
    first = form("ana", card)
    assert "did not save" not in first.shown
    first.type("output", "Hold it")
    first.type("output", "Hold it & <wait>")
    first.close()
    for opened in (
        lambda: story.click("ana", "correct", card),
        lambda: window("ana", card).tap("correct"),
        lambda: _shortcut(story, "ana", card.ts),
    ):
        again = Form(story, "ana", opened()["view_id"])
        assert again.texts == {
            "output": "Hold it & <wait>", "instruction": QUESTION, "input": None, "system": None,
        }  # fmt: skip
        assert "What you typed here and did not save is back." in again.shown
    assert form("ben", card).texts["output"] == ANSWER
    assert "Saved as version 2" in again.save()["ephemeral"]["text"]
    card.becomes_version(2)
    assert card.record == Instruction(instruction=QUESTION, output="Hold it & <wait>")
    assert "did not save" not in form("ana", card).shown


def test_what_was_typed_survives_a_form_that_was_refused(story, form):
    card = story.card(record=RECORD)
    first = form("ana", card)
    first.type("instruction", "How?")
    first.type("output", " ")
    assert "cannot be saved" in str(first.save()["errors"])
    first.close()
    again = form("ana", card)
    assert again.texts["instruction"] == "How?"
    assert "errors" not in again.save(output=ANSWER)
    card.becomes_version(2)
    assert drafts.of(story.store, "U0ANA", card.sample) == {}


def test_starting_over_shows_the_texts_as_they_are(story, form):
    card = story.card(record=RECORD)
    first = form("ana", card)
    first.type("output", "Nonsense")
    first.close()
    again = form("ana", card)
    again.start_over()
    assert again.texts["output"] == ANSWER
    assert "did not save" not in again.shown
    again.type("output", "Hold it for nine seconds.")
    again.close()
    last = form("ana", card)
    assert last.texts["output"] == "Hold it for nine seconds."
    assert "errors" not in last.save()
    card.becomes_version(2)
    assert card.record.output == "Hold it for nine seconds."


def test_what_was_typed_on_an_older_version_is_offered_or_at_least_shown(story, form):
    card = story.card(record=RECORD)
    first = form("ana", card)
    first.type("instruction", "How is the box reset?")
    first.type("output", "Ana's answer.")
    first.close()
    story.reply("ben", card, "output: Ben's answer.")
    card.becomes_version(2)
    again = form("ana", card)
    assert again.texts["instruction"] == "How is the box reset?"
    assert again.texts["output"] == "Ben's answer."
    assert "someone has changed since:\nOutput\nAna's answer." in again.shown
    again.type("output", "Both answers.")
    again.close()
    last = form("ana", card)
    assert last.texts["output"] == "Both answers."
    assert "Ana's answer." in last.shown
    assert "errors" not in last.save()
    card.becomes_version(3)
    expected = Instruction(instruction="How is the box reset?", output="Both answers.")
    assert card.record == expected
    assert drafts.of(story.store, "U0ANA", card.sample) == {}


def test_typing_redraws_no_card(story, form):
    card = story.card(record=RECORD)
    story.settle_down()
    before = len(story.slack.calls("chat.update"))
    form("ana", card).type("output", "Hold")
    story.settle_down()
    assert len(story.slack.calls("chat.update")) == before


# Not today, and the shortcut -------------------------------------------------------------------


def test_not_today_is_answered_privately_and_taken_back_by_a_second_press(story):
    card = story.card()
    header = next(m for m in story.slack.state()["messages"] if "not_today" in _actions(m))
    dataset = datasets.get(story.store, "backup-en")

    def gone():
        return away.away(story.store, dataset.id, away.today(story.store, dataset))

    said = story.click("ana", "not_today", header["ts"])["ephemeral"]["text"]
    assert said.startswith("You are not named for a vote today.")
    assert gone() == {"U0ANA"}
    story.react("ana", card)
    card.has(ana="approve")
    said = story.click("ana", "not_today", header["ts"])["ephemeral"]["text"]
    assert said.startswith("You are back")
    assert gone() == frozenset()
    story.click("ana", "not_today", header["ts"])
    story.pass_time(86_400)
    assert gone() == frozenset()


def test_the_shortcut_corrects_the_card_it_is_used_on(story):
    card = story.card(record=RECORD)
    view_id = _shortcut(story, "ana", card.ts)["view_id"]
    saved = Form(story, "ana", view_id).save(output="Better.")
    sentence = "Saved as version 2: it comes as a new message, with your ✅ on it."
    assert saved["ephemeral"]["text"] == sentence
    card.becomes_version(2)
    root = card.posts[0].ts
    again = Form(story, "ben", _shortcut(story, "ben", root)["view_id"])
    assert again.texts["output"] == "Better."


def test_the_shortcut_elsewhere_and_for_others_is_answered_privately(story):
    card = story.card()
    ts = story.slack.person("ana").chat_postMessage(channel=CHANNEL, text="Hello")["ts"]
    header = next(m for m in story.slack.state()["messages"] if "one_by_one" in _actions(m))
    for where in (ts, header["ts"]):
        said = _shortcut(story, "ana", where)["ephemeral"]["text"]
        assert said == "Choose this in the menu of a sample that Winnow posted."
    assert "does not count" in _shortcut(story, "gus", card.ts)["ephemeral"]["text"]
    assert story.slack.state()["views"] == []


def _shortcut(story, who, ts):
    return story.slack.act("shortcut", user=who, channel=CHANNEL, ts=ts, callback_id="correct")


def test_a_batch_that_is_decided_offers_neither_and_its_numbers_stay(story):
    card = story.card()
    header = next(m for m in story.slack.state()["messages"] if "one_by_one" in _actions(m))
    for who in ("ana", "ben"):
        story.react(who, card)
    card.becomes("approved")
    story.settle_down()
    assert _actions(story.message(header["ts"])) == []
    dataset = datasets.get(story.store, "backup-en")
    assert reviewing.waiting_for(story.store, dataset.id, "U0CHEN") == 0
