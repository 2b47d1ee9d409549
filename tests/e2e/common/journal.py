#!/usr/bin/env python3
"""Holds what a plugin wrote down (tests/plugins_for_tests/journal.cpp) against what the sandbox made (its log)."""
import argparse
import collections
import json
import sys

HOST_FORGOT = "was sent although its limit was used up"  # A host that was killed does not know any more.


class Log:
    """The sandbox's log behind its first lines: messages of each guild in their order, when, and what was sent."""

    def __init__(self, path, before=0):
        self.made = collections.defaultdict(list)
        self.when, self.sent, self.readies, self.identifies = {}, {}, [], 0
        now = 0
        with open(path, errors="replace") as lines:
            for number, line in enumerate(lines):
                words = line.split()
                if len(words) < 3:
                    continue
                if words[0].isdigit():
                    if number >= before and words[1] == "MESSAGE_CREATE" and len(words) == 4:
                        self.made[words[3]].append(words[2])
                        self.when[words[2]] = now
                    continue
                if words[0] == "SENT" and len(words) == 6:
                    now = int(words[5])
                    if words[3] == "MESSAGE_CREATE":
                        self.sent[words[4]] = now
                    elif words[3] == "READY":
                        self.readies.append((now, words[1]))
                elif words[-1].isdigit():
                    now = max(now, int(words[-1]))
                self.identifies += words[0] == "IDENTIFY"


class Journal:
    """Lines `begin PID ID REDELIVERED SHARD`, `end PID ID`, `ended-early PID ID` of a handler that ended where it waited, and `saved PID`
    of the plugin's end."""

    def __init__(self, lines):
        self.begun, self.marked, self.ended, self.pids = [], collections.Counter(), set(), set()
        # By a reload: it ends them and saves, with nothing begun between, and the process lives on. What it cuts short comes again to nobody.
        self.cut_short, ended_early, cut_by_end = set(), collections.defaultdict(list), {}
        for line in lines:
            words = line.split()
            pid = words[1]
            self.pids.add(pid)
            if words[0] == "end":
                self.ended.add(words[2])
            elif words[0] == "ended-early":
                ended_early[pid].append(words[2])
            elif words[0] == "saved":
                cut_by_end[pid] = ended_early.pop(pid, [])
            else:
                self.cut_short.update(cut_by_end.pop(pid, []))
                ended_early.pop(pid, None)
                if words[3] == "1":
                    self.marked[words[2]] += 1
                else:
                    self.begun.append(words[2])

    @classmethod
    def of(cls, path):
        with open(path, errors="replace") as lines:
            return cls(lines)


def check_excuses():
    """Nothing but a reload excuses a handler that ended early: not an exception, nor the end of its process."""
    begun, early, saved, next = "begin 1 7 0 0/1", "ended-early 1 7", "saved 1", "begin 1 8 0 0/1"
    for lines, excused in (((begun, early, next, saved, next), set()), ((begun, early, saved), set()),
                           ((begun, early, saved, "begin 2 8 0 0/1"), set()), ((begun, early, saved, next), {"7"})):
        if Journal(lines).cut_short != excused:
            raise AssertionError(f"the judge excuses {Journal(lines).cut_short or 'nothing'} in {lines}")


def compare(log, journal, excused=lambda guild, id: False, reloads=0):
    """Counts by what went wrong. What came again with a mark is no repetition, and has no place in the order. A reload may cut
    handlers short that take longer than it waits."""
    guild_of = {each: guild for guild, all in log.made.items() for each in all}
    got = collections.defaultdict(list)
    for id in journal.begun:
        if id in guild_of:
            got[guild_of[id]].append(id)
    counts = {"messages": len(guild_of), "lost": 0, "again": 0, "out of order": 0, "excused": 0, "cut short": 0,
              "marked": sum(1 for id in journal.marked if id in guild_of)}
    examples = []
    for guild, all in log.made.items():
        counts["again"] += sum(each - 1 for each in collections.Counter(got[guild]).values())
        for id in all:
            if id not in journal.ended:
                kind = "excused" if excused(guild, id) else "cut short" if reloads and id in journal.cut_short else "lost"
                counts[kind] += 1
                if kind == "lost":
                    examples.append(f"lost: {id} of guild {guild}, {'sent' if id in log.sent else 'never sent'}, "
                                    f"made at {log.when[id]}")
        place = {each: number for number, each in enumerate(all)}
        order = [place[each] for each in got[guild]]
        counts["out of order"] += sum(1 for a, b in zip(order, order[1:]) if b < a)
    return counts, examples


def breaches_of(verdict, hosts_killed):
    return [each for each in verdict["breaches"] if not (hosts_killed and HOST_FORGOT in json.dumps(each))]


class Gaps:
    """Times in which a guild had no session, because Discord ended it: what was never sent then is nobody's loss."""

    def __init__(self, log):
        self.log, self.all = log, []

    def add(self, shard, from_ms):
        """A session of `shard` (i/n) that Discord ended then: until the next READY of i/n."""
        until = next((at for at, which in sorted(self.log.readies) if which == shard and at > from_ms), float("inf"))
        self.all.append((shard, from_ms, until))

    def __call__(self, guild, id):
        for shard, begun, ended in self.all:
            number, count = map(int, shard.split("/"))
            if (int(guild) >> 22) % count == number and begun <= self.log.when[id] <= ended:
                return id not in self.log.sent
        return False


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("name")
    options.add_argument("--before", type=int, required=True, help="lines of the log that do not count")
    options.add_argument("--kills", type=int, default=0, help="so many of the host and its collections; without, nothing may be marked")
    given = options.parse_args()
    check_excuses()
    counts, examples = compare(Log("log", given.before), Journal.of("journal"))
    breaches = breaches_of(json.load(open("verdict")), given.kills > 0)
    print(f"{given.name}: {counts['messages']} messages: {counts['lost']} lost, {counts['again']} again without a mark, "
          f"{counts['out of order']} out of order, {counts['marked']} marked; {len(breaches)} breaches of Discord's rules",
          *breaches, *examples[:10], sep="\n")
    wrong = counts["lost"] + counts["again"] + counts["out of order"] + len(breaches)
    if not given.kills:
        wrong += counts["marked"]
    return bool(wrong) or counts["messages"] == 0


if __name__ == "__main__":
    sys.exit(main())
