# SPDX-License-Identifier: GPL-3.0-or-later
"""The completions, in the real shells: what is typed before the TAB, and what the shell offers. That
they know every option is compared with --help.
"""

import os
import pty
import re
import select
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import nsltest  # noqa: E402

FOLDER = os.path.join(nsltest.SOURCE, "data", "completions")
TYPES = set(nsltest.TYPES)
# Drives compsys in a terminal of its own, with the candidates printed in place of inserted.
ZSH = r"""
zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z 'PROMPT= RPROMPT= ; fpath=($NSL_FOLDER $fpath); autoload -Uz compinit; compinit -u -d $NSL_DUMP'
zpty -w z 'zstyle ":completion:*" list-colors "no="; compadd () {
  local -a __found; if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then builtin compadd "$@"; return; fi
  builtin compadd -A __found "$@"; local __item; for __item in $__found; do print -r -- "<$IPREFIX$__item>"; done
  builtin compadd "$@" }'
zpty -w z 'finish () { compadd () { builtin compadd "$@" }; zle -I; print -r -- "<<end>>" }; zle -N finish; bindkey "^X" finish; print -r -- "<<ready>>"'
while zpty -r z line; do [[ $line == *"<<ready>>"* && $line != *print* ]] && break; done
zpty -w -n z "$1"$'\t\x18'
while zpty -r z line; do print -r -- "$line"; [[ $line == *"<<end>>"* ]] && break; done
zpty -d z
"""


def need(shell):
    path = shutil.which(shell)
    if path is None:
        raise unittest.SkipTest(f"no {shell}: install it")
    return path


def environment(**more):
    return dict(os.environ, PATH=nsltest.BUILD + ":" + os.environ["PATH"], LC_ALL="C.UTF-8", **more)


def run(argv, **more):
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=60 * nsltest.SLOWER,
                          env=environment(**more), check=False)
    return done.stdout


def bash(line):
    """readline itself in a bash on a terminal: what it lists, or what it makes of the line."""
    script = (f"source {FOLDER}/nslist.bash\n"
              "COMP_LINE=$1 COMP_POINT=${#1} COMP_TYPE=9 COMP_KEY=9\n"
              "compopt() { :; }\n"
              "_nslist nslist\n"
              'printf "%s\\n" "${COMPREPLY[@]}"')
    return set(run([need("bash"), "--norc", "--noprofile", "-c", script, "bash", line]).split())


def fish(line):
    script = f"source {FOLDER}/nslist.fish; complete -C $argv[1]"
    with tempfile.TemporaryDirectory(prefix="nslt-fish-") as home:
        out = run([need("fish"), "--no-config", "-c", script, line], HOME=home)
    return {entry.split("\t")[0] for entry in out.splitlines()}


def zsh(line):
    with tempfile.TemporaryDirectory(prefix="nslt-zsh-") as home:
        out = run([need("zsh"), "-f", "-c", ZSH, "zsh", line], HOME=home, NSL_FOLDER=FOLDER,
                  NSL_DUMP=os.path.join(home, "dump"), TERM="dumb", COLUMNS="1000")
    return set(re.findall(r"<([^<>\r\n]+)>", out)) - {"end", "ready"}


SHELLS = {"bash": bash, "fish": fish, "zsh": zsh}


def long_options():
    text = run([nsltest.NSLIST, "--help"])
    return set(re.findall(r"^\s+(?:-[A-Za-z], +)?(--[a-z-]+)", text, re.M))


class Completion(nsltest.TestCase):
    def complete(self, shell, line):
        return SHELLS[shell](line)

    def check_all(self, shell):
        # Every option, and no other.
        found = {word.rstrip("=") for word in self.complete(shell, "nslist --")}
        self.assertEqual({word for word in found if word.startswith("--")}, long_options())
        # Types, also further ones.
        self.assertEqual({word.split("=")[-1] for word in self.complete(shell, "nslist --type=")},
                         TYPES)
        further = self.complete(shell, "nslist --type=net,u")
        self.assertEqual({word.split("=")[-1].split(",")[-1] for word in further}, {"user", "uts"})
        # Columns: those that the program has.
        columns = {line.split()[0] for line in run([nsltest.NSLIST, "-H"]).splitlines()}
        found = self.complete(shell, "nslist -o ")
        self.assertEqual(found, columns)
        # Groups of trees, formats.
        found = self.complete(shell, "nslist --tree=")
        self.assertEqual({word.split("=")[-1] for word in found},
                         {"namespace", "process", "owner", "parent", "container"})
        found = self.complete(shell, "nslist --format=pro")
        self.assertEqual({word.split("=")[-1] for word in found}, {"prometheus"})
        # PIDs.
        found = self.complete(shell, f"nslist -p {os.getpid()}")
        self.assertIn(str(os.getpid()), found)
        found = self.complete(shell, f"nslist {os.getpid()}")
        self.assertIn(str(os.getpid()), found)
        # Interfaces, and what is mounted: bash completes what follows the colon.
        self.assertIn("lo", {word.split(":")[-1] for word in
                             self.complete(shell, "nslist peer:")})
        self.assertIn("proc", {word.split(":")[-1].strip("/") for word in
                               self.complete(shell, "nslist mount:/pro")})

    def test_bash(self):
        self.check_all("bash")

    def test_zsh(self):
        self.check_all("zsh")

    def test_fish(self):
        self.check_all("fish")

    def check_names(self, shell):
        need(shell)
        name = self.name()
        if shutil.which("ip") is None or os.geteuid() != 0:
            self.skipTest("ip netns add: needs iproute2, and root")
        subprocess.run(["ip", "netns", "add", name], check=True)
        self.addCleanup(subprocess.run, ["ip", "netns", "delete", name], check=True)
        self.assertIn(name, self.complete(shell, "nslist " + name[:6]))

    def test_bash_names(self):
        self.check_names("bash")

    def test_zsh_names(self):
        self.check_names("zsh")

    def test_fish_names(self):
        self.check_names("fish")

    def test_bash_on_a_terminal(self):
        """TAB, TAB, as a person does."""
        shell = need("bash")
        pid, fd = pty.fork()
        if pid == 0:
            os.execve(shell, ["bash", "--norc", "--noprofile", "-i"],
                      environment(PS1="ready> ", INPUTRC="/dev/null", TERM="dumb"))
        self.addCleanup(os.waitpid, pid, 0)
        self.addCleanup(os.close, fd)
        seen = b""

        def until(what):
            nonlocal seen
            while what not in seen:
                ready, _, _ = select.select([fd], [], [], 30 * nsltest.SLOWER)
                self.assertTrue(ready, seen)
                seen += os.read(fd, 4096)
            seen = seen[seen.index(what) + len(what):]

        until(b"ready> ")
        os.write(fd, f"source {FOLDER}/nslist.bash\r".encode())
        until(b"ready> ")
        os.write(fd, b"nslist --summ\t")
        until(b"--summary ")
        os.write(fd, b"--ty\t")
        until(b"--type=")
        os.write(fd, b"ti\t")
        until(b"time")
        os.write(fd, b"\x15exit\r")


if __name__ == "__main__":
    nsltest.main()
