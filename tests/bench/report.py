#!/usr/bin/env python3
"""Writes what scripts/bench measured between the marks of share/doc/performance.md: `report.py RESULTS DOCUMENT COMMAND`.
What stands there of benchmarks that were not run stays."""
import json
import os
import platform
import re
import subprocess
import sys

BEGIN, END = "<!-- figures -->\n", "<!-- /figures -->\n"


def number(value):
    return "" if value is None else f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 1000 else f"{value:,.0f}"


def row(figure):
    goal = ""
    if figure["target"] is not None:
        goal = f"{figure['bound']} {number(figure['target'])}" + (" times" if figure["target_of"] == "ratio" else "")
    met = {None: "", True: "met", False: "**missed**"}[figure["met"]]
    return (f"| `{figure['name']}` | {number(figure['value'])} | {figure['unit']} | {number(figure['floor'])} | "
            f"{number(figure['ratio'])} | {goal} | {met} | {figure['note']} |\n")


def where():
    with open("/proc/cpuinfo") as cpus:
        model = next((line.split(":")[1].strip() for line in cpus if line.startswith("model name")), "a processor without a name")
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False).stdout.strip()
    return f"{os.cpu_count()} cores of {model}, Linux {platform.release()}, commit {commit}, load {os.getloadavg()[2]:.1f} at the end"


def main():
    results, document, command = sys.argv[1:]
    with open(document) as file:
        text = file.read()
    before, rest = text.split(BEGIN)
    old, after = rest.split(END)
    figures = json.load(open(results))
    rows = {match.group(1): line + "\n" for line in old.splitlines() if (match := re.match(r"\| `([^`]+)` ", line))}
    places = list(rows)
    for each in figures:
        if each["name"] not in rows:
            places.append(each["name"])
        rows[each["name"]] = row(each)
    with open(document, "w") as file:
        file.write(before + BEGIN + f"Written by `{command}`, on {where()}.\n\n"
                   "| Figure | Value | Unit | Floor | Ratio | Target | | |\n|---|---|---|---|---|---|---|---|\n"
                   + "".join(rows[each] for each in places) + END + after)


main()
