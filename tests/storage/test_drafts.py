"""Drafts: the last keystroke wins, and what was saved is nothing to keep."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from core.errors import WinnowError
from storage import drafts
from storage.corrections import correct
from storage.drafts import Typed


def typed(house, sample, text, *, user="ana", revision=0, at=None, form="modal:V1:1:0"):
    texts = {"output": text} if text else {}
    return Typed(form, user, sample, revision, texts, at or house.tick())


def test_what_is_typed_is_kept_for_its_author_sample_and_revision(house):
    h = house()
    a, b = h.opened(2)
    assert drafts.keep(h.store, typed(h, a, "Rest"))
    drafts.keep(h.store, typed(h, a, "Rest and"))
    drafts.keep(h.store, typed(h, a, "Water", revision=1))
    assert drafts.of(h.store, "ana", a) == {0: {"output": "Rest and"}, 1: {"output": "Water"}}
    assert drafts.of(h.store, "ben", a) == drafts.of(h.store, "ana", b) == {}


def test_an_earlier_keystroke_that_arrives_late_changes_nothing(house):
    h = house()
    (sample,) = h.opened()
    early, late = h.tick(), h.tick()
    assert drafts.keep(h.store, typed(h, sample, "Rest and", at=late))
    assert not drafts.keep(h.store, typed(h, sample, "Rest", at=early))
    assert drafts.of(h.store, "ana", sample) == {0: {"output": "Rest and"}}


def test_a_text_put_back_as_it_was_is_remembered_as_nothing_typed(house):
    h = house()
    (sample,) = h.opened()
    drafts.keep(h.store, typed(h, sample, "Rest"))
    drafts.keep(h.store, typed(h, sample, ""))
    assert drafts.of(h.store, "ana", sample) == {0: {}}


def test_starting_over_forgets_every_revision_s_draft_but_not_what_is_typed_after_it(house):
    h = house()
    (sample,) = h.opened()
    drafts.keep(h.store, typed(h, sample, "Old"))
    before, now = h.tick(), h.tick()
    drafts.keep(h.store, typed(h, sample, "", revision=1, at=now), anew=True)
    assert not drafts.keep(h.store, typed(h, sample, "Late", revision=1, at=before))
    assert drafts.of(h.store, "ana", sample) == {1: {}}
    drafts.keep(h.store, typed(h, sample, "New", revision=1))
    assert drafts.of(h.store, "ana", sample) == {1: {"output": "New"}}


def test_a_saved_form_takes_its_draft_along_and_leaves_none_behind(house):
    h = house()
    (sample,) = h.opened()
    drafts.keep(h.store, typed(h, sample, "Other", user="ben"))
    proposal = h.proposal(sample, "ana", {"output": "Rest."})
    drafts.keep(h.store, typed(h, sample, "Rest.", form=proposal.key))
    assert correct(h.store, proposal).result == "accepted"
    late = typed(h, sample, "Rest.", form=proposal.key, at=h.tick() + timedelta(seconds=9))
    assert not drafts.keep(h.store, late)
    assert drafts.of(h.store, "ana", sample) == {}
    assert drafts.of(h.store, "ben", sample) == {0: {"output": "Other"}}


def test_a_refused_form_and_a_reply_leave_the_draft(house):
    h = house()
    (sample,) = h.opened()
    drafts.keep(h.store, typed(h, sample, "Mine"))
    h.correct(sample, "ben", "Theirs.")
    assert h.correct(sample, "ana", "Mine", base=0).result == "conflict"
    assert h.correct(sample, "ana", "Mine, by reply.", ts=h.ts()).result == "accepted"
    assert drafts.of(h.store, "ana", sample) == {0: {"output": "Mine"}}


def test_of_keystrokes_at_once_the_last_one_stays(house):
    h = house()
    (sample,) = h.opened()
    now = h.tick()
    strokes = [typed(h, sample, "x" * n, at=now + timedelta(milliseconds=n)) for n in range(1, 25)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda stroke: drafts.keep(h.store, stroke), reversed(strokes)))
    assert drafts.of(h.store, "ana", sample) == {0: {"output": "x" * 24}}


def test_there_is_no_draft_of_a_sample_that_is_not_there(house):
    h = house()
    with pytest.raises(WinnowError, match="no sample 77"):
        drafts.keep(h.store, typed(h, 77, "Rest"))
