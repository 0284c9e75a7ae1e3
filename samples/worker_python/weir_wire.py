# SPDX-License-Identifier: Apache-2.0
"""Weir's messages in Python: header, body and tensors as docs/wire.md has them."""

import struct

import msgpack
import numpy as np

HELLO, HELLO_ACK, WORK, RESULT, NACK, CANCEL, PING, PONG, GOAWAY = 1, 2, 3, 4, 5, 7, 8, 9, 13
MAGIC, IGNORABLE, KNOWN_FLAGS, MAX_BODY = 0x52494557, 4, 7, 16 << 20
HEADER = struct.Struct("<IBBBBHBBIIIQQI")  # and the CRC-32C of these 44 bytes
DTYPES = {"f32": "<f4", "f16": "<f2", "i8": "i1", "u8": "u1", "i32": "<i4", "i64": "<i8"}

CRC_TABLE = list(range(256))
for _ in range(8):
    CRC_TABLE = [(c >> 1) ^ (0x82F63B78 if c & 1 else 0) for c in CRC_TABLE]


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = (crc >> 8) ^ CRC_TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def read_exactly(link, size):
    data = bytearray(size)
    view = memoryview(data)
    while view:
        got = link.recv_into(view)
        if got == 0:
            raise ConnectionError("the other side closed it")
        view = view[got:]
    return data


def receive(link):
    """The next message: type, budget in seconds (0: none), id, session, body (None without one)."""
    start = read_exactly(link, 48)
    magic, major, _, kind, flags, size, _, _, _, body_size, budget, number, session, _ = HEADER.unpack(start[:44])
    if magic != MAGIC or major != 1 or crc32c(start[:44]) != int.from_bytes(start[44:], "little"):
        raise ConnectionError("no header of wire version 1")
    if size < 48 or body_size > MAX_BODY or (flags & ~KNOWN_FLAGS and not flags & IGNORABLE):
        raise ConnectionError("a header that cannot be used")
    read_exactly(link, size - 48)
    body = read_exactly(link, body_size)
    return kind, budget / 1e6, number, session, msgpack.unpackb(body, max_array_len=4096, max_map_len=256) if body else None


def message(kind, number, session, body=None):
    """The bytes of a message. The check of its body is left out: the flag that asks for it is not set."""
    data = b"" if body is None else msgpack.packb(body)
    start = HEADER.pack(MAGIC, 1, 0, kind, 0, 48, 0, 0, 0, len(data), 0, number, session, 0)
    return start + struct.pack("<I", crc32c(start)) + data


def tensor(array):
    name = next(name for name, dtype in DTYPES.items() if array.dtype == np.dtype(dtype))
    return {"dtype": name, "shape": list(array.shape), "codec": "raw", "data": array.tobytes()}


def array_of(value):
    if value["codec"] != "raw" or "quant" in value:
        raise ValueError("a tensor of plain numbers is wanted")
    return np.frombuffer(value["data"], DTYPES[value["dtype"]]).reshape(value["shape"])
