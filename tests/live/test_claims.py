# SPDX-License-Identifier: GPL-3.0-or-later
"""Who could have made it decides what it proves: cgroups that are named like a container's, made by
hand and given to a user at this or that height, and processes that call themselves what they are
not. No engine is needed: their records are written by the test."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import nsltest  # noqa: E402

# A command whose PID is lower than the first word, as it is where PIDs are given out again.
LOWER_PID = """
import ctypes, os, signal, struct, sys
clone3 = lambda args: ctypes.CDLL(None).syscall(435, args, len(args))
child = -1
for pid in range(int(sys.argv[1]) - 1, 1, -1):
    tid = ctypes.c_int(pid)
    child = clone3(struct.pack("=11Q", 0, 0, 0, 0, signal.SIGCHLD, 0, 0, 0, ctypes.addressof(tid),
                               1, 0))
    if child == 0:
        os.execvp(sys.argv[2], sys.argv[2:])
    if child > 0:
        os.waitpid(child, 0)
        break
"""

MAPPED = 100000  # whom a container's root is outside, with a user namespace


def hierarchies():
    """{where: what /proc/PID/cgroup calls it} of those that are mounted whole and may be written to:
    of version 2, and the named ones of version 1, in which no controller has a say."""
    found = {}
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        for line in file:
            fields = line.split()
            kind, _, options = fields[fields.index("-") + 1:]
            names = [word for word in options.split(",") if word.startswith("name=")]
            if fields[3] == "/" and (kind == "cgroup2" or kind == "cgroup" and names):
                found[fields[4]] = names[0] if names else ""
    return {place: name for place, name in found.items() if os.access(place, os.W_OK)}


class Case(nsltest.TestCase):
    def setUp(self):
        nsltest.need_root()
        self.places = hierarchies()
        if not self.places:
            self.skipTest("missing: a cgroup hierarchy that may be written to")
        super().setUp()
        self.own_cgroups = set()
        self.cid = "%064x" % (0xfa11 << 200 | os.getpid() << 64 | id(self) & 0xffffffff)

    def remove(self, path):
        """Who was in it may not be gone quite yet."""
        def removed():
            with contextlib.suppress(FileNotFoundError):
                try:
                    os.rmdir(path)
                except OSError:
                    return False
            return True
        self.addCleanup(nsltest.wait_until, removed, "an empty cgroup " + path)

    def cgroup(self, hierarchy, path, owners=None, modes=None):
        """Makes it; {depth: UID}: whose the directories from the top (1) are. Returns where it is."""
        place = hierarchy
        for depth, part in enumerate(path.strip("/").split("/"), 1):
            place = os.path.join(place, part)
            if not os.path.exists(place):
                self.remove(place)
                os.mkdir(place)
                self.own_cgroups.add(place)
            if place in self.own_cgroups:
                os.chown(place, (owners or {}).get(depth, 0), -1)
                os.chmod(place, (modes or {}).get(depth, 0o755))
        return place

    @staticmethod
    def enter(*places):
        """The words before a command that is to be in there."""
        into = " ".join("echo 0 >'%s/cgroup.procs';" % place for place in places)
        return ["sh", "-c", 'set -e; %s exec "$@"' % into, "sh"]

    def start_in(self, *places):
        return self.nsmake("new", "uts,ipc,net", prefix=self.enter(*places)).pids[0]

    def entry_of(self, pid):
        """Of the JSON, with those around it, the innermost first."""
        document = self.document()
        keys = {entry["key"]: entry for entry in document["containers"]}
        found = [keys.get(nsltest.get_process(document, pid)["container"])]
        while found[-1] and found[-1]["parent"]:
            found.append(keys[found[-1]["parent"]])
        return found

    def check_label(self, pid, label):
        rows = [row for row in self.table() if row.pid == pid]
        self.assertTrue(rows)
        self.assertEqual({row.container for row in rows}, {label})
        entry = self.entry_of(pid)[0]
        self.assertEqual(entry["claimed"], label.endswith("?"))


class Sandboxes(nsltest.TestCase):
    """What no engine and no cgroup names is called by what tells it apart."""

    NEEDS = ("root", "unshare", "hostname")

    def labels_of(self, inodes):
        """Of all the rows of processes in one of these namespaces."""
        return {row.container for row in self.table()
                if row.pid and row.inode in inodes and not row.for_children}

    def labels_by_pid(self, *words, **more):
        """Of each process all of its rows."""
        return {row.pid: row.container for row in self.table(*words, **more)}

    def inodes_of(self, pid):
        roots = nsltest.root_namespaces()
        return {inode for kind, inode in nsltest.namespaces_of(pid).items()
                if roots.get(kind) != inode}

    def test_parent_is_in_it(self):
        """Who has unshared a PID namespace is not in that, but in all the rest."""
        parent = self.process("unshare", "--pid", "--fork", "--net", "--uts", "cat").pid
        child = nsltest.children_of(parent)[0]
        self.assertEqual(self.labels_of(self.inodes_of(child)), {"sandbox:cat"})
        document = self.document()
        self.assertEqual(nsltest.get_process(document, parent)["container"],
                         nsltest.get_process(document, child)["container"])

    def test_denied_leader(self):
        """Whom a census by BPF has seen leads a sandbox, though the procfs tells nothing of it."""
        nsltest.need_census("bpf")
        leader = self.process("unshare", "--uts", "sh", "-c",
                              "unshare --pid --fork cat; exit").pid
        without = ("setpriv", "--bounding-set=-sys_ptrace", "--inh-caps=-sys_ptrace")
        inside, = nsltest.children_of(leader)
        for prefix in ((), without):
            documents = []

            def is_all_seen():
                """Else a sandbox may be a part of what is not seen: somebody who has just forked."""
                documents[:] = [nsltest.run("--json", census="bpf", prefix=prefix).json]
                return not documents[0]["scan"]["unseen"]
            nsltest.wait_until(is_all_seen, "a run in which nobody forks")
            document, = documents
            for pid in (leader, inside):
                key = nsltest.get_process(document, pid)["container"]
                sandbox, = (one for one in document["containers"] if one["key"] == key)
                self.assertEqual((sandbox["runtime"], sandbox["name"], sandbox["claimed"]),
                                 ("sandbox", "sh", False), (leader, prefix))

    def test_claim_of_who_is_not_shown(self):
        """Whatever is selected, and who has made the claim is not, the label is the same."""
        nsltest.need("nsenter")
        monitor = self.process(
            "unshare", "--mount", sys.executable, "-c",
            "import os, sys; os.execv('/bin/sh', ['bwrap', '-c', sys.argv[1]])",
            "unshare --mount --uts --net cat; exit").pid
        child, = nsltest.children_of(monitor)
        inside = self.process("nsenter", "-t", str(child), "--mount", "--uts", "--net", "unshare",
                              "--pid", "--fork", "cat").pid
        labels = self.labels_by_pid()
        label = labels[child]
        self.assertRegex(label, "^bwrap:.*[?]$")
        entered = self.process("nsenter", "-t", str(child), "--net", "cat").pid
        expected = {monitor: label, child: label, entered: "in " + label, inside: labels[inside]}
        for census in "auto", "procfs":
            for pid, label in expected.items():
                with self.subTest(census=census, pid=pid):
                    for words in (), (str(pid),), ("--type=net", str(pid)), ("--type=mnt,net",):
                        found = self.labels_by_pid(*words, census=census)
                        self.assertEqual(found.get(pid, label), label, words)

    def test_host_name(self):
        pid = self.process("unshare", "--uts", "--net", "sh", "-c",
                           "hostname nslt-box; exec cat").pid
        self.assertEqual(self.labels_of(self.inodes_of(pid)), {"sandbox:nslt-box"})


class Cgroups(Case):
    def check(self, path, label, owners=None, modes=None):
        """In each hierarchy: what a process that is alone in there is called."""
        for hierarchy, name in self.places.items():
            with self.subTest(hierarchy=name):
                pid = self.start_in(self.cgroup(hierarchy, path, owners, modes))
                self.check_label(pid, label)

    def name(self, what="svc"):
        return "nslt%d-%s" % (os.getpid(), what)

    def test_roots(self):
        self.check("docker/" + self.cid, "docker:" + self.cid[:12])

    def test_first_thread_ended(self):
        """What is left of the process is in the container as before, whatever the kernel says of it."""
        for hierarchy, name in self.places.items():
            with self.subTest(hierarchy=name):
                place = self.cgroup(hierarchy, "docker/" + self.cid)
                made = self.helper("hide", "first", prefix=self.enter(place))
                for census in ("auto", "procfs"):
                    rows = [row for row in self.table(census=census) if row.pid == made.pid]
                    self.assertEqual({(row.type, row.container) for row in rows},
                                     {("user", "docker:" + self.cid[:12])})

    def test_entered(self):
        """nsenter leaves the cgroup as it is: into some namespaces, and all."""
        nsltest.need("nsenter")
        web = self.start_in(self.cgroup(sorted(self.places)[0], "docker/" + self.cid))
        inodes = nsltest.namespaces_of(web)
        word = "docker:" + self.cid[:12]
        for flags in ("--net",), ("--uts", "--ipc"), ("--all", "--no-fork"):
            with self.subTest(flags=flags):
                pid = self.process("nsenter", "-t", str(web), *flags, "cat").pid
                entered = nsltest.namespaces_of(pid)
                kinds = {kind for kind in ("uts", "ipc", "net") if entered[kind] == inodes[kind]}
                rows = [row for row in self.table() if row.pid == pid]
                self.assertTrue(kinds)
                self.assertEqual({row.type for row in rows} & set(inodes), kinds)
                self.assertEqual({row.container for row in rows}, {"in " + word})
                document = self.document()
                process = nsltest.get_process(document, pid)
                key = nsltest.get_process(document, web)["container"]
                self.assertEqual((process["container"], process["entered"]), (None, key))
                # By its PID alone just as well, in each format, and with its rows only.
                for words in (), ("-m",), ("-T",), ("--tree=container",):
                    self.assertIn("[in %s] cat" % word,
                                  self.run_nslist(*words, str(pid)).text, words)
                self.assertEqual({(row.pid, row.container) for row in self.table(str(pid))},
                                 {(pid, "in " + word)})
                document = self.document(str(pid))
                self.assertEqual(document["processes"][0]["entered"], key)
                self.assertEqual([entry["key"] for entry in document["containers"]], [key])
                for words in (), ("-oPID,ENTERED",), ("-m",):
                    self.assertEqual(
                        {line["entered"] for line in
                         map(nsltest.parse_json, self.run_nslist("-L", *words, str(pid)).lines)
                         if line["pid"] == pid}, {word}, words)
                self.assertIn(pid, [row.pid for row in self.table(self.cid)])
                self.assertIn("[in %s] cat" % word, self.run_nslist("--matrix").text)
                lines = self.run_nslist("--jsonl", "-oPID,ENTERED", str(pid), self.cid).lines
                self.assertIn('{"pid":%d,"entered":"%s"}' % (pid, word), lines)
                tree = "\n".join(self.run_nslist("--tree=container", self.cid).lines)
                self.assertIn("%d [in %s] cat" % (pid, word), tree)

    def test_zombie(self):
        """Where the kernel does not tell a zombie's cgroups, it is in what its parent is in."""
        word = "docker:" + self.cid[:12]
        for hierarchy, name in self.places.items():
            place = self.cgroup(hierarchy, "docker/" + self.cid)
            for prefix, label in (self.enter(place), word), ((), "sandbox:nslt-box"):
                first = self.process(*prefix, "unshare", "--pid", "--fork", "--uts", "--mount",
                                     "sh", "-c", "hostname nslt-box; sleep 0.1 & exec cat").pid
                init, = nsltest.children_of(first)
                zombie, = nsltest.children_of(init)
                stat = "/proc/%d/stat" % zombie
                nsltest.wait_until(lambda stat=stat: ") Z " in nsltest.read(stat), "a zombie")
                for census in "auto", "procfs":
                    for words in (), (str(zombie),), ("--type=pid",), ("--type=pid", str(zombie)):
                        with self.subTest(hierarchy=name, census=census, words=words):
                            found = {row.container for row in self.table(*words, census=census)
                                     if row.pid == zombie}
                            self.assertEqual(found, {label})

    def test_entered_under_a_lower_pid(self):
        """Who was there first, the starts tell, and not the PIDs."""
        nsltest.need("nsenter")
        nsltest.need_root_mounts()  # else all are in a namespace with the container
        place = self.cgroup(sorted(self.places)[0], "docker/" + self.cid)
        web = self.start_in(place)
        parent = self.process(sys.executable, "-c", LOWER_PID, str(web), "nsenter", "-t", str(web),
                              "--net", "--uts", "cat").pid
        pid = nsltest.children_of(parent)[0]
        self.assertLess(pid, web)
        # One of a namespace that the container has joined is older, and its PID is greater.
        maker = self.nsmake("new", "ipc").pids[0]
        joined = self.process(sys.executable, "-c", LOWER_PID, str(maker), *self.enter(place),
                              "nsenter", "-t", str(maker), "--ipc", "cat").pid
        joined = nsltest.children_of(joined)[0]
        self.assertLess(joined, maker)
        label = "docker:" + self.cid[:12]
        for census in "auto", "procfs":
            for words in (), (str(pid), str(maker), str(joined)):
                with self.subTest(census=census, words=words):
                    rows = self.table(*words, census=census)
                    labels = [{row.container for row in rows if row.pid == one}
                              for one in (pid, joined, maker)]
                    self.assertEqual(labels[:2], [{"in " + label}, {label}])
                    self.assertNotIn("in " + label, labels[2])

    def test_entered_from_elsewhere(self):
        """Also where what is listed is none of the container's."""
        nsltest.need("nsenter", "unshare")
        web = self.start_in(self.cgroup(sorted(self.places)[0], "docker/" + self.cid))
        pid = self.process("nsenter", "-t", str(web), "--net", "unshare", "--ipc", "cat").pid
        inode = nsltest.namespaces_of(pid)["ipc"]
        self.assertNotEqual(inode, nsltest.namespaces_of("self")["ipc"])
        label = "in docker:" + self.cid[:12]
        for words in (["ipc:[%d]" % inode], [str(inode)], ["/proc/%d/ns/ipc" % pid],
                      ["--type=ipc"], ["--task=%d" % pid, "--type=ipc"]):
            for census in ("auto", "procfs"):
                with self.subTest(words=words, census=census):
                    rows = [row for row in self.table(*words, census=census)
                            if row.inode == inode]
                    self.assertEqual([(row.pid, row.container) for row in rows], [(pid, label)])

    def test_members(self):
        """All are counted, also those that are in the host's namespaces alone."""
        place = self.cgroup(sorted(self.places)[0], "docker/" + self.cid)
        first = self.process(*self.enter(place), "cat").pid
        web = self.start_in(place)
        self.assertLess(first, web)
        name = self.cid[:12]
        roots = nsltest.root_namespaces()
        own = nsltest.namespaces_of(os.getpid())  # the tests may have a mount namespace of their own
        shares = ",".join(sorted(kind for kind in own if own[kind] == roots.get(kind)))
        row = "%s docker - 3 %d %s" % (name, first, shares)  # nsmake is in there, too
        for words in [], ["--type=ipc"], ["--all"], [self.cid]:
            for census in ("auto", "procfs"):
                with self.subTest(words=words, census=census):
                    result = self.run_nslist("-cnr", "-oNAME,RUNTIME,POD,PROCS,PID,SHARES", *words,
                                             "--census=" + census)
                    self.assertEqual([line for line in result.lines if name in line], [row])
        for words in ["--all"], [self.cid], [str(web)], [str(first)]:
            with self.subTest(words=words):
                entry, = [entry for entry in self.document(*words)["containers"]
                          if entry["id"] == self.cid]
                self.assertEqual(",".join(entry["shares"]), shares)
                text = self.run_nslist("--tree=container", *words).text
                line = re.search("docker:%s  shares (.*)" % name, text).group(1)
                self.assertEqual(re.sub(r" \(\d of 3 processes\)", "", line),
                                 shares.replace(",", ", "))
        text = self.run_nslist("-Fprometheus", "-Q", "CONTAINER-ID == '%s'" % self.cid).text
        found = re.findall(r'^nslist_containers_sharing{type="(\w+)"} 1$', text, re.M)
        self.assertEqual(sorted(found), shares.split(","))

    def test_given_to_mapped_root(self):
        """As engines do: only what is below is that one's to name."""
        self.check("docker/" + self.cid, "docker:" + self.cid[:12], {2: MAPPED})
        self.check("lxc.payload." + self.name(), "lxc:" + self.name(), {1: MAPPED})

    def test_delegated(self):
        """A service with User= and Delegate=, and what its user makes below."""
        for form, label in (("docker/%s", "docker:%s?"), ("docker-%s.scope", "docker:%s?"),
                            ("libpod-%s.scope", "podman:%s?")):
            self.check("%s.service/%s" % (self.name(), form % self.cid), label % self.cid[:12],
                       {1: nsltest.NOBODY})
        for form, label in (("lxc.payload.web", "lxc:web?"),
                            ("machine-web.scope/payload", "nspawn:web?")):
            self.check("%s.service/%s" % (self.name(), form), label, {1: nsltest.NOBODY})

    def test_delegated_further_up(self):
        self.check("%s.service/a/docker/%s" % (self.name(), self.cid),
                   "docker:%s?" % self.cid[:12], {1: nsltest.NOBODY})
        self.check("%s.slice/%s.service/docker/%s" % (self.name(), self.name(), self.cid),
                   "docker:%s?" % self.cid[:12], {2: nsltest.NOBODY})

    def test_writable(self):
        """By everybody, whoever owns it."""
        self.check("%s.service/docker/%s" % (self.name(), self.cid),
                   "docker:%s?" % self.cid[:12], None, {1: 0o777})

    def test_inside(self):
        """A container's own root names what is below it: that is a claim, and what is around it is
        not."""
        inner = "%064x" % (int(self.cid, 16) + 1)
        for hierarchy, name in self.places.items():
            with self.subTest(hierarchy=name):
                place = self.cgroup(hierarchy, "docker/%s/docker/%s" % (self.cid, inner))
                pid = self.start_in(place)
                self.check_label(pid, "docker:%s?" % inner[:12])
                self.assertEqual([(entry["id"], entry["claimed"]) for entry in self.entry_of(pid)],
                                 [(inner, True), (self.cid, False)])
                self.assertIn(pid, {row.pid for row in self.table(self.cid)})

    def test_other_hierarchy(self):
        """What a user makes in one does not hide what root has made in another."""
        if len(self.places) < 2:
            self.skipTest("missing: a second cgroup hierarchy that may be written to")
        first, second = sorted(self.places)[:2]
        for roots, users in ((first, second), (second, first)):
            with self.subTest(roots=self.places[roots]):
                real = self.cgroup(roots, "docker/" + self.cid)
                fake = self.cgroup(users, "%s.service/lxc.payload.a/lxc.payload.b" % self.name(),
                                   {1: nsltest.NOBODY})
                self.check_label(self.start_in(real, fake), "docker:" + self.cid[:12])

    def test_key(self):
        """The one that root named keeps its key, whoever is first."""
        for hierarchy, name in self.places.items():
            with self.subTest(hierarchy=name):
                fake = self.start_in(self.cgroup(
                    hierarchy, "%s.service/docker/%s" % (self.name(), self.cid),
                    {1: nsltest.NOBODY}))
                real = self.start_in(self.cgroup(hierarchy, "docker/" + self.cid))
                self.assertEqual(self.entry_of(real)[0]["key"], "docker/" + self.cid)
                self.assertNotEqual(self.entry_of(fake)[0]["key"], "docker/" + self.cid)
                self.check_label(real, "docker:" + self.cid[:12])
                self.check_label(fake, "docker:%s?" % self.cid[:12])

    def test_key_of_two(self):
        """Of the same path in two hierarchies, which two users own: a key each, which --from finds
        again."""
        if len(self.places) < 2:
            self.skipTest("missing: a second cgroup hierarchy that may be written to")
        path = "%s.service/docker/%s" % (self.name(), self.cid)
        pids = [self.start_in(self.cgroup(hierarchy, path, {1: owner}))
                for hierarchy, owner in zip(sorted(self.places), (nsltest.NOBODY, 1001))]
        keys = [self.entry_of(pid)[0]["key"] for pid in pids]
        whole = "docker/%s@/%s" % (self.cid, path)
        self.assertEqual(keys[0], whole)
        self.assertEqual(keys[1], whole + "@1001")
        saved = os.path.join(self.directory(), "saved.json")
        nsltest.write(saved, nsltest.run("--json").out)
        result = nsltest.run("--from", saved, "-L", "-oPID,CONTAINER")
        self.assertEqual(result.status, 0, result)

    def test_key_of_bytes(self):
        """Whatever bytes users have in the names of cgroups, a saved document can be read."""
        hierarchy = sorted(self.places)[0]
        pids = [self.start_in(self.cgroup(
            hierarchy, "%s.service/lxc.payload.%s" % (self.name(), os.fsdecode(name)),
            {1: nsltest.NOBODY})) for name in (b"a\xff", b"a\\xff", b"a~")]
        saved = os.path.join(self.directory(), "saved.json")
        with open(saved, "wb") as file:
            file.write(nsltest.run("--json").out)
        result = nsltest.run("--from", saved, "-L", "-oPID,CONTAINER")
        self.assertEqual(result.status, 0, result)
        self.assertEqual({row.pid for row in nsltest.run("--from", saved, "--all").rows}
                         & set(pids), set(pids))

    def test_selected(self):
        """By what it is called with its mark, and not without."""
        web = self.name("web")
        hierarchy = sorted(self.places)[0]
        pid = self.start_in(self.cgroup(hierarchy, "%s.service/lxc.payload.%s" % (self.name(), web),
                                        {1: nsltest.NOBODY}))
        self.assertEqual({row.pid for row in self.table(web + "?")} & {pid}, {pid})
        result = nsltest.run(web)
        self.assertEqual(result.status, 1, result)
        self.assertEqual(result.rows, [])

    def test_unit(self):
        """Units in a container that is not believed are not this system's; nor are machines."""
        unit = self.name("nginx") + ".service"
        machine = self.name("vm")
        for hierarchy, name in self.places.items():
            with self.subTest(hierarchy=name):
                for path, owners, found in (
                        ("lxc.payload.%s/system.slice/%s" % (self.name(), unit), None, unit),
                        ("%s.service/lxc.payload.x/system.slice/%s" % (self.name(), unit),
                         {1: nsltest.NOBODY}, None)):
                    pid = self.start_in(self.cgroup(hierarchy, path, owners))
                    self.assertEqual(nsltest.get_process(self.document(), pid)["unit"], found)
                pid = self.start_in(self.cgroup(
                    hierarchy, "%s.service/machine-%s.scope/libvirt" % (
                        self.name(), machine.replace("-", r"\x2d")), {1: nsltest.NOBODY}))
                self.assertEqual(nsltest.run(machine).status, 1)


# Run by a Python that calls itself what it likes: starts the command in namespaces of its own, and
# prints its PID.
CHILD = """
import ctypes, os
def start():
    child = os.fork()
    if child == 0:
        ctypes.CDLL(None).prctl(1, 9, 0, 0, 0)
        os.setresuid(os.geteuid(), os.geteuid(), os.geteuid())
        flags = 0x4000000 | (0x10000000 if os.geteuid() else 0)
        if ctypes.CDLL(None).unshare(flags):
            os._exit(1)
        os.execv("/bin/sleep", ["sleep", "3600"])
    os.write(1, b"%d\\\\n" % child)
exec("start()")
"""


class Records(Case):
    """What engines have written down, and who says that it is about him."""

    def setUp(self):
        super().setUp()
        self.home = self.directory()
        os.chmod(self.home, 0o755)
        # An expression that Python takes, and an id that conmon could have.
        self.cid = "1" * 20 + "%044d" % (os.getpid() << 20 | id(self) & 0xfffff)
        self.store = os.path.join(self.home, "store")
        self.runs = os.path.join(self.home, "runs")

    def program(self, name, mode=0o755):
        """A copy of Python, root's, that is called so."""
        path = os.path.join(self.home, name)
        shutil.copy(os.path.realpath(nsltest.PYTHON), path)
        os.chmod(path, mode)
        return path

    def start(self, program, user=None):
        """A process with conmon's arguments, and its child; the PID of that."""
        words = ["-i", "-q", "-c", self.cid, "-n", "web",
                 "-b", "%s/overlay-containers/%s/userdata" % (self.store, self.cid)]
        for option, value in (("--root", self.store), ("--runroot", self.runs)):
            words += ["--exit-command-arg", option, "--exit-command-arg", value]
        drop = [] if user is None else ["setpriv", "--reuid", str(user), "--regid", str(user),
                                        "--clear-groups"]
        process = subprocess.Popen(
            [*drop, nsltest.PYTHON, "-c",
             "import os, sys; os.execv(sys.argv[1], ['conmon'] + sys.argv[2:])", program, *words],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=self.home)
        self.addCleanup(self.end, process)
        process.stdin.write(("exec(%r)\n" % CHILD.replace("\\\\n", "\\n")).encode())
        process.stdin.flush()
        line = process.stdout.readline()
        while line and not line.strip().isdigit() or line.strip() == self.cid.encode():
            line = process.stdout.readline()
        child = int(line)
        nsltest.wait_until(lambda: nsltest.command_of(child) == "sleep 3600", "its child's start")
        return child

    @staticmethod
    def end(process):
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()

    def record(self, pid, owner=0, age=0):
        """What podman keeps in its two directories; `age`: since so many seconds."""
        for directory, name, text in (
                (self.store, "containers.json", json.dumps([{"id": self.cid, "names": ["web"]}])),
                (self.runs, "%s/userdata/pidfile" % self.cid, "%d\n" % pid)):
            path = os.path.join(directory, "overlay-containers", name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            nsltest.write(path, text)
            os.utime(path, (time.time() - age,) * 2)
        for directory in (self.store, self.runs):
            for place, _, files in os.walk(directory):
                for path in [place, *(os.path.join(place, name) for name in files)]:
                    os.chown(path, owner, owner)

    def place(self):
        """A cgroup that is named after the container, by a user."""
        return self.cgroup(sorted(self.places)[0],
                           "nslt%d.service/libpod-%s.scope" % (os.getpid(), self.cid),
                           {1: nsltest.NOBODY, 2: nsltest.NOBODY})

    def check_claim(self, pid):
        rows = [row for row in self.table() if row.pid == pid]
        self.assertTrue(rows)
        for row in rows:
            self.assertRegex(row.container, r"^podman:.*\?$")

    def test_root(self):
        """Root's conmon, and a record of root's with that PID."""
        nsltest.need_root_mounts()
        pid = self.start(self.program("conmon"))
        self.record(pid)
        self.check_label(pid, "podman:web")

    def test_root_stale(self):
        """The record is older than the process that has the PID now."""
        pid = self.start(self.program("conmon"))
        self.record(pid, age=3600)
        self.check_label(pid, "podman:web?")

    def test_root_future(self):
        """Of a clock that was set back since."""
        pid = self.start(self.program("conmon"))
        self.record(pid, age=-3600)
        self.check_label(pid, "podman:web?")

    def test_root_another_program(self):
        pid = self.start(self.program("another"))
        self.record(pid)
        self.check_label(pid, "podman:web?")

    def test_user(self):
        """A user's process with root's record, be it ever so fresh."""
        pid = self.start(self.program("conmon"), nsltest.NOBODY)
        self.record(pid)
        self.check_label(pid, "podman:web?")

    def test_set_user_id(self):
        """What is effectively root is not root's."""
        pid = self.start(self.program("conmon", 0o4755), nsltest.NOBODY)
        self.record(pid)
        self.check_label(pid, "podman:web?")

    def test_set_user_id_in_delegated_cgroup(self):
        """With a cgroup that a user named: root's record and a witness who is none."""
        place = self.place()
        pid = self.start(self.program("conmon", 0o4755), nsltest.NOBODY)
        nsltest.write(place + "/cgroup.procs", str(pid))
        self.record(0)
        self.check_claim(pid)

    def test_users_own(self):
        """A user's record of the user's own container is good."""
        pid = self.start(self.program("conmon"), nsltest.NOBODY)
        self.record(pid, nsltest.NOBODY)
        self.check_label(pid, "podman:web")

    def test_users_stale(self):
        pid = self.start(self.program("conmon"), nsltest.NOBODY)
        self.record(pid, nsltest.NOBODY, age=3600)
        self.check_label(pid, "podman:web?")

    def test_another_users(self):
        """But not another user's."""
        pid = self.start(self.program("conmon"), nsltest.NOBODY)
        self.record(pid, nsltest.NOBODY - 1)
        self.check_label(pid, "podman:web?")

    def test_users_with_roots_id(self):
        """And not by an id that root's store has."""
        pid = self.start(self.program("conmon"), nsltest.NOBODY)
        self.record(pid, nsltest.NOBODY)
        state = "/run/runc/" + self.cid
        made = not os.path.exists("/run/runc")
        os.makedirs(state)
        if made:
            self.addCleanup(os.rmdir, "/run/runc")
        self.addCleanup(shutil.rmtree, state)
        nsltest.write(state + "/state.json", json.dumps(
            {"id": self.cid, "init_process_pid": 1, "init_process_start": 1}))
        self.check_label(pid, "podman:web?")

    def test_start_time(self):
        """Of a record that has it, to the tick; root's cgroup, nobody above."""
        hierarchy = sorted(self.places)[0]
        name = "nslt%d-%d" % (os.getpid(), id(self) & 0xffff)
        pid = self.start_in(self.cgroup(hierarchy, "runc-%s.scope" % name))
        state = "/run/runc/" + name
        made = not os.path.exists("/run/runc")
        os.makedirs(state)
        if made:
            self.addCleanup(os.rmdir, "/run/runc")
        self.addCleanup(shutil.rmtree, state)
        for late, label in ((0, "runc:%s"), (1, "runc:%s?")):
            nsltest.write(state + "/state.json", json.dumps(
                {"id": name, "init_process_pid": pid,
                 "init_process_start": nsltest.start_of(pid) - late}))
            self.check_label(pid, label % name)


if __name__ == "__main__":
    nsltest.main()
