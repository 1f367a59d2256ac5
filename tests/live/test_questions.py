# SPDX-License-Identifier: GPL-3.0-or-later
"""What people ask, as README.md and the manual page say it is asked here: each call is taken out of
both, which have to agree, run by a shell as it stands there, but for the PIDs, names and inodes of
what was set up, and compared with what other programs or the system itself answer."""

import contextlib
import json
import os
import re
import shlex
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import holders  # noqa: E402
import nsltest  # noqa: E402

README = os.path.join(nsltest.SOURCE, "README.md")
MANUAL = os.path.join(nsltest.SOURCE, "data", "nslist.8")
WALK = os.path.join(nsltest.TESTS, "bench", "walk.py")

# Each is a part of a question, in both documents, beside the manual page's TASKS. First those of the
# article that nslist comes from, then what people ask elsewhere, the most frequent first.
ARTICLE = ("All of the system", "(ps -o pidns,netns", "(ip netns identify)", "(ip netns pids)",
           "The PIDs of the container")
ASKED = ("that ip netns does not see", "and who keeps it alive", "The hidden ones", "For Prometheus")
OTHER = ("What is the container web made of",)

# What stands in the calls for what a reader has.
PID, INODE = "11861", "4026532676"


def read(path):
    return nsltest.read(path)


def readme_calls():
    """{question: call} of the table, without what marks code, and without sudo."""
    text = read(README).split("## Questions and calls\n")[1].split("\n## ")[0]
    found = {}
    for question, call in re.findall(r"^\| (.*?) \| `(.*)` \|$", text, re.M):
        found[question.replace("`", "").replace(r"\|", "|")] = re.sub(
            r"\bsudo ", "", call.replace(r"\|", "|"))
    return found


def manual_calls(*sections):
    """{question: call} of sections of the manual page."""
    found = {}
    for section in sections:
        text = read(MANUAL).split(".SH %s\n" % section)[1].split("\n.SH ")[0]
        for mark, plain in ((r"\-", "-"), (r"\(aq", "'"), (r"\(dq", '"'), (r"\(ti", "~"),
                            (r"\&", ""), (r".\|.\|.", "…"), ("\n.br\n.B ", " ")):
            text = text.replace(mark, plain)
        found.update(re.findall(r"^\.TP\n(.*)\n\.B (.*)$", text, re.M))
    return found


def lsns_calls():
    """[(a call of lsns, the same of nslist)] of the manual's table."""
    text = read(MANUAL).split(".SH COMING FROM LSNS\n")[1].split(".TE\n")[0]
    text = text.replace("\\-", "-").replace("\\(aq", "'")
    return re.findall(r"^(lsns\b(?!\().*)\|(nslist\b.*)$", text, re.M)


def call_for(calls, part):
    found = [call for question, call in calls.items() if part in question]
    if len(found) != 1:
        raise AssertionError("%r is answered %d times" % (part, len(found)))
    return found[0]


def output(*words, **more):
    return subprocess.run(words, stdout=subprocess.PIPE, check=True, text=True, **more).stdout


def shell(call, status=0, within=None, env=None, **more):
    """Its lines; `within`: a command that runs the call, which is its $0. Root needs no sudo, and
    what is found is the nslist that is to be tested."""
    program = nsltest.public_program("nslist") if "user" in more else nsltest.NSLIST
    path = os.path.dirname(program) + ":" + os.environ["PATH"]
    words = ["sh", "-c", call] if within is None else ["sh", "-c", within, call]
    done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, env=dict(os.environ, PATH=path, **(env or {})),
                          check=False, text=True, timeout=nsltest.HANGING * nsltest.SLOWER, **more)
    if done.returncode != status:
        raise AssertionError("%s: exit status %d: %s" % (call, done.returncode, done.stderr))
    return done.stdout.splitlines()


def put(call, *places):
    """The call for what is here; `places`: (what stands there, what is to)."""
    for there, mine in places:
        pattern = r"(?<![\w.])%s\b" % re.escape(there)
        if not re.search(pattern, call):
            raise AssertionError("no %s in %s" % (there, call))
        call = re.sub(pattern, lambda _: str(mine), call)
    return call


class Documents(nsltest.TestCase):
    def test_every_question_is_answered(self):
        """In both documents, by the same call."""
        readme, manual = readme_calls(), manual_calls("TASKS", "EXAMPLES")
        tasks = manual_calls("TASKS")
        self.assertGreaterEqual(len(tasks), 20)
        for part in (*ARTICLE, *ASKED, *OTHER, *tasks):
            with self.subTest(part):
                # The manual page goes on, where one would write a file.
                call = re.sub(r" > [a-z/][^ ]*$", "", call_for(manual, part))
                self.assertEqual(call_for(readme, part), call)

    def test_every_task_is_tested(self):
        """By one that asks it: here, or in test_tasks.py."""
        text = read(__file__) + read(os.path.join(os.path.dirname(__file__), "test_tasks.py"))
        asked = set(re.findall(r'\bask(?:_table)?\(\s*"([^"]+)"', text))
        for task in manual_calls("TASKS"):
            self.assertTrue([part for part in asked if part in task], task)

    def test_every_call_of_the_readme(self):
        """How it is spelt is right; what it selects need not be there. The manual page's are
        docs/manual's."""
        calls = readme_calls()
        self.assertGreater(len(calls), 18)
        place = self.directory()
        for name in "base", "web1", "web2":
            nsltest.write("%s/%s.json" % (place, name), nsltest.run("-qJ").out)
        for call in calls.values():
            words = shlex.split(call.replace("/host/proc", "/proc"))
            for end in {"|", ">"} & set(words):
                del words[words.index(end):]
            self.assertEqual(words[0], "nslist")
            ended = ["timeout", "--preserve-status", "--signal=INT", "1"]
            self.assertIn(nsltest.run(*words[1:], cwd=place,
                                      prefix=ended if "--watch" in words else ()).status,
                          (0, 1, 3) if "--strict" in words else (0, 1), call)


class QuestionCase(nsltest.TestCase):
    def setUp(self):
        super().setUp()
        nsltest.need_root()
        self.calls = {**readme_calls(), **manual_calls("TASKS")}

    def ask(self, part, *places, **more):
        """The lines that the call for a question prints; see put() and shell()."""
        return shell(put(call_for(self.calls, part), *places), **more)

    def ask_table(self, part, *places, **more):
        lines = self.ask(part, *places, **more)
        self.assertEqual(lines[0], nsltest.HEADING)
        return nsltest.parse_rows(lines[1:])

    def make(self, kinds, *arguments, **more):
        """Processes in new namespaces; `apart`: {type: inode} of just those."""
        made = self.nsmake("new", kinds, *arguments, **more)
        made.made["apart"] = {kind: made.ns[kind] for kind in kinds.split(",")}
        return made

    def cgroup(self, name):
        """A new one in a hierarchy of cgroups, with those above it: the file of who is in it."""
        with open("/proc/self/mountinfo", encoding="utf-8") as file:
            mounts = [line.split() for line in file if re.search(r" - cgroup2? ", line)]
        mounts.sort(key=lambda words: "cgroup2" not in words)
        for words in mounts:
            place = words[4]
            with contextlib.suppress(OSError):
                for part in name.split("/"):
                    place += "/" + part
                    if not os.path.isdir(place):
                        os.mkdir(place)
                        self.addCleanup(os.rmdir, place)
                return place + "/cgroup.procs"
        self.skipTest("missing: the right to make cgroups")
        return None

    def make_in(self, cgroup, kinds, *arguments):
        """Processes in new namespaces and in a new cgroup, and the file of who is in that."""
        procs = self.cgroup(cgroup)
        made = self.make(kinds, *arguments)
        for pid in made.pids:
            nsltest.write(procs, str(pid))
        self.assertIn("/%s\n" % cgroup, read("/proc/%d/cgroup" % made.pids[0]))
        self.addCleanup(made.end)  # before its cgroup is removed
        return made, procs

    def container(self, *arguments, kinds="net,uts", suffix="web"):
        """A container as nslist is to see it: processes in a cgroup with the name that LXC gives
        its containers'. Its name, its processes, and the file of who is in it."""
        name = "nslt%d%s" % (os.getpid(), suffix)
        return name, *self.make_in("lxc.payload." + name, kinds, *arguments)


class Article(QuestionCase):
    """What the article asks of ps, ls, ip netns and nsenter, and its script."""

    def test_everything(self):
        """All rows of all the processes that are there before and after."""
        made = self.make("net,uts,ipc", "--count", "3")
        before = nsltest.walk()
        rows = self.ask_table("What is there beside the root namespaces")
        after = nsltest.walk()
        same = {pid: ns for pid, ns in before.items() if ns and after.get(pid) == ns}
        self.assertLessEqual(set(made.pids), set(same))
        self.assertEqual({row.key() for row in rows if row.pid in same},
                         nsltest.rows_of(same, nsltest.root_namespaces()))

    def test_all_of_the_system(self):
        """The namespaces that lsns has, with as many processes; of processes that stay."""
        nsltest.need("lsns")
        made = self.make("net,uts,ipc", "--count", "3")
        before = nsltest.walk()
        theirs = subprocess.run(["lsns", "--json", "--output", "NS,TYPE,NPROCS,PID"],
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
        if theirs.returncode != 0:
            self.skipTest("missing: an lsns that survives the end of a process")
        lines = [line.split() for line in self.ask("All of the system")]
        after = nsltest.walk()
        self.assertEqual(lines[0][:3], ["NAMESPACE", "NPROCS", "PID"])
        ours = {line[0].rstrip("*"): line[1:3] for line in lines[1:]}
        compared = 0
        for ns in json.loads(theirs.stdout)["namespaces"]:
            pid = int(ns["pid"] or 0)
            if pid in before and before[pid] == after.get(pid) and int(ns["nprocs"]) > 0:
                label = "%s:[%s]" % (ns["type"], ns["ns"])
                self.assertIn(label, ours)
                if int(ns["ns"]) in made.apart.values():
                    self.assertEqual(ours[label], ["3", str(min(made.pids))])
                    self.assertEqual((int(ns["nprocs"]), pid), (3, min(made.pids)))
                compared += 1
        self.assertGreaterEqual(compared, len(nsltest.TYPES) + 2)

    def test_namespaces_of_a_process(self):
        """As its links say, and ps."""
        nsltest.need("ps")
        made = self.make("net,uts,ipc,mnt")
        pid = made.pids[0]
        rows = self.ask_table("(ps -o pidns,netns", (PID, pid))
        self.assertEqual({row.pid for row in rows}, {pid})
        found = {row.type: row.inode for row in rows}
        self.assertEqual(len(found), len(rows))
        self.assertEqual(found, {kind: inode for kind, inode in nsltest.namespaces_of(pid).items()
                                 if kind in nsltest.TYPES})
        kinds = ("ipc", "mnt", "net", "pid", "user", "uts")
        theirs = output("ps", "-o", ",".join(kind + "ns=" for kind in kinds), "-p", str(pid))
        self.assertEqual([int(word) for word in theirs.split()], [found[kind] for kind in kinds])

    def test_grep(self):
        """The rows of the script that nslist replaces, as the walk in bench/ prints them."""
        made = self.make("net,uts,ipc,cgroup")
        pid = made.pids[0]
        rows = nsltest.parse_rows(self.ask("listns.v3.py", (PID, pid)))
        self.assertEqual({row.pid for row in rows}, {pid})
        # Of other processes the walk prints the line ends in their arguments, too.
        theirs = nsltest.parse_rows(line for line in output(sys.executable, WALK).splitlines()
                                    if line.split()[:1] == [str(pid)])
        roots = nsltest.root_namespaces()
        self.assertEqual({(row.type, row.inode) for row in rows},
                         {(row.type, row.inode) for row in theirs
                          if row.inode != roots.get(row.type)})
        self.assertEqual({(row.type, row.inode) for row in rows}, set(made.apart.items()))

    def test_identify(self):
        name, _ = self.add_netns()
        process = self.process("ip", "netns", "exec", name, "cat")
        theirs = output("ip", "netns", "identify", str(process.pid)).split()
        self.assertEqual(theirs, [name])
        self.assertEqual(self.ask("(ip netns identify)", (PID, process.pid)), theirs)

    def test_pids(self):
        name, _ = self.add_netns()
        started = [self.process("ip", "netns", "exec", name, "cat").pid for _ in range(3)]
        theirs = [int(word) for word in output("ip", "netns", "pids", name).split()]
        self.assertEqual(sorted(theirs), sorted(started))
        found = [int(line) for line in self.ask("(ip netns pids)", ("blue", name))]
        self.assertEqual(found, sorted(theirs))

    def check_path(self, inode):
        path, = self.ask("The path for nsenter", (INODE, inode))
        inside = output("nsenter", "--net=" + path, "readlink", "/proc/self/ns/net")
        self.assertEqual(inside, "net:[%d]\n" % inode)

    def test_path(self):
        """What nsenter takes, of a namespace with a process, with just a name, or an open file."""
        nsltest.need("nsenter")
        self.check_path(self.make("net").ns["net"])
        self.check_path(self.add_netns()[1])
        self.check_path(self.helper("nshold", "fd").namespaces[0]["ns"])

    def test_pids_of_a_container(self):
        """As its cgroup says."""
        nsltest.need_root_mounts()
        name, made, procs = self.container("--count", "3")
        theirs = sorted(int(line) for line in read(procs).split())
        self.assertEqual(theirs, sorted(made.pids))
        found = [int(line) for line in self.ask("The PIDs of the container", ("web", name))]
        self.assertEqual(found, theirs)


class Asked(QuestionCase):
    """What people ask in the issue trackers of other programs."""

    def test_container(self):
        """What it is made of, and what is the host's."""
        name, made, _ = self.container()
        pid = made.pids[0]
        rows = self.ask_table("What is the container web made of", ("web", name))
        namespaces = nsltest.namespaces_of(pid)
        self.assertEqual({(row.type, row.inode) for row in rows if row.pid == pid},
                         {(kind, namespaces[kind]) for kind in nsltest.TYPES if kind in namespaces})
        roots = nsltest.root_namespaces()
        self.assertEqual({(row.type, row.inode) for row in rows if row.pid is None},
                         {(kind, inode) for kind, inode in roots.items()
                          if namespaces[kind] == inode})

    def test_network_namespaces_without_a_name(self):
        name, made, _ = self.container()
        self.assertNotIn(str(made.ns["net"]), output("ip", "-details", "netns", "list"))
        lines = [line for line in self.ask("that ip netns does not see")
                 if "net:[%d]" % made.ns["net"] in line]
        self.assertEqual([line.split()[:3] for line in lines],
                         [["net:[%d]" % made.ns["net"], "1", str(made.pids[0])]])
        self.assertIn("[lxc:%s] " % name, lines[0])

    def test_who_keeps_it(self):
        """Those who are in it, and each holder."""
        for case in ("mount", "fd", "socket", "mount-private"):
            with self.subTest(case):
                made = self.helper("nshold", case)
                ns = [ns for ns in made.namespaces if ns["type"] == "net"][0]
                rows = self.ask_table("and who keeps it alive", (INODE, ns["ns"]))
                self.assertEqual([row.command for row in rows if row.pid is None],
                                 holders.reasons(ns, nsltest.namespaces_of("self")["mnt"],
                                                 holders.members_of(made.namespaces)))
                self.assertEqual([row.pid for row in rows if row.pid], ns["pids"])
                made.end()
        made = self.make("net", "--count", "2")
        rows = self.ask_table("and who keeps it alive", (INODE, made.ns["net"]))
        self.assertEqual([row.pid for row in rows], sorted(made.pids))

    def test_who_has_it_mounted(self):
        nsltest.need("unshare", "mount")
        place = self.directory()
        script = 'mount -t tmpfs nslt "$0" && exec cat'
        process = self.process("unshare", "--mount", "--propagation=private", "sh", "-c", script,
                               place)
        other = self.make("mnt")
        rows = self.ask_table("Which mount namespaces still hold", ("mnt/usb", place[1:]))
        self.assertNotIn(place, nsltest.read("/proc/%d/mountinfo" % other.pids[0]))
        self.assertIn(" %s " % place, nsltest.read("/proc/%d/mountinfo" % process.pid))
        self.assertEqual([(row.pid, row.type, row.inode) for row in rows],
                         [(process.pid, "mnt", nsltest.namespaces_of(process.pid)["mnt"])])

    def test_other_end_of_a_veth(self):
        """Told from this side by its name, as ip says it."""
        nsltest.need("ip")
        name, made, _ = self.container()
        pid = made.pids[0]
        one = self.make_veth(pid)
        output("nsenter", "--net=/proc/%d/ns/net" % pid, "ip", "link", "set", "eth0", "up")
        output("ip", "link", "set", one, "up")
        index = json.loads(output("ip", "-json", "link", "show", "dev", one))[0]["ifindex"]
        inside = json.loads(output("nsenter", "--net=/proc/%d/ns/net" % pid, "ip", "-json", "link",
                                   "show", "dev", "eth0"))[0]
        self.assertEqual(inside["link_index"], index)
        rows = self.ask_table("at the other end of the veth", ("veth0", one))
        self.assertEqual([(row.pid, row.type, row.inode) for row in rows],
                         [(pid, "net", made.ns["net"])])
        self.assertEqual(rows[0].container, "lxc:" + name)

    def test_hidden(self):
        """Of each kind one, with the reason; none that has a process."""
        own = nsltest.namespaces_of("self")["mnt"]
        hidden = [ns for case in ("mount", "fd", "socket", "owner", "parent-pid")
                  for ns in self.helper("nshold", case).namespaces]
        members = holders.members_of(hidden)
        shown = self.make("net,uts")
        rows = {(row.type, row.inode): row for row in self.ask_table("The hidden ones")}
        for ns in hidden:
            row = rows.get((ns["type"], ns["ns"]))
            self.assertEqual(row is None, bool(ns["pids"]), ns)
            if row:
                self.assertEqual((row.pid, row.command), (None, holders.summary(ns, own, members)))
        for key in shown.apart.items():
            self.assertNotIn(key, rows)

    def test_one_who_does_not_answer(self):
        """Nobody can read the command line of one of them: all questions are still answered."""
        stuck = self.helper("stuck", "1")
        pid = stuck.pids[0]
        self.assertIn((pid, "uts", stuck.uts[0]),
                      [row.key()[:3] for row in
                       self.ask_table("What is there beside the root namespaces")])
        self.assertLessEqual({"uts:[%d]" % stuck.uts[0]},
                             {line.split()[0] for line in self.ask("All of the system")})
        self.assertIn(stuck.uts[0], [row.inode for row in
                                     self.ask_table("(ps -o pidns,netns", (PID, pid))])

    def metrics(self):
        return dict(line.rsplit(" ", 1) for line in self.ask("For Prometheus")
                    if not line.startswith("#"))

    def test_metrics(self):
        """As many namespaces as a walk finds that have a process, and those that were made."""
        made = [self.make("net,uts", "--count", "2") for _ in range(3)]
        roots = nsltest.root_namespaces()

        def count():
            rows = nsltest.rows_of(nsltest.walk(), roots)
            return {kind: len({row[2] for row in rows if row[1] == kind and not row[3]})
                    for kind in nsltest.TYPES}
        for _ in range(20):  # others may come and go meanwhile
            before, found, after = count(), self.metrics(), count()
            if before == after:
                break
        else:
            self.skipTest("missing: a moment in which no namespace comes or goes")
        self.assertGreaterEqual(before["net"], len(made))
        for kind, populated in before.items():
            label = '{type="%s"}' % kind
            without = int(found["nslist_unpopulated_namespaces" + label])
            around = kind in nsltest.surroundings()
            self.assertEqual(int(found["nslist_namespaces" + label]) - without,
                             populated + around)

    def test_metrics_of_hidden_ones(self):
        before = int(self.metrics()['nslist_unpopulated_namespaces_by_holder{holder="socket"}'])
        self.helper("nshold", "socket")
        self.assertEqual(
            int(self.metrics()['nslist_unpopulated_namespaces_by_holder{holder="socket"}']),
            before + 1)

    def test_counts_for_a_script(self):
        nsltest.need("jq")
        made = self.make("net,ipc", "--count", "4")
        text = "\n".join(self.ask("How many processes has each namespace"))
        found = [json.loads(part) for part in re.findall(r"\{.*?\}", text, re.S)]
        for kind, inode in made.apart.items():
            self.assertIn({"type": kind, "ns": inode, "nprocs": 4}, found)


class Others(QuestionCase):
    """The rest of the table in README.md."""

    def test_behind_a_file(self):
        name, inode = self.add_netns()
        rows = self.ask_table("What is behind this file", ("blue", name))
        self.assertEqual({row.inode for row in rows}, {inode})

    def test_owner_and_mounts(self):
        name, inode = self.add_netns()
        heading, line = self.ask("and its owner, parent, mounts", (INODE, inode))
        self.assertEqual(heading.split()[-5:], ["HELD-BY", "OWNER", "ONS", "PNS", "NSFS"])
        self.assertIn("mounted at /run/netns/" + name, line)
        owner, owner_inode, parent, places = line.split()[-4:]
        self.assertEqual((owner, int(owner_inode), parent),
                         ("root", nsltest.namespaces_of("self")["user"], "-"))
        self.assertEqual(places, "/run/netns/" + name)

    def test_threads(self):
        made = self.nsmake("thread", "uts")
        found = [row.pid for row in self.ask_table("Which threads are elsewhere")
                 if row.pid and row.inode == made.thread_ns["uts"]]
        self.assertEqual(found, [made.tid])

    def test_who_shares(self):
        made = self.make("net,uts", "--count", "3")
        other = self.make("net")
        rows = self.ask_table("Who shares a namespace", (PID, made.pids[0]))
        found = {row.key()[:3] for row in rows}
        for pid in made.pids:
            for kind, inode in made.apart.items():
                self.assertIn((pid, kind, inode), found)
        self.assertNotIn(other.ns["net"], [row.inode for row in rows])

    def test_filter(self):
        mine = self.make("user,net", "--exec", "sleep", "1000", user=nsltest.NOBODY)
        roots = self.make("net", "--exec", "sleep", "1000")
        rows = self.ask_table("Which nginx processes", ("nginx", "sleep"))
        self.assertIn((mine.pids[0], "net", mine.ns["net"]), [row.key()[:3] for row in rows])
        self.assertNotIn(roots.pids[0], [row.pid for row in rows])
        self.assertEqual({row.type for row in rows}, {"net"})


class Lsns(nsltest.TestCase):
    """Each line of the manual's table, by the real lsns of this system."""

    def numbers(self, call, wanted):
        """Which of these a call says; None: this lsns does not know the option."""
        words = shlex.split(call)
        if words[0] == "nslist":
            words[0] = nsltest.NSLIST
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        if words[0] == "lsns" and done.returncode != 0 and re.search(
                rb"unrecognized|ambiguous|unknown|unsupported", done.stderr):
            return None
        self.assertEqual(done.returncode, 0, (words, done.stderr))
        return set(map(int, re.findall(rb"\d+", done.stdout))) & wanted

    def test_table(self):
        nsltest.need_root()
        nsltest.need("lsns")
        made = self.nsmake("new", "net,uts,ipc", "--count", "2")
        held = self.helper("nshold", "mount").namespaces[0]
        inodes = set(made.ns.values()) | set(nsltest.root_namespaces().values())
        calls = lsns_calls()
        self.assertGreater(len(calls), 15)
        compared = 0
        for theirs, ours in calls:
            with self.subTest(theirs):
                place = {"NAMESPACE": str(made.ns["net"]), " PID": " %d" % made.pids[0]}
                for word, value in place.items():
                    theirs = re.sub(word + "$", value, theirs)
                    ours = re.sub(word + "$", value, ours)
                wanted = set(made.pids) if str(made.ns["net"]) in theirs else inodes
                if "persistent" in theirs:
                    wanted = inodes | {held["ns"]}
                expected = self.numbers(theirs, wanted)
                found = self.numbers(ours, wanted)
                if expected is not None:
                    self.assertEqual(found, expected)
                    compared += 1
        self.assertGreater(compared, 10)


if __name__ == "__main__":
    nsltest.main()
