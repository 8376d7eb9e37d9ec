"""The sample banks are what banks.py says, and hard enough to try checks and reviewers on."""

import json
import re
from collections import Counter
from itertools import combinations
from pathlib import Path

import pytest
from rapidfuzz.distance import Indel
from ruamel.yaml import YAML

from core.records import Conversation, Instruction, answers, question, record_of
from core.records import with_fields as mended
from sandbox import banks
from sandbox.banks import FLAWS, Deck, Entry

EXAMPLES = Path(__file__).parents[2] / "examples"
TOKEN = re.compile(r"[\u3400-\u9fff]|[^\W_\u3400-\u9fff]+")
# The commonest words of English; running English text has more than a fifth of them.
ENGLISH = re.compile(r"a|and|are|be|can|do|for|i|in|is|it|no|not|of|on|or|that|the|to|you|your")

each_bank = pytest.mark.parametrize("name", banks.names())


class Words:
    """Texts as strings of one code point a token, so that rapidfuzz compares whole tokens."""

    def __init__(self):
        self._known = {}

    def __call__(self, text):
        found = TOKEN.findall(text.lower())
        return "".join(chr(self._known.setdefault(t, 0x10000 + len(self._known))) for t in found)


def rouge_l(first, second):
    return Indel.normalized_similarity(first, second)


def records(name):
    return [entry for entry in banks.load(name) if entry.record]


def unflawed(name):
    return [entry for entry in banks.load(name) if entry.flaw is None]


def flawed(name, flaw):
    return [entry for entry in banks.load(name) if entry.flaw == flaw]


def recipe(name):
    return YAML(typ="safe").load(EXAMPLES / name / "recipe.yml")


def answer(entry):
    return "\n".join(answers(record_of(entry.record)))


def asked(entry):
    return question(record_of(entry.record))


def seeds(name):
    """The examples' own seeds, Alpaca or ShareGPT, as records."""
    roles = {"human": "user", "gpt": "assistant"}
    for line in (EXAMPLES / name / "seeds.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        said = row.pop("conversations", None)
        if said is not None:
            turns = [{"role": roles[t["from"]], "content": t["value"]} for t in said]
            row = {"system": row.get("system", ""), "turns": turns}
        yield record_of(row)


def test_every_example_has_a_bank_of_its_name():
    assert sorted(path.name for path in EXAMPLES.iterdir() if path.is_dir()) == banks.names()


@each_bank
def test_a_bank_has_sixty_records_with_ids_of_their_own(name):
    entries = banks.load(name)
    assert len(entries) >= 60
    assert [n for i, n in Counter(entry.id for entry in entries).items() if n > 1] == []


@each_bank
def test_about_a_fifth_is_flawed_and_every_flaw_occurs(name):
    entries = banks.load(name)
    flaws = Counter(entry.flaw for entry in entries if entry.flaw)
    assert 0.18 <= flaws.total() / len(entries) <= 0.25
    assert set(flaws) == set(FLAWS)
    assert flaws["near_duplicate"] >= 2


@each_bank
def test_every_record_is_one_and_all_of_a_bank_are_of_one_kind(name):
    kinds = {type(record_of(entry.record)) for entry in records(name)}
    assert len(kinds) == 1


@each_bank
def test_categories_and_difficulties_are_the_recipes_and_each_occurs_often(name):
    for key, attribute in (("categories", "category"), ("difficulty", "difficulty")):
        found = Counter(getattr(entry, attribute) for entry in unflawed(name))
        assert set(found) == set(recipe(name)[key])
        assert [value for value, n in found.items() if n < 4] == []


@each_bank
def test_no_two_unflawed_answers_are_alike(name):
    words = Words()
    texts = [(entry.id, words(answer(entry))) for entry in unflawed(name)]
    alike = [(a, b) for (a, s), (b, t) in combinations(texts, 2) if rouge_l(s, t) >= 0.5]
    assert alike == []


@each_bank
def test_unflawed_questions_repeat_neither_each_other_nor_a_seed(name):
    words = Words()
    known = [(f"seed {n}", words(question(seed))) for n, seed in enumerate(seeds(name), 1)]
    texts = [(entry.id, words(asked(entry))) for entry in unflawed(name)]
    pairs = [*combinations(texts, 2), *((seed, text) for seed in known for text in texts)]
    assert [(a, b) for (a, s), (b, t) in pairs if rouge_l(s, t) >= 0.7] == []


@each_bank
def test_a_near_duplicate_asks_what_an_unflawed_one_asks(name):
    words = Words()
    originals = [words(asked(entry)) for entry in unflawed(name)]
    far = [
        entry.id
        for entry in flawed(name, "near_duplicate")
        if max(rouge_l(words(asked(entry)), original) for original in originals) < 0.7
    ]
    assert far == []


def is_english(text):
    found = re.findall(r"[^\W\d_]+", text.lower())
    return sum(ENGLISH.fullmatch(word) is not None for word in found) > len(found) / 5


def is_chinese(text):
    letters = re.findall(r"[^\W\d_]", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    return sum("\u3400" <= letter <= "\u9fff" for letter in letters) > len(letters) / 3


@each_bank
def test_answers_are_in_the_banks_language_unless_that_is_the_flaw(name):
    is_right = is_chinese if name.endswith("-zh") else is_english
    wrong = {entry.id for entry in records(name) if not is_right(answer(entry))}
    assert wrong == {entry.id for entry in flawed(name, "wrong_language")}


@each_bank
def test_broken_json_is_no_json_but_began_as_a_record(name):
    for entry in flawed(name, "broken_json"):
        with pytest.raises(json.JSONDecodeError):
            json.loads(entry.raw)
        assert re.match(r'\{\s*"(instruction|system|turns)"', entry.raw)


@each_bank
def test_a_mend_changes_the_record_into_another_legal_one(name):
    mendable = [entry for entry in banks.load(name) if entry.mend]
    assert mendable
    for entry in mendable:
        record = record_of(entry.record)
        assert mended(record, entry.mend) != record


@each_bank
def test_every_flaw_is_explained_in_one_sentence(name):
    unexplained = [
        entry.id
        for entry in banks.load(name)
        if bool(entry.flaw) != bool(re.fullmatch(r"[^\n]{8,200}[.。]", entry.note))
    ]
    assert unexplained == []


@each_bank
def test_seeds_are_at_least_ten_good_records_of_the_banks_kind(name):
    kinds = [type(seed) for seed in seeds(name)]
    assert len(kinds) >= 10
    assert {type(record_of(banks.load(name)[0].record))} == set(kinds)
    assert set(kinds) <= {Instruction, Conversation}


def entry(number, category="general"):
    return Entry(number, f"x-{number}", category, "easy", {"instruction": "?", "output": "!"}, None)


def test_nothing_comes_twice_before_everything_came_once():
    deck = Deck("bank", [entry(n) for n in range(10)], seed=7)
    lines = [drawn.line for _ in range(5) for drawn in deck.draw(4)]
    assert sorted(lines[:10]) == sorted(lines[10:]) == list(range(10))
    assert lines[:10] == lines[10:]


def test_the_order_depends_on_the_seed_and_the_bank_alone():
    def order(name, seed):
        return [drawn.line for drawn in Deck(name, [entry(n) for n in range(20)], seed).draw(20)]

    assert order("a", 1) == order("a", 1)
    assert len({tuple(order(name, seed)) for name in "ab" for seed in (1, 2)}) == 4


def test_what_was_put_back_comes_next():
    deck = Deck("bank", [entry(n) for n in range(10)], seed=7)
    drawn = deck.draw(5)
    deck.put_back(drawn[2:])
    assert deck.draw(4)[:3] == drawn[2:]


def test_a_draw_of_more_than_there_is_gives_all():
    assert len(Deck("bank", [entry(n) for n in range(3)], seed=7).draw(8)) == 3


@pytest.mark.parametrize("colon", [": ", "："])
def test_entries_of_the_category_that_is_asked_for_come_first(colon):
    deck = Deck("bank", [entry(n, ("setup", "湿疹")[n % 2]) for n in range(10)], seed=7)
    asked = f"Examples have - Category{colon}setup\n- Category{colon}湿疹\n- Difficulty: easy\n"
    assert {drawn.line % 2 for _ in range(2) for drawn in deck.draw(2, asked)} == {1}
    assert sorted(drawn.line % 2 for drawn in deck.draw(3, asked)) == [0, 0, 1]


def test_whatever_is_asked_for_nothing_comes_twice_before_everything_came_once():
    deck = Deck("bank", [entry(n, ("setup", "backup")[n % 2]) for n in range(10)], seed=7)
    lines = [drawn.line for _ in range(5) for drawn in deck.draw(4, "Category: backup\n")]
    assert sorted(lines[:10]) == sorted(lines[10:]) == list(range(10))


def test_a_category_within_other_words_asks_for_nothing():
    deck = Deck("bank", [entry(n, ("setup", "backup")[n % 2]) for n in range(10)], seed=7)
    drawn = deck.draw(10, "Write about setup: anything\nGoal: setup and more\n")
    assert len(drawn) == 10
