"""ShareGPT rows: the messages of a conversation, the system text beside them."""

from typing import Any

from core.formats import exchanges
from core.records import Record

ENTRY: dict[str, Any] = {
    "formatting": "sharegpt",
    "columns": {"messages": "conversations", "system": "system"},
    "tags": {
        "role_tag": "from",
        "content_tag": "value",
        "user_tag": "human",
        "assistant_tag": "gpt",
        "observation_tag": "observation",
        "function_tag": "function_call",
        "system_tag": "system",
    },
}
"""How LLaMA-Factory finds columns and roles; a tag that is not listed is unset, so all are."""

FEATURES: list[dict[str, Any]] = [
    {
        "name": "conversations",
        "list": [{"name": "from", "dtype": "string"}, {"name": "value", "dtype": "string"}],
    },
    {"name": "system", "dtype": "string"},
]
"""The types for the dataset card."""


def row(record: Record) -> dict[str, Any]:
    """The record as messages; `system` stands on every row, since the trainer looks it up."""
    return {
        "conversations": [
            message
            for asked, answered in exchanges(record)
            for message in (
                {"from": "human", "value": asked},
                {"from": "gpt", "value": answered},
            )
        ],
        "system": record.system,
    }
