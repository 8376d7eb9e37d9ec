"""The App Home: what a person finds there, what a curator settles there, and its pictures."""

import json

import pytest

YES, NO = "white_check_mark", "x"


@pytest.fixture
def open_home(story):
    """Opens a person's Home; returns its view."""

    def open_(who):
        return story.slack.act("home", user=who)["view"]

    story.bot.desk.gallery.pauses = (0.05, 0.05)
    return open_


@pytest.fixture
def home_of(story):
    """A person's Home as it stands, without opening it."""

    def find(who):
        return story.slack.world.views.homes[f"U0{who.upper()}"].render()

    return find


@pytest.fixture
def press(story):
    """Presses a button in a Home."""

    def press_(who, home, action_id, value):
        body = {"view_id": home["id"], "action_id": action_id, "value": value}
        return story.slack.act("click", user=who, **body)

    return press_


@pytest.fixture
def split(story):
    """Posts samples of which so many are contested; returns those."""

    def split_(number=1):
        contested = story.posted(number + 1)[:number]
        for card in contested:
            story.react("ana", card)
            story.react("ben", card, NO)
        for card in contested:
            card.has(ana="approve", ben="reject")
        return contested

    return split_


def _settle(story, press, home, card, reason="The manual says so."):
    view = press("kim", home, "settle_approve", f"{card.sample}:{card.revision}")["view_id"]
    return story.slack.act("submit", user="kim", view_id=view, values={"reason": reason})


def _pictures(view):
    return [block for block in view["blocks"] if block["type"] == "image"]


def _buttons(view):
    rows = [block["elements"] for block in view["blocks"] if block["type"] == "actions"]
    return [(button["action_id"], button["value"]) for row in rows for button in row]


# A reviewer -----------------------------------------------------------------------------------


def test_a_reviewer_sees_what_waits_how_far_it_is_and_their_own_votes(story, open_home):
    first, second, _ = story.posted(3)
    story.react("ana", first)
    story.react("ben", first)
    first.becomes("approved")
    story.react("ana", second, NO)
    second.has(ana="reject")
    seen = story.shown(open_home("ana"))
    assert "*1 sample* waits for you, about 1 min" in seen
    assert "*1/100* approved" in seen
    assert "Your votes: 2 in the last 7 days, 2 in all · 1 of 1 decided as you voted" in seen
    assert "❌ → Contested · How do I start backup number 2?" in seen
    assert "✅ → ✅ Approved · How do I start backup number 1?" in seen
    assert "U0BEN" not in json.dumps(open_home("ana"))


def test_with_nothing_to_do_the_home_says_so_kindly(story, open_home):
    assert "Nothing waits for you here. Thank you!" in story.shown(open_home("ana"))
    assert _buttons(open_home("ana")) == []


def test_reviewing_one_by_one_begins_in_the_home_and_ends_there(story, open_home, home_of, press):
    first, second = story.posted(2)
    view_id = press("ana", open_home("ana"), "next", "1")["view_id"]
    assert story.view(view_id)["callback_id"] == "review"
    in_modal = {"user": "ana", "view_id": view_id}
    story.slack.act("click", **in_modal, action_id="vote_approve", value=f"{first.sample}:0")
    form = story.slack.act("click", **in_modal, action_id="correct", value=f"{second.sample}:0")
    typed = {"output": "Press it twice."}
    story.slack.act("submit", user="ana", view_id=form["view_id"], values=typed)
    second.becomes_version(2)
    story.slack.act("close", **in_modal)
    seen = story.shown(home_of("ana"))
    assert "Nothing waits for you here. Thank you!" in seen
    assert "Your votes: 1 in the last 7 days, 1 in all · 1 correction" in seen


def test_only_a_curator_finds_samples_to_settle(story, open_home, split):
    split()
    assert "settle_approve" not in json.dumps(open_home("ana"))
    assert "*1 to settle* · those that wait for you first" in story.shown(open_home("kim"))


def test_someone_who_reviews_nothing_is_told_what_winnow_is_and_whom_to_ask(story, open_home):
    seen = story.shown(open_home("gus"))
    assert "*Winnow* shows experts examples" in seen
    assert "ask <@U0KIM>" in seen


def test_someone_invited_meanwhile_finds_their_reviews_there(quiet, recipe, until):
    quiet.add(recipe(more='reviewers: ["@ana"]\n'))
    quiet.start()
    assert "*Winnow*" in quiet.shown(quiet.slack.act("home", user="ben")["view"])
    quiet.add(recipe(more='reviewers: ["@ana", "@ben"]\n'))
    quiet.bot.desk.rosters.refresh()
    assert "*backup-en*" in quiet.shown(quiet.slack.act("home", user="ben")["view"])


def test_what_needs_a_person_most_comes_first_and_gives_the_title_its_language(quiet, recipe):
    names = ("a-done", "b-some", "c-most")
    for name in names:
        quiet.add(recipe("ui: zh\n" if name == "c-most" else "", name=name))
    quiet.start()
    quiet.posted(1, name="b-some")
    quiet.posted(2, name="c-most")
    seen = quiet.shown(quiet.slack.act("home", user="ana")["view"])
    assert sorted(names, key=lambda name: seen.index(f"*{name}*")) == ["c-most", "b-some", "a-done"]
    assert seen.startswith("我的评审")


# A curator ------------------------------------------------------------------------------------


def test_a_sample_settled_in_the_home_is_gone_from_it(story, open_home, home_of, press, split):
    (card,) = split()
    said = _settle(story, press, open_home("kim"), card)
    assert "ephemeral" not in said
    card.becomes("approved")
    assert "No sample waits for a curator." in story.shown(home_of("kim"))
    story.is_told("ben", "against your vote")
    assert story.told("kim") == []


def test_what_stands_against_settling_is_said_beside_the_reason(story, open_home, press, split):
    (card,) = split()
    home = open_home("kim")
    view = press("kim", home, "settle_reject", f"{card.sample}:0")["view_id"]
    story.reply("chen", card, "output: Something else.")
    card.becomes_version(2)
    answer = story.slack.act("submit", user="kim", view_id=view, values={"reason": "No."})
    assert "version 2 is current" in answer["errors"]["reason"]


def test_a_sample_is_corrected_in_the_home(story, open_home, home_of, press, split):
    (card,) = split()
    view = press("kim", open_home("kim"), "correct", f"{card.sample}:0")["view_id"]
    story.slack.act("submit", user="kim", view_id=view, values={"output": "Press it once."})
    card.becomes_version(2)
    assert card.record.output == "Press it once."
    seen = story.shown(home_of("kim"))
    assert "No sample waits for a curator." in seen
    assert "1 correction" in seen


@pytest.mark.parametrize(("action", "value"), [("correct", "1:0"), ("next", "1")])
def test_someone_who_is_no_reviewer_any_more_gets_a_home_without_buttons(
    story, open_home, home_of, press, split, recipe, action, value
):
    split()
    home = open_home("kim")
    story.add(recipe(more='reviewers: ["@ana"]\n').replace('["@kim"]', '["@ana"]'))
    story.bot.desk.rosters.refresh()
    press("kim", home, action, value)
    assert "*Winnow*" in story.shown(home_of("kim"))


@pytest.fixture
def break_records(story, home_of, until):
    """Leaves rows that no code of ours leaves behind, once nothing else reads them."""

    def break_():
        until(lambda: _pictures(home_of("kim")))
        story.settle_down()
        with story.store.write() as session:
            session.connection().exec_driver_sql("UPDATE revision SET record = 'no json'")

    return break_


def test_what_goes_wrong_in_the_home_is_told_in_the_dataset_s_channel(
    story, open_home, press, split, break_records
):
    (card,) = split()
    home = open_home("kim")
    break_records()
    press("kim", home, "correct", f"{card.sample}:0")
    story.is_told("kim", "tell the operator this id")


def test_a_form_that_fails_is_told_and_stays_open_with_what_was_typed(
    story, open_home, press, split, break_records
):
    (card,) = split()
    form = press("kim", open_home("kim"), "correct", f"{card.sample}:0")["view_id"]
    break_records()
    typed = {"user": "kim", "view_id": form, "values": {"output": "Press it once."}}
    assert story.slack.request("/sandbox/submit", typed)[0] == 504
    story.is_told("kim", "tell the operator this id")
    assert story.view(form)["state"]["values"]["output"]["output"]["value"] == "Press it once."


def test_samples_to_settle_come_in_pages_and_settling_stays_on_its_page(
    story, open_home, home_of, press, split
):
    cards = split(12)
    home = open_home("kim")
    assert ("home_page_forward", "10") in _buttons(home)
    press("kim", home, "home_page_forward", "10")
    second = home_of("kim")
    assert [value for action, value in _buttons(second) if action == "correct"] == [
        f"{card.sample}:0" for card in cards[10:]
    ]
    assert _buttons(second)[-1] == ("home_page_back", "0")
    _settle(story, press, second, cards[11])
    assert [value for action, value in _buttons(home_of("kim")) if action == "correct"] == [
        f"{cards[10].sample}:0"
    ]
    _settle(story, press, home_of("kim"), cards[10])
    assert [value for action, value in _buttons(home_of("kim")) if action == "correct"] == [
        f"{card.sample}:0" for card in cards[:10]
    ]


# Pictures -------------------------------------------------------------------------------------


def test_the_home_is_there_at_once_and_its_picture_a_moment_later(story, open_home, home_of, until):
    assert _pictures(open_home("ana")) == []
    until(lambda: _pictures(home_of("ana")), "the picture")
    (shown,) = _pictures(home_of("ana"))
    file = story.slack.world.workspace.files[shown["slack_file"]["id"]]
    assert file.content.startswith(b"\x89PNG")
    assert file.channels == []
    assert shown["alt_text"] == "0 of 100 approved"


def test_a_picture_is_made_again_for_new_numbers_and_not_twice_in_ten_minutes(
    story, open_home, home_of, until
):
    open_home("ana")
    until(lambda: _pictures(home_of("ana")), "the picture")
    card = story.card()
    story.react("ana", card)
    story.react("ben", card)
    card.becomes("approved")
    for who in ("ana", "ben"):
        (old,) = _pictures(open_home(who))
        assert old["alt_text"] == "0 of 100 approved"
    story.pass_time(601)
    open_home("ana")
    until(lambda: "1 of 100" in _pictures(home_of("ana"))[0]["alt_text"], "the new picture")
    open_home("ana")
    assert len(story.slack.calls("files.completeUploadExternal")) == 2


def test_a_picture_that_slack_does_not_show_leaves_the_home_as_text(
    story, open_home, home_of, until
):
    story.may_refuse("views.publish", "invalid_arguments")
    open_home("ana")
    until(lambda: _pictures(home_of("ana")), "the picture")
    for file in story.slack.world.workspace.files.values():
        file.content = b"no picture any more"
    story.pass_time(601)
    home = open_home("ana")
    assert _pictures(home) == []
    assert "*0/100* approved" in story.shown(home)
    story.pass_time(601)
    open_home("ana")
    until(lambda: _pictures(home_of("ana")), "another picture")


def test_a_picture_that_slack_is_still_working_on_is_tried_again(story, open_home, home_of, until):
    story.may_refuse("views.publish", "invalid_arguments")
    story.bot.desk.gallery.pauses = (0.5, 0.5)
    files = story.slack.world.workspace.files
    story.slack.act("fault", kind="hold", method="files.completeUploadExternal", before=False)
    open_home("ana")
    until(lambda: any(file.shared for file in files.values()), "the upload")
    (file,) = files.values()
    picture, file.content = file.content, b""
    story.slack.act("fault", kind="release")
    until(lambda: not story.slack.calls("views.publish")[-1]["answer"]["ok"], "the refusal")
    assert _pictures(home_of("ana")) == []
    file.content = picture
    until(lambda: _pictures(home_of("ana")), "the picture")


def test_a_workspace_that_shows_no_pictures_has_homes_as_text(story, open_home, home_of, until):
    story.may_refuse("views.publish", "invalid_arguments")
    files = story.slack.world.workspace.files
    story.slack.act("fault", kind="hold", method="files.completeUploadExternal", before=False)
    open_home("ana")
    until(lambda: any(file.shared for file in files.values()), "the upload")
    next(iter(files.values())).content = b""
    story.slack.act("fault", kind="release")
    until(lambda: len(story.slack.calls("views.publish")) == 4, "three showings")
    until(lambda: story.bot.desk.gallery.hung(1) is None, "the end of trying")
    assert "*0/100* approved" in story.shown(open_home("ana"))
    story.pass_time(601)
    open_home("ana")
    until(lambda: _pictures(home_of("ana")), "another picture")


def test_an_upload_that_fails_is_nobodys_business(story, open_home, until):
    story.slack.act("fault", kind="server_error", method="files.getUploadURLExternal")
    assert "*0/100* approved" in story.shown(open_home("ana"))
    until(lambda: story.slack.calls("files.getUploadURLExternal"), "the upload")
    assert _pictures(open_home("ana")) == []
    assert story.told("ana") == []


def test_two_people_who_open_their_home_together_share_one_picture(
    story, open_home, home_of, until
):
    open_home("ana")
    open_home("ben")
    until(lambda: _pictures(home_of("ana")) and _pictures(home_of("ben")), "both pictures")
    assert len(story.slack.calls("files.completeUploadExternal")) == 1


def test_a_home_that_could_not_be_published_is_published_the_next_time(story, open_home, until):
    story.slack.act("fault", kind="server_error", method="views.publish", times=2)
    assert open_home("ana") is None
    until(lambda: len(story.slack.calls("views.publish")) == 2, "the picture's turn")
    assert "*backup-en*" in story.shown(open_home("ana"))
