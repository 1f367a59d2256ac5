# SPDX-License-Identifier: GPL-3.0-or-later
"""Selectors and formats agree: whatever a namespace, process or container is selected by, each
format says the same of it, and what the JSON refers to is in it."""

import csv
import io
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import nsltest  # noqa: E402
import test_claims  # noqa: E402

COLUMNS = "pid,tid,ns,comm,user,command,start,runtime,container,for_children,zombie"
OWN = ("cgroup", "ipc", "net", "user")  # nobody enters those to ask for a host name
CONTAINERS = ("-cL", "-oNAME,RUNTIME,POD,PROCS,PID,SHARES")  # how long it is up changes
# Each way of writing, of all rows.
FORMATS = ((), ("-d",), ("-L",), ("-Fcsv",), ("-P",), CONTAINERS, ("-sL",), ("-s",), ("-mL",),
           ("-dm",), ("-T",), ("--tree=container",), ("--tree=owner",), ("--tree=parent",),
           ("-Fdot",), ("-Fprometheus",), ("-J",))


def as_field(value):
    """A value of the JSON lines as CSV has it."""
    if value is None:
        return ""
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


class Formats:
    """The rows, in three formats."""

    def lines(self, *arguments):
        return [nsltest.parse_json(line) for line in self.run_nslist("-L", *arguments).lines]

    def check_row(self, row, line):
        """The table and the JSON lines."""
        container = ":".join(filter(None, (line["runtime"], line["container"]))) or None
        self.assertEqual((row.pid, row.inode, row.container and row.container.rstrip("?")),
                         (line["tid"], line["ns"], container))
        self.assertEqual(row.command, line["command"])
        if row.pid is not None:
            self.assertEqual((row.for_children, row.zombie), (line["for_children"], line["zombie"]))

    def check_formats(self, *words):
        lines = self.lines("-o", COLUMNS, *words)
        for row, line in zip(self.table(*words), lines, strict=True):
            self.check_row(row, line)
        text = self.run_nslist("-Fcsv", "-n", "-o", COLUMNS, *words).text
        for fields, line in zip(csv.reader(io.StringIO(text, newline="")), lines, strict=True):
            self.assertEqual(fields, [as_field(value) for value in line.values()])
        return lines


class Agree(Formats, nsltest.TestCase):
    def setUp(self):
        super().setUp()
        nsltest.need_root()
        self.made = self.nsmake("new", "uts,ipc", "--count", "3")
        self.children = self.nsmake("children", "pid", "--forked")
        self.zombie = self.nsmake("zombie")

    def selectors(self, kind, inode, pid):
        """Words for the same namespace."""
        words = [str(inode), "%s:[%d]" % (kind, inode), "%s:%d" % (kind, inode),
                 "/proc/%d/ns/%s" % (pid, kind)]
        nsid = nsltest.get_namespace(self.document(words[1]), kind, inode)["nsid"]
        return words + (["nsid:%d" % nsid] if nsid else [])

    def check_related(self, document, kind, inode):
        """What it refers to is among all the namespaces, or can be asked for."""
        ns = nsltest.get_namespace(document, kind, inode)
        references = {("user", ns["owner"]), (kind, ns["parent"])}
        references |= {("mnt", holder.get("mnt_ns")) for holder in ns["held_by"]}
        references -= set(nsltest.surroundings().items())  # which are left out
        listed = {(other["type"], other["ns"]) for other in document["namespaces"]}
        for other, number in references:
            if number is None:
                continue
            if document["scope"]["selectors"]:
                self.assertEqual({row.inode for row in self.table("%s:%d" % (other, number))},
                                 {number})
            else:
                self.assertIn((other, number), listed)
        return ns

    def check_process(self, process):
        """What /proc says of it is there."""
        pid = process["pid"]
        self.assertEqual(process["command"], nsltest.command_of(pid))
        self.assertEqual(process["comm"], nsltest.read("/proc/%d/comm" % pid)[:-1])
        self.assertEqual(process["user"], "root")
        self.assertIsNotNone(process["start"])

    def test_namespace(self):
        inode, pids = self.made.ns["uts"], sorted(self.made.pids)
        first = None
        for word in self.selectors("uts", inode, pids[0]):
            with self.subTest(word):
                document = self.document(word)
                self.check_references(document)
                self.assertEqual(nsltest.get_namespace(document, "uts", inode)["pids"], pids)
                for process in document["processes"]:
                    self.check_process(process)
                lines = self.check_formats(word)
                self.assertEqual([line["pid"] for line in lines], pids)
                first = first or (document["processes"], lines)
                self.assertEqual((document["processes"], lines), first)
                summary = self.lines("-s", word)
                self.assertEqual([(line["nprocs"], line["pid"]) for line in summary],
                                 [(3, pids[0])])
                matrix = self.lines("-m", word)
                self.assertEqual([(line["pid"], line["ns"]["uts"], line["command"])
                                  for line in matrix],
                                 [(line["pid"], inode, line["command"]) for line in lines])
                self.assertEqual([pid for _, pid, _ in self.tree(word)["uts", inode]], pids)
                dot = self.run_nslist("-Fdot", word).text
                self.assertIn("3 processes", dot)
                for pid in pids:
                    self.assertIn("%d %s" % (pid, nsltest.command_of(pid)[:20]), dot)
                self.assertIn('nslist_processes{type="uts"} 3\n',
                              self.run_nslist("-Fprometheus", word).text)

    def check_words(self, words, kind, inode):
        """Each of them says the same of the namespace and who is in it."""
        first = None
        for word in words:
            with self.subTest(word):
                document = self.document(word)
                self.check_references(document)
                ns = nsltest.get_namespace(document, kind, inode)
                found = ns, document["processes"], self.check_formats("-t" + kind, word)
                first = first or found
                self.assertEqual(found, first)
        return first

    def test_net(self):
        """By its name, and by the interface at whose other end it is."""
        nsltest.need("ip")
        made = self.nsmake("new", "net", "--count", "2")
        name, pid, inode = self.name(), made.pids[0], made.ns["net"]
        subprocess.run(["ip", "netns", "attach", name, str(pid)], check=True)
        self.addCleanup(subprocess.run, ["ip", "netns", "delete", name], check=True)
        link = self.make_veth(pid)
        words = [*self.selectors("net", inode, pid), name, os.path.join(nsltest.NETNS, name),
                 "peer:" + link]
        ns, _, lines = self.check_words(words, "net", inode)
        self.assertEqual((ns["names"], ns["pids"]), ([name], sorted(made.pids)))
        self.assertEqual([line["pid"] for line in lines if line["pid"]], sorted(made.pids))

    def test_mount(self):
        """By a file system that is mounted in it alone."""
        nsltest.need("unshare")
        place = self.directory()
        pid = self.process("unshare", "--mount", "--propagation=private", "sh", "-c",
                           'mount -t tmpfs nslt "$1" && exec cat', "sh", place).pid
        inode = nsltest.namespaces_of(pid)["mnt"]
        words = [*self.selectors("mnt", inode, pid), "mount:" + place]
        ns, _, lines = self.check_words(words, "mnt", inode)
        self.assertEqual((ns["nprocs"], ns["pids"]), (1, [pid]))
        self.assertEqual([line["pid"] for line in lines], [pid])

    def test_process(self):
        pid = self.made.pids[1]
        ns, processes, lines = self.check_words([str(pid), "/proc/%d" % pid], "uts",
                                                self.made.ns["uts"])
        self.assertEqual((ns["nprocs"], ns["pids"]), (3, [pid]))
        self.assertEqual([process["pid"] for process in processes], [pid])
        self.assertEqual([line["pid"] for line in lines], [pid])

    def test_related(self):
        """Owners, parents, and mount namespaces in which it is mounted."""
        nsltest.need("ip")
        made = self.nsmake("new", "user,net,uts")
        name, pid = self.name(), made.pids[0]
        subprocess.run(["ip", "netns", "attach", name, str(pid)], check=True)
        self.addCleanup(subprocess.run, ["ip", "netns", "delete", name], check=True)
        for words in ([], [str(pid)], ["uts:%d" % made.ns["uts"], name,
                                       "user:%d" % made.ns["user"]]):
            document = self.document("--all", *words)
            for kind in ("user", "net", "uts"):
                with self.subTest(words, kind=kind):
                    ns = self.check_related(document, kind, made.ns[kind])
                    self.assertIsNotNone(ns["owner"])
                    if kind == "user":
                        self.assertIsNotNone(ns["parent"])
                    if kind == "net":
                        self.assertIn(nsltest.namespaces_of("self")["mnt"],
                                      [holder.get("mnt_ns") for holder in ns["held_by"]])

    def test_process_beside_others(self):
        """A selected process shares its namespaces with some that are not selected."""
        pid, low = max(self.made.pids), min(self.made.pids)
        word = "pid:%d" % self.children.for_children
        document = self.document(str(pid), word)
        self.check_references(document)
        ns = nsltest.get_namespace(document, "uts", self.made.ns["uts"])
        self.assertEqual((ns["nprocs"], ns["pids"]), (3, [pid]))
        line, = [line for line in self.lines("-s", "-o+ns,comm", str(pid), word)
                 if line["ns"] == self.made.ns["uts"]]
        self.assertEqual((line["nprocs"], line["pid"], line["user"]), (3, low, "root"))
        self.assertEqual(line["command"], nsltest.command_of(low))

    def test_marks(self):
        """In each format, before the command."""
        made = self.children
        word = "pid:%d" % made.for_children
        lines = {line["pid"]: line for line in self.check_formats(word)}
        self.assertIs(lines[made.pid]["for_children"], True)
        self.assertIs(lines[made.child]["for_children"], False)
        self.assertEqual(lines[made.pid]["command"], nsltest.command_of(made.pid))
        found = self.run_nslist("-m", word).text
        self.assertRegex(found, r"%d .* \(pid:\[%d\] for children\) " % (
            made.pid, made.for_children))
        line, = [line for line in self.lines("-m", word) if line["pid"] == made.pid]
        self.assertEqual(line["ns"]["pid_for_children"], made.for_children)

    def test_zombie(self):
        pid = str(self.zombie.pid)
        lines = self.check_formats(pid)
        self.assertEqual({line["zombie"] for line in lines}, {True})
        self.assertIs(self.document(pid)["processes"][0]["zombie"], True)
        for words in (["-m"], ["-T"], ["--tree=container"], ["-tuser"]):
            with self.subTest(words):
                self.assertRegex(self.run_nslist(*words, pid).text, r"%s .*<defunct> " % pid)

    def test_threads(self):
        """A selected process's, although nothing but it is looked at."""
        made = self.nsmake("thread", "uts")
        rows = [row for row in self.table("--threads", str(made.pid)) if row.thread_of]
        self.assertEqual([(row.thread_of, row.type) for row in rows], [(made.pid, "uts")])
        lines = [line for line in self.lines("--threads", "-o", "pid,tid,ns", str(made.pid))
                 if line["tid"] != line["pid"]]
        self.assertEqual([(line["tid"], line["ns"]) for line in lines],
                         [(row.pid, row.inode) for row in rows])
        self.assertEqual([row for row in self.table(str(made.pid)) if row.thread_of], [])


class Whose(Formats, test_claims.Case):
    """By what it is of: a container's names and ids, pod, unit, machine. No engine runs: the
    cgroups are called as it calls them, and its records are written by the test."""

    def setUp(self):
        super().setUp()
        nsltest.need_root_mounts()
        self.mark = "nslt%d" % os.getpid()

    def start(self, path):
        """Two processes in a cgroup of this path, in the first hierarchy."""
        place = self.cgroup(sorted(self.places)[0], path)
        made = self.nsmake("new", ",".join(OWN), "--count", "2")
        for pid in made.pids:
            nsltest.write(place + "/cgroup.procs", str(pid))
        return made

    def listing(self, word, format):
        """What is printed of the types that it shares with nobody: of those of others, who come and
        go, nothing."""
        text = self.run_nslist(*format, "-t" + ",".join(OWN), word).text
        if format == ("-J",):
            document = nsltest.parse_json(text)
            self.check_references(document)
            return [document[key] for key in ("namespaces", "processes", "containers")]
        return [line for line in text.splitlines()
                if not line.startswith(("#", "nslist_scan", "nslist_kernel", "nslist_unreadable",
                                        "nslist_issues"))]

    def check_whose(self, words, made, entry, unit=None):
        """`entry`: of the container, in the JSON; None: it is in none."""
        first = {format: self.listing(words[0], format) for format in FORMATS}
        for word in words[1:]:
            for format, found in first.items():
                with self.subTest(word, format=format):
                    self.assertEqual(self.listing(word, format), found)
        self.check_facts(words[0], made, first, entry, unit)

    def check_facts(self, word, made, found, entry, unit):
        """Each of them tells what was set up."""
        pids = sorted(made.pids)
        own = {kind: made.ns[kind] for kind in OWN}
        namespaces, processes, containers = found["-J",]
        self.assertEqual([process["pid"] for process in processes], pids)
        self.assertEqual({ns["ns"]: (ns["nprocs"], ns["pids"]) for ns in namespaces},
                         {inode: (len(pids), pids) for inode in own.values()})
        self.assertEqual({process["unit"] for process in processes}, {unit})
        self.assertEqual([{key: one[key] for key in entry or {}} for one in containers],
                         [entry] if entry else [])
        self.assertEqual({process["container"] for process in processes},
                         {containers[0]["key"]} if entry else {None})
        label = "%s:%s" % (entry["runtime"], entry["name"]) if entry else None
        rows = nsltest.parse_rows(found[()][1:])
        self.assertEqual({row.key() for row in rows},
                         {(pid, kind, inode, False) for pid in pids for kind, inode in own.items()})
        self.assertEqual({row.container for row in rows}, {label})
        self.check_formats("-t" + ",".join(OWN), word)
        lines = [nsltest.parse_json(line) for line in found["-mL",]]
        self.assertEqual([(line["pid"], {kind: inode for kind, inode in line["ns"].items() if inode})
                          for line in lines], [(pid, own) for pid in pids])
        self.assertEqual(
            {line["namespace"]: (line["nprocs"], line["pid"]) for line in
             map(nsltest.parse_json, found["-sL",])},
            {"%s:[%d]" % ns: (len(pids), pids[0]) for ns in own.items()})
        for kind in OWN:
            self.assertIn('nslist_processes{type="%s"} %d' % (kind, len(pids)),
                          found["-Fprometheus",])
        for format in ((), ("-dm",), ("-T",), ("--tree=container",), ("-Fdot",)):
            for number in (*pids, *own.values()):
                self.assertRegex("\n".join(found[format]), r"(?<!\d)%d(?!\d)" % number, format)
        for format in ("-s",), ("--tree=owner",), ("--tree=parent",):
            for number in (pids[0], own["user"]):
                self.assertRegex("\n".join(found[format]), r"(?<!\d)%d(?!\d)" % number, format)
        self.assertEqual(found["-P",], [nsltest.HEADING])
        rows = [nsltest.parse_json(line) for line in found[CONTAINERS]]
        self.assertEqual([(row["name"], row["runtime"], row["procs"], row["pid"]) for row in rows],
                         [(entry["name"], entry["runtime"], len(pids), pids[0])] if entry else [])
        if entry:
            self.assertIn('nslist_containers{runtime="%s"} 1' % entry["runtime"],
                          found["-Fprometheus",])

    def test_container_and_pod(self):
        """As containerd runs it for the kubelet, without systemd."""
        uid = "a5c1f8d5-1919-434d-add7-%012x" % os.getpid()
        path = "/kubepods/burstable/pod%s/%s" % (uid, self.cid)
        name, pod = self.mark + "web", self.mark + "shop-0"
        kubernetes = "io.kubernetes.cri."
        self.write_below("/run/containerd/io.containerd.runtime.v2.task/k8s.io/%s/config.json" % self.cid,
                   json.dumps({"linux": {"cgroupsPath": path}, "annotations": {
                       kubernetes + "container-name": name, kubernetes + "sandbox-name": pod,
                       kubernetes + "sandbox-namespace": "prod", kubernetes + "sandbox-uid": uid,
                       kubernetes + "container-type": "container"}}))
        made = self.start(path)
        entry, = self.document(str(made.pids[0]))["containers"]
        runtime = "containerd"
        self.assertEqual((entry["runtime"], entry["name"], entry["id"], entry["pod"]),
                         (runtime, name, self.cid, {"uid": uid, "name": pod, "namespace": "prod"}))
        self.check_whose([name, "%s:%s" % (runtime, name), self.cid, self.cid[:16],
                          pod, uid], made,
                         {"runtime": runtime, "name": name, "id": self.cid, "claimed": False})

    def test_unit(self):
        unit = self.mark + ".service"
        self.check_whose([unit, self.mark], self.start(unit), None, unit)

    def test_machine(self):
        name = self.mark + "box"
        self.check_whose([name, "nspawn:" + name],
                         self.start("machine.slice/machine-%s.scope/payload" % name),
                         {"runtime": "nspawn", "name": name, "claimed": False},
                         "machine-%s.scope" % name)


if __name__ == "__main__":
    nsltest.main()
