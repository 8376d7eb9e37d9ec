"""`/winnow`: help, status, pause and resume, several datasets, generating and exporting."""

import json

import pytest

from bot.running import warm_up
from storage import datasets, samples

CHANNEL = "C0SUPPORTEN"
TEACHER = [
    {"instruction": f"What does light number {n} mean?", "output": f"Light {n} means all is well."}
    for n in range(1, 9)
]
CHECKS = "checks: {default: off}\n"


def _teach(story, records=TEACHER):
    lines = "\n".join(json.dumps(record) for record in records)
    (story.folder / "replies.jsonl").write_text(lines + "\n", encoding="utf-8")


def test_help_is_the_answer_to_help_nothing_and_the_unknown(story):
    for text in ("", "help", "dance"):
        assert "What `/winnow` can do" in story.command("ana", text)["ephemeral"]["text"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("satus", "no dataset “satus”. Did you mean `status`?\n"),
        ("backpu-en status", "no dataset “backpu-en”. Did you mean `backup-en`?\n"),
        ("nosuch status", "no dataset “nosuch”.\n"),
        ("backup-en satus", "no dataset “satus”. Did you mean `status`?\n"),
        ("<!channel>", "no dataset “&lt;!channel&gt;”.\n"),
    ],
)
def test_a_name_that_is_not_known_is_said_before_the_help(story, text, said):
    answer = story.command("kim", text)["ephemeral"]["text"]
    assert answer.startswith(f"There is no command and {said}What `/winnow` can do")


def test_a_misspelt_command_is_not_asked_about_where_there_are_several_datasets(quiet, recipe):
    quiet.add(recipe())
    quiet.add(recipe("ui: zh\n", name="clouds-en"))
    quiet.start()
    assert "“satus”" in quiet.command("kim", "satus")["ephemeral"]["text"]
    said = quiet.command("kim", "clouds-en satus")["ephemeral"]["text"]
    assert said.startswith("没有叫“satus”的命令或数据集。您是想用 `status` 吗？\n")


def test_a_channel_without_a_dataset_says_so(story):
    said = story.command("ana", "status", channel="general-zh")["ephemeral"]["text"]
    assert "No dataset is reviewed in this channel" in said


def test_curators_pause_and_resume_and_others_may_not(story):
    assert "Only the curators" in story.command("ana", "pause")["ephemeral"]["text"]
    assert "Paused" in story.command("kim", "pause")["ephemeral"]["text"]
    assert datasets.get(story.store, "backup-en").paused
    assert "Paused" in story.shown(story.command("ana", "status")["ephemeral"])
    assert "Paused" in story.command("kim", "generate 2")["ephemeral"]["text"]
    assert "Goes on" in story.command("kim", "resume")["ephemeral"]["text"]
    assert not datasets.get(story.store, "backup-en").paused


def test_several_datasets_in_a_channel_are_chosen_by_a_button_or_by_name(quiet, recipe):
    quiet.add(recipe())
    quiet.add(recipe(name="clouds-en", target=7))
    quiet.start()
    asked = quiet.command("kim", "status")["ephemeral"]
    assert "several datasets" in asked["text"]
    chosen = quiet.click("kim", "choose_dataset_1", asked["ts"])["ephemeral"]
    assert chosen["text"] == "clouds-en: 0/7 approved"
    assert quiet.command("kim", "backup-en status")["ephemeral"]["text"].startswith("backup-en")

    asked = quiet.command("kim", "pause")["ephemeral"]
    assert "Paused" in quiet.click("kim", "choose_dataset_0", asked["ts"])["ephemeral"]["text"]
    assert datasets.get(quiet.store, "backup-en").paused
    assert not datasets.get(quiet.store, "clouds-en").paused


def test_generate_makes_posts_and_tells(quiet, recipe, until):
    _teach(quiet)
    quiet.add(recipe(CHECKS))
    quiet.start()
    said = quiet.command("ana", "generate 3 lights & <colours>")["ephemeral"]["text"]
    assert said == "Generating 3 samples …"
    told = quiet.is_told("ana", "New candidates")
    assert "New candidates: 3" in told
    quiet.settle_down()
    assert samples.in_review(quiet.store, datasets.get(quiet.store, "backup-en").id) == 3
    cards = [m for m in quiet.slack.state()["messages"] if "What does light" in quiet.shown(m)]
    assert len(cards) == 3


def test_generate_posts_what_it_made_and_not_what_waited_before(quiet, recipe):
    _teach(quiet, TEACHER[:2])
    quiet.add(recipe(CHECKS))
    quiet.start()
    older = quiet.candidates(3)
    quiet.command("ana", "generate 2 lights")
    quiet.is_told("ana", "New candidates: 2 · posted: 2 ·")
    assert {quiet.card_of(sample).state for sample in older} == {"candidate"}
    assert samples.in_review(quiet.store, datasets.get(quiet.store, "backup-en").id) == 2


def test_generate_that_makes_nothing_new_says_so_and_posts_nothing(quiet, recipe):
    _teach(quiet, [{"instruction": "What is missing?", "output": ""}] * 6)
    quiet.add(recipe(CHECKS))
    quiet.start()
    (older,) = quiet.candidates(1)
    quiet.command("ana", "generate 2")
    quiet.is_told("ana", "Nothing is posted: no new candidates. Discarded by checks:")
    assert quiet.card_of(older).state == "candidate"


@pytest.mark.parametrize(("number", "why"), [("0", "from 1 to 500"), ("501", "from 1 to 500")])
def test_an_impossible_number_is_refused(story, number, why):
    assert why in story.command("kim", f"generate {number}")["ephemeral"]["text"]


def test_reviewers_have_a_day_s_measure_and_guests_none(quiet, recipe):
    _teach(quiet)
    quiet.add(recipe(CHECKS + "budget: {per_person_day: 4}\n"))
    quiet.start()
    assert "Only the reviewers" in quiet.command("gus", "generate 1")["ephemeral"]["text"]
    assert "4 samples generated a day" in quiet.command("ana", "generate 5")["ephemeral"]["text"]
    quiet.command("ana", "generate 3")
    quiet.is_told("ana", "New candidates: 3")
    assert "4 samples generated a day" in quiet.command("ana", "generate 2")["ephemeral"]["text"]
    assert "Generating 5" in quiet.command("kim", "generate 5")["ephemeral"]["text"]
    quiet.is_told("kim", "New candidates: 5")


def test_an_exhausted_teacher_is_told_to_the_curators(quiet, recipe):
    _teach(quiet, TEACHER[:1])
    quiet.add(recipe(CHECKS))
    quiet.start()
    quiet.command("ana", "generate 3")
    quiet.is_written("kim", "is exhausted")
    quiet.is_told("ana", "New candidates: 1")


def test_a_costly_request_is_confirmed_first(quiet, recipe):
    costly = "budget: {confirm_above_usd: 0.01}\n"
    text = recipe(CHECKS + costly).replace(
        '["replay:replies.jsonl"]',
        '[{model: "openai:support-en@' + quiet.slack.base + '/openai/v1", '
        "price: {input: 100, output: 100}}]",
    )
    quiet.add(text)
    quiet.start()
    quiet.bot.desk.environ = {"OPENAI_API_KEY": "sandbox"}
    warm_up(quiet.bot.desk)
    answer = quiet.command("kim", "generate 3 of <b>lights</b>")
    view = quiet.view(answer["view_id"])
    assert "This may cost up to $" in quiet.shown(view)
    assert "of <b>lights</b>" in quiet.shown(view)
    assert "errors" not in quiet.slack.act("submit", user="kim", view_id=view["id"])
    quiet.is_told("kim", "New candidates: 3")


def test_export_uploads_what_is_approved(quiet, recipe, until):
    quiet.add(recipe())
    quiet.start()
    assert "Only the curators" in quiet.command("ana", "export")["ephemeral"]["text"]
    good, _ = quiet.posted(2)
    for who in ("ana", "ben"):
        quiet.react(who, good)
    good.becomes("approved")
    assert "Exporting" in quiet.command("kim", "export")["ephemeral"]["text"]
    told = quiet.is_told("kim", "1 record ·")
    assert "+1" in told
    quiet.settle_down()
    files = quiet.slack.state()["files"]
    assert len(files) == 1
    assert "alpaca" in files[0]["name"]

    quiet.command("kim", "export")
    quiet.is_told("kim", "Nothing changed")


def test_an_unknown_format_is_refused_and_never_parsed(story):
    said = story.command("kim", "export <!channel>")["ephemeral"]["text"]
    assert "<!channel>" not in said
    assert "channel" in said
