"""Who is who: auth.test, apps.connections.open, team, bots, users, usergroups, emoji."""

from typing import Any

from sandbox.door import APP_TOKEN, Call
from sandbox.manifest import APP_ID, BOT_ID, TEAM_ID
from sandbox.methods.content import refuse
from sandbox.methods.paging import page
from sandbox.people import OTHER_TEAM_ID
from sandbox.world import World

TEAM_NAME, TEAM_DOMAIN = "Winnow sandbox", "sandbox"


def auth_test(world: World, call: Call) -> dict[str, Any]:
    """auth.test."""
    answer: dict[str, Any] = {"url": f"{world.address}/", "team": TEAM_NAME, "team_id": TEAM_ID}
    if call.token == APP_TOKEN:
        return answer | {"app_name": world.app.name, "app_id": APP_ID}
    answer |= {"user": call.actor.handle, "user_id": call.actor.id, "team_id": call.actor.team}
    if call.by_app:
        answer["bot_id"] = BOT_ID
    return answer | {"is_enterprise_install": False}


def connections_open(world: World, call: Call) -> dict[str, Any]:
    """apps.connections.open: the address of one Socket Mode connection."""
    del call
    base = world.address.replace("http://", "ws://")
    return {"url": f"{base}/link/?ticket={world.hub.ticket()}&app_id={APP_ID}"}


def team_info(world: World, call: Call) -> dict[str, Any]:
    """team.info."""
    if call.get("team", TEAM_ID) != TEAM_ID:
        raise refuse(call, "team_not_found")
    team = {"id": TEAM_ID, "name": TEAM_NAME, "domain": TEAM_DOMAIN, "email_domain": ""}
    return {"team": team | {"url": f"{world.address}/", "icon": {"image_default": True}}}


def bots_info(world: World, call: Call) -> dict[str, Any]:
    """bots.info."""
    wanted = call.get("bot", BOT_ID)
    for person in world.workspace.people.values():
        if person.bot_id == wanted:
            bot = {"id": person.bot_id, "name": person.handle, "app_id": person.app_id}
            return {"bot": bot | {"user_id": person.id, "deleted": False, "updated": 0}}
    raise refuse(call, "bot_not_found")


def users_info(world: World, call: Call) -> dict[str, Any]:
    """users.info."""
    person = world.workspace.people.get(call.args["user"])
    if person is None:
        raise refuse(call, "user_not_found")
    user = person.as_user(int(world.clock.seconds()))
    return {"user": user | ({"locale": "en-US"} if call.get("include_locale") else {})}


def users_list(world: World, call: Call) -> dict[str, Any]:
    """users.list: members and bots of the workspace (not strangers); all when no limit is given."""
    now = int(world.clock.seconds())
    local = [p for p in world.workspace.people.values() if p.team != OTHER_TEAM_ID]
    found, metadata = page(call, local, len(local) or 1)
    members = [person.as_user(now) for person in found]
    return {"members": members, "cache_ts": now, "response_metadata": metadata}


def usergroups_list(world: World, call: Call) -> dict[str, Any]:
    """usergroups.list."""
    include = bool(call.get("include_users"))
    created = int(world.clock.seconds())
    groups = [group.as_usergroup(created, include) for group in world.workspace.usergroups]
    return {"usergroups": groups}


def usergroups_users_list(world: World, call: Call) -> dict[str, Any]:
    """usergroups.users.list."""
    for group in world.workspace.usergroups:
        if group.id == call.args["usergroup"]:
            return {"users": list(group.users)}
    raise refuse(call, "no_such_subteam")


def emoji_list(world: World, call: Call) -> dict[str, Any]:
    """emoji.list: the workspace has no emoji of its own."""
    del call
    return {"emoji": {}, "cache_ts": str(int(world.clock.seconds()))}
