"""Methods, membership, limits and error codes, through the official client."""

import pytest
from slack_sdk.errors import SlackApiError

from sandbox.manifest import Installed


def error_of(call, *args, **kwargs):
    with pytest.raises(SlackApiError) as caught:
        call(*args, **kwargs)
    return caught.value.response["error"]


def section(text, **more):
    return {"type": "section", "text": {"type": "plain_text", "text": text}, **more}


@pytest.fixture
def posted(bot, channel):
    return bot.chat_postMessage(channel=channel, text="card")["ts"]


def test_a_post_is_found_in_the_history_with_its_metadata_only_on_request(bot, channel):
    metadata = {"event_type": "sample", "event_payload": {"key": "k1"}}
    ts = bot.chat_postMessage(channel=channel, text="a & b < c", metadata=metadata)["ts"]
    plain = bot.conversations_history(channel=channel)["messages"][0]
    full = bot.conversations_history(channel=channel, include_all_metadata=True)["messages"][0]
    assert (ts, "a &amp; b &lt; c", "B0WINNOW") == (plain["ts"], plain["text"], plain["bot_id"])
    assert "metadata" not in plain
    assert metadata == full["metadata"]


def test_an_update_keeps_blocks_and_metadata_that_it_does_not_name(bot, channel):
    metadata = {"event_type": "sample", "event_payload": {"key": "k1"}}
    ts = bot.chat_postMessage(
        channel=channel, text="t", blocks=[section("body")], metadata=metadata
    )["ts"]
    kept = bot.chat_update(channel=channel, ts=ts, text="new")["message"]
    assert (kept["text"], kept["blocks"][0]["text"]["text"]) == ("new", "body")
    assert metadata == kept["metadata"]
    emptied = bot.chat_update(channel=channel, ts=ts, text="new", blocks=[], metadata={})["message"]
    assert not {"blocks", "metadata"} & set(emptied)


def test_reactions_are_counted_per_person_and_may_be_taken_back(bot, ana, channel, posted):
    bot.reactions_add(channel=channel, name="white_check_mark", timestamp=posted)
    ana.reactions_add(channel=channel, name="white_check_mark", timestamp=posted)
    ana.reactions_add(channel=channel, name="thumbsup", timestamp=posted)
    ana.reactions_remove(channel=channel, name="+1", timestamp=posted)
    message = bot.reactions_get(channel=channel, timestamp=posted, full=True)["message"]
    expected = {"name": "white_check_mark", "users": ["U0WINNOW", "U0ANA"], "count": 2}
    assert [expected] == message["reactions"]
    listed = bot.reactions_list(user="U0ANA")["items"]
    assert [posted] == [item["message"]["ts"] for item in listed]


def test_a_long_list_of_users_is_cut_unless_all_are_asked_for(sandbox, bot, channel, posted):
    people = ["ana", "ben", "chen", "dora", "emil", "kim", "gus"]
    for handle in people:
        client = sandbox.client(f"xoxp-{handle}")
        client.reactions_add(channel=channel, name="x", timestamp=posted)
    cut = bot.conversations_history(channel=channel)["messages"][0]["reactions"][0]
    full = bot.reactions_get(channel=channel, timestamp=posted, full=True)["message"]
    assert (cut["count"], len(cut["users"])) == (7, 5)
    assert [f"U0{handle.upper()}" for handle in people] == full["reactions"][0]["users"]


def test_a_thread_has_its_replies_in_order_and_the_history_only_broadcasts(
    bot, ana, channel, posted
):
    first = ana.chat_postMessage(channel=channel, thread_ts=posted, text="one")["ts"]
    second = ana.chat_postMessage(
        channel=channel, thread_ts=posted, text="two", reply_broadcast=True
    )["ts"]
    thread = bot.conversations_replies(channel=channel, ts=posted)["messages"]
    assert [posted, first, second] == [message["ts"] for message in thread]
    assert (thread[0]["reply_count"], thread[0]["reply_users"]) == (2, ["U0ANA"])
    history = bot.conversations_history(channel=channel)["messages"]
    assert [second, posted] == [message["ts"] for message in history]


def test_pages_of_the_history_lose_nothing_while_messages_arrive(bot, channel):
    old = [bot.chat_postMessage(channel=channel, text=f"{n}")["ts"] for n in range(7)]
    seen, cursor = [], None
    while cursor != "":
        page = bot.conversations_history(channel=channel, limit=3, cursor=cursor)
        seen += [message["ts"] for message in page["messages"]]
        cursor = page.get("response_metadata", {}).get("next_cursor", "")
        bot.chat_postMessage(channel=channel, text="meanwhile")
    assert list(reversed(old)) == seen


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ({"oldest": 1}, [4, 3, 2]),
        ({"oldest": 1, "inclusive": True}, [4, 3, 2, 1]),
        ({"latest": 3}, [2, 1, 0]),
        ({"oldest": 1, "latest": 3, "inclusive": True}, [3, 2, 1]),
    ],
)
def test_the_history_may_be_bounded(bot, channel, bounds, expected):
    stamps = [bot.chat_postMessage(channel=channel, text=f"{n}")["ts"] for n in range(5)]
    given = {k: v if v is True else stamps[v] for k, v in bounds.items()}
    messages = bot.conversations_history(channel=channel, **given)["messages"]
    assert expected == [stamps.index(message["ts"]) for message in messages]


def test_deleting_a_message_with_replies_leaves_a_tombstone(bot, ana, channel, posted):
    ana.chat_postMessage(channel=channel, thread_ts=posted, text="reply")
    bot.chat_delete(channel=channel, ts=posted)
    left = bot.conversations_history(channel=channel)["messages"]
    assert [(m.get("subtype"), m["reply_count"]) for m in left] == [("tombstone", 1)]


def test_an_uploaded_file_is_shared_byte_for_byte(sandbox, bot, channel, posted):
    answer = bot.files_upload_v2(
        channel=channel, thread_ts=posted, filename="train.jsonl", content="一\n二\n", title="train"
    )
    stored = sandbox.world.workspace.files[answer["file"]["id"]]
    assert "一\n二\n".encode() == stored.content
    shared = bot.conversations_replies(channel=channel, ts=posted)["messages"][1]
    assert (shared["subtype"], shared["files"][0]["title"]) == ("file_share", "train")
    assert error_of(
        bot.files_completeUploadExternal, files=[{"id": stored.id, "title": "again"}]
    ) == ("file_not_found")


def test_people_and_groups_are_as_surface_names_them(bot):
    users = {user["name"]: user for user in bot.users_list()["members"]}
    assert {"ana", "ben", "chen", "dora", "emil", "kim", "gus", "rob", "winnow"} == set(users)
    assert (users["gus"]["is_restricted"], users["rob"]["is_bot"]) == (True, True)
    stranger = bot.users_info(user="U0OLGA")["user"]
    assert (stranger["is_stranger"], stranger["team_id"]) == (True, "T0ELSEWHERE")
    group = bot.usergroups_list(include_users=True)["usergroups"][0]
    assert (group["handle"], group["users"]) == ("doctors", ["U0ANA", "U0BEN", "U0CHEN"])
    assert group["users"] == bot.usergroups_users_list(usergroup=group["id"])["users"]


def test_the_bot_is_in_all_channels_but_random_until_it_joins(bot):
    channels = {c["name"]: c for c in bot.conversations_list()["channels"]}
    assert {"dermatology-zh", "general-zh", "support-en", "random"} == set(channels)
    random = channels["random"]["id"]
    assert not channels["random"]["is_member"]
    assert error_of(bot.chat_postMessage, channel=random, text="x") == "not_in_channel"
    assert error_of(bot.conversations_history, channel=random) == "not_in_channel"
    assert bot.conversations_join(channel=random)["channel"]["is_member"]
    assert "U0WINNOW" in bot.conversations_members(channel=random)["members"]
    assert bot.conversations_join(channel=random)["warning"] == "already_in_channel"


def test_a_direct_message_is_opened_once_and_seen_by_both(bot, ana):
    opened = bot.conversations_open(users="U0ANA")["channel"]["id"]
    assert opened == bot.chat_postMessage(channel="U0ANA", text="hello")["channel"]
    assert ana.conversations_history(channel=opened)["messages"][0]["text"] == "hello"


def test_permalinks_name_channel_thread_and_time(bot, ana, channel, posted):
    reply = ana.chat_postMessage(channel=channel, thread_ts=posted, text="r")["ts"]
    link = bot.chat_getPermalink(channel=channel, message_ts=reply)["permalink"]
    tail = f"/archives/{channel}/p{reply.replace('.', '')}?thread_ts={posted}&cid={channel}"
    assert link.endswith(tail)


def test_small_methods_answer(bot, channel, posted):
    assert bot.team_info()["team"]["id"] == "T0SANDBOX"
    assert bot.bots_info(bot="B0WINNOW")["bot"]["user_id"] == "U0WINNOW"
    assert bot.emoji_list()["emoji"] == {}
    assert bot.conversations_info(channel=channel)["channel"]["name"] == "support-en"
    bot.pins_add(channel=channel, timestamp=posted)
    assert error_of(bot.pins_add, channel=channel, timestamp=posted) == "already_pinned"


def test_a_time_stamp_is_unique_and_grows(bot, channel):
    stamps = [bot.chat_postMessage(channel=channel, text="x")["ts"] for _ in range(20)]
    assert sorted(set(stamps)) == stamps


@pytest.mark.parametrize(
    ("token", "error"),
    [
        ("", "not_authed"),
        ("xoxb-other", "invalid_auth"),
        ("xoxp-nobody", "invalid_auth"),
        ("xapp-sandbox", "not_allowed_token_type"),
    ],
)
def test_a_wrong_token_is_refused(sandbox, token, error):
    body = {"token": token, "channel": "C0SUPPORTEN", "text": "x"}
    assert {"ok": False, "error": error} == sandbox.request("/api/chat.postMessage", body)[1]


def test_an_unknown_method_is_refused(bot):
    assert error_of(bot.api_call, "chat.shout") == "unknown_method"


@pytest.mark.parametrize(
    ("method", "arguments", "message"),
    [
        ("chat.postMessage", {"text": "x"}, "missing required field: channel"),
        ("chat.postMessage", {"channel": "C", "txt": "x"}, "unknown argument: txt"),
        ("chat.postMessage", {"channel": ["C"], "text": "x"}, "must be a valid string"),
        ("conversations.history", {"channel": "C"}, "takes no JSON body"),
        ("chat.update", {"channel": "C", "ts": "1.0", "parse": 7}, "must be a valid string"),
    ],
)
def test_arguments_are_checked_at_the_door(sandbox, bot, method, arguments, message):
    if method == "conversations.history":
        method = "users.info"  # one that takes no JSON
    with pytest.raises(SlackApiError) as caught:
        bot.api_call(method, json=arguments)
    answer = caught.value.response
    assert answer["error"] == "invalid_arguments"
    assert any(message in each for each in answer["response_metadata"]["messages"])


def test_a_body_that_is_no_json_is_refused(sandbox):
    assert "invalid_json" in sandbox.fetch("/api/auth.test", "{")[2]


BLOCK = section("x")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({}, "no_text"),
        ({"blocks": "[not json"}, "invalid_blocks_format"),
        ({"blocks": {"type": "section"}}, "invalid_blocks_format"),
        ({"blocks": [{"type": "sectoin"}]}, "invalid_blocks"),
        ({"blocks": [section("x" * 3001)]}, "invalid_blocks"),
        ({"blocks": [BLOCK] * 51}, "invalid_blocks"),
        ({"blocks": [section("x" * 2700)] * 5}, "msg_blocks_too_long"),
        ({"blocks": [section("x", block_id="a"), section("y", block_id="a")]}, "invalid_blocks"),
        ({"text": "x", "as_user": True}, "as_user_not_supported"),
        ({"text": "x", "markdown_text": "y"}, "markdown_text_conflict"),
        ({"text": "x", "attachments": [{}] * 101}, "too_many_attachments"),
        ({"text": "x", "metadata": {"event_type": "a"}}, "invalid_metadata_format"),
        (
            {"text": "x", "metadata": {"event_type": "a", "event_payload": {"k": None}}},
            "invalid_metadata_schema",
        ),
        ({"text": "x", "thread_ts": "1.000000"}, "cannot_reply_to_message"),
        ({"text": "x", "channel": "C0NOWHERE"}, "channel_not_found"),
    ],
)
def test_what_slack_does_not_take_is_not_posted(bot, channel, arguments, error):
    given = {"channel": channel, **arguments}
    assert error_of(bot.api_call, "chat.postMessage", json=given) == error
    assert bot.conversations_history(channel=channel)["messages"] == []


def test_a_text_of_more_than_40000_characters_is_cut_with_a_warning(bot, channel):
    answer = bot.chat_postMessage(channel=channel, text="x" * 40_001)
    assert (answer["warning"], len(answer["message"]["text"])) == ("message_truncated", 40_000)


def test_only_its_author_may_change_a_message(bot, ana, channel, posted):
    assert error_of(ana.chat_update, channel=channel, ts=posted, text="x") == "cant_update_message"
    assert error_of(ana.chat_delete, channel=channel, ts=posted) == "cant_delete_message"
    typed = ana.chat_postMessage(channel=channel, text="mine")["ts"]
    assert error_of(bot.chat_update, channel=channel, ts=typed, text="x") == "cant_update_message"


def test_a_message_with_rich_text_is_not_updated_to_one_without(bot, channel):
    element = {"type": "rich_text_section", "elements": [{"type": "text", "text": "x"}]}
    rich = {"type": "rich_text", "elements": [element]}
    ts = bot.chat_postMessage(channel=channel, text="x", blocks=[rich])["ts"]
    refused = error_of(bot.chat_update, channel=channel, ts=ts, text="x", blocks=[BLOCK])
    assert refused == "block_mismatch"


@pytest.mark.parametrize(
    ("name", "error"),
    [("✅", "invalid_name"), (":x:", "invalid_name"), ("no_such_emoji", "invalid_name")],
)
def test_a_reaction_needs_slacks_name(bot, channel, posted, name, error):
    assert error_of(bot.reactions_add, channel=channel, name=name, timestamp=posted) == error


def test_a_reaction_is_added_once_and_removed_once(bot, channel, posted):
    bot.reactions_add(channel=channel, name="x", timestamp=posted)
    add = error_of(bot.reactions_add, channel=channel, name="x", timestamp=posted)
    bot.reactions_remove(channel=channel, name="x", timestamp=posted)
    remove = error_of(bot.reactions_remove, channel=channel, name="x", timestamp=posted)
    assert (add, remove) == ("already_reacted", "no_reaction")


def test_what_is_not_there_is_not_found(bot, channel):
    ts = "1700000000.000000"
    assert error_of(bot.reactions_get, channel=channel, timestamp=ts) == "message_not_found"
    assert error_of(bot.reactions_get, channel=channel, timestamp="now") == "bad_timestamp"
    assert error_of(bot.conversations_replies, channel=channel, ts=ts) == "thread_not_found"
    assert error_of(bot.chat_update, channel=channel, ts=ts, text="x") == "message_not_found"
    assert error_of(bot.users_info, user="U0NOBODY") == "user_not_found"
    assert error_of(bot.usergroups_users_list, usergroup="S0") == "no_such_subteam"


def test_an_archived_channel_takes_nothing_new(sandbox, bot, channel, posted):
    sandbox.act("archive", user="kim", channel=channel)
    assert error_of(bot.chat_postMessage, channel=channel, text="x") == "is_archived"
    assert error_of(bot.chat_update, channel=channel, ts=posted, text="x") == "is_inactive"
    assert error_of(bot.reactions_add, channel=channel, name="x", timestamp=posted) == "is_archived"


def test_an_ephemeral_reaches_members_only_and_has_no_history(sandbox, bot, channel):
    bot.chat_postEphemeral(channel=channel, user="U0ANA", text="psst")
    assert [(e["user"], e["text"]) for e in sandbox.state()["ephemerals"]] == [("U0ANA", "psst")]
    assert bot.conversations_history(channel=channel)["messages"] == []
    sandbox.act("leave", user="ana", channel=channel)
    refused = error_of(bot.chat_postEphemeral, channel=channel, user="U0ANA", text="psst")
    assert refused == "user_not_in_channel"


def test_a_private_channel_is_unknown_to_those_outside(sandbox, ana):
    sandbox.act("reset", channels=[{"name": "secret", "members": ["ben"], "is_private": True}])
    assert error_of(ana.conversations_info, channel="C0SECRET") == "channel_not_found"
    assert ana.conversations_list(types="public_channel,private_channel")["channels"] == []


def test_people_may_not_open_views_and_bots_need_their_scopes(start, ana):
    view = {"type": "modal", "title": {"type": "plain_text", "text": "T"}, "blocks": [BLOCK]}
    refused = error_of(ana.views_open, trigger_id="1", view=view)
    assert refused == "not_allowed_token_type"
    poor = start(Installed(scopes=frozenset({"chat:write"}))).client()
    poor.chat_postMessage(channel="C0SUPPORTEN", text="x")
    with pytest.raises(SlackApiError) as caught:
        poor.users_list()
    answer = caught.value.response
    assert (
        answer["error"],
        answer["needed"],
        answer["provided"],
    ) == ("missing_scope", "users:read", "chat:write")
    assert answer.headers["X-OAuth-Scopes"] == "chat:write"


def test_names_that_look_alike_have_ids_of_their_own(sandbox, bot):
    people = [{"name": "a.b"}, {"name": "ab"}, {"name": "陈"}]
    sandbox.act("reset", people=people, channels=[{"name": n} for n in ("a-b", "ab", "皮肤")])
    assert [c["name"] for c in bot.conversations_list()["channels"]] == ["a-b", "ab", "皮肤"]
    assert [u["name"] for u in bot.users_list()["members"]] == ["winnow", "a.b", "ab", "陈"]
