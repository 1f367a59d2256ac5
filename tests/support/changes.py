# SPDX-License-Identifier: GPL-3.0-or-later
"""What --diff and --watch tell of: which of it is about what a test has made, and a --watch that is
read while it runs."""

import os
import re
import select
import signal
import subprocess
import tempfile
import time

import nsltest

HEADING = re.compile(r"TIME +CHANGE       WHICH ")
SOON = 60 * nsltest.SLOWER  # seconds: what has not come by then never will


def about(changes, pids=(), inodes=(), keys=()):
    """{(sign, what, which): change} of those that are about one of these."""
    found = {}
    for change in changes:
        which = (change["pid"] or change["ns"] or change["container"])
        if change["pid"] in pids or change["ns"] in inodes or \
                (change["what"] == "container" and change["container"] in keys):
            found[change["change"], change["what"], which, change["field"]] = change
    return found


class Watching:
    """An nslist that goes on. What it prints is read when a test waits for it."""

    def __init__(self, *words, interval="0.02", prefix=(), user=None, out=subprocess.PIPE, env=None,
                 **more):
        census = os.environ.get("NSL_TEST_CENSUS")
        path = nsltest.NSLIST if user is None else nsltest.public_program("nslist")
        if user is not None:
            more.update(user=user, group=user, extra_groups=[])
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [*prefix, path, *(["--census=" + census] if census else []), "--watch=" + interval,
             *words], stdin=subprocess.DEVNULL, stdout=out, stderr=self.errors,
            env=dict(os.environ, **(env or {})), **more)
        self.pid = self.process.pid
        self.out = self.process.stdout.fileno() if self.process.stdout else None
        self.rest = b""
        self.lines = []  # all so far

    def read(self, end):
        """The next line; None: none came in time, or there are no more."""
        while b"\n" not in self.rest:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.out], [], [], left)[0]:
                return None
            try:
                chunk = os.read(self.out, 65536)
            except OSError:  # of a terminal that nobody has open any more
                return None
            if not chunk:
                return None
            self.rest += chunk
        line, self.rest = self.rest.split(b"\n", 1)
        self.lines.append(line.decode())
        return self.lines[-1]

    def seek(self, is_it, seconds=SOON):
        """Reads up to a line that is it, and returns what that gives; None: it did not come."""
        end = time.monotonic() + seconds
        while (line := self.read(end)) is not None:
            found = is_it(line)
            if found:
                return found
        return None

    def wait(self, is_it, what):
        found = self.seek(is_it)
        if not found:
            raise AssertionError("waited in vain: %s; %s %s" % (
                what, self.warnings(), [line[:200] for line in self.lines[-20:]]))
        return found

    def wait_for_all(self, sign, pids, inodes):
        """For the JSON lines that these came, or went, in any order."""
        missing = {*pids, *inodes}

        def is_last(line):
            found = nsltest.parse_json(line)
            if found["change"] == sign:
                missing.discard(found["pid"] if found["what"] == "process" else found["ns"])
            return not missing
        self.wait(is_last, (sign, missing))

    def warnings(self):
        self.errors.seek(0)
        return self.errors.read().decode().splitlines()

    def wait_for_first(self, nsmake):
        """Until its first round is over, and it tells, in JSON lines, of what `nsmake` makes."""
        end = time.monotonic() + 2 * SOON
        while time.monotonic() < end:
            with nsmake("new", "uts") as made:
                # What is made during the first round is not told of: not for long.
                told = self.seek(is_change(ns=made.ns["uts"], change="came"), 0.2 * nsltest.SLOWER)
            if told:
                self.wait(is_change(ns=made.ns["uts"], change="went"), "its end")
                self.lines.clear()
                return
        raise AssertionError("it tells of nothing: %s" % self.warnings())

    def wait_for_heading(self):
        return self.wait(HEADING.match, "the header")

    def finish(self):
        """The exit status, when all that is left has been read."""
        end = time.monotonic() + SOON
        while self.out is not None and self.read(end) is not None:
            pass
        return self.process.wait(SOON)

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.finish()

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()
        self.errors.close()


def is_change(**wanted):
    """A line of JSON with these values: it."""
    def is_it(line):
        found = nsltest.parse_json(line)
        return found if all(found[key] == value for key, value in wanted.items()) else None
    return is_it
