/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the kernel tells of a net namespace: see netlink.h.
 */
#include "base/netlink.h"

#include <arpa/inet.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/net_namespace.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#include "base/procfs_parse.h"
#include "base/sys.h"

#define ANSWER_SIZE  65536  /* the kernel's largest piece of a dump is half of that */
#define MAX_PACKETS  100000 /* of a dump, and of what strangers send meanwhile */
#define MAX_MESSAGES 200000
#define MAX_ATTEMPTS 10 /* at a list that changes while it is told */

typedef struct Attribute {
	guint16 type;
	const guint8 *value;
	gsize size;
} Attribute;

/* The next one from *at on; false at the end, or where it makes no sense. */
static bool next_attribute(const guint8 *bytes, gsize size, gsize *at, Attribute *ret_attribute)
{
	struct rtattr header;

	if (*at > size || size - *at < sizeof(header))
		return false;
	memcpy(&header, bytes + *at, sizeof(header));
	if (header.rta_len < sizeof(header) || header.rta_len > size - *at)
		return false;
	ret_attribute->type = header.rta_type & NLA_TYPE_MASK;
	ret_attribute->value = bytes + *at + sizeof(header);
	ret_attribute->size = header.rta_len - sizeof(header);
	*at += RTA_ALIGN(header.rta_len);
	return true;
}

/* Text that may lack its NUL, and is cut where it is too long. */
static void take_text(const Attribute *attribute, char *text, gsize size)
{
	gsize length = strnlen((const char *)attribute->value, MIN(attribute->size, size - 1));

	memcpy(text, attribute->value, length);
	text[length] = '\0';
}

static void take_number(const Attribute *attribute, void *number)
{
	if (attribute->size >= sizeof(guint32))
		memcpy(number, attribute->value, sizeof(guint32));
}

static void take_info(const Attribute *info, NslLink *link)
{
	Attribute attribute;
	gsize at = 0;

	while (next_attribute(info->value, info->size, &at, &attribute))
		if (attribute.type == IFLA_INFO_KIND)
			take_text(&attribute, link->kind, sizeof(link->kind));
}

bool nsl_netlink_parse_link(const guint8 *payload, gsize size, NslLink *ret_link)
{
	gsize at = NLMSG_ALIGN(sizeof(struct ifinfomsg));
	NslLink link = {.netnsid = -1};
	struct ifinfomsg info;
	Attribute attribute;

	if (size < sizeof(info))
		return false;
	memcpy(&info, payload, sizeof(info));
	if (info.ifi_index <= 0)
		return false;
	link.index = (guint32)info.ifi_index;
	link.up = info.ifi_flags & IFF_UP;
	while (next_attribute(payload, size, &at, &attribute)) {
		switch (attribute.type) {
		case IFLA_IFNAME:
			take_text(&attribute, link.name, sizeof(link.name));
			break;
		case IFLA_LINK:
			take_number(&attribute, &link.link);
			break;
		case IFLA_LINK_NETNSID:
			link.elsewhere = true;
			take_number(&attribute, &link.netnsid);
			break;
		case IFLA_LINKINFO:
			take_info(&attribute, &link);
			break;
		default:
			break;
		}
	}
	*ret_link = link;
	return link.name[0] != '\0';
}

bool nsl_netlink_parse_address(const guint8 *payload, gsize size, NslLinkAddress *ret_found)
{
	gsize at = NLMSG_ALIGN(sizeof(struct ifaddrmsg));
	NslAddress address = {0};
	struct ifaddrmsg info;
	Attribute attribute;
	bool found = false;
	bool local = false;

	if (size < sizeof(info))
		return false;
	memcpy(&info, payload, sizeof(info));
	address.size = info.ifa_family == AF_INET ? 4 : info.ifa_family == AF_INET6 ? 16 : 0;
	address.prefix = info.ifa_prefixlen;
	if (address.size == 0 || info.ifa_prefixlen > address.size * 8)
		return false;
	/* Where the two differ, IFA_ADDRESS is the other end's (rtnetlink(7)). */
	while (next_attribute(payload, size, &at, &attribute)) {
		if (attribute.size != address.size ||
		    (attribute.type != IFA_LOCAL && (attribute.type != IFA_ADDRESS || local)))
			continue;
		local = attribute.type == IFA_LOCAL;
		memcpy(address.bytes, attribute.value, attribute.size);
		found = true;
	}
	*ret_found = (NslLinkAddress){info.ifa_index, address};
	return found;
}

static bool parse_netnsid(const guint8 *payload, gsize size, gint32 *ret_id)
{
	gsize at = NLMSG_ALIGN(sizeof(struct rtgenmsg));
	Attribute attribute;

	while (next_attribute(payload, size, &at, &attribute))
		if (attribute.type == NETNSA_NSID && attribute.size >= sizeof(*ret_id)) {
			take_number(&attribute, ret_id);
			return true;
		}
	return false;
}

/* The errno at the start of a payload: 0 or -errno. */
static int take_errno(const guint8 *payload, gsize size)
{
	gint32 error;

	if (size < sizeof(error))
		return -EBADMSG;
	memcpy(&error, payload, sizeof(error));
	return error > 0 || error < -4095 ? -EBADMSG : error;
}

int nsl_netlink_parse(const guint8 *bytes, gsize size, guint32 seq, NslMessageFunc *func,
		      gpointer data)
{
	struct nlmsghdr header;
	gsize at = 0;

	while (at < size) {
		const guint8 *payload = bytes + at + NLMSG_HDRLEN;
		gsize payload_size;
		int result;

		if (size - at < sizeof(header))
			return -EBADMSG;
		memcpy(&header, bytes + at, sizeof(header));
		if (header.nlmsg_len < NLMSG_HDRLEN || header.nlmsg_len > size - at)
			return -EBADMSG;
		payload_size = header.nlmsg_len - NLMSG_HDRLEN;
		at += NLMSG_ALIGN((gsize)header.nlmsg_len);
		if (header.nlmsg_seq != seq)
			continue;
		if (header.nlmsg_flags & NLM_F_DUMP_INTR)
			return -EINTR;
		if (header.nlmsg_type == NLMSG_DONE || header.nlmsg_type == NLMSG_ERROR) {
			/* In old kernels' last message there is nothing. */
			result = payload_size == 0 ? 0 : take_errno(payload, payload_size);
			return result < 0 ? result : 1;
		}
		func(data, header.nlmsg_type, payload, payload_size);
	}
	return 0;
}

/* What the messages of an answer say. */
typedef struct Answer {
	int listed;   /* RTM_NEWLINK or RTM_NEWADDR: the messages that go into … */
	GArray *list; /* … this one; 0, NULL: no list was asked for */
	gint32 netnsid;
	bool has_netnsid;
	guint n_messages;
} Answer;

static void take_message(gpointer data, int type, const guint8 *payload, gsize size)
{
	Answer *answer = data;
	NslLinkAddress address;
	NslLink link;

	answer->n_messages++;
	if (type == RTM_NEWNSID)
		answer->has_netnsid = parse_netnsid(payload, size, &answer->netnsid);
	else if (type != answer->listed)
		return;
	else if (type == RTM_NEWLINK && nsl_netlink_parse_link(payload, size, &link))
		g_array_append_val(answer->list, link);
	else if (type == RTM_NEWADDR && nsl_netlink_parse_address(payload, size, &address))
		g_array_append_val(answer->list, address);
}

/* One packet of the answer, as nsl_netlink_parse(). */
static int take_packet(int fd, guint8 *bytes, guint32 seq, Answer *answer)
{
	struct sockaddr_nl from = {0};
	struct iovec piece = {.iov_base = bytes, .iov_len = ANSWER_SIZE};
	struct msghdr message = {
		.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &piece, .msg_iovlen = 1};
	ssize_t size;

	do
		size = recvmsg(fd, &message, 0);
	while (size < 0 && errno == EINTR);
	if (size < 0)
		return -errno;
	/* Who has the right to, in that namespace, may write to any socket in it. */
	if (from.nl_pid != 0)
		return 0;
	if (message.msg_flags & MSG_TRUNC)
		return -EMSGSIZE;
	return nsl_netlink_parse(bytes, (gsize)size, seq, take_message, answer);
}

/*
 * Sends a request, with a header of `header_size` bytes, all 0, and one attribute, and takes the
 * answer up to its end, which `flags` ask for: NLM_F_DUMP, or else NLM_F_ACK. 0 or -errno.
 */
static int ask_once(guint16 type, guint16 flags, gsize header_size, guint16 attribute,
		    guint32 value, Answer *answer)
{
	const guint32 seq = 1;
	const struct rtattr attribute_header = {.rta_len = RTA_LENGTH(sizeof(value)),
						.rta_type = attribute};
	gsize at = NLMSG_SPACE(header_size);
	guint8 request[64] = {0};
	struct nlmsghdr header = {.nlmsg_len = (guint32)(at + RTA_LENGTH(sizeof(value))),
				  .nlmsg_type = type,
				  .nlmsg_flags = NLM_F_REQUEST | flags,
				  .nlmsg_seq = seq};
	g_auto(NslFd) fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	g_autofree guint8 *bytes = g_malloc(ANSWER_SIZE);
	int result = 0;

	memcpy(request, &header, sizeof(header));
	memcpy(request + at, &attribute_header, sizeof(attribute_header));
	memcpy(request + at + RTA_LENGTH(0), &value, sizeof(value));
	if (fd < 0 || send(fd, request, header.nlmsg_len, 0) < 0)
		return -errno;
	for (guint i = 0; i < MAX_PACKETS && answer->n_messages <= MAX_MESSAGES; i++) {
		result = take_packet(fd, bytes, seq, answer);
		if (result != 0)
			return MIN(result, 0);
	}
	return -E2BIG;
}

/* The same again where what is told changes meanwhile; not for ever: -EBUSY. */
static int ask(guint16 type, guint16 flags, gsize header_size, guint16 attribute, guint32 value,
	       Answer *answer)
{
	for (guint i = 0; i < MAX_ATTEMPTS; i++) {
		Answer next = {.listed = answer->listed, .list = answer->list};
		int result = ask_once(type, flags, header_size, attribute, value, &next);

		*answer = next;
		if (result != -EINTR)
			return result;
		if (answer->list)
			g_array_set_size(answer->list, 0);
	}
	return -EBUSY;
}

bool nsl_link_has_peer(const NslLink *link)
{
	static const char *const pairs[] = {"veth", "netkit", "vxcan", NULL};

	return link->link != 0 && g_strv_contains(pairs, link->kind);
}

int nsl_netlink_links(GArray *links)
{
	Answer answer = {.listed = RTM_NEWLINK, .list = links};

	return ask(RTM_GETLINK, NLM_F_DUMP, sizeof(struct ifinfomsg), IFLA_EXT_MASK,
		   RTEXT_FILTER_SKIP_STATS, &answer);
}

int nsl_netlink_addresses(GArray *addresses)
{
	Answer answer = {.listed = RTM_NEWADDR, .list = addresses};

	/* The kernel skips the attribute. */
	return ask(RTM_GETADDR, NLM_F_DUMP, sizeof(struct ifaddrmsg), 0, 0, &answer);
}

int nsl_netlink_netnsid(int fd, gint32 *ret_id)
{
	Answer answer = {0};
	int result = ask(RTM_GETNSID, NLM_F_ACK, sizeof(struct rtgenmsg), NETNSA_FD, (guint32)fd,
			 &answer);

	if (result < 0 || !answer.has_netnsid)
		return result < 0 ? result : -EBADMSG;
	*ret_id = answer.netnsid;
	return 0;
}

int nsl_netlink_has_netnsids(void)
{
	Answer answer = {0};
	int result = ask(RTM_GETNSID, NLM_F_DUMP, sizeof(struct rtgenmsg), 0, 0, &answer);

	return result < 0 ? result : answer.has_netnsid;
}

void nsl_address_append(GString *text, const NslAddress *address)
{
	char shown[INET6_ADDRSTRLEN];

	if (inet_ntop(address->size == 4 ? AF_INET : AF_INET6, address->bytes, shown,
		      sizeof(shown)))
		g_string_append_printf(text, "%s/%u", shown, address->prefix);
}

bool nsl_address_parse(const char *text, NslAddress *ret_address)
{
	const char *slash = strrchr(text, '/');
	g_autofree char *address = slash ? g_strndup(text, (gsize)(slash - text)) : NULL;
	NslAddress parsed = {.size = strchr(text, ':') ? 16 : 4};
	guint64 prefix;

	if (!slash ||
	    !nsl_parse_number(slash + 1, strlen(slash + 1), G_GUINT64_CONSTANT(8) * parsed.size,
			      &prefix) ||
	    inet_pton(parsed.size == 4 ? AF_INET : AF_INET6, address, parsed.bytes) != 1)
		return false;
	parsed.prefix = (guint8)prefix;
	*ret_address = parsed;
	return true;
}

bool nsl_address_is_link_local(const NslAddress *address)
{
	return address->size == 16 && address->bytes[0] == 0xfe &&
	       (address->bytes[1] & 0xc0) == 0x80;
}
