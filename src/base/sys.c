/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * System calls: see sys.h.
 */
#include "base/sys.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/types.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#ifndef SYS_close_range
#define SYS_close_range 436 /* Linux 5.9; the same number on every architecture */
#endif

#ifndef SYS_openat2
#define SYS_openat2 437 /* Linux 5.6; likewise */
#endif

/* include/uapi/linux/openat2.h */
struct how {
	__u64 flags;
	__u64 mode;
	__u64 resolve;
};
#define HOW_NO_XDEV	  0x01
#define HOW_NO_MAGICLINKS 0x02
#define HOW_NO_SYMLINKS	  0x04
#define HOW_IN_ROOT	  0x10
#define HOW_CACHED	  0x20 /* Linux 5.12 */

#define PROBE	   (1 << 20) /* bytes: the least that malloc(3) maps where the heap cannot grow */
#define STACK_SIZE 16384     /* of the handlers, which run where the stack is full */

GQuark nsl_error_quark(void)
{
	return g_quark_from_static_string("nsl-error-quark");
}

bool nsl_fail(GError **error, int result, const char *format, ...)
{
	g_autofree char *what = NULL;
	va_list arguments;

	va_start(arguments, format);
	what = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	g_set_error(error, NSL_ERROR, NSL_ERROR_SYSTEM, "%s: %s", what, nsl_errno_text(result));
	return false;
}

const char *nsl_errno_text(int result)
{
	switch (-result) {
	case ETIMEDOUT:
		return "it does not answer";
	case ETIME:
		return "it takes too long";
	case E2BIG:
		return "there are more than can be listed";
	default:
		return strerror(-result);
	}
}

const char *nsl_errno_name(int result)
{
	/* strerrorname_np() would do, but is not in glibc before 2.32, nor in musl. */
	static const char *const names[] = {
		[EPERM] = "EPERM",	 [ENOENT] = "ENOENT",
		[ESRCH] = "ESRCH",	 [EINTR] = "EINTR",
		[EIO] = "EIO",		 [EBADF] = "EBADF",
		[EAGAIN] = "EAGAIN",	 [ENOMEM] = "ENOMEM",
		[EACCES] = "EACCES",	 [ENOTDIR] = "ENOTDIR",
		[EISDIR] = "EISDIR",	 [EINVAL] = "EINVAL",
		[ENFILE] = "ENFILE",	 [EMFILE] = "EMFILE",
		[ENOSPC] = "ENOSPC",	 [EPIPE] = "EPIPE",
		[ENOSYS] = "ENOSYS",	 [ELOOP] = "ELOOP",
		[ENOTCONN] = "ENOTCONN", [ETIMEDOUT] = "ETIMEDOUT",
		[ECHILD] = "ECHILD",	 [ESTALE] = "ESTALE",
		[EUSERS] = "EUSERS",	 [ENAMETOOLONG] = "ENAMETOOLONG",
		[EFBIG] = "EFBIG",	 [EBADMSG] = "EBADMSG",
		[EREMOTE] = "EREMOTE",	 [EMEDIUMTYPE] = "EMEDIUMTYPE",
		[E2BIG] = "E2BIG",	 [ENODATA] = "ENODATA",
		[ETIME] = "ETIME",
	};
	const char *name =
		-result > 0 && -result < (int)G_N_ELEMENTS(names) ? names[-result] : NULL;

	return name ? name : "errno";
}

bool nsl_has_capability(guint capability)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {{0}};

	return syscall(SYS_capget, &header, data) == 0 &&
	       (data[capability / 32].effective & (1u << (capability % 32)));
}

gint64 nsl_cpu_time(void)
{
	struct timespec now = {0};

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (gint64)now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

void nsl_fd_close(NslFd fd)
{
	if (fd >= 0)
		close(fd);
}

int nsl_fd_openat(int dir, const char *path, int flags)
{
	int fd;

	do
		fd = openat(dir, path, flags | O_CLOEXEC);
	while (fd < 0 && errno == EINTR);
	return fd < 0 ? -errno : fd;
}

static int open_confined(int dir, const char *path, int flags, __u64 resolve)
{
	const struct how how = {.flags = (__u64)(flags | O_CLOEXEC), .resolve = resolve};
	long fd;

	/* EAGAIN: somebody mounted something meanwhile; or with HOW_CACHED, it is not there. */
	for (int again = 0; again < 16; again++) {
		fd = syscall(SYS_openat2, dir, path, &how, sizeof(how));
		if (fd >= 0 || (errno != EINTR && errno != EAGAIN))
			break;
	}
	return fd < 0 ? -errno : (int)fd;
}

int nsl_fd_openat_same_mount(int dir, const char *path, int flags)
{
	int fd = open_confined(dir, path, flags, HOW_NO_XDEV);

	/* A kernel or a filter without openat2(2). */
	return fd == -ENOSYS || fd == -EPERM ? nsl_fd_openat(dir, path, flags) : fd;
}

int nsl_fd_openat_in_root(int root, const char *path, int flags)
{
	return open_confined(root, path, flags, HOW_IN_ROOT | HOW_NO_MAGICLINKS);
}

/* `path`: shorter than PATH_MAX. */
static int open_part(int root, const char *path, bool waits)
{
	const __u64 resolve = HOW_IN_ROOT | HOW_NO_MAGICLINKS | HOW_NO_SYMLINKS;
	int fd = open_confined(root, path, O_PATH, resolve | HOW_CACHED);

	return fd == -EINVAL && waits ? open_confined(root, path, O_PATH, resolve) : fd;
}

int nsl_fd_open_below(int root, const char *path, bool waits)
{
	g_auto(NslFd) dir = -1;

	while (strlen(path) >= PATH_MAX) {
		g_autofree char *part = g_strndup(path, PATH_MAX - 1);
		char *slash = strrchr(part, '/');
		int next;

		if (!slash || slash == part)
			return -ENAMETOOLONG;
		*slash = '\0';
		next = open_part(dir < 0 ? root : dir, part, waits);
		if (next < 0)
			return next;
		nsl_fd_close(nsl_fd_steal(&dir));
		dir = next;
		path += slash + 1 - part;
	}
	return open_part(dir < 0 ? root : dir, path, waits);
}

ssize_t nsl_fd_read(int fd, void *buffer, gsize size)
{
	gsize have = 0;

	while (have < size) {
		ssize_t got = read(fd, (char *)buffer + have, size - have);

		if (got == 0)
			break;
		if (got > 0)
			have += (gsize)got;
		else if (errno != EINTR)
			return -errno;
	}
	return (ssize_t)have;
}

ssize_t nsl_fd_read_text(int dir, const char *path, int flags, char *text, gsize size)
{
	g_auto(NslFd) fd = nsl_fd_openat(dir, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | flags);
	ssize_t got = fd < 0 ? fd : nsl_fd_read(fd, text, size - 1);

	text[MAX(got, 0)] = '\0';
	return got;
}

int nsl_fd_write(int fd, const void *buffer, gsize size)
{
	const char *at = buffer;

	while (size > 0) {
		ssize_t put = write(fd, at, size);

		if (put >= 0) {
			at += put;
			size -= (gsize)put;
		} else if (errno == EAGAIN) {
			struct pollfd ready = {.fd = fd, .events = POLLOUT};

			if (poll(&ready, 1, -1) < 0 && errno != EINTR)
				return -errno;
		} else if (errno != EINTR) {
			return -errno;
		}
	}
	return 0;
}

static void close_between(int first, int last)
{
	struct rlimit limit = {.rlim_cur = RLIM_INFINITY};

	if (first > last || syscall(SYS_close_range, first, last, 0) == 0)
		return;
	getrlimit(RLIMIT_NOFILE, &limit);
	last = (int)MIN((rlim_t)last, MIN(limit.rlim_cur, 1u << 20));
	for (int fd = first; fd <= last; fd++)
		close(fd);
}

void nsl_fd_close_all_but(int first, const int *keep, gsize n_keep)
{
	for (;;) {
		int lowest = G_MAXINT; /* of those that are kept, from `first` on */

		for (gsize i = 0; i < n_keep; i++)
			if (keep[i] >= first && keep[i] < lowest)
				lowest = keep[i];
		close_between(first, lowest - 1);
		if (lowest == G_MAXINT)
			return;
		first = lowest + 1;
	}
}

bool nsl_fd_fill_standard(void)
{
	for (int fd = 0; fd <= 2; fd++) {
		int filler;

		if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF)
			continue;
		/* Every process has this directory, and nobody can read or write through it. */
		filler = open("/", O_PATH);
		if (filler != fd) {
			nsl_fd_close(filler);
			return false;
		}
	}
	return true;
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(DIR, closedir)

int nsl_fd_list(int dir, guint limit, GPtrArray *names)
{
	g_auto(NslFd) fd = nsl_fd_openat(dir, ".", O_RDONLY | O_DIRECTORY);
	g_autoptr(DIR) entries = fd < 0 ? NULL : fdopendir(fd);
	guint most = names->len + limit;
	const struct dirent *entry;

	if (!entries)
		return fd < 0 ? fd : -errno;
	nsl_fd_steal(&fd);
	for (errno = 0; (entry = readdir(entries)); errno = 0) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (names->len >= most)
			return -E2BIG;
		g_ptr_array_add(names, g_strdup(entry->d_name));
	}
	return -errno;
}

static NslMemoryFunc *on_failure;

static void take_log(const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
	if (level & G_LOG_FLAG_FATAL)
		on_failure();
	if (!(level & G_LOG_LEVEL_DEBUG)) /* nobody reads those, of which the first one is ours */
		g_log_default_handler(domain, level, message, data);
}

/* Any other reason to crash crashes: only where memory cannot be had it is what this is about. */
static void take_crash(int number)
{
	if (mmap(NULL, PROBE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)
		on_failure();
	signal(number, SIG_DFL);
	raise(number);
}

static void handle(int number)
{
	struct sigaction old;
	struct sigaction action = {.sa_handler = take_crash, .sa_flags = SA_ONSTACK};

	/* A sanitizer's own handler stays. */
	if (sigaction(number, NULL, &old) == 0 && old.sa_handler == SIG_DFL)
		sigaction(number, &action, NULL);
}

void nsl_memory_on_failure(NslMemoryFunc *func)
{
	static char stack[STACK_SIZE];
	stack_t alternate = {.ss_sp = stack, .ss_size = sizeof(stack)};

	on_failure = func;
	sigaltstack(&alternate, NULL);
	handle(SIGABRT);
	handle(SIGSEGV);
	/*
	 * GLib's log, and the lock of GVariant's types, take memory when they are used for the
	 * first time: here there is some.
	 */
	g_variant_unref(g_variant_ref_sink(g_variant_new("(i)", 0)));
	g_log_set_default_handler(take_log, NULL);
	g_debug("%s", "");
}
