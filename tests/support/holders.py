# SPDX-License-Identifier: GPL-3.0-or-later
"""What nslist has to say of the namespaces that nshold made: the comparison of its JSON, and the
texts of its table, with what nshold told. It runs nothing, so that the answers of other kernels can
be compared as well."""

COMM = "holder"  # what nshold calls its processes

# The order in which holders are shown.
KINDS = ("mount", "fd", "socket", "thread", "for-children", "owner-of", "parent-of", "kernel")


def _order(holder):
    return (KINDS.index(holder["kind"]), holder.get("pid", 0), holder.get("tid", 0),
            holder.get("fd", 0), holder.get("path", ""), holder.get("ns", 0))


def sorted_holders(holders):
    return sorted(holders, key=_order)


def _is_covered(holder):
    """What nshold has mounted something else over."""
    return holder.get("path", "").endswith("/over/ns")


def _plain(holder):
    """Without the name, which is checked here, and whether it is covered."""
    name = holder.get("comm")
    if name not in (None, COMM):
        raise AssertionError("not the name of a holder: %r" % name)
    return {key: value for key, value in holder.items() if key not in ("comm", "covered")}


def held_by(found):
    """Who holds it, as nslist says, in the form in which nshold says it."""
    return sorted_holders([_plain(holder) for holder in found["held_by"]])


def find(document, made):
    """The object of the JSON document for a namespace that was made, or None."""
    found = [ns for ns in document["namespaces"]
             if ns["ns"] == made["ns"] and ns["type"] == made["type"]]
    if len(found) > 1:
        raise AssertionError("listed twice: %s" % found)
    return found[0] if found else None


def label(made):
    return "%s:[%d]" % (made["type"], made["ns"])


def _has_facts(made):
    return made["owner"] is not None or made["owner_uid"] is not None


def _agrees(made, found, key):
    # Where no path leads there it may be that it cannot be asked, and then that is said.
    if made["covered"] and found[key] is None:
        return key == "nsid" or made[key] is None or key in found["unknown"]
    return found[key] == made[key] and key not in found["unknown"]


def fact_problems(made, found):
    """Where what the kernel tells of the namespace is not what nslist says."""
    keys = [key for key in ("parent", "owner", "owner_uid") if _has_facts(made)]
    if made["nsid"] is not None:
        keys.append("nsid")
    return ["%s: %s is %s, not %s (unknown: %s)" % (label(made), key, found[key], made[key],
                                                   found["unknown"])
            for key in keys if not _agrees(made, found, key)]


def problems(made, document, all_seen=True):
    """Where the document is not right about one namespace that was made. `all_seen`: none of its
    members can be out of sight."""
    found = find(document, made)
    if found is None:
        return ["%s is not listed" % label(made)]
    wrong = fact_problems(made, found)
    count = len(made["pids"]) if all_seen else None
    if (found["nprocs"], found["pids"]) != (count, made["pids"]):
        wrong.append("%s: members %s, not %s" % (label(made), found["pids"], made["pids"]))
    try:
        held = held_by(found)
    except AssertionError as error:
        return wrong + ["%s: %s" % (label(made), error)]
    wrong += ["%s: covered: %s" % (label(made), holder) for holder in found["held_by"]
              if holder.get("covered", False) != _is_covered(holder)]
    if held != sorted_holders(made["held_by"]):
        wrong.append("%s: held by %s, not by %s" % (label(made), held, made["held_by"]))
    return wrong


def all_problems(made, document, all_seen=True):
    """The same of all the namespaces that a case made."""
    return [problem for ns in made["namespaces"] for problem in problems(ns, document, all_seen)]


# --------------------------------------------------------------------------------- the table's text


def _escaped(text):
    return text.replace("\n", "\\n").replace("\t", "\\t")


def reason(holder, own_mnt, members):
    """What the table says of a holder to somebody in the mount namespace own_mnt; members: {mount
    namespace: somebody in it}."""
    kind = holder["kind"]
    if kind == "mount":
        text = "mounted at " + _escaped(holder["path"])
        if holder["mnt_ns"] != own_mnt:
            text += " in mnt:[%d]" % holder["mnt_ns"]
            if holder["mnt_ns"] in members:
                text += " of %d %s" % (members[holder["mnt_ns"]], COMM)
        return text + (" (covered)" if _is_covered(holder) else "")
    if kind in ("owner-of", "parent-of"):
        return "%s of %s:[%d]" % (kind.partition("-")[0], holder["type"], holder["ns"])
    if kind == "thread":
        return "thread %d of %d %s" % (holder["tid"], holder["pid"], COMM)
    if kind == "for-children":
        return "for children of thread %d of %d %s" % (holder["tid"], holder["pid"], COMM)
    what = {"fd": "fd", "socket": "socket, fd"}[kind]
    thread = "thread %d of " % holder["tid"] if "tid" in holder else ""
    return "held by %s %d of %s%d %s" % (what, holder["fd"], thread, holder["pid"], COMM)


def members_of(namespaces):
    """{mount namespace: somebody in it}, of what a case made."""
    found = {}
    for ns in namespaces:
        threads = [holder["pid"] for holder in ns["held_by"] if holder["kind"] == "thread"]
        if ns["type"] == "mnt" and ns["pids"] + threads:
            found[ns["ns"]] = (ns["pids"] + threads)[0]
    return found


def reasons(made, own_mnt, members):
    """What a listing that selects it says, row by row."""
    owned = {holder["ns"] for holder in made["held_by"] if holder["kind"] == "owner-of"}
    return [reason(holder, own_mnt, members)
            for holder in sorted_holders(made["held_by"])
            if holder["kind"] != "parent-of" or holder["ns"] not in owned]


def summary(made, own_mnt, members):
    """What the plain listing says of a namespace without members."""
    texts = reasons(made, own_mnt, members)
    more = ", +%d more" % (len(texts) - 1) if len(texts) > 1 else ""
    return texts[0] + more
