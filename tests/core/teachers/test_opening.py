import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import UsageError
from core.recipe import TeacherSpec
from core.teachers import open_teacher

CLAUDE = "anthropic:claude-haiku-4-5"
GPT = "openai:gpt-4.1-mini"


@pytest.fixture
def refusal(tmp_path):
    def make(model, environ):
        with pytest.raises(UsageError) as failure:
            open_teacher(TeacherSpec(model=model), environ=environ, folder=tmp_path)
        return str(failure.value)

    return make


@pytest.mark.parametrize(
    ("model", "variable"), [(CLAUDE, "ANTHROPIC_API_KEY"), (GPT, "OPENAI_API_KEY")]
)
@pytest.mark.parametrize("blank", [{}, {"ANTHROPIC_API_KEY": " ", "OPENAI_API_KEY": ""}])
def test_a_missing_key_is_named(refusal, model, variable, blank):
    assert refusal(model, blank) == f"The teacher {model} needs a key. Set {variable}."


@pytest.mark.parametrize("key", ["sk-ключ", "sk-a\nb", "sk-“x”"])
def test_a_key_that_no_header_can_hold_is_refused_without_showing_it(refusal, key):
    assert refusal(CLAUDE, {"ANTHROPIC_API_KEY": key}) == (
        "ANTHROPIC_API_KEY holds characters that no key has. Copy the key again."
    )


@pytest.mark.parametrize("address", ["127.0.0.1:80", "ftp://host", "http://", "http://h:x/", "//h"])
def test_a_wrong_base_address_is_named(refusal, address):
    environ = {"ANTHROPIC_API_KEY": "k", "ANTHROPIC_BASE_URL": address}
    assert refusal(CLAUDE, environ) == (
        "ANTHROPIC_BASE_URL is no http address. Write it like http://host:port/v1."
    )


def test_a_password_in_an_address_is_refused_without_showing_it(refusal):
    assert refusal("openai:m@http://user:hush@host/v1", {}) == (
        "The address of the teacher m holds a password. Put the key into its own variable."
    )


def test_a_key_with_space_around_it_is_taken_without(wire, environ, ask, asked, gpt_says, tmp_path):
    environ["OPENAI_API_KEY"] = " sk-open-secret\n"
    wire.will(gpt_says())
    made = open_teacher(TeacherSpec(model=GPT), environ=environ, folder=tmp_path)
    asked(made, ask())
    assert wire.keys == ["Bearer sk-open-secret"]


def test_the_recipes_address_comes_before_the_environments(
    wire, teacher, ask, asked, gpt_says, environ
):
    environ["OPENAI_BASE_URL"] = "http://127.0.0.1:9/v1"
    wire.will(gpt_says())
    assert asked(teacher(f"openai:m@{wire.url}/v1"), ask()).text == "Hello."


def test_a_teacher_is_named_as_in_the_recipe_and_hangs_up_twice(teacher):
    made = teacher(CLAUDE)
    asyncio.run(made.hang_up())
    asyncio.run(made.hang_up())
    assert made.name == CLAUDE


def test_a_missing_replay_is_named(refusal):
    assert refusal("replay:none.jsonl", {}) == (
        "The teacher replay:none.jsonl cannot be read: No such file or directory."
        " The path is relative to the recipe's file."
    )


def test_opening_a_replay_loads_no_sdk(tmp_path):
    (tmp_path / "replies.jsonl").write_text('"Hello."\n')
    code = (
        "import sys; from pathlib import Path; from core.recipe import TeacherSpec;"
        "from core.teachers import open_teacher;"
        "open_teacher(TeacherSpec(model='replay:replies.jsonl'), environ={},"
        " folder=Path(sys.argv[1]));"
        "print(sorted({'anthropic', 'openai', 'genai_prices'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
    )
    assert done.stdout.strip() == "[]"
