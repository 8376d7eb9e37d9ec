"""The command line: what scripts rest on, and one clear sentence for each thing that is wrong."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from decimal import Decimal

import pytest

from core.records import Instruction
from storage import datasets, samples, schema
from storage.engine import open_store
from storage.samples import New

TALLY = {"approved", "rejected", "open"}


def test_generate_answers_with_the_keys_of_the_surface(winnow, desk, endpoint):
    ran = winnow("generate", "desk", "-n", 6, "--json")
    assert ran.status == 0
    assert {
        "candidates",
        "discarded",
        "requests",
        "input_tokens",
        "output_tokens",
        "cost_usd",
        "seconds",
    } <= set(ran.json)
    assert (6, endpoint.charged) == (ran.json["candidates"], ran.json["cost_usd"])
    assert ran.out.count("\n") == 1


def test_generate_says_the_same_to_people(winnow, desk):
    ran = winnow("generate", "desk", "-n", 5)
    assert re.match(r"5 candidates; discarded: .*\. 1 request, [\d,]+ tokens in", ran.out)


def test_a_dry_run_shows_the_prompt_and_asks_nothing(winnow, desk, endpoint):
    ran = winnow("generate", "desk", "-n", 7, "--about", "the blue light", "--dry-run", "--json")
    assert (ran.status, [call["count"] for call in ran.json["planned"]]) == (0, [5, 2])
    assert all("the blue light" in one["prompt"] for one in ran.json["planned"])
    assert (ran.json["requests"], endpoint.calls) == (0, [])
    assert "Nothing was asked." in winnow("generate", "desk", "--dry-run").out


def test_a_dry_run_estimates_the_way_that_was_asked_for(
    winnow, write_recipe, endpoint, monkeypatch
):
    monkeypatch.setenv("OPENAI_API_KEY", "sandbox")
    winnow("recipe", "add", write_recipe(endpoint.teacher(), "ask: evolve"))
    words = ("generate", "desk", "--ask", "meta", "--dry-run", "--json")
    whole, half = (
        Decimal(winnow(*words, *more).json["estimate_usd"]) for more in ((), ("--batch",))
    )
    assert whole == 2 * half > 0


def test_stats_answers_with_the_keys_of_the_surface(winnow, desk, endpoint):
    winnow("generate", "desk", "-n", 5)
    ran = winnow("stats", "desk", "--json")
    assert ran.json["states"]["candidate"] == 5
    assert {"states", "categories", "reviewers", "teachers", "cost_usd", "agreement"} <= set(
        ran.json
    )
    assert {"raw", "alpha", "ac1", "n"} == set(ran.json["agreement"])
    assert endpoint.charged == ran.json["cost_usd"]
    for text in ("candidate", f"Cost: ${float(endpoint.charged):.4f}", "no figure below 30"):
        assert text in winnow("stats", "desk").out


def test_stats_counts_what_was_decided(winnow, desk, sqlite_url, clock):
    store = open_store(sqlite_url, clock)
    record = Instruction(instruction="a", output="b")
    samples.add(store, 1, [New(record, "setup", "en", {}, imported_by="Dr. Li")])
    store.close()
    found = winnow("stats", "desk", "--json").json
    assert found["categories"] == {"setup": {"approved": 1, "rejected": 0, "open": 0}}
    assert all(set(tally) == TALLY for tally in found["teachers"].values())


def test_trace_answers_with_the_keys_of_the_surface(winnow, desk):
    winnow("generate", "desk", "-n", 5)
    ran = winnow("trace", "1", "--json")
    assert {
        "sample",
        "state",
        "category",
        "origin",
        "revisions",
        "votes",
        "posts",
        "comments",
        "exports",
        "settlements",
        "facts",
    } <= set(ran.json)
    (revision,) = ran.json["revisions"]
    assert {"number", "author", "record", "at"} == set(revision)
    assert {"instruction", "input", "output", "system", "history"} == set(revision["record"])
    assert winnow("trace", "desk-1", "--json").json == ran.json
    told = winnow("trace", 1).out
    assert told.startswith("Sample 1: candidate, category ")
    assert f"  output: {revision['record']['output']}" in told


def test_trace_names_who_approved_an_imported_sample(winnow, desk, tmp_path, row):
    (tmp_path / "rows.jsonl").write_text(row(1))
    winnow("import", "desk", "rows.jsonl", "--as", "approved", "--by", "Dr. Li")
    assert winnow("trace", 1, "--json").json["imported_by"] == "Dr. Li"
    assert "\nImported as approved by Dr. Li\n" in winnow("trace", 1).out


def test_trace_shows_what_a_teacher_wrote_instead_of_a_record(winnow, desk, sqlite_url, clock):
    store = open_store(sqlite_url, clock)
    broken = New(
        None, "setup", "en", {}, reason="schema", explanation="No JSON.", raw="{\x1b[2J\n  oh"
    )
    samples.add(store, 1, [broken])
    store.close()
    assert "\nWhat the teacher wrote:\n  {\\x1b[2J\n    oh\n" in winnow("trace", 1).out
    assert winnow("trace", 1, "--json").json["raw"] == "{\x1b[2J\n  oh"


def test_a_discarded_sample_can_be_restored(winnow, desk, tmp_path, row):
    (tmp_path / "rows.jsonl").write_text(row(1) + row(1))
    winnow("import", "desk", "rows.jsonl")
    assert "Discarded by duplicate: " in winnow("trace", 2).out
    assert winnow("restore", 2, "--json").json == {"sample": 2, "state": "candidate"}
    again = winnow("restore", 2)
    assert (again.status, again.err) == (1, "Sample 2 is candidate, not discarded.\n")


def test_exporting_nothing_is_version_0(winnow, desk):
    ran = winnow("export", "desk", "--json")
    assert ran.status == 0
    assert (ran.json["version"], ran.json["path"], ran.json["records"]) == (0, None, 0)
    assert {"splits", "added", "corrected", "withdrawn", "files"} <= set(ran.json)
    assert "Slack was not read again" in ran.err


@pytest.mark.parametrize(("rows", "told"), [(1, "v0001: 1 record; "), (2, "v0001: 2 records; ")])
def test_how_many_records_are_exported_is_told(winnow, desk, tmp_path, row, rows, told):
    (tmp_path / "rows.jsonl").write_text("".join(row(number) for number in range(rows)))
    winnow("import", "desk", "rows.jsonl", "--as", "approved", "--by", "Dr. Li")
    assert told in winnow("export", "desk").out


def test_what_was_imported_as_approved_is_exported(winnow, desk, tmp_path, row):
    (tmp_path / "rows.jsonl").write_text("".join(row(number) for number in range(4)))
    ran = winnow("import", "desk", "rows.jsonl", "--as", "approved", "--by", "Dr. Li", "--json")
    assert (
        ran.json["read"],
        ran.json["accepted"],
        ran.json["discarded"],
        ran.json["broken_lines"],
    ) == (4, 4, {}, 0)
    exported = winnow("export", "desk", "--json").json
    assert (exported["version"], exported["records"], exported["added"]) == (1, 4, 4)
    assert "v0001: 4 records; nothing new since." in winnow("export", "desk").out


def test_recipes_are_listed_and_shown_with_their_defaults(winnow, desk, tmp_path):
    assert [
        (row["name"], row["version"]) for row in winnow("recipe", "list", "--json").json["datasets"]
    ] == [("desk", 1)]
    assert "desk" in winnow("recipe", "list").out
    shown = winnow("recipe", "show", "desk")
    assert "queue_after: 7d" in shown.out
    (tmp_path / "again.yml").write_text(shown.out)
    assert (
        winnow("recipe", "check", "again.yml").status,
        winnow("recipe", "check", "again.yml", "--json").json["name"],
    ) == (0, "desk")


def test_the_schema_is_json_schema(winnow):
    assert (
        winnow("recipe", "schema").json["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    )


def test_a_changed_recipe_is_a_new_version(winnow, desk):
    assert "unchanged" in winnow("recipe", "add", desk).out
    desk.write_text(desk.read_text() + "target: 7\n")
    assert winnow("recipe", "add", desk, "--json").json == {
        "name": "desk",
        "version": 2,
        "new": True,
    }


def test_without_a_dataset_the_list_says_how_to_add_one(winnow):
    assert "winnow recipe add FILE" in winnow("recipe", "list").out


def test_an_empty_database_is_created(winnow, monkeypatch, tmp_path):
    monkeypatch.setenv("WINNOW_DATABASE_URL", f"sqlite:///{tmp_path / 'new.db'}")
    assert {"schema": None, "needed": schema.head()} == winnow("db", "current", "--json").json
    assert winnow("recipe", "list", "--json").json == {"datasets": []}
    assert schema.head() == winnow("db", "current", "--json").json["schema"]


def test_upgrading_makes_the_schema_current(winnow, monkeypatch, tmp_path):
    monkeypatch.setenv("WINNOW_DATABASE_URL", f"sqlite:///{tmp_path / 'new.db'}")
    assert {"before": None, "schema": schema.head()} == winnow("db", "upgrade", "--json").json
    assert f"The schema is {schema.head()}.\n" == winnow("db", "upgrade").out
    assert f"this version needs {schema.head()}" in winnow("db", "current").out


def test_a_backup_is_a_whole_database(winnow, desk, tmp_path, clock):
    assert winnow("db", "backup", "copy.db").status == 0
    copy = open_store(f"sqlite:///{tmp_path / 'copy.db'}", clock)
    assert [dataset.name for dataset in datasets.every(copy)] == ["desk"]
    copy.close()
    again = winnow("db", "backup", "copy.db")
    assert (again.status, again.err) == (2, "copy.db exists already. Name another file.\n")


def test_a_backup_of_postgresql_names_pg_dump(winnow, monkeypatch, postgres_url):
    monkeypatch.setenv("WINNOW_DATABASE_URL", postgres_url)
    ran = winnow("db", "backup", "copy.db", "--json")
    assert (ran.status, "pg_dump" in ran.json["hint"]) == (2, True)


def test_doctor_finds_nothing_to_mend_but_the_missing_token(winnow, desk):
    ran = winnow("doctor", "--json")
    assert (ran.status, ran.json["well"]) == (1, False)
    assert [row["what"] for row in ran.json["findings"] if row["remedy"]] == ["Slack"]
    assert "! Slack: not looked at Set SLACK_BOT_TOKEN." in winnow("doctor").out


def test_doctor_contacts_no_teacher_and_says_so(winnow, write_recipe):
    write_recipe('{model: "openai:m@http://127.0.0.1:1/v1", price: {input: 1, output: 1}}')
    winnow("recipe", "add", "recipe.yml")
    told = "  desk, teacher openai:m@http://127.0.0.1:1/v1: is configured (not contacted)"
    assert told in winnow("doctor").out


def test_doctor_misses_a_price_where_generate_would(winnow, write_recipe):
    write_recipe("openai:m@http://127.0.0.1:1/v1", "budget: {total_usd: 1}")
    winnow("recipe", "add", "recipe.yml")
    (missed,) = (
        row
        for row in winnow("doctor", "--json").json["findings"]
        if row["remedy"] and row["what"] != "Slack"
    )
    assert "price" in missed["remedy"]
    refused = winnow("generate", "desk", "-n", 1)
    assert refused.status == 2
    assert missed["found"] in refused.err


def test_doctor_tells_a_slack_that_is_not_there_from_one_that_refuses(winnow, desk, monkeypatch):
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-secret")
    monkeypatch.setenv("SLACK_API_URL", "http://127.0.0.1:1/api/")
    ran = winnow("doctor")
    assert (ran.status, "secret" in ran.out + ran.err) == (1, False)
    assert "! Slack: does not answer now (Connection refused) Check the network" in ran.out


def test_a_terminal_is_shown_control_characters_and_does_not_obey_them(winnow, desk, tmp_path, row):
    (tmp_path / "rows.jsonl").write_text(row(1, output="good \x1b[2J\x9b31m\r\n\tbad"))
    assert winnow("import", "desk", "rows.jsonl").status == 0
    out = winnow("trace", "1").out
    assert "output: good \\x1b[2J\\x9b31m\\r\n\tbad" in out
    told = winnow("trace", "1", "--json").json["revisions"][0]["record"]["output"]
    assert told == "good \x1b[2J\x9b31m\r\n\tbad"


def test_an_output_that_lacks_a_character_still_gets_one_json_object(winnow, desk, tmp_path):
    more = {"cwd": tmp_path, "env": {**os.environ, "PYTHONIOENCODING": "ascii"}}
    out, _ = _python("stats", "\u75e4\u75ae", "--json", **more).communicate(timeout=30)
    assert json.loads(out)["error"] == "There is no dataset 痤疮."
    (tmp_path / "é.yml").write_text((tmp_path / "recipe.yml").read_text())
    out, err = _python("recipe", "check", "é.yml", **more).communicate(timeout=30)
    assert (out, err) == ("\\xe9.yml is a recipe of desk: instruction, en.\n", "")


def test_settings_stand_in_a_file_beside(winnow, desk, tmp_path, monkeypatch):
    monkeypatch.setenv("WINNOW_DATABASE_URL", "")
    monkeypatch.delenv("WINNOW_DATABASE_URL")
    (tmp_path / ".env").write_text("WINNOW_DATABASE_URL=sqlite:///beside.db\n")
    assert winnow("recipe", "list").status == 0
    assert (tmp_path / "beside.db").exists()
    monkeypatch.delenv("WINNOW_DATABASE_URL")


def _python(*words, **more):
    return subprocess.Popen(
        [sys.executable, "-m", "bot.cli", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **more,
    )


def _until_only_hung_ones_are_left(endpoint, number):
    """Wait until so many requests have no answer, and nothing else has been sent for a while."""
    deadline, before, quiet = time.monotonic() + 30, [], 0
    while quiet < 3:
        assert time.monotonic() < deadline
        time.sleep(0.3)
        calls = endpoint.calls
        hung = [call for call in calls if call["status"] is None]
        quiet = quiet + 1 if calls == before and len(hung) == number else 0
        before = calls


def test_ctrl_c_ends_with_what_was_done_so_far(winnow, desk, endpoint, tmp_path):
    endpoint.fault("none")
    for _ in range(3):
        endpoint.fault("hang", times=1)
    running = _python("generate", "desk", "-n", "40", "--json", cwd=tmp_path, env=os.environ)
    _until_only_hung_ones_are_left(endpoint, 3)
    running.send_signal(signal.SIGINT)
    assert "what there is by now is kept" in running.stderr.readline()
    out, err = running.communicate(timeout=20)
    assert running.returncode == 130
    assert json.loads(out)["candidates"] > 0
    assert "3 requests were under way and count as spent" in err


def test_help_needs_neither_database_nor_sdk(tmp_path):
    code = (
        "import sys, bot.cli; bot.cli.main(['--help']); "
        "heavy = ('sqlalchemy', 'pydantic', 'slack_sdk', 'anthropic', 'openai', 'rich'); "
        "sys.exit(any(name in sys.modules for name in heavy))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0
