"""What the type checker refuses: a promise that no test at run time can make."""

import subprocess
import sys

SNIPPET = """\
from core.approved import Approved
from core.exports.about import About
from core.exports.folder import build
from core.records import Instruction

record = Instruction(instruction="a", output="b")


def export(about: About, approved: Approved) -> None:
    build([({given}, "train")], about)
"""


def checked(root, folder, given):
    path = folder / f"{given}.py"
    path.write_text(SNIPPET.format(given=given))
    command = [sys.executable, "-m", "mypy", "--config-file", "pyproject.toml", str(path)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def test_an_exporter_takes_what_is_approved_and_no_bare_record(root, tmp_path):
    assert checked(root, tmp_path, "approved")[0] == 0
    status, said = checked(root, tmp_path, "record")
    assert status == 1
    assert 'has incompatible type "Sequence' in said or 'type "tuple[Instruction, str]"' in said
