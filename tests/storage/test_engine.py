"""Addresses, instants and transactions."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, StatementError

from core.errors import UsageError
from storage.engine import add_new, open_store
from storage.tables import Inbox


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("nonsense", "is no database address"),
        ("postgresql+psycopg://ana:secret@host:port/x", "is no database address"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("mysql://host/x", "names mysql, which Winnow cannot use"),
        ("sqlite:///missing/folder/w.db", "cannot be opened"),
        ("postgresql+nodriver://host/x", "driver of postgresql"),
        ("postgresql+psycopg://ana:secret@127.0.0.1:1/x", "cannot be opened"),
    ],
)
def test_a_wrong_address_is_one_sentence_without_the_password(url, complaint, clock):
    with pytest.raises(UsageError, match=complaint) as caught:
        open_store(url, clock)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_instants_come_back_as_they_were_in_utc(store):
    there = timezone(timedelta(hours=-8))
    local = datetime(2026, 3, 1, 23, 59, 59, 999999, tzinfo=there)
    with store.write() as session:
        session.add(Inbox(key="k", at=local))
    with store.read() as session:
        back = session.get_one(Inbox, "k").at
    assert (back, back.tzinfo) == (local, UTC)


def test_a_naive_datetime_is_refused(store):
    with pytest.raises(StatementError, match="no instant"), store.write() as session:
        session.add(Inbox(key="k", at=datetime(2026, 3, 1)))  # noqa: DTZ001


def test_a_row_is_new_once(store, clock):
    with store.write() as session:
        assert [add_new(session, Inbox, key="k", at=clock.now) for _ in range(2)] == [True, False]
    with store.write() as session:
        assert not add_new(session, Inbox, key="k", at=clock.now)


def test_an_error_leaves_nothing_written(store, clock):
    def fail_after_writing():
        with store.write() as session:
            add_new(session, Inbox, key="k", at=clock.now)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_after_writing()
    with store.read() as session:
        assert session.get(Inbox, "k") is None


def test_a_look_is_consistent_and_blocks_no_writer(store, clock):
    with store.read() as looking:
        assert looking.get(Inbox, "k") is None
        with store.write() as session:
            add_new(session, Inbox, key="k", at=clock.now)
        looking.expire_all()
        assert looking.get(Inbox, "k") is None
    with store.read() as session:
        assert session.get(Inbox, "k") is not None


def test_a_look_cannot_write_on_postgresql(store, clock):
    if store.engine.dialect.name != "postgresql":
        assert store.engine.dialect.name == "sqlite"
        return
    with pytest.raises(DBAPIError), store.read() as session:
        session.execute(text("DELETE FROM inbox"))


def test_a_file_that_is_no_database_is_one_sentence(tmp_path, clock):
    path = tmp_path / "notes.txt"
    path.write_text("These are notes, and no database at all. " * 100)
    with pytest.raises(UsageError, match="not a database"):
        open_store(f"sqlite:///{path}", clock)
