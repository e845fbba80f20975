#!/usr/bin/env python3
"""Holds every #include of the tree against rooms.txt: usage: check.py ROOT [TABLE]"""
import os
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)


def read_table(path):
    rooms = {}
    for line in open(path):
        line = line.split("#")[0].strip()
        if line:
            room, _, allowed = line.partition(":")
            rooms[room.strip()] = set(allowed.split())
    return rooms


def room_of(path, rooms):
    fitting = [room for room in rooms if path.startswith(room + "/")]
    return max(fitting, key=len) if fitting else None


def main():
    root = sys.argv[1]
    table = sys.argv[2] if len(sys.argv) > 2 else os.path.join(os.path.dirname(__file__), "rooms.txt")
    rooms = read_table(table)
    broken = includes = 0
    for top in sorted({room.split("/")[0] for room in rooms}):
        for folder, _, names in os.walk(os.path.join(root, top)):
            for name in sorted(names):
                if not name.endswith((".c", ".h")):
                    continue
                path = os.path.relpath(os.path.join(folder, name), root)
                room = room_of(path, rooms)
                if room is None:
                    continue
                text = open(os.path.join(root, path), encoding="utf-8").read()
                for match in INCLUDE.finditer(text):
                    includes += 1
                    line = text.count("\n", 0, match.start()) + 1
                    target = match.group(1)
                    other = room_of(target, rooms)
                    if not os.path.exists(os.path.join(root, target)):
                        problem = "is not written from the root"
                    elif other is None:
                        problem = "is in no room"
                    elif other != room and other not in rooms[room]:
                        problem = f"{room} may not use {other}"
                    else:
                        continue
                    broken += 1
                    print(f'{path}:{line}: #include "{target}": {problem}')
    print(f"{includes} includes read, {broken} break the table")
    return 1 if broken or not includes else 0


if __name__ == "__main__":
    sys.exit(main())
