# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares two documents of one system, of which one was made by somebody who sees less: no value
of that contradicts the other. It is the same, or null and named in `unknown`, or a part of a list
that is named there."""

import nsltest

# As the procfs of an inner PID namespace counts them, they are other numbers.
NUMBERS = {"pid", "pids", "ppid", "nspid", "key", "parent", "container", "entered", "tid", "init"}


def contradictions(whole, part, unknown, where, skip=()):
    """Where `part` says something else than `whole`. `unknown` names members of theirs."""
    if whole == part:
        return []
    if isinstance(whole, dict) and isinstance(part, dict):
        unknown = part.get("unknown", unknown)
        return [found for key in whole.keys() | part.keys() if key not in ("unknown", *skip)
                for found in contradictions(whole.get(key), part.get(key), unknown,
                                            "%s.%s" % (where, key), skip)]
    name = where.split(".")[1]
    if part is None and name in unknown:
        return []
    if isinstance(whole, list) and isinstance(part, list) and name in unknown:
        if skip and name == "held_by":
            return [] if len(part) <= len(whole) else ["%s: %r, not %r" % (where, part, whole)]
        return [] if all(item in whole for item in part) else ["%s: %r, not %r" % (
            where, part, whole)]
    return ["%s: %r, not %r" % (where, part, whole)]


def without_copies(ns, inodes):
    """Mount namespaces that others make meanwhile have copies of what is mounted; whoever is seen
    in one stands for it."""
    known = {None, nsltest.namespaces_of("self")["mnt"], *inodes}
    named = [{key: value for key, value in holder.items()
              if holder["kind"] != "mount" or key not in ("pid", "comm")}
             for holder in ns["held_by"] if holder.get("mnt_ns") in known]
    return {**ns, "held_by": named}


def are_one(ns, other):
    """Whether they are one namespace: the number of one that ends is soon given to another."""
    ids = {ns["nsid"], other["nsid"]} - {None}
    return len(ids) <= 1


def compare(whole, part, inodes, pids, skip=()):
    """(what contradicts, how many objects were compared): of these namespaces and processes, the
    containers of those, and what is said of the system."""
    wrong = contradictions(whole["host"], part["host"], ["boot_id", "machine_id"], "host", skip)
    compared = 0
    for inode in inodes:
        for kind in nsltest.TYPES:
            both = [nsltest.get_namespace(document, kind, inode) for document in (whole, part)]
            if None not in both and are_one(*both):
                both = [without_copies(ns, inodes) for ns in both]
                wrong += contradictions(*both, [], "%s:[%d]" % (kind, inode), skip)
                compared += 1
    doubtful = {entry["key"] for entry in part["containers"]
                if entry["evidence"] == "namespaces" and entry["claimed"]}
    for pid in () if skip else pids:
        both = [nsltest.get_process(document, pid) for document in (whole, part)]
        if None not in both:
            if both[1]["container"] in doubtful:  # the document says itself that it may not be
                both[1] = {**both[1], "container": None,
                           "unknown": both[1]["unknown"] + ["container"]}
            wrong += contradictions(*both, [], "process %d" % pid)
            compared += 1
    if skip:
        return wrong, compared
    containers = {entry["key"]: entry for entry in part["containers"]}
    for entry in whole["containers"]:
        other = containers.get(entry["key"])
        if other and set(entry["pids"]) & set(pids):
            wrong += contradictions(entry, other, [], "container %s" % entry["key"])
            compared += 1
    return wrong, compared
