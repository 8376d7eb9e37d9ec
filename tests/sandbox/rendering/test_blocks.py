"""Every block and element that the door takes is shown; what it does not take is an error."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.blocks import BLOCKS, ELEMENTS, INPUTS, message_problems, view_problems
from sandbox.rendering import UNKNOWN, blocks_html, view_html


def plain(text, **more):
    return {"type": "plain_text", "text": text, **more}


def mrkdwn(text, **more):
    return {"type": "mrkdwn", "text": text, **more}


def option(value, **more):
    return {"text": plain(f"Option {value}"), "value": value, **more}


OPTIONS = [option("1"), option("2", description=plain("the second"))]
GROUPS = [{"label": plain("Group"), "options": OPTIONS}]
CONFIRM = {"title": plain("Sure?"), "text": mrkdwn("*Really?*"), "style": "danger"}
FEEDBACK = {"text": plain("Good"), "value": "up", "accessibility_label": "A good answer"}
HINT = {"placeholder": plain("Choose one")}
SAMPLES = {
    "button": {"text": plain("Go"), "value": "v", "style": "primary", "confirm": CONFIRM},
    "overflow": {"options": OPTIONS},
    "static_select": {"option_groups": GROUPS, "initial_option": OPTIONS[1], **HINT},
    "multi_static_select": {"options": OPTIONS, "initial_options": OPTIONS, **HINT},
    "users_select": {"initial_user": "U2", **HINT},
    "multi_users_select": {"initial_users": ["U1", "U9"]},
    "conversations_select": {"initial_conversation": "C1", "default_to_current_conversation": True},
    "channels_select": {"initial_channel": "C1"},
    "radio_buttons": {"options": OPTIONS, "initial_option": OPTIONS[0]},
    "checkboxes": {"options": OPTIONS, "initial_options": OPTIONS},
    "datepicker": {"initial_date": "2026-01-05"},
    "timepicker": {"initial_time": "09:00", "timezone": "Asia/Shanghai"},
    "image": {"alt_text": "growth", "image_url": "https://x.org/a.png"},
    "feedback_buttons": {"positive_button": FEEDBACK, "negative_button": {**FEEDBACK, "value": ""}},
    "icon_button": {"icon": "trash", "text": plain("Delete")},
    "plain_text_input": {"multiline": True, "initial_value": "\n\nx", "placeholder": plain("…")},
    "number_input": {"is_decimal_allowed": False, "initial_value": "3", "max_value": "9"},
}


def element(kind, **more):
    ids = {} if kind == "image" else {"action_id": "act"}
    return {"type": kind, **ids, **SAMPLES[kind], **more}


def input_block(kind, **more):
    return {
        "type": "input",
        "block_id": "f",
        "label": plain("Field"),
        "element": element(kind),
        **more,
    }


def modal(*blocks):
    return {"type": "modal", "title": plain("T"), "submit": plain("Save"), "blocks": [*blocks]}


def rich_text(*parts):
    return {"type": "rich_text", "elements": [*parts]}


LINE = [{"type": "text", "text": "said", "style": {"bold": True, "italic": True}}]
RICH = [
    {"type": "rich_text_section", "elements": LINE},
    {"type": "rich_text_list", "style": "ordered", "indent": 1, "offset": 2,
     "elements": [{"type": "rich_text_section", "elements": LINE}]},
    {"type": "rich_text_quote", "border": 1, "elements": LINE},
    {"type": "rich_text_preformatted", "language": "py", "elements": LINE},
]  # fmt: skip
EVERY_BLOCK = {
    "section": {"text": plain("said"), "fields": [mrkdwn("*said*")] * 2, "expand": True},
    "divider": {},
    "header": {"text": plain("said")},
    "image": {"alt_text": "said", "slack_file": {"id": "F1"}, "title": plain("Growth")},
    "context": {"elements": [plain("said"), mrkdwn("_said_"), element("image")]},
    "actions": {"elements": [element("button", action_id="said")]},
    "context_actions": {"elements": [element("feedback_buttons")]},
    "rich_text": {"elements": RICH},
    "markdown": {"text": "# said\n\n- **a**\n\n| a | b |\n|--:|---|\n| 1 | ~~2~~ |"},
}


def one(kind):
    return {"type": kind, "block_id": "b", **EVERY_BLOCK[kind]}


def test_there_is_a_sample_of_all_that_the_door_takes():
    assert EVERY_BLOCK.keys() == BLOCKS.keys()
    assert SAMPLES.keys() == ELEMENTS.keys() | INPUTS.keys()


@pytest.mark.parametrize("kind", BLOCKS)
def test_every_block_is_shown(shown, names, kind):
    block = one(kind)
    assert message_problems([block]) == []
    (node,) = shown(blocks_html([block], names)).inside
    assert node.attributes["class"] == f"bk bk-{kind}"
    assert node.attributes["data-block-id"] == "b"
    assert node.inside
    assert kind in {"divider", "image", "actions", "context_actions"} or "said" in node.text


@pytest.mark.parametrize("kind", ELEMENTS)
def test_every_element_is_shown_wherever_the_door_takes_it(shown, names, kind):
    places = [
        {"type": "actions", "elements": [element(kind)]},
        {"type": "context", "elements": [element(kind)]},
        {"type": "context_actions", "elements": [element(kind)]},
        {"type": "section", "text": plain("x"), "accessory": element(kind)},
    ]
    taken = [block for block in places if not message_problems([block])]
    assert taken
    for block in taken:
        hooked = shown(blocks_html([block], names)).find(data_action_id="act")
        assert bool(hooked) is (kind != "image")


@pytest.mark.parametrize("kind", INPUTS)
def test_every_input_is_shown_with_its_label(shown, names, kind):
    block = input_block(kind, hint=plain("A hint"), optional=True)
    view = modal(block)
    assert view_problems(view) == []
    tree = shown(view_html(view, {}, names))
    (head,) = tree.find(look="bk-label")
    assert head.text == "Field (optional)"
    (field,) = tree.find(id="in-f")
    if head.tag == "label":
        assert head.attributes["for"] == "in-f"
        assert field.attributes["name"] == "f"
    else:
        assert field.attributes["aria-labelledby"] == head.attributes["id"]
    assert [node.text for node in tree.find("p")] == ["A hint", ""]
    (error,) = tree.find("p", id="err-f")
    assert {"role", "hidden"} <= error.attributes.keys()
    assert {node.attributes["data-element"] for node in tree.find(data_action_id="act")} == {kind}


@pytest.mark.parametrize(
    "block",
    [
        {"type": "video", "title": plain("x")},
        {"type": "input", "label": plain("x"), "element": {"type": "email_text_input"}},
        {"type": "actions", "elements": [{"type": "workflow_button"}]},
        {"type": "section", "text": {"type": "html", "text": "x"}},
        rich_text({"type": "rich_text_table", "elements": []}),
        rich_text({"type": "rich_text_section", "elements": [{"type": "team"}]}),
        rich_text({"type": "rich_text_section", "elements": "text"}),
        {"type": "image", "alt_text": "x", "slack_file": {"id": "F9"}},
        {"type": "image", "alt_text": "x", "image_url": "javascript:alert(1)"},
        {"type": "image", "alt_text": "x", "slack_file": "F1"},
        {"type": "image", "alt_text": "x"},
        {"type": "actions", "elements": [element("button", url="javascript:alert(1)")]},
        {"type": "context_actions", "elements": [element("feedback_buttons", positive_button=[])]},
        {"type": "context_actions", "elements": [element("icon_button", icon="bomb")]},
        {},
    ],
    ids=repr,
)  # fmt: skip
def test_what_cannot_be_shown_is_an_error_in_its_place(read, names, block):
    html = blocks_html([block, one("header")], names)
    assert UNKNOWN in html
    tree = read(html)
    (error,) = tree.find(look="bk-unknown")
    assert error.attributes["role"] == "alert"
    assert error.text == f"This block cannot be shown here: {error.attributes['data-unknown']}"
    assert tree.find("h3")


def test_no_text_looks_like_the_error(names):
    assert UNKNOWN not in blocks_html([{"type": "header", "text": plain(UNKNOWN)}], names)


# Details --------------------------------------------------------------------------------------


def actions(kind, **more):
    return [{"type": "actions", "block_id": "b", "elements": [element(kind, **more)]}]


def test_a_button_carries_what_a_click_needs(shown, names):
    (button,) = shown(blocks_html(actions("button", accessibility_label="Go on"), names)).find(
        "button"
    )
    assert button.text == "Go"
    given = button.attributes
    assert json.loads(given.pop("data-confirm")) == CONFIRM
    assert given == {
        "type": "button", "class": "bk-button bk-primary", "data-element": "button",
        "data-action-id": "act", "data-block-id": "b", "data-value": "v", "aria-label": "Go on",
    }  # fmt: skip


def test_a_button_with_an_address_is_a_link(shown, names):
    (button,) = shown(blocks_html(actions("button", url="https://x.org"), names)).find("a")
    assert button.attributes["href"] == "https://x.org"
    assert button.attributes["data-element"] == "button"


def test_an_overflow_menu_is_hidden_behind_its_button(shown, names):
    tree = shown(blocks_html(actions("overflow"), names))
    toggle, *entries = tree.find("button")
    assert toggle.attributes["data-element"] == "overflow-toggle"
    assert "hidden" in tree.find(role="menu")[0].attributes
    assert [entry.attributes["data-value"] for entry in entries] == ["1", "2"]
    assert [entry.text for entry in entries] == ["Option 1", "Option 2the second"]


def test_a_menu_begins_with_its_placeholder(shown, names):
    (menu,) = shown(blocks_html(actions("static_select"), names)).find("select")
    first, one_, two = menu.find("option")
    assert (first.text, first.attributes["value"]) == ("Choose one", "")
    assert {"disabled", "selected"} <= first.attributes.keys()
    assert "selected" not in one_.attributes
    assert (two.text, "selected" in two.attributes) == ("Option 2 – the second", True)
    assert menu.attributes["aria-label"] == "Choose one"
    assert menu.find("optgroup", label="Group")


def test_nothing_is_a_choice_where_nothing_is_required(shown, names):
    for optional in (True, False):
        view = modal(input_block("static_select", optional=optional))
        (menu,) = shown(view_html(view, {}, names)).find("select")
        assert ("disabled" in menu.find("option")[0].attributes) is not optional
        assert ("required" in menu.attributes) is not optional


def test_menus_of_people_and_places_list_them_by_name(shown, names):
    def texts(kind):
        return [node.text for node in shown(blocks_html(actions(kind), names)).find("option")[1:]]

    assert texts("users_select") == ["陈薇", "ana"]
    assert texts("channels_select") == ["#general"]
    assert texts("conversations_select") == ["#general", "@ana", "@陈薇"]
    listed = shown(blocks_html(actions("multi_users_select"), names)).find("option")
    selected = [node.text for node in listed if "selected" in node.attributes]
    assert selected == ["ana", "U9"]


@pytest.mark.parametrize(
    ("kind", "state", "chosen"),
    [
        ("plain_text_input", {"value": "\nnew"}, "\nnew"),
        ("plain_text_input", {"value": None}, ""),
        ("number_input", {"value": "4"}, "4"),
        ("datepicker", {"selected_date": "2026-02-01"}, "2026-02-01"),
        ("timepicker", {"selected_time": "10:30"}, "10:30"),
        ("static_select", {"selected_option": OPTIONS[0]}, ["1"]),
        ("multi_static_select", {"selected_options": []}, []),
        ("radio_buttons", {"selected_option": OPTIONS[1]}, ["2"]),
        ("checkboxes", {"selected_options": [OPTIONS[0]]}, ["1"]),
        ("users_select", {"selected_user": "U1"}, ["U1"]),
        ("channels_select", {"selected_channel": "C7"}, ["C7"]),
    ],
)
def test_what_a_person_typed_outlasts_what_the_field_began_with(shown, names, kind, state, chosen):
    typed = {"f": {"act": {"type": kind, **state}}}
    tree = shown(view_html(modal(input_block(kind)), typed, names))
    if isinstance(chosen, list):
        marked = [node for node in tree.all() if {"selected", "checked"} & node.attributes.keys()]
        values = [node.attributes["value"] for node in marked if node.attributes["value"]]
    else:
        (field,) = tree.find(id="in-f")
        values = field.text if field.tag == "textarea" else field.attributes["value"]
    assert values == chosen


def test_a_text_field_says_what_it_takes_and_when_it_tells(shown, names):
    typing = {"trigger_actions_on": ["on_character_entered"]}
    field = element("plain_text_input", min_length=2, max_length=5, dispatch_action_config=typing)
    block = {**input_block("plain_text_input"), "element": field, "dispatch_action": True}
    (area,) = shown(view_html(modal(block), {}, names)).find("textarea")
    assert area.text == "\n\nx"
    assert area.attributes["data-dispatch"] == "on_character_entered"
    assert (area.attributes["minlength"], area.attributes["maxlength"]) == ("2", "5")
    assert "required" in area.attributes


def test_a_picture_is_a_file_of_the_workspace_or_an_address(shown, names):
    for member, source in (
        ({"slack_file": {"id": "F1"}}, "/files/F1/growth.png"),
        ({"slack_file": {"url": "https://slack.example/f1"}}, "/files/F1/growth.png"),
        ({"image_url": "https://x.org/a.png"}, "https://x.org/a.png"),
    ):
        block = {"type": "image", "alt_text": "Growth", **member}
        (image,) = shown(blocks_html([block], names)).find("img")
        assert image.attributes == {"alt": "Growth", "loading": "lazy", "src": source}


# Rich text ------------------------------------------------------------------------------------


def line(*elements):
    return [rich_text({"type": "rich_text_section", "elements": [*elements]})]


@pytest.mark.parametrize(
    ("part", "text", "tag", "attributes"),
    [
        ({"type": "user", "user_id": "U1"}, "@ana", "span", {"data-user": "U1"}),
        ({"type": "channel", "channel_id": "C1"}, "#general", "span", {"data-channel": "C1"}),
        ({"type": "usergroup", "usergroup_id": "S1"}, "@doctors", "span", {"data-usergroup": "S1"}),
        ({"type": "broadcast", "range": "here"}, "@here", "span", {"class": "mention mention-all"}),
        ({"type": "link", "url": "https://x.org"}, "https://x.org", "a", {"href": "https://x.org"}),
        ({"type": "link", "url": "https://x.org", "text": "x"}, "x", "a", {"href": "https://x.org"}),
        ({"type": "link", "url": "javascript:x", "text": "x"}, "x (javascript:x)", "div", {}),
        ({"type": "emoji", "name": "x", "unicode": "274c"}, "❌", "div", {}),
        ({"type": "emoji", "name": "+1", "unicode": "1f44d-1f3fd"}, "👍🏽", "div", {}),
        ({"type": "emoji", "name": "tada"}, "🎉", "div", {}),
        ({"type": "emoji", "name": "nope", "unicode": "ffffff"}, ":nope:", "div", {}),
        ({"type": "date", "timestamp": 12, "format": "{time}", "fallback": "then"}, "then", "time",
         {"data-ts": "12", "data-format": "{time}"}),
        ({"type": "date", "timestamp": 12}, "12", "time", {"data-ts": "12"}),
        ({"type": "color", "value": "#ff0000"}, "#ff0000", "span", {"class": "bk-color"}),
        ({"type": "text", "text": "*a* :x: <@U1>\n b", "style": {"code": True}},
         "*a* :x: <@U1>\n b", "code", {}),
        ({"type": "text", "text": "a", "style": {"underline": True, "bold": False}}, "a", "u", {}),
    ],
)  # fmt: skip
def test_what_stands_in_a_line_of_rich_text(shown, names, part, text, tag, attributes):
    tree = shown(blocks_html(line(part), names))
    assert tree.text == text
    assert any(attributes.items() <= node.attributes.items() for node in tree.find(tag))


def test_lists_are_numbered_by_their_indent_from_their_offset(shown, names):
    tree = shown(blocks_html([one("rich_text")], names))
    (listed,) = tree.find("ol")
    wanted = {"class": "bk-list", "start": "3", "type": "a", "data-indent": "1"}
    assert wanted.items() <= listed.attributes.items()
    (quote,) = tree.find("blockquote")
    assert quote.attributes["class"] == "bk-raw bk-bordered"
    assert tree.find("pre", data_language="py")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["type", "text", "style", "url", "unicode", "elements", "name", "timestamp"]
            ),
            inner | st.sampled_from(["text", "link", "emoji", "date", "rich_text_section"]),
            max_size=5,
        )
    ),
    max_leaves=15,
)


@settings(deadline=None)
@given(JSON)
def test_nothing_that_the_door_leaves_open_breaks_the_page(read, names, junk):
    blocks = [
        rich_text({"type": "rich_text_section", "elements": [junk]}),
        rich_text({**RICH[1], "elements": [junk], "indent": junk, "offset": junk}),
        {"type": "image", "alt_text": "x", "slack_file": junk},
        {
            "type": "context_actions",
            "elements": [element("feedback_buttons", negative_button=junk)],
        },
        *actions("conversations_select", filter=junk),
    ]
    read(blocks_html(blocks, names))
    field = element("plain_text_input", dispatch_action_config=junk)
    block = {**input_block("plain_text_input"), "element": field, "dispatch_action": True}
    read(view_html(modal(block), {}, names))


# Markdown -------------------------------------------------------------------------------------


def markdown(text):
    return [{"type": "markdown", "text": text}]


def test_a_markdown_block_is_standard_markdown(shown, names):
    tree = shown(blocks_html(markdown(
        "# Title\n\n1. **bold** *it* ~~no~~ `<b>`\n\n> [link](https://x.org) :x:\n\n---\n\n"
        "```py\na\n\nb\n```\n![alt](https://x.org/i.png)\n\n| a |\n|--:|\n| 1 |\n\na\nb"
    ), names))  # fmt: skip
    for name, text in (
        ("h3", "Title"), ("b", "bold"), ("i", "it"), ("s", "no"), ("code", "<b>"),
        ("pre", "a\n\nb"), ("blockquote", "link ❌"), ("th", "a"), ("td", "1"),
    ):  # fmt: skip
        assert [node.text for node in tree.find(name)] == [text]
    assert [node.attributes["href"] for node in tree.find("a")] == [
        "https://x.org",
        "https://x.org/i.png",
    ]
    assert tree.find("div")[-1].text == "a\nb"


@pytest.mark.parametrize(
    "text",
    [
        "<script>x</script>",
        "[x](javascript:alert(1))",
        "<javascript:x>",
        "[x](/relative)",
        "> " * 60 + "x",
    ],
)
def test_markdown_that_is_no_harm_or_too_deep_is_shown_as_written(shown, names, text):
    assert shown(blocks_html(markdown(text), names)).text == text
