from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from ruamel.yaml import YAML

from core.agreement import Agreement
from core.exports.about import Origin, Reviewer, contents
from core.exports.card import card, code, fenced, size_category
from core.exports.changes import Changes
from core.exports.report import report

HOSTILE = [
    "</code></pre><script>alert(1)</script>",
    "```\n# A heading\n<img src=x onerror=alert(1)>",
    "a | b \\| <b>c</b> |",
    "[click](http://evil.example) ![](http://evil.example/x.png)",
    "---\nlicense: stolen\n---",
    "{{ about.roster }} {% for x in y %}",
    "&lt;script&gt; &amp; `` ` ``",
    "line\u2028separator\x85and\x0bmore",
]
texts = st.sampled_from(HOSTILE) | st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


def front_matter(page):
    opening, yaml, _ = page.split("---\n", 2)
    assert opening == ""
    return yaml


def parsed(yaml, version="1.2"):
    reader = YAML(typ="safe", pure=True)
    reader.version = version
    return reader.load(yaml)


def tokens(page):
    body = page.split("---\n", 2)[2]
    found = MarkdownIt("commonmark").enable("table").parse(body)
    return [inner for token in found for inner in (token, *(token.children or []))]


class Tags(HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.seen, self.text = [], ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, [name for name, _ in attrs]))

    def handle_data(self, data):
        self.text += data


def hostile(about, approved, bad):
    """An export in which everything that people or models can name is `bad`."""
    facts = about(
        goal=bad,
        license=bad,
        languages=(bad,),
        policy={bad: bad},
        roster=(Reviewer(bad, "reviewer", 1),),
        origins=(Origin(bad, bad, bad, bad, 1),),
        changes=Changes(withdrawn=(bad,)),
    )
    return facts, replace(contents(approved), categories={bad: 3})


def test_the_front_matter_is_what_the_hub_reads(about, approved):
    found = parsed(front_matter(card(about(), contents(approved))))

    assert found["language"] == ["zh"]
    assert found["license"] == "cc-by-4.0"
    assert found["size_categories"] == ["n<1K"]
    assert found["tags"] == ["synthetic", "human-reviewed", "winnow"]
    assert found["configs"] == [
        {
            "config_name": "alpaca",
            "default": True,
            "data_files": [
                {"split": "train", "path": "alpaca/train.jsonl"},
                {"split": "test", "path": "alpaca/test.jsonl"},
            ],
        },
        {
            "config_name": "sharegpt",
            "data_files": [
                {"split": "train", "path": "sharegpt/train.jsonl"},
                {"split": "test", "path": "sharegpt/test.jsonl"},
            ],
        },
    ]
    assert [info["config_name"] for info in found["dataset_info"]] == ["alpaca", "sharegpt"]


def test_without_a_licence_none_is_named_and_the_card_says_so(about, approved):
    page = card(about(license=None), contents(approved))

    assert "license" not in parsed(front_matter(page))
    assert "No licence has been named" in page


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_norwegian_is_a_language_in_every_version_of_yaml(about, approved, version):
    yaml = front_matter(card(about(languages=("no", "en")), contents(approved)))

    assert parsed(yaml, version)["language"] == ["no", "en"]


@pytest.mark.parametrize(
    ("records", "name"),
    [
        (0, "n<1K"),
        (999, "n<1K"),
        (1_000, "1K<n<10K"),
        (99_999, "10K<n<100K"),
        (100_000, "100K<n<1M"),
        (2_000_000, "1M<n<10M"),
        (10_000_000, "10M<n<100M"),
    ],
)
def test_sizes_have_the_hubs_names(records, name):
    assert size_category(records) == name


def test_the_card_says_how_it_was_made_and_by_whom(about, approved):
    page = card(about(), contents(approved))

    for part in [
        "# `dermatology-zh` v0007",
        "3 records",
        "Answer worried patients with care.",
        "- 1 records stand as a teacher wrote them.",
        "| `anthropic:some-model` | `seeds` | `seeds-zh` | `ab12cd34ef56` | 3 |",
        "- `lead`: `2`",
        "| `reviewer-1` | curator | 41 | 0 |",
        "on the 100 records with two votes or more: raw 0.960, Krippendorff's α 0.316",
        "| `eczema` | 2 |",
        "## Changes since v0006\n\n1 added, 1 corrected, 1 withdrawn.",
        "train on them no longer: `r0`.",
    ]:
        assert part in page


@pytest.mark.parametrize(
    ("measured", "sentence"),
    [
        (Agreement(1.0, None, 1.0, 30), "Krippendorff's α not estimable"),
        (Agreement(1.0, 1.0, 1.0, 29), "29 records have two votes or more, too few for a figure"),
        (Agreement(None, None, None, 0), "0 records have two votes or more, too few"),
    ],
)
def test_agreement_is_shown_only_where_it_can_be_estimated(about, approved, measured, sentence):
    assert sentence in card(about(agreement=measured), contents(approved))


def test_the_card_says_how_many_records_a_curator_settled(about, approved):
    roster = (Reviewer("reviewer-1", "reviewer", 3), Reviewer("reviewer-2", "curator", 0, 2))
    page = card(about(roster=roster), contents(approved))

    assert "2 of them were approved by a curator's settlement, whatever the votes." in page
    assert "| `reviewer-2` | curator | 0 | 2 |" in page
    assert "settlement, whatever" not in card(about(), contents(approved))


def test_experts_are_said_to_have_read_only_what_was_not_imported(about, approved):
    *reviewed, imported = approved
    mixed = "experts read every record that was not imported and voted"

    assert mixed in card(about(), contents(approved))
    assert "experts read every record and voted" in card(about(), contents(reviewed))
    page = card(about(roster=(), origins=()), contents([imported]))
    assert "experts read" not in page
    assert "Nobody voted on these records" in page
    assert "1 were imported: approved elsewhere, by a named person." in page
    assert "None of these records was reviewed here." in page
    assert "people listed above" not in page


def test_a_version_that_holds_nothing_claims_nothing(about):
    page = card(about(roster=(), origins=()), contents([]))

    assert "No record is approved now." in page
    assert "experts read" not in page


def test_a_long_list_of_withdrawn_records_is_cut_and_points_to_the_manifest(about, approved):
    withdrawn = tuple(f"r{n:03d}" for n in range(25))
    page = card(about(changes=Changes(withdrawn=withdrawn)), contents(approved))

    assert "`r019` and 5 more, listed in `MANIFEST.json`." in page
    assert "`r020`" not in page


def test_a_first_version_says_so(about, approved):
    facts, held = about(previous=None), contents(approved)

    assert "This is the first version." in card(facts, held)
    assert "the first version" in report(facts, held)


@settings(deadline=None)
@given(bad=texts)
@example(bad=HOSTILE[0])
@example(bad="|")
def test_no_text_breaks_the_front_matter(about, approved, bad):
    yaml = front_matter(card(*hostile(about, approved, bad)))

    assert parsed(yaml)["license"] == bad
    assert parsed(yaml, "1.1")["language"] == [bad]
    assert set(parsed(yaml)) == set(parsed(front_matter(card(about(), contents(approved)))))


@settings(deadline=None)
@given(bad=texts)
@example(bad="``` a ````")
@example(bad="\\|<b>")
def test_no_text_becomes_markup_in_the_card(about, approved, bad):
    kinds = [token.type for token in tokens(card(*hostile(about, approved, bad)))]

    assert not {"html_block", "html_inline", "link_open", "image"} & set(kinds)
    assert kinds.count("heading_open") == 6


@settings(deadline=None)
@given(bad=texts)
def test_code_shows_its_text_and_a_block_shows_all_of_it(bad):
    shown = MarkdownIt("commonmark").parse(fenced(bad))

    assert [token.type for token in shown] == ["fence"]
    if bad.isprintable() and bad.strip():
        assert shown[0].content == bad.strip() + "\n"
        [span] = MarkdownIt("commonmark").parseInline(code(bad))[0].children
        assert (span.type, span.content) == ("code_inline", " ".join(bad.split()))


@settings(deadline=None)
@given(bad=texts)
def test_no_text_becomes_markup_in_the_report(about, approved, bad):
    plain = Tags(report(*hostile(about, approved, "plain")))
    shown = Tags(report(*hostile(about, approved, bad)))

    assert shown.seen == plain.seen
    assert "".join(bad.split()) in "".join(shown.text.split())


def test_the_report_loads_nothing_and_shows_the_numbers(about, approved):
    page = report(about(), contents(approved))

    assert "http://" not in page
    assert "https://" not in page
    assert "<script" not in page
    assert "width:66.7%" in page
    assert "prefers-color-scheme: dark" in page
    assert "0.316" in page


def test_the_report_gives_no_figure_for_few_votes(about, approved):
    page = report(about(agreement=Agreement(1.0, 1.0, 1.0, 29)), contents(approved))

    assert "fewer than 30 records" in page
    assert "1.000" not in page
