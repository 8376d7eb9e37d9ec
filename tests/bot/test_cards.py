"""The message of a revision in every state, for records of every length."""

from datetime import UTC, datetime

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.cards import ask_field, card, full_text, origin
from bot.excerpts import excerpt, pieces, units
from core.records import Conversation, Instruction, Turn, fields, with_fields
from core.votes import Settlement, State, Verdict

LINK = "https://team.slack.com/archives/C1/p2"
STATES = list(State)
TWO = {"U0A": Verdict.APPROVE, "U0B": Verdict.APPROVE}
SPLIT = {"U0A": Verdict.APPROVE, "U0B": Verdict.REJECT}
ONE_AGAINST = {"U0B": Verdict.REJECT}
MENU = "[reason=] "
BUTTONS = "[correct=12:0] [skip=12:0] [flag=12:0] [more=]"


def english(shown, **changes):
    given = {"lang": "en", "dataset": "derma", "position": (3, 10), "lead": 2}
    return card(shown, **{**given, **changes})


def test_a_conversation_shows_its_turns_by_the_numbers_one_types_back(make_shown, lines_of):
    assert lines_of(english(make_shown())) == [
        "Eczema · medium · 3/10 · ~10 s · written by AI",
        "① Question", "My skin is red.",
        "② Answer", "Since when?",
        "③ Question", "Two weeks.",
        "④ Answer", "Use an emollient.",
        "2 more ✅ needed (the bot's do not count)",
        BUTTONS,
    ]  # fmt: skip


def test_an_instruction_shows_its_fields_in_chinese(make_shown, lines_of):
    record = Instruction(instruction="算一下", input="", output="四", history=(("一", "二"),))
    shown = make_shown(record, category="算术", difficulty=None, verdicts={"U0A": Verdict.APPROVE})
    assert lines_of(card(shown, lang="zh", dataset="d", position=(1, 2), lead=2)) == [
        "算术 · 1/2 · 约10秒 · AI 撰写，非真人真事",
        "history-1 提问", "一",
        "history-2 回答", "二",
        "指令", "算一下",
        "输出", "四",
        "还差 1 个 ✅（机器人的不计）",
        BUTTONS,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("state", "verdicts", "flags", "expected"),
    [
        (State.OPEN, {"U0A": Verdict.APPROVE}, (), "1 more ✅ needed (the bot's do not count)"),
        (State.CONTESTED, SPLIT, (), "Split: 1 ✅ 1 ❌ · 2 more ✅ or 2 more ❌ decide"),
        (State.CONTESTED, ONE_AGAINST, (), "1 ❌ so far · 3 more ✅ or 1 more ❌ decide"),
        (State.QUEUED, SPLIT, (), "1 ✅ 1 ❌ · waits for a curator"),
        (State.FROZEN, {}, ("U0C",), "🚩 Flagged by <@U0C> · a curator decides"),
        (State.FROZEN, {}, (), "⏸ Held: its message could not be read · a curator decides"),
        (State.APPROVED, TWO, (), "✅ Approved · <@U0A>, <@U0B>"),
        (State.REJECTED, ONE_AGAINST, (), "❌ Rejected · <@U0B>"),
        (State.EXPIRED, {}, (), "⌛ Expired"),
    ],
)
def test_the_line_below_says_where_a_sample_stands(
    make_shown, lines_of, state, verdicts, flags, expected
):
    lines = lines_of(english(make_shown(state=state, verdicts=verdicts, flags=flags)))
    assert [lines[-2], lines[-1].removeprefix(MENU)] == [expected, BUTTONS]


@pytest.mark.parametrize("state", STATES)
def test_what_is_wrong_is_asked_only_while_reviewers_disagree(make_shown, lines_of, state):
    last = lines_of(english(make_shown(state=state, verdicts=SPLIT)))[-1]
    assert last.startswith(MENU) is (state in {State.CONTESTED, State.QUEUED})


@pytest.mark.parametrize(
    ("lang", "own", "expected"),
    [
        ("en", (), ["wrong facts", "missing warning", "tone", "unrealistic question", "duplicate",
                    "other"]),
        ("zh", (), ["事实错误", "缺少必要提示", "语气", "问题不真实", "重复", "其他"]),
        ("en", ("wrong dose", "<!channel>"), ["wrong dose", "<!channel>"]),
    ],
    ids=["English", "Chinese", "the recipe's own"],
)  # fmt: skip
def test_the_menu_holds_the_reasons(make_shown, refusals, lang, own, expected):
    shown = make_shown(state=State.CONTESTED, verdicts=SPLIT)
    blocks = english(shown, lang=lang, reasons=own).blocks
    menu = blocks[-1]["elements"][0]
    assert [option["text"]["text"] for option in menu["options"]] == expected
    assert refusals("blocks", blocks) == []


@pytest.mark.parametrize(
    ("state", "reasons", "expected"),
    [
        (State.CONTESTED, {"U0B": "missing_warning"}, ["❌ <@U0B>:", "missing warning"]),
        (
            State.QUEUED,
            {"U0B": "tone", "U0C": "*dose* <!channel>"},
            ["❌ <@U0B>:", "tone", "❌ <@U0C>:", "*dose* <!channel>"],
        ),
        (State.FROZEN, {"U0B": "tone"}, []),
        (State.REJECTED, {"U0B": "tone"}, []),
    ],
    ids=["contested", "queued", "frozen", "decided"],
)
def test_the_reasons_given_stand_beside_the_count(make_shown, refusals, state, reasons, expected):
    blocks = english(make_shown(state=state, verdicts=SPLIT, reasons=reasons)).blocks
    given = blocks[-2]["elements"][1:]
    assert [text["text"] for text in given] == expected
    assert [text["type"] for text in given[1::2]] == ["plain_text"] * (len(expected) // 2)
    assert refusals("blocks", blocks) == []


def test_many_reasons_are_cut_where_slack_takes_no_more(make_shown, refusals):
    reasons = {f"U0{n}": "r" * 75 for n in range(40)}
    blocks = english(make_shown(state=State.QUEUED, verdicts=SPLIT, reasons=reasons)).blocks
    assert len(blocks[-2]["elements"]) == 10
    assert blocks[-2]["elements"][-1]["text"] == "…"
    assert refusals("blocks", blocks) == []


def test_a_settlement_names_the_curator(make_shown, lines_of):
    at = datetime(2026, 1, 5, tzinfo=UTC)
    settled = Settlement("U0C", 0, Verdict.APPROVE, at, "checked the guideline")
    shown = make_shown(state=State.APPROVED, verdicts=ONE_AGAINST, settlement=settled)
    reason = "Reason: checked the guideline"
    assert lines_of(english(shown))[-2] == f"✅ Approved · settled by <@U0C>  {reason}"
    assert lines_of(english(shown, closed=True))[0] == f"✅ Approved · Eczema  <@U0C>  {reason}"


def test_a_curator_s_reason_is_clipped_and_no_markup(make_shown, texts_of, refusals):
    at = datetime(2026, 1, 5, tzinfo=UTC)
    settled = Settlement("U0C", 0, Verdict.REJECT, at, "*see* <!channel> " * 20)
    shown = make_shown(state=State.REJECTED, settlement=settled)
    blocks = english(shown, lang="zh").blocks
    told = blocks[-2]["elements"][1]
    assert told["type"] == "plain_text"
    assert told["text"].startswith("理由：*see* <!channel>")
    assert len(told["text"]) == len("理由：") + 150
    assert refusals("blocks", blocks) == []
    assert [text for text in texts_of(blocks, "mrkdwn") if "channel" in text] == []


def test_a_corrected_card_shows_who_changed_what_and_the_whole_text(make_shown, lines_of, dialogue):
    corrected = with_fields(dialogue, {"turn-4": "Use an emollient twice a day."})
    shown = make_shown(
        corrected,
        revision=1,
        before=dialogue,
        author="U0A",
        verdicts={"U0A": Verdict.APPROVE},
    )
    message = english(shown)
    assert message.text == "Eczema 3/10, version 2, to review"
    lines = lines_of(message)
    assert lines[1:4] == [
        "Version 2: <@U0A> changed ④",
        "− …an emollient.\n+ …an emollient twice a day.",
        "① Question",
    ]
    assert lines[-3:] == [
        "Use an emollient twice a day.",
        "1 more ✅ needed (the bot's do not count)",
        "[correct=12:1] [skip=12:1] [flag=12:1] [more=]",
    ]


def test_several_changed_fields_are_named_in_the_diff(make_shown, lines_of, dialogue):
    corrected = with_fields(dialogue, {"turn-2": "Since when, please?", "turn-4": "See me."})
    shown = make_shown(corrected, revision=1, before=dialogue, author="U0A")
    lines = lines_of(english(shown))
    assert lines[1] == "Version 2: <@U0A> changed ② ④"
    assert lines[2].split("\n")[0] == "②"
    assert "④" in lines[2].split("\n")


@pytest.mark.parametrize("word", ["👍🏽 ", "word ", "皮"])
def test_a_diff_takes_one_section_at_most(make_shown, dialogue, word):
    every_third = "".join(f"{word}{n}" if n % 3 else f"!{n}" for n in range(900))
    before = with_fields(dialogue, {"turn-2": word * 900, "turn-4": word * 900})
    corrected = with_fields(dialogue, {"turn-2": every_third, "turn-4": every_third})
    blocks = english(make_shown(corrected, revision=1, before=before, author="U0A")).blocks
    assert [block["type"] for block in blocks[:4]] == ["context", "context", "section", "context"]
    assert units(blocks[2]["text"]["text"]) <= 3000


@pytest.mark.parametrize(
    ("revision", "current", "link", "notification", "line"),
    [
        (0, 1, LINK, "→ version 2", f"→ <{LINK}|version 2>"),
        (0, 1, None, "→ version 2", "→ version 2"),
        (
            2, 1, LINK, "Version 3 was withdrawn → version 2",
            f"Version 3 was withdrawn → <{LINK}|version 2>",
        ),
    ],
    ids=["superseded", "superseded, no link", "withdrawn"],
)  # fmt: skip
def test_a_message_of_another_revision_is_one_line_that_points_to_the_current(
    make_shown, lines_of, revision, current, link, notification, line
):
    message = english(make_shown(revision=revision, current=current), link=link)
    assert message.text == notification
    assert lines_of(message) == [f"Eczema · 3/10 · My skin is red.  {line}"]


def test_a_superseded_card_keeps_the_first_words_of_its_question_as_they_are(make_shown, lines_of):
    record = Instruction(instruction="*Is* <!channel> " * 9, output="o")
    shown = make_shown(record, current=1, category="general")
    was, arrow = english(shown, position=None).blocks[0]["elements"]
    assert was == {
        "type": "plain_text",
        "text": "derma · *Is* <!channel> *Is* <!channel> *Is* <!…",
        "emoji": False,
    }
    assert arrow["text"] == "→ version 2"


def test_a_decided_card_shrinks_only_when_its_batch_has_ended(make_shown, lines_of):
    shown = make_shown(state=State.APPROVED, verdicts=TWO, revision=1)
    assert len(english(shown).blocks) > 2
    message = english(shown, closed=True)
    assert message.text == "✅ Approved · Eczema"
    assert lines_of(message) == [
        "✅ Approved · Eczema · version 2  <@U0A>, <@U0B>",
        "My skin is red.",
    ]
    button = message.blocks[1]["accessory"]
    assert (button["action_id"], button["value"]) == ("more", "full")


def test_a_card_still_in_review_does_not_shrink(make_shown):
    shown = make_shown(state=State.CONTESTED, verdicts=SPLIT)
    assert english(shown, closed=True) == english(shown)


def test_a_preview_is_stamped_and_takes_no_votes(make_shown, lines_of):
    shown = make_shown(state=State.CANDIDATE)
    message = english(shown, preview=True, position=None)
    assert message.text == "Preview of derma"
    lines = lines_of(message)
    assert lines[:2] == [
        "PREVIEW of derma · takes no votes",
        "Eczema · medium · ~10 s · written by AI",
    ]
    assert lines[-1] == "Use an emollient."


def test_what_no_teacher_wrote_is_not_said_to_be_written_by_ai(make_shown, lines_of):
    shown = make_shown(category="general", difficulty=None, origin={"file": "old.jsonl"})
    assert lines_of(english(shown))[0] == "derma · 3/10 · ~10 s · imported"


def test_a_long_card_says_where_the_full_text_is(make_shown, lines_of):
    roles = ("assistant", "user")
    turns = tuple(Turn(role=roles[n % 2], content=f"t{n}") for n in range(1, 15))
    lines = lines_of(english(make_shown(Conversation(turns=turns))))
    assert lines[1:11] == [
        "① Question", "t1", "② Answer", "t2",
        "… 10 turns left out",
        "⑬ Question", "t13", "⑭ Answer", "t14",
        "Shortened. Read the full text (⋯) before you vote.",
    ]  # fmt: skip


def test_behind_the_dots_are_the_full_text_and_the_origin(make_shown):
    *_, menu = english(make_shown()).blocks[-1]["elements"]
    assert [option["value"] for option in menu["options"]] == ["full", "origin"]


def test_a_category_is_no_markup_in_a_notification(make_shown):
    message = english(make_shown(category="<!channel>"))
    assert message.text == "&lt;!channel&gt; 3/10 to review"


def marked(record):
    """The record with `§` at the head of every text, so that it is recognised anywhere."""
    return with_fields(record, {name: f"§{text}" for name, text in fields(record).items()})


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_slack_takes_every_card_and_parses_no_sample_text(
    make_shown, records, refusals, texts_of, data
):
    record, before = marked(data.draw(records)), marked(data.draw(records))
    revision = data.draw(st.integers(0, 2))
    shown = make_shown(
        record,
        state=data.draw(st.sampled_from(STATES)),
        revision=revision,
        current=data.draw(st.sampled_from([revision, 1])),
        verdicts=data.draw(st.sampled_from([{}, TWO, SPLIT])),
        before=before if revision else None,
        author="U0A" if revision else None,
    )
    message = card(
        shown,
        lang=data.draw(st.sampled_from(["en", "zh"])),
        dataset="derma",
        position=(3, 10),
        lead=2,
        closed=data.draw(st.booleans()),
        preview=data.draw(st.booleans()),
        link=LINK,
    )
    assert refusals("blocks", message.blocks) == []
    assert "§" not in message.text
    assert [text for text in texts_of(message.blocks, "mrkdwn") if "§" in text] == []


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_card_that_is_not_shortened_shows_the_record_to_the_character(make_shown, records, data):
    record = data.draw(records)
    assume(not excerpt(record).shortened)
    blocks = english(make_shown(record)).blocks
    sections = [block["text"]["text"] for block in blocks if block["type"] == "section"]
    cut = [piece for text in fields(record).values() for piece in pieces(text, 3000)]
    assert sections == [piece for piece in cut if piece.strip()]


def test_sample_text_is_shown_raw_and_unfolded(make_shown):
    attack = "<!channel> *not bold* :smile:"
    blocks = english(make_shown(Instruction(instruction="q", output=attack))).blocks
    assert {
        "type": "section",
        "text": {"type": "plain_text", "text": attack, "emoji": False},
        "expand": True,
    } in blocks


def test_the_full_text_leaves_nothing_out(make_shown):
    record = Instruction(instruction="Why?", input="", output="o" * 20_000, system="Be kind.")
    assert full_text(make_shown(record), "en") == (
        f"System\nBe kind.\n\nInstruction\nWhy?\n\nOutput\n{'o' * 20_000}"
    )


def test_the_origin_names_sample_teacher_prompt_and_cost(make_shown, lines_of, refusals):
    told = origin(
        make_shown(
            origin={
                "teacher": "openai:gpt-4o",
                "ask": "seeds",
                "prompt": "seeds-en",
                "prompt_hash": "0123456789ab",
                "parameters": {"temperature": 0.7},
                "seeds": ["derma-1", "derma-2"],
                "cost_usd": "0.0031",
            }
        ),
        "en",
    )
    assert refusals("blocks", told.blocks) == []
    assert lines_of(told) == [
        "Where this sample comes from",
        "sample 12\nTeacher: openai:gpt-4o\nWay of asking: seeds\nPrompt: seeds-en\n"
        'Hash of the prompt: 0123456789ab\nParameters: {"temperature": 0.7}\n'
        "Cost of the request (USD): 0.0031\nExamples shown to the teacher: derma-1, derma-2",
    ]


def test_an_unknown_origin_is_said_to_be_unknown(make_shown, lines_of):
    assert lines_of(origin(make_shown(origin={}), "zh")) == ["这条样本的来源", "样本 12\n未知"]


def test_a_reply_that_resembles_a_field_is_asked_about(make_shown, lines_of):
    asked = ask_field(make_shown(), "en", 7, "turn-4", "Use an emollient daily.")
    assert lines_of(asked) == [
        "Your reply reads like a new text of ④. Use it as that, or keep it as a comment?",
        "− …an emollient.\n+ …an emollient daily.",
        "[use_as_field=7] [keep_comment=7]",
    ]


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_slack_takes_every_question_and_origin(make_shown, records, texts, refusals, data):
    shown = make_shown(data.draw(records), origin={"teacher": data.draw(texts)})
    field = data.draw(st.sampled_from(sorted(fields(shown.record))))
    asked = ask_field(shown, "zh", 7, field, data.draw(texts))
    assert refusals("blocks", asked.blocks) == []
    assert refusals("blocks", origin(shown, "en").blocks) == []
