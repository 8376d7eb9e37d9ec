"""The door of the Web API: token, scopes, arguments and types, before anything happens."""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from sandbox.contract import CONTRACT
from sandbox.manifest import BOT_USER_ID, Installed
from sandbox.people import Person
from sandbox.refusals import Refused
from sandbox.workspace import Workspace

BOT_TOKEN, APP_TOKEN, PERSON_TOKEN = "xoxb-sandbox", "xapp-sandbox", "xoxp-"

# What a person's own Slack client would do for them.
PERSON_SCOPES = frozenset(
    {
        "channels:history",
        "channels:read",
        "chat:write",
        "groups:history",
        "groups:read",
        "im:history",
        "im:read",
        "im:write",
        "pins:write",
        "reactions:read",
        "reactions:write",
        "team:read",
        "usergroups:read",
        "users:read",
        "files:write",
        "emoji:read",
    }
)
APP_TOKEN_METHODS = frozenset({"apps.connections.open", "auth.test"})
# Bolt passes team_id along with every call; Slack takes it on all methods.
COMMON_ARGUMENTS = {"team_id": "string"}
# Slack grants a conversations.* call when any one of its scopes is held.
ANY_SCOPE = "conversations."


@dataclass(frozen=True)
class Call:
    """An admitted call: who calls what, with arguments of the published types."""

    method: str
    actor: Person
    token: str
    args: dict[str, Any] = field(default_factory=dict)
    scopes: frozenset[str] = frozenset()

    @property
    def by_app(self) -> bool:
        """Whether the app calls, not a person."""
        return not self.token.startswith(PERSON_TOKEN)

    def get(self, name: str, default: Any = None) -> Any:  # noqa: ANN401
        """An argument, or `default` where it was not given."""
        return self.args.get(name, default)


@dataclass(frozen=True)
class Request:
    """What came in, before anything is checked: the token and the raw arguments."""

    token: str | None
    raw: dict[str, Any]
    is_json: bool


async def read(request: web.Request) -> Request:
    """The token and raw arguments of a call, from header, query, form or JSON body."""
    raw: dict[str, Any] = dict(request.query)
    is_json = request.content_type == "application/json"
    if is_json:
        raw |= _json_object(await request.text())
    elif request.content_type.startswith("multipart/"):
        raw |= {k: v for k, v in (await request.post()).items() if isinstance(v, str)}
    elif request.content_type == "application/x-www-form-urlencoded":
        raw |= dict(parse_qsl(await request.text(), keep_blank_values=True))
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    given = raw.pop("token", None)
    return Request(bearer if scheme == "Bearer" else given, raw, is_json and bool(raw))


def _json_object(body: str) -> dict[str, Any]:
    try:
        parsed = json.loads(body or "{}")
    except json.JSONDecodeError as error:
        raise Refused("invalid_json", str(error)) from error
    if not isinstance(parsed, dict):
        raise Refused("invalid_json", "the body must be a JSON object")
    return parsed


def admit(method: str, request: Request, workspace: Workspace, app: Installed) -> Call:
    """The call with its arguments, or `Refused` with the code Slack answers."""
    if method not in CONTRACT:
        raise Refused("unknown_method", method)
    if not request.token:
        raise Refused("not_authed")
    token, actor = request.token, caller(request.token, workspace)
    if actor is None:
        raise Refused("invalid_auth")
    granted = scopes_of(token, app)
    if (token == APP_TOKEN) != (method in APP_TOKEN_METHODS) and method != "auth.test":
        raise Refused("not_allowed_token_type")
    _check_scopes(method, token, granted)
    args = _arguments(method, request)
    return Call(method, actor, token, args, granted)


def scopes_of(token: str | None, app: Installed) -> frozenset[str]:
    """What a token may do; Slack sends it along with every answer (`X-OAuth-Scopes`)."""
    if token == BOT_TOKEN:
        return app.scopes
    if token == APP_TOKEN:
        return frozenset({"connections:write"})
    return PERSON_SCOPES if (token or "").startswith(PERSON_TOKEN) else frozenset()


def caller(token: str | None, workspace: Workspace) -> Person | None:
    """Whose token it is; None where it is nobody's."""
    if token in (BOT_TOKEN, APP_TOKEN):
        return workspace.people[BOT_USER_ID]
    handle = (token or "").removeprefix(PERSON_TOKEN).lower()
    for person in workspace.people.values():
        if (token or "").startswith(PERSON_TOKEN) and person.handle == handle:
            return person
    return None


def _check_scopes(method: str, token: str, granted: frozenset[str]) -> None:
    kind = "user" if token.startswith(PERSON_TOKEN) else "bot"
    scopes = CONTRACT[method]["scopes"]
    if (scopes and kind not in scopes) or (kind == "user" and method.startswith("views.")):
        raise Refused("not_allowed_token_type")
    needed = set(scopes.get(kind, []))
    held = needed & granted
    if needed and not (held if method.startswith(ANY_SCOPE) else needed <= granted):
        refusal = Refused("missing_scope")
        refusal.facts = {"needed": ",".join(sorted(needed)), "provided": ",".join(sorted(granted))}
        raise refusal


def _arguments(method: str, request: Request) -> dict[str, Any]:
    spec = CONTRACT[method]
    if request.is_json and not spec["json"]:
        raise Refused("invalid_arguments", f"[ERROR] {method} takes no JSON body")
    args: dict[str, Any] = {}
    known = COMMON_ARGUMENTS | spec["args"]
    problems = [f"[ERROR] unknown argument: {n}" for n in request.raw if n not in known]
    for name, kind in known.items():
        if request.raw.get(name) is None:
            continue
        try:
            args[name] = _converted(request.raw[name], kind)
        except ValueError as error:
            problems.append(f"[ERROR] {error} [json-pointer:/{name}]")
    problems += [f"[ERROR] missing required field: {n}" for n in spec["required"] if n not in args]
    if problems:
        raise Refused("invalid_arguments", *problems)
    return args


def _converted(value: Any, kind: str) -> Any:  # noqa: ANN401
    match kind:
        case "boolean" if str(value).lower() in {"1", "true"}:
            return True
        case "boolean" if str(value).lower() in {"0", "false"}:
            return False
        case "integer" if str(value).isdecimal():
            return int(value)
        case "json" if isinstance(value, str):
            return _decoded(value)
        case "json":
            return value
        case "string" if isinstance(value, str):
            return value
    raise ValueError(f"must be a valid {kind}")


def _decoded(text: str) -> Any:  # noqa: ANN401
    if not text:
        return None
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return Malformed(text)


@dataclass(frozen=True)
class Malformed:
    """A structured argument that is no JSON; each method has its own code for it."""

    text: str
