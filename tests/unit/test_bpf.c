/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of base/bpf: that programs are put together as meant, and, where the kernel lets the
 * caller, that they run. What they are for: unit/census.
 */
#include "base/bpf.h"

#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <unistd.h>

#include "base/btf.h"
#include "base/sys.h"
#include "fixture.h"
#include "test.h"

static const struct bpf_insn *at(const NslBpf *bpf, guint i)
{
	g_assert_cmpuint(i, <, bpf->code->len);
	return &g_array_index(bpf->code, struct bpf_insn, i);
}

/* A jump lands on the instruction that comes next. */
TEST(jumps)
{
	g_autoptr(NslBpf) bpf = nsl_bpf_new(NULL);
	guint over;
	guint unless;

	over = nsl_bpf_jump(bpf);
	nsl_bpf_set(bpf, 0, 8, 7);
	nsl_bpf_set(bpf, 8, 8, 7);
	nsl_bpf_land(bpf, over);
	unless = nsl_bpf_jump_unless(bpf, 0, 8, 7);
	nsl_bpf_land(bpf, unless);
	nsl_bpf_end(bpf);
	g_assert_cmpint(at(bpf, over)->off, ==, 2);
	g_assert_cmpint(at(bpf, unless)->off, ==, 0);
	g_assert_cmpint(at(bpf, unless)->imm, ==, 7);
	g_assert_cmpuint(at(bpf, bpf->code->len - 1)->code, ==, BPF_JMP | BPF_EXIT);
}

/* The frame lies below its register, and positions count from its start. */
TEST(frame)
{
	g_autoptr(NslBpf) bpf = nsl_bpf_new(NULL);

	nsl_bpf_set(bpf, 0, 8, 1);
	nsl_bpf_set(bpf, NSL_BPF_FRAME - 4, 4, 1);
	g_assert_cmpint(at(bpf, 1)->off, ==, -NSL_BPF_FRAME);
	g_assert_cmpint(at(bpf, 2)->off, ==, -4);
}

typedef struct Sent {
	guint32 pid;
	guint32 seven;
} Sent;

static void take(gpointer data, const guint8 *record)
{
	Sent sent;

	memcpy(&sent, record, sizeof(sent));
	g_assert_cmpuint(sent.seven, ==, 7);
	if (sent.pid == (guint32)getpid())
		++*(guint *)data;
}

static bool refused(int result)
{
	if (!nsl_is_denied(result) && result != -EINVAL && result != -ENOSYS)
		return false;
	g_test_skip("missing: the right to load BPF programs, or Linux 5.8");
	return true;
}

/* PIDs of tasks, by way of their group leader and back. */
TEST(run)
{
	g_autoptr(NslBtf) btf = NULL;
	g_autoptr(NslBpf) bpf = nsl_bpf_new(NULL);
	const char *iterator = "bpf_iter_task";
	guint found = 0;
	guint32 function;
	int result;
	int pid;

	if (fixture_lacks_bpf()) /* elsewhere it has other PIDs to the kernel */
		return;
	g_assert_cmpint(nsl_btf_open(&btf), ==, 0);
	pid = nsl_btf_find_member(btf, "task_struct", "pid", 4);
	nsl_bpf_take_pointer(bpf, 0, nsl_btf_find_member(btf, "bpf_iter__task", "task", 8));
	nsl_bpf_read(bpf, 8, 8, 0, nsl_btf_find_member(btf, "task_struct", "group_leader", 8));
	nsl_bpf_read(bpf, 16, 4, 8, pid);
	nsl_bpf_set(bpf, 20, 4, 7);
	nsl_bpf_send(bpf, 16, sizeof(Sent), nsl_btf_find_member(btf, "bpf_iter__task", "meta", 8),
		     nsl_btf_find_member(btf, "bpf_iter_meta", "seq", 8));
	nsl_bpf_end(bpf);
	nsl_btf_find_functions(btf, &iterator, 1, &function);
	result = nsl_bpf_run(bpf, function, sizeof(Sent), take, &found);
	if (refused(result))
		return;
	g_assert_cmpint(result, ==, 0);
	g_assert_cmpuint(found, >=, 1);
	/* It is there already: types and code are not needed any more. */
	g_array_set_size(bpf->code, 0);
	found = 0;
	g_assert_cmpint(nsl_bpf_run(bpf, 0, sizeof(Sent), take, &found), ==, 0);
	g_assert_cmpuint(found, >=, 1);
}

/* What is no program is refused, and nobody hears of it. */
TEST(refused)
{
	g_autoptr(NslBpf) bpf = nsl_bpf_new(NULL);
	guint found = 0;

	g_assert_cmpint(nsl_bpf_run(bpf, 0, sizeof(Sent), take, &found), <, 0);
	g_assert_cmpuint(found, ==, 0);
}
