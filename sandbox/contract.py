"""What Slack publishes of each method the sandbox speaks: `contract.json`, facts of slack-api-ref.

`args` {name: string|boolean|integer|json}, `required`, `scopes` {bot, user}, `tier`, `json` (does
it take a JSON body) and `errors` (the method's own codes). tests/sandbox/test_contract.py compares
it with the published files.
"""

import json
from importlib import resources
from typing import Any

CONTRACT: dict[str, dict[str, Any]] = json.loads(
    resources.files("sandbox").joinpath("contract.json").read_text(encoding="utf-8")
)

# Codes that Slack documents as common to every method.
COMMON_ERRORS = frozenset(
    {
        "fatal_error",
        "internal_error",
        "invalid_arguments",
        "invalid_auth",
        "invalid_form_data",
        "invalid_json",
        "missing_scope",
        "not_allowed_token_type",
        "not_authed",
        "ratelimited",
        "unknown_method",
    }
)
