# SPDX-License-Identifier: GPL-3.0-or-later
"""What namespaces are (--details): compared with what the test set up in them by the system's own
tools, with and without processes, and that looking changes nothing there."""

import ipaddress
import json
import os
import re
import resource
import shlex
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import nsltest  # noqa: E402


def run(*words, **more):
    return subprocess.run(words, check=True, stdout=subprocess.PIPE, **more).stdout.decode()


class DetailsCase(nsltest.TestCase):
    def setUp(self):
        super().setUp()
        nsltest.need_root()
        nsltest.need("nsenter", "ip", "mount", "umount", "unshare")
        nsltest.wait_for_network()

    def within(self, pid, *words):
        """Runs a command in all the namespaces of a process but its mount namespace."""
        flags = [flag for flag, kind in (("-u", "uts"), ("-i", "ipc"), ("-n", "net"))
                 if nsltest.namespaces_of(pid)[kind] != nsltest.namespaces_of("self")[kind]]
        return run("nsenter", "-t", str(pid), *flags, *words)

    def detail(self, kind, inode, *arguments, **more):
        found = nsltest.get_namespace(self.document("--details", *arguments, **more), kind, inode)
        self.assertIsNotNone(found, (kind, inode))
        return found["detail"], found["unknown"]

    def check(self, kind, inode, wanted, *arguments):
        """All of it is known, and is this."""
        detail, unknown = self.detail(kind, inode, *arguments)
        self.assertEqual(detail, wanted)
        self.assertNotIn("detail", unknown)

    def text(self, label, *arguments):
        """The DETAIL column of a namespace, which is the same in each of its rows."""
        lines = self.run_nslist("-oNAMESPACE,DETAIL", "-n", *arguments,
                                env={"LC_ALL": "C.UTF-8"}).lines
        found = {line.split(None, 1)[1] for line in lines
                 if line.split(None, 1)[0].rstrip("*") == label}
        self.assertEqual(len(found), 1, (label, found))
        return found.pop().strip()

    def hold(self, kind, pid):
        """Its namespace is mounted in a place; returns that."""
        place = os.path.join(self.directory(), kind)
        nsltest.write(place, "")
        run("mount", "--bind", "/proc/%d/ns/%s" % (pid, kind), place)
        self.addCleanup(run, "umount", place)
        return place

    def made_and_left(self, kind, *words):
        """The inode of a namespace in which the words were run, and that only a mount holds."""
        made = nsltest.Helper("nsmake", "new", kind)
        try:
            if words:
                self.within(made.pids[0], *words)
            self.hold(kind, made.pids[0])
        finally:
            made.end()
        return made.ns[kind]


class Members(DetailsCase):
    def test_uts(self):
        made = self.nsmake("new", "uts")
        self.within(made.pids[0], "sh", "-c",
                    "hostname web1.example; echo nis.example >/proc/sys/kernel/domainname")
        inode = made.ns["uts"]
        self.check("uts", inode, {"hostname": "web1.example", "domainname": "nis.example"})
        self.assertEqual(self.text("uts:[%d]" % inode), "web1.example (domain nis.example)")

    def test_uts_odd_bytes(self):
        made = self.nsmake("new", "uts")
        self.within(made.pids[0], nsltest.PYTHON, "-c",
                    "import ctypes; ctypes.CDLL(None).sethostname(b'a\\n\\x1b\\xff', 4)")
        detail, _ = self.detail("uts", made.ns["uts"])
        self.assertEqual(detail["hostname"], "a\n\x1b\\xff")
        self.assertEqual(self.text("uts:[%d]" % made.ns["uts"]), "a\\n\\x1b\\xff")

    def test_uts_of_this_system(self):
        detail, _ = self.detail("uts", nsltest.namespaces_of("self")["uts"], "--all", "-tuts")
        self.assertEqual(detail["hostname"], os.uname().nodename)

    def test_ipc(self):
        nsltest.need("ipcmk", "ipcs")
        made = self.nsmake("new", "ipc")
        self.within(made.pids[0], "sh", "-c", "for i in 1 2 3; do ipcmk -M 4096; done; ipcmk -Q; "
                                              "ipcmk -S 5; ipcmk -S 1")
        before = self.within(made.pids[0], "ipcs")
        self.check("ipc", made.ns["ipc"], {"shm_segments": 3, "sem_sets": 2, "msg_queues": 1})
        self.assertEqual(self.text("ipc:[%d]" % made.ns["ipc"]), "3 shm, 2 sem, 1 msg")
        self.assertEqual(self.within(made.pids[0], "ipcs"), before)

    def test_ipc_empty(self):
        made = self.nsmake("new", "ipc")
        self.check("ipc", made.ns["ipc"], {"shm_segments": 0, "sem_sets": 0, "msg_queues": 0})

    def test_user(self):
        with nsltest.Process("unshare", "--user", "sh", "-c", "exec cat") as process:
            pid = process.pid
            nsltest.write("/proc/%d/uid_map" % pid, "0 100000 65536\n65536 5 1\n")
            nsltest.write("/proc/%d/gid_map" % pid, "7 8 9\n")
            inode = nsltest.namespaces_of(pid)["user"]
            self.check("user", inode, {
                "uid_map": [{"inside": 0, "outside": 100000, "count": 65536},
                            {"inside": 65536, "outside": 5, "count": 1}],
                "gid_map": [{"inside": 7, "outside": 8, "count": 9}],
                "owner_uid": 0, "owner": "root"})
            self.assertEqual(self.text("user:[%d]" % inode),
                             "uid 0→100000 ×65536, 65536→5 ×1; gid 7→8 ×9; owner root")

    def test_user_without_maps(self):
        with nsltest.Process("unshare", "--user", "sh", "-c", "exec cat") as process:
            inode = nsltest.namespaces_of(process.pid)["user"]
            self.check("user", inode,
                       {"uid_map": [], "gid_map": [], "owner_uid": 0, "owner": "root"})

    def test_pid(self):
        made = self.nsmake("nested", "3", "pid")
        document = self.document("--details")
        for depth, level in enumerate(made.levels, 1):
            found = nsltest.get_namespace(document, "pid", level["ns"]["pid"])
            root = len(made.levels[0]["nspid"]) - 2  # this may be a PID namespace itself
            inits = [one["pid"] for one in made.levels if one["nspid"][depth + root:] == [1]]
            self.assertEqual((found["detail"]["init"], found["detail"]["depth"]),
                             (inits[0], depth))
            self.assertEqual(found["detail"]["init_comm"] + "\n",
                             nsltest.read("/proc/%d/comm" % inits[0]))
            self.assertNotIn("detail", found["unknown"])

    def test_mnt(self):
        script = "mount -t tmpfs nslt-%d /mnt && exec cat" % os.getpid()
        with nsltest.Process("unshare", "--mount", "sh", "-c", script) as process:
            lines = nsltest.read("/proc/%d/mountinfo" % process.pid).splitlines()
            root = [line for line in lines if line.split()[4] == "/"][-1]
            kind, source = root.split(" - ")[1].split()[:2]
            self.check("mnt", nsltest.namespaces_of(process.pid)["mnt"],
                       {"root_type": kind, "root_source": source, "n_mounts": len(lines)})

    def test_mnt_of_a_chroot(self):
        """What the process sees of its mounts is not all that there are."""
        nsltest.need("chroot")
        place = self.directory()
        script = ("mount -t tmpfs nslt-%d %s && mkdir %s/bin && cd %s && "
                  "exec %s -c 'import os; os.chroot(\".\"); os.write(1, b\"ready\\n\"); "
                  "os.read(0, 9); os.read(0, 9)'" % (os.getpid(), place, place, place,
                                                     nsltest.PYTHON))
        with nsltest.Process("unshare", "--mount", "sh", "-c", script) as process:
            self.assertEqual(len(nsltest.read("/proc/%d/mountinfo" % process.pid).splitlines()), 1)
            # It has one mount more than this one.
            own = len(nsltest.read("/proc/self/mountinfo").splitlines())
            detail, unknown = self.detail("mnt", nsltest.namespaces_of(process.pid)["mnt"])
            self.assertEqual(detail["n_mounts"], own + 1)
            self.assertNotEqual(detail["root_source"], "nslt-%d" % os.getpid())
            self.assertNotIn("detail", unknown)

    def test_time(self):
        if not os.path.exists("/proc/self/ns/time"):
            self.skipTest("missing: time namespaces (Linux 5.6)")
        words = ["unshare", "--time", "--boottime", "3600", "--monotonic", "-5", "sh", "-c",
                 "exec cat"]
        with nsltest.Process(*words) as process:
            inode = nsltest.namespaces_of(process.pid)["time_for_children"]
            wanted = {"monotonic_ns": -5 * 10**9, "boottime_ns": 3600 * 10**9}
            self.check("time", inode, wanted)
            self.assertEqual(self.text("time:[%d]" % inode),
                             "boottime +3600 s, monotonic -5 s")

    def test_time_of_children(self):
        """The process is outside; the file is of the namespace that its children will be in."""
        made = self.nsmake("children", "time")
        own = nsltest.namespaces_of("self")["time"]
        document = self.document("--details", "--all", "-ttime")
        zero = {"monotonic_ns": 0, "boottime_ns": 0}
        for inode in (made.for_children, own):
            found = nsltest.get_namespace(document, "time", inode)
            self.assertEqual(found["detail"], zero)

    def cgroup(self):
        """A new cgroup of version 2, and its path as /proc/PID/cgroup shows it."""
        places = re.findall(r"^(?:\S+ ){4}(\S+) .* - cgroup2 ", nsltest.read("/proc/self/mountinfo"),
                            re.M)
        own = re.findall("^0::(.*)$", nsltest.read("/proc/self/cgroup"), re.M)
        if not places or not own:
            self.skipTest("missing: cgroup2")
        path = own[0].rstrip("/") + "/nslt%d" % os.getpid()
        place = places[0] + path
        if not os.path.isdir(os.path.dirname(place)):
            path = "/nslt%d" % os.getpid()
            place = places[0] + path
        try:
            os.mkdir(place)
        except OSError as error:
            self.skipTest("missing: the right to make cgroups: %s" % error)
        self.addCleanup(os.rmdir, place)
        return place, path

    def test_cgroup(self):
        place, path = self.cgroup()
        os.mkdir(place + "/below")
        self.addCleanup(os.rmdir, place + "/below")
        script = ("echo $$ > %s/cgroup.procs && exec unshare --cgroup sh -c "
                  "'echo $$ > %s/below/cgroup.procs && exec cat'" % (place, place))
        with nsltest.Process("sh", "-c", script) as process:
            # It is below the root of its namespace by now.
            self.assertIn("0::%s/below\n" % path, nsltest.read("/proc/%d/cgroup" % process.pid))
            inode = nsltest.namespaces_of(process.pid)["cgroup"]
            self.check("cgroup", inode, {"root": path})
            self.assertEqual(self.text("cgroup:[%d]" % inode), path)

    def test_cgroup_of_one_moved_away(self):
        """Nobody is below the root: it is not known, and not made up."""
        place, _ = self.cgroup()
        os.mkdir(place + "/a")
        self.addCleanup(os.rmdir, place + "/a")
        os.mkdir(place + "/b")
        self.addCleanup(os.rmdir, place + "/b")
        script = ("echo $$ > %s/a/cgroup.procs && exec unshare --cgroup sh -c "
                  "'echo $$ > %s/b/cgroup.procs && exec cat'" % (place, place))
        with nsltest.Process("sh", "-c", script) as process:
            detail, unknown = self.detail("cgroup", nsltest.namespaces_of(process.pid)["cgroup"])
            self.assertIsNone(detail)
            self.assertIn("detail", unknown)

    def test_cgroups_of_one_moved_away(self):
        """Two thousand of them: not each asks all processes."""
        place, _ = self.cgroup()
        for name in ("/a", "/b"):
            os.mkdir(place + name)
            self.addCleanup(os.rmdir, place + name)
        made = self.helper("flood", "cgroup", "2000", prefix=[
            "sh", "-c", 'echo $$ > "$0/a/cgroup.procs" && exec "$@"', place])
        nsltest.write(place + "/b/cgroup.procs", str(made.process.pid))

        def cost():
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            self.run_nslist("-d", "--type", "cgroup")
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

        few = min(cost() for _ in range(2))
        self.nsmake("new", "uts", "--count", "300")
        self.assertLess(min(cost() for _ in range(2)), 2 * few + 0.5)


class Nets(DetailsCase):
    def links(self, name):
        """What ip knows of the interfaces of a named one: all but how much time has passed."""
        return [json.loads(run("ip", "-netns", name, "-json", "-details", "address")),
                run("ip", "-netns", name, "netns", "list-id")]

    def interfaces(self, inode, *arguments):
        detail, unknown = self.detail("net", inode, *arguments)
        return {one["name"]: one for one in detail["interfaces"]}, detail, unknown

    def test_new(self):
        """Nothing is up in it, and nothing is brought up."""
        name, inode = self.add_netns()
        before = self.links(name)
        _, detail, unknown = self.interfaces(inode)
        self.assertEqual({one["name"]: one["up"] for one in detail["interfaces"]},
                         {one["ifname"]: False for one in before[0]})
        self.assertEqual((detail["n_interfaces"], detail["n_up"]), (len(before[0]), 0))
        self.assertNotIn("detail", unknown)
        self.assertEqual(self.text("net:[%d]" % inode),
                         "no interface up, %d down" % len(before[0]))
        self.assertEqual(self.links(name), before)

    def veth(self, first, second):
        """A pair, up at both ends; "" is this namespace. Returns both indices."""
        a, b = "nslt%da" % os.getpid(), "nslt%db" % os.getpid()
        words = ["ip", "-netns", first] if first else ["ip"]
        others = ["ip", "-netns", second] if second else ["ip"]
        try:
            run(*words, "link", "add", a, "type", "veth", "peer", "name", b,
                *(["netns", second] if second != first else []), stderr=subprocess.DEVNULL)
        except subprocess.CalledProcessError:
            self.skipTest("missing: veth interfaces")
        self.addCleanup(subprocess.run, [*words, "link", "delete", a], check=False,
                        stderr=subprocess.DEVNULL)
        run(*words, "address", "add", "198.51.100.1/24", "dev", a)
        run(*others, "address", "add", "198.51.100.2/25", "dev", b)
        run(*others, "address", "add", "2001:db8::2/64", "dev", b, "nodad")
        ends = ((words, a), (others, b))
        for of, one in ends:  # without an address that comes by itself, later
            run(*of, "link", "set", one, "addrgenmode", "none", "up")
        for of, one in ends:
            nsltest.wait_until(lambda of=of, one=one: self.link(of, one)["operstate"] == "UP",
                               "an interface that is up")
        return a, b, *(self.link(of, one)["ifindex"] for of, one in ends)

    @staticmethod
    def link(words, name):
        return json.loads(run(*words, "-json", "link", "show", "dev", name))[0]

    def check_ends(self, first, second, names, *arguments):
        """Each end names the other."""
        a, b, index_a, index_b = names
        one, _, unknown_one = self.interfaces(first, *arguments)
        two, _, unknown_two = self.interfaces(second, *arguments)
        self.assertEqual((one[a]["index"], one[a]["kind"]), (index_a, "veth"))
        self.assertEqual(one[a]["peer"], {"index": index_b, "ns": second})
        self.assertEqual(two[b]["peer"], {"index": index_a, "ns": first})
        self.assertNotIn("detail", unknown_one + unknown_two)
        self.assertIn("198.51.100.1/24", one[a]["addresses"])
        self.assertIn("198.51.100.2/25", two[b]["addresses"])
        self.assertIn("2001:db8::2/64", two[b]["addresses"])
        for interface in (one[a], two[b]):
            self.assertEqual(interface["n_addresses"], len(interface["addresses"]))
            for address in interface["addresses"]:
                ipaddress.ip_interface(address)

    def test_veth_to_this_one(self):
        name, inode = self.add_netns()
        names = self.veth("", name)
        before = self.links(name)
        self.check_ends(nsltest.namespaces_of("self")["net"], inode, names, "--all", "-tnet")
        self.assertEqual(self.links(name), before)
        self.assertEqual(
            self.text("net:[%d]" % inode), "198.51.100.2/25 2001:db8::2/64 %s@if%d peer in "
            "net:[%d]" % (names[1], names[2], nsltest.namespaces_of("self")["net"]))

    def test_narrow_terminal(self):
        """The address is whole on 80 columns; on 50 each row still says something of its own."""
        name, inode = self.add_netns()
        self.veth("", name)
        run("ip", "-netns", name, "link", "set", "lo", "up")
        with nsltest.Process("ip", "netns", "exec", name, "cat"):
            for columns in (80, 50):
                text = nsltest.run_on_terminal("-tnet", "-d", columns=columns).text
                lines = [line for line in text.splitlines() if "net:[%d]" % inode in line]
                self.assertEqual(len(lines), 2)
                self.assertNotEqual(lines[0], lines[1])
                for line, command in zip(lines, ("created by", "cat")):
                    self.assertLessEqual(len(line), columns)
                    self.assertIn(" 198.51.100.2/25 " if columns == 80 else " 198.51.1", line)
                    self.assertIn(command[:columns // 10], line)

    def test_veth_between_two(self):
        """And within one."""
        first, first_inode = self.add_netns("-a")
        second, second_inode = self.add_netns("-b")
        names = self.veth(first, second)
        before = self.links(first), self.links(second)
        self.check_ends(first_inode, second_inode, names)
        self.assertEqual((self.links(first), self.links(second)), before)
        third, inode = self.add_netns("-c")
        self.check_ends(inode, inode, self.veth(third, third))

    def test_of_a_selected_one(self):
        """The namespace of the other end is known though it is not listed."""
        first, first_inode = self.add_netns("-a")
        second, second_inode = self.add_netns("-b")
        names = self.veth(first, second)
        found, _, _ = self.interfaces(first_inode, first)
        self.assertEqual(found[names[0]]["peer"], {"index": names[3], "ns": second_inode})
        # That of a process is looked for among all, whatever is shown of it.
        with nsltest.Process("ip", "netns", "exec", first, "cat") as process:
            text = "%s@if%d peer in net:[%d]" % (names[0], names[3], second_inode)
            for words in ("-dtnet",), ("-md",), ("-dtnet", "-T"), ("-tnet", "-oDETAIL"):
                self.assertIn(text, self.run_nslist(*words, str(process.pid)).text, words)

    def test_many(self):
        """All of hundreds, up or down, with all their addresses; people are shown some."""
        name, inode = self.add_netns()
        batch = "".join("link add d%d type veth peer name e%d\nlink set d%d up\nlink set e%d up\n"
                        % (i, i, i, i) for i in range(50))
        try:
            subprocess.run(["ip", "-netns", name, "-batch", "-"], input=batch.encode(), check=True,
                           stderr=subprocess.DEVNULL)
        except subprocess.CalledProcessError:
            self.skipTest("missing: veth interfaces")
        addresses = "".join("address add 198.51.100.%d/32 dev d0\n" % i for i in range(1, 41))
        subprocess.run(["ip", "-netns", name, "-batch", "-"], input=addresses.encode(), check=True)
        n = len(self.links(name)[0])
        found, detail, _ = self.interfaces(inode)
        self.assertEqual((len(found), detail["n_interfaces"], detail["n_up"]), (n, n, 100))
        self.assertLessEqual({"198.51.100.%d/32" % i for i in range(1, 41)},
                             set(found["d0"]["addresses"]))
        self.assertEqual(found["d0"]["n_addresses"], len(found["d0"]["addresses"]))
        self.assertFalse(found["lo"]["up"])
        self.assertTrue(self.text("net:[%d]" % inode).endswith("; +96 more"))
        self.assertNotIn("more", self.run_nslist("-tnet", "-snroDETAIL", name).text)
        # The filter and the machine formats see what the table leaves out.
        for text in ("d49@if%d " % found["d49"]["peer"]["index"], "lo down"):
            rows = self.run_nslist("-tnet", "-L", "-oNS,DETAIL", "-Q", 'DETAIL =~ "%s"' % text,
                                   "-Q", "NS == %d" % inode).lines
            self.assertEqual(len(rows), 1, text)
            self.assertEqual(len(json.loads(rows[0])["detail"]), n)

    def test_peer(self):
        """Each end names the other, and whose that is, as no bare index could."""
        first, first_inode = self.add_netns("-a")
        second, second_inode = self.add_netns("-b")
        a, b, index_a, index_b = self.veth(first, second)
        found = {row["ns"]: row["peer"] for row in
                 map(json.loads, self.run_nslist("-tnet", "-L", "-oNS,PEER").lines)}
        self.assertEqual(found[first_inode],
                         ["%s@if%d in net:[%d] of %s" % (a, index_b, second_inode, second)])
        self.assertEqual(found[second_inode],
                         ["%s@if%d in net:[%d] of %s" % (b, index_a, first_inode, first)])
        rows = self.run_nslist("-tnet", "-nroNS", "-Q", 'PEER =~ "in net:.%d. "' % second_inode)
        self.assertEqual(rows.lines, [str(first_inode)])
        with nsltest.Process("ip", "netns", "exec", second, "cat") as process:
            self.assertTrue(process.pid)
            rows = self.run_nslist("-tnet", "-nroPEER", first)
            self.assertIn("of\\x20%s" % second, rows.text)
        self.assertEqual(json.loads(self.run_nslist("-tuts", "-aLoPEER").lines[0]), {"peer": []})


class Held(DetailsCase):
    """Namespaces without a process: a bind mount alone holds them."""

    def test_uts(self):
        inode = self.made_and_left("uts", "hostname", "left.example")
        self.check("uts", inode, {"hostname": "left.example", "domainname": None})

    def test_ipc(self):
        nsltest.need("ipcmk")
        inode = self.made_and_left("ipc", "ipcmk", "-Q")
        self.check("ipc", inode, {"shm_segments": 0, "sem_sets": 0, "msg_queues": 1})

    def test_net(self):
        inode = self.made_and_left("net", "ip", "link", "set", "lo", "up")
        detail, _ = self.detail("net", inode)
        self.assertEqual([(one["name"], one["addresses"][0]) for one in detail["interfaces"]],
                         [("lo", "127.0.0.1/8")])

    def test_time(self):
        place = os.path.join(self.directory(), "time")
        with nsltest.Process("unshare", "--time", "--boottime", "77", "sh", "-c",
                             "exec cat") as process:
            nsltest.write(place, "")
            run("mount", "--bind", "/proc/%d/ns/time_for_children" % process.pid, place)
            self.addCleanup(run, "umount", place)
        self.check("time", os.stat(place).st_ino,
                   {"monotonic_ns": 0, "boottime_ns": 77 * 10**9})

    def test_pid(self):
        """It has no init any more."""
        inode = self.made_and_left("pid")
        self.check("pid", inode, {"init": None, "init_comm": None, "depth": 1})

    def test_user(self):
        """Its maps nobody can tell; who made it is known."""
        inode = self.made_and_left("user")
        detail, unknown = self.detail("user", inode)
        self.assertEqual(detail, {"uid_map": None, "gid_map": None, "owner_uid": 0,
                                  "owner": "root"})
        self.assertIn("detail", unknown)

    def test_cgroup(self):
        """Its root is this process's own cgroup, in which it was made."""
        inode = self.made_and_left("cgroup")
        paths = [line.split(":", 2)[2] for line in nsltest.read("/proc/self/cgroup").splitlines()]
        detail, _ = self.detail("cgroup", inode)
        self.assertIn(detail["root"], paths)


class Shown(DetailsCase):
    """Where, and where not."""

    def test_not_asked_for(self):
        made = self.nsmake("new", "uts")
        document = self.document()
        found = nsltest.get_namespace(document, "uts", made.ns["uts"])
        self.assertIsNone(found["detail"])
        self.assertNotIn("detail", found["unknown"])
        self.assertEqual(document["sources"]["details"], "skipped")

    def test_table_and_tree(self):
        made = self.nsmake("new", "uts")
        label = "uts:[%d]" % made.ns["uts"]
        self.within(made.pids[0], "hostname", "shown.example")
        lines = self.run_nslist("-d").lines
        self.assertEqual(lines[0].split(), ["PID", "NAMESPACE", "DETAIL", "COMMAND"])
        found = [line.split() for line in lines if label in line]
        self.assertEqual([line[:3] for line in found], [[str(made.pids[0]), label, "shown.example"]])
        lines = [line for line in self.run_nslist("-dT").lines if label in line]
        self.assertTrue(lines[0].endswith(label + "  shown.example"), lines)

    def test_pid(self):
        """Of a process's namespaces the root ones too."""
        made = self.nsmake("new", "uts")
        document = self.document("-d", str(made.pids[0]))
        for kind in ("uts", "ipc", "user", "time", "mnt", "net"):
            found = nsltest.get_namespace(document, kind, made.ns[kind])
            self.assertIsNotNone(found["detail"], kind)

    def test_processes_and_containers(self):
        """What a process is in and the host is not, with the type; a thread's in place of its
        process's; of a container likewise."""
        nsltest.need_root_mounts()
        made = self.nsmake("new", "uts,ipc")
        pid = made.pids[0]
        self.within(pid, "hostname", "matrix.example")
        wanted = ["ipc 0 shm, 0 sem, 0 msg", "uts matrix.example"]
        for words in (["-m"], ["-m", str(pid)], ["-m", "uts:%d" % made.ns["uts"]],
                      ["-c", str(pid)], ["-c", "sandbox:matrix.example"]):
            with self.subTest(words):
                lines = [nsltest.parse_json(line) for line in
                         self.run_nslist("-dL", *words).lines]
                found, = [line["detail"] for line in lines if line["pid"] == pid]
                self.assertEqual(found, wanted)
        line, = self.run_nslist("-cdn", "-tuts", str(pid)).lines
        self.assertIn("  uts matrix.example  ", line)
        line, = self.run_nslist("-mdn", "-oDETAIL", str(pid)).lines
        self.assertTrue(line.endswith("; ".join(wanted)), line)
        self.assertEqual(len(self.run_nslist("-cn", str(pid), "-QDETAIL =~ 'matrix'").lines), 1)
        made = self.nsmake("thread", "uts")
        lines = [nsltest.parse_json(line) for line in
                 self.run_nslist("-mdL", "--threads", "-tuts", str(made.pid)).lines]
        host = os.uname().nodename
        self.assertEqual({line["tid"]: line["detail"] for line in lines},
                         {made.pid: [], made.tid: ["uts " + host]})

    def test_metrics(self):
        """Sums over what is listed; there is none where a part of it is unknown."""
        made = self.nsmake("new", "net,ipc", "--count", "2")
        self.within(made.pids[0], "ipcmk", "-M", "4096")
        self.within(made.pids[0], "ip", "link", "set", "lo", "up")
        words = ["net:%d" % made.ns["net"], "ipc:%d" % made.ns["ipc"], "-Fprometheus"]
        found = self.run_nslist("-d", *words).lines
        for sample in ('interfaces{state="up"} 1', 'interfaces{state="down"} 0',
                       'ipc_objects{kind="shm"} 1', 'ipc_objects{kind="msg"} 0', "mounts 0"):
            self.assertIn("nslist_" + sample, found)
        self.assertNotIn("nslist_interfaces", self.run_nslist(*words).text)
        self.assertIn("nslist_mounts", self.run_nslist("-da", "-Fprometheus").text)
        self.assertNotIn("nslist_mounts", self.run_nslist("-daq", "-Fprometheus",
                                                          user=nsltest.NOBODY).text)

    def block(self, lines):
        """The lines above the empty one, and those below."""
        at = lines.index("")
        return lines[:at], lines[at + 1:]

    def test_single(self):
        """A namespace that is asked for, by whatever stands for it."""
        made = self.nsmake("new", "uts", "--count", "2")
        self.within(made.pids[0], "hostname", "single.example")
        inode = made.ns["uts"]
        label = "uts:[%d]" % inode
        rows = self.run_nslist(label).lines
        for word in (label, str(inode), "/proc/%d/ns/uts" % made.pids[0]):
            above, below = self.block(self.run_nslist("-d", word).lines)
            self.assertEqual(below, rows)
            self.assertRegex(above[0], r"^%s  (id \d+, )?owned by user:\[%d\] \(root\)$"
                             % (re.escape(label), made.ns["user"]))
            self.assertIn("  is       single.example", above)
            self.assertIn("  inside   2 processes", above)
            self.assertIn("  enter    nsenter --uts=/proc/%d/ns/uts" % made.pids[0], above)
            self.assertFalse([line for line in above if line.startswith("  free ")], above)

    def test_single_on_a_terminal(self):
        made = self.nsmake("new", "uts")
        self.within(made.pids[0], "hostname", "single.example")
        label = "uts:[%d]" % made.ns["uts"]
        above, below = self.block(nsltest.run_on_terminal(label).lines)
        self.assertIn("  is       single.example", above)
        self.assertEqual(below[0].split(), ["PID", "Namespace", "Thread/Command"])
        # For scripts there are the rows alone; for a process, or without a header, too.
        self.assertEqual(self.run_nslist(label).lines[0], nsltest.HEADING)
        for words in (["-n", label], [str(made.pids[0])], [label, str(made.ns["user"])]):
            self.assertNotIn("  inside ", nsltest.run_on_terminal(*words).text)


class Commands(DetailsCase):
    """What is said to do with a namespace is done."""

    def setUp(self):
        super().setUp()
        self.env = nsltest.readable_init()

    def block_of(self, kind, inode):
        """{key: its lines}"""
        found = {}
        for line in self.run_nslist("-d", "%s:[%d]" % (kind, inode), env=self.env).lines[1:]:
            if not line:
                return found
            key = line[2:9].strip() or key
            found.setdefault(key, []).append(line[11:])
        self.fail("no empty line")

    def enter(self, kind, inode):
        """By the command that is printed; returns the block."""
        block = self.block_of(kind, inode)
        command, = block["enter"]
        inside = subprocess.run(["sh", "-c", "%s readlink /proc/self/ns/%s" % (command, kind)],
                                check=True, capture_output=True, text=True)
        self.assertEqual(inside.stdout, "%s:[%d]\n" % (kind, inode))
        return block

    def free(self, kind, inode):
        """The steps; none where it cannot be known that they are all, since PID 1 may hold it."""
        if self.env:
            self.env, env = {}, self.env
            block = self.block_of(kind, inode)
            self.assertNotIn("free", block)
            self.assertEqual(block["held by"][-1],
                             "perhaps others too, since process 1 could not be looked at")
            self.env = env
        # A process of another test may be out of reach for a while.
        nsltest.wait_until(lambda: "free" in self.block_of(kind, inode), "all holders")
        return self.block_of(kind, inode)["free"]

    def gone(self, kind, inode):
        nsltest.wait_until(lambda: self.run_is_gone(kind, inode), "the end of the namespace")

    def run_is_gone(self, kind, inode):
        return nsltest.run("-q", "%s:[%d]" % (kind, inode)).status == 1

    def test_every_type(self):
        made = self.nsmake("new", "cgroup,ipc,mnt,net,pid,time,user,uts")
        for kind, inode in made.ns.items():
            with self.subTest(kind):
                command, = self.block_of(kind, inode)["enter"]
                subprocess.run(["sh", "-c", command + " true"], check=True)

    def test_no_init(self):
        """In a pid namespace whose init has ended nothing can be started."""
        ns = self.helper("nshold", "fd", "pid").namespaces[0]
        line, = self.block_of("pid", ns["ns"])["enter"]
        self.assertTrue(line.startswith("- (its init has ended"), line)

    def test_name(self):
        name, inode = self.add_netns(" it's")
        path = "%s/%s" % (nsltest.NETNS, name)
        delete = "ip netns del " + shlex.quote(name).replace("'\"'\"'", "'\\''")
        block = self.enter("net", inode)
        self.assertEqual(block["inside"], ["nobody"])
        # Others' mount namespaces, made at the same time, may have copies of the mount.
        self.assertEqual(block["held by"][0].split(" in ")[0], "mounted at " + path)
        step, *others = self.free("net", inode)
        self.assertIn(step, [delete, delete + " (the only holder)"])
        subprocess.run(["sh", "-c", delete], check=True)
        for step in others:
            self.assertRegex(step, r"^(umount|free mnt:).*, if it is still there$")
        self.gone("net", inode)

    def test_open_file(self):
        made = self.helper("nshold", "fd")
        ns = made.namespaces[0]
        block = self.enter("net", ns["ns"])
        pid, fd = ns["held_by"][0]["pid"], ns["held_by"][0]["fd"]
        self.assertEqual(block["enter"], ["nsenter --net=/proc/%d/fd/%d" % (pid, fd)])
        step, = self.free("net", ns["ns"])
        self.assertRegex(step, r"^close fd %d of %d \(.*\), or end it \(the only holder\)$"
                         % (fd, pid))
        made.end()
        self.gone("net", ns["ns"])

    def test_mount_elsewhere(self):
        path = os.path.join(self.directory(), "a b")
        nsltest.write(path, "")
        process = self.process("unshare", "--mount", "sh", "-c",
                               'unshare --uts mount --bind /proc/self/ns/uts "$0"; exec cat', path)
        found = []

        def mounted():
            found[:] = re.findall(r" uts:\[(\d+)\] " + re.escape(os.path.dirname(path)),
                                  nsltest.read("/proc/%d/mountinfo" % process.pid))
            return found
        nsltest.wait_until(mounted, "the mount")
        inode = int(found[0])
        self.enter("uts", inode)
        step, = self.free("uts", inode)
        command = "umount --namespace=/proc/%d/ns/mnt '%s'" % (process.pid, path)
        self.assertEqual(step, command + " (the only holder)")
        subprocess.run(["sh", "-c", command], check=True)
        self.gone("uts", inode)

    def test_mounted_twice(self):
        """Over itself, which takes as many steps."""
        path = os.path.join(self.directory(), "here")
        nsltest.write(path, "")
        self.addCleanup(lambda: [subprocess.run(["umount", path], stderr=subprocess.DEVNULL)
                                 for _ in range(2)])
        script = 'for i in 1 2; do mount --bind /proc/self/ns/uts "$0"; done; exec ' \
                 'readlink /proc/self/ns/uts'
        made = subprocess.run(["unshare", "--uts", "sh", "-c", script, path], check=True,
                              capture_output=True, text=True)
        inode = int(made.stdout[len("uts:["):-len("]\n")])
        self.enter("uts", inode)
        self.assertRegex(self.free("uts", inode)[0], "^umount %s, 2 times( |$)" % re.escape(path))
        subprocess.run(["umount", path], check=True)
        self.assertFalse(self.run_is_gone("uts", inode))
        subprocess.run(["umount", path], check=True)
        self.gone("uts", inode)


class Threads(DetailsCase):
    def test_by_its_id(self):
        """What a thread is in, with its process or alone, is told as it is by the process's PID."""
        nsltest.need_root()
        made = self.nsmake("thread", "uts")
        of_process = {line["namespace"]: line["detail"] for line in map(
            nsltest.parse_json, self.run_nslist("-Ld", "--threads", str(made.pid)).lines)}
        lines = [nsltest.parse_json(line) for line in self.run_nslist("-Ld", str(made.tid)).lines]
        self.assertEqual({line["namespace"] for line in lines},
                         {"%s:[%d]" % (kind, made.thread_ns[kind]) for kind in made.thread_ns})
        for line in lines:
            self.assertTrue(line["detail"], line)
            self.assertEqual(line["detail"], of_process[line["namespace"]])
        line, = self.run_nslist("-Ld", "-tuts", "--task", str(made.tid)).lines
        uts = "uts:[%d]" % made.thread_ns["uts"]
        self.assertEqual(nsltest.parse_json(line)["detail"], of_process[uts])


class Refused(DetailsCase):
    def test_another_user(self):
        """What may not be entered is not known, is said to be so, and is said once."""
        made = self.nsmake("new", "user,uts,ipc,net", user=nsltest.NOBODY)
        document = self.document("--details", user=nsltest.NOBODY)
        for kind in ("uts", "ipc", "net"):
            found = nsltest.get_namespace(document, kind, made.ns[kind])
            self.assertIsNone(found["detail"], kind)
            self.assertIn("detail", found["unknown"])
        # Which needs no entering.
        found = nsltest.get_namespace(document, "user", made.ns["user"])
        self.assertEqual(found["detail"]["owner_uid"], nsltest.NOBODY)
        self.assertIsNotNone(found["detail"]["uid_map"])
        self.assertEqual(document["sources"]["details"], "partial")
        issues = [issue for issue in document["issues"] if issue["source"] == "details"]
        self.assertEqual([(issue["code"], issue["count"] >= 3) for issue in issues],
                         [("EPERM", True)])
        warning, = [line for line in self.run_nslist("-d", user=nsltest.NOBODY).warnings
                    if "may not be entered" in line]
        self.assertTrue(warning.endswith("; run as root to see all of them"), warning)
        # Whoever reads a saved document sees what is in it.
        path = os.path.join(self.directory(), "saved.json")
        nsltest.write(path, self.run_nslist("-J", "-d", user=nsltest.NOBODY).out)
        for user in (None, nsltest.NOBODY):
            with open(path, "rb") as file:
                result = self.run_nslist("-d", "--from=-", user=user, stdin=file)
            self.assertEqual(len([line for line in result.warnings
                                  if "may not be entered" in line]), 1)
            self.assertNotIn(b"run as root", result.err)

    def test_another_user_at_home(self):
        """One's own namespaces need no entering."""
        with nsltest.Process("cat", user=nsltest.NOBODY) as process:
            inode = nsltest.namespaces_of(process.pid)["uts"]
            found = nsltest.get_namespace(
                self.document("-d", str(process.pid), user=nsltest.NOBODY), "uts", inode)
            self.assertEqual(found["detail"]["hostname"], os.uname().nodename)


class Harmless(DetailsCase):
    def test_nobody_stays(self):
        """No process is left in any of them, nor is this one moved."""
        made = self.nsmake("new", "uts,ipc,net,pid,mnt,cgroup,time", "--count", "2")
        before = nsltest.namespaces_of("self")
        for _ in range(5):
            self.run_nslist("--details")
        self.reap_strangers({made.process.pid})
        self.assertEqual(nsltest.namespaces_of("self"), before)
        for kind in ("uts", "ipc", "net", "mnt", "cgroup"):
            inside = [pid for pid, ns in nsltest.walk().items() if ns and
                      ns.get(kind) == made.ns[kind]]
            self.assertEqual(inside, sorted(made.pids), kind)

    def test_many(self):
        """One after the other in the same workers, each is told its own."""
        wanted = {}
        for i in range(40):
            made = self.nsmake("new", "uts,ipc,net,mnt,cgroup,time")
            self.within(made.pids[0], "hostname", "host-%d" % i)
            wanted[made.ns["uts"]] = "host-%d" % i
        document = self.document("--details", "-tuts")
        found = {ns["ns"]: ns["detail"]["hostname"] for ns in document["namespaces"]
                 if ns["ns"] in wanted}
        self.assertEqual(found, wanted)
        document = self.document("--details")
        found = {ns["ns"]: ns["detail"]["hostname"] for ns in document["namespaces"]
                 if ns["ns"] in wanted}
        self.assertEqual(found, wanted)


if __name__ == "__main__":
    nsltest.main()
