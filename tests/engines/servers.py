# SPDX-License-Identifier: GPL-3.0-or-later
"""The servers that the examples for many hosts are tried with (data/examples, data/prometheus): each
is started in a rig's own directory, on a Unix socket or on loopback, and ended with the rig."""

import glob
import json
import os
import pwd
import re
import shlex
import socket
import subprocess
import urllib.parse
import urllib.request

import nsltest
from rig import Refused, children_of, need

EXAMPLES = os.path.join(nsltest.SOURCE, "data", "examples")
SERVICE = os.path.join(nsltest.SOURCE, "data", "systemd", "nslist-metrics.service")


def free_port():
    """One of loopback. Another program may take it meanwhile: then the server does not start."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def fetch(address):
    """What is at an address of loopback; None: nothing answers there yet."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(address, timeout=30) as answer:
            return answer.read().decode()
    except OSError:
        return None


class Prometheus:
    """prometheus, and the node exporter that it scrapes every second, which reads `textfiles`."""

    def __init__(self, rig, rules):
        need("prometheus", "prometheus-node-exporter")
        self.rig = rig
        self.textfiles = rig.make("textfiles")
        self.host = "127.0.0.1:%d" % free_port()
        exporter = rig.start(
            "prometheus-node-exporter", "--collector.disable-defaults", "--collector.textfile",
            "--collector.textfile.directory=" + self.textfiles,
            "--web.listen-address=" + self.host)
        rig.wait(self.exported, "an answer of the node exporter", exporter)
        self.address = "http://127.0.0.1:%d" % free_port()
        config = rig.write("prometheus.yml", json.dumps({
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": [rules], "scrape_configs": [
                {"job_name": "node", "static_configs": [{"targets": [self.host]}]}]}))
        process = rig.start("prometheus", "--config.file=" + config,
                            "--storage.tsdb.path=" + rig.make("tsdb"),
                            "--web.listen-address=" + self.address[len("http://"):])
        rig.wait(lambda: fetch(self.address + "/-/ready"), "an answer of Prometheus", process)

    def exported(self):
        return fetch("http://%s/metrics" % self.host)

    def publish(self):
        """Runs what nslist-metrics.service does, waits until Prometheus has scraped that, and returns
        it: {(metric, *its labels): value}."""
        command = shlex.split(re.search("^ExecStart=(.*)$", nsltest.read(SERVICE), re.M).group(1))
        environment = dict(os.environ, PATH=nsltest.BUILD + ":" + os.environ["PATH"])
        subprocess.run(command, cwd=self.textfiles, env=environment, check=True, timeout=60)
        written = int(os.stat(os.path.join(self.textfiles, "nslist.prom")).st_mtime)
        nsltest.wait_until(lambda: [one for one in self.query("node_textfile_mtime_seconds")
                                    if int(float(one["value"][1])) == written], "a scrape")
        return {(name, *sorted(re.findall(r'(\w+)="([^"]*)"', labels))): float(value)
                for name, labels, value in re.findall(
                    r"^(nslist_\w+)(?:{(.*)})? (\S+)$", self.exported(), re.M)}

    def ask(self, path, **parameters):
        """The data of an answer of its API."""
        text = fetch("%s/api/v1/%s?%s" % (self.address, path, urllib.parse.urlencode(parameters)))
        if text is None:
            raise AssertionError("refused: %s %s" % (path, parameters))
        answer = json.loads(text)
        if answer["status"] != "success":
            raise AssertionError(text)
        return answer["data"]

    def query(self, expression):
        """The series of an instant query."""
        return self.ask("query", query=expression)["result"]


class PostgreSQL:
    """Debian's server, as its user; without a system service, and without a network."""

    def __init__(self, rig):
        need("psql", "setpriv")
        found = glob.glob("/usr/lib/postgresql/*/bin")
        if not found:
            raise Refused("missing: the program postgres")
        try:
            user = pwd.getpwnam("postgres")
        except KeyError:
            raise Refused("missing: the user postgres") from None
        programs = max(found, key=lambda path: int(path.split("/")[4]))
        place = rig.make("postgresql")
        os.chown(place, user.pw_uid, user.pw_gid)
        data = os.path.join(place, "data")
        become = ("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups")
        rig.run(*become, programs + "/initdb", "--auth=trust", "--no-sync", "--encoding=UTF8",
                "--locale=C", "-D", data, cwd="/")
        # It has shared memory, which stays where the server is killed.
        rig.stop_by(*become, programs + "/pg_ctl", "stop", "-m", "fast", "-w", "-D", data)
        process = rig.start(*become, programs + "/postgres", "-D", data, "-k", place, "-c",
                            "listen_addresses=", "-c", "fsync=off", cwd="/")
        self.environment = dict(os.environ, PGHOST=place, PGUSER="postgres", PGDATABASE="postgres")
        rig.wait(lambda: subprocess.run(
            [programs + "/pg_isready", "--quiet"], env=self.environment, check=False,
            stderr=subprocess.DEVNULL).returncode == 0, "an answer of PostgreSQL", process)

    def run(self, *words, text="", path=None):
        """A client of it; returns its exit status, its output and its messages."""
        environment = self.environment
        if path:
            environment = dict(environment, PATH=path + ":" + environment["PATH"])
        done = subprocess.run(words, env=environment, input=text, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, check=False, timeout=120)
        return done.returncode, done.stdout, done.stderr

    def make_schema(self):
        status, _, errors = self.run("psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-f",
                                     os.path.join(EXAMPLES, "postgresql.sql"))
        if status != 0:
            raise AssertionError(errors)

    def ask(self, query):
        """The rows of a query, each {column: value}."""
        status, out, errors = self.run(
            "psql", "-XqAt", "-v", "ON_ERROR_STOP=1",
            text="SELECT coalesce(json_agg(answer), '[]') FROM (%s) AS answer" % query)
        if status != 0:
            raise AssertionError(errors)
        return json.loads(out)

    def load(self, *files, text="", path=None):
        """What the loader says; the words of an error it raises."""
        status, out, errors = self.run(os.path.join(EXAMPLES, "postgresql-load"), *files, text=text,
                                       path=path)
        if status != 0:
            raise AssertionError(errors)
        return out.strip()


class System:
    """A system of its own name, with a PID, mount and UTS namespace and a network; with a real sshd,
    which the network of the process `admin` reaches; and with a container: a process in a cgroup as
    Docker makes it, which `unshare` has started with these options."""

    def __init__(self, rig, admin, name, number, *options):
        self.name, self.container = name, "%064x" % (os.getpid() + number * 10 ** 70)
        address = "192.0.2.%d" % number
        process = rig.start_with_pipes(
            "unshare", "--fork", "--kill-child", "--uts", "--pid", "--net", "--mount",
            "--mount-proc", "sh", "-euc",
            'hostname "$1"; mount -t tmpfs none /run; mkdir -m 755 /run/sshd; echo; read -r line; '
            'ip address add "$2" peer 192.0.2.1 dev eth0; ip link set eth0 up; ip link set lo up; '
            'config=$3; shift 3; "$@" & exec /usr/sbin/sshd -D -e -f "$config"',
            "sh", name, address, rig.path("sshd_config"),
            *rig.enter_cgroup("/docker/" + self.container), "unshare", *options, "sleep", "3600")
        process.stdout.readline()
        self.pid, = children_of(process.pid)
        inside = ("nsenter", "--net=/proc/%d/ns/net" % admin, "ip")
        rig.run(*inside, "link", "add", name, "type", "veth", "peer", "name", "eth0", "netns",
                str(self.pid))
        rig.run(*inside, "address", "add", "192.0.2.1", "peer", address, "dev", name)
        rig.run(*inside, "link", "set", name, "up")
        process.stdin.write(b"\n")
        process.stdin.flush()
        rig.wait(lambda: subprocess.run(
            [rig.path("bin", "ssh"), "root@" + name, "true"], check=False, timeout=30,
            stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0,
                 "an answer of sshd", process)
        rig.wait(lambda: "sleep 3600" in map(nsltest.command_of, children_of(self.pid)),
                 "a container", process)


class Ssh:
    """A network with two systems in it, and `ssh` in the rig's folder bin, which reaches them there.
    The container of the first has a network of its own."""

    def __init__(self, rig):
        need("ip", "nsenter", "ssh", "ssh-keygen", "unshare")
        if not os.path.exists("/usr/sbin/sshd"):
            raise Refused("missing: the program sshd")
        admin = rig.start_with_pipes("unshare", "--net", "sh", "-c", "echo; read -r line")
        admin.stdout.readline()
        self.make_keys(rig)
        rig.make("bin")
        rig.write("bin/ssh",
                  "#!/bin/sh\nexec nsenter --net=/proc/%d/ns/net /usr/bin/ssh -F %s \"$@\"\n"
                  % (admin.pid, rig.path("ssh_config")), 0o755)
        self.systems = [System(rig, admin.pid, "web1", 11, "--mount", "--net"),
                        System(rig, admin.pid, "web2", 12, "--mount")]

    @staticmethod
    def make_keys(rig):
        for name in ("host", "user"):
            rig.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", rig.path(name))
        rig.write("known_hosts", "web1 " + nsltest.read(rig.path("host.pub")))
        rig.write("sshd_config", (
            "HostKey {0}/host\nAuthorizedKeysFile {0}/user.pub\nStrictModes no\nUsePAM no\n"
            "PidFile none\nPermitRootLogin prohibit-password\n"
            "SetEnv PATH={1}:/usr/bin:/bin\n").format(rig.directory, nsltest.BUILD))
        rig.write("ssh_config", (
            "Host web1\n HostName 192.0.2.11\nHost web2\n HostName 192.0.2.12\nHost *\n"
            " HostKeyAlias web1\n IdentityFile {0}/user\n IdentitiesOnly yes\n BatchMode yes\n"
            " GlobalKnownHostsFile none\n UserKnownHostsFile {0}/known_hosts\n").format(rig.directory))
