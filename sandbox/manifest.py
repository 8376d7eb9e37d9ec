"""The app as it is installed: name, scopes, events and commands, by its manifest or lenient."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.contract import CONTRACT

APP_ID = "A0SANDBOX"
BOT_ID = "B0WINNOW"
BOT_USER_ID = "U0WINNOW"
TEAM_ID = "T0SANDBOX"
SIGNING_SECRET = "sandbox-secret"  # noqa: S105  (published: the sandbox is loopback only)

# Without a manifest the app holds every scope that a method names, but not chat:write.public: it
# must be in a channel to post there.
ALL_BOT_SCOPES = frozenset(
    scope for spec in CONTRACT.values() for scope in spec["scopes"].get("bot", [])
) | {"commands", "app_mentions:read"}

_COMMAND = ("command", "description", "usage_hint")
_SHORTCUT = ("name", "callback_id")


@dataclass(frozen=True)
class Installed:
    """What the workspace granted. `events`, `commands` or `shortcuts` None means: whatever comes.

    Attributes:
        command_menu: What a composer suggests: {command, description, usage_hint}.
        shortcuts: The message shortcuts: {name, callback_id}.
    """

    name: str = "winnow"
    scopes: frozenset[str] = field(default_factory=lambda: ALL_BOT_SCOPES)
    events: frozenset[str] | None = None
    commands: frozenset[str] | None = None
    escaped_commands: frozenset[str] | None = None
    command_menu: tuple[dict[str, str], ...] = ()
    shortcuts: tuple[dict[str, str], ...] | None = None

    def subscribes(self, subscription: str) -> bool:
        """Whether events of this subscription (`message.channels`) are sent to the app."""
        return self.events is None or subscription in self.events

    def escapes(self, command: str) -> bool:
        """Whether the command's text has `<@U…|name>` for `@name` (manifest: should_escape)."""
        return self.escaped_commands is None or command in self.escaped_commands


def read(path: Path) -> Installed:
    """Read an app manifest (YAML or JSON).

    Raises:
        OSError: The file cannot be read.
        KeyError: It has no bot scopes.
    """
    from ruamel.yaml import YAML

    data: dict[str, Any] = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    features = data.get("features", {})
    events = data.get("settings", {}).get("event_subscriptions", {}).get("bot_events", [])
    commands = features.get("slash_commands", [])
    return Installed(
        name=features.get("bot_user", {}).get("display_name", "winnow").lower(),
        scopes=frozenset(data["oauth_config"]["scopes"]["bot"]),
        events=frozenset(events),
        commands=frozenset(each["command"] for each in commands),
        escaped_commands=frozenset(e["command"] for e in commands if e.get("should_escape")),
        command_menu=tuple(_texts(each, _COMMAND) for each in commands),
        shortcuts=tuple(
            _texts(each, _SHORTCUT)
            for each in features.get("shortcuts", [])
            if each.get("type") == "message"
        ),
    )


def _texts(given: dict[str, Any], names: tuple[str, ...]) -> dict[str, str]:
    return {name: str(given.get(name, "")) for name in names}
