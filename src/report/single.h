/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A single namespace that was asked for, in lines of "key: value": what stands above the table's
 * rows, which are its members and holders.
 */
#pragma once

#include "report/format.h"

/* Of view->single, which is not NULL, with an empty line at the end. */
void nsl_single_write(const NslView *view, const NslStyle *style, NslOutput *output);
