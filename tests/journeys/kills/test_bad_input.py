"""Bad input on the command line: one clear sentence, and nothing that is stored is lost."""

import json
import subprocess
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from sqlmodel import func, select

from storage import schema
from storage.kinds import RequestState
from storage.run_tables import Request
from storage.tables import Sample

NAME = "backup-en"
STATS = ("stats", NAME)
NO_SUCH_SERVER = "postgresql+psycopg://winnow:secret@127.0.0.1:1/winnow"


@dataclass(frozen=True)
class Wrong:
    """A command in a wrong setting, and what a person reads."""

    name: str
    says: str
    words: tuple[str, ...] = STATS
    environ: dict[str, str] = field(default_factory=dict)
    status: int = 2


WRONG = [
    Wrong(
        "unknown dataset", f"There is no dataset nowhere. There are: {NAME}.", ("stats", "nowhere")
    ),
    Wrong(
        "no bot token",
        "SLACK_BOT_TOKEN is not set. Put it into the environment or .env. It begins with xoxb-.",
        ("post", NAME),
        {"SLACK_BOT_TOKEN": ""},
    ),
    Wrong(
        "no app token",
        "SLACK_APP_TOKEN is not set. Put it into the environment or .env. It begins with xapp- and"
        " has connections:write; or run with --http PORT.",
        ("run",),
        {"SLACK_APP_TOKEN": ""},
    ),
    Wrong(
        "no signing secret",
        "SLACK_SIGNING_SECRET is not set. Put it into the environment or .env. --http needs it.",
        ("run", "--http", "1"),
        {"SLACK_SIGNING_SECRET": ""},
    ),
    Wrong(
        "no database address",
        "WINNOW_DATABASE_URL is no database address. Use sqlite:///FILE or"
        " postgresql+psycopg://USER:PASSWORD@HOST/NAME.",
        environ={"WINNOW_DATABASE_URL": "winnow.db"},
    ),
    Wrong(
        "another kind of database",
        "WINNOW_DATABASE_URL names mysql, which Winnow cannot use. Use sqlite:///FILE or"
        " postgresql+psycopg://USER:PASSWORD@HOST/NAME.",
        environ={"WINNOW_DATABASE_URL": "mysql://localhost/winnow"},
    ),
]


def sentence(done) -> str:
    """What a command that failed said: one line, and nothing on standard output."""
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    return line


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.name)
def test_a_wrong_argument_or_setting_is_one_sentence(review, wrong):
    review.environ |= wrong.environ
    done = review.command(*wrong.words)
    assert (sentence(done), done.returncode) == (wrong.says, wrong.status)


def test_with_json_the_sentence_and_its_remedy_are_json(review, winnow_script):
    done = subprocess.run(
        [winnow_script, "stats", "nowhere", "--json"],
        cwd=review.folder,
        env=review.environ,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert json.loads(done.stdout) == {
        "error": "There is no dataset nowhere.",
        "hint": f"There are: {NAME}.",
    }
    assert (done.stderr, done.returncode) == ("", 2)


@pytest.mark.parametrize("words", [STATS, ("run",)])
def test_a_server_that_is_away_is_named_without_the_password(review, words):
    review.environ["WINNOW_DATABASE_URL"] = NO_SUCH_SERVER
    done = review.command(*words)
    said = sentence(done)
    assert done.returncode == 2
    assert said.startswith(
        "The database postgresql+psycopg://winnow:***@127.0.0.1:1/winnow cannot be"
    )
    assert said.endswith("Check WINNOW_DATABASE_URL.")


def test_a_database_that_the_server_does_not_have_is_named(review, postgres):
    review.environ["WINNOW_DATABASE_URL"] = urlsplit(postgres)._replace(path="/nowhere").geturl()
    done = review.command(*STATS)
    assert done.returncode == 2
    assert 'database "nowhere" does not exist' in sentence(done)


@pytest.mark.parametrize("words", [STATS, ("run",)])
def test_a_schema_behind_the_code_is_refused_until_it_is_upgraded(review, words):
    with review.store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE winnow_version SET version_num = '0000'")
    done = review.command(*words)
    says = (
        f"The database's schema is 0000, this Winnow needs {schema.head()}."
        " Back it up, then run: winnow db upgrade."
    )
    assert (sentence(done), done.returncode) == (says, 2)


def test_a_schema_that_was_taken_back_to_nothing_is_made_anew(review):
    schema.downgrade(review.store, "base")
    done = review.command(*STATS)
    assert (sentence(done), done.returncode) == (
        f"There is no dataset {NAME}. Add one: winnow recipe add FILE.",
        2,
    )


@pytest.mark.parametrize(
    ("added", "says"),
    [
        ("gaol: y", "recipe.yml:14: gaol: unknown key. Did you mean `goal`?"),
        ("target: [many", "recipe.yml:15: "),
        ("target: many", "recipe.yml:14: "),
    ],
    ids=["unknown key", "no YAML", "key twice"],
)
def test_a_broken_recipe_is_refused_with_its_line(review, added, says):
    with (review.folder / "recipe.yml").open("a", encoding="utf-8") as recipe:
        recipe.write(f"{added}\n")
    done = review.command("recipe", "add", "recipe.yml")
    assert done.returncode == 2
    assert sentence(done).startswith(says)
    (listed,) = review.answer("recipe", "list")["datasets"]
    assert listed["version"] == 1


@pytest.mark.parametrize(
    ("channel", "says"),
    [
        ("#random", "channel: the bot is not in #random. Type there: /invite @Winnow"),
        (
            "#nowhere",
            "channel: there is no channel #nowhere that the bot can see. Create it, then type"
            " there: /invite @Winnow (a private channel needs it).",
        ),
    ],
    ids=["the bot is not in", "that does not exist"],
)
def test_a_channel_without_the_bot_is_named(review, channel, says):
    recipe = (review.folder / "recipe.yml").read_text(encoding="utf-8")
    (review.folder / "recipe.yml").write_text(recipe.replace("#support-en", channel))
    review.answer("recipe", "add", "recipe.yml")
    done = review.command("post", NAME)
    assert (sentence(done), done.returncode) == (says, 2)
    bot = review.bot()
    assert f"\n{NAME}: {says}\n" in bot.said()
    assert review.answer("stats", NAME)["states"]["candidate"] == 8


@pytest.fixture
def taught(review):
    """The same dataset with the sandbox's teacher in place of the replayed file."""
    review.environ["OPENAI_API_KEY"] = "sandbox"
    recipe = (review.folder / "recipe.yml").read_text(encoding="utf-8")
    address = f"openai:support-en@{review.sandbox.base}/openai/v1"
    recipe = recipe.replace('"replay:replies.jsonl"', json.dumps(address))
    (review.folder / "recipe.yml").write_text(recipe, encoding="utf-8")
    review.answer("recipe", "add", "recipe.yml")
    yield review
    review.sandbox.act("teacher", fault="none")


def stored(review) -> tuple[int, int]:
    with review.store.read() as session:
        return (
            session.exec(select(func.count()).select_from(Sample)).one(),
            session.exec(select(func.count()).where(Request.state != RequestState.OWED)).one(),
        )


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ({"fault": "401"}, " does not accept the key (401). Set OPENAI_API_KEY to a valid key."),
        (
            {"fault": "insufficient_quota"},
            " Add credit to the account behind OPENAI_API_KEY.",
        ),
    ],
    ids=["401", "no credit"],
)
def test_a_teacher_that_refuses_is_one_sentence(taught, fault, says):
    before = stored(taught)
    taught.sandbox.act("teacher", times=1000, **fault)
    done = taught.command("generate", NAME, "-n", "3")
    assert done.returncode == 1
    assert sentence(done).startswith("The teacher openai:support-en@")
    assert sentence(done).endswith(says)
    taught.sandbox.act("teacher", fault="none")
    assert stored(taught)[0] == before[0]
    assert taught.answer("generate", NAME, "-n", "3")["candidates"] >= 1


def test_a_teacher_that_answers_nonsense_is_one_sentence_and_its_replies_are_kept(taught):
    samples, requests = stored(taught)
    taught.sandbox.act("teacher", fault="nonsense", times=1000)
    done = taught.command("generate", NAME, "-n", "3", "--json")
    assert done.returncode == 0
    made = json.loads(done.stdout)
    assert (made["candidates"], made["discarded"]) == (0, {"schema": made["requests"]})
    assert done.stderr.splitlines()[-1].endswith("0 passed the checks; 3 were wanted.")
    assert stored(taught) == (samples + made["requests"], requests + made["requests"])
    with taught.store.read() as session:
        replies = session.exec(select(Request.reply).where(Request.reply.is_not(None))).all()
    assert "the staircase" in replies[-1]
