/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Small BPF programs for the kernel's iterators (Documentation/bpf/bpf_iterators.rst, Linux 5.8):
 * run in the kernel for each task or open file, they follow pointers and send records. What there
 * is to read, the caller knows; where it is, btf.h. They are assembled here, so that no compiler
 * for BPF is needed to build nslist, and no library to load them.
 *
 * A program has a frame of NSL_BPF_FRAME bytes, and nothing else. Positions in it are offsets from
 * its start; a pointer is 8 bytes at a multiple of 8. Its instructions run in their order, and
 * jumps go forward. Whatever pointer it follows may be NULL or stale: then it reads as 0.
 *
 * Like all programs that read the kernel's memory, they are licensed as GPL to the kernel.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define NSL_BPF_FRAME 256

typedef struct NslBpf {
	GArray *code; /* struct bpf_insn; 8 bytes each */
} NslBpf;

NslBpf *nsl_bpf_new(void);
void nsl_bpf_free(NslBpf *bpf);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NslBpf, nsl_bpf_free)

/*
 * An argument of the program, by its offset in struct bpf_iter__*: a pointer, or a number of 4
 * bytes. After the last object there is no pointer, which ends the program.
 */
void nsl_bpf_take_pointer(NslBpf *bpf, int to, int context);
void nsl_bpf_take_number(NslBpf *bpf, int to, int context);

/* Copies 1 to 64 bytes from where the pointer at `pointer` leads, and `offset` further. */
void nsl_bpf_read(NslBpf *bpf, int to, guint size, int pointer, int offset);

/* A number of 4 or 8 bytes. */
void nsl_bpf_set(NslBpf *bpf, int to, guint size, gint32 value);

/* Advances the pointer by the number (4 bytes) at `index` times `size`. */
void nsl_bpf_advance(NslBpf *bpf, int pointer, int index, guint size);

/* Jumps ahead, to where nsl_bpf_land() is given what these return. */
guint nsl_bpf_jump(NslBpf *bpf);
guint nsl_bpf_jump_if_same(NslBpf *bpf, int a, int b, guint size); /* 4 or 8 bytes */
guint nsl_bpf_jump_if_different(NslBpf *bpf, int a, int b, guint size);
guint nsl_bpf_jump_unless(NslBpf *bpf, int at, guint size, gint32 value);
void nsl_bpf_land(NslBpf *bpf, guint jump);

/*
 * Sends `size` bytes of the frame, all of which have to be set. `meta` and `seq`: the offsets
 * of bpf_iter__*.meta and bpf_iter_meta.seq.
 */
void nsl_bpf_send(NslBpf *bpf, int from, guint size, int meta, int seq);

/* Ends the program. */
void nsl_bpf_end(NslBpf *bpf);

/*
 * Runs it once over all that the iterator has; `function` is the id of its BTF function
 * ("bpf_iter_task"). `take` is given each record, of `size` bytes, which may not be aligned. 0, or
 * -errno, with some records taken or none. Nothing stays in the kernel, and no descriptor open.
 */
typedef void NslBpfTake(gpointer data, const guint8 *record);
int nsl_bpf_run(const NslBpf *bpf, guint32 function, gsize size, NslBpfTake *take, gpointer data);
