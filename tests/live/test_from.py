# SPDX-License-Identifier: GPL-3.0-or-later
"""--from: a saved document is shown as the system was, in every format; several are several hosts;
what only the system itself can tell is refused."""

import json
import os
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import nsltest  # noqa: E402

# Says its PID and the TID of a thread, which is there as long as standard input.
THREADED = """if True:
    import os, sys, threading
    ended = threading.Event()
    thread = threading.Thread(target=ended.wait, daemon=True)
    thread.start()
    print(os.getpid(), thread.native_id, flush=True)
    sys.stdin.read()
"""


class From(nsltest.TestCase):
    def setUp(self):
        super().setUp()
        self.dir = self.directory()

    def save(self, name, *arguments, **more):
        """The path of what --json writes, and what that is."""
        result = nsltest.run("--json", "-q", *arguments, **more)
        path = os.path.join(self.dir, name)
        nsltest.write(path, result.out)
        os.chmod(path, 0o644)
        return path, result

    def check_same(self, *arguments, **more):
        path, saved = self.save("a.json", *arguments, **more)
        again = nsltest.run("--json", "--from", path, "-q")
        self.assertEqual(again.out, saved.out)
        self.assertEqual(again.status, 0)
        strict = nsltest.run("--json", "--strict", "-q", "--from", path)
        self.assertEqual(strict.status, 0 if saved.json["complete"] else 3)

    def make_some(self):
        self.nsmake("nested", "3", "pid,user")
        self.nsmake("children", "time")
        self.nsmake("name", "ff0a41")
        self.nsmake("zombie")
        return self.nsmake("new", "user,uts,ipc,net,pid,mnt", "--count", "2")

    def test_first_thread_ended(self):
        made = self.helper("hide", "first")
        self.check_same(str(made.pid))
        path, _ = self.save("all.json", "--all")
        for words in (), ("-s", "-tuser,uts", "-Qnot ROOT"), ("-m",):
            self.assertEqual(nsltest.run("-q", "--from", path, *words, str(made.pid)).lines,
                             nsltest.run("-q", *words, str(made.pid)).lines)

    def test_same_document(self):
        """Whatever it is about, and whoever has made it."""
        self.make_some()
        for arguments in ([], ["-d"], ["--all", "-d"], ["-tnet,user"], ["-P"], [str(os.getpid())],
                          ["-p", str(os.getpid())], ["--threads"], ["-QNPROCS > 1"],
                          ["nothing-is-called-this"]):
            with self.subTest(arguments=arguments):
                self.check_same(*arguments)
        if os.geteuid() == 0:
            self.check_same(user=nsltest.NOBODY)
            self.check_same("-d", user=nsltest.NOBODY)

    def test_same_rows(self):
        """As the system shows itself, of namespaces that stay as they are."""
        nsltest.need_root_mounts()  # what is around the selected ones is only in the document
        own = nsltest.namespaces_of(self.make_some().all_pids()[-1])
        words = ["%s:[%d]" % (name, inode) for name, inode in own.items()
                 if name in nsltest.TYPES and inode != nsltest.root_namespaces()[name]]
        path, _ = self.save("a.json", "-d")
        for arguments in ([], ["-s"], ["-m"], ["-Tnamespace"], ["-Tcontainer"], ["-L"],
                          ["-Fcsv"], ["-sL", "-oNAMESPACE,NPROCS,OWNER,HELD-BY,NSID,DETAIL"]):
            with self.subTest(arguments=arguments):
                saved = nsltest.run("-q", "--from", path, *arguments, *words)
                live = nsltest.run("-q", *arguments, *words)
                if arguments in (["-L"], ["-Fcsv"]):
                    live = nsltest.run("-q", *arguments, "-o", "HOST,PID,NAMESPACE,TID,RUNTIME,"
                                       "CONTAINER,FOR-CHILDREN,ZOMBIE,ENTERED,COMMAND", *words)
                self.assertEqual(saved.text, live.text)
                self.assertEqual(saved.status, 0)

    def test_selectors(self):
        helper = self.nsmake("new", "net")
        pid = helper.all_pids()[-1]
        inode = nsltest.namespaces_of(pid)["net"]
        path, saved = self.save("a.json")
        nsid = nsltest.get_namespace(saved.json, "net", inode)["nsid"]
        words = ["net:[%d]" % inode, str(inode), "/proc/%d/ns/net" % pid]
        for word in words + (["nsid:%d" % nsid] if nsid else []):
            out = nsltest.run("--from", path, "-qnro", "pid,ns", word).lines
            self.assertEqual(out, ["%d %d" % (pid, inode)], word)
        for word in (str(pid), "/proc/%d" % pid):
            out = nsltest.run("--from", path, "-tnet", "-qnro", "pid,ns", word).lines
            self.assertEqual(out, ["%d %d" % (pid, inode)], word)
        for word, text in ((path, path + ": which namespace that is, is not in the document"),
                           ("net:4", "no namespace net:4"),
                           ("nobody-is-this", "nothing is called \"nobody-is-this\"")):
            result = nsltest.run("--from", path, "-q", word)
            self.assertEqual((result.status, result.err.decode()), (1, "nslist: %s\n" % text))

    def test_thread(self):
        """A TID as a selector: of one that is elsewhere than its process, and of one that is not."""
        made = self.nsmake("thread", "uts")
        ended = threading.Event()
        plain = threading.Thread(target=ended.wait)
        plain.start()
        self.addCleanup(plain.join)
        self.addCleanup(ended.set)
        everything, _ = self.save("all.json", "-a")
        for tid, pid in ((made.tid, made.pid), (plain.native_id, os.getpid())):
            live = nsltest.run("-q", str(tid))
            self.assertEqual({row.pid for row in live.rows}, {tid})
            path, saved = self.save("a.json", str(tid))
            self.assertEqual([(thread["pid"], thread["tid"]) for thread in saved.json["threads"]],
                             [(pid, tid)])
            again = nsltest.run("--from", path, str(tid))
            self.assertEqual((again.status, again.out), (0, live.out))
            host = saved.json["host"]["hostname"]
            self.assertIn("nslist: %s: %d is a thread of %d" % (host, tid, pid), again.warnings)
            self.check_same(str(tid))
            part = nsltest.run("-J", "-q", "--from", path, "-tuts", str(tid)).json
            self.assertEqual(part["threads"], saved.json["threads"])
        path, saved = self.save("some.json")
        for path, types in ((everything, nsltest.namespaces_of(made.pid)), (path, ["uts"])):
            # Where the document has no process of it, what the thread alone is in.
            has = made.pid in [item["pid"] for item in nsltest.parse_json(
                nsltest.run("-J", "-q", "--from", path).text)["processes"]]
            rows = nsltest.run("-q", "--from", path, str(made.tid)).rows
            wanted = [name for name in made.thread_ns if has or name in types]
            self.assertEqual([(row.pid, row.type, row.inode) for row in rows],
                             [(made.tid, name, made.thread_ns[name]) for name in wanted])
        result = nsltest.run("--from", path, "-q", str(plain.native_id))
        self.assertEqual((result.status, result.err.decode()),
                         (1, "nslist: no process %d\n" % plain.native_id))

    def test_thread_of_sandbox(self):
        """The document has no list with the thread's process, and yet tells whose that is, and
        where."""
        nsltest.need_root()
        process = subprocess.Popen(["unshare", "--uts", "--ipc", nsltest.PYTHON, "-c", THREADED],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(process.communicate)
        pid, tid = map(int, process.stdout.readline().split())
        own = nsltest.namespaces_of(pid)
        path, saved = self.save("a.json", str(tid))
        self.assertEqual(saved.json["processes"], [])
        thread, = saved.json["threads"]
        key, = [item["key"] for item in saved.json["containers"]
                if item["key"] == thread["container"]]
        self.assertIsNotNone(key)
        matrix = nsltest.run("-q", "-m", "-rn", "--from", path, str(tid)).text
        for name in ("uts", "ipc"):
            self.assertIn(" %d " % own[name], matrix)
        for arguments in ([], ["-m"], ["-Tcontainer"], ["-L", "-oPID,TID,NS,CONTAINER,RUNTIME"]):
            live = nsltest.run("-q", *arguments, str(tid))
            again = nsltest.run("-q", "--from", path, *arguments, str(tid))
            self.assertEqual((again.status, again.out), (0, live.out), arguments)
        self.check_same(str(tid))
        # Of a container that the document does not have there is no key.
        part = nsltest.run("-Jq", "--from", path, "-QPID < 0", str(tid))
        nsltest.write(path, part.out)
        self.assertEqual(nsltest.run("-q", "--from", path).status, 0)

    def test_standard_input(self):
        path, _ = self.save("a.json")
        with open(path, "rb") as file:
            piped = nsltest.run("-q", "--from=-", stdin=file)
        self.assertEqual(piped.out, nsltest.run("-q", "--from", path).out)
        with subprocess.Popen(["sh", "-c", "sleep 0.2; cat \"$0\"", path],
                              stdout=subprocess.PIPE) as slow:
            late = nsltest.run("-q", "--from=/dev/stdin", stdin=slow.stdout)
        self.assertEqual(late.out, piped.out)

    def hosts(self):
        """Two documents of this system, as if it were two."""
        path, saved = self.save("a.json")
        paths = []
        for name in ("web1", "web2"):
            document = nsltest.parse_json(saved.text)
            document["host"]["hostname"] = name
            document["issues"] = []
            paths.append(os.path.join(self.dir, name + ".json"))
            nsltest.write(paths[-1], json.dumps(document))
        return path, paths

    def test_hosts(self):
        self.make_some()
        path, (one, two) = self.hosts()
        both = ["-q", "--from", one, "--from", two]
        rows = len(nsltest.run("-nq", "--from", path).lines)
        for arguments in ([], ["-s"], ["-m"]):
            lines = nsltest.run(*both, *arguments).lines
            single = nsltest.run("-nq", "--from", path, *arguments).lines
            self.assertEqual(lines[0].split()[0], "HOST")
            self.assertEqual([line.split()[0] for line in lines[1:]],
                             ["web1"] * len(single) + ["web2"] * len(single))
            # The same in both, so lined up in both.
            half = len(single) + 1
            self.assertEqual([line[4:] for line in lines[1:half]],
                             [line[4:] for line in lines[half:]])
        objects = [json.loads(line) for line in nsltest.run(*both, "-L").lines]
        self.assertEqual([item["host"] for item in objects], ["web1"] * rows + ["web2"] * rows)
        self.assertEqual(json.loads(nsltest.run("-qL", "--from", one).lines[0])["host"], "web1")
        csv = nsltest.run(*both, "-Fcsv").text.split("\r\n")
        self.assertEqual([line[:4] for line in csv[:2]], ["HOST", "web1"])
        self.assertEqual(sum(line.startswith("HOST") for line in csv), 1)
        lines = nsltest.run(*both, "-nQ", "HOST == \"web2\"").lines
        self.assertEqual({line.split()[0] for line in lines}, {"web2"})
        tree = nsltest.run(*both, "-T").lines
        self.assertEqual((tree[0], tree[len(tree) // 2 + 1]), ("web1", "web2"))
        dot = nsltest.run(*both, "-Fdot").text
        self.assertEqual(dot.count("digraph"), 1)
        self.assertEqual(dot.count("{"), dot.count("}"))
        self.assertIn("\"1/", dot)

    def test_one_of_them(self):
        """A selector that fits one host, and a document that is none."""
        _, (one, two) = self.hosts()
        document = json.loads(nsltest.read(two))
        document["containers"] = document["namespaces"] = document["processes"] = []
        nsltest.write(two, json.dumps(document))
        self.nsmake("new", "net")
        one, saved = self.save("b.json", "-tnet")
        inode = [ns for ns in saved.json["namespaces"] if ns["nprocs"]][0]["ns"]
        result = nsltest.run("-q", "--from", one, "--from", two, str(inode))
        self.assertEqual((result.status, result.err), (0, b""))
        result = nsltest.run("-qs", "--from", two, "--from", "/nothing", "--from", one)
        self.assertEqual(result.status, 2)
        self.assertEqual(result.err, b"nslist: /nothing: No such file or directory\n")
        self.assertIn(str(inode), result.text)

    def test_warnings(self):
        """Those of the document, by its host, and never what to do here."""
        path, saved = self.save("a.json")
        document = saved.json
        document["host"]["hostname"] = "web1"
        document["complete"] = False
        document["issues"] = [{"source": "fds", "code": "EACCES", "message": "open files",
                               "count": 1, "pids": []}]
        nsltest.write(path, json.dumps(document))
        result = nsltest.run("--from", path, "--strict")
        self.assertEqual((result.status, result.err), (3, b"nslist: web1: open files\n"))

    def test_refused(self):
        path, _ = self.save("a.json")
        twice = ["--from", path, "--from", path]
        for arguments, message in (
                (["--from", path, "--proc=/proc"], "--from and --proc exclude each other"),
                (["--from", path, "--census=bpf"], "--from and --census exclude each other"),
                (["--from", path, "--reference=1"], "--from and --reference exclude each other"),
                (["--from", path, "peer:eth0"],
                 "--from: what peer:eth0 stands for is not in a saved document"),
                (["--from", path, "mount:/"],
                 "--from: what mount:/ stands for is not in a saved document"),
                (twice + ["--fold"], "--fold and several --from exclude each other"),
                (twice + ["-J"], "--json is a document of one host: with several --from use "
                 "--jsonl"),
                (twice + ["-Fprometheus"], "--format=prometheus is of one host: give one --from")):
            result = nsltest.run(*arguments)
            self.assertEqual((result.status, result.out, result.err.decode()),
                             (2, b"", "nslist: %s\n" % message))


if __name__ == "__main__":
    nsltest.main()
