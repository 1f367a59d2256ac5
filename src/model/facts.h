/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Facts: what a format needs to have collected beyond the default table's namespaces and command
 * lines. What is not asked for is not read.
 */
#pragma once

typedef enum NslFact {
	NSL_FACT_ALL_TYPES = 1 << 0, /* of the processes listed: namespaces of every type */
	NSL_FACT_STAT = 1 << 1,	     /* parent, start, kernel thread, and always the comm */
	NSL_FACT_STATUS = 1 << 2,    /* effective UID, PIDs in nested PID namespaces */
	NSL_FACT_SYSTEM = 1 << 3,    /* host name, boot id … */
	NSL_FACT_USERS = 1 << 4,     /* user names */
	NSL_FACT_RELATIONS =
		1 << 5, /* parents, owners and ids, of selected processes' namespaces too */
	NSL_FACT_CONTAINERS = 1 << 6, /* cgroups, containers and units, by name */
	NSL_FACT_DETAILS = 1 << 7,    /* what the namespaces that are listed are */
} NslFact;

/* What details take: the inits' PIDs, how deep they nest, and the owners' names are in others. */
#define NSL_FACTS_DETAIL (NSL_FACT_DETAILS | NSL_FACT_STATUS | NSL_FACT_RELATIONS | NSL_FACT_USERS)
