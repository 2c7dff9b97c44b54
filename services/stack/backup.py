"""A deployment's databases, all as they were at one moment, written to a file and read back.

One snapshot session reads everything: what is filed, sent or counted meanwhile is not in it, or is
in it wholly. The broker is not in it: it is declared anew, and `fuyuan reconcile --repair` sends
again what services have said and others have not heard. The deployment secret is not in it either:
without it personal data can't be read, so it must be kept elsewhere.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, BinaryIO, NamedTuple, TypeAlias, cast

import pymongo
from bson import json_util
from bson.raw_bson import RawBSONDocument
from pymongo.errors import OperationFailure, PyMongoError

from services.stack.archive import Place, Reader, Tally, Writer, documents_of
from services.stack.daemons import StackError
from services.stack.secrets import Secrets

Client: TypeAlias = pymongo.MongoClient[dict[str, Any]]
Told: TypeAlias = Callable[[int], None]
"""Hears of so many more documents."""
KEPT_SECONDS = 6 * 3600
"""How long the database keeps the moment that is read; by itself 5 minutes."""
WINDOW = "minSnapshotHistoryWindowInSeconds"
BATCH = 1000


@dataclass(frozen=True)
class Stored:
    """A deployment's databases."""

    client: Client
    prefix: str
    """What their names begin with."""

    def databases(self) -> list[str]:
        """Name them."""
        names = self.client.list_database_names()
        return sorted(name for name in names if name.startswith(self.prefix))

    def documents(self) -> int:
        """Count all documents, roughly and at once."""
        return sum(
            self.client[database][name].estimated_document_count()
            for database in self.databases()
            for name in _collections(self.client, database)
        )

    def drop(self) -> list[str]:
        """Delete them; gives their names."""
        names = self.databases()
        for name in names:
            self.client.drop_database(name)
        return names


class Taken(NamedTuple):
    """A backup that was written."""

    about: dict[str, Any]
    tallies: dict[Place, Tally]

    @property
    def documents(self) -> int:
        """Count all documents."""
        return sum(tally.documents for tally in self.tallies.values())


def nobody(_number: int) -> None:
    """Hear nothing."""


def fingerprint(secrets: Secrets) -> str:
    """Tell deployment secrets apart, without telling anything of them."""
    return secrets.text("backup/fingerprint", 16)


def take(
    stored: Stored,
    sink: BinaryIO,
    passphrase: bytes | None = None,
    secrets: Secrets | None = None,
    told: Told = nobody,
) -> Taken:
    """Write all databases as they were at one moment.

    Raises StackError when there is none, or when the database forgot that moment meanwhile.
    """
    client, prefix = stored.client, stored.prefix
    names = stored.databases()
    if not names:
        raise StackError(f"there is no database whose name begins with {prefix!r}")
    about = {
        "prefix": prefix,
        "taken_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "server": client.server_info()["version"],
        "secret": fingerprint(secrets) if secrets else None,
        "shape": {
            name.removeprefix(prefix): {
                collection: _shape(client, name, collection)
                for collection in _collections(client, name)
            }
            for name in names
        },
    }
    writer = Writer(sink, about, passphrase)
    try:
        with _kept(client), client.start_session(snapshot=True) as session:
            for name in names:
                for collection in about["shape"][name.removeprefix(prefix)]:
                    found = client[name][collection].find_raw_batches(session=session)
                    place = Place(name.removeprefix(prefix), collection)
                    writer.add(place, _counted(cast("Iterable[bytes]", found), told))
    except OperationFailure as error:
        raise StackError(f"the backup is not complete: {error}") from error
    writer.finish()
    return Taken(about, writer.tallies)


def put_back(stored: Stored, reader: Reader, told: Told = nobody) -> None:
    """Write a backup's documents and indexes to databases that aren't there yet; compare them.

    Raises StackError when one is there, or when what was written isn't what was read.
    """
    client, prefix = stored.client, stored.prefix
    shape: dict[str, dict[str, Any]] = json_util.loads(json.dumps(reader.about["shape"]))
    if there := stored.databases():
        raise StackError(f"there already: {', '.join(there)} (--replace takes their place)")
    for database, collections in shape.items():
        for name, given in collections.items():
            client[prefix + database].create_collection(name, **given["options"])
    for place, documents in reader.parts():
        target = client[prefix + place.database][place.collection]
        for at in range(0, len(documents), BATCH):
            some = [RawBSONDocument(document) for document in documents[at : at + BATCH]]
            target.insert_many(some, ordered=False)
            told(len(some))
    for database, collections in shape.items():
        for name, given in collections.items():
            if given["indexes"]:
                client[prefix + database].command("createIndexes", name, indexes=given["indexes"])
    _compare(client, prefix, reader.tallies)


def _compare(client: Client, prefix: str, tallies: dict[Place, Tally]) -> None:
    for place, wanted in tallies.items():
        found = Tally()
        for batch in client[prefix + place.database][place.collection].find_raw_batches():
            for document in documents_of(cast("bytes", batch)):
                found.add(document)
        if found != wanted:
            raise StackError(
                f"{prefix}{place.database}.{place.collection} is not what the backup has: "
                f"{found.documents} documents, expected {wanted.documents}, or others"
            )


def _counted(batches: Iterable[bytes], told: Told) -> Iterator[bytes]:
    for batch in batches:
        documents = list(documents_of(batch))
        yield from documents
        told(len(documents))


def _collections(client: Client, database: str) -> list[str]:
    listed = client[database].list_collections(filter={"type": "collection"})
    return sorted(item["name"] for item in listed if not item["name"].startswith("system."))


def _shape(client: Client, database: str, name: str) -> dict[str, Any]:
    found = next(iter(client[database].list_collections(filter={"name": name})), {})
    indexes = [
        {key: value for key, value in index.items() if key not in ("v", "ns")}
        for index in client[database][name].list_indexes()
        if index["name"] != "_id_"
    ]
    shape = {"options": found.get("options", {}), "indexes": indexes}
    plain: dict[str, Any] = json.loads(json_util.dumps(shape))
    return plain


@contextmanager
def _kept(client: Client) -> Iterator[None]:
    """Let the database keep the moment that is read for long enough, where it may be told so."""
    try:
        was = client.admin.command({"getParameter": 1, WINDOW: 1})[WINDOW]
        client.admin.command({"setParameter": 1, WINDOW: max(was, KEPT_SECONDS)})
    except PyMongoError:  # not this user's right: five minutes must do
        yield
        return
    try:
        yield
    finally:
        client.admin.command({"setParameter": 1, WINDOW: was})
