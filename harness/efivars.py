#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Usage: harness/efivars.py STORE NEW NAME[:ATTRIBUTES][=PART,...]...

Copies a store of EFI variables, as OVMF keeps one, and changes some of its
variables. NAME alone removes a variable; otherwise it becomes all PARTs:

  old         the value that it has
  hex:BYTES   these bytes
  cert:FILE   a signature list with a certificate, in DER
  tbs:FILE    one with the SHA-256 of the signed part of a certificate
  bin:FILE    one with the SHA-256 of a file
  pe:FILE     one with the SHA-256 of a program for EFI, such as a kernel
  other:      one of a type that Linux does not know
  cut:N       without the last N bytes of all that stands before

ATTRIBUTES replace those of the table below: 1 keeps a variable across reboots,
2 shows it to the boot loader, 4 to the kernel, 0x20 has its writers sign."""

import hashlib
import struct
import sys
import uuid

GLOBAL = "8be4df61-93ca-11d2-aa0d-00e098032b8c"
SECURITY = "d719b2cb-3d3a-4596-a3bc-dad00e67656f"
SHIM = "605dab50-e046-4300-abb6-3dd810dd8b23"
ENABLE = "f0a30bc7-af08-4556-99c4-001009c93a44"

KNOWN = {
    "PK": (GLOBAL, 0x27),
    "KEK": (GLOBAL, 0x27),
    "db": (SECURITY, 0x27),
    "dbx": (SECURITY, 0x27),
    "SecureBootEnable": (ENABLE, 3),
    # Shim's own variables, and what the kernel takes for its messages.
    "MokList": (SHIM, 3),
    "MokListX": (SHIM, 3),
    "MokSBState": (SHIM, 3),
    "MokListRT": (SHIM, 7),
    "MokListXRT": (SHIM, 7),
    "MokSBStateRT": (SHIM, 7),
}

TYPES = {
    "cert": "a5c059a1-94e4-4aa7-87b5-ab155c2bf072",
    "tbs": "3bd2a492-96c0-4079-b420-fcf98ef103ed",
    "bin": "c1c41626-504c-4092-aca9-41f936934328",
    "other": "3c5766e8-269c-4e34-aa14-ed776e85b3b6",
}

STORE = uuid.UUID("aaf32c78-947b-439a-a180-2e144ec37792")
HEADER = struct.Struct("<HBBIQ16sIII16s")
ADDED = 0x3F
START = 0x55AA


def guid(text):
    return uuid.UUID(text).bytes_le


def read(path):
    with open(path, "rb") as file:
        return file.read()


def signature_list(kind, data):
    owner = guid(SHIM)
    size = len(owner) + len(data)
    return guid(TYPES[kind]) + struct.pack("<III", 28 + size, 0, size) + owner + data


def signed_part(cert):
    """The first element of the sequence that a certificate is, with its header."""
    def header(at):
        length = cert[at + 1]
        if length < 0x80:
            return at + 2, length
        count = length & 0x7F
        return at + 2 + count, int.from_bytes(cert[at + 2:at + 2 + count], "big")

    begin, _ = header(0)
    inner, length = header(begin)
    return cert[begin:inner + length]


def image_hash(image):
    """That of a PE32+ image without its checksum and the place of its signature."""
    (header,) = struct.unpack_from("<I", image, 0x3C)
    checksum = header + 0x58
    place = header + 0xA8
    (begin, size) = struct.unpack_from("<II", image, place)
    end = begin if size else len(image)
    body = image[:checksum] + image[checksum + 4:place] + image[place + 8:end]
    return hashlib.sha256(body + bytes(-end % 8)).digest()


def part(value, old, word):
    kind, _, arg = word.partition(":")
    if kind == "old":
        return value + old
    if kind == "hex":
        return value + bytes.fromhex(arg)
    if kind == "cut":
        return value[:-int(arg)]
    if kind == "cert":
        data = read(arg)
    elif kind == "tbs":
        # A time of revocation follows: none.
        data = hashlib.sha256(signed_part(read(arg))).digest() + bytes(16)
    elif kind == "bin":
        data = hashlib.sha256(read(arg)).digest()
    elif kind == "pe":
        data = image_hash(read(arg))
    elif kind == "other":
        data = bytes(256)
    else:
        sys.exit("error: no kind of value '%s'; see harness/efivars.py" % word)
    return value + signature_list("bin" if kind == "pe" else kind, data)


class Store:
    def __init__(self, image):
        self.image = bytearray(image)
        (at,) = struct.unpack_from("<H", image, 48)
        if uuid.UUID(bytes_le=bytes(image[at:at + 16])) != STORE:
            sys.exit("error: this is no store of EFI variables")
        (size,) = struct.unpack_from("<I", image, at + 16)
        self.begin = at + 28
        self.end = at + size

    def variables(self):
        at = self.begin
        while True:
            header = HEADER.unpack_from(self.image, at)
            if header[0] != START:
                self.free = at
                return
            _, state, _, attributes, _, _, _, name, data, owner = header
            name_at = at + HEADER.size
            yield (at, state, bytes(self.image[name_at:name_at + name]), owner,
                   bytes(self.image[name_at + name:name_at + name + data]))
            at = name_at + name + data
            at += -at % 4

    def take(self, name, owner):
        """Deletes a variable, and returns the value that it had."""
        value = b""
        for at, state, its_name, its_owner, data in self.variables():
            if state == ADDED and (its_name, its_owner) == (name, owner):
                self.image[at + 2] &= 0xFD
                value = data
        return value

    def add(self, name, owner, attributes, value):
        # Writes of a signed variable must be later than this.
        time = struct.pack("<HBBBBBBIhBB", 2020, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0)
        entry = HEADER.pack(START, ADDED, 0, attributes, 0,
                            time if attributes & 0x20 else bytes(16),
                            0, len(name), len(value), owner) + name + value
        entry += b"\xff" * (-len(entry) % 4)
        if self.free + len(entry) > self.end:
            sys.exit("error: the store of EFI variables is full")
        self.image[self.free:self.free + len(entry)] = entry


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    store = Store(read(sys.argv[1]))
    for change in sys.argv[3:]:
        left, given, parts = change.partition("=")
        name, _, attributes = left.partition(":")
        if name not in KNOWN:
            sys.exit("error: no variable '%s'; harness/efivars.py has a table" % name)
        owner = guid(KNOWN[name][0])
        encoded = name.encode("utf-16-le") + b"\0\0"
        old = store.take(encoded, owner)
        if not given:
            continue
        value = b""
        for word in parts.split(","):
            value = part(value, old, word)
        store.add(encoded, owner, int(attributes, 0) if attributes else KNOWN[name][1], value)
    with open(sys.argv[2], "wb") as file:
        file.write(store.image)


if __name__ == "__main__":
    main()
