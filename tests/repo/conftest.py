import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def files() -> list[Path]:
    """Every file of the project, relative to its root: what git tracks or would add."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    names = [Path(name) for name in listing.stdout.split("\0") if name]
    return [name for name in names if (ROOT / name).is_file()]


@pytest.fixture(scope="session")
def contracts() -> Path:
    folder = ROOT.parent / "shared" / "contracts"
    if not folder.is_dir():
        pytest.skip("Slack's published contracts are not at ../shared/contracts")
    return folder
