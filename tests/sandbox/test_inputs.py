"""What a person fills in, as `state.values`, and what Slack's client itself complains of."""

import pytest

from sandbox.inputs import choose, elements, missing, state_of, typed_values, with_ids
from sandbox.refusals import BadRequest


def text(words):
    return {"type": "plain_text", "text": words}


OPTIONS = [{"text": text("One"), "value": "1"}, {"text": text("Two"), "value": "2"}]


def field(block_id, kind, **more):
    optional = more.pop("optional", False)
    element = {"type": kind, "action_id": block_id, **more}
    block = {"type": "input", "block_id": block_id, "label": text("l"), "element": element}
    return block | {"optional": optional}


@pytest.mark.parametrize(
    ("element", "given", "state"),
    [
        ({"type": "plain_text_input"}, " x ", {"value": " x "}),
        ({"type": "plain_text_input"}, "", {"value": None}),
        ({"type": "static_select", "options": OPTIONS}, "2", {"selected_option": OPTIONS[1]}),
        (
            {"type": "static_select", "option_groups": [{"label": text("g"), "options": OPTIONS}]},
            "1",
            {"selected_option": OPTIONS[0]},
        ),
        ({"type": "radio_buttons", "options": OPTIONS}, None, {"selected_option": None}),
        ({"type": "checkboxes", "options": OPTIONS}, ["1", "2"], {"selected_options": OPTIONS}),
        ({"type": "checkboxes", "options": OPTIONS}, "1", {"selected_options": OPTIONS[:1]}),
        ({"type": "users_select"}, "U0ANA", {"selected_user": "U0ANA"}),
        ({"type": "datepicker"}, "2026-01-31", {"selected_date": "2026-01-31"}),
    ],
)
def test_each_element_keeps_what_was_given_in_slacks_form(element, given, state):
    assert choose(element, given) == {"type": element["type"], **state}


@pytest.mark.parametrize(
    ("element", "sentence"),
    [
        ({"type": "button"}, "takes no value"),
        ({"type": "static_select", "options": OPTIONS}, "no option '3'; it has '1', '2'"),
    ],
)
def test_what_cannot_be_given_is_said(element, sentence):
    with pytest.raises(BadRequest) as caught:
        choose(element, "3")
    assert sentence in caught.value.sentence


def test_an_unknown_input_is_said_with_those_there_are():
    with pytest.raises(BadRequest, match="no input 'nope'; it has a"):
        typed_values([field("a", "plain_text_input")], {"nope": "x"})


def test_untouched_elements_have_what_they_began_with_or_nothing():
    blocks = [
        field("a", "plain_text_input", initial_value="old"),
        field("b", "checkboxes", options=OPTIONS),
        {"type": "section", "block_id": "c", "text": text("x"), "accessory": {"type": "image"}},
    ]
    assert state_of(blocks, {}) == {
        "a": {"a": {"type": "plain_text_input", "value": "old"}},
        "b": {"b": {"type": "checkboxes", "selected_options": []}},
    }


@pytest.mark.parametrize(
    ("block", "given", "error"),
    [
        (field("a", "plain_text_input"), "", "Please complete this required field."),
        (field("a", "plain_text_input", optional=True), "", None),
        (field("a", "plain_text_input", min_length=3), "xx", "Must be at least 3 characters."),
        (field("a", "plain_text_input", max_length=3), "xxxx", "Must be at most 3 characters."),
        (field("a", "plain_text_input"), "x" * 3001, "Must be at most 3000 characters."),
        (field("a", "static_select", options=OPTIONS), "1", None),
    ],
)
def test_slacks_client_complains_before_it_submits(block, given, error):
    state = state_of([block], typed_values([block], {"a": given}))
    assert missing([block], state) == ({"a": error} if error else {})


def test_ids_are_filled_in_where_they_are_missing_and_kept_where_not():
    button = {"type": "button", "text": text("b")}
    blocks = with_ids(
        [
            {"type": "actions", "elements": [button, button | {"action_id": "mine"}]},
            {"type": "section", "block_id": "kept", "text": text("x"), "accessory": button},
        ]
    )
    assert blocks[0]["block_id"]
    assert blocks[1]["block_id"] == "kept"
    ids = [element["action_id"] for _, element in elements(blocks)]
    assert ids[1] == "mine"
    assert len(set(ids)) == 3
    assert "action_id" not in button
