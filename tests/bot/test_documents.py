import os

import pytest

from bot import documents
from core.errors import UsageError


def _write(folder, **files):
    for name, data in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def test_a_folder_is_read_in_the_order_of_its_paths_and_says_what_it_leaves_out(tmp_path):
    _write(tmp_path, b_md=b"two", a__c_txt=b"one", z_zip=b"", e_md=b" ", _hidden=b"x")
    _write(tmp_path / ".git", x_md=b"never")
    found = documents.read(tmp_path)
    assert [(p.file, p.text) for p in found.passages] == [("a/c.txt", "one"), ("b.md", "two")]
    assert [sentence.split(" (")[0] for sentence in found.left_out] == [
        ".git is hidden.",
        ".hidden is hidden.",
        "e.md holds no text.",
        "z.zip is of no kind that can be read",
    ]


def test_a_file_that_is_too_large_is_refused_unread(tmp_path):
    _write(tmp_path, a_md=b"one")
    with (tmp_path / "b.txt").open("wb") as large:
        large.truncate(documents.MOST_BYTES + 1)
    (sentence,) = documents.read(tmp_path).left_out
    assert sentence.startswith("b.txt has 50 MB; a document may have 50.")


def test_what_is_no_file_holds_nothing_up(tmp_path):
    _write(tmp_path, a_md=b"one")
    os.mkfifo(tmp_path / "b.txt")
    (tmp_path / "c.txt").symlink_to(tmp_path / "gone")
    assert documents.read(tmp_path).left_out == ("b.txt is no file.", "c.txt is no file.")


@pytest.mark.parametrize("data", [None, b""])
def test_a_folder_without_a_usable_file_is_refused_with_all_that_is_wrong(tmp_path, data):
    if data is not None:
        _write(tmp_path, a_md=data)
    with pytest.raises(UsageError) as told:
        documents.read(tmp_path)
    assert "can be used." in told.value.error
    assert ("a.md holds no text." in told.value.error) == (data is not None)
    assert ".docx files into it" in told.value.hint


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(UsageError, match="documents: facts cannot be read: No such file"):
        documents.read(tmp_path / "facts")


def test_the_example_s_documents_are_all_read():
    from pathlib import Path

    folder = Path(__file__).parents[2] / "examples/support-en/documents"
    found = documents.read(folder)
    assert found.left_out == ()
    assert {p.file for p in found.passages} == {path.name for path in folder.iterdir()}
