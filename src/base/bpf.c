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

#include "base/fd.h"

#define CHUNK 65536
/* An iterator that has sent nothing for a million objects says EAGAIN. */
#define MAX_TRIES 100000

static void emit(NslBpf *bpf, struct bpf_insn insn)
{
	g_array_append_val(bpf->code, insn);
}

/* The frame lies below its register. */
static gint16 slot(int position)
{
	return (gint16)(position - NSL_BPF_FRAME);
}

static void move(NslBpf *bpf, guint8 to, guint8 from)
{
	emit(bpf, (struct bpf_insn){
			  .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = to, .src_reg = from});
}

static void set(NslBpf *bpf, guint8 to, gint32 value)
{
	emit(bpf,
	     (struct bpf_insn){.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = to, .imm = value});
}

static void add(NslBpf *bpf, guint8 to, gint32 value)
{
	emit(bpf,
	     (struct bpf_insn){.code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = to, .imm = value});
}

static void load(NslBpf *bpf, guint size, guint8 to, guint8 from, gint16 offset)
{
	emit(bpf, (struct bpf_insn){.code = BPF_LDX | BPF_MEM | (size == 4 ? BPF_W : BPF_DW),
				    .dst_reg = to,
				    .src_reg = from,
				    .off = offset});
}

static void store(NslBpf *bpf, guint size, gint16 offset, guint8 from)
{
	emit(bpf, (struct bpf_insn){.code = BPF_STX | BPF_MEM | (size == 4 ? BPF_W : BPF_DW),
				    .dst_reg = BPF_REG_10,
				    .src_reg = from,
				    .off = offset});
}

static void address(NslBpf *bpf, guint8 to, int position)
{
	move(bpf, to, BPF_REG_10);
	add(bpf, to, slot(position));
}

static void call(NslBpf *bpf, gint32 helper)
{
	emit(bpf, (struct bpf_insn){.code = BPF_JMP | BPF_CALL, .imm = helper});
}

static guint jump(NslBpf *bpf, struct bpf_insn insn)
{
	emit(bpf, insn);
	return bpf->code->len - 1;
}

NslBpf *nsl_bpf_new(void)
{
	NslBpf *bpf = g_new(NslBpf, 1);

	bpf->code = g_array_new(FALSE, FALSE, sizeof(struct bpf_insn));
	move(bpf, BPF_REG_6, BPF_REG_1); /* the context, from now on */
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

	load(bpf, 8, BPF_REG_1, BPF_REG_6, (gint16)context);
	there = jump(bpf,
		     (struct bpf_insn){.code = BPF_JMP | BPF_JNE | BPF_K, .dst_reg = BPF_REG_1});
	nsl_bpf_end(bpf);
	nsl_bpf_land(bpf, there);
	store(bpf, 8, slot(to), BPF_REG_1);
}

void nsl_bpf_take_number(NslBpf *bpf, int to, int context)
{
	load(bpf, 4, BPF_REG_1, BPF_REG_6, (gint16)context);
	store(bpf, 4, slot(to), BPF_REG_1);
}

void nsl_bpf_read(NslBpf *bpf, int to, guint size, int pointer, int offset)
{
	address(bpf, BPF_REG_1, to);
	set(bpf, BPF_REG_2, (gint32)size);
	load(bpf, 8, BPF_REG_3, BPF_REG_10, slot(pointer));
	add(bpf, BPF_REG_3, offset);
	call(bpf, BPF_FUNC_probe_read_kernel); /* zeroes what it cannot read */
}

void nsl_bpf_set(NslBpf *bpf, int to, guint size, gint32 value)
{
	emit(bpf, (struct bpf_insn){.code = BPF_ST | BPF_MEM | (size == 4 ? BPF_W : BPF_DW),
				    .dst_reg = BPF_REG_10,
				    .off = slot(to),
				    .imm = value});
}

void nsl_bpf_advance(NslBpf *bpf, int pointer, int index, guint size)
{
	load(bpf, 4, BPF_REG_1, BPF_REG_10, slot(index));
	emit(bpf, (struct bpf_insn){.code = BPF_ALU64 | BPF_MUL | BPF_K,
				    .dst_reg = BPF_REG_1,
				    .imm = (gint32)size});
	load(bpf, 8, BPF_REG_2, BPF_REG_10, slot(pointer));
	emit(bpf, (struct bpf_insn){.code = BPF_ALU64 | BPF_ADD | BPF_X,
				    .dst_reg = BPF_REG_2,
				    .src_reg = BPF_REG_1});
	store(bpf, 8, slot(pointer), BPF_REG_2);
}

guint nsl_bpf_jump(NslBpf *bpf)
{
	return jump(bpf, (struct bpf_insn){.code = BPF_JMP | BPF_JA});
}

static guint compare(NslBpf *bpf, guint8 operation, int a, int b, guint size)
{
	load(bpf, size, BPF_REG_1, BPF_REG_10, slot(a));
	load(bpf, size, BPF_REG_2, BPF_REG_10, slot(b));
	return jump(bpf, (struct bpf_insn){.code = BPF_JMP | operation | BPF_X,
					   .dst_reg = BPF_REG_1,
					   .src_reg = BPF_REG_2});
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
	load(bpf, size, BPF_REG_1, BPF_REG_10, slot(at));
	return jump(bpf, (struct bpf_insn){.code = BPF_JMP | BPF_JNE | BPF_K,
					   .dst_reg = BPF_REG_1,
					   .imm = value});
}

void nsl_bpf_land(NslBpf *bpf, guint jump)
{
	g_array_index(bpf->code, struct bpf_insn, jump).off = (gint16)(bpf->code->len - jump - 1);
}

void nsl_bpf_send(NslBpf *bpf, int from, guint size, int meta, int seq)
{
	load(bpf, 8, BPF_REG_1, BPF_REG_6, (gint16)meta);
	load(bpf, 8, BPF_REG_1, BPF_REG_1, (gint16)seq);
	address(bpf, BPF_REG_2, from);
	set(bpf, BPF_REG_3, (gint32)size);
	call(bpf, BPF_FUNC_seq_write);
}

void nsl_bpf_end(NslBpf *bpf)
{
	set(bpf, BPF_REG_0, 0);
	emit(bpf, (struct bpf_insn){.code = BPF_JMP | BPF_EXIT});
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
