# SPDX-License-Identifier: GPL-3.0-or-later
"""System containers and sandboxes: the name that was given is the one that is shown."""

import os
import re
import sys

for _folder in ("live", "support"):
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", _folder))
import nsltest  # noqa: E402
import sandboxes  # noqa: E402
import test_questions  # noqa: E402
from case import EngineCase  # noqa: E402


class System(EngineCase):
    def test_lxc(self):
        self.check(self.start(sandboxes.Lxc))

    def test_nspawn(self):
        self.check(self.start(sandboxes.Nspawn))

    def test_nspawn_booted(self):
        """With units, of which one has namespaces of its own: that is in the container, too."""
        containers = self.start(sandboxes.BootedNspawn)
        self.assertEqual(sorted(containers[0].units.values()), sorted(sandboxes.UNITS))
        self.check(containers)

    def test_metrics_timer(self):
        """A booted systemd starts nslist's service by its timer, and nothing that the service may
        not do is missed."""
        text = nsltest.read(self.start(sandboxes.BootedNspawn, "run_timer"))
        partial = re.findall(r'^nslist_source_complete\{source="(.*)"\} 0$', text, re.M)
        self.assertEqual(partial, ["processes"], text)  # as in every PID namespace but the first
        self.assertRegex(text, r'(?m)^nslist_namespaces\{type="net"\} \d+$')


class Programs(EngineCase):
    def test_bubblewrap(self):
        self.check(self.start(sandboxes.Bubblewrap))

    def test_firejail(self):
        self.check(self.start(sandboxes.Firejail))

    def test_chromium(self):
        containers = self.start(sandboxes.Chromium)
        self.check(containers)
        # As the manual page has it asked.
        call, = [call for task, call in test_questions.manual_calls("TASKS").items()
                 if "browser" in task]
        heading, *lines = [line.split() for line in test_questions.shell(call)]
        rows = {int(line[0]): dict(zip(heading, line)) for line in lines}
        for container in containers:
            self.assertEqual(rows[container.pid]["user"], str(container.namespaces["user"]))

    def test_unshare(self):
        """None of these: one group, which its oldest process gives a label."""
        containers = self.start(sandboxes.Unshare)
        self.check(containers)
        pids = containers[0].pids()
        document = self.document()
        keys = {nsltest.get_process(document, pid)["container"] for pid in pids}
        self.assertEqual(len(keys), 1, keys)
        self.assertEqual({row.container for row in self.table() if row.pid in pids},
                         {"sandbox:sh"})


if __name__ == "__main__":
    nsltest.main()
