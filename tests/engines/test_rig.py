# SPDX-License-Identifier: GPL-3.0-or-later
"""The rig itself: nothing of an engine stays, also when its test was killed."""

import os
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import nsltest  # noqa: E402
import rig as rigs  # noqa: E402
from case import EngineCase  # noqa: E402

KILLED = """
import sys
sys.path[:0] = %r
import oci, rig, sandboxes
place = rig.Rig()
made = []
for make, what in ((lambda place: oci.Docker(place, oci.Containerd(place)), "run_all"),
                   (oci.Podman, "run_bridge"), (oci.RootlessPodman, "run_all"),
                   (sandboxes.Lxc, "run_all"), (sandboxes.BootedNspawn, "run_all"),
                   (sandboxes.Firejail, "run_all")):
    try:
        made += getattr(make(place), what)()
    except rig.Refused as why:
        print("without:", why, file=sys.stderr)
print(place.directory, *(one.pid for one in made), flush=True)
sys.stdin.read()
"""


class Rig(EngineCase):
    def test_killed(self):
        """As ctest does it at a timeout: without any clean-up."""
        before = rigs.list_traces()
        folders = [os.path.dirname(os.path.abspath(rigs.__file__)),
                   os.path.dirname(os.path.abspath(nsltest.__file__))]
        process = subprocess.Popen([nsltest.PYTHON, "-c", KILLED % folders], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE)
        directory, *pids = process.stdout.readline().decode().split()
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdin.close()
        process.stdout.close()
        self.assertTrue(pids, "no engine works here")
        nsltest.wait_until(lambda: not os.path.exists(directory), "the watchdog", 2 * rigs.PATIENCE)
        for pid in pids:
            self.assertIsNone(nsltest.start_of(int(pid)))
        self.assertEqual(rigs.list_traces() - before, set())


if __name__ == "__main__":
    nsltest.main()
