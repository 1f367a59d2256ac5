/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Small BPF programs. They run in the kernel, follow pointers and leave records: for each task or
 * open file, by the kernel's iterators (Documentation/bpf/bpf_iterators.rst, Linux 5.8), or once
 * along one of its lists (Linux 5.10). They are assembled here, which takes neither a compiler nor
 * a library. What there is to read, the caller knows; where it is, btf.h.
 *
 * A program has a frame of NSL_BPF_FRAME bytes, and nothing else. Positions in it are offsets from
 * its start; a pointer is 8 bytes at a multiple of 8; other numbers have 4 or 8 bytes. Jumps go
 * forward. A pointer that is NULL or stale reads as 0.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "base/btf.h"
#include "base/sys.h"

#define NSL_BPF_FRAME 256
#define NSL_BPF_ARGS  12 /* of a walk: as many as the kernel takes */

/* Positions of what a walk has; what is between is the program's own. */
enum {
	NSL_BPF_AT = 0,			 /* a pointer to the object that a step is for, */
	NSL_BPF_END = 8,		 /* to where the list ends, */
	NSL_BPF_NEXT = 16,		 /* and to the next one */
	NSL_BPF_OWN = 24,		 /* from here on */
	NSL_BPF_RECORD = 128,		 /* of the object; and first in it (4 bytes), not 0: */
	NSL_BPF_FAILED = NSL_BPF_RECORD, /* the next one could not be read */
};

typedef struct NslBpf {
	GArray *code;	     /* struct bpf_insn; 8 bytes each */
	NslBtf *btf;	     /* where members are */
	bool failed;	     /* a member that has to be there is not */
	struct NslBpf *step; /* nsl_bpf_begin_step(); NULL: none */
	guint record_size;   /* that each step leaves */
	NslFd link;	     /* to the iterator, once it has run; -1 */
	guint8 frame;	     /* the register of the frame, */
	int frame_start;     /* and where that begins, counted from what is in it */
} NslBpf;

/* `btf` has to live until nsl_bpf_finish(); NULL: members are not used. */
NslBpf *nsl_bpf_new(NslBtf *btf);
void nsl_bpf_free(NslBpf *bpf);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NslBpf, nsl_bpf_free)

/* The program, or NULL where the kernel lacks a member that was asked for. Transfer full, both. */
NslBpf *nsl_bpf_finish(NslBpf *bpf);

/*
 * An argument of the program, by its offset in struct bpf_iter__*, or among those of a walk: a
 * pointer, or a number of 4 or 8 bytes. After the last object of an iterator there is no pointer,
 * which ends the program.
 */
void nsl_bpf_take_pointer(NslBpf *bpf, int to, int context);
void nsl_bpf_take_number(NslBpf *bpf, int to, guint size, int context);

/* Copies 1 to 64 bytes from where the pointer at `pointer` leads, and `offset` further. */
void nsl_bpf_read(NslBpf *bpf, int to, guint size, int pointer, int offset);

static inline bool nsl_bpf_has(const NslBpf *bpf, const char *structure, const char *member,
			       guint size)
{
	return nsl_btf_find_member(bpf->btf, structure, member, size) >= 0;
}

/*
 * The offset of a member of a structure (btf.h), which has to have that size; 0: any. Without the
 * member the program cannot be had.
 */
int nsl_bpf_offset(NslBpf *bpf, const char *structure, const char *member, guint size);

/* The member is read; and the member, which is a pointer. */
static inline void nsl_bpf_take(NslBpf *bpf, int to, guint size, int pointer, const char *structure,
				const char *member)
{
	nsl_bpf_read(bpf, to, size, pointer, nsl_bpf_offset(bpf, structure, member, size));
}

static inline void nsl_bpf_follow(NslBpf *bpf, int to, int pointer, const char *structure,
				  const char *member)
{
	nsl_bpf_take(bpf, to, sizeof(guint64), pointer, structure, member);
}

/* As nsl_bpf_read(); what fails is kept in the number (4 bytes) at `failed`, which is 0 before. */
void nsl_bpf_read_surely(NslBpf *bpf, int to, guint size, int pointer, int offset, int failed);

void nsl_bpf_set(NslBpf *bpf, int to, guint size, gint32 value);
void nsl_bpf_copy(NslBpf *bpf, int to, guint size, int from);

/*
 * Sets all of the frame to 0. A program with a step begins with it: where a step finds the frame
 * as it leaves it, the kernel has to go over it twice only before it takes the program.
 */
void nsl_bpf_clear(NslBpf *bpf);

/* The task that runs the program. */
void nsl_bpf_take_task(NslBpf *bpf, int to);

/* Advances the pointer by the number (4 bytes, signed) at `index` times `size`. */
void nsl_bpf_advance(NslBpf *bpf, int pointer, int index, guint size);

/* Advances it by the number (8 bytes) at `number`. */
void nsl_bpf_add(NslBpf *bpf, int pointer, int number);

/* Jumps ahead, to where nsl_bpf_land() is given what these return. */
guint nsl_bpf_jump(NslBpf *bpf);
guint nsl_bpf_jump_if_same(NslBpf *bpf, int a, int b, guint size);
guint nsl_bpf_jump_if_different(NslBpf *bpf, int a, int b, guint size);
guint nsl_bpf_jump_unless(NslBpf *bpf, int at, guint size, gint32 value);
void nsl_bpf_land(NslBpf *bpf, guint jump);

/* Sends bytes that are all set. The offsets: of bpf_iter__*.meta and bpf_iter_meta.seq. */
void nsl_bpf_send(NslBpf *bpf, int from, guint size, int meta, int seq);

void nsl_bpf_end(NslBpf *bpf);

/*
 * Runs it once over all that the iterator has; `function` is the id of its BTF function
 * ("bpf_iter_task"), the same each time. `take` is given each record, of `size` bytes, which may
 * not be aligned. 0, or -errno, with some records taken or none. The first run loads the program,
 * which stays in the kernel until nsl_bpf_free().
 */
typedef void NslBpfTake(gpointer data, const guint8 *record);
int nsl_bpf_run(NslBpf *bpf, guint32 function, gsize size, NslBpfTake *take, gpointer data);

/*
 * A walk follows a list of the kernel's from one object to the next, in one run of one program (so
 * that what it stands on is not freed: RCU), and leaves a record of each.
 *
 * The program itself, which has up to NSL_BPF_ARGS numbers as arguments, sets two pointers: AT, the
 * first object, and END, where the list ends (the first one again, a head, or NULL; not as a copy
 * of AT, whose being the same the kernel would follow through one more step). nsl_bpf_begin_step()
 * is where what is done for each object begins, in the same frame: it sets NEXT and the record,
 * which has `record_size` bytes, and FAILED in that (nsl_bpf_read_surely()).
 */
NslBpf *nsl_bpf_begin_step(NslBpf *bpf); /* transfer none */
void nsl_bpf_end_step(NslBpf *bpf, guint record_size);

typedef struct NslBpfWalk NslBpfWalk;

/*
 * Takes over the program; loads it for at least `n` objects, or as many as the kernel can. 0, or
 * -errno: -EPERM: not allowed.
 */
int nsl_bpf_walk_new(NslBpf *bpf, guint n, NslBpfWalk **ret_walk);
void nsl_bpf_walk_free(NslBpfWalk *walk);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NslBpfWalk, nsl_bpf_walk_free)

/*
 * Walks once. `*ret_records`: that many records, until the next walk. The number; -ESTALE: the list
 * changed under the walk; -E2BIG: it is longer than the kernel can walk; or another -errno.
 */
int nsl_bpf_walk_run(NslBpfWalk *walk, const gint64 args[NSL_BPF_ARGS], const guint8 **ret_records);
