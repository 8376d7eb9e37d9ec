"""`winnow import`: records of a file as candidates, as approved ones, or as seeds."""

import json

import pytest

from bot.imports import import_file
from core.errors import UsageError
from core.recipe import parse
from core.records import from_json
from core.votes import State
from storage import datasets, samples, traces


@pytest.fixture
def take(store, dataset, tmp_path):
    """Imports a text into the dataset `desk`."""
    data = dataset("replay:x.jsonl")

    def take(text, data=data, **more):
        path = tmp_path / "rows.jsonl"
        path.write_text(text, "utf-8")
        return import_file(store, data, path, **more)

    take.id = data.id
    return take


def test_rows_become_candidates_with_their_place_as_origin(store, take, row):
    done = take(row(1, category="backup") + row(2) + "no\n" + row(1))
    assert (
        done.counted.read,
        done.counted.accepted,
        dict(done.counted.discarded),
        len(done.counted.broken),
    ) == (4, 2, {"duplicate": 1}, 1)
    counts = samples.count(store, take.id)
    assert (counts[State.CANDIDATE], counts[State.DISCARDED]) == (2, 1)
    first = traces.trace(store, 1)
    assert first["origin"] == {"source": "import", "file": "rows.jsonl", "line": 1}
    assert first["category"] == "backup"
    discarded = traces.trace(store, 3)
    assert (discarded["reason"], discarded["origin"]["line"]) == ("duplicate", 4)


def test_the_same_file_twice_brings_nothing_new(store, take, row):
    text = "".join(row(number) for number in range(5))
    take(text)
    again = take(text)
    assert (again.counted.accepted, dict(again.counted.discarded)) == (0, {"duplicate": 5})
    assert "an earlier sample" in traces.trace(store, 6)["explanation"]


@pytest.mark.parametrize(
    ("more", "columns", "expected"),
    [
        ("", {"category": "backup"}, ("backup", None)),
        ("", {"category": "elsewhere"}, ("unsorted", None)),
        ("", {}, ("unsorted", None)),
        ("difficulty: {easy: 1, hard: 1}", {"difficulty": "hard"}, ("unsorted", "hard")),
        ("difficulty: {easy: 1, hard: 1}", {"difficulty": "so-so"}, ("unsorted", None)),
        ("difficulty: {easy: 1}", {}, ("unsorted", "easy")),
    ],
)
def test_columns_name_category_and_difficulty_if_the_recipe_knows_them(
    store, take, dataset, row, more, columns, expected
):
    take(row(1, **columns), dataset("replay:x.jsonl", more))
    shown = samples.show(store, 1)
    assert expected == (shown.category, shown.difficulty)


def test_approved_records_are_approved_by_a_named_person(store, take, row):
    take(row(1) + row(1), as_="approved", by="Dr. Li")
    counts = samples.count(store, take.id)
    assert (counts[State.APPROVED], counts[State.DISCARDED]) == (1, 1)


@pytest.mark.parametrize("by", [None, "", "  "])
def test_nobody_is_no_name(take, row, by):
    with pytest.raises(UsageError, match="needs --by"):
        take(row(1), as_="approved", by=by)


def test_seeds_are_appended_to_a_file_beside_the_recipe(store, take, row, tmp_path):
    done = take(row(1) + row(2) + row(2), as_="seeds")
    place = tmp_path / "seeds.imported.jsonl"
    assert (place, False, 2) == (done.seeds, done.named, done.counted.accepted)
    again = take(row(2) + row(3), as_="seeds")
    assert (again.counted.accepted, dict(again.counted.discarded)) == (1, {"duplicate": 1})
    records = [from_json(line) for line in place.read_text().splitlines()]
    assert [record.output for record in records] == ["Answer 1.", "Answer 2.", "Answer 3."]
    assert sum(samples.count(store, take.id).values()) == 0


def test_a_file_of_seeds_that_lacks_its_last_line_end_is_not_broken(take, row, tmp_path):
    place = tmp_path / "seeds.imported.jsonl"
    place.write_text(row(1).rstrip("\n"))
    take(row(2), as_="seeds")
    assert len([json.loads(line) for line in place.read_text().splitlines()]) == 2


def test_seeds_resemble_no_seed_that_the_recipe_names(take, dataset, row):
    data = dataset("replay:x.jsonl", "seeds: s.jsonl", s__jsonl=row(1))
    done = take(row(1) + row(2), data, as_="seeds")
    assert (done.counted.accepted, dict(done.counted.discarded)) == (1, {"duplicate": 1})


def test_the_command_says_where_to_name_the_seeds(winnow, write_recipe, tmp_path, row):
    path = write_recipe("replay:x.jsonl")
    winnow("recipe", "add", path)
    (tmp_path / "rows.jsonl").write_text(row(1))
    ran = winnow("import", "desk", "rows.jsonl", "--as", "seeds", "--json")
    assert str(tmp_path / "seeds.imported.jsonl") == ran.json["path"]
    assert "Name seeds.imported.jsonl under `seeds` in the recipe" in ran.err
    path.write_text(path.read_text() + "seeds: seeds.imported.jsonl\n")
    winnow("recipe", "add", path)
    (tmp_path / "rows.jsonl").write_text(row(2))
    assert winnow("import", "desk", "rows.jsonl", "--as", "seeds", "--json").err == ""


def test_import_answers_with_the_keys_of_the_surface(winnow, write_recipe, tmp_path, row):
    winnow("recipe", "add", write_recipe("replay:x.jsonl"))
    (tmp_path / "rows.jsonl").write_text(row(1))
    ran = winnow("import", "desk", "rows.jsonl", "--json")
    assert {"read", "accepted", "discarded", "broken_lines", "seconds"} == set(ran.json)


def test_what_an_export_wrote_can_be_imported(winnow, write_recipe, tmp_path, row):
    winnow("recipe", "add", write_recipe("replay:x.jsonl"))
    (tmp_path / "rows.jsonl").write_text("".join(row(number) for number in range(9)))
    winnow("import", "desk", "rows.jsonl", "--as", "approved", "--by", "Dr. Li")
    exported = winnow("export", "desk", "--format", "sharegpt", "--json").json
    other = tmp_path / "other.yml"
    text = (tmp_path / "recipe.yml").read_text()
    other.write_text(text.replace("name: desk", "name: other"))
    winnow("recipe", "add", other)
    files = [path for path in exported["files"] if path.startswith("sharegpt/")]
    done = [
        winnow("import", "other", f"{exported['path']}/{path}", "--json").json["accepted"]
        for path in files
    ]
    assert sum(done) == 9


def test_a_recipe_in_two_languages_takes_the_column_or_its_first(store, take, dataset, tmp_path):
    dataset("replay:x.jsonl")
    path = tmp_path / "recipe.yml"
    text = path.read_text().replace("language: en", "language: [en, zh]")
    assert parse(text).languages == ("en", "zh")
    path.write_text(text)
    data = datasets.add(store, text, path).dataset
    rows = [
        {"instruction": "备份放在哪里最好？", "output": "干燥处。", "language": "zh"},
        {"instruction": "Where does it stand best?", "output": "In the dry."},
    ]
    take("".join(json.dumps(one) + "\n" for one in rows), data)
    assert [samples.show(store, number).language for number in (1, 2)] == ["zh", "en"]
