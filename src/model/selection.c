/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the user wants to see: see selection.h.
 */
#include "model/selection.h"

#include <string.h>

#include "base/each.h"
#include "base/procfs.h"
#include "base/text.h"

static void selector_free(gpointer data)
{
	NslSelector *selector = data;

	g_free(selector->text);
	g_free(selector->why);
	g_clear_pointer(&selector->mnt, g_hash_table_unref);
	g_clear_pointer(&selector->containers, g_hash_table_unref);
	g_free(selector->name);
	g_free(selector->bytes);
	g_free(selector);
}

NslSelection *nsl_selection_new(void)
{
	NslSelection *selection = g_new0(NslSelection, 1);

	selection->selectors = g_ptr_array_new_with_free_func(selector_free);
	selection->filters = g_ptr_array_new_with_free_func(g_free);
	selection->pids = g_hash_table_new(NULL, NULL);
	selection->tasks = g_array_new(FALSE, FALSE, sizeof(guint32));
	selection->types = NSL_NSTYPES_ALL;
	return selection;
}

void nsl_selection_free(NslSelection *selection)
{
	g_clear_pointer(&selection->within, nsl_selection_free);
	g_ptr_array_unref(selection->selectors);
	g_ptr_array_unref(selection->filters);
	g_hash_table_unref(selection->pids);
	g_array_unref(selection->tasks);
	g_free(selection);
}

NslSelection *nsl_selection_copy(const NslSelection *selection)
{
	NslSelection *copy = nsl_selection_new();

	NSL_EACH (const NslSelector, selector, selection->selectors)
		nsl_selection_add(copy, selector->text);
	g_ptr_array_unref(copy->filters);
	copy->filters = g_ptr_array_ref(selection->filters);
	g_array_append_vals(copy->tasks, selection->tasks->data, selection->tasks->len);
	copy->types = selection->types;
	copy->all = selection->all;
	copy->persistent = selection->persistent;
	copy->threads = selection->threads;
	return copy;
}

/* TYPE:[INODE], TYPE:INODE, nsid:N, peer:IFACE or mount:WHAT. False: it is none of those. */
static bool parse_prefixed(NslSelector *selector)
{
	const char *word = selector->text;
	const char *colon = strchr(word, ':');
	const char *object = colon ? colon + 1 : "";
	gsize size = strlen(object);
	NslNsType type;

	if (size == 0)
		return false;
	selector->object = object;
	if (g_str_has_prefix(word, "peer:")) {
		selector->kind = NSL_SELECTOR_PEER;
		selector->types = NSL_NSTYPE_BIT(NSL_NSTYPE_NET);
		selector->netnsid = -1;
		return true;
	}
	if (g_str_has_prefix(word, "mount:")) {
		selector->kind = NSL_SELECTOR_MOUNT;
		selector->types = NSL_NSTYPE_BIT(NSL_NSTYPE_MNT);
		selector->mnt = g_hash_table_new(NULL, NULL);
		return true;
	}
	if (g_str_has_prefix(word, "nsid:")) {
		selector->kind = NSL_SELECTOR_NSID;
		return nsl_parse_number(object, size, G_MAXUINT64, &selector->nsid);
	}
	type = nsl_nstype_find(word, (gsize)(colon - word));
	if (size >= 2 && object[0] == '[' && object[size - 1] == ']') {
		object++;
		size -= 2;
	}
	if (type == NSL_NSTYPE_COUNT ||
	    !nsl_parse_number(object, size, G_MAXUINT64, &selector->inode))
		return false;
	selector->kind = NSL_SELECTOR_NAMESPACE;
	selector->types = NSL_NSTYPE_BIT(type);
	return true;
}

/* A word as a label shows it, with \xHH for what would end that. NULL: there is none in it. */
static char *unescape(const char *word)
{
	static const char letters[] = "ntr"; /* nsl_text_escape() has these, too */
	GString *bytes = g_string_new(NULL);
	bool any = false;

	for (const char *at = word; *at; at++) {
		if (at[0] == '\\' && at[1] == 'x' && g_ascii_isxdigit(at[2]) &&
		    g_ascii_isxdigit(at[3]) && (at[2] != '0' || at[3] != '0')) {
			g_string_append_c(bytes, (char)(g_ascii_xdigit_value(at[2]) << 4 |
							g_ascii_xdigit_value(at[3])));
			at += strlen("xHH");
			any = true;
		} else if (at[0] == '\\' && at[1] && strchr(letters, at[1])) {
			g_string_append_c(bytes, "\n\t\r"[strchr(letters, *++at) - letters]);
			any = true;
		} else {
			g_string_append_c(bytes, *at);
		}
	}
	return g_string_free(bytes, !any);
}

/* RUNTIME:NAME: no other name is looked for, since users choose those, a unit's among them. */
static bool is_label(const char *word)
{
	gsize size = strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return size > 0 && word[size] == ':' && word[size - 1] != '-';
}

void nsl_selection_add(NslSelection *selection, const char *word)
{
	NslSelector *selector = g_new0(NslSelector, 1);
	gsize size = strlen(word);
	guint64 number;

	selector->text = g_strdup(word);
	g_ptr_array_add(selection->selectors, selector);
	if (size > 0 && strspn(word, "0123456789") == size) {
		/* What no inode can be is nobody's: 0 below. */
		if (!nsl_parse_number(word, size, G_MAXUINT64, &number))
			number = G_MAXUINT64;
		if (number <= NSL_PID_MAX) {
			nsl_selection_set_pid(selection, selector, (guint32)number);
		} else {
			selector->kind = NSL_SELECTOR_NAMESPACE;
			selector->types = NSL_NSTYPES_ALL;
			selector->inode = number;
		}
	} else if (parse_prefixed(selector)) {
		/* What a peer or a mount is turns out later. */
	} else if (strchr(word, '/')) {
		selector->kind = NSL_SELECTOR_PATH;
	} else {
		selector->kind = NSL_SELECTOR_WORD;
		selector->label = is_label(word);
		selector->claim = size > 1 && word[size - 1] == '?';
		selector->name = g_strndup(word, selector->claim ? size - 1 : size);
		selector->bytes = unescape(selector->name);
	}
}

void nsl_selection_set_pid(NslSelection *selection, NslSelector *selector, guint32 pid)
{
	selector->kind = NSL_SELECTOR_PID;
	selector->pid = pid;
	g_hash_table_insert(selection->pids, GUINT_TO_POINTER(pid), GUINT_TO_POINTER(true));
}

void nsl_selection_set_thread(NslSelection *selection, guint32 tid, guint32 pid)
{
	g_hash_table_remove(selection->pids, GUINT_TO_POINTER(tid));
	if (!g_hash_table_contains(selection->pids, GUINT_TO_POINTER(pid)))
		g_hash_table_insert(selection->pids, GUINT_TO_POINTER(pid), NULL);
}

void nsl_selector_fail(NslSelector *selector, char *why)
{
	selector->kind = NSL_SELECTOR_NOTHING;
	g_free(selector->why);
	selector->why = why;
}

void nsl_selection_explain(NslSelection *selection, const char *word, const char *why)
{
	NSL_EACH (NslSelector, selector, selection->selectors) {
		if (strcmp(selector->text, word) == 0) {
			g_free(selector->why);
			selector->why = g_strdup(why);
		}
	}
}

static bool has_kinds(const NslSelection *selection, guint kinds)
{
	NSL_EACH (const NslSelector, selector, selection->selectors)
		if (kinds & 1u << selector->kind)
			return true;
	return false;
}

bool nsl_selection_is_pids(const NslSelection *selection)
{
	return selection->selectors->len > 0 &&
	       !has_kinds(selection, ~(1u << NSL_SELECTOR_PID | 1u << NSL_SELECTOR_NOTHING));
}

#define SEARCHED (1u << NSL_SELECTOR_WORD | 1u << NSL_SELECTOR_PEER | 1u << NSL_SELECTOR_MOUNT)

bool nsl_selection_has_words(const NslSelection *selection)
{
	return has_kinds(selection, SEARCHED);
}

/* Of what a process is in, others are members too. */
bool nsl_selection_is_open(const NslSelection *selection)
{
	return has_kinds(selection, SEARCHED | 1u << NSL_SELECTOR_NSID | 1u << NSL_SELECTOR_PID);
}

#define SHORTEST_ID 4  /* characters of an id that may stand for it */
#define SHOWN_ID    12 /* as engines and labels show it: no user's thing of that name hides it */

/* A saved document has as UTF-8 what a system, and the command line, have as bytes. */
static bool is_name(const char *word, const char *name)
{
	return name && nsl_text_utf8_equal(word, name);
}

static bool is_id(const char *word, const char *id, bool exact)
{
	return g_strcmp0(word, id) == 0 ||
	       (id && strlen(word) >= (exact ? SHOWN_ID : SHORTEST_ID) &&
		g_str_has_prefix(id, word));
}

/* `word`: the selector's name, or its bytes. */
static bool is_container(const NslSelector *selector, const char *word,
			 const NslContainer *container)
{
	const NslIdentity *identity = &container->identity;
	gsize runtime = strlen(identity->runtime);
	bool has_runtime; /* "docker:web", as the labels have it */

	if (container->unconfirmed != selector->claim)
		return false;
	has_runtime = g_str_has_prefix(word, identity->runtime) && word[runtime] == ':';
	if (has_runtime)
		word += runtime + 1;
	else if (selector->label)
		return false;
	else if (is_name(word, identity->pod) || is_id(word, identity->pod_uid, selector->exact))
		return true;
	/* Where only namespaces tell of it, the name is a label: it goes with "sandbox:" alone. */
	return ((has_runtime || !nsl_container_is_sandbox(container)) &&
		is_name(word, identity->name)) ||
	       is_id(word, identity->id, selector->exact);
}

static bool is_name_of(const NslSelector *selector, const NslContainer *container)
{
	return is_container(selector, selector->name, container) ||
	       (selector->bytes && is_container(selector, selector->bytes, container));
}

/* Whether the text stands for that name or path, as it is, as it is saved, or as it is shown. */
static bool is_text_of(const NslSelector *selector, const char *name)
{
	return is_name(selector->text, name) ||
	       (selector->bytes && !selector->claim && g_strcmp0(selector->bytes, name) == 0);
}

/* Each is passed twice, however deep they are: out to one that is known or named, and back. */
void nsl_selector_find_containers(NslSelector *selector, const GPtrArray *containers, bool exact)
{
	g_autoptr(GHashTable) passed = g_hash_table_new(NULL, NULL);

	selector->exact = exact;
	g_clear_pointer(&selector->containers, g_hash_table_unref);
	if (selector->kind != NSL_SELECTOR_WORD)
		return;
	selector->containers = g_hash_table_new(NULL, NULL);
	NSL_EACH (NslContainer, container, containers) {
		NslContainer *end = container;

		while (end && g_hash_table_add(passed, end) && !is_name_of(selector, end))
			end = end->parent;
		if (!end ||
		    !(nsl_selector_is_container(selector, end) || is_name_of(selector, end)))
			continue;
		g_hash_table_add(selector->containers, end);
		for (NslContainer *at = container; at != end; at = at->parent)
			g_hash_table_add(selector->containers, at);
	}
}

bool nsl_selector_is_container(const NslSelector *selector, const NslContainer *container)
{
	return selector->containers && g_hash_table_contains(selector->containers, container);
}

/* "nginx" is nginx.service, as for systemctl(1). */
static bool is_unit(const char *word, const char *unit)
{
	gsize size = strlen(word);

	return unit && (strcmp(word, unit) == 0 ||
			(strncmp(word, unit, size) == 0 && strcmp(unit + size, ".service") == 0));
}

bool nsl_selector_is_of(const NslSelector *selector, const NslProcess *process)
{
	if (nsl_selector_is_container(selector, nsl_process_around(process)))
		return true;
	return selector->kind == NSL_SELECTOR_WORD && !selector->label &&
	       (is_unit(selector->text, process->unit) || is_text_of(selector, process->machine));
}

bool nsl_selection_is_part(const NslSelection *selection)
{
	return selection->selectors->len > 0 || selection->filters->len > 0 ||
	       selection->tasks->len > 0 || selection->persistent;
}

bool nsl_selection_is_narrow(const NslSelection *selection)
{
	return selection->types != NSL_NSTYPES_ALL || nsl_selection_is_part(selection) ||
	       (selection->within && nsl_selection_is_narrow(selection->within));
}

bool nsl_selection_has_pid(const NslSelection *selection, guint32 pid)
{
	return g_hash_table_lookup(selection->pids, GUINT_TO_POINTER(pid)) != NULL;
}

bool nsl_selection_names_pid(const NslSelection *selection, guint32 pid)
{
	NSL_EACH_IN (const guint32, task, selection->tasks)
		if (*task == pid)
			return true;
	return g_hash_table_contains(selection->pids, GUINT_TO_POINTER(pid));
}

/* Whether the path is the link of a member (/proc/PID/ns/TYPE). */
static bool is_link(const char *path, const NslNamespace *ns)
{
	const char *rest;
	guint32 pid;

	if (!ns->members || !nsl_parse_process_path(path, &pid, &rest) ||
	    !g_str_has_prefix(rest, "ns/") ||
	    strcmp(rest + strlen("ns/"), nsl_nstypes[ns->type].name) != 0)
		return false;
	NSL_EACH (const NslProcess, process, ns->members)
		if (process->pid == pid)
			return true;
	return false;
}

bool nsl_selector_is(const NslSelector *selector, const NslNamespace *ns)
{
	switch (selector->kind) {
	case NSL_SELECTOR_NAMESPACE:
		return selector->inode == ns->inode && (selector->types & NSL_NSTYPE_BIT(ns->type));
	case NSL_SELECTOR_NSID:
		return selector->nsid == ns->nsid && ns->nsid != 0;
	case NSL_SELECTOR_PEER:
		return ns->type == NSL_NSTYPE_NET && ns->has_netnsid == NSL_KNOWN &&
		       ns->netnsid == selector->netnsid;
	case NSL_SELECTOR_MOUNT:
		return ns->type == NSL_NSTYPE_MNT &&
		       g_hash_table_contains(selector->mnt, GSIZE_TO_POINTER(ns->inode));
	case NSL_SELECTOR_WORD:
		for (guint i = 0; ns->names && i < ns->names->len; i++)
			if (is_text_of(selector, g_ptr_array_index(ns->names, i)))
				return true;
		return false;
	case NSL_SELECTOR_PATH: /* as far as a saved document tells */
		for (guint i = 0; ns->holders && i < ns->holders->len; i++)
			if (is_text_of(selector, g_array_index(ns->holders, NslHolder, i).path))
				return true;
		return is_link(selector->text, ns);
	case NSL_SELECTOR_PID:
	case NSL_SELECTOR_NOTHING:
		return false;
	}
	return false;
}

bool nsl_selection_selects(const NslSelection *selection, const NslNamespace *ns)
{
	NSL_EACH (const NslSelector, selector, selection->selectors)
		if (nsl_selector_is(selector, ns))
			return true;
	return false;
}

bool nsl_selection_wants(const NslSelection *selection, const NslNamespace *ns)
{
	if (!(selection->types & NSL_NSTYPE_BIT(ns->type)))
		return false;
	if (selection->selectors->len > 0)
		return nsl_selection_selects(selection, ns);
	if (ns->listing == NSL_LISTING_LIVE)
		return selection->all || !ns->root;
	return ns->listing == NSL_LISTING_SAVED || (selection->all && ns->root);
}
