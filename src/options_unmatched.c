/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is said of selectors that stand for nothing that is seen: see options.h.
 */
#include "options.h"

#include <unistd.h>

/* "no process 7", or what is known of one that is there. */
static char *explain_process(const NslUnmatched *unmatched, guint32 pid, const char *option,
			     bool may_help)
{
	if (!unmatched->hidden)
		return g_strdup_printf("no process %u%s", pid, option);
	return g_strdup_printf("process %u is not visible%s%s", pid, option,
			       may_help ? "; run as root to see it" : "");
}

char *nsl_options_explain_unmatched(const NslOptions *options, const NslUnmatched *unmatched)
{
	const NslSelector *selector = unmatched->selector;
	NslNsType type = unmatched->type;
	const char *visible = unmatched->unseen ? "visible " : "";
	bool may_help = geteuid() != 0 && options->from->len == 0;
	const char *option;
	const char *hint = unmatched->unseen && may_help ? "; run as root to see all of them" : "";

	if (!selector)
		return explain_process(unmatched, unmatched->task, " (--task)", may_help);
	switch (selector->kind) {
	case NSL_SELECTOR_PID:
		option = nsl_options_find_bare(options, selector->text);
		if (option && !unmatched->hidden)
			return g_strdup_printf("no process %u; is it --%s=%s?", selector->pid,
					       option, selector->text);
		return explain_process(unmatched, selector->pid, "", may_help);
	case NSL_SELECTOR_NAMESPACE:
		if (type < NSL_NSTYPE_COUNT && !(selector->types & NSL_NSTYPE_BIT(type)))
			return g_strdup_printf("no namespace %s: it is %s:[%" G_GUINT64_FORMAT "]",
					       selector->text, nsl_nstypes[type].name,
					       selector->inode);
		return g_strdup_printf("no %snamespace %s", visible, selector->text);
	case NSL_SELECTOR_NSID:
		return g_strdup_printf("no %snamespace %s", visible, selector->text);
	case NSL_SELECTOR_PEER:
		return g_strdup_printf("%s: the net namespace at its other end is not seen%s",
				       selector->text, hint);
	case NSL_SELECTOR_MOUNT:
		return g_strdup_printf("%s: no mount namespace that is seen has it mounted%s",
				       selector->text, hint);
	case NSL_SELECTOR_NOTHING:
		return g_strdup(selector->why);
	case NSL_SELECTOR_PATH:
		return g_strdup_printf("%s: which namespace that is, is not in the document",
				       selector->text);
	case NSL_SELECTOR_WORD:
		break;
	}
	if (selector->why)
		return g_strdup(selector->why);
	option = nsl_options_find_bare(options, selector->text);
	if (option)
		return g_strdup_printf("nothing %sis called \"%s\"; is it --%s=%s?", visible,
				       selector->text, option, selector->text);
	return g_strdup_printf("nothing %sis called \"%s\"", visible, selector->text);
}
