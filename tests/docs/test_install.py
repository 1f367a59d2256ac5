# SPDX-License-Identifier: GPL-3.0-or-later
"""What is installed: all of it where the FHS and each shell and daemon look, below any prefix; the
systemd units do what they are for with the rights they leave; the alerts fire when they should.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import nsltest  # noqa: E402

DATA = os.path.join(nsltest.SOURCE, "data")
SERVICE = os.path.join(DATA, "systemd", "nslist-metrics.service")
PLACES = {
    "bin/nslist",
    "lib/systemd/system/nslist-metrics.service",
    "lib/systemd/system/nslist-metrics.timer",
    "share/bash-completion/completions/nslist",
    "share/fish/vendor_completions.d/nslist.fish",
    "share/man/man8/nslist.8",
    "share/nslist/nslist.schema.json",
    "share/zsh/site-functions/_nslist",
    "share/doc/nslist/COPYING",
    "share/doc/nslist/README.md",
    *("share/doc/nslist/examples/" + name for name in os.listdir(os.path.join(DATA, "examples"))),
    *("share/doc/nslist/pictures/" + name for name in os.listdir(os.path.join(DATA, "pictures"))),
    "share/doc/nslist/prometheus/nslist.rules.yml",
}
PROGRAMS = {"bin/nslist", "share/doc/nslist/examples/postgresql-load"}


def run(*argv, **more):
    return subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False, **more)


def settings(path):
    """{key: value} of a unit, whose keys do not repeat."""
    lines = [line for line in nsltest.read(path).splitlines()]
    pairs = [line.split("=", 1) for line in lines if re.match(r"\w+=", line)]
    assert len(pairs) == len({key for key, _ in pairs})
    return dict(pairs)


class Install(nsltest.TestCase):
    def test_places(self):
        nsltest.need("cmake")
        for prefix in ("/usr", "/opt/name space"):
            with tempfile.TemporaryDirectory(prefix="nslt-") as root:
                done = run("cmake", "--install", nsltest.BUILD, "--prefix", prefix,
                           env=dict(os.environ, DESTDIR=root))
                self.assertEqual(done.returncode, 0, done.stdout)
                found = {os.path.join(path, name)[len(root + prefix) + 1:]
                         for path, _, names in os.walk(root) for name in names}
                self.assertEqual(found, PLACES)
                # All may read it.
                for name in found:
                    mode = os.stat(os.path.join(root + prefix, name)).st_mode & 0o777
                    self.assertEqual(mode, 0o755 if name in PROGRAMS else 0o644, name)
                done = run(root + prefix + "/bin/nslist", "--version")
                self.assertTrue(done.stdout.startswith("nslist "), done.stdout)
                self.check_links(root + prefix + "/share/doc/nslist")

    def check_links(self, folder):
        """What the README links to and names is there, but for what it says of the source."""
        text = nsltest.read(folder + "/README.md")
        links = re.findall(r"\]\(([^)]+)\)", text)
        self.assertGreater(len(links), 4)
        for name in links + re.findall(r"`([./a-z]+/[\w./-]+\.\w+|examples/\w+|COPYING)`", text):
            if not name.startswith(("src/", "tests/")):
                self.assertTrue(os.path.exists(os.path.join(folder, name)), name)


class Units(nsltest.TestCase):
    def test_verify(self):
        nsltest.need("systemd-analyze")
        with tempfile.TemporaryDirectory(prefix="nslt-") as directory:
            for kind in ("service", "timer"):
                shutil.copy(os.path.join(os.path.dirname(SERVICE), "nslist-metrics." + kind),
                            directory)
            done = run("systemd-analyze", "verify", "--man=no",
                       *(f"{directory}/nslist-metrics.{kind}" for kind in ("service", "timer")))
        # It also complains about units of the system's.
        self.assertEqual([line for line in done.stdout.splitlines() if "nslist-metrics" in line], [])
        self.assertEqual(done.returncode, 0, done.stdout)

    def start(self, directory, path):
        """What systemd would run, with the capabilities that it would leave."""
        service = settings(SERVICE)
        kept = service["CapabilityBoundingSet"].split()
        rights = ",".join(["-all"] + ["+" + name[len("CAP_"):].lower() for name in kept])
        return run("setpriv", "--bounding-set", rights, "--inh-caps", "-all", "--no-new-privs",
                   *shlex.split(service["ExecStart"]), cwd=directory,
                   env=dict(os.environ, PATH=path + ":" + os.environ["PATH"]))

    def test_start(self):
        nsltest.need_root()
        nsltest.need("setpriv")
        # What is complete, and which metrics there are; numbers of others change.
        facts = re.compile(r"^(?:# .*|nslist_source_complete.*)$", re.M)
        with tempfile.TemporaryDirectory(prefix="nslt-") as directory:
            done = self.start(directory, nsltest.BUILD)
            self.assertEqual((done.returncode, done.stdout), (0, ""))
            self.assertEqual(os.listdir(directory), ["nslist.prom"])
            self.assertEqual(os.stat(f"{directory}/nslist.prom").st_mode & 0o777, 0o644)
            text = nsltest.read(f"{directory}/nslist.prom")
        whole = nsltest.run("-Fprometheus").text
        self.assertEqual(facts.findall(text), facts.findall(whole))

    def test_failure(self):
        """The last listing stays, whole."""
        nsltest.need_root()
        nsltest.need("setpriv")
        with tempfile.TemporaryDirectory(prefix="nslt-") as directory:
            nsltest.write(f"{directory}/nslist", "#!/bin/sh\necho half; exit 2\n")
            os.chmod(f"{directory}/nslist", 0o755)
            nsltest.write(f"{directory}/nslist.prom", "whole\n")
            self.assertEqual(self.start(directory, directory).returncode, 2)
            self.assertEqual(nsltest.read(f"{directory}/nslist.prom"), "whole\n")


class Alerts(nsltest.TestCase):
    FOLDER = os.path.join(DATA, "prometheus")

    def test_rules(self):
        nsltest.need("promtool")
        done = run("promtool", "test", "rules", "nslist.test.yml", cwd=self.FOLDER)
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_metrics(self):
        """Each metric that a rule asks for is one that there is."""
        names = set(re.findall(r"\bnslist_\w+", nsltest.read(f"{self.FOLDER}/nslist.rules.yml")))
        self.assertGreater(len(names), 2)
        text = nsltest.run("-Fprometheus", "--quiet").text
        for name in names:
            self.assertIn(f"# TYPE {name} gauge\n", text)


if __name__ == "__main__":
    nsltest.main()
