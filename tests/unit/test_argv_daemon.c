/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of attribute/argv_daemon.
 */
#include "attribute/argv_daemon.h"

#include <string.h>

/* A command line, words separated by spaces, and what is to be found in it. */
static const struct {
	const char *line;
	const char *runtime;
	const char *root;
	const char *state;
	const char *config;
} cases[] = {
	{"/usr/bin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock", "docker", NULL,
	 NULL, NULL},
	{"dockerd --data-root /srv/docker --exec-root=/run/d2 --config-file /etc/d.json", "docker",
	 "/srv/docker", "/run/d2", "/etc/d.json"},
	{"dockerd --iptables=false -H unix:///x --pidfile /p -g /old", "docker", "/old", NULL,
	 NULL},
	{"dockerd --pidfile /p --graph=/a --data-root=/b", "docker", "/b", NULL, NULL},
	{"dockerd --data-root relative --exec-root /x/../y", "docker", NULL, NULL, NULL},
	{"containerd --config /var/run/docker/containerd/containerd.toml --log-level info",
	 "containerd", NULL, NULL, "/var/run/docker/containerd/containerd.toml"},
	{"containerd -c /c.toml -a /run/k3s/containerd/containerd.sock --state /run/k3s/containerd "
	 "--root /var/lib/rancher/k3s/agent/containerd",
	 "containerd", "/var/lib/rancher/k3s/agent/containerd", "/run/k3s/containerd", "/c.toml"},
	{"/usr/bin/podman --root /s --runroot /r --log-level info system service", "podman", "/s",
	 "/r", NULL},
	{"podman run -d --root /x image --root /y", "podman", NULL, NULL, NULL},
	{"crio -r /s --runroot /r -c /etc/crio.conf", "cri-o", "/s", "/r", "/etc/crio.conf"},
	{"dockerd-rootless.sh --data-root /x", NULL, NULL, NULL, NULL},
	{"sh -c dockerd --data-root /x", NULL, NULL, NULL, NULL},
	{"", NULL, NULL, NULL, NULL},
};

static void test_cases(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *line = g_strdup(cases[i].line);
		g_auto(NslDaemon) daemon = {0};
		gsize size = strlen(line);

		g_strdelimit(line, " ", '\0');
		g_assert_cmpint(nsl_argv_parse_daemon(line, size, &daemon), ==,
				cases[i].runtime != NULL);
		g_assert_cmpstr(daemon.runtime, ==, cases[i].runtime);
		g_assert_cmpstr(daemon.root, ==, cases[i].root);
		g_assert_cmpstr(daemon.state, ==, cases[i].state);
		g_assert_cmpstr(daemon.config, ==, cases[i].config);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/argv_daemon/cases", test_cases);
	return g_test_run();
}
