"""The sandbox's own table of methods against what Slack publishes."""

import json

import pytest

from sandbox.contract import CONTRACT
from sandbox.methods.registry import METHODS

STRUCTURED = {"blocks", "attachments", "unfurled_attachments", "metadata", "view", "files"}


def test_every_method_of_the_table_is_answered_and_no_other():
    assert sorted(CONTRACT) == sorted(METHODS)


@pytest.mark.parametrize("method", sorted(CONTRACT))
def test_the_table_says_what_slack_publishes(contracts, method):
    published = json.loads((contracts / "slack-api-ref" / f"{method}.json").read_text())
    ours, args = CONTRACT[method], published["args"]
    assert set(args["properties"]) - {"token"} == set(ours["args"])
    assert set(args["required"]) - {"token"} == set(ours["required"])
    assert published["scope"] == ours["scopes"]
    assert published["rate_limits"] == ours["tier"]
    assert bool(published.get("json_input_supported")) == ours["json"]
    assert sorted(published["errors"]) == ours["errors"]


@pytest.mark.parametrize("method", sorted(CONTRACT))
def test_argument_types_are_the_published_ones(contracts, method):
    published = json.loads((contracts / "slack-api-ref" / f"{method}.json").read_text())
    for name, kind in CONTRACT[method]["args"].items():
        spec = published["args"]["properties"][name]
        types = {spec.get("type")} | {each.get("type") for each in spec.get("anyOf", [])}
        types -= {"null", None}
        if name in STRUCTURED:
            assert kind == "json"
        elif types in ({"integer"}, {"number"}):
            assert kind == "integer"
        elif kind != "boolean":
            assert types <= {"string", "array"}, name
        else:
            assert "boolean" in types
