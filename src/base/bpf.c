/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * BPF programs for iterators: see bpf.h.
 */
#include "base/bpf.h"

#include <linux/bpf.h>
#include <linux/btf.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

/* include/uapi/linux/bpf.h of Linux 5.13 */
#define PSEUDO_FUNC	  4
#define FOR_EACH_MAP_ELEM 164

#define CHUNK 65536
/* An iterator that has sent nothing for a million objects says EAGAIN. */
#define MAX_TRIES 100000
/* A call says EAGAIN where a signal (SIGCONT) comes while the kernel goes over a program. */
#define MAX_CALLS 16

/* Registers that calls leave alone. */
#define CONTEXT BPF_REG_6 /* of the program */
#define SLOT	BPF_REG_6 /* of a step: where its record goes, */
#define FRAME	BPF_REG_7 /* the program's frame, */
#define COUNTER BPF_REG_8 /* in a loop, its number */

static void emit(NslBpf *bpf, guint code, guint8 to, guint8 from, int offset, gint32 value)
{
	struct bpf_insn insn = {.code = (guint8)code,
				.dst_reg = to,
				.src_reg = from,
				.off = (gint16)offset,
				.imm = value};

	g_array_append_val(bpf->code, insn);
}

static int slot(const NslBpf *bpf, int position)
{
	return position + bpf->frame_start;
}

static guint width(guint size)
{
	return size == 4 ? BPF_W : BPF_DW;
}

static void set(NslBpf *bpf, guint8 to, gint32 value)
{
	emit(bpf, BPF_ALU64 | BPF_MOV | BPF_K, to, 0, 0, value);
}

static void move(NslBpf *bpf, guint8 to, guint8 from)
{
	emit(bpf, BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0, 0);
}

static void load(NslBpf *bpf, guint size, guint8 to, guint8 from, int offset)
{
	emit(bpf, BPF_LDX | BPF_MEM | width(size), to, from, offset, 0);
}

static void store(NslBpf *bpf, guint size, int position, guint8 from)
{
	emit(bpf, BPF_STX | BPF_MEM | width(size), bpf->frame, from, slot(bpf, position), 0);
}

/* The address of a position. */
static void point(NslBpf *bpf, guint8 to, int position)
{
	move(bpf, to, bpf->frame);
	emit(bpf, BPF_ALU64 | BPF_ADD | BPF_K, to, 0, 0, slot(bpf, position));
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

static NslBpf *new_code(NslBtf *btf, guint8 frame, int frame_start)
{
	NslBpf *bpf = g_new0(NslBpf, 1);

	bpf->code = g_array_new(FALSE, FALSE, sizeof(struct bpf_insn));
	bpf->btf = btf;
	bpf->frame = frame;
	bpf->frame_start = frame_start;
	bpf->link = -1;
	return bpf;
}

NslBpf *nsl_bpf_new(NslBtf *btf)
{
	NslBpf *bpf = new_code(btf, BPF_REG_10, -NSL_BPF_FRAME);

	move(bpf, CONTEXT, BPF_REG_1);
	return bpf;
}

void nsl_bpf_free(NslBpf *bpf)
{
	if (!bpf)
		return;
	nsl_bpf_free(bpf->step);
	nsl_fd_close(bpf->link);
	g_array_unref(bpf->code);
	g_free(bpf);
}

NslBpf *nsl_bpf_finish(NslBpf *bpf)
{
	if (bpf->failed || (bpf->step && bpf->step->failed))
		g_clear_pointer(&bpf, nsl_bpf_free);
	return bpf;
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

void nsl_bpf_take_number(NslBpf *bpf, int to, guint size, int context)
{
	load(bpf, size, BPF_REG_1, CONTEXT, context);
	store(bpf, size, to, BPF_REG_1);
}

/* From the address in BPF_REG_3. */
static void read_there(NslBpf *bpf, int to, guint size)
{
	point(bpf, BPF_REG_1, to);
	set(bpf, BPF_REG_2, (gint32)size);
	call(bpf, BPF_FUNC_probe_read_kernel); /* zeroes what it cannot read */
}

void nsl_bpf_read(NslBpf *bpf, int to, guint size, int pointer, int offset)
{
	load(bpf, 8, BPF_REG_3, bpf->frame, slot(bpf, pointer));
	if (offset != 0)
		emit(bpf, BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_3, 0, 0, offset);
	read_there(bpf, to, size);
}

int nsl_bpf_offset(NslBpf *bpf, const char *structure, const char *member, guint size)
{
	int found = nsl_btf_find_member(bpf->btf, structure, member, size);

	bpf->failed = bpf->failed || found < 0;
	return MAX(found, 0);
}

void nsl_bpf_read_surely(NslBpf *bpf, int to, guint size, int pointer, int offset, int failed)
{
	nsl_bpf_read(bpf, to, size, pointer, offset);
	load(bpf, 4, BPF_REG_1, bpf->frame, slot(bpf, failed));
	emit(bpf, BPF_ALU64 | BPF_OR | BPF_X, BPF_REG_1, BPF_REG_0, 0, 0);
	store(bpf, 4, failed, BPF_REG_1);
}

void nsl_bpf_clear(NslBpf *bpf)
{
	set(bpf, BPF_REG_3, 0);
	read_there(bpf, 0, NSL_BPF_FRAME);
}

void nsl_bpf_take_task(NslBpf *bpf, int to)
{
	call(bpf, BPF_FUNC_get_current_task);
	store(bpf, 8, to, BPF_REG_0);
}

void nsl_bpf_copy(NslBpf *bpf, int to, guint size, int from)
{
	load(bpf, size, BPF_REG_1, bpf->frame, slot(bpf, from));
	store(bpf, size, to, BPF_REG_1);
}

void nsl_bpf_set(NslBpf *bpf, int to, guint size, gint32 value)
{
	emit(bpf, BPF_ST | BPF_MEM | width(size), bpf->frame, 0, slot(bpf, to), value);
}

void nsl_bpf_advance(NslBpf *bpf, int pointer, int index, guint size)
{
	load(bpf, 4, BPF_REG_1, bpf->frame, slot(bpf, index));
	emit(bpf, BPF_ALU64 | BPF_LSH | BPF_K, BPF_REG_1, 0, 0, 32);
	emit(bpf, BPF_ALU64 | BPF_ARSH | BPF_K, BPF_REG_1, 0, 0, 32);
	emit(bpf, BPF_ALU64 | BPF_MUL | BPF_K, BPF_REG_1, 0, 0, (gint32)size);
	load(bpf, 8, BPF_REG_2, bpf->frame, slot(bpf, pointer));
	emit(bpf, BPF_ALU64 | BPF_ADD | BPF_X, BPF_REG_2, BPF_REG_1, 0, 0);
	store(bpf, 8, pointer, BPF_REG_2);
}

void nsl_bpf_add(NslBpf *bpf, int pointer, int number)
{
	load(bpf, 8, BPF_REG_1, bpf->frame, slot(bpf, pointer));
	load(bpf, 8, BPF_REG_2, bpf->frame, slot(bpf, number));
	emit(bpf, BPF_ALU64 | BPF_ADD | BPF_X, BPF_REG_1, BPF_REG_2, 0, 0);
	store(bpf, 8, pointer, BPF_REG_1);
}

guint nsl_bpf_jump(NslBpf *bpf)
{
	return jump(bpf, BPF_JA, 0, 0, 0);
}

static guint compare(NslBpf *bpf, guint condition, int a, int b, guint size)
{
	load(bpf, size, BPF_REG_1, bpf->frame, slot(bpf, a));
	load(bpf, size, BPF_REG_2, bpf->frame, slot(bpf, b));
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
	load(bpf, size, BPF_REG_1, bpf->frame, slot(bpf, at));
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
	guint tries = 0;
	long result;

	do
		result = syscall(SYS_bpf, command, attr, sizeof(*attr));
	while (result < 0 && errno == EAGAIN && ++tries < MAX_CALLS);
	return result < 0 ? -errno : (int)result;
}

/* As call_kernel(). Before Linux 5.11 what it makes counts as locked memory. */
static int make(enum bpf_cmd command, union bpf_attr *attr)
{
	const struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
	int result = call_kernel(command, attr);

	return result == -EPERM && setrlimit(RLIMIT_MEMLOCK, &all) == 0 ? call_kernel(command, attr)
									: result;
}

static void describe(union bpf_attr *attr, enum bpf_prog_type type, const GArray *code)
{
	memset(attr, 0, sizeof(*attr));
	attr->prog_type = type;
	attr->insn_cnt = code->len;
	attr->insns = (guint64)(guintptr)code->data;
	attr->license = (guint64)(guintptr) "GPL"; /* as of all that read the kernel's memory */
	memcpy(attr->prog_name, "nslist", sizeof("nslist"));
}

/* The link's descriptor, which keeps the program; or -errno. */
static int link_iterator(const NslBpf *bpf, guint32 function)
{
	g_auto(NslFd) program = -1;
	union bpf_attr attr;

	describe(&attr, BPF_PROG_TYPE_TRACING, bpf->code);
	attr.expected_attach_type = BPF_TRACE_ITER;
	attr.attach_btf_id = function;
	program = call_kernel(BPF_PROG_LOAD, &attr);
	if (program < 0)
		return program;
	memset(&attr, 0, sizeof(attr));
	attr.link_create.prog_fd = (guint32)program;
	attr.link_create.attach_type = BPF_TRACE_ITER;
	return call_kernel(BPF_LINK_CREATE, &attr);
}

/* The iterator's descriptor, from which its records are read; or -errno. */
static int open_iterator(NslBpf *bpf, guint32 function)
{
	union bpf_attr attr;

	if (bpf->link < 0)
		bpf->link = link_iterator(bpf, function);
	if (bpf->link < 0)
		return bpf->link;
	memset(&attr, 0, sizeof(attr));
	attr.iter_create.link_fd = (guint32)bpf->link;
	return call_kernel(BPF_ITER_CREATE, &attr);
}

int nsl_bpf_run(NslBpf *bpf, guint32 function, gsize size, NslBpfTake *take, gpointer data)
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

NslBpf *nsl_bpf_begin_step(NslBpf *bpf)
{
	bpf->step = new_code(bpf->btf, FRAME, 0);
	return bpf->step;
}

/* 1 for whatever is not 0. */
static void make_bool(NslBpf *bpf, guint8 of)
{
	move(bpf, BPF_REG_2, of);
	emit(bpf, BPF_ALU64 | BPF_NEG, BPF_REG_2, 0, 0, 0);
	emit(bpf, BPF_ALU64 | BPF_OR | BPF_X, of, BPF_REG_2, 0, 0);
	emit(bpf, BPF_ALU64 | BPF_RSH | BPF_K, of, 0, 0, 63);
}

void nsl_bpf_end_step(NslBpf *bpf, guint record_size)
{
	bpf->record_size = record_size;
	/* The record goes out in one piece: the frame is memory like any other. */
	move(bpf, BPF_REG_1, SLOT);
	set(bpf, BPF_REG_2, (gint32)record_size);
	point(bpf, BPF_REG_3, NSL_BPF_RECORD);
	call(bpf, BPF_FUNC_probe_read_kernel);
	nsl_bpf_copy(bpf, NSL_BPF_AT, 8, NSL_BPF_NEXT);
	/*
	 * Whether the walk ends here, by arithmetic: for each jump the kernel would go over the
	 * whole step once more before it takes the program.
	 */
	load(bpf, 8, BPF_REG_0, bpf->frame, slot(bpf, NSL_BPF_NEXT));
	load(bpf, 8, BPF_REG_1, bpf->frame, slot(bpf, NSL_BPF_END));
	emit(bpf, BPF_ALU64 | BPF_XOR | BPF_X, BPF_REG_0, BPF_REG_1, 0, 0);
	make_bool(bpf, BPF_REG_0);
	emit(bpf, BPF_ALU64 | BPF_XOR | BPF_K, BPF_REG_0, 0, 0, 1);
	load(bpf, 4, BPF_REG_1, bpf->frame, slot(bpf, NSL_BPF_FAILED));
	emit(bpf, BPF_ALU64 | BPF_OR | BPF_X, BPF_REG_0, BPF_REG_1, 0, 0);
	make_bool(bpf, BPF_REG_0);
}

#define MAX_CALLED (1u << 18) /* steps, where a helper makes them */
#define MAX_LOOPED 2048	      /* where they are a loop, which the verifier follows to its end */
#define LEAST	   256
#define GROWTH	   8

struct NslBpfWalk {
	NslBpf *bpf;
	guint record_size;
	bool loops;  /* Linux before 5.13, which has no bpf_for_each_map_elem() */
	guint entry; /* the first instruction of the function that is the step */
	guint n;     /* records there is room for */
	NslFd program;
	guint8 *records;
	gsize size; /* of all of them */
};

/* A number of 8 bytes that the kernel makes of `value`. Takes two instructions. */
static void load_made(NslBpf *bpf, guint8 to, guint8 kind, gint32 value)
{
	emit(bpf, BPF_LD | BPF_IMM | BPF_DW, to, kind, 0, value);
	emit(bpf, 0, 0, 0, 0, 0);
}

static void append(NslBpf *bpf, const NslBpf *other)
{
	g_array_append_vals(bpf->code, other->code->data, other->code->len);
}

/* The program goes over the elements of the map, and calls the step for each. */
static NslBpf *assemble_calls(NslBpfWalk *walk, int map)
{
	NslBpf *bpf = new_code(NULL, BPF_REG_10, -NSL_BPF_FRAME);
	guint address; /* the instruction that has the step's, relative to itself */

	append(bpf, walk->bpf);
	load_made(bpf, BPF_REG_1, BPF_PSEUDO_MAP_FD, map);
	address = bpf->code->len;
	load_made(bpf, BPF_REG_2, PSEUDO_FUNC, 0);
	point(bpf, BPF_REG_3, 0);
	set(bpf, BPF_REG_4, 0);
	call(bpf, FOR_EACH_MAP_ELEM);
	emit(bpf, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
	walk->entry = bpf->code->len;
	g_array_index(bpf->code, struct bpf_insn, address).imm =
		(gint32)(walk->entry - address - 1);
	move(bpf, SLOT, BPF_REG_3);
	move(bpf, FRAME, BPF_REG_4);
	append(bpf, walk->bpf->step);
	emit(bpf, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
	return bpf;
}

/* The program does the steps itself; the map is one element, which is all the records. */
static NslBpf *assemble_loop(const NslBpfWalk *walk, int map)
{
	NslBpf *bpf = new_code(NULL, BPF_REG_10, -NSL_BPF_FRAME);
	guint top;
	guint stop;

	append(bpf, walk->bpf);
	load_made(bpf, SLOT, BPF_PSEUDO_MAP_VALUE, map);
	point(bpf, FRAME, 0);
	set(bpf, COUNTER, 0);
	top = bpf->code->len;
	append(bpf, walk->bpf->step);
	emit(bpf, BPF_ALU64 | BPF_ADD | BPF_K, COUNTER, 0, 0, 1);
	stop = jump(bpf, BPF_JNE | BPF_K, BPF_REG_0, 0, 0);
	emit(bpf, BPF_ALU64 | BPF_ADD | BPF_K, SLOT, 0, 0, (gint32)walk->record_size);
	emit(bpf, BPF_JMP | BPF_JLT | BPF_K, COUNTER, 0, (int)top - (int)bpf->code->len - 1,
	     (gint32)walk->n);
	nsl_bpf_land(bpf, stop);
	move(bpf, BPF_REG_0, COUNTER);
	emit(bpf, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
	return bpf;
}

/* Types for a program and its step: the kernel takes no address of a function without them. */
static int load_types(void)
{
	static const struct {
		struct btf_header header;
		struct btf_type prototype;
		struct btf_type function;
		char strings[8];
	} types = {
		.header = {.magic = BTF_MAGIC,
			   .version = BTF_VERSION,
			   .hdr_len = sizeof(types.header),
			   .type_len = sizeof(types.prototype) + sizeof(types.function),
			   .str_off = sizeof(types.prototype) + sizeof(types.function),
			   .str_len = sizeof(types.strings)},
		.prototype = {.info = BTF_KIND_FUNC_PROTO << 24},
		.function = {.name_off = 1, .info = BTF_KIND_FUNC << 24, .type = 1},
		.strings = "\0nslist",
	};
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.btf = (guint64)(guintptr)&types;
	attr.btf_size = sizeof(types);
	return make(BPF_BTF_LOAD, &attr);
}

/* A program's descriptor, or -errno. */
static int load_walk(NslBpfWalk *walk, int map)
{
	g_autoptr(NslBpf) bpf = walk->loops ? assemble_loop(walk, map) : assemble_calls(walk, map);
	g_auto(NslFd) types = -1;
	const struct bpf_func_info functions[] = {{.type_id = 2},
						  {.insn_off = walk->entry, .type_id = 2}};
	union bpf_attr attr;

	describe(&attr, BPF_PROG_TYPE_RAW_TRACEPOINT, bpf->code);
	if (!walk->loops) {
		types = load_types();
		if (types < 0)
			return types;
		attr.prog_btf_fd = (guint32)types;
		attr.func_info_rec_size = sizeof(*functions);
		attr.func_info = (guint64)(guintptr)functions;
		attr.func_info_cnt = G_N_ELEMENTS(functions);
	}
	return make(BPF_PROG_LOAD, &attr);
}

static void unload(NslBpfWalk *walk)
{
	nsl_fd_close(nsl_fd_steal(&walk->program));
	if (walk->records)
		munmap(walk->records, walk->size);
	walk->records = NULL;
}

/* For as many records as there should be room for. 0 or -errno. */
static int load_with_map(NslBpfWalk *walk)
{
	g_auto(NslFd) map = -1;
	union bpf_attr attr;
	void *records;

	unload(walk);
	walk->size = (gsize)walk->n * walk->record_size;
	memset(&attr, 0, sizeof(attr));
	attr.map_type = BPF_MAP_TYPE_ARRAY;
	attr.key_size = sizeof(guint32);
	attr.value_size = walk->loops ? (guint32)walk->size : walk->record_size;
	attr.max_entries = walk->loops ? 1 : walk->n;
	attr.map_flags = BPF_F_MMAPABLE;
	map = make(BPF_MAP_CREATE, &attr);
	if (map < 0)
		return map;
	walk->program = load_walk(walk, map);
	if (walk->program < 0)
		return walk->program;
	records = mmap(NULL, walk->size, PROT_READ, MAP_SHARED, map, 0);
	if (records == MAP_FAILED)
		return -errno;
	walk->records = records;
	return 0;
}

int nsl_bpf_walk_new(NslBpf *bpf, guint n, NslBpfWalk **ret_walk)
{
	g_autoptr(NslBpfWalk) walk = g_new0(NslBpfWalk, 1);
	int result;

	walk->bpf = bpf;
	walk->record_size = bpf->step->record_size;
	walk->program = -1;
	walk->n = CLAMP(n, LEAST, MAX_CALLED);
	result = load_with_map(walk);
	if (result == -EINVAL) {
		walk->loops = true;
		walk->n = LEAST;
		result = load_with_map(walk);
	}
	if (result == 0)
		*ret_walk = g_steal_pointer(&walk);
	return result;
}

void nsl_bpf_walk_free(NslBpfWalk *walk)
{
	if (!walk)
		return;
	unload(walk);
	nsl_bpf_free(walk->bpf);
	g_free(walk);
}

int nsl_bpf_walk_run(NslBpfWalk *walk, const gint64 args[NSL_BPF_ARGS], const guint8 **ret_records)
{
	guint32 max = walk->loops ? MAX_LOOPED : MAX_CALLED;

	for (;;) {
		union bpf_attr attr;
		guint32 n;
		guint32 failed;
		int result;

		memset(&attr, 0, sizeof(attr));
		attr.test.prog_fd = (guint32)walk->program;
		attr.test.ctx_in = (guint64)(guintptr)args;
		attr.test.ctx_size_in = NSL_BPF_ARGS * sizeof(*args);
		result = call_kernel(BPF_PROG_TEST_RUN, &attr);
		if (result < 0)
			return result;
		n = attr.test.retval;
		if (n == 0 || n > walk->n || !walk->records)
			return -EIO;
		memcpy(&failed, walk->records + (n - 1) * (gsize)walk->record_size, sizeof(failed));
		*ret_records = walk->records;
		if (failed)
			return -ESTALE;
		if (n < walk->n) /* else there may be more */
			return (int)n;
		if (walk->n >= max)
			return -E2BIG;
		walk->n = MIN(walk->n * GROWTH, max);
		result = load_with_map(walk);
		if (result < 0)
			return result;
	}
}
