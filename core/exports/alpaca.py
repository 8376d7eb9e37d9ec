"""Alpaca rows: one task and its answer, earlier exchanges as `history`."""

from typing import Any

from core.formats import exchanges
from core.records import Instruction, Record

ENTRY: dict[str, Any] = {
    "columns": {
        "prompt": "instruction",
        "query": "input",
        "response": "output",
        "system": "system",
        "history": "history",
    }
}
"""How LLaMA-Factory finds the columns. One that is not listed is dropped without a word."""

FEATURES: list[dict[str, Any]] = [
    {"name": "instruction", "dtype": "string"},
    {"name": "input", "dtype": "string"},
    {"name": "output", "dtype": "string"},
    {"name": "system", "dtype": "string"},
    {"name": "history", "list": {"list": "string"}},
]
"""The types for the dataset card: guessed from rows without a history, `history` has none."""


def row(record: Record) -> dict[str, Any]:
    """The record with every key, empty ones too; a conversation's last exchange is the task."""
    *history, (asked, answered) = exchanges(record)
    given = ""
    if isinstance(record, Instruction):
        asked, given = record.instruction, record.input
    return {
        "instruction": asked,
        "input": given,
        "output": answered,
        "system": record.system,
        "history": [list(pair) for pair in history],
    }
