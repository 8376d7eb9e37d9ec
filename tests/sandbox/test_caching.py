"""The teacher's prompt caching: what each provider reads, writes and forgets."""

import pytest

from sandbox.caching import Cache, Share
from sandbox.dialects import Anthropic, Declined, OpenAI

BASE = {"model": "support-en", "max_tokens": 9}
VERSION = {"anthropic-version": "2026-10-21"}


class Model:
    """A model of one provider with its cache, on a clock that stands."""

    def __init__(self, dialect):
        self.dialect = dialect
        self.now = 1000.0
        self.cache = Cache(lambda: self.now)

    def marks(self, **body):
        return self.dialect.marks(self.dialect.read(VERSION, BASE | body))

    def ask(self, **body):
        """(read, written) of a request that is answered at once."""
        marks = self.marks(**body)
        share = self.dialect.share(self.cache.share("m", marks))
        self.cache.keep("m", marks)
        return share.read, share.written


@pytest.fixture
def gpt():
    return Model(OpenAI())


@pytest.fixture
def claude():
    return Model(Anthropic())


def words(tokens, letter="a"):
    return letter * 4 * tokens


def user(*texts):
    return [{"role": "user", "content": text} for text in texts]


def block(text, *, cached=False, **control):
    marked = {"cache_control": {"type": "ephemeral", **control}} if cached else {}
    return {"type": "text", "text": text, **marked}


def test_openai_reads_the_longest_known_beginning_in_steps(gpt):
    assert gpt.ask(messages=user(words(1500))) == (0, 0)
    assert gpt.ask(messages=user(words(1500))) == (1408, 0)
    assert gpt.ask(messages=user(words(1200) + words(400, "b"))) == (1152, 0)
    assert gpt.ask(messages=user(words(1000) + words(400, "b"))) == (0, 0)


def test_openai_counts_the_schema_and_the_system_text_as_the_beginning(gpt):
    form = {"type": "json_schema", "json_schema": {"schema": {"title": words(1100)}}}
    assert gpt.ask(messages=user("one"), response_format=form) == (0, 0)
    assert gpt.ask(messages=user("two"), response_format=form)[0] >= 1024


def test_a_prompt_under_1024_tokens_is_not_kept(gpt, claude):
    for _ in range(2):
        assert gpt.ask(messages=user(words(1023))) == (0, 0)
        assert claude.ask(messages=user([block(words(1023), cached=True)])) == (0, 0)


def test_what_was_not_used_for_five_minutes_is_forgotten(gpt):
    gpt.ask(messages=user(words(1024)))
    for _ in range(3):
        gpt.now += 299
        assert gpt.ask(messages=user(words(1024))) == (1024, 0)
    gpt.now += 300
    assert gpt.ask(messages=user(words(1024))) == (0, 0)


def test_anthropic_keeps_what_it_is_told_to_and_nothing_else(claude):
    told = [block(words(1024), cached=True), block("today's wish")]
    assert claude.ask(messages=user(told)) == (0, 1024)
    assert claude.ask(messages=user(told)) == (1024, 0)
    assert claude.ask(messages=user([block(words(1024)), block("today's wish")])) == (0, 0)


def test_a_later_breakpoint_reads_the_earlier_and_writes_the_rest(claude):
    system = [block(words(1100), cached=True)]
    assert claude.ask(system=system, messages=user("a")) == (0, 1100)
    longer = user([block(words(400, "b"), cached=True)])
    assert claude.ask(system=system, messages=longer) == (1100, 400)
    assert claude.ask(system=[block(words(1100))], messages=longer) == (1500, 0)


def test_a_breakpoint_may_stand_at_the_top_of_the_request(claude):
    body = {"messages": user(words(2000)), "cache_control": {"type": "ephemeral"}}
    assert [claude.ask(**body), claude.ask(**body)] == [(0, 2000), (2000, 0)]


def test_an_hour_can_be_asked_for(claude):
    told = user([block(words(1024), cached=True, ttl="1h")])
    claude.ask(messages=told)
    claude.now += 3599
    assert claude.ask(messages=told) == (1024, 0)


def test_nothing_is_read_before_the_first_answer_is_there(claude):
    marks = claude.marks(messages=user([block(words(1024), cached=True)]))
    assert claude.cache.share("m", marks) == claude.cache.share("m", marks) == Share(0, 1024)


def test_models_share_nothing(claude):
    marks = claude.marks(messages=user([block(words(1024), cached=True)]))
    claude.cache.keep("other", marks)
    assert claude.cache.share("m", marks) == Share(0, 1024)


@pytest.mark.parametrize(
    "control",
    [{"type": "ephemeral", "ttl": "1d"}, {"type": "eternal"}, "ephemeral"],
)
def test_a_breakpoint_that_is_none_is_declined(claude, control):
    with pytest.raises(Declined, match="cache_control"):
        claude.ask(messages=user("a"), cache_control=control)


def test_anthropic_takes_at_most_four_breakpoints(claude):
    with pytest.raises(Declined, match="maximum of 4"):
        claude.ask(messages=user([block("a", cached=True)] * 5))
