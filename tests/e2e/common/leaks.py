"""What processes hold on to: memory, descriptors, mappings, files."""
import os
import pathlib


class Holding:
    """What some processes hold together: anonymous memory in KiB, descriptors, mappings."""

    def __init__(self, pids):
        self.pids = sorted(pids)
        self.memory = self.descriptors = self.mappings = 0
        for pid in pids:
            process = pathlib.Path("/proc") / str(pid)
            status = (process / "status").read_text()
            self.memory += int(next(line for line in status.splitlines() if line.startswith("RssAnon")).split()[1])
            self.descriptors += len(os.listdir(process / "fd"))
            with open(process / "maps") as maps:
                self.mappings += sum(1 for _ in maps)


class Growth:
    """Samples of the same processes over a time. Each figure's least value of the last third stands against that of the
    middle third: what comes and goes with the load does not count, and the first third is for warming up."""

    bounds = {"descriptors": (6, 0.05), "mappings": (16, 0.05), "memory": (2048, 0.10)}

    def __init__(self):
        self.samples = []

    def sample(self, pids):
        try:
            self.samples.append(Holding(pids))
        except (OSError, StopIteration, ValueError):
            pass  # One of them ended just now.

    def judge(self, whose):
        """Two lists of sentences: what was found, and what is wrong with it."""
        if not self.samples:
            return [], [f"{whose}: nothing was measured"]
        same = [each for each in self.samples if each.pids == self.samples[-1].pids]
        third = len(same) // 3
        if third < 3:
            return [], [f"{whose}: too few samples of the same processes ({len(same)}) to see growth"]
        found, wrong = [], []
        for figure, (constant, share) in self.bounds.items():
            middle = min(getattr(each, figure) for each in same[third:2 * third])
            last = min(getattr(each, figure) for each in same[2 * third:])
            found.append(f"{figure} {middle} then {last}")
            if last > middle + constant + middle * share:
                wrong.append(f"{whose}: {figure} grew from {middle} to {last}")
        return [f"{whose}: " + ", ".join(found) + f" ({len(same)} samples)"], wrong


def files_below(folder):
    return sorted(str(each.relative_to(folder)) for each in pathlib.Path(folder).rglob("*") if not each.is_dir())


def processes_in(folder):
    """Processes whose working folder or executable is below it."""
    found = []
    for each in os.listdir("/proc"):
        if each.isdigit():
            try:
                places = [os.readlink(f"/proc/{each}/cwd"), os.readlink(f"/proc/{each}/exe")]
            except OSError:
                continue
            if any(place.startswith(str(folder)) for place in places):
                found.append(int(each))
    return found
