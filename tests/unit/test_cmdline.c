/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of attribute/cmdline: command lines as the programs themselves have had them, and ones that
 * are meant to do harm.
 */
#include "attribute/cmdline.h"

#include <string.h>

#include "test.h"

#define ID    "137e1715685b43870632b8d81e1679457902f257e8b0573953ec7468dc934b0e"
#define STORE "/var/lib/containers/storage"
#define RUN   "/run/containers/storage"

/*
 * A command line, with '|' where the NULs are, and what it claims: kind and runtime, and what else
 * is not NULL, as describe() has it.
 */
typedef struct Case {
	const char *line;
	const char *expected;
} Case;

static const Case cases[] = {
	{"/usr/bin/containerd-shim-runc-v2|-namespace|ns1|-id|c1|-address|"
	 "/run/containerd/containerd.sock|",
	 "monitor containerd id=c1 ns=ns1 state=/run/containerd"},
	{"/usr/bin/containerd-shim-runc-v2|-namespace|moby|-id|" ID
	 "|-address|/var/run/docker/containerd/containerd.sock",
	 "monitor docker id=" ID " ns=moby"},
	{"/x/containerd-shim-runc-v2|-namespace|k8s.io|-id|" ID
	 "|-address|unix:///run/k3s/containerd/containerd.sock",
	 "monitor containerd id=" ID " ns=k8s.io state=/run/k3s/containerd"},
	{"containerd-shim|-namespace|moby|-workdir|/var/lib/containerd/"
	 "io.containerd.runtime.v1.linux/moby/" ID
	 "|-address|/run/containerd/containerd.sock|-containerd-binary|/usr/bin/containerd|"
	 "-runtime-root|/var/run/docker/runtime-runc",
	 "monitor docker id=" ID " ns=moby"},
	{"docker-containerd-shim|" ID "|/var/run/docker/libcontainerd/" ID "|docker-runc",
	 "monitor docker id=" ID " bundle=/var/run/docker/libcontainerd/" ID},
	{"/usr/bin/conmon|--api-version|1|-c|" ID "|-u|" ID "|-r|/usr/bin/runc|-b|" STORE
	 "/overlay-containers/" ID "/userdata|-p|" RUN "/overlay-containers/" ID
	 "/userdata/pidfile|-n|p1|--exit-dir|/run/libpod/exits|--full-attach|-l|k8s-file:/x|"
	 "--log-level|warning|--runtime-arg|--log-format=json|--runtime-arg|--log|"
	 "--runtime-arg=/x|--exit-command|/usr/bin/podman|--exit-command-arg|--root|"
	 "--exit-command-arg|" STORE "|--exit-command-arg|--runroot|--exit-command-arg|" RUN
	 "|--exit-command-arg||--exit-command-arg|container|--exit-command-arg|cleanup|"
	 "--exit-command-arg|" ID,
	 "monitor podman id=" ID " name=p1 bundle=" STORE "/overlay-containers/" ID
	 "/userdata root=" STORE " state=" RUN},
	{"conmon|--cid=" ID "|--name=web|--bundle=/b",
	 "monitor podman id=" ID " name=web bundle=/b"},
	{"/usr/libexec/crio/conmon|-b|" RUN "/overlay-containers/" ID "/userdata|-c|" ID
	 "|--exit-dir|/var/run/crio/exits|-l|/var/log/pods/x|--log-level|info|-n|"
	 "k8s_web_shop-1_prod_0c1e-9_0|-P|/x|-p|/y|--persist-dir|/z|-r|/usr/bin/runc|"
	 "--runtime-arg|--root=/run/runc|--socket-dir-path|/var/run/crio|--syslog|-u|" ID "|-s",
	 "monitor cri-o id=" ID " name=web pod=shop-1 podns=prod uid=0c1e-9 bundle=" RUN
	 "/overlay-containers/" ID "/userdata"},
	{"[lxc monitor] /var/lib/lxc web", "monitor lxc name=web root=/var/lib/lxc"},
	{"[lxc monitor] /srv/my lxc web", "monitor lxc name=web root=/srv/my lxc"},
	{"[lxc monitor] x", "monitor lxc"},
	{"lxc-start|-P|/srv/lxc|-n|web|-d", "monitor lxc name=web root=/srv/lxc"},
	{"lxc-start|-dFnweb", "monitor lxc name=web"},
	{"lxc-start|--name=web|-F", "monitor lxc name=web"},
	{"lxc-start|web", "monitor lxc name=web"},
	{"lxc-execute|-n|job|--|sh|-n|no", "monitor lxc name=job"},
	{"systemd-nspawn|-q|--register=no|--keep-unit|--private-network|-U|--as-pid2|-D|/b/rootfs|"
	 "/bin/sleep|60|-M|no",
	 "monitor nspawn name=rootfs root=/b/rootfs"},
	{"/usr/bin/systemd-nspawn|--quiet|--keep-unit|--boot|--link-journal=try-guest|"
	 "--network-veth|-U|--settings=override|--machine=web",
	 "monitor nspawn name=web"},
	{"systemd-nspawn|--bind|/x|-Mweb|--directory|/a/b/", "monitor nspawn name=web root=/a/b/"},
	{"systemd-nspawn|-bi|/img/deb.raw", "monitor nspawn name=deb"},
	{"systemd-nspawn|-bi|/img/.raw", "monitor nspawn"},
	{"systemd-nspawn|-bi|/img/...raw", "monitor nspawn"},
	{"systemd-nspawn|-xD|/b/rootfs", "monitor nspawn root=/b/rootfs"},
	{"systemd-nspawn|-b", "monitor nspawn"},
	{"runc|--root|/run/x|run|-b|/b|--pid-file|/p|r1|ignored",
	 "monitor runc id=r1 bundle=/b state=/run/x"},
	{"runc|--log|/x|--log-format|json|create|--bundle|/b|--console-socket|/s|r2",
	 "monitor runc id=r2 bundle=/b"},
	{"runc|--log|/var/lib/docker/buildkit/executor/runc-log.json|--log-format|json|run|"
	 "--bundle|/var/lib/docker/buildkit/executor/x1|--keep|x1",
	 "monitor buildkit id=x1 bundle=/var/lib/docker/buildkit/executor/x1"},
	{"buildkit-runc|run|--bundle|/b|x1", "monitor buildkit id=x1 bundle=/b"},
	{"/usr/bin/crun|--systemd-cgroup|run|-d|-f|c.json|c1", "monitor crun id=c1"},
	/* Sandboxes. */
	{"bwrap|--ro-bind|/|/|--dev|/dev|--proc|/proc|--unshare-all|--hostname|bx|sleep|60",
	 "sandbox bwrap name=bx"},
	{"bwrap|--setenv|--hostname|x|--overlay|a|b|c|--chmod|0755|/x|--as-pid-1|/usr/bin/sleep|60",
	 "sandbox bwrap name=sleep"},
	{"bwrap|--args|41|--|/app/bin/foo|--hostname|no", "sandbox bwrap name=foo"},
	{"bwrap|--an-option-to-come|x|sleep", "sandbox bwrap"},
	{"bwrap|--args|41", "sandbox bwrap"},
	{"bwrap|--hostname", "sandbox bwrap"},
	{"/usr/libexec/flatpak-bwrap|--args|41|xdg-dbus-proxy|--args=43",
	 "sandbox flatpak name=xdg-dbus-proxy"},
	{"firejail|--noprofile|--name=fj|--net=none|--|sleep|8", "sandbox firejail name=fj"},
	{"/usr/bin/firejail|--private|/usr/bin/firefox|--name=no", "sandbox firejail name=firefox"},
	{"/usr/bin/flatpak|run|--branch=stable|--command=gimp|org.gimp.GIMP|--run|x",
	 "sandbox flatpak name=org.gimp.GIMP"},
	{"flatpak|--user|run|--arch|x86_64|org.gimp.GIMP", "sandbox flatpak name=org.gimp.GIMP"},
	{"/usr/lib/snapd/snap-confine|--base|core22|snap.lxd.daemon|/usr/lib/snapd/snap-exec",
	 "sandbox snap name=lxd"},
	{"/usr/lib/chromium/chromium --type=zygote --no-zygote-sandbox --headless",
	 "sandbox chromium name=chromium"},
	{"/opt/My App/my app --type=renderer --enable-features=a b",
	 "sandbox chromium name=my app"},
	{"/usr/share/code/code|--type=utility|--utility-sub-type=node.mojom.NodeService",
	 "sandbox chromium name=code"},
	{"/proc/self/exe|--type=gpu-process", "sandbox chromium"},
	{"/usr/lib/firefox/firefox|-contentproc|-childID|2", "sandbox firefox name=firefox"},
	/* Where engines keep their files. */
	{"/usr/bin/dockerd|-H|fd://|--containerd=/run/containerd/containerd.sock", "daemon docker"},
	{"dockerd|--data-root|/srv/docker|--exec-root=/run/d2|--config-file|/etc/d.json",
	 "daemon docker root=/srv/docker state=/run/d2 config=/etc/d.json"},
	{"dockerd|--iptables=false|-H|unix:///x|--pidfile|/p|-g|/old", "daemon docker root=/old"},
	{"dockerd|--pidfile|/p|--graph=/a|--data-root=/b", "daemon docker root=/b"},
	{"dockerd|--data-root|relative|--exec-root|/x/../y", "daemon docker"},
	{"containerd|--config|/var/run/docker/containerd/containerd.toml|--log-level|info",
	 "daemon containerd config=/var/run/docker/containerd/containerd.toml"},
	{"containerd|-c|/c.toml|-a|/run/k3s/containerd/containerd.sock|--state|/run/k3s/containerd|"
	 "--root|/var/lib/rancher/k3s/agent/containerd",
	 "daemon containerd root=/var/lib/rancher/k3s/agent/containerd "
	 "state=/run/k3s/containerd config=/c.toml"},
	{"/usr/bin/podman|--root|/s|--runroot|/r|--log-level|info|system|service",
	 "daemon podman root=/s state=/r"},
	{"podman|run|-d|--root|/x|image|--root|/y", "daemon podman"},
	{"crio|-r|/s|--runroot|/r|-c|/etc/crio.conf",
	 "daemon cri-o root=/s state=/r config=/etc/crio.conf"},
	/* How options look: getopt's and Go's ways, and what is missing or empty. */
	{"lxc-start|-n|x|--name|y|--name=z|word|-n|q", "monitor lxc name=z"},
	{"lxc-start|-dFn|y|-P/a", "monitor lxc name=y root=/a"},
	{"lxc-start|-dFn-x|w", "monitor lxc name=-x"},
	{"lxc-start|--flag|--flag=v|--name|--|-", "monitor lxc name=--"},
	{"lxc-start|-d|--|-n|x", "monitor lxc name=-n"},
	{"lxc-start|-d|-|-n|x", "monitor lxc name=-"},
	{"lxc-start|--name=|w", "monitor lxc name=w"},
	{"lxc-start|--=x|w", "monitor lxc name=w"},
	{"lxc-start|--nam|w", "monitor lxc name=w"},
	{"lxc-start|-n", "monitor lxc"},
	{"lxc-start|--name|", "monitor lxc"},
	{"lxc-start||", "monitor lxc"},
	{"containerd-shim|-id|x|--id|y|-id=z|-debug|word|-id|w", "monitor containerd id=z"},
	{"containerd-shim|-id", "monitor containerd"},
	{"firejail|--name|x|y", "sandbox firejail name=x"},
	{"firejail|--li|x", "sandbox firejail name=x"},
	{"/opt/My App/app --x=a b -y --type=renderer", "sandbox chromium name=app"},
	/* Nobody's, or at least no start of a container. */
	{"", ""},
	{"|", ""},
	{"||||", ""},
	{"sh", ""},
	{"unshare|-Urpf|sleep|60", ""},
	{"nsenter|-t|1|-n", ""},
	{"ip|netns|exec|x|sh", ""},
	{"xconmon|-c|x1", ""},
	{"conmon2|-c|x1", ""},
	{"sh|conmon|-c|x1", ""},
	{"runc|list", ""},
	{"runc|exec|r1|sh", ""},
	{"runc|init", ""},
	{"runc", ""},
	{"flatpak|list", ""},
	{"flatpak", ""},
	{"firejail|--join=fj", ""},
	{"firejail|--list", ""},
	{"firejail|--shutdown=fj", ""},
	{"dockerd-rootless.sh|--data-root|/x", ""},
	{"sh|-c|dockerd|--data-root|/x", ""},
	{"podman2|--root|/x", ""},
	{"grep|--type=f|x", ""},
	{"tool|--type=rendererx", ""},
	{"tool|a|b|c|d|e|f|g|h|i|--type=renderer", ""},
	{"lxc monitor", ""},
	/* What is claimed with ids and names that are none. */
	{"conmon", "monitor podman"},
	{"conmon|-c", "monitor podman"},
	{"conmon|-c|", "monitor podman"},
	{"conmon|-c|../../etc|-n|a/b|-b|/x/../y", "monitor podman"},
	{"conmon|-c|a\x1b[31m|-n|a\nb", "monitor podman"},
	{"conmon|-c|good|-c|b/d", "monitor podman"},
	{"conmon|-n|a\xff", "monitor podman"},
	{"conmon|-n|k8s_a_b/_c_d_0", "monitor podman"},
	{"containerd-shim-runc-v2|-namespace|../x|-id|.|-address|x", "monitor containerd"},
	{"containerd-shim-runc-v2|-workdir|/x/a b", "monitor containerd"},
	{"containerd-shim-runc-v2|start", "monitor containerd"},
	{"runc|run|../x", "monitor runc"},
	{"systemd-nspawn|-M|a/b", "monitor nspawn"},
	{"systemd-nspawn|-D|/", "monitor nspawn root=/"},
	{"systemd-nspawn|-D|/x/..", "monitor nspawn"},
	{"[lxc monitor] ../x a/b", "monitor lxc"},
	{"[lxc monitor] ", "monitor lxc"},
	{"bwrap|\x1b]0;x\x07", "sandbox bwrap"},
	{"bwrap|", "sandbox bwrap"},
	{"firejail|--name=", "sandbox firejail"},
	{"flatpak|run|../x", "sandbox flatpak"},
	{"snap-confine|snap", "sandbox snap"},
	{"snap-confine|snap.a/b.c", "sandbox snap"},
	{" --type=renderer", "sandbox chromium"},
};

/* Just these bytes, nothing behind them. Transfer full. */
static char *dup_exactly(const char *bytes, gsize size)
{
	char *copy = g_malloc(MAX(size, 1));

	if (size > 0)
		memcpy(copy, bytes, size);
	return copy;
}

static char *describe(const NslClaim *claim)
{
	static const char *const kinds[] = {"", "monitor ", "sandbox ", "daemon "};
	const NslIdentity *identity = &claim->identity;
	const char *const members[][2] = {
		{" id=", identity->id},	      {" name=", identity->name},
		{" pod=", identity->pod},     {" podns=", identity->pod_namespace},
		{" uid=", identity->pod_uid}, {" ns=", claim->containerd_ns},
		{" bundle=", claim->bundle},  {" root=", claim->root},
		{" state=", claim->state},    {" config=", claim->config},
	};
	GString *out = g_string_new(kinds[claim->kind]);

	g_string_append(out, identity->runtime ? identity->runtime : "");
	for (gsize i = 0; i < G_N_ELEMENTS(members); i++)
		if (members[i][1])
			g_string_append_printf(out, "%s%s", members[i][0], members[i][1]);
	return g_string_free(out, FALSE);
}

static void check(const Case *test)
{
	g_autofree char *line = g_strdup(test->line);
	gsize size = strlen(line);
	g_auto(NslClaim) claim = {0};
	g_autofree char *bytes = NULL;
	g_autofree char *found = NULL;

	/* The snapshot has spaces between the arguments. */
	g_strdelimit(line, "|", ' ');
	g_assert_true(nsl_cmdline_may_claim(line, size) || test->expected[0] == '\0');
	g_strlcpy(line, test->line, size + 1);
	g_strdelimit(line, "|", '\0');
	bytes = dup_exactly(line, size);
	nsl_cmdline_parse(bytes, size, &claim);
	found = describe(&claim);
	if (strcmp(found, test->expected) != 0)
		g_error("\"%s\":\n  is       %s\n  expected %s", test->line, found, test->expected);
}

TEST(cases)
{
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
		check(&cases[i]);
}

/* Thousands of arguments, one that is as long as is looked at, and one that was cut. */
TEST(large)
{
	static const char start[] = "conmon\0-c";
	g_autofree char *empty = g_malloc0(NSL_CMDLINE_MAX);
	g_autofree char *full = g_strnfill(NSL_CMDLINE_MAX, 'a');
	g_autofree char *many = g_malloc(NSL_CMDLINE_MAX);
	g_auto(NslClaim) claim = {0};

	memcpy(empty, start, sizeof(start));
	nsl_cmdline_parse(empty, NSL_CMDLINE_MAX, &claim);
	g_assert_cmpint(claim.kind, ==, NSL_CLAIM_MONITOR);
	g_assert_null(claim.identity.id);
	nsl_claim_clear(&claim);
	memcpy(full, start, sizeof(start));
	nsl_cmdline_parse(full, NSL_CMDLINE_MAX, &claim);
	g_assert_cmpint(claim.kind, ==, NSL_CLAIM_MONITOR);
	g_assert_null(claim.identity.id);
	nsl_claim_clear(&claim);
	/* The beginning of an id is not an id. */
	memset(full, 0, NSL_CMDLINE_MAX - 3);
	memcpy(full, start, sizeof(start) - 3);
	memcpy(full + NSL_CMDLINE_MAX - 6, "-c", 3);
	nsl_cmdline_parse(full, NSL_CMDLINE_MAX, &claim);
	g_assert_null(claim.identity.id);
	nsl_claim_clear(&claim);
	nsl_cmdline_parse(full, NSL_CMDLINE_MAX - 1, &claim);
	g_assert_cmpstr(claim.identity.id, ==, "aa");
	nsl_claim_clear(&claim);
	for (gsize i = 0; i < NSL_CMDLINE_MAX; i++)
		many[i] = i % 2 ? '\0' : '-';
	memcpy(many, start, sizeof(start));
	nsl_cmdline_parse(many, NSL_CMDLINE_MAX, &claim);
	g_assert_cmpint(claim.kind, ==, NSL_CLAIM_MONITOR);
}

TEST(long_option)
{
	g_autofree char *name = g_strnfill(5000, 'x');
	g_autofree char *line = g_strdup_printf("lxc-start|--%s=v|--%s|-nweb", name, name);

	check(&(Case){line, "monitor lxc name=web"});
}

/* Which file a program that says so runs. */
TEST(program)
{
	static const struct {
		const char *line;
		const char *name;
		bool is;
	} lines[] = {
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

	for (gsize i = 0; i < G_N_ELEMENTS(lines); i++) {
		g_auto(NslClaim) claim = {0};
		g_autofree char *line = g_strdup(lines[i].line);
		gsize size = strlen(line);

		if (line[0] != '[')
			g_strdelimit(line, " ", '\0');
		nsl_cmdline_parse(line, size, &claim);
		g_assert_cmpint(nsl_claim_is_of(&claim, lines[i].name), ==, lines[i].is);
	}
}

/* What makes a claim may make one: check(). Most processes are told apart without their arguments.
 */
TEST(may_claim)
{
	static const char *const lines[] = {"", "sleep 1", "/usr/sbin/nginx -g daemon off;",
					    "sh -c exec cat", "java -Dtype=x -jar /srv/a.jar"};

	for (gsize i = 0; i < G_N_ELEMENTS(lines); i++)
		g_assert_false(nsl_cmdline_may_claim(lines[i], strlen(lines[i])));
}

/* By the name that the kernel has, which is cut after 15 bytes. */
TEST(daemon)
{
	g_assert_true(nsl_cmdline_is_daemon("dockerd"));
	g_assert_true(nsl_cmdline_is_daemon("containerd"));
	g_assert_true(nsl_cmdline_is_daemon("docker-containe"));
	g_assert_true(nsl_cmdline_is_daemon("podman"));
	g_assert_true(nsl_cmdline_is_daemon("crio"));
	g_assert_false(nsl_cmdline_is_daemon("docker"));
	g_assert_false(nsl_cmdline_is_daemon("containerd-shim"));
	g_assert_false(nsl_cmdline_is_daemon("conmon"));
	g_assert_false(nsl_cmdline_is_daemon(""));
}
