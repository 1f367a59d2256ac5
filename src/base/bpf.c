/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * BPF programs for iterators: see bpf.h.
 */
#include "base/bpf.h"

#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/sys.h"

#define CHUNK 65536
/* An iterator that has sent nothing for a million objects says EAGAIN. */
#define MAX_TRIES 100000

/* The frame's register, which the frame lies below; and where the context is kept. */
#define FRAME	BPF_REG_10
#define CONTEXT BPF_REG_6

static void emit(NslBpf *bpf, guint code, guint8 to, guint8 from, int offset, gint32 value)
{
	struct bpf_insn insn = {.code = (guint8)code,
				.dst_reg = to,
				.src_reg = from,
				.off = (gint16)offset,
				.imm = value};

	g_array_append_val(bpf->code, insn);
}

static int slot(int position)
{
	return position - NSL_BPF_FRAME;
}

static guint width(guint size)
{
	return size == 4 ? BPF_W : BPF_DW;
}

static void set(NslBpf *bpf, guint8 to, gint32 value)
{
	emit(bpf, BPF_ALU64 | BPF_MOV | BPF_K, to, 0, 0, value);
}

static void load(NslBpf *bpf, guint size, guint8 to, guint8 from, int offset)
{
	emit(bpf, BPF_LDX | BPF_MEM | width(size), to, from, offset, 0);
}

static void store(NslBpf *bpf, guint size, int position, guint8 from)
{
	emit(bpf, BPF_STX | BPF_MEM | width(size), FRAME, from, slot(position), 0);
}

/* The address of a position. */
static void point(NslBpf *bpf, guint8 to, int position)
{
	emit(bpf, BPF_ALU64 | BPF_MOV | BPF_X, to, FRAME, 0, 0);
	emit(bpf, BPF_ALU64 | BPF_ADD | BPF_K, to, 0, 0, slot(position));
}

static void call(NslBpf *bpf, gint32 helper)
{
	emit(bpf, BPF_JMP | BPF_CALL, 0, 0, 0, helper);
}

/* Where it lands is told later. */
static guint jump(NslBpf *bpf, guint condition, guint8 a, guint8 b, gint32 value)
{
	emit(bpf, BPF_JMP | condition, a, b, 0, value);
	return bpf->code->len - 1;
}

NslBpf *nsl_bpf_new(void)
{
	NslBpf *bpf = g_new(NslBpf, 1);

	bpf->code = g_array_new(FALSE, FALSE, sizeof(struct bpf_insn));
	emit(bpf, BPF_ALU64 | BPF_MOV | BPF_X, CONTEXT, BPF_REG_1, 0, 0);
	return bpf;
}

void nsl_bpf_free(NslBpf *bpf)
{
	if (!bpf)
		return;
	g_array_unref(bpf->code);
	g_free(bpf);
}

void nsl_bpf_take_pointer(NslBpf *bpf, int to, int context)
{
	guint there;

	load(bpf, 8, BPF_REG_1, CONTEXT, context);
	there = jump(bpf, BPF_JNE | BPF_K, BPF_REG_1, 0, 0);
	nsl_bpf_end(bpf);
	nsl_bpf_land(bpf, there);
	store(bpf, 8, to, BPF_REG_1);
}

void nsl_bpf_take_number(NslBpf *bpf, int to, int context)
{
	load(bpf, 4, BPF_REG_1, CONTEXT, context);
	store(bpf, 4, to, BPF_REG_1);
}

void nsl_bpf_read(NslBpf *bpf, int to, guint size, int pointer, int offset)
{
	point(bpf, BPF_REG_1, to);
	set(bpf, BPF_REG_2, (gint32)size);
	load(bpf, 8, BPF_REG_3, FRAME, slot(pointer));
	emit(bpf, BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_3, 0, 0, offset);
	call(bpf, BPF_FUNC_probe_read_kernel); /* zeroes what it cannot read */
}

void nsl_bpf_set(NslBpf *bpf, int to, guint size, gint32 value)
{
	emit(bpf, BPF_ST | BPF_MEM | width(size), FRAME, 0, slot(to), value);
}

void nsl_bpf_advance(NslBpf *bpf, int pointer, int index, guint size)
{
	load(bpf, 4, BPF_REG_1, FRAME, slot(index));
	emit(bpf, BPF_ALU64 | BPF_MUL | BPF_K, BPF_REG_1, 0, 0, (gint32)size);
	load(bpf, 8, BPF_REG_2, FRAME, slot(pointer));
	emit(bpf, BPF_ALU64 | BPF_ADD | BPF_X, BPF_REG_2, BPF_REG_1, 0, 0);
	store(bpf, 8, pointer, BPF_REG_2);
}

guint nsl_bpf_jump(NslBpf *bpf)
{
	return jump(bpf, BPF_JA, 0, 0, 0);
}

static guint compare(NslBpf *bpf, guint condition, int a, int b, guint size)
{
	load(bpf, size, BPF_REG_1, FRAME, slot(a));
	load(bpf, size, BPF_REG_2, FRAME, slot(b));
	return jump(bpf, condition | BPF_X, BPF_REG_1, BPF_REG_2, 0);
}

guint nsl_bpf_jump_if_same(NslBpf *bpf, int a, int b, guint size)
{
	return compare(bpf, BPF_JEQ, a, b, size);
}

guint nsl_bpf_jump_if_different(NslBpf *bpf, int a, int b, guint size)
{
	return compare(bpf, BPF_JNE, a, b, size);
}

guint nsl_bpf_jump_unless(NslBpf *bpf, int at, guint size, gint32 value)
{
	load(bpf, size, BPF_REG_1, FRAME, slot(at));
	return jump(bpf, BPF_JNE | BPF_K, BPF_REG_1, 0, value);
}

void nsl_bpf_land(NslBpf *bpf, guint jump)
{
	g_array_index(bpf->code, struct bpf_insn, jump).off = (gint16)(bpf->code->len - jump - 1);
}

void nsl_bpf_send(NslBpf *bpf, int from, guint size, int meta, int seq)
{
	load(bpf, 8, BPF_REG_1, CONTEXT, meta);
	load(bpf, 8, BPF_REG_1, BPF_REG_1, seq);
	point(bpf, BPF_REG_2, from);
	set(bpf, BPF_REG_3, (gint32)size);
	call(bpf, BPF_FUNC_seq_write);
}

void nsl_bpf_end(NslBpf *bpf)
{
	set(bpf, BPF_REG_0, 0);
	emit(bpf, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

static int call_kernel(enum bpf_cmd command, union bpf_attr *attr)
{
	long result = syscall(SYS_bpf, command, attr, sizeof(*attr));

	return result < 0 ? -errno : (int)result;
}

static int load_program(const NslBpf *bpf, guint32 function)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_TRACING;
	attr.expected_attach_type = BPF_TRACE_ITER;
	attr.attach_btf_id = function;
	attr.insn_cnt = bpf->code->len;
	attr.insns = (guint64)(guintptr)bpf->code->data;
	attr.license = (guint64)(guintptr) "GPL";
	memcpy(attr.prog_name, "nslist", sizeof("nslist"));
	return call_kernel(BPF_PROG_LOAD, &attr);
}

/* The iterator's descriptor, from which its records are read; or -errno. */
static int open_iterator(const NslBpf *bpf, guint32 function)
{
	g_auto(NslFd) program = load_program(bpf, function);
	g_auto(NslFd) link = -1;
	union bpf_attr attr;

	if (program < 0)
		return program;
	memset(&attr, 0, sizeof(attr));
	attr.link_create.prog_fd = (guint32)program;
	attr.link_create.attach_type = BPF_TRACE_ITER;
	link = call_kernel(BPF_LINK_CREATE, &attr);
	if (link < 0)
		return link;
	memset(&attr, 0, sizeof(attr));
	attr.iter_create.link_fd = (guint32)link;
	return call_kernel(BPF_ITER_CREATE, &attr);
}

int nsl_bpf_run(const NslBpf *bpf, guint32 function, gsize size, NslBpfTake *take, gpointer data)
{
	g_auto(NslFd) iterator = open_iterator(bpf, function);
	g_autofree guint8 *chunk = g_malloc(CHUNK);
	guint tries = 0;
	gsize have = 0;

	if (iterator < 0)
		return iterator;
	for (;;) {
		ssize_t got = read(iterator, chunk + have, CHUNK - have);
		gsize at = 0;

		if (got < 0 && (errno == EINTR || errno == EAGAIN) && tries++ < MAX_TRIES)
			continue;
		if (got <= 0)
			return got < 0 ? -errno : 0;
		for (have += (gsize)got; have - at >= size; at += size)
			take(data, chunk + at);
		have -= at;
		memmove(chunk, chunk + at, have);
	}
}
