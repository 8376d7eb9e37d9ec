"""Block Kit at the door, beside Slack's published types and the models of slack_sdk."""

import importlib.util
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.blocks import message_problems, view_problems

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "text", "blocks", "elements", "title", "options", "block_id"]),
            inner | st.sampled_from(["section", "modal", "plain_text", "actions", "button"]),
            max_size=4,
        )
    ),
    max_leaves=12,
)


def plain(text, **more):
    return {"type": "plain_text", "text": text, **more}


def section(text, **more):
    return {"type": "section", "text": text, **more}


def actions(*elements):
    return {"type": "actions", "elements": [*elements]}


def button(**more):
    return {"type": "button", "action_id": "a", "text": plain("b"), **more}


def options(count):
    return [{"text": plain(f"{n}"), "value": f"{n}"} for n in range(count)]


def menu(kind, **more):
    return {"type": kind, "action_id": "m", "options": options(2), **more}


LONG_OPTION = [{"text": plain("x" * 76), "value": "v"}]
GOOD = [
    [section(plain("x" * 3000, emoji=False), expand=True)],
    [section({"type": "mrkdwn", "text": "*x*", "verbatim": True}, accessory=button())],
    [{"type": "section", "fields": [plain("x")] * 10}],
    [{"type": "header", "text": plain("x" * 150)}, {"type": "divider"}],
    [{"type": "context", "elements": [plain("x"), {"type": "mrkdwn", "text": "y"}]}],
    [actions(button(value="v" * 2000, style="primary"), menu("overflow"))],
    [actions(menu("static_select", placeholder=plain("p")))],
    [{"type": "image", "image_url": "https://example.org/x.png", "alt_text": "x"}],
    [{"type": "markdown", "text": "# x"}],
    [section(plain("x"), block_id="a"), section(plain("y"), block_id="b")],
]
BAD = [
    [section(plain("x" * 3001))],
    [section(plain(""))],
    [section({"type": "html", "text": "x"})],
    [section(plain("x"), colour="red")],
    [section({"text": "x"})],
    [{"type": "section"}],
    [{"type": "header", "text": plain("x" * 151)}],
    [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}],
    [{"type": "context", "elements": [plain("x")] * 11}],
    [actions()],
    [actions(*[button(action_id=f"{n}") for n in range(26)])],
    [actions(button(value="v" * 2001))],
    [actions(button(text=plain("x" * 76)))],
    [actions(button(style="warning"))],
    [actions(menu("overflow", options=options(6)))],
    [actions(menu("static_select", options=LONG_OPTION))],
    [{"type": "sparkle"}],
    [section(plain("x"), block_id="a"), section(plain("y"), block_id="a")],
    [{"type": "divider"}] * 51,
]


def modal(*blocks, **more):
    return {"type": "modal", "title": plain("T"), "blocks": [*blocks], **more}


INPUT = {
    "type": "input",
    "block_id": "output",
    "label": plain("l"),
    "element": {"type": "plain_text_input", "action_id": "output", "initial_value": "x" * 3000},
}
GOOD_VIEWS = [
    modal(INPUT, submit=plain("s" * 24), private_metadata="x" * 3000),
    modal(section(plain("x")), callback_id="c", notify_on_close=True),
    {"type": "home", "blocks": [{"type": "divider"}] * 100},
]
BAD_VIEWS = [
    modal(INPUT),
    modal(INPUT, submit=plain("s" * 25)),
    modal(INPUT, submit=plain("s"), private_metadata="x" * 3001),
    modal(INPUT, INPUT, submit=plain("s")),
    modal(section(plain("x")), title=plain("t" * 25)),
    modal({"type": "input", "label": plain("l"), "element": button()}, submit=plain("s")),
    {"type": "modal", "blocks": [section(plain("x"))]},
    {"type": "home", "blocks": [{"type": "divider"}] * 101},
    {"type": "sheet", "blocks": []},
    "modal",
]


@pytest.fixture(scope="module")
def published():
    from pathlib import Path

    path = Path(__file__).parents[2].parent / "shared" / "contracts" / "validate_blocks.py"
    if not path.exists():
        pytest.skip(f"the published contracts are not at {path.parent}")
    spec = importlib.util.spec_from_file_location("validate_blocks", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("blocks", GOOD)
def test_good_blocks_are_taken(blocks):
    assert message_problems(blocks) == []


@pytest.mark.parametrize("blocks", BAD)
def test_bad_blocks_are_refused_with_a_pointer(blocks):
    problems = message_problems(blocks)
    assert problems
    assert all("[json-pointer:/blocks" in problem for problem in problems)


@pytest.mark.parametrize("view", GOOD_VIEWS)
def test_good_views_are_taken(view):
    assert view_problems(view) == []


@pytest.mark.parametrize("view", BAD_VIEWS)
def test_bad_views_are_refused(view):
    assert view_problems(view)


@pytest.mark.parametrize(("kind", "cases"), [("blocks", GOOD), ("view", GOOD_VIEWS)])
def test_slack_takes_what_the_door_takes(published, kind, cases):
    for case in cases:
        assert published.errors(kind, case) == [], json.dumps(case)[:200]


# What the published checks let pass, though Slack does not.
ONLY_OURS = (
    [{"type": "section"}],
    [section(plain(""))],
    [actions()],
    [actions(menu("static_select", options=LONG_OPTION))],
)


def test_slack_refuses_what_the_door_refuses(published):
    for case in BAD:
        if case not in ONLY_OURS:
            assert published.errors("blocks", case), json.dumps(case)[:200]


@given(JSON)
def test_no_json_breaks_the_door(value):
    assert isinstance(message_problems(value), list)
    assert isinstance(view_problems(value), list)
