# SPDX-License-Identifier: GPL-3.0-or-later
"""A program with file capabilities, run by a user who has none: what each capability adds, as the
manual page says, and that such a caller gets nothing beyond the listing."""

import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import nsltest  # noqa: E402

ALL = ["sys_ptrace", "dac_read_search", "sys_admin", "sys_chroot", "net_admin"]


class Rights(nsltest.TestCase):
    def setUp(self):
        super().setUp()
        nsltest.need_root()
        nsltest.need("setcap")
        if nsltest.SANITIZED:
            self.skipTest("missing: a build without sanitizers, which want to be traced")
        directory = tempfile.TemporaryDirectory(prefix="nslt-rights-")
        self.addCleanup(directory.cleanup)
        os.chmod(directory.name, 0o755)
        self.folder = directory.name
        self.path = os.path.join(self.folder, "nslist")

    def give(self, *capabilities):
        shutil.copy(nsltest.NSLIST, self.path)
        words = ",".join("cap_" + name for name in capabilities) + "+ep"
        done = subprocess.run(["setcap", words, self.path], stderr=subprocess.PIPE, check=False)
        if done.returncode != 0:
            self.skipTest("missing: file capabilities: %s" % done.stderr)

    def run_as_nobody(self, *arguments, env=None, **more):
        done = subprocess.run([self.path, *arguments], user=nsltest.NOBODY, group=nsltest.NOBODY,
                              extra_groups=[], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
                              check=False, env=dict(os.environ, **(env or {})),
                              **{"stdout": subprocess.PIPE, **more})
        return nsltest.Result(done.returncode, done.stdout, done.stderr)

    def found(self, document, made):
        """Whether the process is listed, and whether the open file and the mount are."""
        kinds = [{holder["kind"] for ns in document["namespaces"] if ns["ns"] == one
                  for holder in ns["held_by"]} for one in made[1:]]
        listed = [process["command"] for process in document["processes"]
                  if process["pid"] == made[0].pids[0]]
        return bool(listed), "fd" in kinds[0], "mount" in kinds[1]

    def test_each(self):
        member = self.nsmake("new", "uts")
        made = [member]
        for case, kind in (("fd", "fd"), ("mount-fd", "mount")):
            made += [ns["ns"] for ns in self.helper("nshold", case).namespaces
                     if kind in [holder["kind"] for holder in ns["held_by"]]]
        for n, wanted in enumerate(((True, False, False), (True, True, False), None, (True,) * 3,
                                    (True,) * 3), 1):
            self.give(*ALL[:n])
            result = self.run_as_nobody("--json", "--census=procfs")
            if wanted:
                self.assertEqual(self.found(result.json, made), wanted, ALL[:n])
        # As for who has more rights than the caller, nothing is preloaded.
        root = nsltest.run("--json", "--census=procfs", env={"LD_PRELOAD": ""}).json
        self.assertEqual(result.json["sources"], root["sources"])

    def test_environment(self):
        """What libraries would make of it has no effect; what is only for terminals stays."""
        self.give(*ALL)
        hostile = {"G_DEBUG": "fatal-warnings,fatal-criticals", "G_MESSAGES_DEBUG": "all",
                   "LOCPATH": "/nonexistent", "MALLOC_PERTURB_": "7", "PATH": "/nonexistent",
                   "LD_PRELOAD": "/nonexistent.so"}
        made = self.nsmake("new", "uts")
        result = self.run_as_nobody("-q", str(made.pids[0]), env=hostile)
        self.assertEqual((result.status, result.err), (0, b""))
        for locale, line in (("C", "`-"), ("C.UTF-8", "└")):
            result = self.run_as_nobody("-q", "--tree", "-tuts", env={**hostile, "LC_ALL": locale})
            self.assertIn(line, result.out.decode())

    def test_procfs(self):
        """A recorded one might have files by links to them that the caller may not read."""
        self.give(*ALL)
        secret = os.path.join(self.folder, "secret")
        nsltest.write(secret, "of root alone")
        os.chmod(secret, 0o600)
        recorded = os.path.join(self.folder, "proc")
        shutil.copytree(os.path.join(nsltest.TESTS, "golden", "proc", "basic"), recorded,
                        symlinks=True)
        for pid in os.listdir(recorded):
            if pid.isdigit():
                path = os.path.join(recorded, pid, "cmdline")
                if os.path.lexists(path):
                    os.unlink(path)
                os.link(secret, path)
        self.assertIn(b"of root alone", nsltest.run("--proc=" + recorded).out)
        result = self.run_as_nobody("--proc=" + recorded)
        self.assertEqual((result.status, result.out), (2, b""))
        self.assertEqual(result.warnings, ["nslist: --proc: who runs it with more rights than their "
                                           "own may only name a procfs"])
        self.assertEqual(self.run_as_nobody("--proc=/proc", "-q").status, 0)

    def test_descriptors(self):
        """Nothing that is opened in place of a closed one gets the output."""
        self.give(*ALL)
        result = self.run_as_nobody("-q", stdout=None, preexec_fn=lambda: os.close(1))
        self.assertEqual((result.status, len(result.warnings)), (2, 1))
        self.assertIn("cannot write the output", result.warnings[0])


if __name__ == "__main__":
    nsltest.main()
