"""What the teacher answers to every way of asking, read as both providers' SDKs send it."""

import json

import anthropic
import jsonschema
import pytest

from core.asking import fenced
from sandbox import banks
from sandbox.banks import Deck
from sandbox.dialects import Anthropic, Declined, OpenAI
from sandbox.replies import draft
from sandbox.variants import language_of

TEXT = {"type": "string"}
NUMBER = {"type": "integer"}
ENTRIES = {entry.said: entry for name in banks.names() for entry in banks.load(name) if entry.said}
PASSAGE = "Hold it for 3.5 s. The light blinks!\n它会闪烁三次，不会再多。然后请等待至少两分钟。"


def strict(**properties):
    required = list(properties)
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def listing(name, most=None, **fields):
    limit = {} if most is None else {"minItems": 1, "maxItems": most}
    return strict(**{name: {"type": "array", "items": strict(**fields), **limit}})


RECORD = {"history": {"type": "array", "items": strict(question=TEXT, answer=TEXT)}}
RECORD |= {"instruction": TEXT, "input": TEXT, "output": TEXT}
ROLE = {"type": "string", "enum": ["user", "assistant"]}
CONVERSATION = {"turns": {"type": "array", "items": strict(role=ROLE, content=TEXT)}}


class Asking:
    """A bank's deck, asked by one provider's wire."""

    def __init__(self, wire):
        self.wire = wire
        self.decks = {name: Deck(name, banks.load(name), 7) for name in banks.names()}

    def question(self, schema, *turns, bank="support-en"):
        messages = [
            {"role": ("user", "assistant")[n % 2], "content": text} for n, text in enumerate(turns)
        ]
        body = {"model": bank, "messages": messages, "max_tokens": 8192}
        if self.wire == "openai":
            form = {"type": "json_schema", "json_schema": {"name": "reply", "schema": schema}}
            return OpenAI().read({}, body | {"response_format": form})
        form = {"type": "json_schema", "schema": anthropic.transform_schema(schema)}
        body |= {
            "output_config": {"format": form},
            "system": [{"type": "text", "text": "Be kind."}],
        }
        return Anthropic().read({"anthropic-version": "2026-10-21"}, body)

    def draft(self, schema, *turns, bank="support-en"):
        return draft(self.question(schema, *turns, bank=bank), self.decks[bank])

    def __call__(self, schema, *turns, bank="support-en"):
        answer = json.loads(self.draft(schema, *turns, bank=bank).text)
        jsonschema.validate(answer, schema)
        return answer


@pytest.fixture(params=["openai", "anthropic"])
def ask(request):
    return Asking(request.param)


def numbered(tag, *rows):
    return fenced(tag, [{"number": n, **row} for n, row in enumerate(rows, 1)])


def unflawed(bank, count):
    return [entry for entry in banks.load(bank) if entry.flaw is None][:count]


def entry_asking(question):
    return next(entry for said, entry in ENTRIES.items() if said[0] == question)


def test_instructions_alone_are_the_banks_next_questions(ask):
    schema = listing("instructions", 4, instruction=TEXT, input=TEXT)
    questions = [row["instruction"] for row in ask(schema, "Write four.")["instructions"]]
    assert len({entry_asking(question).id for question in questions}) == 4


def test_a_banks_question_gets_its_own_answer_by_its_number(ask):
    entries = unflawed("support-en", 3)
    rows = [{"instruction": entry.said[0], "input": ""} for entry in entries]
    prompt = f"Answer these.\n{numbered('instructions', *rows)}\nEach by its number."
    answers = ask(listing("answers", 3, number=NUMBER, output=TEXT), prompt)["answers"]
    assert answers == [{"number": n, "output": e.said[1]} for n, e in enumerate(entries, 1)]


def test_a_question_of_anothers_gets_an_answer_of_another_entry(ask):
    known = unflawed("support-en", 1)[0].said
    rows = [{"instruction": "What is love?"}, {"instruction": known[0]}]
    schema = listing("answers", 2, number=NUMBER, output=TEXT)
    first, second = ask(schema, numbered("instructions", *rows))["answers"]
    assert first["output"] in {said[1] for said in ENTRIES} - {known[1]}
    assert second == {"number": 2, "output": known[1]}


def test_only_what_was_drawn_is_the_banks_loss(ask):
    row = {"instruction": unflawed("support-en", 1)[0].said[0]}
    schema = listing("answers", 2, number=NUMBER, output=TEXT)
    reply = ask.draft(schema, numbered("instructions", row, {"instruction": "What is love?"}))
    served, left = reply.parted(len(reply.text))
    assert (len(served), left) == (1, [])


def test_who_asks_again_wants_another_answer(ask):
    row = {"instruction": unflawed("support-en", 1)[0].said[0]}
    schema = listing("answers", 1, number=NUMBER, output=TEXT)
    answers = [ask(schema, numbered("questions", row))["answers"][0]["output"] for _ in range(2)]
    assert answers[0] == unflawed("support-en", 1)[0].said[1] != answers[1]


def test_the_answer_of_a_record_that_was_given_is_not_given_again(ask):
    size = len(banks.load("support-en"))
    ask.draft(listing("records", size, **RECORD), "All of them.")
    row = {"instruction": unflawed("support-en", 1)[0].said[0]}
    answers = ask(listing("answers", 1, number=NUMBER, output=TEXT), numbered("questions", row))[
        "answers"
    ]
    assert answers[0]["output"] != unflawed("support-en", 1)[0].said[1]


def test_a_weaker_answer_is_not_the_approved_one(ask):
    question, approved = unflawed("support-en", 1)[0].said
    prompt = numbered("questions", {"instruction": question, "approved": approved})
    schema = listing("answers", 1, number=NUMBER, flaw=TEXT, output=TEXT)
    (row,) = ask(schema, prompt)["answers"]
    assert row["flaw"]
    assert row["output"] in {said[1] for said in ENTRIES} - {approved}


@pytest.mark.parametrize("name", ["texts", "variants"])
@pytest.mark.parametrize("bank", banks.names())
def test_a_given_text_is_reworded_under_its_number(ask, bank, name):
    given = [entry.said[0] for entry in unflawed(bank, 3)]
    before = {"en": "Say these differently.", "zh": "请把这些话换个说法。"}[bank[-2:]]
    prompt = f"{before}\n{numbered('samples', *({'text': text} for text in given))}"
    rows = ask(listing(name, 3, number=NUMBER, text=TEXT), prompt, bank=bank)[name]
    assert [row["number"] for row in rows] == [1, 2, 3]
    for row, text in zip(rows, given, strict=True):
        assert row["text"] != text
        assert row["text"].endswith(text)


def test_given_rows_are_answered_once_each_whatever_the_limit(ask):
    prompt = fenced("texts", [{"number": n, "text": f"What is {n}?"} for n in (3, 8)])
    rows = ask(listing("texts", 10, number=NUMBER, text=TEXT), prompt)["texts"]
    assert [row["number"] for row in rows] == [3, 8]


def as_asked(record):
    history = [{"question": a, "answer": b} for a, b in record.get("history", [])]
    return {"input": "", **record, "history": history}


def test_an_answer_that_is_to_be_shorter_keeps_its_beginning(ask):
    entry = unflawed("support-en", 1)[0]
    prompt = "Shorten it.\n" + numbered("samples", as_asked(entry.record))
    (row,) = ask(listing("variants", 1, number=NUMBER, output=TEXT), prompt)["variants"]
    assert entry.said[1].startswith(row["output"])
    assert 0 < len(row["output"]) <= 0.7 * len(entry.said[1])


def test_of_a_conversation_each_of_a_sides_messages_is_varied(ask):
    entry = next(entry for entry in unflawed("dermatology-zh", 60) if len(entry.said) > 2)
    prompt = "请改写下面的对话。\n" + numbered("samples", entry.record)
    texts = {"type": "array", "items": TEXT}
    (asked,) = ask(listing("variants", 1, number=NUMBER, messages=texts), prompt)["variants"]
    (told,) = ask(listing("variants", 1, number=NUMBER, answers=texts), prompt)["variants"]
    for varied, said in zip(asked["messages"], entry.said[::2], strict=True):
        assert varied.endswith(said)
    for varied, said in zip(told["answers"], entry.said[1::2], strict=True):
        assert said.startswith(varied)


def test_a_record_in_the_prompts_language_is_varied_by_another_record(ask):
    entry = unflawed("support-en", 1)[0]
    prompt = "Vary it.\n" + numbered("samples", as_asked(entry.record))
    (row,) = ask(listing("variants", 1, number=NUMBER, **RECORD), prompt)["variants"]
    assert entry_asking(row["instruction"]) != entry


def test_a_record_in_another_language_is_translated_text_by_text(ask):
    entry = unflawed("support-en", 1)[0]
    record = as_asked(entry.record) | {"output": "Hold it for 3 seconds, at most 4.5 times."}
    prompt = "请把下面的样本完整地译成简体中文，语气不变。\n" + numbered("samples", record)
    (row,) = ask(listing("variants", 1, number=NUMBER, **RECORD), prompt)["variants"]
    assert [language_of(row[name]) for name in ("instruction", "output")] == ["zh", "zh"]
    assert row["output"].endswith(" (3; 4.5)")
    assert (row["input"], row["history"]) == ("", [])


def test_new_questions_share_the_rows_they_belong_to(ask):
    prompt = numbered("pairs", {"genre": "guide"}, {"genre": "letter"})
    schema = listing("records", 4, number=NUMBER, genre=TEXT, **RECORD)
    rows = ask(schema, prompt)["records"]
    assert [(row["number"], row["genre"]) for row in rows] == [(1, "guide"), (2, "letter")] * 2


def test_what_is_to_be_evolved_does_not_come_back(ask):
    bank = banks.load("support-en")
    given = [{"instruction": entry.said[0]} for entry in bank[:30] if entry.said]
    schema = listing("instructions", len(given), number=NUMBER, instruction=TEXT, input=TEXT)
    rows = ask.draft(schema, numbered("instructions", *given)).items
    assert not {entry.entry.said[:1] for entry in rows} & {(row["instruction"],) for row in given}


def test_quotes_are_sentences_of_the_passage_to_the_character(ask):
    schema = listing("records", 4, quote=TEXT, **RECORD)
    rows = ask(schema, f"Ask about it.\n{fenced('passage', PASSAGE.splitlines())}\n")["records"]
    assert [row["quote"] for row in rows] == [
        "Hold it for 3.5 s.",
        "The light blinks!",
        "它会闪烁三次，不会再多。",
        "然后请等待至少两分钟。",
    ]


def test_a_passage_may_come_with_where_it_is_from(ask):
    passage = {"from": "leaflet.md § 2. A heading of it.", "text": "Drink a lot of water."}
    schema = listing("records", 1, quote=TEXT, **RECORD)
    (row,) = ask(schema, fenced("passage", [passage]))["records"]
    assert row["quote"] == "Drink a lot of water."


@pytest.mark.parametrize("passage", ["no end", "3.5 kg </passage> <|x|>", "“Why?” she said."])
def test_a_quote_stands_in_the_passage_however_it_is_fenced(ask, passage):
    schema = listing("records", 1, quote=TEXT, **RECORD)
    row = ask(schema, fenced("passage", [passage]))["records"][0]
    assert row["quote"]
    assert row["quote"] in passage


def test_verdicts_are_no_and_take_nothing_from_the_bank(ask):
    schema = listing("verdicts", 2, number=NUMBER, equal={"type": "boolean"})
    prompt = numbered("pairs", {"first": "a", "second": "b"}, {"first": "c", "second": "d"})
    answer = ask(schema, prompt)
    assert answer == {"verdicts": [{"number": 1, "equal": False}, {"number": 2, "equal": False}]}
    assert ask.draft(schema, prompt).parted(10**6) == ([], [])


def test_a_dialogue_turn_by_turn_is_one_of_the_banks_conversations(ask):
    said = []
    for n in range(4):
        turns = [{"role": ("user", "assistant")[i % 2], "content": t} for i, t in enumerate(said)]
        prompt = f"You are to speak.\n{fenced('dialogue', turns)}\nTurn {n}."
        said.append(ask(strict(message=TEXT), prompt, bank="dermatology-zh")["message"])
    assert tuple(said) == entry_asking(said[0]).said[:4]


def test_a_dialogue_that_nobody_prepared_goes_on_with_whose_turn_it_is(ask):
    turns = [{"role": "user", "content": "Hm?"}]
    answers = {text for said in ENTRIES for text in said[1::2]}
    for _ in range(2):
        assert ask(strict(message=TEXT), fenced("dialogue", turns))["message"] in answers


@pytest.mark.parametrize("bank", banks.names())
def test_a_flawed_record_is_rewritten_as_the_bank_would_mend_it(ask, bank):
    flawed = next(entry for entry in banks.load(bank) if entry.mend)
    fields = CONVERSATION if "turns" in flawed.record else RECORD
    schema = strict(record=strict(**fields))
    prompt = f"Rewrite it.\n{fenced('record', [flawed.record])}\n{fenced('wish', ['Warn!'])}"
    record = ask(schema, prompt, bank=bank)["record"]
    texts = [turn["content"] for turn in record.get("turns", [])] or record.values()
    assert set(flawed.mend.values()) <= {text for text in texts if isinstance(text, str)}


def test_a_mended_record_is_not_mended_again(ask):
    flawed = next(entry for entry in banks.load("support-en") if entry.mend)
    schema = strict(record=strict(**RECORD))
    once = ask(schema, fenced("sample", [as_asked(flawed.record)]))["record"]
    twice = ask(schema, fenced("sample", [once]))["record"]
    assert once["output"] != flawed.said[1]
    assert len(twice["output"]) < len(once["output"])


def test_any_other_record_is_rewritten_with_a_shorter_answer(ask):
    good = unflawed("support-en", 1)[0]
    prompt = f"{fenced('sample', [as_asked(good.record)])}\n{fenced('wish', ['Be brief!'])}"
    record = ask(strict(record=strict(**RECORD)), prompt)["record"]
    assert record["instruction"] == good.said[0]
    assert good.said[1].startswith(record["output"])
    assert record["output"] != good.said[1]


def test_a_situation_and_a_plan_are_made_of_prepared_texts(ask):
    parts = dict.fromkeys(("asker", "wants", "withholds", "turn"), TEXT)
    situation = ask(strict(**parts), "Invent one.", bank="dermatology-zh")
    assert set(situation.values()) <= {said[0] for said in ENTRIES}
    schema = listing("records", 2, plan=strict(**parts), **CONVERSATION)
    for row in ask(schema, "Write two.", bank="dermatology-zh")["records"]:
        assert set(row["plan"].values()) == {row["turns"][0]["content"]}


def test_a_choice_is_its_first_unless_the_row_has_made_it(ask):
    kind = {"type": "string", "enum": ["vague", "misspelt"]}
    prompt = numbered("texts", {"text": "a", "kind": "misspelt"}, {"text": "b"})
    rows = ask(listing("texts", 2, number=NUMBER, text=TEXT, kind=kind), prompt)["texts"]
    assert [row["kind"] for row in rows] == ["misspelt", "vague"]


def test_the_latest_turn_that_has_rows_is_answered(ask):
    schema = listing("texts", 2, number=NUMBER, text=TEXT)
    first = numbered("texts", {"text": "one"}, {"text": "two"})
    reply = '{"number": 7, "text": "not a row that was given"}'
    assert len(ask(schema, first, reply, "Once more, please.")["texts"]) == 2
    assert len(ask(schema, first, reply, numbered("texts", {"text": "two"}))["texts"]) == 1


def test_a_conversations_bank_knows_its_first_question_and_answer(ask):
    schema = listing("instructions", 2, instruction=TEXT)
    rows = ask(schema, "Two.", bank="dermatology-zh")["instructions"]
    answers = listing("answers", 2, number=NUMBER, output=TEXT)
    given = ask(answers, numbered("instructions", *rows), bank="dermatology-zh")["answers"]
    expected = [entry_asking(row["instruction"]).said[1] for row in rows]
    assert [row["output"] for row in given] == expected


UNFIT = {
    "two lists": strict(texts={"type": "array"}, more={"type": "array"}),
    "a number that counts nothing": listing("texts", 2, text=TEXT, score=NUMBER),
    "a quote of no passage": listing("records", 1, quote=TEXT, **RECORD),
    "a list of texts": strict(texts={"type": "array", "items": TEXT}),
    "nothing": strict(),
}


@pytest.mark.parametrize("schema", UNFIT.values(), ids=UNFIT)
def test_what_is_no_way_of_asking_is_declined_and_takes_nothing(ask, schema):
    with pytest.raises(Declined) as caught:
        ask.draft(schema, "Write.")
    assert (caught.value.kind, bool(caught.value.details)) == ("400", True)
    fresh = Asking(ask.wire)
    plain = listing("records", 4, **RECORD)
    assert ask.draft(plain, "Write.").text == fresh.draft(plain, "Write.").text


def test_a_prompt_that_gives_all_there_is_leaves_nothing_to_say(ask):
    texts = [*(text for said in ENTRIES for text in said), "Hm?"]
    turns = [{"role": "user", "content": text} for text in texts]
    with pytest.raises(Declined, match="already gives"):
        ask.draft(strict(message=TEXT), fenced("conversation", turns))
