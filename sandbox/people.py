"""Who is in the workspace: people, bots, a guest, a stranger; and the usergroup."""

import re
from dataclasses import dataclass
from typing import Any

from sandbox.manifest import APP_ID, BOT_ID, BOT_USER_ID, TEAM_ID

OTHER_TEAM_ID = "T0ELSEWHERE"

DEFAULT_PEOPLE: tuple[dict[str, Any], ...] = (
    {"name": "ana", "real_name": "Ana Ruiz", "title": "Dermatologist"},
    {"name": "ben", "real_name": "Ben Okafor", "title": "Dermatologist"},
    {"name": "chen", "real_name": "Chen Wei 陈薇", "title": "Dermatologist"},
    {"name": "dora", "real_name": "Dora Klein", "title": "Nurse"},
    {"name": "emil", "real_name": "Emil Novak", "title": "Resident"},
    {"name": "kim", "real_name": "Kim Sato", "title": "Curator"},
    {"name": "gus", "real_name": "Gus Meyer", "is_restricted": True},
    {"name": "olga", "real_name": "Olga Petrova", "is_stranger": True},
    {"name": "rob", "real_name": "Rob the bot", "is_bot": True},
)


@dataclass
class Person:
    """A member, guest, stranger of another workspace, or bot. `handle` is Slack's `name`."""

    id: str
    handle: str
    real_name: str
    title: str = ""
    is_restricted: bool = False
    is_stranger: bool = False
    is_bot: bool = False
    deleted: bool = False
    bot_id: str | None = None
    app_id: str | None = None

    @property
    def team(self) -> str:
        """The workspace the person belongs to."""
        return OTHER_TEAM_ID if self.is_stranger else TEAM_ID

    def as_user(self, updated: int) -> dict[str, Any]:
        """The user object of users.info."""
        profile: dict[str, Any] = {
            "title": self.title,
            "real_name": self.real_name,
            "real_name_normalized": self.real_name,
            "display_name": self.handle,
            "display_name_normalized": self.handle,
            "status_text": "",
            "status_emoji": "",
            "team": self.team,
        }
        if self.bot_id:
            profile |= {"bot_id": self.bot_id, "api_app_id": self.app_id}
        user: dict[str, Any] = {
            "id": self.id,
            "team_id": self.team,
            "name": self.handle,
            "deleted": self.deleted,
            "real_name": self.real_name,
            "tz": "UTC",
            "tz_label": "Coordinated Universal Time",
            "tz_offset": 0,
            "profile": profile,
            "is_admin": False,
            "is_owner": False,
            "is_primary_owner": False,
            "is_restricted": self.is_restricted,
            "is_ultra_restricted": False,
            "is_bot": self.is_bot,
            "is_app_user": False,
            "updated": updated,
        }
        return user | ({"is_stranger": True} if self.is_stranger else {})


def person_of(definition: dict[str, Any]) -> Person:
    """A person from {name, real_name?, title?, is_restricted?, is_stranger?, is_bot?, deleted?}.

    The id is made from the handle (`ana` is `U0ANA`), so it is the same in every run.
    """
    handle = str(definition["name"]).lstrip("@").lower()
    known = {k: v for k, v in definition.items() if k not in {"name", "real_name"}}
    suffix = re.sub(r"[^A-Z0-9]", "", handle.upper())
    person = Person(f"U0{suffix}", handle, str(definition.get("real_name", handle)), **known)
    if person.is_bot:
        person.bot_id, person.app_id = f"B0{suffix}", f"A0{suffix}"
    return person


def the_bot(name: str) -> Person:
    """The bot user of the app that is under review."""
    return Person(BOT_USER_ID, name, name.capitalize(), is_bot=True, bot_id=BOT_ID, app_id=APP_ID)


@dataclass
class Usergroup:
    """A usergroup such as @doctors."""

    id: str
    handle: str
    name: str
    users: list[str]

    def as_usergroup(self, created: int, include_users: bool) -> dict[str, Any]:
        """The object of usergroups.list."""
        group: dict[str, Any] = {
            "id": self.id,
            "team_id": TEAM_ID,
            "is_usergroup": True,
            "is_subteam": True,
            "name": self.name,
            "description": "",
            "handle": self.handle,
            "is_external": False,
            "date_create": created,
            "date_update": created,
            "date_delete": 0,
            "created_by": self.users[0] if self.users else "",
            "updated_by": self.users[0] if self.users else "",
            "deleted_by": None,
            "prefs": {"channels": [], "groups": []},
            "user_count": len(self.users),
        }
        return group | ({"users": list(self.users)} if include_users else {})
