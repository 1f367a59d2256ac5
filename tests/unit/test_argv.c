/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of attribute/argv: command lines as the programs themselves have had them, and ones that
 * are meant to do harm.
 */
#include "attribute/argv.h"

#include <stdlib.h>
#include <string.h>

#define ID    "137e1715685b43870632b8d81e1679457902f257e8b0573953ec7468dc934b0e"
#define STORE "/var/lib/containers/storage"
#define RUN   "/run/containers/storage"

/*
 * A command line, with '|' where the NULs are, and what is to be found in it. What is not named is
 * NULL.
 */
typedef struct Case {
	const char *line;
	NslClaim claim;
} Case;

static const Case engines[] = {
	{"/usr/bin/containerd-shim-runc-v2|-namespace|ns1|-id|c1|-address|"
	 "/run/containerd/containerd.sock|",
	 {.kind = NSL_CLAIM_MONITOR,
	  .identity.runtime = "containerd",
	  .identity.id = "c1",
	  .containerd_ns = "ns1",
	  .state = "/run/containerd"}},
	{"/usr/bin/containerd-shim-runc-v2|-namespace|moby|-id|" ID
	 "|-address|/var/run/docker/containerd/containerd.sock",
	 {.kind = NSL_CLAIM_MONITOR,
	  .identity.runtime = "docker",
	  .identity.id = ID,
	  .containerd_ns = "moby"}},
	{"/x/containerd-shim-runc-v2|-namespace|k8s.io|-id|" ID
	 "|-address|unix:///run/k3s/containerd/containerd.sock",
	 {.kind = NSL_CLAIM_MONITOR,
	  .identity.runtime = "containerd",
	  .identity.id = ID,
	  .containerd_ns = "k8s.io",
	  .state = "/run/k3s/containerd"}},
	{"containerd-shim|-namespace|moby|-workdir|/var/lib/containerd/"
	 "io.containerd.runtime.v1.linux/moby/" ID
	 "|-address|/run/containerd/containerd.sock|-containerd-binary|/usr/bin/containerd|"
	 "-runtime-root|/var/run/docker/runtime-runc",
	 {.kind = NSL_CLAIM_MONITOR,
	  .identity.runtime = "docker",
	  .identity.id = ID,
	  .containerd_ns = "moby"}},
	{"docker-containerd-shim|" ID "|/var/run/docker/libcontainerd/" ID "|docker-runc",
	 {.kind = NSL_CLAIM_MONITOR,
	  .identity.runtime = "docker",
	  .identity.id = ID,
	  .bundle = "/var/run/docker/libcontainerd/" ID}},
	{"/usr/bin/conmon|--api-version|1|-c|" ID "|-u|" ID "|-r|/usr/bin/runc|-b|" STORE
	 "/overlay-containers/" ID "/userdata|-p|" RUN "/overlay-containers/" ID
	 "/userdata/pidfile|-n|p1|--exit-dir|/run/libpod/exits|--full-attach|-l|k8s-file:/x|"
	 "--log-level|warning|--runtime-arg|--log-format=json|--runtime-arg|--log|"
	 "--runtime-arg=/x|--exit-command|/usr/bin/podman|--exit-command-arg|--root|"
	 "--exit-command-arg|" STORE "|--exit-command-arg|--runroot|--exit-command-arg|" RUN
	 "|--exit-command-arg||--exit-command-arg|container|--exit-command-arg|cleanup|"
	 "--exit-command-arg|" ID,
	 {.kind = NSL_CLAIM_MONITOR,
	  .identity.runtime = "podman",
	  .identity.id = ID,
	  .identity.name = "p1",
	  .bundle = STORE "/overlay-containers/" ID "/userdata",
	  .root = STORE,
	  .state = RUN}},
	{"conmon|--cid=" ID "|--name=web|--bundle=/b",
	 {.kind = NSL_CLAIM_MONITOR,
	  .identity.runtime = "podman",
	  .identity.id = ID,
	  .identity.name = "web",
	  .bundle = "/b"}},
	{"/usr/libexec/crio/conmon|-b|" RUN "/overlay-containers/" ID "/userdata|-c|" ID
	 "|--exit-dir|/var/run/crio/exits|-l|/var/log/pods/x|--log-level|info|-n|"
	 "k8s_web_shop-1_prod_0c1e-9_0|-P|/x|-p|/y|--persist-dir|/z|-r|/usr/bin/runc|"
	 "--runtime-arg|--root=/run/runc|--socket-dir-path|/var/run/crio|--syslog|-u|" ID "|-s",
	 {.kind = NSL_CLAIM_MONITOR,
	  .identity.runtime = "cri-o",
	  .identity.id = ID,
	  .identity.name = "web",
	  .identity.pod = "shop-1",
	  .identity.pod_namespace = "prod",
	  .identity.pod_uid = "0c1e-9",
	  .bundle = RUN "/overlay-containers/" ID "/userdata"}},
	{"[lxc monitor] /var/lib/lxc web",
	 {.kind = NSL_CLAIM_MONITOR,
	  .identity.runtime = "lxc",
	  .identity.name = "web",
	  .root = "/var/lib/lxc"}},
	{"[lxc monitor] /srv/my lxc web",
	 {.kind = NSL_CLAIM_MONITOR,
	  .identity.runtime = "lxc",
	  .identity.name = "web",
	  .root = "/srv/my lxc"}},
	{"[lxc monitor] x", {.kind = NSL_CLAIM_MONITOR, .identity.runtime = "lxc"}},
	{"lxc-start|-P|/srv/lxc|-n|web|-d",
	 {.kind = NSL_CLAIM_MONITOR,
	  .identity.runtime = "lxc",
	  .identity.name = "web",
	  .root = "/srv/lxc"}},
	{"lxc-start|-dFnweb",
	 {.kind = NSL_CLAIM_MONITOR, .identity.runtime = "lxc", .identity.name = "web"}},
	{"lxc-start|--name=web|-F",
	 {.kind = NSL_CLAIM_MONITOR, .identity.runtime = "lxc", .identity.name = "web"}},
	{"lxc-start|web",
	 {.kind = NSL_CLAIM_MONITOR, .identity.runtime = "lxc", .identity.name = "web"}},
	{"lxc-execute|-n|job|--|sh|-n|no",
	 {.kind = NSL_CLAIM_MONITOR, .identity.runtime = "lxc", .identity.name = "job"}},
	{"systemd-nspawn|-q|--register=no|--keep-unit|--private-network|-U|--as-pid2|-D|/b/rootfs|"
	 "/bin/sleep|60|-M|no",
	 {.kind = NSL_CLAIM_MONITOR,
	  .identity.runtime = "nspawn",
	  .identity.name = "rootfs",
	  .root = "/b/rootfs"}},
	{"/usr/bin/systemd-nspawn|--quiet|--keep-unit|--boot|--link-journal=try-guest|"
	 "--network-veth|-U|--settings=override|--machine=web",
	 {.kind = NSL_CLAIM_MONITOR, .identity.runtime = "nspawn", .identity.name = "web"}},
	{"systemd-nspawn|--bind|/x|-Mweb|--directory|/a/b/",
	 {.kind = NSL_CLAIM_MONITOR,
	  .identity.runtime = "nspawn",
	  .identity.name = "web",
	  .root = "/a/b/"}},
	{"systemd-nspawn|-bi|/img/deb.raw",
	 {.kind = NSL_CLAIM_MONITOR, .identity.runtime = "nspawn", .identity.name = "deb"}},
	{"systemd-nspawn|-xD|/b/rootfs",
	 {.kind = NSL_CLAIM_MONITOR, .identity.runtime = "nspawn", .root = "/b/rootfs"}},
	{"systemd-nspawn|-b", {.kind = NSL_CLAIM_MONITOR, .identity.runtime = "nspawn"}},
	{"runc|--root|/run/x|run|-b|/b|--pid-file|/p|r1|ignored",
	 {.kind = NSL_CLAIM_MONITOR,
	  .identity.runtime = "runc",
	  .identity.id = "r1",
	  .bundle = "/b",
	  .state = "/run/x"}},
	{"runc|--log|/x|--log-format|json|create|--bundle|/b|--console-socket|/s|r2",
	 {.kind = NSL_CLAIM_MONITOR,
	  .identity.runtime = "runc",
	  .identity.id = "r2",
	  .bundle = "/b"}},
	{"runc|--log|/var/lib/docker/buildkit/executor/runc-log.json|--log-format|json|run|"
	 "--bundle|/var/lib/docker/buildkit/executor/x1|--keep|x1",
	 {.kind = NSL_CLAIM_MONITOR,
	  .identity.runtime = "buildkit",
	  .identity.id = "x1",
	  .bundle = "/var/lib/docker/buildkit/executor/x1"}},
	{"buildkit-runc|run|--bundle|/b|x1",
	 {.kind = NSL_CLAIM_MONITOR,
	  .identity.runtime = "buildkit",
	  .identity.id = "x1",
	  .bundle = "/b"}},
	{"/usr/bin/crun|--systemd-cgroup|run|-d|-f|c.json|c1",
	 {.kind = NSL_CLAIM_MONITOR, .identity.runtime = "crun", .identity.id = "c1"}},
};

static const Case sandboxes[] = {
	{"bwrap|--ro-bind|/|/|--dev|/dev|--proc|/proc|--unshare-all|--hostname|bx|sleep|60",
	 {.kind = NSL_CLAIM_SANDBOX, .identity.runtime = "bwrap", .identity.name = "bx"}},
	{"bwrap|--setenv|--hostname|x|--overlay|a|b|c|--chmod|0755|/x|--as-pid-1|/usr/bin/sleep|60",
	 {.kind = NSL_CLAIM_SANDBOX, .identity.runtime = "bwrap", .identity.name = "sleep"}},
	{"bwrap|--args|41|--|/app/bin/foo|--hostname|no",
	 {.kind = NSL_CLAIM_SANDBOX, .identity.runtime = "bwrap", .identity.name = "foo"}},
	{"bwrap|--an-option-to-come|x|sleep",
	 {.kind = NSL_CLAIM_SANDBOX, .identity.runtime = "bwrap"}},
	{"bwrap|--args|41", {.kind = NSL_CLAIM_SANDBOX, .identity.runtime = "bwrap"}},
	{"bwrap|--hostname", {.kind = NSL_CLAIM_SANDBOX, .identity.runtime = "bwrap"}},
	{"/usr/libexec/flatpak-bwrap|--args|41|xdg-dbus-proxy|--args=43",
	 {.kind = NSL_CLAIM_SANDBOX,
	  .identity.runtime = "flatpak",
	  .identity.name = "xdg-dbus-proxy"}},
	{"firejail|--noprofile|--name=fj|--net=none|--|sleep|8",
	 {.kind = NSL_CLAIM_SANDBOX, .identity.runtime = "firejail", .identity.name = "fj"}},
	{"/usr/bin/firejail|--private|/usr/bin/firefox|--name=no",
	 {.kind = NSL_CLAIM_SANDBOX, .identity.runtime = "firejail", .identity.name = "firefox"}},
	{"/usr/bin/flatpak|run|--branch=stable|--command=gimp|org.gimp.GIMP|--run|x",
	 {.kind = NSL_CLAIM_SANDBOX,
	  .identity.runtime = "flatpak",
	  .identity.name = "org.gimp.GIMP"}},
	{"flatpak|--user|run|--arch|x86_64|org.gimp.GIMP",
	 {.kind = NSL_CLAIM_SANDBOX,
	  .identity.runtime = "flatpak",
	  .identity.name = "org.gimp.GIMP"}},
	{"/usr/lib/snapd/snap-confine|--base|core22|snap.lxd.daemon|/usr/lib/snapd/snap-exec",
	 {.kind = NSL_CLAIM_SANDBOX, .identity.runtime = "snap", .identity.name = "lxd"}},
	{"/usr/lib/chromium/chromium --type=zygote --no-zygote-sandbox --headless",
	 {.kind = NSL_CLAIM_SANDBOX, .identity.runtime = "chromium", .identity.name = "chromium"}},
	{"/opt/My App/my app --type=renderer --enable-features=a b",
	 {.kind = NSL_CLAIM_SANDBOX, .identity.runtime = "chromium", .identity.name = "my app"}},
	{"/usr/share/code/code|--type=utility|--utility-sub-type=node.mojom.NodeService",
	 {.kind = NSL_CLAIM_SANDBOX, .identity.runtime = "chromium", .identity.name = "code"}},
	{"/proc/self/exe|--type=gpu-process",
	 {.kind = NSL_CLAIM_SANDBOX, .identity.runtime = "chromium"}},
	{"/usr/lib/firefox/firefox|-contentproc|-childID|2",
	 {.kind = NSL_CLAIM_SANDBOX, .identity.runtime = "firefox", .identity.name = "firefox"}},
};

/* Nobody's, or at least no start of a container. */
static const char *const nobodys[] = {
	"",
	"|",
	"||||",
	"sh",
	"unshare|-Urpf|sleep|60",
	"nsenter|-t|1|-n",
	"ip|netns|exec|x|sh",
	"xconmon|-c|x1",
	"conmon2|-c|x1",
	"sh|conmon|-c|x1",
	"runc|list",
	"runc|exec|r1|sh",
	"runc|init",
	"runc",
	"flatpak|list",
	"flatpak",
	"firejail|--join=fj",
	"firejail|--list",
	"firejail|--shutdown=fj",
	"dockerd|--data-root|/x",
	"grep|--type=f|x",
	"tool|--type=rendererx",
	"tool|a|b|c|d|e|f|g|h|i|--type=renderer",
	"lxc monitor",
};

/* What is claimed with ids and names that are none. */
static const Case hostile[] = {
	{"conmon", {.kind = NSL_CLAIM_MONITOR, .identity.runtime = "podman"}},
	{"conmon|-c", {.kind = NSL_CLAIM_MONITOR, .identity.runtime = "podman"}},
	{"conmon|-c|", {.kind = NSL_CLAIM_MONITOR, .identity.runtime = "podman"}},
	{"conmon|-c|../../etc|-n|a/b|-b|/x/../y",
	 {.kind = NSL_CLAIM_MONITOR, .identity.runtime = "podman"}},
	{"conmon|-c|a\x1b[31m|-n|a\nb", {.kind = NSL_CLAIM_MONITOR, .identity.runtime = "podman"}},
	{"conmon|-c|good|-c|b/d", {.kind = NSL_CLAIM_MONITOR, .identity.runtime = "podman"}},
	{"conmon|-n|a\xff", {.kind = NSL_CLAIM_MONITOR, .identity.runtime = "podman"}},
	{"conmon|-n|k8s_a_b/_c_d_0", {.kind = NSL_CLAIM_MONITOR, .identity.runtime = "podman"}},
	{"containerd-shim-runc-v2|-namespace|../x|-id|.|-address|x",
	 {.kind = NSL_CLAIM_MONITOR, .identity.runtime = "containerd"}},
	{"containerd-shim-runc-v2|-workdir|/x/a b",
	 {.kind = NSL_CLAIM_MONITOR, .identity.runtime = "containerd"}},
	{"containerd-shim-runc-v2|start",
	 {.kind = NSL_CLAIM_MONITOR, .identity.runtime = "containerd"}},
	{"runc|run|../x", {.kind = NSL_CLAIM_MONITOR, .identity.runtime = "runc"}},
	{"systemd-nspawn|-M|a/b", {.kind = NSL_CLAIM_MONITOR, .identity.runtime = "nspawn"}},
	{"systemd-nspawn|-D|/",
	 {.kind = NSL_CLAIM_MONITOR, .identity.runtime = "nspawn", .root = "/"}},
	{"systemd-nspawn|-D|/x/..", {.kind = NSL_CLAIM_MONITOR, .identity.runtime = "nspawn"}},
	{"[lxc monitor] ../x a/b", {.kind = NSL_CLAIM_MONITOR, .identity.runtime = "lxc"}},
	{"[lxc monitor] ", {.kind = NSL_CLAIM_MONITOR, .identity.runtime = "lxc"}},
	{"bwrap|\x1b]0;x\x07", {.kind = NSL_CLAIM_SANDBOX, .identity.runtime = "bwrap"}},
	{"bwrap|", {.kind = NSL_CLAIM_SANDBOX, .identity.runtime = "bwrap"}},
	{"firejail|--name=", {.kind = NSL_CLAIM_SANDBOX, .identity.runtime = "firejail"}},
	{"flatpak|run|../x", {.kind = NSL_CLAIM_SANDBOX, .identity.runtime = "flatpak"}},
	{"snap-confine|snap", {.kind = NSL_CLAIM_SANDBOX, .identity.runtime = "snap"}},
	{"snap-confine|snap.a/b.c", {.kind = NSL_CLAIM_SANDBOX, .identity.runtime = "snap"}},
	{" --type=renderer", {.kind = NSL_CLAIM_SANDBOX, .identity.runtime = "chromium"}},
};

/* Just these bytes, nothing behind them. Transfer full. */
static char *dup_exactly(const char *bytes, gsize size)
{
	char *copy = g_malloc(MAX(size, 1));

	if (size > 0)
		memcpy(copy, bytes, size);
	return copy;
}

static void check(const Case *test)
{
	g_autofree char *line = g_strdup(test->line);
	gsize size = strlen(line);
	g_auto(NslClaim) claim = {0};
	g_autofree char *bytes = NULL;

	g_strdelimit(line, "|", '\0');
	bytes = dup_exactly(line, size);
	nsl_argv_parse(bytes, size, &claim);
	g_assert_cmpint(claim.kind, ==, test->claim.kind);
	g_assert_cmpstr(claim.identity.runtime, ==, test->claim.identity.runtime);
	g_assert_cmpstr(claim.identity.id, ==, test->claim.identity.id);
	g_assert_cmpstr(claim.identity.name, ==, test->claim.identity.name);
	g_assert_cmpstr(claim.identity.pod, ==, test->claim.identity.pod);
	g_assert_cmpstr(claim.identity.pod_namespace, ==, test->claim.identity.pod_namespace);
	g_assert_cmpstr(claim.identity.pod_uid, ==, test->claim.identity.pod_uid);
	g_assert_cmpstr(claim.containerd_ns, ==, test->claim.containerd_ns);
	g_assert_cmpstr(claim.bundle, ==, test->claim.bundle);
	g_assert_cmpstr(claim.root, ==, test->claim.root);
	g_assert_cmpstr(claim.state, ==, test->claim.state);
}

static void test_engines(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(engines); i++)
		check(&engines[i]);
}

static void test_sandboxes(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(sandboxes); i++)
		check(&sandboxes[i]);
}

static void test_nobodys(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(nobodys); i++)
		check(&(Case){.line = nobodys[i]});
}

static void test_hostile(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(hostile); i++)
		check(&hostile[i]);
}

/* 64 Ki arguments, 128 KiB in one, and one that was cut. */
static void test_large(void)
{
	static const char start[] = "conmon\0-c";
	g_autofree char *empty = g_malloc0(NSL_ARGV_MAX);
	g_autofree char *full = g_strnfill(NSL_ARGV_MAX, 'a');
	g_autofree char *many = g_malloc(NSL_ARGV_MAX);
	g_auto(NslClaim) claim = {0};

	memcpy(empty, start, sizeof(start));
	nsl_argv_parse(empty, NSL_ARGV_MAX, &claim);
	g_assert_cmpint(claim.kind, ==, NSL_CLAIM_MONITOR);
	g_assert_null(claim.identity.id);
	nsl_claim_clear(&claim);
	memcpy(full, start, sizeof(start));
	nsl_argv_parse(full, NSL_ARGV_MAX, &claim);
	g_assert_cmpint(claim.kind, ==, NSL_CLAIM_MONITOR);
	g_assert_null(claim.identity.id);
	nsl_claim_clear(&claim);
	/* The beginning of an id is not an id. */
	memset(full, 0, NSL_ARGV_MAX - 3);
	memcpy(full, start, sizeof(start) - 3);
	memcpy(full + NSL_ARGV_MAX - 6, "-c", 3);
	nsl_argv_parse(full, NSL_ARGV_MAX, &claim);
	g_assert_null(claim.identity.id);
	nsl_claim_clear(&claim);
	for (gsize i = 0; i < NSL_ARGV_MAX; i++)
		many[i] = i % 2 ? '\0' : '-';
	memcpy(many, start, sizeof(start));
	nsl_argv_parse(many, NSL_ARGV_MAX, &claim);
	g_assert_cmpint(claim.kind, ==, NSL_CLAIM_MONITOR);
}

/* Which file a program that says so runs. */
static void test_program(void)
{
	static const struct {
		const char *line;
		const char *name;
		bool is;
	} cases[] = {
		{"conmon -c x1", "conmon", true},
		{"/usr/bin/conmon -c x1", "conmon", true},
		{"conmon -c x1", "su", false},
		{"conmon -c x1", "conmon2", false},
		{"conmon -c x1", "", false},
		{"containerd-shim-runc-v2 -id x1", "containerd-shim-runc-v2", true},
		{"containerd-shim-runc-v2 -id x1", "containerd", false},
		{"runc run x1", "runc", true},
		{"[lxc monitor] /var/lib/lxc web", "lxc-start", false},
		{"chromium --type=zygote", "chromium", false},
		{"sleep 1", "sleep", false},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_auto(NslClaim) claim = {0};
		g_autofree char *line = g_strdup(cases[i].line);
		gsize size = strlen(line);

		if (line[0] != '[')
			g_strdelimit(line, " ", '\0');
		nsl_argv_parse(line, size, &claim);
		g_assert_cmpint(nsl_claim_is_of(&claim, cases[i].name), ==, cases[i].is);
	}
}

/* Anything: what comes out is well-formed, or nothing. */
static void test_random(void)
{
	static const char *const words[] = {"conmon",
					    "-c",
					    "bwrap",
					    "--hostname",
					    "runc",
					    "run",
					    "--",
					    "-",
					    "=",
					    "--type=zygote",
					    "firejail",
					    "[lxc monitor] ",
					    "a/b",
					    "",
					    "containerd-shim",
					    "-id",
					    "\xff",
					    "x"};
	GRand *rand = g_rand_new_with_seed(4);

	for (guint round = 0; round < 20000; round++) {
		g_autoptr(GString) line = g_string_new(NULL);
		g_autofree char *bytes = NULL;
		g_auto(NslClaim) claim = {0};
		guint n = (guint)g_rand_int_range(rand, 0, 6);

		for (guint i = 0; i < n; i++) {
			gsize pick = (gsize)g_rand_int_range(rand, 0, G_N_ELEMENTS(words));

			g_string_append(line, words[pick]);
			g_string_append_c(line, g_rand_boolean(rand) ? '\0' : ' ');
		}
		bytes = dup_exactly(line->str, line->len);
		nsl_argv_parse(bytes, line->len, &claim);
		g_assert_true((claim.kind == NSL_CLAIM_NONE) == (claim.identity.runtime == NULL));
		if (claim.identity.id)
			g_assert_true(claim.identity.id[0] && !strchr(claim.identity.id, '/'));
		if (claim.identity.name)
			g_assert_true(g_utf8_validate(claim.identity.name, -1, NULL));
	}
	g_rand_free(rand);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/argv/engines", test_engines);
	g_test_add_func("/argv/sandboxes", test_sandboxes);
	g_test_add_func("/argv/nobodys", test_nobodys);
	g_test_add_func("/argv/hostile", test_hostile);
	g_test_add_func("/argv/large", test_large);
	g_test_add_func("/argv/program", test_program);
	g_test_add_func("/argv/random", test_random);
	return g_test_run();
}
