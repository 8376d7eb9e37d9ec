"""Opening the database that the settings name, ready to be used."""

from bot import clock
from bot.settings import Settings
from storage import schema
from storage.engine import Store, open_store


def opened(settings: Settings) -> Store:
    """The store, on the clock that the settings name; an empty database gets its schema.

    Raises:
        UsageError: a wrong address, a database that cannot be reached, a schema behind the code.
    """
    store = open_store(settings.database_url, clock.of(settings.clock_url))
    try:
        schema.ready(store)
    except BaseException:
        store.close()
        raise
    return store
