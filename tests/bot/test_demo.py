import socket

import pytest

from bot.demo import EXAMPLE, SHOWN, adapted, demo
from core.errors import UsageError
from core.recipe import parse


def start(**changed):
    options = {"port": 0, "auto": True, "seed": 1, "out": None, "faults": False}
    demo(**options | {"sandbox_only": False} | changed)


def test_a_folder_that_exists_is_refused_and_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="exists already"):
        start(out=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_taken_port_is_refused_and_leaves_no_folder(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"--port: {port} cannot be used"):
            start(port=port, out=tmp_path / "new")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "options",
    [
        {"faults": True, "auto": False},
        {"sandbox_only": True},
        {"sandbox_only": True, "auto": False, "faults": True},
    ],
)
def test_options_that_do_not_go_together_are_refused(options):
    with pytest.raises(UsageError, match="goes with"):
        start(**options)


@pytest.mark.parametrize("name", SHOWN)
def test_an_adapted_recipe_is_the_example_with_the_sandbox_as_its_teacher(tmp_path, name):
    path = adapted(name, tmp_path, "http://127.0.0.1:1234", scheduled=True)
    recipe = parse(path.read_text(encoding="utf-8"), str(path))
    (teacher,) = recipe.teachers
    assert teacher.address == "http://127.0.0.1:1234/openai/v1"
    assert teacher.price is not None
    assert (recipe.name, recipe.channel) == (name, f"#{name}")
    assert recipe.schedule.batch is not None
    assert recipe.schedule.export is not None
    assert all((tmp_path / seeds).is_file() for seeds in recipe.seeds)


def test_nothing_happens_by_itself_while_scripted_reviewers_play(tmp_path):
    path = adapted(EXAMPLE, tmp_path, "http://127.0.0.1:1234", scheduled=False)
    recipe = parse(path.read_text(encoding="utf-8"), str(path))
    assert recipe.schedule.batch is None
    assert recipe.schedule.export is None
