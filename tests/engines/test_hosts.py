# SPDX-License-Identifier: GPL-3.0-or-later
"""What data/examples has for many hosts, with the real programs that it is for: a database, metrics,
a dashboard, and how the documents are fetched. What is true is what was set up or made up here."""

import datetime
import json
import os
import re
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import nsltest  # noqa: E402
import servers  # noqa: E402
from case import EngineCase  # noqa: E402
from rig import Refused  # noqa: E402

HOSTS, NAMESPACES, CONTAINERS = 100, 500, 10


class Fleet:
    """Documents of a hundred hosts, of two days ago and of now. `edit` changes one."""

    NO_ID, BOOTED, NEW_HOST, UNSEEN, NO_BOOT_ID, PART = range(90, 96)  # what is special of a host

    def __init__(self):
        now = datetime.datetime.now(datetime.timezone.utc)
        self.times = [(now - datetime.timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
                      for days in (2, 0)]

    @staticmethod
    def name(host):
        return "host%d" % host

    def document(self, host, day):
        document = {
            "schema": 1, "time": self.times[day], "complete": True, "issues": [],
            # 0 and 1 are copies of one machine; nobody knows the ID of 2.
            "host": {"hostname": self.name(host), "kernel": "6.1.0",
                     "machine_id": None if host == 2 else "m%d" % max(host, 1),
                     "boot_id": "b%d" % host},
            "scope": {"types": list(nsltest.TYPES), "selectors": [], "tasks": [], "filters": [],
                      "all": False, "persistent": False, "details": False},
            "namespaces": [self.namespace(host, i) for i in range(NAMESPACES)],
            "processes": [{"pid": 1000 + i, "ppid": 1, "uid": 0, "user": "root", "comm": "sleep",
                           "command": "sleep 1 \\ \"é\"\t{", "start": self.times[0], "container":
                           "docker/%d" % (i // 10), "unit": None, "ns": {"net": 4026532000 + i}}
                          for i in range(CONTAINERS * 10)],
            "containers": [{"key": "docker/%d" % i, "parent": None, "runtime": "docker",
                            "id": "%d" % i, "name": "c%d" % i, "pod": None, "evidence": "cgroup",
                            "shares": ["cgroup", "user"], "pids": [1000 + 10 * i], "unknown": []}
                           for i in range(CONTAINERS)]}
        document["containers"].append(dict(document["containers"][0], key="sandbox/1%d" % day,
                                           runtime="sandbox", shares=["net"]))
        if day == 1:
            self.change(host, document)
        elif host == self.NEW_HOST:
            return None
        elif host == self.UNSEEN:
            document["complete"] = False
        return document

    def namespace(self, host, i):
        kinds = ("net", "mnt", "uts", "ipc", "pid")
        return {"type": kinds[i % len(kinds)], "ns": 4026532000 + i, "root": False, "parent": None,
                "nsid": None if host == self.NO_ID else 2 ** 63 + i, "owner": 4026531837,
                "owner_uid": 0, "names": [], "nprocs": 1, "held_by": [], "unknown": []}

    def change(self, host, document):
        """What has come to be since. The inode of 0 was given to another namespace."""
        spaces, containers = document["namespaces"], document["containers"]
        if spaces[0]["nsid"]:
            spaces[0]["nsid"] += 10 ** 6
        spaces.append(dict(self.namespace(host, 10 ** 6), nsid=None, type="net", nprocs=0, held_by=[
            {"kind": "fd", "pid": 7, "fd": 3}, {"kind": "mount", "path": "/run/x", "mnt_ns": 1}]))
        spaces[1].update(nprocs=None, unknown=["nprocs", "pids"])
        if host % 10 == 0:
            containers[3]["shares"] = ["net", "pid"]
            containers.append(dict(containers[4], key="docker/new", id="new", name="new"))
        if host == 5:
            containers[3].update(shares=None, unknown=["shares"])
        if host == self.BOOTED:
            document["host"]["boot_id"] = "another"
        elif host == self.NO_BOOT_ID:
            document["host"]["boot_id"] = None
        elif host == self.PART:
            document["scope"]["selectors"] = ["docker:c1"]
            del spaces[10:], containers[1:]

    def new_namespaces(self):
        """{host name: how many}, as they were changed above."""
        counts = {self.name(host): 2 for host in range(HOSTS)}
        counts[self.name(self.NO_ID)] = 1  # nobody knows of the other
        counts[self.name(self.BOOTED)] = NAMESPACES + 1
        for host in (self.NEW_HOST, self.PART):
            del counts[self.name(host)]
        return counts

    def write(self, path):
        """All of one day a file, one a line."""
        for day in range(2):
            with open("%s%d.jsonl" % (path, day), "w", encoding="utf-8") as file:
                for host in range(HOSTS):
                    document = self.document(host, day)
                    if document:
                        file.write(json.dumps(document, ensure_ascii=False) + "\n")
            yield file.name


def make_container(rig):
    """A process in a cgroup as Docker makes it, on the host's network. Returns the container's ID."""
    id = "%064x" % (os.getpid() + 10 ** 70)
    process = rig.start_with_pipes(*rig.enter_cgroup("/docker/" + id), "unshare", "--mount",
                                   "sh", "-c", "echo; read -r line")
    process.stdout.readline()
    return id


class PostgreSQL(EngineCase):
    def make(self):
        server = self.start(servers.PostgreSQL, None)
        for _ in range(2):  # again: the same
            server.make_schema()
        return server

    def test_fleet(self):
        server, fleet = self.make(), Fleet()
        files = list(fleet.write(self.rig.path("day")))
        started = time.monotonic()
        self.assertEqual(server.load(*files), "loaded %d, known 0" % (2 * HOSTS - 1))
        self.report("load", time.monotonic() - started)
        self.assertEqual(server.load(files[1]), "loaded 0, known %d" % HOSTS)
        server.run("psql", "-Xqc", "ANALYZE")
        with self.subTest("tables"):
            counts, = server.ask("""SELECT (SELECT count(*) FROM nslist.host) AS hosts,
                (SELECT count(*) FROM nslist.namespace) AS namespaces,
                (SELECT count(*) FROM nslist.process WHERE command = E'sleep 1 \\\\ "é"\\t{')
                AS processes, (SELECT count(*) FROM nslist.namespace WHERE nprocs IS NULL) AS nulls,
                (SELECT max(nsid)::text FROM nslist.namespace) AS largest""")
            self.assertEqual(counts, {
                "hosts": HOSTS, "nulls": HOSTS, "largest": str(2 ** 63 + 10 ** 6),
                "namespaces": (2 * HOSTS - 1) * NAMESPACES + HOSTS - (NAMESPACES + 1 - 10),
                "processes": (2 * HOSTS - 1) * CONTAINERS * 10})
        with self.subTest("new namespaces"):
            rows = self.ask(server, "new_namespaces_since_yesterday")
            found = {}
            for row in rows:
                found[row["hostname"]] = found.get(row["hostname"], 0) + 1
                self.assertEqual(row["before_complete"],
                                 row["hostname"] != fleet.name(fleet.UNSEEN))
            self.assertEqual(found, fleet.new_namespaces())
        with self.subTest("new containers"):
            rows = self.ask(server, "new_containers_since_yesterday")
            self.assertEqual({(row["hostname"], row["name"]) for row in rows},
                             {(fleet.name(host), "new") for host in range(0, HOSTS, 10)})
            self.assertEqual(len(rows), HOSTS // 10)
        with self.subTest("the host's network"):
            rows = self.ask(server, "containers_on_host_network")
            self.assertEqual({(row["hostname"], row["name"], row["pid"], row["user"])
                              for row in rows}, {(fleet.name(host), "c3", True, False)
                                                 for host in range(0, HOSTS, 10)})
            unknown = server.ask("SELECT * FROM nslist.container_shares WHERE net IS NULL")
            self.assertEqual([(row["hostname"], row["name"]) for row in unknown], [("host5", "c3")])
        with self.subTest("without a process"):
            rows = self.ask(server, "namespaces_without_process")
            self.assertEqual({row["hostname"] for row in rows},
                             {fleet.name(host) for host in range(HOSTS)} - {fleet.name(fleet.PART)})
            self.assertEqual({tuple(row["kinds"]) for row in rows}, {("fd", "mount")})
            self.assertEqual(len(rows), HOSTS - 1)
        with self.subTest("hosts"):
            rows = self.ask(server, "hosts")
            self.assertEqual([row["hostname"] for row in rows if not row["comparable"]],
                             [fleet.name(fleet.NEW_HOST)])
            self.assertEqual(len(rows), HOSTS)

    def ask(self, server, view):
        started = time.monotonic()
        rows = server.ask("SELECT * FROM nslist." + view)
        self.report("%s: %d rows" % (view, len(rows)), time.monotonic() - started)
        return rows

    @staticmethod
    def report(what, seconds):
        print("%s: %d ms" % (what, seconds * 1000), file=sys.stderr)

    def test_refused(self):
        """What is no document, or names no host or time: nothing of that call is loaded."""
        server, fleet = self.make(), Fleet()
        good = fleet.document(1, 1)
        for path, value, words in (
                (("schema",), 2, "schema 1"), (("time",), None, "when it was made"),
                (("host",), {"hostname": None, "machine_id": None}, "which host")):
            text = json.dumps(dict(good, **{path[0]: value}))
            with self.assertRaisesRegex(AssertionError, words):
                server.load("-", text=json.dumps(good) + "\n" + text)
        with self.assertRaisesRegex(AssertionError, "json"):
            server.load("-", text=json.dumps(good)[:-9])
        with self.assertRaisesRegex(AssertionError, "cannot read"):
            server.load(self.rig.path("none"))
        self.assertEqual(server.ask("SELECT * FROM nslist.host"), [])
        self.assertEqual(server.load("-", text=json.dumps(good)), "loaded 1, known 0")

    def test_here(self):
        """Listings of this system, before a namespace is made and after it."""
        server = self.make()
        self.assertEqual(server.load(path=nsltest.BUILD), "loaded 1, known 0")
        before, = server.ask("SELECT taken FROM nslist.snapshot")
        taken = datetime.datetime.fromisoformat(before["taken"]).timestamp()
        made = self.helper("nshold", "fd")
        nsltest.wait_until(lambda: time.time() >= taken + 1, "another second")
        document = self.run_nslist("--json").text  # as it prints it, in many lines
        self.assertEqual(server.load("-", text=document), "loaded 1, known 0")
        self.check_made(server, made, before["taken"])

    def check_made(self, server, made, since):
        inode = made.namespaces[0]["ns"]
        rows = server.ask("SELECT * FROM nslist.new_namespaces('%s')" % since)
        self.assertIn(("net", inode), [(row["type"], row["ns"]) for row in rows])
        row, = server.ask("SELECT * FROM nslist.namespaces_without_process WHERE ns = %d" % inode)
        self.assertEqual(row["kinds"], ["fd"])
        host, = server.ask("SELECT * FROM nslist.hosts")
        self.assertEqual(host["hostname"], os.uname().nodename)
        with open("/proc/sys/kernel/random/boot_id", encoding="utf-8") as file:
            self.assertEqual(host["boot_id"].replace("-", ""), file.read().strip().replace("-", ""))


class Prometheus(EngineCase):
    """A namespace that an open file holds, and a container on this host's network, as Prometheus
    has them by way of the node exporter."""

    RULES = os.path.join(nsltest.SOURCE, "data", "prometheus", "nslist.rules.yml")

    def make(self):
        server = self.start(lambda rig: servers.Prometheus(rig, self.RULES), None)
        self.helper("nshold", "fd")
        make_container(self.rig)
        server.publish()
        nsltest.wait_until(lambda: server.query(  # as many as delta() takes
            "count_over_time(nslist_namespaces[1h]) > 1"), "a second scrape")
        return server

    @staticmethod
    def values(series, label):
        return {one["metric"].get(label): float(one["value"][1]) for one in series}

    def test_dashboard(self):
        """Each query of the dashboard has an answer, for all hosts, and for the one that there is."""
        server = self.make()
        dashboard = json.loads(nsltest.read(os.path.join(servers.EXAMPLES, "grafana.json")))
        found = {}
        for host in (".+", server.host):
            for panel in dashboard["panels"]:
                for target in panel["targets"]:
                    query = target["expr"].replace("$host", host).replace("$type", ".+")
                    self.assertNotIn("$", query)
                    with self.subTest(panel["title"], host=host):
                        found[panel["title"]] = server.query(query)
                        self.assertNotEqual(found[panel["title"]], [], query)
        for variable in dashboard["templating"]["list"]:
            if variable["type"] == "query":
                metric, label = re.fullmatch(r"label_values\((\w+), (\w+)\)",
                                             variable["query"]["query"]).groups()
                values = server.ask("label/%s/values" % label, **{"match[]": metric})
                self.assertEqual(values, {"instance": [server.host],
                                          "type": sorted(nsltest.TYPES)}[label])
        self.check_answers(found)

    def check_answers(self, found):
        self.assertEqual(set(self.values(found["Namespaces by type"], "type")), set(nsltest.TYPES))
        self.assertGreaterEqual(self.values(found["Without a process"], "type")["net"], 1)
        for title, least, most in (("Without a process, held by an open file", 1, 10 ** 6),
                                   ("Containers on the host's network", 1, 10 ** 6),
                                   ("Incomplete listings", 0, 20), ("Age of the listing", 0, 300)):
            (_, value), = self.values(found[title], "instance").items()
            self.assertTrue(least <= value <= most, (title, value))

    def test_alerts(self):
        """The rules are taken, and each can be asked for. Two are about to fire, as they should."""
        server = self.make()
        self.assertIn("nslist_containers_sharing{type=\"net\"}", server.exported())
        group, = server.ask("rules")["groups"]
        nsltest.wait_until(lambda: all(rule["health"] == "ok" for rule in
                                       server.ask("rules")["groups"][0]["rules"]), "evaluations")
        for rule in group["rules"]:
            server.query(rule["query"])
        self.assertNotEqual(
            server.query("nslist_unpopulated_namespaces_by_holder{holder=\"fd\"} > 0"), [])
        nsltest.wait_until(lambda: {"ContainerOnHostNetwork", "NamespaceHeldByOpenFile"} <= {
            alert["labels"]["alertname"] for alert in server.ask("alerts")["alerts"]
            if alert["state"] == "pending"}, "the alerts")


class Ansible(EngineCase):
    PLAYBOOK = os.path.join(servers.EXAMPLES, "ansible.yml")

    def play(self, *words):
        rig = self.rig
        inventory = rig.write("inventory", "".join(
            "%s ansible_connection=local ansible_python_interpreter=%s\n" % (name, nsltest.PYTHON)
            for name in ("web1", "web2")))
        place = rig.make("ansible")
        try:
            return rig.run("ansible-playbook", "--inventory", inventory, self.PLAYBOOK, *words,
                           env={"ANSIBLE_HOME": place, "ANSIBLE_LOCAL_TEMP": place + "/local",
                                "ANSIBLE_REMOTE_TEMP": place + "/remote", "LC_ALL": "C.UTF-8",
                                "ANSIBLE_NOCOLOR": "1"})
        except Refused as why:
            self.fail(str(why))

    def test_playbook(self):
        """Two names of this system, as if they were two hosts."""
        if not shutil.which("ansible-playbook"):
            self.refuse("missing: the program ansible-playbook")
        self.play("--syntax-check")
        made, id = self.helper("nshold", "fd"), make_container(self.rig)
        documents = self.rig.path("documents")
        text = self.play("--extra-vars",
                         json.dumps({"documents": documents, "nslist": nsltest.NSLIST}))
        self.assertEqual(sorted(os.listdir(documents)), ["web1.json", "web2.json"])
        for name in os.listdir(documents):
            document = nsltest.parse_json(nsltest.read(os.path.join(documents, name)))
            nsltest.get_namespace(document, "net", made.namespaces[0]["ns"])
            self.assertIn(id, [entry["id"] for entry in document["containers"]])
        self.assertEqual(len(re.findall(r'"%s +%s' % (os.uname().nodename, id[:12]), text)), 2, text)


class Kubernetes(EngineCase):
    """The recipe's fields, and nslist with the rights that it leaves; in no cluster."""

    def read(self):
        try:
            import yaml
        except ImportError:
            self.refuse("missing: the Python module yaml")
        with open(os.path.join(servers.EXAMPLES, "daemonset.yaml"), encoding="utf-8") as file:
            space, daemons = yaml.safe_load_all(file)
        self.assertEqual((space["kind"], daemons["kind"]), ("Namespace", "DaemonSet"))
        self.assertEqual((space["apiVersion"], daemons["apiVersion"]), ("v1", "apps/v1"))
        self.assertEqual(daemons["metadata"]["namespace"], space["metadata"]["name"])
        self.assertEqual(daemons["spec"]["selector"]["matchLabels"],
                         daemons["spec"]["template"]["metadata"]["labels"])
        return daemons["spec"]["template"]["spec"]

    def test_fields(self):
        pod = self.read()
        self.assertEqual((pod["hostPID"], pod["hostNetwork"]), (True, False))
        self.assertIs(pod["automountServiceAccountToken"], False)
        container, = pod["containers"]
        security = container["securityContext"]
        self.assertEqual([security[key] for key in ("privileged", "allowPrivilegeEscalation",
                                                    "readOnlyRootFilesystem")], [False, False, True])
        self.assertEqual(security["capabilities"]["drop"], ["ALL"])
        volume, = pod["volumes"]
        mount, = container["volumeMounts"]
        self.assertEqual(volume["hostPath"]["path"], "/proc")
        self.assertEqual((mount["name"], mount["readOnly"]), (volume["name"], True))
        self.assertIn("--proc=%s " % mount["mountPath"], container["command"][2])

    def test_rights(self):
        """With those, in namespaces as a pod has them, and with /proc elsewhere and read-only, all is
        seen that root sees here."""
        nsltest.need("setpriv", "unshare")
        rights = self.read()["containers"][0]["securityContext"]["capabilities"]["add"]
        made = [self.helper("nshold", case) for case in ("fd", "mount")]
        proc = self.rig.make("proc")
        document = nsltest.parse_json(self.rig.run(
            "unshare", "--mount", "--uts", "--ipc", "--net", "--cgroup", "sh", "-euc",
            'mount --bind /proc "$1"; mount -o remount,bind,ro "$1"; exec setpriv --no-new-privs '
            '--inh-caps=-all --bounding-set="$2" "$3" --proc="$1" --json --quiet', "sh", proc,
            ",".join(["-all"] + ["+" + name.lower() for name in rights]), nsltest.NSLIST))
        whole = nsltest.parse_json(nsltest.run("--json", "--quiet").text)
        self.assertEqual(document["sources"], whole["sources"])
        for one in made:
            for ns in one.namespaces:
                found = nsltest.get_namespace(document, ns["type"], ns["ns"])
                self.assertNotEqual(found["held_by"], [])
                self.assertEqual(found["nprocs"], 0)


class Ssh(EngineCase):
    def recipe(self):
        """The two commands of README.md, as a script."""
        with open(os.path.join(nsltest.SOURCE, "README.md"), encoding="utf-8") as file:
            found = re.search(r"^    \$ (for h in .*)\n    \$ (nslist --from .*)$", file.read(), re.M)
        return "%s\n%s\n" % found.groups()

    def test_recipe(self):
        """README.md's, word by word, with a container on each of two systems: one has a network of
        its own, one is on its host's."""
        first, second = self.start(servers.Ssh, None).systems
        own, shared = first.container, second.container
        environment = dict(os.environ, PATH="%s:%s:%s" % (self.rig.path("bin"), nsltest.BUILD,
                                                          os.environ["PATH"]))
        place = self.rig.make("fetched")

        def rows(script):
            text = subprocess.run(["sh", "-euc", script], cwd=place, env=environment, check=True,
                                  stdout=subprocess.PIPE, timeout=60).stdout.decode()
            heading, *lines = [line.split() for line in text.splitlines()]
            return {(row["HOST"], row["NAME"]) for row in
                    (dict(zip(heading, line)) for line in lines)}

        self.assertEqual(rows(self.recipe()), {("web2", shared[:12])})
        self.assertEqual(rows("nslist --from web1.json --from web2.json -c"),
                         {("web1", own[:12]), ("web2", shared[:12])})
        for system in (first, second):
            document = nsltest.parse_json(nsltest.read(os.path.join(place, system.name + ".json")))
            self.assertEqual(document["host"]["hostname"], system.name)
            roots = document["reference"]["namespaces"]
            for kind in ("mnt", "net", "pid", "uts"):
                self.assertEqual(roots[kind], nsltest.namespaces_of(system.pid)[kind])


if __name__ == "__main__":
    nsltest.main()
