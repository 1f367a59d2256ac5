/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a format is good for: whether the options go with it, and which columns it has then. Called
 * when all of the command line is read.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "options.h"

/* False: an option does not go with the format. */
bool nsl_options_check(const NslOptions *options, GError **error);

/* The columns that are left to the format. */
void nsl_options_complete(NslOptions *options);

/* Each --output begins anew. */
void nsl_options_start_output(NslOptions *options, NslOutputWhich which);
