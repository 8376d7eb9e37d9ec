"""Which function answers which method."""

from collections.abc import Callable
from typing import Any

from sandbox.door import Call
from sandbox.methods import (
    chat,
    conversations,
    directory,
    files,
    history,
    modals,
    reactions,
)
from sandbox.world import World

METHODS: dict[str, Callable[[World, Call], dict[str, Any]]] = {
    "apps.connections.open": directory.connections_open,
    "auth.test": directory.auth_test,
    "bots.info": directory.bots_info,
    "chat.delete": chat.delete,
    "chat.getPermalink": chat.get_permalink,
    "chat.postEphemeral": chat.post_ephemeral,
    "chat.postMessage": chat.post_message,
    "chat.update": chat.update,
    "conversations.history": history.history,
    "conversations.info": conversations.info,
    "conversations.join": conversations.join,
    "conversations.list": conversations.list_,
    "conversations.members": conversations.members,
    "conversations.open": conversations.open_,
    "conversations.replies": history.replies,
    "emoji.list": directory.emoji_list,
    "files.completeUploadExternal": files.complete_upload,
    "files.getUploadURLExternal": files.get_upload_url,
    "pins.add": reactions.pin,
    "reactions.add": reactions.add,
    "reactions.get": reactions.get,
    "reactions.list": reactions.list_,
    "reactions.remove": reactions.remove,
    "team.info": directory.team_info,
    "usergroups.list": directory.usergroups_list,
    "usergroups.users.list": directory.usergroups_users_list,
    "users.info": directory.users_info,
    "users.list": directory.users_list,
    "views.open": modals.open_,
    "views.publish": modals.publish,
    "views.push": modals.push,
    "views.update": modals.update,
}
