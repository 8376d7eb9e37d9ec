"""docs/recipes.md tells every key with its default, in the words that editors show."""

import json
import re
from pathlib import Path

import pytest

from core.recipe import json_schema, parse

PAGE = Path(__file__).parents[2] / "docs" / "recipes.md"
BEGIN, END = "<!-- keys: begin -->\n", "<!-- keys: end -->\n"


@pytest.fixture(scope="module")
def page():
    return PAGE.read_text("utf-8")


def rows(schema, node, place=""):
    """A row per key of a mapping, with the keys of the mappings in it."""
    for key, value in node["properties"].items():
        dotted = f"{place}{key}"
        told = "required" if key in node.get("required", []) else default(value)
        yield f"| `{dotted}` | {told} | {value['description']} |"
        for part in mappings(schema, value):
            # A value of NAME: SETTINGS stands under its own key, a list's items under the list's.
            yield from rows(schema, part, f"{dotted}.")


def default(value):
    found = value.get("default")
    if found in (None, "", [], {}) and found is not False:
        return ""
    return f"`{json.dumps(found, ensure_ascii=False)}`"


def mappings(schema, value):
    if "$ref" in value:
        part = schema["$defs"][value["$ref"].rpartition("/")[2]]
        if "properties" in part:
            yield part
    for shape in (*value.get("anyOf", ()), *([value["items"]] if "items" in value else ())):
        yield from mappings(schema, shape)


def test_the_table_of_keys_is_that_of_the_schema(page):
    schema = json_schema()
    expected = ["| key | default | meaning |", "|---|---|---|"]
    # `teachers` and the like allow an item or a list of them: the same mapping twice.
    expected += dict.fromkeys(rows(schema, schema))
    told = page.partition(BEGIN)[2].partition(END)[0]
    assert "\n".join(expected) == told.strip()


def test_every_example_on_the_page_is_a_recipe(page):
    blocks = re.findall(r"```yaml\n(name:.*?)```", page, re.DOTALL)
    assert len(blocks) >= 2
    for block in blocks:
        parse(block)
