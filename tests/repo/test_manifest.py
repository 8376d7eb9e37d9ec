"""manifest.yml against Slack's schema and against what the code calls and listens for."""

import ast
import json
import re

import jsonschema
import pytest
from ruamel.yaml import YAML
from slack_sdk import WebClient

from bot.doctor import SCOPES

# Where Slack offers a scope per kind of conversation, the kinds in which Winnow uses the method:
# public and private channels, and direct messages where a notice to a curator is looked for.
CHOSEN = {
    "conversations.history": {"channels:history", "groups:history", "im:history"},
    "conversations.info": {"channels:read", "groups:read"},
    "conversations.list": {"channels:read", "groups:read"},
    "conversations.members": {"channels:read", "groups:read"},
    "conversations.open": {"im:write"},
    "conversations.replies": {"channels:history", "groups:history"},
}

# Each on its page under https://docs.slack.dev/reference/events/; app_home_opened needs none.
EVENT_SCOPES = {
    "channel_archive": "channels:read",
    "channel_unarchive": "channels:read",
    "group_archive": "groups:read",
    "group_unarchive": "groups:read",
    "member_joined_channel": "channels:read",
    "member_left_channel": "channels:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "reaction_added": "reactions:read",
    "reaction_removed": "reactions:read",
    "subteam_members_changed": "usergroups:read",
}

CLIENT_METHODS = {
    name for name in dir(WebClient) if re.fullmatch(r"[a-z]+_\w+", name) and name != "api_call"
}
COMPOSED = {
    "files_upload_v2": {"files.getUploadURLExternal", "files.completeUploadExternal"},
}


@pytest.fixture(scope="module")
def manifest(root):
    return YAML(typ="safe").load((root / "manifest.yml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def bot(root):
    """The syntax trees of the Slack edge."""
    paths = sorted((root / "bot").rglob("*.py"))
    return [ast.parse(path.read_text(encoding="utf-8")) for path in paths]


def nodes(trees, kind):
    return [node for tree in trees for node in ast.walk(tree) if isinstance(node, kind)]


def literals(trees):
    return {n.value for n in nodes(trees, ast.Constant) if isinstance(n.value, str)}


def registered(trees, kind):
    """The names given to `app.KIND("name")`."""
    calls = [
        call
        for call in nodes(trees, ast.Call)
        if isinstance(call.func, ast.Attribute) and call.func.attr == kind and call.args
    ]
    return {
        call.args[0].value
        for call in calls
        if isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str)
    }


def methods_called(trees, published):
    """Web API methods by their dotted names: `client.chat_update`, "chat_update", "chat.update"."""
    by_client_name = {name.replace(".", "_"): {name} for name in published} | COMPOSED
    named = {node.attr for node in nodes(trees, ast.Attribute)} | literals(trees)
    called = literals(trees) & published
    for name in named & CLIENT_METHODS:
        called |= by_client_name.get(name, {name})
    return called


def events_named(trees, contracts):
    """Event types of Slack's that the code names, wherever it names them."""
    text = (contracts / "slack-types-3.2.0.WinnowEvent.schema.json").read_text(encoding="utf-8")
    types = {
        shape.get("properties", {}).get("type", {}).get("const")
        for name, shape in json.loads(text)["definitions"].items()
        if name.endswith("Event")
    }
    return literals(trees) & (types - {None})


def test_the_manifest_passes_slacks_schema(manifest, contracts):
    major = manifest["_metadata"]["major_version"]
    schema = json.loads((contracts / f"manifest.schema.{major}.0.0.json").read_text("utf-8"))
    errors = jsonschema.Draft7Validator(schema).iter_errors(manifest)
    assert [error.message for error in errors] == []


def test_scopes_are_exactly_those_the_code_needs(manifest, bot, contracts):
    published = {
        path.stem: set(json.loads(path.read_text("utf-8"))["scope"].get("bot", []))
        for path in (contracts / "slack-api-ref").glob("*.json")
    }
    called = methods_called(bot, set(published))
    assert called - set(published) == set(), "no published contract says what these need"
    assert {m for m, scopes in CHOSEN.items() if not scopes <= published[m]} == set()
    needed = {scope for method in called for scope in CHOSEN.get(method, published[method])}
    subscribed = set(manifest["settings"]["event_subscriptions"]["bot_events"])
    needed |= {EVENT_SCOPES[event] for event in subscribed - {"app_home_opened"}}
    needed |= {"commands"} if registered(bot, "command") else set()
    assert manifest["oauth_config"]["scopes"] == {"bot": sorted(needed)}


def test_the_doctor_looks_for_the_manifests_scopes(manifest):
    assert sorted(SCOPES) == manifest["oauth_config"]["scopes"]["bot"]


def test_subscriptions_are_exactly_the_events_the_code_knows(manifest, bot, contracts):
    subscribed = manifest["settings"]["event_subscriptions"]["bot_events"]
    assert {name.partition(".")[0] for name in subscribed} == events_named(bot, contracts)
    assert subscribed == sorted(subscribed)


def test_commands_and_shortcuts_are_exactly_those_the_code_answers(manifest, bot):
    features = manifest["features"]
    commands = {name for name in registered(bot, "command") if name.startswith("/")}
    assert {each["command"] for each in features["slash_commands"]} == commands
    shortcuts = {each["callback_id"]: each["type"] for each in features["shortcuts"]}
    assert len(shortcuts) == len(features["shortcuts"])
    assert shortcuts == {
        name: kind for kind in ("message", "global") for name in registered(bot, f"{kind}_shortcut")
    }
    assert registered(bot, "shortcut") == set(), "this one does not say of which kind it is"


def test_buttons_and_socket_mode_are_switched_on(manifest, bot):
    settings = manifest["settings"]
    uses_buttons = any(node.attr in {"action", "view"} for node in nodes(bot, ast.Attribute))
    uses_sockets = "SocketModeHandler" in {node.id for node in nodes(bot, ast.Name)}
    assert settings["interactivity"]["is_enabled"] == uses_buttons
    assert settings["socket_mode_enabled"] == uses_sockets


def test_every_scope_says_why_it_is_asked_for(root):
    text = (root / "manifest.yml").read_text(encoding="utf-8")
    section = text.partition("    bot:\n")[2].partition("\nsettings:")[0]
    bare = [line for line in section.splitlines() if line.strip() and not re.search(r"# \w", line)]
    assert bare == []
