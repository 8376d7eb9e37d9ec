"""`core.similarity` against ROUGE-L as it is defined, by the plain table, in integers."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.similarity import Similar, Texts, least_common, tokens


def longest_common(one: list[str], other: list[str]) -> int:
    row = [0] * (len(other) + 1)
    for left in one:
        above = row
        row = [0]
        for place, right in enumerate(other, 1):
            best = max(row[-1], above[place])
            row.append(above[place - 1] + 1 if left == right else best)
    return row[-1]


def rouge_l(one: str, other: str) -> Fraction:
    left, right = tokens(one), tokens(other)
    return Fraction(2 * longest_common(left, right), len(left) + len(right))


def texts_of(words: str) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(words.split()), min_size=1, max_size=12).map(" ".join)


english = texts_of("how do I my reset the password please a Password")
chinese = texts_of("怎 么 重 置 密 码 我 的 请 湿 疹 APP 3").map(lambda text: text.replace(" ", ""))
anything = st.text(min_size=1, max_size=12).filter(lambda text: text.strip() != "")
thresholds = st.sampled_from([Fraction(n, 10) for n in range(3, 11)])


@settings(deadline=None)
@given(st.lists(english | chinese | anything, max_size=12), english | chinese, thresholds)
def test_the_nearest_text_is_the_one_with_the_highest_rouge_l(stored, asked, threshold):
    collection = Texts(threshold)
    for text in stored:
        collection.add(text)
    scores = [rouge_l(asked, text) for text in stored]
    best = max(scores, default=Fraction(0))
    expected = Similar(scores.index(best), best) if best >= threshold else None
    assert collection.nearest(asked) == expected


@pytest.mark.parametrize(
    ("m", "n", "common", "is_duplicate"),
    [
        (10, 10, 7, True),
        (10, 10, 6, False),
        (23, 37, 21, True),  # rouge_score's floats say 0.6999999999999998
        (23, 37, 20, False),
        (7, 13, 7, True),  # the edge of the length window
        (7, 14, 7, False),
        (1, 1, 1, True),
        (1, 1, 0, False),
        (1, 2, 1, False),  # 2/3
    ],
)
def test_seven_tenths_is_a_duplicate_and_less_is_not(m, n, common, is_duplicate):
    one = [f"w{i}" for i in range(common)] + [f"x{i}" for i in range(m - common)]
    other = [f"w{i}" for i in range(common)] + [f"y{i}" for i in range(n - common)]
    collection = Texts(Fraction(7, 10))
    collection.add(" ".join(one))
    expected = Similar(0, Fraction(2 * common, m + n)) if is_duplicate else None
    assert collection.nearest(" ".join(other)) == expected


@given(thresholds, st.integers(1, 800))
def test_the_least_common_length_is_the_first_that_reaches_the_threshold(threshold, length):
    least = least_common(threshold, length)
    assert Fraction(2 * least, length) >= threshold
    assert Fraction(2 * (least - 1), length) < threshold


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("How do I reset it?", ["how", "do", "i", "reset", "it"]),
        ("怎么重置？", ["怎", "么", "重", "置"]),
        ("用Python3写 hello_world", ["用", "python3", "写", "hello", "world"]),
        ("ＡＢＣ１２　ｶﾞ", ["abc12", "ガ"]),
        ("ภาษา", ["ภ", "า", "ษ", "า"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("дом, ДОМ", ["дом", "дом"]),
        ("𠮷野家", ["𠮷", "野", "家"]),
        ("👍 ！？", ["👍", "!", "?"]),
        ("", []),
        (" \n", []),
    ],
)
def test_tokens(text, expected):
    assert tokens(text) == expected


@pytest.mark.parametrize(
    ("stored", "asked", "expected"),
    [
        ("👍", "👍", Similar(0, Fraction(1))),
        ("👍", "🎉", None),
        ("？？", "好", None),
        ("", "", None),
        ("  ", "好", None),
    ],
)
def test_texts_without_words(stored, asked, expected):
    collection = Texts(Fraction(7, 10))
    collection.add(stored)
    assert collection.nearest(asked) == expected


def test_of_equally_similar_texts_the_earliest_is_named():
    collection = Texts(Fraction(7, 10))
    for text in ("一二三四五六七八九甲", "一二三四五六七八九乙", "一二三四五六七八九乙"):
        collection.add(text)
    assert collection.nearest("一二三四五六七八九丙") == Similar(0, Fraction(9, 10))
    assert collection.nearest("一二三四五六七八九乙") == Similar(1, Fraction(1))


def test_asking_does_not_fill_the_vocabulary_and_its_unknown_words_match_nothing():
    collection = Texts(Fraction(1, 2))
    collection.add("a b")
    assert collection.nearest("c d") is None
    collection.add("c d")
    assert collection.nearest("e f") is None


def test_more_than_55296_distinct_words_pass_over_the_surrogates():
    collection = Texts(Fraction(7, 10))
    words = [f"w{number}" for number in range(0xD800 + 20)]
    for start in range(0, len(words), 8):
        collection.add(" ".join(words[start : start + 8]))
    start = len(words) // 8 * 8 - 8
    found = collection.nearest(" ".join(words[start : start + 7]))
    assert found == Similar(start // 8, Fraction(14, 15))
