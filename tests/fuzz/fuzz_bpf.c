/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fuzzes how base/bpf puts programs together: the input is what a caller asks for, one after the
 * other, within what bpf.h allows. What has to hold is what the kernel's verifier would refuse, and
 * what can be told without it: jumps go forward and land on an instruction, loads and stores of the
 * frame stay within it and are aligned, the program ends where it ends. Nothing is loaded.
 */
#include "fuzz.h"

#include <linux/bpf.h>

#include "base/bpf.h"

#define MAX_OPERATIONS 200

/* A position of `size` bytes in the frame, aligned. */
static int position(FuzzInput *input, guint size)
{
	int at = fuzz_byte(input) % (NSL_BPF_FRAME / 8) * 8;

	return size == 4 ? at + fuzz_byte(input) % 2 * 4 : at;
}

static guint word(FuzzInput *input)
{
	return fuzz_byte(input) % 2 ? 8 : 4;
}

static void add_jump(NslBpf *bpf, FuzzInput *input, guint8 kind, GArray *jumps)
{
	guint size = word(input);
	int a = position(input, size);
	int b = position(input, size);
	guint jump;

	if (kind == 0)
		jump = nsl_bpf_jump(bpf);
	else if (kind == 1)
		jump = nsl_bpf_jump_if_same(bpf, a, b, size);
	else if (kind == 2)
		jump = nsl_bpf_jump_if_different(bpf, a, b, size);
	else
		jump = nsl_bpf_jump_unless(bpf, a, size, (gint32)fuzz_number(input));
	g_array_append_val(jumps, jump);
}

static void land_one(NslBpf *bpf, GArray *jumps)
{
	if (jumps->len == 0)
		return;
	nsl_bpf_land(bpf, g_array_index(jumps, guint, jumps->len - 1));
	g_array_set_size(jumps, (guint)(jumps->len - 1));
}

static void add(NslBpf *bpf, FuzzInput *input, GArray *jumps)
{
	guint8 operation = fuzz_byte(input) % 17;
	guint size = word(input);
	int at = position(input, size);
	int pointer = position(input, 8);

	switch (operation) {
	case 0:
		nsl_bpf_take_pointer(bpf, pointer, fuzz_byte(input));
		break;
	case 1:
		nsl_bpf_take_number(bpf, at, size, fuzz_byte(input));
		break;
	case 2:
		nsl_bpf_read(bpf, at, 1 + fuzz_byte(input) % MIN(64, NSL_BPF_FRAME - at), pointer,
			     (int)fuzz_byte(input));
		break;
	case 3:
		nsl_bpf_set(bpf, at, size, (gint32)fuzz_number(input));
		break;
	case 4:
		nsl_bpf_advance(bpf, pointer, position(input, 4), fuzz_byte(input));
		break;
	case 5:
		nsl_bpf_send(bpf, pointer, (guint)(NSL_BPF_FRAME - pointer), 0, 8);
		break;
	case 6:
	case 7:
		land_one(bpf, jumps);
		break;
	case 12:
		nsl_bpf_copy(bpf, at, size, position(input, size));
		break;
	case 13:
		nsl_bpf_read_surely(bpf, at, size, pointer, (int)fuzz_byte(input),
				    position(input, 4));
		break;
	case 14:
		nsl_bpf_take_task(bpf, pointer);
		break;
	case 15:
		nsl_bpf_clear(bpf);
		break;
	case 16:
		nsl_bpf_add(bpf, pointer, position(input, 8));
		break;
	default:
		add_jump(bpf, input, operation - 8, jumps);
	}
}

static void check(const NslBpf *bpf)
{
	const struct bpf_insn *code = (const void *)bpf->code->data;
	guint n = bpf->code->len;

	g_assert_cmpuint(g_array_get_element_size(bpf->code), ==, 8);
	g_assert_cmpuint(code[n - 1].code, ==, BPF_JMP | BPF_EXIT);
	for (guint i = 0; i < n; i++) {
		guint8 kind = BPF_CLASS(code[i].code);
		bool frame = (kind == BPF_LDX && code[i].src_reg == BPF_REG_10) ||
			     ((kind == BPF_STX || kind == BPF_ST) && code[i].dst_reg == BPF_REG_10);
		int size = BPF_SIZE(code[i].code) == BPF_W ? 4 : 8;

		g_assert_true(code[i].dst_reg <= BPF_REG_10 && code[i].src_reg <= BPF_REG_10);
		if (frame)
			g_assert_true(code[i].off >= -NSL_BPF_FRAME && code[i].off + size <= 0 &&
				      code[i].off % size == 0);
		/* The frame's register is never written to. */
		if (kind == BPF_ALU64 || kind == BPF_LDX)
			g_assert_cmpuint(code[i].dst_reg, !=, BPF_REG_10);
		if (kind == BPF_JMP && BPF_OP(code[i].code) != BPF_CALL &&
		    BPF_OP(code[i].code) != BPF_EXIT)
			g_assert_true(code[i].off >= 0 && i + 1 + (guint)code[i].off < n);
	}
}

void fuzz_one(const guint8 *data, gsize size)
{
	g_autoptr(NslBpf) bpf = nsl_bpf_new(NULL);
	g_autoptr(GArray) jumps = g_array_new(FALSE, FALSE, sizeof(guint));
	FuzzInput input = {data, size};

	for (guint i = 0; i < MAX_OPERATIONS && input.left > 0; i++)
		add(bpf, &input, jumps);
	while (jumps->len > 0)
		land_one(bpf, jumps);
	nsl_bpf_end(bpf);
	check(bpf);
}
