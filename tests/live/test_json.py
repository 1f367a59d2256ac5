# SPDX-License-Identifier: GPL-3.0-or-later
"""The JSON document of a live system: that it is as its schema says, that other programs can read
it, that its parts agree with each other, and what is said in it of the host and of each process."""

import datetime
import json
import os
import pwd
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import nsltest  # noqa: E402

SCHEMA = os.path.join(nsltest.SOURCE, "data", "nslist.schema.json")


class Json(nsltest.TestCase):
    def make_some(self):
        """Some of everything that this user may make."""
        self.nsmake("new", "user,uts,ipc,net,pid", "--count", "2")
        self.nsmake("nested", "3", "pid,user")
        self.nsmake("children", "time")
        self.nsmake("children", "pid", "--forked")
        self.nsmake("name", "1b5b6d", "ff0a41", "e28080")
        self.nsmake("name", "c3a9")
        self.nsmake("zombie")

    def documents(self):
        """As all kinds of users and options make them."""
        self.make_some()
        yield self.document()
        yield self.document("--all")
        yield self.document(str(os.getpid()))
        yield self.document("--type", "net,uts")
        yield self.document(str(self.nsmake("thread", "uts").tid))
        yield self.document("--details", "--all")
        yield self.document("--details", str(os.getpid()))
        yield self.document("--reference", str(os.getpid()))
        yield self.document("nothing-is-called-this", status=1)
        if os.geteuid() == 0:
            yield self.document(user=nsltest.NOBODY)
            yield self.document("--details", user=nsltest.NOBODY)
            yield self.document(str(os.getpid()), user=nsltest.NOBODY, status=2)

    def test_schema(self):
        try:
            import jsonschema  # pylint: disable=import-outside-toplevel
        except ImportError:
            self.skipTest("missing: python3-jsonschema")
        if not os.path.exists(SCHEMA):
            self.skipTest("missing: %s" % SCHEMA)
        schema = json.loads(nsltest.read(SCHEMA))
        validator = jsonschema.validators.validator_for(schema)
        validator.check_schema(schema)
        for document in self.documents():
            errors = [str(error) for error in validator(schema).iter_errors(document)]
            self.assertEqual(errors, [])

    def test_jq(self):
        nsltest.need("jq")
        self.make_some()
        out = self.run_nslist("--json", "--all").out
        found = subprocess.run(["jq", "-e", "-c", "."], input=out, stdout=subprocess.PIPE,
                               check=True)
        self.assertEqual(json.loads(found.stdout), json.loads(out))

    def test_one_line_end(self):
        """One document and no more, in UTF-8, that ends with a line."""
        out = self.run_nslist("--json").out
        self.assertTrue(out.startswith(b"{") and out.endswith(b"}\n"))
        out.decode()

    def test_parts_agree(self):
        for document in self.documents():
            self.check_agreement(document)

    def check_agreement(self, document):
        processes = {process["pid"]: process for process in document["processes"]}
        self.assertEqual(len(processes), len(document["processes"]))
        self.assertEqual(list(processes), sorted(processes))
        namespaces = {(ns["type"], ns["ns"]): ns for ns in document["namespaces"]}
        self.assertEqual(len(namespaces), len(document["namespaces"]))
        roots = document["reference"]["namespaces"]
        mentioned = set()
        for (kind, inode), ns in namespaces.items():
            self.assertIs(ns["root"], roots[kind] == inode)
            self.assertEqual(ns["pids"], sorted(set(ns["pids"])))
            if ns["nprocs"] is None:
                self.assertIn("nprocs", ns["unknown"])
            elif document["scope"]["selectors"]:  # others are in there, too
                self.assertGreaterEqual(ns["nprocs"], len(ns["pids"]))
            else:
                self.assertEqual(ns["nprocs"], len(ns["pids"]))
            for pid in ns["pids"]:
                self.assertEqual(processes[pid]["ns"][kind], inode)
            mentioned.update(ns["pids"])
            mentioned.update(holder["pid"] for holder in ns["held_by"] if "pid" in holder)
        # `processes` holds just those that the namespaces refer to.
        self.assertLessEqual(set(processes), mentioned)
        self.assertIs(document["complete"], not document["issues"])
        for issue in document["issues"]:
            self.assertLessEqual(len(issue["pids"]), 20)
            self.assertLessEqual(len(issue["pids"]), issue["count"])
            self.assertEqual(document["sources"][issue["source"]], "partial")

    def test_holders_are_processes(self):
        """Whoever is named as a holder is described too."""
        made = self.nsmake("children", "time")
        document = self.document()
        self.assertIsNotNone(nsltest.get_process(document, made.pid))

    def test_host(self):
        host = self.document()["host"]
        self.assertEqual(host["hostname"], os.uname().nodename)
        self.assertEqual(host["kernel"], os.uname().release)
        self.assertEqual(host["boot_id"], nsltest.read("/proc/sys/kernel/random/boot_id").strip())

    def test_time(self):
        before = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
        text = self.document()["time"]
        after = datetime.datetime.now(datetime.timezone.utc)
        self.assertRegex(text, r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        time = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z")
        self.assertTrue(before <= time <= after, (before, text, after))

    def test_process(self):
        """Every field of one, against /proc."""
        made = self.nsmake("new", "user,uts")
        pid = made.pids[0]
        process = nsltest.get_process(self.document(), pid)
        fields = nsltest.stat_of(pid)
        status = dict(re.findall(r"^(\w+):\t(.*)$", nsltest.read("/proc/%d/status" % pid), re.M))
        uid = int(status["Uid"].split()[1])
        self.assertEqual(process["ppid"], int(fields[1]))
        self.assertEqual(process["start_ticks"], int(fields[19]))
        self.assertEqual(process["nspid"], [int(word) for word in status["NSpid"].split()])
        self.assertEqual(process["uid"], uid)
        self.assertEqual(process["user"], pwd.getpwuid(uid).pw_name)
        self.assertEqual(process["comm"], "nsmake")
        self.assertEqual(process["command"], nsltest.command_of(pid))
        self.assertEqual((process["kthread"], process["responsive"], process["command_truncated"]),
                         (False, True, False))
        start = datetime.datetime.strptime(process["start"], "%Y-%m-%dT%H:%M:%S%z")
        boot = int(re.search(r"^btime (\d+)$", nsltest.read("/proc/stat"), re.M).group(1))
        seconds = boot + int(fields[19]) / os.sysconf("SC_CLK_TCK")
        self.assertLess(abs(start.timestamp() - seconds), 2)

    def test_user_names(self):
        """Another user's processes bear that user's name, where there is one; inside a user
        namespace too."""
        nsltest.need_root()
        for uid, name in ((nsltest.NOBODY, pwd.getpwuid(nsltest.NOBODY).pw_name),
                          (4000000123, None)):
            made = self.nsmake("new", "user,uts", user=uid)
            process = nsltest.get_process(self.document(), made.pids[0])
            self.assertEqual((process["uid"], process["user"]), (uid, name))


if __name__ == "__main__":
    nsltest.main()
