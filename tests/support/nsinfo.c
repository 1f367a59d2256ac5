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

/* Long enough for every link. */
typedef char Path[64];

static const char *link_path(Path path, const char *link)
{
	snprintf(path, sizeof(Path), "/proc/thread-self/ns/%s", link);
	return path;
}

int nsl_nsinfo_open(const char *link)
{
	return open(link_path((Path){0}, link), O_RDONLY | O_CLOEXEC);
}

uint64_t nsl_nsinfo_inode(const char *link)
{
	struct stat st;

	return stat(link_path((Path){0}, link), &st) < 0 ? 0 : st.st_ino;
}

int nsl_nsinfo_read(NslNsinfo *ret_info)
{
	for (int i = 0; i < NSL_NSINFO_COUNT; i++) {
		ret_info->inode[i] = nsl_nsinfo_inode(types[i].name);
		if (ret_info->inode[i] == 0 && errno != ENOENT)
			return -1;
	}
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

__attribute__((format(printf, 2, 3))) static int write_file(const char *path, const char *format,
							    ...)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	va_list args;
	int n;

	if (fd < 0)
		return -1;
	va_start(args, format);
	n = vdprintf(fd, format, args);
	va_end(args);
	close(fd);
	return n < 0 ? -1 : 0;
}

int nsl_nsinfo_map_ids(uid_t uid, gid_t gid)
{
	/* A kernel before 3.19 has no such file; where it exists, gid_map needs "deny" first. */
	if (write_file("/proc/thread-self/setgroups", "deny") < 0 && errno != ENOENT)
		return -1;
	if (write_file("/proc/thread-self/uid_map", "0 %u 1\n", (unsigned int)uid) < 0)
		return -1;
	return write_file("/proc/thread-self/gid_map", "0 %u 1\n", (unsigned int)gid);
}

int nsl_nsinfo_unshare(NslNsinfoType type)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();

	if (unshare(types[type].flag) < 0)
		return -1;
	return type == NSL_NSINFO_USER ? nsl_nsinfo_map_ids(uid, gid) : 0;
}

int nsl_nsinfo_unshare_mask(unsigned int mask, NslNsinfoType *ret_refused)
{
	/* The user namespace comes first, for it gives the right to make the others. */
	for (int i = -1; i < NSL_NSINFO_COUNT; i++) {
		NslNsinfoType type = i < 0 ? NSL_NSINFO_USER : (NslNsinfoType)i;

		if ((mask & 1U << type) && nsl_nsinfo_unshare(type) < 0) {
			*ret_refused = type;
			return -1;
		}
		mask &= ~(1U << type);
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

void nsl_nsinfo_begin_child(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	nsl_nsinfo_die_with_parent();
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	if (null > STDERR_FILENO)
		close(null);
}

void nsl_nsinfo_wait_eof(int fd)
{
	char buffer[256];
	ssize_t n;

	do {
		n = read(fd, buffer, sizeof(buffer));
	} while (n > 0 || (n < 0 && errno == EINTR));
}

void nsl_nsinfo_stay(void)
{
	if (fflush(stdout) != 0)
		nsl_nsinfo_die(EXIT_FAILURE, errno, "cannot write");
	nsl_nsinfo_wait_eof(STDIN_FILENO);
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
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
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

union Control {
	char bytes[CMSG_SPACE(sizeof(int) * NSL_NSINFO_FDS)];
	struct cmsghdr align;
};

int nsl_nsinfo_send(int socket, const void *data, size_t size, const int *fds, int n_fds)
{
	union Control control = {0};
	struct iovec iov = {.iov_base = (void *)data, .iov_len = size};
	struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};

	if (n_fds > 0) {
		size_t fds_size = sizeof(int) * (size_t)n_fds;
		struct cmsghdr *header;

		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(fds_size);
		header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(fds_size);
		memcpy(CMSG_DATA(header), fds, fds_size);
	}
	return sendmsg(socket, &message, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

int nsl_nsinfo_receive(int socket, void *ret_data, size_t size, int ret_fds[NSL_NSINFO_FDS])
{
	union Control control;
	struct iovec iov = {.iov_base = ret_data, .iov_len = size};
	struct msghdr message = {.msg_iov = &iov,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof(control)};
	const struct cmsghdr *header;
	ssize_t n;

	do {
		n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n != (ssize_t)size) {
		errno = n < 0 ? errno : ENODATA;
		return -1;
	}
	header = CMSG_FIRSTHDR(&message);
	if (header == NULL)
		return 0;
	size = header->cmsg_len - CMSG_LEN(0);
	memcpy(ret_fds, CMSG_DATA(header), size);
	return (int)(size / sizeof(int));
}

void nsl_nsinfo_enter(unsigned int mask)
{
	NslNsinfoType refused;

	if (nsl_nsinfo_unshare_mask(mask, &refused) < 0)
		nsl_nsinfo_die_refused(refused, errno);
	nsl_nsinfo_die_with_parent();
}

int nsl_nsinfo_parse_number(const char *text, int max)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (end == text || *end != '\0' || value < 1 || value > max)
		nsl_nsinfo_die(EXIT_FAILURE, 0, "not a number from 1 to %d: %s (see --help)", max,
			       text);
	return (int)value;
}

void nsl_nsinfo_help(int argc, char **argv, const char *help)
{
	if (argc != 2 || (strcmp(argv[1], "--help") != 0 && strcmp(argv[1], "-h") != 0))
		return;
	fputs(help, stdout);
	exit(fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}
