/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The numbers of network namespaces: see netnsid.h.
 */
#include "base/netnsid.h"

#include <errno.h>
#include <linux/net_namespace.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"

struct request {
	struct nlmsghdr header;
	struct rtgenmsg family;
	char pad[NLMSG_ALIGN(sizeof(struct rtgenmsg)) - sizeof(struct rtgenmsg)];
	struct rtattr attribute;
	guint32 fd;
};

static int find_id(const char *answer, gsize size, gint32 *ret_id)
{
	struct nlmsghdr header;
	gsize at = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(struct rtgenmsg));

	if (size < sizeof(header))
		return -EBADMSG;
	memcpy(&header, answer, sizeof(header));
	if (header.nlmsg_type == NLMSG_ERROR) {
		struct nlmsgerr error;

		if (size < NLMSG_HDRLEN + sizeof(error))
			return -EBADMSG;
		memcpy(&error, answer + NLMSG_HDRLEN, sizeof(error));
		return error.error < 0 ? error.error : -EBADMSG;
	}
	while (at + sizeof(struct rtattr) <= size) {
		struct rtattr attribute;

		memcpy(&attribute, answer + at, sizeof(attribute));
		if (attribute.rta_len < sizeof(attribute) || at + attribute.rta_len > size)
			break;
		if (attribute.rta_type == NETNSA_NSID && attribute.rta_len >= RTA_LENGTH(4)) {
			memcpy(ret_id, answer + at + RTA_LENGTH(0), sizeof(*ret_id));
			return 0;
		}
		at += RTA_ALIGN(attribute.rta_len);
	}
	return -EBADMSG;
}

int nsl_netnsid_get(int fd, gint32 *ret_id)
{
	g_auto(NslFd) socket_fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	struct request request = {
		.header = {.nlmsg_len = sizeof(request),
			   .nlmsg_type = RTM_GETNSID,
			   .nlmsg_flags = NLM_F_REQUEST},
		.attribute = {.rta_len = RTA_LENGTH(sizeof(guint32)), .rta_type = NETNSA_FD},
		.fd = (guint32)fd,
	};
	char answer[4096];
	ssize_t size;

	if (socket_fd < 0 || send(socket_fd, &request, sizeof(request), 0) < 0)
		return -errno;
	size = recv(socket_fd, answer, sizeof(answer), 0);
	return size < 0 ? -errno : find_id(answer, (gsize)size, ret_id);
}
