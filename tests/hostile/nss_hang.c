/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * A module of the name service (nsswitch.conf(5)) that never answers, as of a directory server that
 * is not there. For the tests; nsswitch.conf calls it "hang".
 */

#include <nss.h>
#include <pwd.h>
#include <stddef.h>
#include <unistd.h>

enum nss_status _nss_hang_getpwuid_r(uid_t uid, struct passwd *entry, char *buffer, size_t size,
				     int *error);

enum nss_status _nss_hang_getpwuid_r(uid_t uid, struct passwd *entry, char *buffer, size_t size,
				     int *error)
{
	(void)uid;
	(void)entry;
	(void)buffer;
	(void)size;
	(void)error;
	for (;;)
		pause();
	return NSS_STATUS_UNAVAIL;
}
