/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fuzzes nsl_cmdline_parse(): command lines. What has to hold: whatever is
 * claimed is an id, a name or a path (untrusted.h); where nothing is claimed, nothing is said; a
 * NUL after the last argument changes nothing.
 */
#include "fuzz.h"

#include "attribute/cmdline.h"
#include "base/untrusted.h"

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
	check_path(claim->config);
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
	g_assert_cmpstr(a->identity.runtime, ==, b->identity.runtime);
	g_assert_cmpstr(a->identity.id, ==, b->identity.id);
	g_assert_cmpstr(a->identity.name, ==, b->identity.name);
	g_assert_cmpstr(a->identity.pod, ==, b->identity.pod);
	g_assert_cmpstr(a->containerd_ns, ==, b->containerd_ns);
	g_assert_cmpstr(a->bundle, ==, b->bundle);
	g_assert_cmpstr(a->root, ==, b->root);
	g_assert_cmpstr(a->state, ==, b->state);
}

void fuzz_one(const guint8 *data, gsize size)
{
	const char *bytes = (const char *)data;
	g_autofree char *longer = fuzz_bytes(data, size);
	g_auto(NslClaim) claim = {0};
	g_auto(NslClaim) again = {0};

	nsl_cmdline_parse(bytes, size, &claim);
	check_claim(&claim);
	if (size > 0 && size < NSL_CMDLINE_MAX - 1 && bytes[size - 1] != '\0') {
		nsl_cmdline_parse(longer, size + 1, &again);
		check_same(&claim, &again);
	}
}
