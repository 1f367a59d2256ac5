# SPDX-License-Identifier: GPL-3.0-or-later
"""A day in the life of a host, with real engines: containers start and stop, one is entered, a net
namespace leaks through an open file, a mount namespace stays behind. `--diff` and `--watch` tell of
just that, by name, and so do Prometheus and PostgreSQL."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import changes  # noqa: E402
import nsltest  # noqa: E402
import oci  # noqa: E402
import servers  # noqa: E402
from case import EngineCase  # noqa: E402


RULES = os.path.join(nsltest.SOURCE, "data", "prometheus", "nslist.rules.yml")
BY_HOLDER = "nslist_unpopulated_namespaces_by_holder"


class Host:
    """What is there in the morning, and what happens then."""

    def __init__(self, rig, docker, podman):
        self.rig, self.docker, self.podman = rig, docker, podman
        self.staying = docker.run(rig.name("stays"), "--network", "none")
        self.ending = podman.run(rig.name("ends"), "--network", "none")
        self.ended = self.of(self.ending)
        self.started, self.inside, self.left, self.holder = [], None, {}, None

    @staticmethod
    def of(container):
        """(its PIDs, its namespaces)."""
        roots = nsltest.root_namespaces()
        return set(container.pids()), {inode for kind, inode in container.namespaces.items()
                                       if inode != roots[kind]}

    def live(self, nshold):
        """What happens in a day; `nshold` starts that helper."""
        rig = self.rig
        self.started = [self.docker.run(rig.name("starts"), "--network", "none"),
                        self.docker.run(rig.name("shares"), "--network", "host"),
                        self.podman.run(rig.name("begins"), "--network", "none")]
        self.podman.podman("stop", "--time", "0", self.ending.name)
        nsltest.wait_until(lambda: not self.is_mounted("net", self.ending), "podman's cleaning up")
        process = rig.start_with_pipes("nsenter", "-t", str(self.staying.pid), "-m", "-u", "-i", "-n",
                                       "/bin/sh", "-c", "echo; read -r line")
        process.stdout.readline()
        self.inside = process.pid
        self.holder = nshold("fd", "net")
        self.left["net"] = self.holder.namespaces[0]["ns"]
        self.left["mnt"] = self.leave_mounts()

    @staticmethod
    def is_mounted(kind, container):
        with open("/proc/self/mountinfo", encoding="utf-8") as file:
            return "%s:[%d]" % (kind, container.namespaces[kind]) in file.read()

    def leave_mounts(self):
        """A mount namespace without a process: a mount keeps it."""
        place = self.rig.make("kept")
        self.rig.unmount(place)
        self.rig.run("mount", "--bind", place, place)
        self.rig.run("mount", "--make-private", place)
        path = self.rig.write("kept/mnt", "")
        self.rig.unmount(path)
        self.rig.run("unshare", "--mount=" + path, "true")
        return os.stat(path).st_ino

    def pids(self):
        return {self.inside, *self.ended[0]}.union(*(self.of(one)[0] for one in self.started))

    def inodes(self):
        return {*self.left.values(), *self.ended[1]}.union(
            *(self.of(one)[1] for one in self.started))

    def wanted(self):
        """What has changed, as changes.about() has it. Containers by name."""
        wanted = {("went", "container", self.ending.name, None), ("came", "process", self.inside, None)}
        wanted |= {("went", "process", pid, None) for pid in self.ended[0]}
        wanted |= {("went", "namespace", inode, None) for inode in self.ended[1]}
        wanted |= {("came", "namespace", inode, None) for inode in self.left.values()}
        for one in self.started:
            pids, inodes = self.of(one)
            wanted |= {("came", "container", one.name, None)}
            wanted |= {("came", "process", pid, None) for pid in pids}
            wanted |= {("came", "namespace", inode, None) for inode in inodes}
        return wanted


class Day(EngineCase):
    def make(self, rig):
        return (Host(rig, oci.Docker(rig, oci.Containerd(rig)), oci.Podman(rig)),
                servers.Prometheus(rig, RULES), servers.PostgreSQL(rig))

    def save(self, name):
        path = self.rig.path(name)
        nsltest.write(path, self.run_nslist("-qJ").out)
        return path

    def by_name(self, found, host):
        """Those about what was made: {(sign, what, name or number, field)}. A container may have been
        told of before it was in its engine's records: then it had no name yet."""
        names = {one.runtime + "/" + one.id: one.name
                 for one in (host.staying, host.ending, *host.started)}
        told = changes.about(found, host.pids(), host.inodes(), names)
        return {(sign, what, names.get(which, which), field) for sign, what, which, field in told}

    def test_day(self):
        host, metrics, database = self.start(self.make, None)
        database.make_schema()
        base = self.save("morning.json")
        self.assertEqual(database.load(base), "loaded 1, known 0")
        morning = metrics.publish()
        watching = changes.Watching("-L", interval="0.2")
        self.addCleanup(watching.close)
        watching.wait_for_first(self.nsmake)
        host.live(lambda *words: self.helper("nshold", *words))
        evening = self.save("evening.json")
        self.check_diff(host, base, evening)
        self.check_watch(host, watching)
        self.check_round_trip(base, evening)
        self.assertEqual(database.load(evening), "loaded 1, known 0")
        self.check_database(host, database)
        self.check_metrics(host, metrics, morning)

    def check_diff(self, host, base, evening):
        for words in ((), ("--from", evening)):
            lines = self.run_nslist("--diff", base, *words, "-L", status=1).lines
            found = [nsltest.parse_json(line) for line in lines]
            self.assertEqual(self.by_name(found, host), host.wanted())
        text = self.run_nslist("--diff", base, status=1).text
        for one in host.started:
            self.assertRegex(text, r"(?m)^\+ container  %s +" % one.label())
        self.assertRegex(text, r"(?m)^- container  %s +" % host.ending.label())
        self.assertRegex(text, r"(?m)^\+ process    %d +\[in %s\] " % (host.inside,
                                                                      host.staying.label()))
        self.assertRegex(text, r"(?m)^\+ namespace  net:\[%d\] +held by fd \d+ of %d " % (
            host.left["net"], host.holder.namespaces[0]["held_by"][0]["pid"]))
        self.assertRegex(text, r"(?m)^\+ namespace  mnt:\[%d\] .*%s" % (
            host.left["mnt"], self.rig.path("kept/mnt")))

    def check_watch(self, host, watching):
        """It has told of each, and may have told of more: an engine's helpers come and go meanwhile."""
        wanted, found = host.wanted(), []

        def is_last(line):
            found.append(nsltest.parse_json(line))
            return wanted <= self.by_name(found, host)
        watching.wait(is_last, wanted)
        self.assertEqual(watching.end(), 0)

    def check_round_trip(self, *paths):
        """A saved document with the containers of real engines gives itself back."""
        for path in paths:
            with open(path, "rb") as file:
                self.assertEqual(self.run_nslist("--from", path, "--json").out, file.read())

    def check_database(self, host, database):
        since, = database.ask("SELECT min(taken) AS taken FROM nslist.snapshot")
        ask = "SELECT * FROM nslist.new_%s('" + since["taken"] + "')"
        found = {row["name"]: row for row in database.ask(ask % "containers")}
        self.assertEqual(set(found), {one.name for one in host.started})
        self.assertEqual({name for name, row in found.items() if "net" in (row["shares"] or ())},
                         {host.started[1].name})
        self.assertIn(host.started[1].name, [row["name"] for row in database.ask(
            "SELECT * FROM nslist.containers_on_host_network")])
        self.assertEqual({row["ns"] for row in database.ask(ask % "namespaces")} & host.inodes(),
                         {which for sign, what, which, _ in host.wanted()
                          if (sign, what) == ("came", "namespace")})
        left = {(row["type"], row["ns"]): row["kinds"] for row in
                database.ask("SELECT * FROM nslist.namespaces_without_process")}
        self.assertEqual({key: left.get(key) for key in host.left.items()},
                         {("net", host.left["net"]): ["fd"], ("mnt", host.left["mnt"]): ["mount"]})
        went = database.ask(
            "SELECT name FROM nslist.container WHERE name IS NOT NULL AND snapshot_id = (SELECT min("
            "snapshot_id) FROM nslist.snapshot) AND key NOT IN (SELECT key FROM nslist.container WHERE"
            " snapshot_id = (SELECT max(snapshot_id) FROM nslist.snapshot))")
        self.assertEqual([row["name"] for row in went], [host.ending.name])

    def check_metrics(self, host, metrics, morning):
        """Counts: one container of Podman's for another, two more of Docker's, and two namespaces that
        nobody is in."""
        evening = metrics.publish()

        def more(name, **labels):
            key = (name, *sorted(labels.items()))
            return evening.get(key, 0) - morning.get(key, 0)
        self.assertEqual(more("nslist_containers", runtime="docker"), 2)
        self.assertEqual(more("nslist_containers", runtime="podman"), 0)
        self.assertEqual(more("nslist_containers_sharing", type="net"), 1)
        for kind, holder in (("net", "fd"), ("mnt", "mount")):
            self.assertEqual(more("nslist_unpopulated_namespaces", type=kind), 1)
            self.assertEqual(more(BY_HOLDER, holder=holder), 1)
        # As Prometheus tells of it: since the first of its scrapes.
        for expression in ('nslist_containers{runtime="docker"}', BY_HOLDER + '{holder="fd"}'):
            values = [float(value) for _, value in metrics.query(expression + "[1h]")[0]["values"]]
            self.assertGreater(values[-1], values[0], expression)


if __name__ == "__main__":
    nsltest.main()
