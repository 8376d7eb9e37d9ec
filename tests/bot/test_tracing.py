"""A sample's life as people read it."""

from bot.tracing import told

BLANK = {
    "sample": 3,
    "state": "approved",
    "category": "general",
    "origin": {},
    "reason": None,
    "explanation": None,
    "raw": None,
    "imported_by": None,
    "parent": None,
    "variants": [],
    "rewrites": [],
    "contrasts": [],
    "revisions": [],
    "votes": [],
    "settlements": [],
    "facts": [],
    "posts": [],
    "comments": [],
    "reasons": [],
    "transitions": [],
    "exports": [],
}


def at(second):
    return f"2026-08-20T09:30:{second:02d}+00:00"


def test_what_happened_is_told_in_its_order_and_by_its_name():
    vote = {"user": "ana", "verdict": "reject", "revision": 0, "counted": False, "at": at(1)}
    ruling = {"user": "kit", "verdict": "approve", "revision": 0, "reason": "Fine.", "at": at(4)}
    back = ruling | {"verdict": None, "reason": "", "at": at(5)}
    freeze = {"kind": "freeze", "revision": 0, "user": None, "cause": "deleted", "at": at(3)}
    comment = {"user": "ben", "text": "Hm.", "revision": 0, "at": at(2)}
    why = {"user": "ana", "reason": "tone", "revision": 0, "at": at(2)}
    change = {"from": "frozen", "to": "approved", "cause": "settle", "at": at(4)}
    trace = BLANK | {
        "votes": [vote],
        "settlements": [ruling, back],
        "facts": [freeze],
        "comments": [comment],
        "reasons": [why],
        "transitions": [change],
    }
    assert list(told(trace))[3:] == [
        f"{at(1)}  vote: reject by ana on revision 0 (does not count)",
        f"{at(2)}  comment by ben: Hm.",
        f"{at(2)}  reason of ana for ❌ on revision 0: tone",
        f"{at(3)}  freeze on revision 0 (deleted)",
        f"{at(4)}  settlement: approve by kit on revision 0, because: Fine.",
        f"{at(4)}  state: frozen → approved (settle)",
        f"{at(5)}  settlement: taken back by kit on revision 0",
    ]


def test_an_origin_is_told_in_plain_words():
    origin = {
        "teacher": "replay:a.jsonl",
        "parameters": {"count": 5, "temperature": 0.7},
        "seeds": ["ab", "cd"],
        "about": "",
    }
    assert list(told(BLANK | {"origin": origin}))[1] == (
        "Origin: teacher replay:a.jsonl, parameters count=5 temperature=0.7, seeds ab cd"
    )


def test_a_variant_names_its_family_and_answers_for_contrast_stand_beside():
    answer = {"instruction": "a", "input": "", "output": "worse", "system": "", "history": []}
    contrast = {"kind": "weaker", "record": answer, "origin": {"teacher": "openai:m"}}
    wish = {"user": "ana", "wish": "shorter", "revision": 0, "state": "dropped", "at": at(1)}
    lines = list(
        told(BLANK | {"parent": 1, "variants": [7, 8], "contrasts": [contrast], "rewrites": [wish]})
    )
    assert "A variant of sample 1" in lines
    assert "Its variants: 7 8" in lines
    assert lines[lines.index("For contrast (weaker), by openai:m:") + 1] == "  worse"
    assert f"{at(1)}  wish of ana for revision 0 (dropped): shorter" in lines
