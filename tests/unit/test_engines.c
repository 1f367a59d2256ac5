/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of attribute/engines: each engine's files, below a root directory of the test's, and what
 * is said of a container then. As root, because records count by the owner of their files.
 */
#include "attribute/engines.h"

#include "base/sys.h"
#include "base/untrusted.h"
#include "fixture.h"

NEEDS_ROOT("only root can make files of root")

#define ID "137e1715685b43870632b8d81e1679457902f257e8b0573953ec7468dc934b0e"

typedef struct Fixture {
	char *dir;
	int root;
	NslEngines *engines;
	GPtrArray *processes;
	NslClaim claim;
	NslEngineQuery query;
} Fixture;

static void set_up(Fixture *f)
{
	static NslProcess processes[] = {{.pid = 40}, {.pid = 42}, {.pid = 4711}};

	f->dir = fixture_directory();
	g_assert_cmpint(chmod(f->dir, 0755), ==, 0);
	f->root = open(f->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	f->engines = nsl_engines_new(f->root);
	f->processes = g_ptr_array_new();
	for (gsize i = 0; i < G_N_ELEMENTS(processes); i++)
		g_ptr_array_add(f->processes, &processes[i]);
	f->query = (NslEngineQuery){.id = ID, .processes = f->processes, .claim = &f->claim};
}

static void tear_down(Fixture *f)
{
	g_ptr_array_unref(f->processes);
	nsl_engines_free(f->engines);
	close(f->root);
	fixture_remove(f->dir);
}

static void add(GString *text, const char *key, const char *value)
{
	if (value)
		g_string_append_printf(text, " %s%s", key, value);
}

static void add_number(GString *text, const char *key, guint64 value)
{
	if (value != 0)
		g_string_append_printf(text, " %s%" G_GUINT64_FORMAT, key, value);
}

/* "docker NAME pod=… agrees": all of a record but its time; or "ENOENT". Transfer full. */
static char *ask(const Fixture *f)
{
	g_auto(NslEngineRecord) record = {0};
	int result = nsl_engine_read(f->engines, &f->query, &record);
	const NslIdentity *identity = &record.identity;
	GString *text = g_string_new(identity->runtime ? identity->runtime : "?");

	g_assert_null(identity->id);
	if (result < 0) {
		g_assert_true(!identity->name && !record.cgroup && !identity->runtime);
		g_string_assign(text, nsl_errno_name(result));
		return g_string_free(text, FALSE);
	}
	add(text, "", identity->name);
	add(text, "pod=", identity->pod);
	add(text, "in=", identity->pod_namespace);
	add(text, "uid=", identity->pod_uid);
	add_number(text, "pid=", record.pid);
	add_number(text, "start=", record.start);
	add(text, "cgroup=", record.cgroup);
	add(text, "bundle=", record.bundle);
	add(text, "without a name: ", record.error < 0 ? nsl_errno_name(record.error) : NULL);
	add_number(text, "owner=", record.owner);
	add(text, "", record.agrees ? "agrees" : NULL);
	return g_string_free(text, FALSE);
}

/* Of what was read before, too. */
static void expect_still(const Fixture *f, const char *expected)
{
	g_autofree char *text = ask(f);

	g_assert_cmpstr(text, ==, expected);
}

/* Forgets what was read before. */
static void expect(Fixture *f, const char *expected)
{
	nsl_engines_free(f->engines);
	f->engines = nsl_engines_new(f->root);
	expect_still(f, expected);
}

static void put(const Fixture *f, const char *path, const char *text)
{
	fixture_file(f->dir, path, text, -1);
}

/* Every file and directory below belongs to this user. */
static void give(const Fixture *f, const char *path, guint32 uid)
{
	g_autofree char *whole = g_build_filename(f->dir, path, NULL);
	g_autoptr(GDir) dir = g_dir_open(whole, 0, NULL);
	const char *name;

	g_assert_cmpint(lchown(whole, uid, (gid_t)-1), ==, 0);
	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *below = g_build_filename(path, name, NULL);

		give(f, below, uid);
	}
}

/* A file that is not what it has to be, each of the texts (NULL ends them) in turn. */
static void try_wrong(Fixture *f, const char *path, const char *const *wrong)
{
	for (; *wrong; wrong++) {
		put(f, path, *wrong);
		expect(f, "EBADMSG");
	}
}

/* A file one byte below the limit, at it, and one above; and one that takes too much memory. */
static void try_large(Fixture *f, const char *path, const char *good, const char *expected)
{
	g_autoptr(GString) many = g_string_new(good);

	for (gsize size = NSL_JSON_MAX_SIZE - 1; size <= NSL_JSON_MAX_SIZE + 1; size++) {
		g_autofree char *blanks = g_strnfill(size - strlen(good), ' ');
		g_autofree char *padded = g_strconcat(good, blanks, NULL);

		put(f, path, padded);
		expect(f, size <= NSL_JSON_MAX_SIZE ? expected : "EFBIG");
	}
	g_string_truncate(many, many->len - 1);
	g_string_append(many, ",\"x\":[1");
	for (guint i = 0; i < NSL_JSON_MAX_VALUES; i++)
		g_string_append(many, ",{}");
	g_string_append(many, "]}");
	put(f, path, many->str);
	expect(f, "EFBIG");
}

/* All that can be wrong with a JSON file, in turn. With `good` in it the answer is `expected`. */
static void try_malformed(Fixture *f, const char *path, const char *good, const char *expected)
{
	static const char *const malformed[] = {
		"",  "{", "[]", "null", "\"x\"", "{\"a\":", "{} x", "\xff\xfe", "{\"a\":\"\x01\"}",
		NULL};
	g_autofree char *whole = g_build_filename(f->dir, path, NULL);
	g_autofree char *target = g_strdup_printf("%s.target", whole);
	g_autofree char *deep = g_strnfill(100000, '[');
	g_autofree char *nested = g_strdup_printf("{\"x\":%s", deep);
	g_auto(NslFd) fd = -1;

	try_wrong(f, path, malformed);
	for (gsize size = 1; size < strlen(good); size += 29) {
		fixture_file(f->dir, path, good, (gssize)size);
		expect(f, "EBADMSG");
	}
	put(f, path, nested);
	expect(f, "EFBIG");
	try_large(f, path, good, expected);
	put(f, path, good);
	g_assert_cmpint(lchown(whole, 1000, (gid_t)-1), ==, 0);
	expect(f, "EPERM");
	g_assert_cmpint(rename(whole, target), ==, 0);
	g_assert_cmpint(chown(target, 0, (gid_t)-1), ==, 0);
	g_assert_cmpint(symlink(target, whole), ==, 0);
	expect(f, "ELOOP");
	g_assert_cmpint(unlink(whole), ==, 0);
	g_assert_cmpint(mkfifo(whole, 0600), ==, 0);
	expect(f, "EMEDIUMTYPE");
	g_assert_cmpint(unlink(whole), ==, 0);
	g_assert_cmpint(mkdir(whole, 0700), ==, 0);
	expect(f, "EISDIR");
	g_assert_cmpint(rmdir(whole), ==, 0);
	fd = open(whole, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	g_assert_cmpint(ftruncate(fd, (off_t)100 << 20), ==, 0);
	expect(f, "EFBIG");
	g_assert_cmpint(unlink(whole), ==, 0);
	put(f, path, good);
	expect(f, expected);
}

TEST_WITH_FIXTURE(ids)
{
	static const char *const bad[] = {"", ".", "..", "../x", "a/b", "/etc", "a b", "a\n", "-x"};

	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		f->query = (NslEngineQuery){.runtime = "docker", .id = bad[i]};
		expect(f, "EINVAL");
		f->query = (NslEngineQuery){
			.runtime = "containerd", .id = "c1", .containerd_ns = bad[i]};
		expect(f, "EINVAL");
	}
	f->query = (NslEngineQuery){.runtime = "docker"};
	expect(f, "EINVAL");
}

TEST_WITH_FIXTURE(nothing)
{
	static const char *const runtimes[] = {
		"docker", "podman", "cri-o",	"containerd", "cri",	   "ecs", "runc",
		"crun",	  "nspawn", "firejail", "lxc",	      "something", NULL};

	for (gsize i = 0; i < G_N_ELEMENTS(runtimes); i++) {
		f->query = (NslEngineQuery){.runtime = runtimes[i], .id = ID};
		expect(f, "ENOENT");
		f->query.uid = 1000;
		expect(f, "ENOENT");
		f->query.home = "/home/u";
		expect(f, "ENOENT");
	}
}

/* Of several engines that have a record of the id, the one whose record agrees. */
TEST_WITH_FIXTURE(which)
{
	static const char docker[] = "var/lib/docker/containers/x1/config.v2.json";

	f->query.id = "x1";
	put(f, docker, "{\"ID\":\"x1\",\"Name\":\"/stale\",\"State\":{\"Pid\":7}}");
	expect(f, "docker stale pid=7");
	put(f, "run/runc/x1/state.json", "{\"id\":\"x1\",\"init_process_pid\":42}");
	expect(f, "runc pid=42 agrees");
	/* Another store's error does not matter then; otherwise it is the answer. */
	put(f, docker, "{");
	expect(f, "runc pid=42 agrees");
	f->query.runtime = "docker";
	expect(f, "EBADMSG");
}

/* Nothing is open before a question, and nothing is after it is freed. */
TEST_WITH_FIXTURE(descriptors)
{
	guint before;

	put(f, "run/runc/x1/state.json", "{\"id\":\"x1\"}");
	f->query.id = "x1";
	nsl_engines_free(f->engines);
	before = fixture_count_fds();
	f->engines = nsl_engines_new(f->root);
	g_assert_cmpuint(fixture_count_fds(), ==, before);
	expect(f, "runc");
	g_assert_cmpuint(fixture_count_fds(), >, before);
	nsl_engines_free(f->engines);
	g_assert_cmpuint(fixture_count_fds(), ==, before);
	f->engines = nsl_engines_new(f->root);
}

#define DOCKER_PATH "containers/" ID "/config.v2.json"
#define DOCKER	    "var/lib/docker/" DOCKER_PATH
#define DOCKER_JSON                                                                                \
	"{\"StreamConfig\":{},\"State\":{\"Running\":true,\"Paused\":false,\"Pid\":42,\"Health\":" \
	"null},\"ID\":\"" ID "\",\"Created\":\"2026-11-23T21:01:22Z\",\"Managed\":false,"          \
	"\"Path\":\"/bin/sleep\",\"Args\":[\"600\"],\"Config\":{\"Labels\":{\"role\":\"web\"}},"   \
	"\"Name\":\"/d1\",\"SeccompProfile\":\"\"}"
#define DOCKER_FOUND "docker d1 pid=42 agrees"
#define DOCKER_STATE                                                                               \
	"{\"id\":\"" ID "\",\"init_process_pid\":42,\"init_process_start\":99,"                    \
	"\"cgroup_paths\":{\"name=systemd\":\"/sys/fs/cgroup/systemd/docker/" ID "\"}}"

TEST_WITH_FIXTURE(docker)
{
	f->query.runtime = "docker";
	put(f, DOCKER, DOCKER_JSON);
	expect(f, DOCKER_FOUND);
	/* Of another container, or of one that is not running. */
	g_ptr_array_remove_index(f->processes, 1);
	expect(f, "docker d1 pid=42");
	put(f, DOCKER, "{\"ID\":\"" ID "\",\"State\":{\"Pid\":0}}");
	expect(f, "docker");
	f->query.processes = NULL;
	expect(f, "docker");
}

/* Where its first process is not among those that are known, runc's state has the cgroup. */
TEST_WITH_FIXTURE(docker_cgroup)
{
	static const char state[] = "run/docker/runtime-runc/moby/" ID "/state.json";

	f->query.runtime = "docker";
	put(f, DOCKER, DOCKER_JSON);
	put(f, state, DOCKER_STATE);
	g_ptr_array_remove_index(f->processes, 1);
	f->query.cgroup = "/docker/" ID;
	expect(f, "docker d1 pid=42 start=99 cgroup=/docker/" ID " agrees");
	f->query.cgroup = "/user.slice/docker/" ID;
	expect(f, "docker d1 pid=42 start=99 cgroup=/docker/" ID);
	/* It is not of that container as it runs now. */
	put(f, state, "{\"id\":\"" ID "\",\"init_process_pid\":43,\"init_process_start\":99}");
	expect(f, "docker d1 pid=42");
}

/* Likewise, where dockerd was told where to keep it. */
TEST_WITH_FIXTURE(docker_exec_root)
{
	static const char found[] = "docker d1 pid=42 start=99 cgroup=/docker/" ID " agrees";

	f->query.runtime = "docker";
	put(f, DOCKER, DOCKER_JSON);
	put(f, "srv/run/runtime-runc/moby/" ID "/state.json", DOCKER_STATE);
	g_ptr_array_remove_index(f->processes, 1);
	f->query.cgroup = "/docker/" ID;
	expect(f, "docker d1 pid=42");
	f->claim.state = "/srv/run";
	expect(f, found);
	f->claim.state = NULL;
	put(f, "etc/docker/daemon.json", "{\"exec-root\":\"/srv/run\"}");
	expect(f, found);
	put(f, "etc/docker/daemon.json", "{}");
	put(f, "etc/d2.json", "{\"exec-root\":\"/srv/run\"}");
	f->claim.config = "/etc/d2.json";
	expect(f, found);
}

/* Whose daemons are asked where the files are. */
TEST(serves)
{
	g_assert_true(nsl_engine_serves("docker", "docker"));
	g_assert_true(nsl_engine_serves("docker", "ecs"));
	g_assert_true(nsl_engine_serves("docker", "cri"));
	g_assert_true(nsl_engine_serves("cri-o", "cri"));
	g_assert_true(nsl_engine_serves("containerd", "cri"));
	g_assert_true(nsl_engine_serves("docker", NULL));
	g_assert_false(nsl_engine_serves("cri-o", NULL));
	g_assert_false(nsl_engine_serves("podman", "docker"));
	g_assert_false(nsl_engine_serves("lxc", "lxc"));
}

TEST_WITH_FIXTURE(docker_places)
{
	f->query.runtime = "docker";
	put(f, "srv/argument/" DOCKER_PATH, DOCKER_JSON);
	expect(f, "ENOENT");
	f->claim.root = "/srv/argument";
	expect(f, DOCKER_FOUND);
	f->claim.root = "/srv/other";
	expect(f, "ENOENT");
	f->claim.root = NULL;
	put(f, "etc/docker/daemon.json", "{\"data-root\":\"/srv/argument\"}");
	expect(f, DOCKER_FOUND);
	put(f, "etc/docker/daemon.json", "{\"data-root\":5}");
	expect(f, "ENOENT");
	put(f, "etc/docker/daemon.json", "{");
	put(f, "etc/d2.json", "{\"data-root\":\"/srv/argument\"}");
	f->claim.config = "/etc/d2.json";
	expect(f, DOCKER_FOUND);
	f->claim.config = "/etc/x/../d2.json";
	expect(f, "ENOENT");
}

/* /var/lib/docker on another disk, as administrators have it; and --userns-remap. */
TEST_WITH_FIXTURE(docker_moved)
{
	f->query.runtime = "docker";
	put(f, "data/docker/" DOCKER_PATH, DOCKER_JSON);
	fixture_link(f->dir, "var/lib/docker", "../../data/docker");
	expect(f, DOCKER_FOUND);
	fixture_remove(g_build_filename(f->dir, "data/docker/containers", NULL));
	put(f, "data/docker/overlay2/" DOCKER_PATH, DOCKER_JSON);
	expect(f, "ENOENT");
	put(f, "data/docker/100000.100000/" DOCKER_PATH, DOCKER_JSON);
	expect(f, DOCKER_FOUND);
}

/* A user's own, in the user's home, and for nobody else. */
TEST_WITH_FIXTURE(docker_rootless)
{
	f->query.runtime = "docker";
	put(f, "home/u/.local/share/docker/" DOCKER_PATH, DOCKER_JSON);
	give(f, "home/u", 1000);
	f->query.uid = 1000;
	expect(f, "ENOENT");
	f->query.home = "/home/u";
	expect(f, "docker d1 pid=42 owner=1000 agrees");
	f->query.uid = 1001;
	expect(f, "EPERM");
	f->query.uid = 0;
	f->claim.root = "/home/u/.local/share/docker";
	expect(f, "EPERM");
}

TEST_WITH_FIXTURE(docker_names)
{
	g_autofree char *name = g_strnfill(256, 'x');
	g_autofree char *config = g_strdup_printf("{\"ID\":\"%s\",\"Name\":\"/%s\"}", ID, name);

	put(f, DOCKER,
	    "{\"ID\":\"" ID "\",\"Name\":\"/k8s_web_shop-1_prod_0c1e-9_3\","
	    "\"State\":{\"Pid\":40}}");
	f->query.runtime = "cri";
	expect(f, "docker web pod=shop-1 in=prod uid=0c1e-9 pid=40 agrees");
	/* A name that would do harm on a terminal, or is too long, is none. */
	put(f, DOCKER, config);
	expect(f, "docker");
	put(f, DOCKER, "{\"ID\":\"" ID "\",\"Name\":\"/\\u001b[31mx\"}");
	expect(f, "docker");
}

/* What is no text costs itself alone, and is told; what nobody reads costs nothing. */
TEST_WITH_FIXTURE(docker_odd)
{
	static const char *const names[] = {"5", "\"/a\\u0000b\"", "\"/a\xff\"", "\"/\\ud800\"",
					    "\"/\\udc00\\ud800\""};
	static const char *const others[] = {"1e999", "99999999999999999999999999999999", "-0",
					     "\"\\u0000\\ud800\"", "{\"\":{},\"\":[]}"};

	f->query.runtime = "docker";
	for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *config = g_strdup_printf(
			"{\"ID\":\"" ID "\",\"Name\":%s,\"State\":{\"Pid\":42}}", names[i]);

		put(f, DOCKER, config);
		expect(f, "docker pid=42 without a name: EBADMSG agrees");
	}
	for (gsize i = 0; i < G_N_ELEMENTS(others); i++) {
		g_autofree char *config = g_strdup_printf("{\"x\":%s,\"ID\":\"" ID
							  "\",\"Name\":\"/y\",\"Name\":\"/d1\","
							  "\"State\":{\"Pid\":42}}",
							  others[i]);

		put(f, DOCKER, config);
		expect(f, DOCKER_FOUND);
	}
}

TEST_WITH_FIXTURE(docker_malformed)
{
	static const char *const wrong[] = {
		"{}",
		"{\"ID\":\"other\",\"Name\":\"/x\"}",
		"{\"ID\":5}",
		"{\"ID\":\"" ID "\",\"State\":[]}",
		"{\"ID\":\"" ID "\",\"State\":{\"Pid\":\"42\"}}",
		"{\"ID\":\"" ID "\",\"State\":{\"Pid\":-1}}",
		"{\"ID\":\"" ID "\",\"State\":{\"Pid\":4294967338}}",
		NULL,
	};

	f->query.runtime = "docker";
	try_wrong(f, DOCKER, wrong);
	try_malformed(f, DOCKER, DOCKER_JSON, DOCKER_FOUND);
}

#define TASKS "io.containerd.runtime.v2.task/"
#define OCI_JSON                                                                                   \
	"{\"ociVersion\":\"1.0.2-dev\",\"process\":{\"args\":[\"/bin/sleep\"]},\"annotations\":{"  \
	"\"io.kubernetes.cri.container-name\":\"web\",\"io.kubernetes.cri.container-type\":"       \
	"\"container\",\"io.kubernetes.cri.sandbox-id\":\"aa\",\"io.kubernetes.cri.sandbox-name\"" \
	":\"shop-1\",\"io.kubernetes.cri.sandbox-namespace\":\"prod\","                            \
	"\"io.kubernetes.cri.sandbox-uid\":\"0c1e-9\"},\"linux\":{\"cgroupsPath\":"                \
	"\"kubepods-burstable-pod0c1e_9.slice:cri-containerd:" ID "\"}}"
#define OCI_CGROUP                                                                                 \
	"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod0c1e_9.slice/"             \
	"cri-containerd-" ID ".scope"
#define CONTAINERD_FOUND(STATE)                                                                    \
	"containerd web pod=shop-1 in=prod uid=0c1e-9 pid=42 cgroup=" OCI_CGROUP " bundle=" STATE  \
	"/" TASKS "k8s.io/" ID

#define TASK_FOUND " pid=42 bundle=/run/containerd/" TASKS "k8s.io/" ID

/* A task: `bundle` is the directory, from the test's root. */
static void put_task(Fixture *f, const char *bundle, const char *config)
{
	g_autofree char *path = g_build_filename(bundle, "config.json", NULL);
	g_autofree char *pid = g_build_filename(bundle, "init.pid", NULL);

	put(f, path, config);
	put(f, pid, "42");
	f->query.runtime = "containerd";
}

TEST_WITH_FIXTURE(containerd)
{
	put_task(f, "run/containerd/" TASKS "k8s.io/" ID, OCI_JSON);
	f->query.containerd_ns = "k8s.io";
	expect(f, CONTAINERD_FOUND("/run/containerd") " agrees");
	f->query.processes = NULL;
	expect(f, CONTAINERD_FOUND("/run/containerd"));
	f->query.cgroup = OCI_CGROUP;
	expect(f, CONTAINERD_FOUND("/run/containerd") " agrees");
	f->query.containerd_ns = "other";
	expect(f, "ENOENT");
}

/* Of a pod whose engine is not known by the cgroup; in whichever containerd namespace. */
TEST_WITH_FIXTURE(containerd_unknown)
{
	put_task(f, "run/k3s/containerd/" TASKS "k8s.io/" ID, OCI_JSON);
	put(f, "run/k3s/containerd/" TASKS "aa/other/config.json", "{}");
	f->query.runtime = "cri";
	expect(f, CONTAINERD_FOUND("/run/k3s/containerd") " agrees");
	f->query.runtime = NULL;
	expect(f, CONTAINERD_FOUND("/run/k3s/containerd") " agrees");
}

/* Docker's containers are containerd's too, but have their names in Docker's files alone. */
TEST_WITH_FIXTURE(containerd_moby)
{
	put_task(f, "run/containerd/" TASKS "moby/" ID, OCI_JSON);
	f->query.runtime = "cri";
	expect(f, "ENOENT");
	f->query.runtime = NULL;
	expect(f, "ENOENT");
	put(f, DOCKER, DOCKER_JSON);
	expect(f, DOCKER_FOUND);
	f->query.runtime = "cri";
	expect(f, DOCKER_FOUND);
}

/* As many namespaces as are tried, and one more. */
TEST_WITH_FIXTURE(containerd_many)
{
	f->query.runtime = "containerd";
	for (guint i = 0; i <= 512; i++) {
		g_autofree char *path =
			g_strdup_printf("run/containerd/" TASKS "ns%u/x/config.json", i);

		put(f, path, "{}");
		if (i >= 511)
			expect(f, i < 512 ? "ENOENT" : "E2BIG");
	}
}

/* A pod's sandbox; ctr and nerdctl, with ids of one's choice. */
TEST_WITH_FIXTURE(containerd_others)
{
	static const char bundle[] = "run/containerd/" TASKS "ns1/c1";

	f->query.id = "c1";
	f->query.containerd_ns = "ns1";
	f->query.processes = NULL;
	put_task(f, bundle,
		 "{\"annotations\":{\"io.kubernetes.cri.container-type\":\"sandbox\","
		 "\"io.kubernetes.cri.sandbox-name\":\"shop-1\"}}");
	expect(f, "containerd pod=shop-1 pid=42 bundle=/run/containerd/" TASKS "ns1/c1");
	put_task(f, bundle,
		 "{\"annotations\":{\"role\":\"web\"},\"linux\":{\"cgroupsPath\":\"/ns1/c1\"}}");
	f->query.cgroup = "/ns1/c1";
	expect(f, "containerd pid=42 cgroup=/ns1/c1 bundle=/run/containerd/" TASKS "ns1/c1 agrees");
	put_task(f, bundle, "{\"annotations\":{\"nerdctl/name\":\"web\"}}");
	expect(f, "containerd web pid=42 bundle=/run/containerd/" TASKS "ns1/c1");
}

TEST_WITH_FIXTURE(containerd_places)
{
	static const char found[] = CONTAINERD_FOUND("/srv/state") " agrees";

	put_task(f, "srv/state/" TASKS "k8s.io/" ID, OCI_JSON);
	expect(f, "ENOENT");
	f->claim.state = "/srv/state";
	expect(f, found);
	f->claim.state = NULL;
	put(f, "etc/containerd/config.toml",
	    "version = 2\nstate = \"/srv/state\"\n[grpc]\nstate = \"/no\"\n");
	expect(f, found);
	put(f, "etc/containerd/config.toml", "[x]\nstate = \"/srv/state\"\n");
	expect(f, "ENOENT");
	put(f, "etc/c.toml", "state=\"/srv/state\"");
	f->claim.config = "/etc/c.toml";
	expect(f, found);
}

TEST_WITH_FIXTURE(containerd_malformed)
{
	static const char *const wrong[] = {"{\"linux\":5}", "{\"linux\":{\"cgroupsPath\":5}}",
					    NULL};
	static const struct {
		const char *json;
		const char *found;
	} odd[] = {
		{"{\"annotations\":[]}", "containerd" TASK_FOUND " without a name: EBADMSG agrees"},
		{"{\"annotations\":{\"io.kubernetes.pod.name\":[],\"nerdctl/name\":\"w\"}}",
		 "containerd w" TASK_FOUND " without a name: EBADMSG agrees"},
		{"{\"annotations\":{\"a\":5,\"b\":[],\"\":\"\\u0000\",\"nerdctl/name\":\"w\"}}",
		 "containerd w" TASK_FOUND " agrees"},
	};
	static const char path[] = "run/containerd/" TASKS "k8s.io/" ID "/config.json";

	put_task(f, "run/containerd/" TASKS "k8s.io/" ID, OCI_JSON);
	try_wrong(f, path, wrong);
	for (gsize i = 0; i < G_N_ELEMENTS(odd); i++) {
		put(f, path, odd[i].json);
		expect(f, odd[i].found);
	}
	try_malformed(f, path, OCI_JSON, CONTAINERD_FOUND("/run/containerd") " agrees");
}

/*
 * A setting is read once, and remembered; so is that there is none. Not for another user. Likewise
 * the names in a directory.
 */
TEST_WITH_FIXTURE(remembered)
{
	f->query.runtime = "docker";
	f->claim.config = "/etc/d2.json";
	put(f, "srv/argument/" DOCKER_PATH, DOCKER_JSON);
	expect_still(f, "ENOENT");
	put(f, "etc/d2.json", "{\"data-root\":\"/srv/argument\"}");
	expect_still(f, "ENOENT");
	f->query.uid = 1000;
	expect_still(f, DOCKER_FOUND);
	f->query = (NslEngineQuery){.runtime = "containerd", .id = "c1"};
	put(f, "run/containerd/" TASKS "aa/c1/config.json", "{}");
	expect_still(f, "containerd bundle=/run/containerd/" TASKS "aa/c1");
	f->query.id = "c2";
	put(f, "run/containerd/" TASKS "bb/c2/config.json", "{}");
	expect_still(f, "ENOENT");
}

#define STORE "var/lib/containers/storage"
#define LIST  STORE "/overlay-containers/containers.json"
#define PID   "run/containers/storage/overlay-containers/" ID "/userdata/pidfile"
#define PODMAN_JSON                                                                                \
	"{\"id\":\"" ID "\",\"names\":[\"p1\",\"second\"],\"image\":\"02ef\","                     \
	"\"layer\":\"a6e1\",\"metadata\":\"{\\\"name\\\":\\\"p1\\\"}\",\"flags\":{}}"
#define BUNDLE(ROOT, DRIVER) " bundle=/" ROOT "/" DRIVER "-containers/" ID "/userdata"
#define PODMAN_BUNDLE	     BUNDLE(STORE, "overlay")

static void put_podman(Fixture *f)
{
	put(f, LIST, "[" PODMAN_JSON "]");
	put(f, PID, "42");
	f->query.runtime = "podman";
}

TEST_WITH_FIXTURE(podman)
{
	put_podman(f);
	expect(f, "podman p1 pid=42" PODMAN_BUNDLE " agrees");
	put(f, PID, "43\n");
	expect(f, "podman p1 pid=43" PODMAN_BUNDLE);
	/* A PID that is none, or somebody else's word, is none. */
	put(f, PID, "x");
	expect(f, "podman p1" PODMAN_BUNDLE);
	put(f, PID, "42");
	give(f, PID, 1000);
	expect(f, "podman p1" PODMAN_BUNDLE);
	f->query.id = "another";
	expect(f, "ENOENT");
}

/* Whatever the storage driver; and of --rm, which a list of its own has, in either directory. */
TEST_WITH_FIXTURE(podman_drivers)
{
	static const char list[] = STORE "/vfs-containers/volatile-containers.json";
	static const char other[] =
		"run/containers/storage/vfs-containers/volatile-containers.json";

	f->query.runtime = "podman";
	put(f, LIST, "[]");
	put(f, STORE "/vfs-images/images.json", "[]");
	put(f, "run/containers/storage/vfs-containers/" ID "/userdata/pidfile", "4711");
	put(f, list, "[" PODMAN_JSON "]");
	expect(f, "podman p1 pid=4711" BUNDLE(STORE, "vfs") " agrees");
	put(f, list, "[]");
	expect(f, "ENOENT");
	put(f, other, "[" PODMAN_JSON "]");
	expect(f, "podman p1 pid=4711" BUNDLE(STORE, "vfs") " agrees");
}

/* Sixteen are looked at; that there are more is an error, not silence. */
TEST_WITH_FIXTURE(podman_many_drivers)
{
	f->query.runtime = "podman";
	for (guint i = 0; i < 17; i++) {
		g_autofree char *path = g_strdup_printf(STORE "/d%u-containers/containers.json", i);

		put(f, path, "[]");
		if (i >= 14)
			expect(f, i < 16 ? "ENOENT" : "E2BIG");
	}
}

/* Where not all processes are known: by the cgroup of the bundle. */
TEST_WITH_FIXTURE(podman_cgroup)
{
	static const char found[] = "podman p1 pid=42 cgroup=/machine.slice/libpod-" ID
				    ".scope" PODMAN_BUNDLE " agrees";
	static const char other[] =
		"podman p1 pid=42 cgroup=/machine.slice/libpod-" ID ".scope" PODMAN_BUNDLE;

	put_podman(f);
	g_ptr_array_set_size(f->processes, 1);
	put(f, STORE "/overlay-containers/" ID "/userdata/config.json",
	    "{\"linux\":{\"cgroupsPath\":\"machine.slice:libpod:" ID "\"}}");
	f->query.cgroup = "/machine.slice/libpod-" ID ".scope";
	expect(f, found);
	f->query.cgroup = "/machine.slice/libpod-" ID ".scope/container";
	expect(f, found);
	f->query.cgroup = "/user.slice/machine.slice/libpod-" ID ".scope";
	expect(f, other);
}

TEST_WITH_FIXTURE(podman_places)
{
	static const char found[] = "podman p1 pid=42" BUNDLE("srv/s", "overlay") " agrees";

	put(f, "srv/s/overlay-containers/containers.json", "[" PODMAN_JSON "]");
	put(f, "srv/r/overlay-containers/" ID "/userdata/pidfile", "42");
	f->query.runtime = "podman";
	expect(f, "ENOENT");
	f->claim.root = "/srv/s";
	f->claim.state = "/srv/r";
	expect(f, found);
	f->claim.root = NULL;
	f->claim.state = NULL;
	put(f, "etc/containers/storage.conf",
	    "# graphroot = \"/no\"\n[storage]\ndriver = \"overlay\"\n# x\n"
	    "runroot = \"/srv/r\"\n  graphroot = '/srv/s' # here\n[storage.options]\n"
	    "graphroot = \"/no\"\n");
	expect(f, found);
}

TEST_WITH_FIXTURE(podman_rootless)
{
	static const char found[] = "podman p1 pid=42" BUNDLE(
		"home/u/.local/share/containers/storage", "overlay") " owner=1000 agrees";

	put(f, "home/u/.local/share/containers/storage/overlay-containers/containers.json",
	    "[" PODMAN_JSON "]");
	put(f, "run/user/1000/containers/overlay-containers/" ID "/userdata/pidfile", "42");
	give(f, "home/u", 1000);
	give(f, "run/user/1000", 1000);
	f->query.runtime = "podman";
	f->query.uid = 1000;
	f->query.home = "/home/u";
	f->query.cgroup = "/";
	expect(f, found);
	g_ptr_array_set_size(f->processes, 0);
	expect(f, "podman p1 pid=42" BUNDLE("home/u/.local/share/containers/storage",
					    "overlay") " owner=1000");
}

TEST_WITH_FIXTURE(podman_rootless_settings)
{
	static const char found[] = "podman p1" BUNDLE("data/1000", "overlay") " owner=1000";
	static const char own[] = "home/u/.config/containers/storage.conf";

	put(f, "data/1000/overlay-containers/containers.json", "[" PODMAN_JSON "]");
	give(f, "data/1000", 1000);
	f->query.runtime = "podman";
	f->query.uid = 1000;
	f->query.home = "/home/u";
	put(f, "etc/containers/storage.conf",
	    "[storage]\nrootless_storage_path = \"/data/$UID\"\n");
	expect(f, found);
	put(f, "etc/containers/storage.conf",
	    "[storage]\nrootless_storage_path = \"/data/$OTHER\"\n");
	expect(f, "ENOENT");
	put(f, own, "[storage]\ngraphroot=\"/data/1000\"\n");
	give(f, "home/u", 1000);
	expect(f, found);
	/* Not by a file that somebody else has put there. */
	give(f, own, 1001);
	expect(f, "ENOENT");
}

TEST_WITH_FIXTURE(crio)
{
	put(f, LIST,
	    "[{\"id\":\"a1\",\"names\":[\"k8s_POD_shop-1_prod_0c1e-9_0\"]},"
	    "{\"id\":\"" ID "\",\"names\":[\"k8s_web_shop-1_prod_0c1e-9_0\"]}]");
	put(f, PID, "42");
	f->query.runtime = "cri-o";
	expect(f, "cri-o web pod=shop-1 in=prod uid=0c1e-9 pid=42" PODMAN_BUNDLE " agrees");
	f->query.id = "a1";
	expect(f, "cri-o POD pod=shop-1 in=prod uid=0c1e-9 bundle=/" STORE
		  "/overlay-containers/a1/userdata");
}

/* CRI-O's own settings, by default and where its daemon was told of others. */
TEST_WITH_FIXTURE(crio_places)
{
	static const char found[] = "cri-o web pod=shop-1 in=prod uid=0c1e-9 pid=42" BUNDLE(
		"srv/crio", "overlay") " agrees";
	static const char settings[] = "[crio]\nroot = \"/srv/crio\"\nrunroot = \"/srv/run\"\n";

	put(f, "srv/crio/overlay-containers/containers.json",
	    "[{\"id\":\"" ID "\",\"names\":[\"k8s_web_shop-1_prod_0c1e-9_0\"]}]");
	put(f, "srv/run/overlay-containers/" ID "/userdata/pidfile", "42");
	f->query.runtime = "cri";
	expect(f, "ENOENT");
	put(f, "etc/crio/crio.conf", settings);
	expect(f, found);
	put(f, "etc/crio/crio.conf", "");
	put(f, "etc/other.conf", settings);
	f->claim.config = "/etc/other.conf";
	expect(f, found);
}

/* An entry that is wrong costs its own name alone; what is no list costs the list. */
TEST_WITH_FIXTURE(podman_malformed)
{
	static const char *const wrong[] = {"", "{}", "[", "[5]", "[{\"id\":5}]", "\xff", NULL};
	static const char *const fine[] = {
		"[{\"id\":\"" ID "\"}]", "[{\"id\":\"" ID "\",\"names\":null}]",
		"[{\"id\":\"" ID "\",\"names\":[]}]", "[{\"id\":\"" ID "\",\"names\":[\"a/b\"]}]"};
	static const char *const odd[] = {"[{\"id\":\"" ID "\",\"names\":\"x\"}]",
					  "[{\"id\":\"" ID "\",\"names\":[5]}]",
					  "[{\"id\":\"" ID "\",\"names\":[\"\\ud800\"]}]"};

	put_podman(f);
	try_wrong(f, LIST, wrong);
	for (gsize i = 0; i < G_N_ELEMENTS(fine); i++) {
		put(f, LIST, fine[i]);
		expect(f, "podman pid=42" PODMAN_BUNDLE " agrees");
	}
	for (gsize i = 0; i < G_N_ELEMENTS(odd); i++) {
		put(f, LIST, odd[i]);
		expect(f, "podman pid=42" PODMAN_BUNDLE " without a name: EBADMSG agrees");
	}
	put(f, LIST, "[5,{\"id\":\"../x\"},{}," PODMAN_JSON "]");
	expect(f, "podman p1 pid=42" PODMAN_BUNDLE " agrees");
}

/* Of many containers each has its own name; the list is read once. */
TEST_WITH_FIXTURE(podman_many)
{
	g_autoptr(GString) list = g_string_new("[");

	for (guint i = 0; i < 3000; i++)
		g_string_append_printf(list, "%s{\"id\":\"id%u\",\"names\":[\"name%u\"]}",
				       i ? "," : "", i, i);
	g_string_append_c(list, ']');
	put(f, LIST, list->str);
	f->query.runtime = "podman";
	for (guint i = 0; i < 3000; i++) {
		g_autofree char *id = g_strdup_printf("id%u", i);
		g_autofree char *found = g_strdup_printf(
			"podman name%u bundle=/" STORE "/overlay-containers/id%u/userdata", i, i);

		f->query.id = id;
		expect_still(f, found);
		if (i == 0)
			put(f, LIST, "[]");
	}
}

#define RUNC_STATE                                                                                 \
	"{\"id\":\"r1\",\"init_process_pid\":42,\"init_process_start\":1242214,\"created\":"       \
	"\"2026-11-23T21:01:20Z\",\"config\":{\"rootfs\":\"/b/rootfs\",\"labels\":["               \
	"\"io.kubernetes.container.name=web\",\"io.kubernetes.pod.name=shop-1\",\"odd\","          \
	"\"bundle=/b\"],\"cgroups\":{\"path\":\"/r1\"}},\"rootless\":false,\"cgroup_paths\":{"     \
	"\"\":\"/sys/fs/cgroup/unified/u/r1\",\"cpu\":\"/sys/fs/cgroup/cpu/c/r1\","                \
	"\"name=systemd\":\"/sys/fs/cgroup/systemd/s/r1\"},\"namespace_paths\":{\"NEWNET\":"       \
	"\"/proc/42/ns/net\"}}"
#define RUNC_FOUND(CGROUP) "runc web pod=shop-1 pid=42 start=1242214 cgroup=" CGROUP " bundle=/b"

static void put_runc(Fixture *f, const char *state)
{
	put(f, "run/runc/r1/state.json", state);
	f->query.runtime = "runc";
	f->query.id = "r1";
}

/* Whichever of the hierarchies it is whose path is known. */
TEST_WITH_FIXTURE(runc)
{
	static const struct {
		const char *cgroup;
		const char *expected;
	} cases[] = {
		{"/u/r1", RUNC_FOUND("/u/r1") " agrees"},
		{"/c/r1", RUNC_FOUND("/c/r1") " agrees"},
		{"/s/r1", RUNC_FOUND("/s/r1") " agrees"},
		{"/c/r1/init", RUNC_FOUND("/c/r1") " agrees"},
		{"/r1", RUNC_FOUND("/s/r1")},
		{"/", RUNC_FOUND("/s/r1")},
		{"", RUNC_FOUND("/s/r1")},
		{"/x/c/r1", RUNC_FOUND("/s/r1")},
		{"/c/r1/a/b", RUNC_FOUND("/s/r1")},
		{"/c/r11", RUNC_FOUND("/s/r1")},
		{"/c", RUNC_FOUND("/s/r1")},
	};

	put_runc(f, RUNC_STATE);
	expect(f, RUNC_FOUND("/s/r1") " agrees");
	f->query.processes = NULL;
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		f->query.cgroup = cases[i].cgroup;
		expect(f, cases[i].expected);
	}
	/* Version 2 alone. */
	put_runc(f, "{\"id\":\"r1\",\"cgroup_paths\":{\"\":\"/sys/fs/cgroup/system.slice/r1\"}}");
	f->query.cgroup = "/system.slice/r1";
	expect(f, "runc cgroup=/system.slice/r1 agrees");
	put_runc(f, "{\"id\":\"r1\",\"cgroup_paths\":{\"\":\"/sys/fs/cgroup\"}}");
	expect(f, "runc");
}

TEST_WITH_FIXTURE(runc_places)
{
	put(f, "srv/x/r1/state.json", RUNC_STATE);
	f->query.runtime = "runc";
	f->query.id = "r1";
	expect(f, "ENOENT");
	f->claim.state = "/srv/x";
	expect(f, RUNC_FOUND("/s/r1") " agrees");
	f->claim.state = NULL;
	f->query.uid = 1000;
	put(f, "run/user/1000/runc/r1/state.json", RUNC_STATE);
	give(f, "run/user/1000", 1000);
	expect(f, RUNC_FOUND("/s/r1") " owner=1000 agrees");
}

TEST_WITH_FIXTURE(runc_malformed)
{
	static const char *const wrong[] = {
		"{}",
		"{\"id\":\"r2\"}",
		"{\"id\":\"r1\",\"init_process_pid\":\"42\"}",
		"{\"id\":\"r1\",\"init_process_start\":-1}",
		"{\"id\":\"r1\",\"cgroup_paths\":[]}",
		"{\"id\":\"r1\",\"cgroup_paths\":{\"cpu\":5}}",
		NULL,
	};
	static const char *const odd[] = {"[]", "{\"labels\":{}}", "{\"labels\":[5]}",
					  /* Perhaps this one is runc's own. */
					  "{\"labels\":[\"bundle=/b\",\"bundle=/\\ud800\"]}"};

	put_runc(f, RUNC_STATE);
	try_wrong(f, "run/runc/r1/state.json", wrong);
	for (gsize i = 0; i < G_N_ELEMENTS(odd); i++) {
		g_autofree char *state = g_strdup_printf(
			"{\"id\":\"r1\",\"init_process_pid\":42,\"config\":%s}", odd[i]);

		put(f, "run/runc/r1/state.json", state);
		expect(f, "runc pid=42 without a name: EBADMSG agrees");
	}
	try_malformed(f, "run/runc/r1/state.json", RUNC_STATE, RUNC_FOUND("/s/r1") " agrees");
}

#define CRUN_STATUS                                                                                \
	"{\n    \"pid\": 42,\n    \"process-start-time\": 1242229,\n    \"cgroup-path\": "         \
	"\"/c1\",\n    \"scope\": \"\",\n    \"bundle\": \"/b\",\n    \"owner\": \"root\"\n}\n"

TEST_WITH_FIXTURE(crun)
{
	static const char *const wrong[] = {"{\"pid\":\"42\"}", "{\"pid\":5000000}",
					    "{\"bundle\":5}", "{\"cgroup-path\":{}}", NULL};
	static const char status[] = "run/crun/c1/status";
	static const char config[] = "run/crun/c1/config.json";

	f->query.runtime = "crun";
	f->query.id = "c1";
	put(f, status, CRUN_STATUS);
	expect(f, "crun pid=42 start=1242229 cgroup=/c1 bundle=/b agrees");
	put(f, config,
	    "{\"annotations\":{\"io.kubernetes.container.name\":\"web\"},"
	    "\"linux\":{\"cgroupsPath\":\"/other\"}}");
	expect(f, "crun web pid=42 start=1242229 cgroup=/c1 bundle=/b agrees");
	put(f, config, "{");
	expect(f, "crun pid=42 start=1242229 cgroup=/c1 bundle=/b without a name: EBADMSG agrees");
	put(f, config, "{}");
	try_wrong(f, status, wrong);
	try_malformed(f, status, "{\"pid\":42,\"cgroup-path\":\"/c1\"}",
		      "crun pid=42 cgroup=/c1 agrees");
}

TEST_WITH_FIXTURE(firejail)
{
	static const char *const wrong[] = {"", "\n", "a/b", "a\nb", "\x1b[0m", "a\xff", NULL};
	static const char path[] = "run/firejail/name/5581";

	f->query = (NslEngineQuery){.runtime = "firejail", .monitor = 5581};
	put(f, path, "fj\n");
	expect(f, "firejail fj pid=5581 agrees");
	f->query.monitor = 5582;
	expect(f, "ENOENT");
	f->query.monitor = 0;
	expect(f, "ENOENT");
	f->query.monitor = 5581;
	try_wrong(f, path, wrong);
	put(f, path, "fj");
	give(f, path, 1000);
	expect(f, "EPERM");
}

TEST_WITH_FIXTURE(machined)
{
	static const char *const wrong[] = {"",
					    "NAME=web\n",
					    "LEADER=\n",
					    "LEADER=x\n",
					    "LEADER=99999999999\n",
					    "LEADER\n",
					    "XLEADER=42\n",
					    "NAME=other\nLEADER=42\n",
					    NULL};
	static const char path[] = "run/systemd/machines/web";

	f->query.runtime = "nspawn";
	f->query.id = "web";
	put(f, path,
	    "# This is private data. Do not parse.\nNAME=web\nSCOPE=machine-web.scope\n"
	    "SERVICE=systemd-nspawn\nROOT=/var/lib/machines/web\nID=0123\nLEADER=42\n"
	    "CLASS=container\n");
	expect(f, "nspawn web pid=42 agrees");
	put(f, path, "NAME=\"web\"\nLEADER=43\n");
	expect(f, "nspawn web pid=43");
	f->query.id = "other";
	expect(f, "ENOENT");
	f->query.id = "web";
	try_wrong(f, path, wrong);
	fixture_file(f->dir, path, "LEADER=42\n\0", 11);
	expect(f, "EBADMSG");
}

/* The bundle is all that is known. That somebody claims it to be this container's proves nothing.
 */
TEST_WITH_FIXTURE(bundle)
{
	put(f, "b/config.json",
	    "{\"annotations\":{\"io.kubernetes.container.name\":\"web\","
	    "\"io.kubernetes.pod.name\":\"shop-1\",\"io.kubernetes.pod.namespace\":"
	    "\"prod\",\"io.kubernetes.pod.uid\":\"0c1e-9\","
	    "\"io.kubernetes.cri-o.ContainerType\":\"container\",\"empty\":\"\"},"
	    "\"linux\":{\"cgroupsPath\":\"/x/y\"}}");
	f->query.runtime = "buildkit";
	expect(f, "ENOENT");
	f->query.bundle = "/b";
	expect(f, "? web pod=shop-1 in=prod uid=0c1e-9 cgroup=/x/y bundle=/b");
	f->query.cgroup = "/x/y";
	expect(f, "? web pod=shop-1 in=prod uid=0c1e-9 cgroup=/x/y bundle=/b agrees");
	/* As it was told, so that the caller can compare it. */
	f->query.bundle = "/b/";
	expect(f, "? web pod=shop-1 in=prod uid=0c1e-9 cgroup=/x/y bundle=/b/ agrees");
	f->query.bundle = "/b/../b";
	expect(f, "ENOENT");
	f->query.bundle = "b";
	expect(f, "ENOENT");
}
