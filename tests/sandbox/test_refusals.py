"""The rarer refusals, method by method, and those of response_urls and uploads."""

import json

import pytest
from slack_sdk.errors import SlackApiError

from sandbox.emoji import CHARACTER_OF
from sandbox.methods.reactions import MOST_EMOJI, MOST_PER_PERSON

MODAL = {
    "type": "modal",
    "title": {"type": "plain_text", "text": "T"},
    "blocks": [{"type": "divider"}],
}
HOME = {"type": "home", "blocks": [{"type": "divider"}]}


def refusal_of(client, method, arguments):
    verb = "GET" if method in {"reactions.get", "users.list", "conversations.list"} else "POST"
    with pytest.raises(SlackApiError) as caught:
        client.api_call(method, http_verb=verb, params=arguments)
    return caught.value.response["error"]


@pytest.mark.parametrize(
    ("method", "arguments", "error"),
    [
        ("conversations.list", {"types": "public"}, "invalid_types"),
        ("conversations.list", {"cursor": "???"}, "invalid_cursor"),
        ("users.list", {"cursor": "bmV4dDp4"}, "invalid_cursor"),
        ("conversations.history", {"channel": "C0SUPPORTEN", "cursor": "eA=="}, "invalid_cursor"),
        ("conversations.history", {"channel": "C0SUPPORTEN", "cursor": "?"}, "invalid_cursor"),
        ("conversations.history", {"channel": "C0SUPPORTEN", "oldest": "x"}, "invalid_ts_oldest"),
        ("conversations.history", {"channel": "C0SUPPORTEN", "latest": "x"}, "invalid_ts_latest"),
        ("conversations.open", {}, "users_list_not_supplied"),
        ("conversations.open", {"users": "U0NOBODY"}, "user_not_found"),
        ("conversations.open", {"channel": "C0RANDOM"}, "method_not_supported_for_channel_type"),
        ("conversations.open", {"users": "U0ANA,U0BEN"}, "method_not_supported_for_channel_type"),
        ("bots.info", {"bot": "B0NONE"}, "bot_not_found"),
        ("team.info", {"team": "T0NONE"}, "team_not_found"),
        ("reactions.get", {}, "no_item_specified"),
        ("reactions.list", {"user": "U0NOBODY"}, "user_not_found"),
        ("files.getUploadURLExternal", {"filename": "a", "length": 0}, "invalid_arguments"),
        ("files.completeUploadExternal", {"files": "[]"}, "invalid_arguments"),
        ("files.completeUploadExternal", {"files": '[{"title": "x"}]'}, "invalid_arguments"),
        ("files.completeUploadExternal", {"files": '[{"id": "F0"}]'}, "file_not_found"),
        ("views.open", {"view": json.dumps(MODAL)}, "invalid_trigger_id"),
        ("views.open", {"view": json.dumps(HOME), "trigger_id": "1"}, "invalid_arguments"),
        ("views.open", {"view": "{", "trigger_id": "1"}, "invalid_arguments"),
        ("views.update", {"view": json.dumps(MODAL), "external_id": "x"}, "not_found"),
        ("views.publish", {"view": json.dumps(HOME), "user_id": "U0X"}, "invalid_arguments"),
        ("chat.update", {"channel": "C0SUPPORTEN", "ts": "1.0"}, "message_not_found"),
    ],
)
def test_slacks_code_is_answered(bot, method, arguments, error):
    assert refusal_of(bot, method, arguments) == error


def test_direct_messages_need_a_living_partner_that_one_may_meet(sandbox, bot):
    people = [{"name": "old", "deleted": True}, {"name": "far", "is_stranger": True}]
    sandbox.act("reset", people=people, channels=[{"name": "one", "members": ["old"]}])
    assert refusal_of(bot, "conversations.open", {"users": "U0OLD"}) == "user_disabled"
    assert refusal_of(bot, "conversations.open", {"users": "U0FAR"}) == "invalid_user_combination"


def test_a_private_channel_cannot_be_joined_nor_an_archived_one(sandbox, bot):
    channels = [
        {"name": "in", "is_private": True},
        {"name": "gone", "is_archived": True, "bot": False},
    ]
    sandbox.act("reset", channels=channels)
    refused = refusal_of(bot, "conversations.join", {"channel": "C0IN"})
    assert refused == "method_not_supported_for_channel_type"
    assert refusal_of(bot, "conversations.join", {"channel": "C0GONE"}) == "is_archived"
    assert bot.conversations_list(exclude_archived=True)["channels"] == []


def test_a_message_bears_only_so_many_emoji(sandbox, bot, channel):
    ts = bot.chat_postMessage(channel=channel, text="x")["ts"]
    names = list(CHARACTER_OF)
    handles = ("ana", "ben", "chen")
    for index, name in enumerate(names[:MOST_EMOJI]):
        client = sandbox.client(f"xoxp-{handles[index // 20]}")
        client.reactions_add(channel=channel, name=name, timestamp=ts)
    new = {"channel": channel, "timestamp": ts, "name": names[MOST_EMOJI]}
    assert refusal_of(bot, "reactions.add", new) == "too_many_emoji"
    for name in names[:MOST_PER_PERSON]:
        bot.reactions_add(channel=channel, name=name, timestamp=ts)
    new["name"] = names[MOST_PER_PERSON]
    assert refusal_of(bot, "reactions.add", new) == "too_many_reactions"


def test_an_external_id_is_unique(bot):
    view = HOME | {"external_id": "mine"}
    first = bot.views_publish(user_id="U0ANA", view=view)["view"]
    again = bot.views_publish(user_id="U0ANA", view=view, hash=first["hash"])["view"]
    assert again["id"] == first["id"]
    given = {"user_id": "U0BEN", "view": json.dumps(view)}
    assert refusal_of(bot, "views.publish", given) == "duplicate_external_id"
    given = {"user_id": "U0ANA", "view": json.dumps(view), "hash": first["hash"]}
    assert refusal_of(bot, "views.publish", given) == "hash_conflict"


def test_a_view_of_more_than_250_kb_is_too_large(bot):
    block = {"type": "section", "text": {"type": "plain_text", "text": "字" * 3000}}
    given = {"user_id": "U0ANA", "view": HOME | {"blocks": [block] * 30}}
    with pytest.raises(SlackApiError, match="view_too_large"):
        bot.api_call("views.publish", json=given)


def test_only_a_reply_can_be_broadcast_later(bot, channel):
    ts = bot.chat_postMessage(channel=channel, text="x")["ts"]
    reply = bot.chat_postMessage(channel=channel, text="y", thread_ts=ts)["ts"]
    given = {"channel": channel, "ts": ts, "text": "x", "reply_broadcast": True}
    assert refusal_of(bot, "chat.update", given) == "cant_broadcast_message"
    bot.chat_update(channel=channel, ts=reply, text="y", reply_broadcast=True)
    stamps = [m["ts"] for m in bot.conversations_history(channel=channel)["messages"]]
    assert stamps == [reply, ts]


def test_an_upload_takes_exactly_the_announced_bytes_once(sandbox, bot, ana):
    asked = bot.files_getUploadURLExternal(filename="a.txt", length=5)
    path = asked["upload_url"].removeprefix(sandbox.base)
    assert sandbox.fetch(path, b"four")[0] == 400
    assert sandbox.fetch(path, b"five!")[0] == 200
    assert sandbox.fetch(path, b"again")[0] == 404
    files = json.dumps([{"id": asked["file_id"]}])
    assert refusal_of(ana, "files.completeUploadExternal", {"files": files}) == "access_denied"
    too_many = {"files": files, "channels": ",".join(["C0SUPPORTEN"] * 101)}
    assert refusal_of(bot, "files.completeUploadExternal", too_many) == "channels_limit_exceeded"
    bot.files_completeUploadExternal(files=[{"id": asked["file_id"], "title": "a"}])
    status, headers, text = sandbox.fetch(f"/files/{asked['file_id']}/a.txt")
    kept = "attachment; filename*=UTF-8''a.txt"
    assert (status, headers["Content-Disposition"], text) == (200, kept, "five!")
    assert sandbox.fetch("/files/F0/a.txt")[0] == 404


@pytest.fixture
def response_url(sandbox, bolt, connect, channel):
    """The path of a response_url, of a click on a message of the bot."""
    urls = []

    @bolt.action("go")
    def note(ack, body):
        urls.append(body["response_url"])
        ack()

    connect(bolt)
    button = {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "go"}}
    ts = sandbox.client().chat_postMessage(
        channel=channel, text="card", blocks=[{"type": "actions", "elements": [button]}]
    )["ts"]
    sandbox.act("click", user="ana", channel=channel, ts=ts, action_id="go")
    return urls[0].removeprefix(sandbox.base)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"txt": "x"}, "invalid_payload"),
        ({}, "no_text"),
        ({"blocks": [{"type": "sparkle"}]}, "invalid_blocks"),
    ],
)
def test_a_response_is_checked_like_a_message(sandbox, response_url, body, error):
    assert sandbox.request(response_url, body) == (404, {"ok": False, "error": error})


def test_a_response_may_replace_or_delete_the_message_clicked(sandbox, response_url, bot, channel):
    sandbox.fetch(response_url, json.dumps({"text": "voted", "replace_original": True}))
    message = bot.conversations_history(channel=channel)["messages"][0]
    assert (message["text"], "blocks" in message) == ("voted", False)
    sandbox.fetch(response_url, json.dumps({"delete_original": True}))
    assert bot.conversations_history(channel=channel)["messages"] == []
    kinds = [entry["event"].get("subtype") for entry in sandbox.log("event")]
    assert kinds == [None, "message_changed", "message_deleted"]


def test_an_invented_response_url_is_refused(sandbox):
    status, answer = sandbox.request("/response/guessed", {"text": "x"})
    assert (status, answer["error"]) == (404, "expired_url")
    assert sandbox.log("response")[0]["answer"] == "expired_url"
