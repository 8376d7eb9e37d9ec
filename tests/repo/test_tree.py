"""What every file of the project keeps to."""

import ast
import re

LAYOUT = {
    ".ci", ".gitignore", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "Makefile", "README.md",
    "bench", "bot", "constraints.txt", "core", "docs", "examples", "manifest.yml", "prompts",
    "pyproject.toml", "sandbox", "storage", "tests",
}  # fmt: skip
DOCUMENTED = ("core", "storage", "bot", "sandbox")
LONGEST = 350
LONGEST_TEST = 550
"""A test file carries its own servers and oracles, since none imports another."""
BINARY = {".png", ".ico", ".woff2"}

# Written so that this file does not match itself.
THIS_MACHINE = re.compile(r"(?<![\w.:/~$}*-])/(?:work|root|home|tmp|Users|mnt|private|var)/\w")
PACKAGE_INDEX = re.compile(
    r"index[-_]url|find[-_]links|trusted[-_]host|pypi[.](?:org|python)|pythonhosted[.]|npmjs[.]",
    re.IGNORECASE,
)
SUBSTITUTION = re.compile(
    r"unittest[.]mock|\b(?:Magic|Async)?Mock\(|monkeypatch[.]setattr|\bmocker\b"
)
LOCKS = {"uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "package-lock.json", "yarn.lock"}


def python(files, *rooms):
    return [f for f in files if f.suffix == ".py" and (not rooms or f.parts[0] in rooms)]


def matching(root, files, pattern):
    """`file:line` of each line in which the pattern is found."""
    return [
        f"{name}:{number}"
        for name in files
        if name.suffix not in BINARY
        for number, line in enumerate((root / name).read_text(encoding="utf-8").split("\n"), 1)
        if pattern.search(line)
    ]


def test_the_top_level_holds_the_rooms_of_the_design_and_no_more(files):
    assert {name.parts[0] for name in files} - LAYOUT == set()


def test_no_file_names_a_path_of_one_machine(root, files):
    assert matching(root, files, THIS_MACHINE) == []


def test_no_file_names_a_package_index(root, files):
    assert matching(root, files, PACKAGE_INDEX) == []


def test_constraints_are_plain_pins(root):
    lines = (root / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert [pin for pin in pins if not re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.]*", pin)] == []
    assert pins == sorted(pins)


def test_no_lock_file_is_kept(files):
    assert [name for name in files if name.name in LOCKS] == []


def test_no_package_stands_under_tests(files):
    assert [f for f in files if f.parts[0] == "tests" and f.name == "__init__.py"] == []


def test_no_test_replaces_a_part_of_the_program(root, files):
    assert matching(root, python(files, "tests", "bench"), SUBSTITUTION) == []


def test_no_python_file_is_longer_than_one_sitting(root, files):
    lengths = {
        name: (root / name).read_text(encoding="utf-8").count("\n")
        for name in python(files)
        if "migrations" not in name.parts
    }
    most = {name: LONGEST_TEST if name.parts[0] == "tests" else LONGEST for name in lengths}
    assert {str(name): n for name, n in lengths.items() if n > most[name]} == {}


def test_every_module_says_what_it_is_for(root, files):
    silent = [
        str(name)
        for name in python(files, *DOCUMENTED)
        if not ast.get_docstring(ast.parse((root / name).read_text(encoding="utf-8")))
    ]
    assert silent == []
