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
# Drives compsys in one terminal of its own, with the candidates printed in place of inserted.
ZSH = r"""
zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z 'PROMPT= RPROMPT= ; fpath=($NSL_FOLDER $fpath); autoload -Uz compinit; compinit -u -d $NSL_DUMP'
zpty -w z 'zstyle ":completion:*" list-colors "no="; compadd () {
  local -a __found; if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then builtin compadd "$@"; return; fi
  builtin compadd -A __found "$@"; local __item; for __item in $__found; do print -r -- "<$IPREFIX$__item>"; done
  return 0 }'
zpty -w z 'finish () { zle -I; print -r -- "<<end>>"; BUFFER= }; zle -N finish; bindkey "^T" finish; print -r -- "<<ready>>"'
while zpty -r z line; do [[ $line == *"<<ready>>"* && $line != *print* ]] && break; done
for typed in "$@"; do
  zpty -w -n z "$typed"$'\t\x14'
  while zpty -r z line; do [[ $line == *"<<end>>"* ]] && break; print -r -- "$line"; done
  print -r -- "<<next>>"
done
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


# Each shell is started once: it gets the lines, and gives a set of candidates for each.


def split_answers(out, pattern):
    return [set(re.findall(pattern, part, re.M)) for part in out.split("<<next>>")[:-1]]


def bash(lines, pattern=r"^(?!<<)\S+"):
    script = (f"source {FOLDER}/nslist.bash\n"
              "compopt() { :; }\n"
              'for line in "$@"; do\n'
              "COMP_LINE=$line COMP_POINT=${#line} COMP_TYPE=9 COMP_KEY=9\n"
              "_nslist nslist\n"
              'printf "%s\\n" "${COMPREPLY[@]}" "<<next>>"\n'
              "done")
    out = run([need("bash"), "--norc", "--noprofile", "-c", script, "bash", *lines])
    return split_answers(out, pattern)


def fish(lines):
    script = f"source {FOLDER}/nslist.fish; for line in $argv; complete -C $line; echo '<<next>>'; end"
    with tempfile.TemporaryDirectory(prefix="nslt-fish-") as home:
        out = run([need("fish"), "--no-config", "-c", script, *lines], HOME=home)
    return split_answers(out, r"^(?!<<)[^\t\n]+")


def zsh(lines):
    with tempfile.TemporaryDirectory(prefix="nslt-zsh-") as home:
        out = run([need("zsh"), "-f", "-c", ZSH, "zsh", *lines], HOME=home, NSL_FOLDER=FOLDER,
                  NSL_DUMP=os.path.join(home, "dump"), TERM="dumb", COLUMNS="1000")
    return split_answers(out, r"<([^<>\r\n]+)>")


SHELLS = {"bash": bash, "fish": fish, "zsh": zsh}


def long_options():
    text = run([nsltest.NSLIST, "--help"])
    return set(re.findall(r"^\s+(?:-[A-Za-z], +)?(--[a-z-]+)", text, re.M))


class Completion(nsltest.TestCase):
    def columns(self):
        return {line.split()[0] for line in run([nsltest.NSLIST, "-H"]).splitlines()}

    def check_all(self, shell):
        need(shell)
        columns, pid = self.columns(), str(os.getpid())
        words = {  # what is typed, and what is offered for the last word or item of it
            "nslist --": None,
            "nslist --type=": TYPES,
            "nslist --type=net,u": {"user", "uts"},
            "nslist -t net,": TYPES,
            "nslist -t net,uts,p": {"pid"},
            "nslist -o ": columns,
            "nslist -o pid,": columns,
            "nslist -o +": columns,
            "nslist -o +PID,NETNSI": {"NETNSID"},
            "nslist --tree=": {"namespace", "process", "owner", "parent", "container"},
            "nslist --watch=": {"0.5", "1", "2", "5", "10", "60"},
            "nslist --format=pro": {"prometheus"},
        }
        contained = {"nslist -p " + pid: pid, "nslist -p 1," + pid: pid, "nslist " + pid: pid}
        contained.update(self.made_names(shell))
        objects = {"nslist peer:": "lo", "nslist mount:/pro": "proc"}
        lines = [*words, *contained, *objects]
        answers = dict(zip(lines, SHELLS[shell](lines)))
        options = {word.rstrip("=") for word in answers["nslist --"] if word.startswith("--")}
        self.assertEqual(options, long_options())
        for line, expected in words.items():
            if expected is not None:
                with self.subTest(line):  # what is there already may be left out
                    typed = set(line.split()[-1].split(",")[:-1])
                    found = {re.split("[=,+]", word)[-1] for word in answers[line]}
                    self.assertEqual(found - typed, expected - typed)
        for line, expected in contained.items():
            with self.subTest(line):
                self.assertIn(expected, {word.split(",")[-1] for word in answers[line]})
        for line, expected in objects.items():
            with self.subTest(line):  # bash completes what follows the colon
                self.assertIn(expected, {word.split(":")[-1].strip("/") for word in answers[line]})

    def made_names(self, shell):
        """A name of ip netns, and a label as the table shows it."""
        if shutil.which("ip") is None or os.geteuid() != 0:
            return {}
        name, _ = self.add_netns()
        made = self.nsmake("new", "ipc,mnt,net,pid,uts")
        label = next(row.container for row in self.table() if row.pid in made.pids)
        runtime, _, rest = label.partition(":")
        # Readline's words begin behind the colon.
        return {"nslist " + name[:6]: name,
                f"nslist {runtime}:{rest[:1]}": rest if shell == "bash" else label}

    def test_bash(self):
        self.check_all("bash")

    def test_zsh(self):
        self.check_all("zsh")

    def test_fish(self):
        self.check_all("fish")

    def test_bash_runs_nothing(self):
        """Names of others are no part of a script; those of files may have blanks."""
        need("bash")
        nsltest.need("ip")
        nsltest.need_root()
        directory = self.directory()
        ran = os.path.join(directory, "ran")
        name = self.name("$(echo>$NSL_RAN)")
        subprocess.run(["ip", "netns", "add", name], check=True)
        self.addCleanup(subprocess.run, ["ip", "netns", "delete", name], check=True)
        os.environ["NSL_RAN"] = ran
        self.addCleanup(os.environ.pop, "NSL_RAN")
        names, = bash(["nslist " + name[:4]])
        self.assertFalse(os.path.exists(ran))
        self.assertFalse([word for word in names if "$" in word])
        path = os.path.join(directory, "a b.json")
        open(path, "w", encoding="ascii").close()
        for line in ("nslist --from " + directory + "/a", "nslist " + directory + "/a"):
            self.assertEqual(bash([line], r"^(?!<<).+"), [{path}])

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
