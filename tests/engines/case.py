# SPDX-License-Identifier: GPL-3.0-or-later
"""What nslist has to say of containers that an engine has told of, whatever engine it is: in the
table, the JSON, the columns and the tree, and when it is asked for them by name."""

import contextlib
import fcntl
import json
import os
import re
import shutil
import subprocess
import unittest

import nsltest
from rig import Refused, Rig, list_traces

try:
    import jsonschema
except ImportError:
    jsonschema = None

SCHEMA = os.path.join(nsltest.SOURCE, "data", "nslist.schema.json")
COLUMNS = "pid,type,ns,runtime,container,container-id,pod,unit"


class Seen:
    """The processes of a container, at one time: {PID: namespaces}; and the PIDs of all others."""

    def __init__(self, container):
        everybody = set(nsltest.list_pids())
        pids = container.pids()
        self.others = everybody - set(pids)
        self.processes = {}
        for pid in pids:
            namespaces = nsltest.namespaces_of(pid)
            if namespaces:
                self.processes[pid] = namespaces

    def agree(self, other):
        """What is in both, as it was: an init forks for a moment."""
        self.others &= other.others
        self.processes = {pid: namespaces for pid, namespaces in self.processes.items()
                          if other.processes.get(pid) == namespaces}

    def rows(self):
        return nsltest.rows_of(self.processes, nsltest.root_namespaces())

    def inodes(self):
        """Of the root namespaces, too."""
        return {inode for namespaces in self.processes.values() for inode in namespaces.values()}


def prefix(id, length):
    """A number is never a name: of an id that begins with digits, as many more as it takes."""
    return id[:max(length, len(re.match("[0-9]*", id).group()) + 1)]


def is_of(row, container):
    """Whether a row of the table says that it is of the container."""
    return re.fullmatch(container.label(), row.container or "") is not None


class EngineCase(nsltest.TestCase):
    def setUp(self):
        if os.geteuid() != 0:
            self.refuse("missing: root")
        super().setUp()
        self.take_turns()
        self.addCleanup(self.check_no_traces, list_traces())
        self.rig = Rig()
        self.addCleanup(self.rig.clean)

    def take_turns(self):
        """One at a time, whoever runs these tests: what is in the usual places is then this
        test's. A watchdog has its turn until it is done, too."""
        turn = os.open("/run", os.O_RDONLY | os.O_DIRECTORY)
        self.addCleanup(os.close, turn)
        fcntl.flock(turn, fcntl.LOCK_EX)

    def check_no_traces(self, before):
        """What others had there for a moment meanwhile may go away yet."""
        with contextlib.suppress(AssertionError):
            nsltest.wait_until(lambda: not list_traces() - before, "no traces", 10)
        self.assertEqual(list_traces() - before, set(), "is left of it")

    @staticmethod
    def refuse(why):
        """In CI an engine that does not start is a failure."""
        if os.environ.get("NSL_ENGINES_REQUIRED"):
            raise AssertionError(why)
        raise unittest.SkipTest(why)

    def start(self, make, what="run_all"):
        """What an engine runs, or, where `what` is None, what `make` gives: it is called with the
        rig."""
        try:
            made = make(self.rig)
            return getattr(made, what)() if what else made
        except Refused as why:
            self.refuse(str(why))

    def check(self, containers):
        """Everything, of all of them: each format once, then the selectors."""
        for check, listing in ((self.check_table, self.table), (self.check_json, self.document),
                               (self.check_columns, self.columns),
                               (self.check_tree, self.by_container)):
            with self.subTest(check.__name__):
                seen = [Seen(container) for container in containers]
                found = listing()
                for container, before in zip(containers, seen):
                    with self.subTest("%s: %s" % (container, check.__name__)):
                        before.agree(Seen(container))
                        self.assertIn(container.pid, before.processes)
                        check(container, before, found)
        for container in containers:
            self.check_selectors(container)

    def document(self, *arguments, **more):
        document = super().document(*arguments, **more)
        if jsonschema:
            jsonschema.Draft7Validator(json.loads(nsltest.read(SCHEMA))).validate(document)
        return document

    def columns(self):
        """The rows of --jsonl."""
        return [nsltest.parse_json(line)
                for line in self.run_nslist("--jsonl", "--output", COLUMNS).lines]

    def by_container(self):
        return self.run_nslist("--tree=container").lines

    # The formats.

    def check_table(self, container, seen, table):
        rows = [row for row in table if row.pid in seen.processes]
        self.assertEqual({row.key() for row in rows}, seen.rows())
        for row in rows:
            self.assertTrue(is_of(row, container), row)
        if container.name or container.id:
            self.assertEqual([row for row in table if row.pid in seen.others and
                              is_of(row, container)], [], "rows of others have its label")

    def check_json(self, container, seen, document):
        found = [entry for entry in document["containers"] if container.pid in entry["pids"]]
        self.assertEqual(len(found), 1, document["containers"])
        entry = found[0]
        self.check_entry(container, entry)
        keys = [other["key"] for other in document["containers"]]
        self.assertEqual(keys.count(entry["key"]), 1)
        self.assertFalse(set(entry["pids"]) & set(container.outside))
        inner = self.inner_keys(document, entry["key"])
        for pid in seen.processes:
            process = nsltest.get_process(document, pid)
            self.assertIn(process["container"], inner)
            if pid in container.units:
                self.assertEqual(process["unit"], container.units[pid])
        for kind, inode in container.namespaces.items():
            if inode != nsltest.root_namespaces()[kind]:
                self.assertIn(container.pid,
                              nsltest.get_namespace(document, kind, inode)["pids"])

    def check_entry(self, container, entry):
        self.assertEqual(entry["runtime"], container.runtime)
        if container.id:
            self.assertEqual(entry["id"], container.id)
            self.assertTrue(entry["key"].startswith(container.runtime + "/"), entry)
            self.assertTrue(entry["key"].endswith(container.id), entry)
        if container.name:
            self.assertEqual(entry["name"], container.name)
        elif container.id:
            self.assertIn(entry["name"], (None, container.id))
        self.assertIn(entry["evidence"], container.evidence)
        if container.claimed is not None:
            self.assertEqual(entry["claimed"], container.claimed)
        if container.pod_uid is None:
            self.assertIsNone(entry["pod"])
        else:
            self.assertEqual(entry["pod"]["uid"], container.pod_uid)
            self.assertEqual(entry["pod"]["namespace"], container.pod_namespace)
            self.assertEqual(entry["pod"]["name"], container.pod)

    @staticmethod
    def inner_keys(document, key):
        """Of the container, and those in it."""
        keys = {key}
        for _ in document["containers"]:
            keys |= {entry["key"] for entry in document["containers"] if entry["parent"] in keys}
        return keys

    def check_columns(self, container, seen, rows):
        mine = [row for row in rows if row["pid"] == container.pid]
        self.assertTrue(mine)
        for row in mine:
            self.assertEqual(row["runtime"], container.runtime)
            if container.id:
                self.assertEqual(row["container_id"], container.id)
            if container.name:
                self.assertEqual(row["container"], container.name)
            if container.pod:
                self.assertEqual(row["pod"], "%s/%s" % (container.pod_namespace, container.pod))
        for row in rows:
            if row["pid"] in container.units:
                self.assertEqual(row["unit"], container.units[row["pid"]])

    def check_tree(self, container, seen, lines):
        """Below the line that has its name there are its processes; its namespaces are there, or in
        what is around it."""
        stripped = [line.lstrip("│├└─ ") for line in lines]
        depths = [len(line) - len(rest) for line, rest in zip(lines, stripped)]
        heads = [i for i, line in enumerate(stripped)
                 if re.match(container.label() + r"(\s|$)", line)]
        if container.name or container.id:
            self.assertEqual(len(heads), 1, "\n".join(lines))
        self.assertTrue(heads, "\n".join(lines))
        below = set()
        for head in heads:
            for depth, line in zip(depths[head + 1:], stripped[head + 1:]):
                if depth <= depths[head]:
                    break
                below.add(line.split(" ")[0])
        self.assertLessEqual({str(pid) for pid in seen.processes}, below)
        text = "\n".join(lines)
        for _, kind, inode, _ in seen.rows():
            self.assertIn("%s:[%d]" % (kind, inode), text)

    # The selectors.

    def check_selectors(self, container):
        """Asked for by a name of its own, all that it is made of is listed, and nothing else but
        who watches over it; by what others may have, too, at least that."""
        words = [container.name]
        if container.id:
            words += [container.id, prefix(container.id, 12)]
        claim = self.is_claim(container)
        for word in filter(None, words):
            if claim:
                self.check_no_row(container, word)
                word += "?"
            with self.subTest("%s: nslist %s" % (container, word)):
                seen = Seen(container)
                rows = self.table(word)
                inodes = seen.inodes().union(*(nsltest.namespaces_of(pid).values()
                                               for pid in container.outside))
                seen.agree(Seen(container))
                self.assertLessEqual(seen.rows(), {row.key() for row in rows})
                self.assertLessEqual({row.inode for row in rows}, inodes)
                self.check_agrees(container, word)
        if claim:
            return
        pids = {unit: {pid} for pid, unit in container.units.items()}
        for word in filter(None, (prefix(container.id or "", 4), container.pod, container.pod_uid,
                                  *pids)):
            with self.subTest("%s: nslist %s" % (container, word)):
                seen = Seen(container)
                found = {row.key() for row in self.table(word)}
                seen.agree(Seen(container))
                self.assertLessEqual({row for row in seen.rows()
                                      if row[0] in pids.get(word, seen.processes)}, found)

    def check_agrees(self, container, word):
        """The JSON, the containers and the metrics have it, too, by whatever it is selected."""
        document = self.document(word)
        self.check_references(document)
        runtime, keys = container.runtime, {entry["key"] for entry in document["containers"]}
        self.assertIn(nsltest.get_process(document, container.pid)["container"], keys)
        lines = [nsltest.parse_json(line) for line in self.run_nslist("-cL", word).lines]
        self.assertEqual(len(lines), len(keys))
        self.assertIn(runtime, [line["runtime"] for line in lines])
        self.assertIn('nslist_containers{runtime="%s"} ' % runtime,
                      self.run_nslist("-Fprometheus", word).text)

    def is_claim(self, container):
        """Whether the table marks it as one, where it may be: then it is asked for as it is shown."""
        if container.claimed is None:
            return any(row.pid == container.pid and (row.container or "").endswith("?")
                       for row in self.table())
        return container.claimed

    def check_no_row(self, container, word):
        """Nobody who asks for a name gets what only claims to have it."""
        rows = [line for line in nsltest.run(word).lines
                if re.match(r" *%d " % container.pid, line)]
        self.assertEqual(rows, [])

    # What others say.

    def peers_on(self, container):
        """What ps and lsns print of its first process."""
        words = [["ps", "-o", "pid,pidns,netns,mntns,userns,args", "-p", str(container.pid)],
                 ["lsns", "--task", str(container.pid)]]
        text = ""
        for command in words:
            if shutil.which(command[0]):
                with contextlib.suppress(subprocess.CalledProcessError):
                    text += subprocess.run(command, stdout=subprocess.PIPE, check=True,
                                           timeout=nsltest.HANGING).stdout.decode(errors="replace")
        return text
