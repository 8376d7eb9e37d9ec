import re
from datetime import timedelta

import pytest
from apscheduler.triggers.cron import CronTrigger
from hypothesis import given
from hypothesis import strategies as st

from core.schedule import MONTHS, WEEKDAYS, Cron, parse_duration, written_duration


@pytest.mark.parametrize(
    "text",
    [
        "0 9 * * mon-fri",
        "30 8,13 * * mon,wed,fri",
        "*/15 9-17 * * *",
        "0 0 1 * *",
        "0 9 29 feb *",
        "5-50/15 */2 * jan-mar,dec *",
        "0 9 * * SUN",
    ],
)
def test_a_cron_expression_is_kept_as_it_stands_but_in_lower_case(text):
    assert str(Cron.parse(text)) == text.lower()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("0 9 * * 1", "has the weekday `1`; name weekdays (mon, tue,"),
        ("0 9 * * 1-5", "has the weekday `1-5`; name weekdays"),
        ("0 9 * * */2", "has the weekday `*/2`; name weekdays"),
        ("0 9 * * monday", "has the weekday `monday`, which is none; the names are mon, tue"),
        ("0 9 * * fri-mon", "has the weekday `fri-mon`, which runs backwards"),
        ("0 9 * * mon-wed-fri", "a range has two ends"),
        ("0 9 * *", "needs five fields"),
        ("0 0 9 * * mon", "needs five fields"),
        ("@daily", "needs five fields (minute, hour, day, month, weekday), such as `0 9 * * mon"),
        ("", "needs five fields"),
        ("60 9 * * *", "has the minute `60`; it goes from 0 to 59"),
        ("0 24 * * *", "has the hour `24`; it goes from 0 to 23"),
        ("0 9 0 * *", "has the day `0`; it goes from 1 to 31"),
        ("0 9 last * *", "has the day `last`, which is none"),
        ("0 9 * 13 *", "has the month `13`; it goes from 1 to 12"),
        ("0 9 * enero *", "the names are jan, feb"),
        ("10-5 9 * * *", "has the minute `10-5`, which runs backwards"),
        ("*/0 9 * * *", "has the minute `*/0`; its step goes from 1 to 59"),
        ("*/x 9 * * *", "its step goes from 1 to 59"),
        ("10-20/11 9 * * *", "has the minute `10-20/11`; its step goes from 1 to 10"),
        ("5/15 9 * * *", "write `5-59/15`"),
        ("0 9,, * * *", "has the hour ``"),
        ("0 9 31 feb,apr *", "never comes: no such month has a day 31"),
        ("0 9 1 * mon", "put `*` in one of the two"),
        ("0 ９ * * *", "has the hour `９`, which is none"),
    ],
)
def test_what_cron_programs_read_differently_or_not_at_all_is_refused(text, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        Cron.parse(text)


def _ends(least, most):
    pair = st.tuples(st.integers(least, most), st.integers(least, most)).map(sorted)
    wide = pair.filter(lambda ends: ends[0] < ends[1])
    part = st.one_of(
        st.integers(least, most).map(str),
        pair.map(lambda ends: f"{ends[0]}-{ends[1]}"),
        st.just("*"),
        st.integers(1, most - least).map(lambda step: f"*/{step}"),
        wide.flatmap(
            lambda ends: st.integers(1, ends[1] - ends[0]).map(
                lambda step: f"{ends[0]}-{ends[1]}/{step}"
            )
        ),
    )
    return st.lists(part, min_size=1, max_size=3).map(",".join)


_DAYS = st.one_of(
    st.tuples(_ends(1, 28), st.sampled_from(MONTHS), st.just("*")),
    st.tuples(st.just("*"), st.sampled_from(MONTHS), st.sampled_from([*WEEKDAYS, "tue-sat"])),
)


@given(_ends(0, 59), _ends(0, 23), _DAYS)
def test_whatever_is_accepted_the_scheduler_accepts_too(minute, hour, days):
    cron = Cron.parse(" ".join([minute, hour, *days]))
    CronTrigger(
        minute=cron.minute,
        hour=cron.hour,
        day=cron.day,
        month=cron.month,
        day_of_week=cron.weekday,
        timezone="UTC",
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7d", timedelta(days=7)),
        ("12h", timedelta(hours=12)),
        ("30m", timedelta(minutes=30)),
        ("never", None),
    ],
)
def test_a_duration_is_a_number_with_its_unit_or_never(text, expected):
    assert parse_duration(text) == expected


@pytest.mark.parametrize("text", ["", "7", "d", "0d", "-1d", "1.5d", "7 d", "7w", "123456d", "７d"])
def test_any_other_duration_is_refused_with_the_form_to_write(text):
    with pytest.raises(ValueError, match=r"such as `7d`"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["7d", "12h", "30m", "25h", "90m", "99999d", "never"])
def test_a_duration_is_written_as_it_is_read(text):
    assert text == written_duration(parse_duration(text))


def test_a_duration_is_written_in_its_largest_unit():
    assert written_duration(parse_duration("48h")) == "2d"
