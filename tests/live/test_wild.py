# SPDX-License-Identifier: GPL-3.0-or-later
"""Cgroups as others have met them in the wild: real ones are made of these names, with a process in
each. No engine runs. The table of paths is unit/test_cgroup.c's."""

import json
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import nsltest  # noqa: E402
import test_claims  # noqa: E402


class Wild(test_claims.Case):
    def setUp(self):
        super().setUp()
        self.mark = "nslt%d" % os.getpid()
        self.uid = "a5c1f8d5-1919-434d-add7-%012x" % os.getpid()

    def everywhere(self, path, owners=None):
        """Where that cgroup is, in each hierarchy. Made before who is to be in it, and removed
        after the end of that one."""
        return [self.cgroup(place, path, owners) for place in self.places]

    @staticmethod
    def put(pid, places):
        for place in places:
            nsltest.write(place + "/cgroup.procs", str(pid))

    def make(self, path, kinds="uts,ipc,net", owners=None):
        places = self.everywhere(path, owners)
        pid = self.nsmake("new", kinds).pids[0]
        self.put(pid, places)
        return pid

    def look(self, pid, prefix=()):
        """(of the container: runtime, id or name, pod's UID; unit) of the process."""
        document = self.document(prefix=prefix)
        process = nsltest.get_process(document, pid)
        entry, = [entry for entry in document["containers"]
                  if entry["key"] == process["container"]] or [None]
        found = entry and (entry["runtime"], entry["id"] or entry["name"],
                           entry["pod"] and entry["pod"]["uid"])
        return found, process["unit"]

    def as_daemon(self, *words, name=None):
        """A copy of hostile/shim that is called as the first word says: its child."""
        home = self.directory()
        path = os.path.join(home, name or os.path.basename(words[0]))
        shutil.copy(nsltest.program("shim"), path)
        return self.helper("shim", *words[1:], argv0=words[0].encode(), path=path)

    def test_own_cgroup_namespace(self):
        """Paths as a DaemonSet sees them: the words that tell are cut off."""
        pid = self.make("kubepods/burstable/pod%s/%s" % (self.uid, self.cid))
        own = self.everywhere("kubepods/besteffort/pod%s/%s" % (self.uid[::-1], self.cid[::-1]))
        prefix = [*self.enter(*own), "unshare", "--cgroup"]
        self.assertEqual(self.look(pid, prefix)[0], ("cri", self.cid, self.uid))

    def test_shim_of_a_pod(self):
        places = self.everywhere("pods%s/%s" % (self.mark, self.cid))
        shim = self.as_daemon("/usr/bin/containerd-shim-runc-v2", "-namespace", "k8s.io", "-id",
                              self.cid[::-1])
        self.put(shim.child, places)
        self.assertEqual(self.look(shim.child)[0][1], self.cid)

    def write_docker(self, root, pid):
        """Docker's record of the kubelet's container in that directory."""
        os.chmod(root, 0o755)
        os.makedirs(os.path.join(root, "containers", self.cid))
        nsltest.write(os.path.join(root, "containers", self.cid, "config.v2.json"), json.dumps(
            {"ID": self.cid, "Name": "/k8s_nginx_web-0_prod_%s_0" % self.uid,
             "State": {"Pid": pid}}))

    def test_data_root(self):
        """Docker's names, where its daemon was told to keep them, of the kubelet's containers."""
        nsltest.need_root_mounts()
        root = self.directory()
        self.as_daemon("/usr/bin/dockerd", "--data-root", root)
        pid = self.make("kubepods/burstable/pod%s/%s" % (self.uid, self.cid))
        self.write_docker(root, pid)
        for census in ("procfs", "bpf"):  # which knows the daemon by its name
            with self.subTest(census):
                nsltest.need_census(census)
                document = self.document(census=census)
                key = nsltest.get_process(document, pid)["container"]
                entry, = [entry for entry in document["containers"] if entry["key"] == key]
                self.assertEqual((entry["runtime"], entry["name"], entry["pod"]["name"],
                                  entry["pod"]["namespace"], entry["pod"]["uid"]),
                                 ("docker", "nginx", "web-0", "prod", self.uid))

    def test_data_root_unread(self):
        """That a daemon's record cannot be read is told: the name is not known, which is not none."""
        nsltest.need_root_mounts()
        root = self.directory()
        self.as_daemon("/usr/bin/dockerd", "--data-root", root)
        pid = self.make("kubepods/burstable/pod%s/%s" % (self.uid, self.cid))
        self.write_docker(root, pid)
        nsltest.write(os.path.join(root, "containers", self.cid, "config.v2.json"), "{")
        document = self.document()
        key = nsltest.get_process(document, pid)["container"]
        entry, = [entry for entry in document["containers"] if entry["key"] == key]
        self.assertIn("name", entry["unknown"])
        self.assertEqual(document["sources"]["containers"], "partial")
        issue, = [issue for issue in document["issues"] if pid in issue["pids"]]
        self.assertEqual((issue["source"], issue["code"]), ("containers", "EBADMSG"))

    def start_docker(self, root, *prefix):
        """As as_daemon(), by way of the programs before it."""
        path = os.path.join(self.directory(), "dockerd")
        shutil.copy(nsltest.program("shim"), path)
        process = subprocess.Popen(
            [*prefix, nsltest.PYTHON, "-c",
             "import os, sys; os.execv(sys.argv[1], ['/usr/bin/dockerd'] + sys.argv[2:])", path,
             "--data-root", root], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(test_claims.Records.end, process)
        self.assertIn("pid", nsltest.parse_json(process.stdout.readline().decode()))
        return process

    def test_data_root_of_another(self):
        """Root in a container is no daemon of the system's, whose service may have its own mounts."""
        nsltest.need_root_mounts()
        nsltest.need("unshare")
        root = self.directory()
        inside = self.everywhere("kubepods/burstable/pod%s/%s" % (self.uid, self.cid))
        pid = self.nsmake("new", "uts,ipc,net").pids[0]
        self.put(pid, inside)
        self.write_docker(root, pid)
        unshare = ["unshare", "--fork", "--kill-child", "--mount"]
        for prefix, believed in (([*self.enter(*inside), *unshare, "--pid", "--mount-proc"], False),
                                 ([*self.enter(*inside), *unshare], False),
                                 ([*unshare, "--pid", "--mount-proc"], False), (unshare, True)):
            with self.subTest(prefix):
                daemon = self.start_docker(root, *prefix)
                found = self.look(pid)[0]
                self.assertEqual(found[0], "docker" if believed else "cri")
                self.assertEqual(self.names_of(pid), ["nginx"] if believed else [None])
                daemon.stdin.close()
                daemon.wait()

    def names_of(self, pid):
        document = self.document()
        key = nsltest.get_process(document, pid)["container"]
        return [entry["name"] for entry in document["containers"] if entry["key"] == key]

    def test_manager_below_the_root(self):
        """As in WSL: PID 1's cgroup tells where the manager's units begin."""
        nsltest.need("unshare")
        top = "%s-user/distro-280/systemd/" % self.mark
        unit = self.mark + ".service"
        units = self.everywhere(top + "system.slice/" + unit)
        init = self.process(*self.enter(*self.everywhere(top + "init.scope")), "unshare", "--pid", "--fork", "--mount-proc", "--kill-child",
                            "sh", "-c", "echo 1 >/dev/null; exec cat").pid
        child = str(nsltest.children_of(init)[0])
        inside = ["nsenter", "-t", child, "--mount", "--pid"]
        self.process(*self.enter(*units), *inside, "unshare", "--uts", "--ipc", "cat")
        document = self.document(prefix=inside)
        found = [(process["unit"], process["container"]) for process in document["processes"]
                 if process["command"] == "cat" and process["pid"] != 1]
        self.assertEqual(found, [(unit, None)])

    def test_snap_in_freezer(self):
        freezer = "/sys/fs/cgroup/freezer"
        if not os.path.isdir(freezer) or "systemd" not in str(self.places.values()):
            self.skipTest("missing: the hierarchies freezer and name=systemd of cgroup version 1")
        named = [place for place, name in self.places.items() if name == "name=systemd"]
        session = "user.slice/user-1000.slice/session-%d.scope" % os.getpid()
        places = [self.cgroup(freezer, "snap." + self.mark), self.cgroup(named[0], session)]
        pid = self.nsmake("new", "uts,ipc,net").pids[0]
        self.put(pid, places)
        self.assertEqual(self.look(pid), (("snap", self.mark, None), os.path.basename(session)))

    def test_leaked_payload(self):
        """LXC's cgroup has a number more where the one before it is still there."""
        name = self.mark + "web"
        watching = self.everywhere("lxc.monitor.%s-1" % name)
        payload = self.everywhere("lxc.payload.%s-1" % name)
        monitor = self.as_daemon("[lxc monitor] /var/lib/lxc " + name, name="lxc-start")
        self.put(monitor.process.pid, watching)
        self.put(monitor.child, payload)
        self.assertEqual(self.look(monitor.child)[0], ("lxc", name, None))

    def test_within_a_service(self):
        """A service that contains containers, in cgroups of its own making."""
        pid = self.make("system.slice/%s.service/%s" % (self.mark, self.uid), "pid,net,mnt")
        container, unit = self.look(pid)
        self.assertEqual((container[0], unit), ("sandbox", self.mark + ".service"))

    def test_machine_that_is_not_believed(self):
        unit = self.mark + ".service"
        path = r"%s-a.service/machine-rkt\x2d%s.scope/system.slice/%s" % (self.mark, self.mark, unit)
        pid = self.make(path, owners={1: nsltest.NOBODY})
        self.assertNotEqual(self.look(pid)[1], unit)

    def test_pod_of_podman(self):
        """By its id, which is what is known without podman's database."""
        nsltest.need_root_mounts()
        pod = self.cid[::-1]
        pid = self.make("libpod_parent/%s/libpod-%s" % (pod, self.cid))
        self.assertEqual(self.look(pid)[0], ("podman", self.cid, pod))
        self.assertEqual({row.pid for row in self.table(pod) if row.pid}, {pid})


if __name__ == "__main__":
    nsltest.main()
