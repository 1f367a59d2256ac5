/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Changes: see change.h.
 */
#include "model/change.h"

const char *const nsl_change_sign_names[NSL_CHANGE_SIGN_COUNT] = {
	[NSL_CHANGE_CAME] = "came",
	[NSL_CHANGE_WENT] = "went",
	[NSL_CHANGE_CHANGED] = "changed",
};

const char *const nsl_subject_names[NSL_SUBJECT_COUNT] = {
	[NSL_SUBJECT_CONTAINER] = "container",
	[NSL_SUBJECT_NAMESPACE] = "namespace",
	[NSL_SUBJECT_PROCESS] = "process",
};

const char *const nsl_field_names[NSL_FIELD_COUNT] = {
	[NSL_FIELD_NAME] = "name",	     [NSL_FIELD_SHARES] = "shares",
	[NSL_FIELD_PROCESSES] = "processes", [NSL_FIELD_NAMES] = "names",
	[NSL_FIELD_HELD_BY] = "held_by",     [NSL_FIELD_NAMESPACES] = "namespaces",
	[NSL_FIELD_CONTAINER] = "container",
};

static void change_free(gpointer data)
{
	NslChange *change = data;

	g_ptr_array_unref(change->came);
	g_ptr_array_unref(change->went);
	g_free(change);
}

NslChanges *nsl_changes_new(void)
{
	NslChanges *changes = g_new0(NslChanges, 1);

	changes->list = g_ptr_array_new_with_free_func(change_free);
	changes->notes = g_ptr_array_new_with_free_func(g_free);
	return changes;
}

void nsl_changes_free(NslChanges *changes)
{
	g_ptr_array_unref(changes->list);
	g_ptr_array_unref(changes->notes);
	g_free(changes);
}

NslChange *nsl_changes_add(NslChanges *changes, NslChangeSign sign, NslSubject subject,
			   gconstpointer thing)
{
	NslChange *change = g_new0(NslChange, 1);

	change->sign = sign;
	change->subject = subject;
	change->container = subject == NSL_SUBJECT_CONTAINER ? thing : NULL;
	change->ns = subject == NSL_SUBJECT_NAMESPACE ? thing : NULL;
	change->process = subject == NSL_SUBJECT_PROCESS ? thing : NULL;
	change->came = g_ptr_array_new();
	change->went = g_ptr_array_new();
	g_ptr_array_add(changes->list, change);
	return change;
}
