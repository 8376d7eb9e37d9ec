import subprocess
import sys
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import documents
from core.errors import UsageError


def _read(file, data):
    return documents.reader(file)(file, data)


def _sections(file, data):
    document = _read(file, data)
    return [(mark.label, document.text[mark.start :].split("\n")[0]) for mark in document.marks]


def test_markdown_is_kept_and_its_headings_are_marks():
    text = b"intro\n\n# One `x`\r\ntext\n\n## Two [a](b) ##\n\nThree\n=====\n\n#### \n"
    assert _sections("a.md", text) == [
        ("One x", "# One `x`"),
        ("Two a", "## Two [a](b) ##"),
        ("Three", "Three"),
        ("", "#### "),
    ]
    assert _read("a.md", text).text == text.decode().replace("\r\n", "\n")


@pytest.mark.parametrize(
    "text",
    [
        "---\ntitle: x\n---\ntext",
        "```sh\n# no heading\n```\n",
        "~~~~\n# no\n~~~\n# nor this\n~~~~",
        "| a |\n|---|\n| b |",
        "two lines\nof a paragraph\n---\n",
        "#hashtag",
        "\n---\n",
    ],
)
def test_what_only_looks_like_a_heading_is_none(text):
    assert _sections("a.md", text.encode()) == []


def test_plain_text_has_no_sections_whatever_stands_in_it():
    assert _sections("a.txt", b"# One\n\ntext") == []


@pytest.mark.parametrize("data", ["é".encode("utf-16"), "é".encode("utf-8-sig"), "é".encode()])
def test_a_text_is_read_in_each_unicode_encoding(data):
    assert _read("a.txt", data).text == "é"


def test_html_gives_what_a_reader_sees():
    page = """<?xml version="1.0"?><html><head><title>T</title><style>p {}</style></head><body>
      <nav>Home</nav><h2>Dosage <i>for children</i></h2>Hello <b>you</b>.<br>Second&nbsp;line
      <p>A
      paragraph.</p><ul><li>one<ul><li>inner</li></ul></li><li><p>two</p></li></ul>
      <table><tr><th>age</th><th>dose</th></tr><tr><td>6</td><td>5 mg</td></tr></table>
      <pre>a  b\nc</pre><script>alert(1)</script><!-- no --><p hidden>no</p></body></html>"""
    document = _read("a.html", page.encode())
    assert document.text == (
        "Dosage for children\n\nHello you. Second line\n\nA paragraph.\n\n- one\n- inner\n- two\n\n"
        "| age | dose |\n| 6 | 5 mg |\n\na  b\nc"
    )
    assert [mark.label for mark in document.marks] == ["Dosage for children"]


def test_html_is_read_in_the_encoding_it_names():
    page = "<meta charset=gb18030><p>每天两次</p>".encode("gb18030")
    assert _read("a.htm", page).text == "每天两次"


def test_a_pdf_gives_its_pages(pdf):
    passage, *_ = documents.passages("guide.pdf", pdf("First page.", None, "Third page."))
    assert (passage.text, passage.place) == ("First page.\n\nThird page.", "guide.pdf p. 1–3")


def test_a_word_document_gives_paragraphs_lists_and_tables(word):
    document = _read("a.docx", word)
    assert document.text == (
        "Storage\n\nKeep it dry.\n\n- below 25 °C\n- out of reach\n\n"
        "| age | dose | times |\n| 6 years | ask a doctor |"
    )
    assert document.marks == ((0, "Storage"),)


def _bomb(word):
    """The document, whose ZIP says of its first part that it unpacks to 60. MB."""
    place = word.index(b"PK\x01\x02") + 24
    return word[:place] + (600_000_000).to_bytes(4, "little") + word[place + 4 :]


def test_a_word_document_that_unpacks_without_end_is_refused(word):
    with pytest.raises(documents.UnreadableError, match=r"unpacks to 60\d MB"):
        _read("a.docx", _bomb(word))


@pytest.mark.parametrize(
    ("file", "data", "error"),
    [
        ("a.md", b"", "a.md holds no text."),
        ("a.html", b"<script>x</script>", "a.html holds no text."),
        ("a.txt", b"\xe9", "a.txt is not UTF-8. Save it as UTF-8."),
        ("a.txt", b"a\x00b", "a.txt is no text: it holds NUL characters."),
        ("a.pdf", b"no pdf", "a.pdf cannot be read as PDF."),
        ("a.docx", b"PK", "a.docx cannot be read as DOCX: it is damaged, or locked by a password."),
        ("sub/a.XLSX", b"", "sub/a.XLSX is of no kind that can be read (.md, .markdown, .txt,"),
    ],
)
def test_a_file_that_gives_nothing_is_named_in_a_sentence(file, data, error):
    with pytest.raises(documents.UnreadableError) as told:
        documents.passages(file, data)
    assert str(told.value).startswith(error)


def test_a_scanned_pdf_is_told_from_a_broken_one(pdf):
    with pytest.raises(documents.UnreadableError, match=r"its pages are pictures\. Have its text"):
        documents.passages("a.pdf", pdf(None, None))


def test_a_pdf_that_wants_a_password_says_so(pdf):
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(BytesIO(pdf("secret"))))
    writer.encrypt("password", algorithm="RC4-128")
    data = BytesIO()
    writer.write(data)
    with pytest.raises(documents.UnreadableError, match="locked by a password"):
        documents.passages("a.pdf", data.getvalue())


@settings(max_examples=30, deadline=None)
@given(
    st.sampled_from(sorted(documents.KINDS)),
    st.one_of(
        st.binary(max_size=200),
        st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")),
    ),
)
def test_no_bytes_raise_anything_else(suffix, data):
    try:
        found = documents.passages(f"a{suffix}", data)
    except documents.UnreadableError:
        return
    assert found
    assert all(passage.text.strip() for passage in found)


@pytest.mark.parametrize(
    ("file", "module", "package"),
    [("a.pdf", "pypdf", "pypdf"), ("a.docx", "docx", "python-docx"), ("a.html", "bs4", "beaut")],
)
def test_a_missing_library_is_named_with_the_extra_that_brings_it(file, module, package):
    script = (
        f"import sys; sys.modules[{module!r}] = None\n"
        "from core import documents\n"
        f"documents.passages({file!r}, b'')"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert f"UsageError: Reading {file} needs the package {package}" in done.stderr
    assert "pip install 'winnow-bot[documents]'" in done.stderr


def test_a_missing_library_is_no_fault_of_the_file():
    from core.documents.base import missing

    error = missing("a.pdf", "pypdf")
    assert isinstance(error, UsageError)
    assert not isinstance(error, documents.UnreadableError)
