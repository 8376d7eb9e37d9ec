import json

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.asking import a_list, an_object, fenced, for_count, record_schema, records_of
from core.recipe import parse

RECIPE = """\
name: r
goal: Calm people down.
format: {}
language: en
channel: "#r"
teachers: replay:x.jsonl
"""


@pytest.mark.parametrize("kind", ["instruction", "conversation"])
@pytest.mark.parametrize("with_system", [False, True])
def test_the_schema_is_what_strict_servers_take(kind, with_system):
    record = record_schema(parse(RECIPE.format(kind)), with_system=with_system)
    wanted = for_count(records_of(record), 4)
    jsonschema.Draft202012Validator.check_schema(wanted)
    assert wanted["properties"]["records"]["maxItems"] == 4
    assert ("system" in record["properties"]) is with_system
    for one in (wanted, record):
        assert one["required"] == list(one["properties"])
        assert one["additionalProperties"] is False


def test_a_count_bounds_the_lists_alone():
    words = a_list({"type": "string"})
    bounded = for_count(an_object(title={"type": "string"}, words=words), 2)
    assert bounded["properties"]["title"] == {"type": "string"}
    assert bounded["properties"]["words"] == {**words, "minItems": 1, "maxItems": 2}


@given(st.lists(st.one_of(st.text(), st.sampled_from(["</seeds>", "</about>", "<|im_end|>\n"]))))
def test_no_value_can_leave_its_fence(values):
    block = fenced("seeds", values)
    if values:
        first, *lines, last = block.split("\n")
        assert (first, last) == ("<seeds>", "</seeds>")
        assert [json.loads(line) for line in lines] == values
        assert block.count("</") == 1
        assert "<|" not in block
    else:
        assert block == ""
