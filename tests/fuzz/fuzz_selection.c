/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fuzzes nsl_selection_add(): a word of the command line, a line of input each. What has to hold: a
 * word becomes one selector, which keeps its text, and with a "?" stands for what is claimed alone;
 * only digits are a PID or an inode; what has a slash is a path, unless it begins with "peer:" or
 * "mount:", which are the ends of veths and file systems; a selector stands for the
 * namespace that it names, and for none beside it.
 */
#include "fuzz.h"

#include "base/procfs_parse.h"
#include "model/selection.h"

static void check_namespace(const NslSelector *selector)
{
	g_assert_cmpuint(selector->types & ~NSL_NSTYPES_ALL, ==, 0);
	g_assert_cmpuint(selector->types, !=, 0);
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++) {
		NslNamespace ns = {.inode = selector->inode, .type = type};

		g_assert_true(nsl_selector_is(selector, &ns) ==
			      ((selector->types & NSL_NSTYPE_BIT(type)) != 0));
		ns.inode++;
		g_assert_false(nsl_selector_is(selector, &ns));
	}
}

static void check_nsid(const NslSelector *selector)
{
	NslNamespace ns = {.nsid = selector->nsid};

	g_assert_true(g_str_has_prefix(selector->text, "nsid:"));
	/* 0 is "not known". */
	g_assert_true(nsl_selector_is(selector, &ns) == (selector->nsid != 0));
	ns.nsid++;
	g_assert_false(nsl_selector_is(selector, &ns));
}

/* A runtime that the word does not begin with. */
static const char *other_runtime(const char *word)
{
	return word[0] == '\n' ? "x" : "\n";
}

static bool names(NslSelector *selector, NslContainer *container)
{
	g_autoptr(GPtrArray) containers = g_ptr_array_new();

	g_ptr_array_add(containers, container);
	nsl_selector_find_containers(selector, containers, false);
	return nsl_selector_is_container(selector, container);
}

static void check_word(NslSelector *selector)
{
	gsize size = strlen(selector->text);
	bool claim = size > 1 && selector->text[size - 1] == '?';
	g_autofree char *name = g_strndup(selector->text, claim ? size - 1 : size);
	NslContainer container = {.identity = {.runtime = other_runtime(name), .name = name},
				  .unconfirmed = claim,
				  .evidence = NSL_EVIDENCE_STATE};
	NslProcess process = {.container = &container};
	const char *colon = strchr(name, ':');

	/* RUNTIME:NAME is a label, and nobody is called so. */
	g_assert_true(names(selector, &container) == !selector->label);
	g_assert_true(nsl_selector_is_of(selector, &process) == !selector->label);
	if (selector->label) {
		g_autofree char *runtime = g_strndup(name, (gsize)(colon - name));

		container.identity.runtime = runtime;
		container.identity.name = (char *)colon + 1;
		g_assert_true(names(selector, &container));
		container.identity.runtime = other_runtime(name);
	}
	container.unconfirmed = !claim;
	g_assert_false(names(selector, &container));
	container.unconfirmed = claim;
	container.evidence = NSL_EVIDENCE_NAMESPACES;
	g_assert_false(names(selector, &container));
	process = (NslProcess){.unit = selector->text};
	g_assert_true(nsl_selector_is_of(selector, &process) == !selector->label);
}

static bool is_object(const char *word)
{
	return (g_str_has_prefix(word, "peer:") || g_str_has_prefix(word, "mount:")) &&
	       strchr(word, ':')[1] != '\0';
}

/* Before anything was looked up it stands for no namespace, and for no container. */
static void check_object(NslSelector *selector)
{
	const char *object = selector->object;
	NslContainer container = {
		.identity = {.runtime = other_runtime(object), .name = (char *)object}};

	g_assert_true(object[0] != '\0' && g_str_has_suffix(selector->text, object));
	g_assert_false(names(selector, &container));
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++) {
		NslNamespace ns = {.type = type, .has_netnsid = NSL_KNOWN};

		g_assert_false(nsl_selector_is(selector, &ns));
	}
}

static void check(const NslSelection *selection, NslSelector *selector, const char *word)
{
	bool digits = word[0] != '\0' && word[strspn(word, "0123456789")] == '\0';

	g_assert_cmpstr(selector->text, ==, word);
	g_assert_true(!digits || selector->kind == NSL_SELECTOR_PID ||
		      selector->kind == NSL_SELECTOR_NAMESPACE);
	g_assert_true((selector->kind == NSL_SELECTOR_PATH) ==
		      (strchr(word, '/') != NULL && !is_object(word)));
	g_assert_true(is_object(word) == (selector->kind == NSL_SELECTOR_PEER ||
					  selector->kind == NSL_SELECTOR_MOUNT));
	switch (selector->kind) {
	case NSL_SELECTOR_PID:
		g_assert_true(digits && selector->pid <= NSL_PID_MAX);
		g_assert_true(nsl_selection_has_pid(selection, selector->pid));
		break;
	case NSL_SELECTOR_NAMESPACE:
		check_namespace(selector);
		break;
	case NSL_SELECTOR_NSID:
		check_nsid(selector);
		break;
	case NSL_SELECTOR_WORD:
		check_word(selector);
		break;
	case NSL_SELECTOR_PEER:
	case NSL_SELECTOR_MOUNT:
		check_object(selector);
		break;
	case NSL_SELECTOR_PATH:
		break;
	case NSL_SELECTOR_NOTHING:
		g_error("a word stands for nothing before anything was looked up");
	}
}

void fuzz_one(const guint8 *data, gsize size)
{
	g_autofree char *text = fuzz_text(data, size);
	g_auto(GStrv) words = g_strsplit(text, "\n", 64);
	g_autoptr(NslSelection) selection = nsl_selection_new();

	for (guint i = 0; words[i]; i++) {
		nsl_selection_add(selection, words[i]);
		g_assert_cmpuint(selection->selectors->len, ==, i + 1);
		check(selection, g_ptr_array_index(selection->selectors, i), words[i]);
	}
}
