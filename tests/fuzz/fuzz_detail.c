/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fuzzes nsl_detail_new(): what a worker says of a namespace. What has to hold: the copy has just
 * as many interfaces and ranges as its counts say, all of them in memory of its own; one byte more
 * or less is refused.
 */
#include "fuzz.h"

#include "model/detail.h"

/* Reads all of it, for the sanitizer. */
static guint sum(const void *bytes, gsize size)
{
	guint total = 0;

	for (gsize i = 0; i < size; i++)
		total += ((const guint8 *)bytes)[i];
	return total;
}

static gsize size_of_rest(NslNsType type, const NslDetail *fixed)
{
	if (type == NSL_NSTYPE_NET)
		return (gsize)fixed->net.n_interfaces * sizeof(NslInterface) +
		       (gsize)fixed->net.n_addresses * sizeof(NslAddress);
	if (type == NSL_NSTYPE_USER)
		return ((gsize)fixed->user.n_uids + fixed->user.n_gids) * sizeof(NslIdRange);
	return 0;
}

static void check(NslNsType type, const NslDetail *fixed, const guint8 *rest, gsize size)
{
	g_autoptr(NslDetail) detail = nsl_detail_new(type, fixed, rest, size);

	if (type == NSL_NSTYPE_CGROUP)
		g_assert_nonnull(detail);
	else if (type == NSL_NSTYPE_NET) /* the interfaces' own counts have to add up, too */
		g_assert_true(!detail || size == size_of_rest(type, fixed));
	else
		g_assert_true((detail != NULL) == (size == size_of_rest(type, fixed)));
	if (!detail)
		return;
	for (guint i = 0; detail->interfaces && i < detail->net.n_interfaces; i++)
		sum(detail->interfaces[i].addresses,
		    detail->interfaces[i].n_addresses * sizeof(NslAddress));
	if (detail->uids)
		sum(detail->uids, detail->user.n_uids * sizeof(NslIdRange));
	if (detail->gids)
		sum(detail->gids, detail->user.n_gids * sizeof(NslIdRange));
	if (detail->root)
		g_assert_cmpuint(strlen(detail->root), <=, size);
}

void fuzz_one(const guint8 *data, gsize size)
{
	FuzzInput input = {data, size};
	NslNsType type = fuzz_byte(&input) % NSL_NSTYPE_COUNT;
	NslDetail fixed = {0};

	/* The counts; small ones are more likely to be right. */
	if (type == NSL_NSTYPE_NET) {
		fixed.net.n_interfaces =
			fuzz_byte(&input) & 0x80 ? fuzz_number(&input) : fuzz_byte(&input) % 4;
		fixed.net.n_addresses =
			fuzz_byte(&input) & 0x80 ? fuzz_number(&input) : fuzz_byte(&input) % 4;
	} else if (type == NSL_NSTYPE_USER) {
		fixed.user.n_uids =
			fuzz_byte(&input) & 0x80 ? fuzz_number(&input) : fuzz_byte(&input) % 8;
		fixed.user.n_gids =
			fuzz_byte(&input) & 0x80 ? fuzz_number(&input) : fuzz_byte(&input) % 8;
	}
	check(type, &fixed, input.at, input.left);
}
