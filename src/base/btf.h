/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The kernel's description of its own types (BTF, Documentation/bpf/btf.rst): where in which
 * structure a member is, on the kernel that runs. Not a library for BTF: what base/bpf.h needs, and
 * no more.
 *
 * Linux 5.4 with CONFIG_DEBUG_INFO_BTF.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct NslBtf NslBtf;

/*
 * That of the running kernel, unless *btf is there already: 0 and *btf (transfer full), or -errno.
 * A process that is forked does not have it.
 */
int nsl_btf_open(NslBtf **btf);

/*
 * Any one: `bytes` have to stay. -EINVAL where it is malformed from the start. From a type on that
 * is malformed, or of a kind that is not known here, there are none.
 */
int nsl_btf_parse(const guint8 *bytes, gsize size, NslBtf **ret_btf);

void nsl_btf_free(NslBtf *btf);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NslBtf, nsl_btf_free)

/* The ids of n functions, all in one search; 0: there is none. */
void nsl_btf_find_functions(NslBtf *btf, const char *const *names, gsize n, guint32 *ret_ids);

/* The size in bytes of a structure; 0: there is none. */
guint32 nsl_btf_size_of(NslBtf *btf, const char *structure);

/*
 * The offset in bytes of a member: "a.b" is b in the structure a in `structure`; what is in unions
 * and structures without a name is a member like any other. -ENOENT: there is none, or not of this
 * `size`.
 */
int nsl_btf_find_member(NslBtf *btf, const char *structure, const char *path, gsize size);
