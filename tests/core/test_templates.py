import hashlib

import pytest

from core.templates import Template, TemplateError

FRONT = """\
name: mine
language: en
ask: seeds
description: For the test.
variables: [who, count, list]
"""
BODY = """\
# System
You greet {{ who }}.

# Not a section of ours
```
## nor this
```
# Prompt
{% if count %}
Write {{ count }}.
{% endif %}
# Correction
Again, {{ list.first }}.
"""


def _text(front=FRONT, body=BODY):
    return f"---\n{front}---\n{body}"


def _parse(front=FRONT, body=BODY):
    return Template.parse(_text(front, body), "mine.md")


def test_a_template_has_its_front_matter_and_its_hash():
    template = _parse()
    assert (template.name, template.language, template.ask) == ("mine", "en", "seeds")
    assert template.variables == ("who", "count", "list")
    assert template.hash == hashlib.sha256(_text().encode()).hexdigest()[:12]
    assert template.hash != _parse(body=BODY.replace("greet", "meet")).hash


def test_windows_line_ends_and_a_byte_order_mark_make_no_other_template():
    text = "\ufeff" + _text().replace("\n", "\r\n")
    assert Template.parse(text, "mine.md").hash == _parse().hash


def test_only_its_own_headings_divide_it():
    rendered = _parse().render({"who": "Ana", "count": 3})
    assert rendered["System"] == "You greet Ana.\n\n# Not a section of ours\n```\n## nor this\n```"
    assert rendered["Prompt"] == "Write 3."


def test_values_are_neither_escaped_nor_read_as_templates_or_headings():
    rendered = _parse().render({"who": "<b> {{ count }}\n# Prompt\nx", "count": 1})
    assert "You greet <b> {{ count }}\n# Prompt\nx." in rendered["System"]


def test_all_missing_variables_are_told_at_once_even_inside_conditions():
    body = "# System\n{{ who }}{% if count %}{{ list }}{% endif %}\n# Prompt\n# Correction\n"
    with pytest.raises(TemplateError) as caught:
        _parse(body=body).render({"other": 1})
    assert caught.value.error == "mine.md needs `count`, `list`, `who`, which nothing fills in."
    assert caught.value.hint == "There are: other."


@pytest.mark.parametrize(
    ("front", "body", "sentence"),
    [
        (FRONT + "colour: red\n", BODY, "mine.md: colour: Extra inputs are not permitted."),
        (FRONT.replace("name: mine\n", ""), BODY, "mine.md: name: Field required."),
        (FRONT.replace("seeds", "shout"), BODY, "mine.md: ask: Input should be"),
        (FRONT.replace(": en", ": fr"), BODY, "mine.md: language: Input should be 'en' or 'zh'"),
        ("name: [\n", BODY, "mine.md: the front matter is no YAML:"),
        ("just text\n", BODY, "mine.md: Input should be a valid dictionary"),
        (FRONT, "# System\n# Prompt\n", "mine.md must have the sections # System, # Prompt and"),
        (FRONT, "# Prompt\n# System\n# Correction\n", "in this order"),
        (FRONT, f"Hello\n{BODY}", "nothing before them"),
        (FRONT, f"{BODY}# Prompt\n", "each once"),
        (FRONT, BODY.replace("who", "whom"), "mine.md uses `whom`, which its front matter"),
        (FRONT, BODY.replace("{% endif %}", ""), "mine.md, section Prompt, its line"),
    ],
)
def test_a_template_that_cannot_be_used_says_what_is_wrong(front, body, sentence):
    with pytest.raises(TemplateError) as caught:
        _parse(front, body)
    assert sentence in caught.value.error


def test_a_text_without_front_matter_is_refused():
    with pytest.raises(TemplateError, match="no front matter"):
        Template.parse(BODY, "mine.md")


@pytest.mark.parametrize(
    "expression",
    [
        "{{ who.missing }}",
        "{{ 1 / 0 }}",
        "{{ who.__class__.__mro__ }}",
        "{% include 'x' %}",
        "{% for n in range(10**9) %}{% endfor %}",
        "{{ list.append(1) }}",
    ],
)
def test_what_fails_or_is_forbidden_while_rendering_is_told_by_section(expression):
    template = _parse(body=BODY.replace("{{ who }}", expression))
    with pytest.raises(TemplateError, match=r"mine.md, section System"):
        template.render({"who": "Ana", "count": 1, "list": []})
