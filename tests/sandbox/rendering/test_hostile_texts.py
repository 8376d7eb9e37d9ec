"""Texts that would break a page, in every place where a block can hold one."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.rendering import Names, blocks_html, view_html

LOST = {"\0": "\N{REPLACEMENT CHARACTER}"} | {
    chr(code): "\N{REPLACEMENT CHARACTER}" for code in range(0xD800, 0xE000)
}
AS_SHOWN = str.maketrans(LOST)
NOBODY = Names()
PLACES = 14
"""Plain texts of `everywhere` that are elements of their own, before its rich text."""


def plain(text):
    return {"type": "plain_text", "text": text, "emoji": False}


def option(text):
    return {"text": plain(text), "value": text, "description": plain(text)}


def everywhere(text):
    """Blocks that say the text in every member that holds one."""
    said, ids = plain(text), {"block_id": text, "type": "section"}
    confirm = {"title": said, "text": said, "confirm": said, "deny": said}
    asked = {"action_id": text, "placeholder": said, "confirm": confirm}
    button = {"type": "button", "text": said, "value": text, "accessibility_label": text}
    options = {"options": [option(text)]}
    elements = [
        {**button, "action_id": text, "confirm": confirm},
        {"type": "overflow", "action_id": text, **options},
        {"type": "static_select", **asked, **options, "initial_option": option(text)},
        {"type": "multi_static_select", **asked, "option_groups": [{"label": said, **options}]},
        {"type": "radio_buttons", "action_id": text, **options},
        {"type": "checkboxes", "action_id": text, **options},
        {"type": "users_select", **asked, "initial_user": text},
        {"type": "timepicker", "action_id": text, "initial_time": text, "timezone": text},
    ]
    thumb = {"text": said, "value": text}
    image = {"type": "image", "alt_text": text, "image_url": f"https://x.org/{text}"}
    return [
        {**ids, "text": said, "fields": [said, said], "accessory": elements[0]},
        {"type": "header", "text": said},
        {"type": "context", "elements": [said, image]},
        {"type": "actions", "block_id": text, "elements": elements},
        {"type": "context_actions", "elements": [
            {"type": "feedback_buttons", "positive_button": thumb, "negative_button": thumb},
            {"type": "icon_button", "icon": "trash", "text": said, "value": text},
        ]},
        {**image, "title": said},
        {"type": "rich_text", "elements": rich(text)},
        {"type": "markdown", "text": text},
    ]  # fmt: skip


def rich(text):
    parts = [
        {"type": kind, **dict.fromkeys(keys, text)}
        for kind, keys in {
            "text": ["text"],
            "link": ["url", "text"],
            "emoji": ["name", "unicode"],
            "user": ["user_id"],
            "channel": ["channel_id"],
            "usergroup": ["usergroup_id"],
            "broadcast": ["range"],
            "date": ["fallback", "format", "url"],
            "color": ["value"],
            text: ["text"],
        }.items()
    ]
    kinds = ("rich_text_section", "rich_text_quote", "rich_text_preformatted")
    said = [{"type": kind, "elements": parts, "language": text} for kind in kinds]
    return [*said, {"type": "rich_text_list", "style": text, "elements": said}]


def inputs(text):
    said = plain(text)
    for kind in ("plain_text_input", "number_input", "datepicker", "checkboxes"):
        yield {
            "type": "input",
            "block_id": text,
            "label": said,
            "hint": said,
            "element": {
                "type": kind,
                "action_id": text,
                "placeholder": said,
                "options": [option(text)],
                "multiline": True,
                "is_decimal_allowed": True,
                "initial_value": text,
                "initial_date": text,
            },
        }


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_plain_text_is_shown_exactly_wherever_it_stands(read, hostile, data):
    text = data.draw(hostile)
    tree = read(blocks_html(everywhere(text)[:6], NOBODY))
    said = [node.text for node in tree.find(look="bk-raw")]
    assert said == [text.translate(AS_SHOWN)] * PLACES


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_what_a_click_sends_back_is_what_the_app_gave(read, hostile, data):
    text = data.draw(hostile)
    tree = read(blocks_html(everywhere(text)[:6], NOBODY))
    for name in ("data-value", "data-action-id"):
        values = {node.attributes[name] for node in tree.all() if name in node.attributes}
        assert values - {""} == {text.translate(AS_SHOWN)}
    confirms = {node.attributes.get("data-confirm") for node in tree.all()} - {None}
    assert {json.loads(confirm)["text"]["text"] for confirm in confirms} == {text}


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_whatever_is_said_anywhere_the_html_is_harmless(read, hostile, data):
    text = data.draw(hostile)
    names = Names(
        people={text: text, "U1": text},
        channels={text: text},
        usergroups={text: text},
        files={text: text},
    )
    read(blocks_html(everywhere(text), names))
    mixed = json.loads(json.dumps(everywhere(text)).replace('"plain_text"', '"mrkdwn"'))
    read(blocks_html(mixed, names))
    view = {"type": "modal", "blocks": [*inputs(text), *everywhere(text)]}
    typed = {
        text: {text: {"value": text, "selected_date": text, "selected_options": [option(text)]}}
    }
    read(view_html(view, typed, names))
    read(view_html(view, {}, names))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_field_holds_exactly_what_was_typed(read, hostile, data):
    text = data.draw(hostile)
    view = {"type": "modal", "blocks": list(inputs(text))[:1]}
    (area,) = read(view_html(view, {}, NOBODY)).find("textarea")
    assert area.text == text.translate(AS_SHOWN)


def test_a_text_cannot_turn_what_stands_beside_it(read):
    """Each text has a direction of its own: a browser isolates what `dir` is said of."""
    text = "\u202eevil\u2067"
    names = Names(people={"U1": text}, channels={"C1": text}, usergroups={"S1": text})
    mentions = {
        "type": "mrkdwn",
        "text": f"<@U1> <#C1> <!subteam^S1> <https://x.org|{text}> `{text}`",
    }
    section = {"type": "section", "text": mentions}
    tree = read(blocks_html([section, *everywhere(text)[:7]], names))

    def isolated(node, inside):
        inside = inside or node.attributes.get("dir") == "auto"
        for each in node.inside:
            if isinstance(each, str):
                assert inside or text not in each, node
            else:
                isolated(each, inside)

    isolated(tree, False)
    assert [node.text for node in tree.find(look="mention")[:3]] == [
        f"@{text}",
        f"#{text}",
        f"@{text}",
    ]
