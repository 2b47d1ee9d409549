#!/usr/bin/env python3
"""Holds what the plugin arrivals wrote down against what the sandbox made, and says how late messages came."""
import collections
import json
import os
import sys

from journal import Log, breaches_of, compare

DISCORD_EPOCH_MS = 1420070400000


class Arrivals:
    """Lines `MICROSECONDS GUILD ID REDELIVERED` of each process; as journal.Journal."""

    def __init__(self, folder):
        self.begun, self.marked, self.ended, self.when = [], collections.Counter(), set(), []
        come = (line.split() for file in os.scandir(folder) for line in open(file))
        for micros, _, id, mark in sorted(come, key=lambda each: int(each[0])):
            self.ended.add(id)
            if mark == "1":
                self.marked[id] += 1
            else:
                self.begun.append(id)
            self.when.append(((int(id) >> 22) + DISCORD_EPOCH_MS, int(micros) / 1000))


def parts(of):
    of = sorted(of)
    if not of:
        return "nothing"
    return f"p50 {of[len(of) // 2]:.1f}, p99 {of[len(of) * 99 // 100]:.1f}, max {of[-1]:.1f} ms"


def main():
    log, arrivals = Log("log", int(sys.argv[1])), Arrivals("arrivals")
    counts, examples = compare(log, arrivals)
    breaches = breaches_of(json.load(open("verdict")), False)
    print(f"handoffs: {counts['messages']} messages: {counts['lost']} lost, {counts['again']} again, "
          f"{counts['out of order']} out of order, {counts['marked']} marked; {len(breaches)} breaches of Discord's rules",
          *breaches, *examples[:10], sep="\n")
    windows = [line.split() for line in open("windows")]
    calm = [int(each[1]) for each in windows if each[0] == "calm"]
    spans = collections.defaultdict(list)
    for one, other in zip(windows, windows[1:]):
        if one[0] == "begin" and other[0] == "end":
            spans["moves" if one[1] == "move" else "handoffs"].append((int(one[2]), int(other[2])))

    def late(spans):
        return [come - said for said, come in arrivals.when if any(a <= said < b for a, b in spans)]

    quiet = late([tuple(calm)])
    print(f"handoffs: {len(quiet) * 1000 / (calm[1] - calm[0]):.0f} messages/s on one shard; how late a message comes: "
          f"without handoffs {parts(quiet)}; while handoffs run {parts(late(spans['handoffs']))}; "
          f"while shards move {parts(late(spans['moves']))}")
    pauses = [each["pause_us"] / 1000 for each in json.load(open("history"))["history"] if each["kind"] == "move"]
    print(f"handoffs: pause of {len(pauses)} moves: {parts(pauses)}")
    wrong = counts["lost"] + counts["again"] + counts["out of order"] + counts["marked"] + len(breaches)
    return bool(wrong) or counts["messages"] == 0


if __name__ == "__main__":
    sys.exit(main())
