"""The only file of intake that names a collection: its register, the vault, the files' bytes."""

import base64
import hmac
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, BinaryIO

from bson.binary import Binary
from bson.codec_options import CodecOptions
from gridfs import AsyncGridFSBucket, NoFile
from pymongo import ASCENDING, AsyncMongoClient, IndexModel
from pymongo.asynchronous.encryption import AsyncClientEncryption
from pymongo.errors import DuplicateKeyError, EncryptionError

from services.intake.facts import Personal, Sealed
from services.runtime.mongo import Database

VIEW = "register"
"""Cases (`what: "case"`) and access keys (`what: "key"`), without secrets or personal values."""
KEY_VAULT = "key_vault"
BUCKET = "attachments"
"""GridFS: `attachments.files` and `attachments.chunks`, a file's bytes under a drawn id."""
UPLOADS = "uploads"
"""`{_id, case_id, at}`: bytes on their way into a case, from before the first to after the fact."""
INDEXES: Mapping[str, Sequence[IndexModel]] = {
    VIEW: [
        IndexModel([("what", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("digests", ASCENDING)], sparse=True),
    ],
    UPLOADS: [IndexModel([("at", ASCENDING)])],
    KEY_VAULT: [
        IndexModel(
            [("keyAltNames", ASCENDING)],
            unique=True,
            partialFilterExpression={"keyAltNames": {"$exists": True}},
        )
    ],
}
WRITE_BYTES = 1024 * 1024
DATA_KEY = "persons"
ENCRYPTED_SUBTYPE = 6
RANDOMISED = "AEAD_AES_256_CBC_HMAC_SHA_512-Random"
PAGE = 1000


class Store:
    """Lists from the register; they lag by up to a second."""

    def __init__(self, db: Database) -> None:
        """Name the collection; nothing connects yet."""
        self._register = db[VIEW]

    async def keys(self, after: str = "") -> list[dict[str, Any]]:
        """Give up to 1,000 access keys in the order of their subjects, beginning after one."""
        query = {"what": "key", "_id": {"$gt": after}}
        found = self._register.find(query).sort([("_id", ASCENDING)]).limit(PAGE)
        return list(await found.to_list(None))

    async def cases_of_person(self, digest: str) -> list[dict[str, Any]]:
        """Give the cases that name a person, by a keyed digest of the phone or resident id."""
        found = self._register.find({"digests": digest}).sort([("_id", ASCENDING)]).limit(PAGE)
        return list(await found.to_list(None))


class Files:
    """The bytes of attachments, in GridFS: majority and journalled, as all that is written."""

    def __init__(self, db: Database) -> None:
        """Name the bucket; nothing connects yet."""
        self._uploads = db[UPLOADS]
        self._bucket = _bucket(db)

    async def keep(self, stored: str, case_id: str, source: BinaryIO, now: datetime) -> None:
        """Store bytes, read from the source's beginning, as `stored`.

        They stay only if `settle` follows: the note made first tells the sweep of all others.
        """
        await self._uploads.insert_one({"_id": stored, "case_id": case_id, "at": now})
        source.seek(0)
        upload = self._bucket.open_upload_stream_with_id(stored, stored)
        while part := source.read(WRITE_BYTES):
            await upload.write(part)
        await upload.close()

    async def settle(self, stored: str) -> None:
        """Note that a fact names these bytes: they stay."""
        await self._uploads.delete_one({"_id": stored})

    async def discard(self, stored: str) -> None:
        """Remove bytes, all or what there is of them, and then the note."""
        with suppress(NoFile):
            await self._bucket.delete(stored)
        await self.settle(stored)

    async def unsettled(self, before: datetime) -> list[tuple[str, str]]:
        """Give up to 1,000 uploads begun before a moment and not settled: (stored, case id)."""
        found = self._uploads.find({"at": {"$lt": before}}).limit(PAGE)
        return [(item["_id"], item["case_id"]) for item in await found.to_list(None)]

    async def open(self, stored: str) -> AsyncIterator[bytes]:
        """Open bytes, to be read chunk by chunk. Raises NoFile when they are gone."""
        return _chunks(await self._bucket.open_download_stream(stored))


class Vault:
    """Encrypts personal values (explicit client-side field level encryption, local master key).

    Encryption is randomised: equal values give different ciphertexts, so that a copy of the
    database tells nothing. What must be found or compared exactly has a keyed digest instead.
    """

    def __init__(self, db: Database, master_key: bytes) -> None:
        """Use a master key of 96 bytes; the data key lies in `key_vault`, made on first use."""
        self._encryption = _encryption(db, master_key)
        self._digest_key = hmac.digest(master_key, b"fuyuan digests of persons", "sha256")
        self._data_key: Any = None

    async def seal(self, field: Personal, value: str) -> Sealed:
        """Encrypt a value for storing."""
        cipher = await self._encryption.encrypt(
            value,
            RANDOMISED,
            key_id=await self._key(),
        )
        return Sealed(base64.b64encode(cipher).decode(), self.digest(field, value))

    async def open(self, sealed: Sealed) -> str:
        """Decrypt a stored value."""
        cipher = Binary(base64.b64decode(sealed.cipher), ENCRYPTED_SUBTYPE)
        return str(await self._encryption.decrypt(cipher))

    def digest(self, field: Personal, value: str) -> str:
        """Digest a value for exact search (HMAC-SHA256): of no use without the key."""
        text = f"{field}\n{value.replace('-', '')}"
        return hmac.digest(self._digest_key, text.encode(), "sha256").hex()

    async def _key(self) -> Any:  # noqa: ANN401 - a Binary of either driver
        if self._data_key is None:
            found = await self._encryption.get_key_by_alt_name(DATA_KEY)
            if found is None:
                await self._make_key()
                found = await self._encryption.get_key_by_alt_name(DATA_KEY)
            self._data_key = found["_id"]
        return self._data_key

    async def _make_key(self) -> None:
        try:
            await self._encryption.create_data_key("local", key_alt_names=[DATA_KEY])
        except EncryptionError as error:
            if not isinstance(error.cause, DuplicateKeyError):  # another copy was faster
                raise


async def _chunks(source: Any) -> AsyncIterator[bytes]:  # noqa: ANN401 - of either driver
    while part := await source.readchunk():
        yield bytes(part)


def _bucket(db: Database) -> Any:  # noqa: ANN401 - of either driver
    if isinstance(db.client, AsyncMongoClient):
        return AsyncGridFSBucket(db, BUCKET)
    from motor.motor_asyncio import AsyncIOMotorGridFSBucket  # noqa: PLC0415 - an extra, if chosen

    return AsyncIOMotorGridFSBucket(db, BUCKET)


def _encryption(db: Database, master_key: bytes) -> Any:  # noqa: ANN401 - of either driver
    client, namespace = db.client, f"{db.name}.{KEY_VAULT}"
    providers = {"local": {"key": master_key}}
    options: CodecOptions[Any] = CodecOptions()
    if isinstance(client, AsyncMongoClient):
        return AsyncClientEncryption(providers, namespace, client, options)
    from motor.motor_asyncio import (  # noqa: PLC0415 - an extra, only if chosen
        AsyncIOMotorClientEncryption,
    )

    return AsyncIOMotorClientEncryption(providers, namespace, client, options)
