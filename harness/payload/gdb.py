#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Prints what gdb would send to write 5 to the word at ADDRESS, and to leave."""
import sys


def packet(text):
    return f"${text}#{sum(text.encode()) & 0xff:02x}"


print("+" + packet(f"M{sys.argv[1]},4:05000000") + "+" + packet("D") + "+", end="")
