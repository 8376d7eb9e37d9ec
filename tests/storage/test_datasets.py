"""Datasets and their recipes, rosters, samples, comments, requests and jobs."""

from dataclasses import replace

import pytest

from core.errors import UsageError, WinnowError
from core.records import Instruction
from storage import comments, datasets, jobs, samples, stats, traces
from storage.comments import Reply
from storage.kinds import OutboxKind, Role
from storage.samples import New


def test_a_recipe_is_a_new_version_only_when_it_changed(house, recipe, tmp_path):
    h = house()
    path = tmp_path / "care.yml"
    same = datasets.add(h.store, recipe(), path)
    assert (same.new, same.dataset.number) == (False, 1)
    changed = datasets.add(h.store, recipe("target: 7"), path)
    assert (changed.new, changed.dataset.number, changed.dataset.recipe.target) == (True, 2, 7)
    assert changed.dataset.folder == tmp_path


def test_an_unknown_dataset_is_named_beside_those_there_are(house):
    h = house()
    with pytest.raises(UsageError, match=r"There is no dataset skin\. There are: care\."):
        datasets.get(h.store, "skin")


def test_a_channel_may_hold_several_datasets(house):
    h = house()
    house(name="other")
    house(name="third", channel="C2")
    assert [d.name for d in datasets.in_channel(h.store, "C1")] == ["care", "other"]
    assert [d.name for d in datasets.every(h.store)] == ["care", "other", "third"]


def test_pausing_and_placing_are_stored(house):
    h = house()
    datasets.pause(h.store, h.dataset.id, True)
    datasets.place(h.store, h.dataset.id, "C9", {"ana": Role.CURATOR}, "https://x.slack.com/")
    found = datasets.by_id(h.store, h.dataset.id)
    assert (found.paused, found.channel_id) == (True, "C9")
    assert datasets.people(h.store, h.dataset.id) == {"ana": Role.CURATOR}


def test_samples_keep_their_order_their_reasons_and_their_texts_to_the_character(house):
    h = house()
    text = "  ①「湿疹」\r\n\tﬁ́ \U0001f9f4 "
    news = [
        New(Instruction(instruction=text, output=text), "general", "zh", {"teacher": "t"}),
        New(None, "general", "zh", {}, reason="schema", explanation="no JSON", raw="{"),
        New(Instruction(instruction="Kept?", output="Yes."), "general", "zh", {}),
    ]
    first, broken, last = samples.add(h.store, h.dataset.id, news)
    assert first < broken < last
    assert samples.show(h.store, first).record.output == text
    assert [r.instruction for r in samples.known(h.store, h.dataset.id)] == [text, "Kept?"]
    counts = samples.count(h.store, h.dataset.id)
    assert (counts["candidate"], counts["discarded"], counts["expired"]) == (2, 1, 0)
    with pytest.raises(WinnowError, match="is no record: no JSON"):
        samples.restore(h.store, broken)
    with pytest.raises(WinnowError, match="is candidate, not discarded"):
        samples.restore(h.store, first)
    with pytest.raises(WinnowError, match="There is no sample 999"):
        traces.trace(h.store, 999)


def test_a_trace_tells_the_whole_story(house):
    h = house()
    (sample,) = h.opened()
    h.reject(sample, "ana")
    h.correct(sample, "ana", "Better.")
    h.approve(sample, "ben")
    story = traces.trace(h.store, sample)
    assert (story["state"], [r["author"] for r in story["revisions"]]) == (
        "approved",
        [None, "ana"],
    )
    assert [(t["from"], t["to"]) for t in story["transitions"]] == [
        ("candidate", "open"),
        ("open", "contested"),
        ("contested", "open"),
        ("open", "approved"),
    ]
    ts = h.card(sample, 1).ts
    link = f"https://care.slack.com/archives/C1/p{ts.replace('.', '')}"
    assert story["posts"][1] == {"revision": 1, "channel": "C1", "ts": ts, "permalink": link}


def test_stats_count_verdicts_in_force_and_what_awaits_each_reviewer(house):
    h = house()
    a, b, _ = h.opened(3)
    h.approve(a, "ana", "ben")
    h.reject(b, "ana")
    found = stats.stats(h.store, h.dataset)
    assert found.states["approved"] == 1
    assert found.reviewers["ana"] == {"approved": 1, "rejected": 1, "open": 1}
    assert found.reviewers["kit"] == {"approved": 0, "rejected": 0, "open": 2}
    assert found.categories == {"general": {"approved": 1, "rejected": 0, "open": 2}}
    assert list(found.teachers) == ["replay:replies.jsonl"]


def said(h, sample, text, key="k1", ts="1772442001.000100"):
    return Reply(key, sample, "ana", text, h.channel, ts, h.tick())


def test_a_comment_is_kept_once_and_its_edit_replaces_it(house):
    h = house()
    (sample,) = h.opened()
    first = comments.comment(h.store, said(h, sample, "Too long?"))
    assert comments.comment(h.store, said(h, sample, "Too long?")) is None
    assert comments.comment(h.store, said(h, sample, "Too long?", key="k2")) is None
    edited = replace(said(h, sample, "Far too long.", key="k3"), field="output")
    assert comments.comment(h.store, edited) == first
    assert comments.get(h.store, first).field == "output"
    assert [c["text"] for c in traces.trace(h.store, sample)["comments"]] == ["Far too long."]
    assert comments.heard(h.store, ["k1", "k2", "k9"]) == {"k1", "k2"}
    assert comments.thread_of(h.store, h.channel, h.card(sample).ts) == sample


def test_that_comments_are_shared_is_said_once_in_the_thread(house):
    h = house("review: {share_comments: true}")
    (sample,) = h.opened()
    for n in range(2):
        comments.comment(h.store, said(h, sample, f"Hm {n}.", key=f"k{n}", ts=f"177244200{n}.0"))
    threads = [e.args for e in h.send_all() if e.kind is OutboxKind.THREAD]
    assert threads == [{"text": "comments_shared"}]


def test_a_job_has_one_run_per_due_time_and_remembers_how_it_ended(house):
    h = house()
    due = h.clock.now
    assert jobs.last_due(h.store, h.dataset.id, "batch") is None
    assert jobs.begin(h.store, h.dataset.id, "batch", due)
    assert not jobs.begin(h.store, h.dataset.id, "batch", due)
    jobs.end(h.store, h.dataset.id, "batch", due, "it failed")
    later = h.clock.forward(days=1)
    assert jobs.begin(h.store, h.dataset.id, "batch", later)
    assert jobs.begin(h.store, h.dataset.id, "export", later)
    assert jobs.last_due(h.store, h.dataset.id, "batch") == later
