/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Details: see detail.h.
 */
#include "model/detail.h"

#include <string.h>

/* Elements from *at on; their memory is the caller's. NULL, and *at is NULL, where it is short. */
static gpointer take(const guint8 **at, const guint8 *end, guint32 n, gsize size)
{
	gpointer copy;

	if (!*at || (gsize)(end - *at) / size < n) {
		*at = NULL;
		return NULL;
	}
	copy = g_malloc0((gsize)n * size + 1);
	memcpy(copy, *at, (gsize)n * size);
	*at += (gsize)n * size;
	return copy;
}

bool nsl_detail_share_addresses(NslDetail *detail)
{
	guint32 left = detail->net.n_addresses;

	if (!detail->interfaces || !detail->addresses)
		return false;
	for (guint32 i = 0; i < detail->net.n_interfaces; i++) {
		NslInterface *interface = &detail->interfaces[i];

		if (interface->n_addresses > left)
			return false;
		interface->addresses = &detail->addresses[detail->net.n_addresses - left];
		left -= interface->n_addresses;
	}
	return left == 0;
}

NslDetail *nsl_detail_new(NslNsType type, const NslDetail *fixed, const guint8 *rest, gsize size)
{
	g_autoptr(NslDetail) detail = g_new0(NslDetail, 1);
	const guint8 *at = size > 0 ? rest : (const guint8 *)"";
	const guint8 *end = at + size;

	*detail = *fixed;
	detail->interfaces = NULL;
	detail->addresses = NULL;
	detail->uids = NULL;
	detail->gids = NULL;
	detail->root = NULL;
	if (type == NSL_NSTYPE_NET) {
		detail->interfaces = take(&at, end, fixed->net.n_interfaces, sizeof(NslInterface));
		detail->addresses = take(&at, end, fixed->net.n_addresses, sizeof(NslAddress));
		if (!nsl_detail_share_addresses(detail))
			return NULL;
	} else if (type == NSL_NSTYPE_USER) {
		detail->uids = take(&at, end, fixed->user.n_uids, sizeof(NslIdRange));
		detail->gids = take(&at, end, fixed->user.n_gids, sizeof(NslIdRange));
	} else if (type == NSL_NSTYPE_CGROUP) {
		detail->root = take(&at, end, (guint32)size, 1);
	}
	return at == end ? g_steal_pointer(&detail) : NULL;
}

void nsl_detail_free(NslDetail *detail)
{
	if (!detail)
		return;
	g_free(detail->interfaces);
	g_free(detail->addresses);
	g_free(detail->uids);
	g_free(detail->gids);
	g_free(detail->root);
	g_free(detail);
}
