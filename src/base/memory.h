/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What happens where there is no memory left. GLib ends the program then, and some of its ways to
 * do so take memory themselves: they call each other until the stack is full, or abort. Here all of
 * them come to one end.
 */
#pragma once

/* Must not return, and must not take memory. */
typedef void NslMemoryFunc(void);

/* From now on `func` is called where there is no memory left. A forked child may choose another. */
void nsl_memory_on_failure(NslMemoryFunc *func);
