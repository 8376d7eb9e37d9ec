"""The live log: what an entry of the journal says in one line, and its details cut to be shown."""

from collections.abc import Callable
from typing import Any

from sandbox.rendering.glyphs import glyph
from sandbox.workspace import Workspace

MOST_ITEMS = 20  # of a list in an entry's details
MOST_CHARACTERS = 2_000  # of a text in it
Entry = dict[str, Any]


def shown(entry: Entry, workspace: Workspace) -> Entry:
    """An entry as the page is told it: {n, at, kind, title, detail}."""
    return {
        "n": entry["n"],
        "at": entry["at"],
        "kind": entry["kind"],
        "title": title(entry, workspace),
        "detail": _cut(entry),
    }


def title(entry: Entry, workspace: Workspace) -> str:
    """Such as `chat.postMessage → ok`, `reaction_added ana ✅`, `fault slow chat.update`."""
    return _TITLES[entry["kind"]](entry, workspace)


def _call(entry: Entry, workspace: Workspace) -> str:
    answer = entry["answer"]
    result = "ok" if answer["ok"] else answer["error"]
    who = workspace.people.get(entry["user"])
    by = f"{who.handle} " if who and not who.is_bot else ""
    return f"{by}{entry['method']} → {result}"


def _event(entry: Entry, workspace: Workspace) -> str:
    event = entry["event"]
    words = [event.get("subtype") or event["type"], _name(event.get("user"), workspace)]
    if "reaction" in event:
        words.append(glyph(f":{event['reaction']}:") or f":{event['reaction']}:")
    return " ".join(filter(None, words))


def _delivery(entry: Entry, _workspace: Workspace) -> str:
    again = f" (again, {entry['attempt']})" if entry["attempt"] else ""
    return f"event delivered{again} → {entry['outcome']}"


def _interaction(entry: Entry, workspace: Workspace) -> str:
    payload = entry["payload"]
    user = payload["user_id"] if entry["type"] == "command" else payload["user"]["id"]
    about = payload.get("command") or _about(payload)
    return f"{_name(user, workspace)} {entry['type']} {about} → {entry['outcome']}"


def _about(payload: Entry) -> str:
    if "actions" in payload:
        return str(payload["actions"][0]["action_id"])
    return str(payload.get("callback_id") or payload.get("view", {}).get("callback_id", ""))


def _response(entry: Entry, workspace: Workspace) -> str:
    return f"response_url for {_name(entry['user'], workspace)} → {entry['answer']}"


def _fault(entry: Entry, _workspace: Workspace) -> str:
    if "set" in entry:
        return f"fault {entry['fault']} is set"
    return f"fault {entry['fault']} strikes {entry.get('method') or entry.get('event')}"


def _clock(entry: Entry, _workspace: Workspace) -> str:
    return f"clock +{entry['advance']:g} s"


def _name(id_: object, workspace: Workspace) -> str:
    person = workspace.people.get(str(id_))
    return person.handle if person else str(id_ or "")


def _cut(value: Any) -> Any:  # noqa: ANN401  (any JSON)
    """A value with its long lists and texts cut, and a word about what is missing."""
    if isinstance(value, str) and len(value) > MOST_CHARACTERS:
        return f"{value[:MOST_CHARACTERS]}… ({len(value)} characters)"
    if isinstance(value, dict):
        return {name: _cut(each) for name, each in value.items()}
    if isinstance(value, list):
        more = [f"… {len(value)} in all"] if len(value) > MOST_ITEMS else []
        return [*map(_cut, value[:MOST_ITEMS]), *more]
    return value


_TITLES: dict[str, Callable[[Entry, Workspace], str]] = {
    "call": _call,
    "event": _event,
    "delivery": _delivery,
    "interaction": _interaction,
    "response": _response,
    "fault": _fault,
    "clock": _clock,
}
