"""One clear sentence for each thing that is wrong, and the exit status that scripts rest on."""

import re
import sqlite3

import pytest


def test_a_schema_behind_the_code_is_refused_and_can_be_upgraded(winnow, desk, tmp_path):
    with sqlite3.connect(tmp_path / "winnow.db") as database:
        database.execute("UPDATE winnow_version SET version_num = '0000'")
    database.close()
    ran = winnow("recipe", "list", "--json")
    assert ran.status == 2
    assert "The database's schema is 0000" in ran.json["error"]
    assert "winnow db upgrade" in ran.json["hint"]
    assert winnow("db", "backup", "before.db").status == 0


WRONG = [
    (["generate", "dsek"], 2, "There is no dataset dsek. There are: desk."),
    (["stats", "dsek"], 2, "There is no dataset dsek."),
    (["export", "dsek"], 2, "There is no dataset dsek."),
    (["clean", "dsek", "x.jsonl"], 2, "There is no dataset dsek."),
    (["generate", "desk", "--category", "setpu"], 2, "Did you mean `setup`?"),
    (["generate", "desk", "--ask", "medium"], 2, "There is no way of asking medium."),
    (["generate", "desk", "-n", "0"], 2, "Invalid value for '-n'"),
    (["generate", "desk", "--nmu", "3"], 2, "No such option: --nmu"),
    (["generate", "desk", "-n", "10001"], 2, "Invalid value for '-n'"),
    (["generat", "desk"], 2, "No such command 'generat'"),
    (["generat", "desk"], 2, "See: winnow --help"),
    (["recipe", "ad", "x.yml"], 2, "See: winnow recipe --help"),
    (["stats", "desk\udcff"], 2, "The argument desk\\udcff is not UTF-8."),
    (["trace", "9" * 19], 2, f"There is no sample {'9' * 19}."),
    (["trace", "desk-" + "9" * 5000], 2, "There is no sample desk-9999"),
    (["restore", "9" * 19], 2, f"There is no sample {'9' * 19}."),
    (["trace", "many"], 2, "many is no sample."),
    (["trace", "99"], 2, "There is no sample 99."),
    (["recipe", "check", "none.yml"], 2, "none.yml cannot be read: No such file or directory."),
    (["recipe", "check", "broken.yml"], 2, "broken.yml:2: gaol: "),
    (["recipe", "add", "broken.yml"], 2, "Did you mean `goal`?"),
    (["import", "desk", "none.jsonl"], 2, "none.jsonl cannot be read: No such file or directory."),
    (["import", "desk", "x.jsonl", "--as", "apples"], 2, "--as: there is no apples."),
    (["import", "desk", "x.jsonl", "--as", "approved"], 2, "--as approved needs --by"),
    (["import", "desk", "x.jsonl", "--by", "Dr. Li"], 2, "--by goes with --as approved alone."),
    (["export", "desk", "--format", "csvv"], 2, "csvv"),
    (["export", "desk", "--to", ""], 2, "--to is empty."),
    (["post", "desk"], 2, "SLACK_BOT_TOKEN is not set."),
    (["post", "desk", "--preview"], 2, "--preview and --to CHANNEL go together."),
    (["run"], 2, "SLACK_BOT_TOKEN is not set."),
    (["demo", "--faults"], 2, "--faults goes with --auto"),
]


@pytest.mark.parametrize(("words", "status", "sentence"), WRONG)
def test_what_is_wrong_is_told_in_one_sentence(winnow, desk, tmp_path, words, status, sentence):
    (tmp_path / "broken.yml").write_text("name: desk\ngaol: Help.\n")
    ran = winnow(*words)
    assert (status, "") == (ran.status, ran.out)
    assert sentence in ran.err
    assert "Traceback" not in ran.err
    if words[0] not in ("run", "demo"):
        as_json = winnow(*words, "--json")
        assert {"error", "hint"} == set(as_json.json)
        assert (status, ran.err.strip()) == (
            as_json.status,
            f"{as_json.json['error']} {as_json.json['hint']}".strip(),
        )


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("nonsense", "WINNOW_DATABASE_URL is no database address."),
        ("mysql://host/name", "WINNOW_DATABASE_URL names mysql, which Winnow cannot use."),
        ("sqlite:///no/such/folder/w.db", "cannot be opened: unable to open database file."),
        ("postgresql+psycopg://u:secret@127.0.0.1:1/w", "Check WINNOW_DATABASE_URL."),
    ],
)
def test_a_wrong_database_address_is_told_without_its_password(winnow, monkeypatch, url, sentence):
    monkeypatch.setenv("WINNOW_DATABASE_URL", url)
    ran = winnow("recipe", "list")
    assert ran.status == 2
    assert sentence in ran.err
    assert "secret" not in ran.err


@pytest.mark.parametrize("name", ["SLACK_API_URL", "WINNOW_CLOCK_URL"])
@pytest.mark.parametrize("url", ["slack.com/api/", "ftp://host/", "http://", "http://host:port/"])
def test_an_address_that_is_none_is_named(winnow, monkeypatch, name, url):
    monkeypatch.setenv(name, url)
    ran = winnow("recipe", "list")
    assert (ran.status, f"{name} is no http address." in ran.err) == (2, True)


@pytest.mark.parametrize("content", [b"A=\xff\xfe", b"A=\0"])
def test_an_env_file_that_is_no_text_is_named_and_not_quoted(winnow, tmp_path, content):
    (tmp_path / ".env").write_bytes(content + b"\nSLACK_BOT_TOKEN=xoxb-secret\n")
    ran = winnow("recipe", "list")
    assert (ran.status, ran.err) == (2, ".env is no text in UTF-8. Save it as UTF-8.\n")


def test_a_teachers_refusal_is_a_failure_while_running(winnow, desk, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "wrong")
    ran = winnow("generate", "desk", "--json")
    assert ran.status == 1
    assert "does not accept the key (401)" in ran.json["error"]
    assert "OPENAI_API_KEY" in ran.json["hint"]


def test_a_missing_key_is_a_wrong_setting(winnow, write_recipe):
    winnow("recipe", "add", write_recipe("openai:gpt-5-mini"))
    ran = winnow("generate", "desk")
    assert (ran.status, "Set OPENAI_API_KEY." in ran.err) == (2, True)


def test_what_the_system_refuses_is_a_failure_while_running(winnow, desk, tmp_path, row):
    (tmp_path / "rows.jsonl").write_text(row(1))
    ran = winnow("clean", "desk", "rows.jsonl", "--out", "rows.jsonl/out")
    assert (ran.status, ran.err) == (1, "rows.jsonl/out: Not a directory.\n")


def test_the_unexpected_has_an_id_that_is_in_the_log(winnow, desk, tmp_path, caplog):
    with sqlite3.connect(tmp_path / "winnow.db") as database:
        database.execute("DROP TABLE voteevent")
    database.close()
    ran = winnow("stats", "desk", "--json")
    assert (ran.status, ran.json["error"]) == (
        1,
        "Something unexpected happened: OperationalError.",
    )
    number = re.search(r"under the id (\w{8})", ran.json["hint"])[1]
    (record,) = caplog.records
    assert f"unexpected, id {number}" == record.getMessage()
    assert record.exc_info
