"""What a recipe's author is told: every refusal by file, line and key, with the remedy."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.recipe import RecipeError, json_schema, parse

SHORT = """\
name: greetings
goal: Greet people.
format: instruction
language: en
channel: "#greetings"
teachers: [anthropic:claude-haiku-4-5]
"""


def _with(key_line, text=SHORT):
    """The short recipe with one key replaced, or added at the end (line 7)."""
    key = key_line.partition(":")[0]
    lines = [key_line if line.startswith(f"{key}:") else line for line in text.splitlines()]
    return "\n".join(lines if key_line in lines else [*lines, key_line])


def _refusal(text):
    with pytest.raises(RecipeError) as caught:
        parse(text, "r.yml")
    return caught.value


def _problems(text):
    try:
        parse(text)
    except RecipeError as refusal:
        return refusal.problems
    return ()


@pytest.mark.parametrize(
    ("key_line", "error", "hint"),
    [
        ("chanels: x", "r.yml:7: chanels: unknown key.", "Did you mean `channel`?"),
        ("xyzzy: 1", "r.yml:7: xyzzy: unknown key.", "Known here: name, goal, format,"),
        ("documents: [a, b]", "documents: must be text", ""),
        ("judge: {model: x}", "judge: not yet available in this version", "Leave it out for now."),
        ("steer: atuo", "steer: must be 'fixed' or 'auto', not \"atuo\"", "`auto`?"),
        ("ask: [meta, sed]", "ask.2: must be 'seeds', 'meta', 'self-instruct',", "`seeds`?"),
        ("ask: documents", "ask: asks with documents, but there are none", "Name a folder"),
        ("ask: dialogue", "ask: asks for dialogues", "Make the `format` conversation."),
        ("ask: self-instruct", "ask: asks with self-instruct, but there are no `seeds`", "Name a"),
        ("augment: {kinds: []}", "augment.kinds: ", ""),
        ("augment: {kinds: [shorter, shorter]}", "augment.kinds: has shorter twice", ""),
        ("augment: {kinds: translation}", "wants translations alone, but there is one", "Add a l"),
        ("augment: {kinds: longer}", "augment.kinds: must be 'paraphrase',", ""),
        ("augment: {most: 0}", "augment.most: must be greater than or equal to 1", ""),
        ("dialogue: both", "dialogue: must be 'one_call' or 'two_roles'", ""),
        ("ask: seeds", "ask: asks with seeds, but there are none", "Name a file"),
        ("ask: []", "ask: ", ""),
        ("review: {blind: true}", "review.blind: not yet available", "Leave it out"),
        ("export: {tokenizer: t}", "export.tokenizer: not yet available", "Leave it out"),
        ("export: {formats: [dpo]}", "export.formats.1: `dpo` is not yet available", "alpaca"),
        ("export: {formats: alpacca}", "must be 'alpaca' or 'sharegpt'", "`alpaca`?"),
        ("export: {to: []}", "export.to: holds nothing.", "Give it at least one entry."),
        ('goal: "a\\0b"', "r.yml:2: holds a NUL character or half of a surrogate pair", ""),
        ('goal: "\\ud800"', "r.yml:2: holds a NUL character or half of a surrogate pair", ""),
        ('categories: {"a\\0": 1}', "r.yml:7: holds a NUL character or half of", ""),
        ("teachers: [replay:a, replay:b, replay:a]", "teachers: has replay:a 2 times.", "entry"),
        ('teachers: "openai:@http://h/v1"', "names no model before the address", ""),
        ("turns: [2, 100]", "turns: must be two even numbers from 2 to 98", ""),
        ("turns: [2]", "turns: has fewer than 2 entries.", ""),
        ("export: {to: s3://b/x}", "export.to: `s3://b/x` is not yet available", "folder"),
        ("export: {reviewer_names: real}", "must be 'pseudonym'", ""),
        ("export: {splits: {train: 0.5}}", "export.splits: sum to 0.5, not to 1", ""),
        ("export: {splits: {test: 1}}", "export.splits: leave nothing to train on", "`train`"),
        ("export: {splits: {tain: 1}}", "must be 'train', 'validation' or 'test'", "`train`?"),
        ("checks: {pii: off}", "checks.pii: not yet available", "There are: default, schema"),
        ("checks: {duplicate: off}", "checks.duplicate: unknown key", "`duplicates`?"),
        ("checks: {schema: off}", "checks.schema: cannot be off", "Leave the key out."),
        ("checks: {language: of}", "checks.language: must be on, off or a mapping", ""),
        ("checks: {language: }", "checks.language: is empty", "Write on, off"),
        ("checks: {duplicates: {threshold: 1.5}}", "checks.duplicates.threshold: must be", ""),
        ("checks: {duplicates: {field: x}}", "duplicates.field: unknown key", "`fields`?"),
        ("checks: {length: {output: [9, 2]}}", "length.output: has the least, 9, above", ""),
        ("checks: {length: {turn-1: [1, 2]}}", "which no instruction has", "Fields: question"),
        ("checks: {must_match: {any_answer: '('}}", "any_answer: is no regular expression", ""),
        ("checks: {must_match: on}", "checks.must_match: has no expression", "each_answer"),
        ("name: Big Name", "name: has letters a-z, digits and - only, not 'Big Name'", ""),
        ("goal: ' '", "goal: is empty", ""),
        ("format: chat", "format: must be 'instruction' or 'conversation', not \"chat\"", ""),
        ("language: english", "language: must be a language's code, such as zh", ""),
        ("language: []", "r.yml:4: language: ", ""),
        ("channel: #greetings", "r.yml:5: channel: is empty", "begins with # needs quotes"),
        ("channel: greetings", "channel: must be a channel's name with # or its id", "quotes"),
        ("curators: ana", "curators: must be an @handle", "quotes"),
        ("reviewers: everyone", "reviewers: must be `channel`, an @handle", "quotes"),
        ("target: 0", "target: must be greater than or equal to 1, not 0", ""),
        ("target: true", "target: must be a whole number, not true", ""),
        ("target: '5'", "target: must be a whole number", ""),
        ("target: 1.5", "target: must be a whole number", ""),
        ("categories: {a: 0}", "categories.a: must be greater than 0", ""),
        ("categories: {a: .inf}", "categories.a: must be a finite number", ""),
        ("categories: {}", "categories: ", ""),
        ("categories: [a, b]", "categories: must be a mapping of keys to values", ""),
        ("turns: [1, 6]", "turns: must be two even numbers from 2", ""),
        ("turns: [6, 2]", "turns: must be two even numbers from 2", ""),
        ("persona: {asks: x}", "persona.asks: unknown key", "`asker`?"),
        ("teachers: []", "r.yml:6: teachers: ", ""),
        ("teachers: [gpt-5]", "teachers.1.model: must be anthropic:MODEL", ""),
        ("teachers: {model: openai:m, wait: 1}", "teachers.1.wait: unknown key", "`weight`?"),
        (
            "teachers: [{model: anthropic:m, temperature: 1}]",
            "teachers.1.temperature: cannot be set for an anthropic teacher",
            "Leave it out",
        ),
        (
            "teachers: [{model: anthropic:m, max_output_tokens: 30000}]",
            "teachers.1.max_output_tokens: goes up to 21333",
            "",
        ),
        (
            "teachers: [{model: openai:m, price: {input: -1, output: 1}}]",
            "teachers.1.price.input: must be greater than or equal to 0",
            "",
        ),
        ("teachers: [{model: openai:m, price: {input: 1}}]", "price.output: is missing", ""),
        ("review: {policy: majority}", "review.policy: must be 'net-2'", ""),
        ("review: {lead: 9}", "review.max_votes: is 5, but `lead` asks for 9", ""),
        ("review: {queue_after: 7}", "review.queue_after: must be `never` or a whole", ""),
        ("review: {queue_after: }", "review.queue_after: must be `never` or a whole", ""),
        ("review: {emoji: {approve: [':ok:']}}", "review.emoji.approve.1: must be an emoji's", ""),
        ("review: {reasons: [too short, '']}", "review.reasons.2: is empty", "Write a text"),
        ("review: {reasons: [tone, dose, tone]}", "review.reasons: has `tone` twice", ""),
        (f"review: {{reasons: [{'x' * 76}]}}", "76 characters long; a reason takes 75", ""),
        (f"review: {{reasons: {[f'r{n}' for n in range(21)]}}}", "has 21 reasons; a menu", ""),
        ("review: {emoji: {approve: ✅}}", "emoji.approve: must be an emoji's", "white_check"),
        ("review: {emoji: {aprove: ok}}", "review.emoji.aprove: must be", "`approve`?"),
        ("review: {emoji: {flag: x}}", "has `x` for reject and for flag", ""),
        ("schedule: {timezone: Berlin}", "'Berlin' is no time zone", "Europe/Berlin"),
        ("schedule: {timezone: asia/shangai}", "is no time zone", "`Asia/Shanghai`?"),
        ("schedule: {timezone: ../x}", "schedule.timezone: '../x' is no time zone", ""),
        ("schedule: {batch: 0 9 * * 1}", "schedule.batch: has the weekday `1`; name", ""),
        ("schedule: {export: weekly}", "schedule.export: needs five fields", ""),
        ("budget: {per_day_usd: two}", "budget.per_day_usd: must be an amount in USD", ""),
        ("budget: {per_day_usd: true}", "budget.per_day_usd: must be an amount in USD", ""),
        ("budget: {total_usd: .nan}", "budget.total_usd: must be a finite number", ""),
        ("ui: fr", "ui: must be 'en' or 'zh'", ""),
    ],
)
def test_what_is_wrong_is_told_by_file_line_and_key_with_the_remedy(key_line, error, hint):
    refusal = _refusal(_with(key_line))
    assert len(refusal.problems) == 1, str(refusal)
    assert error in refusal.error
    assert hint in refusal.hint
    assert refusal.error.startswith("r.yml:")


def test_an_unknown_key_is_not_the_same_as_one_that_is_yet_to_come():
    assert "unknown key" in str(_refusal(_with("judges: x")))
    assert "not yet available" in str(_refusal(_with("judge: x")))


def test_everything_that_is_wrong_is_told_at_once_in_the_order_of_lines():
    refusal = _refusal(
        "name: A\nformat: chat\nlanguage: en\nchanel: '#x'\nteachers: [x]\nreview:\n  leed: 3\n"
    )
    told = [(problem.line, problem.key) for problem in refusal.problems]
    assert told == [
        (1, "name"),
        (1, "goal"),
        (1, "channel"),
        (2, "format"),
        (4, "chanel"),
        (5, "teachers.1.model"),
        (7, "review.leed"),
    ]
    lines = str(refusal).splitlines()
    assert len(lines) == 7
    assert lines[4] == "r.yml:4: chanel: unknown key. Did you mean `channel`?"


@pytest.mark.parametrize(
    ("text", "error", "hint"),
    [
        ("", "r.yml:1: holds no keys.", "Begin with"),
        ("- a\n- b\n", "r.yml:1: holds no keys.", "Begin with"),
        ("name: a\ncurators: [@ana]\n", "r.yml:2: this is no YAML: found character '@'", '"@ana"'),
        ("name: a\n\tgoal: b\n", "r.yml:2: this is no YAML", "spaces"),
        ("name: a\ngoal: do: this\n", "r.yml:2: this is no YAML: mapping values", "quotes"),
        ("name: [a\n", "this is no YAML: expected ',' or ']'", ""),
        ("name: a\n---\nname: b\n", "this is no YAML: but found another document", ""),
        ("name: a\ngoal: \x01\n", "r.yml:2: this is no YAML: the character", ""),
        ("name: a\nname: b\n", "r.yml:2: name: stands twice, here and in line 1.", ""),
        ("teachers:\n- model: a\n  model: b\n", "r.yml:3: teachers.1.model: stands twice", ""),
        ("name: !!python/name:os.system x\n", "this is no YAML: could not determine", ""),
        ("name: &n [*n]\n", "nested too deeply, or holds a value that no recipe has", ""),
        ("name: " + "[" * 5000, "nested too deeply", ""),
        ("name: *n\n", "this is no YAML: found undefined alias", ""),
    ],
)
def test_what_is_no_yaml_is_told_by_file_and_line(text, error, hint):
    refusal = _refusal(text)
    assert error in refusal.error
    assert hint in refusal.hint


@given(st.text())
@example("name: \ud800")
@example("{[}: 1")
@example("? [a]\n: b")
@example("1: a\nnull: b\ntrue: c")
@example("<<: 1")
@example("teachers: {[k]: v}")
def test_any_text_is_a_recipe_or_refused_with_a_line(text):
    refusal = _refusal(text)
    assert all(problem.line >= 1 for problem in refusal.problems)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["model", "price", "length", "x", "emoji"]), inner)
        ),
        max_leaves=6,
    ),
    st.sampled_from(json_schema()["required"] + list(json_schema()["properties"])),
)
def test_any_value_of_any_key_is_accepted_or_refused_in_words(value, key):
    assert all(problem.what for problem in _problems(_with(f"{key}: {json.dumps(value)}")))


@pytest.mark.parametrize("way", ["self-instruct", "evolve"])
def test_a_way_that_makes_single_pairs_is_refused_where_conversations_are_longer(way):
    text = _with(f"ask: {way}\nseeds: s.jsonl\nturns: [4, 8]", _with("format: conversation"))
    assert f"asks with {way}, which makes one question and its answer" in str(_refusal(text))
    assert parse(text.replace("[4, 8]", "[2, 8]")).ask == (way,)
