/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * What the helper programs of the tests share, see nsinfo.h. Nothing in here knows nslist.
 */

#define _GNU_SOURCE

#include "nsinfo.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef CLONE_NEWCGROUP
#define CLONE_NEWCGROUP 0x02000000
#endif
#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

static const struct {
	const char *name;
	int flag;
} types[NSL_NSINFO_COUNT] = {
	[NSL_NSINFO_CGROUP] = {"cgroup", CLONE_NEWCGROUP},
	[NSL_NSINFO_IPC] = {"ipc", CLONE_NEWIPC},
	[NSL_NSINFO_MNT] = {"mnt", CLONE_NEWNS},
	[NSL_NSINFO_NET] = {"net", CLONE_NEWNET},
	[NSL_NSINFO_PID] = {"pid", CLONE_NEWPID},
	[NSL_NSINFO_TIME] = {"time", CLONE_NEWTIME},
	[NSL_NSINFO_USER] = {"user", CLONE_NEWUSER},
	[NSL_NSINFO_UTS] = {"uts", CLONE_NEWUTS},
};

const char *nsl_nsinfo_name(NslNsinfoType type)
{
	return types[type].name;
}

int nsl_nsinfo_flag(NslNsinfoType type)
{
	return types[type].flag;
}

int nsl_nsinfo_find(const char *name)
{
	for (int i = 0; i < NSL_NSINFO_COUNT; i++)
		if (strcmp(types[i].name, name) == 0)
			return i;
	return -1;
}

int nsl_nsinfo_open(const char *link, uint64_t *ret_inode)
{
	char path[64];
	struct stat st;
	int fd;

	snprintf(path, sizeof(path), "/proc/thread-self/ns/%s", link);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0) {
		int error = errno;

		close(fd);
		return -error;
	}
	*ret_inode = st.st_ino;
	return fd;
}

int nsl_nsinfo_read(NslNsinfo *ret_info)
{
	NslNsinfo info = {0};

	for (int i = 0; i < NSL_NSINFO_COUNT; i++) {
		int fd = nsl_nsinfo_open(types[i].name, &info.inode[i]);

		if (fd >= 0)
			close(fd);
		else if (fd != -ENOENT)
			return fd;
	}
	*ret_info = info;
	return 0;
}

void nsl_nsinfo_print(FILE *file, const NslNsinfo *info)
{
	for (int i = 0; i < NSL_NSINFO_COUNT; i++) {
		fprintf(file, "%s\"%s\":", i == 0 ? "{" : ",", types[i].name);
		if (info->inode[i] != 0)
			fprintf(file, "%" PRIu64, info->inode[i]);
		else
			fputs("null", file);
	}
	fputc('}', file);
}

static int write_file(const char *path, const char *text)
{
	size_t length = strlen(text);
	int error = 0;
	int fd;

	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(fd, text, length) != (ssize_t)length)
		error = errno;
	close(fd);
	return -error;
}

int nsl_nsinfo_map_ids(uid_t uid, gid_t gid)
{
	char map[64];
	int r;

	/* A kernel before 3.19 has no such file; where it exists, gid_map needs "deny" first. */
	r = write_file("/proc/thread-self/setgroups", "deny");
	if (r < 0 && r != -ENOENT)
		return r;
	snprintf(map, sizeof(map), "0 %u 1\n", (unsigned int)uid);
	r = write_file("/proc/thread-self/uid_map", map);
	if (r < 0)
		return r;
	snprintf(map, sizeof(map), "0 %u 1\n", (unsigned int)gid);
	return write_file("/proc/thread-self/gid_map", map);
}

int nsl_nsinfo_unshare(NslNsinfoType type)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();

	if (unshare(types[type].flag) < 0)
		return -errno;
	return type == NSL_NSINFO_USER ? nsl_nsinfo_map_ids(uid, gid) : 0;
}

int nsl_nsinfo_unshare_mask(unsigned int mask, NslNsinfoType *ret_refused)
{
	int r;

	/* The user namespace comes first, for it gives the right to make the others. */
	for (int pass = 0; pass < 2; pass++) {
		for (int i = 0; i < NSL_NSINFO_COUNT; i++) {
			if (!(mask & 1U << i) || (i == NSL_NSINFO_USER) != (pass == 0))
				continue;
			r = nsl_nsinfo_unshare((NslNsinfoType)i);
			if (r < 0) {
				*ret_refused = (NslNsinfoType)i;
				return r;
			}
		}
	}
	return 0;
}

bool nsl_nsinfo_is_capable(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};

	if (syscall(SYS_capget, &header, data) < 0)
		return false;
	return data[CAP_TO_INDEX(CAP_SYS_ADMIN)].effective & CAP_TO_MASK(CAP_SYS_ADMIN);
}

unsigned int nsl_nsinfo_needed_mask(void)
{
	return nsl_nsinfo_is_capable() ? 0 : 1U << NSL_NSINFO_USER;
}

void nsl_nsinfo_die_with_parent(void)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		nsl_nsinfo_die(EXIT_FAILURE, errno, "cannot ask to end with the parent");
}

void nsl_nsinfo_wait_eof(int fd)
{
	char buffer[256];
	ssize_t n;

	do {
		n = read(fd, buffer, sizeof(buffer));
	} while (n > 0 || (n < 0 && errno == EINTR));
}

static void kill_children(void)
{
	/* Nobody else waits for these, so their numbers cannot have been given to anyone else. */
	FILE *file = fopen("/proc/thread-self/children", "re");
	int pid;

	if (file == NULL)
		return;
	while (fscanf(file, "%d", &pid) == 1)
		kill(pid, SIGKILL);
	fclose(file);
}

void nsl_nsinfo_end_children(void)
{
	do {
		kill_children();
	} while (waitpid(-1, NULL, 0) >= 0 || errno == EINTR);
}

bool nsl_nsinfo_is_refusal(int error)
{
	return error == EPERM || error == EACCES || error == ENOSYS || error == EINVAL ||
	       error == ENOSPC || error == EUSERS;
}

__attribute__((format(printf, 2, 0))) static void complain(int error, const char *format,
							   va_list args)
{
	fprintf(stderr, "%s: ", program_invocation_short_name);
	vfprintf(stderr, format, args);
	if (error != 0)
		fprintf(stderr, ": %s", strerror(error));
	fputc('\n', stderr);
}

void nsl_nsinfo_die(int status, int error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain(error, format, args);
	va_end(args);
	exit(status);
}

void nsl_nsinfo_die_refused(NslNsinfoType type, int error)
{
	const char *name = nsl_nsinfo_name(type);

	if (!nsl_nsinfo_is_refusal(error))
		nsl_nsinfo_die(EXIT_FAILURE, error, "cannot make a %s namespace", name);
	if (error == ENOSPC || error == EUSERS)
		nsl_nsinfo_die(
			NSL_NSINFO_SKIP, error,
			"the limit of %s namespaces (/proc/sys/user/max_%s_namespaces or the "
			"nesting) allows no further one",
			name, name);
	if (error == EPERM || error == EACCES)
		nsl_nsinfo_die(NSL_NSINFO_SKIP, error,
			       "no right to make a %s namespace (missing: %s)", name,
			       type == NSL_NSINFO_USER ? "unprivileged user namespaces"
						       : "CAP_SYS_ADMIN");
	nsl_nsinfo_die(NSL_NSINFO_SKIP, error, "the kernel makes no %s namespaces", name);
}

int nsl_nsinfo_send_fd(int socket, int fd)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {0};
	char byte = 0;
	struct iovec iov = {.iov_base = &byte, .iov_len = 1};
	struct msghdr message = {.msg_iov = &iov,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof(control)};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	return sendmsg(socket, &message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

int nsl_nsinfo_receive_fd(int socket)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {0};
	char byte;
	struct iovec iov = {.iov_base = &byte, .iov_len = 1};
	struct msghdr message = {.msg_iov = &iov,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof(control)};
	const struct cmsghdr *header;
	int fd;

	if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) < 0)
		return -errno;
	header = CMSG_FIRSTHDR(&message);
	if (header == NULL || header->cmsg_type != SCM_RIGHTS)
		return -ENODATA;
	memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	return fd;
}

void nsl_nsinfo_enter(unsigned int mask)
{
	NslNsinfoType refused;
	int r = nsl_nsinfo_unshare_mask(mask, &refused);

	if (r < 0)
		nsl_nsinfo_die_refused(refused, -r);
	nsl_nsinfo_die_with_parent();
}
