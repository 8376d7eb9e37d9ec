import pytest

import prompts
from core.templates import Template

BOTH = [(name, language) for name in prompts.names() for language in ("en", "zh")]


def test_there_is_a_prompt_for_each_way_of_asking():
    assert prompts.names() == ["meta", "seeds"]


@pytest.mark.parametrize(("name", "language"), BOTH)
def test_each_prompt_is_a_template_in_both_languages_and_says_so(name, language):
    template = Template.parse(prompts.text(name, language), f"{name}.{language}.md")
    assert (template.name, template.language, template.ask) == (name, language, name)


@pytest.mark.parametrize(("name", "language"), BOTH)
def test_each_prompt_lists_exactly_the_variables_of_its_sibling(name, language):
    other = Template.parse(prompts.text(name, "en"), "en")
    assert Template.parse(prompts.text(name, language), language).variables == other.variables


@pytest.mark.parametrize(
    ("language", "expected"), [("zh", "zh"), ("zh-Hant", "zh"), ("en", "en"), ("fi", "en")]
)
def test_a_language_without_its_own_prompt_is_asked_for_in_english(language, expected):
    assert prompts.text("seeds", language) == prompts.text("seeds", expected)


@pytest.mark.parametrize("name", ["sedes", "../core/recipe", "", "__init__"])
def test_an_unknown_prompt_is_refused_with_the_known_ones(name):
    with pytest.raises(LookupError, match="there are meta, seeds"):
        prompts.text(name, "en")
