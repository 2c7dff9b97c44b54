"""The only file of intake that names a collection: its register, and the vault of personal data."""

import base64
import hmac
from collections.abc import Mapping, Sequence
from typing import Any

from bson.binary import Binary
from bson.codec_options import CodecOptions
from pymongo import ASCENDING, AsyncMongoClient, IndexModel
from pymongo.asynchronous.encryption import AsyncClientEncryption
from pymongo.errors import DuplicateKeyError, EncryptionError

from services.intake.model import Personal, Sealed
from services.runtime.mongo import Database

VIEW = "register"
"""Cases (`what: "case"`) and access keys (`what: "key"`), without secrets or personal values."""
KEY_VAULT = "key_vault"
INDEXES: Mapping[str, Sequence[IndexModel]] = {
    VIEW: [
        IndexModel([("what", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("digests", ASCENDING)], sparse=True),
    ],
    KEY_VAULT: [
        IndexModel(
            [("keyAltNames", ASCENDING)],
            unique=True,
            partialFilterExpression={"keyAltNames": {"$exists": True}},
        )
    ],
}
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
