"""The schema's history, on both databases."""

import re
import subprocess
import sys
from decimal import Decimal

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Enum, inspect, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel, select

from core.errors import UsageError
from storage import naming, requests, runs, schema
from storage.engine import open_store
from storage.requests import Paid
from storage.run_tables import Request
from storage.tables import Sample, VoteEvent


@pytest.fixture
def empty(empty_url, clock):
    store = open_store(empty_url, clock)
    yield store
    store.close()


def tables(store):
    return set(inspect(store.engine).get_table_names()) - {schema.VERSION_TABLE}


def test_an_empty_database_is_brought_to_what_the_tables_say(empty):
    assert schema.current(empty) is None
    schema.ready(empty)
    assert schema.current(empty) == schema.head()
    with empty.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": schema.VERSION_TABLE, "compare_type": True}
        )
        assert compare_metadata(context, SQLModel.metadata) == []


def test_downgrading_to_base_leaves_no_table_and_upgrading_brings_them_back(empty):
    schema.ready(empty)
    schema.downgrade(empty, "base")
    assert (tables(empty), schema.current(empty)) == (set(), None)
    schema.ready(empty)
    assert tables(empty) == set(SQLModel.metadata.tables)


START = """
import sys
from datetime import UTC, datetime
from storage import schema
from storage.engine import open_store
store = open_store(sys.argv[1], lambda: datetime.now(UTC))
schema.ready(store)
print(schema.current(store))
"""


def test_processes_that_start_together_create_the_schema_once(empty_url):
    starting = [
        subprocess.Popen(
            [sys.executable, "-c", START, empty_url], stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    said = [process.communicate(timeout=60)[0].strip() for process in starting]
    assert said == [schema.head()] * 3


def test_upgrading_keeps_every_row_and_foreign_keys_in_force(house, store):
    h = house()
    (sample,) = h.opened()
    h.approve(sample, "ana", "ben")
    names = sorted(SQLModel.metadata.tables)

    def rows():
        with store.engine.connect() as connection:
            quoted = store.engine.dialect.identifier_preparer.quote
            return {
                name: connection.execute(text(f"SELECT count(*) FROM {quoted(name)}")).scalar()  # noqa: S608
                for name in names
            }

    before = rows()
    schema.upgrade(store)
    assert rows() == before
    with pytest.raises(IntegrityError), store.write() as session:
        session.add(
            VoteEvent(
                sample_id=999,
                revision=0,
                user_id="ana",
                verdict="approve",
                token="t",
                present=True,
                counted=True,
                source="button",
                at=h.clock.now,
                seen_at=h.clock.now,
            )
        )


def test_values_that_no_enum_has_are_refused_by_the_database(house, store):
    h = house()
    (sample,) = h.opened()
    with pytest.raises(IntegrityError), store.engine.begin() as connection:
        connection.execute(text("UPDATE sample SET state = 'OPEN' WHERE id = :id"), {"id": sample})


def test_the_database_s_checks_know_every_value_of_their_enums(store):
    for name, table in SQLModel.metadata.tables.items():
        checks = inspect(store.engine).get_check_constraints(name)
        known = {check["name"]: set(re.findall(r"'(\w+)'", check["sqltext"])) for check in checks}
        enums = {c.name: set(c.type.enums) for c in table.columns if isinstance(c.type, Enum)}
        assert known == {f"ck_{name}_{column}": values for column, values in enums.items()}


def test_what_an_older_schema_cannot_hold_is_forgotten_and_the_rest_kept(house, store):
    h = house()
    (sample,) = h.opened()
    h.approve(sample, "ana")
    h.reject(sample, "ben")
    h.clock.forward(minutes=10)
    naming.name_due(store, h.dataset.id)
    h.send_all()
    kinds = "SELECT DISTINCT kind FROM post ORDER BY kind"

    def posted():
        with store.engine.connect() as connection:
            return connection.execute(text(kinds)).scalars().all()

    assert posted() == ["card", "header", "name"]
    schema.downgrade(store, "0002")
    assert posted() == ["card", "header"]
    with pytest.raises(IntegrityError), store.engine.begin() as connection:
        connection.execute(text("UPDATE post SET kind = 'name'"))
    schema.upgrade(store)
    assert posted() == ["card", "header"]


def test_a_schema_behind_or_foreign_is_refused_with_the_remedy(empty):
    schema.ready(empty)
    with empty.engine.begin() as connection:
        connection.execute(text(f"UPDATE {schema.VERSION_TABLE} SET version_num = '0000'"))  # noqa: S608
    with pytest.raises(UsageError, match="winnow db upgrade"):
        schema.ready(empty)
    with empty.engine.begin() as connection:
        connection.execute(text(f"DROP TABLE {schema.VERSION_TABLE}"))
    with pytest.raises(UsageError, match="tables of another program"):
        schema.ready(empty)


def test_what_was_paid_survives_the_log_of_requests_both_ways(house, store):
    h = house()
    run = runs.start(store, h.dataset.id, {})
    spent, read, stored, _ = h.reserve(*[h.wanted("0.40") for _ in range(4)], run_id=run)
    cent = Decimal("0.000000012345")
    requests.answer(
        store,
        [
            (spent.id, Paid(cost_usd=Decimal("1E+1"), error="No.")),
            *((one.id, Paid(cost_usd=cent, reply="…")) for one in (read, stored)),
        ],
    )
    h.read(read.id, h.new())
    requests.owe(store, h.dataset.id, [h.wanted()], run)
    before = requests.spent(store, h.dataset.id)
    schema.downgrade(store, "0004")
    with store.engine.connect() as connection:
        columns = "SELECT state, reserved_usd, cost_usd FROM request ORDER BY id"
        assert connection.execute(text(columns)).all() == [
            ("failed", "0.4", "10"),
            ("settled", "0.4", f"{cent:f}"),
            ("settled", "0.4", f"{cent:f}"),
            ("reserved", "0.4", None),
        ]
    schema.upgrade(store)
    assert requests.spent(store, h.dataset.id) == before
    with store.read() as session:
        rows = session.exec(select(Request).order_by(Request.id)).all()
        [sample] = session.exec(select(Sample)).all()
    assert [row.number for row in rows] == [0, 1, 2, 3]
    assert len({row.key for row in rows}) == 4
    assert sample.request_id == read.id
