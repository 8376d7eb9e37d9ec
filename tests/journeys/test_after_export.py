"""DESIGN.md §5: votes, flags and corrections after an export."""

import json

NO = "x"


def _exported(story, version):
    """Export as a curator; returns the new version's manifest."""
    story.command("kim", "export")
    folder = story.folder / "exports" / "backup-en" / f"v{version:04d}"
    story.is_told("kim", f"v{version:04d}")
    return json.loads((folder / "MANIFEST.json").read_text(encoding="utf-8"))


def _approved(story):
    card, _ = story.posted(2)
    for who in ("ana", "ben"):
        story.react(who, card)
    card.becomes("approved")
    return card


def test_a_vote_taken_back_withdraws_in_the_next_version_and_curators_hear_which_hold_it(story):
    card = _approved(story)
    first = _exported(story, 1)
    assert first["records"] == 1
    story.unreact("ben", card)
    card.becomes("open")
    story.is_written("kim", "is in v0001")
    second = _exported(story, 2)
    assert second["records"] == 0
    assert second["withdrawn"] == first["added"]


def test_a_flag_withdraws_too(story):
    card = _approved(story)
    first = _exported(story, 1)
    story.click("chen", "flag", card)
    card.becomes("frozen")
    story.is_written("kim", "is in v0001")
    assert _exported(story, 2)["withdrawn"] == first["added"]


def test_an_exported_text_stands_until_its_correction_is_approved(story):
    card = _approved(story)
    old = card.record.output
    first = _exported(story, 1)
    story.reply("chen", card, "output: Corrected after the export.")
    card.becomes_version(2)
    story.command("kim", "export")
    story.is_told("kim", "Nothing changed")
    story.react("ana", card)
    card.becomes("approved")
    second = _exported(story, 2)
    assert (second["records"], second["corrected"]) == (1, first["added"])
    assert "Corrected after the export." in _rows(story, 2)
    assert old in _rows(story, 1)


def test_a_rejected_correction_leaves_what_was_exported_standing(story):
    card = _approved(story)
    _exported(story, 1)
    story.reply("chen", card, "output: Worse.")
    card.becomes_version(2)
    for who in ("ana", "ben", "dora"):
        story.react(who, card, NO)
    card.becomes("rejected")
    story.command("kim", "export")
    story.is_told("kim", "Nothing changed")


def _rows(story, version):
    folder = story.folder / "exports" / "backup-en" / f"v{version:04d}" / "alpaca"
    return "".join(path.read_text(encoding="utf-8") for path in folder.iterdir())
