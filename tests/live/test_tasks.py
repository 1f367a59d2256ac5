# SPDX-License-Identifier: GPL-3.0-or-later
"""The manual page's TASKS, beside those that test_questions.py asks, and what it says to who comes
from ip, ps and docker: each call is run as it stands there, and compared with what was set up, and
with what the system or the other program says."""

import csv
import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import holders  # noqa: E402
import nsltest  # noqa: E402
import test_questions  # noqa: E402
from test_questions import INODE, PID, manual_calls, output, put, shell  # noqa: E402

NS_GET_USERNS, NS_GET_OWNER_UID = 0xb701, 0xb704  # ioctl_nsfs(2)
STRANGER = 61000  # a user whom nobody else here is


def owner_of(pid, kind):
    """The UID of who made the user namespace that owns a process's namespace, or that is it."""
    with open("/proc/%d/ns/%s" % (pid, kind), "rb") as file:
        fd = file.fileno() if kind == "user" else fcntl.ioctl(file, NS_GET_USERNS)
        uid = bytearray(4)
        fcntl.ioctl(fd, NS_GET_OWNER_UID, uid)
        if kind != "user":
            os.close(fd)
    return int.from_bytes(uid, sys.byteorder)


class TaskCase(test_questions.QuestionCase):
    def stranger(self):
        """A user whose namespaces are all of this test."""
        return STRANGER + os.getpid() % 1000

    def fields(self, lines):
        return [line.split() for line in lines]


class Tasks(TaskCase):
    def test_leaked(self):
        made = [self.helper("nshold", case) for case in ("fd", "mount")]
        leaked = [ns for one in made for ns in one.namespaces if ns["type"] == "net"]
        used = self.make("net")
        rows = {row.inode: row for row in self.ask_table("Which network namespaces are leaked")}
        for ns in leaked:
            row = rows[ns["ns"]]
            self.assertEqual((row.pid, row.command),
                             (None, holders.summary(ns, nsltest.namespaces_of("self")["mnt"],
                                                    holders.members_of(leaked))))
        self.assertNotIn(used.ns["net"], rows)

    def test_container_of_a_process(self):
        """Its cgroup says it; one that is in no container has no row."""
        nsltest.need_root_mounts()
        name, made, _ = self.container("--count", "2")
        heading, row = self.fields(self.ask("Which container is process", (PID, made.pids[1])))
        self.assertEqual(heading[:4], ["NAME", "RUNTIME", "PROCS", "PID"])
        self.assertEqual(row[:4], [name, "lxc", "2", str(min(made.pids))])
        self.assertEqual(len(self.ask("Which container is process", (PID, os.getpid()))), 1)

    def test_shares(self):
        name, made, _ = self.container()
        namespaces, roots = nsltest.namespaces_of(made.pids[0]), nsltest.root_namespaces()
        heading, row = self.fields(self.ask("What does the container web share", ("web", name)))
        self.assertEqual(row[heading.index("SHARES")].split(","),
                         [kind for kind in sorted(roots) if namespaces[kind] == roots[kind]])

    def test_what_keeps_it(self):
        """When that is done which is said to free it, it is gone."""
        made = self.helper("nshold", "fd")
        ns, = made.namespaces
        place = (INODE, ns["ns"])
        lines = self.ask("and what frees it", place, env=nsltest.readable_init())
        holder = ns["held_by"][0]
        comm = test_questions.read("/proc/%d/comm" % holder["pid"]).strip()
        self.assertIn("  inside   nobody", lines)
        self.assertIn("  enter    nsenter --net=/proc/%d/fd/%d" % (holder["pid"], holder["fd"]), lines)
        self.assertEqual([line for line in lines if line.startswith("  held by")],
                         ["  held by  fd %d of %d %s" % (holder["fd"], holder["pid"], comm)])
        self.assertIn("  free     close fd %d of %d (%s), or end it (the only holder)"
                      % (holder["fd"], holder["pid"], comm), lines)
        made.end()
        nsltest.wait_until(lambda: nsltest.run("-q", "net:%d" % ns["ns"]).status == 1, "its end")

    def test_count_for_each_user(self):
        """As the kernel says, namespace by namespace."""
        user = self.stranger()
        made = [self.make(kinds, user=user) for kinds in ("user,net,uts", "user,ipc")]
        owners = [owner_of(one.pids[0], kind) for one in made for kind in one.apart]
        self.assertEqual(set(owners), {user})
        self.assertIn([str(len(owners)), str(user)],
                      self.fields(self.ask("How many namespaces has each user")))

    def test_who_uses_up_user_namespaces(self):
        user = self.stranger()
        made = [self.make("user,uts", user=user) for _ in range(3)]
        self.assertEqual([owner_of(one.pids[0], "user") for one in made], [user] * 3)
        self.assertIn(["3", str(user)], self.fields(self.ask("Who uses up")))

    def test_user_namespaces_of_users(self):
        user = self.stranger()
        mine, roots = self.make("user", user=user), self.make("user")
        self.assertEqual((owner_of(mine.pids[0], "user"), owner_of(roots.pids[0], "user")), (user, 0))
        lines = {line[0]: line for line in self.fields(
            self.ask("Which user namespaces have other users"))}
        self.assertEqual(lines["user:[%d]" % mine.ns["user"]][-1], str(user))
        self.assertNotIn("user:[%d]" % roots.ns["user"], lines)

    def test_hosts_network(self):
        on, made, _ = self.container(kinds="ipc,uts", suffix="on")
        off, _, _ = self.container(kinds="net,uts", suffix="off")
        self.assertEqual(nsltest.namespaces_of(made.pids[0])["net"],
                         nsltest.root_namespaces()["net"])
        names = [line[0] for line in self.fields(self.ask("Which containers are on the host's"))]
        self.assertIn(on, names)
        self.assertNotIn(off, names)

    def test_csv(self):
        nsltest.need_root_mounts()
        made = self.make("net,uts", "--exec", "tail", "-f", "/dev/null", 'a "b",c')
        folder = self.directory()
        self.assertEqual(self.ask("for a spreadsheet", cwd=folder), [])
        with open(os.path.join(folder, "namespaces.csv"), newline="", encoding="utf-8") as file:
            rows = [row for row in csv.DictReader(file) if row["PID"] == str(made.pids[0])]
        self.assertEqual({row["NAMESPACE"] for row in rows},
                         {"%s:[%d]" % item for item in made.apart.items()})
        for row in rows:
            self.assertTrue(row["COMMAND"].endswith('tail -f /dev/null a "b",c'), row)

    def test_in_a_container(self):
        """In mount and PID namespaces of its own, beside the host's procfs."""
        nsltest.need_initial_pid_namespace()
        nsltest.need("unshare", "mount")
        name, made, _ = self.container("--count", "2")
        folder = self.directory()
        inside = "unshare --mount --pid --fork --propagation=private sh -c " \
            "'mount --bind /proc %s && mount -t proc proc /proc && exec '\"$0\"" % folder
        lines = self.fields(self.ask("seen from one that has the host's /proc",
                                     ("host/proc", folder[1:]), within=inside))
        row, = [line for line in lines if line[0] == name]
        self.assertEqual(row[1:4], ["lxc", "2", str(min(made.pids))])

    def test_without_root(self):
        """One's own namespaces, and how many processes could not be read."""
        user = self.stranger()
        made = self.make("user,uts", user=user)
        rows = {row.key()[:3] for row in self.ask_table("What can be seen without root", status=3,
                                                        user=user, group=user, extra_groups=[])}
        for kind, inode in made.apart.items():
            self.assertIn((made.pids[0], kind, inode), rows)

    def test_units(self):
        """One whose cgroup says so, in a mount namespace of its own, as PrivateTmp= makes it."""
        unit = "nslt%d.service" % os.getpid()
        made, _ = self.make_in("system.slice/" + unit, "mnt", "--count", "2")
        row, = [line for line in self.fields(self.ask("Which units have a mount namespace"))
                if line[-1] == unit]
        self.assertEqual(row[:3], ["mnt:[%d]" % made.ns["mnt"], "2", str(min(made.pids))])

    def test_graph(self):
        nsltest.need("dot")
        made = self.make("net,uts")
        folder = self.directory()
        self.ask("A graph", cwd=folder)
        root = xml.etree.ElementTree.parse(os.path.join(folder, "namespaces.svg")).getroot()
        text = " ".join(root.itertext())
        for kind, inode in made.apart.items():
            self.assertIn("%s:[%d]" % (kind, inode), text)

    def test_pids_of_a_pod(self):
        """By the name that containerd has written beside its container."""
        nsltest.need_root_mounts()
        id, uid = "%064x" % os.getpid(), "0f12ab34-5678-4cde-9f01-%012x" % os.getpid()
        pod, cri = "nslt%d-web-0" % os.getpid(), "io.kubernetes.cri."
        cgroup = "kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod%s.slice/" \
            "cri-containerd-%s.scope" % (uid.replace("-", "_"), id)
        self.write_below("/run/containerd/io.containerd.runtime.v2.task/k8s.io/%s/config.json" % id,
                         json.dumps({"linux": {"cgroupsPath": "/" + cgroup}, "annotations": {
                             cri + "container-type": "container", cri + "container-name": "nginx",
                             cri + "sandbox-id": "%064x" % (os.getpid() + 1),
                             cri + "sandbox-name": pod, cri + "sandbox-namespace": "shop",
                             cri + "sandbox-uid": uid}}))
        made, procs = self.make_in(cgroup, "net,uts,pid", "--count", "3")
        self.assertEqual(
            self.ask("The PIDs of the pod", ("web-0", pod)),
            [str(pid) for pid in sorted(map(int, test_questions.read(procs).split()))])
        self.assertEqual(len(made.pids), 3)

    def test_browser(self):
        """A program of that name, sandboxed and not."""
        nsltest.need_root_mounts()
        program = os.path.join(os.path.dirname(nsltest.public_program("nslist")), "chromium")
        shutil.copy("/bin/sleep", program)
        made = self.make("user,pid,net", "--exec", program, "1000", user=self.stranger())
        plain = subprocess.Popen([program, "1000"])
        self.addCleanup(plain.wait)
        self.addCleanup(plain.kill)
        heading, *lines = self.fields(self.ask("Which processes of the browser"))
        row, = [dict(zip(heading, line)) for line in lines if line[0] == str(made.pids[0])]
        namespaces, roots = nsltest.namespaces_of(made.pids[0]), nsltest.root_namespaces()
        self.assertEqual({kind: row[kind] for kind in roots},
                         {kind: "-" if namespaces[kind] == roots[kind] else str(namespaces[kind])
                          for kind in roots})
        self.assertNotIn(str(plain.pid), [line[0] for line in lines])


class ComingFrom(TaskCase):
    """What another program says of what was set up, and what nslist does."""

    def said(self, call, wanted):
        """Which of these words a call says."""
        text = "\n".join(shell(call))
        return {word for word in wanted
                if re.search(r"(?<![\w.])%s(?![\w.])" % re.escape(word), text)}

    def test_ip_and_ps(self):
        nsltest.need("ip", "ps", "pgrep", "nsenter")
        name, inode = self.add_netns()
        other, _ = self.add_netns()
        inside, beside = [[self.process(*words, "cat").pid for _ in range(2)]
                          for words in (["ip", "netns", "exec", name], [])]
        shell("ip -n %s address add 192.0.2.9/24 dev lo && ip -n %s link set lo up" % (name, name))
        wanted = {name, str(inode), *map(str, inside), "192.0.2.9/24",
                  str(nsltest.namespaces_of(inside[0])["mnt"])}
        unwanted = {other, *map(str, beside)}
        places = {"blue": name, PID: inside[0], "COMMAND": "readlink /proc/self/ns/net"}
        calls = {theirs: ours for theirs, ours in manual_calls(
            "COMING FROM IP, PS AND DOCKER").items() if not theirs.startswith("docker")}
        self.assertGreaterEqual(len(calls), 8)
        for theirs, ours in calls.items():
            with self.subTest(theirs):
                mine = [item for item in places.items() if item[0] in theirs]
                theirs, ours = put(theirs, *mine), put(ours, *mine)
                said = self.said(theirs, wanted)
                self.assertNotEqual(said, set())
                self.assertLessEqual(said, self.said(ours, wanted))
                self.assertEqual(self.said(ours, unwanted), self.said(theirs, unwanted))


if __name__ == "__main__":
    nsltest.main()
