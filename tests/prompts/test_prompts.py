import re

import pytest

import prompts
from core.templates import Template
from core.ways import WAYS

BOTH = [(name, language) for name in prompts.names() for language in ("en", "zh")]
OF_WAYS = {prompt for way in WAYS.values() for prompt in way.prompts}
FIRST = {way.prompts[0]: way.name for way in WAYS.values()}
IN_A_THREAD = {"rewrite"}
"""Asked for by a mention of the bot, not by a way."""


def _template(name, language):
    return Template.parse(prompts.text(name, language), f"{name}.{language}.md")


def _used(template):
    """The variables of each section."""
    tags = {
        section: re.sub('"[^"]*"', "", " ".join(re.findall(r"\{[{%].*?[%}]\}", body, re.DOTALL)))
        for section, body in template.sections.items()
    }
    return {
        section: {name for name in template.variables if re.search(rf"\b{name}\b", text)}
        for section, text in tags.items()
    }


def test_there_is_a_prompt_for_each_step_of_each_way_of_asking():
    assert prompts.names() == sorted(OF_WAYS | IN_A_THREAD)


@pytest.mark.parametrize(("name", "language"), BOTH)
def test_each_prompt_is_a_template_in_both_languages_and_says_so(name, language):
    template = _template(name, language)
    assert (template.name, template.language, template.ask) == (name, language, FIRST.get(name))


@pytest.mark.parametrize(("name", "language"), BOTH)
def test_each_prompt_lists_exactly_the_variables_that_it_uses(name, language):
    template = _template(name, language)
    assert set().union(*_used(template).values()) == set(template.variables)


@pytest.mark.parametrize("name", prompts.names())
def test_each_prompt_says_the_same_in_both_languages(name):
    english, chinese = _template(name, "en"), _template(name, "zh")
    assert english.variables == chinese.variables
    assert english.version == chinese.version
    assert _used(english)["System"] == _used(chinese)["System"]
    assert _used(english)["Prompt"] == _used(chinese)["Prompt"]


@pytest.mark.parametrize(("name", "language"), BOTH)
def test_each_prompt_fences_its_data_and_says_what_the_reply_looks_like(name, language):
    template = _template(name, language)
    system = template.sections["System"]
    assert "{{ example }}" in system
    assert {"en": "data, one line of JSON each", "zh": "资料，每行一条 JSON"}[language] in system
    assert {"broken"} <= _used(template)["Correction"]
    assert not _used(template)["Correction"] - {"broken", "count"}


@pytest.mark.parametrize(
    ("language", "expected"), [("zh", "zh"), ("zh-Hant", "zh"), ("en", "en"), ("fi", "en")]
)
def test_a_language_without_its_own_prompt_is_asked_for_in_english(language, expected):
    assert prompts.text("seeds", language) == prompts.text("seeds", expected)


@pytest.mark.parametrize("name", ["sedes", "../core/recipe", "", "__init__"])
def test_an_unknown_prompt_is_refused_with_the_known_ones(name):
    with pytest.raises(LookupError, match=r"there are (.*, )?meta, (.*, )?seeds"):
        prompts.text(name, "en")
