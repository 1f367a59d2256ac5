/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fuzzes nsl_argv_parse() and nsl_argv_parse_daemon(): command lines. What has to hold: whatever is
 * claimed is an id, a name or a path (validate.h); where nothing is claimed, nothing is said; a NUL
 * after the last argument changes nothing.
 */
#include "fuzz.h"

#include "attribute/argv.h"
#include "attribute/argv_daemon.h"
#include "attribute/validate.h"

static void check_id(const char *text)
{
	g_assert_true(!text || nsl_is_id(text));
}

static void check_name(const char *text)
{
	g_assert_true(!text || nsl_is_name(text));
}

static void check_path(const char *text)
{
	g_assert_true(!text || nsl_is_path(text));
}

static void check_claim(const NslClaim *claim)
{
	check_id(claim->identity.id);
	check_name(claim->identity.name);
	check_name(claim->identity.pod);
	check_name(claim->identity.pod_namespace);
	check_name(claim->identity.pod_uid);
	check_id(claim->containerd_ns);
	check_path(claim->bundle);
	check_path(claim->root);
	check_path(claim->state);
	if (claim->kind == NSL_CLAIM_NONE)
		g_assert_true(!claim->identity.runtime && !claim->identity.id &&
			      !claim->identity.name && !claim->identity.pod &&
			      !claim->identity.pod_namespace && !claim->identity.pod_uid &&
			      !claim->containerd_ns && !claim->bundle && !claim->root &&
			      !claim->state);
	else
		g_assert_nonnull(claim->identity.runtime);
}

static void check_same(const NslClaim *a, const NslClaim *b)
{
	g_assert_true(a->kind == b->kind);
	fuzz_assert_same(a->identity.runtime, b->identity.runtime);
	fuzz_assert_same(a->identity.id, b->identity.id);
	fuzz_assert_same(a->identity.name, b->identity.name);
	fuzz_assert_same(a->identity.pod, b->identity.pod);
	fuzz_assert_same(a->containerd_ns, b->containerd_ns);
	fuzz_assert_same(a->bundle, b->bundle);
	fuzz_assert_same(a->root, b->root);
	fuzz_assert_same(a->state, b->state);
}

static void check_daemon(const char *bytes, gsize size)
{
	g_auto(NslDaemon) daemon = {0};

	if (nsl_argv_parse_daemon(bytes, size, &daemon))
		g_assert_nonnull(daemon.runtime);
	else
		g_assert_true(!daemon.runtime && !daemon.root && !daemon.state && !daemon.config);
	check_path(daemon.root);
	check_path(daemon.state);
	check_path(daemon.config);
}

void fuzz_one(const guint8 *data, gsize size)
{
	const char *bytes = (const char *)data;
	g_autofree char *longer = fuzz_bytes(data, size);
	g_auto(NslClaim) claim = {0};
	g_auto(NslClaim) again = {0};

	nsl_argv_parse(bytes, size, &claim);
	check_claim(&claim);
	check_daemon(bytes, size);
	if (size > 0 && size < NSL_ARGV_MAX - 1 && bytes[size - 1] != '\0') {
		nsl_argv_parse(longer, size + 1, &again);
		check_same(&claim, &again);
	}
}
