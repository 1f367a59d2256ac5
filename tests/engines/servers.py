# SPDX-License-Identifier: GPL-3.0-or-later
"""The servers that the examples for many hosts are tried with (data/examples, data/prometheus): each is
started in a rig's own directory, on a Unix socket or on loopback, and ended with the rig."""

import glob
import json
import os
import pwd
import subprocess

import nsltest
from rig import Refused, need

EXAMPLES = os.path.join(nsltest.SOURCE, "data", "examples")


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

    def itself(self):
        return self

    def run(self, *words, text="", path=None):
        """A client of it; returns its exit status, its output and its messages."""
        environment = self.environment
        if path:
            environment = dict(environment, PATH=path + ":" + environment["PATH"])
        done = subprocess.run(words, env=environment, input=text, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, check=False, timeout=120)
        return done.returncode, done.stdout, done.stderr

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
