"""What WizardLM's Evol-Instruct (Xu et al. 2023, §3.2) throws out of evolved questions and answers.

The paper's first rule, that nothing was gained, is judged by a teacher (the `compare` prompt); the
others are here. Words are counted by `core.similarity`, a Chinese character as one.
"""

import re

from core.similarity import tokens

_SHORT = 80
_MOST_ADDED = 60
"""Words that a rewriting may add: the prompt asks for 20, or 40 Chinese characters, and models
count badly."""
_SORRY = ("sorry", "抱歉", "对不起", "對不起")
_COPIED = re.compile(
    r"(?:given|rewritten|created|original)[ _](?:prompt|instruction)|(?:given|rewritten) question"
    r"|给定的?(?:提示|指令|问题)|改写后的?(?:提示|指令|题目|问题)|原(?:提示词|指令)"
    r"|</?questions>|\bhow to rewrite:|怎样改写[：:]",
    re.IGNORECASE,
)
"""Words of the evolving prompts, the paper's and ours."""
_STOP_WORDS = {
    *("a", "an", "the", "and", "or", "but", "if", "of", "to", "in", "on", "at", "by", "for"),
    *("with", "from", "as", "is", "are", "was", "were", "be", "been", "am", "it", "its", "this"),
    *("that", "these", "those", "i", "you", "he", "she", "we", "they", "me", "him", "her", "us"),
    *("them", "my", "your", "his", "our", "their", "so", "then", "than", "too", "very", "can"),
    *("will", "just", "do", "does", "did", "have", "has", "had", "which", "who", "there", "here"),
    *"的了着过在和与及或也都就而但又很呢吗吧啊呀嘛哦嗯个这那它他她我你们您之其为以于",
}
"""Without those that are a whole answer, such as no and 是."""


def copied(rewritten: str, original: str) -> str | None:
    """Why a rewritten question cannot stay: it speaks of the rewriting."""
    found = _COPIED.search(rewritten)
    if not found or found[0].lower() in original.lower():
        return None
    return f"It has words of the request for rewriting: “{found[0]}”."


def grown(rewritten: str, original: str) -> str | None:
    """Why a rewritten question cannot stay: it has become something else altogether."""
    added = len(tokens(rewritten)) - len(tokens(original))
    if added <= _MOST_ADDED:
        return None
    return f"It has {added} words or characters more than the original."


def unchanged(rewritten: str, original: str) -> str | None:
    """Why a rewritten question cannot stay: it is the same text."""
    return "It is the original unchanged." if tokens(rewritten) == tokens(original) else None


def empty(answer: str) -> str | None:
    """Why an answer shows its question to be no good: an apology, or nothing said."""
    words = tokens(answer)
    if len(words) < _SHORT and any(sorry in answer.lower() for sorry in _SORRY):
        return "The answer is a short apology."
    spoken = [word for word in words if any(character.isalnum() for character in word)]
    if all(word in _STOP_WORDS for word in spoken):
        return "The answer has nothing but punctuation and stop words."
    return None
