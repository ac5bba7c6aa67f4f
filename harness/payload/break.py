#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Talks to QEMU's stub for gdb at SOCKET: when the guest, which waits there,
reaches the function at WHEN, have the one at BROKEN return 0, and go on."""
import socket
import sys
import time

path, when, broken = sys.argv[1:]
RETURN_0 = "31c0c3"  # xor eax, eax; ret


def connect():
    for _ in range(100):
        try:
            stub = socket.socket(socket.AF_UNIX)
            stub.connect(path)
            return stub
        except OSError:
            time.sleep(0.1)
    sys.exit(f"QEMU does not answer at {path}")


def ask(text):
    stub.sendall(f"${text}#{sum(text.encode()) & 0xff:02x}".encode())
    answer = b""
    while not (b"#" in answer and len(answer) >= answer.index(b"#") + 3):
        more = stub.recv(4096)
        if not more:
            sys.exit("the guest ended")
        answer += more
    stub.sendall(b"+")
    return answer.decode().lstrip("+")[1:].split("#")[0]


stub = connect()
for step in f"Z1,{when},1", "c", f"M{broken},3:{RETURN_0}", f"z1,{when},1":
    print(step, ask(step), flush=True)
stub.sendall(b"$D#44")
stub.recv(16)
