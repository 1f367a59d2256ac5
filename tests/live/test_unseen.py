# SPDX-License-Identifier: GPL-3.0-or-later
"""What is not seen is not "none": the same busy system listed by root and by an ordinary user. No
value of the second listing contradicts the first: it is the same, or null and named in `unknown`,
or a part of a list that is named there."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import nsltest  # noqa: E402

NOBODY = nsltest.NOBODY


def contradictions(whole, part, unknown, where):
    """Where `part` says something else than `whole`. `unknown` names members of theirs."""
    if whole == part:
        return []
    if isinstance(whole, dict) and isinstance(part, dict):
        unknown = part.get("unknown", unknown)
        return [found for key in whole if key != "unknown"
                for found in (contradictions(whole[key], part.get(key), unknown,
                                             where + "." + key))]
    name = where.split(".")[1]
    if part is None and name in unknown:
        return []
    if isinstance(whole, list) and isinstance(part, list) and name in unknown:
        return [] if all(item in whole for item in part) else ["%s: %r, not %r" % (
            where, part, whole)]
    return ["%s: %r, not %r" % (where, part, whole)]


class Unseen(nsltest.TestCase):
    def setUp(self):
        super().setUp()
        nsltest.need_root()
        self.inodes = set()
        for user in (None, NOBODY):
            made = self.nsmake("new", "user,uts,net,pid,ipc", "--count", "2", user=user)
            self.inodes |= set(made.ns.values())
        self.made = made
        self.roots = self.nsmake("new", "uts")
        self.inodes.add(self.roots.ns["uts"])
        for case in ("fd", "mount", "thread", "socket", "owner", "uid65534"):
            held = self.helper("nshold", case)
            self.inodes |= {ns["ns"] for ns in held.namespaces}

    def compare(self, *arguments, prefix=()):
        whole = self.document("--details", *arguments)
        part = self.document("--details", *arguments, user=NOBODY, prefix=prefix)
        self.assertIs(part["complete"], False)
        self.assertEqual(part["sources"]["processes"], "partial")
        self.assertIn("processes", {issue["source"] for issue in part["issues"]})
        wrong = contradictions(whole["scope"], part["scope"], [], "scope.all")
        wrong += contradictions(whole["host"], part["host"], ["boot_id", "machine_id"], "host.x")
        compared = 0
        for inode in self.inodes:
            for kind in nsltest.TYPES:
                both = [nsltest.get_namespace(document, kind, inode) for document in (whole, part)]
                if None not in both:
                    wrong += contradictions(*both, [], "%s:[%d]" % (kind, inode))
                    compared += 1
        for pid in {*self.made.pids, *self.roots.pids}:
            both = [nsltest.get_process(document, pid) for document in (whole, part)]
            if None not in both:
                wrong += contradictions(*both, [], "process %d" % pid)
        self.assertEqual(wrong, [])
        self.assertGreater(compared, 0)
        return whole, part

    def check_members(self, part):
        """What is seen is there, and is not passed off as all."""
        for kind in ("uts", "net", "ipc"):
            found = nsltest.get_namespace(part, kind, self.made.ns[kind])
            self.assertIsNone(found["nprocs"])
            self.assertEqual(found["pids"], sorted(self.made.pids))
            self.assertLessEqual({"nprocs", "pids", "held_by"}, set(found["unknown"]))

    def test_nobody(self):
        _, part = self.compare()
        self.check_members(part)

    def test_nobody_selected(self):
        _, part = self.compare("uts:[%d]" % self.made.ns["uts"])
        self.assertEqual(part["scope"]["selectors"], ["uts:[%d]" % self.made.ns["uts"]])

    def test_persistent(self):
        """A namespace that somebody unseen may be in is not one that nobody is in."""
        name = self.name()
        nsltest.need("ip")
        self.assertEqual(os.spawnlp(os.P_WAIT, "ip", "ip", "netns", "add", name), 0)
        self.addCleanup(os.spawnlp, os.P_WAIT, "ip", "ip", "netns", "del", name)
        self.assertIn(name, self.run_nslist("-P").text)
        self.assertEqual(self.run_nslist("-P", "-q", user=NOBODY).lines, [nsltest.HEADING])
        self.assertIn("no visible process, created by ip netns add %s" % name,
                      self.run_nslist("-q", user=NOBODY).text)
        metrics = self.run_nslist("-Fprometheus", "-q", user=NOBODY).text
        self.assertNotIn('unpopulated_namespaces{type="net"}', metrics)
        self.assertNotIn("by_holder{", metrics)

    def test_counts(self):
        word = "uts:[%d]" % self.made.ns["uts"]
        self.assertIn(" ≥2 ", self.run_nslist("-s", "-q", word, user=NOBODY).text)
        self.assertEqual(self.run_nslist("-snrq", "-oNPROCS", word, user=NOBODY).lines, ["-"])
        self.assertEqual(self.table("-q", word, "-QNPROCS == 2", user=NOBODY), [])
        self.assertEqual(len(self.table("-q", word, "-QNPROCS == 2")), 2)

    def test_own_procfs(self):
        """In a PID namespace of its own, root too sees a part: of that PID namespace all."""
        nsltest.need("unshare")
        prefix = ["unshare", "--pid", "--fork", "--mount-proc"]
        document = self.document("--all", prefix=prefix)
        self.assertIs(nsltest.parse_json(self.run_nslist("-J", prefix=prefix).text)["complete"],
                      False)
        for ns in document["namespaces"]:
            if ns["type"] == "pid" and ns["pids"]:
                self.assertNotIn("nprocs", ns["unknown"])
            else:
                self.assertIsNone(ns["nprocs"])
        self.run_nslist("--strict", prefix=prefix, status=3)


if __name__ == "__main__":
    nsltest.main()
