/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The kernel's types: see btf.h.
 */
#include "base/btf.h"

#include <fcntl.h>
#include <linux/btf.h>
#include <string.h>
#include <sys/mman.h>

#include "base/sys.h"

#define VMLINUX "/sys/kernel/btf/vmlinux"

#define MAX_SIZE  (256u << 20)
#define MAX_DEPTH 16	/* of structures in structures, and of typedefs */
#define MAX_LOOKS 65536 /* at members, for one name */

/* include/uapi/linux/btf.h; of the counts all bits that are not spoken for. */
#define KIND(type)	    ((type)->info >> 24 & 0x7f)
#define COUNT(type)	    ((type)->info & 0xffffff)
#define HAS_BITFIELDS(type) ((type)->info >> 31)

/*
 * A kernel has 150,000 types, of which a dozen are asked for: what is kept of the others is little,
 * since each page of memory costs more than going over what is on it.
 */
#define STRIDE	  64   /* of each so many types it is kept where they begin */
#define N_BUCKETS 1024 /* of names */

typedef struct Struct {
	guint32 offset; /* in `types` */
	guint32 before; /* index of the one before, with the same hash; G_MAXUINT32: none */
} Struct;

/*
 * The types are gone over no farther than to what was asked for: nearly all of it comes early, and
 * each page that is never looked at is time saved. Names are read only of the structures up to
 * those that were asked for: the functions come after all of them.
 */
struct NslBtf {
	void *mapped; /* NULL: the bytes are the caller's */
	gsize mapped_size;
	const guint8 *types;
	gsize types_size;
	const char *strings;
	gsize strings_size;
	gsize end;	   /* in `types`: those before have been gone over */
	guint32 n_types;   /* ids end there */
	GArray *offsets;   /* guint32: where in `types` the types of ids 1, 1 + STRIDE … are */
	gsize structs_end; /* in `types`, at most `end`: `structs` are those before */
	GArray *structs;   /* Struct: those with a name */
	guint32 last[N_BUCKETS]; /* the last of them by hash, likewise */
	guint32 first_function;	 /* its id; 0: none yet */
};

/* What follows a type, by the number of its kind, of which older headers have not all. */
static const struct {
	guint8 fixed;
	guint8 each;
} rests[] = {
	[1] = {4, 0},	/* INT */
	[2] = {0, 0},	/* PTR */
	[3] = {12, 0},	/* ARRAY */
	[4] = {0, 12},	/* STRUCT */
	[5] = {0, 12},	/* UNION */
	[6] = {0, 8},	/* ENUM */
	[13] = {0, 8},	/* FUNC_PROTO */
	[14] = {4, 0},	/* VAR */
	[15] = {0, 12}, /* DATASEC */
	[17] = {4, 0},	/* DECL_TAG */
	[19] = {0, 12}, /* ENUM64 */
};

static bool is_known(const struct btf_type *type)
{
	return KIND(type) != 0 && KIND(type) < G_N_ELEMENTS(rests);
}

static const char *name_at(NslBtf *btf, guint32 offset)
{
	return offset < btf->strings_size ? btf->strings + offset : "";
}

/* The bytes that a type takes, all told. It has to be of a known kind. */
static gsize size_of_type(const struct btf_type *type)
{
	return sizeof(*type) + rests[KIND(type)].fixed +
	       (gsize)rests[KIND(type)].each * COUNT(type);
}

/*
 * Goes over more types, up to the next whose place is kept: there are 60,000 to the functions.
 * False: there are none, or none that can be understood.
 */
static bool walk_on(NslBtf *btf)
{
	const guint8 *end = btf->types + btf->types_size;
	const guint8 *at = btf->types + btf->end;
	guint32 offset = (guint32)btf->end;
	guint32 n = btf->n_types;

	do {
		const struct btf_type *type = (const void *)at;

		if ((gsize)(end - at) < sizeof(*type) || !is_known(type) ||
		    (gsize)(end - at) < size_of_type(type))
			break;
		if (KIND(type) == BTF_KIND_FUNC && btf->first_function == 0)
			btf->first_function = n;
		at += size_of_type(type);
		n++;
	} while ((n - 1) % STRIDE != 0);
	if (n == btf->n_types)
		return false;
	if ((btf->n_types - 1) % STRIDE == 0)
		g_array_append_val(btf->offsets, offset);
	btf->end = (gsize)(at - btf->types);
	btf->n_types = n;
	return true;
}

/* Indexes what are structures with a name of the next types. False: there are none. */
static bool index_on(NslBtf *btf)
{
	if (btf->structs_end == btf->end && !walk_on(btf))
		return false;
	for (guint i = 0; i < STRIDE && btf->structs_end < btf->end; i++) {
		const struct btf_type *type = (const void *)(btf->types + btf->structs_end);
		const char *name = name_at(btf, type->name_off);

		if (KIND(type) == BTF_KIND_STRUCT && *name != '\0') {
			guint32 *last = &btf->last[g_str_hash(name) % N_BUCKETS];
			const Struct entry = {.offset = (guint32)btf->structs_end, .before = *last};

			*last = btf->structs->len;
			g_array_append_val(btf->structs, entry);
		}
		btf->structs_end += size_of_type(type);
	}
	return true;
}

/* NULL: there is none of that id. */
static const struct btf_type *type_by_id(NslBtf *btf, guint32 id)
{
	gsize at;

	while (id >= btf->n_types)
		if (!walk_on(btf))
			return NULL;
	if (id == 0)
		return NULL;
	at = g_array_index(btf->offsets, guint32, (id - 1) / STRIDE);
	for (guint32 i = 0; i < (id - 1) % STRIDE; i++)
		at += size_of_type((const void *)(btf->types + at));
	return (const void *)(btf->types + at);
}

/* Whether `length` bytes from `offset` are after the header, aligned, and in the file. */
static bool is_within(const struct btf_header *header, gsize size, guint32 offset, guint32 length)
{
	gsize rest = size - header->hdr_len;

	return offset % 4 == 0 && offset <= rest && length <= rest - offset;
}

int nsl_btf_parse(const guint8 *bytes, gsize size, NslBtf **ret_btf)
{
	g_autoptr(NslBtf) btf = NULL;
	struct btf_header header;

	if (size < sizeof(header) || size > MAX_SIZE)
		return -EINVAL;
	memcpy(&header, bytes, sizeof(header));
	if (header.magic != BTF_MAGIC || header.version != BTF_VERSION ||
	    header.hdr_len < sizeof(header) || header.hdr_len % 4 != 0 || header.hdr_len > size ||
	    !is_within(&header, size, header.type_off, header.type_len) ||
	    header.str_off > size - header.hdr_len ||
	    header.str_len > size - header.hdr_len - header.str_off || header.str_len == 0)
		return -EINVAL;
	btf = g_new0(NslBtf, 1);
	btf->types = bytes + header.hdr_len + header.type_off;
	btf->types_size = header.type_len;
	btf->strings = (const char *)bytes + header.hdr_len + header.str_off;
	btf->strings_size = header.str_len;
	btf->n_types = 1; /* id 0 is void */
	btf->offsets = g_array_new(FALSE, FALSE, sizeof(guint32));
	btf->structs = g_array_new(FALSE, FALSE, sizeof(Struct));
	memset(btf->last, 0xff, sizeof(btf->last)); /* none */
	if (btf->strings[btf->strings_size - 1] != '\0' || (btf->types_size > 0 && !walk_on(btf)))
		return -EINVAL;
	*ret_btf = g_steal_pointer(&btf);
	return 0;
}

/*
 * Linux 6.16 shares its own copy; before, it is read page by page. Workers have no use for it: each
 * fork would copy the tables of all its pages. NULL: it cannot be.
 */
static void *map_all(int fd, gsize *ret_size)
{
	struct stat file;
	void *mapped;
	gsize size;

	if (fstat(fd, &file) < 0 || file.st_size <= 0 || file.st_size > MAX_SIZE)
		return NULL;
	size = (gsize)file.st_size;
	mapped = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (mapped == MAP_FAILED) {
		mapped = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			      0);
		if (mapped == MAP_FAILED)
			return NULL;
		if (nsl_fd_read(fd, mapped, size) != file.st_size) {
			munmap(mapped, size);
			return NULL;
		}
	}
	madvise(mapped, size, MADV_DONTFORK);
	*ret_size = size;
	return mapped;
}

int nsl_btf_open(NslBtf **btf)
{
	g_auto(NslFd) fd = *btf ? -1 : nsl_fd_openat(AT_FDCWD, VMLINUX, O_RDONLY);
	void *mapped;
	gsize size;
	int result;

	if (*btf || fd < 0)
		return *btf ? 0 : fd;
	mapped = map_all(fd, &size);
	result = mapped ? nsl_btf_parse(mapped, size, btf) : -EIO;
	if (result == 0) {
		(*btf)->mapped = mapped;
		(*btf)->mapped_size = size;
	} else if (mapped) {
		munmap(mapped, size);
	}
	return result;
}

void nsl_btf_free(NslBtf *btf)
{
	if (btf->mapped)
		munmap(btf->mapped, btf->mapped_size);
	g_array_unref(btf->offsets);
	g_array_unref(btf->structs);
	g_free(btf);
}

void nsl_btf_find_functions(NslBtf *btf, const char *const *names, gsize n, guint32 *ret_ids)
{
	const struct btf_type *type;
	gsize left = n;
	guint32 id;

	memset(ret_ids, 0, n * sizeof(*ret_ids));
	while (btf->first_function == 0 && walk_on(btf))
		;
	id = btf->first_function;
	for (type = type_by_id(btf, id); type && left > 0; id++) {
		const char *name = name_at(btf, type->name_off);

		for (gsize i = 0; KIND(type) == BTF_KIND_FUNC && i < n; i++)
			if (ret_ids[i] == 0 && *name == *names[i] && strcmp(name, names[i]) == 0) {
				ret_ids[i] = id;
				left--;
			}
		if (id + 1 == btf->n_types && !walk_on(btf))
			return;
		type = (const void *)((const guint8 *)type + size_of_type(type));
	}
}

static const struct btf_type *find_indexed(NslBtf *btf, const char *name)
{
	const struct btf_type *first = NULL;
	guint32 at = btf->last[g_str_hash(name) % N_BUCKETS];

	while (at != G_MAXUINT32) {
		const Struct *entry = &g_array_index(btf->structs, Struct, at);
		const struct btf_type *type = (const void *)(btf->types + entry->offset);

		if (strcmp(name_at(btf, type->name_off), name) == 0)
			first = type;
		at = entry->before;
	}
	return first;
}

static const struct btf_type *find_struct(NslBtf *btf, const char *name)
{
	const struct btf_type *found = find_indexed(btf, name);

	while (!found && index_on(btf))
		found = find_indexed(btf, name);
	return found;
}

guint32 nsl_btf_size_of(NslBtf *btf, const char *structure)
{
	const struct btf_type *type = find_struct(btf, structure);

	return type ? type->size : 0;
}

/* What a type is beneath its typedefs and qualifiers; NULL: nothing that is known. */
static const struct btf_type *strip(NslBtf *btf, guint32 id)
{
	for (guint depth = 0; depth < MAX_DEPTH; depth++) {
		const struct btf_type *type = type_by_id(btf, id);

		if (!type)
			return NULL;
		switch (KIND(type)) {
		case BTF_KIND_TYPEDEF:
		case BTF_KIND_VOLATILE:
		case BTF_KIND_CONST:
		case BTF_KIND_RESTRICT:
		case 18: /* TYPE_TAG */
			id = type->type;
			break;
		default:
			return type;
		}
	}
	return NULL;
}

static bool is_composite(const struct btf_type *type)
{
	return type && (KIND(type) == BTF_KIND_STRUCT || KIND(type) == BTF_KIND_UNION);
}

/* A member that is looked for. */
typedef struct Search {
	const char *name;
	gsize size;    /* of the name */
	guint n_looks; /* at members: one structure may be in another many times */
} Search;

/* A member, with those of members without a name. The offset is in bits; false: there is none. */
static bool find_member(NslBtf *btf, const struct btf_type *type, Search *search, guint depth,
			guint32 *ret_type, guint64 *ret_offset)
{
	const struct btf_member *members = (const void *)(type + 1);

	for (guint i = 0; i < COUNT(type) && search->n_looks < MAX_LOOKS; i++) {
		const char *found = name_at(btf, members[i].name_off);
		bool bitfield = HAS_BITFIELDS(type) && members[i].offset >> 24 != 0;
		guint64 offset =
			HAS_BITFIELDS(type) ? members[i].offset & 0xffffff : members[i].offset;

		search->n_looks++;
		if (strncmp(found, search->name, search->size) == 0 &&
		    found[search->size] == '\0') {
			*ret_type = members[i].type;
			*ret_offset = offset;
			return !bitfield && offset % 8 == 0;
		}
		if (*found == '\0' && depth < MAX_DEPTH) {
			const struct btf_type *inner = strip(btf, members[i].type);

			if (is_composite(inner) &&
			    find_member(btf, inner, search, depth + 1, ret_type, ret_offset)) {
				*ret_offset += offset;
				return true;
			}
		}
	}
	return false;
}

/* In bytes; 0: not known. */
static guint64 size_of(NslBtf *btf, guint32 id)
{
	const struct btf_type *type = strip(btf, id);
	guint64 n = 1;

	/* It may be an array of itself, for all that is known here. */
	for (guint depth = 0; type && KIND(type) == BTF_KIND_ARRAY; depth++) {
		const struct btf_array *array = (const void *)(type + 1);

		n *= array->nelems;
		type = n <= G_MAXUINT16 && depth < MAX_DEPTH ? strip(btf, array->type) : NULL;
	}
	if (!type)
		return 0;
	switch (KIND(type)) {
	case BTF_KIND_PTR:
		return n * sizeof(gpointer);
	case BTF_KIND_INT:
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
	case BTF_KIND_ENUM:
		return n * type->size;
	default:
		return 0;
	}
}

int nsl_btf_find_member(NslBtf *btf, const char *structure, const char *path, gsize size)
{
	const struct btf_type *type = find_struct(btf, structure);
	guint64 total = 0;
	guint32 id = 0;

	do {
		Search search = {.name = path, .size = strcspn(path, ".")};
		guint64 offset;

		if (!is_composite(type) || !find_member(btf, type, &search, 0, &id, &offset))
			return -ENOENT;
		total += offset / 8;
		path += search.size;
		type = strip(btf, id);
	} while (*path++ == '.');
	/* An array without a length of its own has any. */
	if (total > G_MAXINT16 * 8 || (size != 0 && size_of(btf, id) != size))
		return -ENOENT;
	return (int)total;
}
