"""A stream of bytes that only a passphrase opens, and in which no byte can be changed or left out.

Chunks of 64 KiB under AES-256-GCM, by the STREAM construction (Hoang, Reyhanitabar, Rogaway,
Vizár: Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance, 2015): a nonce is a
random prefix, the chunk's number and whether it is the last. The key comes from the passphrase by
scrypt (RFC 7914).

    magic 8 bytes | salt 16 | log2 of n 1 | prefix 7 | chunks, each 16 bytes longer than its content
"""

import io
import os
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from services.stack.daemons import StackError

MAGIC = b"FUYUAN\x01\n"
CHUNK, TAG = 64 * 1024, 16
SALT, PREFIX = 16, 7
COST = 17
"""log2 of scrypt's n: 128 MiB and half a second a guess (r = 8, p = 1)."""
MOST_COST = 22
SHORTEST = 12
"""Characters of a passphrase."""


def checked(passphrase: str) -> bytes:
    """Take a passphrase, without the line's end. Raises StackError for one that is too short."""
    text = passphrase.rstrip("\r\n")
    if len(text) < SHORTEST:
        raise StackError(f"the passphrase is too short: expected {SHORTEST} characters or more")
    return text.encode()


class Sealing(io.RawIOBase):
    """Seals what is written to it; `close` writes the last chunk, and leaves `sink` open."""

    def __init__(self, sink: BinaryIO, passphrase: bytes, cost: int = COST) -> None:
        """Write the head."""
        salt, self._prefix = os.urandom(SALT), os.urandom(PREFIX)
        self._head = MAGIC + salt + bytes([cost]) + self._prefix
        self._key = AESGCM(_key(passphrase, salt, cost))
        self._sink, self._held, self._number = sink, bytearray(), 0
        sink.write(self._head)

    def writable(self) -> bool:
        """Say yes."""
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override] # io wants any buffer
        """Take bytes; whole chunks go on at once, the last one waits for `close`."""
        self._held += data
        while len(self._held) > CHUNK:
            self._put(bytes(self._held[:CHUNK]), last=False)
            del self._held[:CHUNK]
        return len(data)

    def close(self) -> None:
        """Write the last chunk, once."""
        if not self.closed:
            self._put(bytes(self._held), last=True)
            self._held.clear()
        super().close()

    def _put(self, chunk: bytes, *, last: bool) -> None:
        nonce = _nonce(self._prefix, self._number, last=last)
        self._sink.write(self._key.encrypt(nonce, chunk, self._head))
        self._number += 1


class Opening(io.RawIOBase):
    """Opens what was sealed, chunk by chunk, as it is read."""

    def __init__(self, source: BinaryIO, passphrase: bytes) -> None:
        """Read the head. Raises StackError when it is none."""
        self._head = source.read(len(MAGIC) + SALT + 1 + PREFIX)
        if len(self._head) < len(MAGIC) + SALT + 1 + PREFIX or not is_sealed(self._head):
            raise StackError("this is no sealed backup")
        salt = self._head[len(MAGIC) :][:SALT]
        cost = self._head[len(MAGIC) + SALT]
        if cost > MOST_COST:
            raise StackError("this backup's head was changed: its key would cost too much")
        self._prefix = self._head[-PREFIX:]
        self._key = AESGCM(_key(passphrase, salt, cost))
        self._source, self._number = source, 0
        self._next = source.read(CHUNK + TAG)
        self._left = memoryview(b"")

    def readable(self) -> bool:
        """Say yes."""
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override] # io wants any buffer
        """Give some bytes. Raises StackError for a wrong passphrase, or a byte that was changed."""
        if not self._left and self._next:
            self._open()
        size = min(len(buffer), len(self._left))
        buffer[:size] = self._left[:size]
        self._left = self._left[size:]
        return size

    def _open(self) -> None:
        chunk, self._next = self._next, self._source.read(CHUNK + TAG)
        nonce = _nonce(self._prefix, self._number, last=not self._next)
        try:
            self._left = memoryview(self._key.decrypt(nonce, chunk, self._head))
        except InvalidTag as error:
            wrong = (
                "the passphrase is not the one it was sealed with, or its beginning was changed"
                if self._number == 0
                else f"it was changed or cut off (64 KiB chunk {self._number})"
            )
            raise StackError(f"the backup can't be opened: {wrong}") from error
        self._number += 1


def is_sealed(head: bytes) -> bool:
    """Tell by its first bytes whether a file is sealed."""
    return head.startswith(MAGIC)


def _key(passphrase: bytes, salt: bytes, cost: int) -> bytes:
    return Scrypt(salt=salt, length=32, n=2**cost, r=8, p=1).derive(passphrase)


def _nonce(prefix: bytes, number: int, *, last: bool) -> bytes:
    return prefix + number.to_bytes(4, "big") + bytes([last])
